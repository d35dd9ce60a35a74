use std::path::Path;
use std::sync::Arc;

use contracts::facts::Declaration;
use ingest::connector::{Connector, Origin, Range, Schedule};
use order::{Catalogue, Span};

/// Runs in a row that may fail before a source is late.
const RUNS: i64 = 3;

fn delivered() -> Vec<Connector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/connectors");
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let documents = paths.filter(|path| path.extension().is_some_and(|end| end == "yaml"));
    documents
        .map(|path| {
            let yaml = std::fs::read_to_string(path).unwrap();
            Connector::parse(&yaml, Arc::new(Catalogue::standard())).unwrap()
        })
        .collect()
}

/// How far a source is behind that is read as it should be, after so many runs that failed.
fn behind(connector: &Connector, source: &Declaration) -> Option<Span> {
    let feeds = connector.feeds().iter();
    let own = feeds.filter(|feed| connector.sources_of(&feed.dataset).contains(&source.source));
    let behind = own.filter_map(|feed| {
        let (range, Schedule { every, jitter }) = match &feed.origin {
            Origin::Poll(poll) => (&poll.range, poll.schedule),
            Origin::Query(query) => (&query.range, query.schedule),
            Origin::Webhook(_) => return None,
        };
        let (Range::Whole { settle }
        | Range::Instants { settle, .. }
        | Range::Numbers { settle, .. }) = range;
        let latest = every.micros() * (100 + i64::from(jitter)) / 100;
        Some(Span::from_micros(latest * (RUNS + 1) + settle.micros()))
    });
    behind.max()
}

#[test]
fn a_source_that_is_asked_for_and_states_watermarks_is_late_after_several_runs() {
    let mut told = 0;
    for connector in delivered() {
        for source in connector.mapping().sources() {
            let name = &source.source;
            let behind = behind(&connector, source).filter(|_| source.states_watermarks);
            assert_eq!(source.late_after.is_some(), behind.is_some(), "{name}");
            if let (Some(late_after), Some(behind)) = (source.late_after, behind) {
                assert!(late_after >= behind, "{name}: {late_after} < {behind}");
                let patience = source.patience.unwrap();
                assert!(late_after < patience, "{name}: {late_after} >= {patience}");
                told += 1;
            }
        }
    }
    assert_eq!(told, 9);
}
