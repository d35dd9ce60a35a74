//! `orderwatch notify test`: a message that says that it is a test.

use std::time::Duration;

use clap::Args;
use contracts::escalation::v1::{
    DeliveryState, GetNotificationRequest, GetNotificationResponse, TestNotificationRequest,
    TestNotificationResponse,
};
use tokio::time::Instant;

use crate::cli::{Actor, Global};
use crate::connection::Connection;
use crate::failure::{Exit, Failure};
use crate::output;
use crate::progress::note;
use crate::resource::DeliveryAttempt;
use crate::time::{parse_duration, spell};

/// How often is looked what became of it.
const LOOK: Duration = Duration::from_millis(300);

/// To whom.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// An endpoint of the directory.
    #[arg(long, required_unless_present = "person", conflicts_with_all = ["person", "channel"])]
    endpoint: Option<String>,
    /// A person of the directory.
    #[arg(long)]
    person: Option<String>,
    /// By which of the person's channels [default: the first way to them].
    #[arg(long)]
    channel: Option<String>,
    /// How long to wait for the vendor's answer, whose limit may make it wait.
    #[arg(long, default_value = "90s", value_name = "DURATION", value_parser = parse_duration)]
    wait: Duration,
    #[command(flatten)]
    actor: Actor,
}

pub(super) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let connection = global.connection();
    let sent = send(&connection, &arguments).await?;
    note(&format!(
        "a test goes to {} by {}, as ticket {}",
        sent.recipient, sent.channel, sent.ticket_id
    ));
    let until = Instant::now() + arguments.wait;
    let notification = loop {
        let notification = look(&connection, &sent.delivery_id).await?;
        if state(&notification) != DeliveryState::Pending || Instant::now() >= until {
            break notification;
        }
        tokio::time::sleep(LOOK).await;
    };
    let (state, attempts) = (state(&notification), notification.attempts);
    let rows: Vec<DeliveryAttempt> = attempts.into_iter().map(Into::into).collect();
    output::list(global.output, &rows)?;
    match state {
        DeliveryState::Sent => Ok(()),
        DeliveryState::Pending => {
            let waited = spell(arguments.wait);
            let what = format!("the test has no answer after {waited}, and goes out yet");
            let ledger = format!("orderwatch get deliveries --ticket {}", sent.ticket_id);
            Err(Failure::new(Exit::DeadlineExceeded, what).remedy(ledger))
        }
        _ => Err(Failure::new(
            Exit::FailedPrecondition,
            "the test was not accepted",
        )),
    }
}

async fn send(
    connection: &Connection,
    arguments: &Arguments,
) -> Result<TestNotificationResponse, Failure> {
    let request = TestNotificationRequest {
        endpoint: arguments.endpoint.clone().unwrap_or_default(),
        person: arguments.person.clone().unwrap_or_default(),
        channel: arguments.channel.clone().unwrap_or_default(),
        actor: arguments.actor.login(),
    };
    connection
        .notifications()
        .call(request, async |mut client, request| {
            client.test_notification(request).await
        })
        .await
}

async fn look(
    connection: &Connection,
    delivery_id: &str,
) -> Result<GetNotificationResponse, Failure> {
    let request = GetNotificationRequest {
        delivery_id: delivery_id.to_owned(),
    };
    connection
        .notifications()
        .call(request, async |mut client, request| {
            client.get_notification(request).await
        })
        .await
}

fn state(notification: &GetNotificationResponse) -> DeliveryState {
    let delivery = notification.delivery.as_ref();
    delivery.map_or(DeliveryState::Unspecified, |it| it.state())
}
