//! Tickets as CSV that spreadsheets take for text.

use std::borrow::Cow;

use contracts::ticketing::v1::ExportTicketsResponse;
use csv::{Terminator, Writer, WriterBuilder};

use super::outlet::Outlet;
use crate::{
    desk::Exporting,
    error::Error,
    store::listing::export::{COLUMNS, Content},
};

/// A piece is sent once it has so many bytes.
const PIECE: usize = 64 * 1024;

/// By which Excel knows UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// What makes a spreadsheet take a cell for a formula, in the letters of East Asia as well.
const BEGIN_FORMULAS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Sends every ticket.
pub(super) async fn send(
    mut exporting: Exporting,
    byte_order_mark: bool,
    outlet: Outlet<ExportTicketsResponse>,
) -> Result<(), Error> {
    let mark = if byte_order_mark { BYTE_ORDER_MARK } else { "" };
    let mut piece = writer(mark.as_bytes().to_vec());
    piece.write_record(COLUMNS.iter().map(|(heading, ..)| heading))?;
    while let Some(rows) = exporting.next().await? {
        for row in rows {
            write(&mut piece, &row)?;
            if let Some(csv) = full(&mut piece, PIECE)? {
                outlet.send(ExportTicketsResponse { csv }).await?;
            }
        }
    }
    match full(&mut piece, 0)? {
        Some(csv) => outlet.send(ExportTicketsResponse { csv }).await,
        None => Ok(()),
    }
}

fn writer(begin: Vec<u8>) -> Writer<Vec<u8>> {
    WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(begin)
}

fn write(piece: &mut Writer<Vec<u8>>, row: &[Option<String>]) -> Result<(), Error> {
    for ((_, content, _), cell) in COLUMNS.iter().zip(row) {
        let cell = written(*content, cell.as_deref().unwrap_or_default());
        piece.write_field(cell.as_bytes())?;
    }
    piece.write_record(None::<&[u8]>)?;
    Ok(())
}

/// What was written, once it is more than so many bytes.
fn full(piece: &mut Writer<Vec<u8>>, bytes: usize) -> Result<Option<Vec<u8>>, Error> {
    piece.flush().map_err(csv::Error::from)?;
    if piece.get_ref().len() <= bytes {
        return Ok(None);
    }
    let written = std::mem::replace(piece, writer(Vec::new())).into_inner();
    Ok(Some(
        written.map_err(|error| csv::Error::from(error.into_error()))?,
    ))
}

/// A cell; what a spreadsheet would take for a formula is preceded by an apostrophe, as OWASP
/// recommends against CSV injection.
fn written(content: Content, cell: &str) -> Cow<'_, str> {
    if content == Content::Text && cell.starts_with(BEGIN_FORMULAS) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_a_formula() {
        for hostile in [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠1",
        ] {
            assert_eq!(written(Content::Text, hostile), format!("'{hostile}"));
        }
        for harmless in ["", "SO-17", "1=1", "'", "订单", " =1"] {
            assert_eq!(written(Content::Text, harmless), harmless);
        }
        assert_eq!(written(Content::Plain, "-12.5"), "-12.5", "a number is one");
    }
}
