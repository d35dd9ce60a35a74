//! What templates may speak of.

use chrono::{DateTime, Utc};
use minijinja::{Value, context};

use crate::{
    channel::markup::Markup,
    domain::{delivery::Outgoing, digest, directory::Language, escalation::Cause},
};

/// Longest that a field of one line may be, in bytes.
pub(super) const FIELD_BYTES: usize = 600;

/// When time is so short that it stands out, in seconds.
const PRESSING: i64 = 3_600;

/// What is said of one delivery, each field in at most so many bytes.
pub(super) fn facts(
    delivery: &Outgoing,
    link: Option<&str>,
    markup: Markup,
    field: usize,
    language: Language,
    now: DateTime<Utc>,
) -> Value {
    let ticket = &delivery.ticket;
    let plain = |text: &str| digest::cut(&markup.literal(text), field);
    let left = ticket.due_at.map(|due| (due - now).num_seconds());
    let pressing = left.is_some_and(|left| left <= PRESSING);
    let time = left.map(|left| span(left.unsigned_abs(), language));
    context! {
        markup => markup.as_str(),
        quote => markup.quote(),
        acknowledge => link.unwrap_or_default(),
        delivery => delivery.id.to_string(),
        ticket => plain(&ticket.id),
        order => plain(&ticket.order_id),
        kind => plain(&ticket.kind),
        amount => ticket.amount.to_string(),
        customer_tier => plain(&ticket.customer_tier),
        warehouse => plain(&ticket.warehouse),
        region => plain(&ticket.region),
        scenario => plain(&ticket.scenario),
        severity => plain(ticket.severity.as_str()),
        department => plain(&ticket.department),
        team => plain(&ticket.team),
        assignee => plain(&ticket.assignee),
        step => plain(&ticket.step),
        instructions => digest::cut(&markup.prose(&ticket.instructions), field),
        unconfirmed => ticket.unconfirmed,
        cause => delivery.cause.as_str(),
        level => delivery.level,
        critical => ticket.severity.is_critical(),
        // Time left, or time since, standing out where it presses; empty when there is no
        // deadline.
        time => match time {
            Some(time) if pressing => markup.bold(&time),
            time => time.unwrap_or_default(),
        },
        late => left.is_some_and(|left| left < 0),
        pressing,
    }
}

/// What the header of a digest counts.
pub(super) fn counts(deliveries: &[Outgoing], link: Option<&str>, markup: Markup) -> Value {
    let of = |cause: Cause| deliveries.iter().filter(|it| it.cause == cause).count();
    let critical = |it: &&Outgoing| it.ticket.severity.is_critical();
    context! {
        markup => markup.as_str(),
        quote => markup.quote(),
        page => link.unwrap_or_default(),
        total => deliveries.len(),
        critical => deliveries.iter().filter(critical).count(),
        overdue => of(Cause::Overdue),
        escalated => of(Cause::Escalated),
        resolved => of(Cause::Resolved),
    }
}

/// What the last line of a digest says: how many are not named.
pub(super) fn rest(rest: &str, markup: Markup) -> Value {
    context! { markup => markup.as_str(), quote => markup.quote(), rest }
}

/// Names that these are known by, sorted.
pub(super) fn names(facts: &Value) -> Vec<String> {
    let keys = facts.try_iter().into_iter().flatten();
    let mut names: Vec<String> = keys.map(|key| key.to_string()).collect();
    names.sort();
    names
}

/// A span of time in its two largest units.
pub(crate) fn span(seconds: u64, language: Language) -> String {
    let minutes = seconds.div_ceil(60);
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (language, days, hours) {
        (Language::Chinese, 0, 0) => format!("{minutes} 分钟"),
        (Language::Chinese, 0, _) => format!("{hours} 小时 {minutes} 分钟"),
        (Language::Chinese, _, _) => format!("{days} 天 {hours} 小时"),
        (Language::English, 0, 0) => format!("{minutes} min"),
        (Language::English, 0, _) => format!("{hours} h {minutes} min"),
        (Language::English, _, _) => format!("{days} d {hours} h"),
    }
}
