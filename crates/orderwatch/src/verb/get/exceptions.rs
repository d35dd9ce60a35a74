//! `orderwatch get exceptions`.

use clap::Args;
use contracts::event::v1::ExceptionState;
use contracts::rules::v1::ListExceptionsRequest;

use super::{every_row, state};
use crate::cli::Global;
use crate::failure::Failure;
use crate::output;
use crate::resource::Exception;

/// Which exceptions.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only of this rule.
    #[arg(long)]
    rule: Option<String>,
    /// Only of this order.
    #[arg(long)]
    order: Option<String>,
    /// Only of this scenario.
    #[arg(long)]
    scenario: Option<String>,
    /// open, cleared or retracted [default: open and cleared].
    #[arg(long, value_delimiter = ',', value_parser = exception_state)]
    state: Vec<ExceptionState>,
    /// Only those that an exemption covers, or with `=false` only others.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    exempt: Option<bool>,
    /// Only those of rules in shadow, or with `=false` only others.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    shadow: Option<bool>,
}

fn exception_state(word: &str) -> Result<ExceptionState, String> {
    let words = ["open", "cleared", "retracted"];
    state(
        word,
        "EXCEPTION_STATE",
        ExceptionState::from_str_name,
        &words,
    )
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let request = ListExceptionsRequest {
        rule: arguments.rule.unwrap_or_default(),
        order_id: arguments.order.unwrap_or_default(),
        scenario: arguments.scenario.unwrap_or_default(),
        states: arguments.state.into_iter().map(i32::from).collect(),
        exempt: arguments.exempt,
        shadow: arguments.shadow,
        ..Default::default()
    };
    let connection = global.connection();
    let rows: Vec<Exception> = every_row(
        &connection.rules(),
        |page_size, page_token| ListExceptionsRequest {
            page_size,
            page_token,
            ..request.clone()
        },
        async |mut client, request| {
            let answer = client.list_exceptions(request).await?;
            Ok(answer.map(|page| (page.exceptions, page.next_page_token)))
        },
    )
    .await?;
    output::list(global.output, &rows)
}
