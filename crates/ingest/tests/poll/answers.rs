//! Whatever a vendor answers, nothing is lost and nothing is claimed that is not known.

use chrono::TimeDelta;
use contracts::ingest::v1 as wire;
use ingest::{RawConfig, RawOutbound, RawSecret};
use serde_json::json;

use crate::shop::{INSTANTS, Shop, document, noon};
use crate::vendor::{Answer, Vendor, orders};

#[tokio::test]
async fn what_a_vendor_lists_is_journalled_and_its_watermark_stated() {
    let vendor = Vendor::open(|_| Answer::json(&orders(&[(1, 1), (2, 1)]))).await;
    let shop = Shop::open().await;
    shop.apply(&document(&vendor, "", INSTANTS)).await;
    let feed = shop.succeeded_since(noon()).await;
    assert_eq!((feed.records, feed.facts, feed.quarantined), (2, 2, 0));
    assert_eq!(shop.ids().await, ["o1", "o2"]);
    assert_eq!(shop.watermarks().await, [noon() - TimeDelta::seconds(30)]);
    let seen = vendor.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].path, "/orders");
    assert_eq!(seen[0].query["from"], "2026-11-11T11:00:00Z");
    assert_eq!(seen[0].query["to"], "2026-11-11T12:02:00Z");
    assert!(!seen[0].query.contains_key("page"));

    shop.clock.advance(TimeDelta::minutes(15));
    shop.succeeded_since(noon() + TimeDelta::minutes(15)).await;
    let seen = vendor.seen();
    assert_eq!(seen[1].query["from"], "2026-11-11T11:57:30Z");
    assert_eq!(
        shop.ids().await,
        ["o1", "o2"],
        "the same page is the same batch"
    );
    let later = noon() + TimeDelta::minutes(15) - TimeDelta::seconds(30);
    assert_eq!(shop.watermarks().await.last(), Some(&later));
}

#[tokio::test]
async fn the_same_page_for_ever_ends_the_run_without_a_watermark() {
    let vendor = Vendor::open(|_| Answer::json(&orders(&[(1, 1), (2, 1)]))).await;
    let shop = Shop::open().await;
    let pages = format!("{INSTANTS}\n        pages: {{by: page, size: 2}}");
    shop.apply(&document(&vendor, "", &pages)).await;
    let feed = shop.failed().await;
    assert_eq!(feed.error_code, "OW-INGEST-POLL-LOOP");
    assert!(feed.error.contains("the same 2 records"), "{}", feed.error);
    assert_eq!((feed.failures, feed.through), (1, None));
    assert_eq!(vendor.seen().len(), 2);
    assert!(shop.watermarks().await.is_empty());
}

#[tokio::test]
async fn an_error_inside_a_200_is_an_error() {
    let vendor =
        Vendor::open(|_| Answer::json(&json!({"code": 110, "msg": "address not allowed"}))).await;
    let shop = Shop::open().await;
    let answers = "answers: [{when: body.code != 0, is: failed, message: body.msg}]";
    shop.apply(&document(&vendor, answers, INSTANTS)).await;
    let feed = shop.failed().await;
    assert_eq!(feed.error_code, "OW-INGEST-POLL-REFUSED");
    assert!(feed.error.contains("address not allowed"), "{}", feed.error);
    assert!(shop.watermarks().await.is_empty());
}

#[tokio::test]
async fn a_body_that_is_cut_is_asked_for_again() {
    let vendor = Vendor::open(|seen| {
        let whole = Answer::json(&orders(&[(1, 1)]));
        if seen.number == 1 { whole.cut() } else { whole }
    })
    .await;
    let shop = Shop::open().await;
    shop.apply(&document(&vendor, "", INSTANTS)).await;
    let pace = TimeDelta::milliseconds(200);
    let feed = shop
        .feed_until(pace, |feed| feed.last_success_at.is_some())
        .await;
    assert_eq!((feed.facts, feed.failures), (1, 0));
    assert_eq!(vendor.seen().len(), 2);
}

#[tokio::test]
async fn an_answer_larger_than_it_may_be_is_given_up() {
    let vendor = Vendor::open(|_| Answer::status(200, &" ".repeat(2_000))).await;
    let shop = Shop::open().await;
    shop.apply(&document(&vendor, "max_body: 1KiB", INSTANTS))
        .await;
    let feed = shop.failed().await;
    assert!(
        feed.error.contains("larger than the 1024 bytes"),
        "{}",
        feed.error
    );
}

#[tokio::test]
async fn a_field_that_a_vendor_drops_sends_its_records_to_quarantine() {
    let vendor = Vendor::open(|_| {
        let mut body = orders(&[(1, 1), (2, 1)]);
        let order = body["orders"][0].as_object_mut().unwrap();
        order.remove("paid_at");
        Answer::json(&body)
    })
    .await;
    let shop = Shop::open().await;
    shop.apply(&document(&vendor, "", INSTANTS)).await;
    let feed = shop.succeeded_since(noon()).await;
    assert_eq!((feed.records, feed.facts, feed.quarantined), (2, 1, 1));
    assert_eq!(shop.ids().await, ["o2"]);
    let request = wire::ListQuarantineRequest::default();
    let kept = shop.ingest.clone().list_quarantine(request).await;
    let kept = kept.unwrap().into_inner().records;
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (kept[0].field.as_str(), kept[0].dataset.as_str()),
        ("paid_at", "orders")
    );
    assert!(
        kept[0].error.contains("there is no key `paid_at`"),
        "{}",
        kept[0].error
    );

    let mended = document(&vendor, "", INSTANTS)
        .replace("      facts:", "      optional: [paid_at]\n      facts:");
    let request = wire::ReplayQuarantineRequest {
        mapping_yaml: mended,
        actor: "li".to_owned(),
        ..wire::ReplayQuarantineRequest::default()
    };
    let replayed = shop.ingest.clone().replay_quarantine(request).await;
    assert_eq!(replayed.unwrap().into_inner().replayed, 1);
    assert_eq!(shop.ids().await, ["o2", "o1"]);
}

#[tokio::test]
async fn a_vendor_is_not_asked_again_before_it_wants_to_be() {
    let vendor = Vendor::open(|seen| match seen.number {
        1 => Answer::status(429, "").header("retry-after", 90),
        _ => Answer::json(&orders(&[(1, 1)])),
    })
    .await;
    let shop = Shop::open().await;
    shop.apply(&document(&vendor, "", INSTANTS)).await;
    let asked = |vendor: &Vendor| vendor.seen().len();
    shop.feed_until(TimeDelta::zero(), |told| {
        told.running && asked(&vendor) == 1
    })
    .await;
    shop.clock.advance(TimeDelta::seconds(89));
    let told = shop.feed().await;
    assert_eq!((asked(&vendor), told.last_success_at), (1, None));
    // The answer may have been read only after the clock was moved.
    shop.clock.advance(TimeDelta::seconds(90));
    shop.succeeded_since(noon()).await;
    assert_eq!(asked(&vendor), 2);
}

#[tokio::test]
async fn a_connector_without_its_secret_is_not_started_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let vendor = Vendor::open(|_| Answer::json(&orders(&[]))).await;
    let mut raw = RawConfig::default();
    let secret = RawSecret {
        file: Some(path.clone()),
        ..RawSecret::default()
    };
    raw.secrets.insert("shop.token".to_owned(), secret);
    let shop = Shop::with(raw).await;
    let header = "headers: {x-token: \"${secret.token}\"}";
    let yaml =
        document(&vendor, header, INSTANTS).replace("  sources:", "  secrets: [token]\n  sources:");
    let applied = shop.apply(&yaml).await;
    assert!(
        applied.warnings[0].contains("secret `shop.token` is missing"),
        "{applied:?}"
    );
    let feed = shop.failed().await;
    assert_eq!(feed.error_code, "OW-INGEST-SECRET");
    assert!(vendor.seen().is_empty());

    std::fs::write(&path, "s3cret\n").unwrap();
    shop.clock.advance(TimeDelta::minutes(1));
    let feed = shop.succeeded_since(noon()).await;
    assert_eq!(feed.error_code, "");
    assert_eq!(vendor.seen()[0].headers["x-token"], "s3cret");
}

#[tokio::test]
async fn a_vendor_at_an_address_that_is_not_open_is_not_asked() {
    let vendor = Vendor::open(|_| Answer::json(&orders(&[(1, 1)]))).await;
    let closed = |allowed_hosts: &str, private_networks: &str, plain_http| RawOutbound {
        allowed_hosts: Some(allowed_hosts.to_owned()),
        private_networks: Some(private_networks.to_owned()),
        plain_http: Some(plain_http),
    };
    for (outbound, setting) in [
        (closed("", "10.0.0.0/8", true), "private_networks"),
        (
            closed("*.example.com", "127.0.0.0/8", true),
            "allowed_hosts",
        ),
        (closed("", "127.0.0.0/8", false), "plain_http"),
    ] {
        let raw = RawConfig {
            outbound,
            ..RawConfig::default()
        };
        let shop = Shop::with(raw).await;
        shop.apply(&document(&vendor, "", INSTANTS)).await;
        let feed = shop.failed().await;
        assert_eq!(feed.error_code, "OW-INGEST-POLL-REQUEST");
        let setting = format!("(see ingest.outbound.{setting})");
        assert!(feed.error.contains(&setting), "{}", feed.error);
    }
    assert!(vendor.seen().is_empty());
}

#[tokio::test]
async fn a_token_is_fetched_once_and_renewed_when_it_is_not_accepted() {
    let vendor = Vendor::open(|seen| match (seen.path.as_str(), seen.number) {
        ("/token", number) => {
            assert_eq!(
                std::str::from_utf8(&seen.body).unwrap(),
                "grant_type=client_credentials&client_id=me&client_secret=mine"
            );
            Answer::json(&json!({"access_token": format!("t{number}"), "expires_in": 3600}))
        }
        (_, 2) => Answer::status(401, ""),
        _ => Answer::json(&orders(&[(1, 1)])),
    })
    .await;
    let shop = Shop::open().await;
    let auth = format!(
        "auth: {{oauth2: {{token_url: \"{}/token\", client_id: me, client_secret: mine}}}}",
        vendor.url()
    );
    shop.apply(&document(&vendor, &auth, INSTANTS)).await;
    shop.succeeded_since(noon()).await;
    let told: Vec<_> = vendor
        .seen()
        .iter()
        .map(|seen| {
            let header = seen.headers.get("authorization");
            header.map(|value| value.to_str().unwrap().to_owned())
        })
        .collect();
    let bearer = |token: &str| Some(format!("Bearer {token}"));
    assert_eq!(told, [None, bearer("t1"), None, bearer("t3")]);
}

#[tokio::test]
async fn pulls_are_signed_as_the_document_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, "s3cret").unwrap();
    let vendor = Vendor::open(|_| Answer::json(&orders(&[(1, 1)]))).await;
    let mut raw = RawConfig::default();
    let secret = RawSecret {
        file: Some(path),
        ..RawSecret::default()
    };
    raw.secrets.insert("shop.key".to_owned(), secret);
    let shop = Shop::with(raw).await;
    let sign = "sign: {by: md5-sorted, secret: key, pairs: query, equals: \"=\", and: \"&\", skips_empty: \"true\", message: \"{pairs}&key={secret}\", encoding: hex-upper, timestamp: t}";
    let yaml =
        document(&vendor, sign, INSTANTS).replace("  sources:", "  secrets: [key]\n  sources:");
    shop.apply(&yaml).await;
    let feed = shop.succeeded_since(noon()).await;
    assert_eq!(feed.facts, 1, "{}", feed.error);
    let query = vendor.seen()[0].query.clone();
    assert_eq!(query["t"], "1794398400");
    // Python's hashlib of from=…&t=…&to=…&key=s3cret.
    assert_eq!(query["sign"], "6FC3B266F73ADBDCF92CD9716E53A214");

    shop.apply(&yaml.replace("pairs: query", "pairs: body"))
        .await;
    let feed = shop.failed().await;
    assert_eq!(feed.error_code, "OW-INGEST-SIGNER");
    assert!(
        feed.error.contains("expected form or query"),
        "{}",
        feed.error
    );
}
