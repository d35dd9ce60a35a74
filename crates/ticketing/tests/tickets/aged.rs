//! What an older version wrote, as it wrote it: read, shown and worked on by this one.

use contracts::ticketing::v1::{
    FigureGrouping, ReportFiguresRequest, StepState, Ticket, TicketState,
    figure_service_server::FigureService as _,
};
use ticketing::{domain::Instant, events::instant::to_wire};
use tonic::Request;

use crate::{
    exceptions::*,
    room::{Room, complete},
};

/// Eight tickets under a procedure of three steps, written by the version whose tables the second
/// migration ends with: 1 and 8 nobody took up, 2 somebody did, of 3 one step is done, of 4 all
/// are, 5 was handed over, 6 settled itself, 7 did too and came back. All that were open are late,
/// and that was told of. Of exception 9 there must never be a ticket.
const ROWS: &str = include_str!("aged.sql");
const VERSION: i64 = 2;
const OPEN: [u128; 6] = [1, 2, 3, 5, 7, 8];

async fn room() -> Room {
    let room = Room::aged(VERSION, ROWS).await;
    room.advance(641).await;
    room
}

fn states(ticket: &Ticket) -> Vec<StepState> {
    ticket.steps.iter().map(|step| step.state()).collect()
}

fn holders(ticket: &Ticket) -> Vec<(&str, &str)> {
    ticket
        .ledger
        .iter()
        .map(|it| (it.department.as_str(), it.assignee.as_str()))
        .collect()
}

fn due_at(ticket: &Ticket) -> Option<Instant> {
    let at = ticket.due_at.as_ref()?;
    Instant::from_timestamp(at.seconds, at.nanos.try_into().unwrap())
}

#[tokio::test]
async fn every_ticket_is_as_it_was_left() {
    let room = room().await;
    let mut tickets = Vec::new();
    for number in 1..=8 {
        tickets.push(room.ticket(number).await);
    }
    let state: Vec<_> = tickets.iter().map(Ticket::state).collect();
    use TicketState::{Acknowledged, Open, Resolved};
    assert_eq!(
        state,
        [
            Open,
            Acknowledged,
            Open,
            Resolved,
            Open,
            Resolved,
            Open,
            Open
        ]
    );
    let [_, second, third, fourth, fifth, sixth, seventh, _] = &tickets[..] else {
        panic!("eight of them");
    };
    assert_eq!(second.acknowledged_by, "wang");
    use StepState::{Active, Done, Pending, Skipped};
    assert_eq!(states(third), [Done, Active, Pending]);
    assert_eq!(third.steps[0].completed_by, "wang");
    assert_eq!(
        holders(third),
        [("warehouse", "zhao"), ("customer-service", "")]
    );
    assert_eq!(due_at(third), Some(noon_and(140)));
    assert_eq!(states(fourth), [Done, Skipped, Done]);
    assert_eq!(
        holders(fifth),
        [("warehouse", "zhao"), ("logistics", "chen")]
    );
    assert_eq!(
        due_at(fifth),
        Some(noon_and(240)),
        "the clock did not begin anew"
    );
    assert!(sixth.automatic);
    assert_eq!(holders(sixth), [("warehouse", "zhao")]);
    assert_eq!(
        due_at(seventh),
        Some(noon_and(280)),
        "its turn began when it came back"
    );
    for ticket in tickets {
        assert_eq!(
            ticket.overdue,
            ticket.state() != Resolved,
            "{}",
            ticket.order_id
        );
    }
}

#[tokio::test]
async fn nothing_that_was_told_is_told_again() {
    let room = room().await;
    room.wake().await;
    room.advance(24 * 60).await;
    room.wake().await;
    assert_eq!(room.count("select count(*) from event_log").await, 0);
    room.deliver(&[retroactive(9, 1), opened(9, 1), opened(1, 1)])
        .await;
    assert!(room.find(9).await.is_none());
    assert_eq!(room.told("opened").await, 0);
}

#[tokio::test]
async fn work_goes_on_to_the_last_step_and_no_minute_is_nobodys() {
    let room = room().await;
    for number in OPEN {
        loop {
            let ticket = room.ticket(number).await;
            let Some(step) = ticket
                .steps
                .iter()
                .find(|it| it.state() == StepState::Active)
            else {
                break;
            };
            let done = room
                .act(number, "wang", &ticket.etag, complete(&step.name))
                .await;
            done.unwrap();
        }
        let ticket = room.ticket(number).await;
        assert_eq!(ticket.state(), TicketState::Resolved);
        assert_eq!(ticket.ledger[0].from, ticket.opened_at);
        for pair in ticket.ledger.windows(2) {
            assert_eq!(pair[0].to, pair[1].from, "{}", ticket.order_id);
        }
        assert_eq!(ticket.ledger.last().unwrap().to, ticket.resolved_at);
    }
}

#[tokio::test]
async fn lists_and_figures_know_of_what_was_done_before_there_were_any() {
    let room = room().await;
    let queues = room.queues("").await;
    let counted: Vec<_> = queues
        .iter()
        .map(|it| (it.department.as_str(), it.open, it.overdue))
        .collect();
    assert_eq!(
        counted,
        [
            ("customer-service", 1, 1),
            ("logistics", 1, 1),
            ("warehouse", 4, 4)
        ]
    );
    let asked = ReportFiguresRequest {
        from: Some(to_wire(noon())),
        to: Some(to_wire(noon_and(60))),
        group_by: FigureGrouping::Person.into(),
        time_zone: "UTC".to_owned(),
        week_over_week: false,
    };
    let service = room.figure_service();
    let report = service.report_figures(Request::new(asked));
    let kept: Vec<_> = report
        .await
        .unwrap()
        .into_inner()
        .groups
        .into_iter()
        .map(|group| {
            let steps = group.figures.unwrap().step_compliance.unwrap();
            (group.key, steps.kept, steps.missed)
        })
        .filter(|(_, kept, missed)| kept + missed > 0)
        .collect();
    // Steps `check` of 3 and 4 were zhao's, `press` of 4 was of nobody in person.
    assert_eq!(kept, [(String::new(), 1, 0), ("zhao".to_owned(), 2, 0)]);
}
