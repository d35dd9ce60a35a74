//! `orderwatch get escalations`.

use clap::Args;
use contracts::escalation::v1::{EscalationState, ListEscalationsRequest};

use super::{every_page, state};
use crate::cli::Global;
use crate::connection::Service;
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
    let client = connection.escalations();
    let escalations = every_page(async |page_size, page_token| {
        let request = ListEscalationsRequest {
            page_size,
            page_token,
            ..request.clone()
        };
        let answer = connection
            .call(
                Service::EscalationNotifier,
                &client,
                request,
                async |mut client, request| client.list_escalations(request).await,
            )
            .await?;
        Ok((answer.escalations, answer.next_page_token))
    })
    .await?;
    let rows: Vec<Escalation> = escalations.into_iter().map(Escalation::from).collect();
    output::list(global.output, &rows)
}
