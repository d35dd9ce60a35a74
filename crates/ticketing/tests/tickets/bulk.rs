//! One act on many tickets.

use contracts::{
    event::v1::Event,
    ticketing::v1::{
        Act, Bulk, BulkItem, BulkItemState, BulkTarget, GetBulkRequest, ListBulkItemsRequest,
        StartBulkRequest, StartBulkResponse, UndoBulkRequest, act as it,
        bulk_service_server::BulkService as _,
    },
};
use tonic::{Code, Request, Status};
use uuid::Uuid;

use crate::{
    exceptions::*,
    opening::SHIPPING_DELAY,
    room::{Room, acknowledge, hand_over},
};

const MANY: u128 = 450;

async fn room_with(tickets: u128) -> Room {
    let room = Room::new().await;
    room.apply(SHIPPING_DELAY).await;
    let events: Vec<Event> = (1..=tickets).map(|number| opened(number, 1)).collect();
    room.deliver(&events).await;
    room
}

fn all(tickets: u128) -> Vec<BulkTarget> {
    (1..=tickets).map(|number| target(number, "")).collect()
}

fn target(number: u128, etag: &str) -> BulkTarget {
    BulkTarget {
        ticket_id: ticket_id(number).to_string(),
        etag: etag.to_owned(),
    }
}

fn assign() -> it::Act {
    it::Act::HandOver(it::HandOver {
        department: "warehouse".to_owned(),
        assignee: "chen".to_owned(),
        reason: "chen has the day".to_owned(),
        ..Default::default()
    })
}

fn wish(act: it::Act, targets: Vec<BulkTarget>) -> StartBulkRequest {
    StartBulkRequest {
        bulk_id: Uuid::now_v7().to_string(),
        actor: "wang".to_owned(),
        note: "promotion".to_owned(),
        act: Some(Act { act: Some(act) }),
        targets,
        ..StartBulkRequest::default()
    }
}

impl Room {
    async fn start(&self, wish: &StartBulkRequest) -> Result<StartBulkResponse, Status> {
        let request = Request::new(wish.clone());
        let answer = self.bulk_service().start_bulk(request).await?;
        Ok(answer.into_inner())
    }

    async fn start_to_end(&self, wish: &StartBulkRequest) -> Bulk {
        self.start(wish).await.unwrap();
        self.carry_on().await;
        self.bulk(&wish.bulk_id).await
    }

    async fn bulk(&self, id: &str) -> Bulk {
        let request = GetBulkRequest {
            bulk_id: id.to_owned(),
        };
        let answer = self.bulk_service().get_bulk(Request::new(request)).await;
        answer.unwrap().into_inner().bulk.unwrap()
    }

    /// What became of the tickets, read page by page.
    async fn items(&self, bulk: &str, state: BulkItemState) -> Vec<BulkItem> {
        let (mut items, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListBulkItemsRequest {
                bulk_id: bulk.to_owned(),
                state: state.into(),
                page_size: 100,
                page_token,
            };
            let request = Request::new(request);
            let answer = self.bulk_service().list_bulk_items(request).await;
            let page = answer.unwrap().into_inner();
            items.extend(page.items);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return items;
            }
        }
    }

    async fn undo(&self, bulk: &str) -> Result<Bulk, Status> {
        let request = UndoBulkRequest {
            bulk_id: bulk.to_owned(),
            actor: "wang".to_owned(),
            note: "the wrong day".to_owned(),
        };
        let answer = self.bulk_service().undo_bulk(Request::new(request)).await?;
        Ok(answer.into_inner().bulk.unwrap())
    }
}

#[tokio::test]
async fn many_tickets_are_acted_on_and_each_that_refuses_is_told_by_itself() {
    let room = room_with(MANY).await;
    room.act(7, "li", "1", acknowledge()).await.unwrap();
    let mut targets = all(MANY);
    targets[6] = target(7, "1");
    targets.push(target(9_999, ""));
    let bulk = room.start_to_end(&wish(assign(), targets)).await;
    assert_eq!((bulk.total, bulk.done, bulk.refused), (451, 449, 2));
    assert!(bulk.ended_at.is_some());
    let refused = room.items(&bulk.id, BulkItemState::Refused).await;
    let refusal = |number| {
        let id = ticket_id(number).to_string();
        let item = refused.iter().find(|item| item.ticket_id == id).unwrap();
        (item.code.as_str(), item.refusal.as_str())
    };
    assert_eq!(refusal(9_999).0, "OW-TICKET-UNKNOWN");
    let (code, sentence) = refusal(7);
    assert_eq!(code, "OW-TICKET-STALE");
    assert!(sentence.contains("acknowledged by li"), "{sentence}");
    assert_eq!(room.items(&bulk.id, BulkItemState::Done).await.len(), 449);
    assert_eq!(room.ticket(8).await.assignee, "chen");
    assert_eq!(room.ticket(7).await.assignee, "zhao");
    assert_eq!(room.told("assigned").await, 449);
    let events = room.events("assigned").await;
    assert!(
        events
            .iter()
            .all(|it| it.actor.as_ref().unwrap().name == "wang")
    );
}

#[tokio::test]
async fn replicas_share_the_work_and_what_one_leaves_the_next_ends() {
    let room = room_with(MANY).await;
    let wish = wish(assign(), all(MANY));
    room.start(&wish).await.unwrap();
    let other = room.another_replica();
    assert!(room.carry_on_once().await);
    assert_eq!(room.bulk(&wish.bulk_id).await.done, 200);
    // The first one dies here. Sent again, the same is not begun again.
    room.start(&wish).await.unwrap();
    tokio::join!(room.carry_on(), other.carry_on());
    let bulk = room.bulk(&wish.bulk_id).await;
    assert_eq!((bulk.done, bulk.refused), (450, 0));
    assert_eq!(room.told("assigned").await, 450);
}

#[tokio::test]
async fn what_nothing_happened_to_since_is_taken_back_once() {
    let room = room_with(20).await;
    let bulk = room.start_to_end(&wish(assign(), all(20))).await;
    room.act(3, "chen", "2", acknowledge()).await.unwrap();
    room.advance(5).await;
    let back = room.undo(&bulk.id).await.unwrap();
    room.carry_on().await;
    let back = room.bulk(&back.id).await;
    assert_eq!(
        (back.done, back.refused, back.act.as_str()),
        (19, 1, "undo")
    );
    assert_eq!(back.undoes, bulk.id);
    let refused = room.items(&back.id, BulkItemState::Refused).await;
    assert_eq!(refused[0].ticket_id, ticket_id(3).to_string());
    assert_eq!(room.ticket(3).await.assignee, "chen");
    let ticket = room.ticket(4).await;
    assert_eq!(ticket.assignee, "zhao");
    // The five minutes stay where they were spent.
    assert_eq!(ticket.ledger.len(), 3);
    assert_eq!(ticket.ledger[1].assignee, "chen");
    assert_eq!(ticket.ledger[1].to, ticket.ledger[2].from);
    let twice = room.undo(&bulk.id).await.unwrap_err();
    assert_eq!(twice.code(), Code::FailedPrecondition);
    assert!(twice.message().contains(&back.id), "{twice}");
}

#[tokio::test]
async fn asking_putting_aside_and_pausing_are_taken_back_by_what_ends_them() {
    let room = room_with(2).await;
    let until = ticketing::events::instant::to_wire(noon_and(60));
    let snooze = it::Act::Snooze(it::Snooze { until: Some(until) });
    for (act, told) in [
        (
            hand_over("logistics", "it is with the carrier"),
            "withdrawn",
        ),
        (snooze, "unsnoozed"),
    ] {
        let bulk = room.start_to_end(&wish(act, all(2))).await;
        assert_eq!((bulk.done, bulk.refused), (2, 0), "{told}");
        room.undo(&bulk.id).await.unwrap();
        room.carry_on().await;
        assert_eq!(room.told(told).await, 2);
    }
    let ticket = room.ticket(1).await;
    assert!(ticket.steps[0].offer.is_none());
    assert_eq!(ticket.snoozed_until, None);
}

#[tokio::test]
async fn what_cannot_be_taken_back_says_so() {
    let room = room_with(2).await;
    let wish = wish(acknowledge(), all(2));
    room.start(&wish).await.unwrap();
    let early = room.undo(&wish.bulk_id).await.unwrap_err();
    assert!(early.message().contains("still goes on"), "{early}");
    room.carry_on().await;
    let last = room.undo(&wish.bulk_id).await.unwrap_err();
    assert!(last.message().contains("can be taken back"), "{last}");
    let none = room.undo(&Uuid::nil().to_string()).await.unwrap_err();
    assert_eq!(none.code(), Code::NotFound);
    let other = StartBulkRequest {
        act: Some(Act {
            act: Some(assign()),
        }),
        ..wish
    };
    let reused = room.start(&other).await.unwrap_err();
    assert_eq!(reused.code(), Code::AlreadyExists);
}

#[tokio::test]
async fn all_that_pass_a_filter_are_acted_on_as_they_were_when_it_was_asked() {
    let room = room_with(30).await;
    room.act(5, "li", "1", acknowledge()).await.unwrap();
    let mut request = wish(assign(), Vec::new());
    request.filter = "state = open AND department = warehouse".to_owned();
    let begun = room.start(&request).await.unwrap().bulk.unwrap();
    assert_eq!(begun.total, 29);
    // It passes no longer what was chosen by, and is at another version.
    room.act(6, "li", "1", acknowledge()).await.unwrap();
    room.carry_on().await;
    let bulk = room.bulk(&request.bulk_id).await;
    assert_eq!((bulk.done, bulk.refused), (28, 1));
    let refused = room.items(&bulk.id, BulkItemState::Refused).await;
    assert_eq!(refused[0].ticket_id, ticket_id(6).to_string());
    // Sent again, it is the same one, whatever passes the filter by now.
    assert_eq!(room.start(&request).await.unwrap().bulk.unwrap(), bulk);
    let mut nothing = wish(assign(), Vec::new());
    nothing.filter = "department = nowhere".to_owned();
    let nothing = room.start(&nothing).await.unwrap_err();
    assert!(
        nothing.message().contains("no ticket is meant"),
        "{nothing}"
    );
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_refused_and_changes_nothing() {
    let room = room_with(3).await;
    room.act(2, "li", "1", acknowledge()).await.unwrap();
    let mut wish = wish(acknowledge(), all(3));
    wish.dry_run = true;
    let answer = room.start(&wish).await.unwrap();
    let bulk = answer.bulk.unwrap();
    assert_eq!((bulk.total, bulk.done, bulk.refused), (3, 2, 1));
    assert_eq!(answer.refusals[0].ticket_id, ticket_id(2).to_string());
    assert_eq!(answer.refusals[0].code, "OW-TICKET-ACKNOWLEDGED");
    room.carry_on().await;
    assert_eq!(room.told("acknowledged").await, 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named() {
    let room = room_with(1).await;
    let twice = wish(acknowledge(), vec![target(1, ""), target(1, "")]);
    let none = wish(acknowledge(), Vec::new());
    let mut both = wish(acknowledge(), all(1));
    both.filter = "state = open".to_owned();
    let mut faulty = wish(acknowledge(), Vec::new());
    faulty.filter = "colour = red".to_owned();
    let crooked = wish(acknowledge(), vec![target(1, "yesterday")]);
    let mut nobody = wish(acknowledge(), all(1));
    nobody.actor = " ".to_owned();
    nobody.bulk_id = "1".to_owned();
    for (request, named) in [
        (twice, "is named twice"),
        (none, "must name tickets"),
        (both, "must name tickets"),
        (faulty, "filter"),
        (crooked, "etag"),
        (nobody.clone(), "actor"),
        (nobody, "bulk_id"),
    ] {
        let refused = room.start(&request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains(named), "{refused}");
    }
}
