//! What people do, and what they are told when they cannot.

use contracts::ticketing::v1::{
    AcknowledgeTicketRequest, CommentTicketRequest, CompleteStepRequest, GetTicketRequest,
    HandOverTicketRequest, ResolveTicketRequest, StepState, TicketState,
    ticket_service_server::TicketService as _,
};
use tonic::{Code, Request};
use tonic_types::StatusExt;

use crate::{exceptions::*, opening::SHIPPING_DELAY, room::Room};

async fn room_with_a_ticket() -> Room {
    let room = Room::new().await;
    room.apply(SHIPPING_DELAY).await;
    room.deliver(&[opened(1, 1)]).await;
    room
}

fn complete(step: &str, actor: &str, etag: &str) -> Request<CompleteStepRequest> {
    Request::new(CompleteStepRequest {
        ticket_id: ticket_id(1).to_string(),
        step: step.into(),
        outcome: "found".into(),
        actor: actor.into(),
        note: String::new(),
        etag: etag.into(),
    })
}

fn acknowledge(actor: &str, etag: &str) -> Request<AcknowledgeTicketRequest> {
    Request::new(AcknowledgeTicketRequest {
        ticket_id: ticket_id(1).to_string(),
        actor: actor.into(),
        note: "on it".into(),
        etag: etag.into(),
    })
}

fn hand_over(reason: &str, etag: &str) -> Request<HandOverTicketRequest> {
    Request::new(HandOverTicketRequest {
        ticket_id: ticket_id(1).to_string(),
        to_department: "logistics".into(),
        to_assignee: "chen".into(),
        actor: "wang".into(),
        reason: reason.into(),
        etag: etag.into(),
    })
}

fn resolve(etag: &str) -> Request<ResolveTicketRequest> {
    Request::new(ResolveTicketRequest {
        ticket_id: ticket_id(1).to_string(),
        actor: "wang".into(),
        reason: "settled".into(),
        etag: etag.into(),
    })
}

#[tokio::test]
async fn a_ticket_is_worked_from_the_first_step_to_the_last() {
    let room = room_with_a_ticket().await;
    let service = room.service();
    room.advance(10).await;
    let ticket = service
        .acknowledge_ticket(acknowledge("wang", "1"))
        .await
        .unwrap();
    assert_eq!(
        ticket.get_ref().ticket.as_ref().unwrap().state(),
        TicketState::Acknowledged
    );
    room.advance(10).await;
    service
        .complete_step(complete("check", "wang", "2"))
        .await
        .unwrap();
    let etag = room.ticket(1).await.etag;
    room.advance(10).await;
    service
        .complete_step(complete("press", "chen", &etag))
        .await
        .unwrap();
    let ticket = room.ticket(1).await;
    assert_eq!(ticket.state(), TicketState::Resolved);
    assert!(!ticket.automatic);
    let states: Vec<StepState> = ticket.steps.iter().map(|step| step.state()).collect();
    assert_eq!(
        states,
        [StepState::Done, StepState::Skipped, StepState::Done]
    );
    assert_eq!(ticket.steps[0].completed_by, "wang");
    assert_eq!(ticket.ledger[0].to, ticket.ledger[1].from);
    assert_eq!(
        room.story(1).await,
        [
            "opened",
            "acknowledged",
            "step-completed",
            "assigned",
            "step-completed",
            "resolved"
        ]
    );
}

#[tokio::test]
async fn every_act_is_told_with_its_actor_reason_and_note() {
    let room = room_with_a_ticket().await;
    room.service()
        .hand_over_ticket(hand_over("it is with the carrier", "1"))
        .await
        .unwrap();
    room.service()
        .acknowledge_ticket(acknowledge("chen", "2"))
        .await
        .unwrap();
    let events = room.events("handed-over").await;
    let actor = events[0].actor.as_ref().unwrap();
    assert_eq!(
        (actor.name.as_str(), events[0].reason.as_str()),
        ("wang", "it is with the carrier")
    );
    assert_eq!(
        events[0].id,
        format!("ticket/{}/2/handed-over", ticket_id(1))
    );
    assert_eq!(events[0].order_ids, ["order-1"]);
    assert_eq!(room.events("acknowledged").await[0].note, "on it");
}

#[tokio::test]
async fn a_stale_etag_is_refused_with_what_happened_since() {
    let room = room_with_a_ticket().await;
    room.service()
        .hand_over_ticket(hand_over("it is with the carrier", "1"))
        .await
        .unwrap();
    let refused = room
        .service()
        .complete_step(complete("check", "li", "1"))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Aborted);
    assert!(
        refused.message().contains("handed-over by wang"),
        "{}",
        refused.message()
    );
    assert!(
        refused.message().contains("it is with the carrier"),
        "{}",
        refused.message()
    );
    assert_eq!(room.story(1).await, ["opened", "handed-over"]);
}

#[tokio::test]
async fn of_two_who_complete_a_step_at_once_one_wins() {
    let room = room_with_a_ticket().await;
    let (service, other) = (room.service(), room.service());
    let (one, two) = tokio::join!(
        service.complete_step(complete("check", "wang", "1")),
        other.complete_step(complete("check", "li", "1"))
    );
    let outcomes = [one.map(drop), two.map(drop)];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let loser = outcomes.into_iter().find_map(Result::err).unwrap();
    assert_eq!(loser.code(), Code::Aborted);
    assert!(
        loser.message().contains("step-completed by"),
        "{}",
        loser.message()
    );
}

#[tokio::test]
async fn a_person_cannot_close_past_mandatory_steps() {
    let room = room_with_a_ticket().await;
    let refused = room
        .service()
        .resolve_ticket(resolve("1"))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(
        refused.message().contains("check, press"),
        "{}",
        refused.message()
    );
}

#[tokio::test]
async fn all_faults_of_a_request_are_answered_at_once() {
    let room = room_with_a_ticket().await;
    let mut request = hand_over(" ", "");
    request.get_mut().to_department.clear();
    request.get_mut().actor.clear();
    let refused = room.service().hand_over_ticket(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let details = refused.get_error_details();
    let mut fields: Vec<String> = details
        .bad_request()
        .unwrap()
        .field_violations
        .iter()
        .map(|it| it.field.clone())
        .collect();
    fields.sort();
    assert_eq!(fields, ["actor", "etag", "reason", "to_department"]);
}

#[tokio::test]
async fn an_unknown_ticket_is_not_found() {
    let room = Room::new().await;
    let request = GetTicketRequest {
        ticket_id: ticket_id(9).to_string(),
    };
    let refused = room
        .service()
        .get_ticket(Request::new(request))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn a_comment_needs_no_etag_and_moves_nothing_else() {
    let room = room_with_a_ticket().await;
    let comment = CommentTicketRequest {
        ticket_id: ticket_id(1).to_string(),
        actor: "li".into(),
        note: "the customer called".into(),
    };
    room.service()
        .comment_ticket(Request::new(comment))
        .await
        .unwrap();
    assert_eq!(
        room.events("commented").await[0].note,
        "the customer called"
    );
    room.deliver(&[cleared(1, 2)]).await;
    let ticket = room.ticket(1).await;
    assert!(!ticket.automatic);
    assert!(
        ticket.resolution.contains("li had acted"),
        "{}",
        ticket.resolution
    );
}
