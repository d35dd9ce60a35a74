//! The service between its upstreams, its broker and its callers.

#![expect(
    clippy::unwrap_used,
    reason = "a test panics when its surroundings fail"
)]

use std::collections::HashSet;
use std::time::Duration;

use audit::events::Recorder;
use bytes::Bytes;
use contracts::audit::v1::audit_service_client::AuditServiceClient;
use contracts::audit::v1::{GetFiguresRequest, ListEntriesRequest, TraceOrderRequest};
use contracts::event::v1::{Actor, ActorKind, Event};
use contracts::subject;
use futures::future::try_join_all;
use prost::Message;
use prost_types::Timestamp;
use service::clock::Clock;
use service::consume::{HandleError, Handler, Position, Received, Upstream};
use service::event_log::{self, NewEvent};
use service::runtime::{Context, Running, Service};
use service::server::Server;
use service::testkit::{TestBroker, TestContext, TestDatabase};
use sqlx::migrate::Migrator;
use tonic::Code;
use tonic::transport::Channel;

static NO_TABLES: Migrator = Migrator::DEFAULT;
static TICKETING: Service = Service {
    name: "ticketing",
    schema: "ticketing",
    port: 0,
    migrator: &NO_TABLES,
};

fn event(number: i64) -> Event {
    Event {
        id: format!("event-{number}"),
        r#type: "ticket.opened".into(),
        occurred_at: Some(Timestamp {
            seconds: 1_799_000_000 + number,
            nanos: 0,
        }),
        actor: Some(Actor {
            kind: ActorKind::Person.into(),
            name: "li.wei".into(),
        }),
        order_ids: vec![format!("order-{}", number % 10)],
        ticket_id: format!("ticket-{number}"),
        ..Event::default()
    }
}

fn received(number: i64) -> Received {
    let event = event(number);
    Received {
        upstream: Upstream::named("ticketing"),
        position: Position {
            transaction: number,
            sequence: number,
        },
        event_id: event.id.clone(),
        subject: subject::under(subject::TICKETS, "opened"),
        payload: Bytes::from(event.encode_to_vec()),
        traceparent: None,
    }
}

/// The audit service beside a ticketing that only has a log.
struct House {
    ticketing: Running,
    audit: Running,
    client: AuditServiceClient<Channel>,
    broker: TestBroker,
    _database: TestDatabase,
}

impl House {
    async fn start() -> Self {
        let (database, broker) = (TestDatabase::empty().await, TestBroker::start().await);
        let context = TestContext::on(&TICKETING, Clock::wall(), &database, &broker, |_| {}).await;
        let ticketing = Server::builder(&context).start().await.unwrap();
        let endpoint = ticketing.endpoint();
        let context = TestContext::on(
            &audit::SERVICE,
            Clock::wall(),
            &database,
            &broker,
            |settings| {
                settings.event_log.reconcile_every = Duration::from_millis(300).into();
                settings.endpoints.insert("ticketing".into(), endpoint);
            },
        )
        .await;
        let audit = audit::start(context, audit::Config::default())
            .await
            .unwrap();
        let client = AuditServiceClient::connect(audit.endpoint()).await.unwrap();
        Self {
            ticketing,
            audit,
            client,
            broker,
            _database: database,
        }
    }

    async fn say(&self, numbers: std::ops::Range<i64>) {
        let context: &Context = self.ticketing.context();
        let events: Vec<NewEvent> = numbers
            .map(|number| NewEvent::of(subject::TICKETS, "opened", &event(number)))
            .collect();
        let mut transaction = context.database.pool().begin().await.unwrap();
        event_log::append(&mut transaction, &events).await.unwrap();
        transaction.commit().await.unwrap();
        context.relay.wake();
    }

    async fn entries(&self) -> i64 {
        let figures = self
            .client
            .clone()
            .get_figures(GetFiguresRequest {})
            .await
            .unwrap();
        figures.into_inner().entries
    }

    /// Waits until the record holds so many entries; a minute at most.
    async fn until(&self, entries: i64) {
        let waiting = async {
            while self.entries().await < entries {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), waiting).await;
        assert!(
            waited.is_ok(),
            "{} of {entries} entries",
            self.entries().await
        );
    }

    async fn list(&self, request: ListEntriesRequest) -> Vec<String> {
        let (mut ids, mut request) = (Vec::new(), request);
        loop {
            let page = self
                .client
                .clone()
                .list_entries(request.clone())
                .await
                .unwrap()
                .into_inner();
            ids.extend(
                page.entries
                    .into_iter()
                    .filter_map(|entry| Some(entry.event?.id)),
            );
            if page.next_page_token.is_empty() {
                return ids;
            }
            request.page_token = page.next_page_token;
        }
    }

    async fn stop(self) {
        self.audit.stop().await.unwrap();
        self.ticketing.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_services_say_is_listed_paged_and_traced() {
    let house = House::start().await;
    house.say(0..250).await;
    house.until(250).await;
    let all = house
        .list(ListEntriesRequest {
            page_size: 60,
            ..Default::default()
        })
        .await;
    assert_eq!(all.len(), 250);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 250);
    let ticket = ListEntriesRequest {
        ticket_id: "ticket-7".into(),
        ..Default::default()
    };
    assert_eq!(house.list(ticket).await, ["event-7"]);
    let mut client = house.client.clone();
    let trail = client.trace_order(TraceOrderRequest {
        order_id: "order-3".into(),
    });
    let ids: Vec<String> = trail
        .await
        .unwrap()
        .into_inner()
        .entries
        .into_iter()
        .filter_map(|entry| Some(entry.event?.id))
        .collect();
    assert_eq!(
        ids,
        (0..25)
            .map(|n| format!("event-{}", n * 10 + 3))
            .collect::<Vec<_>>()
    );
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_missing_after_the_broker_lost_its_store() {
    let mut house = House::start().await;
    house.say(0..50).await;
    house.broker.kill_and_wipe();
    house.say(50..100).await;
    house.broker.start_again().await;
    house.say(100..150).await;
    house.until(150).await;
    let all = house
        .list(ListEntriesRequest {
            page_size: 1_000,
            ..Default::default()
        })
        .await;
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 150);
    assert_eq!(all.len(), 150);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_makes_no_sense_is_answered_by_field() {
    let house = House::start().await;
    let mut client = house.client.clone();
    let instant = |seconds| Some(Timestamp { seconds, nanos: 0 });
    for (request, field) in [
        (
            ListEntriesRequest {
                page_size: -1,
                ..Default::default()
            },
            "page_size",
        ),
        (
            ListEntriesRequest {
                page_token: "forged".into(),
                ..Default::default()
            },
            "page_token",
        ),
        (
            ListEntriesRequest {
                from: instant(2),
                to: instant(1),
                ..Default::default()
            },
            "to",
        ),
        (
            ListEntriesRequest {
                from: instant(i64::MAX),
                ..Default::default()
            },
            "from",
        ),
    ] {
        let status = client.list_entries(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().contains(&format!("{field}: ")), "{status}");
    }
    let status = client
        .trace_order(TraceOrderRequest::default())
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    house.stop().await;
}

#[tokio::test]
async fn a_batch_delivered_thrice_to_two_replicas_at_once_is_recorded_once() {
    let database = TestDatabase::create("audit", &audit::store::MIGRATOR).await;
    let recorder = Recorder::new(database.database().clone(), Clock::wall());
    let batch: Vec<Received> = (0..200).map(received).collect();
    let deliveries = (0..6).map(|_| recorder.handle(&batch));
    try_join_all(deliveries).await.unwrap();
    let positions: Vec<i64> = sqlx::query_scalar("select position from entries order by position")
        .fetch_all(database.pool())
        .await
        .unwrap();
    assert_eq!(positions, (1..=200).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_message_that_is_no_event_is_poison_and_leaves_the_record_alone() {
    let database = TestDatabase::create("audit", &audit::store::MIGRATOR).await;
    let recorder = Recorder::new(database.database().clone(), Clock::wall());
    let broken = Received {
        payload: Bytes::from_static(&[0xff; 9]),
        ..received(1)
    };
    let error = recorder.handle(&[received(0), broken]).await.unwrap_err();
    assert!(matches!(error, HandleError::Poison(_)), "{error:?}");
    recorder.handle(&[received(0)]).await.unwrap();
}
