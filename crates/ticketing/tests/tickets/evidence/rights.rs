//! Who may attach, and who may remove.

use contracts::ticketing::v1::TicketState;
use tonic::Code;

use super::*;
use crate::room::hand_over;

const TEAMS: &str = "
apiVersion: orderwatch/v1
kind: Team
metadata: { name: floor }
spec: { department: warehouse, lead: wang, members: [{ login: wang }] }
---
apiVersion: orderwatch/v1
kind: Team
metadata: { name: carriers }
spec: { department: logistics, lead: chen, members: [{ login: chen }] }
---
apiVersion: orderwatch/v1
kind: Team
metadata: { name: bridge }
spec:
  department: operations
  lead: sun
  members: [{ login: sun, roles: [supervisor] }, { login: bao, roles: [arbiter] }]
";

async fn room_with_teams() -> (Room, Sender) {
    let (room, sender) = room_and_sender().await;
    room.apply(TEAMS).await;
    (room, sender)
}

async fn by(sender: &Sender, actor: &str, number: u8) -> Result<String, tonic::Status> {
    let photo = png(number, 100);
    let header = EvidenceHeader {
        actor: actor.to_owned(),
        ..of_png(&photo)
    };
    Ok(sender.attach(&header, &photo).await?.id)
}

#[tokio::test]
async fn who_is_party_to_it_and_who_decides_may_attach() {
    let (room, sender) = room_with_teams().await;
    by(&sender, "wang", 1).await.unwrap();
    by(&sender, "sun", 2).await.unwrap();
    by(&sender, "bao", 3).await.unwrap();
    let refused = by(&sender, "chen", 4).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert!(
        refused.message().contains("people of warehouse"),
        "{refused}"
    );
    let etag = room.ticket(1).await.etag;
    let asked = hand_over("logistics", "it is with the carrier");
    room.act(1, "wang", &etag, asked).await.unwrap();
    by(&sender, "chen", 4).await.unwrap();
}

#[tokio::test]
async fn proof_may_come_afterwards_and_moves_nothing() {
    let (room, sender) = room_with_teams().await;
    room.deliver(&[cleared(1, 2)]).await;
    let before = room.ticket(1).await;
    assert_eq!(before.state(), TicketState::Resolved);
    by(&sender, "wang", 1).await.unwrap();
    let mut after = room.ticket(1).await;
    assert_ne!(after.etag, before.etag);
    after.etag.clone_from(&before.etag);
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_supervisor_removes_the_content_and_the_record_stays() {
    let (room, sender) = room_with_teams().await;
    let id = by(&sender, "wang", 1).await.unwrap();
    let refused = sender.remove(&id, "wang").await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(room.count(CHUNKS).await, 1);
    let removed = sender.remove(&id, "sun").await.unwrap();
    assert_eq!(
        (&removed.attached_by[..], &removed.removed_by[..]),
        ("wang", "sun")
    );
    assert_eq!(room.count(CHUNKS).await, 0);
    assert_eq!(sender.list(1).await, std::slice::from_ref(&removed));
    let told = &room.events("evidence-removed").await[0].reason;
    for said in ["photo.png", &removed.sha256, "shows a customer's address"] {
        assert!(told.contains(said), "{told}");
    }

    let gone = sender.read(&id).await.unwrap_err();
    assert_eq!(gone.code(), Code::FailedPrecondition);
    assert!(gone.message().contains("by sun"), "{gone}");
    assert_eq!(sender.remove(&id, "sun").await.unwrap(), removed);
    assert_eq!(room.told("evidence-removed").await, 1);
    // It counts no longer: neither as this content, nor for what a ticket may have.
    by(&sender, "wang", 1).await.unwrap();
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let (_room, sender) = room_with_teams().await;
    let none = Uuid::nil().to_string();
    let read = sender.read(&none).await.unwrap_err();
    let removed = sender.remove(&none, "sun").await.unwrap_err();
    let photo = png(1, 99);
    let elsewhere = EvidenceHeader {
        ticket_id: ticket_id(9).to_string(),
        ..of_png(&photo)
    };
    let attached = sender.attach(&elsewhere, &photo).await.unwrap_err();
    for refused in [read, removed, attached] {
        assert_eq!(refused.code(), Code::NotFound, "{refused}");
    }
}
