//! Decision tables: every row of every campaign made one list, the first that holds decides.

mod literal;
mod part;

use crate::check::{self, Declared, Type, World};
use crate::expression::{Act, Expression, Origin, Row, Threshold as Table};
use crate::rule_set::ValueType;
use crate::rule_set::fault::Faults;
use crate::rule_set::spec::{CampaignSpec, DefaultSpec, RowSpec, Scalar, ThresholdSpec};
use crate::rule_set::threshold::{Campaign, Threshold, ThresholdRow};
use order::{Systems, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) fn declare_all(
    specs: &BTreeMap<String, ThresholdSpec>,
    world: &World<'_>,
    faults: &mut Faults,
) -> BTreeMap<String, Declared> {
    let declare = |(name, spec): (&String, &ThresholdSpec)| {
        let loader = Loader {
            resource: format!("Threshold/{name}"),
            value_type: spec.value_type,
            world,
            faults,
            systems: Systems::NONE,
            rows: Vec::new(),
        };
        (name.clone(), loader.declare(spec))
    };
    specs.iter().map(declare).collect()
}

/// Campaigns in the order in which they decide.
fn by_precedence(spec: &ThresholdSpec) -> Vec<(usize, &CampaignSpec)> {
    let mut campaigns: Vec<_> = spec.campaigns.iter().enumerate().collect();
    campaigns.sort_by(|(_, a), (_, b)| {
        let keys = |campaign: &CampaignSpec| (campaign.priority, campaign.from);
        keys(b).cmp(&keys(a)).then_with(|| a.name.cmp(&b.name))
    });
    campaigns
}

/// One table being read.
struct Loader<'l> {
    resource: String,
    value_type: ValueType,
    world: &'l World<'l>,
    faults: &'l mut Faults,
    systems: Systems,
    rows: Vec<Row>,
}

impl Loader<'_> {
    /// A table with faults is declared all the same, so that rules which name it are not blamed.
    fn declare(mut self, spec: &ThresholdSpec) -> Declared {
        for (index, campaign) in by_precedence(spec) {
            self.campaign(index, campaign, spec);
        }
        for (index, row) in spec.rows.iter().enumerate() {
            let origin = Origin {
                campaign: None,
                row: Some(index),
            };
            self.row(origin, &format!("spec.rows[{index}]"), row, None);
        }
        let default = self.default(&spec.default);
        Declared {
            value_type: type_of(self.value_type),
            systems: self.systems,
            threshold: Arc::new(Table {
                rows: self.rows,
                default,
            }),
        }
    }

    fn campaign(&mut self, index: usize, campaign: &CampaignSpec, spec: &ThresholdSpec) {
        let path = format!("spec.campaigns[{index}]");
        if campaign.until <= campaign.from {
            let message = format!(
                "is never in force: until {}, from {}",
                campaign.until, campaign.from
            );
            self.faults.add(&self.resource, &path, message);
        }
        if spec.campaigns[..index]
            .iter()
            .any(|earlier| earlier.name == campaign.name)
        {
            let message = format!("there are two campaigns `{}`", campaign.name);
            self.faults
                .add(&self.resource, &format!("{path}.name"), message);
        }
        let Some(membership) = self.membership(&path, campaign) else {
            return;
        };
        let name: Arc<str> = campaign.name.as_str().into();
        for (number, row) in campaign.rows.iter().enumerate() {
            let origin = Origin {
                campaign: Some(name.clone()),
                row: Some(number),
            };
            let path = format!("{path}.rows[{number}]");
            self.row(origin, &path, row, Some(&membership));
        }
        if let Some(default) = &campaign.default {
            let value = self.literal(&format!("{path}.default"), default);
            let (text, expression) = membership;
            self.rows.push(Row {
                origin: Origin {
                    campaign: Some(name),
                    row: None,
                },
                sources: vec![text],
                when: all(vec![expression]),
                value: constant(value),
                value_source: default.to_string(),
            });
        } else if campaign.rows.is_empty() {
            self.faults
                .add(&self.resource, &path, "has neither rows nor a default");
        }
    }

    /// The condition under which an order belongs to a campaign.
    fn membership(&mut self, path: &str, campaign: &CampaignSpec) -> Option<(String, Expression)> {
        let by = campaign.by.trim();
        if by != "now"
            && let Err(errors) = check::value(self.world, &campaign.by, Type::Timestamp)
        {
            let path = format!("{path}.by");
            self.faults.add_expression(&self.resource, &path, errors);
            return None;
        }
        let text = format!(
            "({by}) >= timestamp(\"{}\") && ({by}) < timestamp(\"{}\")",
            campaign.from, campaign.until
        );
        let text = if part::is_path(by) {
            text.replace(&format!("({by})"), by)
        } else {
            text
        };
        let expression = self.condition(&format!("{path}.by"), &text)?;
        Some((text, expression))
    }

    fn row(
        &mut self,
        origin: Origin,
        path: &str,
        spec: &RowSpec,
        membership: Option<&(String, Expression)>,
    ) {
        let mut sources = Vec::new();
        let mut parts = Vec::new();
        if let Some((text, expression)) = membership {
            sources.push(text.clone());
            parts.push(expression.clone());
        }
        let mut whole = true;
        for (part, text) in part::conditions(spec, path, &self.resource, self.faults) {
            match self.condition(&format!("{path}.{part}"), &text) {
                Some(expression) => {
                    sources.push(text);
                    parts.push(expression);
                }
                None => whole = false,
            }
        }
        let Some((value_source, value)) = self.value_of(path, spec) else {
            return;
        };
        if whole {
            self.rows.push(Row {
                origin,
                sources,
                when: all(parts),
                value,
                value_source,
            });
        }
    }

    fn value_of(&mut self, path: &str, spec: &RowSpec) -> Option<(String, Expression)> {
        match (&spec.value, &spec.expression) {
            (Some(value), None) => {
                let constant = constant(self.literal(&format!("{path}.value"), value));
                Some((value.to_string(), constant))
            }
            (None, Some(text)) => {
                let expression = self.calculated(&format!("{path}.expression"), text)?;
                Some((text.clone(), expression))
            }
            (Some(_), Some(_)) => {
                let message = "has a value and an expression: keep one";
                self.faults.add(&self.resource, path, message);
                None
            }
            (None, None) => {
                let message = "has no value: write value or expression";
                self.faults.add(&self.resource, path, message);
                None
            }
        }
    }

    /// A calculated default is a row that always holds, before a default for when it is not known.
    fn default(&mut self, spec: &DefaultSpec) -> Value {
        match spec {
            DefaultSpec::Literal(literal) => self.literal("spec.default", literal),
            DefaultSpec::Calculated(calculated) => {
                let path = "spec.default.expression";
                if let Some(value) = self.calculated(path, &calculated.expression) {
                    self.rows.push(Row {
                        origin: Origin {
                            campaign: None,
                            row: None,
                        },
                        sources: Vec::new(),
                        when: all(Vec::new()),
                        value,
                        value_source: calculated.expression.clone(),
                    });
                }
                self.literal("spec.default.otherwise", &calculated.otherwise)
            }
        }
    }

    fn condition(&mut self, path: &str, text: &str) -> Option<Expression> {
        let checked = check::condition(self.world, text);
        self.take(path, checked)
    }

    fn calculated(&mut self, path: &str, text: &str) -> Option<Expression> {
        let checked = check::value(self.world, text, type_of(self.value_type));
        self.take(path, checked)
    }

    fn take(
        &mut self,
        path: &str,
        checked: Result<check::Condition, Vec<crate::Fault>>,
    ) -> Option<Expression> {
        match checked {
            Ok(checked) => {
                self.systems = self.systems.union(checked.reads.systems());
                Some(checked.expression)
            }
            Err(errors) => {
                self.faults.add_expression(&self.resource, path, errors);
                None
            }
        }
    }

    fn literal(&mut self, path: &str, scalar: &Scalar) -> Value {
        literal::read(self.value_type, scalar).unwrap_or_else(|expected| {
            let found = serde_json::to_string(scalar).unwrap_or_default();
            let message = format!("expected {expected}, found {found}");
            self.faults.add(&self.resource, path, message);
            Value::Missing
        })
    }
}

fn all(parts: Vec<Expression>) -> Expression {
    Expression {
        text: 0..0,
        act: Act::And(parts),
    }
}

fn constant(value: Value) -> Expression {
    Expression {
        text: 0..0,
        act: Act::Constant(value),
    }
}

fn type_of(value_type: ValueType) -> Type {
    match value_type {
        ValueType::Duration => Type::Duration,
        ValueType::Int => Type::Int,
        ValueType::Double => Type::Double,
        ValueType::Bool => Type::Bool,
        ValueType::String => Type::Text,
    }
}

/// The tables as written, for listings and previews.
pub(super) fn listed(specs: &BTreeMap<String, ThresholdSpec>) -> Vec<Threshold> {
    let threshold = |(name, spec): (&String, &ThresholdSpec)| {
        let campaign = |(_, spec): (usize, &CampaignSpec)| Campaign {
            name: spec.name.clone(),
            from: spec.from,
            until: spec.until,
            by: spec.by.clone(),
            priority: spec.priority,
            rows: spec.rows.iter().map(row_listed).collect(),
            default: spec.default.as_ref().map(ToString::to_string),
        };
        Threshold {
            name: name.clone(),
            value_type: spec.value_type,
            rows: spec.rows.iter().map(row_listed).collect(),
            campaigns: by_precedence(spec).into_iter().map(campaign).collect(),
            default: match &spec.default {
                DefaultSpec::Literal(literal) => literal.to_string(),
                DefaultSpec::Calculated(calculated) => calculated.expression.clone(),
            },
            otherwise: match &spec.default {
                DefaultSpec::Literal(_) => None,
                DefaultSpec::Calculated(calculated) => Some(calculated.otherwise.to_string()),
            },
        }
    };
    specs.iter().map(threshold).collect()
}

fn row_listed(spec: &RowSpec) -> ThresholdRow {
    let parts = part::conditions(spec, "", "", &mut Faults::new());
    ThresholdRow {
        conditions: parts.into_iter().map(|(_, text)| text).collect(),
        value: match (&spec.value, &spec.expression) {
            (Some(value), _) => value.to_string(),
            (None, expression) => expression.clone().unwrap_or_default(),
        },
        note: spec.note.clone(),
    }
}
