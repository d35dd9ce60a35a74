//! `orderwatch get accuracy` and `get marks`.

use chrono::{DateTime, Utc};
use clap::Args;
use contracts::rules::v1 as wire;

use super::every_row;
use crate::cli::Global;
use crate::failure::Failure;
use crate::output;
use crate::resource::{Accuracy, Mark};
use crate::time::{parse_instant, timestamp};

/// Which exceptions count.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only of this rule.
    #[arg(long)]
    rule: Option<String>,
    /// Only those opened from this instant on.
    #[arg(long, value_parser = parse_instant)]
    from: Option<DateTime<Utc>>,
    /// Only those opened before this instant.
    #[arg(long, value_parser = parse_instant)]
    until: Option<DateTime<Utc>>,
}

/// Which marks.
#[derive(Debug, Args)]
pub(crate) struct MarkFilter {
    /// Only of this exception.
    #[arg(long)]
    exception: Option<String>,
    /// Only of this order.
    #[arg(long)]
    order: Option<String>,
    /// Only of this rule.
    #[arg(long)]
    rule: Option<String>,
    /// Only what this person said.
    #[arg(long)]
    by: Option<String>,
    /// Also what the same person has said otherwise since.
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let request = wire::GetAccuracyRequest {
        rule: arguments.rule.unwrap_or_default(),
        from: arguments.from.map(timestamp),
        until: arguments.until.map(timestamp),
    };
    let connection = global.connection();
    let answer = connection
        .trials()
        .call(request, async |mut client, request| {
            client.get_accuracy(request).await
        })
        .await?;
    let rows: Vec<Accuracy> = answer.rules.into_iter().map(Accuracy::from).collect();
    output::list(global.output, &rows)
}

pub(crate) async fn marks(global: &Global, filter: MarkFilter) -> Result<(), Failure> {
    let request = wire::ListMarksRequest {
        exception_id: filter.exception.unwrap_or_default(),
        order_id: filter.order.unwrap_or_default(),
        rule: filter.rule.unwrap_or_default(),
        actor: filter.by.unwrap_or_default(),
        include_superseded: filter.all,
        ..Default::default()
    };
    let connection = global.connection();
    let rows: Vec<Mark> = every_row(
        &connection.trials(),
        |page_size, page_token| wire::ListMarksRequest {
            page_size,
            page_token,
            ..request.clone()
        },
        async |mut client, request| {
            let answer = client.list_marks(request).await?;
            Ok(answer.map(|page| (page.marks, page.next_page_token)))
        },
    )
    .await?;
    output::list(global.output, &rows)
}
