//! Where the text of a key stands in a stream of YAML documents.

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};

/// Where a text stands in its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Line of its first character, from 1 at the document's first line.
    line: usize,
    /// Column of its first character, from 1.
    column: usize,
    /// Whether its lines are those of the document.
    is_line_by_line: bool,
}

impl Place {
    /// Line and column in the document of a place in the text, both from 1; `None` where
    /// the document breaks its lines elsewhere.
    pub(super) fn within(&self, line: usize, column: usize) -> Option<(usize, usize)> {
        let follows = self.is_line_by_line || line == 1;
        follows.then(|| (self.line + line - 1, self.column + column - 1))
    }
}

/// Place of the text of `path`, such as `["spec", "template"]`, in each document of a
/// stream, in their order; as far as the stream is YAML.
pub(super) fn of_texts(yaml: &str, path: &[&str]) -> Vec<Option<Place>> {
    let mut reader = Reader {
        yaml,
        parser: Parser::new_from_str(yaml),
        first_line: 1,
    };
    let mut places = Vec::new();
    while let Some((event, span)) = reader.next() {
        match event {
            Event::DocumentStart(_) => {
                let first = reader.next();
                reader.first_line = reader.line_after_marker(span);
                let Some(first) = first else { break };
                places.push(reader.node(first, Some(path)));
            }
            Event::StreamEnd => break,
            _ => {}
        }
    }
    places
}

struct Reader<'y> {
    yaml: &'y str,
    parser: Parser<'y, StrInput<'y>>,
    first_line: usize,
}

impl<'y> Reader<'y> {
    fn next(&mut self) -> Option<(Event<'y>, Span)> {
        self.parser.next_event()?.ok()
    }

    /// First line of a document: the one after its marker, where it has one.
    fn line_after_marker(&self, start: Span) -> usize {
        let line = start.start.line();
        let text = self.yaml.lines().nth(line - 1).unwrap_or_default();
        if text.starts_with("---") { line + 1 } else { 1 }
    }

    /// Passes over a node; `wanted` is what is left of the path when it leads there.
    fn node(&mut self, (event, span): (Event<'y>, Span), wanted: Option<&[&str]>) -> Option<Place> {
        match event {
            Event::Scalar(_, style, ..) if wanted == Some(&[]) => Some(self.place(style, span)),
            Event::MappingStart(..) => self.mapping(wanted),
            Event::SequenceStart(..) => {
                while let Some(item) = self.next() {
                    if matches!(item.0, Event::SequenceEnd) {
                        break;
                    }
                    self.node(item, None);
                }
                None
            }
            _ => None,
        }
    }

    fn mapping(&mut self, wanted: Option<&[&str]>) -> Option<Place> {
        let mut found = None;
        while let Some((key, span)) = self.next() {
            let below = match (&key, wanted) {
                (Event::MappingEnd, _) => break,
                (Event::Scalar(text, ..), Some([first, rest @ ..])) if text == first => Some(rest),
                _ => None,
            };
            if !matches!(key, Event::Scalar(..)) {
                self.node((key, span), None);
            }
            let value = self.next()?;
            found = self.node(value, below).or(found);
        }
        found
    }

    fn place(&self, style: ScalarStyle, span: Span) -> Place {
        let (line, column) = (span.start.line(), span.start.col() + 1);
        let (line, column) = match style {
            ScalarStyle::Plain => (line, column),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => (line, column + 1),
            ScalarStyle::Literal | ScalarStyle::Folded => self.block(line, column),
        };
        Place {
            line: (line + 1).saturating_sub(self.first_line),
            column,
            is_line_by_line: style == ScalarStyle::Literal,
        }
    }

    /// First character of a block, which is marked at its indicator or at its first line.
    fn block(&self, line: usize, column: usize) -> (usize, usize) {
        let lines = self.yaml.lines().enumerate().skip(line - 1);
        let is_header = |text: &str| matches!(text.chars().nth(column - 1), Some('|' | '>'));
        let first = lines
            .map(|(index, text)| (index + 1, text))
            .filter(|(at, text)| *at > line || !is_header(text))
            .find(|(_, text)| !text.trim().is_empty());
        first.map_or((line, column), |(line, text)| {
            (line, text.len() - text.trim_start().len() + 1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_its_document_however_it_is_written() {
        let yaml = "# first\nspec:\n  list: [{template: no}]\n  template: |\n    one\n    two\n\
                    ---\nspec: {template: 'a b'}\n---\nother: 1\n---\n# nothing\n---\n# c\nspec:\n  template: >\n    x\n";
        let within = |place: &Option<Place>, line, column| place.as_ref()?.within(line, column);
        let places = of_texts(yaml, &["spec", "template"]);
        assert_eq!(places.len(), 5);
        assert_eq!(within(&places[0], 2, 3), Some((6, 7)));
        assert_eq!(within(&places[1], 1, 3), Some((1, 21)));
        assert_eq!(within(&places[1], 2, 1), None);
        assert_eq!(places[2], None);
        assert_eq!(places[3], None);
        assert_eq!(within(&places[4], 1, 1), Some((4, 5)));
    }
}
