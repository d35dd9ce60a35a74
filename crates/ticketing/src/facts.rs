//! What orders' facts say, asked of rule evaluation, which has them.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use contracts::rules::v1::{
    EvaluateConditionsRequest, EvaluateConditionsResponse, OrderConditions, Truth,
    condition_service_client::ConditionServiceClient,
};
use service::{client::Traced, error::chain, lifecycle::Shutdown};

use crate::{
    desk::Desk,
    domain::{
        automation::Awaited,
        id::TicketId,
        sop::{
            Sop,
            document::{Faults, fault},
        },
        ticket::Ticket,
    },
    error::Error,
    events::instant::from_wire,
};

/// Most tickets that are asked about at once.
const MOST: i64 = 200;
/// By the clock, how long it takes until a ticket is asked about again when nothing is heard of its
/// order.
const AGAIN: TimeDelta = TimeDelta::minutes(5);
/// The same where the answer turns as soon as late sources are complete, of which nobody tells.
const SOON: TimeDelta = TimeDelta::seconds(15);
/// The shortest that either may be in reality, however fast the clock is.
const LEAST_AGAIN: Duration = Duration::from_secs(60);
const LEAST_SOON: Duration = Duration::from_secs(1);
/// How long to wait after rule evaluation or the database failed.
const RETRY: Duration = Duration::from_secs(1);
/// How long, in reality, it takes until what another replica left is looked for.
const RECHECK: Duration = Duration::from_secs(30);

/// Asks rule evaluation; cheap to clone.
#[derive(Debug, Clone)]
pub struct Facts(ConditionServiceClient<Traced>);

impl Facts {
    /// Asks over a channel.
    #[must_use]
    pub fn new(channel: Traced) -> Self {
        Self(ConditionServiceClient::new(channel))
    }

    /// Checks the conditions of procedures against fields and thresholds in force.
    ///
    /// # Errors
    /// [`Error::Sops`] with line and column of each fault, and [`Error::Facts`] when nobody can
    /// say.
    pub async fn check(&self, sops: impl IntoIterator<Item = &Sop>) -> Result<(), Error> {
        let (mut places, mut conditions) = (Vec::new(), Vec::new());
        for sop in sops {
            for step in &sop.steps {
                for condition in step.conditions() {
                    places.push(format!("Sop/{}: step {}", sop.name, step.name));
                    conditions.push(condition.to_owned());
                }
            }
        }
        let mut faults = Vec::new();
        for (places, conditions) in places.chunks(500).zip(conditions.chunks(500)) {
            let request = EvaluateConditionsRequest {
                conditions: conditions.to_vec(),
                ..Default::default()
            };
            let answer = self.ask(request).await?;
            for (place, found) in places.iter().zip(answer.faults) {
                let found = found.messages.into_iter();
                faults.extend(found.map(|message| fault(place.clone(), message)));
            }
        }
        Ok(Faults::unless_none(faults)?)
    }

    /// Asks about tickets whose time has come, and takes to the desk what holds; returns how many
    /// there were. Where nobody can say, nothing is decided, and it is asked again.
    ///
    /// # Errors
    /// [`Error::Facts`], and those of the database.
    pub async fn look(&self, desk: &Desk) -> Result<usize, Error> {
        let again = AGAIN.max(desk.shown(LEAST_AGAIN));
        let tickets = desk.claim_questions(MOST, again).await?;
        if tickets.is_empty() {
            return Ok(0);
        }
        let asked = Asked::of(&tickets);
        let answer = match self.ask(asked.request).await {
            Ok(answer) => answer,
            Err(error) => {
                let soon = desk.now() + desk.shown(RETRY);
                let sooner: Vec<_> = tickets.iter().map(|it| (it.id, soon)).collect();
                desk.hasten(&sooner).await?;
                return Err(error);
            }
        };
        let (mut met, mut sooner) = (Vec::new(), Vec::new());
        let now = desk.now();
        let soon = now + SOON.max(desk.shown(LEAST_SOON));
        for ((ticket, awaited), truths) in asked.of.into_iter().zip(answer.orders) {
            for (awaited, truth) in awaited.into_iter().zip(truths.truths) {
                if truth.truth() == Truth::True {
                    met.push((ticket, awaited));
                } else if let Some(at) = truth.next_change_at.as_ref().and_then(from_wire) {
                    sooner.push((ticket, if at > now { at } else { soon }));
                }
            }
        }
        desk.hasten(&sooner).await?;
        if !met.is_empty() {
            desk.met(met).await?;
        }
        Ok(tickets.len())
    }

    /// Asks until shutdown, asleep whenever there is nothing to ask.
    ///
    /// # Errors
    /// Never: it answers so to be spawned beside loops that do fail.
    pub async fn run(self, desk: Desk, shutdown: Shutdown) -> Result<(), Error> {
        while !shutdown.is_cancelled() {
            match self.look(&desk).await {
                Ok(0) => tokio::select! {
                    () = shutdown.cancelled() => {}
                    _waited = desk.questions_due() => {}
                    () = tokio::time::sleep(RECHECK) => {}
                },
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "cannot ask what facts say, it is asked again");
                    shutdown.sleep(RETRY).await;
                }
            }
        }
        Ok(())
    }

    async fn ask(
        &self,
        request: EvaluateConditionsRequest,
    ) -> Result<EvaluateConditionsResponse, Error> {
        let answer = self.0.clone().evaluate_conditions(request).await;
        answer
            .map(tonic::Response::into_inner)
            .map_err(|status| Error::Facts(Box::new(status)))
    }
}

/// What is asked, and of which tickets.
struct Asked {
    request: EvaluateConditionsRequest,
    of: Vec<(TicketId, Vec<Awaited>)>,
}

impl Asked {
    fn of(tickets: &[Ticket]) -> Self {
        let mut known = BTreeMap::<String, i32>::new();
        let (mut conditions, mut orders, mut of) = (Vec::new(), Vec::new(), Vec::new());
        for ticket in tickets {
            let awaited: Vec<Awaited> = ticket.awaited().collect();
            let indexes = awaited.iter().map(|it| {
                *known.entry(it.condition.clone()).or_insert_with(|| {
                    conditions.push(it.condition.clone());
                    i32::try_from(conditions.len() - 1).unwrap_or(i32::MAX)
                })
            });
            orders.push(OrderConditions {
                conditions: indexes.collect(),
                order_id: ticket.exception.order.order_id.clone(),
            });
            of.push((ticket.id, awaited));
        }
        Self {
            request: EvaluateConditionsRequest {
                conditions,
                orders,
                watch: true,
            },
            of,
        }
    }
}
