//! When the value of a sub-expression last changed, and when it will next.

use crate::evaluate::Moment;
use crate::expression::Expression;
use order::Timestamp;

/// The instants around a moment at which a value changes, if no other fact arrives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// The last one that is not later; none when it never was otherwise.
    pub(super) last: Option<Timestamp>,
    /// The first one that is later.
    pub(super) next: Option<Timestamp>,
}

impl Changes {
    /// Walks from change to change through the time of an order. What a macro looks at stays in
    /// place.
    pub(super) fn around<'e>(moment: &Moment<'e>, expression: &'e Expression) -> Self {
        let mut changes = Self::default();
        let mut look = moment.at_another(Timestamp::MIN);
        let mut before = told(&mut look, expression);
        loop {
            let at = look.bound();
            if at == Timestamp::MAX {
                return changes;
            }
            look = moment.at_another(at);
            let value = told(&mut look, expression);
            if value != before {
                if at.micros() > moment.at() {
                    changes.next = Some(at);
                    return changes;
                }
                changes.last = Some(at);
                before = value;
            }
        }
    }
}

fn told<'e>(moment: &mut Moment<'e>, expression: &'e Expression) -> Option<String> {
    moment.datum(expression).map(|value| value.to_string())
}
