use proptest::prelude::*;

use super::{event::Reply, *};

const TOKEN: &str = "QDG6eK";
const KEY_OF_SAMPLE: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
const CORP: &str = "wx5823bf96d3bd56c7";

fn seal(corp: &str) -> Seal {
    Seal::new(TOKEN.into(), &KEY_OF_SAMPLE.into(), corp).unwrap()
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// The sample that the vendor hands out with its libraries, and prints on
/// <https://developer.work.weixin.qq.com/document/path/90968>.
fn sample() -> Envelope {
    Envelope {
        signature: "477715d11cdb4164915debcba66cb864d751f3e6".to_owned(),
        timestamp: "1409659813".to_owned(),
        nonce: "1372623149".to_owned(),
        sealed: "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==".to_owned(),
    }
}

#[test]
fn the_vendors_own_sample_is_opened() {
    let opened = seal(CORP).open(&sample(), at(1_409_659_813)).unwrap();
    assert!(
        opened.contains("<Content><![CDATA[hello]]></Content>"),
        "{opened}"
    );
    assert!(event::press(&opened).is_none());
}

/// The vendor's sample of the first call, by which it makes sure of an address.
#[test]
fn the_vendors_sample_of_an_echo_is_opened() {
    let echo = Envelope {
        signature: "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3".to_owned(),
        timestamp: "1409659589".to_owned(),
        nonce: "263014780".to_owned(),
        sealed: "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==".to_owned(),
    };
    let opened = seal(CORP).open(&echo, at(1_409_659_589)).unwrap();
    assert_eq!(opened, "1616140317555161061");
}

/// Made by openssl:
///
/// ```sh
/// key=$(printf 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C=' | base64 -d | od -An -tx1 | tr -d ' \n')
/// { printf 'sixteen-at-rando\000\000\000\053<xml><MsgType>update_button</MsgType></xml>'
///   printf 'wx5823bf96d3bd56c7'; head -c 15 /dev/zero | tr '\000' '\017'; } > plain
/// sealed=$(openssl enc -aes-256-cbc -nopad -K "$key" -iv "${key:0:32}" -in plain | base64 -w0)
/// printf '%s\n' QDG6eK 1409659813 1372623149 "$sealed" | LC_ALL=C sort | tr -d '\n' | openssl sha1
/// ```
#[test]
fn a_reply_is_sealed_and_signed_as_openssl_does() {
    let message = "<xml><MsgType>update_button</MsgType></xml>";
    let now = at(1_409_659_813);
    let envelope = seal(CORP).close(message, *b"sixteen-at-rando", "1372623149", now);
    assert_eq!(
        envelope.sealed,
        "HrTE4a0hvWRJPFDgqUzZyxH9BKtsVq/ybZvjBw0wi80FMjprB3ZwniY2+orbYJEvpjDhHk25rWnP1bA7b3h13xvBeeJAMPV6CmR6VhlvSpig6XIFWEaPzXzf736IbYv0"
    );
    assert_eq!(
        envelope.signature,
        "eb01fe2f7752e2186baecddb15660247457cb1fc"
    );
}

#[test]
fn a_callback_is_taken_for_five_minutes() {
    let (seal, sent) = (seal(CORP), 1_409_659_813);
    for off in [-300, 0, 300] {
        assert!(seal.open(&sample(), at(sent + off)).is_ok());
    }
    for off in [-301, 301] {
        assert_eq!(seal.open(&sample(), at(sent + off)), Err(Unacceptable));
    }
}

#[test]
fn what_is_for_another_company_is_not_taken() {
    for corp in ["wx5823bf96d3bd56c8", "wx5823bf96d3bd56c", ""] {
        let opened = seal(corp).open(&sample(), at(1_409_659_813));
        assert_eq!(opened, Err(Unacceptable));
    }
}

#[test]
fn only_forty_three_letters_and_digits_are_a_key() {
    for key in [
        "",
        "short",
        &KEY_OF_SAMPLE[1..],
        &format!("{KEY_OF_SAMPLE}="),
        &"?".repeat(43),
    ] {
        let refused = Seal::new(TOKEN.into(), &key.into(), CORP);
        assert!(matches!(refused, Err(NotAKey)), "{key}");
    }
}

/// An envelope around any bytes, signed rightly.
fn signed(sealed: String) -> Envelope {
    Envelope {
        signature: seal(CORP).signature("1409659813", "1", &sealed),
        timestamp: "1409659813".to_owned(),
        nonce: "1".to_owned(),
        sealed,
    }
}

proptest! {
    #[test]
    fn whatever_is_sealed_is_opened_again(message in "\\PC{0,200}", random: [u8; 16]) {
        let (seal, now) = (seal(CORP), at(1_409_659_813));
        let envelope = seal.close(&message, random, "1", now);
        prop_assert_eq!(seal.open(&envelope, now), Ok(message));
    }

    #[test]
    fn nothing_altered_is_taken(at_byte in 0_usize..400, by in 1_u8..=255) {
        let mut envelope = sample();
        let mut bytes = envelope.sealed.into_bytes();
        bytes[at_byte] = bytes[at_byte].wrapping_add(by) & 0x7f;
        envelope.sealed = String::from_utf8(bytes).unwrap();
        prop_assume!(envelope != sample());
        prop_assert_eq!(seal(CORP).open(&envelope, at(1_409_659_813)), Err(Unacceptable));
    }

    #[test]
    fn bytes_of_any_length_and_padding_are_refused_alike(
        bytes in proptest::collection::vec(any::<u8>(), 0..130),
    ) {
        let envelope = signed(STANDARD.encode(bytes));
        prop_assert_eq!(seal(CORP).open(&envelope, at(1_409_659_813)), Err(Unacceptable));
    }

    #[test]
    fn no_text_of_others_breaks_out_of_a_reply(said in "\\PC{0,40}(\\]\\]>)?\\PC{0,40}") {
        let xml = event::reply(&Reply::Button(said.clone()), CORP, "member", 1);
        let document = roxmltree::Document::parse(&xml).unwrap();
        let shown = document.descendants().find(|node| node.has_tag_name("ReplaceName"));
        let shown: String = shown.unwrap().descendants().filter_map(|node| {
            node.is_text().then(|| node.text()).flatten()
        }).collect();
        prop_assert_eq!(shown, said);
    }
}

#[test]
fn entities_depth_and_size_of_xml_are_bounded() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE xml [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\
                <xml><Encrypt>&b;</Encrypt></xml>";
    let outside = "<!DOCTYPE xml [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>\
                   <xml><Encrypt>&f;</Encrypt></xml>";
    let deep = format!("{}{}", "<a>".repeat(30_000), "</a>".repeat(30_000));
    let wide = format!("<xml>{}<Encrypt>e</Encrypt></xml>", "<a/>".repeat(1_000));
    for body in [bomb, outside, &deep, &wide, "<xml><Encrypt>", "", "\u{0}"] {
        assert_eq!(event::sealed(body.as_bytes()), None);
    }
    assert_eq!(event::sealed(b"\xff\xfe<xml/>"), None);
    let good = b"<xml><Encrypt><![CDATA[e+/=]]></Encrypt></xml>";
    assert_eq!(event::sealed(good).as_deref(), Some("e+/="));
}
