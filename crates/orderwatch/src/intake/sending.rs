//! Batches on their way, several at a time.

use contracts::ingest::v1::{ImportRecordsRequest, ImportRecordsResponse};
use futures::{TryStreamExt, stream};
use sha2::{Digest, Sha256};

use super::plan::{Plan, PlannedFile};
use super::summary::Summary;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::records::Cutter;

/// Batches that are under way at the same time.
const IN_FLIGHT: usize = 8;

/// Sends every file of a plan. A batch is repeated while the server is away;
/// its id is made of its place and content, so that twice is once.
pub(crate) async fn send(connection: &Connection, plan: &Plan) -> Result<Summary, Failure> {
    let progress = Progress::new("sending", plan.size_bytes(), "bytes");
    let mut summary = Summary::default();
    for file in &plan.files {
        progress.say(&file.dataset);
        send_file(connection, plan, file, &progress, &mut summary).await?;
    }
    progress.finish();
    Ok(summary)
}

async fn send_file(
    connection: &Connection,
    plan: &Plan,
    file: &PlannedFile,
    progress: &Progress,
    summary: &mut Summary,
) -> Result<(), Failure> {
    let unreadable = |error| Failure::file(&file.path, "read", &error);
    let mut cutter =
        Cutter::open(&file.path, file.format, file.columns.len()).map_err(unreadable)?;
    let client = connection.ingest();
    let mut answers = stream::iter(std::iter::from_fn(|| cutter.next_batch().transpose()))
        .map_err(unreadable)
        .map_ok(|batch| {
            let bytes = batch.bytes;
            let records = batch.records.len();
            let request = ImportRecordsRequest {
                mapping_yaml: plan.mapping_yaml.clone(),
                dataset: file.dataset.clone(),
                columns: file.columns.clone(),
                encoding: file.encoding.into(),
                batch_id: batch_id(plan, file, &batch.digest),
                records: batch.records,
            };
            let answer = client.insist(request, async |mut client, request| {
                client.import_records(request).await
            });
            async move { Ok::<_, Failure>((bytes, records, answer.await?)) }
        })
        .try_buffer_unordered(IN_FLIGHT);
    while let Some((bytes, records, answer)) = answers.try_next().await? {
        progress.advance(bytes);
        count(summary, records, answer);
    }
    summary.files += 1;
    Ok(())
}

fn count(summary: &mut Summary, records: usize, answer: ImportRecordsResponse) {
    summary.records += records as u64;
    summary.facts += u64::from(answer.facts.unsigned_abs());
    summary.quarantine(answer.quarantined);
}

/// The mapping is part of the id: the same file through a mended mapping is
/// something new.
fn batch_id(plan: &Plan, file: &PlannedFile, digest: &[u8; 32]) -> String {
    let whole = Sha256::new()
        .chain_update(&plan.mapping_yaml)
        .chain_update([0])
        .chain_update(&file.dataset)
        .chain_update([0])
        .chain_update(digest)
        .finalize();
    hex::encode(&whole[..16])
}
