//! A machine that steps call: it answers as the test says, and remembers who called.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, sync::watch};

/// How it answers once.
#[derive(Clone)]
pub(crate) enum Reply {
    Says(u16, &'static str),
    Redirects(String),
    /// Nothing at all, for ever.
    Hangs,
    /// As said, but only once it is let go.
    Waits(u16, &'static str),
}

/// A call as it came in.
#[derive(Clone)]
pub(crate) struct Heard {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

#[derive(Clone)]
pub(crate) struct Machine {
    url: String,
    parts: Arc<Parts>,
}

struct Parts {
    replies: Mutex<VecDeque<Reply>>,
    heard: watch::Sender<Vec<Heard>>,
    free: watch::Sender<bool>,
}

impl Machine {
    /// Answers so, one after the other; then the last for ever.
    pub(crate) async fn that(replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let parts = Arc::new(Parts {
            replies: Mutex::new(replies.iter().cloned().collect()),
            heard: watch::Sender::new(Vec::new()),
            free: watch::Sender::new(false),
        });
        let router = Router::new().fallback(answer).with_state(parts.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, parts }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.parts.heard.borrow().clone()
    }

    /// Ids of the calls, in order.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.heard()
            .iter()
            .map(|it| it.header("webhook-id"))
            .collect()
    }

    /// Waits until so many calls have come in.
    pub(crate) async fn has_heard(&self, calls: usize) {
        let mut heard = self.parts.heard.subscribe();
        let came = heard.wait_for(|heard| heard.len() >= calls);
        tokio::time::timeout(Duration::from_secs(20), came)
            .await
            .expect("a call")
            .unwrap();
    }

    /// Lets those go that wait.
    pub(crate) fn let_go(&self) {
        self.parts.free.send_replace(true);
    }
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> String {
        self.headers[name].to_str().unwrap().to_owned()
    }
}

async fn answer(State(parts): State<Arc<Parts>>, headers: HeaderMap, body: Bytes) -> Response {
    let reply = {
        let mut replies = parts.replies.lock().unwrap();
        let next = replies.front().cloned().unwrap();
        if replies.len() > 1 {
            replies.pop_front();
        }
        next
    };
    parts
        .heard
        .send_modify(|heard| heard.push(Heard { headers, body }));
    match reply {
        Reply::Says(status, body) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        Reply::Redirects(to) => (StatusCode::FOUND, [(LOCATION, to)]).into_response(),
        Reply::Hangs => std::future::pending().await,
        Reply::Waits(status, body) => {
            let mut free = parts.free.subscribe();
            free.wait_for(|free| *free).await.unwrap();
            (StatusCode::from_u16(status).unwrap(), body).into_response()
        }
    }
}
