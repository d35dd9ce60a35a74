//! A desk on a fresh database, with a clock in the test's hand.

mod dispatch;
pub(crate) mod evidence;
pub(crate) mod lists;

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use chrono::TimeDelta;
use contracts::{
    event::v1::{Event, TicketGroupChanged, event::Payload},
    ticketing::v1::{
        Act, ActOnTicketRequest, ApplySopsRequest, GetTicketRequest, ListTicketsRequest,
        ListTicketsResponse, Ticket, act as it, ticket_service_server::TicketService as _,
    },
};
use prost::Message;
use service::{
    client::channel,
    clock::Clock,
    consume::{HandleError, Handler, Position, Received, Upstream},
    lifecycle::Shutdown,
    relay::RelayHandle,
    testkit::TestDatabase,
};
use ticketing::{
    desk::{Desk, follow_log},
    domain::Instant,
    events::consume::Exceptions,
    facts::Facts,
    grpc::{BulkService, FigureService, GroupService, TicketService},
    store,
};
use tonic::{Request, Status};

use crate::exceptions::{exception_id, noon, ticket_id};

pub(crate) struct Room {
    database: TestDatabase,
    clock: Clock,
    desk: Desk,
    facts: Facts,
    position: AtomicI64,
    shutdown: Shutdown,
}

/// Another replica on the same database.
pub(crate) struct Replica(Desk);

impl Replica {
    pub(crate) async fn wake(&self) {
        wake(&self.0).await;
    }

    pub(crate) async fn carry_on(&self) {
        carry_on(&self.0).await;
    }

    pub(crate) async fn gather(&self) {
        gather(&self.0).await;
    }

    pub(crate) fn service(&self) -> TicketService {
        TicketService::new(self.0.clone(), nobody_to_ask())
    }
}

impl Room {
    pub(crate) async fn new() -> Self {
        Self::on(TestDatabase::create("ticketing", &store::MIGRATOR).await).await
    }

    /// A desk on what an older version left, at that version of the tables.
    pub(crate) async fn aged(version: i64, rows: &'static str) -> Self {
        Self::on(TestDatabase::aged("ticketing", &store::MIGRATOR, version, rows).await).await
    }

    async fn on(database: TestDatabase) -> Self {
        let clock = Clock::manual(noon());
        let desk = desk(&database, &clock);
        desk.install_built_in().await.unwrap();
        let shutdown = Shutdown::new();
        tokio::spawn(follow_log(desk.clone(), shutdown.clone()));
        Self {
            database,
            clock,
            desk,
            facts: nobody_to_ask(),
            position: AtomicI64::new(1),
            shutdown,
        }
    }

    pub(crate) fn another_replica(&self) -> Replica {
        Replica(desk(&self.database, &self.clock))
    }

    /// Asks somebody else what orders' facts say.
    pub(crate) fn ask(&mut self, facts: Facts) {
        self.facts = facts;
    }

    /// The desk that everything in it goes over.
    pub(crate) fn desk(&self) -> Desk {
        self.desk.clone()
    }

    pub(crate) fn service(&self) -> TicketService {
        TicketService::new(self.desk.clone(), self.facts.clone())
    }

    pub(crate) fn figure_service(&self) -> FigureService {
        FigureService::new(self.desk.clone())
    }

    pub(crate) fn bulk_service(&self) -> BulkService {
        BulkService::new(self.desk.clone())
    }

    pub(crate) fn group_service(&self) -> GroupService {
        GroupService::new(self.desk.clone())
    }

    /// Looks for tickets that belong together.
    pub(crate) async fn gather(&self) {
        gather(&self.desk).await;
    }

    /// Carries out what was asked of many tickets.
    pub(crate) async fn carry_on(&self) {
        carry_on(&self.desk).await;
    }

    /// One transaction of it.
    pub(crate) async fn carry_on_once(&self) -> bool {
        self.desk.carry_on().await.unwrap()
    }

    pub(crate) async fn advance(&self, minutes: i64) {
        self.clock.advance(TimeDelta::minutes(minutes));
    }

    pub(crate) async fn set(&self, now: Instant) {
        self.clock.set(now);
    }

    /// Events as they come in, each at a place of its own in the upstream's log.
    pub(crate) fn receive(&self, events: &[Event]) -> Vec<Received> {
        let receive = |event: &Event| Received {
            upstream: Upstream::named("rule-evaluation"),
            position: Position {
                transaction: 1,
                sequence: self.position.fetch_add(1, Ordering::Relaxed),
            },
            event_id: event.id.clone(),
            subject: "orderwatch.exceptions.opened".to_owned(),
            payload: event.encode_to_vec().into(),
            traceparent: None,
        };
        events.iter().map(receive).collect()
    }

    pub(crate) async fn handle(&self, batch: &[Received]) {
        Exceptions::new(self.desk.clone())
            .handle(batch)
            .await
            .unwrap();
    }

    pub(crate) async fn deliver(&self, events: &[Event]) {
        self.try_deliver(events).await.unwrap();
    }

    pub(crate) async fn try_deliver(&self, events: &[Event]) -> Result<(), HandleError> {
        Exceptions::new(self.desk.clone())
            .handle(&self.receive(events))
            .await
    }

    /// Wakes every ticket whose instant has come.
    pub(crate) async fn wake(&self) {
        wake(&self.desk).await;
    }

    pub(crate) async fn apply(&self, yaml: &str) -> i32 {
        self.try_apply(yaml).await.unwrap()
    }

    pub(crate) async fn try_apply(&self, yaml: &str) -> Result<i32, Status> {
        let request = ApplySopsRequest {
            resources_yaml: yaml.to_owned(),
            actor: "wang".to_owned(),
            reason: "agreed".to_owned(),
            dry_run: false,
        };
        let answer = self.service().apply_sops(Request::new(request)).await?;
        Ok(answer.into_inner().changed)
    }

    pub(crate) async fn ticket(&self, number: u128) -> Ticket {
        let request = GetTicketRequest {
            ticket_id: ticket_id(number).to_string(),
        };
        let answer = self
            .service()
            .get_ticket(Request::new(request))
            .await
            .unwrap();
        answer.into_inner().ticket.unwrap()
    }

    /// The ticket, when there is one already.
    pub(crate) async fn find(&self, number: u128) -> Option<Ticket> {
        let request = GetTicketRequest {
            ticket_id: ticket_id(number).to_string(),
        };
        let answer = self
            .service()
            .get_ticket(Request::new(request))
            .await
            .ok()?;
        answer.into_inner().ticket
    }

    /// What somebody does with a ticket, as they saw it.
    pub(crate) async fn act(
        &self,
        number: u128,
        actor: &str,
        etag: &str,
        act: it::Act,
    ) -> Result<Ticket, Status> {
        self.act_with(number, actor, etag, "", act).await
    }

    pub(crate) async fn act_with(
        &self,
        number: u128,
        actor: &str,
        etag: &str,
        note: &str,
        act: it::Act,
    ) -> Result<Ticket, Status> {
        let request = ActOnTicketRequest {
            ticket_id: ticket_id(number).to_string(),
            actor: actor.to_owned(),
            etag: etag.to_owned(),
            note: note.to_owned(),
            act: Some(Act { act: Some(act) }),
        };
        let answer = self.service().act_on_ticket(Request::new(request)).await?;
        Ok(answer.into_inner().ticket.unwrap())
    }

    /// What a query that counts says.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query)
            .fetch_one(self.database.pool())
            .await
            .unwrap()
    }

    pub(crate) async fn page(&self, request: ListTicketsRequest) -> ListTicketsResponse {
        self.service()
            .list_tickets(Request::new(request))
            .await
            .unwrap()
            .into_inner()
    }

    pub(crate) async fn tickets(&self, request: ListTicketsRequest) -> Vec<Ticket> {
        self.page(request).await.tickets
    }

    /// How often this was told to everybody.
    pub(crate) async fn told(&self, transition: &str) -> i64 {
        sqlx::query_scalar("select count(*) from event_log where subject = $1")
            .bind(format!("orderwatch.tickets.{transition}"))
            .fetch_one(self.database.pool())
            .await
            .unwrap()
    }

    pub(crate) async fn events(&self, transition: &str) -> Vec<Event> {
        let payloads: Vec<Vec<u8>> =
            sqlx::query_scalar("select payload from event_log where subject = $1 order by id")
                .bind(format!("orderwatch.tickets.{transition}"))
                .fetch_all(self.database.pool())
                .await
                .unwrap();
        payloads
            .iter()
            .map(|payload| Event::decode(&payload[..]).unwrap())
            .collect()
    }

    /// What was told of groups, in order.
    pub(crate) async fn group_events(&self) -> Vec<String> {
        let events = self.events_of_groups().await.into_iter();
        events.map(|event| event.r#type).collect()
    }

    /// Who came to groups and who left them, in the order in which it was told.
    pub(crate) async fn group_moves(&self) -> Vec<TicketGroupChanged> {
        let events = self.events_of_groups().await.into_iter();
        let moves = events.filter(|event| event.r#type == "ticket-group.members");
        moves
            .map(|event| match event.payload {
                Some(Payload::TicketGroup(changed)) => changed,
                other => panic!("expected a group, found {other:?}"),
            })
            .collect()
    }

    async fn events_of_groups(&self) -> Vec<Event> {
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
            "select payload from event_log where subject like 'orderwatch.tickets.groups.%'
            order by id",
        )
        .fetch_all(self.database.pool())
        .await
        .unwrap();
        let event = |payload: &Vec<u8>| Event::decode(&payload[..]).unwrap();
        payloads.iter().map(event).collect()
    }

    /// Everything that was told of tickets.
    pub(crate) async fn all_events(&self) -> Vec<Event> {
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
            "select payload from event_log where subject like 'orderwatch.tickets.%'",
        )
        .fetch_all(self.database.pool())
        .await
        .unwrap();
        payloads
            .iter()
            .map(|payload| Event::decode(&payload[..]).unwrap())
            .collect()
    }

    /// How PostgreSQL answers a query where it may not read whole tables; `$1`, `$2` … are what
    /// is said.
    pub(crate) async fn plan(&self, query: &str, said: &[&str]) -> String {
        let numbered = said.iter().enumerate();
        let query = numbered.fold(query.to_owned(), |query, (index, value)| {
            query.replace(&format!("${}", index + 1), value)
        });
        let mut transaction = self.database.pool().begin().await.unwrap();
        let carefully = "set local enable_seqscan = off";
        sqlx::query(carefully)
            .execute(&mut *transaction)
            .await
            .unwrap();
        let lines: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("explain {query}")))
                .fetch_all(&mut *transaction)
                .await
                .unwrap();
        lines.join("\n")
    }

    /// What happened to a ticket, in order, as the event log has it.
    pub(crate) async fn story(&self, number: u128) -> Vec<String> {
        sqlx::query_scalar(
            "select split_part(event_id, '/', 4) from event_log
            where event_id like 'ticket/' || $1 || '/%'
            order by split_part(event_id, '/', 3)::bigint",
        )
        .bind(ticket_id(number).to_string())
        .fetch_all(self.database.pool())
        .await
        .unwrap()
    }

    pub(crate) async fn exception_version(&self, number: u128) -> i64 {
        sqlx::query_scalar("select exception_version from tickets where exception_id = $1")
            .bind(exception_id(number))
            .fetch_one(self.database.pool())
            .await
            .unwrap()
    }

    /// How many tickets wait for an instant.
    pub(crate) async fn waiting(&self) -> i64 {
        sqlx::query_scalar("select count(*) from ticket_wakings")
            .fetch_one(self.database.pool())
            .await
            .unwrap()
    }
}

/// Facts that nobody has.
fn nobody_to_ask() -> Facts {
    Facts::new(channel("http://127.0.0.1:1", Duration::from_secs(1)).unwrap())
}

fn desk(database: &TestDatabase, clock: &Clock) -> Desk {
    Desk::new(
        database.database().clone(),
        clock.clone(),
        RelayHandle::default(),
    )
}

async fn gather(desk: &Desk) {
    let settings = ticketing::Config::default().gathering.incident;
    desk.gather(&settings).await.unwrap();
}

async fn carry_on(desk: &Desk) {
    while desk.carry_on().await.unwrap() {}
}

async fn wake(desk: &Desk) {
    while desk.wake_due(500).await.unwrap() > 0 {}
}

pub(crate) fn complete(step: &str) -> it::Act {
    it::Act::Complete(it::Complete {
        step: step.to_owned(),
        outcome: "found".to_owned(),
        ..Default::default()
    })
}

pub(crate) fn acknowledge() -> it::Act {
    it::Act::Acknowledge(it::Acknowledge::default())
}

pub(crate) fn hand_over(department: &str, reason: &str) -> it::Act {
    it::Act::HandOver(it::HandOver {
        department: department.to_owned(),
        reason: reason.to_owned(),
        ..Default::default()
    })
}

pub(crate) fn accept() -> it::Act {
    it::Act::Accept(it::Accept::default())
}
