//! `orderwatch get escalations`.

use clap::Args;
use contracts::escalation::v1::{EscalationState, ListEscalationsRequest};

use super::{every_row, state};
use crate::cli::Global;
use crate::failure::Failure;
use crate::output;
use crate::resource::Escalation;

/// Which escalations.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only of this ticket.
    #[arg(long)]
    ticket: Option<String>,
    /// running, acknowledged, resolved or exhausted [default: all].
    #[arg(long, value_delimiter = ',', value_parser = escalation_state)]
    state: Vec<EscalationState>,
}

fn escalation_state(word: &str) -> Result<EscalationState, String> {
    let words = ["running", "acknowledged", "resolved", "exhausted"];
    state(
        word,
        "ESCALATION_STATE",
        EscalationState::from_str_name,
        &words,
    )
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let request = ListEscalationsRequest {
        ticket_id: arguments.ticket.unwrap_or_default(),
        states: arguments.state.into_iter().map(i32::from).collect(),
        ..Default::default()
    };
    let connection = global.connection();
    let rows: Vec<Escalation> = every_row(
        &connection.escalations(),
        |page_size, page_token| ListEscalationsRequest {
            page_size,
            page_token,
            ..request.clone()
        },
        async |mut client, request| {
            let answer = client.list_escalations(request).await?;
            Ok(answer.map(|page| (page.escalations, page.next_page_token)))
        },
    )
    .await?;
    output::list(global.output, &rows)
}
