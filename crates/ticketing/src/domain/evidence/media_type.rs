//! What a content is said to be, and what it is.

use std::{fmt, str::FromStr};

use encoding_rs::{Encoding, UTF_8};
use mime::Mime;
use thiserror::Error;

use super::FileName;

/// What files of a type may be called; of other types any name will do.
const EXTENSIONS: [(&str, &[&str]); 7] = [
    ("image/png", &["png"]),
    ("image/jpeg", &["jpg", "jpeg"]),
    ("image/webp", &["webp"]),
    ("image/gif", &["gif"]),
    ("application/pdf", &["pdf"]),
    ("text/csv", &["csv"]),
    ("text/plain", &["txt", "text", "log", "md"]),
];

/// Types that are written in letters, yet are more than text to whoever opens them.
const MORE_THAN_TEXT: [&str; 6] = [
    "text/html",
    "text/xml",
    "text/x-shellscript",
    "application/pdf",
    "application/postscript",
    "application/rtf",
];

/// A media type, with the encoding where it is text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType {
    essence: String,
    charset: Option<&'static Encoding>,
}

/// Why a text is no media type.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum TypeFault {
    #[error("`{0}` is no media type; write it like image/png or text/csv; charset=gb18030")]
    Crooked(String),
    #[error("`{0}` is no encoding of text that is known")]
    Charset(String),
    #[error("only text has parameters, and only `charset`")]
    Parameter,
}

impl MediaType {
    /// The type without its encoding.
    #[must_use]
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The encoding; absent unless it is text.
    #[must_use]
    pub fn charset(&self) -> Option<&'static Encoding> {
        self.charset
    }

    /// What may stand behind the dot of a file of this type; empty where anything may.
    #[must_use]
    pub fn extensions(&self) -> &'static [&'static str] {
        let found = EXTENSIONS.iter().find(|(name, _)| *name == self.essence);
        found.map_or(&[], |(_, extensions)| extensions)
    }

    /// What a content is that is not of this type, judged by how it begins. Text begins like text:
    /// give it decoded.
    pub(super) fn contradiction(&self, beginning: &[u8]) -> Option<&'static str> {
        let found = infer::get(beginning).map(|it| it.mime_type());
        match found {
            Some(found) if found == self.essence => None,
            Some(found) if self.charset.is_none() || MORE_THAN_TEXT.contains(&found) => Some(found),
            None if self.charset.is_none() => Some("of no type that is known"),
            _ => None,
        }
    }

    /// Whether contents can be judged to be of this type at all.
    pub(super) fn is_judged(&self) -> bool {
        self.charset.is_some() || infer::is_mime_supported(&self.essence)
    }
}

/// What a file probably is, by how it begins and by its name.
#[must_use]
pub fn guess(name: &FileName, beginning: &[u8]) -> String {
    let extension = name.extension();
    let by_name = EXTENSIONS
        .iter()
        .find(|(_, extensions)| extensions.contains(&extension.as_str()))
        .map(|(essence, _)| *essence);
    let by_content = infer::get(beginning).map(|it| it.mime_type());
    match by_name {
        Some(text) if text.starts_with("text/") => text,
        by_name => by_content.or(by_name).unwrap_or("application/octet-stream"),
    }
    .to_owned()
}

impl FromStr for MediaType {
    type Err = TypeFault;

    fn from_str(text: &str) -> Result<Self, TypeFault> {
        let parsed: Result<Mime, _> = text.parse();
        let parsed = parsed.map_err(|_| TypeFault::Crooked(text.to_owned()))?;
        if parsed.subtype().as_str().is_empty() {
            return Err(TypeFault::Crooked(text.to_owned()));
        }
        let is_text = parsed.type_() == mime::TEXT;
        if parsed
            .params()
            .any(|(name, _)| !is_text || name != mime::CHARSET)
        {
            return Err(TypeFault::Parameter);
        }
        let charset = match parsed.get_param(mime::CHARSET) {
            None => UTF_8,
            Some(label) => Encoding::for_label_no_replacement(label.as_str().as_bytes())
                .ok_or_else(|| TypeFault::Charset(label.to_string()))?,
        };
        Ok(Self {
            essence: parsed.essence_str().to_owned(),
            charset: is_text.then_some(charset),
        })
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.essence)?;
        match self.charset {
            Some(charset) => write!(f, "; charset={}", charset.name().to_lowercase()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_says_its_encoding_and_other_types_have_none() {
        for (written, read) in [
            ("image/png", "image/png"),
            ("IMAGE/PNG", "image/png"),
            ("text/csv", "text/csv; charset=utf-8"),
            ("text/csv;charset=\"GBK\"", "text/csv; charset=gbk"),
            ("text/plain; charset=gb2312", "text/plain; charset=gbk"),
        ] {
            let parsed: MediaType = written.parse().unwrap();
            assert_eq!(parsed.to_string(), read);
            assert_eq!(parsed.to_string().parse(), Ok(parsed));
        }
        for crooked in [
            "",
            "png",
            "image/",
            "image/png; charset=utf-8",
            "text/csv; a=b",
        ] {
            assert!(crooked.parse::<MediaType>().is_err(), "{crooked}");
        }
        let unknown = "text/csv; charset=klingon".parse::<MediaType>();
        assert_eq!(unknown, Err(TypeFault::Charset("klingon".to_owned())));
    }

    #[test]
    fn a_type_is_guessed_by_content_and_a_text_by_name() {
        for (name, beginning, guessed) in [
            ("a.png", &b"\xff\xd8\xff\xe0"[..], "image/jpeg"),
            ("a.pdf", b"%PDF-1.7\n", "application/pdf"),
            ("a.csv", b"BM,OK\n1,2\n", "text/csv"),
            ("README", b"hello", "application/octet-stream"),
        ] {
            let name = FileName::try_from(name.to_owned()).unwrap();
            assert_eq!(guess(&name, beginning), guessed);
        }
    }
}
