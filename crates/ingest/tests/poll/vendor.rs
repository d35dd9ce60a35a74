//! A vendor on loopback that answers as a test says.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use serde_json::{Value as Json, json};

/// A request as the vendor saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) query: HashMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Which request of the test it is, from 1.
    pub(crate) number: usize,
}

/// What the vendor answers.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    is_cut: bool,
}

type Answering = Box<dyn FnMut(&Seen) -> Answer + Send>;

#[derive(Clone)]
pub(crate) struct Vendor {
    address: SocketAddr,
    inside: Arc<Mutex<Inside>>,
}

struct Inside {
    seen: Vec<Seen>,
    answering: Answering,
}

impl Answer {
    pub(crate) fn json(body: &Json) -> Self {
        Self::status(200, &body.to_string())
    }

    pub(crate) fn status(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
            is_cut: false,
        }
    }

    pub(crate) fn header(mut self, name: &'static str, seconds: u32) -> Self {
        self.headers.push((name, seconds.to_string()));
        self
    }

    /// Ends the connection in the middle of the body.
    pub(crate) fn cut(mut self) -> Self {
        self.is_cut = true;
        self
    }
}

/// A list of orders (id, revision).
pub(crate) fn orders(list: &[(i64, i64)]) -> Json {
    let order = |(id, version): &(i64, i64)| {
        json!({
            "id": format!("o{id}"),
            "version": version,
            "updated_at": "2026-11-11T11:59:00Z",
            "paid_at": "2026-11-11T11:00:00Z",
        })
    };
    json!({"orders": list.iter().map(order).collect::<Vec<_>>()})
}

impl Vendor {
    pub(crate) async fn open(answering: impl FnMut(&Seen) -> Answer + Send + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let vendor = Self {
            address: listener.local_addr().unwrap(),
            inside: Arc::new(Mutex::new(Inside {
                seen: Vec::new(),
                answering: Box::new(answering),
            })),
        };
        let router = Router::new().fallback(answer).with_state(vendor.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        vendor
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.inside.lock().unwrap().seen.clone()
    }

    pub(crate) fn answers(&self, answering: impl FnMut(&Seen) -> Answer + Send + 'static) {
        self.inside.lock().unwrap().answering = Box::new(answering);
    }
}

async fn answer(
    State(vendor): State<Vendor>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let query = uri.query().unwrap_or_default().as_bytes();
    let answer = {
        let mut inside = vendor.inside.lock().unwrap();
        let seen = Seen {
            path: uri.path().to_owned(),
            query: url::form_urlencoded::parse(query).into_owned().collect(),
            headers,
            body,
            number: inside.seen.len() + 1,
        };
        inside.seen.push(seen.clone());
        (inside.answering)(&seen)
    };
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    if !answer.is_cut {
        return response.body(Body::from(answer.body)).unwrap();
    }
    let half = Bytes::from(answer.body[..answer.body.len() / 2].to_owned());
    let pieces = [Ok(half), Err(std::io::Error::other("the cable is cut"))];
    response
        .header("content-length", answer.body.len())
        .body(Body::from_stream(tokio_stream::iter(pieces)))
        .unwrap()
}
