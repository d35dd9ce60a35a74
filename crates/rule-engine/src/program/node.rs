//! What a program is made of.

use super::code::{Code, Step};
use crate::expression::{Comparison, Expression};
use calendar::Calendar;
use order::EntityKind;
use std::fmt;
use std::ops::Not;
use std::sync::Arc;

/// A question about a node: whether it is true, or whether it is false.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Literal(u32);

impl Literal {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "conditions of 2^31 nodes do not fit into memory"
    )]
    pub(super) fn is_true(node: usize) -> Self {
        Self((node as u32) << 1)
    }

    pub(super) fn node(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// The answer of the node that is asked for.
    pub(super) fn wanted(self) -> bool {
        self.0 & 1 == 0
    }

    /// The same answer of a node of another number.
    fn renumbered(self, node: u32) -> Self {
        Self(node << 1 | (self.0 & 1))
    }

    /// Number among all literals.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

impl Not for Literal {
    type Output = Self;

    fn not(self) -> Self {
        Self(self.0 ^ 1)
    }
}

impl fmt::Debug for Literal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.wanted() { "" } else { "!" };
        write!(formatter, "{sign}{}", self.node())
    }
}

/// A distinct condition.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) test: Test,
    /// Whether it is asked from several places, of the order as a whole, and costs more than a
    /// look into the scratch: then its answers are kept.
    pub(super) kept: bool,
    /// Whether it is about the element of a list that is at hand.
    pub(super) local: bool,
}

/// How a condition is tested.
#[derive(Debug)]
pub(super) enum Test {
    /// Kleene's conjunction.
    All(Box<[Literal]>),
    /// Whether a record of a list has it.
    Exists(EntityKind, Literal),
    /// A text field is one of some texts, sorted.
    Text(Field, Box<[Arc<str>]>),
    /// A list of texts holds a text.
    Tagged(Field, Arc<str>),
    /// A bool field.
    Flag(Field),
    /// A field is there.
    Has(Field),
    /// A number field against a constant.
    Number(Field, Comparison, Number),
    /// The running clock against the instant so long after a field.
    Due(Field, Due),
    /// Any other comparison with the running clock; the expression says the same.
    Clock(Box<Dial>, Box<Expression>),
    /// Whatever has no form of its own.
    Slow(Box<Expression>),
}

/// A constant number.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    Int(i64),
    Double(f64),
}

/// When a comparison with the clock flips, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    /// Microseconds from the field's instant to the flip.
    pub(super) after: i64,
    /// Whether it turns true at the flip, or false.
    pub(super) rises: bool,
}

/// A field of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Field {
    pub(super) place: Place,
    pub(super) slot: u32,
    /// Whether it is an event's instant, which is missing until it has come.
    pub(super) event: bool,
}

/// Where a record is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Order,
    Customer,
    /// The element of the list that is walked through.
    Element,
}

/// A comparison with the running clock, as the instant at which it flips: what it is compared
/// with, less or plus each term, all of it turned round when the hand runs backwards; counted in
/// working time from `worked`, if there is one.
pub(super) struct Dial {
    pub(super) against: Operand,
    pub(super) terms: Box<[(Sign, Operand)]>,
    pub(super) negated: bool,
    pub(super) worked: Option<Worked>,
    /// Whether it turns true at the flip, or false.
    pub(super) rises: bool,
}

/// Working time.
#[derive(Clone)]
pub(super) struct Worked {
    pub(super) since: Operand,
    pub(super) calendar: Arc<Calendar>,
    /// Whether the flip is where more has been worked, and not where enough has been.
    pub(super) exceeds: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Plus,
    Minus,
}

/// An instant or a span, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operand {
    Constant(i64),
    Field(Field),
    /// By its number among the program's values.
    Value(usize),
}

/// Equal shapes say the same; calendars are told apart by where they are kept.
impl fmt::Debug for Dial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            against,
            terms,
            negated,
            worked,
            rises,
        } = self;
        write!(formatter, "{against:?} {terms:?} {negated} {rises}")?;
        match worked {
            None => Ok(()),
            Some(worked) => {
                let calendar = Arc::as_ptr(&worked.calendar);
                write!(
                    formatter,
                    "{:?} {calendar:p} {}",
                    worked.since, worked.exceeds
                )
            }
        }
    }
}

impl Dial {
    /// The form that it has when all it reads is one field.
    pub(super) fn due(&self) -> Option<(Field, Due)> {
        let (field, after) = match (&self.against, self.terms.as_ref()) {
            (Operand::Field(field), []) => (field, &0),
            (Operand::Constant(after), [(Sign::Plus, Operand::Field(field))])
            | (Operand::Field(field), [(Sign::Plus, Operand::Constant(after))]) => (field, after),
            _ => return None,
        };
        let due = Due {
            after: *after,
            rises: self.rises,
        };
        let plain = self.worked.is_none() && !self.negated;
        plain.then_some((*field, due))
    }
}

impl Test {
    /// About how long a test takes, in looks at a field.
    pub(super) fn cost(&self) -> u32 {
        match self {
            Self::Flag(_) | Self::Has(_) | Self::Number(..) => 1,
            Self::Text(_, texts) if texts.len() < 4 => 1,
            Self::Text(..) | Self::Tagged(..) => 2,
            Self::Clock(dial, _) if dial.worked.is_some() => 12,
            Self::Due(..) => 1,
            Self::Clock(..) => 2,
            Self::All(parts) => 2 + u32::try_from(parts.len()).unwrap_or(u32::MAX / 2),
            Self::Exists(..) => 6,
            Self::Slow(_) => 16,
        }
    }
}

/// Marks the nodes whose answers are kept: those that the code and other nodes name more than
/// once.
pub(super) fn keep_what_is_shared(nodes: &mut [Node], asked: impl Iterator<Item = Literal>) {
    let mut uses = vec![0_u32; nodes.len()];
    for literal in asked {
        uses[literal.node()] += 1;
    }
    // Parts come before what they are part of.
    for (index, node) in nodes.iter().enumerate().rev() {
        if uses[index] == 0 {
            continue;
        }
        match &node.test {
            Test::All(parts) => parts.iter().for_each(|part| uses[part.node()] += 1),
            // Asked once for each record.
            Test::Exists(_, body) => uses[body.node()] += 2,
            _ => {}
        }
    }
    for (node, uses) in nodes.iter_mut().zip(uses) {
        node.kept = uses > 1 && !node.local && node.test.cost() > 1;
    }
}

/// Puts the nodes that the code asks into the order in which it asks them, each before its parts:
/// what is asked together lies together in memory. Leaves out the others.
pub(super) fn arrange(nodes: Vec<Node>, code: &mut Code) -> Vec<Node> {
    let mut arrangement = Arrangement {
        places: vec![None; nodes.len()],
        nodes: nodes.into_iter().map(Some).collect(),
        arranged: Vec::new(),
    };
    for step in &mut code.steps {
        if let Step::Test { literal, .. } = step {
            *literal = arrangement.place(*literal);
        }
    }
    let arranged = arrangement.arranged.into_iter().flatten();
    arranged.collect()
}

struct Arrangement {
    /// Nodes by their old number, until they are placed.
    nodes: Vec<Option<Node>>,
    places: Vec<Option<u32>>,
    /// Nodes by their new number, once their parts are placed.
    arranged: Vec<Option<Node>>,
}

impl Arrangement {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "conditions of 2^31 nodes do not fit into memory"
    )]
    fn place(&mut self, literal: Literal) -> Literal {
        if let Some(place) = self.places[literal.node()] {
            return literal.renumbered(place);
        }
        let place = self.arranged.len();
        self.places[literal.node()] = Some(place as u32);
        self.arranged.push(None);
        if let Some(mut node) = self.nodes[literal.node()].take() {
            node.test = match node.test {
                Test::All(parts) => Test::All(parts.iter().map(|part| self.place(*part)).collect()),
                Test::Exists(kind, body) => Test::Exists(kind, self.place(body)),
                test => test,
            };
            self.arranged[place] = Some(node);
        }
        literal.renumbered(place as u32)
    }
}
