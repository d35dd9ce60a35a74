//! Messages to the broker, for machines that listen there.

use bus::{Bus, Outgoing, Position};
use chrono::TimeDelta;
use service::telemetry;
use uuid::Uuid;

use super::Attempt;
use crate::{SERVICE, config::Subjects, domain::ticket::Answer};

/// How long to wait after the broker did not take a message.
pub(super) const BACKOFF: TimeDelta = TimeDelta::seconds(10);

/// Posts messages; cheap to clone.
#[derive(Clone)]
pub(super) struct Publisher {
    bus: Bus,
    subjects: Subjects,
}

impl Publisher {
    /// Posts under these subjects only.
    pub(super) fn new(bus: Bus, subjects: Subjects) -> Self {
        Self { bus, subjects }
    }

    /// Posts a message; a stream must hold its subject, so that it is known to have arrived.
    pub(super) async fn publish(&self, subject: &str, id: Uuid, body: Vec<u8>) -> Attempt {
        if !self.subjects.allow(subject) {
            let what = format!("{subject} is under none of ticketing.automation.subjects");
            return Attempt::Failed(what);
        }
        let message = Outgoing {
            subject: subject.to_owned(),
            event_id: id.to_string(),
            service: SERVICE.name.to_owned(),
            position: Position {
                transaction: 0,
                sequence: 0,
            },
            traceparent: telemetry::traceparent(),
            payload: body.into(),
        };
        let published = self.bus.publish(&[message]).await.pop();
        match published {
            Some(Ok(_sequence)) => Attempt::Answered(Answer::default()),
            Some(Err(error)) if !error.is_retryable() => Attempt::Failed(error.to_string()),
            Some(Err(error)) => again(error.to_string()),
            None => again("nothing was published".to_owned()),
        }
    }
}

fn again(why: String) -> Attempt {
    Attempt::Again {
        why,
        wait: None,
        tried: true,
    }
}
