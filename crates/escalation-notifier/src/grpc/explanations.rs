//! Over gRPC: why somebody was told, and running escalations under new policies.

use chrono::{DateTime, Utc};
use contracts::escalation::v1::{
    EscalationState, ExplainNotificationRequest, ExplainNotificationResponse,
    MigrateEscalationsRequest, MigrateEscalationsResponse, MigratedEscalation, NotificationReason,
    PolicyConsidered, explanation_service_server::ExplanationService,
};
use tonic::{Request, Response, Status};

use super::answer;
use crate::{
    domain::{
        escalation::State,
        explanation::{self, Entry, Reason},
        matcher::Matchers,
        oncall::Roster,
        policy::{Channel, Recipient},
        quiet::{self, silence::Silence},
        resources::{Fault, Faults},
        routing::{self, Destination},
    },
    error::Error,
    events::encode::timestamp,
    migration::Migrated,
    notifier::Notifier,
    store::{crowds, entries, escalations, incidents, on_call, silences},
};

/// Most escalations that a migration names.
const NAMED_AT_MOST: usize = 100;

/// Serves what `orderwatch.escalation.v1.ExplanationService` promises.
#[derive(Debug, Clone)]
pub struct ExplanationServer {
    notifier: Notifier,
}

impl ExplanationServer {
    /// A server of this notifier.
    #[must_use]
    pub fn new(notifier: Notifier) -> Self {
        Self { notifier }
    }

    async fn explain(
        &self,
        request: ExplainNotificationRequest,
    ) -> Result<ExplainNotificationResponse, Error> {
        let inner = &self.notifier.inner;
        let (now, reach) = (inner.clock.now(), inner.reach());
        let mut conn = inner.pool.acquire().await?;
        let entries = entries::of_ticket(&mut conn, &request.ticket_id).await?;
        let found = escalations::of_ticket(&mut conn, &request.ticket_id).await?;
        if found.is_none() && !entries.is_empty() {
            return Ok(by_the_ledger_alone(request.ticket_id, &entries));
        }
        let mut escalation = found.ok_or_else(|| Error::Unknown {
            what: "escalation of ticket",
            name: request.ticket_id.clone(),
        })?;
        incidents::place(&mut conn, [&mut escalation.ticket]).await?;
        let version = escalation.policy_version;
        let began_under = inner.policies.version(&mut conn, version).await?;
        let policy = inner.policies.policy_of(&mut conn, &escalation).await?;
        let set = inner.policies.in_force(&mut conn).await?;
        let directory = &set.directory;
        let person = request.person;
        if !person.is_empty() && !directory.people.contains_key(&person) {
            return Err(Error::Unknown {
                what: "person of the directory",
                name: person,
            });
        }
        let overrides = on_call::standing_in(&mut conn, directory, now).await?;
        let roster = Roster::at(&directory.schedules, &overrides, now);
        let ticket = &escalation.ticket;
        let route = |recipients: &[Recipient], channels: &[Channel]| -> Vec<Destination> {
            let routed = channels.iter().flat_map(|&channel| {
                routing::route(recipients, channel, ticket, directory, &roster, reach)
            });
            let mut once: Vec<Destination> = Vec::new();
            for destination in routed {
                if !once.contains(&destination) {
                    once.push(destination);
                }
            }
            once
        };
        let concerns = |destination: &Destination| {
            let named = [Recipient::Person(person.clone())];
            person.is_empty() || route(&named, &[destination.channel]).contains(destination)
        };
        let crowds = escalation.crowds(&policy);
        let sizes = crowds::sizes(&mut conn, &crowds).await?;
        let silences = silences::list(&mut conn, now, false).await?.into_iter();
        let silences: Vec<Silence> = silences.map(|recorded| recorded.silence).collect();
        let kept_back =
            |at: DateTime<Utc>| quiet::by_the_clock(ticket, &silences, &set.windows, at.max(now));
        let told = (&entries[..], &sizes);
        let reasons = explanation::reasons(&escalation, &policy, told, |stage| {
            route(&stage.telling.recipients, &stage.telling.channels)
        });
        let considered = explanation::policies(&began_under, &policy.name, ticket);
        Ok(ExplainNotificationResponse {
            ticket_id: ticket.id.clone(),
            order_id: ticket.order_id.clone(),
            state: state(escalation.state()).into(),
            policy_version: version,
            routes: escalation.routes.clone(),
            policies: considered
                .into_iter()
                .map(|(policy, chosen, why)| PolicyConsidered {
                    policy,
                    chosen,
                    why,
                })
                .collect(),
            reasons: reasons
                .into_iter()
                .filter(|reason| concerns(&reason.destination))
                .map(|reason| reason.foreseeing(kept_back))
                .map(encoded)
                .collect(),
            policy: policy.name,
        })
    }

    async fn migrate(
        &self,
        request: MigrateEscalationsRequest,
    ) -> Result<MigrateEscalationsResponse, Error> {
        let matchers = Matchers::parse(&request.matchers).map_err(|wrong| {
            let faults = wrong.into_iter().map(|(index, error)| Fault {
                path: format!("matchers[{index}]"),
                expected: error.to_string(),
            });
            Error::Policies(Faults(faults.collect()))
        })?;
        if request.actor.trim().is_empty() && !request.dry_run {
            return Err(Error::Request {
                field: "actor",
                expected: "expected who asks for it, found nobody",
            });
        }
        let said_by = (request.actor.as_str(), request.reason.as_str());
        let migrated = self
            .notifier
            .migrate_escalations(&matchers, said_by, request.dry_run)
            .await?;
        Ok(MigrateEscalationsResponse {
            total: i64::try_from(migrated.len()).unwrap_or(i64::MAX),
            escalations: migrated
                .into_iter()
                .take(NAMED_AT_MOST)
                .map(encoded_migration)
                .collect(),
        })
    }
}

/// What was told without any policy, such as a test.
fn by_the_ledger_alone(ticket_id: String, entries: &[Entry]) -> ExplainNotificationResponse {
    let reasons = entries.iter().map(explanation::of_entry);
    ExplainNotificationResponse {
        ticket_id,
        reasons: reasons.map(encoded).collect(),
        ..ExplainNotificationResponse::default()
    }
}

fn encoded(reason: Reason) -> NotificationReason {
    NotificationReason {
        cause: reason.cause,
        level: i32::try_from(reason.level).unwrap_or(i32::MAX),
        repetition: i32::try_from(reason.repetition).unwrap_or(i32::MAX),
        at: Some(timestamp(reason.at)),
        channel: reason.destination.channel.as_str().to_owned(),
        recipient: reason.destination.shown,
        outcome: reason.outcome.word().to_owned(),
        why: reason.why,
        delivery_id: reason.delivery.unwrap_or_default(),
    }
}

fn encoded_migration(migrated: Migrated) -> MigratedEscalation {
    let Migrated {
        before,
        after,
        levels_at_once,
    } = migrated;
    MigratedEscalation {
        ticket_id: before.ticket.id,
        order_id: before.ticket.order_id,
        from_policy: before.policy,
        from_version: before.policy_version,
        next_before: before.next_level_at.map(timestamp),
        to_policy: after.policy,
        to_version: after.policy_version,
        to_routes: after.routes,
        next_after: after.next_level_at.map(timestamp),
        levels_at_once: levels_at_once
            .into_iter()
            .map(|level| i32::try_from(level).unwrap_or(i32::MAX))
            .collect(),
    }
}

fn state(state: State) -> EscalationState {
    match state {
        State::Running => EscalationState::Running,
        State::Acknowledged => EscalationState::Acknowledged,
        State::Resolved => EscalationState::Resolved,
        State::Exhausted => EscalationState::Exhausted,
    }
}

#[tonic::async_trait]
impl ExplanationService for ExplanationServer {
    async fn explain_notification(
        &self,
        request: Request<ExplainNotificationRequest>,
    ) -> Result<Response<ExplainNotificationResponse>, Status> {
        answer(self.explain(request.into_inner()).await)
    }

    async fn migrate_escalations(
        &self,
        request: Request<MigrateEscalationsRequest>,
    ) -> Result<Response<MigrateEscalationsResponse>, Status> {
        answer(self.migrate(request.into_inner()).await)
    }
}
