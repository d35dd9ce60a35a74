//! What every change of the rule set has in common: who makes it, and what is said of what
//! came of it.

use clap::Args;
use contracts::event::v1::{ResourceChange, ResourceOutcome};
use contracts::rules::v1::{ActivationEffect, ResourceWarning};

use crate::cli::Actor;
use crate::failure::Failure;
use crate::output;
use crate::progress::note;

/// How a change is made.
#[derive(Clone, Debug, Args)]
pub(crate) struct Manner {
    /// Check everything, and say what would change.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Why, for the audit record.
    #[arg(long, default_value = "changed by hand")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) actor: Actor,
}

/// What came of a change.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) number: i64,
    pub(crate) unchanged: bool,
    pub(crate) changes: Vec<ResourceChange>,
    pub(crate) warnings: Vec<ResourceWarning>,
    pub(crate) effect: Option<ActivationEffect>,
}

/// Makes an [`Outcome`] of each of the answers, which say the same.
macro_rules! outcome_of {
    ($($answer:ident),*) => {$(
        impl From<contracts::rules::v1::$answer> for Outcome {
            fn from(answer: contracts::rules::v1::$answer) -> Self {
                Self {
                    number: answer.number,
                    unchanged: answer.unchanged,
                    changes: answer.changes,
                    warnings: answer.warnings,
                    effect: answer.effect,
                }
            }
        }
    )*};
}

outcome_of!(
    ApplyRuleSetResponse,
    ChangeRuleSetResponse,
    RollbackRuleSetResponse
);

impl Outcome {
    /// Writes what became of each resource, and tells the rest to people.
    pub(crate) fn tell(&self, dry_run: bool) -> Result<(), Failure> {
        let suffix = if dry_run { " (dry run)" } else { "" };
        for change in &self.changes {
            let outcome = word(change.outcome());
            output::line(&format!("{} {outcome}{suffix}", name(change)))?;
        }
        self.explain(dry_run);
        Ok(())
    }

    /// Tells warnings, and what becomes of verdicts already given.
    pub(crate) fn explain(&self, dry_run: bool) {
        for warning in &self.warnings {
            note(&told(warning));
        }
        if let Some(effect) = &self.effect {
            note(&consequence(self.number, effect, dry_run));
        } else if self.unchanged {
            note(&format!("nothing differs from rule set {}", self.number));
        }
    }
}

/// Kind and name, as `apply` writes them.
pub(crate) fn name(change: &ResourceChange) -> String {
    format!("{}/{}", change.kind.to_lowercase(), change.name)
}

/// What became of a resource.
pub(crate) fn word(outcome: ResourceOutcome) -> &'static str {
    match outcome {
        ResourceOutcome::Created => "created",
        ResourceOutcome::Configured => "configured",
        ResourceOutcome::Deleted => "deleted",
        ResourceOutcome::Unchanged | ResourceOutcome::Unspecified => "unchanged",
    }
}

fn told(warning: &ResourceWarning) -> String {
    let ResourceWarning {
        resource,
        path,
        message,
    } = warning;
    format!("warning: {resource} {path}: {message}")
}

fn consequence(number: i64, effect: &ActivationEffect, dry_run: bool) -> String {
    let mut told = if dry_run {
        format!(
            "as rule set {number} it would have about {} orders judged again",
            effect.orders
        )
    } else {
        format!(
            "rule set {number} is in force: {} orders are judged again",
            effect.orders
        )
    };
    let counts = [
        (effect.judged_again, "exceptions may move or end"),
        (
            effect.retracted,
            "exceptions of rules that are no more: retracted",
        ),
        (
            effect.silenced,
            "exceptions of rules that go to shadow: their tickets close",
        ),
        (
            effect.revived,
            "exceptions of rules that come out of shadow: they are ticketed",
        ),
    ];
    for (count, what) in counts.into_iter().filter(|(count, _)| *count > 0) {
        told.push_str(&format!("; {count} open {what}"));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_of_open_exceptions_is_told_where_there_are_any() {
        let effect = ActivationEffect {
            orders: 1_200,
            retracted: 3,
            judged_again: 40,
            ..ActivationEffect::default()
        };
        insta::assert_snapshot!(
            [false, true]
                .map(|dry_run| consequence(7, &effect, dry_run))
                .join("\n")
        );
    }
}
