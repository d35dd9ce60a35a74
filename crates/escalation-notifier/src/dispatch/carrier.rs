//! What puts the messages of a channel on the wire.

use std::time::Duration;

use crate::{
    channel::{
        email,
        vendor::{self, Limits, Vendor},
    },
    config::Config,
    domain::channel::Channel,
};

/// How much longer than its requests a lease lasts: as long as a message may wait for its turn.
const MARGIN: Duration = Duration::from_secs(20);

/// How much longer a letter may take than its relay's slowest reply.
const DIALOGUE: Duration = Duration::from_secs(40);

/// Messages of a vendor that are under way at the same time, two thirds of them at most to one
/// recipient.
const UNDER_WAY: usize = 192;

/// What puts messages on the wire.
#[derive(Debug, Clone, Copy)]
pub(super) enum Carrier {
    /// A vendor's robots.
    Vendor(&'static dyn Vendor),
    /// The relay, which takes letters.
    Relay,
}

/// How long something may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lease {
    /// From the claim until somebody else may try.
    pub(super) whole: Duration,
    /// From the claim until it is too late to begin.
    pub(super) to_begin: Duration,
}

impl Carrier {
    /// That of a channel; `None` for the log.
    pub(super) fn of(channel: Channel) -> Option<Self> {
        match vendor::of(channel) {
            Some(vendor) => Some(Self::Vendor(vendor)),
            None => (channel == Channel::Email).then_some(Self::Relay),
        }
    }

    pub(super) fn limits(self) -> Limits {
        match self {
            Self::Vendor(vendor) => vendor.limits(),
            Self::Relay => email::LIMITS,
        }
    }

    /// Whoever does not begin in time, or is not answered in time, has lost the message.
    pub(super) fn lease(self, config: &Config) -> Lease {
        let request = match (self, &config.relay) {
            // Perhaps an access token is asked for before.
            (Self::Vendor(_), _) => config.webhook_timeout * 2,
            (Self::Relay, relay) => {
                DIALOGUE + relay.as_ref().map_or(Duration::ZERO, |relay| relay.timeout)
            }
        };
        Lease {
            whole: request + MARGIN,
            to_begin: MARGIN,
        }
    }

    /// Messages under way at the same time. A letter's lease must not run out while it
    /// waits for a connection.
    pub(super) fn most_under_way(self, config: &Config) -> usize {
        match (self, &config.relay) {
            (Self::Relay, Some(relay)) => relay.connections as usize,
            _ => UNDER_WAY,
        }
    }
}
