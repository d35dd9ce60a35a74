//! Incidents silence exactly their tickets.

use chrono::TimeDelta;
use contracts::{
    escalation::v1::DeliveryState,
    event::v1::{TicketChanged, TicketGroupChanged, TicketTransition},
};
use escalation_notifier::{domain::policy::Channel, events::encode::timestamp};
use service::consume::Handler;

use crate::{
    office::{Office, change, opened},
    quiet::silence,
};

/// An incident that somebody put together by hand.
fn by_hand(version: i64) -> TicketGroupChanged {
    TicketGroupChanged {
        group_id: "G1".to_owned(),
        kind: "incident".to_owned(),
        title: "the lift is broken".to_owned(),
        names_members: true,
        version,
        ..TicketGroupChanged::default()
    }
}

fn moves(version: i64, joined: &[&str], left: &[&str]) -> TicketGroupChanged {
    let named = |orders: &[&str]| orders.iter().map(|order| format!("T-{order}")).collect();
    TicketGroupChanged {
        joined: named(joined),
        left: named(left),
        ..by_hand(version)
    }
}

/// A ticket that was opened a minute ago.
fn ticket(office: &Office, order: &str) -> TicketChanged {
    TicketChanged {
        opened_at: Some(timestamp(office.clock.now() - TimeDelta::minutes(1))),
        ..opened(order)
    }
}

impl Office {
    async fn hear(&self, what: &str, group: TicketGroupChanged) {
        let heard = [self.receive_group(what, group)];
        self.notifier.handle(&heard).await.unwrap();
    }

    /// Orders of which something is kept back, in order.
    async fn held(&self) -> Vec<String> {
        self.hours_pass(0).await;
        let held = self.deliveries(&[DeliveryState::Held]).await.into_iter();
        let mut held: Vec<String> = held.map(|it| it.order_id).collect();
        held.sort();
        held
    }
}

#[tokio::test]
async fn an_incident_put_together_by_hand_silences_its_tickets_and_no_others() {
    let office = Office::open(|_| {}).await;
    office.hear("opened", by_hand(1)).await;
    office.hear("members", moves(1, &["A1", "A2"], &[])).await;
    let tickets = ["A1", "A2", "A3"].map(|order| ticket(&office, order));
    office.take(&tickets).await;
    assert_eq!(office.held().await, ["A1", "A2"]);
    // Who is taken out is told of again, and who comes later is not any more.
    office.hear("members", moves(2, &[], &["A1"])).await;
    assert_eq!(office.held().await, ["A2"]);
    office.hear("members", moves(3, &["A3"], &[])).await;
    assert_eq!(office.held().await, ["A2", "A3"]);
    let resolved = change("A2", TicketTransition::Resolved, 2);
    office.take(&[resolved]).await;
    office.hear("closed", by_hand(4)).await;
    assert_eq!(office.held().await, Vec::<String>::new());
    office.send(Channel::Wecom).await;
    let told = office.deliveries(&[DeliveryState::Sent]).await;
    let told: Vec<&str> = told.iter().map(|it| it.order_id.as_str()).collect();
    assert!(told.contains(&"A1") && told.contains(&"A3"), "{told:?}");
    assert!(!told.contains(&"A2"), "{told:?}");
}

#[tokio::test]
async fn it_does_not_matter_in_which_order_comings_and_goings_are_heard() {
    let office = Office::open(|_| {}).await;
    office.hear("members", moves(3, &["A2"], &["A1"])).await;
    office.hear("members", moves(1, &["A1"], &[])).await;
    office.hear("members", moves(2, &[], &["A2"])).await;
    office.hear("opened", by_hand(1)).await;
    let tickets = ["A1", "A2"].map(|order| ticket(&office, order));
    office.take(&tickets).await;
    assert_eq!(office.held().await, ["A2"]);
    // Who comes to what is over belongs to nothing.
    office.hear("closed", by_hand(5)).await;
    office.hear("members", moves(4, &["A1"], &[])).await;
    assert_eq!(office.held().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_opens_like_the_tickets_of_an_incident_waits_half_a_minute_for_word() {
    let office = Office::open(|_| {}).await;
    let found = TicketGroupChanged {
        scenario: "late-shipment".to_owned(),
        dimension: "warehouse".to_owned(),
        value: "WH-E".to_owned(),
        ..by_hand(1)
    };
    office.hear("opened", found).await;
    office.take(&[opened("A1"), opened("A2")]).await;
    assert_eq!(office.held().await, ["A1", "A2"]);
    office.hear("members", moves(2, &["A1"], &[])).await;
    office.clock.advance(TimeDelta::seconds(30));
    assert_eq!(office.held().await, ["A1"]);
}

const WINDOW: &str = "
apiVersion: orderwatch/v1
kind: MaintenanceWindow
metadata: {name: incidents}
spec:
  matchers: ['incident = G1', kind != incident]
  reason: everybody knows
  hours: {timeZone: Asia/Shanghai, weekly: {thursday: ['08:00-09:00']}}
";

#[tokio::test]
async fn matchers_may_ask_for_the_incident_of_a_ticket() {
    let office = Office::open(|_| {}).await;
    office.apply(WINDOW).await;
    office.hear("opened", by_hand(1)).await;
    office.hear("members", moves(1, &["A1"], &[])).await;
    let tickets = ["A1", "A2"].map(|order| ticket(&office, order));
    office.take(&tickets).await;
    let held = office.deliveries(&[DeliveryState::Held]).await;
    assert_eq!(held.len(), 1);
    assert!(held[0].held_by.contains("everybody knows"), "{held:?}");
}

/// Of whatever is in trouble in warehouse WH-E its owner reads.
fn in_east(version: i64) -> TicketGroupChanged {
    TicketGroupChanged {
        scenario: "late-shipment".to_owned(),
        dimension: "warehouse".to_owned(),
        value: "WH-E".to_owned(),
        ..by_hand(version)
    }
}

/// Cause and state of every notice, oldest first.
async fn notices(office: &Office) -> Vec<(String, DeliveryState)> {
    let ledger = office.ledger().await.into_iter();
    ledger.map(|(_, cause, _, state)| (cause, state)).collect()
}

#[tokio::test]
async fn nobody_is_told_of_an_incident_that_was_over_before_its_notice_went_out() {
    let cancelled = [("incident".to_owned(), DeliveryState::Cancelled)];
    let waits = Office::open(|_| {}).await;
    waits.hear("opened", in_east(1)).await;
    waits.hear("closed", in_east(2)).await;
    let kept_back = Office::open(|_| {}).await;
    silence(&kept_back, "kind = incident", 2, false)
        .await
        .unwrap();
    kept_back.hear("opened", in_east(1)).await;
    assert_eq!(kept_back.deliveries(&[DeliveryState::Held]).await.len(), 1);
    kept_back.hear("closed", in_east(2)).await;
    let at_once = Office::open(|_| {}).await;
    let both = [("opened", 1), ("closed", 2)];
    let both = both.map(|(what, version)| at_once.receive_group(what, in_east(version)));
    at_once.notifier.handle(&both).await.unwrap();
    for office in [waits, kept_back, at_once] {
        office.hours_pass(3).await;
        office.send(Channel::Wecom).await;
        assert_eq!(notices(&office).await, cancelled);
        assert_eq!(office.vendors.report().accepted.len(), 0);
        assert_eq!(office.said().await, ["notification.cancelled"]);
    }
}

#[tokio::test]
async fn whoever_was_told_of_an_incident_is_told_that_it_is_over() {
    let office = Office::open(|_| {}).await;
    office.hear("opened", in_east(1)).await;
    office.send(Channel::Wecom).await;
    office.clock.advance(TimeDelta::minutes(1));
    office.hear("closed", in_east(2)).await;
    office.send(Channel::Wecom).await;
    let sent = |cause: &str| (cause.to_owned(), DeliveryState::Sent);
    assert_eq!(notices(&office).await, [sent("incident"), sent("resolved")]);
}

#[tokio::test]
async fn whoever_is_not_told_of_resolutions_is_not_told_that_an_incident_is_over() {
    let office = Office::open(|_| {}).await;
    office
        .apply(
            "
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {name: default}
spec:
  tellResolution: false
  levels:
    - {delay: 0s, recipients: [warehouse-owner], channel: wecom}
",
        )
        .await;
    office.hear("opened", in_east(1)).await;
    office.send(Channel::Wecom).await;
    office.hear("closed", in_east(2)).await;
    office.send(Channel::Wecom).await;
    let told = [("incident".to_owned(), DeliveryState::Sent)];
    assert_eq!(notices(&office).await, told);
}
