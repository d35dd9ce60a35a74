//! A request as stand-ins read it.

use std::{collections::HashMap, convert::Infallible};

use axum::{
    body::{Bytes, to_bytes},
    extract::{FromRequest, Query},
    http::{HeaderMap, Uri},
};
use serde_json::Value;

/// Most bytes that are read of a request.
const MOST: usize = 1 << 20;

/// A request, whole.
#[derive(Debug, Default)]
pub(super) struct Request {
    uri: Uri,
    headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Request {
    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    /// What follows the last slash of the path.
    pub(super) fn last(&self) -> String {
        let last = self.path().rsplit('/').next();
        last.unwrap_or_default().to_owned()
    }

    /// A parameter of the query; empty when it is not there.
    pub(super) fn parameter(&self, name: &str) -> String {
        Query::<HashMap<String, String>>::try_from_uri(&self.uri)
            .ok()
            .and_then(|mut query| query.0.remove(name))
            .unwrap_or_default()
    }

    /// A header; empty when it is not there.
    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body as JSON; null when it is none.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl<S: Send + Sync> FromRequest<S> for Request {
    type Rejection = Infallible;

    async fn from_request(request: axum::extract::Request, _state: &S) -> Result<Self, Infallible> {
        let (parts, body) = request.into_parts();
        Ok(Self {
            uri: parts.uri,
            headers: parts.headers,
            body: to_bytes(body, MOST).await.unwrap_or_default(),
        })
    }
}
