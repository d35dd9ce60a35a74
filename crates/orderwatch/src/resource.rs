//! What the services answer, as it is written out: plain names, plain words
//! for states, RFC 3339 instants, and nothing where there is nothing.

mod absence;
mod accuracy;
mod archived;
mod audit_entry;
mod bulk;
mod connector;
mod dead_letter;
mod delivery;
mod evidence;
mod exception;
mod explanation;
mod fact;
mod figure_group;
mod figures;
mod group;
mod happening;
mod impact;
mod mark;
mod migrated_escalation;
mod notification;
mod notification_reason;
mod on_call;
mod quarantine_group;
mod quarantined;
mod queue;
mod rule;
mod sample;
mod saved_filter;
mod silence;
mod source;
mod stored;
mod threshold;
mod ticket;

pub(crate) use absence::Absence;
pub(crate) use accuracy::Accuracy;
pub(crate) use archived::Archived;
pub(crate) use audit_entry::AuditEntry;
pub(crate) use bulk::{Bulk, BulkItem};
pub(crate) use connector::{Connector, Feed};
pub(crate) use dead_letter::DeadLetter;
pub(crate) use delivery::{Delivery, Escalation};
pub(crate) use evidence::Evidence;
pub(crate) use exception::Exception;
pub(crate) use explanation::Explanation;
pub(crate) use fact::Fact;
pub(crate) use figure_group::{FigureGroup, PushBackWeek};
pub(crate) use figures::Figures;
pub(crate) use group::Group;
pub(crate) use happening::Happening;
pub(crate) use impact::Impact;
pub(crate) use mark::Mark;
pub(crate) use migrated_escalation::MigratedEscalation;
pub(crate) use notification::{DeliveryAttempt, NotificationPreview};
pub(crate) use notification_reason::NotificationReason;
pub(crate) use on_call::{Duty, Gap, OnCall, Override};
pub(crate) use quarantine_group::QuarantineGroup;
pub(crate) use quarantined::Quarantined;
pub(crate) use queue::Queue;
pub(crate) use rule::{Field, Rule, RuleSet};
pub(crate) use sample::{Sample, Trial};
pub(crate) use saved_filter::SavedFilter;
pub(crate) use silence::{HiddenTicket, Silence};
pub(crate) use source::Source;
pub(crate) use stored::{Resource, Version};
pub(crate) use threshold::ThresholdPreview;
pub(crate) use ticket::{Sop, Ticket};

/// Turns the name of a wire enum's value into a word:
/// `TICKET_STATE_OPEN` under `TICKET_STATE` is `open`.
pub(crate) fn word(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix)
        .unwrap_or(name)
        .trim_start_matches('_')
        .to_ascii_lowercase()
        .replace('_', "-")
}

/// Finds the wire name of a word, the other way round.
pub(crate) fn wire_name(word: &str, prefix: &str) -> String {
    format!("{prefix}_{}", word.to_ascii_uppercase().replace('-', "_"))
}

fn yes(condition: bool, word: &str) -> String {
    if condition {
        word.to_owned()
    } else {
        String::new()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "asked for by serde")]
fn is_false(value: &bool) -> bool {
    !value
}
