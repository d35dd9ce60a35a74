//! All rules of a rule set as one program over one order.
//!
//! Conditions that say the same are one node, however many rules have them. Kleene's three values
//! are two questions about a node, each answered by yes or no: a [`Literal`] asks whether the node
//! *is true*, or whether it *is false*; unknown is neither. `a && b` is true when both are true and
//! false when one is false; `||`, `all` and `!` are the same nodes, asked the other way round. So
//! one tree is read in two ways: at an instant each literal holds or does not (`point`), and over
//! all time it holds during a set of instants (`course`), whose ends are known without stepping.
//!
//! Which rules are asked at all is decided before (`selection`): the code of a program tests what
//! many rules share once, jumps by the value of a field to the rules that name this value, and asks
//! rules that differ in a limit up to the first whose limit is not reached (`scale`).

mod code;
mod compile;
mod course;
mod node;
mod point;
mod scale;
mod scratch;
mod selection;
mod tape;

use crate::expression::Expression;
use code::Code;
use compile::Compiler;
use node::{Literal, Node};
use order::OrderView;
use selection::Demand;

use scratch::Room;
pub use scratch::Scratch;

/// Compiled rules, numbered as they came.
#[derive(Debug, Default)]
pub(crate) struct Program {
    nodes: Vec<Node>,
    /// Values that clocks are compared with, and that take more than a look at a field.
    values: Vec<Expression>,
    code: Code,
    /// How many rules there are.
    rules: usize,
}

impl Program {
    pub(crate) fn new<'c>(conditions: impl IntoIterator<Item = &'c Expression>) -> Self {
        let mut compiler = Compiler::default();
        let demands = (0..).zip(conditions);
        let demands: Vec<_> = demands
            .map(|(rule, condition)| Demand {
                rule,
                literals: compiler.conjuncts(condition),
            })
            .collect();
        let rules = demands.len();
        let Compiler {
            mut nodes, values, ..
        } = compiler;
        let mut code = selection::select(&nodes, demands);
        node::keep_what_is_shared(&mut nodes, code.literals());
        let nodes = node::arrange(nodes, &mut code);
        Self {
            nodes,
            values,
            code,
            rules,
        }
    }

    fn node(&self, literal: Literal) -> &Node {
        &self.nodes[literal.node()]
    }

    /// Makes room for what a look at an order finds, and forgets the last one.
    fn begin(&self, scratch: &mut Scratch) {
        scratch.begin(Room {
            nodes: self.nodes.len(),
            values: self.values.len(),
            keys: self.code.keys.len(),
            rules: self.rules,
        });
    }

    /// Tells the rules that are true just after an instant, in no particular order.
    pub(crate) fn true_at(
        &self,
        view: &OrderView,
        at: i64,
        scratch: &mut Scratch,
        visit: &mut impl FnMut(usize),
    ) {
        self.begin(scratch);
        point::Look::new(self, view, at, scratch).run(0, visit);
    }

    /// Finds when each rule is true; [`Scratch::heard`] has the rules that ever are, by number.
    pub(crate) fn hear(&self, view: &OrderView, scratch: &mut Scratch) {
        self.begin(scratch);
        course::Walk::new(self, view, scratch).run(0, tape::Set::ALWAYS);
        scratch.heard.sort_unstable_by_key(|(rule, _)| *rule);
    }
}
