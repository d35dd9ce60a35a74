//! Duties, gaps and overrides as the wire has them.

use contracts::escalation::v1 as wire;

use crate::{
    domain::oncall::{Duty, Override, Source, Span},
    events::encode::timestamp,
    on_call::Shown,
};

pub(super) fn shown(shown: Shown<'_>) -> wire::OnCall {
    let name = &shown.schedule.name;
    wire::OnCall {
        schedule: name.clone(),
        time_zone: shown.schedule.clock.zone_name().to_owned(),
        current: shown.current.map(|current| duty(name, current)),
        next: shown.next.map(|next| duty(name, next)),
    }
}

pub(super) fn duty(schedule: &str, duty: Duty) -> wire::Duty {
    let (layer, override_id) = match duty.source {
        Source::Layer(name) => (name, String::new()),
        Source::Override(id) => (String::new(), id.to_string()),
    };
    wire::Duty {
        schedule: schedule.to_owned(),
        person: duty.person,
        from: Some(timestamp(duty.span.from())),
        until: Some(timestamp(duty.span.until())),
        layer,
        override_id,
    }
}

pub(super) fn gap(schedule: &str, gap: Span) -> wire::Gap {
    wire::Gap {
        schedule: schedule.to_owned(),
        from: Some(timestamp(gap.from())),
        until: Some(timestamp(gap.until())),
    }
}

pub(super) fn overriding(it: &Override) -> wire::Override {
    wire::Override {
        id: it.id.to_string(),
        schedule: it.schedule.clone(),
        person: it.person.clone(),
        from: Some(timestamp(it.span.from())),
        until: Some(timestamp(it.span.until())),
        author: it.author.clone(),
        reason: it.reason.clone(),
        said_at: Some(timestamp(it.said_at)),
    }
}
