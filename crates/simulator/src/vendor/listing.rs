//! A plain list of changes: a window of time, a limit, and a link to the next page. Rows of a
//! page are newest first, and their clock need not be right.

use order::{Span, Timestamp};
use serde_json::{Value as Json, json};
use url::form_urlencoded;

use super::ledger::{Ledger, Version};
use super::rows::{Read, Rows};
use super::wire::{Answer, Request};

const MOST_ROWS: usize = 200;

/// A list under a path.
pub(super) struct Listing {
    pub(super) path: &'static str,
    /// Key of the list in the answer.
    pub(super) key: &'static str,
    /// How far the clock that dates its rows is ahead.
    pub(super) skew: Span,
}

impl Listing {
    /// Reads the page that is asked for.
    pub(super) fn read(
        &self,
        ledger: &Ledger,
        token: &str,
        request: &Request,
        now: Timestamp,
        row: impl Fn(&Version) -> Option<Json>,
    ) -> Read {
        if !request.bears(token) {
            return Err(refused(401, "who are you? Send a bearer token"));
        }
        let window = self.window(request)?;
        let begins = match window.after {
            Some(after) => after + 1,
            None => ledger.number_at(window.from - self.skew),
        };
        let until = window.to - self.skew;
        // Rows as they stood at the end of the window: a list that moves loses nothing.
        let rows = ledger.rows(begins, now.min(until));
        let mut rows = rows.take_while(|version| version.at < until).peekable();
        let page: Vec<_> = rows.by_ref().take(window.limit).collect();
        let last = page.last().map(|version| version.number);
        let next = last.filter(|_| rows.peek().is_some());
        let link = next.map(|next| self.link(request, &window, next));
        let key = self.key;
        Ok(Rows {
            list: page.into_iter().rev().filter_map(row).collect(),
            is_first: window.after.is_none(),
            is_last: next.is_none() && until > now,
            write: Box::new(move |rows| {
                let answer = Answer::json(200, &json!({key: rows}));
                match link {
                    Some(link) => answer.with("link", link),
                    None => answer,
                }
            }),
        })
    }

    fn window(&self, request: &Request) -> Result<Window, Box<Answer>> {
        let instant = |name| {
            let text = request.parameter(name);
            let instant = text.and_then(|text| text.parse::<Timestamp>().ok());
            instant.ok_or_else(|| refused(400, "from and to are instants, as 2026-11-11T00:00:00Z"))
        };
        let number = |name: &str, default| match request.parameter(name) {
            None => Ok(default),
            Some(text) => match text.parse::<usize>() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(refused(400, "limit and after are whole numbers")),
            },
        };
        let limit = number("limit", Some(MOST_ROWS))?.unwrap_or(MOST_ROWS);
        if !(1..=MOST_ROWS).contains(&limit) {
            return Err(refused(400, "limit is 1 to 200"));
        }
        Ok(Window {
            from: instant("from")?,
            to: instant("to")?,
            after: number("after", None)?,
            limit,
        })
    }

    fn link(&self, request: &Request, window: &Window, after: usize) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("from", &window.from.to_string())
            .append_pair("to", &window.to.to_string())
            .append_pair("limit", &window.limit.to_string())
            .append_pair("after", &after.to_string())
            .finish();
        let host = request.header("host").unwrap_or("localhost");
        format!("<http://{host}{}?{query}>; rel=\"next\"", self.path)
    }
}

/// Answers too many requests.
pub(super) fn throttle() -> Answer {
    Answer::json(429, &json!({"error": "too many requests"})).with("retry-after", "20")
}

fn refused(status: u16, error: &str) -> Box<Answer> {
    Box::new(Answer::json(status, &json!({"error": error})))
}

struct Window {
    from: Timestamp,
    /// Itself beyond it.
    to: Timestamp,
    /// Number of the last row of the page before.
    after: Option<usize>,
    limit: usize,
}
