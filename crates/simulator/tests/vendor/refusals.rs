//! What is wrong is refused, in the vendor's own words.

use order::{Span, Timestamp};
use serde_json::{Value as Json, json};
use simulator::Vendors;
use simulator::vendor::{Answer, Request};

use crate::client::{SECRET, bearing, day, hubspot, jushuitan, listing, open, written};

fn calm() -> (Vendors, Timestamp) {
    let day = day(7);
    let now = day.shop().closes();
    (open(&day).calm(), now)
}

fn body(answer: &Answer) -> Json {
    serde_json::from_str(&answer.body).unwrap()
}

fn code(vendors: &mut Vendors, request: &Request, now: Timestamp) -> i64 {
    let answer = vendors.answer(request, now);
    assert_eq!(answer.status, 200, "聚水潭 puts errors into the body");
    body(&answer)["code"].as_i64().unwrap()
}

#[test]
fn jushuitan_refuses_windows_pages_signatures_and_clocks_that_are_wrong() {
    let (mut vendors, now) = calm();
    let mut asked = |biz: Json| code(&mut vendors, &jushuitan("orders", &biz, now), now);
    assert_eq!(asked(json!({"start_ts": 0, "page_size": 100})), 0);
    assert_eq!(asked(json!({"start_ts": 0, "page_size": 101})), 130);
    assert_eq!(asked(json!({"start_ts": 0, "page_index": 0})), 130);
    assert_eq!(asked(json!({"start_ts": "soon"})), 130);
    assert_eq!(asked(json!({"page_size": 100})), 130);
    let window = |days: u32| {
        let end = format!("2026-11-{:02} 00:00:01", 10 + days);
        json!({"modified_begin": "2026-11-10 00:00:01", "modified_end": end})
    };
    assert_eq!(asked(window(7)), 0);
    assert_eq!(asked(window(8)), 130);

    let good = jushuitan("orders", &json!({"start_ts": 0}), now);
    assert_eq!(code(&mut vendors, &good, now + Span::from_hours(4)), 120);
    let text = String::from_utf8(good.body.clone()).unwrap();
    let forged = Request {
        body: text.replace("%3A0", "%3A1").into_bytes(),
        ..good.clone()
    };
    assert_ne!(forged, good);
    assert_eq!(code(&mut vendors, &forged, now), 120);
    let stranger = Request {
        body: text.replace("open+sesame", "please").into_bytes(),
        ..good
    };
    assert_eq!(code(&mut vendors, &stranger, now), 100);
}

#[test]
fn hubspot_refuses_strangers_and_what_lies_beyond_ten_thousand_results() {
    let (mut vendors, now) = calm();
    let search = hubspot("contacts", "lastmodifieddate", 0, None);
    let stranger = Request {
        headers: bearing("somebody").headers,
        ..search.clone()
    };
    let answer = vendors.answer(&stranger, now);
    assert_eq!(answer.status, 401);
    assert_eq!(body(&answer)["category"], "INVALID_AUTHENTICATION");
    assert_eq!(vendors.answer(&search, now).status, 200);
    for (after, status) in [("9900", 200), ("9901", 400), ("x", 400)] {
        let search = hubspot("contacts", "lastmodifieddate", 0, Some(after));
        assert_eq!(vendors.answer(&search, now).status, status, "{after}");
    }
    let nonsense = Request {
        body: b"{".to_vec(),
        ..search
    };
    assert_eq!(vendors.answer(&nonsense, now).status, 400);
}

#[test]
fn a_plain_list_refuses_strangers_and_asks_for_a_window() {
    let (mut vendors, now) = calm();
    let good = listing("/customs/declarations", now);
    assert_eq!(vendors.answer(&good, now).status, 200);
    for query in ["", "from=yesterday&to=today", "from=2026-11-11T00:00:00Z"] {
        let request = Request {
            query: query.to_owned(),
            ..good.clone()
        };
        assert_eq!(vendors.answer(&request, now).status, 400, "{query}");
    }
    let stranger = Request {
        headers: Vec::new(),
        ..good
    };
    assert_eq!(vendors.answer(&stranger, now).status, 401);
}

#[test]
fn kuaidi100_answers_the_query_of_one_parcel_when_it_is_signed() {
    use md5::{Digest, Md5};
    let (mut vendors, now) = calm();
    let list = vendors.answer(&listing("/kuaidi100/changes", now), now);
    let first = body(&list)["changes"][0]["param"]["lastResult"].clone();
    let param = json!({"com": first["com"], "num": first["nu"]}).to_string();
    let sign = hex::encode_upper(Md5::digest(format!("{param}{SECRET}shop")));
    let query = |sign: &str, param: &str| Request {
        path: "/kuaidi100/poll/query.do".to_owned(),
        body: written(&[
            ("customer", "shop".to_owned()),
            ("sign", sign.to_owned()),
            ("param", param.to_owned()),
        ]),
        ..Request::default()
    };
    let answer = vendors.answer(&query(&sign, &param), now);
    assert_eq!(body(&answer), first);
    let answer = vendors.answer(&query(&sign.to_lowercase(), &param), now);
    assert_eq!(body(&answer)["returnCode"], "503");
}

#[test]
fn there_is_nothing_at_other_paths() {
    let (mut vendors, now) = calm();
    for path in [
        "",
        "/",
        "/jushuitan",
        "/jushuitan/open/../secret",
        "/shopify/orders",
    ] {
        let request = Request {
            path: path.to_owned(),
            ..Request::default()
        };
        assert_eq!(vendors.answer(&request, now).status, 404, "{path:?}");
    }
}
