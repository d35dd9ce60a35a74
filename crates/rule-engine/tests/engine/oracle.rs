//! The engine against cel's own interpreter, which looks at what was known at each moment, moment
//! by moment.
//!
//! Every instant lies on a grid, so nothing can change between two of its points: looking once
//! between each two sees everything.

pub(crate) mod conditions;
pub(crate) mod orders;

use crate::support::{at, rule_set, view};
use cel::common::ast::IdedExpr;
use cel::parser::PrattParser;
use cel::{Context, Env, Value as Cel};
use chrono::{DateTime, FixedOffset};
use conditions::Author;
use order::{OrderView, Timestamp};
use orders::Known;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rule_engine::{Interval, Rule, RuleSet};
use std::sync::Arc;

/// Minutes between two points of the grid.
pub(crate) const GRID: i64 = 16;
pub(crate) const FIRST: i64 = -14;
pub(crate) const LAST: i64 = 30;
const RULES: usize = 50;
const ORDERS: usize = 25;

/// The moment looked at between a point of the grid and the next, in minutes.
pub(crate) fn moment(point: i64) -> i64 {
    point * GRID + GRID / 2
}

fn parsed(text: &str) -> IdedExpr {
    PrattParser::new()
        .parse(text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// What each decision table says, row by row as the interpreter finds it.
struct Tables {
    vip: IdedExpr,
    large: IdedExpr,
    paid: IdedExpr,
}

impl Tables {
    fn new() -> Self {
        Self {
            vip: parsed("customer.tier == 'vip'"),
            large: parsed("order.amount > 3.0 && (now - order.paid_at) > duration('64m')"),
            paid: parsed("has(order.paid_at)"),
        }
    }

    fn add_to(&self, context: &mut Context<'_, '_>) {
        let holds = |row| matches!(Cel::resolve(row, context), Ok(Cel::Bool(true)));
        let minutes = if holds(&self.vip) {
            32
        } else if holds(&self.large) {
            96
        } else {
            64
        };
        let lines = if holds(&self.paid) { 1 } else { 2 };
        context.add_variable_from_value("ship_within", chrono::Duration::minutes(minutes));
        context.add_variable_from_value("many_lines", Cel::Int(lines));
    }
}

fn worked(
    calendar: &calendar::Calendar,
    from: DateTime<FixedOffset>,
    to: DateTime<FixedOffset>,
) -> chrono::Duration {
    let instant = |chrono: DateTime<FixedOffset>| Timestamp::from_micros(chrono.timestamp_micros());
    chrono::Duration::microseconds(
        calendar
            .working_time_between(instant(from), instant(to))
            .micros(),
    )
}

/// One look at an order for each point of the grid.
fn contexts(known: &Known, env: &Arc<Env>, tables: &Tables) -> Vec<Context<'static, 'static>> {
    let looks = (FIRST..=LAST).map(|point| {
        let mut context = Context::with_env(env.clone());
        known.as_of(at(moment(point)), &mut context);
        let calendar = orders::warehouse();
        context
            .add_function(
                "worked",
                move |from: DateTime<FixedOffset>, to: DateTime<FixedOffset>| {
                    worked(&calendar, from, to)
                },
            )
            .unwrap();
        tables.add_to(&mut context);
        context
    });
    looks.collect()
}

fn verdicts(expression: &IdedExpr, contexts: &[Context<'_, '_>]) -> Vec<Option<bool>> {
    let look = |context| match Cel::resolve(expression, context) {
        Ok(Cel::Bool(truth)) => Some(truth),
        Ok(other) => panic!("not a bool: {other:?}"),
        Err(_) => None,
    };
    contexts.iter().map(look).collect()
}

/// Runs of true verdicts, as intervals between points of the grid.
fn runs(verdicts: &[Option<bool>]) -> Vec<Interval> {
    let mut runs: Vec<Interval> = Vec::new();
    let mut open = false;
    for (index, verdict) in verdicts.iter().enumerate() {
        let point = at((FIRST + i64::try_from(index).unwrap()) * GRID);
        match (*verdict == Some(true), open) {
            (true, false) => runs.push(Interval {
                opened_at: point,
                cleared_at: None,
            }),
            (false, true) => runs.last_mut().unwrap().cleared_at = Some(point),
            _ => {}
        }
        open = *verdict == Some(true);
    }
    runs
}

struct Case<'c> {
    rule_set: &'c RuleSet,
    rule: &'c Rule,
    view: &'c OrderView,
    start: Option<Timestamp>,
    verdicts: Vec<Option<bool>>,
}

impl Case<'_> {
    fn check(&self) {
        let until = at(moment(LAST));
        for (index, expected) in self.verdicts.iter().enumerate() {
            let point = FIRST + i64::try_from(index).unwrap();
            let verdict = self
                .rule_set
                .verdict(self.rule, self.view, at(moment(point)));
            assert_eq!(
                verdict,
                *expected,
                "{} at {}",
                self.told(),
                at(moment(point))
            );
            let next = self
                .rule_set
                .next_change(self.rule, self.view, at(moment(point)));
            let next = next.filter(|next| *next <= until);
            assert_eq!(
                next,
                self.next_flip(index),
                "{} next after {}",
                self.told(),
                at(moment(point))
            );
        }
        let mut found = self.rule_set.signal(self.rule, self.view, until);
        let mut expected = runs(&self.verdicts);
        let first = at(FIRST * GRID);
        // What was true before the first look began then or at the beginning of time.
        if expected.first().is_some_and(|run| run.opened_at == first) {
            let run = expected[0];
            let began_before = found.first().is_some_and(|found| found.opened_at <= first);
            if !began_before {
                match self
                    .start
                    .filter(|start| run.cleared_at.is_none_or(|end| *start < end))
                {
                    Some(start) if start < until => expected[0].opened_at = start,
                    _ => drop(expected.remove(0)),
                }
            } else {
                expected[0].opened_at = found[0].opened_at;
            }
        }
        found.retain(|interval| interval.cleared_at.is_none_or(|end| end > first));
        assert_eq!(found, expected, "{}", self.told());
    }

    /// Where the first verdict later than that of `index` differs in truth.
    fn next_flip(&self, index: usize) -> Option<Timestamp> {
        let truth = |verdict: &Option<bool>| *verdict == Some(true);
        let now = truth(&self.verdicts[index]);
        let later = self.verdicts[index..]
            .iter()
            .position(|verdict| truth(verdict) != now)?;
        Some(at((FIRST + i64::try_from(index + later).unwrap()) * GRID))
    }

    fn told(&self) -> String {
        format!("{}\n{:#?}", self.rule.condition(), self.view)
    }
}

/// Returns how many pairs were ever true.
fn compare(seed: u64) -> usize {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let conditions: Vec<_> = (0..RULES)
        .map(|_| Author::new(&mut random).condition())
        .collect();
    let texts: Vec<&str> = conditions.iter().map(|(ours, _)| ours.as_str()).collect();
    let rule_set = rule_set(&texts).unwrap_or_else(|faults| panic!("{faults}"));
    let oracles: Vec<_> = conditions
        .iter()
        .map(|(_, theirs)| parsed(theirs))
        .collect();
    let (env, tables) = (Arc::new(Env::stdlib()), Tables::new());
    let mut ever_true = 0;
    for _ in 0..ORDERS {
        let facts = orders::random(&mut random);
        let known = Known::new(&facts);
        let contexts = contexts(&known, &env, &tables);
        let view = view(&rule_set, &facts);
        for (rule, oracle) in rule_set.rules().iter().zip(&oracles) {
            let verdicts = verdicts(oracle, &contexts);
            ever_true += usize::from(verdicts.contains(&Some(true)));
            Case {
                rule_set: &rule_set,
                rule,
                view: &view,
                start: known.start(),
                verdicts,
            }
            .check();
        }
    }
    ever_true
}

macro_rules! agrees {
    ($($name:ident: $seeds:expr;)*) => {$(
        #[test]
        fn $name() {
            let ever_true: usize = $seeds.map(compare).sum();
            assert!(ever_true > 500, "only {ever_true} pairs were ever true: the proof is hollow");
        }
    )*};
}

// Four tests of 4 × 50 × 25 pairs, so that machines with several cores share them.
agrees! {
    the_interpreter_agrees_on_the_first_quarter_of_random_orders_and_rules: 0..4;
    the_interpreter_agrees_on_the_second_quarter_of_random_orders_and_rules: 4..8;
    the_interpreter_agrees_on_the_third_quarter_of_random_orders_and_rules: 8..12;
    the_interpreter_agrees_on_the_last_quarter_of_random_orders_and_rules: 12..17;
}
