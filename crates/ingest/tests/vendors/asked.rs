//! A poll's own requests, answered by a vendor that is in no trouble.

use std::collections::BTreeMap;
use std::sync::Arc;

use ingest::connector::Connector;
use ingest::poll::{Answered, Payload, Request};
use ingest::signer::{Outgoing, PullSigner};
use ingest::trial::{Given, Outcome, Trial};
use order::{Catalogue, Fact, Span, Timestamp};
use secrecy::SecretString;
use simulator::vendor::{Credentials, Request as Received};
use simulator::{Day, Vendors};
use url::form_urlencoded;

/// One list of one vendor.
#[derive(Debug)]
pub(crate) struct Asked {
    yaml: &'static str,
    dataset: &'static str,
    vendor: &'static str,
    /// What stands for the token where requests are only shown.
    token: &'static str,
    /// How many days before the present it is read from.
    days: i64,
}

impl Asked {
    pub(crate) const fn of(
        yaml: &'static str,
        dataset: &'static str,
        vendor: &'static str,
        token: &'static str,
        days: i64,
    ) -> Self {
        Self {
            yaml,
            dataset,
            vendor,
            token,
            days,
        }
    }
}

/// Compiles a connector.
pub(crate) fn connector(yaml: &str) -> Connector {
    Connector::parse(yaml, Arc::new(Catalogue::standard())).unwrap()
}

/// Tries a dataset on what is given, read through an instant before the present.
pub(crate) fn trial(
    connector: &Connector,
    dataset: &str,
    times: (Timestamp, Timestamp),
    given: Given,
) -> Outcome {
    let all = [("url", "http://box"), ("app_key", "simulated")];
    let declared = connector
        .parameters()
        .iter()
        .map(|parameter| parameter.name.as_str());
    let declared: Vec<_> = declared.collect();
    let given_for = all.into_iter().filter(|(name, _)| declared.contains(name));
    let parameters: BTreeMap<_, _> = given_for
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let trial = Trial::new(connector, dataset, times, &parameters).unwrap();
    trial.held(given).unwrap()
}

/// Reads a list to its end.
pub(crate) fn read(day: &Arc<Day>, asked: &Asked, now: Timestamp) -> Vec<Fact> {
    let credentials = Credentials::all(asked.token);
    let mut vendors = Vendors::open(Arc::clone(day), credentials).calm();
    let connector = connector(asked.yaml);
    let times = (now - Span::from_hours(24 * asked.days), now);
    let mut answers = Vec::new();
    loop {
        let given = Given::Answers(answers.clone());
        let outcome = trial(&connector, asked.dataset, times, given);
        assert!(outcome.failure.is_none(), "{:?}", outcome.failure);
        assert!(outcome.rejected.is_empty(), "{:?}", outcome.rejected);
        if !outcome.is_unanswered {
            return outcome.facts;
        }
        let request = received(outcome.requests.last().unwrap(), asked, now);
        let answer = vendors.answer(&request, now);
        answers.push(Answered {
            status: answer.status,
            headers: answer
                .headers
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            body: answer.body.into_bytes(),
        });
    }
}

/// Writes a request as the vendor receives it.
fn received(request: &Request, asked: &Asked, now: Timestamp) -> Received {
    let path = request.url.path();
    let path = match path.starts_with(&format!("/{}/", asked.vendor)) {
        true => path.to_owned(),
        false => format!("/{}{path}", asked.vendor),
    };
    let mut headers = request.headers.clone();
    headers.push(("host".to_owned(), "box".to_owned()));
    Received {
        path,
        query: request.url.query().unwrap_or_default().to_owned(),
        headers,
        body: match &request.payload {
            None => Vec::new(),
            Some(Payload::Json(json)) => json.to_string().into_bytes(),
            Some(Payload::Form(form)) => signed(form, asked.token, now),
        },
    }
}

/// Signs a form as ingest does.
fn signed(form: &[(String, String)], secret: &str, now: Timestamp) -> Vec<u8> {
    let mut outgoing = Outgoing {
        form: form.to_vec(),
        ..Outgoing::default()
    };
    let secret = SecretString::from(secret.to_owned());
    let signature = PullSigner::Jushuitan.sign(&outgoing, &secret, now.to_chrono());
    signature.unwrap().apply(&mut outgoing);
    let mut written = form_urlencoded::Serializer::new(String::new());
    written.extend_pairs(outgoing.form).finish().into_bytes()
}
