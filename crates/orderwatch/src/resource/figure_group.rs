//! How tickets were dealt with, by group.

use contracts::ticketing::v1 as wire;
use serde::Serialize;

use super::accuracy::percent;
use crate::output::Row;
use crate::time::duration;

/// One group, and the same stretch a week before where that was asked for.
#[derive(Debug, Serialize)]
pub(crate) struct FigureGroup {
    key: String,
    #[serde(flatten)]
    figures: Figures,
    #[serde(skip_serializing_if = "Option::is_none")]
    week_before: Option<Figures>,
}

#[derive(Debug, Serialize)]
struct Figures {
    opened: i64,
    resolved: i64,
    resolved_automatically: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    automatic_share: Option<f64>,
    handling: Spread,
    response: Spread,
    response_compliance: Compliance,
    step_compliance: Compliance,
    resolution_compliance: Compliance,
    backlog_age: Spread,
}

#[derive(Debug, Serialize)]
struct Spread {
    count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    median: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p90: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    longest: Option<String>,
}

#[derive(Debug, Serialize)]
struct Compliance {
    kept: i64,
    missed: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<f64>,
}

/// Work that went back from one department to another in a week.
#[derive(Debug, Serialize)]
pub(crate) struct PushBackWeek {
    week: String,
    from_department: String,
    to_department: String,
    count: i64,
}

impl From<wire::FigureGroup> for FigureGroup {
    fn from(group: wire::FigureGroup) -> Self {
        Self {
            key: group.key,
            figures: group.figures.unwrap_or_default().into(),
            week_before: group.week_before.map(Figures::from),
        }
    }
}

impl From<wire::GroupFigures> for Figures {
    fn from(of: wire::GroupFigures) -> Self {
        Self {
            opened: of.opened,
            resolved: of.resolved,
            resolved_automatically: of.resolved_automatically,
            automatic_share: of.automatic_share,
            handling: of.handling.unwrap_or_default().into(),
            response: of.response.unwrap_or_default().into(),
            response_compliance: of.response_compliance.unwrap_or_default().into(),
            step_compliance: of.step_compliance.unwrap_or_default().into(),
            resolution_compliance: of.resolution_compliance.unwrap_or_default().into(),
            backlog_age: of.backlog_age.unwrap_or_default().into(),
        }
    }
}

impl From<wire::Spread> for Spread {
    fn from(spread: wire::Spread) -> Self {
        Self {
            count: spread.count,
            mean: spread.mean.as_ref().map(duration),
            median: spread.median.as_ref().map(duration),
            p90: spread.p90.as_ref().map(duration),
            longest: spread.longest.as_ref().map(duration),
        }
    }
}

impl From<wire::Compliance> for Compliance {
    fn from(compliance: wire::Compliance) -> Self {
        let wire::Compliance {
            kept,
            missed,
            share,
        } = compliance;
        Self {
            kept,
            missed,
            share,
        }
    }
}

impl From<wire::WeekOfPushBacks> for PushBackWeek {
    fn from(week: wire::WeekOfPushBacks) -> Self {
        Self {
            week: week.week,
            from_department: week.from_department,
            to_department: week.to_department,
            count: week.count,
        }
    }
}

/// A number, and what it was a week before.
fn over(now: i64, before: Option<i64>) -> String {
    before.map_or_else(|| now.to_string(), |before| format!("{now} ({before})"))
}

fn median_and_p90(spread: &Spread) -> String {
    let both = spread.median.as_ref().zip(spread.p90.as_ref());
    both.map_or_else(String::new, |(median, p90)| format!("{median} / {p90}"))
}

impl Row for FigureGroup {
    const COLUMNS: &'static [&'static str] = &[
        "GROUP",
        "OPENED",
        "RESOLVED",
        "AUTOMATIC",
        "HANDLING MEDIAN / P90",
        "RESPONSE MEDIAN / P90",
        "RESPONSES KEPT",
        "STEPS KEPT",
        "RESOLUTIONS KEPT",
        "WAITING",
        "AGE MEDIAN / P90",
    ];

    fn cells(&self) -> Vec<String> {
        let (now, before) = (&self.figures, self.week_before.as_ref());
        vec![
            self.key.clone(),
            over(now.opened, before.map(|it| it.opened)),
            over(now.resolved, before.map(|it| it.resolved)),
            percent(now.automatic_share),
            median_and_p90(&now.handling),
            median_and_p90(&now.response),
            percent(now.response_compliance.share),
            percent(now.step_compliance.share),
            percent(now.resolution_compliance.share),
            over(now.backlog_age.count, before.map(|it| it.backlog_age.count)),
            median_and_p90(&now.backlog_age),
        ]
    }
}

impl Row for PushBackWeek {
    const COLUMNS: &'static [&'static str] = &["WEEK", "FROM", "TO", "PUSH-BACKS"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.week.clone(),
            self.from_department.clone(),
            self.to_department.clone(),
            self.count.to_string(),
        ]
    }
}
