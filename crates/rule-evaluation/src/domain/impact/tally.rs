//! Transitions by what they tell.

use rule_engine::{Kind, Spoken, State, Transition};

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
}

impl What {
    /// Sorts a transition.
    #[must_use]
    pub fn of(transition: &Transition) -> Self {
        match transition.kind {
            Kind::Opened => Self::Opened,
            Kind::Updated => Self::Updated,
            Kind::Cleared if transition.exception.retroactive => Self::Retroactive,
            Kind::Cleared => Self::Cleared,
            Kind::Retracted => Self::Retracted,
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
    /// Orders with at least one of these.
    pub orders: i64,
    /// Exceptions open now.
    pub open_before: i64,
    /// Exceptions open then.
    pub open_after: i64,
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
        }
    }

    /// Counts an exception that has been spoken of.
    pub fn stood(&mut self, said: &Spoken) {
        self.open_before += i64::from(said.state == State::Open);
    }

    /// Counts an exception that would have been spoken of.
    pub fn will_stand(&mut self, said: &Spoken) {
        self.open_after += i64::from(said.state == State::Open);
    }

    /// Returns whether nothing would be told.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.orders == 0
    }
}
