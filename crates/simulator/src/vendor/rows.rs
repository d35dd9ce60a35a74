//! The lists that can be read, and a page of one.

use order::Timestamp;
use serde_json::Value as Json;

use super::credentials::Credentials;
use super::ledger::{Ledger, Subject};
use super::wire::{Answer, Request};
use super::{customs, hubspot, jushuitan, kuaidi100};
use crate::life::Entity;
use crate::shop::Day;
use crate::source::Source;

/// One list of one system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Feed {
    /// Orders of the ERP with their lines.
    Orders,
    /// Refunds of the ERP.
    Refunds,
    /// Parcels of the carrier.
    Parcels,
    /// Customers in the CRM.
    Contacts,
    /// What was agreed about orders, in the CRM.
    Agreements,
    /// Declarations at customs.
    Declarations,
}

/// One page, before it is written out.
pub(super) struct Rows {
    pub(super) list: Vec<Json>,
    /// It is the first page of a list.
    pub(super) is_first: bool,
    /// Nothing that was written by now comes after it.
    pub(super) is_last: bool,
    pub(super) write: Box<dyn FnOnce(Vec<Json>) -> Answer>,
}

/// A page, or what the vendor says instead.
pub(super) type Read = Result<Rows, Box<Answer>>;

impl Rows {
    pub(super) fn answer(self) -> Answer {
        (self.write)(self.list)
    }
}

impl Feed {
    pub(super) const ALL: [Self; 6] = [
        Self::Orders,
        Self::Refunds,
        Self::Parcels,
        Self::Contacts,
        Self::Agreements,
        Self::Declarations,
    ];

    pub(super) fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feed| feed.path() == path)
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Orders => jushuitan::ORDERS,
            Self::Refunds => jushuitan::REFUNDS,
            Self::Parcels => kuaidi100::CHANGES,
            Self::Contacts => hubspot::CONTACTS,
            Self::Agreements => hubspot::TICKETS,
            Self::Declarations => customs::DECLARATIONS,
        }
    }

    pub(super) const fn source(self) -> Source {
        match self {
            Self::Orders | Self::Refunds => Source::Erp,
            Self::Parcels => Source::Carrier,
            Self::Contacts | Self::Agreements => Source::Crm,
            Self::Declarations => Source::Customs,
        }
    }

    /// Writes down every version of every row.
    pub(super) fn ledger(self, day: &Day) -> Ledger {
        if self == Self::Contacts {
            let customers = (0..).zip(day.customers());
            let known = customers.filter(|(_, customer)| customer.known);
            return Ledger::of(known.map(|(index, customer)| {
                let subject = Subject { index, part: 0 };
                (customer.since, subject)
            }));
        }
        let lives = (0..).zip(day.lives());
        Ledger::of(lives.flat_map(|(index, life)| {
            // A line is part of its order: it is not seen before the order is.
            let order = life.writes().iter();
            let placed = order
                .filter(|write| write.entity == Entity::Order)
                .map(|write| write.at)
                .min();
            life.writes().iter().filter_map(move |write| {
                let part = self.part(write.entity)?;
                let subject = Subject { index, part };
                let at = match self {
                    Self::Orders => write.at.max(placed?),
                    _ => write.at,
                };
                Some((at, subject))
            })
        }))
    }

    const fn part(self, entity: Entity) -> Option<u8> {
        match (self, entity) {
            (Self::Orders, Entity::Order | Entity::Line(_))
            | (Self::Agreements, Entity::Agreement) => Some(0),
            (Self::Refunds, Entity::Refund(number))
            | (Self::Parcels, Entity::Shipment(number))
            | (Self::Declarations, Entity::Declaration(number)) => Some(number),
            _ => None,
        }
    }

    /// Reads a page as the request wants it.
    pub(super) fn read(
        self,
        day: &Day,
        ledger: &Ledger,
        credentials: &Credentials,
        request: &Request,
        now: Timestamp,
    ) -> Read {
        match self {
            Self::Orders => jushuitan::orders(day, ledger, credentials, request, now),
            Self::Refunds => jushuitan::refunds(day, ledger, credentials, request, now),
            Self::Parcels => kuaidi100::changes(day, ledger, credentials, request, now),
            Self::Contacts => hubspot::contacts(day, ledger, credentials, request, now),
            Self::Agreements => hubspot::tickets(day, ledger, credentials, request, now),
            Self::Declarations => customs::declarations(day, ledger, credentials, request, now),
        }
    }
}
