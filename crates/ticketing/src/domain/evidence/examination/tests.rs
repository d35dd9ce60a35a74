use proptest::prelude::*;

use super::*;
use crate::domain::evidence::FileName;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0";
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n";
const EXE: &[u8] = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0";
const HTML: &[u8] = b"\xef\xbb\xbf <!DOCTYPE html><script>alert(1)</script>";

fn described(media_type: &str, content: &[u8]) -> Description {
    Description {
        name: FileName::try_from("file".to_owned()).unwrap(),
        media_type: media_type.parse().unwrap(),
        size: content.len() as u64,
        digest: <[u8; 32]>::from(Sha256::digest(content)).into(),
    }
}

/// What is found when a content comes in pieces of so many bytes.
fn examined(media_type: &str, content: &[u8], piece: usize) -> Result<(), Fault> {
    let mut examination = Examination::new(described(media_type, content));
    for piece in content.chunks(piece) {
        examination.take(piece)?;
    }
    examination.finish()
}

fn kind_found(media_type: &str, content: &[u8]) -> Option<&'static str> {
    match examined(media_type, content, 7) {
        Ok(()) => None,
        Err(Fault::Type { is, .. }) => Some(is),
        Err(other) => panic!("{media_type}: {other}"),
    }
}

#[test]
fn a_content_is_of_the_type_that_it_begins_like() {
    for (media_type, content) in [
        ("image/png", PNG),
        ("image/jpeg", JPEG),
        ("image/webp", b"RIFF\x24\0\0\0WEBPVP8 "),
        ("application/pdf", PDF),
        ("text/csv", b"BM,OK,MZ\n1,2,3\n"),
        ("text/plain", "运单 SF123 已签收\n".as_bytes()),
    ] {
        assert_eq!(kind_found(media_type, content), None, "{media_type}");
    }
}

#[test]
fn what_pretends_to_be_something_else_is_told_by_what_it_is() {
    let exe = "application/vnd.microsoft.portable-executable";
    for (media_type, content, is) in [
        ("image/png", &HTML[3..], "text/html"),
        ("image/png", JPEG, "image/jpeg"),
        ("image/png", EXE, exe),
        ("application/pdf", EXE, exe),
        ("application/pdf", b"hello", "of no type that is known"),
        ("text/plain", HTML, "text/html"),
        ("text/csv", b"#!/bin/sh\nrm -rf /\n", "text/x-shellscript"),
        ("text/plain", PDF, "application/pdf"),
    ] {
        assert_eq!(kind_found(media_type, content), Some(is), "{media_type}");
    }
}

#[test]
fn text_in_another_encoding_says_which_and_is_judged_decoded() {
    let (gbk, _, _) = encoding_rs::GBK.encode("订单,状态\n1,已发货\n");
    let charset = "utf-8".to_owned();
    assert_eq!(
        examined("text/csv", &gbk, 5),
        Err(Fault::Encoding { charset, line: 1 })
    );
    assert_eq!(examined("text/csv; charset=gbk", &gbk, 1), Ok(()));
    let mut html = vec![0xff, 0xfe];
    html.extend("<html >".encode_utf16().flat_map(u16::to_le_bytes));
    let found = kind_found("text/plain; charset=utf-16le", &html);
    assert_eq!(found, Some("text/html"));
}

#[test]
fn what_text_has_not_is_told_by_its_line() {
    let charset = "utf-8".to_owned();
    let cut = &"a\nb\n单".as_bytes()[..6];
    assert_eq!(
        examined("text/plain", cut, 100),
        Err(Fault::Encoding { charset, line: 3 })
    );
    for byte in [0, 0x1b, 0x7f] {
        assert_eq!(
            examined("text/plain", &[b'a', b'\r', b'\n', byte], 1),
            Err(Fault::Control { line: 2, byte })
        );
    }
}

#[test]
fn too_much_too_little_and_another_content_are_told_apart() {
    let file = described("application/pdf", PDF);
    let size = file.size;
    let mut long = Examination::new(file.clone());
    long.take(PDF).unwrap();
    assert_eq!(long.take(b"x"), Err(Fault::TooLong { size }));
    let mut short = Examination::new(file.clone());
    short.take(&PDF[..9]).unwrap();
    let received = 9;
    assert_eq!(short.finish(), Err(Fault::Cut { received, size }));
    let mut other = PDF.to_vec();
    other[20] ^= 1;
    let mut damaged = Examination::new(file);
    damaged.take(&other).unwrap();
    assert!(matches!(damaged.finish(), Err(Fault::Digest { .. })));
}

proptest! {
    #[test]
    fn it_does_not_matter_how_a_content_is_cut_into_pieces(
        content in prop_oneof![
            proptest::collection::vec(any::<u8>(), 1..300),
            "[ -~\n单据📦]{1,200}".prop_map(String::into_bytes),
            Just([PNG, HTML].concat()),
            "[ \n]{0,9000}<html>".prop_map(String::into_bytes),
        ],
        media_type in prop_oneof![
            Just("text/plain"), Just("image/png"), Just("text/csv; charset=gb18030"),
        ],
        piece in 1_usize..5_000,
    ) {
        let whole = examined(media_type, &content, content.len());
        let pieces = examined(media_type, &content, piece);
        prop_assert_eq!(pieces, whole);
    }
}
