//! Lists, procedures and figures.

use contracts::ticketing::v1::{
    ApplySopsRequest, GetFiguresRequest, ListSopsRequest, ListTicketsRequest, TicketState,
    ticket_service_server::TicketService as _,
};
use tonic::{Code, Request};

use crate::{
    exceptions::*,
    opening::SHIPPING_DELAY,
    room::{Room, acknowledge},
};

#[tokio::test]
async fn pages_give_every_ticket_once_while_more_come_in() {
    let room = Room::new().await;
    for number in 1..=25 {
        room.deliver(&[opened(number, 1)]).await;
        room.advance(number as i64 % 2).await;
    }
    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListTicketsRequest {
            page_size: 10,
            page_token,
            ..Default::default()
        };
        let page = room.page(request).await;
        seen.extend(page.tickets.into_iter().map(|ticket| ticket.order_id));
        room.deliver(&[opened(100 + seen.len() as u128, 1)]).await;
        if page.next_page_token.is_empty() {
            break;
        }
        page_token = page.next_page_token;
    }
    let unique: std::collections::HashSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), unique.len()), (25, 25));
}

#[tokio::test]
async fn filters_narrow_the_list() {
    let room = Room::new().await;
    room.deliver(&[opened(1, 1), opened(2, 1), cleared(3, 2)])
        .await;
    let resolved = ListTicketsRequest {
        states: vec![TicketState::Resolved.into()],
        ..Default::default()
    };
    assert_eq!(room.tickets(resolved).await[0].order_id, "order-3");
    let of_order = ListTicketsRequest {
        order_id: "order-2".into(),
        ..Default::default()
    };
    assert_eq!(room.tickets(of_order).await.len(), 1);
    let of_exception = ListTicketsRequest {
        exception_id: exception_id(1).to_string(),
        ..Default::default()
    };
    assert_eq!(room.tickets(of_exception).await[0].order_id, "order-1");
    let elsewhere = ListTicketsRequest {
        department: "nowhere".into(),
        ..Default::default()
    };
    assert!(room.tickets(elsewhere).await.is_empty());
    let broken = ListTicketsRequest {
        page_token: "later".into(),
        ..Default::default()
    };
    let refused = room
        .service()
        .list_tickets(Request::new(broken))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_running_ticket_keeps_the_version_of_its_procedure() {
    let room = Room::new().await;
    assert_eq!(room.apply(SHIPPING_DELAY).await, 1);
    room.deliver(&[opened(1, 1)]).await;
    assert_eq!(
        room.apply(SHIPPING_DELAY).await,
        0,
        "the same again is no new version"
    );
    assert_eq!(
        room.apply(&SHIPPING_DELAY.replace("expected: 4h", "expected: 1h"))
            .await,
        1
    );
    room.deliver(&[opened(2, 1)]).await;
    let (old, new) = (room.ticket(1).await, room.ticket(2).await);
    assert_eq!((old.sop_version, new.sop_version), (1, 2));
    assert_eq!(old.steps[0].expected.unwrap().seconds, 4 * 3_600);
    assert_eq!(new.steps[0].expected.unwrap().seconds, 3_600);
    let sops = room
        .service()
        .list_sops(Request::new(ListSopsRequest {}))
        .await
        .unwrap();
    let names: Vec<_> = sops
        .get_ref()
        .sops
        .iter()
        .map(|sop| (sop.name.as_str(), sop.version))
        .collect();
    assert_eq!(names, [("default", 1), ("shipping-delay", 2)]);
    let told = "select count(*) from event_log where subject = 'orderwatch.changes.sop'";
    assert_eq!(
        room.count(told).await,
        3,
        "the built-in one and both versions"
    );
}

#[tokio::test]
async fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let room = Room::new().await;
    let request = ApplySopsRequest {
        resources_yaml: SHIPPING_DELAY.into(),
        actor: "wang".into(),
        reason: "try".into(),
        dry_run: true,
    };
    let applied = room
        .service()
        .apply_sops(Request::new(request))
        .await
        .unwrap();
    assert_eq!(applied.get_ref().changed, 1);
    let sops = room
        .service()
        .list_sops(Request::new(ListSopsRequest {}))
        .await
        .unwrap();
    assert_eq!(sops.get_ref().sops.len(), 1);
}

#[tokio::test]
async fn figures_come_from_the_ledger() {
    let room = Room::new().await;
    room.deliver(&[opened(1, 1), opened(2, 1), opened(3, 1)])
        .await;
    room.advance(10).await;
    room.act(1, "wang", "1", acknowledge()).await.unwrap();
    room.advance(10).await;
    room.deliver(&[cleared(1, 2)]).await;
    room.advance(20).await;
    room.deliver(&[cleared(2, 2)]).await;
    let figures = room
        .service()
        .get_figures(Request::new(GetFiguresRequest::default()))
        .await;
    let figures = figures.unwrap().into_inner();
    assert_eq!(
        (figures.opened, figures.resolved, figures.open),
        (3, 1, 2),
        "now is not included"
    );
    room.advance(1).await;
    let figures = room
        .service()
        .get_figures(Request::new(GetFiguresRequest::default()))
        .await;
    let figures = figures.unwrap().into_inner();
    assert_eq!((figures.opened, figures.resolved, figures.open), (3, 2, 1));
    assert_eq!(figures.resolved_automatically, 1);
    assert_eq!(figures.mean_handling_time.unwrap().seconds, 30 * 60);
    assert_eq!(figures.median_handling_time.unwrap().seconds, 20 * 60);
    assert_eq!(figures.p90_handling_time.unwrap().seconds, 40 * 60);
    assert_eq!(figures.mean_response_time.unwrap().seconds, 10 * 60);
}
