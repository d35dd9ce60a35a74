//! Figures of a random history, beside what simple code makes of the events that were told of it.

mod history;
mod oracle;

use contracts::ticketing::v1::{
    Compliance, FigureGrouping, GroupFigures, ReportFiguresRequest, ReportFiguresResponse, Spread,
    figure_service_server::FigureService as _,
};
use prost_types::{Duration, Timestamp};
use ticketing::{domain::Instant, events::instant::to_wire};
use tonic::{Code, Request, Status};

use crate::{exceptions::noon, room::Room};
use chrono::TimeDelta;
use oracle::{Figures, Kept, Oracle, Times};

const ZONES: [&str; 2] = ["Asia/Kathmandu", "America/New_York"];

async fn report(
    room: &Room,
    request: ReportFiguresRequest,
) -> Result<ReportFiguresResponse, Status> {
    let answer = room
        .figure_service()
        .report_figures(Request::new(request))
        .await;
    answer.map(tonic::Response::into_inner)
}

fn asked(from: Instant, to: Instant, by: FigureGrouping, zone: &str) -> ReportFiguresRequest {
    ReportFiguresRequest {
        from: Some(to_wire(from)),
        to: Some(to_wire(to)),
        group_by: by.into(),
        time_zone: zone.to_owned(),
        week_over_week: true,
    }
}

fn micros(span: Option<Duration>) -> i64 {
    span.map_or(0, |span| {
        span.seconds * 1_000_000 + i64::from(span.nanos) / 1_000
    })
}

fn times(spread: Option<Spread>) -> Times {
    let spread = spread.unwrap();
    Times {
        count: spread.count,
        mean: micros(spread.mean),
        median: micros(spread.median),
        p90: micros(spread.p90),
        longest: micros(spread.longest),
    }
}

fn kept(compliance: Option<Compliance>) -> Kept {
    let Compliance { kept, missed, .. } = compliance.unwrap();
    Kept { kept, missed }
}

fn told(figures: GroupFigures) -> Figures {
    Figures {
        opened: figures.opened,
        resolved: figures.resolved,
        automatic: figures.resolved_automatically,
        handling: times(figures.handling),
        response: times(figures.response),
        responses: kept(figures.response_compliance),
        steps: kept(figures.step_compliance),
        resolutions: kept(figures.resolution_compliance),
        backlog: times(figures.backlog_age),
    }
}

#[tokio::test]
async fn figures_are_what_the_events_add_up_to() {
    let (room, end) = history::made().await;
    let oracle = Oracle::of(room.all_events().await);
    oracle.must_be_rich();
    let days = |days| TimeDelta::days(days);
    let (mut groups, mut pairs) = (0, 0);
    for (from, to) in [
        (noon(), end + days(1)),
        (noon() + days(9), noon() + days(16)),
        (noon() + days(16), end - days(2)),
    ] {
        for zone in ZONES {
            for by in 0..=6 {
                let by = FigureGrouping::try_from(by).unwrap();
                let answer = report(&room, asked(from, to, by, zone)).await.unwrap();
                let now = oracle.groups(from, to, by, zone);
                let before = oracle.groups(from - days(7), to - days(7), by, zone);
                let keys: Vec<_> = answer.groups.iter().map(|it| it.key.clone()).collect();
                let expected = now.keys().chain(before.keys());
                let expected: std::collections::BTreeSet<_> = expected.cloned().collect();
                assert_eq!(keys, expected.into_iter().collect::<Vec<_>>(), "{by:?}");
                for group in answer.groups {
                    let of =
                        |all: &oracle::Groups| all.get(&group.key).cloned().unwrap_or_default();
                    let place = format!("{by:?} {} of {from} to {to}", group.key);
                    assert_eq!(told(group.figures.unwrap()), of(&now), "{place}");
                    assert_eq!(told(group.week_before.unwrap()), of(&before), "{place}");
                    groups += 1;
                }
                let told = answer.push_backs.into_iter();
                let told = told.map(|it| (it.week, it.from_department, it.to_department, it.count));
                assert_eq!(told.collect::<Vec<_>>(), oracle.push_backs(from, to, zone));
                pairs += oracle.push_backs(from, to, zone).len();
            }
        }
    }
    assert!(groups > 200 && pairs > 50, "{groups} groups, {pairs} pairs");
}

#[tokio::test]
async fn a_week_before_is_a_week_by_the_clock_on_the_wall() {
    let room = Room::new().await;
    // In New York the clocks were set back in the night to 1 November 2026.
    let at = |text: &str| text.parse::<Instant>().unwrap();
    room.set(at("2026-10-27T04:30:00Z")).await;
    room.deliver(&[crate::exceptions::opened(1, 1)]).await;
    let week = |zone| {
        asked(
            at("2026-11-03T05:00:00Z"),
            at("2026-11-04T05:00:00Z"),
            FigureGrouping::Unspecified,
            zone,
        )
    };
    let opened =
        |answer: ReportFiguresResponse| answer.groups[0].week_before.as_ref().unwrap().opened;
    // Midnight there was 04:00 UTC a week before, and 05:00 since.
    assert_eq!(
        opened(report(&room, week("America/New_York")).await.unwrap()),
        1
    );
    assert_eq!(opened(report(&room, week("UTC")).await.unwrap()), 0);
}

#[tokio::test]
async fn what_cannot_be_told_of_is_refused_by_its_name() {
    let room = Room::new().await;
    let whole = FigureGrouping::Unspecified;
    let day = TimeDelta::days(1);
    let unknown = ReportFiguresRequest {
        group_by: 99,
        ..asked(noon(), noon() + day, whole, "UTC")
    };
    let endless = Timestamp {
        seconds: i64::MAX,
        nanos: 0,
    };
    let never = ReportFiguresRequest {
        to: Some(endless),
        ..asked(noon(), noon(), whole, "UTC")
    };
    for (request, says) in [
        (
            asked(noon(), noon() - day, whole, "UTC"),
            "to: must not be before from",
        ),
        (
            asked(noon(), noon() + day * 401, whole, "UTC"),
            "to: must be at most 400 days",
        ),
        (
            asked(noon(), noon() + day, whole, "Asia/Peking"),
            "time_zone: `Asia/Peking`",
        ),
        (unknown, "group_by: is unknown"),
        (never, "to: is out of range"),
    ] {
        let refused = report(&room, request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains(says), "{}", refused.message());
    }
}

/// Each query, and the tables that it may not read from end to end.
#[tokio::test]
async fn every_figure_is_read_by_an_index() {
    let room = Room::new().await;
    let grouped = [
        include_str!("../../src/store/report/opened.sql"),
        include_str!("../../src/store/report/resolved.sql"),
        include_str!("../../src/store/report/handling.sql"),
        include_str!("../../src/store/report/response.sql"),
        include_str!("../../src/store/report/steps.sql"),
        include_str!("../../src/store/report/missed.sql"),
    ];
    for query in grouped {
        let plan = room
            .plan(query, &["'department'", "'UTC'", "now()", "now()"])
            .await;
        assert!(!plan.contains("Seq Scan"), "{plan}");
    }
    let backlog = include_str!("../../src/store/report/backlog.sql");
    let plan = room
        .plan(backlog, &["'department'", "'UTC'", "now()"])
        .await;
    assert!(!plan.contains("Seq Scan"), "{plan}");
    let push_backs = include_str!("../../src/store/report/push_backs.sql");
    let plan = room
        .plan(push_backs, &["'UTC'", "now()", "now()", "9"])
        .await;
    assert!(!plan.contains("Seq Scan"), "{plan}");
}
