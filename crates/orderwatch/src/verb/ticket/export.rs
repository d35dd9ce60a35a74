//! `orderwatch ticket export`.

use std::io::Write as _;

use clap::{Args, ValueEnum};
use contracts::ticketing::v1::ExportTicketsRequest;

use crate::cli::Global;
use crate::connection::Service;
use crate::failure::Failure;
use crate::verb::selection::Selection;

/// Which tickets, and how they are written.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// How they are written.
    #[arg(long, value_enum, default_value_t)]
    format: Table,
    /// Begin with the mark by which Excel knows UTF-8.
    #[arg(long)]
    bom: bool,
}

/// Kind of a table.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Table {
    /// Values with commas between them.
    #[default]
    Csv,
}

pub(super) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let (selection, Table::Csv) = (arguments.selection, arguments.format);
    let request = ExportTicketsRequest {
        me: selection.me(),
        my_work: selection.is_work(),
        filter: selection.filter,
        saved_filter: selection.saved,
        byte_order_mark: arguments.bom,
    };
    let connection = global.connection();
    let mut pieces = connection
        .unhurried()
        .ticket_lists()
        .call(request, async |mut client, request| {
            client.export_tickets(request).await
        })
        .await?;
    let place = connection.place(Service::Ticketing);
    let mut out = std::io::stdout().lock();
    while let Some(piece) = pieces
        .message()
        .await
        .map_err(|status| Failure::from_status(&place, &status))?
    {
        out.write_all(&piece.csv)?;
    }
    Ok(out.flush()?)
}
