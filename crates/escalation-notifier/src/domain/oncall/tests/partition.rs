//! What holds of every schedule, in zones that set their clocks in every way.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

const ZONES: [&str; 7] = [
    "Asia/Shanghai",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/St_Johns",
    "Asia/Kathmandu",
];

/// Instants about which some of the zones set their clocks.
const ABOUT: [&str; 5] = [
    "2026-03-07T00:00:00Z",
    "2026-03-28T00:00:00Z",
    "2026-10-24T12:00:00Z",
    "2026-10-31T12:00:00Z",
    "2026-04-04T00:00:00Z",
];

fn hours() -> impl Strategy<Value = String> {
    let quarter = 0_u32..96;
    let shift = (quarter.clone(), quarter).prop_filter_map("reversed", |(one, other)| {
        let clock = |quarter: u32| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
        let (from, to) = (one.min(other), one.max(other) + 1);
        (from < to).then(|| format!("'{}-{}'", clock(from), clock(to)))
    });
    let day = prop_oneof!["daily", "sunday", "saturday", "monday"];
    prop_oneof![
        1 => Just(String::new()),
        3 => (day, shift).prop_map(|(day, shift)| format!(", hours: {{{day}: [{shift}]}}")),
    ]
}

fn layer() -> impl Strategy<Value = String> {
    let turn = prop_oneof!["daily", "weekly", "1h", "7h", "12h", "90m", "3d"];
    let people = proptest::collection::vec("[a-f]", 1..4);
    let starts = (0_u32..40, 0_u32..24, 0_u32..4);
    (starts, turn, people, hours()).prop_map(|((day, hour, quarter), turn, people, hours)| {
        let (month, day) = (1 + day / 28, 1 + day % 28);
        let minute = quarter * 15;
        let people = people.join(", ");
        format!(
            "starts: 2026-{month:02}-{day:02}T{hour:02}:{minute:02}, turn: {turn}, people: [{people}]{hours}"
        )
    })
}

fn any_schedule() -> impl Strategy<Value = Schedule> {
    let zone = proptest::sample::select(&ZONES[..]);
    (zone, proptest::collection::vec(layer(), 1..4)).prop_map(|(zone, layers)| {
        let layers: Vec<String> = layers
            .iter()
            .zip(0..)
            .map(|(layer, index)| format!("{{name: l{index}, {layer}}}"))
            .collect();
        schedule(&format!(
            "{{timeZone: {zone}, layers: [{}]}}",
            layers.join(", ")
        ))
    })
}

fn about() -> impl Strategy<Value = DateTime<Utc>> {
    (proptest::sample::select(&ABOUT[..]), 0_i64..4 * 86_400)
        .prop_map(|(text, seconds)| at(text) + TimeDelta::seconds(seconds))
}

fn any_span() -> impl Strategy<Value = Span> {
    (about(), 1_i64..5 * 86_400)
        .prop_map(|(from, seconds)| Span::new(from, from + TimeDelta::seconds(seconds)).unwrap())
}

fn any_overrides() -> impl Strategy<Value = Vec<Override>> {
    proptest::collection::vec(("[a-f]", any_span()), 0..4).prop_map(|all| {
        let all: Vec<(&str, Span)> = all.iter().map(|(who, span)| (&**who, *span)).collect();
        overrides(&all)
    })
}

proptest! {
    #[test]
    fn duties_and_gaps_are_a_partition(
        schedule in any_schedule(),
        said in any_overrides(),
        within in any_span(),
    ) {
        let duties = schedule.duties(&said, within);
        let mut pieces: Vec<Span> = duties.iter().map(|duty| duty.span).collect();
        pieces.extend(schedule.gaps(&said, within));
        pieces.sort_unstable();
        prop_assert_eq!(pieces.first().map(|piece| piece.from()), Some(within.from()));
        prop_assert_eq!(pieces.last().map(|piece| piece.until()), Some(within.until()));
        for pair in pieces.windows(2) {
            prop_assert_eq!(pair[0].until(), pair[1].from());
        }
    }

    #[test]
    fn each_layer_has_nobody_twice(schedule in any_schedule(), within in any_span()) {
        for layer in &schedule.layers {
            for pair in layer.duties(&schedule.clock, within).windows(2) {
                prop_assert!(pair[0].span.until() <= pair[1].span.from());
            }
        }
    }

    #[test]
    fn a_duty_says_who_is_on_call_at_each_of_its_instants(
        schedule in any_schedule(),
        said in any_overrides(),
        within in any_span(),
        instant in about(),
    ) {
        let duties = schedule.duties(&said, within);
        let borders = duties.iter().flat_map(|duty| [duty.span.from(), duty.span.until()]);
        for border in borders.chain([instant]) {
            for near in [border - TimeDelta::microseconds(1), border] {
                if within.contains(near) {
                    let duty = duties.iter().find(|duty| duty.holds_at(near));
                    let by_duty = duty.map(|duty| (duty.person.as_str(), &duty.source));
                    let on_call = schedule.on_call_at(&said, near);
                    let by_clock = on_call.as_ref().map(|it| (it.person, &it.source));
                    prop_assert_eq!(by_duty, by_clock, "at {}", near);
                }
            }
        }
    }

    #[test]
    fn a_view_from_elsewhere_shows_the_same(
        schedule in any_schedule(),
        said in any_overrides(),
        within in any_span(),
        other in any_span(),
    ) {
        let clipped = |duties: Vec<Duty>, to: Span| -> Vec<Duty> {
            let cut = |duty: Duty| Some(Duty { span: duty.span.common(to)?, ..duty });
            duties.into_iter().filter_map(cut).collect()
        };
        if let Some(common) = within.common(other) {
            prop_assert_eq!(
                clipped(schedule.duties(&said, within), common),
                clipped(schedule.duties(&said, other), common)
            );
        }
    }

    #[test]
    fn a_clock_has_shown_a_reading_exactly_since_it_first_showed_it(
        zone in proptest::sample::select(&ZONES[..]),
        one in about(),
        other in about(),
        nudge in -7_200_i64..7_200,
    ) {
        let clock: WallClock = zone.parse().unwrap();
        let near = one + TimeDelta::seconds(nudge);
        for instant in [other, near] {
            let reading = clock.latest_reading(one);
            let has_shown = clock.latest_reading(instant) >= reading;
            // A microsecond is the least that an instant tells apart.
            let first = clock.first_showing(reading);
            prop_assert_eq!(has_shown, instant >= first || clock.latest_reading(instant) == reading);
            let on_the_wall = reading.saturating_add(jiff::SignedDuration::from_secs(nudge));
            let first = clock.first_showing(on_the_wall);
            let whole = on_the_wall.subsec_nanosecond() % 1_000 == 0;
            if whole {
                prop_assert_eq!(clock.latest_reading(instant) >= on_the_wall, instant >= first);
            }
        }
    }
}
