//! Lists: of records, of texts, literal, filtered and mapped; and the macros over them.

use super::{Checked, Checker, Element, Outcome, Reported, Type};
use crate::expression::{Act, Each, Expression, List, Quantifier};
use crate::language::{MacroName, Syntax};

/// Types that an element of an empty literal may be taken for.
const CANDIDATES: [Type; 6] = [
    Type::Int,
    Type::Text,
    Type::Double,
    Type::Bool,
    Type::Timestamp,
    Type::Duration,
];

impl Checker<'_> {
    /// Checks a node that must be a list.
    pub(super) fn list(&mut self, syntax: &Syntax) -> Outcome<(List, Element)> {
        let found = match self.check(syntax)? {
            Checked::List(list, element) => return Ok((list, element)),
            Checked::Steady(_, value_type) => value_type.to_string(),
            Checked::Moving(moving) => moving.value_type.to_string(),
            Checked::Record(_, kind) => format!("the {kind} record"),
        };
        let fault = self
            .fault(syntax.text.start, "not a list")
            .expected("a list", found);
        self.report(fault)
    }

    pub(super) fn list_literal(&mut self, elements: &[Syntax]) -> Outcome<Checked> {
        let mut checked: Vec<Expression> = Vec::with_capacity(elements.len());
        let mut common: Option<Type> = None;
        for element in elements {
            let (expression, found) = self.steady(element)?;
            match common {
                Some(expected) if expected != found => {
                    let fault = self.fault(element.text.start, "elements of a list differ in type");
                    return self.report(fault.expected(expected, found));
                }
                _ => common = Some(found),
            }
            checked.push(expression);
        }
        Ok(Checked::List(
            List::Literal(checked),
            common.map_or(Element::Nothing, Element::Scalar),
        ))
    }

    pub(super) fn over_list(
        &mut self,
        syntax: &Syntax,
        name: MacroName,
        list: &Syntax,
        variable: &str,
        body: &Syntax,
    ) -> Outcome<Checked> {
        let (list, element) = self.list(list)?;
        let (local, (body, made)) = match element {
            Element::Nothing => self.body_over_nothing(syntax.at, name, variable, body)?,
            _ => self.body(syntax.at, name, variable, element, body)?,
        };
        let each = Each { list, local, body };
        let quantifier = match name {
            MacroName::Filter => return Ok(Checked::List(List::Filter(Box::new(each)), element)),
            MacroName::Map => {
                return Ok(Checked::List(
                    List::Map(Box::new(each)),
                    Element::Scalar(made),
                ));
            }
            MacroName::Exists => Quantifier::Exists,
            MacroName::All => Quantifier::All,
            MacroName::ExistsOne => Quantifier::ExistsOne,
        };
        let act = Act::Quantify(quantifier, Box::new(each));
        Ok(Checked::Steady(
            Expression {
                text: syntax.text.clone(),
                act,
            },
            Type::Bool,
        ))
    }

    fn body(
        &mut self,
        at: usize,
        name: MacroName,
        variable: &str,
        element: Element,
        body: &Syntax,
    ) -> Outcome<(usize, (Expression, Type))> {
        self.within(at, variable, element, |checker| match name {
            MacroName::Map => checker.steady(body),
            _ => checker
                .typed(body, Type::Bool)
                .map(|body| (body, Type::Bool)),
        })
    }

    /// An empty literal has elements of no type: any that makes sense of the body will do. Inside
    /// such a body only the first is tried, so that the work does not multiply.
    fn body_over_nothing(
        &mut self,
        at: usize,
        name: MacroName,
        variable: &str,
        body: &Syntax,
    ) -> Outcome<(usize, (Expression, Type))> {
        let (known, reads) = (self.faults.len(), self.reads.clone());
        let candidates = match self.guessing {
            true => &CANDIDATES[..1],
            false => &CANDIDATES,
        };
        let outer = std::mem::replace(&mut self.guessing, true);
        let mut first = Vec::new();
        let mut outcome = Err(Reported);
        for candidate in candidates {
            self.reads = reads.clone();
            outcome = self.body(at, name, variable, Element::Scalar(*candidate), body);
            if outcome.is_ok() {
                first.clear();
                break;
            }
            let faults = self.faults.split_off(known);
            if first.is_empty() {
                first = faults;
            }
        }
        self.guessing = outer;
        self.faults.extend(first);
        outcome
    }
}
