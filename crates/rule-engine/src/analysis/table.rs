//! Rows of decision tables that are never taken, and campaigns of which nothing says which wins.

mod overlap;

use super::prover::{implies, may_be_true};
use super::rule::{self, Place};
use super::warning;
use crate::expression::{Act, Expression, Origin, Row};
use crate::rule_set::spec::ThresholdSpec;
use crate::rule_set::{ResourceFault, RuleSet};
use std::collections::BTreeMap;

/// Most rows of a table that are held against each other.
const MAX_ROWS: usize = 300;

pub(super) fn warnings(
    rule_set: &RuleSet,
    specs: &BTreeMap<String, ThresholdSpec>,
) -> Vec<ResourceFault> {
    let mut warnings = Vec::new();
    for (name, declared) in rule_set.tables() {
        let table = &declared.threshold;
        let Some(spec) = specs.get(name) else {
            continue;
        };
        let resource = format!("Threshold/{name}");
        let rows = &table.rows[..table.rows.len().min(MAX_ROWS)];
        for (index, row) in rows.iter().enumerate() {
            let Some(path) = path(spec, &row.origin) else {
                continue;
            };
            let parts = conditions(row);
            if !parts.is_empty() && !may_be_true(&parts) {
                let message = "no order can match the row";
                warnings.push(warning(&resource, &path, message));
                continue;
            }
            let covering = rows[..index].iter().find(|earlier| covers(earlier, &parts));
            if let Some(covering) = covering {
                let message = format!(
                    "is never reached: {} takes every order that matches it",
                    described(&covering.origin)
                );
                warnings.push(warning(&resource, &path, message));
            }
            warnings.extend(of_when(&resource, &path, row));
        }
        warnings.extend(overlap::warnings(&resource, spec));
        warnings.extend(campaigns(&resource, spec));
    }
    warnings
}

fn conditions(row: &Row) -> Vec<&Expression> {
    row.parts().map(|(_, part)| part).collect()
}

/// Whether a row takes every order that has the parts, for certain: it must be true of them, and
/// its value known.
fn covers(row: &Row, parts: &[&Expression]) -> bool {
    matches!(row.value.act, Act::Constant(_)) && implies(parts, &row.when)
}

/// What is certain of the condition in CEL, which is the last part of a row.
fn of_when(resource: &str, path: &str, row: &Row) -> Vec<ResourceFault> {
    let Some((text, part)) = row.parts().last() else {
        return Vec::new();
    };
    let place = Place {
        resource: resource.to_owned(),
        path: format!("{path}.when"),
        text,
    };
    rule::of_condition(&place, part)
}

/// Where a row stands in its document; none for a default.
fn path(spec: &ThresholdSpec, origin: &Origin) -> Option<String> {
    let row = origin.row?;
    match &origin.campaign {
        None => Some(format!("spec.rows[{row}]")),
        Some(name) => {
            let mut campaigns = spec.campaigns.iter();
            let campaign = campaigns.position(|campaign| campaign.name == **name)?;
            Some(format!("spec.campaigns[{campaign}].rows[{row}]"))
        }
    }
}

fn described(origin: &Origin) -> String {
    let row = match origin.row {
        Some(row) => format!("row {}", row + 1),
        None => "the default".to_owned(),
    };
    match &origin.campaign {
        Some(campaign) => format!("{row} of campaign `{campaign}`"),
        None => row,
    }
}

/// Campaigns at one time and of one priority.
fn campaigns(resource: &str, spec: &ThresholdSpec) -> Vec<ResourceFault> {
    let mut warnings = Vec::new();
    for (index, campaign) in spec.campaigns.iter().enumerate() {
        let rival = spec.campaigns[..index].iter().find(|other| {
            other.priority == campaign.priority
                && other.by.trim() == campaign.by.trim()
                && other.from < campaign.until
                && campaign.from < other.until
        });
        if let Some(rival) = rival {
            let message = format!(
                "overlaps with campaign `{}` of the same priority: the later beginning decides, \
                 then the name",
                rival.name
            );
            let path = format!("spec.campaigns[{index}]");
            warnings.push(warning(resource, &path, message));
        }
    }
    warnings
}
