//! Rows of which each takes orders from the other, so that their order decides.

use crate::analysis::warning;
use crate::rule_set::ResourceFault;
use crate::rule_set::spec::{AmountSpec, OneOrMany, RowSpec, ThresholdSpec};

/// How two sets of orders lie, as one part of two rows tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lie {
    Apart,
    /// One holds the other, or they are the same.
    Within,
    /// They share some, and each has more.
    Across,
}

pub(super) fn warnings(resource: &str, spec: &ThresholdSpec) -> Vec<ResourceFault> {
    let mut warnings = of_rows(resource, "spec.rows", &spec.rows);
    for (index, campaign) in spec.campaigns.iter().enumerate() {
        let path = format!("spec.campaigns[{index}].rows");
        warnings.extend(of_rows(resource, &path, &campaign.rows));
    }
    warnings
}

fn of_rows(resource: &str, path: &str, rows: &[RowSpec]) -> Vec<ResourceFault> {
    let mut warnings = Vec::new();
    for (index, row) in rows.iter().enumerate().take(super::MAX_ROWS) {
        for (other, earlier) in rows[..index].iter().enumerate() {
            let Some(part) = crossing(earlier, row) else {
                continue;
            };
            let message = format!(
                "overlaps with row {} in {part}: the same order can match both, and the earlier \
                 row decides",
                other + 1
            );
            warnings.push(warning(resource, &format!("{path}[{index}]"), message));
            break;
        }
    }
    warnings
}

/// The part in which two rows cross, when an order can surely match both and they say different
/// things.
fn crossing(a: &RowSpec, b: &RowSpec) -> Option<&'static str> {
    let is_plain =
        |row: &RowSpec| row.when.is_none() && row.category.is_none() && row.carrier.is_none();
    let same_value = match (&a.value, &b.value) {
        (Some(a), Some(b)) => a.to_string() == b.to_string(),
        _ => a.expression == b.expression && a.value.is_none() && b.value.is_none(),
    };
    if !is_plain(a) || !is_plain(b) || same_value {
        return None;
    }
    let parts = [
        ("kind", texts(&a.kind, &b.kind)),
        ("tier", texts(&a.tier, &b.tier)),
        ("warehouse", texts(&a.warehouse, &b.warehouse)),
        ("region", texts(&a.region, &b.region)),
        ("amount", amounts(a.amount, b.amount)),
    ];
    if parts.iter().any(|(_, lie)| *lie == Lie::Apart) {
        return None;
    }
    let crossing = parts.iter().find(|(_, lie)| *lie == Lie::Across);
    crossing.map(|(part, _)| *part)
}

fn texts(a: &Option<OneOrMany>, b: &Option<OneOrMany>) -> Lie {
    let (Some(a), Some(b)) = (a, b) else {
        return Lie::Within;
    };
    let (a, b) = (a.texts(), b.texts());
    let shared = a.iter().filter(|text| b.contains(text)).count();
    if shared == 0 {
        return Lie::Apart;
    }
    let more = |of: &[String], than: &[String]| of.iter().any(|text| !than.contains(text));
    if more(a, b) && more(b, a) {
        Lie::Across
    } else {
        Lie::Within
    }
}

fn amounts(a: Option<AmountSpec>, b: Option<AmountSpec>) -> Lie {
    let (Some(a), Some(b)) = (a, b) else {
        return Lie::Within;
    };
    let from = |amount: AmountSpec| amount.from.unwrap_or(f64::NEG_INFINITY);
    let below = |amount: AmountSpec| amount.below.unwrap_or(f64::INFINITY);
    if from(a) >= below(b) || from(b) >= below(a) {
        Lie::Apart
    } else if (from(a) < from(b)) == (below(a) < below(b))
        && from(a) != from(b)
        && below(a) != below(b)
    {
        Lie::Across
    } else {
        Lie::Within
    }
}
