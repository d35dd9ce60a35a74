use contracts::{escalation::v1::DeliveryState, event::v1::TicketTransition};
use escalation_notifier::{
    domain::channel::Channel,
    sink::vendors::{Misbehaviour, SECRET, WEBHOOK_SECRET},
};

use crate::office::{Office, change, opened};

/// Vendors whose endpoints are read by groups or by systems.
const GROUPS: [Channel; 6] = [
    Channel::Wecom,
    Channel::Dingtalk,
    Channel::Feishu,
    Channel::Slack,
    Channel::Pagerduty,
    Channel::Webhook,
];

/// Endpoints of every vendor, each told at once of every ticket.
async fn office() -> Office {
    let office = Office::open(|_| {}).await;
    let secret = office.secret("secret", SECRET);
    let signing = office.secret("signing", WEBHOOK_SECRET);
    let endpoints: Vec<String> = GROUPS
        .into_iter()
        .map(|channel| {
            let key = format!("{channel}-key");
            let webhook = office.secret(&key, &office.vendors.webhook(channel, &key));
            let secret = match channel {
                Channel::Wecom | Channel::Slack => String::new(),
                Channel::Webhook => format!(", secret: 'file:{signing}'"),
                _ => format!(", secret: 'file:{secret}'"),
            };
            format!("    {channel}: {{vendor: {channel}, webhook: 'file:{webhook}'{secret}}}\n")
        })
        .collect();
    let named: Vec<String> = GROUPS.map(|channel| format!("'endpoint:{channel}'")).into();
    office
        .apply(&format!(
            "
apiVersion: orderwatch/v1
kind: Directory
metadata: {{name: main}}
spec:
  language: zh
  endpoints:
{}
---
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {{name: default}}
spec:
  levels: [{{delay: 0s, recipients: [{}], channel: wecom}}]
",
            endpoints.concat(),
            named.join(", ")
        ))
        .await;
    office
}

async fn send(office: &Office) {
    for channel in GROUPS {
        office.send(channel).await;
    }
}

#[tokio::test]
async fn every_vendor_takes_a_notice_and_its_resolution() {
    let office = office().await;
    office.take(&[opened("A1")]).await;
    send(&office).await;
    let resolved = change("A1", TicketTransition::Resolved, 2);
    office.take(&[resolved]).await;
    for channel in GROUPS {
        office.send_all(channel).await;
    }
    let report = office.vendors.report();
    assert_eq!(report.violations(), 0, "{report:?}");
    for channel in GROUPS {
        let arrived = report.of(channel);
        assert_eq!(arrived.len(), 2, "{channel}: {report:?}");
        assert!(arrived[0].text.contains("A1"), "{:?}", arrived[0]);
    }
    let incident = report.of(Channel::Pagerduty);
    assert_eq!(
        (incident[0].id.as_str(), incident[1].id.as_str()),
        ("T-A1", "T-A1")
    );
    assert!(incident[0].text.starts_with("trigger "));
    assert!(incident[1].text.starts_with("resolve "));
    assert_eq!(office.deliveries(&[DeliveryState::Sent]).await.len(), 12);
}

#[tokio::test]
async fn hundreds_at_once_break_no_vendors_limit_and_everybody_is_told() {
    let office = office().await;
    let tickets: Vec<_> = (0..300).map(|n| opened(&format!("A{n}"))).collect();
    office.take(&tickets).await;
    for channel in [
        Channel::Wecom,
        Channel::Dingtalk,
        Channel::Feishu,
        Channel::Slack,
        Channel::Webhook,
    ] {
        office.send_all(channel).await;
    }
    let report = office.vendors.report();
    assert_eq!(report.violations(), 0, "{report:?}");
    // Each ticket is an event of its own where the receiver is a system.
    assert_eq!(report.of(Channel::Webhook).len(), 300);
    assert!(report.of(Channel::Dingtalk)[0].text.contains("300"));
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    assert_eq!(sent.len(), 5 * 300);
}

#[tokio::test]
async fn what_is_urgent_overtakes_and_the_rest_is_digested() {
    let office = office().await;
    let mut tickets: Vec<_> = (0..200).map(|n| opened(&format!("A{n}"))).collect();
    let mut critical = opened("CRITICAL");
    critical.severity = "critical".to_owned();
    tickets.push(critical);
    office.take(&tickets).await;
    office.send(Channel::Dingtalk).await;
    let report = office.vendors.report();
    let arrived = report.of(Channel::Dingtalk);
    assert_eq!(arrived.len(), 2, "{arrived:?}");
    let (alone, digests): (Vec<_>, Vec<_>) = arrived
        .into_iter()
        .partition(|it| it.text.contains("CRITICAL"));
    assert_eq!((alone.len(), digests.len()), (1, 1));
    assert!(digests[0].text.contains("200"), "{}", digests[0].text);
}

#[tokio::test]
async fn robots_behind_one_endpoint_share_the_work() {
    let office = Office::open(|_| {}).await;
    let hooks: Vec<String> = (0..3)
        .map(|n| {
            let key = format!("pooled-{n}");
            let hook = office.secret(&key, &office.vendors.webhook(Channel::Wecom, &key));
            format!("{{webhook: 'file:{hook}'}}")
        })
        .collect();
    office
        .apply(&format!(
            "
apiVersion: orderwatch/v1
kind: Directory
metadata: {{name: main}}
spec:
  endpoints:
    east: {{vendor: wecom, robots: [{}]}}
  people:
    owner: {{endpoints: [east]}}
  warehouses:
    WH-E: {{owner: owner}}
",
            hooks.join(", ")
        ))
        .await;
    // Three robots send five at once each; one is kept for what is urgent.
    let tickets: Vec<_> = (0..14).map(|n| opened(&format!("A{n}"))).collect();
    office.take(&tickets).await;
    office.send(Channel::Wecom).await;
    let report = office.vendors.report();
    let mut robots: Vec<usize> = ["pooled-0", "pooled-1", "pooled-2"]
        .map(|key| report.accepted.iter().filter(|it| it.robot == key).count())
        .into();
    robots.sort_unstable();
    assert_eq!(robots, [4, 5, 5]);
}

#[tokio::test]
async fn an_endpoint_that_changed_its_vendor_fails_what_waited_and_the_log_is_told() {
    let office = office().await;
    office.take(&[opened("A1")]).await;
    let hook = office.secret("other", &office.vendors.webhook(Channel::Slack, "other"));
    let others: Vec<String> = GROUPS
        .map(|channel| format!("    {channel}: {{vendor: slack, webhook: 'file:{hook}'}}\n"))
        .into();
    office
        .apply(&format!(
            "
apiVersion: orderwatch/v1
kind: Directory
metadata: {{name: main}}
spec:
  endpoints:
{}",
            others.concat()
        ))
        .await;
    office.send(Channel::Feishu).await;
    let failed = office.deliveries(&[DeliveryState::Failed]).await;
    assert_eq!(failed.len(), 1);
    assert!(failed[0].last_error.contains("no such endpoint"));
    office.send(Channel::Log).await;
    let told = office.deliveries(&[DeliveryState::Sent]).await;
    assert_eq!(told[0].channel, "log");
}

#[tokio::test]
async fn secrets_of_every_vendor_appear_nowhere_in_the_database() {
    let office = office().await;
    for _ in GROUPS {
        office.vendors.misbehave(Misbehaviour::Status(404, None));
    }
    office.take(&[opened("A1")]).await;
    send(&office).await;
    let everything = office.everything().await;
    assert!(everything.contains("endpoint"), "the policies are in there");
    for secret in [SECRET, WEBHOOK_SECRET, "key=", "access_token="] {
        assert!(!everything.contains(secret), "{secret}");
    }
}

/// What `PagerDuty` was told of the ticket, in order.
fn paged(office: &Office) -> Vec<String> {
    let report = office.vendors.report();
    assert_eq!(report.violations(), 0, "{report:?}");
    let pages = report.of(Channel::Pagerduty).into_iter();
    let actions = pages.map(|page| {
        assert!(page.id.starts_with("T-A1"), "{page:?}");
        page.text.split(' ').next().unwrap().to_owned()
    });
    actions.collect()
}

#[tokio::test]
async fn what_keeps_a_state_of_a_ticket_follows_it_and_nobody_else_hears_of_that() {
    let office = office().await;
    let mut steps = 0;
    for (transition, pages) in [
        (TicketTransition::Opened, &["trigger"][..]),
        (TicketTransition::Acknowledged, &["acknowledge"]),
        (TicketTransition::Reopened, &["resolve", "trigger"]),
        (TicketTransition::Acknowledged, &["acknowledge"]),
        (TicketTransition::Resolved, &["resolve"]),
    ] {
        steps += 1;
        let before = (paged(&office).len(), office.vendors.report().accepted.len());
        office.take(&[change("A1", transition, steps)]).await;
        for channel in GROUPS {
            office.send_all(channel).await;
        }
        let mut now = paged(&office)[before.0..].to_vec();
        now.sort();
        assert_eq!(now, *pages, "{transition:?}");
        let heard = office.vendors.report().accepted.len() - before.1;
        let expected = match transition {
            TicketTransition::Acknowledged => 1,
            // Another incident begins, and the former is over.
            TicketTransition::Reopened => GROUPS.len() + 1,
            _ => GROUPS.len(),
        };
        assert_eq!(heard, expected, "{transition:?}");
    }
}

#[tokio::test]
async fn what_was_never_triggered_is_not_acknowledged() {
    let office = office().await;
    office.take(&[opened("A1")]).await;
    office
        .take(&[change("A1", TicketTransition::Acknowledged, 2)])
        .await;
    send(&office).await;
    assert!(office.vendors.report().accepted.is_empty());
}

#[tokio::test]
async fn an_acknowledgement_that_is_refused_is_told_to_nobody_instead() {
    let office = office().await;
    office.take(&[opened("A1")]).await;
    send(&office).await;
    office
        .take(&[change("A1", TicketTransition::Acknowledged, 2)])
        .await;
    office.vendors.misbehave(Misbehaviour::ErrorCode(400));
    send(&office).await;
    let failed = office.deliveries(&[DeliveryState::Failed]).await;
    assert_eq!(
        (failed.len(), failed[0].cause.as_str()),
        (1, "acknowledged")
    );
    assert_eq!(office.deliveries(&[]).await.len(), GROUPS.len() + 1);
}
