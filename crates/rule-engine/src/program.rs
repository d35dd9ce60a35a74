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
//! many rules share once, and jumps by the value of a field to the rules that name this value.

mod compile;
mod course;
mod node;
mod point;
mod scratch;
mod selection;
mod tape;

use crate::expression::Expression;
use compile::Compiler;
use node::{Literal, Node};
use order::OrderView;
use selection::{Code, Demand};

pub use scratch::Scratch;

/// Compiled rules, numbered as they came.
#[derive(Debug, Default)]
pub(crate) struct Program {
    nodes: Vec<Node>,
    /// Values that clocks are compared with, and that take more than a look at a field.
    values: Vec<Expression>,
    code: Code,
}

impl Program {
    pub(crate) fn new<'c>(conditions: impl IntoIterator<Item = &'c Expression>) -> Self {
        let mut compiler = Compiler::default();
        let demands = conditions.into_iter().enumerate();
        let demands: Vec<_> = demands
            .map(|(rule, condition)| Demand {
                rule,
                literals: compiler.conjuncts(condition),
            })
            .collect();
        let Compiler {
            mut nodes, values, ..
        } = compiler;
        let code = Code::select(&nodes, demands);
        node::keep_what_is_shared(&mut nodes, code.literals());
        Self {
            nodes,
            values,
            code,
        }
    }

    fn node(&self, literal: Literal) -> &Node {
        &self.nodes[literal.node()]
    }

    /// Makes room for what a look at an order finds, and forgets the last one.
    fn begin(&self, scratch: &mut Scratch) {
        scratch.begin(self.nodes.len(), self.values.len());
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
        point::Look::new(self, view, at, scratch).run(visit);
    }

    /// Finds when each rule is true; [`Scratch::heard`] has the rules that ever are, by number.
    pub(crate) fn hear(&self, view: &OrderView, scratch: &mut Scratch) {
        self.begin(scratch);
        course::Walk::new(self, view, scratch).run();
        scratch.heard.sort_unstable_by_key(|(rule, _)| *rule);
    }
}
