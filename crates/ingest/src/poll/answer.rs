//! What an answer means.

use order::Timestamp;
use serde_json::{Map, Value as Json};

use super::page::Place;
use super::retry::retry_after;
use super::{Failure, FailureKind, Polling};
use crate::connector::{Answer, Meaning, Scope, Seen};
use crate::mapping::mask_text;

/// Most bytes of an answer that an error repeats.
const MAX_QUOTED: usize = 200;

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

/// Why there is no answer, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It took too long.
    #[error("no answer within {0}")]
    Timeout(order::Span),
    /// Nobody answers there.
    #[error("no connection: {0}")]
    Connection(String),
    /// The answer ended before it was whole.
    #[error("the answer was cut off: {0}")]
    Cut(String),
    /// The answer has more bytes than it may.
    #[error("the answer is larger than the {0} bytes of http.max_body: ask for smaller pages")]
    TooLarge(u64),
    /// There is no access token to be had.
    #[error("no access token: {0}")]
    Token(String),
    /// The database ended what took too long.
    #[error("the statement took longer than its timeout: {0}")]
    Late(String),
    /// The database does not accept the user or the password.
    #[error("the database does not let in whoever asks: {0}")]
    Stranger(String),
    /// The database does not do what it is asked.
    #[error("the database refuses: {0}")]
    Refused(String),
    /// The rows are not such as can be read.
    #[error("{0}")]
    Rows(String),
    /// The request cannot be signed or sent as it is.
    #[error("the request cannot be sent: {0}")]
    Unsendable(String),
}

/// What is seen of an answer.
pub(super) struct Sight {
    pub(super) body: Json,
    headers: Json,
    status: u16,
}

impl Broken {
    pub(super) fn failure(&self) -> Failure {
        let kind = match self {
            Self::Timeout(_) | Self::Connection(_) | Self::Cut(_) | Self::Late(_) => {
                FailureKind::Unavailable
            }
            Self::TooLarge(_) | Self::Refused(_) => FailureKind::Refused,
            Self::Token(_) | Self::Stranger(_) => FailureKind::Unauthorized,
            Self::Unsendable(_) => FailureKind::Request,
            Self::Rows(_) => FailureKind::Rows,
        };
        Failure::new(kind, self.to_string())
    }
}

impl Sight {
    /// Returns what expressions over an answer see.
    pub(super) fn scope<'s>(&'s self, task: &'s Polling<'_>, place: &Place) -> Scope<'s> {
        let number = |number: Option<i64>| number.map_or(Seen::Absent, Seen::Number);
        Scope::default()
            .json("body", &self.body)
            .json("headers", &self.headers)
            .json("parameter", &task.installation.parameters)
            .with("status", Seen::Number(i64::from(self.status)))
            .with("page", number(place.page))
            .with("offset", number(place.offset))
            .with("size", number(place.size))
    }
}

impl Answered {
    /// Returns the value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Decides what the answer means, by what the document says of answers, then by status.
    pub(super) fn judged(
        &self,
        task: &Polling<'_>,
        place: &Place,
        now: Timestamp,
    ) -> Result<Sight, Failure> {
        let is_success = (200..300).contains(&self.status);
        let parsed = self.parsed();
        if let Ok(body) = &parsed {
            let sight = self.sight(body.clone());
            for answer in &task.http.answers {
                let scope = sight.scope(task, place);
                match task.connector.truth(&answer.when, &scope) {
                    Ok(true) if answer.meaning == Meaning::Fine => return Ok(sight),
                    Ok(true) => return Err(self.meant(task, answer, &scope, now)),
                    Ok(false) => {}
                    Err(error) if is_success => {
                        let message = format!("{}: {error}", answer.when.path());
                        return Err(Failure::new(FailureKind::Answer, mask_text(&message)));
                    }
                    Err(_) => {}
                }
            }
        }
        if !is_success {
            return Err(self.by_status(task, now));
        }
        parsed.map(|body| self.sight(body))
    }

    fn sight(&self, body: Json) -> Sight {
        let mut headers = Map::new();
        for (name, value) in &self.headers {
            headers.insert(name.clone(), Json::String(value.clone()));
        }
        Sight {
            body,
            headers: Json::Object(headers),
            status: self.status,
        }
    }

    fn parsed(&self) -> Result<Json, Failure> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Json::Null);
        }
        let body = self
            .body
            .strip_prefix(b"\xEF\xBB\xBF")
            .unwrap_or(&self.body);
        serde_json::from_slice(body).map_err(|error| {
            let what = if error.is_eof() {
                "cut off"
            } else {
                "not JSON"
            };
            let message = format!(
                "the answer is {what} at line {}, column {} of {} bytes: {error}",
                error.line(),
                error.column(),
                body.len()
            );
            Failure::new(FailureKind::Answer, message)
        })
    }

    fn meant(
        &self,
        task: &Polling<'_>,
        answer: &Answer,
        scope: &Scope<'_>,
        now: Timestamp,
    ) -> Failure {
        let kind = match answer.meaning {
            Meaning::Throttled => FailureKind::Throttled,
            Meaning::Unavailable => FailureKind::Unavailable,
            Meaning::Unauthorized => FailureKind::Unauthorized,
            Meaning::Failed | Meaning::Fine => FailureKind::Refused,
        };
        let words = answer
            .message
            .as_ref()
            .and_then(|message| task.connector.text(message, scope).ok().flatten())
            .map(|words| format!(": {}", quoted(&words)));
        let message = format!(
            "the vendor answers {} that it {}{}",
            self.status,
            answer.meaning.says(),
            words.unwrap_or_default()
        );
        Failure {
            not_before: self.retry_after(now),
            ..Failure::new(kind, task.installation.redacted(&message))
        }
    }

    fn by_status(&self, task: &Polling<'_>, now: Timestamp) -> Failure {
        let kind = match self.status {
            401 => FailureKind::Unauthorized,
            429 => FailureKind::Throttled,
            408 | 425 | 500..600 => FailureKind::Unavailable,
            _ => FailureKind::Refused,
        };
        let text = String::from_utf8_lossy(&self.body);
        let message = match self.status {
            300..400 => format!("the vendor answers {}, which leads elsewhere", self.status),
            status if text.trim().is_empty() => format!("the vendor answers {status}"),
            status => format!("the vendor answers {status}: {}", quoted(text.trim())),
        };
        Failure {
            not_before: self.retry_after(now),
            ..Failure::new(kind, task.installation.redacted(&message))
        }
    }

    fn retry_after(&self, now: Timestamp) -> Option<Timestamp> {
        self.header("retry-after")
            .and_then(|header| retry_after(header, now))
    }
}

impl Meaning {
    const fn says(self) -> &'static str {
        match self {
            Self::Fine => "is well",
            Self::Throttled => "wants fewer requests",
            Self::Unavailable => "has trouble",
            Self::Unauthorized => "does not know the token",
            Self::Failed => "refuses",
        }
    }
}

/// Shortens what a vendor says, and hides what may be about people.
pub(crate) fn quoted(text: &str) -> String {
    let masked = mask_text(text);
    let end = (0..=MAX_QUOTED.min(masked.len()))
        .rev()
        .find(|end| masked.is_char_boundary(*end))
        .unwrap_or_default();
    let more = if end < masked.len() { "…" } else { "" };
    format!("{}{more}", masked[..end].replace(char::is_control, " "))
}
