//! Lists that stay right.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use contracts::ticketing::v1::{
    Act, ActOnTicketRequest, GetTicketRequest, TicketState, WatchTicketsRequest,
    WatchTicketsResponse, act as it, ticket_service_server::TicketService as _,
    watch_tickets_response::News,
};
use filter::{Environment, Filter};
use ticketing::{grpc::TicketService, store::listing::fields::FIELDS};
use tokio_stream::StreamExt as _;
use tonic::{Code, Request, Status};

use crate::{
    exceptions::*,
    opening::SHIPPING_DELAY,
    room::{Room, accept, acknowledge, complete, hand_over, lists::Answers},
};

const OPEN: &str = "state != resolved";

fn request(filter: &str, resume_token: &str) -> WatchTicketsRequest {
    WatchTicketsRequest {
        filter: filter.to_owned(),
        resume_token: resume_token.to_owned(),
        ..Default::default()
    }
}

/// What a client knows of a list.
#[derive(Default)]
struct Client {
    /// Etag of each ticket in the list.
    tickets: BTreeMap<String, i64>,
    /// The newest version that was ever told of each.
    newest: BTreeMap<String, i64>,
    resume_token: String,
    synced: bool,
}

impl Client {
    /// Takes an answer in, and says it in a word.
    fn hear(&mut self, answer: WatchTicketsResponse) -> String {
        self.resume_token = answer.resume_token;
        match answer.news.unwrap() {
            News::Present(ticket) => {
                self.put(&ticket.id, &ticket.etag);
                format!("present {}", ticket.order_id)
            }
            News::Synced(_) => {
                self.synced = true;
                "synced".to_owned()
            }
            News::Changed(changed) => {
                let ticket = changed.ticket.unwrap();
                self.put(&ticket.id, &ticket.etag);
                format!("{} {}", ticket.order_id, changed.transitions.join(" "))
            }
            News::Left(left) => {
                self.note(&left.ticket_id, &left.etag);
                self.tickets.remove(&left.ticket_id);
                format!("left {}", left.transitions.join(" "))
            }
        }
    }

    fn put(&mut self, id: &str, etag: &str) {
        let version = self.note(id, etag);
        self.tickets.insert(id.to_owned(), version);
    }

    fn note(&mut self, id: &str, etag: &str) -> i64 {
        let version = etag.parse().unwrap();
        let newest = self.newest.entry(id.to_owned()).or_default();
        assert!(
            version >= *newest,
            "{id} went back from {newest} to {version}"
        );
        *newest = version;
        version
    }
}

async fn next(answers: &mut Answers<WatchTicketsResponse>) -> Result<WatchTicketsResponse, Status> {
    tokio::time::timeout(Duration::from_secs(30), answers.next())
        .await
        .expect("an answer")
        .expect("the stream goes on")
}

/// What is heard next, so many times.
async fn heard(
    client: &mut Client,
    answers: &mut Answers<WatchTicketsResponse>,
    times: usize,
) -> Vec<String> {
    let mut heard = Vec::new();
    for _ in 0..times {
        heard.push(client.hear(next(answers).await.unwrap()));
    }
    heard
}

async fn room_with_tickets(count: u128) -> Room {
    let room = Room::new().await;
    room.apply(SHIPPING_DELAY).await;
    let opened: Vec<_> = (1..=count).map(|number| opened(number, 1)).collect();
    room.deliver(&opened).await;
    room
}

#[tokio::test]
async fn what_there_is_comes_first_and_then_what_becomes_of_it() {
    let room = room_with_tickets(2).await;
    let mut client = Client::default();
    let mut answers = room.watch(request(OPEN, "")).await.unwrap();
    let mut there = heard(&mut client, &mut answers, 3).await;
    there[..2].sort();
    assert_eq!(there, ["present order-1", "present order-2", "synced"]);
    room.act(1, "wang", "1", acknowledge()).await.unwrap();
    loop {
        let words = heard(&mut client, &mut answers, 1).await;
        // What was written in the same moment as it began may be told again, by itself or with
        // what came next.
        let news = words[0].replace(" opened", "");
        if news.contains(' ') {
            assert_eq!(news, "order-1 acknowledged");
            break;
        }
    }
    room.deliver(&[opened(3, 1)]).await;
    assert_eq!(
        heard(&mut client, &mut answers, 1).await,
        ["order-3 opened"]
    );
    room.deliver(&[cleared(2, 2)]).await;
    assert_eq!(heard(&mut client, &mut answers, 1).await, ["left resolved"]);
    assert_eq!(client.tickets.len(), 2);
    room.deliver(&[updated(2, 3)]).await;
    assert_eq!(
        heard(&mut client, &mut answers, 1).await,
        ["order-2 reopened"]
    );
    assert_eq!(client.tickets.len(), 3);
}

#[tokio::test]
async fn a_list_of_somebody_s_work_loses_what_another_takes() {
    let room = room_with_tickets(1).await;
    let mine = WatchTicketsRequest {
        me: "zhao".to_owned(),
        my_work: true,
        ..Default::default()
    };
    let mut client = Client::default();
    let mut answers = room.watch(mine).await.unwrap();
    heard(&mut client, &mut answers, 2).await;
    assert_eq!(client.tickets.len(), 1);
    let claim = it::Act::Claim(it::Claim::default());
    room.act(1, "wang", "1", claim).await.unwrap();
    while !client.tickets.is_empty() {
        heard(&mut client, &mut answers, 1).await;
    }
}

/// Does something with every ticket, again and again.
async fn write(service: TicketService, writer: u128) {
    for round in 0..40_u128 {
        let number = (writer * 7 + round) % 20 + 1;
        let ticket_id = ticket_id(number).to_string();
        let found = service
            .get_ticket(Request::new(GetTicketRequest { ticket_id }))
            .await;
        let ticket = found.unwrap().into_inner().ticket.unwrap();
        let act = match (writer + round) % 4 {
            0 => acknowledge(),
            1 => hand_over(&format!("team-{writer}"), "turmoil"),
            2 => accept(),
            _ => complete(&ticket.steps[ticket.current_step as usize].name),
        };
        let request = ActOnTicketRequest {
            ticket_id: ticket.id,
            actor: format!("person-{writer}"),
            etag: ticket.etag,
            act: Some(Act { act: Some(act) }),
            ..Default::default()
        };
        // Others are at it as well: some acts come too late.
        let _ = service.act_on_ticket(Request::new(request)).await;
    }
}

async fn reopen(room: &Room) {
    for version in 2..=9 {
        let events: Vec<_> = (1..=20_u128)
            .map(|number| match (number as i64 + version) % 3 {
                0 => cleared(number, version),
                _ => updated(number, version),
            })
            .collect();
        for some in events.chunks(5) {
            room.deliver(some).await;
        }
    }
}

/// Follows a list, hanging up after every so many answers, until it knows what there is.
async fn follow(
    room: &Room,
    filter: &str,
    hang_up_after: usize,
    done: &tokio::sync::watch::Receiver<bool>,
) -> usize {
    let mut client = Client::default();
    let mut answers = 0;
    loop {
        let mut stream = room
            .watch(request(filter, &client.resume_token))
            .await
            .unwrap();
        for _ in 0..hang_up_after {
            let quiet = tokio::time::timeout(Duration::from_secs(1), stream.next()).await;
            let Ok(answer) = quiet else { break };
            client.hear(answer.unwrap().unwrap());
            answers += 1;
        }
        // Who hangs up before everything was told begins anew.
        if client.resume_token.is_empty() {
            client.tickets.clear();
        } else if *done.borrow() && client.tickets == expected(room, filter).await {
            return answers;
        }
    }
}

async fn expected(room: &Room, filter: &str) -> BTreeMap<String, i64> {
    let filter = Filter::parse(filter, &FIELDS).unwrap();
    let environment = Environment {
        now: room.now(),
        me: None,
    };
    let tickets = room.loaded().await;
    let passing = tickets
        .iter()
        .filter(|it| filter.matches(*it, &environment));
    passing.map(|it| (it.id.to_string(), it.version)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_missed_while_many_write_and_readers_hang_up_and_come_back() {
    let room = room_with_tickets(20).await;
    let elsewhere = room.another_replica();
    let (done, is_done) = tokio::sync::watch::channel(false);
    let writing = async {
        tokio::join!(
            write(room.service(), 1),
            write(room.service(), 2),
            write(elsewhere.service(), 3),
            write(elsewhere.service(), 4),
            reopen(&room),
        );
        done.send_replace(true);
    };
    let reading = async {
        tokio::join!(
            follow(&room, OPEN, 1_000, &is_done),
            follow(&room, OPEN, 30, &is_done),
            follow(
                &room,
                "state = open AND department = warehouse",
                25,
                &is_done
            ),
            follow(&room, "department:team", 41, &is_done),
        )
    };
    let both = async { tokio::join!(writing, reading).1 };
    let answers = tokio::time::timeout(Duration::from_secs(120), both)
        .await
        .expect("every reader comes to know what there is");
    assert!(answers.0 > 20, "there was something to hear: {answers:?}");
    assert_eq!(room.ticket(1).await.state() == TicketState::Resolved, {
        let resolved = expected(&room, "state = resolved").await;
        resolved.contains_key(&ticket_id(1).to_string())
    });
}

/// Lets a stream fill up whatever waits for its reader, and lets its patience run out.
async fn read_nothing(patience: Duration) {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    tokio::time::pause();
    tokio::time::advance(patience + Duration::from_secs(1)).await;
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    tokio::time::resume();
}

#[tokio::test]
async fn who_does_not_read_is_let_go_and_told_where_to_go_on() {
    let room = room_with_tickets(30).await;
    let mut client = Client::default();
    let mut answers = room.watch(request("", "")).await.unwrap();
    while !client.synced {
        heard(&mut client, &mut answers, 1).await;
    }
    let token = client.resume_token.clone();
    let cleared: Vec<_> = (1..=30).map(|number| cleared(number, 2)).collect();
    room.deliver(&cleared).await;
    while !heard(&mut client, &mut answers, 1).await[0].ends_with(" resolved") {}
    read_nothing(room.patience()).await;
    let status = loop {
        match next(&mut answers).await {
            Ok(answer) => client.hear(answer),
            Err(status) => break status,
        };
    };
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(answers.next().await.is_none());
    let known = client
        .newest
        .values()
        .filter(|version| **version > 1)
        .count();
    assert!((1..30).contains(&known), "{known} of 30 changes were told");
    let told = status.message().split("resume_token ").nth(1).unwrap();
    let told = told.split(' ').next().unwrap();
    assert_eq!(told, client.resume_token, "{}", status.message());
    assert_eq!(
        told, token,
        "changes that were committed at once are gone on with at once"
    );
    let mut answers = room.watch(request("", told)).await.unwrap();
    while client.newest.values().any(|version| *version == 1) {
        heard(&mut client, &mut answers, 1).await;
    }
}

#[tokio::test]
async fn who_reads_nothing_at_all_begins_anew() {
    let room = room_with_tickets(40).await;
    let mut answers = room.watch(request("", "")).await.unwrap();
    next(&mut answers).await.unwrap();
    read_nothing(room.patience()).await;
    let mut present = 1;
    let status = loop {
        match next(&mut answers).await {
            Ok(_) => present += 1,
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(
        !status.message().contains("resume_token"),
        "{}",
        status.message()
    );
    assert!(present < 40, "the rest was never made");
}

#[tokio::test]
async fn a_token_goes_on_with_its_own_list_as_long_as_what_follows_is_kept() {
    let room = room_with_tickets(1).await;
    // While a transaction of another test holds the log back, a token may be older than the log.
    let token = loop {
        let mut client = Client::default();
        let mut answers = room.watch(request(OPEN, "")).await.unwrap();
        heard(&mut client, &mut answers, 2).await;
        match room.watch(request(OPEN, &client.resume_token)).await {
            Ok(_) => break client.resume_token,
            Err(status) => assert_eq!(status.code(), Code::FailedPrecondition),
        }
    };
    let list = token.split('.').next().unwrap();
    let refused: BTreeSet<String> = [
        "later".to_owned(),
        format!("{list}.1"),
        format!("{list}.1.1.1"),
        format!("{list}.99999999999999999999.1"),
        format!("{list}.9000000000000000000.1"),
        token.replacen(list, &"0".repeat(32), 1),
    ]
    .into();
    for broken in refused {
        let status = room.watch(request(OPEN, &broken)).await.err().unwrap();
        assert_eq!(status.code(), Code::InvalidArgument, "{broken}");
        assert!(
            status.message().starts_with("resume_token: "),
            "{}",
            status.message()
        );
    }
    let other = room
        .watch(request("state = open", &token))
        .await
        .err()
        .unwrap();
    assert!(
        other.message().contains("is of another request"),
        "{}",
        other.message()
    );
    let faulty = room
        .watch(request("state = opened", ""))
        .await
        .err()
        .unwrap();
    assert!(
        faulty.message().contains("column 9"),
        "{}",
        faulty.message()
    );
    sqlx::raw_sql("delete from event_log")
        .execute(room.pool())
        .await
        .unwrap();
    room.deliver(&[cleared(1, 2)]).await;
    let forgotten = room.watch(request(OPEN, &token)).await.err().unwrap();
    assert_eq!(forgotten.code(), Code::FailedPrecondition);
    assert!(
        forgotten.message().contains("begin anew"),
        "{}",
        forgotten.message()
    );
}

#[tokio::test]
async fn a_stream_ends_with_the_service() {
    let room = room_with_tickets(1).await;
    let mut client = Client::default();
    let mut answers = room.watch(request("", "")).await.unwrap();
    heard(&mut client, &mut answers, 2).await;
    room.stop();
    let status = loop {
        match next(&mut answers).await {
            Ok(answer) => client.hear(answer),
            Err(status) => break status,
        };
    };
    assert_eq!(status.code(), Code::Unavailable);
}
