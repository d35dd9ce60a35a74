//! Files of history becoming facts here, by the code that ingest runs.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use contracts::ingest::v1::Record;
use ingest::mapping::{Columns, Encoding, Mapping, RawRecord, Reader, Rejection};
use order::Catalogue;
use rule_engine::backtest::History;

use super::outcome::{HistorySummary, RefusedRecord};
use crate::failure::Failure;
use crate::intake::{Plan, PlannedFile};
use crate::progress::Progress;
use crate::records::{Batch, Cutter};

/// Records named one by one; the others are only counted.
const NAMED: usize = 50;
/// Threads that map records: cutting and merging take turns.
const MAPPERS: usize = 2;

/// What files held.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) history: History,
    pub(crate) summary: HistorySummary,
}

/// Reads every file of a plan.
///
/// # Errors
///
/// A file that cannot be read.
pub(crate) fn read(plan: &Plan) -> Result<Reading, Failure> {
    let mapping = Mapping::parse(&plan.mapping_yaml, Arc::new(Catalogue::standard()))
        .map_err(|faults| refused(&faults))?;
    let progress = Progress::new("reading", plan.size_bytes(), "bytes");
    let reading = Mutex::new(Reading::default());
    for file in &plan.files {
        progress.say(&file.dataset);
        let columns = Columns {
            file: &file.dataset,
            names: &file.columns,
        };
        let reader = mapping.reader(&columns, None).map_err(|f| refused(&f))?;
        read_file(file, &reader, &reading, &progress)?;
        locked(&reading).summary.files += 1;
    }
    progress.finish();
    let mut reading = reading.into_inner().unwrap_or_else(PoisonError::into_inner);
    reading.summary.conclude(&reading.history, NAMED);
    Ok(reading)
}

fn read_file(
    file: &PlannedFile,
    reader: &Reader<'_>,
    reading: &Mutex<Reading>,
    progress: &Progress,
) -> Result<(), Failure> {
    let unreadable = |error| Failure::file(&file.path, "read", &error);
    let cutter = Cutter::open(&file.path, file.format, file.columns.len()).map_err(unreadable)?;
    let cutter = Mutex::new(cutter);
    let work = || -> std::io::Result<()> {
        while let Some(batch) = locked(&cutter).next_batch()? {
            take(file, reader, &batch, reading);
            progress.advance(batch.bytes);
        }
        Ok(())
    };
    let results = thread::scope(|scope| {
        let workers: Vec<_> = (0..MAPPERS).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(|worker| worker.join());
        joined
            .map(|result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<Vec<_>>()
    });
    results
        .into_iter()
        .collect::<std::io::Result<()>>()
        .map_err(unreadable)
}

/// Maps the records of a batch, then keeps their facts while nobody else does.
fn take(file: &PlannedFile, reader: &Reader<'_>, batch: &Batch, reading: &Mutex<Reading>) {
    let mapped: Vec<_> = batch
        .records
        .iter()
        .map(|record| {
            let facts = facts(reader, record);
            facts.map_err(|rejection| refusal(file, record, rejection))
        })
        .collect();
    let mut reading = locked(reading);
    reading.summary.records += batch.records.len() as u64;
    for outcome in mapped {
        match outcome {
            Ok(facts) => facts
                .into_iter()
                .for_each(|fact| reading.history.merge(fact)),
            Err(refusal) => reading.summary.refuse(refusal, NAMED),
        }
    }
}

fn facts(reader: &Reader<'_>, record: &Record) -> Result<Vec<order::Fact>, Rejection> {
    if record.fault.is_empty() {
        reader.facts(raw(record))
    } else {
        Err(reader.rejection(&record.fault))
    }
}

fn raw(record: &Record) -> RawRecord<'_> {
    if record.cells.is_empty() {
        RawRecord::Line(&record.raw)
    } else {
        RawRecord::Cells(&record.cells)
    }
}

fn refusal(file: &PlannedFile, record: &Record, rejection: Rejection) -> RefusedRecord {
    let encoding = match file.encoding {
        contracts::ingest::v1::TextEncoding::Gb18030 => Encoding::Gb18030,
        _ => Encoding::Utf8,
    };
    RefusedRecord {
        dataset: file.dataset.clone(),
        line: record.line,
        field: rejection.field,
        error: rejection.message,
        sample: Reader::sample(&file.columns, encoding, raw(record)),
    }
}

fn refused(faults: &[ingest::mapping::Fault]) -> Failure {
    let failure = Failure::invalid("the mapping cannot be used; nothing was judged");
    faults.iter().fold(failure, |failure, fault| {
        failure.detail(fault.message.clone())
    })
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
