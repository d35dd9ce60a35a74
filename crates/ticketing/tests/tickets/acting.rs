//! What people do, and what they are told when they cannot.

use contracts::event::v1::event::Payload;
use contracts::ticketing::v1::{
    ActOnTicketRequest, GetTicketRequest, ListTicketHistoryRequest, StepState, TicketState,
    act as it, ticket_service_server::TicketService as _,
};
use tonic::{Code, Request};
use tonic_types::StatusExt;

use crate::{
    exceptions::*,
    opening::SHIPPING_DELAY,
    room::{Room, accept, acknowledge, complete, hand_over},
};

const WHY: &str = "it is with the carrier";

async fn room_with_a_ticket() -> Room {
    let room = Room::new().await;
    room.apply(SHIPPING_DELAY).await;
    room.deliver(&[opened(1, 1)]).await;
    room
}

fn resolve() -> it::Act {
    it::Act::Resolve(it::Resolve {
        reason: "settled".into(),
        past_mandatory: false,
    })
}

/// Takes a ticket up, and wishes it to come back in so many seconds.
fn acknowledge_for(seconds: i64) -> it::Act {
    it::Act::Acknowledge(it::Acknowledge {
        come_back: Some(prost_types::Duration { seconds, nanos: 0 }),
    })
}

#[tokio::test]
async fn who_takes_a_ticket_up_may_wish_it_to_come_back_within_a_week() {
    let room = room_with_a_ticket().await;
    for seconds in [-60, 0, 59, 7 * 86_400 + 1, i64::MAX] {
        let refused = room.act(1, "wang", "1", acknowledge_for(seconds)).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{seconds}");
        assert!(refused.message().contains("come_back"), "{refused}");
    }
    let taken_up = room.act(1, "wang", "1", acknowledge_for(7_200)).await;
    assert_eq!(taken_up.unwrap().state(), TicketState::Acknowledged);
    let events = room.all_events().await;
    let told = events.iter().find(|it| it.r#type == "ticket.acknowledged");
    let told = told.unwrap();
    assert_eq!(
        told.reason,
        "taken up, and comes back in 2h unless it is resolved"
    );
    let Some(Payload::Ticket(changed)) = &told.payload else {
        panic!("expected a ticket, found {told:?}");
    };
    assert_eq!(changed.come_back.map(|it| it.seconds), Some(7_200));
}

#[tokio::test]
async fn a_ticket_is_worked_from_the_first_step_to_the_last() {
    let room = room_with_a_ticket().await;
    room.advance(10).await;
    let ticket = room.act(1, "wang", "1", acknowledge()).await.unwrap();
    assert_eq!(ticket.state(), TicketState::Acknowledged);
    room.advance(10).await;
    let ticket = room.act(1, "wang", "2", complete("check")).await.unwrap();
    room.advance(10).await;
    room.act(1, "chen", &ticket.etag, complete("press"))
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
async fn the_end_of_a_step_is_told_of_that_step_and_names_the_next() {
    let room = room_with_a_ticket().await;
    room.act(1, "wang", "1", complete("check")).await.unwrap();
    let events = room.events("step-completed").await;
    let Some(Payload::Ticket(told)) = &events[0].payload else {
        panic!("{events:?}");
    };
    assert_eq!(
        (told.ended_step.as_str(), told.step.as_str()),
        ("check", "tell")
    );
    let history = room.history(1).await;
    let steps: Vec<_> = history
        .iter()
        .map(|it| (it.transition.as_str(), it.step.as_str()))
        .collect();
    assert_eq!(
        steps,
        [
            ("opened", "check"),
            ("step-completed", "check"),
            ("assigned", "tell")
        ]
    );
}

#[tokio::test]
async fn every_act_is_told_with_its_actor_reason_and_note() {
    let room = room_with_a_ticket().await;
    room.act(1, "wang", "1", hand_over("logistics", WHY))
        .await
        .unwrap();
    room.act_with(1, "chen", "2", "on it", accept())
        .await
        .unwrap();
    let events = room.events("offered").await;
    let actor = events[0].actor.as_ref().unwrap();
    assert_eq!(
        (actor.name.as_str(), events[0].reason.as_str()),
        ("wang", WHY)
    );
    assert_eq!(events[0].id, format!("ticket/{}/2/offered", ticket_id(1)));
    assert_eq!(events[0].order_ids, ["order-1"]);
    assert_eq!(room.events("handed-over").await[0].note, "on it");
    let history = ListTicketHistoryRequest {
        ticket_id: ticket_id(1).to_string(),
    };
    let history = room
        .service()
        .list_ticket_history(Request::new(history))
        .await
        .unwrap()
        .into_inner()
        .happenings;
    let told: Vec<_> = history
        .iter()
        .map(|it| (it.transition.as_str(), it.actor.as_str(), it.note.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("opened", "ticketing", ""),
            ("offered", "wang", ""),
            ("handed-over", "chen", "on it")
        ]
    );
}

#[tokio::test]
async fn a_stale_etag_is_refused_with_what_happened_since() {
    let room = room_with_a_ticket().await;
    room.act(1, "wang", "1", hand_over("logistics", WHY))
        .await
        .unwrap();
    let refused = room.act(1, "li", "1", complete("check")).await.unwrap_err();
    assert_eq!(refused.code(), Code::Aborted);
    assert!(
        refused.message().contains("offered by wang"),
        "{}",
        refused.message()
    );
    assert!(refused.message().contains(WHY), "{}", refused.message());
    assert_eq!(room.story(1).await, ["opened", "offered"]);
}

#[tokio::test]
async fn of_two_who_complete_a_step_at_once_one_wins() {
    let room = room_with_a_ticket().await;
    let (one, two) = tokio::join!(
        room.act(1, "wang", "1", complete("check")),
        room.act(1, "li", "1", complete("check"))
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
    let refused = room.act(1, "wang", "1", resolve()).await.unwrap_err();
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
    let refused = room.act(1, "", "", hand_over("", " ")).await.unwrap_err();
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
    assert_eq!(
        fields,
        [
            "act.hand_over.department",
            "act.hand_over.reason",
            "actor",
            "etag"
        ]
    );
    let request = ActOnTicketRequest {
        ticket_id: ticket_id(1).to_string(),
        actor: "wang".into(),
        etag: "1".into(),
        ..Default::default()
    };
    let refused = room.service().act_on_ticket(Request::new(request)).await;
    assert!(
        refused
            .unwrap_err()
            .message()
            .starts_with("act: must be said")
    );
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
    let comment = it::Act::Comment(it::Comment {});
    room.act_with(1, "li", "", "the customer called", comment)
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
