//! Calls as quarantine keeps them, until they are run again.

use contracts::ingest::v1::{Call, Header, Record};
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

use super::call::Arrived;

/// Headers that say who somebody is.
const PERSONAL: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];

impl Arrived {
    /// Returns what it says beside its body, without what holds a secret: nobody is asked
    /// again who made it.
    pub(super) fn kept(&self, secrets: &[SecretString]) -> Call {
        let holds_secret = |text: &str| {
            let mut secrets = secrets.iter().map(ExposeSecret::expose_secret);
            secrets.any(|secret| !secret.is_empty() && text.contains(secret))
        };
        let query = form_urlencoded::parse(self.query.as_bytes());
        let query = query.filter(|(_, value)| !holds_secret(value));
        let headers = self.headers.iter().filter(|(name, value)| {
            let is_personal = PERSONAL
                .iter()
                .any(|personal| name.eq_ignore_ascii_case(personal));
            !is_personal && !holds_secret(&String::from_utf8_lossy(value))
        });
        Call {
            query: form_urlencoded::Serializer::new(String::new())
                .extend_pairs(query)
                .finish(),
            headers: headers
                .map(|(name, value)| Header {
                    name: name.clone(),
                    value: value.clone(),
                })
                .collect(),
        }
    }

    /// Makes the call again of what was kept of it.
    pub(crate) fn again(record: &Record) -> Self {
        let call = record.call.clone().unwrap_or_default();
        let headers = call.headers.into_iter();
        Self {
            method: "POST".to_owned(),
            url: String::new(),
            query: call.query,
            headers: headers.map(|header| (header.name, header.value)).collect(),
            body: record.raw.clone().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_kept_without_secrets_and_made_again_with_the_rest() {
        let arrived = Arrived {
            method: "POST".to_owned(),
            url: "https://hooks.example.com/webhooks/shop/orders".to_owned(),
            query: "token=s3cret%2B&shop=1%202&shop=3".to_owned(),
            headers: vec![
                ("x-topic".to_owned(), b"orders".to_vec()),
                ("Authorization".to_owned(), b"Bearer x".to_vec()),
                ("x-key".to_owned(), b"key s3cret+".to_vec()),
            ],
            body: "{}".into(),
        };
        let kept = arrived.kept(&[SecretString::from(""), SecretString::from("s3cret+")]);
        let again = Arrived::again(&Record {
            raw: arrived.body.to_vec(),
            call: Some(kept),
            ..Record::default()
        });
        assert_eq!(again.query, "shop=1+2&shop=3");
        assert_eq!(again.headers, [("x-topic".to_owned(), b"orders".to_vec())]);
        assert_eq!(again.body, arrived.body);
    }
}
