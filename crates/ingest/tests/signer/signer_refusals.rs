//! Webhooks that are not to be believed, and what is said of them.

use chrono::TimeDelta;
use ingest::signer::{Encoding, Headers, Received, Refused, WebhookSigner};
use secrecy::SecretString;

use crate::vectors::{VECTORS, Vectors, Webhook};

fn accepted() -> impl Iterator<Item = &'static Webhook> {
    VECTORS
        .webhooks
        .iter()
        .filter(|vector| vector.refused.is_none())
}

#[test]
fn a_missing_header_is_named() {
    for vector in accepted() {
        for position in 0..vector.headers.len() {
            let mut vector = vector.clone();
            let (name, _) = vector.headers.remove(position);
            let Err(Refused::HeaderMissing(missing)) = vector.verify() else {
                panic!("{}: {name}", vector.name);
            };
            assert!(missing.eq_ignore_ascii_case(&name));
        }
    }
}

#[test]
fn a_header_that_is_there_twice_is_refused_even_when_both_are_the_same() {
    for vector in accepted() {
        for (name, value) in vector.headers.clone() {
            let mut vector = vector.clone();
            vector.headers.push((name.to_ascii_uppercase(), value));
            let refused = vector.verify().unwrap_err();
            assert!(matches!(refused, Refused::HeaderRepeated(_)), "{refused}");
        }
    }
}

#[test]
fn the_signature_of_another_secret_differs() {
    for vector in accepted() {
        let mut vector = vector.clone();
        vector.secrets = vec!["whsec_b3RoZXI=".to_owned()];
        if vector.signer().name() == "standard-webhooks" {
            vector.secrets.push("b3RoZXIgYWdhaW4=".to_owned());
        }
        assert_eq!(
            vector.verify(),
            Err(Refused::SignatureDiffers),
            "{}",
            vector.name
        );
    }
}

#[test]
fn without_a_secret_nothing_is_believed() {
    for vector in accepted() {
        let mut vector = vector.clone();
        vector.secrets.clear();
        let refused = vector.verify().unwrap_err();
        assert_eq!(refused, Refused::NoSecret, "{}", vector.name);
        assert!(refused.is_the_receivers_fault());
    }
}

#[test]
fn a_standard_secret_that_is_not_base64_is_said_to_be_so() {
    let mut vector = Vectors::webhook("standard-webhooks: json");
    for malformed in ["whsec_not base64", "whpk_AAAA", "whsec_"] {
        vector.secrets = vec!["whsec_AAAA".to_owned(), malformed.to_owned()];
        let refused = vector.verify().unwrap_err();
        assert_eq!(refused, Refused::SecretMalformed { position: 1, of: 2 });
        assert!(!refused.to_string().contains(malformed));
    }
}

#[test]
fn only_the_usual_alphabet_of_base64_is_read() {
    let mut vector = Vectors::webhook("shopify: json");
    let signature = vector.headers[0].1.clone();
    let url_safe = signature.replace('+', "-").replace('/', "_");
    let others = [
        url_safe,
        signature.replace('=', ""),
        format!(" {signature}"),
    ];
    for other in others {
        assert_ne!(other, signature);
        vector.set("X-Shopify-Hmac-Sha256", &other);
        let refused = vector.verify().unwrap_err();
        let place = "X-Shopify-Hmac-Sha256".to_owned();
        let encoding = Encoding::Base64;
        assert_eq!(refused, Refused::NotEncoded { place, encoding });
    }
}

#[test]
fn hexadecimal_is_read_in_one_case_only() {
    let mut vector = Vectors::webhook("easypost: json, secret sécret");
    let (prefix, hex) = vector.headers[0].1.split_once('=').unwrap();
    let upper = format!("{prefix}={}", hex.to_ascii_uppercase());
    let bare = hex.to_owned();
    vector.set("X-Hmac-Signature", &upper);
    assert!(matches!(vector.verify(), Err(Refused::NotEncoded { .. })));
    vector.set("X-Hmac-Signature", &bare);
    assert!(matches!(
        vector.verify(),
        Err(Refused::PrefixMissing { .. })
    ));
}

#[test]
fn a_secret_that_is_not_normalised_alike_is_another() {
    let mut vector = Vectors::webhook("easypost: json, secret ﬁve①Ｋey");
    vector.secrets = vec!["five1Key".to_owned()];
    assert!(vector.verify().is_ok());
    let mut vector = Vectors::webhook("shopify: json");
    vector.secrets = vec!["shpss_盐\u{a0}with spaces".to_owned()];
    assert_eq!(vector.verify(), Err(Refused::SignatureDiffers));
}

#[test]
fn a_request_is_taken_up_to_both_edges_of_its_window() {
    let names = [
        ("hubspot-v3: published with HubSpot's Python client", 300),
        (
            "standard-webhooks: published with the specification's libraries",
            300,
        ),
        ("hmac: sha256, hex, json", 60),
    ];
    for (name, tolerance) in names {
        let vector = Vectors::webhook(name);
        // The generic vector's header says whole seconds, a quarter of one before `now`.
        let sent = vector.now() - TimeDelta::milliseconds(vector.now().timestamp_millis() % 1000);
        let edge = TimeDelta::seconds(tolerance);
        let beyond = edge + TimeDelta::milliseconds(1);
        assert_eq!(vector.verify_at(sent + edge), Ok(()), "{name}");
        assert_eq!(vector.verify_at(sent - edge), Ok(()), "{name}");
        let late = Refused::TooOld {
            age: beyond,
            tolerance: edge,
        };
        let early = Refused::FromTheFuture {
            ahead: beyond,
            tolerance: edge,
        };
        assert_eq!(vector.verify_at(sent + beyond), Err(late), "{name}");
        assert_eq!(vector.verify_at(sent - beyond), Err(early), "{name}");
        let window = vector.signer().replay_window();
        assert_eq!(window, Some(edge));
    }
}

#[test]
fn an_instant_is_digits_and_nothing_else() {
    for text in [
        "",
        "-1",
        "+1",
        "1.5",
        "0x10",
        " 1790000000",
        "2026-11-29",
        "9".repeat(40).as_str(),
    ] {
        let mut vector = Vectors::webhook("standard-webhooks: json");
        vector.set("webhook-timestamp", text);
        let refused = vector.verify().unwrap_err();
        assert_eq!(
            refused,
            Refused::NotAnInstant("webhook-timestamp".to_owned()),
            "{text}"
        );
    }
}

#[test]
fn a_signature_of_another_version_alone_is_refused() {
    let mut vector = Vectors::webhook("standard-webhooks: json");
    let signature = vector.headers[2].1.clone();
    vector.set("webhook-signature", &signature.replace("v1,", "v1a,"));
    assert!(matches!(
        vector.verify(),
        Err(Refused::PrefixMissing { .. })
    ));
    vector.set("webhook-signature", "v1,% v1,!");
    assert!(matches!(vector.verify(), Err(Refused::NotEncoded { .. })));
}

#[test]
fn a_push_without_its_fields_or_with_two_of_one_is_refused() {
    let vector = Vectors::webhook("kuaidi100: json, salt ''");
    let verify = |body: &str| vector.verify_body(body.as_bytes(), vector.now());
    let whole = String::from_utf8(vector.body()).unwrap();
    assert_eq!(verify(&whole), Ok(()));
    assert_eq!(verify(""), Err(Refused::FieldMissing("param")));
    assert_eq!(verify("param=x"), Err(Refused::FieldMissing("sign")));
    assert_eq!(
        verify(&format!("{whole}&param=x")),
        Err(Refused::FieldRepeated("param"))
    );
    assert_eq!(
        verify(&format!("{whole}&sign=x")),
        Err(Refused::FieldRepeated("sign"))
    );
    let lower = whole.replacen("sign=", "sign=a", 1);
    assert!(matches!(verify(&lower), Err(Refused::NotEncoded { .. })));
}

#[test]
fn a_push_of_sf_express_is_believed_by_the_token_of_its_url() {
    let verify = |url: &str, secrets: &[&str]| {
        let secrets: Vec<SecretString> = secrets.iter().copied().map(Into::into).collect();
        let received = Received {
            method: "POST",
            url,
            headers: Headers::new(&[]),
            body: b"{}",
        };
        WebhookSigner::SfExpress.verify(&received, &secrets, chrono::Utc::now())
    };
    let url = "https://hooks.example.com/webhooks/sf-express/routes";
    let known = ["new secret", "old"];
    assert_eq!(verify(&format!("{url}?token=new+secret"), &known), Ok(()));
    assert_eq!(verify(&format!("{url}?a=1&token=old"), &known), Ok(()));
    // Where nobody said how vendors know the service, there is only the path.
    let path = "/webhooks/sf-express/routes?token=old";
    assert_eq!(verify(path, &known), Ok(()));
    let missing = Err(Refused::ParameterMissing("token"));
    assert_eq!(verify(url, &known), missing);
    assert_eq!(
        verify(&format!("{url}?token=old&token=old"), &known),
        Err(Refused::ParameterRepeated("token"))
    );
    for wrong in ["", "ol", "old2", "OLD"] {
        assert_eq!(
            verify(&format!("{url}?token={wrong}"), &known),
            Err(Refused::SignatureDiffers)
        );
    }
    assert_eq!(
        verify(&format!("{url}?token="), &["", " "]),
        Err(Refused::NoSecret)
    );
}

#[test]
fn a_refusal_says_nothing_of_secrets_or_signatures() {
    for vector in accepted() {
        let mut other = vector.clone();
        other.secrets = vec!["whsec_b3RoZXI=".to_owned()];
        let refused = other.verify().unwrap_err();
        let said = format!("{refused} {refused:?}");
        assert!(!said.contains("b3RoZXI"));
        for (_, value) in &vector.headers {
            assert!(!said.contains(value.as_str()), "{said}");
        }
    }
}

#[test]
fn verification_never_computes_the_signature_that_it_expects() {
    // It asks whether a signature is right, which takes the same time for all wrong ones;
    // what it does not have it cannot compare otherwise.
    let sources = [
        include_str!("../../src/signer/webhook.rs"),
        include_str!("../../src/signer/webhook/hmac_scheme.rs"),
        include_str!("../../src/signer/webhook/hubspot.rs"),
        include_str!("../../src/signer/webhook/kuaidi100.rs"),
        include_str!("../../src/signer/webhook/sf_express.rs"),
        include_str!("../../src/signer/webhook/standard.rs"),
    ];
    for source in sources {
        assert!(!source.contains(".digest(") && !source.contains(".hmac("));
    }
    let algorithm = include_str!("../../src/signer/algorithm.rs");
    assert!(algorithm.contains(".ct_eq(digest)"));
    assert_eq!(algorithm.matches(".verify_slice(signature)").count(), 4);
}
