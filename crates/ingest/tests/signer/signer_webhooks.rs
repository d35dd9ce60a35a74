//! Webhooks that are to be believed.

use std::collections::BTreeSet;

use ingest::signer::{Answers, Headers, Received, Source, WebhookSigner};
use outbound::signature::Signer;
use secrecy::SecretString;

use crate::vectors::{VECTORS, Vectors};

#[test]
fn every_vector_of_the_other_implementation_gets_its_verdict() {
    for vector in &VECTORS.webhooks {
        let refused = vector.verify().err().map(|refused| refused.to_string());
        assert_eq!(refused, vector.refused, "{}", vector.name);
    }
}

#[test]
fn every_signer_has_vectors() {
    let covered: BTreeSet<_> = VECTORS
        .webhooks
        .iter()
        .map(|vector| vector.signer().name())
        .collect();
    // The token of 顺丰's URL is no signature: nothing is computed.
    let all = WebhookSigner::NAMES.iter().copied();
    let all = all.filter(|name| *name != "sf-express").collect();
    assert_eq!(covered, all);
}

#[test]
fn names_of_headers_are_read_in_any_case() {
    for vector in &VECTORS.webhooks {
        for cased in [str::to_ascii_uppercase, str::to_ascii_lowercase] {
            let mut vector = vector.clone();
            for header in &mut vector.headers {
                header.0 = cased(&header.0);
            }
            assert_eq!(
                vector.verify().is_err(),
                vector.refused.is_some(),
                "{}",
                vector.name
            );
        }
    }
}

#[test]
fn either_secret_is_taken_while_one_replaces_the_other() {
    let mut vector = Vectors::webhook("shopify: rotation, lower-case header");
    assert!(vector.verify().is_ok());
    vector.secrets.reverse();
    assert!(vector.verify().is_ok());
    vector.secrets = vec!["new-secret".to_owned()];
    assert!(vector.verify().is_err());
}

#[test]
fn what_is_signed_for_others_is_what_is_believed_of_others() {
    let known = SecretString::from("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX");
    let next = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let (body, now) = ("{\"note\":\"已发货\"}".as_bytes(), 1_790_000_000);
    let signed = |secrets: &[&SecretString]| {
        let secrets: Vec<_> = secrets.iter().copied().cloned().collect();
        let signer = Signer::new(&secrets).unwrap();
        signer.sign("msg_1", now, body).unwrap()
    };
    let believed = |headers: &outbound::header::HeaderMap, body: &[u8]| {
        let headers = headers.iter();
        let headers: Vec<_> = headers
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let request = Received {
            method: "POST",
            url: "https://hooks.example.com/in",
            headers: Headers::new(&headers),
            body,
        };
        let now = chrono::DateTime::from_timestamp(now, 0).unwrap();
        let secrets = std::slice::from_ref(&known);
        WebhookSigner::StandardWebhooks
            .verify(&request, secrets, now)
            .is_ok()
    };
    assert!(believed(&signed(&[&known]), body));
    assert!(believed(&signed(&[&next, &known]), body));
    assert!(!believed(&signed(&[&next]), body));
    assert!(!believed(&signed(&[&known]), b"{}"));
}

#[test]
fn a_blank_secret_beside_one_that_is_not_changes_nothing() {
    let mut vector = Vectors::webhook("shopify: json");
    vector.secrets.insert(0, " ".to_owned());
    assert!(vector.verify().is_ok());
    let mut vector = Vectors::webhook("standard-webhooks: json");
    vector.secrets.push(String::new());
    assert!(vector.verify().is_ok());
}

#[test]
fn a_delivery_is_known_by_the_senders_id() {
    let headers: [(&str, &[u8]); 3] = [
        ("x-shopify-webhook-id", b"b54557e4-bdd9"),
        ("X-WC-Webhook-Delivery-ID", b"5b0c"),
        ("webhook-id", b"msg_1"),
    ];
    let id = |signer: WebhookSigner| {
        let delivery = signer.delivery(Headers::new(&headers))?;
        Some((delivery.id.to_owned(), delivery.is_signed))
    };
    assert_eq!(
        id(WebhookSigner::Shopify),
        Some(("b54557e4-bdd9".to_owned(), false))
    );
    assert_eq!(
        id(WebhookSigner::WooCommerce),
        Some(("5b0c".to_owned(), false))
    );
    assert_eq!(
        id(WebhookSigner::StandardWebhooks),
        Some(("msg_1".to_owned(), true))
    );
    assert_eq!(id(WebhookSigner::Kuaidi100), None);
}

#[test]
fn an_id_that_is_blank_illegible_or_there_twice_is_none() {
    let cases: [&[(&str, &[u8])]; 4] = [
        &[],
        &[("webhook-id", b"")],
        &[("webhook-id", b"\xff")],
        &[("webhook-id", b"a"), ("Webhook-Id", b"a")],
    ];
    for headers in cases {
        let delivery = WebhookSigner::StandardWebhooks.delivery(Headers::new(headers));
        assert_eq!(delivery, None);
    }
}

#[test]
fn vendors_hear_what_they_want_to_hear() {
    let answers = WebhookSigner::Kuaidi100.answers();
    assert_eq!(
        (answers.accepted.status, answers.accepted.body),
        (
            200,
            r#"{"result":true,"returnCode":"200","message":"成功"}"#
        )
    );
    assert_eq!(answers.source, Source::ThirdParty);
    let shopify = WebhookSigner::Shopify.answers();
    assert_eq!((shopify.accepted.status, shopify.accepted.body), (200, ""));
    assert_eq!(
        (shopify.refused.status, shopify.unavailable.status),
        (401, 503)
    );
}

#[test]
fn bodies_of_answers_are_json_that_tells_success_from_failure() {
    for name in Answers::NAMES {
        let answers = Answers::named(name).unwrap();
        let read = |body| serde_json::from_str::<serde_json::Value>(body).unwrap();
        let accepted = read(answers.accepted.body);
        for other in [answers.refused, answers.unavailable] {
            let keys = |value: &serde_json::Value| -> Vec<String> {
                value.as_object().unwrap().keys().cloned().collect()
            };
            assert_eq!(keys(&accepted), keys(&read(other.body)));
            assert_ne!(accepted, read(other.body));
            assert!(other.status >= 400);
        }
    }
}
