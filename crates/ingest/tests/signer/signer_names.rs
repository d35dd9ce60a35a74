//! Names, and parameters that make no sense.

use std::str::FromStr as _;

use ingest::signer::{
    Algorithm, BadHmacParameters, BadSortedParameters, Encoding, HmacParameters, HmacScheme,
    Keying, Pairs, PullSigner, SignatureAt, SortedParameters, SortedScheme, TimestampHeader,
    TimestampPair, Tolerance, Unit, UnknownName, WebhookSigner,
};

#[test]
fn every_name_gives_its_signer_or_asks_for_parameters() {
    for name in WebhookSigner::NAMES {
        match WebhookSigner::from_str(name) {
            Ok(signer) => assert_eq!(signer.name(), *name),
            Err(error) => assert_eq!(error, UnknownName::NeedsParameters { name }),
        }
    }
    for name in PullSigner::NAMES {
        match PullSigner::from_str(name) {
            Ok(signer) => assert_eq!(signer.name(), *name),
            Err(error) => assert_eq!(error, UnknownName::NeedsParameters { name }),
        }
    }
}

#[test]
fn an_unknown_name_is_answered_with_those_that_there_are() {
    let error = WebhookSigner::from_str("shopfy").unwrap_err().to_string();
    assert_eq!(
        error,
        "there is no webhook signer `shopfy`; there are shopify, woocommerce, aftership, \
         easypost, kuaidi100, sf-express, hubspot-v3, standard-webhooks, hmac"
    );
    let error = PullSigner::from_str("Wdt").unwrap_err().to_string();
    assert!(error.ends_with("jushuitan, wdt, kuaidi100-query, md5-sorted, hmac-sorted"));
    let error = Algorithm::from_str("sha3").unwrap_err().to_string();
    assert_eq!(
        error,
        "there is no algorithm `sha3`; there are md5, sha1, sha256, sha512"
    );
    assert!(Encoding::from_str("base64url").is_err());
    assert!(Unit::from_str("minutes").is_err());
}

fn hmac() -> HmacParameters {
    HmacParameters {
        algorithm: Algorithm::Sha256,
        encoding: Encoding::Hex,
        header: "X-Signature".to_owned(),
        prefix: String::new(),
        message: "{timestamp}.{body}".to_owned(),
        timestamp: Some(TimestampHeader {
            header: "X-Sent".to_owned(),
            unit: Unit::Seconds,
            tolerance: Tolerance::FIVE_MINUTES,
        }),
        delivery: None,
    }
}

#[test]
fn an_hmac_that_leaves_out_what_matters_is_refused() {
    let built = |parameters| HmacScheme::try_from(parameters);
    assert!(built(hmac()).is_ok());
    let message = |message: &str| HmacParameters {
        message: message.to_owned(),
        ..hmac()
    };
    let refused = |text| built(message(text)).unwrap_err();
    assert_eq!(refused("{timestamp}"), BadHmacParameters::BodyUnsigned);
    assert_eq!(refused("{body}"), BadHmacParameters::TimestampUnsigned);
    let silent = HmacParameters {
        timestamp: None,
        ..hmac()
    };
    assert_eq!(built(silent).unwrap_err(), BadHmacParameters::NoTimestamp);
    let nameless = HmacParameters {
        header: " ".to_owned(),
        ..hmac()
    };
    assert_eq!(
        built(nameless).unwrap_err(),
        BadHmacParameters::NoHeader("header")
    );
}

#[test]
fn a_message_with_a_stray_brace_or_an_unknown_place_is_refused() {
    for message in [
        "{body",
        "body}",
        "{body}}",
        "{{body}}",
        "{}{body}",
        "{secret}{body}",
    ] {
        let parameters = HmacParameters {
            message: message.to_owned(),
            ..hmac()
        };
        let error = HmacScheme::try_from(parameters).unwrap_err();
        assert!(
            matches!(error, BadHmacParameters::Message(_)),
            "{message}: {error}"
        );
    }
}

#[test]
fn a_tolerance_is_positive() {
    assert_eq!(Tolerance::new(chrono::TimeDelta::zero()), None);
    assert_eq!(Tolerance::new(chrono::TimeDelta::seconds(-1)), None);
}

#[test]
fn a_signature_of_pairs_without_pairs_or_secret_is_refused() {
    let parameters = |keying, message: &str| SortedParameters {
        keying,
        algorithm: Algorithm::Md5,
        encoding: Encoding::Hex,
        pairs: Pairs::Form,
        body: None,
        equals: String::new(),
        and: String::new(),
        skips_empty: false,
        message: message.to_owned(),
        timestamp: None,
        signature: SignatureAt::Pair("sign".to_owned()),
    };
    let refused = |parameters| SortedScheme::try_from(parameters).unwrap_err();
    assert_eq!(
        refused(parameters(Keying::Hmac, "{body}")),
        BadSortedParameters::PairsUnsigned
    );
    assert_eq!(
        refused(parameters(Keying::Digest, "{pairs}")),
        BadSortedParameters::NoSecret
    );
    let mut nameless = parameters(Keying::Hmac, "{pairs}");
    nameless.timestamp = Some(TimestampPair {
        key: String::new(),
        unit: Unit::Seconds,
    });
    assert_eq!(refused(nameless), BadSortedParameters::NoName("timestamp"));
}
