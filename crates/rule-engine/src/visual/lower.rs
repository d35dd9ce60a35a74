//! From a tree to a condition: fields looked up, values typed, missing ones thought of.

mod list;
mod test;

use super::cel::{Cel, Joint};
use super::fault::Fault;
use super::field::{self, Element, Found, Place};
use super::operator::{Arity, Operator};
use super::tree::{Combinator, Group, Node, Rule, Test, join};
use super::value::{self, Limit, Literal};
use order::{Catalogue, FieldType};
use serde_json::Value;

pub(super) struct Lowering<'l> {
    pub(super) catalogue: &'l Catalogue,
    /// Elements that the conditions at hand are about, the innermost last.
    pub(super) scope: Vec<Element>,
    pub(super) faults: Vec<Fault>,
}

/// What a field is compared with.
enum Operand {
    Literal(Literal),
    Field(Found),
    Limit(Limit),
}

impl Operand {
    /// As CEL, where fields of the list at hand are those of `element`.
    fn to_cel(&self, element: &str) -> String {
        match self {
            Self::Literal(literal) => literal.to_cel(),
            Self::Limit(limit) => limit.span.to_cel(),
            Self::Field(found) => match &found.place {
                Place::One(record) => found.of(record),
                Place::Every(_) => found.of(element),
            },
        }
    }
}

impl Lowering<'_> {
    /// A group as one condition; none when there are faults in it.
    pub(super) fn group(&mut self, group: &Group<'_>) -> Option<Cel> {
        let parts: Vec<_> = group
            .nodes
            .iter()
            .map(|node| match node {
                Node::Group(group) => self.group(group),
                Node::Rule(rule) => self.rule(rule),
            })
            .collect();
        let joint = match group.combinator {
            Combinator::And => Joint::And,
            Combinator::Or => Joint::Or,
            Combinator::Xor => Joint::Xor,
        };
        let joined = Cel::join(joint, parts.into_iter().collect::<Option<_>>()?);
        Some(if group.not { joined.negate() } else { joined })
    }

    fn rule(&mut self, rule: &Rule<'_>) -> Option<Cel> {
        let outcome = match &rule.test {
            Test::Match { mode, group } => return self.matching(rule, *mode, group),
            Test::Operator {
                operator,
                value,
                of_fields,
            } => self.comparing(rule, *operator, value, *of_fields),
        };
        outcome.map_err(|faults| self.faults.extend(faults)).ok()
    }

    fn comparing(
        &self,
        rule: &Rule<'_>,
        operator: Operator,
        value: &Value,
        of_fields: bool,
    ) -> Result<Cel, Vec<Fault>> {
        let found = self.find(rule.field, join(&rule.path, "field"))?;
        if !operator.allows(found.field_type) {
            let allowed = Operator::ALL
                .into_iter()
                .filter(|operator| operator.allows(found.field_type));
            let allowed: Vec<_> = allowed.map(Operator::name).collect();
            let message = format!("a field of type {} is not asked so", found.field_type);
            let fault = Fault::at(join(&rule.path, "operator"), message);
            return Err(vec![fault.expected(allowed.join(" "), operator.name())]);
        }
        let path = join(&rule.path, "value");
        let operands = match operator.arity() {
            Arity::Span => vec![Operand::Limit(
                self.limit(operator, value, of_fields, &path)?,
            )],
            arity => self.operands(&found, arity, value, of_fields, &path)?,
        };
        match found.place.clone() {
            Place::One(record) => test::about_one(&found, &record, operator, &operands),
            Place::Every(kind) => self.about_every(&found, kind, operator, &operands),
        }
        .map_err(|message| vec![Fault::at(rule.path.as_str(), message)])
    }

    fn limit(
        &self,
        operator: Operator,
        value: &Value,
        of_fields: bool,
        path: &str,
    ) -> Result<Limit, Vec<Fault>> {
        if of_fields {
            let fault = Fault::at(path, "a limit is not taken from a field");
            return Err(vec![fault.help("compare the two instants instead")]);
        }
        let limit = value::limit(value, path)?;
        let remaining = [Operator::RemainingMoreThan, Operator::RemainingLessThan];
        if limit.calendar.is_some() && remaining.contains(&operator) {
            let fault = Fault::at(
                join(path, "calendar"),
                "what remains is not counted by calendars",
            );
            return Err(vec![
                fault.help("leave the calendar out, or ask for what has elapsed"),
            ]);
        }
        Ok(limit)
    }

    fn operands(
        &self,
        found: &Found,
        arity: Arity,
        value: &Value,
        of_fields: bool,
        path: &str,
    ) -> Result<Vec<Operand>, Vec<Fault>> {
        let parts = value::parts(value, arity, path)?;
        let mut operands = Vec::with_capacity(parts.len());
        let mut faults = Vec::new();
        for (part, path) in parts {
            let operand = match of_fields {
                true => self.of_field(found, &part, path),
                false => value::literal(found.field_type, &part, &path).map(Operand::Literal),
            };
            match operand {
                Ok(operand) => operands.push(operand),
                Err(found) => faults.extend(found),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        if let (Arity::Pair, [Operand::Literal(first), Operand::Literal(second)]) =
            (arity, operands.as_slice())
            && first.is_after(second)
        {
            operands.reverse();
        }
        Ok(operands)
    }

    /// Another field in the place of a value: of one record, or of the same element of a list.
    fn of_field(&self, found: &Found, value: &Value, path: String) -> Result<Operand, Vec<Fault>> {
        let Some(name) = value.as_str() else {
            let fault = Fault::at(path, "wrong type");
            let shown = super::tree::shown(value);
            return Err(vec![fault.expected("the name of a field", shown)]);
        };
        let other = self.find(name.trim(), path.clone())?;
        if matches!(other.place, Place::Every(_)) && other.place != found.place {
            let fault = Fault::at(path, format!("`{name}` has many values"));
            let help = "compare with a field of the order, the customer, or the same element";
            return Err(vec![fault.help(help)]);
        }
        let family = |field_type| match field_type {
            FieldType::Int | FieldType::Amount => "a number",
            FieldType::Bool => "a bool",
            FieldType::Text => "a text",
            FieldType::TextList => "a list of texts",
            FieldType::EventList => "a list of instants",
            FieldType::Duration => "a duration",
            FieldType::Event | FieldType::Plan => "an instant",
        };
        let wanted = match found.field_type {
            FieldType::TextList => family(FieldType::Text),
            field_type => family(field_type),
        };
        if family(other.field_type) != wanted {
            let fault = Fault::at(path, format!("`{name}` is of another type"));
            return Err(vec![fault.expected(wanted, family(other.field_type))]);
        }
        Ok(Operand::Field(other))
    }

    fn find(&self, name: &str, path: String) -> Result<Found, Vec<Fault>> {
        field::find(self.catalogue, &self.scope, name).ok_or_else(|| {
            let known = field::known(self.catalogue, &self.scope);
            let fault = Fault::at(path, format!("unknown field {name:?}"))
                .nearest(name, known.iter().map(String::as_str));
            vec![
                match field::kind_named(name).filter(|kind| field::is_list(*kind)) {
                    Some(_) => {
                        fault.help("a list is asked by a match mode, or by one of its fields")
                    }
                    None => fault.help("the field catalogue lists what there is"),
                },
            ]
        })
    }
}
