//! Pushes every delivery when the clock of the services reaches its instant.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use contracts::fact::v1::FactBatch;
use contracts::ingest::v1::PushFactsRequest;
use contracts::rules::v1::GetProgressRequest;
use contracts::ticketing::v1::GetFiguresRequest;
use order::{Span, Timestamp};
use simulator::{Delivery, Source};
use tokio::task::JoinSet;

use super::pace::Pace;
use super::{Pushed, SharedDay, quiet};
use crate::connection::Connection;
use crate::failure::{Exit, Failure};
use crate::progress::note;

/// How often a line says how far it is.
const SAY_EVERY: Duration = Duration::from_secs(5);
/// Zone of the shop's wall clock, in hours east of Greenwich.
const ZONE_HOURS: i64 = 8;

/// How the day went.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drive {
    pub(super) pushed: Pushed,
    /// Real time from the first delivery until everything was judged.
    pub(super) took: Duration,
    pub(super) speed: f64,
    /// How far the slowest push was behind its instant, on the services' clock.
    pub(super) behind: Span,
}

/// What the tasks tell each other.
#[derive(Default)]
struct Tally {
    facts: AtomicU64,
    behind_micros: AtomicI64,
}

pub(super) async fn run(
    connection: &Connection,
    day: &SharedDay,
    pace: &Pace,
) -> Result<Drive, Failure> {
    let begun = Instant::now() + pace.until(day.shop().opens());
    let tally = Arc::new(Tally::default());
    let mut sources = JoinSet::new();
    for source in Source::ALL {
        let (connection, day) = (connection.clone(), Arc::clone(day));
        let (pace, tally) = (*pace, Arc::clone(&tally));
        sources.spawn(async move { connector(&connection, &day, source, &pace, &tally).await });
    }
    let mut pushed = Pushed::default();
    let mut say = tokio::time::interval(SAY_EVERY);
    loop {
        tokio::select! {
            done = sources.join_next() => match done {
                Some(Ok(own)) => pushed.add(own?),
                Some(Err(error)) => return Err(Failure::new(Exit::Internal, error.to_string())),
                None => break,
            },
            _ = say.tick() => {
                let facts = tally.facts.load(Ordering::Relaxed);
                tell(connection, day, pace, facts).await?;
            }
        }
    }
    quiet::until_judged(connection).await?;
    quiet::until_told(connection).await?;
    Ok(Drive {
        pushed,
        took: begun.elapsed(),
        speed: pace.speed(),
        behind: Span::from_micros(tally.behind_micros.load(Ordering::Relaxed)),
    })
}

/// One system's connector: one batch after the other, so that a watermark never overtakes
/// the facts that it vouches for.
async fn connector(
    connection: &Connection,
    day: &SharedDay,
    source: Source,
    pace: &Pace,
    tally: &Tally,
) -> Result<Pushed, Failure> {
    let mut pushed = Pushed::default();
    for delivery in day.deliveries_of(source) {
        tokio::time::sleep(pace.until(delivery.at)).await;
        let behind = pace.now().since(delivery.at).micros();
        tally.behind_micros.fetch_max(behind, Ordering::Relaxed);
        let own = push(connection, &delivery).await?;
        tally.facts.fetch_add(own.facts, Ordering::Relaxed);
        pushed.add(own);
    }
    Ok(pushed)
}

async fn push(connection: &Connection, delivery: &Delivery) -> Result<Pushed, Failure> {
    let request = PushFactsRequest {
        batch: Some(FactBatch::from(delivery)),
    };
    let client = connection.ingest();
    let answer = client
        .insist(request, async |mut client, request| {
            client.push_facts(request).await
        })
        .await?;
    if let Some(rejected) = answer.rejected.first() {
        note(&format!(
            "{} rejected {}: {}",
            delivery.batch_id, rejected.field, rejected.error
        ));
    }
    Ok(Pushed {
        batches: 1,
        facts: delivery.facts.len() as u64,
        rejected: answer.rejected.len() as u64,
    })
}

/// One line on how the day stands.
pub(super) async fn tell(
    connection: &Connection,
    day: &SharedDay,
    pace: &Pace,
    facts: u64,
) -> Result<(), Failure> {
    let (rules, tickets) = (connection.rules(), connection.tickets());
    let progress = rules.insist(
        GetProgressRequest::default(),
        async |mut client, request| client.get_progress(request).await,
    );
    let figures = tickets.insist(GetFiguresRequest::default(), async |mut client, request| {
        client.get_figures(request).await
    });
    let (progress, figures) = tokio::try_join!(progress, figures)?;
    let now = pace.now();
    let passed = now.since(day.shop().opens()).micros().max(0);
    let whole = day.shop().closes().since(day.shop().opens()).micros();
    note(&format!(
        "{} {:>3}%  {:>7} facts  {:>6} orders  {:>5} exceptions  {:>5} tickets open  {} batches behind",
        wall(now),
        (passed * 100 / whole).min(100),
        facts,
        progress.orders,
        progress.exceptions,
        figures.open,
        progress.batches_behind,
    ));
    Ok(())
}

/// The shop's wall clock, such as `11-11 20:15`.
fn wall(now: Timestamp) -> String {
    let local = now + Span::from_hours(ZONE_HOURS);
    local.to_chrono().format("%m-%d %H:%M").to_string()
}
