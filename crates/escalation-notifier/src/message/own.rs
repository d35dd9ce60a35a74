//! Templates of an operator's own: whatever they say, they end, and nothing is lost.

use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};
use opentelemetry::{KeyValue, global, metrics::Counter};
use tracing::warn;

use super::engine;
use crate::domain::wording::Wording;

/// Work that one part may make: instructions, and 64 bytes of text, cost one each. The
/// longest built-in template takes about 300.
const FUEL: u64 = 20_000;

/// How deep macros may call each other.
const DEPTH: usize = 32;

/// Longest part in bytes, before it is cut to what a vendor takes.
const LONGEST: usize = 64 * 1024;

/// Renders them.
#[derive(Debug)]
pub(super) struct Engine {
    environment: Environment<'static>,
    fallen_back: Counter<u64>,
}

impl Engine {
    pub(super) fn new() -> Self {
        let fallen_back = global::meter("orderwatch.escalation-notifier")
            .u64_counter("orderwatch.notices.template_failures")
            .with_description("Parts of messages that a built-in template wrote because the operator's own could not.")
            .build();
        Self {
            environment: environment(),
            fallen_back,
        }
    }

    /// What a wording says; `None`, and a line in the log, where it cannot.
    pub(super) fn say(&self, wording: &Wording, facts: &Value) -> Option<String> {
        let said = render(&self.environment, wording, facts);
        said.inspect_err(|error| {
            let template = wording.name.clone();
            let attributes = [KeyValue::new("orderwatch.template", template)];
            self.fallen_back.add(1, &attributes);
            let line = error.line().unwrap_or_default();
            warn!(
                template.name = wording.name,
                template.line = line,
                error = %error,
                "a message template fails, so the built-in one is used",
            );
        })
        .ok()
    }
}

/// As the built-in one, but strict and bounded.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = engine::environment();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    bounded(&mut environment);
    environment.set_debug(true);
    environment
}

/// Has whatever is rendered come to an end.
pub(crate) fn bounded(environment: &mut Environment<'_>) {
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEPTH);
}

/// What a wording says, without a line end; never nothing.
pub(super) fn render(
    environment: &Environment<'_>,
    wording: &Wording,
    facts: &Value,
) -> Result<String, Error> {
    let said = environment.render_named_str(&wording.name, &wording.template, facts.clone())?;
    let said = said.trim_end();
    let wrong = |why: &'static str| Err(Error::new(ErrorKind::WriteFailure, why));
    if said.trim().is_empty() {
        return wrong("it says nothing");
    }
    if said.len() > LONGEST {
        return wrong("it says more than 64 KiB");
    }
    Ok(said.to_owned())
}
