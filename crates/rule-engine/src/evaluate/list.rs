//! Walking through lists, without making them.

use super::Moment;
use crate::datum::Datum;
use crate::expression::{Comparison, Each, Expression, List, Quantifier};
use order::Value;

impl<'e> Moment<'e> {
    pub(super) fn contains(&mut self, element: &'e Expression, list: &'e List) -> Option<bool> {
        let wanted = self.datum(element)?;
        let mut found = false;
        self.each(list, &mut |_, candidate| {
            found = wanted.compare(Comparison::Equal, &candidate) == Some(true);
            found
        })?;
        Some(found)
    }

    /// Whether two lists have equal elements in the same places.
    pub(super) fn equal(&mut self, left: &'e List, right: &'e List) -> Option<bool> {
        let mut expected = Vec::new();
        self.each(left, &mut |_, element| {
            expected.push(element);
            false
        })?;
        let (mut seen, mut equal) = (0, true);
        self.each(right, &mut |_, element| {
            let same = expected
                .get(seen)
                .and_then(|expected| expected.compare(Comparison::Equal, &element));
            seen += 1;
            equal = same == Some(true);
            !equal
        })?;
        Some(equal && seen == expected.len())
    }

    /// The element at a place; unknown when there is none.
    pub(super) fn element(&mut self, list: &'e List, index: &'e Expression) -> Option<Datum<'e>> {
        let Some(Datum::Int(index)) = self.datum(index) else {
            return None;
        };
        let mut before = usize::try_from(index).ok()?;
        let mut found = None;
        self.each(list, &mut |_, element| {
            match before.checked_sub(1) {
                Some(fewer) => before = fewer,
                None => found = Some(element),
            }
            found.is_some()
        })?;
        found
    }

    pub(super) fn quantify(&mut self, quantifier: Quantifier, each: &'e Each) -> Option<bool> {
        let (mut matching, mut failing, mut unknown) = (0_usize, 0_usize, false);
        self.each(&each.list, &mut |moment, element| {
            moment.locals[each.local] = Some(element);
            match moment.truth(&each.body) {
                Some(true) => matching += 1,
                Some(false) => failing += 1,
                None => unknown = true,
            }
            match quantifier {
                Quantifier::Exists => matching > 0,
                Quantifier::All => failing > 0,
                Quantifier::ExistsOne => unknown,
            }
        })?;
        match quantifier {
            Quantifier::Exists if matching > 0 => Some(true),
            Quantifier::All if failing > 0 => Some(false),
            _ if unknown => None,
            Quantifier::Exists => Some(false),
            Quantifier::All => Some(true),
            Quantifier::ExistsOne => Some(matching == 1),
        }
    }

    pub(crate) fn size(&mut self, list: &'e List) -> Option<usize> {
        if let List::Records(kind) = list {
            return Some(self.view.list(*kind).len());
        }
        let mut size = 0;
        self.each(list, &mut |_, _| {
            size += 1;
            false
        })?;
        Some(size)
    }

    /// Walks through a list until `visit` has seen enough. None when an element cannot be known:
    /// then neither can the list, even if enough was seen before.
    pub(crate) fn each(
        &mut self,
        list: &'e List,
        visit: &mut dyn FnMut(&mut Self, Datum<'e>) -> bool,
    ) -> Option<()> {
        match list {
            List::Records(kind) => {
                let view = self.view;
                let _ = view
                    .list(*kind)
                    .iter()
                    .any(|record| visit(self, Datum::Record(record)));
                Some(())
            }
            List::Field(field) => match self.stored(*field)? {
                Value::TextList(texts) => {
                    let _ = texts
                        .iter()
                        .any(|text| visit(self, Datum::Text(text.as_ref().into())));
                    Some(())
                }
                Value::InstantList(instants) => {
                    let _ = self
                        .happened(instants)
                        .iter()
                        .any(|instant| visit(self, Datum::Timestamp(instant.micros())));
                    Some(())
                }
                _ => None,
            },
            List::Literal(elements) => {
                let mut enough = false;
                for element in elements {
                    let element = self.datum(element)?;
                    enough = enough || visit(self, element);
                }
                Some(())
            }
            List::Joined(lists) => {
                let mut enough = false;
                for list in lists.as_ref() {
                    self.each(list, &mut |moment, element| {
                        enough = enough || visit(moment, element);
                        enough
                    })?;
                }
                Some(())
            }
            List::Choice(choice) => {
                let chosen = match self.truth(&choice.condition)? {
                    true => &choice.yes,
                    false => &choice.no,
                };
                self.each(chosen, visit)
            }
            List::Filter(each) => self.each_made(each, visit, |moment, element| {
                Some(moment.truth(&each.body)?.then_some(element))
            }),
            List::Map(each) => self.each_made(each, visit, |moment, _| {
                Some(Some(moment.datum(&each.body)?))
            }),
        }
    }

    fn each_made(
        &mut self,
        each: &'e Each,
        visit: &mut dyn FnMut(&mut Self, Datum<'e>) -> bool,
        make: impl Fn(&mut Self, Datum<'e>) -> Option<Option<Datum<'e>>>,
    ) -> Option<()> {
        let (mut known, mut enough) = (true, false);
        self.each(&each.list, &mut |moment, element| {
            moment.locals[each.local] = Some(element.clone());
            match make(moment, element) {
                None => known = false,
                Some(Some(made)) => enough = enough || visit(moment, made),
                Some(None) => {}
            }
            !known
        })?;
        known.then_some(())
    }
}
