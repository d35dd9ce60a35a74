//! `orderwatch audit`: the record of everything that happened.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use contracts::audit::v1::{ListEntriesRequest, TraceOrderRequest};

use super::get::every_row;
use crate::cli::Global;
use crate::failure::Failure;
use crate::output;
use crate::resource::AuditEntry;
use crate::time::{parse_instant, timestamp};

/// What to read.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Show the whole trail of one order, in order.
    Trace {
        /// The order's id.
        order: String,
    },
    /// List entries, oldest first.
    List(Filter),
}

/// Which entries.
#[derive(Debug, Args)]
struct Filter {
    /// Only of this order.
    #[arg(long, default_value = "")]
    order: String,
    /// Only of this ticket.
    #[arg(long, default_value = "")]
    ticket: String,
    /// Only by this person, service or source.
    #[arg(long, default_value = "")]
    actor: String,
    /// Only types that start so, such as `ticket.`.
    #[arg(long = "type", default_value = "")]
    kind: String,
    /// Not before this instant.
    #[arg(long, value_parser = parse_instant)]
    from: Option<DateTime<Utc>>,
    /// Before this instant.
    #[arg(long, value_parser = parse_instant)]
    to: Option<DateTime<Utc>>,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    match arguments.act {
        Act::Trace { order } => trace(global, order).await,
        Act::List(filter) => list(global, filter).await,
    }
}

async fn trace(global: &Global, order_id: String) -> Result<(), Failure> {
    let connection = global.connection();
    let answer = connection
        .audit()
        .call(
            TraceOrderRequest { order_id },
            async |mut client, request| client.trace_order(request).await,
        )
        .await?;
    let rows: Vec<AuditEntry> = answer.entries.into_iter().map(AuditEntry::from).collect();
    output::list(global.output, &rows)
}

async fn list(global: &Global, filter: Filter) -> Result<(), Failure> {
    let request = ListEntriesRequest {
        order_id: filter.order,
        ticket_id: filter.ticket,
        actor: filter.actor,
        r#type: filter.kind,
        from: filter.from.map(timestamp),
        to: filter.to.map(timestamp),
        ..Default::default()
    };
    let connection = global.connection();
    let rows: Vec<AuditEntry> = every_row(
        &connection.audit(),
        |page_size, page_token| ListEntriesRequest {
            page_size,
            page_token,
            ..request.clone()
        },
        async |mut client, request| {
            let answer = client.list_entries(request).await?;
            Ok(answer.map(|page| (page.entries, page.next_page_token)))
        },
    )
    .await?;
    output::list(global.output, &rows)
}
