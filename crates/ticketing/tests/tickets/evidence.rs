//! Files attached to tickets, through a real server and streams of a real client.

use contracts::ticketing::v1::EvidenceHeader;
use sha2::{Digest as _, Sha256};
use ticketing::config::EvidenceSettings;
use tonic::Code;
use uuid::Uuid;

use crate::{
    exceptions::*,
    opening::SHIPPING_DELAY,
    room::{Room, evidence::Sender},
};

mod content;
mod hostile;
mod rights;

const FILES: &str = "select count(*) from evidence";
const CHUNKS: &str = "select count(*) from evidence_chunks";

async fn room_with_a_ticket() -> Room {
    let room = Room::new().await;
    room.apply(SHIPPING_DELAY).await;
    room.deliver(&[opened(1, 1)]).await;
    room
}

async fn room_and_sender() -> (Room, Sender) {
    let room = room_with_a_ticket().await;
    let sender = room.sender(EvidenceSettings::default()).await;
    (room, sender)
}

/// A PNG of so many bytes; each number makes another one.
fn png(number: u8, size: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02".to_vec();
    bytes.resize(size, number);
    bytes
}

fn header(file_name: &str, media_type: &str, content: &[u8]) -> EvidenceHeader {
    EvidenceHeader {
        evidence_id: Uuid::now_v7().to_string(),
        ticket_id: ticket_id(1).to_string(),
        actor: "wang".to_owned(),
        note: "as it lay on the dock".to_owned(),
        step: String::new(),
        file_name: file_name.to_owned(),
        media_type: media_type.to_owned(),
        size: content.len().try_into().unwrap(),
        sha256: hex::encode(Sha256::digest(content)),
    }
}

fn of_png(content: &[u8]) -> EvidenceHeader {
    header("photo.png", "image/png", content)
}

/// Nothing of a refused file is there: no record, no content, no word in the history.
async fn nothing_is_kept(room: &Room) {
    assert_eq!(room.count(FILES).await, 0);
    assert_eq!(room.count(CHUNKS).await, 0);
    assert_eq!(room.told("evidence-attached").await, 0);
    assert_eq!(room.ticket(1).await.etag, "1");
}

#[tokio::test]
async fn a_file_is_attached_told_of_and_read_back_as_it_was() {
    let (room, sender) = room_and_sender().await;
    let photo = png(7, 600_123);
    let header = of_png(&photo);
    let attached = sender.attach(&header, &photo).await.unwrap();
    assert_eq!(
        (attached.id.as_str(), attached.step.as_str()),
        (header.evidence_id.as_str(), "check")
    );
    assert_eq!(room.count(CHUNKS).await, 3, "256 KiB a chunk");
    let (record, content) = sender.read(&header.evidence_id).await.unwrap();
    assert_eq!(record, attached);
    assert!(content == photo, "another content came back");
    assert_eq!(sender.list(1).await, [attached]);

    assert_eq!(room.story(1).await, ["opened", "evidence-attached"]);
    let event = &room.events("evidence-attached").await[0];
    assert_eq!(event.note, "as it lay on the dock");
    assert_eq!(event.actor.as_ref().unwrap().name, "wang");
    for said in ["photo.png", "image/png", "600123 bytes", &header.sha256] {
        assert!(event.reason.contains(said), "{}", event.reason);
    }
}

#[tokio::test]
async fn every_type_that_is_allowed_is_taken_with_the_encoding_of_text() {
    let (_room, sender) = room_and_sender().await;
    let (gbk, _, _) = encoding_rs::GBK.encode("订单,状态\n1,已发货\n");
    for (name, media_type, content, kept) in [
        ("a.png", "image/png", &png(1, 99)[..], "image/png"),
        (
            "a.JPG",
            "image/jpeg",
            b"\xff\xd8\xff\xe0\0\x10JFIF",
            "image/jpeg",
        ),
        (
            "a.webp",
            "image/webp",
            b"RIFF\x24\0\0\0WEBPVP8 ",
            "image/webp",
        ),
        (
            "面单.pdf",
            "application/pdf",
            b"%PDF-1.7\n%%EOF\n",
            "application/pdf",
        ),
        (
            "a.txt",
            "text/plain",
            "已签收".as_bytes(),
            "text/plain; charset=utf-8",
        ),
        (
            "a.csv",
            "text/csv; charset=GB2312",
            &gbk,
            "text/csv; charset=gbk",
        ),
    ] {
        let header = header(name, media_type, content);
        let attached = sender.attach(&header, content).await.unwrap();
        assert_eq!(attached.media_type, kept);
        let (record, read) = sender.read(&attached.id).await.unwrap();
        assert_eq!((record.file_name.as_str(), &read[..]), (name, content));
    }
}

#[tokio::test]
async fn a_file_as_large_as_may_be_is_taken_and_one_byte_more_is_not() {
    let room = room_with_a_ticket().await;
    let mut settings = EvidenceSettings::default();
    settings.limits.file_bytes = 300_000;
    let sender = room.sender(settings).await;
    let largest = png(1, 300_000);
    let attached = sender.attach(&of_png(&largest), &largest).await.unwrap();
    assert_eq!(attached.size, 300_000);
    let larger = png(2, 300_001);
    let refused = sender.attach(&of_png(&larger), &larger).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let said = "header.size: must be at most 300000 bytes, is 300001";
    assert!(refused.message().contains(said), "{refused}");
}

#[tokio::test]
async fn a_file_is_attached_once_however_often_it_is_sent() {
    let (room, sender) = room_and_sender().await;
    let photo = png(1, 5_000);
    let header = of_png(&photo);
    let cut = sender.attach(&header, &photo[..2_500]).await.unwrap_err();
    assert_eq!(cut.code(), Code::InvalidArgument);
    let said = "photo.png: it breaks off after 2500 of 5000 bytes";
    assert!(cut.message().contains(said), "{cut}");
    nothing_is_kept(&room).await;
    let attached = sender.attach(&header, &photo).await.unwrap();
    room.advance(5).await;
    // The answer was lost on its way: it is sent again, and not even the content is needed.
    assert_eq!(sender.attach(&header, &photo).await.unwrap(), attached);
    assert_eq!(sender.attach(&header, &[]).await.unwrap(), attached);
    assert_eq!(room.told("evidence-attached").await, 1);

    let other = EvidenceHeader {
        note: "another one".to_owned(),
        ..header
    };
    let refused = sender.attach(&other, &photo).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    assert!(refused.message().contains("OW-EVIDENCE-OTHER"), "{refused}");
}

#[tokio::test]
async fn the_same_request_twice_at_once_attaches_once() {
    let (room, sender) = room_and_sender().await;
    let photo = png(1, 50_000);
    let header = of_png(&photo);
    let (one, two) = tokio::join!(
        sender.attach(&header, &photo),
        sender.attach(&header, &photo)
    );
    assert_eq!(one.unwrap(), two.unwrap());
    assert_eq!(room.told("evidence-attached").await, 1);
}

#[tokio::test]
async fn the_same_content_is_on_a_ticket_once_and_who_sends_it_again_learns_which_it_is() {
    let (room, sender) = room_and_sender().await;
    room.deliver(&[opened(2, 1)]).await;
    let photo = png(1, 100);
    let first = sender.attach(&of_png(&photo), &photo).await.unwrap();
    let again = header("copy.png", "image/png", &photo);
    let refused = sender.attach(&again, &photo).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    for said in [&first.id[..], "photo.png", "by wang"] {
        assert!(refused.message().contains(said), "{refused}");
    }
    let elsewhere = EvidenceHeader {
        ticket_id: ticket_id(2).to_string(),
        ..again
    };
    sender.attach(&elsewhere, &photo).await.unwrap();
}

#[tokio::test]
async fn of_two_at_once_that_do_not_both_fit_one_is_refused() {
    let room = room_with_a_ticket().await;
    let mut one_file = EvidenceSettings::default();
    one_file.limits.ticket_files = 1;
    let mut few_bytes = EvidenceSettings::default();
    few_bytes.limits.ticket_bytes = 150_000;
    for (ticket, settings, said) in [
        (1, one_file, "has 1 files"),
        (2, few_bytes, "has 100000 bytes of files"),
    ] {
        room.deliver(&[opened(ticket, 1)]).await;
        let sender = room.sender(settings).await;
        let photos = [png(1, 100_000), png(2, 100_000)];
        let headers = photos.each_ref().map(|photo| EvidenceHeader {
            ticket_id: ticket_id(ticket).to_string(),
            ..of_png(photo)
        });
        let (one, two) = tokio::join!(
            sender.attach(&headers[0], &photos[0]),
            sender.attach(&headers[1], &photos[1])
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?}, {two:?}");
        let refused = one.and(two).unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert!(refused.message().contains(said), "{refused}");
        assert_eq!(sender.list(ticket).await.len(), 1);
    }
    assert_eq!(room.count(CHUNKS).await, 2);
}
