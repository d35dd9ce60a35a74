//! Data on standard output: tables for people, JSON and YAML for programs.

mod tree;

use std::io::{self, BufWriter, Write};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, TableStyle};
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

/// Writes one line of text to standard output.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// Writes a text as it is to standard output.
pub(crate) fn text(text: &str) -> Result<(), Failure> {
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
        Format::Table => writeln!(out, "{}", thing.describe().trim_end())?,
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
        table.add_row(row.cells().into_iter().map(printable));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 3));
    }
    table.trim_fmt()
}

/// One line of printable text: what came from outside moves no cursor.
pub(crate) fn printable(cell: String) -> String {
    if cell.chars().any(char::is_control) {
        cell.chars()
            .map(|character| {
                if character.is_control() {
                    ' '
                } else {
                    character
                }
            })
            .collect()
    } else {
        cell
    }
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
    fn json_is_one_array_without_absent_fields() {
        insta::assert_snapshot!(written(Format::Json));
    }

    #[test]
    fn yaml_is_one_sequence() {
        insta::assert_snapshot!(written(Format::Yaml));
    }
}
