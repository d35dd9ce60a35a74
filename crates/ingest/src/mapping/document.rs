//! YAML as a tree that knows where each of its nodes stands.

use std::borrow::Cow;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span};

use super::fault::{Fault, Place};

const MAX_DEPTH: usize = 16;

/// A node of the document.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where it begins.
    pub(crate) place: Place,
    pub(crate) content: Content,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Null,
    Scalar {
        text: String,
        /// Where the first character of the text stands.
        text_place: Place,
        /// Whether it stands without quotes, so that it may be a number or a truth.
        is_plain: bool,
    },
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

/// One key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) node: Node,
}

/// Reads the one document of a YAML text.
pub(crate) fn read(yaml: &str) -> Result<Node, Fault> {
    let mut reader = Reader {
        yaml,
        parser: Parser::new_from_str(yaml),
    };
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_), _) => {}
            (Event::StreamEnd, span) => {
                return Err(Fault::new("", place(span.start), "the mapping is empty"));
            }
            first => {
                let root = reader.node(first, 0)?;
                return reader.end(root);
            }
        }
    }
}

struct Reader<'y> {
    yaml: &'y str,
    parser: Parser<'y, saphyr_parser::StrInput<'y>>,
}

impl<'y> Reader<'y> {
    fn next(&mut self) -> Result<(Event<'y>, Span), Fault> {
        match self.parser.next_event() {
            Some(event) => event.map_err(|error| syntax(&error)),
            None => Err(Fault::new("", Place::default(), "the document ends early")),
        }
    }

    fn end(&mut self, root: Node) -> Result<Node, Fault> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(root),
                (Event::DocumentStart(_), span) => {
                    let message = "a second document: a mapping is one document";
                    return Err(Fault::new("", place(span.start), message));
                }
                _ => {}
            }
        }
    }

    fn node(&mut self, (event, span): (Event<'y>, Span), depth: usize) -> Result<Node, Fault> {
        let begin = place(span.start);
        if depth > MAX_DEPTH {
            return Err(Fault::new("", begin, "nested too deeply"));
        }
        let content = match event {
            Event::Scalar(text, style, ..) => self.scalar(text, style, begin),
            Event::SequenceStart(..) => Content::Sequence(self.sequence(depth)?),
            Event::MappingStart(..) => Content::Mapping(self.mapping(depth)?),
            Event::Alias(_) => {
                return Err(Fault::new("", begin, "aliases are not supported")
                    .help("write the value again"));
            }
            other => return Err(Fault::new("", begin, format!("unexpected {other:?}"))),
        };
        Ok(Node {
            place: begin,
            content,
        })
    }

    fn scalar(&self, text: Cow<'y, str>, style: ScalarStyle, begin: Place) -> Content {
        if style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null") {
            return Content::Null;
        }
        let text_place = match style {
            ScalarStyle::Plain => begin,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Place {
                column: begin.column + 1,
                ..begin
            },
            ScalarStyle::Literal | ScalarStyle::Folded => self.block_text(begin),
        };
        Content::Scalar {
            text: text.into_owned(),
            text_place,
            is_plain: style == ScalarStyle::Plain,
        }
    }

    /// Finds the first character of a block scalar, which is marked at its indicator or at
    /// the line that follows it.
    fn block_text(&self, mark: Place) -> Place {
        let lines = self.yaml.lines().enumerate().skip(mark.line - 1);
        let is_header = |text: &str| {
            let marked = text.chars().nth(mark.column - 1);
            matches!(marked, Some('|' | '>'))
        };
        let first = lines
            .map(|(index, text)| (index + 1, text))
            .filter(|(line, text)| *line > mark.line || !is_header(text))
            .find(|(_, text)| !text.trim().is_empty());
        first.map_or(mark, |(line, text)| Place {
            line,
            column: text.len() - text.trim_start().len() + 1,
        })
    }

    fn sequence(&mut self, depth: usize) -> Result<Vec<Node>, Fault> {
        let mut nodes = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(nodes),
                event => nodes.push(self.node(event, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Vec<Entry>, Fault> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (key, key_place) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(entries),
                (Event::Scalar(text, ..), span) => (text.into_owned(), place(span.start)),
                (_, span) => return Err(Fault::new("", place(span.start), "a key must be text")),
            };
            if entries.iter().any(|entry| entry.key == key) {
                return Err(Fault::new(
                    "",
                    key_place,
                    format!("key `{key}` stands twice"),
                ));
            }
            let event = self.next()?;
            let node = self.node(event, depth + 1)?;
            entries.push(Entry {
                key,
                place: key_place,
                node,
            });
        }
    }
}

fn syntax(error: &ScanError) -> Fault {
    let message = format!("not YAML: {}", error.info());
    Fault::new("", place(*error.marker()), message)
}

fn place(marker: Marker) -> Place {
    Place {
        line: marker.line(),
        column: marker.col() + 1,
    }
}

impl Content {
    /// Says what it is, as error messages do.
    pub(crate) const fn describe(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Scalar { .. } => "a text",
            Self::Sequence(_) => "a list",
            Self::Mapping(_) => "a mapping",
        }
    }
}
