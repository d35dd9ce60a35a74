//! An error as it is answered over gRPC.

use std::collections::HashMap;

use tonic::Status;
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use super::{Classified, ErrorKind, chain};

/// Domain of the reasons in `google.rpc.ErrorInfo`.
const DOMAIN: &str = "orderwatch";

/// Most bytes of a message, and of all that is said of fields. An error travels in headers, of
/// which the clients of most languages take 8 KiB in all unless they are told otherwise (gRPC's
/// core and its Java; from there on the core forgets the error): the message twice, once each byte
/// as three, and the rest in base64.
const MESSAGE_BYTES: usize = 800;
const VIOLATIONS_BYTES: usize = 2_800;

/// Answers an error over gRPC: the code in the message, and `google.rpc`
/// `ErrorInfo`, `BadRequest` and `RetryInfo` in the details.
pub fn status<E: Classified + ?Sized>(error: &E) -> Status {
    let kind = error.kind();
    let mut details = ErrorDetails::with_error_info(error.code(), DOMAIN, HashMap::new());
    let violations = error.field_violations();
    if !violations.is_empty() {
        details.set_bad_request(fitting(violations));
    }
    if let Some(delay) = kind.retry_after().filter(|_| error.is_retryable()) {
        details.set_retry_info(Some(delay));
    }
    if kind == ErrorKind::Internal || kind == ErrorKind::DataLoss {
        tracing::error!(error.code = error.code(), error = %chain(error), "request failed");
    }
    let message = cut(&error.to_string(), MESSAGE_BYTES);
    Status::with_error_details(
        kind.grpc_code(),
        format!("{message} [{}]", error.code()),
        details,
    )
}

/// As many violations as an error can carry, the last of which says how many there are beside.
fn fitting(violations: Vec<FieldViolation>) -> Vec<FieldViolation> {
    const EACH: usize = VIOLATIONS_BYTES / 4;
    /// What Protocol Buffers add to each.
    const AROUND: usize = 12;
    let (all, mut bytes) = (violations.len(), 0);
    let mut fitting: Vec<FieldViolation> = violations
        .into_iter()
        .map(|it| FieldViolation::new(cut(&it.field, EACH), cut(&it.description, EACH)))
        .take_while(|it| {
            bytes += it.field.len() + it.description.len() + AROUND;
            bytes <= VIOLATIONS_BYTES
        })
        .collect();
    let beside = all - fitting.len();
    if beside > 0 {
        let description = format!("{beside} more faults: correct these first");
        fitting.push(FieldViolation::new("…", description));
    }
    fitting
}

/// A text of at most so many bytes, an ellipsis included where something is left out.
fn cut(text: &str, bytes: usize) -> String {
    const ELLIPSIS: &str = "…";
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(bytes - ELLIPSIS.len());
    format!("{}{ELLIPSIS}", &text[..end])
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the ticket was changed in between")]
    struct Stale;

    impl Classified for Stale {
        fn kind(&self) -> ErrorKind {
            ErrorKind::Aborted
        }

        fn code(&self) -> &'static str {
            "OW-TICKET-STALE"
        }

        fn field_violations(&self) -> Vec<FieldViolation> {
            vec![FieldViolation::new("etag", "is older than the ticket")]
        }
    }

    #[test]
    fn an_error_over_grpc_carries_its_code_its_fields_and_when_to_retry() {
        let status = status(&Stale);
        assert_eq!(status.code(), Code::Aborted);
        assert!(status.message().contains("OW-TICKET-STALE"));
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "OW-TICKET-STALE");
        assert_eq!(
            details.bad_request().unwrap().field_violations[0].field,
            "etag"
        );
        assert!(details.retry_info().unwrap().retry_delay.is_some());
    }

    /// So many faults, each of so many characters of three bytes.
    #[derive(Debug, thiserror::Error)]
    #[error("{}", "错".repeat(.0 * .1))]
    struct Faulty(usize, usize);

    impl Classified for Faulty {
        fn kind(&self) -> ErrorKind {
            ErrorKind::InvalidArgument
        }

        fn code(&self) -> &'static str {
            "OW-FAULTY"
        }

        fn field_violations(&self) -> Vec<FieldViolation> {
            vec![FieldViolation::new("spec", "错".repeat(self.1)); self.0]
        }
    }

    #[test]
    fn an_error_of_many_faults_or_of_a_large_one_fits_into_what_clients_take() {
        for (faults, characters) in [
            (1, 1),
            (3, 20),
            (40, 30),
            (3_000, 30),
            (9_000, 0),
            (1, 100_000),
        ] {
            let status = status(&Faulty(faults, characters));
            let mut headers = http::HeaderMap::new();
            status.add_header(&mut headers).unwrap();
            // As RFC 9113, 6.5.2 counts.
            let size: usize = headers
                .iter()
                .map(|(name, value)| name.as_str().len() + value.len() + 32)
                .sum();
            // What HTTP says beside has room as well.
            assert!(size < 8_192 - 300, "{faults} faults take {size} bytes");
            assert!(status.message().ends_with("[OW-FAULTY]"));
            let details = status.get_error_details();
            let named = &details.bad_request().unwrap().field_violations;
            let last = &named.last().unwrap().description;
            let beside = faults - named.len() + 1;
            assert!(
                beside == 1 || last.starts_with(&format!("{beside} more faults")),
                "{last}"
            );
        }
    }
}
