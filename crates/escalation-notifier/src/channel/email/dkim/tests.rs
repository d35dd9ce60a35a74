use proptest::prelude::*;
use ring::signature::{ED25519, KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use super::*;

const LETTER: &[u8] = include_bytes!("../../../../tests/data/dkim/letter.eml");
const RSA: &str = include_str!("../../../../tests/data/dkim/rsa.pem");
const ED25519_PEM: &str = include_str!("../../../../tests/data/dkim/ed25519.pem");

/// The example of RFC 8463, A.3.
const OF_THE_RFC: &str = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r
 d=football.example.com; i=@football.example.com;\r
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r
 subject : date : message-id : from : subject : date;\r
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r
From: Joe SixPack <joe@football.example.com>\r
To: Suzie Q <suzie@shopping.example.net>\r
Subject: Is dinner ready?\r
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r
Message-ID: <20030712040037.46341.5F8J@football.example.com>\r
\r
Hi.\r
\r
We lost the game.  Are you hungry yet?\r
\r
Joe.\r
";

fn read(pem: &str) -> Key {
    Key::read(pem.as_bytes()).unwrap()
}

/// A signed letter taken apart as RFC 6376, 6.1 says: the hash of its text that its signature
/// names, the one that it has, what the signature is over, and the signature.
fn taken_apart(letter: &[u8]) -> (String, String, Vec<u8>, Vec<u8>) {
    let (head, text) = parts(letter).unwrap();
    let headers = headers(head);
    let own = headers.iter().find(|it| it.is("dkim-signature")).unwrap();
    let own = std::str::from_utf8(own.value).unwrap();
    let tags: Vec<(String, String)> = own
        .split(';')
        .map(|tag| {
            let (name, value) = tag.split_once('=').unwrap();
            let value = value.split_whitespace().collect();
            (name.trim().to_owned(), value)
        })
        .collect();
    let tag = |name: &str| {
        let found = tags.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.clone()).unwrap()
    };
    let names = tag("h");
    let names: Vec<&str> = names.split(':').collect();
    let unsigned = &own[..own.rfind("b=").unwrap() + 2];
    let has = STANDARD.encode(digest(&SHA256, &relaxed_text(text)));
    let over = signed_part(&headers, &names, unsigned);
    (tag("bh"), has, over, STANDARD.decode(tag("b")).unwrap())
}

fn is_good(key: &Key, letter: &[u8]) -> bool {
    let (named, has, over, signature) = taken_apart(letter);
    let verified = match key {
        Key::Rsa(key) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public())
            .verify(&over, &signature),
        Key::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key.public_key())
            .verify(digest(&SHA256, &over).as_ref(), &signature),
    };
    named == has && verified.is_ok()
}

#[test]
fn the_rfcs_own_example_is_signed_as_it_says() {
    let seed = STANDARD.decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=");
    let key = Ed25519KeyPair::from_seed_unchecked(&seed.unwrap()).unwrap();
    let (named, has, over, signature) = taken_apart(OF_THE_RFC.as_bytes());
    assert_eq!(named, has);
    assert_eq!(Key::Ed25519(key).sign(&over), Ok(signature));
}

/// `tests/data/dkim/make.sh` makes the signatures by dkimpy, and the keys by openssl.
#[test]
fn another_implementation_signs_the_same_letter_alike() {
    let rsa = include_bytes!("../../../../tests/data/dkim/rsa.header");
    let ed25519 = include_bytes!("../../../../tests/data/dkim/ed25519.header");
    for (pem, header) in [(RSA, rsa.as_slice()), (ED25519_PEM, ed25519)] {
        let (named, has, over, signature) = taken_apart(&[header, LETTER].concat());
        assert_eq!(named, has);
        assert_eq!(read(pem).sign(&over), Ok(signature));
    }
}

#[test]
fn a_signature_holds_until_something_of_the_letter_is_altered() {
    for pem in [RSA, ED25519_PEM] {
        let signer = Signer::new("example.com", "orders", &pem.into()).unwrap();
        let signed = signer.signed(LETTER, DateTime::UNIX_EPOCH).unwrap();
        let key = read(pem);
        assert!(is_good(&key, &signed));
        let text = String::from_utf8(signed).unwrap();
        assert!(text.lines().all(|line| line.len() < 100), "{text}");
        for (from, to) in [
            ("manager@", "somebody@"),
            ("was opened", "is over"),
            ("s=orders", "s=others"),
            ("From: Order", "From: a@b.c\r\nFrom: Order"),
        ] {
            let altered = text.replacen(from, to, 1);
            assert!(
                altered != text && !is_good(&key, altered.as_bytes()),
                "{from}"
            );
        }
        // What relays may do to it.
        let folded = text.replacen("Subject: ", "Subject:\r\n\t ", 1);
        assert!(is_good(&key, folded.as_bytes()));
        let longer = [text.as_bytes(), b"\r\n\r\n"].concat();
        assert!(is_good(&key, &longer));
    }
}

#[test]
fn what_is_no_private_key_is_refused_without_it() {
    for pem in [
        "",
        "secret",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ] {
        assert_eq!(Key::read(pem.as_bytes()).err(), Some(NotAKey));
    }
    let signer = Signer::new("example.com", "orders", &RSA.into()).unwrap();
    assert!(!format!("{signer:?}").contains("Rsa"));
}

proptest! {
    #[test]
    fn letters_of_any_text_are_signed_and_verified(text in "([ \\ta-z]{0,9}(\r\n){0,3}){0,12}") {
        let letter = format!("From: a@example.com\r\nSubject: \t a  b \r\n\r\n{text}");
        let signer = Signer::new("example.com", "orders", &ED25519_PEM.into()).unwrap();
        let signed = signer.signed(letter.as_bytes(), DateTime::UNIX_EPOCH).unwrap();
        prop_assert!(is_good(&read(ED25519_PEM), &signed));
    }
}
