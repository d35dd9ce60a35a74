//! What became of a call, and what its sender hears.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

use super::tally::Kind;
use crate::Error;
use crate::signer::{Answer, Answers, Refused};

/// What became of a call.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Its facts are in the journal.
    Accepted,
    /// They had been before.
    Duplicate,
    /// Some or all of it is in quarantine.
    Quarantined,
    /// It was about something else, or only asked whether anybody is there.
    Nothing,
    /// It is not believed.
    Refused(Refused),
    /// It could not be read.
    Unread(Unread),
    /// It could not be taken now.
    Unavailable(Unavailable),
}

/// Why a call could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// Its body is larger than it may be.
    TooLarge,
    /// It was sent too slowly.
    TooSlow,
    /// It ended before it was whole.
    Broken,
    /// It is compressed.
    Encoded,
}

/// Why a call could not be taken now.
#[derive(Debug)]
pub(super) enum Unavailable {
    /// More bodies are being read than memory is set aside for.
    Room,
    /// What is configured for the webhook does not suffice.
    Closed(String),
    /// The journal did not answer in time.
    Late,
    /// The journal did not take it.
    Journal(Error),
}

impl Outcome {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Accepted => Kind::Accepted,
            Self::Duplicate => Kind::Duplicate,
            Self::Quarantined => Kind::Quarantined,
            Self::Nothing => Kind::Nothing,
            Self::Refused(_) => Kind::Refused,
            Self::Unread(_) => Kind::Malformed,
            Self::Unavailable(_) => Kind::Unavailable,
        }
    }

    /// Returns what the sender hears. What cannot be understood is taken nevertheless: it
    /// would be no better if it were sent again.
    pub(super) fn response(&self, answers: &Answers) -> Response<Body> {
        match self {
            Self::Accepted | Self::Duplicate | Self::Quarantined | Self::Nothing => {
                told(&answers.accepted)
            }
            Self::Refused(refused) if refused.is_the_receivers_fault() => {
                later(&answers.unavailable, "60")
            }
            Self::Refused(_) => told(&answers.refused),
            Self::Unread(unread) => closing(unread.status()),
            Self::Unavailable(unavailable) => {
                later(&answers.unavailable, unavailable.retry_after())
            }
        }
    }
}

impl Unread {
    const fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken => StatusCode::BAD_REQUEST,
            Self::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }
}

impl Unavailable {
    /// Seconds after which it is worth trying again.
    const fn retry_after(&self) -> &'static str {
        match self {
            Self::Room => "1",
            Self::Journal(Error::QueueFull { .. }) => "1",
            Self::Closed(_) => "60",
            Self::Late | Self::Journal(_) => "5",
        }
    }
}

/// Answers with a status and nothing else.
pub(super) fn bare(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// What is left of the body is not waited for.
fn closing(status: StatusCode) -> Response<Body> {
    let mut response = bare(status);
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

fn told(answer: &Answer) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(content_type) = answer.content_type {
        let value = HeaderValue::from_static(content_type);
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}

fn later(answer: &Answer, seconds: &'static str) -> Response<Body> {
    let mut response = told(answer);
    let seconds = HeaderValue::from_static(seconds);
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}
