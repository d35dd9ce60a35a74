//! Lists: some element of them, or as many as a match mode says.

use super::{Lowering, Operand, test};
use crate::expression::MAX_LOCALS;
use crate::visual::cel::{Cel, Joint};
use crate::visual::fault::Fault;
use crate::visual::field::{self, Element, Found, Place};
use crate::visual::operator::Operator;
use crate::visual::tree::{Bound, Group, Mode, Rule, join};
use order::{EntityKind, FieldType};

impl Lowering<'_> {
    /// A field of a list without a match mode: some element is so; for an operator that denies,
    /// none is.
    pub(super) fn about_every(
        &self,
        found: &Found,
        kind: EntityKind,
        operator: Operator,
        operands: &[Operand],
    ) -> Result<Cel, String> {
        let own_macro = found.field_type == FieldType::TextList;
        self.room(1 + usize::from(own_macro))?;
        let element = self.variable(field::element(kind));
        let positive = operator.denies().unwrap_or(operator);
        let mut body = test::holds(found, &element, positive, operands)?;
        let denies = operator.denies().is_some();
        if denies && test::counts_as_not(found, positive, operands) {
            body = Cel::join(Joint::And, vec![test::has(found, &element), body]);
        }
        let some = quantify(field::variable(kind), "exists", &element, body);
        Ok(if denies { some.negate() } else { some })
    }

    /// A list with a match mode, and conditions about one element of it.
    pub(super) fn matching(
        &mut self,
        rule: &Rule<'_>,
        mode: Mode,
        group: &Group<'_>,
    ) -> Option<Cel> {
        let (list, element) = match self.list(rule) {
            Ok(found) => found,
            Err(faults) => {
                self.faults.extend(faults);
                return None;
            }
        };
        let variable = element.variable.clone();
        self.scope.push(element);
        let body = self.group(group);
        self.scope.pop();
        Some(counted(&list, &variable, mode, body?))
    }

    /// The list that a rule with a match mode names, and one element of it.
    fn list(&self, rule: &Rule<'_>) -> Result<(String, Element), Vec<Fault>> {
        let path = join(&rule.path, "field");
        self.room(1)
            .map_err(|message| vec![Fault::at(path.as_str(), message)])?;
        if let Some(kind) = field::kind_named(rule.field).filter(|kind| field::is_list(*kind)) {
            let element = Element {
                variable: self.variable(field::element(kind)),
                kind: Some(kind),
            };
            return Ok((rule.field.to_owned(), element));
        }
        let lists: Vec<_> = EntityKind::ALL
            .into_iter()
            .filter(|kind| field::is_list(*kind))
            .map(field::variable)
            .collect();
        let expected = format!("{}, or a list of texts", lists.join(", "));
        let found = match field::find(self.catalogue, &self.scope, rule.field) {
            Some(found) => found,
            None => {
                let fault = Fault::at(path, format!("unknown list {:?}", rule.field))
                    .nearest(rule.field, lists.into_iter());
                return Err(vec![fault]);
            }
        };
        match (&found.place, found.field_type) {
            (Place::One(record), FieldType::TextList) => {
                let element = Element {
                    variable: self.variable("text"),
                    kind: None,
                };
                Ok((found.of(record), element))
            }
            (_, field_type) => {
                let fault = Fault::at(path, "only a list has a match mode");
                let found = format!("{} of type {field_type}", rule.field);
                Err(vec![fault.expected(expected, found)])
            }
        }
    }

    /// Whether so many macros more may be nested here.
    fn room(&self, more: usize) -> Result<(), String> {
        match self.scope.len() + more > MAX_LOCALS {
            true => Err(format!("lists are nested deeper than {MAX_LOCALS}")),
            false => Ok(()),
        }
    }

    /// A name for an element that no element around it has.
    fn variable(&self, name: &str) -> String {
        let taken = |name: &str| self.scope.iter().any(|element| element.variable == name);
        let mut free = name.to_owned();
        let mut number = 2;
        while taken(&free) {
            free = format!("{name}{number}");
            number += 1;
        }
        free
    }
}

fn quantify(list: &str, name: &str, variable: &str, body: Cel) -> Cel {
    Cel::Macro {
        head: format!("{list}.{name}({variable}, "),
        body: Box::new(body),
        tail: ")".to_owned(),
        relation: false,
    }
}

fn counted(list: &str, variable: &str, mode: Mode, body: Cel) -> Cel {
    let filtered = |before: &str, after: String, body| Cel::Macro {
        head: format!("{before}{list}.filter({variable}, "),
        body: Box::new(body),
        tail: format!(").size(){after}"),
        relation: true,
    };
    match mode {
        Mode::All => quantify(list, "all", variable, body),
        Mode::Some => quantify(list, "exists", variable, body),
        Mode::None => quantify(list, "exists", variable, body).negate(),
        Mode::Count(bound, count) => filtered("", format!(" {} {count}", sign(bound)), body),
        Mode::Share(bound, share) => {
            let after = format!(") {} double({list}.size()) * {share:?}", sign(bound));
            filtered("double(", after, body)
        }
    }
}

const fn sign(bound: Bound) -> &'static str {
    match bound {
        Bound::AtLeast => ">=",
        Bound::AtMost => "<=",
        Bound::Exactly => "==",
    }
}
