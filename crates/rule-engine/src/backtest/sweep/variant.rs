//! A rule set with one value changed.

use super::value::{SweepValue, values};
use super::{Place, Sweep, SweepError};
use crate::RuleSet;
use serde_norway::Value;
use std::collections::BTreeSet;

/// The rules that use a threshold, under one of its values.
#[derive(Debug)]
pub(in crate::backtest) struct Variant {
    pub(in crate::backtest) value: SweepValue,
    pub(in crate::backtest) rule_set: RuleSet,
}

pub(super) fn sweep(
    place: Place,
    asked: &str,
    yaml: &str,
    only: Option<&BTreeSet<String>>,
) -> Result<Sweep, SweepError> {
    let mut documents = documents(yaml);
    let threshold = find(&documents, &place)?;
    let value_type = text(documents[threshold].get("spec"), "type");
    let values = values(asked, &value_type, &place)?;
    let current = current(&mut documents[threshold], &place)?;
    let rules = users(&documents, threshold, only);
    if rules.is_empty() {
        return Err(SweepError::Unused(place.threshold));
    }
    let variants = values
        .into_iter()
        .map(|value| variant(&mut documents, threshold, &place, &rules, value))
        .collect::<Result<_, _>>()?;
    Ok(Sweep {
        place,
        current,
        rules,
        variants,
    })
}

fn documents(yaml: &str) -> Vec<Value> {
    let contents = crate::documents::contents(yaml);
    contents.filter_map(|content| content.value.ok()).collect()
}

fn text(value: Option<&Value>, key: &str) -> String {
    let text = value.and_then(|value| value.get(key)?.as_str());
    text.unwrap_or_default().to_owned()
}

fn is_of(document: &Value, kind: &str) -> bool {
    document.get("kind").and_then(Value::as_str) == Some(kind)
}

fn name(document: &Value) -> String {
    text(document.get("metadata"), "name")
}

fn find(documents: &[Value], place: &Place) -> Result<usize, SweepError> {
    let thresholds = || documents.iter().filter(|each| is_of(each, "Threshold"));
    let found = documents
        .iter()
        .position(|each| is_of(each, "Threshold") && name(each) == place.threshold);
    found.ok_or_else(|| {
        let names: Vec<String> = thresholds().map(name).collect();
        let near = crate::fault::nearest(&place.threshold, names.iter().map(String::as_str));
        SweepError::Unknown(format!("threshold `{}`", place.threshold), near)
    })
}

/// The rules that cannot be read without a threshold are those that use it.
fn users(documents: &[Value], threshold: usize, only: Option<&BTreeSet<String>>) -> Vec<String> {
    let others = documents.iter().enumerate();
    let others = others.filter(|(index, _)| *index != threshold);
    let Err(faults) = RuleSet::parse(0, &join(others.map(|(_, document)| document))) else {
        return Vec::new();
    };
    let rules = faults
        .iter()
        .filter_map(|fault| fault.resource.strip_prefix("Rule/"));
    let wanted = rules.filter(|rule| only.is_none_or(|only| only.contains(*rule)));
    let rules: BTreeSet<String> = wanted.map(str::to_owned).collect();
    rules.into_iter().collect()
}

fn variant(
    documents: &mut [Value],
    threshold: usize,
    place: &Place,
    rules: &[String],
    value: SweepValue,
) -> Result<Variant, SweepError> {
    set(&mut documents[threshold], place, &value.literal)?;
    let used = |document: &&Value| !is_of(document, "Rule") || rules.contains(&name(document));
    // Other resources may name the rules that are left out.
    let rule_set = RuleSet::parse(0, &join(documents.iter().filter(used)))
        .or_else(|_| RuleSet::parse(0, &join(documents.iter())));
    match rule_set {
        Ok(rule_set) => Ok(Variant { value, rule_set }),
        Err(faults) => Err(SweepError::Refused {
            place: place.clone(),
            value: value.text,
            faults,
        }),
    }
}

/// The table that a place is in: the plain one, or a campaign's.
fn table<'d>(document: &'d mut Value, place: &Place) -> Result<&'d mut Value, SweepError> {
    let unknown = || SweepError::Unknown(place.to_string(), None);
    let spec = document.get_mut("spec").ok_or_else(unknown)?;
    let Some(campaign) = &place.campaign else {
        return Ok(spec);
    };
    let campaigns = spec
        .get_mut("campaigns")
        .and_then(Value::as_sequence_mut)
        .ok_or_else(unknown)?;
    campaigns
        .iter_mut()
        .find(|each| text(Some(each), "name") == *campaign)
        .ok_or_else(unknown)
}

/// What holds the value, and the key that it stands under.
fn holder<'d>(
    document: &'d mut Value,
    place: &Place,
) -> Result<(&'d mut Value, &'static str), SweepError> {
    let table = table(document, place)?;
    let Some(row) = place.row else {
        return Ok((table, "default"));
    };
    table
        .get_mut("rows")
        .and_then(|rows| rows.get_mut(row))
        .map(|row| (row, "value"))
        .ok_or_else(|| SweepError::Unknown(place.to_string(), None))
}

fn current(document: &mut Value, place: &Place) -> Result<Option<String>, SweepError> {
    let (holder, key) = holder(document, place)?;
    Ok(match holder.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(Value::Bool(truth)) => Some(truth.to_string()),
        _ => None,
    })
}

fn set(document: &mut Value, place: &Place, literal: &Value) -> Result<(), SweepError> {
    let (holder, key) = holder(document, place)?;
    if let Some(holder) = holder.as_mapping_mut() {
        // A row has a value or an expression.
        holder.remove("expression");
        holder.insert(Value::from(key), literal.clone());
    }
    Ok(())
}

fn join<'d>(documents: impl Iterator<Item = &'d Value>) -> String {
    let texts = documents.filter_map(|document| serde_norway::to_string(document).ok());
    texts.map(|text| format!("---\n{text}")).collect()
}
