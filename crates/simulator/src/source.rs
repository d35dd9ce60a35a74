//! The systems: how often they are asked, how late they know, and when they fail.

use order::{SourceId, Span, System, Timestamp};

use crate::shop::Shop;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// One system of the shop, polled by a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Orders, lines, refunds: every five minutes, knows within seconds.
    Erp,
    /// Shipments: every ten minutes, scans come in up to 25 minutes late.
    Carrier,
    /// Customers and what was agreed with them: every quarter of an hour.
    Crm,
    /// Declarations at the border: every hour.
    Customs,
}

impl Source {
    /// Every system.
    pub const ALL: [Self; 4] = [Self::Erp, Self::Carrier, Self::Crm, Self::Customs];

    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Erp => "erp",
            Self::Carrier => "carrier",
            Self::Crm => "crm",
            Self::Customs => "customs",
        }
    }

    /// Returns its name as facts carry it.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "the names above are valid")]
    pub fn id(self) -> SourceId {
        self.name().parse().expect("a valid source name")
    }

    /// Returns the kind of system it is.
    #[must_use]
    pub const fn system(self) -> System {
        match self {
            Self::Erp => System::Erp,
            Self::Carrier => System::Logistics,
            Self::Crm => System::Crm,
            Self::Customs => System::Customs,
        }
    }

    /// Returns how often it is asked.
    #[must_use]
    pub const fn poll_interval(self) -> Span {
        Span::from_seconds(match self {
            Self::Erp => 5 * MINUTE,
            Self::Carrier => 10 * MINUTE,
            Self::Crm => 15 * MINUTE,
            Self::Customs => HOUR,
        })
    }

    /// Returns the shortest and longest usual time, in seconds, from a happening to its
    /// being written down in the system.
    #[must_use]
    pub const fn usual_lag_seconds(self) -> (i64, i64) {
        match self {
            Self::Erp => (0, 20),
            Self::Carrier => (MINUTE, 25 * MINUTE),
            Self::Crm => (0, 8 * MINUTE),
            Self::Customs => (5 * MINUTE, 50 * MINUTE),
        }
    }

    /// Returns how far behind a complete poll the stated watermark stays; more than the
    /// longest usual lag.
    #[must_use]
    pub const fn allowance(self) -> Span {
        Span::from_seconds(match self {
            Self::Erp => MINUTE,
            Self::Carrier => 30 * MINUTE,
            Self::Crm => 10 * MINUTE,
            Self::Customs => HOUR,
        })
    }

    /// Returns whether it cannot be reached at an instant.
    #[must_use]
    pub fn is_down(self, shop: &Shop, at: Timestamp) -> bool {
        let outages = self.outages(shop);
        outages.iter().any(|(from, to)| (*from..*to).contains(&at))
    }

    /// Returns when it cannot be reached, from and to.
    ///
    /// The carrier fails for five and a half hours in the night after the promotion, just
    /// when the day's first orders run into their limits.
    #[must_use]
    pub fn outages(self, shop: &Shop) -> Vec<(Timestamp, Timestamp)> {
        let minutes = |from: i64, to: i64| {
            (
                shop.midnight + Span::from_seconds(from * MINUTE),
                shop.midnight + Span::from_seconds(to * MINUTE),
            )
        };
        match self {
            Self::Erp => vec![minutes(12, 37)],
            Self::Carrier => vec![minutes(24 * 60 - 10, 29 * 60 + 20), minutes(3_000, 3_045)],
            Self::Crm => vec![minutes(21 * 60, 24 * 60)],
            Self::Customs => vec![minutes(3 * 1_440, 3 * 1_440 + 300)],
        }
    }
}
