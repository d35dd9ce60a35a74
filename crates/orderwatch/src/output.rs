//! Data on standard output: tables for people, JSON and YAML for programs.

mod tree;

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, TableStyle};
use rule_engine::visual::is_hidden;
use serde::Serialize;

use crate::failure::{Exit, Failure};

pub(crate) use tree::Tree;

/// How data is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people.
    #[default]
    Table,
    /// A list is one JSON array.
    Json,
    /// A list is one YAML sequence.
    Yaml,
}

/// One line of a list.
pub(crate) trait Row: Serialize {
    /// Headings of the table.
    const COLUMNS: &'static [&'static str];

    /// One cell a column; empty where there is nothing.
    fn cells(&self) -> Vec<String>;
}

/// One thing, told at length.
pub(crate) trait Detailed: Serialize {
    /// What people read: one line after another.
    fn describe(&self) -> String;
}

/// Writes a list to standard output.
pub(crate) fn list<R: Row>(format: Format, rows: &[R]) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    write_list(&mut out, format, rows)?;
    Ok(out.flush()?)
}

/// Writes one thing to standard output.
pub(crate) fn one<D: Detailed>(format: Format, thing: &D) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    write_one(&mut out, format, thing)?;
    Ok(out.flush()?)
}

/// Writes one thing that a file takes as it is, as it may be applied again, to standard output.
pub(crate) fn document<D: Detailed>(format: Format, thing: &D) -> Result<(), Failure> {
    match format {
        Format::Table if !io::stdout().is_terminal() => {
            verbatim(&format!("{}\n", thing.describe().trim_end()))
        }
        format => one(format, thing),
    }
}

/// Writes one line for people to standard output.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", visible(text))?;
    Ok(out.flush()?)
}

/// Writes lines for people to standard output.
pub(crate) fn lines(text: &str) -> Result<(), Failure> {
    verbatim(&visible(text))
}

/// Writes a text for programs, as it is, to standard output.
pub(crate) fn verbatim(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    write!(out, "{text}")?;
    Ok(out.flush()?)
}

pub(crate) fn write_list<R: Row>(
    out: &mut impl Write,
    format: Format,
    rows: &[R],
) -> Result<(), Failure> {
    match format {
        Format::Table => writeln!(out, "{}", table(rows))?,
        Format::Json => write_json(out, &rows)?,
        Format::Yaml => write_yaml(out, &rows)?,
    }
    Ok(())
}

pub(crate) fn write_one<D: Detailed>(
    out: &mut impl Write,
    format: Format,
    thing: &D,
) -> Result<(), Failure> {
    match format {
        Format::Table => writeln!(out, "{}", visible(thing.describe().trim_end()))?,
        Format::Json => write_json(out, thing)?,
        Format::Yaml => write_yaml(out, thing)?,
    }
    Ok(())
}

/// Draws rows as a table.
pub(crate) fn table<R: Row>(rows: &[R]) -> String {
    let mut table = Table::new();
    table
        .load_style(TableStyle::new())
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(R::COLUMNS.to_vec());
    for row in rows {
        table.add_row(row.cells().iter().map(|cell| printable(cell)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 3));
    }
    table.trim_fmt()
}

/// One line for people.
pub(crate) fn printable(cell: &str) -> String {
    visible(&cell.replace(['\n', '\r', '\t'], " ")).into_owned()
}

/// Lines for people: of what came from outside, whatever commands a terminal, turns the reading
/// direction or cannot be seen is shown by its number.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_shown_by_number) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let ends_a_line = character == '\r' && rest.peek() == Some(&'\n');
        if is_shown_by_number(character) && !ends_a_line {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Pictures are joined of several without width between them, and lines have ends.
fn is_shown_by_number(character: char) -> bool {
    is_hidden(character) && !matches!(character, '\n' | '\t' | '\u{200c}' | '\u{200d}')
}

fn write_json(out: &mut impl Write, value: &impl Serialize) -> Result<(), Failure> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(io::Error::from)?;
    Ok(writeln!(out)?)
}

fn write_yaml(out: &mut impl Write, value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_norway::to_string(value)
        .map_err(|error| Failure::new(Exit::Internal, format!("cannot write YAML: {error}")))?;
    Ok(write!(out, "{text}")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Order {
        order_id: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        paid_at: Option<&'static str>,
    }

    impl Row for Order {
        const COLUMNS: &'static [&'static str] = &["ORDER", "PAID AT"];

        fn cells(&self) -> Vec<String> {
            vec![
                self.order_id.to_owned(),
                self.paid_at.unwrap_or_default().to_owned(),
            ]
        }
    }

    const ORDERS: &[Order] = &[
        Order {
            order_id: "双11-0001",
            paid_at: Some("2026-11-11T00:00:01Z"),
        },
        Order {
            order_id: "B\u{1b}[2J",
            paid_at: None,
        },
    ];

    fn written(format: Format) -> String {
        let mut out = Vec::new();
        write_list(&mut out, format, ORDERS).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table_is_aligned_and_moves_no_cursor() {
        insta::assert_snapshot!(written(Format::Table));
    }

    #[test]
    fn what_came_from_outside_commands_no_terminal_and_turns_nothing_round() {
        // Clears the screen, the same in one character, rings, returns, turns round, isolates.
        let nasty = "1\u{1b}[2J2\u{9b}2J3\u{7}4\r5\u{202e}6\u{2066}7\u{2028}8\u{200b}";
        let shown = r"1\u{1b}[2J2\u{9b}2J3\u{7}4\u{d}5\u{202e}6\u{2066}7\u{2028}8\u{200b}";
        assert_eq!(visible(nasty), shown);
        struct Note(&'static str);
        impl Serialize for Note {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.0)
            }
        }
        impl Detailed for Note {
            fn describe(&self) -> String {
                self.0.to_owned()
            }
        }
        let written = |format| {
            let mut out = Vec::new();
            write_one(&mut out, format, &Note("a\u{1b}]0;b\u{7}\u{202e}\nc")).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(Format::Table), "a\\u{1b}]0;b\\u{7}\\u{202e}\nc\n");
        assert_eq!(
            written(Format::Json),
            "\"a\\u001b]0;b\\u0007\u{202e}\\nc\"\n"
        );
    }

    #[test]
    fn what_people_write_in_any_language_is_shown_as_it_is() {
        let plain = "1\tعربى\r\n仓库 👩\u{200d}💻 naïve ❤\u{fe0f}\n";
        assert_eq!(visible(plain), plain);
        assert_eq!(printable("a\r\nb\tc"), "a  b c");
    }

    #[test]
    fn json_is_one_array_without_absent_fields() {
        insta::assert_snapshot!(written(Format::Json));
    }

    #[test]
    fn yaml_is_one_sequence() {
        insta::assert_snapshot!(written(Format::Yaml));
    }
}
