//! Runs conformance cases of CEL, in the format of its specification's tests, against the rule
//! language.
//!
//! `cargo run -p rule-engine --example cel_conformance -- DIRECTORY [--names]`

#![forbid(unsafe_code)]

mod applicability;
mod suite;
mod textproto;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use suite::Verdict;

/// Percentage of the applicable cases that must pass.
const REQUIRED: usize = 95;

/// Names of cases by file and section.
type Sections = BTreeMap<String, Vec<String>>;

#[derive(Default)]
struct Tally {
    passed: usize,
    refused: usize,
    failed: usize,
    not_applicable: usize,
}

impl Tally {
    fn applicable(&self) -> usize {
        self.passed + self.refused + self.failed
    }

    fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.refused += other.refused;
        self.failed += other.failed;
        self.not_applicable += other.not_applicable;
    }

    fn print(&self, name: &str) {
        println!(
            "| {name} | {} | {} | {} | {} | {} |",
            self.applicable(),
            self.passed + self.refused,
            self.refused,
            self.failed,
            self.not_applicable
        );
    }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments
        .next()
        .ok_or("usage: cel_conformance DIRECTORY [--names]")?;
    let names = arguments.next().as_deref() == Some("--names");
    let mut total = Tally::default();
    let (mut failures, mut reasons) = (Vec::new(), BTreeMap::new());
    println!("| file | applicable | passed | of these refused | failed | not applicable |");
    println!("|---|---|---|---|---|---|");
    for path in files(Path::new(&directory))? {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let cases = suite::read(&std::fs::read_to_string(&path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let mut tally = Tally::default();
        for case in &cases {
            let name = format!("{stem}/{}", case.name);
            match suite::run(case) {
                Verdict::Passed => tally.passed += 1,
                Verdict::Refused => tally.refused += 1,
                Verdict::Failed(why) => {
                    tally.failed += 1;
                    failures.push(format!("`{name}`: `{}`: {why}", case.expression));
                }
                Verdict::NotApplicable(reason) => {
                    tally.not_applicable += 1;
                    let (section, name) = name.rsplit_once('/').unwrap_or_default();
                    let sections: &mut Sections = reasons.entry(reason).or_default();
                    let cases = sections.entry(section.to_owned()).or_default();
                    cases.push(name.to_owned());
                }
            }
        }
        tally.print(&stem);
        total.add(&tally);
    }
    total.print("all");
    println!("\nFailed:\n");
    failures.iter().for_each(|failure| println!("- {failure}"));
    println!("\nNot applicable:\n");
    for (reason, sections) in &reasons {
        println!(
            "- {reason}: {}",
            sections.values().map(Vec::len).sum::<usize>()
        );
        for (section, cases) in sections.iter().filter(|_| names) {
            println!("  - `{section}`: {}", cases.join(", "));
        }
    }
    let enough = total.passed + total.refused;
    let required = (total.applicable() * REQUIRED).div_ceil(100);
    Ok(ExitCode::from(u8::from(enough < required)))
}

fn files(directory: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "textproto")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
