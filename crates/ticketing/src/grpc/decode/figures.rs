//! Of what figures are wanted.

use chrono::TimeDelta;
use contracts::ticketing::v1 as wire;

use super::Faults;
use crate::{
    domain::{
        Instant,
        report::{Grouping, Wish},
    },
    error::Error,
    events::instant::from_wire,
};

/// What is told of unless said.
const USUAL: TimeDelta = TimeDelta::days(7);
/// Most that is told of at once.
const LONGEST_DAYS: i64 = 400;

/// Of what figures are wanted.
pub(in crate::grpc) fn wish(
    request: &wire::ReportFiguresRequest,
    now: Instant,
) -> Result<Wish, Error> {
    let mut faults = Faults::default();
    let mut end = |field, given: Option<&prost_types::Timestamp>| match given {
        Some(at) => faults
            .take(field, from_wire(at).ok_or("is out of range"))
            .map(Some),
        None => Some(None),
    };
    let (from, to) = (
        end("from", request.from.as_ref()),
        end("to", request.to.as_ref()),
    );
    let stretch = from.zip(to).map(|(from, to)| {
        let to = to.unwrap_or(now);
        (from.unwrap_or(to - USUAL), to)
    });
    if let Some((from, to)) = stretch {
        if to < from {
            faults.add("to", "must not be before from");
        } else if to - from > TimeDelta::days(LONGEST_DAYS) {
            let most = format!("must be at most {LONGEST_DAYS} days after from");
            faults.add("to", most);
        }
    }
    let zone = match request.time_zone.as_str() {
        "" => "UTC",
        zone => zone,
    };
    if jiff::tz::TimeZone::get(zone).is_err() {
        faults.add(
            "time_zone",
            format!("`{zone}` is no time zone; write it like Asia/Shanghai"),
        );
    }
    let grouping = wire::FigureGrouping::try_from(request.group_by);
    let grouping = faults.take("group_by", grouping.map_err(|_| "is unknown"));
    let wish = stretch.zip(grouping).map(|((from, to), grouping)| Wish {
        from,
        to,
        grouping: by(grouping),
        zone: zone.to_owned(),
    });
    faults.unless_any(wish)
}

fn by(grouping: wire::FigureGrouping) -> Grouping {
    match grouping {
        wire::FigureGrouping::Unspecified => Grouping::Whole,
        wire::FigureGrouping::Scenario => Grouping::Scenario,
        wire::FigureGrouping::Department => Grouping::Department,
        wire::FigureGrouping::Warehouse => Grouping::Warehouse,
        wire::FigureGrouping::Person => Grouping::Person,
        wire::FigureGrouping::Hour => Grouping::Hour,
        wire::FigureGrouping::Category => Grouping::Category,
    }
}
