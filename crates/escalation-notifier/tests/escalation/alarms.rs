//! `PagerDuty` pages in every round, and has no incident open that is none any more.

use std::time::Duration;

use chrono::TimeDelta;
use contracts::event::v1::{
    TicketGroupChanged,
    TicketTransition::{self, Acknowledged, Opened, Overdue, Reopened, Resolved},
};
use escalation_notifier::{
    domain::channel::Channel,
    sink::vendors::{Misbehaviour, SECRET, incidents::Standing},
};

use service::consume::Handler;

use crate::office::{Office, change};

/// An office that pages somebody of every ticket at once, of broken deadlines, and after twelve
/// hours also if somebody has it; what nobody does anything with comes back after a day.
async fn office() -> Office {
    let office = Office::open(|config| config.webhook_timeout = Duration::from_millis(300)).await;
    let secret = office.secret("secret", SECRET);
    let hook = office.secret("hook", &office.vendors.webhook(Channel::Pagerduty, ""));
    office
        .apply(&format!(
            "
apiVersion: orderwatch/v1
kind: Directory
metadata: {{name: main}}
spec:
  endpoints:
    pager: {{vendor: pagerduty, webhook: 'file:{hook}', secret: 'file:{secret}'}}
---
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {{name: default}}
spec:
  levels:
    - {{delay: 0s, recipients: ['endpoint:pager'], channel: pagerduty}}
    - {{delay: 12h, recipients: ['endpoint:pager'], channel: pagerduty, onlyIf: open}}
  overdue: {{recipients: ['endpoint:pager'], channel: pagerduty, afterAcknowledgement: true}}
  comeBack: {{after: 1d}}
"
        ))
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
