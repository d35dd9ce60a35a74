//! How many messages go now, and what is in them: urgent notices overtake, and
//! what a vendor's limit leaves no room for is told in one message.

use std::ops::RangeInclusive;

/// Urgency from which a notice overtakes others: critical tickets, broken
/// deadlines and incidents.
pub const URGENT: i16 = 3;

/// Every urgency.
pub const ANY: RangeInclusive<i16> = i16::MIN..=i16::MAX;
/// Those that overtake.
pub const OVERTAKING: RangeInclusive<i16> = URGENT..=i16::MAX;
/// The others.
pub const ORDINARY: RangeInclusive<i16> = i16::MIN..=(URGENT - 1);

/// Deliveries that wait for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Those that overtake.
    pub urgent: u32,
    /// The others.
    pub ordinary: u32,
}

/// How much may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Messages that may go now.
    pub messages: u32,
    /// Messages of them that are kept for what is urgent.
    pub reserve: u32,
    /// Whether one message may tell of several tickets.
    pub digests: bool,
}

/// What goes now of the urgent or of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Nothing.
    Nothing,
    /// Each of so many deliveries in a message of its own.
    Singly(u32),
    /// Everything that waits in one message.
    Digest,
}

/// What goes now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Of the urgent.
    pub urgent: Share,
    /// Of the others.
    pub ordinary: Share,
}

/// What may be sent of what waits.
#[must_use]
pub fn plan(waiting: Waiting, allowance: Allowance) -> Plan {
    let urgent = share(waiting.urgent, allowance.messages, allowance.digests);
    let left = allowance.messages - urgent.messages();
    let ordinary = share(
        waiting.ordinary,
        left.saturating_sub(allowance.reserve),
        allowance.digests,
    );
    Plan { urgent, ordinary }
}

fn share(waiting: u32, messages: u32, digests: bool) -> Share {
    match (waiting, messages) {
        (0, _) | (_, 0) => Share::Nothing,
        (waiting, messages) if waiting <= messages => Share::Singly(waiting),
        (_, messages) if !digests => Share::Singly(messages),
        _ => Share::Digest,
    }
}

impl Share {
    /// How many messages it makes.
    #[must_use]
    pub fn messages(self) -> u32 {
        match self {
            Self::Nothing => 0,
            Self::Singly(messages) => messages,
            Self::Digest => 1,
        }
    }
}

impl Waiting {
    /// Whether anything waits.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allowance(messages: u32, digests: bool) -> Allowance {
        Allowance {
            messages,
            reserve: 1,
            digests,
        }
    }

    #[test]
    fn what_is_urgent_goes_singly_while_the_rest_is_digested() {
        let waiting = Waiting {
            urgent: 2,
            ordinary: 9_998,
        };
        let plan = plan(waiting, allowance(5, true));
        assert_eq!(plan.urgent, Share::Singly(2));
        assert_eq!(plan.ordinary, Share::Digest);
    }

    #[test]
    fn the_last_message_is_kept_for_what_is_urgent() {
        let ordinary = Waiting {
            urgent: 0,
            ordinary: 3,
        };
        assert_eq!(plan(ordinary, allowance(1, true)).ordinary, Share::Nothing);
        let urgent = Waiting {
            urgent: 3,
            ordinary: 3,
        };
        assert_eq!(plan(urgent, allowance(1, true)).urgent, Share::Digest);
    }

    proptest! {
        #[test]
        fn never_more_than_is_allowed(
            urgent in 0_u32..50, ordinary in 0_u32..50, messages in 0_u32..20, digests: bool,
        ) {
            let plan = plan(Waiting { urgent, ordinary }, allowance(messages, digests));
            prop_assert!(plan.urgent.messages() + plan.ordinary.messages() <= messages);
            if urgent > 0 && messages > 0 {
                prop_assert_ne!(plan.urgent, Share::Nothing);
            }
        }
    }
}
