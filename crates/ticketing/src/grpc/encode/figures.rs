//! Figures by group, as the wire tells them.

use chrono::TimeDelta;
use contracts::ticketing::v1 as wire;

use crate::{
    desk::Report,
    domain::report::{Figures, Kept, PushBacks, Spread, Wish},
    events::instant::{span_to_wire, to_wire},
};

/// Most groups of an answer.
const GROUPS: usize = 1_000;

pub(in crate::grpc) fn report(wish: &Wish, report: Report) -> wire::ReportFiguresResponse {
    let left_off = report.groups.len().saturating_sub(GROUPS);
    let groups = report.groups.into_iter().take(GROUPS);
    wire::ReportFiguresResponse {
        from: Some(to_wire(wish.from)),
        to: Some(to_wire(wish.to)),
        groups: groups
            .map(|(key, weeks)| wire::FigureGroup {
                key,
                figures: Some(figures(&weeks.now)),
                week_before: weeks.before.as_ref().map(figures),
            })
            .collect(),
        groups_left_off: i64::try_from(left_off).unwrap_or(i64::MAX),
        push_backs: report.push_backs.into_iter().map(push_backs).collect(),
    }
}

fn figures(figures: &Figures) -> wire::GroupFigures {
    wire::GroupFigures {
        opened: figures.opened,
        resolved: figures.resolved,
        resolved_automatically: figures.automatic,
        automatic_share: share(figures.automatic, figures.resolved),
        handling: Some(spread(&figures.handling)),
        response: Some(spread(&figures.response)),
        response_compliance: Some(compliance(figures.responses)),
        step_compliance: Some(compliance(figures.steps)),
        resolution_compliance: Some(compliance(figures.resolutions)),
        backlog_age: Some(spread(&figures.backlog)),
    }
}

fn spread(spread: &Spread) -> wire::Spread {
    let told = |span: TimeDelta| (spread.count > 0).then(|| span_to_wire(span));
    wire::Spread {
        count: spread.count,
        mean: told(spread.mean),
        median: told(spread.median),
        p90: told(spread.p90),
        longest: told(spread.longest),
    }
}

fn compliance(kept: Kept) -> wire::Compliance {
    wire::Compliance {
        kept: kept.kept,
        missed: kept.missed,
        share: share(kept.kept, kept.kept + kept.missed),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn share(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn push_backs(pair: PushBacks) -> wire::WeekOfPushBacks {
    wire::WeekOfPushBacks {
        week: pair.week,
        from_department: pair.from,
        to_department: pair.to,
        count: pair.count,
    }
}
