//! How many steps an expression may take at worst: macros inside one another multiply.

use crate::expression::{Act, Expression, Hand, List, Threshold};
use crate::fault::Fault;

/// Most steps; some ten milliseconds.
const MAX_STEPS: u64 = 2_000_000;
/// Elements that a list of an order is taken to have.
const ASSUMED_ELEMENTS: u64 = 20;
/// Steps of a pattern that is sought in a text.
const PATTERN_STEPS: u64 = 50;
/// Steps of anything else that walks through a text, a calendar or a data base of zones.
const WALK_STEPS: u64 = 10;

/// What walking through a list takes.
pub(super) struct Walk {
    pub(super) steps: u64,
    elements: u64,
}

/// Refuses an expression that takes too many steps.
pub(super) fn check(text: &str, steps: u64) -> Result<(), Vec<Fault>> {
    if steps <= MAX_STEPS {
        return Ok(());
    }
    let message = format!("the expression takes up to {steps} steps, more than {MAX_STEPS}");
    let fault = Fault::at(text, 0, message);
    Err(vec![fault.help(format!(
        "macros inside one another multiply, with {ASSUMED_ELEMENTS} elements taken for each list \
         of an order: ask about fewer lists at once"
    ))])
}

/// The most steps that an expression takes.
pub(super) fn of(expression: &Expression) -> u64 {
    let inner = match &expression.act {
        Act::Constant(_) | Act::Field(_) | Act::Has(_) | Act::Local(_) => 0,
        Act::And(parts) | Act::Or(parts) => of_all(parts),
        Act::Not(part) | Act::Negate(part) => of(part),
        Act::TextSize(part) | Act::Convert(_, part) => of(part).saturating_add(WALK_STEPS),
        Act::Matches(part, _) => of(part).saturating_add(PATTERN_STEPS),
        Act::If(parts) => of_all(parts.as_ref()),
        Act::Compare(_, sides) | Act::Arithmetic(_, sides) => of_all(sides.as_ref()),
        Act::TextTest(_, sides) | Act::Concatenate(sides) => {
            of_all(sides.as_ref()).saturating_add(WALK_STEPS)
        }
        Act::Clock(clock) => {
            let since = match &clock.hand {
                Hand::Now => 0,
                Hand::Worked { since, .. } => of(since).saturating_add(WALK_STEPS),
            };
            let offsets = clock.offsets.iter().map(|offset| of(&offset.term));
            offsets
                .chain([since, of(&clock.against)])
                .fold(0, u64::saturating_add)
        }
        Act::In(element, list) | Act::Index(list, element) => {
            of(element).saturating_add(of_list(list).steps)
        }
        Act::CompareLists(_, lists) => lists
            .iter()
            .map(|list| of_list(list).steps)
            .fold(0, u64::saturating_add),
        Act::Quantify(_, each) => over(&each.list, &each.body).steps,
        Act::ListSize(list) => of_list(list).steps,
        Act::Threshold(threshold) => of_threshold(threshold),
        Act::Read(reading) => of(&reading.of).saturating_add(WALK_STEPS),
    };
    inner.saturating_add(1)
}

/// The most steps that walking through a list takes.
pub(super) fn of_list(list: &List) -> Walk {
    match list {
        List::Records(_) | List::Field(_) => Walk {
            steps: ASSUMED_ELEMENTS,
            elements: ASSUMED_ELEMENTS,
        },
        List::Literal(elements) => Walk {
            steps: of_all(elements),
            elements: elements.len().try_into().unwrap_or(u64::MAX),
        },
        List::Filter(each) | List::Map(each) => over(&each.list, &each.body),
        List::Joined(lists) => {
            let (first, second) = (of_list(&lists[0]), of_list(&lists[1]));
            Walk {
                steps: first.steps.saturating_add(second.steps),
                elements: first.elements.saturating_add(second.elements),
            }
        }
        List::Choice(choice) => {
            let (yes, no) = (of_list(&choice.yes), of_list(&choice.no));
            Walk {
                steps: of(&choice.condition).saturating_add(yes.steps.max(no.steps)),
                elements: yes.elements.max(no.elements),
            }
        }
    }
}

fn over(list: &List, body: &Expression) -> Walk {
    let walk = of_list(list);
    let bodies = walk.elements.saturating_mul(of(body));
    Walk {
        steps: walk.steps.saturating_add(bodies),
        elements: walk.elements,
    }
}

fn of_all(parts: &[Expression]) -> u64 {
    parts.iter().map(of).fold(0, u64::saturating_add)
}

fn of_threshold(threshold: &Threshold) -> u64 {
    let rows = threshold.rows.iter();
    rows.map(|row| of(&row.when).saturating_add(of(&row.value)))
        .fold(0, u64::saturating_add)
}
