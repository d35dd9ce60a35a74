//! Waiting until everything that was sent is judged.

use std::time::{Duration, Instant};

use contracts::rules::v1::{GetProgressRequest, GetProgressResponse};

use crate::connection::{Connection, Service};
use crate::failure::{Exit, Failure};
use crate::progress::Progress;

/// How often it is asked how far the judgement is.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Looks in a row that must find nothing left.
const QUIET_LOOKS: u32 = 5;

/// Waits until every fact is judged and every verdict is published, and returns what
/// came of it.
///
/// # Errors
///
/// The service does not answer, or what is left has not become less for as long as
/// `standstill`.
pub(crate) async fn finished(
    connection: &Connection,
    standstill: Duration,
) -> Result<GetProgressResponse, Failure> {
    let bar = Progress::new("judging", 0, "");
    let (mut least, mut moved, mut quiet) = (i64::MAX, Instant::now(), 0);
    loop {
        let progress = progress(connection, false).await?;
        let left = progress.batches_behind + progress.orders_due + progress.outbox_pending;
        quiet = if left == 0 { quiet + 1 } else { 0 };
        if quiet >= QUIET_LOOKS {
            bar.finish();
            return self::progress(connection, true).await;
        }
        if left < least {
            (least, moved) = (left, Instant::now());
        } else if left > 0 && moved.elapsed() > standstill {
            return Err(stands_still(connection, &progress));
        }
        bar.set(progress.orders.unsigned_abs());
        bar.say(&format!(
            "{} batches and {} orders to go; orders known:",
            progress.batches_behind, progress.orders_due
        ));
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn progress(connection: &Connection, exact: bool) -> Result<GetProgressResponse, Failure> {
    connection
        .rules()
        .insist(GetProgressRequest { exact }, async |mut client, request| {
            client.get_progress(request).await
        })
        .await
}

fn stands_still(connection: &Connection, progress: &GetProgressResponse) -> Failure {
    let what = format!(
        "the judgement stands still: {} batches, {} orders and {} events to go",
        progress.batches_behind, progress.orders_due, progress.outbox_pending
    );
    Failure::new(Exit::DeadlineExceeded, what)
        .at(connection.place(Service::RuleEvaluation))
        .remedy("see its log and `orderwatch get dead-letters`, then repeat the command: what was sent is not sent twice")
}
