//! Which rules are asked at all, as code that tests what they share once.
//!
//! A switch jumps by the value of a text field to the rules that name this value: the others are
//! never seen. The same goes for the elements of a list, each of which jumps. A condition that
//! several of the rest have in common guards them together, and conditions that differ in a limit
//! are asked from the lowest on, up to the first that does not hold.

mod emission;
mod gain;

use super::code::{self, Code, Key};
use super::node::{Literal, Node, Place, Test};
use super::scale::{self, Mark};
use foldhash::HashMap;
use gain::Choice;
use std::sync::Arc;

/// Most places that a rule may come to stand in because it names several values.
const MAX_COPIES: usize = 16;

/// A rule, and what must all hold for it to be true.
#[derive(Debug)]
pub(super) struct Demand {
    pub(super) rule: u32,
    pub(super) literals: Vec<Literal>,
}

/// Makes the code that finds the rules whose demands are met.
pub(super) fn select(nodes: &[Node], demands: Vec<Demand>) -> Code {
    let mut selection = Selection {
        nodes,
        marks: HashMap::default(),
        code: Code::default(),
        tables: Vec::new(),
    };
    let open = demands.into_iter().map(|demand| Open {
        rule: demand.rule,
        literals: demand.literals,
        used: Vec::new(),
        copies: 1,
    });
    selection.block(open.collect());
    let Selection {
        mut code, tables, ..
    } = selection;
    code.close(tables);
    code
}

/// A rule with what is left to be tested.
#[derive(Clone)]
struct Open {
    rule: u32,
    literals: Vec<Literal>,
    /// By which elements of lists it was selected: it may be found through several.
    used: Vec<Key>,
    /// How many places it stands in.
    copies: usize,
}

impl Open {
    fn without(mut self, literal: Literal) -> Self {
        self.literals.retain(|own| *own != literal);
        self
    }
}

struct Selection<'n> {
    nodes: &'n [Node],
    /// What is known of literals' scales.
    marks: HashMap<Literal, Arc<[Mark]>>,
    code: Code,
    /// Keys of tables and places by number of the text.
    tables: Vec<(usize, HashMap<u32, code::Place>)>,
}

impl<'n> Selection<'n> {
    fn block(&mut self, mut open: Vec<Open>) {
        while open.len() > 1 {
            let Some((choice, gain)) = self.choose(&open) else {
                break;
            };
            open = match choice {
                Choice::Switch(key) => self.switch(key, open),
                Choice::Guards(guards, least) => self.guard(&guards, least.min(gain - 1), open),
                Choice::Chain(scale) => self.chain(&scale, open),
            };
        }
        for rule in open {
            self.plain(&rule);
        }
    }

    /// The literal by which a rule can be selected through a key, and the texts that select it.
    fn selector(&self, rule: &Open, key: Key) -> Option<(Literal, &'n [Arc<str>])> {
        rule.literals.iter().find_map(|literal| {
            let (_, texts) = self.keys(*literal).find(|(own, _)| *own == key)?;
            let fits = texts.len() * rule.copies <= MAX_COPIES && !rule.used.contains(&key);
            fits.then_some((*literal, texts))
        })
    }

    /// The texts of which one must be there for a literal to hold at any time.
    fn keys(&self, literal: Literal) -> impl Iterator<Item = (Key, &'n [Arc<str>])> {
        let nodes = self.nodes;
        let (list, parts): (_, &'n [Literal]) = match &nodes[literal.node()].test {
            Test::Exists(kind, body) if literal.wanted() => match &nodes[body.node()].test {
                Test::All(parts) if body.wanted() => (Some(*kind), parts.as_ref()),
                _ => (Some(*kind), std::slice::from_ref(body)),
            },
            _ => (None, &[][..]),
        };
        let own = list.is_none().then_some(literal);
        own.into_iter()
            .chain(parts.iter().copied())
            .filter_map(move |part| match &nodes[part.node()].test {
                Test::Text(field, texts) if part.wanted() => {
                    let fits = (field.place == Place::Element) == list.is_some();
                    fits.then_some((
                        Key {
                            list,
                            field: *field,
                        },
                        texts.as_ref(),
                    ))
                }
                _ => None,
            })
    }

    fn marks(&mut self, literal: Literal) -> Arc<[Mark]> {
        let nodes = self.nodes;
        let marks = self.marks.entry(literal);
        marks
            .or_insert_with(|| scale::marks(nodes, literal).into())
            .clone()
    }
}
