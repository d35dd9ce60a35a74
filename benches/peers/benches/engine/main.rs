//! The rule engine beside its peers: the same orders, the same rules, the same answers, in one
//! run on one thread.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on should stop"
)]

mod cpu;
mod judges;

use cpu::ThreadTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group,
    criterion_main,
};
use judges::Judges;
use order::{Catalogue, Timestamp};
use peers::{Case, interpreter, shop, stepping, zen};
use rule_engine::Scratch;
use std::hint::black_box;
use std::time::Duration;
use zen_expression::vm::VM;

const ORDERS: u32 = 10_000;
const SIZES: [usize; 4] = [10, 100, 1_000, 5_000];
/// Of so many orders one is measured; stepping takes more time.
const MEASURED: usize = 50;
const STEPPED: usize = 200;
/// At more rules than these every tenth order is compared with the slower peers.
const ALL_COMPARED: usize = 1_000;

fn some(cases: &[Case], one_in: usize) -> Vec<&Case> {
    cases.iter().step_by(one_in).collect()
}

/// Few samples: slow peers take a while.
fn group<'c>(
    criterion: &'c mut Criterion<ThreadTime>,
    name: &str,
) -> BenchmarkGroup<'c, ThreadTime> {
    let mut group = criterion.benchmark_group(name);
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    group.warm_up_time(Duration::from_millis(500));
    group.measurement_time(Duration::from_secs(2));
    group
}

fn verdicts(criterion: &mut Criterion<ThreadTime>, judges: &Judges, cases: &[Case]) {
    let mut group = group(criterion, "verdicts");
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

fn signals(
    criterion: &mut Criterion<ThreadTime>,
    judges: &Judges,
    cases: &[Case],
    until: Timestamp,
) {
    let mut group = group(criterion, "signals");
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

fn all(criterion: &mut Criterion<ThreadTime>) {
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

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(ThreadTime);
    targets = all
}
criterion_main!(benches);
