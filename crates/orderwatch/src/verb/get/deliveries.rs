//! `orderwatch get deliveries`.

use clap::Args;
use contracts::escalation::v1::{DeliveryState, ListDeliveriesRequest};

use super::{every_row, state};
use crate::cli::Global;
use crate::failure::Failure;
use crate::output;
use crate::resource::Delivery;

/// Which deliveries.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only about this ticket.
    #[arg(long)]
    ticket: Option<String>,
    /// pending, sent, retrying, failed, cancelled or held [default: all].
    #[arg(long, value_delimiter = ',', value_parser = delivery_state)]
    state: Vec<DeliveryState>,
    /// Only through this channel, such as wecom or email.
    #[arg(long)]
    channel: Option<String>,
}

fn delivery_state(word: &str) -> Result<DeliveryState, String> {
    let words = ["pending", "sent", "retrying", "failed", "cancelled", "held"];
    state(word, "DELIVERY_STATE", DeliveryState::from_str_name, &words)
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let request = ListDeliveriesRequest {
        ticket_id: arguments.ticket.unwrap_or_default(),
        states: arguments.state.into_iter().map(i32::from).collect(),
        channel: arguments.channel.unwrap_or_default(),
        ..Default::default()
    };
    let connection = global.connection();
    let rows: Vec<Delivery> = every_row(
        &connection.escalations(),
        |page_size, page_token| ListDeliveriesRequest {
            page_size,
            page_token,
            ..request.clone()
        },
        async |mut client, request| {
            let answer = client.list_deliveries(request).await?;
            Ok(answer.map(|page| (page.deliveries, page.next_page_token)))
        },
    )
    .await?;
    output::list(global.output, &rows)
}
