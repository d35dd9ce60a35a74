//! A message that says that it is a test, the way of all others.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    addressing::{self, To},
    domain::{
        delivery::NewDelivery,
        escalation::{Cause, Notice},
        routing::Destination,
        ticket::{Severity, Ticket},
    },
    error::Error,
    notifier::Notifier,
    store::ledger,
};

impl Notifier {
    /// Writes a test down; it goes out as everything does, and is tried once.
    ///
    /// # Errors
    ///
    /// What was named is not there, or nothing leads to it.
    pub(crate) async fn send_test(&self, to: &To, actor: &str) -> Result<NewDelivery, Error> {
        let inner = &self.inner;
        let mut conn = inner.pool.acquire().await?;
        let set = inner.policies.in_force(&mut conn).await?;
        let destination = match to {
            To::Endpoint(name) => Some(addressing::endpoint(name, &set.directory)?),
            To::Person(name, channel) => {
                let reach = inner.reach();
                let ways = addressing::ways_to(name, *channel, &set.directory, reach)?;
                ways.into_iter().next()
            }
            To::Anybody | To::Channel(_) => None,
        };
        let destination = destination.ok_or(Error::Request {
            field: "endpoint",
            expected: "expected an endpoint or a person to send the test to",
        })?;
        let delivery = test(destination, actor, inner.clock.now());
        let written = std::slice::from_ref(&delivery);
        ledger::add(&mut conn, written, inner.clock.now()).await?;
        inner.decided();
        Ok(delivery)
    }
}

/// A test as it is written down: of a ticket that there is not.
fn test(destination: Destination, actor: &str, now: DateTime<Utc>) -> NewDelivery {
    let id = Uuid::new_v4().simple().to_string();
    let notice = Notice {
        cause: Cause::Test,
        level: 0,
        occurrence: 0,
        alarm: 0,
        repetition: 0,
        recipients: Vec::new(),
        channel: destination.channel,
        ticket: Ticket {
            id: format!("test-{}", &id[..12]),
            scenario: Cause::Test.as_str().to_owned(),
            severity: Severity::named("low"),
            assignee: actor.to_owned(),
            opened_at: now,
            ..Ticket::default()
        },
        joining: None,
    };
    NewDelivery::of(&notice, destination, None)
}
