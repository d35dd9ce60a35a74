//! Pulls and what signing them adds.

use std::collections::BTreeSet;

use ingest::signer::{Outgoing, PullSigner, Unsignable};

use crate::vectors::VECTORS;

#[test]
fn signing_adds_what_the_other_implementation_says() {
    for vector in &VECTORS.pulls {
        let signed = vector
            .signer()
            .sign(&vector.request(), &vector.secret(), vector.now());
        let added = signed.unwrap();
        assert_eq!(added.query, vector.adds.query, "{}", vector.name);
        assert_eq!(added.form, vector.adds.form, "{}", vector.name);
        assert_eq!(added.headers, vector.adds.headers, "{}", vector.name);
    }
}

#[test]
fn every_signer_has_vectors() {
    let covered: BTreeSet<_> = VECTORS
        .pulls
        .iter()
        .map(|vector| vector.signer().name())
        .collect();
    assert_eq!(covered, PullSigner::NAMES.iter().copied().collect());
}

#[test]
fn signing_what_is_signed_changes_nothing() {
    for vector in &VECTORS.pulls {
        let sign = |request: &Outgoing| {
            let mut signed = request.clone();
            let added = vector
                .signer()
                .sign(request, &vector.secret(), vector.now());
            added.unwrap().apply(&mut signed);
            signed
        };
        let once = sign(&vector.request());
        assert!(sign(&once) == once, "{}", vector.name);
    }
}

#[test]
fn signing_later_replaces_the_earlier_signature() {
    let vector = VECTORS
        .pulls
        .iter()
        .find(|vector| vector.name == "wdt: usual, 1 characters");
    let vector = vector.unwrap();
    let later = vector.now() + chrono::TimeDelta::seconds(1);
    let sign =
        |request: &Outgoing, at| vector.signer().sign(request, &vector.secret(), at).unwrap();
    let mut again = vector.request();
    sign(&again, vector.now()).apply(&mut again);
    sign(&again.clone(), later).apply(&mut again);
    let mut fresh = vector.request();
    sign(&fresh, later).apply(&mut fresh);
    assert!(again == fresh);
}

#[test]
fn without_a_secret_nothing_is_signed() {
    for vector in &VECTORS.pulls {
        for blank in ["", " \n"] {
            let signed = vector
                .signer()
                .sign(&vector.request(), &blank.into(), vector.now());
            assert!(
                signed.err() == Some(Unsignable::NoSecret),
                "{}",
                vector.name
            );
        }
    }
}

#[test]
fn what_a_vendor_signs_must_be_there_once() {
    let now = VECTORS.pulls[0].now();
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let form = |form: Vec<(String, String)>| Outgoing {
        form,
        ..Outgoing::default()
    };
    let sign = |request| {
        PullSigner::Kuaidi100Query
            .sign(&request, &"key".into(), now)
            .err()
    };
    assert!(sign(form(vec![field("param", "{}")])) == Some(Unsignable::Field("customer")));
    let twice = vec![
        field("param", "{}"),
        field("customer", "c"),
        field("param", "{}"),
    ];
    assert!(sign(form(twice)) == Some(Unsignable::Field("param")));
    for secret in ["no salt", ":salt"] {
        let signed = PullSigner::Wdt.sign(&Outgoing::default(), &secret.into(), now);
        assert!(signed.err() == Some(Unsignable::SecretMalformed("secret:salt")));
    }
}
