//! What answers have in common.

use std::time::Duration;

use outbound::{StatusCode, header::RETRY_AFTER};

use crate::{channel::words::kept, domain::retry::Answer};

/// Statuses that say that a request was not handled, and may be later (RFC 9110).
const NOT_TAKEN: [StatusCode; 2] = [StatusCode::REQUEST_TIMEOUT, StatusCode::SERVICE_UNAVAILABLE];

/// The longest that a vendor may have us wait: nobody's notice is put off for ever, nor until an
/// instant that no database knows.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// How long the vendor asked us to wait.
pub(super) fn retry_after(reply: &outbound::Answer) -> Option<Duration> {
    let value = reply.headers.get(RETRY_AFTER)?.to_str().ok()?;
    let seconds = value.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// What a status other than success means; `None` for success.
pub(super) fn by_status(reply: &outbound::Answer) -> Option<Answer> {
    let status = reply.status;
    let detail = words(status, &String::from_utf8_lossy(&reply.body));
    let retry_after = retry_after(reply);
    if status.is_success() {
        None
    } else if status == StatusCode::TOO_MANY_REQUESTS {
        Some(Answer::Busy {
            retry_after,
            detail,
        })
    } else if NOT_TAKEN.contains(&status) {
        Some(Answer::Unavailable {
            retry_after,
            detail,
        })
    } else if status.is_server_error() {
        Some(Answer::Unknown {
            retry_after,
            detail,
        })
    } else {
        Some(Answer::Refused { detail })
    }
}

/// Something between us and the vendor answered in its place.
pub(super) fn not_the_vendors(reply: &outbound::Answer) -> Answer {
    Answer::Unknown {
        retry_after: retry_after(reply),
        detail: format!(
            "HTTP {} without a reply of the vendor's",
            reply.status.as_u16()
        ),
    }
}

/// A code in the body of a 200, sorted by what it means.
pub(super) fn by_code(
    reply: &outbound::Answer,
    code: i64,
    said: &str,
    busy: &[i64],
    unavailable: &[i64],
) -> Answer {
    let detail = kept(&format!("errcode {code}: {said}"));
    let retry_after = retry_after(reply);
    match code {
        0 => Answer::Accepted { detail },
        code if busy.contains(&code) => Answer::Busy {
            retry_after,
            detail,
        },
        code if unavailable.contains(&code) => Answer::Unavailable {
            retry_after,
            detail,
        },
        _ => Answer::Refused { detail },
    }
}

/// A status and what was said with it, for the ledger.
pub(super) fn words(status: StatusCode, said: &str) -> String {
    // A page of markup says nothing that the status does not.
    let said = said.trim();
    let said = if said.starts_with('<') { "" } else { said };
    let whole = format!("HTTP {} {said}", status.as_u16());
    kept(whole.trim_end())
}
