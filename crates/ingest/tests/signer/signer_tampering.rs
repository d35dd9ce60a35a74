//! One bit changed anywhere, or the end cut off.

use ingest::signer::Refused;
use proptest::prelude::*;
use url::form_urlencoded;

use crate::vectors::{VECTORS, Vectors, Webhook};

type Bytes = Vec<(String, Vec<u8>)>;

fn headers(vector: &Webhook) -> Bytes {
    let pairs = vector.headers.iter();
    pairs
        .map(|(name, value)| (name.clone(), value.clone().into_bytes()))
        .collect()
}

fn flip(bytes: &mut [u8], bit: prop::sample::Index) {
    let bit = bit.index(bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
}

/// Vectors in which every header counts: one signature, nothing but what is signed. Long bodies
/// have a test of their own.
fn vectors() -> impl Strategy<Value = &'static Webhook> {
    let counts = |vector: &&Webhook| {
        let name = &vector.name;
        vector.refused.is_none() && !name.contains("several") && !name.contains("1 MiB")
    };
    let all: Vec<_> = VECTORS.webhooks.iter().filter(counts).collect();
    prop::sample::select(all)
}

fn param(form: &[u8]) -> Vec<String> {
    let fields = form_urlencoded::parse(form).filter(|(key, _)| key == "param");
    fields.map(|(_, value)| value.into_owned()).collect()
}

/// Whether two bodies are one push of 快递100, which signs what a form says and not how it is written.
fn is_same_push(vector: &Webhook, one: &[u8], other: &[u8]) -> bool {
    vector.signer().name() == "kuaidi100" && param(one) == param(other)
}

#[test]
fn one_bit_of_a_mebibyte_changed_is_refused() {
    let vector = Vectors::webhook("shopify: 1 MiB");
    for position in [0, 524_287, 1_048_575] {
        let mut body = vector.body();
        body[position] ^= 1;
        assert!(
            vector.verify_body(&body, vector.now()).is_err(),
            "{position}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn one_bit_of_the_body_changed_is_refused(vector in vectors(), bit: prop::sample::Index) {
        let whole = vector.body();
        prop_assume!(!whole.is_empty());
        let mut body = whole.clone();
        flip(&mut body, bit);
        let verdict = vector.verify_body(&body, vector.now());
        // Two ways to write one letter in a form are the same push.
        prop_assert!(verdict.is_err() || is_same_push(vector, &body, &whole), "{}", vector.name);
    }

    #[test]
    fn one_bit_of_a_header_changed_is_refused(
        vector in vectors(),
        which: prop::sample::Index,
        bit: prop::sample::Index,
    ) {
        let mut headers = headers(vector);
        prop_assume!(!headers.is_empty());
        let which = which.index(headers.len());
        flip(&mut headers[which].1, bit);
        let verdict = vector.verify_bytes(&headers, &vector.body(), vector.now());
        prop_assert!(verdict.is_err(), "{}: {}", vector.name, headers[which].0);
    }

    #[test]
    fn a_header_cut_short_or_drawn_out_is_refused(
        vector in vectors(),
        which: prop::sample::Index,
        length: prop::sample::Index,
        more in prop::collection::vec(any::<u8>(), 1..4),
    ) {
        let whole = headers(vector);
        prop_assume!(!whole.is_empty());
        let which = which.index(whole.len());
        let mut cut = whole.clone();
        let length = length.index(cut[which].1.len());
        cut[which].1.truncate(length);
        let verdict = vector.verify_bytes(&cut, &vector.body(), vector.now());
        prop_assert!(verdict.is_err(), "{}: cut", vector.name);
        // A blank after a list of signatures ends the list.
        prop_assume!(!more.contains(&b' '));
        let mut drawn = whole;
        drawn[which].1.extend(more);
        let verdict = vector.verify_bytes(&drawn, &vector.body(), vector.now());
        prop_assert!(verdict.is_err(), "{}: drawn out", vector.name);
    }

    #[test]
    fn a_body_cut_short_is_refused(vector in vectors(), length: prop::sample::Index) {
        let whole = vector.body();
        prop_assume!(!whole.is_empty());
        let cut = &whole[..length.index(whole.len())];
        let verdict = vector.verify_body(cut, vector.now());
        // Without its last sign `&param=` says the same.
        prop_assert!(verdict.is_err() || is_same_push(vector, cut, &whole), "{}", vector.name);
    }

    #[test]
    fn what_makes_no_sense_is_refused_and_nothing_breaks(
        vector in vectors(),
        body in prop::collection::vec(any::<u8>(), 0..64),
        garbage in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..48), 3),
    ) {
        let mut headers = headers(vector);
        for (header, garbage) in headers.iter_mut().zip(garbage) {
            header.1 = garbage;
        }
        let verdict = vector.verify_bytes(&headers, &body, vector.now());
        prop_assert_ne!(verdict, Ok::<(), Refused>(()));
    }
}
