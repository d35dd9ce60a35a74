//! `orderwatch get figures`.

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use contracts::ticketing::v1::{self as wire, FigureGrouping};
use contracts::{audit, escalation, rules, ticketing};

use crate::cli::Global;
use crate::failure::Failure;
use crate::output;
use crate::progress::note;
use crate::resource::{FigureGroup, Figures, PushBackWeek};
use crate::time::{parse_instant, timestamp};

/// What figures, and of when.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Tickets by group, from the ledger; without it, what every service counted.
    #[arg(long, value_enum)]
    by: Option<By>,
    /// Work that went back from one department to another, by week, instead.
    #[arg(long, conflicts_with = "by")]
    push_backs: bool,
    /// From this instant on; seven days before the end unless said.
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    from: Option<DateTime<Utc>>,
    /// Before this instant; now unless said.
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    to: Option<DateTime<Utc>>,
    /// Time zone of hours and weeks, such as Asia/Shanghai.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: String,
    /// Also the same stretch a week before.
    #[arg(long, requires = "by")]
    week_over_week: bool,
}

/// What figures of tickets are shown by.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum By {
    /// All in one.
    Whole,
    /// Scenario of the exception.
    Scenario,
    /// Department that answers.
    Department,
    /// Warehouse of the order.
    Warehouse,
    /// Person who answers.
    Person,
    /// Hour of the day at which tickets were opened.
    Hour,
    /// Kind of the order.
    Category,
}

impl From<By> for FigureGrouping {
    fn from(by: By) -> Self {
        match by {
            By::Whole => Self::Unspecified,
            By::Scenario => Self::Scenario,
            By::Department => Self::Department,
            By::Warehouse => Self::Warehouse,
            By::Person => Self::Person,
            By::Hour => Self::Hour,
            By::Category => Self::Category,
        }
    }
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    if arguments.by.is_some() || arguments.push_backs {
        return report(global, arguments).await;
    }
    if arguments.from.is_some() || arguments.to.is_some() {
        return Err(Failure::invalid(
            "a stretch of time goes with --by or --push-backs",
        ));
    }
    count(global).await
}

async fn report(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let grouping = arguments
        .by
        .map_or(FigureGrouping::Unspecified, FigureGrouping::from);
    let request = wire::ReportFiguresRequest {
        from: arguments.from.map(timestamp),
        to: arguments.to.map(timestamp),
        group_by: grouping.into(),
        time_zone: arguments.time_zone,
        week_over_week: arguments.week_over_week,
    };
    let connection = global.connection();
    let answer = connection
        .figures()
        .call(request, async |mut client, request| {
            client.report_figures(request).await
        })
        .await?;
    if arguments.push_backs {
        let weeks: Vec<PushBackWeek> = answer.push_backs.into_iter().map(Into::into).collect();
        return output::list(global.output, &weeks);
    }
    if answer.groups_left_off > 0 {
        note(&format!(
            "{} further groups are left off",
            answer.groups_left_off
        ));
    }
    let groups: Vec<FigureGroup> = answer.groups.into_iter().map(Into::into).collect();
    output::list(global.output, &groups)
}

/// What every service counted.
async fn count(global: &Global) -> Result<(), Failure> {
    let connection = global.connection();
    let (rules_client, tickets_client) = (connection.rules(), connection.tickets());
    let (escalations_client, audit_client) = (connection.escalations(), connection.audit());
    let progress = rules_client.call(
        rules::v1::GetProgressRequest { exact: true },
        async |mut client, request| client.get_progress(request).await,
    );
    let tickets = tickets_client.call(
        ticketing::v1::GetFiguresRequest::default(),
        async |mut client, request| client.get_figures(request).await,
    );
    let notifications = escalations_client.call(
        escalation::v1::GetFiguresRequest {},
        async |mut client, request| client.get_figures(request).await,
    );
    let record = audit_client.call(
        audit::v1::GetFiguresRequest {},
        async |mut client, request| client.get_figures(request).await,
    );
    let (progress, tickets, notifications, record) =
        tokio::try_join!(progress, tickets, notifications, record)?;
    output::one(
        global.output,
        &Figures::new(&progress, &tickets, &notifications, record),
    )
}
