//! Lists as values: compared, joined, chosen between, indexed, and asked for a member.

use super::{Checked, Checker, Element, Outcome, Type};
use crate::expression::{Act, Comparison, Equality, Expression, List, ListChoice};
use crate::language::Syntax;

/// A list with what it has for elements.
type Listed = (List, Element);

impl Checker<'_> {
    pub(super) fn list_comparison(
        &mut self,
        syntax: &Syntax,
        comparison: Comparison,
        (left, of_left): Listed,
        (right, of_right): Listed,
    ) -> Outcome<Checked> {
        let comparable = match (of_left, of_right) {
            (Element::Scalar(left), Element::Scalar(right)) => left.compares_with(right),
            (Element::Nothing, Element::Scalar(_) | Element::Nothing)
            | (Element::Scalar(_), Element::Nothing) => true,
            _ => false,
        };
        if !comparable {
            let (left, right) = (self.element_name(of_left), self.element_name(of_right));
            let fault = self
                .fault(syntax.at, "lists of these elements cannot be compared")
                .expected(
                    "two lists of values of one type",
                    format!("{left} and {right}"),
                );
            return self.report(fault.help("map records to one of their fields first"));
        }
        let equality = match comparison {
            Comparison::NotEqual => Equality::Different,
            _ => Equality::Equal,
        };
        let expression = Expression {
            text: syntax.text.clone(),
            act: Act::CompareLists(equality, Box::new([left, right])),
        };
        Ok(Checked::Steady(expression, Type::Bool))
    }

    pub(super) fn joined(
        &mut self,
        second: &Syntax,
        (a, of_a): Listed,
        (b, of_b): Listed,
    ) -> Outcome<Checked> {
        let element = self.common(second, of_a, of_b)?;
        Ok(Checked::List(List::Joined(Box::new([a, b])), element))
    }

    pub(super) fn list_choice(
        &mut self,
        second: &Syntax,
        condition: Expression,
        (yes, of_yes): Listed,
        (no, of_no): Listed,
    ) -> Outcome<Checked> {
        let element = self.common(second, of_yes, of_no)?;
        let choice = ListChoice { condition, yes, no };
        Ok(Checked::List(List::Choice(Box::new(choice)), element))
    }

    /// The elements that two lists have in common; the second is blamed when there are none.
    fn common(&mut self, second: &Syntax, a: Element, b: Element) -> Outcome<Element> {
        match (a, b) {
            (Element::Nothing, other) | (other, Element::Nothing) => Ok(other),
            (a, b) if a == b => Ok(a),
            (a, b) => {
                let (expected, found) = (self.element_name(a), self.element_name(b));
                let fault = self.fault(second.text.start, "elements of a list differ in type");
                self.report(fault.expected(expected, found))
            }
        }
    }

    pub(super) fn index(
        &mut self,
        syntax: &Syntax,
        list: &Syntax,
        index: &Syntax,
    ) -> Outcome<Checked> {
        let (checked, element) = self.list(list)?;
        if !is_ordered(&checked) {
            let fault = self.fault(syntax.at, "indexing records is not supported in rules");
            let help = "records have no order that means anything: use exists, all, filter or map";
            return self.report(fault.help(help));
        }
        let Element::Scalar(value_type) = element else {
            let fault = self.fault(syntax.at, "an empty list has no element");
            return self.report(fault);
        };
        let index = self.typed(index, Type::Int)?;
        let expression = Expression {
            text: syntax.text.clone(),
            act: Act::Index(Box::new(checked), Box::new(index)),
        };
        Ok(Checked::Steady(expression, value_type))
    }

    pub(super) fn membership(&mut self, element: &Syntax, list: &Syntax) -> Outcome<(Act, Type)> {
        let (expression, found) = self.steady(element)?;
        let (checked, elements) = self.list(list)?;
        let fits = match elements {
            Element::Scalar(value_type) => value_type.compares_with(found),
            Element::Nothing => true,
            Element::Record(_) => false,
        };
        if !fits {
            let expected = format!("a list of {found}");
            let found = format!("a list of {}", self.element_name(elements));
            let fault = self
                .fault(list.text.start, "wrong type")
                .expected(expected, found);
            return self.report(fault);
        }
        Ok((Act::In(Box::new(expression), Box::new(checked)), Type::Bool))
    }
}

/// Whether the order of the elements is one that somebody gave them.
fn is_ordered(list: &List) -> bool {
    match list {
        List::Records(_) => false,
        List::Field(_) | List::Literal(_) => true,
        List::Filter(each) | List::Map(each) => is_ordered(&each.list),
        List::Joined(lists) => lists.iter().all(is_ordered),
        List::Choice(choice) => is_ordered(&choice.yes) && is_ordered(&choice.no),
    }
}
