//! Transitions by what they tell.

use rule_engine::{Cause, Kind, Spoken, State, Transition};

/// What a transition tells; each is counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// It is open and was not.
    Opened,
    /// Its instants or its confirmation change.
    Updated,
    /// It was open and has an end.
    Cleared,
    /// It never was so.
    Retracted,
    /// It is told of as over already, which disturbs nobody.
    Retroactive,
    /// An exemption comes to cover it.
    Exempted,
    /// No exemption covers it any more.
    ExemptionEnded,
    /// Its rule goes to shadow, or comes out of it.
    ModeChanged,
}

impl What {
    /// Sorts a transition.
    #[must_use]
    pub fn of(transition: &Transition) -> Self {
        match (transition.kind, transition.cause) {
            (Kind::Opened, _) => Self::Opened,
            (Kind::Updated, Cause::Exempted) => Self::Exempted,
            (Kind::Updated, Cause::ExemptionEnded) => Self::ExemptionEnded,
            (Kind::Updated, Cause::ModeChanged) => Self::ModeChanged,
            (Kind::Updated, _) => Self::Updated,
            (Kind::Cleared, _) if transition.exception.retroactive => Self::Retroactive,
            (Kind::Cleared, _) => Self::Cleared,
            (Kind::Retracted, _) => Self::Retracted,
        }
    }

    /// Returns the word for it: the field of the wire's `Effect`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Updated => "updated",
            Self::Cleared => "cleared",
            Self::Retracted => "retracted",
            Self::Retroactive => "retroactive",
            Self::Exempted => "exempted",
            Self::ExemptionEnded => "exemption_ended",
            Self::ModeChanged => "mode_changed",
        }
    }
}

/// Transitions counted, and what stands before and after them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// Exceptions that would be open and are not.
    pub opened: i64,
    /// Exceptions whose instants or confirmation would change.
    pub updated: i64,
    /// Open exceptions that would have an end.
    pub cleared: i64,
    /// Exceptions that would turn out never to have been.
    pub retracted: i64,
    /// Exceptions that would be told of as over already.
    pub retroactive: i64,
    /// Exceptions that an exemption would come to cover.
    pub exempted: i64,
    /// Exceptions that no exemption would cover any more.
    pub exemption_ended: i64,
    /// Exceptions whose rule would go to shadow or come out of it.
    pub mode_changed: i64,
    /// Orders with at least one of these.
    pub orders: i64,
    /// Exceptions open now.
    pub open_before: i64,
    /// Exceptions open then.
    pub open_after: i64,
    /// Those open now that are neither exempt nor in shadow.
    pub ticketed_before: i64,
    /// Those open then that are neither.
    pub ticketed_after: i64,
}

impl Effect {
    /// Counts a transition.
    pub const fn tell(&mut self, what: What) {
        match what {
            What::Opened => self.opened += 1,
            What::Updated => self.updated += 1,
            What::Cleared => self.cleared += 1,
            What::Retracted => self.retracted += 1,
            What::Retroactive => self.retroactive += 1,
            What::Exempted => self.exempted += 1,
            What::ExemptionEnded => self.exemption_ended += 1,
            What::ModeChanged => self.mode_changed += 1,
        }
    }

    /// Counts an exception that has been spoken of.
    pub fn stood(&mut self, said: &Spoken) {
        self.open_before += i64::from(said.state == State::Open);
        self.ticketed_before += i64::from(is_ticketed(said));
    }

    /// Counts an exception that would have been spoken of.
    pub fn will_stand(&mut self, said: &Spoken) {
        self.open_after += i64::from(said.state == State::Open);
        self.ticketed_after += i64::from(is_ticketed(said));
    }

    /// Returns whether nothing would be told.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.orders == 0
    }
}

fn is_ticketed(said: &Spoken) -> bool {
    said.state == State::Open && said.exempt.is_none() && !said.shadow
}
