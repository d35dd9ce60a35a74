//! Steps that machines do: signed calls, failures of every kind, crashes, and what comes too late.

use std::{collections::BTreeSet, process::Command};

use bus::Bus;
use contracts::{
    event::v1::event::Payload,
    ticketing::v1::{StepState, TicketState, act as it},
};
use service::{config::Faults, testkit::TestBroker};
use ticketing::{
    automation::Caller,
    config::{AutomationConfig, Config, Raw, RawAutomation, RawEndpoint, RawOutbound, RawSecret},
};

use crate::{
    exceptions::*,
    machine::{Machine, Reply},
    room::Room,
};

const REFUND: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: shipping-delay }
spec:
  scenarios: [shipping-delay]
  reminders: { within: always }
  steps:
    - name: refund
      title: { en: Refund }
      department: finance
      assignee: li
      expected: 2h
      automation: { webhook: { endpoint: payment-desk, timeout: 1s, attempts: 3, backoff: 10s }, atMost: 1h }
      fields: [{ name: amount, kind: number, required: true, min: 0 }]
      outcomes: [{ name: refunded, next: [] }, { name: refused, next: [call] }]
    - name: call
      title: { en: Call the customer }
      department: customer-service
      expected: 1h
";

const REFUNDED: Reply = Reply::Says(
    200,
    r#"{"outcome": "refunded", "fields": {"amount": 12.5}}"#,
);

/// In a file, as operators have it; made by the test, used nowhere.
const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A room with a procedure that calls a machine, and who calls it.
struct Plant {
    room: Room,
    machine: Machine,
    broker: TestBroker,
    bus: Bus,
    secret: std::path::PathBuf,
}

impl Plant {
    async fn with(replies: &[Reply]) -> Self {
        let room = Room::new().await;
        room.apply(REFUND).await;
        let broker = TestBroker::start().await;
        let machine = Machine::that(replies).await;
        let name = machine.url().replace(['/', ':'], "-");
        let secret = std::env::temp_dir().join(format!("orderwatch-test-secret-{name}"));
        std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
        let bus = broker.connect("ticketing").await;
        Self {
            room,
            machine,
            broker,
            bus,
            secret,
        }
    }

    fn raw(&self) -> RawAutomation {
        let endpoint = RawEndpoint {
            url: self.machine.url().to_owned(),
            secret: RawSecret {
                file: Some(self.secret.clone()),
                ..RawSecret::default()
            },
            ..RawEndpoint::default()
        };
        RawAutomation {
            endpoints: [("payment_desk".to_owned(), endpoint)].into(),
            outbound: RawOutbound {
                private_networks: Some("127.0.0.0/8".to_owned()),
                plain_http: Some(true),
                ..RawOutbound::default()
            },
            subjects: "shop".to_owned(),
            ..RawAutomation::default()
        }
    }

    fn caller(&self) -> Caller {
        self.caller_with(self.raw())
    }

    fn caller_with(&self, raw: RawAutomation) -> Caller {
        Caller::new(self.room.desk(), self.bus.clone(), config(raw)).unwrap()
    }

    /// Why the first step came to a person.
    async fn failure(&self) -> String {
        let ticket = self.room.ticket(1).await;
        assert_eq!(ticket.steps[0].state(), StepState::Active);
        assert!(ticket.due_at.is_some(), "its clock began");
        let automation = ticket.steps[0].automation.clone().unwrap();
        assert!(!automation.works);
        automation.failure
    }
}

impl Drop for Plant {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.secret);
    }
}

fn config(automation: RawAutomation) -> AutomationConfig {
    let mut faults = Faults::default();
    let raw = Raw {
        automation,
        ..Raw::default()
    };
    let config = Config::validate(raw, &mut faults);
    faults.into_result().unwrap();
    config.automation
}

/// The signature as Python computes it.
fn python_signs(id: &str, timestamp: &str, body: &[u8]) -> String {
    const PROGRAM: &str = "import base64, hmac, sys
secret, id, timestamp, body = sys.argv[1], sys.argv[2], sys.argv[3], bytes.fromhex(sys.argv[4])
key = base64.b64decode(secret.removeprefix('whsec_'))
signed = f'{id}.{timestamp}.'.encode() + body
print('v1,' + base64.b64encode(hmac.new(key, signed, 'sha256').digest()).decode(), end='')";
    let hex: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
    let output = Command::new("python3")
        .args(["-c", PROGRAM, SECRET, id, timestamp, &hex])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn a_signed_call_picks_the_way_and_nobody_has_acted() {
    let plant = Plant::with(&[REFUNDED]).await;
    plant.room.deliver(&[opened(1, 1)]).await;
    let before = plant.room.ticket(1).await;
    assert!(before.steps[0].automation.as_ref().unwrap().works);
    assert_eq!((before.assignee.as_str(), before.due_at), ("li", None));
    assert_eq!(plant.caller().make_due().await.unwrap(), 1);
    let ticket = plant.room.ticket(1).await;
    assert_eq!(ticket.state(), TicketState::Resolved);
    assert!(ticket.automatic);
    assert_eq!(ticket.steps[0].filled["amount"], "12.5");
    assert_eq!(ticket.steps[0].completed_by, "ticketing");
    let [heard] = &plant.machine.heard()[..] else {
        panic!("one call")
    };
    let (id, timestamp) = (
        heard.header("webhook-id"),
        heard.header("webhook-timestamp"),
    );
    let signed = python_signs(&id, &timestamp, &heard.body);
    assert_eq!(heard.header("webhook-signature"), signed);
    let told: serde_json::Value = serde_json::from_slice(&heard.body).unwrap();
    assert_eq!(told["data"]["ticket"]["etag"], before.etag);
    assert_eq!(told["data"]["ticket"]["id"], before.id);
    assert_eq!(told["data"]["order"]["order_id"], before.order_id);
    assert_eq!(told["data"]["step"]["outcomes"][1], "refused");
    assert_eq!(plant.caller().make_due().await.unwrap(), 0);
}

#[tokio::test]
async fn a_machine_that_is_down_is_called_again_later_under_the_same_id() {
    let down = [Reply::Says(503, ""), Reply::Says(429, ""), REFUNDED];
    let plant = Plant::with(&down).await;
    plant.room.deliver(&[opened(1, 1)]).await;
    let caller = plant.caller();
    assert_eq!(caller.make_due().await.unwrap(), 1);
    assert_eq!(
        caller.make_due().await.unwrap(),
        0,
        "not before ten seconds"
    );
    plant.room.advance(1).await;
    assert_eq!(caller.make_due().await.unwrap(), 1);
    plant.room.advance(1).await;
    assert_eq!(caller.make_due().await.unwrap(), 1);
    let ids: BTreeSet<String> = plant.machine.ids().into_iter().collect();
    assert_eq!((plant.machine.heard().len(), ids.len()), (3, 1));
    assert_eq!(
        plant.room.story(1).await,
        ["opened", "step-completed", "resolved"]
    );
}

#[tokio::test]
async fn when_all_attempts_fail_its_holder_is_told_and_the_ledger_has_no_gap() {
    let plant = Plant::with(&[Reply::Says(500, "")]).await;
    plant.room.deliver(&[opened(1, 1)]).await;
    let caller = plant.caller();
    for _ in 0..3 {
        assert_eq!(caller.make_due().await.unwrap(), 1);
        plant.room.advance(1).await;
    }
    assert_eq!(caller.make_due().await.unwrap(), 0);
    assert_eq!(
        plant.failure().await,
        "it failed 3 times, the last time because it answered 500"
    );
    let event = &plant.room.events("automation-failed").await[0];
    let Some(Payload::Ticket(changed)) = &event.payload else {
        panic!("a ticket event")
    };
    assert_eq!(
        (changed.department.as_str(), changed.assignee.as_str()),
        ("finance", "li")
    );
    assert!(!changed.acknowledged);
    let opening = &plant.room.events("opened").await[0];
    let Some(Payload::Ticket(opening)) = &opening.payload else {
        panic!("a ticket event")
    };
    assert!(opening.acknowledged, "nobody was to be woken before");
    let ledger = plant.room.ticket(1).await.ledger;
    assert_eq!(
        (ledger.len(), ledger[0].department.as_str()),
        (1, "finance")
    );
}

#[tokio::test]
async fn what_will_not_get_better_goes_to_its_holder_at_once() {
    let elsewhere = Machine::that(&[REFUNDED]).await;
    let cases = [
        (Reply::Says(422, "no"), "it answered 422"),
        (
            Reply::Says(200, "<html>"),
            "its answer is not JSON with outcome and fields",
        ),
        (
            Reply::Says(200, r#"{"outcome": "lost"}"#),
            "cannot be taken: step `refund`",
        ),
        (
            Reply::Says(200, r#"{"outcome": "refunded", "fields": {"amount": -1}}"#),
            "field `amount` must be a number of at least 0",
        ),
        (
            Reply::Redirects(elsewhere.url().to_owned()),
            "it answered 302, and redirects are not followed",
        ),
    ];
    for (reply, told) in cases {
        let plant = Plant::with(&[reply]).await;
        plant.room.deliver(&[opened(1, 1)]).await;
        assert_eq!(plant.caller().make_due().await.unwrap(), 1);
        let failure = plant.failure().await;
        assert!(failure.contains(told), "{failure}");
        assert_eq!(plant.machine.heard().len(), 1);
    }
    assert!(elsewhere.heard().is_empty(), "nobody went where it led");
}

#[tokio::test]
async fn a_machine_inside_is_not_reached_unless_the_operator_opened_it() {
    let plant = Plant::with(&[REFUNDED]).await;
    plant.room.deliver(&[opened(1, 1), opened(2, 1)]).await;
    let closed = RawAutomation {
        outbound: RawOutbound {
            plain_http: Some(true),
            ..RawOutbound::default()
        },
        ..plant.raw()
    };
    plant.caller_with(closed).make_due().await.unwrap();
    let failure = plant.failure().await;
    assert!(
        failure.ends_with("(see ticketing.automation.outbound.private_networks)"),
        "{failure}"
    );
    assert!(plant.machine.heard().is_empty());
}

#[tokio::test]
async fn an_endpoint_that_is_not_configured_or_has_no_secret_is_for_its_holder() {
    let plant = Plant::with(&[REFUNDED]).await;
    plant.room.deliver(&[opened(1, 1)]).await;
    let nothing = RawAutomation::default();
    plant.caller_with(nothing).make_due().await.unwrap();
    assert_eq!(
        plant.failure().await,
        "endpoint payment-desk is not in [ticketing.automation.endpoints]"
    );
    plant.room.deliver(&[opened(2, 1)]).await;
    std::fs::remove_file(&plant.secret).unwrap();
    plant.caller().make_due().await.unwrap();
    let second = plant.room.ticket(2).await;
    let failure = &second.steps[0].automation.as_ref().unwrap().failure;
    assert!(failure.starts_with("its secret is missing: "), "{failure}");
    assert!(plant.machine.heard().is_empty());
}

#[tokio::test]
async fn a_machine_that_sleeps_is_left_after_its_time_and_called_again() {
    let plant = Plant::with(&[Reply::Hangs, REFUNDED]).await;
    plant.room.deliver(&[opened(1, 1)]).await;
    plant.caller().make_due().await.unwrap();
    assert!(
        plant.room.ticket(1).await.steps[0]
            .automation
            .as_ref()
            .unwrap()
            .works
    );
    plant.room.advance(1).await;
    plant.caller().make_due().await.unwrap();
    assert_eq!(plant.room.ticket(1).await.state(), TicketState::Resolved);
}

#[tokio::test]
async fn who_dies_between_call_and_record_leaves_the_call_to_others_under_the_same_id() {
    let plant = Plant::with(&[Reply::Waits(200, ""), REFUNDED]).await;
    plant.room.deliver(&[opened(1, 1)]).await;
    let dying = plant.caller();
    let dying = tokio::spawn(async move { dying.make_due().await });
    plant.machine.has_heard(1).await;
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    let other = plant.caller();
    assert_eq!(other.make_due().await.unwrap(), 0, "it may still answer");
    plant.room.advance(3).await;
    assert_eq!(other.make_due().await.unwrap(), 1);
    let ids = plant.machine.ids();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1], "the machine knows that it is the same");
    assert_eq!(
        plant.room.story(1).await,
        ["opened", "step-completed", "resolved"]
    );
}

#[tokio::test]
async fn an_answer_after_a_person_changes_nothing_and_stands_in_the_history() {
    let slow = Reply::Waits(200, r#"{"outcome": "refused", "fields": {"amount": 1}}"#);
    let plant = Plant::with(&[slow]).await;
    plant.room.deliver(&[opened(1, 1)]).await;
    let caller = plant.caller();
    let calling = tokio::spawn(async move { caller.make_due().await });
    plant.machine.has_heard(1).await;
    let by_hand = it::Act::Complete(it::Complete {
        step: "refund".to_owned(),
        outcome: "refunded".to_owned(),
        fields: [("amount".to_owned(), "3".to_owned())].into(),
    });
    plant.room.act(1, "li", "1", by_hand).await.unwrap();
    plant.machine.let_go();
    calling.await.unwrap().unwrap();
    let ticket = plant.room.ticket(1).await;
    assert_eq!(ticket.steps[0].outcome, "refunded");
    assert!(!ticket.automatic);
    assert_eq!(
        plant.room.story(1).await,
        ["opened", "step-completed", "resolved", "automation-ignored"]
    );
}

#[tokio::test]
async fn replicas_share_the_calls_and_each_is_made_once() {
    let plant = Plant::with(&[REFUNDED]).await;
    let events: Vec<_> = (1..=20).map(|number| opened(number, 1)).collect();
    plant.room.deliver(&events).await;
    let (one, two) = (plant.caller(), plant.caller());
    let all = async |caller: Caller| while caller.make_due().await.unwrap() > 0 {};
    tokio::join!(all(one), all(two));
    let ids: BTreeSet<String> = plant.machine.ids().into_iter().collect();
    assert_eq!((plant.machine.heard().len(), ids.len()), (20, 20));
    let settled = "select count(*) from tickets where state = 'resolved' and automatic";
    assert_eq!(plant.room.count(settled).await, 20);
    assert_eq!(
        plant.room.count("select count(*) from ticket_calls").await,
        0
    );
}

#[tokio::test]
async fn a_machine_that_fails_for_everybody_is_left_alone_which_costs_no_attempt() {
    let plant = Plant::with(&[Reply::Says(500, "")]).await;
    let events: Vec<_> = (1..=6).map(|number| opened(number, 1)).collect();
    plant.room.deliver(&events).await;
    let one_by_one = RawAutomation {
        calls: 1,
        ..plant.raw()
    };
    let caller = plant.caller_with(one_by_one);
    while caller.make_due().await.unwrap() > 0 {}
    assert_eq!(plant.machine.heard().len(), 5, "then nobody is let through");
    let untried = "select count(*) from ticket_calls where failures = 0";
    assert_eq!(plant.room.count(untried).await, 1);
    plant.room.advance(61).await;
    plant.room.wake().await;
    assert_eq!(
        plant.room.told("automation-failed").await,
        6,
        "its time is over"
    );
    assert_eq!(
        plant.room.count("select count(*) from ticket_calls").await,
        0
    );
}

#[tokio::test]
async fn what_is_over_is_called_no_more() {
    let plant = Plant::with(&[REFUNDED]).await;
    plant.room.deliver(&[opened(1, 1), cleared(1, 2)]).await;
    assert_eq!(plant.caller().make_due().await.unwrap(), 0);
    assert!(plant.machine.heard().is_empty());
}

const POST: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: shipping-delay }
spec:
  scenarios: [shipping-delay]
  steps:
    - { name: tell, title: { en: Tell }, department: finance, expected: 2h, automation: { publish: { subject: shop.refunds.wanted } } }
";

#[tokio::test]
async fn a_message_is_posted_once_it_is_known_to_be_kept() {
    let plant = Plant::with(&[REFUNDED]).await;
    plant.room.apply(POST).await;
    plant.room.deliver(&[opened(1, 1)]).await;
    let caller = plant.caller();
    caller.make_due().await.unwrap();
    assert_eq!(
        plant.room.told("step-completed").await,
        0,
        "no stream holds it yet"
    );
    let client = async_nats::connect(plant.broker.url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    let stream = async_nats::jetstream::stream::Config {
        name: "SHOP".to_owned(),
        subjects: vec!["shop.>".to_owned()],
        ..Default::default()
    };
    let stream = jetstream.create_stream(stream).await.unwrap();
    plant.room.advance(1).await;
    caller.make_due().await.unwrap();
    assert_eq!(plant.room.ticket(1).await.state(), TicketState::Resolved);
    let message = stream
        .get_last_raw_message_by_subject("shop.refunds.wanted")
        .await
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&message.payload).unwrap();
    assert_eq!(told["type"], "ticket.step");
    assert!(message.headers.get("Nats-Msg-Id").is_some());
}

#[tokio::test]
async fn nobody_posts_where_the_operator_did_not_allow_it() {
    let plant = Plant::with(&[REFUNDED]).await;
    plant
        .room
        .apply(&POST.replace("shop.refunds.wanted", "orderwatch.tickets.resolved"))
        .await;
    plant.room.deliver(&[opened(1, 1)]).await;
    plant.caller().make_due().await.unwrap();
    let failure = plant.failure().await;
    assert!(
        failure.ends_with("is under none of ticketing.automation.subjects"),
        "{failure}"
    );
}
