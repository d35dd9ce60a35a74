//! A client that tries again, as connectors do.

use std::sync::Arc;

use md5::{Digest, Md5};
use order::{Span, Timestamp};
use serde_json::{Value as Json, json};
use simulator::vendor::{Answer, Credentials, Request, Trouble};
use simulator::{Day, Shop, Vendors};
use url::form_urlencoded;

pub(crate) const SECRET: &str = "open sesame";

pub(crate) fn day(seed: u64) -> Arc<Day> {
    let shop = Shop {
        seed,
        orders: 400,
        ..Shop::default()
    };
    Arc::new(shop.live())
}

pub(crate) fn open(day: &Arc<Day>) -> Vendors {
    Vendors::open(Arc::clone(day), Credentials::all(SECRET))
}

/// Asks until a whole answer comes; a vendor is never in trouble for long.
pub(crate) fn insist(vendors: &mut Vendors, request: &Request, now: Timestamp) -> (Answer, Json) {
    for _ in 0..4 {
        let answer = vendors.answer(request, now);
        let broken = matches!(answer.trouble, Some(Trouble::Silent(_) | Trouble::Cut(_)));
        let body: Json = serde_json::from_str(&answer.body).unwrap_or_default();
        if !broken && answer.status == 200 && body["code"] != 199 {
            return (answer, body);
        }
    }
    panic!("in trouble four times in a row: {request:?}");
}

/// Asks 聚水潭, signed.
pub(crate) fn jushuitan(list: &str, biz: &Json, now: Timestamp) -> Request {
    let mut form = vec![
        ("access_token", SECRET.to_owned()),
        ("app_key", "simulated".to_owned()),
        ("biz", biz.to_string()),
        ("timestamp", (now.micros() / 1_000_000).to_string()),
    ];
    let text: String = form
        .iter()
        .map(|(key, value)| format!("{key}{value}"))
        .collect();
    let sign = hex::encode(Md5::digest(format!("{SECRET}{text}")));
    form.push(("sign", sign));
    Request {
        path: format!("/jushuitan/open/{list}/single/query"),
        body: written(&form),
        ..Request::default()
    }
}

/// Searches HubSpot's objects of a kind that were modified since.
pub(crate) fn hubspot(objects: &str, modified: &str, since: i64, after: Option<&str>) -> Request {
    let body = json!({
        "filterGroups": [{"filters": [
            {"propertyName": modified, "operator": "GTE", "value": since.to_string()},
        ]}],
        "properties": ["shop_customer_id", "shop_order_id", "tier", modified],
        "limit": 100,
        "after": after,
    });
    Request {
        path: format!("/hubspot/crm/v3/objects/{objects}/search"),
        body: body.to_string().into_bytes(),
        ..bearing(SECRET)
    }
}

/// Asks for a plain list from the beginning to long after an instant.
pub(crate) fn listing(path: &str, now: Timestamp) -> Request {
    Request {
        path: path.to_owned(),
        query: format!(
            "from=2026-01-01T00:00:00Z&to={}&limit=3",
            now + Span::from_hours(1)
        ),
        ..bearing(SECRET)
    }
}

/// A request with an access token.
pub(crate) fn bearing(token: &str) -> Request {
    Request {
        headers: vec![
            ("authorization".to_owned(), format!("Bearer {token}")),
            ("host".to_owned(), "box:1".to_owned()),
        ],
        ..Request::default()
    }
}

pub(crate) fn written(form: &[(&str, String)]) -> Vec<u8> {
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(form).finish().into_bytes()
}
