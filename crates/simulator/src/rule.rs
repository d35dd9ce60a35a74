//! The eight default rules and their limits, as the simulator understands them. The same
//! limits stand in `deploy/scenarios`.

use std::fmt;

use order::Span;

use crate::source::Source;

/// One rule of the default set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Not handed to the carrier by the latest limit of its lines.
    HandoverOverdue,
    /// Paid, and not on its way in time.
    ShippingDelay,
    /// Paid, and no warehouse knows of it.
    Unrouted,
    /// Not there when it was promised.
    DeliveryOverdue,
    /// Handed over, and long not out for delivery.
    ParcelStalled,
    /// A presale that did not leave by its date.
    PresaleOverdue,
    /// Declared, and not cleared by customs.
    CustomsStuck,
    /// Money asked back, and not returned in time.
    RefundStuck,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 8] = [
        Self::HandoverOverdue,
        Self::ShippingDelay,
        Self::Unrouted,
        Self::DeliveryOverdue,
        Self::ParcelStalled,
        Self::PresaleOverdue,
        Self::CustomsStuck,
        Self::RefundStuck,
    ];

    /// Those a flat "24 hours without shipping" tries to replace.
    pub const LATE_SHIPPING: [Self; 2] = [Self::ShippingDelay, Self::PresaleOverdue];

    /// Returns its name in the rule set.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HandoverOverdue => "handover-overdue",
            Self::ShippingDelay => "shipping-delay",
            Self::Unrouted => "unrouted",
            Self::DeliveryOverdue => "delivery-overdue",
            Self::ParcelStalled => "parcel-stalled",
            Self::PresaleOverdue => "presale-overdue",
            Self::CustomsStuck => "customs-stuck",
            Self::RefundStuck => "refund-stuck",
        }
    }

    /// Returns the systems that it reads, and so waits for; those its limits read are among
    /// them.
    #[must_use]
    pub const fn reads(self) -> &'static [Source] {
        match self {
            Self::HandoverOverdue | Self::DeliveryOverdue | Self::ParcelStalled => {
                &[Source::Erp, Source::Carrier]
            }
            Self::ShippingDelay | Self::PresaleOverdue => {
                &[Source::Erp, Source::Carrier, Source::Crm]
            }
            Self::Unrouted => &[Source::Erp, Source::Crm],
            Self::CustomsStuck => &[Source::Customs],
            Self::RefundStuck => &[Source::Erp],
        }
    }

    /// Returns the rule with that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Returns the time from payment to the first handover.
#[must_use]
pub fn ship_within(kind: Option<&str>, vip: bool) -> Span {
    Span::from_hours(match kind {
        Some("cross-border") => 72,
        _ if vip => 12,
        Some("split") => 36,
        _ => 24,
    })
}

/// Returns the time from payment until a warehouse knows of it.
#[must_use]
pub const fn route_within(vip: bool) -> Span {
    Span::from_hours(if vip { 1 } else { 2 })
}

/// Returns the time from handover until it is out for delivery.
#[must_use]
pub fn parcel_moves_within(kind: Option<&str>) -> Span {
    Span::from_hours(match kind {
        Some("cross-border") => 96,
        _ => 60,
    })
}

/// Returns the time customs take.
#[must_use]
pub const fn customs_within() -> Span {
    Span::from_hours(36)
}

/// Returns the working time of the service desk that a refund takes.
#[must_use]
pub const fn refund_within() -> Span {
    Span::from_hours(16)
}
