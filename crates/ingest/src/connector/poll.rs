//! What a vendor is asked for, again and again.

use order::{Span, Timestamp};
use serde_json::{Map, Value as Json};

use super::scope::Scope;
use super::template::Template;
use crate::mapping::{Expression, Mapping};

/// A list of a vendor that is polled.
#[derive(Clone, Debug)]
pub struct Poll {
    /// How it is asked.
    pub method: Method,
    /// What is asked for: a path below the vendor's URL, or a URL of its own.
    pub target: Template,
    /// Where the vendor is, when it is not where the connector says.
    pub url: Option<Template>,
    /// Longest that an answer may take, when it is not what the connector says.
    pub timeout: Option<Span>,
    /// Headers beside those of the connector; names in lower case.
    pub headers: Vec<(String, Template)>,
    /// The query string; a parameter that is absent is left out.
    pub query: Vec<(String, Template)>,
    /// What is sent.
    pub body: Option<Body>,
    /// The records of an answer.
    pub records: Expression,
    /// How an answer leads to the next.
    pub pages: Pages,
    /// Most pages of one window.
    pub most_pages: u32,
    /// How new a record is.
    pub cursor: Option<Expression>,
    /// What part of the list is asked for.
    pub range: Range,
    /// When it is asked.
    pub schedule: Schedule,
}

/// How a request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
}

impl Method {
    /// Returns its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// What a request sends.
#[derive(Clone, Debug)]
pub enum Body {
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, Template)>),
    /// `application/json`.
    Json(Leaf),
}

/// JSON with templates in its leaves.
#[derive(Clone, Debug)]
pub enum Leaf {
    /// A value that is the same whatever is filled in.
    Constant(Json),
    /// A text; one expression alone keeps its type.
    Template(Template),
    /// A list.
    List(Vec<Self>),
    /// An object; a value that is absent is left out.
    Object(Vec<(String, Self)>),
}

/// How an answer leads to the next.
#[derive(Clone, Debug)]
pub enum Pages {
    /// One answer is all.
    Single,
    /// Pages are counted.
    Numbered {
        /// Number of the first page.
        first: i64,
        /// Records of a full page.
        size: Option<i64>,
        /// Whether there are more.
        more: Option<Expression>,
        /// How many records there are.
        total: Option<Expression>,
        /// Whether pages are read from the last to the first, so that records which move
        /// while they are read are read twice instead of not at all.
        last_first: bool,
    },
    /// Records are counted.
    Offset {
        /// Records of a full page.
        size: i64,
        /// Whether there are more.
        more: Option<Expression>,
        /// How many records there are.
        total: Option<Expression>,
    },
    /// An answer gives the token of the next.
    Cursor {
        /// The token; none ends the list.
        next: Expression,
        /// Whether there are more.
        more: Option<Expression>,
    },
    /// An answer gives the next URL in its `Link` header (RFC 8288).
    Link,
    /// An answer gives the next URL in its body.
    NextLink {
        /// The URL; none ends the list.
        next: Expression,
    },
}

/// What part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Range {
    /// The whole of it, every time.
    Whole {
        /// How long the vendor may take until a change is in its list.
        settle: Span,
    },
    /// What changed within `[from, to)`.
    Instants {
        /// Where the first run begins.
        start: Start,
        /// Most of what one request asks for.
        window: Option<Span>,
        /// How much is asked for again, as clocks differ.
        overlap: Span,
        /// How long the vendor may take until a change is in its list.
        settle: Span,
    },
    /// What changed after a number of the vendor's.
    Numbers {
        /// Where the first run begins.
        start: i64,
        /// How many numbers are asked for again.
        overlap: i64,
        /// How long the vendor may take until a change is in its list.
        settle: Span,
    },
}

/// Where the first run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// That long before it.
    Before(Span),
    /// At an instant.
    At(Timestamp),
}

/// When a feed runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// From one run to the next.
    pub every: Span,
    /// By which share of that a run may be later, in percent.
    pub jitter: u8,
}

impl Leaf {
    /// Fills it in.
    pub(super) fn json(&self, scope: &Scope<'_>, mapping: &Mapping) -> Result<Json, String> {
        Ok(match self {
            Self::Constant(value) => value.clone(),
            Self::Template(template) => template.json(scope, mapping)?,
            Self::List(items) => {
                let items = items.iter().map(|item| item.json(scope, mapping));
                Json::Array(items.collect::<Result<_, _>>()?)
            }
            Self::Object(entries) => {
                let mut object = Map::new();
                for (key, leaf) in entries {
                    match leaf.json(scope, mapping)? {
                        Json::Null if matches!(leaf, Self::Template(_)) => {}
                        value => drop(object.insert(key.clone(), value)),
                    }
                }
                Json::Object(object)
            }
        })
    }
}

impl Range {
    /// Returns how long the vendor may take until a change is in its list.
    #[must_use]
    pub const fn settle(&self) -> Span {
        match self {
            Self::Whole { settle }
            | Self::Instants { settle, .. }
            | Self::Numbers { settle, .. } => *settle,
        }
    }
}
