//! `orderwatch notify`: what messages look like, and whether they arrive.

mod test;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use contracts::escalation::v1::PreviewNotificationRequest;

use crate::cli::Global;
use crate::failure::Failure;
use crate::manifest::{self, join};
use crate::output::{self, Format};
use crate::resource::NotificationPreview;

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show what would be put on the wire, for each vendor or for one; nothing is sent.
    Preview(Box<Preview>),
    /// Send a message that says that it is a test, and say what became of it.
    Test(test::Arguments),
}

#[derive(Debug, Args)]
struct Preview {
    /// A ticket that was told of [default: a sample].
    ticket: Option<String>,
    /// Why it is told, such as opened, escalated or overdue.
    #[arg(long, default_value = "opened")]
    cause: String,
    /// As this endpoint of the directory would get it.
    #[arg(long, conflicts_with_all = ["person", "channel"])]
    endpoint: Option<String>,
    /// As this person of the directory would get it, each way.
    #[arg(long)]
    person: Option<String>,
    /// Only by this channel, such as wecom or email.
    #[arg(long)]
    channel: Option<String>,
    /// zh or en [default: that of who reads it].
    #[arg(long)]
    language: Option<String>,
    /// Documents that are tried as if they were applied, such as message
    /// templates; may be given several times.
    #[arg(short, long = "filename")]
    filename: Vec<PathBuf>,
    /// As a digest of so many tickets.
    #[arg(long, default_value_t = 1, value_name = "TICKETS",
          value_parser = clap::value_parser!(i32).range(1..=10_000))]
    many: i32,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Preview(preview) => self::preview(global, *preview).await,
        Verb::Test(test) => test::run(global, test).await,
    }
}

async fn preview(global: &Global, preview: Preview) -> Result<(), Failure> {
    let documents = manifest::read(&preview.filename)?;
    let request = PreviewNotificationRequest {
        ticket_id: preview.ticket.unwrap_or_default(),
        cause: preview.cause,
        endpoint: preview.endpoint.unwrap_or_default(),
        person: preview.person.unwrap_or_default(),
        channel: preview.channel.unwrap_or_default(),
        language: preview.language.unwrap_or_default(),
        resources_yaml: join(&documents),
        tickets: preview.many,
    };
    let connection = global.connection();
    let answer = connection
        .notifications()
        .call(request, async |mut client, request| {
            client.preview_notification(request).await
        })
        .await?;
    let previews: Vec<NotificationPreview> = answer.previews.into_iter().map(Into::into).collect();
    if global.output != Format::Table {
        return output::list(global.output, &previews);
    }
    let told: Vec<String> = previews.iter().map(ToString::to_string).collect();
    output::lines(&told.join("\n"))
}
