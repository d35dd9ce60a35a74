//! Why a person cannot have what they ask for.

use thiserror::Error;

use crate::domain::{Instant, holder::Holder, span::Span};

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// There is no such ticket.
    #[error("there is no such ticket")]
    Unknown,
    /// The person looked at an older version.
    #[error("the ticket has changed: it is at version {current}, you saw {seen}")]
    Stale {
        /// The version that the person looked at.
        seen: i64,
        /// The version it is at.
        current: i64,
    },
    /// It is over.
    #[error("the ticket was resolved at {at} by {by}: {reason}")]
    Resolved {
        /// When it was resolved.
        at: Instant,
        /// Who resolved it.
        by: String,
        /// Why.
        reason: String,
    },
    /// Somebody else was first.
    #[error("the ticket was acknowledged at {at} by {by}")]
    Acknowledged {
        /// When.
        at: Instant,
        /// Who.
        by: String,
    },
    /// The person has no say in it.
    #[error("{who} may not: {needs}")]
    NotPermitted {
        /// Login of the person.
        who: String,
        /// Who may.
        needs: String,
    },
    /// The procedure has no step of that name.
    #[error("sop {sop} has no step `{step}`; its steps are {known}")]
    NoSuchStep {
        /// The procedure.
        sop: String,
        /// The name that was given.
        step: String,
        /// The names that there are.
        known: String,
    },
    /// The step is already behind, or not yet begun.
    #[error("step `{step}` is {how}")]
    StepNotActive {
        /// The step.
        step: String,
        /// Done by whom, left out, or not begun.
        how: String,
    },
    /// The step cannot end so.
    #[error("step `{step}` cannot end in `{outcome}`; it ends in one of {known}")]
    NoSuchOutcome {
        /// The step.
        step: String,
        /// What was given.
        outcome: String,
        /// The outcomes that there are.
        known: String,
    },
    /// What was filled in is not what the step asks for.
    #[error("step `{step}`: {}", faults.join("; "))]
    Fields {
        /// The step.
        step: String,
        /// What is wrong, one sentence each.
        faults: Vec<String>,
    },
    /// Mandatory steps would be left out.
    #[error("mandatory steps are not done yet: {steps}")]
    MandatoryStepsLeft {
        /// Their names.
        steps: String,
    },
    /// It is already there.
    #[error("the step is already with {holder}")]
    SameHolder {
        /// Who has it.
        holder: Holder,
    },
    /// Somebody has already been asked to take it.
    #[error("{to} was asked at {at} to take the step, and has yet to answer")]
    AlreadyOffered {
        /// Who.
        to: Holder,
        /// When.
        at: Instant,
    },
    /// Nobody has been asked to take it.
    #[error("nobody has been asked to take step `{step}`")]
    NotOffered {
        /// The step.
        step: String,
    },
    /// The other side was silent for too long.
    #[error("the answer was due at {since}: {arbiter} decides now")]
    WithArbiter {
        /// Since when.
        since: Instant,
        /// Who decides.
        arbiter: Holder,
    },
    /// There is nothing for the arbiter to decide yet.
    #[error("{to} has until {until} to answer")]
    NotWithArbiter {
        /// Who was asked.
        to: Holder,
        /// Until when they may be silent.
        until: Instant,
    },
    /// Clocks do not stand.
    #[error("the clocks of the ticket run")]
    NotPaused,
    /// Clocks stand already.
    #[error("the clocks of the ticket stand since {since}: {reason}")]
    AlreadyPaused {
        /// Since when.
        since: Instant,
        /// Why.
        reason: String,
    },
    /// The procedure allows no such pause.
    #[error("sop {sop} allows no pause for `{reason}`; it allows {known}")]
    NoSuchPause {
        /// The procedure.
        sop: String,
        /// The reason that was given.
        reason: String,
        /// The reasons that there are.
        known: String,
    },
    /// All that the procedure allows was used.
    #[error("clocks have stood for `{reason}` as long as they may, {at_most}")]
    PauseUsedUp {
        /// The reason.
        reason: String,
        /// Longest in all.
        at_most: Span,
    },
    /// It cannot be put aside so long.
    #[error("a ticket can be put aside for at most {at_most}, from now on")]
    SnoozeTooLong {
        /// Longest.
        at_most: Span,
    },
    /// It is not put aside.
    #[error("the ticket is not put aside")]
    NotSnoozed,
    /// The other version lacks a step that is worked on.
    #[error("version {version} of sop {sop} has no step `{step}`, which is worked on")]
    StepIsGone {
        /// The procedure.
        sop: String,
        /// The other version.
        version: i32,
        /// The step.
        step: String,
    },
}
