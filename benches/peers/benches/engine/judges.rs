//! Everybody's rules, and that all say the same.

use cel::{Env, Program};
use order::Timestamp;
use peers::closure::{self, Closure};
use peers::stepping::{self, Flip};
use peers::{Case, Rule, interpreter, ours, rule, zen};
use rule_engine::{RuleSet, Scratch};
use std::sync::Arc;
use tokio::runtime::{self, Runtime};
use zen_engine::Decision;
use zen_expression::Expression;
use zen_expression::expression::Standard;
use zen_expression::vm::VM;

/// The same rules, compiled by everybody.
pub(crate) struct Judges {
    pub(crate) rules: Vec<Rule>,
    pub(crate) ours: RuleSet,
    pub(crate) programs: Vec<Program>,
    pub(crate) expressions: Vec<Expression<Standard>>,
    pub(crate) table: Decision,
    pub(crate) closures: Vec<Closure>,
    pub(crate) env: Arc<Env>,
    pub(crate) runtime: Runtime,
}

impl Judges {
    pub(crate) fn new(count: usize) -> Self {
        let rules = rule::rules(count);
        Self {
            ours: ours::rule_set(&rules).unwrap(),
            programs: interpreter::programs(&rules).unwrap(),
            expressions: zen::expressions(&rules).unwrap(),
            table: zen::table(&rules).unwrap(),
            closures: closure::closures(&rules),
            env: Arc::new(Env::stdlib()),
            runtime: runtime::Builder::new_current_thread().build().unwrap(),
            rules,
        }
    }

    /// Number of one of our rules: their names are sorted as the rules are.
    fn number(&self, rule: &rule_engine::Rule) -> usize {
        let rules = &self.rules;
        rules
            .binary_search_by(|own| own.name.as_str().cmp(rule.name()))
            .unwrap()
    }

    /// The numbers of our rules that are true, sorted.
    fn found(&self, case: &Case, scratch: &mut Scratch) -> Vec<usize> {
        let mut found = Vec::new();
        let visit = |rule| found.push(self.number(rule));
        let at = Timestamp::from_micros(case.at);
        self.ours.verdicts(&case.view, at, scratch, visit);
        found.sort_unstable();
        found
    }

    /// The closures say of every order and every rule what ours say.
    pub(crate) fn agree_with_closures(&self, cases: &[Case]) {
        let mut scratch = Scratch::default();
        let (mut holding, mut ever) = (0, vec![false; self.rules.len()]);
        for case in cases {
            let found = self.found(case, &mut scratch);
            let known = case.order.known(case.at);
            let closures = (0..self.rules.len())
                .filter(|rule| self.closures[*rule](&known, case.at))
                .collect::<Vec<_>>();
            assert_eq!(found, closures, "{}", case.view.order_id());
            holding += found.len();
            found.iter().for_each(|rule| ever[*rule] = true);
        }
        let all = cases.len() * self.rules.len();
        let ever = ever.iter().filter(|ever| **ever).count();
        assert!(holding > 0 && holding * 10 < all, "{holding} of {all} hold");
        eprintln!(
            "{} rules, {} orders: closures agree, {:.2} rules hold of an order, {ever} of some",
            self.rules.len(),
            cases.len(),
            holding as f64 / cases.len() as f64
        );
    }

    /// So do the others.
    pub(crate) fn agree_with_others(&self, cases: &[Case]) {
        let (mut scratch, mut vm) = (Scratch::default(), VM::new());
        for case in cases {
            let (found, of) = (self.found(case, &mut scratch), case.view.order_id());
            let known = case.order.known(case.at);
            let mut context = interpreter::context(&self.env, &known);
            interpreter::set_now(&mut context, case.at);
            let programs = (0..self.rules.len())
                .filter(|rule| interpreter::holds(&self.programs[*rule], &context))
                .collect::<Vec<_>>();
            assert_eq!(found, programs, "programs of {of}");
            let variable = zen::order(&known, case.at);
            let expressions = (0..self.rules.len())
                .filter(|rule| zen::holds(&self.expressions[*rule], &variable, &mut vm))
                .collect::<Vec<_>>();
            assert_eq!(found, expressions, "expressions of {of}");
            let table = self.runtime.block_on(zen::found(&self.table, &variable));
            assert_eq!(found, table.unwrap(), "table of {of}");
        }
        eprintln!(
            "{} rules, {} orders: all agree",
            self.rules.len(),
            cases.len()
        );
    }

    /// Our signals flip when the truth does that is asked for step by step.
    pub(crate) fn agree_on_signals(&self, cases: &[Case], until: Timestamp) {
        let mut scratch = Scratch::default();
        let (mut holds, mut flips) = (vec![false; self.rules.len()], Vec::new());
        let (mut asked, mut flipped) = (0, 0);
        for case in cases {
            let (from, mut contexts) = stepping::contexts(&self.env, &case.order);
            let steps = stepping::steps(&self.rules, &case.order, &from, until);
            stepping::walk(
                &self.programs,
                &steps,
                &mut contexts,
                &mut holds,
                &mut flips,
            );
            flips.sort_unstable();
            let mut own: Vec<Flip> = Vec::new();
            self.ours
                .courses(&case.view, until, &mut scratch, |rule, course| {
                    for interval in &course.intervals {
                        let ends = [Some(interval.opened_at), interval.cleared_at];
                        let ends = ends.into_iter().flatten().filter(|end| *end < until);
                        own.extend(ends.map(|end| (self.number(rule), end.micros())));
                    }
                });
            own.sort_unstable();
            assert_eq!(own, flips, "{}", case.view.order_id());
            asked += steps
                .instants
                .iter()
                .map(|step| step.rules.len())
                .sum::<usize>();
            flipped += own.len();
        }
        assert!(flipped > 0);
        eprintln!(
            "{} rules, {} orders: signals agree, {:.1} instants asked and {:.2} flips of an order",
            self.rules.len(),
            cases.len(),
            asked as f64 / cases.len() as f64,
            flipped as f64 / cases.len() as f64
        );
    }
}
