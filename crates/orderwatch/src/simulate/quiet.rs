//! Waits until nothing is left to do.

use std::time::{Duration, Instant};

use contracts::rules::v1::GetProgressRequest;
use contracts::ticketing::v1::GetFiguresRequest;

use crate::connection::{Connection, Service};
use crate::failure::{Exit, Failure};
use crate::progress::Progress;

/// How often it is asked.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Looks in a row that must find nothing left.
const QUIET_LOOKS: u32 = 5;
/// How long it may stand still before it is given up.
const STANDSTILL: Duration = Duration::from_secs(120);

/// Waits until every fact is judged and every verdict is published.
pub(super) async fn until_judged(connection: &Connection) -> Result<(), Failure> {
    let client = connection.rules();
    let bar = Progress::new("judging", 0, "");
    let (mut least, mut moved, mut quiet) = (i64::MAX, Instant::now(), 0);
    while quiet < QUIET_LOOKS {
        let progress = connection
            .insist(
                Service::RuleEvaluation,
                &client,
                GetProgressRequest {},
                async |mut client, request| client.get_progress(request).await,
            )
            .await?;
        let left = progress.batches_behind + progress.orders_due + progress.outbox_pending;
        quiet = if left == 0 { quiet + 1 } else { 0 };
        if left < least {
            (least, moved) = (left, Instant::now());
        } else if left > 0 && moved.elapsed() > STANDSTILL {
            let what = format!(
                "the judgement stands still: {} batches, {} orders and {} events to go",
                progress.batches_behind, progress.orders_due, progress.outbox_pending
            );
            return Err(Failure::new(Exit::DeadlineExceeded, what)
                .at(connection.place(Service::RuleEvaluation))
                .remedy("see its log, and `orderwatch get dead-letters`"));
        }
        bar.say(&format!(
            "{} batches to go; orders known",
            progress.batches_behind
        ));
        bar.set(progress.orders.unsigned_abs());
        tokio::time::sleep(LOOK_EVERY).await;
    }
    bar.finish();
    Ok(())
}

/// Waits until ticketing has heard of every verdict: its figures rest for three seconds.
pub(super) async fn until_told(connection: &Connection) -> Result<(), Failure> {
    let client = connection.tickets();
    let (mut last, mut since, begun) = ((0, 0), Instant::now(), Instant::now());
    while since.elapsed() < Duration::from_secs(3) && begun.elapsed() < STANDSTILL {
        let figures = connection
            .insist(
                Service::Ticketing,
                &client,
                GetFiguresRequest::default(),
                async |mut client, request| client.get_figures(request).await,
            )
            .await?;
        let now = (figures.opened, figures.resolved);
        if now != last {
            (last, since) = (now, Instant::now());
        }
        tokio::time::sleep(LOOK_EVERY * 2).await;
    }
    Ok(())
}
