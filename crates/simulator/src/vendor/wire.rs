//! What is asked and what is answered, without a socket.

use order::{Span, Timestamp};
use serde_json::Value as Json;
use url::form_urlencoded;

/// Hours that Beijing's wall clock is ahead of UTC.
const BEIJING: i64 = 8;

/// A request as it reaches a vendor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Path of its URL.
    pub path: String,
    /// Query of its URL, as it is written.
    pub query: String,
    /// Headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// What a vendor answers, and what becomes of it on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: String,
    /// What goes wrong with it.
    pub trouble: Option<Trouble>,
}

/// What goes wrong with an answer after it was given. Spans are of the shop's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It comes late.
    Slow(Span),
    /// It never comes: after so long the connection is closed.
    Silent(Span),
    /// Only so many bytes of its body come.
    Cut(usize),
}

impl Request {
    /// Returns a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns a parameter of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        pairs(self.query.as_bytes())
            .into_iter()
            .find_map(|(key, value)| (key == name).then_some(value))
    }

    /// Returns the pairs of the form that it sends.
    pub(super) fn form(&self) -> Vec<(String, String)> {
        pairs(&self.body)
    }

    /// Returns whether it has this access token.
    pub(super) fn bears(&self, token: &str) -> bool {
        let sent = self.header("authorization");
        sent.and_then(|sent| sent.strip_prefix("Bearer ")) == Some(token)
    }
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}

impl Answer {
    /// Answers with JSON.
    pub(super) fn json(status: u16, body: &Json) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json;charset=utf-8".to_owned())],
            body: body.to_string(),
            trouble: None,
        }
    }

    /// Answers with the page of a gateway, as vendors do whose own servers are away.
    pub(super) fn gateway(status: u16, words: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type", "text/html".to_owned())],
            body: format!("<html><body><h1>{status} {words}</h1></body></html>"),
            trouble: None,
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Writes an instant as a clock in Beijing shows it, to the second.
pub(super) fn wall(instant: Timestamp) -> String {
    let there = instant + Span::from_hours(BEIJING);
    there.to_chrono().format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Reads what a clock in Beijing shows.
pub(super) fn read_wall(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(' ')?;
    format!("{date}T{time}+08:00").parse().ok()
}

/// Writes an instant as vendors do that know milliseconds.
pub(super) fn rfc3339(instant: Timestamp) -> String {
    let instant = instant.to_chrono();
    instant.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
