//! The streams, declared once: what they hold, for how long, and how much.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use contracts::subject;

use crate::Options;

/// Largest message that a stream takes, in bytes: the default `max_payload` of
/// nats-server (1 MiB), which counts headers too.
pub const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// How long the broker itself remembers message ids. Only a convenience: nobody
/// relies on it, because twice is once by natural key.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A JetStream stream of Orderwatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Batches of facts, `orderwatch.facts.<source>`.
    Facts,
    /// Transitions of exceptions.
    Exceptions,
    /// Transitions of tickets.
    Tickets,
    /// What became of notifications.
    Notifications,
    /// Changes of rules, procedures and policies.
    Changes,
    /// What ingest accepted or refused.
    Intake,
    /// Messages that a consumer could not digest.
    DeadLetters,
}

impl Stream {
    /// Every stream, in the order in which data passes through them.
    pub const ALL: [Self; 7] = [
        Self::Facts,
        Self::Exceptions,
        Self::Tickets,
        Self::Notifications,
        Self::Changes,
        Self::Intake,
        Self::DeadLetters,
    ];

    /// Name of the stream on the broker.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Facts => "FACTS",
            Self::Exceptions => "EXCEPTIONS",
            Self::Tickets => "TICKETS",
            Self::Notifications => "NOTIFICATIONS",
            Self::Changes => "CHANGES",
            Self::Intake => "INTAKE",
            Self::DeadLetters => "DEAD_LETTERS",
        }
    }

    /// First tokens of its subjects, such as `orderwatch.tickets`.
    #[must_use]
    pub fn root(self) -> &'static str {
        match self {
            Self::Facts => subject::FACTS,
            Self::Exceptions => subject::EXCEPTIONS,
            Self::Tickets => subject::TICKETS,
            Self::Notifications => subject::NOTIFICATIONS,
            Self::Changes => subject::CHANGES,
            Self::Intake => subject::INTAKE,
            Self::DeadLetters => subject::DEAD_LETTERS,
        }
    }

    /// The one pattern that matches all of its subjects.
    #[must_use]
    pub fn subjects(self) -> String {
        format!("{}.>", self.root())
    }

    /// The truth is in the services' databases, so a stream is bounded by age
    /// and bytes and lets the oldest go; dead letters alone are kept for long.
    fn max_age(self) -> Duration {
        match self {
            Self::Facts => 3 * DAY,
            Self::DeadLetters => 90 * DAY,
            _ => 7 * DAY,
        }
    }

    pub(crate) fn config(self, options: &Options) -> Config {
        let max_bytes = if self == Self::Facts {
            options.facts_bytes
        } else {
            options.events_bytes
        };
        Config {
            name: self.name().to_owned(),
            description: Some(format!("Orderwatch, {}", self.subjects())),
            subjects: vec![self.subjects()],
            retention: RetentionPolicy::Limits,
            discard: DiscardPolicy::Old,
            storage: StorageType::File,
            max_age: self.max_age(),
            max_bytes,
            max_message_size: i32::try_from(MAX_MESSAGE_BYTES).unwrap_or(i32::MAX),
            duplicate_window: DUPLICATE_WINDOW,
            num_replicas: options.replicas,
            allow_direct: true,
            ..Config::default()
        }
    }
}

/// Whether the broker's stream is as declared, in what the declaration speaks of.
pub(crate) fn is_as_declared(found: &Config, declared: &Config) -> bool {
    found.subjects == declared.subjects
        && found.max_age == declared.max_age
        && found.max_bytes == declared.max_bytes
        && found.max_message_size == declared.max_message_size
        && found.duplicate_window == declared.duplicate_window
        && found.num_replicas == declared.num_replicas
        && found.allow_direct == declared.allow_direct
        && found.discard == declared.discard
}
