//! What is signed, written as text with places for what changes.

/// A place in a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Body,
    Pairs,
    Secret,
    Timestamp,
}

/// Text with places, as `{timestamp}.{body}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Place(Place),
}

/// A template makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// A brace is not part of a place.
    #[error("`{0}` has a brace that is not part of a place such as {{body}}")]
    Brace(String),
    /// A place is not one of those that can be filled.
    #[error("`{{{name}}}` is no place here; there are {known}")]
    Unknown {
        /// What stands between the braces.
        name: String,
        /// All that could.
        known: String,
    },
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Pairs => "pairs",
            Self::Secret => "secret",
            Self::Timestamp => "timestamp",
        }
    }
}

impl Template {
    pub(super) fn parse(text: &str, places: &[Place]) -> Result<Self, BadTemplate> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or_else(|| brace(text))?;
            push_text(&mut parts, before, text)?;
            parts.push(Part::Place(place(name, places)?));
            rest = after;
        }
        push_text(&mut parts, rest, text)?;
        Ok(Self(parts))
    }

    pub(super) fn has(&self, place: Place) -> bool {
        self.0.contains(&Part::Place(place))
    }

    /// The template with its places filled, in pieces, so that a long body is not copied.
    pub(super) fn fill<'a>(&'a self, value: impl Fn(Place) -> &'a [u8]) -> Vec<&'a [u8]> {
        let piece = |part: &'a Part| match part {
            Part::Text(text) => text.as_bytes(),
            Part::Place(place) => value(*place),
        };
        self.0.iter().map(piece).collect()
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str, whole: &str) -> Result<(), BadTemplate> {
    if text.contains('}') {
        return Err(brace(whole));
    }
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
    Ok(())
}

fn brace(whole: &str) -> BadTemplate {
    BadTemplate::Brace(whole.to_owned())
}

fn place(name: &str, places: &[Place]) -> Result<Place, BadTemplate> {
    let named = places.iter().find(|place| place.name() == name);
    named.copied().ok_or_else(|| {
        let known: Vec<_> = places.iter().map(|place| place.name()).collect();
        BadTemplate::Unknown {
            name: name.to_owned(),
            known: known.join(", "),
        }
    })
}
