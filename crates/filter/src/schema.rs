//! What a list can be filtered by.

use std::fmt;

/// Names of a list that a message repeats.
const LISTED: usize = 12;

/// The fields of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    fields: Vec<Field>,
}

/// A field: its name in filters and rows, what it is, and the SQL that stands for it.
///
/// A name may be a path, such as `customer.tier`; where several fit, the longest counts.
///
/// The SQL is part of the program, as its type says: what somebody wrote never becomes SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    name: &'static str,
    kind: Kind,
    sql: &'static str,
}

/// What a field is, with the type of PostgreSQL that its SQL must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Text (`text`).
    Text {
        /// Whether words that stand alone are looked for in it.
        searched: bool,
    },
    /// One of some words (`text`).
    Word(Vec<String>),
    /// A number (`smallint`, `integer`, `bigint`, `numeric`, `real` or `double precision`).
    Number,
    /// A stretch of time (`interval` without months).
    Duration,
    /// An instant (`timestamptz`).
    Instant,
    /// True or false (`boolean`).
    Boolean,
    /// A UUID (`uuid`).
    Uuid,
    /// A list of text (`text[]`).
    List,
    /// A map from text to text (`jsonb`: an object whose values are strings).
    Map,
}

impl Schema {
    /// Declares fields.
    ///
    /// # Panics
    /// When two have the same name.
    #[must_use]
    pub fn new(fields: impl IntoIterator<Item = Field>) -> Self {
        let fields: Vec<Field> = fields.into_iter().collect();
        for (index, field) in fields.iter().enumerate() {
            let is_new = fields[..index].iter().all(|other| other.name != field.name);
            assert!(is_new, "two fields are named `{}`", field.name);
        }
        Self { fields }
    }

    /// Fields in the order in which they were declared.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub(crate) fn searched(&self) -> impl Iterator<Item = &Field> {
        let is_searched = |field: &&Field| field.kind == Kind::Text { searched: true };
        self.fields.iter().filter(is_searched)
    }
}

impl Field {
    fn new(name: &'static str, kind: Kind, sql: &'static str) -> Self {
        Self { name, kind, sql }
    }

    /// A field of text.
    #[must_use]
    pub fn text(name: &'static str, sql: &'static str) -> Self {
        Self::new(name, Kind::Text { searched: false }, sql)
    }

    /// A field of text in which words that stand alone are looked for.
    #[must_use]
    pub fn searched(name: &'static str, sql: &'static str) -> Self {
        Self::new(name, Kind::Text { searched: true }, sql)
    }

    /// A field that holds one of some words.
    #[must_use]
    pub fn word<W: Into<String>>(
        name: &'static str,
        words: impl IntoIterator<Item = W>,
        sql: &'static str,
    ) -> Self {
        let words = words.into_iter().map(Into::into).collect();
        Self::new(name, Kind::Word(words), sql)
    }

    /// A number.
    #[must_use]
    pub fn number(name: &'static str, sql: &'static str) -> Self {
        Self::new(name, Kind::Number, sql)
    }

    /// A stretch of time.
    #[must_use]
    pub fn duration(name: &'static str, sql: &'static str) -> Self {
        Self::new(name, Kind::Duration, sql)
    }

    /// An instant.
    #[must_use]
    pub fn instant(name: &'static str, sql: &'static str) -> Self {
        Self::new(name, Kind::Instant, sql)
    }

    /// A field that is true or false.
    #[must_use]
    pub fn boolean(name: &'static str, sql: &'static str) -> Self {
        Self::new(name, Kind::Boolean, sql)
    }

    /// A UUID.
    #[must_use]
    pub fn uuid(name: &'static str, sql: &'static str) -> Self {
        Self::new(name, Kind::Uuid, sql)
    }

    /// A list of text.
    #[must_use]
    pub fn list(name: &'static str, sql: &'static str) -> Self {
        Self::new(name, Kind::List, sql)
    }

    /// A map from text to text.
    #[must_use]
    pub fn map(name: &'static str, sql: &'static str) -> Self {
        Self::new(name, Kind::Map, sql)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The SQL that stands for it.
    #[must_use]
    pub fn sql(&self) -> &'static str {
        self.sql
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text { .. } => "text",
            Self::Word(words) => return write!(f, "one of {}", listed(words)),
            Self::Number => "a number",
            Self::Duration => "a duration",
            Self::Instant => "an instant",
            Self::Boolean => "true or false",
            Self::Uuid => "a UUID",
            Self::List => "a list of text",
            Self::Map => "a map of text",
        })
    }
}

/// Names as a message lists them.
pub(crate) fn listed(names: &[String]) -> String {
    let shown = &names[..names.len().min(LISTED)];
    let more = if shown.len() < names.len() {
        ", …"
    } else {
        ""
    };
    format!("{}{more}", shown.join(", "))
}
