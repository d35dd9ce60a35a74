//! `PagerDuty` pages in every round, and has no incident open that is none any more.

use std::time::Duration;

use chrono::TimeDelta;
use contracts::event::v1::{
    TicketGroupChanged,
    TicketTransition::{self, Acknowledged, Opened, Overdue, Reopened, Resolved},
};
use escalation_notifier::{
    Config,
    domain::channel::Channel,
    sink::vendors::{Misbehaviour, SECRET, incidents::Standing},
};

use service::consume::Handler;

use crate::office::{Office, change};

/// An office that pages somebody of every ticket at once, of broken deadlines, and after twelve
/// hours also if somebody has it; what nobody does anything with comes back after a day.
async fn office() -> Office {
    paging(Office::open(hasty).await).await
}

fn hasty(config: &mut Config) {
    config.webhook_timeout = Duration::from_millis(300);
}

async fn paging(office: Office) -> Office {
    let secret = office.secret("secret", SECRET);
    let hook = office.secret("hook", &office.vendors.webhook(Channel::Pagerduty, ""));
    office
        .apply_endpoints(
            &format!(
                "pager: {{vendor: pagerduty, webhook: 'file:{hook}', secret: 'file:{secret}'}}"
            ),
            "levels: [
               {delay: 0s, recipients: ['endpoint:pager'], channel: pagerduty},
               {delay: 12h, recipients: ['endpoint:pager'], channel: pagerduty, onlyIf: open}],
             overdue: {recipients: ['endpoint:pager'], channel: pagerduty, afterAcknowledgement: true},
             comeBack: {after: 1d}",
        )
        .await;
    office
}

async fn happens(office: &Office, transition: TicketTransition, version: i64) {
    let mut change = change("A1", transition, version);
    change.acknowledged |= transition == Overdue;
    office.take(&[change]).await;
    office.send_all(Channel::Pagerduty).await;
}

/// How often somebody was paged, and how the incidents that are not over stand.
fn paged(office: &Office) -> (usize, Vec<Standing>) {
    let report = office.vendors.report();
    assert_eq!(report.violations(), 0, "{report:?}");
    let incidents = || report.incidents.values();
    let open = incidents().map(|it| it.standing);
    let open = open.filter(|it| *it != Standing::Resolved);
    (incidents().map(|it| it.pages).sum(), open.collect())
}

#[tokio::test]
async fn every_round_pages_and_leaves_one_incident_open() {
    let office = office().await;
    let (triggered, acknowledged) = (Standing::Triggered, Standing::Acknowledged);
    happens(&office, Opened, 1).await;
    assert_eq!(paged(&office), (1, vec![triggered]));
    happens(&office, Acknowledged, 2).await;
    assert_eq!(paged(&office), (1, vec![acknowledged]));
    // It changed hands.
    happens(&office, Reopened, 3).await;
    assert_eq!(paged(&office), (2, vec![triggered]));
    happens(&office, Acknowledged, 4).await;
    // Nobody did anything with it for a day.
    office.clock.advance(TimeDelta::days(1));
    office.notifier.reach_due_levels().await.unwrap();
    office.send_all(Channel::Pagerduty).await;
    assert_eq!(paged(&office), (3, vec![triggered]));
    happens(&office, Acknowledged, 5).await;
    // Its deadline broke although somebody had it.
    happens(&office, Overdue, 6).await;
    assert_eq!(paged(&office), (4, vec![triggered]));
    happens(&office, Resolved, 8).await;
    assert_eq!(paged(&office), (4, vec![]));
    happens(&office, Reopened, 9).await;
    assert_eq!(paged(&office), (5, vec![triggered]));
    happens(&office, Resolved, 10).await;
    assert_eq!(paged(&office), (5, vec![]));
}

#[tokio::test]
async fn a_level_that_is_told_although_somebody_has_the_ticket_pages() {
    let office = office().await;
    happens(&office, Opened, 1).await;
    happens(&office, Acknowledged, 2).await;
    office.hours_pass(12).await;
    office.send_all(Channel::Pagerduty).await;
    assert_eq!(paged(&office), (2, vec![Standing::Triggered]));
    happens(&office, Resolved, 3).await;
    assert_eq!(paged(&office), (2, vec![]));
}

#[tokio::test]
async fn an_incident_of_many_tickets_pages_each_time_and_is_over_when_it_is_closed() {
    let office = office().await;
    let triggered = Standing::Triggered;
    for (what, version, expected) in [
        ("opened", 1, (1, vec![triggered])),
        ("closed", 2, (1, vec![])),
        ("opened", 3, (2, vec![triggered])),
        ("closed", 4, (2, vec![])),
    ] {
        let group = TicketGroupChanged {
            group_id: "G1".to_owned(),
            kind: "incident".to_owned(),
            title: "the lift is broken".to_owned(),
            names_members: true,
            version,
            ..TicketGroupChanged::default()
        };
        let heard = [office.receive_group(what, group)];
        office.notifier.handle(&heard).await.unwrap();
        office.send_all(Channel::Pagerduty).await;
        assert_eq!(paged(&office), expected, "{what} {version}");
    }
}

#[tokio::test]
async fn a_page_that_may_have_arrived_is_over_when_its_ticket_is() {
    let office = office().await;
    office.vendors.misbehave(Misbehaviour::Silence);
    office.take(&[change("A1", Opened, 1)]).await;
    office.notifier.dispatch(Channel::Pagerduty).await.unwrap();
    happens(&office, Resolved, 2).await;
    assert_eq!(paged(&office), (1, vec![]));
}

/// Two tickets written by the version whose tables the twentieth migration ends with, to which
/// every round of a ticket was the same incident: A1 changed hands after somebody had taken it on,
/// A2 was resolved and opened again. Word of their second rounds has not gone out yet.
const ROWS: &str = "
create function pg_temp.ticket(order_id text) returns jsonb language sql as $$
    select jsonb_build_object('id', 'T-' || order_id, 'exception_id', 'E-' || order_id,
        'order_id', order_id, 'warehouse', 'WH-E', 'region', 'east', 'scenario', 'late-shipment',
        'severity', 'high', 'rule', 'ship-in-time', 'department', 'warehouse', 'assignee', '',
        'step', 'check-stock', 'instructions', 'Call the warehouse', 'due_at', null,
        'opened_at', '2026-06-17T00:00:00Z')
$$;
insert into escalation
    (ticket_id, order_id, ticket, ticket_version, acknowledged, resolved_version, round,
     round_started_at, level, next_level_at, policy, policy_version, state, started_at, updated_at,
     stage, touched_at)
select 'T-' || order_id, order_id, pg_temp.ticket(order_id), 3, false, resolved, 3,
     '2026-06-18T00:00:00Z', 1, '2026-06-18T12:00:00Z', 'default', 2, 'running',
     '2026-06-17T00:00:00Z', '2026-06-18T00:00:00Z', 1, '2026-06-17T01:00:00Z'
from (values ('A1', 0), ('A2', 2)) as known (order_id, resolved);
insert into delivery
    (id, ticket_id, order_id, cause, level, occurrence, channel, recipient, shown, urgency, ticket,
     state, attempts, created_at)
select gen_random_uuid(), 'T-' || order_id, order_id, cause, level, occurrence, 'pagerduty',
     'pager', 'pager', 1, pg_temp.ticket(order_id), state, attempts,
     timestamptz '2026-06-17T00:00:00Z' + occurrence * interval '1 h'
from (values
    ('A1', 'opened', 1, 0, 'sent', 1),
    ('A1', 'acknowledged', 0, 2, 'sent', 1),
    ('A1', 'reopened', 1, 3, 'pending', 0),
    ('A2', 'opened', 1, 0, 'sent', 1),
    ('A2', 'resolved', 0, 2, 'sent', 1),
    ('A2', 'reopened', 1, 3, 'pending', 0))
    as known (order_id, cause, level, occurrence, state, attempts);
";

/// What was triggered before there were alarms is over when its ticket is, under the key that it
/// was triggered under, and not before.
#[tokio::test]
async fn incidents_that_an_older_version_opened_are_over_when_their_tickets_are() {
    let office = paging(Office::aged(20, ROWS, hasty).await).await;
    office.send_all(Channel::Pagerduty).await;
    let triggered = Standing::Triggered;
    assert_eq!(paged(&office), (2, vec![triggered, triggered]));
    office.take(&[change("A2", Acknowledged, 4)]).await;
    office.send_all(Channel::Pagerduty).await;
    let acknowledged = Standing::Acknowledged;
    assert_eq!(paged(&office), (2, vec![triggered, acknowledged]));
    // Its deadline broke although somebody had it, so another one begins in its place.
    let mut overdue = change("A2", Overdue, 5);
    overdue.acknowledged = true;
    office.take(&[overdue]).await;
    office.send_all(Channel::Pagerduty).await;
    assert_eq!(paged(&office), (3, vec![triggered, triggered]));
    let over = ["A1", "A2"].map(|order| change(order, Resolved, 6));
    office.take(&over).await;
    office.send_all(Channel::Pagerduty).await;
    assert_eq!(paged(&office), (3, vec![]));
}
