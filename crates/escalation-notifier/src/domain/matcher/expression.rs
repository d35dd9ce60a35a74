//! Regular expressions of matchers, read once: that takes some milliseconds, and every decision
//! asks every silence.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use regex::{Regex, RegexBuilder};

use super::Unreadable;

/// Most that are kept; whoever has more waits for their reading.
const KEPT: usize = 1_000;

static READ: LazyLock<Read> = LazyLock::new(Read::default);

/// Expressions by their patterns, and how many bytes each might take.
#[derive(Debug, Default)]
struct Read(Mutex<HashMap<(String, usize), Regex>>);

/// A regular expression for the whole of a value, as Alertmanager has it, of so many bytes at most.
pub(super) fn expression(pattern: &str, bytes: usize) -> Result<Regex, Unreadable> {
    READ.get(pattern, bytes, read)
}

fn read(pattern: &str, bytes: usize) -> Result<Regex, Unreadable> {
    RegexBuilder::new(&format!("^(?:{pattern})$"))
        .size_limit(bytes)
        .build()
        .map_err(|error| {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim();
            Unreadable(format!(
                "expected a regular expression, found \"{pattern}\": {why}"
            ))
        })
}

impl Read {
    fn get(
        &self,
        pattern: &str,
        bytes: usize,
        read: impl FnOnce(&str, usize) -> Result<Regex, Unreadable>,
    ) -> Result<Regex, Unreadable> {
        let key = (pattern.to_owned(), bytes);
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(expression) = known().get(&key) {
            return Ok(expression.clone());
        }
        let expression = read(pattern, bytes)?;
        let mut known = known();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(key, expression.clone());
        Ok(expression)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: usize = 256 << 10;

    #[test]
    fn an_expression_is_read_once_and_no_more_are_kept_than_fit() {
        let known = Read::default();
        let mut times = 0;
        for _ in 0..3 {
            let expression = known.get("WH-.*", BYTES, |pattern, bytes| {
                times += 1;
                read(pattern, bytes)
            });
            assert!(expression.unwrap().is_match("WH-EAST"));
        }
        assert_eq!(times, 1);
        for number in 0..=KEPT {
            known.get(&format!("WH-{number}"), BYTES, read).unwrap();
        }
        assert!(known.0.lock().unwrap().len() <= KEPT);
        assert!(known.get("(", BYTES, read).is_err());
        assert!(known.get("WH-.*", 10, read).is_err());
    }
}
