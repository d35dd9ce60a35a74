//! `orderwatch get tickets` and `orderwatch get sops`.

use clap::Args;
use contracts::ticketing::v1::{ListTicketsRequest, TicketState};

use super::{every_row, state};
use crate::cli::Global;
use crate::failure::Failure;
use crate::output;
use crate::resource::{Sop, Ticket};
use crate::verb::apply::sops;
use crate::verb::selection::Selection;

/// Which tickets.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// open, acknowledged or resolved [default: all].
    #[arg(long, value_delimiter = ',', value_parser = ticket_state)]
    state: Vec<TicketState>,
    /// Only of this department.
    #[arg(long)]
    department: Option<String>,
    /// Only of this person.
    #[arg(long)]
    assignee: Option<String>,
    /// Only of this order.
    #[arg(long)]
    order: Option<String>,
    /// Only of this scenario.
    #[arg(long)]
    scenario: Option<String>,
    /// Only of this exception.
    #[arg(long)]
    exception: Option<String>,
    /// Only overdue ones.
    #[arg(long)]
    overdue: bool,
    #[command(flatten)]
    selection: Selection,
    /// `opened_at desc`, `opened_at`, or time_left: the soonest deadline first.
    #[arg(long, default_value = "", hide_default_value = true)]
    order_by: String,
}

fn ticket_state(word: &str) -> Result<TicketState, String> {
    let words = ["open", "acknowledged", "resolved"];
    state(word, "TICKET_STATE", TicketState::from_str_name, &words)
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let request = ListTicketsRequest {
        states: arguments.state.into_iter().map(i32::from).collect(),
        department: arguments.department.unwrap_or_default(),
        assignee: arguments.assignee.unwrap_or_default(),
        order_id: arguments.order.unwrap_or_default(),
        scenario: arguments.scenario.unwrap_or_default(),
        exception_id: arguments.exception.unwrap_or_default(),
        overdue_only: arguments.overdue,
        me: arguments.selection.me(),
        my_work: arguments.selection.is_work(),
        filter: arguments.selection.filter,
        saved_filter: arguments.selection.saved,
        order_by: arguments.order_by,
        ..Default::default()
    };
    let connection = global.connection();
    let rows: Vec<Ticket> = every_row(
        &connection.tickets(),
        |page_size, page_token| ListTicketsRequest {
            page_size,
            page_token,
            ..request.clone()
        },
        async |mut client, request| {
            let answer = client.list_tickets(request).await?;
            Ok(answer.map(|page| (page.tickets, page.next_page_token)))
        },
    )
    .await?;
    output::list(global.output, &rows)
}

pub(crate) async fn sops(global: &Global) -> Result<(), Failure> {
    let sops = sops::in_force(&global.connection()).await?;
    let rows: Vec<Sop> = sops.into_iter().map(Sop::from).collect();
    output::list(global.output, &rows)
}
