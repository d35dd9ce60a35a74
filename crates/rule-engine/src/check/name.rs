//! Names: variables, the variables of macros, and the fields of records.

use super::clock::Moving;
use super::{Checked, Checker, Element, Outcome, Type};
use crate::expression::{Act, Expression, FieldRef, List, Place};
use crate::language::Syntax;
use order::{EntityKind, Field, FieldType};

const VARIABLES: [(&str, EntityKind); 7] = [
    ("order", EntityKind::Order),
    ("customer", EntityKind::Customer),
    ("lines", EntityKind::Line),
    ("shipments", EntityKind::Shipment),
    ("refunds", EntityKind::Refund),
    ("customs", EntityKind::Customs),
    ("stock", EntityKind::Stock),
];

impl Checker<'_> {
    pub(super) fn name(&mut self, syntax: &Syntax, name: &str) -> Outcome<Checked> {
        if let Some(local) = self.scope.iter().rposition(|(known, _)| known == name) {
            return Ok(match self.scope[local].1 {
                Element::Record(kind) => Checked::Record(Place::Local(local), kind),
                Element::Scalar(value_type) => Checked::Steady(
                    Expression {
                        text: syntax.text.clone(),
                        act: Act::Local(local),
                    },
                    value_type,
                ),
                Element::Nothing => Checked::List(List::Literal(Vec::new()), Element::Nothing),
            });
        }
        if let Some(value) = self.bindings.get(name) {
            return self.bound(syntax, value);
        }
        if name == "now" {
            return Ok(Checked::Moving(Moving::now()));
        }
        match VARIABLES.iter().find(|(known, _)| *known == name) {
            Some((_, EntityKind::Order)) => Ok(Checked::Record(Place::Order, EntityKind::Order)),
            Some((_, EntityKind::Customer)) => {
                Ok(Checked::Record(Place::Customer, EntityKind::Customer))
            }
            Some((_, kind)) => {
                self.reads_kind(*kind, syntax.at);
                Ok(Checked::List(List::Records(*kind), Element::Record(*kind)))
            }
            None => {
                let locals = self.scope.iter().map(|(local, _)| local.as_str());
                let known = VARIABLES
                    .iter()
                    .map(|(known, _)| *known)
                    .chain(["now"])
                    .chain(locals);
                let fault = self
                    .fault(syntax.at, format!("unknown name `{name}`"))
                    .nearest(name, known);
                self.report(fault.help(
                    "a rule reads order, customer, lines, shipments, refunds, customs, stock and now",
                ))
            }
        }
    }

    pub(super) fn field(&mut self, syntax: &Syntax, of: &Syntax, name: &str) -> Outcome<Checked> {
        let (place, field) = self.resolve(syntax, of, name)?;
        let value_type = match field.field_type {
            FieldType::Bool => Type::Bool,
            FieldType::Int => Type::Int,
            FieldType::Amount => Type::Double,
            FieldType::Text => Type::Text,
            FieldType::Duration => Type::Duration,
            FieldType::Event | FieldType::Plan => Type::Timestamp,
            FieldType::TextList | FieldType::EventList => {
                let element = match field.field_type {
                    FieldType::EventList => Type::Timestamp,
                    _ => Type::Text,
                };
                return Ok(Checked::List(List::Field(place), Element::Scalar(element)));
            }
        };
        let expression = Expression {
            text: syntax.text.clone(),
            act: Act::Field(place),
        };
        Ok(Checked::Steady(expression, value_type))
    }

    pub(super) fn has(&mut self, syntax: &Syntax, of: &Syntax, name: &str) -> Outcome<Checked> {
        let (place, _) = self.resolve(syntax, of, name)?;
        let expression = Expression {
            text: syntax.text.clone(),
            act: Act::Has(place),
        };
        Ok(Checked::Steady(expression, Type::Bool))
    }

    fn resolve(&mut self, syntax: &Syntax, of: &Syntax, name: &str) -> Outcome<(FieldRef, Field)> {
        let at = self.name_after(of.text.end, syntax.at);
        match self.check(of)? {
            Checked::Record(record, kind) => match self.world.catalogue.slot(kind, name) {
                Some(slot) => {
                    let field = self.world.catalogue.fields(kind)[slot].clone();
                    self.reads.note(field.system, at);
                    let event = matches!(field.field_type, FieldType::Event | FieldType::EventList);
                    Ok((
                        FieldRef {
                            record,
                            slot,
                            event,
                        },
                        field,
                    ))
                }
                None => {
                    let fields = self
                        .world
                        .catalogue
                        .fields(kind)
                        .iter()
                        .map(|field| field.name.as_str());
                    let message = format!("{} has no field `{name}`", a(kind));
                    let fault = self.fault(at, message).nearest(name, fields);
                    self.report(fault.help("`orderwatch get fields` lists what the catalogue has"))
                }
            },
            Checked::List(_, Element::Record(kind)) => {
                let fault = self.fault(at, format!("field `{name}` of a list"));
                self.report(
                    fault
                        .expected(format!("one {kind}"), "a list")
                        .help(format!(
                            "ask about its elements: {}.exists(x, x.{name} …)",
                            &self.text[of.text.clone()]
                        )),
                )
            }
            _ => {
                let fault = self.fault(at, format!("field `{name}` of what is no record"));
                self.report(fault.expected("a record", "a value"))
            }
        }
    }

    /// Where a field's name starts: behind the dot that follows its record.
    fn name_after(&self, end: usize, otherwise: usize) -> usize {
        let rest = self.text.get(end..).unwrap_or_default();
        let skipped = rest.len()
            - rest
                .trim_start_matches(|c: char| c == '.' || c.is_whitespace())
                .len();
        if skipped > 0 {
            end + skipped
        } else {
            otherwise
        }
    }

    fn reads_kind(&mut self, kind: EntityKind, at: usize) {
        if let Some(id) = self.world.catalogue.fields(kind).first() {
            self.reads.note(id.system, at);
        }
    }
}

/// A kind with its article.
fn a(kind: EntityKind) -> String {
    let article = if kind == EntityKind::Order { "an" } else { "a" };
    format!("{article} {kind}")
}
