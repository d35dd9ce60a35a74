//! Names of files: nothing that leads out of a folder, or that reads as what it is not.

use std::fmt;

use thiserror::Error;

/// Longest name, in bytes of UTF-8: more is no name on the file systems in use.
const LONGEST: usize = 255;

/// A name of a file that can be shown and written to a folder as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(String);

/// Why a text is no name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum NameFault {
    #[error("must not be empty, nor begin or end with a space")]
    Blank,
    #[error("must be the name of a file, not of a folder")]
    Folder,
    #[error("must have at most {LONGEST} bytes, has {0}")]
    TooLong(usize),
    #[error("must not have `{0}` in it: name the file without its folders")]
    Separator(char),
    #[error("must not have the invisible character {} in it", .0.escape_unicode())]
    Invisible(char),
}

impl FileName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind the last dot, in small letters; empty where there is none.
    #[must_use]
    pub fn extension(&self) -> String {
        let behind = self.0.rsplit_once('.').map(|(_, behind)| behind);
        behind.unwrap_or_default().to_lowercase()
    }
}

impl TryFrom<String> for FileName {
    type Error = NameFault;

    fn try_from(name: String) -> Result<Self, NameFault> {
        if name.is_empty() || name.trim() != name {
            return Err(NameFault::Blank);
        }
        if name.len() > LONGEST {
            return Err(NameFault::TooLong(name.len()));
        }
        if name.chars().all(|it| it == '.') {
            return Err(NameFault::Folder);
        }
        for character in name.chars() {
            if matches!(character, '/' | '\\') {
                return Err(NameFault::Separator(character));
            }
            if is_invisible(character) {
                return Err(NameFault::Invisible(character));
            }
        }
        Ok(Self(name))
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Control characters, those that change the direction of writing (`gpj.exe` reads as `exe.jpg`
/// behind one), separators of lines, and those without width.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_are_taken_as_they_are() {
        for name in [
            "photo.png",
            "发货单 2026-11-11（补）.pdf",
            ".csv",
            "a..b",
            "naïve.txt",
        ] {
            assert_eq!(FileName::try_from(name.to_owned()).unwrap().as_str(), name);
        }
    }

    #[test]
    fn what_leads_elsewhere_or_reads_as_something_else_is_no_name() {
        for (name, fault) in [
            ("", NameFault::Blank),
            (" photo.png", NameFault::Blank),
            ("..", NameFault::Folder),
            ("../../etc/passwd", NameFault::Separator('/')),
            ("C:\\photo.png", NameFault::Separator('\\')),
            ("photo\n.png", NameFault::Invisible('\n')),
            ("photo\0.png", NameFault::Invisible('\0')),
            ("photo\u{202e}gpj.exe", NameFault::Invisible('\u{202e}')),
            ("photo\u{200b}.png", NameFault::Invisible('\u{200b}')),
        ] {
            assert_eq!(FileName::try_from(name.to_owned()), Err(fault), "{name:?}");
        }
        let longest = "单".repeat(85);
        assert!(FileName::try_from(longest.clone()).is_ok());
        let longer = FileName::try_from(longest + "x");
        assert_eq!(longer, Err(NameFault::TooLong(256)));
    }

    #[test]
    fn the_extension_is_what_stands_behind_the_last_dot() {
        for (name, extension) in [("a.tar.GZ", "gz"), ("README", ""), ("a.", "")] {
            let name = FileName::try_from(name.to_owned()).unwrap();
            assert_eq!(name.extension(), extension);
        }
    }
}
