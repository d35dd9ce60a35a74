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

/// Who may send more messages than this tells of each by itself, however many more wait.
const MANY: u32 = 1_000;

/// What waits for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// What overtakes.
    pub urgent: Queue,
    /// The rest.
    pub ordinary: Queue,
}

/// What waits and is as urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Queue {
    /// Messages that may have arrived, each of which goes again as it went.
    pub again: u32,
    /// Deliveries that cannot have arrived.
    pub new: u32,
}

/// How much may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Messages that may go now, if they are urgent.
    pub urgent: u32,
    /// Messages that may go now, if they are not; no more than those.
    pub ordinary: u32,
    /// Whether one message may tell of several tickets.
    pub digests: bool,
}

/// What goes now of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Messages that go again.
    pub again: u32,
    /// Of what cannot have arrived.
    pub new: Share,
}

/// What goes now of what cannot have arrived.
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
    pub urgent: Part,
    /// Of the others.
    pub ordinary: Part,
}

/// What may be sent of what waits.
#[must_use]
pub fn plan(waiting: Waiting, allowance: Allowance) -> Plan {
    let urgent = part(waiting.urgent, allowance.urgent, allowance.digests);
    let left = allowance.ordinary.saturating_sub(urgent.messages());
    let ordinary = part(waiting.ordinary, left, allowance.digests);
    Plan { urgent, ordinary }
}

impl Plan {
    /// The first of it, as far as there is room; what is left goes the same way later.
    #[must_use]
    pub fn at_most(self, room: u32) -> Self {
        let urgent = self.urgent.at_most(room);
        Self {
            urgent,
            ordinary: self.ordinary.at_most(room - urgent.messages()),
        }
    }

    /// What is left for want of places.
    #[must_use]
    pub fn left_of(self, waiting: Waiting) -> Waiting {
        let left = |queue: Queue, gone: Part| match gone.messages() {
            0 => queue,
            _ => Queue::default(),
        };
        Waiting {
            urgent: left(waiting.urgent, self.urgent),
            ordinary: left(waiting.ordinary, self.ordinary),
        }
    }
}

/// What goes again leaves a message for what is new, unless there is only one.
fn part(queue: Queue, messages: u32, digests: bool) -> Part {
    let kept = u32::from(queue.new > 0 && messages > 1);
    let again = queue.again.min(messages - kept);
    Part {
        again,
        new: share(queue.new, messages - again, digests),
    }
}

fn share(waiting: u32, messages: u32, digests: bool) -> Share {
    match (waiting, messages) {
        (0, _) | (_, 0) => Share::Nothing,
        (waiting, messages) if waiting <= messages => Share::Singly(waiting),
        (_, messages) if !digests => Share::Singly(messages),
        _ => Share::Digest,
    }
}

impl Allowance {
    /// How many deliveries make a difference to what goes now.
    #[must_use]
    pub fn worth_counting(self) -> Waiting {
        let of = |messages: u32| Queue {
            again: MANY,
            new: messages.min(MANY) + 1,
        };
        Waiting {
            urgent: of(self.urgent),
            ordinary: of(self.ordinary),
        }
    }
}

impl Part {
    fn at_most(self, room: u32) -> Self {
        let again = self.again.min(room);
        Self {
            again,
            new: self.new.at_most(room - again),
        }
    }

    /// How many messages it makes.
    #[must_use]
    pub fn messages(self) -> u32 {
        self.again + self.new.messages()
    }
}

impl Share {
    fn at_most(self, room: u32) -> Self {
        match (self, room) {
            (_, 0) => Self::Nothing,
            (Self::Singly(messages), room) => Self::Singly(messages.min(room)),
            (share, _) => share,
        }
    }

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

    fn new(urgent: u32, ordinary: u32) -> Waiting {
        let queue = |new| Queue { again: 0, new };
        Waiting {
            urgent: queue(urgent),
            ordinary: queue(ordinary),
        }
    }

    fn allowance(urgent: u32, ordinary: u32, digests: bool) -> Allowance {
        Allowance {
            urgent,
            ordinary,
            digests,
        }
    }

    #[test]
    fn what_is_urgent_goes_singly_while_the_rest_is_digested() {
        let plan = plan(new(2, 9_998), allowance(10, 5, true));
        assert_eq!(plan.urgent.new, Share::Singly(2));
        assert_eq!(plan.ordinary.new, Share::Digest);
    }

    #[test]
    fn what_is_kept_for_the_urgent_is_theirs_alone() {
        let ordinary = new(0, 3);
        let (none, one) = (allowance(1, 0, true), allowance(1, 1, true));
        assert_eq!(plan(ordinary, none).ordinary.new, Share::Nothing);
        assert_eq!(plan(ordinary, one).ordinary.new, Share::Digest);
        assert_eq!(plan(new(3, 3), none).urgent.new, Share::Digest);
    }

    #[test]
    fn where_there_is_room_for_one_the_most_urgent_goes() {
        let plan = plan(new(2, 2), allowance(5, 5, true)).at_most(1);
        assert_eq!(
            (plan.urgent.new, plan.ordinary.new),
            (Share::Singly(1), Share::Nothing)
        );
    }

    #[test]
    fn what_goes_again_goes_by_itself_and_leaves_room_for_what_is_new() {
        let waiting = Waiting {
            urgent: Queue { again: 9, new: 30 },
            ordinary: Queue { again: 1, new: 0 },
        };
        let some = plan(waiting, allowance(4, 4, true));
        let urgent = Part {
            again: 3,
            new: Share::Digest,
        };
        assert_eq!((some.urgent, some.ordinary.messages()), (urgent, 0));
        let enough = plan(waiting, allowance(50, 50, true));
        assert_eq!((enough.urgent.again, enough.ordinary.again), (9, 1));
        assert_eq!(enough.urgent.new, Share::Singly(30));
    }

    proptest! {
        #[test]
        fn never_more_than_is_allowed(
            urgent in 0_u32..50, ordinary in 0_u32..50, messages in 0_u32..20, kept in 0_u32..20,
            again in 0_u32..5, digests: bool, room in 0_u32..30,
        ) {
            let queue = |new| Queue { again, new };
            let waiting = Waiting { urgent: queue(urgent), ordinary: queue(ordinary) };
            let allowance = allowance(messages, messages.saturating_sub(kept), digests);
            let plan = plan(waiting, allowance);
            prop_assert!(plan.urgent.messages() + plan.ordinary.messages() <= messages);
            prop_assert!(plan.ordinary.messages() <= allowance.ordinary);
            if urgent + again > 0 && messages > 0 {
                prop_assert_ne!(plan.urgent.messages(), 0);
            }
            if urgent > 0 && messages > 1 {
                prop_assert_ne!(plan.urgent.new, Share::Nothing);
            }
            let some = plan.at_most(room);
            prop_assert!(some.urgent.messages() + some.ordinary.messages() <= room);
        }
    }
}
