//! Polls.

use serde_json::Value as Json;

use super::super::poll::{Body, Leaf, Method, Pages, Poll};
use super::super::template::Template;
use super::http::TIMEOUTS;
use super::range::RANGE_KEYS;
use super::{ANSWER, REQUEST};
use crate::mapping::decode::{Decoder, Entries};
use crate::mapping::document::{Content, Node};
use crate::mapping::vocabulary::{RECORD, Vocabulary};
use crate::mapping::{Expression, Place, expression, nearest};

/// Most pages of one window, unless it is said.
const DEFAULT_PAGES: i64 = 10_000;
const LARGEST_PAGE: i64 = 100_000;
/// The ways in which an answer leads to the next.
const WAYS: [&str; 6] = ["none", "page", "offset", "cursor", "link", "next_link"];

impl Decoder<'_> {
    pub(super) fn poll(&mut self, node: &Node, path: &str) -> Option<Poll> {
        let own = [
            "get", "post", "url", "timeout", "headers", "query", "form", "json", "records", "pages",
        ];
        let known: Vec<&str> = own.into_iter().chain(RANGE_KEYS).collect();
        let entries = self.entries(node, path, &known)?;
        let asked = self.asked(&entries);
        let url = match entries.get("url") {
            None => Some(None),
            Some(_) => self.url(&entries, "url").map(Some),
        };
        let timeout = self.optional_span(&entries, "timeout", TIMEOUTS);
        let headers = self.headers(&entries, &REQUEST);
        let query = self.templates(&entries, "query", &REQUEST);
        let body = self.body(&entries);
        let records = self.listed(&entries);
        let pages = self.pages(&entries);
        let cursor = self.expression(&entries, "cursor", &RECORD);
        let cursor = cursor.map_or(Some(None), |cursor| cursor.map(Some));
        let range = self.range(&entries, cursor.as_ref().and_then(Option::as_ref));
        let schedule = self.schedule(&entries);
        let (method, target) = asked?;
        let (pages, most_pages) = pages?;
        Some(Poll {
            method,
            target,
            url: url?,
            timeout: timeout?,
            headers,
            query,
            body: body?,
            records: records?,
            pages,
            most_pages: u32::try_from(most_pages).ok()?,
            cursor: cursor?,
            range: range?,
            schedule: schedule?,
        })
    }

    fn asked(&mut self, entries: &Entries<'_>) -> Option<(Method, Template)> {
        let (method, key) = match (entries.get("get"), entries.get("post")) {
            (Some(_), None) => (Method::Get, "get"),
            (None, Some(_)) => (Method::Post, "post"),
            _ => {
                let message = "expected either get or post, with the path that is asked";
                self.report(&entries.path, entries.place, message, "");
                return None;
            }
        };
        let target = self.required_template(entries, key, &REQUEST)?;
        let beginning = target.beginning();
        let sound = ["/", "https://", "http://"];
        if !(beginning.is_empty() && !target.is_constant()
            || sound.iter().any(|sound| beginning.starts_with(sound)))
        {
            let place = entries.get(key).map_or(entries.place, |entry| entry.place);
            let message = format!("expected a path that begins with `/`, found `{beginning}`");
            self.report(&entries.path_of(key), place, message, "");
        }
        Some((method, target))
    }

    fn body(&mut self, entries: &Entries<'_>) -> Option<Option<Body>> {
        if entries.get("post").is_none() {
            self.out_of_place(entries, &["form", "json"], "is sent by post only");
        }
        match (entries.get("form"), entries.get("json")) {
            (None, None) => Some(None),
            (Some(_), None) => Some(Some(Body::Form(self.templates(entries, "form", &REQUEST)))),
            (None, Some(entry)) => {
                let leaf = self.leaf(&entry.node, &entries.path_of("json"))?;
                Some(Some(Body::Json(leaf)))
            }
            (Some(_), Some(entry)) => {
                let message = "a request sends either a form or json";
                self.report(&entries.path_of("json"), entry.place, message, "");
                None
            }
        }
    }

    fn leaf(&mut self, node: &Node, path: &str) -> Option<Leaf> {
        match &node.content {
            Content::Null => Some(Leaf::Constant(Json::Null)),
            Content::Scalar { text, is_plain, .. } => {
                if *is_plain && let Some(constant) = constant(text) {
                    return Some(Leaf::Constant(constant));
                }
                self.template(node, path, &REQUEST).map(Leaf::Template)
            }
            Content::Sequence(nodes) => {
                let items = nodes.iter().enumerate();
                let items = items.map(|(index, node)| self.leaf(node, &format!("{path}[{index}]")));
                Some(Leaf::List(items.collect::<Option<_>>()?))
            }
            Content::Mapping(entries) => {
                let leaf = |entry: &crate::mapping::document::Entry| {
                    let leaf = self.leaf(&entry.node, &format!("{path}.{}", entry.key))?;
                    Some((entry.key.clone(), leaf))
                };
                Some(Leaf::Object(
                    entries.iter().map(leaf).collect::<Option<_>>()?,
                ))
            }
        }
    }

    /// Reads where an answer has its records; the answer is one itself by default.
    fn listed(&mut self, entries: &Entries<'_>) -> Option<Expression> {
        let parameters = self.parameters.clone();
        let vocabulary = Self::vocabulary(&ANSWER, &parameters, &[]);
        match self.expression(entries, "records", &vocabulary) {
            Some(records) => records,
            None => {
                let path = entries.path_of("records");
                expression::compile("body", Place::default(), &path, &vocabulary).ok()
            }
        }
    }

    fn pages(&mut self, entries: &Entries<'_>) -> Option<(Pages, i64)> {
        let Some(entry) = entries.get("pages") else {
            return Some((Pages::Single, 1));
        };
        let known = [
            "by",
            "first",
            "size",
            "more",
            "total",
            "last_first",
            "next",
            "most",
        ];
        let pages = self.entries(&entry.node, &entries.path_of("pages"), &known)?;
        let (by, place) = self.text(&pages, "by")?;
        let most = self.number(&pages, "most", DEFAULT_PAGES, 1..=1_000_000);
        let parameters = self.parameters.clone();
        let vocabulary = Self::vocabulary(&ANSWER, &parameters, &[]);
        self.only(&pages, &by);
        let way = match by.as_str() {
            "none" => Pages::Single,
            "page" => self.numbered(&pages, &vocabulary)?,
            "offset" => Pages::Offset {
                size: self.page_size(&pages, true)??,
                more: self.optional(&pages, "more", &vocabulary)?,
                total: self.optional(&pages, "total", &vocabulary)?,
            },
            "cursor" => Pages::Cursor {
                next: self.required_expression(&pages, "next", &vocabulary)?,
                more: self.optional(&pages, "more", &vocabulary)?,
            },
            "link" => Pages::Link,
            "next_link" => Pages::NextLink {
                next: self.required_expression(&pages, "next", &vocabulary)?,
            },
            _ => {
                let message = format!("`{by}` is not a way from page to page");
                self.report(&pages.path_of("by"), place, message, nearest(&by, WAYS));
                return None;
            }
        };
        Some((way, most?))
    }

    /// Reports keys that another way from page to page would have.
    fn only(&mut self, pages: &Entries<'_>, by: &str) {
        let foreign: &[&str] = match by {
            "page" => &["next"],
            "offset" => &["first", "next", "last_first"],
            "cursor" => &["first", "total", "last_first"],
            "none" | "link" | "next_link" => &["first", "size", "more", "total", "last_first"],
            _ => &[],
        };
        self.out_of_place(pages, foreign, &format!("means nothing for pages by {by}"));
    }

    fn numbered(&mut self, pages: &Entries<'_>, vocabulary: &Vocabulary<'_>) -> Option<Pages> {
        let first = self.number(pages, "first", 1, 0..=1);
        let last_first = self.quantity::<bool>(pages, "last_first");
        let more = self.optional(pages, "more", vocabulary);
        let total = self.optional(pages, "total", vocabulary);
        let last_first = last_first?.unwrap_or(false);
        let size = self.page_size(pages, last_first);
        let total = total?;
        if last_first && total.is_none() {
            let message = "the last page is not known without `total`";
            let help = "add `total:` with the number of records that an answer tells";
            self.report(&pages.path_of("total"), pages.place, message, help);
        }
        Some(Pages::Numbered {
            first: first?,
            size: size?,
            more: more?,
            total,
            last_first,
        })
    }

    fn page_size(&mut self, pages: &Entries<'_>, is_required: bool) -> Option<Option<i64>> {
        if pages.get("size").is_none() {
            if is_required {
                let message = "key `size` is missing";
                self.report(&pages.path_of("size"), pages.place, message, "");
                return None;
            }
            return Some(None);
        }
        self.number(pages, "size", 1, 1..=LARGEST_PAGE).map(Some)
    }

    pub(super) fn optional(
        &mut self,
        entries: &Entries<'_>,
        key: &str,
        vocabulary: &Vocabulary<'_>,
    ) -> Option<Option<Expression>> {
        let read = self.expression(entries, key, vocabulary);
        read.map_or(Some(None), |read| read.map(Some))
    }
}

/// Reads a number or truth that stands without quotes.
fn constant(text: &str) -> Option<Json> {
    match serde_json::from_str(text) {
        Ok(constant @ (Json::Number(_) | Json::Bool(_))) => Some(constant),
        _ => None,
    }
}
