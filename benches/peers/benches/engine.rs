//! The rule engine beside its peers: the same orders, the same rules, the same answers, in one
//! run on one thread.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on should stop"
)]

use cel::{Env, Program};
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use order::{Catalogue, Timestamp};
use peers::closure::{self, Closure};
use peers::stepping::{self, Flip};
use peers::{Case, Rule, interpreter, ours, rule, shop, zen};
use rule_engine::{RuleSet, Scratch};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{self, Runtime};
use zen_engine::Decision;
use zen_expression::Expression;
use zen_expression::expression::Standard;
use zen_expression::vm::VM;

const ORDERS: u32 = 10_000;
const SIZES: [usize; 4] = [10, 100, 1_000, 5_000];
/// Of so many orders one is measured; stepping takes more time.
const MEASURED: usize = 50;
const STEPPED: usize = 200;
/// At more rules than these every tenth order is compared with the slower peers.
const ALL_COMPARED: usize = 1_000;

/// The same rules, compiled by everybody.
struct Judges {
    rules: Vec<Rule>,
    ours: RuleSet,
    programs: Vec<Program>,
    expressions: Vec<Expression<Standard>>,
    table: Decision,
    closures: Vec<Closure>,
    env: Arc<Env>,
    runtime: Runtime,
}

impl Judges {
    fn new(count: usize) -> Self {
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
    fn agree_with_closures(&self, cases: &[Case]) {
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
    fn agree_with_others(&self, cases: &[Case]) {
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
    fn agree_on_signals(&self, cases: &[Case], until: Timestamp) {
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

fn some(cases: &[Case], one_in: usize) -> Vec<&Case> {
    cases.iter().step_by(one_in).collect()
}

fn verdicts(criterion: &mut Criterion, judges: &Judges, cases: &[Case]) {
    let mut group = criterion.benchmark_group("verdicts");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    group.warm_up_time(Duration::from_millis(500));
    group.measurement_time(Duration::from_secs(2));
    let size = judges.rules.len();

    let orders = some(cases, MEASURED);
    group.throughput(Throughput::Elements(orders.len() as u64));
    let mut scratch = Scratch::default();
    group.bench_function(BenchmarkId::new("ours", size), |bencher| {
        bencher.iter(|| {
            let mut found = 0;
            for case in &orders {
                let at = Timestamp::from_micros(case.at);
                judges
                    .ours
                    .verdicts(black_box(&case.view), at, &mut scratch, |_| found += 1);
            }
            found
        });
    });
    let known: Vec<_> = orders
        .iter()
        .map(|case| (case.order.known(case.at), case.at))
        .collect();
    group.bench_function(BenchmarkId::new("closures", size), |bencher| {
        bencher.iter(|| {
            let mut found = 0;
            for (order, now) in &known {
                let order = black_box(order);
                found += judges
                    .closures
                    .iter()
                    .filter(|holds| holds(order, *now))
                    .count();
            }
            found
        });
    });

    let contexts: Vec<_> = known
        .iter()
        .map(|(order, now)| {
            let mut context = interpreter::context(&judges.env, order);
            interpreter::set_now(&mut context, *now);
            context
        })
        .collect();
    group.bench_function(BenchmarkId::new("cel", size), |bencher| {
        bencher.iter(|| {
            let mut found = 0;
            for context in &contexts {
                let programs = judges.programs.iter();
                found += programs
                    .filter(|program| interpreter::holds(program, context))
                    .count();
            }
            found
        });
    });
    let variables: Vec<_> = known
        .iter()
        .map(|(order, now)| zen::order(order, *now))
        .collect();
    let mut vm = VM::new();
    group.bench_function(BenchmarkId::new("zen expressions", size), |bencher| {
        bencher.iter(|| {
            let mut found = 0;
            for order in &variables {
                let expressions = judges.expressions.iter();
                found += expressions
                    .filter(|one| zen::holds(one, order, &mut vm))
                    .count();
            }
            found
        });
    });
    group.bench_function(BenchmarkId::new("zen table", size), |bencher| {
        bencher.iter(|| {
            let mut found = 0;
            for order in &variables {
                let evaluated = judges
                    .runtime
                    .block_on(judges.table.evaluate(order.clone()));
                found += usize::from(evaluated.is_ok());
            }
            found
        });
    });
}

fn signals(criterion: &mut Criterion, judges: &Judges, cases: &[Case], until: Timestamp) {
    let mut group = criterion.benchmark_group("signals");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    group.warm_up_time(Duration::from_millis(500));
    group.measurement_time(Duration::from_secs(2));
    let size = judges.rules.len();

    let orders = some(cases, MEASURED);
    group.throughput(Throughput::Elements(orders.len() as u64));
    let mut scratch = Scratch::default();
    group.bench_function(BenchmarkId::new("ours", size), |bencher| {
        bencher.iter(|| {
            let mut found = 0;
            for case in &orders {
                let view = black_box(&case.view);
                judges.ours.courses(view, until, &mut scratch, |_, course| {
                    found += course.intervals.len();
                });
            }
            found
        });
    });

    let stepped = some(cases, STEPPED);
    group.throughput(Throughput::Elements(stepped.len() as u64));
    let mut prepared: Vec<_> = stepped
        .iter()
        .map(|case| {
            let (from, contexts) = stepping::contexts(&judges.env, &case.order);
            let steps = stepping::steps(&judges.rules, &case.order, &from, until);
            (steps, contexts)
        })
        .collect();
    let (mut holds, mut flips) = (vec![false; size], Vec::new());
    group.bench_function(BenchmarkId::new("cel stepping", size), |bencher| {
        bencher.iter(|| {
            let mut found = 0;
            for (steps, contexts) in &mut prepared {
                stepping::walk(&judges.programs, steps, contexts, &mut holds, &mut flips);
                found += flips.len();
            }
            found
        });
    });
}

fn all(criterion: &mut Criterion) {
    let (cases, until) = shop::cases(&Catalogue::standard(), ORDERS).unwrap();
    for size in SIZES {
        let judges = Judges::new(size);
        let compared = if size > ALL_COMPARED {
            &cases[..cases.len() / 10]
        } else {
            &cases
        };
        judges.agree_with_closures(&cases);
        judges.agree_with_others(compared);
        judges.agree_on_signals(compared, until);
        verdicts(criterion, &judges, &cases);
        signals(criterion, &judges, &cases, until);
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
