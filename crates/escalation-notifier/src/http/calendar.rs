//! Who is on call, as a feed for calendar programs.

use axum::{
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use service::error::{Classified, ErrorKind};
use subtle::ConstantTimeEq;
use tracing::warn;

use crate::{error::Error, notifier::Notifier, on_call::Standing};

/// What a feed's address says beside its schedule.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    token: String,
    person: Option<String>,
}

/// `GET /on-call/SCHEDULE.ics?token=…&person=…`. Calendar programs send no headers of ours, so
/// the token is in the address; whoever has none is told what he would be told of any address.
pub(super) async fn feed(
    State(notifier): State<Notifier>,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let schedule = file.strip_suffix(".ics");
    let Some(schedule) = schedule.filter(|_| notifier.admits(&asked.token)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match notifier.feed(schedule, asked.person.as_deref()).await {
        Ok(calendar) => {
            let headers = [
                (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
                (header::CACHE_CONTROL, "private, max-age=300"),
            ];
            (headers, calendar).into_response()
        }
        Err(error) if error.kind() == ErrorKind::NotFound => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            let error = service::error::chain(&error);
            warn!(error, "cannot serve a calendar");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

impl Notifier {
    fn admits(&self, token: &str) -> bool {
        let expected = self.inner.config.http.calendar_token.as_ref();
        expected.is_some_and(|expected| {
            let expected = expected.expose_secret().as_bytes();
            expected.ct_eq(token.as_bytes()).into()
        })
    }

    async fn feed(&self, schedule: &str, person: Option<&str>) -> Result<String, Error> {
        let from = Standing::feed_from(self.inner.clock.now());
        self.standing(Some(from)).await?.feed(schedule, person)
    }
}
