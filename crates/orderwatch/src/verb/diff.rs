//! `orderwatch diff`: what applying documents would change, or what differs between two rule
//! sets, as a unified diff.

use std::path::PathBuf;

use clap::Args;
use contracts::rules::v1::{DiffRuleSetsRequest, ResourceDifference};
use similar::TextDiff;

use super::apply::rules::{edits, with_places};
use super::rule_set;
use crate::cli::Global;
use crate::connection::Service;
use crate::failure::{Exit, Failure};
use crate::manifest::{self, Document, Owner};
use crate::output;
use crate::progress::note;

/// Lines of context around each change.
const CONTEXT: usize = 3;

/// What to compare.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A file, a folder or `-`, as for apply: compares what it would make of
    /// the rule set with that; may be given several times.
    #[arg(short, long = "filename", required_unless_present = "to")]
    filename: Vec<PathBuf>,
    /// Rule set to compare with [default: the one in force].
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 0,
        hide_default_value = true
    )]
    from: i64,
    /// Compare two rule sets: this one with that of --from.
    #[arg(long, value_name = "NUMBER", conflicts_with = "filename")]
    to: Option<i64>,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let documents = manifest::read(&arguments.filename)?;
    let (ours, others): (Vec<Document>, Vec<Document>) = documents
        .into_iter()
        .partition(|document| document.kind.owner() == Owner::Service(Service::RuleEvaluation));
    for document in &others {
        note(&format!(
            "{document} is no part of a rule set: not compared"
        ));
    }
    if ours.is_empty() && arguments.to.is_none() {
        return Ok(());
    }
    let request = DiffRuleSetsRequest {
        from: arguments.from,
        to: arguments.to.unwrap_or_default(),
        edits: edits(&ours),
    };
    let connection = global.connection();
    let answer = connection
        .rules()
        .call(request, async |mut client, request| {
            client.diff_rule_sets(request).await
        })
        .await
        .map_err(|failure| with_places(failure, &ours))?;
    let count = answer.differences.len();
    for difference in &answer.differences {
        output::lines(&unified(difference))?;
    }
    match count {
        0 => Ok(()),
        1 => Err(Failure::new(Exit::Different, "1 resource differs")),
        count => Err(Failure::new(
            Exit::Different,
            format!("{count} resources differ"),
        )),
    }
}

fn unified(difference: &ResourceDifference) -> String {
    let change = difference.change.clone().unwrap_or_default();
    let name = format!("{}/{}", change.kind, change.name);
    let side = |text: &str, side: &str| match text {
        "" => "/dev/null".to_owned(),
        _ => format!("{side}/{name}"),
    };
    let (old, new) = (lines(&difference.old_text), lines(&difference.new_text));
    let diff = TextDiff::from_lines(&old, &new);
    let mut unified = diff.unified_diff();
    let unified = unified
        .context_radius(CONTEXT)
        .header(&side(&old, "a"), &side(&new, "b"));
    let heading = rule_set::word(change.outcome());
    format!("{name} {heading}\n{unified}")
}

/// A text that ends with a line.
fn lines(text: &str) -> String {
    match text {
        "" => String::new(),
        text if text.ends_with('\n') => text.to_owned(),
        text => format!("{text}\n"),
    }
}

#[cfg(test)]
mod tests {
    use contracts::event::v1::{ResourceChange, ResourceOutcome};

    use super::*;

    fn difference(outcome: ResourceOutcome, old: &str, new: &str) -> String {
        unified(&ResourceDifference {
            change: Some(ResourceChange {
                kind: "Rule".to_owned(),
                name: "late".to_owned(),
                outcome: outcome.into(),
                etag: String::new(),
            }),
            old_text: old.to_owned(),
            new_text: new.to_owned(),
        })
    }

    #[test]
    fn a_difference_is_a_unified_diff_that_patch_understands() {
        let old = "kind: Rule\nspec:\n  condition: a\n";
        let told = [
            difference(
                ResourceOutcome::Configured,
                old,
                &old.replace("condition: a", "condition: b"),
            ),
            difference(ResourceOutcome::Created, "", "kind: Rule"),
            difference(ResourceOutcome::Deleted, "kind: Rule\n", ""),
        ];
        insta::assert_snapshot!(told.concat());
    }
}
