//! A notifier with its database, vendors and a clock that is set by hand.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    escalation::v1::{
        ApplyPoliciesRequest, Delivery, DeliveryState, ListDeliveriesRequest,
        escalation_service_server::EscalationService,
    },
    event::v1::{
        Event, OrderSummary, TicketChanged, TicketGroupChanged, TicketTransition, event::Payload,
    },
};
use escalation_notifier::{
    Config, SERVICE,
    channel::email::{Relay, Security},
    domain::policy::Channel,
    events::encode::timestamp,
    grpc::EscalationServer,
    keyring::{Keyring, fresh_key},
    notifier::Notifier,
    sink::{smtp::SmtpSink, vendors::VendorSink},
};
use outbound::Destinations;
use prost::Message;
use service::{
    clock::Clock,
    consume::{Handler, Position, Received, Upstream},
    lifecycle::Shutdown,
    relay::RelayHandle,
    testkit::TestDatabase,
};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tonic::Request;

pub(crate) const KEY: &str = "s3cret-key-of-east";

pub(crate) struct Office {
    pub(crate) database: TestDatabase,
    pub(crate) clock: Clock,
    pub(crate) notifier: Notifier,
    pub(crate) vendors: VendorSink,
    pub(crate) smtp: SmtpSink,
    pub(crate) config: Config,
    folder: TempDir,
    places: AtomicI64,
}

pub(crate) fn start() -> DateTime<Utc> {
    "2026-06-18T00:00:00Z".parse().unwrap()
}

impl Office {
    /// Warehouse WH-E in region east: its owner reads robot `east`, its manager
    /// reads e-mail, and so does the fallback.
    pub(crate) async fn open(adjust: impl FnOnce(&mut Config)) -> Self {
        let database = TestDatabase::create(SERVICE.schema, SERVICE.migrator).await;
        Self::on(database, adjust).await
    }

    /// The same on what an older version left, at that version of the tables.
    pub(crate) async fn aged(
        version: i64,
        rows: &'static str,
        adjust: impl FnOnce(&mut Config),
    ) -> Self {
        let (schema, migrator) = (SERVICE.schema, SERVICE.migrator);
        let database = TestDatabase::aged(schema, migrator, version, rows).await;
        Self::on(database, adjust).await
    }

    async fn on(database: TestDatabase, adjust: impl FnOnce(&mut Config)) -> Self {
        let vendors = VendorSink::start(([127, 0, 0, 1], 0).into()).await.unwrap();
        let smtp = SmtpSink::start(([127, 0, 0, 1], 0).into()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("east");
        std::fs::write(&secret, vendors.webhook(Channel::Wecom, KEY)).unwrap();
        let mut config = Config {
            destinations: Destinations {
                hosts: "127.0.0.1".parse().unwrap(),
                networks: "127.0.0.1".parse().unwrap(),
                plain_http: true,
            },
            webhook_timeout: Duration::from_secs(5),
            ..Config::default()
        };
        let key = fresh_key().unwrap().into();
        config.keyring = Some(Arc::new(Keyring::new(&key, &[]).unwrap()));
        config.retry.initial = Duration::from_millis(10);
        config.relay = Some(Relay {
            host: "127.0.0.1".to_owned(),
            port: smtp.address().port(),
            security: Security::Plain,
            login: None,
            authorities: None,
            from: "Orderwatch <orderwatch@example.com>".parse().unwrap(),
            timeout: Duration::from_secs(5),
            connections: 2,
            signer: None,
        });
        adjust(&mut config);
        let clock = Clock::manual(start());
        let notifier = another(&database, &clock, &config);
        let office = Self {
            database,
            clock,
            notifier,
            vendors,
            smtp,
            config,
            folder,
            places: AtomicI64::new(1),
        };
        office
            .apply(&directory(&secret.display().to_string()))
            .await;
        office
    }

    /// A replica on the same database.
    pub(crate) fn replica(&self) -> Notifier {
        another(&self.database, &self.clock, &self.config)
    }

    /// A replica with settings of its own.
    pub(crate) fn replica_with(&self, config: &Config) -> Notifier {
        another(&self.database, &self.clock, config)
    }

    /// Replicas that send on these channels until they are killed.
    pub(crate) fn replicas(&self, count: usize, channels: &[Channel]) -> JoinSet<()> {
        let mut replicas = JoinSet::new();
        for _ in 0..count {
            let replica = self.replica();
            for &channel in channels {
                let sending = replica.clone().run_dispatch(channel, Shutdown::new());
                replicas.spawn(async { sending.await.unwrap() });
            }
        }
        replicas
    }

    pub(crate) fn server(&self) -> EscalationServer {
        EscalationServer::new(self.notifier.clone())
    }

    pub(crate) async fn apply(&self, yaml: &str) {
        let request = ApplyPoliciesRequest {
            resources_yaml: yaml.to_owned(),
            actor: "tester".to_owned(),
            reason: "a test".to_owned(),
            dry_run: false,
        };
        self.server()
            .apply_policies(Request::new(request))
            .await
            .unwrap();
    }

    /// Applies a directory of nothing but endpoints, and the policy that tells them; both as the
    /// entries of a mapping in YAML's flow style.
    pub(crate) async fn apply_endpoints(&self, endpoints: &str, policy: &str) {
        self.apply(&format!(
            "
apiVersion: orderwatch/v1
kind: Directory
metadata: {{name: main}}
spec: {{endpoints: {{{endpoints}}}}}
---
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {{name: default}}
spec: {{{policy}}}
"
        ))
        .await;
    }

    /// Waits until so many messages have arrived.
    pub(crate) async fn arrived(&self, messages: usize) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.vendors.accepted() < messages {
            assert!(Instant::now() < deadline, "nothing arrives");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Keeps a secret in a file, and says where.
    pub(crate) fn secret(&self, name: &str, secret: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, secret).unwrap();
        path.display().to_string()
    }

    /// Every row in which a secret might have been left.
    pub(crate) async fn everything(&self) -> String {
        let rows: Vec<String> = sqlx::query_scalar(
            "select delivery::text from delivery union all
             select delivery_attempt::text from delivery_attempt union all
             select resources_yaml from policy_set union all
             select encode(payload, 'escape') from event_log",
        )
        .fetch_all(self.database.pool())
        .await
        .unwrap();
        rows.concat()
    }

    /// Events as the broker brings them, each at a place of its own.
    pub(crate) fn received(&self, changes: &[TicketChanged]) -> Vec<Received> {
        changes.iter().map(|change| self.receive(change)).collect()
    }

    fn receive(&self, change: &TicketChanged) -> Received {
        self.receive_event(&envelope(change, self.clock.now()))
    }

    /// What ticketing says of a group of tickets.
    pub(crate) fn receive_group(&self, what: &str, group: TicketGroupChanged) -> Received {
        self.receive_event(&Event {
            id: format!("ticket-group/{}/{}/{what}", group.group_id, group.version),
            r#type: format!("ticket-group.{what}"),
            occurred_at: Some(timestamp(self.clock.now())),
            payload: Some(Payload::TicketGroup(group)),
            ..Event::default()
        })
    }

    fn receive_event(&self, event: &Event) -> Received {
        let place = self.places.fetch_add(1, Ordering::Relaxed);
        Received {
            upstream: Upstream::named("ticketing"),
            position: Position {
                transaction: place,
                sequence: place,
            },
            event_id: event.id.clone(),
            subject: "orderwatch.tickets.changed".to_owned(),
            payload: event.encode_to_vec().into(),
            traceparent: None,
        }
    }

    pub(crate) async fn take(&self, changes: &[TicketChanged]) {
        self.notifier.handle(&self.received(changes)).await.unwrap();
    }

    /// Advances the clock and reaches what is due by then.
    pub(crate) async fn hours_pass(&self, hours: i64) {
        self.clock.advance(TimeDelta::hours(hours));
        while self.notifier.reach_due_levels().await.unwrap().done > 0 {}
        while self.notifier.tell_due_groups().await.unwrap().done > 0 {}
        while self.notifier.release_held().await.unwrap().done > 0 {}
    }

    /// Sends on a channel until nothing is left that may go now.
    pub(crate) async fn send(&self, channel: Channel) {
        while self.notifier.dispatch(channel).await.unwrap().done > 0 {}
    }

    /// Sends on a channel until nothing waits, however long the vendor's limit
    /// or a back-off makes that.
    pub(crate) async fn send_all(&self, channel: Channel) {
        self.send_all_by(&self.notifier, channel).await;
    }

    /// The same by another replica.
    pub(crate) async fn send_all_by(&self, notifier: &Notifier, channel: Channel) {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            assert!(Instant::now() < deadline, "something waits for ever");
            let pass = notifier.dispatch(channel).await.unwrap();
            let waiting = self
                .deliveries(&[DeliveryState::Pending, DeliveryState::Retrying])
                .await;
            if !waiting
                .iter()
                .any(|delivery| delivery.channel == channel.as_str())
            {
                return;
            }
            if pass.done == 0 {
                tokio::time::sleep(pass.wait.unwrap_or(Duration::from_millis(10))).await;
            }
        }
    }

    pub(crate) async fn deliveries(&self, states: &[DeliveryState]) -> Vec<Delivery> {
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = ListDeliveriesRequest {
                states: states.iter().map(|&state| state.into()).collect(),
                page_size: 1_000,
                page_token,
                ..ListDeliveriesRequest::default()
            };
            let answer = self
                .server()
                .list_deliveries(Request::new(request))
                .await
                .unwrap();
            let answer = answer.into_inner();
            all.extend(answer.deliveries);
            page_token = answer.next_page_token;
            if page_token.is_empty() {
                return all;
            }
        }
    }

    /// Channel, cause, level and state of every delivery, oldest first.
    pub(crate) async fn ledger(&self) -> Vec<(String, String, i32, DeliveryState)> {
        let mut all: Vec<_> = self
            .deliveries(&[])
            .await
            .into_iter()
            .map(|delivery| {
                let state = delivery.state();
                (delivery.channel, delivery.cause, delivery.level, state)
            })
            .collect();
        all.reverse();
        all
    }

    /// Types of the events said so far, in order.
    pub(crate) async fn said(&self) -> Vec<String> {
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
            "select payload from event_log where subject like 'orderwatch.notifications.%' order by id",
        )
        .fetch_all(self.database.pool())
        .await
        .unwrap();
        payloads
            .iter()
            .map(|payload| Event::decode(&payload[..]).unwrap().r#type)
            .collect()
    }
}

fn another(database: &TestDatabase, clock: &Clock, config: &Config) -> Notifier {
    let pool = database.pool().clone();
    Notifier::new(clock.clone(), pool, RelayHandle::default(), config.clone()).unwrap()
}

pub(crate) fn envelope(change: &TicketChanged, at: DateTime<Utc>) -> Event {
    Event {
        id: format!("{}/{}", change.ticket_id, change.version),
        r#type: "ticket.changed".to_owned(),
        occurred_at: Some(timestamp(at)),
        payload: Some(Payload::Ticket(change.clone())),
        ..Event::default()
    }
}

pub(crate) fn directory(secret: &str) -> String {
    format!(
        "
apiVersion: orderwatch/v1
kind: Directory
metadata: {{name: main}}
spec:
  language: en
  robots:
    east: {{webhook: 'file:{secret}'}}
  people:
    owner: {{robot: east}}
    manager: {{email: manager@example.com}}
    on-call: {{email: on-call@example.com}}
  warehouses:
    WH-E: {{owner: owner, region: east}}
  regions:
    east: {{manager: manager}}
  fallback: on-call
"
    )
}

/// A transition of the ticket of an order of warehouse WH-E.
pub(crate) fn change(order: &str, transition: TicketTransition, version: i64) -> TicketChanged {
    let acknowledged = matches!(
        transition,
        TicketTransition::Acknowledged | TicketTransition::Resolved
    );
    TicketChanged {
        transition: transition.into(),
        ticket_id: format!("T-{order}"),
        exception_id: format!("E-{order}"),
        scenario: "late-shipment".to_owned(),
        severity: "high".to_owned(),
        rule: "ship-in-time".to_owned(),
        department: "warehouse".to_owned(),
        step: "check-stock".to_owned(),
        instructions: "Call the warehouse".to_owned(),
        due_at: Some(timestamp(start() + TimeDelta::hours(6))),
        order: Some(OrderSummary {
            order_id: order.to_owned(),
            warehouse: "WH-E".to_owned(),
            region: "east".to_owned(),
            ..OrderSummary::default()
        }),
        version,
        opened_at: Some(timestamp(start())),
        acknowledged,
        ..TicketChanged::default()
    }
}

pub(crate) fn opened(order: &str) -> TicketChanged {
    change(order, TicketTransition::Opened, 1)
}
