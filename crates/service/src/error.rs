//! Errors: one closed list of kinds, mapped once to gRPC.

mod status;

use std::time::Duration;

pub use tonic_types::FieldViolation;

use bus::Error as BusError;
use tonic::{Code, Status};

pub use self::status::status;

/// What kind of failure it is, for whoever has to react to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// What was asked makes no sense, whatever the state.
    InvalidArgument,
    /// There is no such thing.
    NotFound,
    /// There is such a thing already.
    AlreadyExists,
    /// The state does not allow it.
    FailedPrecondition,
    /// Somebody else changed it in between (a stale version): read again.
    Aborted,
    /// A limit or a full queue: later, or less.
    ResourceExhausted,
    /// A part is away: later.
    Unavailable,
    /// It took too long.
    DeadlineExceeded,
    /// What was stored cannot be read any more.
    DataLoss,
    /// A fault of ours.
    Internal,
    /// The caller may not do this.
    PermissionDenied,
    /// There is no such ability.
    Unimplemented,
}

impl ErrorKind {
    /// Whether the same request may succeed later without anybody changing it.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::Unavailable | Self::ResourceExhausted | Self::Aborted | Self::DeadlineExceeded
        )
    }

    /// The gRPC code that says the same.
    #[must_use]
    pub fn grpc_code(self) -> Code {
        match self {
            Self::InvalidArgument => Code::InvalidArgument,
            Self::NotFound => Code::NotFound,
            Self::AlreadyExists => Code::AlreadyExists,
            Self::FailedPrecondition => Code::FailedPrecondition,
            Self::Aborted => Code::Aborted,
            Self::ResourceExhausted => Code::ResourceExhausted,
            Self::Unavailable => Code::Unavailable,
            Self::DeadlineExceeded => Code::DeadlineExceeded,
            Self::DataLoss => Code::DataLoss,
            Self::Internal => Code::Internal,
            Self::PermissionDenied => Code::PermissionDenied,
            Self::Unimplemented => Code::Unimplemented,
        }
    }

    fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Unavailable | Self::ResourceExhausted => Some(Duration::from_secs(1)),
            Self::Aborted => Some(Duration::from_millis(50)),
            _ => None,
        }
    }
}

/// What every crate's error enum answers.
pub trait Classified: std::error::Error {
    /// What kind of failure it is.
    fn kind(&self) -> ErrorKind;

    /// The operator's handle, such as `OW-TICKET-STALE`.
    fn code(&self) -> &'static str;

    /// Whether the same request may succeed later.
    fn is_retryable(&self) -> bool {
        self.kind().is_retryable()
    }

    /// The fields of the request that are wrong, when it is their fault.
    fn field_violations(&self) -> Vec<FieldViolation> {
        Vec::new()
    }
}

/// An error with its causes, in one line.
pub fn chain<E: std::error::Error + ?Sized>(error: &E) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}

/// What can go wrong in what every service stands on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration has faults.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigErrors),
    /// PostgreSQL cannot be reached or refuses.
    #[error(
        "cannot use PostgreSQL at {host}: {reason}; start it, or correct postgres.url (ORDERWATCH__POSTGRES__URL)"
    )]
    DatabaseUnreachable {
        /// Host, port and database, without user and password.
        host: String,
        /// What the driver said.
        reason: String,
    },
    /// A migration failed.
    #[error("cannot migrate schema {schema}: {source}")]
    Migration {
        /// The schema.
        schema: String,
        /// What went wrong.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// The cluster counts its transactions anew, below those of the event log.
    #[error(
        "the event log of schema {schema} was written up to transaction {logged}, but this PostgreSQL cluster has only reached {reached}: it was restored by a dump, and consumers would take new events for ones they handled; stop PostgreSQL, run `pg_resetwal --epoch={} DATADIR`, and start it again", .logged.div_euclid(1 << 32) + 1
    )]
    TransactionsRestarted {
        /// The schema.
        schema: String,
        /// Newest transaction of its event log.
        logged: i64,
        /// The next one of the cluster.
        reached: i64,
    },
    /// A statement failed.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The broker cannot be used.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The listener's address is taken or not ours.
    #[error(
        "cannot listen on {address}: {reason}; stop what listens there, or choose another address with server.listen (ORDERWATCH__SERVER__LISTEN)"
    )]
    Listen {
        /// The address.
        address: String,
        /// What the system said.
        reason: String,
    },
    /// The gRPC server ended.
    #[error("gRPC server failed: {0}")]
    Serve(#[from] tonic::transport::Error),
    /// Another service answered with an error.
    #[error("{upstream} at {endpoint} answered {}: {}", .status.code(), .status.message())]
    Upstream {
        /// Name of the service.
        upstream: String,
        /// Where it was asked.
        endpoint: String,
        /// Its answer.
        status: Box<Status>,
    },
    /// The address of another service is malformed.
    #[error("the endpoint {endpoint:?} is not valid: {reason}; expected http://host:port")]
    Endpoint {
        /// The address.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An event is larger than a message may be.
    #[error(
        "the event {event_id} has {bytes} bytes, more than the {limit} that a message may have; send smaller batches"
    )]
    EventTooLarge {
        /// Natural key of the event.
        event_id: String,
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A signal handler or a file failed.
    #[error("{what}: {source}")]
    Io {
        /// What was attempted.
        what: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Telemetry could not be set up.
    #[error("cannot set up telemetry: {0}")]
    Telemetry(String),
    /// A task of the service failed, so the service stopped.
    #[error("stopped because {0}")]
    Task(String),
}

impl Classified for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Config(_) | Self::Endpoint { .. } | Self::EventTooLarge { .. } => {
                ErrorKind::InvalidArgument
            }
            Self::DatabaseUnreachable { .. } | Self::Upstream { .. } => ErrorKind::Unavailable,
            Self::Database(error) => database_kind(error),
            Self::Bus(BusError::NoDeadLetter { .. }) => ErrorKind::NotFound,
            Self::Bus(error) if error.is_retryable() => ErrorKind::Unavailable,
            Self::Bus(BusError::Publish(_)) => ErrorKind::InvalidArgument,
            Self::Listen { .. } | Self::TransactionsRestarted { .. } => {
                ErrorKind::FailedPrecondition
            }
            Self::Migration { .. }
            | Self::Bus(_)
            | Self::Serve(_)
            | Self::Io { .. }
            | Self::Telemetry(_)
            | Self::Task(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Config(_) => "OW-CONFIG",
            Self::DatabaseUnreachable { .. } => "OW-DATABASE-UNREACHABLE",
            Self::Migration { .. } => "OW-DATABASE-MIGRATION",
            Self::TransactionsRestarted { .. } => "OW-DATABASE-RESTORED",
            Self::Database(_) => "OW-DATABASE",
            Self::Bus(_) => "OW-BUS",
            Self::Listen { .. } => "OW-LISTEN",
            Self::Serve(_) => "OW-SERVE",
            Self::Upstream { .. } => "OW-UPSTREAM",
            Self::Endpoint { .. } => "OW-ENDPOINT",
            Self::EventTooLarge { .. } => "OW-EVENT-TOO-LARGE",
            Self::Io { .. } => "OW-IO",
            Self::Telemetry(_) => "OW-TELEMETRY",
            Self::Task(_) => "OW-TASK",
        }
    }
}

/// Sorts a database error: one table for every service.
#[must_use]
pub fn database_kind(error: &sqlx::Error) -> ErrorKind {
    match error {
        sqlx::Error::RowNotFound => ErrorKind::NotFound,
        sqlx::Error::PoolTimedOut
        | sqlx::Error::Io(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => ErrorKind::Unavailable,
        sqlx::Error::Database(refused) => refused
            .code()
            .map_or(ErrorKind::Internal, |code| sql_state_kind(&code)),
        _ => ErrorKind::Internal,
    }
}

/// Classes of SQLSTATE, PostgreSQL documentation, appendix A.
fn sql_state_kind(code: &str) -> ErrorKind {
    match code {
        "23505" => ErrorKind::AlreadyExists,
        "40001" | "40P01" | "55P03" => ErrorKind::Aborted,
        "57014" => ErrorKind::DeadlineExceeded,
        _ if code.starts_with("08") || code.starts_with("57P") || code.starts_with("53") => {
            ErrorKind::Unavailable
        }
        // A value that the database cannot hold, such as a NUL in a text or an instant before its
        // first: whoever sent it would be refused as often as they tried.
        _ if code.starts_with("22") => ErrorKind::InvalidArgument,
        _ if code.starts_with("23") => ErrorKind::FailedPrecondition,
        _ => ErrorKind::Internal,
    }
}
