//! Tickets that belong together.

use contracts::{
    event::v1::{Event, event::Payload},
    ticketing::v1::{
        AssignGroupRequest, CloseGroupRequest, GetGroupRequest, Group, GroupKind,
        ListGroupsRequest, OpenGroupRequest, RegroupTicketsRequest, TicketState,
        group_service_server::GroupService as _,
    },
};
use tonic::{Code, Request, Status};
use uuid::Uuid;

use crate::{
    exceptions::*,
    opening::SHIPPING_DELAY,
    room::{Room, acknowledge},
};

/// A warehouse team, so that not everybody may do everything.
const FLOOR: &str = "
apiVersion: orderwatch/v1
kind: Team
metadata: { name: floor }
spec:
  department: warehouse
  lead: zhao
  members: [{ login: zhao }, { login: wang, roles: [supervisor] }]
---
";

async fn room() -> Room {
    let room = Room::new().await;
    room.apply(&format!("{FLOOR}{SHIPPING_DELAY}")).await;
    room
}

/// Exceptions of orders of one warehouse, each with a region and channel of its own kind.
fn rush(numbers: std::ops::Range<u128>, warehouse: &str) -> Vec<Event> {
    let event = |number: u128| {
        let mut event = opened(number, 1);
        if let Some(Payload::Exception(changed)) = &mut event.payload {
            let order = changed.exception.as_mut().unwrap().order.as_mut().unwrap();
            order.warehouse = warehouse.to_owned();
            order.region = ["north", "south", "west"][(number % 3) as usize].to_owned();
            order.channel = "tmall".to_owned();
        }
        event
    };
    numbers.map(event).collect()
}

/// The exception of another rule about the same order.
fn sibling(of: u128, number: u128) -> Event {
    let mut event = opened(number, 1);
    if let Some(Payload::Exception(changed)) = &mut event.payload {
        let exception = changed.exception.as_mut().unwrap();
        exception.order_id = format!("order-{of}");
        exception.order.as_mut().unwrap().order_id = format!("order-{of}");
    }
    event
}

fn ids(numbers: &[u128]) -> Vec<String> {
    numbers
        .iter()
        .map(|it| ticket_id(*it).to_string())
        .collect()
}

fn wish(kind: GroupKind, numbers: &[u128]) -> OpenGroupRequest {
    OpenGroupRequest {
        group_id: Uuid::now_v7().to_string(),
        kind: kind.into(),
        title: "the lift is broken".to_owned(),
        actor: "zhao".to_owned(),
        ticket_ids: ids(numbers),
    }
}

impl Room {
    async fn open_group(&self, wish: &OpenGroupRequest) -> Result<Group, Status> {
        let request = Request::new(wish.clone());
        let answer = self.group_service().open_group(request).await?;
        Ok(answer.into_inner().group.unwrap())
    }

    async fn group(&self, id: &str) -> (Group, Vec<String>) {
        let request = GetGroupRequest {
            group_id: id.to_owned(),
        };
        let answer = self.group_service().get_group(Request::new(request)).await;
        let answer = answer.unwrap().into_inner();
        (answer.group.unwrap(), answer.ticket_ids)
    }

    async fn groups(&self, request: ListGroupsRequest) -> Vec<Group> {
        let answer = self
            .group_service()
            .list_groups(Request::new(request))
            .await;
        answer.unwrap().into_inner().groups
    }

    async fn regroup(&self, group: &Group, add: &[u128], remove: &[u128]) -> Result<Group, Status> {
        let request = RegroupTicketsRequest {
            group_id: group.id.clone(),
            actor: "zhao".to_owned(),
            etag: group.etag.clone(),
            add: ids(add),
            remove: ids(remove),
        };
        let request = Request::new(request);
        let answer = self.group_service().regroup_tickets(request).await?;
        Ok(answer.into_inner().group.unwrap())
    }

    async fn close(&self, group: &Group, actor: &str) -> Result<(Group, String), Status> {
        let request = CloseGroupRequest {
            group_id: group.id.clone(),
            actor: actor.to_owned(),
            etag: group.etag.clone(),
            reason: "the lift runs again".to_owned(),
            resolve: true,
        };
        let request = Request::new(request);
        let answer = self.group_service().close_group(request).await?;
        let answer = answer.into_inner();
        Ok((answer.group.unwrap(), answer.bulk_id))
    }
}

fn incidents() -> ListGroupsRequest {
    ListGroupsRequest {
        kind: GroupKind::Incident.into(),
        open_only: true,
        ..Default::default()
    }
}

#[tokio::test]
async fn a_warehouse_that_stands_still_is_one_incident_and_each_ticket_keeps_its_ledger() {
    let room = room().await;
    // Two hours of what is usual: a few tickets of each warehouse.
    for hour in 0..2 {
        room.deliver(&rush(hour * 10..hour * 10 + 5, "east")).await;
        room.deliver(&rush(hour * 10 + 5..hour * 10 + 10, "west"))
            .await;
        room.advance(60).await;
        room.gather().await;
    }
    assert!(room.groups(incidents()).await.is_empty());
    // The east stands still.
    room.deliver(&rush(100..300, "east")).await;
    room.deliver(&rush(300..306, "west")).await;
    room.gather().await;
    let found = room.groups(incidents()).await;
    let [incident] = &found[..] else {
        panic!("expected one incident, found {found:#?}");
    };
    assert_eq!(
        (incident.dimension.as_str(), incident.value.as_str()),
        ("warehouse", "east")
    );
    assert_eq!(incident.department, "warehouse");
    assert_eq!((incident.tickets, incident.open_tickets), (200, 200));
    // What comes later with the same cause belongs to it, and nothing else does.
    room.advance(5).await;
    room.deliver(&rush(400..410, "east")).await;
    room.deliver(&rush(410..412, "west")).await;
    room.gather().await;
    let (incident, tickets) = room.group(&incident.id).await;
    assert_eq!((incident.tickets, tickets.len()), (210, 210));
    assert_eq!(room.groups(incidents()).await.len(), 1);
    let asked = ListGroupsRequest {
        ticket_id: ticket_id(300).to_string(),
        ..Default::default()
    };
    assert!(room.groups(asked).await.is_empty());
    let told: Vec<String> = room.group_events().await;
    let expected = ["opened", "members", "grew", "members"];
    assert_eq!(told, expected.map(|what| format!("ticket-group.{what}")));
    let ticket = room.ticket(150).await;
    assert_eq!(
        (ticket.ledger.len(), ticket.state()),
        (1, TicketState::Open)
    );
}

#[tokio::test]
async fn who_comes_to_an_incident_and_who_is_taken_out_is_named_in_pieces_and_does_not_come_back() {
    let room = room().await;
    room.deliver(&rush(1..1_202, "east")).await;
    room.gather().await;
    let incident = room.groups(incidents()).await.remove(0);
    let smaller = room.regroup(&incident, &[], &[7, 8]).await.unwrap();
    room.gather().await;
    assert_eq!(room.group(&incident.id).await.0.tickets, 1_199);
    room.regroup(&smaller, &[7], &[]).await.unwrap();
    let moves = room.group_moves().await;
    let sizes: Vec<(i64, usize, usize)> = moves
        .iter()
        .map(|it| (it.version, it.joined.len(), it.left.len()))
        .collect();
    let expected = [(1, 500, 0), (1, 500, 0), (1, 201, 0), (2, 0, 2), (3, 1, 0)];
    assert_eq!(sizes, expected);
    let mut joined: Vec<String> = moves[..3].iter().flat_map(|it| it.joined.clone()).collect();
    let mut everybody: Vec<String> = (1..1_202).map(|it| ticket_id(it).to_string()).collect();
    joined.sort();
    everybody.sort();
    assert_eq!(joined, everybody);
    let mut left = moves[3].left.clone();
    left.sort();
    let mut taken_out = ids(&[7, 8]);
    taken_out.sort();
    assert_eq!((left, &moves[4].joined), (taken_out, &ids(&[7])));
}

#[tokio::test]
async fn an_incident_is_closed_as_one_by_whom_it_is_for() {
    let room = room().await;
    room.deliver(&rush(1..61, "east")).await;
    room.gather().await;
    let incident = room.groups(incidents()).await.remove(0);
    let stranger = room.close(&incident, "li").await.unwrap_err();
    assert_eq!(stranger.code(), Code::PermissionDenied);
    let request = AssignGroupRequest {
        group_id: incident.id.clone(),
        actor: "wang".to_owned(),
        etag: incident.etag.clone(),
        department: "warehouse".to_owned(),
        assignee: "zhao".to_owned(),
    };
    let assigned = room
        .group_service()
        .assign_group(Request::new(request))
        .await;
    let assigned = assigned.unwrap().into_inner().group.unwrap();
    assert_eq!(assigned.assignee, "zhao");
    let stale = room.close(&incident, "zhao").await.unwrap_err();
    assert_eq!(stale.code(), Code::Aborted);
    let (closed, bulk) = room.close(&assigned, "wang").await.unwrap();
    assert_eq!(closed.closed_by, "wang");
    assert!(!bulk.is_empty());
    room.carry_on().await;
    // Mandatory steps are guarded here as everywhere, and told one by one.
    let (group, _) = room.group(&closed.id).await;
    assert_eq!(group.open_tickets, 60);
    let refusals = room
        .count("select count(*) from bulk_items where code = 'OW-TICKET-MANDATORY-STEPS'")
        .await;
    assert_eq!(refusals, 60);
    let again = room.close(&closed, "wang").await.unwrap_err();
    assert!(again.message().contains("closed at"), "{again}");
}

#[tokio::test]
async fn an_incident_of_which_everything_is_settled_closes_by_itself() {
    let room = room().await;
    room.deliver(&rush(1..61, "east")).await;
    room.gather().await;
    let cleared: Vec<Event> = (1..61).map(|number| cleared(number, 2)).collect();
    room.deliver(&cleared).await;
    room.gather().await;
    assert_eq!(room.groups(incidents()).await.len(), 1, "more may come yet");
    room.advance(11).await;
    room.gather().await;
    assert!(room.groups(incidents()).await.is_empty());
    let (closed, _) = room
        .group(&room.groups(ListGroupsRequest::default()).await[0].id)
        .await;
    assert_eq!(closed.closed_by, "ticketing");
    assert_eq!((closed.tickets, closed.open_tickets), (60, 0));
}

#[tokio::test]
async fn a_rush_between_two_looks_is_found_however_far_apart_they_are() {
    let room = room().await;
    room.gather().await;
    room.deliver(&rush(1..41, "east")).await;
    room.advance(30).await;
    room.deliver(&rush(100..160, "east")).await;
    room.advance(180).await;
    room.gather().await;
    let found = room.groups(incidents()).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].tickets, 60, "the forty before are no part of it");
    let opened = found[0].opened_at.unwrap();
    assert_eq!(opened, ticketing::events::instant::to_wire(noon_and(30)));
}

#[tokio::test]
async fn two_replicas_find_one_incident() {
    let room = room().await;
    room.deliver(&rush(1..201, "east")).await;
    let other = room.another_replica();
    tokio::join!(room.gather(), other.gather());
    tokio::join!(room.gather(), other.gather());
    let found = room.groups(incidents()).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].tickets, 200);
}

#[tokio::test]
async fn the_tickets_of_one_order_are_a_case_that_grows_and_is_split() {
    let room = room().await;
    room.deliver(&[opened(1, 1), sibling(1, 2), opened(3, 1)])
        .await;
    let strange = room.open_group(&wish(GroupKind::Case, &[1, 2, 3])).await;
    let strange = strange.unwrap_err();
    assert_eq!(strange.code(), Code::FailedPrecondition);
    assert!(strange.message().contains("order-3"), "{strange}");
    let request = wish(GroupKind::Case, &[1, 2]);
    let case = room.open_group(&request).await.unwrap();
    assert_eq!((case.order_id.as_str(), case.tickets), ("order-1", 2));
    assert_eq!(room.open_group(&request).await.unwrap(), case);
    let second = room.open_group(&wish(GroupKind::Case, &[1])).await;
    assert!(second.unwrap_err().message().contains(&case.id));
    room.deliver(&[sibling(1, 4)]).await;
    room.gather().await;
    let (case, tickets) = room.group(&case.id).await;
    assert_eq!(tickets.len(), 3);
    let split = room.regroup(&case, &[], &[2]).await.unwrap();
    assert_eq!(split.tickets, 2);
    room.act(2, "zhao", "1", acknowledge()).await.unwrap();
    let back = room.regroup(&split, &[2], &[]).await.unwrap();
    assert_eq!(back.tickets, 3);
}

#[tokio::test]
async fn of_two_groups_that_want_a_ticket_at_once_one_has_it_and_the_other_is_told() {
    let room = room().await;
    room.deliver(&[opened(1, 1), opened(2, 1)]).await;
    for _ in 0..5 {
        let (one, other) = (
            wish(GroupKind::Incident, &[1, 2]),
            wish(GroupKind::Incident, &[2, 1]),
        );
        let (first, second) = tokio::join!(room.open_group(&one), room.open_group(&other));
        let (winner, loser) = match (first, second) {
            (Ok(group), Err(refusal)) | (Err(refusal), Ok(group)) => (group, refusal),
            both => panic!("expected one to win: {both:?}"),
        };
        assert!(loser.message().contains(&winner.id), "{loser}");
        assert_eq!(room.group(&winner.id).await.1.len(), 2);
        room.close(&winner, "zhao").await.unwrap();
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_group_is_named() {
    let room = room().await;
    room.deliver(&[opened(1, 1)]).await;
    let refused = room.open_group(&wish(GroupKind::Incident, &[1, 99])).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    let mut nothing = wish(GroupKind::Unspecified, &[]);
    nothing.title = " ".to_owned();
    nothing.ticket_ids = vec!["x".to_owned()];
    let refused = room.open_group(&nothing).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    for named in ["kind", "title", "ticket_ids: `x`"] {
        assert!(refused.message().contains(named), "{refused}");
    }
    let group = room
        .open_group(&wish(GroupKind::Incident, &[1]))
        .await
        .unwrap();
    let elsewhere = room.open_group(&wish(GroupKind::Incident, &[1])).await;
    let elsewhere = elsewhere.unwrap_err();
    assert!(elsewhere.message().contains(&group.id), "{elsewhere}");
}
