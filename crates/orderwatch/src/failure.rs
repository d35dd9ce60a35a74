//! What went wrong, where, and what to do about it: the one error of the
//! command line, and the table from its kind to the exit code.

use std::fmt;
use std::process::ExitCode;

use service::error::ErrorKind;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Exit codes, one a kind of failure. They are part of the contract with
/// scripts and never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// A fault of Orderwatch itself.
    Internal = 1,
    /// The command line was not understood (given by the argument parser).
    Usage = 2,
    /// A file, resource or value is not valid.
    InvalidArgument = 3,
    /// What was named does not exist.
    NotFound = 4,
    /// What was to be made exists already.
    AlreadyExists = 5,
    /// The system is not in a state that allows it.
    FailedPrecondition = 6,
    /// Somebody else changed it in between.
    Aborted = 7,
    /// A limit was reached, or a queue is full.
    ResourceExhausted = 8,
    /// A server cannot be reached.
    Unavailable = 9,
    /// The time given was not enough.
    DeadlineExceeded = 10,
    /// Data was lost or damaged.
    DataLoss = 11,
    /// Not allowed.
    PermissionDenied = 12,
    /// This server does not know how.
    Unimplemented = 13,
    /// What was compared differs.
    Different = 14,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

impl From<Code> for Exit {
    fn from(code: Code) -> Self {
        match code {
            Code::Ok => Exit::Done,
            Code::InvalidArgument | Code::OutOfRange => Exit::InvalidArgument,
            Code::NotFound => Exit::NotFound,
            Code::AlreadyExists => Exit::AlreadyExists,
            Code::FailedPrecondition => Exit::FailedPrecondition,
            Code::Aborted => Exit::Aborted,
            Code::ResourceExhausted => Exit::ResourceExhausted,
            Code::Unavailable => Exit::Unavailable,
            Code::DeadlineExceeded | Code::Cancelled => Exit::DeadlineExceeded,
            Code::DataLoss => Exit::DataLoss,
            Code::PermissionDenied | Code::Unauthenticated => Exit::PermissionDenied,
            Code::Unimplemented => Exit::Unimplemented,
            Code::Unknown | Code::Internal => Exit::Internal,
        }
    }
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        kind.grpc_code().into()
    }
}

/// A failed command: what, where, and what to do.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    what: String,
    place: Option<String>,
    details: Vec<String>,
    remedy: Option<String>,
    broken_pipe: bool,
}

impl Failure {
    /// Says what went wrong, as one sentence without a full stop.
    #[must_use]
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            place: None,
            details: Vec::new(),
            remedy: None,
            broken_pipe: false,
        }
    }

    /// Something given is not valid.
    #[must_use]
    pub fn invalid(what: impl Into<String>) -> Self {
        Self::new(Exit::InvalidArgument, what)
    }

    /// A file or folder could not be used.
    #[must_use]
    pub fn file(path: &std::path::Path, doing: &str, error: &std::io::Error) -> Self {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::NotFound,
            std::io::ErrorKind::PermissionDenied => Exit::PermissionDenied,
            _ => Exit::Internal,
        };
        Self::new(exit, format!("cannot {doing} {}: {error}", path.display()))
    }

    /// Translates what a server answered.
    #[must_use]
    pub fn from_status(server: &str, status: &Status) -> Self {
        let details = status.get_error_details();
        let mut failure = Self::new(status.code().into(), sentence(status)).at(server);
        let violations = details
            .bad_request()
            .map_or(&[][..], |request| &request.field_violations);
        let lines: Vec<String> = violations
            .iter()
            .map(|it| format!("{}: {}", it.field, it.description))
            .collect();
        if let [first, _, _, ..] = lines.as_slice()
            && let Some((what, _)) = failure.what.split_once(&format!(": {first}"))
        {
            // So many are better read one a line.
            let code = details
                .error_info()
                .map(|info| format!(" [{}]", info.reason));
            failure.what = format!("{what}{}", code.unwrap_or_default());
        }
        for line in lines {
            if !failure.what.contains(&line) {
                failure.details.push(line);
            }
        }
        failure.remedy = details
            .help()
            .and_then(|help| help.links.first())
            .map(|link| link.description.clone())
            .or_else(|| remedy(status.code()).map(str::to_owned));
        failure
    }

    /// Adds where it went wrong.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Adds a line of detail.
    #[must_use]
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// What went wrong, in one sentence.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// The exit code that tells scripts what kind of failure it was.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Whether only the reader of our output went away, as `head` does.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "error: {}", self.what)?;
        if let Some(place) = &self.place {
            write!(formatter, "\n   at: {place}")?;
        }
        for line in &self.details {
            write!(formatter, "\n    - {}", line.replace('\n', "\n      "))?;
        }
        if let Some(remedy) = &self.remedy {
            write!(formatter, "\n  try: {remedy}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// Failures while writing data to standard output.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        let mut failure = Self::new(Exit::Internal, format!("cannot write the output: {error}"));
        failure.broken_pipe = error.kind() == std::io::ErrorKind::BrokenPipe;
        failure
    }
}

fn sentence(status: &Status) -> String {
    let message = match status.message() {
        "" => status.code().description(),
        message => message,
    };
    let mut sentence = message.to_owned();
    let mut source = std::error::Error::source(status);
    while let Some(error) = source {
        let cause = error.to_string();
        if !sentence.contains(&cause) {
            sentence.push_str(": ");
            sentence.push_str(&cause);
        }
        source = error.source();
    }
    sentence
}

fn remedy(code: Code) -> Option<&'static str> {
    match code {
        Code::Unavailable => Some(
            "start the services with `orderwatch up`, or say where they are with --server or ORDERWATCH_SERVER",
        ),
        Code::Aborted => Some("look at it again, then repeat the command"),
        Code::DeadlineExceeded => Some("repeat the command, or give it longer with --timeout"),
        Code::Unimplemented => {
            Some("compare `orderwatch version` with the server's: one of them is older")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grpc_code_has_its_exit_code() {
        let codes: Vec<(i32, u8)> = (0..=16)
            .map(|code| (code, Exit::from(Code::from_i32(code)) as u8))
            .collect();
        insta::assert_compact_debug_snapshot!(codes);
    }

    #[test]
    fn a_refusal_names_its_fields_and_its_place() {
        let mut details = tonic_types::ErrorDetails::new();
        details.add_bad_request_violation("spec.when", "no such field: order.pade_at");
        let status = Status::with_error_details(Code::InvalidArgument, "rule refused", details);
        let failure = Failure::from_status("rule-evaluation at http://127.0.0.1:7402", &status);
        insta::assert_snapshot!(failure);
    }

    #[test]
    fn many_faults_are_told_one_a_line_and_once() {
        let mut details = tonic_types::ErrorDetails::new();
        details.set_error_info("OW-POLICY-INVALID", "orderwatch", []);
        let faults: Vec<String> = (1..4).map(|it| format!("spec.k{it}: unknown")).collect();
        for it in 1..4 {
            details.add_bad_request_violation(format!("spec.k{it}"), "unknown");
        }
        let message = format!(
            "the policies have faults: {} [OW-POLICY-INVALID]",
            faults.join("; ")
        );
        let status = Status::with_error_details(Code::InvalidArgument, message, details);
        assert_eq!(
            Failure::from_status("here", &status).to_string(),
            "error: the policies have faults [OW-POLICY-INVALID]\n   at: here\n    - spec.k1: unknown\n    \
             - spec.k2: unknown\n    - spec.k3: unknown"
        );
    }
}
