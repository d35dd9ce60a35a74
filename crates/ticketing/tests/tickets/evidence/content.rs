//! Files that are not what they are said to be.

use tonic::Code;
use tonic_types::StatusExt as _;

use super::*;

const EXE: &[u8] = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0\xb8\0\0\0";
const HTML: &[u8] = b"\n<!DOCTYPE html><script>fetch('//evil')</script>";

#[tokio::test]
async fn what_pretends_to_be_something_else_is_refused_by_what_it_is() {
    let (room, sender) = room_and_sender().await;
    let exe = "application/vnd.microsoft.portable-executable";
    for (name, media_type, content, said) in [
        ("photo.png", "image/png", HTML, "its content is text/html"),
        ("photo.png", "image/png", EXE, exe),
        ("bill.pdf", "application/pdf", EXE, exe),
        (
            "photo.jpg",
            "image/jpeg",
            &png(1, 99)[..],
            "its content is image/png",
        ),
        (
            "bill.pdf",
            "application/pdf",
            b"hello",
            "no type that is known",
        ),
        ("list.csv", "text/csv", HTML, "its content is text/html"),
        (
            "note.txt",
            "text/plain",
            b"#!/bin/sh\nrm -rf ~\n",
            "text/x-shellscript",
        ),
        (
            "note.txt",
            "text/plain",
            b"one\ntwo\x1b[2J",
            "line 2 has the control character 0x1b",
        ),
        (
            "list.csv",
            "text/csv",
            b"a\n\xb6\xa9\xb5\xa5",
            "line 2 is not text in utf-8",
        ),
    ] {
        let header = header(name, media_type, content);
        let refused = sender.attach(&header, content).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains(said), "{refused}");
        assert!(refused.message().contains(name), "{refused}");
    }
    nothing_is_kept(&room).await;
}

#[tokio::test]
async fn every_fault_of_a_header_is_told_at_once() {
    let (room, sender) = room_and_sender().await;
    let crooked = EvidenceHeader {
        evidence_id: "1".to_owned(),
        ticket_id: "2".to_owned(),
        actor: " ".to_owned(),
        file_name: "../../photo\u{202e}gnp.exe".to_owned(),
        media_type: "application/zip".to_owned(),
        size: 0,
        sha256: "abc".to_owned(),
        ..EvidenceHeader::default()
    };
    let refused = sender.attach(&crooked, &[]).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let details = refused.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    let fields: Vec<&str> = violations.iter().map(|it| it.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "header.evidence_id",
            "header.ticket_id",
            "header.actor",
            "header.file_name",
            "header.media_type",
            "header.size",
            "header.sha256"
        ]
    );
    nothing_is_kept(&room).await;
}

#[tokio::test]
async fn a_name_ends_as_its_type_has_it() {
    let (room, sender) = room_and_sender().await;
    let photo = png(1, 99);
    for name in ["photo.exe", "photo.png.html", "photo", "photo.jpg"] {
        let header = header(name, "image/png", &photo);
        let refused = sender.attach(&header, &photo).await.unwrap_err();
        let said = "header.file_name: must end in .png where the content is image/png";
        assert!(refused.message().contains(said), "{refused}");
    }
    nothing_is_kept(&room).await;
}
