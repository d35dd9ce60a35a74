//! History out of the archive of ingest: facts that arrived between two instants.

use chrono::{DateTime, Utc};
use contracts::ingest::v1::{Archive, ReadFactsRequest};
use order::Fact;
use rule_engine::backtest::History;
use tonic::Status;

use super::history::Reading;
use super::outcome::{ArchiveSummary, HistorySummary};
use crate::connection::{Connection, Service};
use crate::failure::{Exit, Failure};
use crate::progress::{Progress, note};
use crate::time::{instant, optional, timestamp};

/// Between which instants facts arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived {
    /// Not before this instant; none means from the oldest that is retained.
    pub(crate) from: Option<DateTime<Utc>>,
    /// Before this instant; none means now.
    pub(crate) to: Option<DateTime<Utc>>,
}

/// Reads every fact that arrived between two instants.
///
/// # Errors
///
/// The service does not answer, or holds what is no fact.
pub(crate) async fn read_archive(
    connection: &Connection,
    arrived: Arrived,
) -> Result<Reading, Failure> {
    let request = ReadFactsRequest {
        from: arrived.from.map(timestamp),
        to: arrived.to.map(timestamp),
        sources: Vec::new(),
    };
    let mut answers = connection
        .unhurried()
        .ingest()
        .call(request, async |mut client, request| {
            client.read_facts(request).await
        })
        .await?;
    let place = connection.place(Service::Ingest);
    let failed = |status: Status| Failure::from_status(&place, &status);
    let progress = Progress::new("reading", 0, "facts");
    let (mut history, mut archive) = (History::new(), Archive::default());
    let (mut batches, mut facts) = (0, 0);
    while let Some(answer) = answers.message().await.map_err(failed)? {
        archive = answer.archive.unwrap_or(archive);
        let arrived = answer.batches.into_iter().filter_map(|batch| batch.batch);
        for batch in arrived {
            batches += 1;
            facts += batch.facts.len() as u64;
            for fact in batch.facts {
                history.merge(Fact::try_from(fact).map_err(|error| damaged(&place, &error))?);
            }
        }
        progress.set(facts);
    }
    progress.finish();
    warn(arrived.from, &archive);
    let mut summary = HistorySummary {
        archive: Some(ArchiveSummary {
            from: arrived.from.map(|from| instant(&timestamp(from))),
            through: optional(archive.through.as_ref()),
            oldest: optional(archive.oldest.as_ref()),
            batches,
        }),
        records: facts,
        ..HistorySummary::default()
    };
    summary.conclude(&history, 0);
    Ok(Reading { history, summary })
}

fn damaged(place: &str, error: &contracts::facts::Error) -> Failure {
    let what = format!("the archive holds what is no fact: {error}");
    Failure::new(Exit::DataLoss, what).at(place)
}

/// Says what the range leaves out of orders that it is about.
fn warn(from: Option<DateTime<Utc>>, archive: &Archive) {
    let Some(oldest) = &archive.oldest else {
        return note("the archive holds no facts");
    };
    let Some(from) = from.map(timestamp) else {
        return;
    };
    let key = |at: &prost_types::Timestamp| (at.seconds, at.nanos);
    if key(&from) < key(oldest) {
        note(&format!(
            "the archive begins at {}: what arrived earlier is gone",
            instant(oldest)
        ));
    } else if key(&from) > key(oldest) {
        note(&format!(
            "orders are judged by what arrived since {}; the archive holds earlier facts, from {} on",
            instant(&from),
            instant(oldest)
        ));
    }
}
