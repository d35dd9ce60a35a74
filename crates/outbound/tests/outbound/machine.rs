//! The machine of a breaker, held against what it promises.

use std::time::Duration;

use outbound::breaker::{Event, Outcome, Pass, Settings, State, Verdict, decide};
use proptest::prelude::*;
use proptest::sample::Index;

/// What a test does next.
#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Ask,
    /// Ends one of those under way.
    End(Index, Outcome),
}

/// The machine, what is under way, and the time.
#[derive(Clone, Debug, Default)]
struct Run {
    state: State,
    now: Duration,
    under_way: Vec<Pass>,
}

impl Run {
    fn event(&mut self, event: Event, settings: &Settings) -> Verdict {
        let (state, verdict) = decide(self.state.clone(), event, self.now, settings);
        self.state = state;
        verdict
    }

    fn ask(&mut self, settings: &Settings) -> Verdict {
        let verdict = self.event(Event::Asked, settings);
        if let Verdict::Go(pass) = verdict {
            self.under_way.push(pass);
        }
        verdict
    }

    fn end(&mut self, pass: Pass, outcome: Outcome, settings: &Settings) {
        assert_eq!(
            self.event(Event::Ended(pass, outcome), settings),
            Verdict::Noted
        );
    }

    fn step(&mut self, step: &Step, settings: &Settings) {
        match step {
            Step::Wait(ms) => self.now += Duration::from_millis(*ms),
            Step::Ask => {
                self.ask(settings);
            }
            Step::End(_, _) if self.under_way.is_empty() => {}
            Step::End(which, outcome) => {
                let pass = self
                    .under_way
                    .swap_remove(which.index(self.under_way.len()));
                self.end(pass, *outcome, settings);
            }
        }
    }

    /// Asks, and fails if it may.
    fn fail(&mut self, settings: &Settings) {
        if let Verdict::Go(pass) = self.ask(settings) {
            self.end(pass, Outcome::Failed, settings);
        }
    }
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        1 => Just(Outcome::Succeeded),
        4 => Just(Outcome::Failed),
        1 => Just(Outcome::Abandoned),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        1 => (0_u64..20_000).prop_map(Step::Wait),
        3 => Just(Step::Ask),
        3 => (any::<Index>(), outcomes()).prop_map(|(which, outcome)| Step::End(which, outcome)),
    ];
    prop::collection::vec(step, 0..200)
}

fn settings() -> impl Strategy<Value = Settings> {
    let span = |from: u64, to: u64| (from..to).prop_map(Duration::from_millis);
    let counts = (1_u32..6, 1_u8..=100, 1_u32..30);
    let spans = (span(100, 60_000), span(100, 10_000), span(100, 60_000));
    (counts, spans).prop_map(
        |((in_a_row, share, least), (window, cool_down, longest))| Settings {
            in_a_row,
            window,
            share,
            least,
            cool_down,
            longest,
        },
    )
}

proptest! {
    #[test]
    fn whatever_happened_a_pause_of_the_longest_and_one_success_close_it(
        settings in settings(), steps in steps(),
    ) {
        let mut run = Run::default();
        for step in &steps {
            run.step(step, &settings);
        }
        // A probe that is under way ends sooner or later, be it by being given up.
        for pass in std::mem::take(&mut run.under_way) {
            run.end(pass, Outcome::Abandoned, &settings);
        }
        run.now += settings.longest;
        let verdict = run.ask(&settings);
        let Verdict::Go(pass) = verdict else {
            panic!("{verdict:?} in {:?}", run.state)
        };
        run.end(pass, Outcome::Succeeded, &settings);
        for _ in 0..100 {
            prop_assert!(matches!(run.ask(&settings), Verdict::Go(_)));
        }
    }

    #[test]
    fn nobody_waits_longer_than_the_longest_and_a_wait_is_as_long_as_said(
        settings in settings(), steps in steps(),
    ) {
        let mut run = Run::default();
        for step in &steps {
            run.step(step, &settings);
            let mut asked = run.clone();
            if let Verdict::Wait(wait) = asked.ask(&settings) {
                prop_assert!(wait <= settings.longest.max(settings.cool_down));
                prop_assert!(wait > Duration::ZERO);
                if asked.under_way.is_empty() {
                    let mut early = asked.clone();
                    early.now += wait.saturating_sub(Duration::from_nanos(1));
                    prop_assert!(matches!(early.ask(&settings), Verdict::Wait(_)));
                    asked.now += wait;
                    prop_assert!(matches!(asked.ask(&settings), Verdict::Go(_)));
                }
            }
        }
    }

    #[test]
    fn once_it_opened_one_is_let_through_at_a_time(settings in settings(), asks in 2_usize..50) {
        let mut run = Run::default();
        while matches!(run.clone().ask(&settings), Verdict::Go(_)) {
            run.fail(&settings);
        }
        run.now += settings.longest.max(settings.cool_down);
        let let_through = (0..asks).filter(|_| matches!(run.ask(&settings), Verdict::Go(_)));
        prop_assert_eq!(let_through.count(), 1);
    }

    #[test]
    fn failures_in_a_row_open_it_whatever_was_before(settings in settings(), steps in steps()) {
        let mut run = Run::default();
        for step in &steps {
            run.step(step, &settings);
        }
        for _ in 0..settings.in_a_row {
            run.fail(&settings);
        }
        prop_assert!(matches!(run.ask(&settings), Verdict::Wait(_)));
    }

    #[test]
    fn fewer_failures_in_a_row_than_that_and_too_few_for_a_share_leave_it_closed(
        in_a_row in 2_u32..10, rounds in 1_usize..50,
    ) {
        let settings = Settings { in_a_row, least: u32::MAX, ..Settings::default() };
        let mut run = Run::default();
        for _ in 0..rounds {
            for _ in 1..in_a_row {
                run.fail(&settings);
            }
            let Verdict::Go(pass) = run.ask(&settings) else {
                panic!("opened: {:?}", run.state)
            };
            run.end(pass, Outcome::Succeeded, &settings);
        }
    }

    #[test]
    fn a_share_of_failures_opens_it_as_soon_as_there_are_enough(
        share in 1_u8..=100, least in 1_u32..50, failing in prop::collection::vec(any::<bool>(), 200),
    ) {
        let settings = Settings { in_a_row: u32::MAX, share, least, ..Settings::default() };
        let mut run = Run::default();
        let (mut failures, mut all) = (0_u32, 0_u32);
        for fails in failing {
            let Verdict::Go(pass) = run.ask(&settings) else {
                panic!("opened: {:?}", run.state)
            };
            let outcome = if fails { Outcome::Failed } else { Outcome::Succeeded };
            run.end(pass, outcome, &settings);
            failures += u32::from(fails);
            all += 1;
            if fails && all >= least && failures * 100 >= all * u32::from(share) {
                prop_assert!(matches!(run.ask(&settings), Verdict::Wait(_)));
                return Ok(());
            }
        }
    }

    #[test]
    fn what_is_older_than_the_window_does_not_count(settings in settings(), failures in 1_u32..50) {
        let settings = Settings { in_a_row: u32::MAX, least: failures + 1, share: 1, ..settings };
        let mut run = Run::default();
        for _ in 0..failures {
            run.fail(&settings);
        }
        run.now += settings.window;
        run.fail(&settings);
        prop_assert!(matches!(run.ask(&settings), Verdict::Go(_)));
    }

    #[test]
    fn what_ends_late_changes_nothing(
        settings in settings(), late in prop::collection::vec(outcomes(), 1..20),
    ) {
        let mut run = Run::default();
        let passes: Vec<_> = late.iter().map(|_| match run.ask(&settings) {
            Verdict::Go(pass) => pass,
            other => panic!("{other:?}"),
        }).collect();
        while matches!(run.clone().ask(&settings), Verdict::Go(_)) {
            run.fail(&settings);
        }
        let opened = run.state.clone();
        for (pass, outcome) in passes.into_iter().zip(late) {
            run.end(pass, outcome, &settings);
        }
        prop_assert_eq!(run.state, opened);
    }
}
