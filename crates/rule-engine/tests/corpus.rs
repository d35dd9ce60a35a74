//! Every text that fuzzing found worth keeping, answered as the fuzz targets have it answered.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[expect(unreachable_pub, reason = "it is a crate of its own beside")]
#[path = "../fuzz/src/lib.rs"]
mod promises;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Most memory that answering one text takes at once.
const MAX_BYTES: u64 = 128 * 1024 * 1024;
/// Longest that one text takes, as `-timeout` of the fuzz targets.
const MAX_TIME: Duration = Duration::from_secs(10);

/// Answers every file kept for a target, within bounded memory and time.
fn answers(target: &str, answer: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut files = 0;
    for file in fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        // Printed when the answer breaks off.
        println!("{}", path.display());
        let begun = Instant::now();
        let used = allocation_counter::measure(|| answer(&bytes));
        assert!(begun.elapsed() < MAX_TIME, "{:?}", begun.elapsed());
        assert!(used.bytes_max < MAX_BYTES, "{} bytes", used.bytes_max);
        files += 1;
    }
    assert!(files > 0, "no file in {}", folder.display());
}

/// Targets of texts take a file as far as it is one.
fn text(answer: fn(&str)) -> impl Fn(&[u8]) {
    move |bytes| {
        let text = bytes.utf8_chunks().next();
        answer(text.map_or("", |chunk| chunk.valid()));
    }
}

#[test]
fn any_text_is_answered_as_an_expression() {
    answers("expression", text(promises::expression));
}

#[test]
fn any_text_is_answered_as_documents() {
    answers("documents", text(promises::documents));
}

#[test]
fn any_json_is_answered_as_a_visual_rule() {
    answers("visual", promises::visual);
}

#[test]
fn any_bytes_are_answered_as_a_list_of_exemptions() {
    answers("exemptions", promises::exemptions);
}
