//! A stand-in for `WeCom`'s robot webhooks.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::listener::{Listener, Shared};
use crate::{channel::wecom::MESSAGES_PER_MINUTE, message::WECOM_MARKDOWN_BYTES};

const MINUTE: Duration = Duration::from_secs(60);

/// A message that was accepted.
#[derive(Debug, Clone, Serialize)]
pub struct Arrival {
    /// The robot's key.
    pub robot: String,
    /// Its markdown.
    pub markdown: String,
}

/// What arrived so far.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Messages accepted, in order.
    pub accepted: Vec<Arrival>,
    /// Requests over the limit of a minute.
    pub over_limit: usize,
    /// Messages that were too large.
    pub too_large: usize,
    /// Requests that could not be understood.
    pub malformed: usize,
}

/// What the next requests are answered with, instead of the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misbehaviour {
    /// This status, with `Retry-After` in seconds when given.
    Status(u16, Option<u64>),
    /// A 200 with this `errcode`.
    ErrorCode(i64),
    /// The message is taken, and the answer is lost.
    Silence,
}

/// The server; stops when dropped.
#[derive(Debug)]
pub struct WecomSink(Listener<Inside>);

#[derive(Debug, Default)]
struct Inside {
    report: Report,
    recent: HashMap<String, VecDeque<Instant>>,
    misbehaviours: VecDeque<Misbehaviour>,
}

#[derive(Debug, Deserialize)]
struct Key {
    #[serde(default)]
    key: String,
}

impl Report {
    /// How often a limit was broken.
    #[must_use]
    pub fn violations(&self) -> usize {
        self.over_limit + self.too_large + self.malformed
    }
}

impl WecomSink {
    /// Starts listening; port 0 takes any that is free.
    ///
    /// # Errors
    ///
    /// The address cannot be listened on.
    pub async fn start(address: SocketAddr) -> io::Result<Self> {
        Listener::start(address, serve).await.map(Self)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }

    /// Webhook URL of a robot with this key.
    #[must_use]
    pub fn webhook(&self, key: &str) -> String {
        format!("http://{}/cgi-bin/webhook/send?key={key}", self.address())
    }

    /// What arrived so far; also served as JSON under `/report`.
    #[must_use]
    pub fn report(&self) -> Report {
        self.0.lock().report.clone()
    }

    /// Answers one of the next requests wrongly; several queue up.
    pub fn misbehave(&self, how: Misbehaviour) {
        self.0.lock().misbehaviours.push_back(how);
    }
}

async fn serve(listener: TcpListener, shared: Shared<Inside>) {
    let router = Router::new()
        .route("/cgi-bin/webhook/send", post(receive))
        .route("/report", get(report))
        .with_state(shared);
    // Ends when the sink is dropped.
    let _ended = axum::serve(listener, router).await;
}

async fn report(State(shared): State<Shared<Inside>>) -> Json<Report> {
    Json(shared.lock().report.clone())
}

async fn receive(
    State(shared): State<Shared<Inside>>,
    Query(Key { key }): Query<Key>,
    body: Bytes,
) -> Response {
    let misbehaviour = shared.lock().misbehaviours.pop_front();
    match misbehaviour {
        Some(Misbehaviour::Status(status, retry_after)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            match retry_after {
                Some(seconds) => (status, [("retry-after", seconds.to_string())]).into_response(),
                None => status.into_response(),
            }
        }
        Some(Misbehaviour::ErrorCode(code)) => answer(code, "as asked for"),
        Some(Misbehaviour::Silence) => {
            let _lost = shared.lock().take(key, &body);
            std::future::pending().await
        }
        None => {
            let (code, words) = shared.lock().take(key, &body);
            answer(code, words)
        }
    }
}

fn answer(code: i64, words: &str) -> Response {
    Json(json!({ "errcode": code, "errmsg": words })).into_response()
}

impl Inside {
    fn take(&mut self, robot: String, body: &[u8]) -> (i64, &'static str) {
        let now = Instant::now();
        let recent = self.recent.entry(robot.clone()).or_default();
        while recent
            .front()
            .is_some_and(|&earlier| now.duration_since(earlier) >= MINUTE)
        {
            recent.pop_front();
        }
        if recent.len() >= MESSAGES_PER_MINUTE as usize {
            self.report.over_limit += 1;
            return (45_009, "api freq out of limit");
        }
        recent.push_back(now);
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        match value["markdown"]["content"].as_str() {
            Some(content) if content.len() > WECOM_MARKDOWN_BYTES => {
                self.report.too_large += 1;
                (40_058, "markdown.content exceed max length")
            }
            Some(content) if value["msgtype"] == "markdown" && !content.is_empty() => {
                let markdown = content.to_owned();
                self.report.accepted.push(Arrival { robot, markdown });
                (0, "ok")
            }
            _ => {
                self.report.malformed += 1;
                (40_008, "invalid message type")
            }
        }
    }
}
