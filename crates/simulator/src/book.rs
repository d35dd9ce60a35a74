//! What the books say about one order, as plain fields.

use std::collections::BTreeMap;

use order::{EntityId, EntityKind, Fact, Timestamp};

/// One order with its lines, shipments, refunds and declarations, and what is known of its
/// customer. Instants are as written, also those that cannot be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// Kind, as the ERP writes it.
    pub kind: Option<String>,
    /// Who ordered.
    pub customer_id: Option<String>,
    /// Paid.
    pub paid_at: Option<Timestamp>,
    /// Known to a warehouse.
    pub routed_at: Option<Timestamp>,
    /// Cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// Delivery promised.
    pub promised_delivery_at: Option<Timestamp>,
    /// Latest shipping of a presale.
    pub presale_ship_by: Option<Timestamp>,
    /// Later date that the customer asked for.
    pub requested_ship_at: Option<Timestamp>,
    /// Customer or agreement says: do not chase.
    pub do_not_chase: bool,
    /// The customer is a VIP.
    pub vip: bool,
    /// Latest handover of each line.
    pub lines: Vec<Option<Timestamp>>,
    /// Parcels.
    pub shipments: Vec<Parcel>,
    /// Refunds: asked, completed.
    pub refunds: Vec<(Option<Timestamp>, Option<Timestamp>)>,
    /// Declarations: declared, cleared.
    pub declarations: Vec<(Option<Timestamp>, Option<Timestamp>)>,
}

/// One parcel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parcel {
    /// Taken over by the carrier.
    pub handed_over_at: Option<Timestamp>,
    /// On the courier's round.
    pub out_for_delivery_at: Option<Timestamp>,
    /// Delivered, refused or returned, whichever was first.
    pub ended_at: Option<Timestamp>,
}

impl Book {
    /// Reads the merged facts of one order and its customer.
    #[must_use]
    pub fn of<'a>(facts: impl Iterator<Item = &'a Fact>) -> Self {
        let mut book = Self::default();
        let mut entities: BTreeMap<(EntityKind, &EntityId), &Fact> = BTreeMap::new();
        for fact in facts {
            match fact.kind() {
                EntityKind::Order => book.read_order(fact),
                EntityKind::Customer => book.read_customer(fact),
                kind => {
                    entities.insert((kind, fact.entity_id()), fact);
                }
            }
        }
        for fact in entities.values() {
            book.read_part(fact);
        }
        book
    }

    /// Returns when the first parcel was handed over.
    #[must_use]
    pub fn first_handover(&self) -> Option<Timestamp> {
        let handovers = self.shipments.iter().map(|parcel| parcel.handed_over_at);
        handovers.flatten().min()
    }

    /// Returns whether it is of that kind.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        self.kind.as_deref() == Some(kind)
    }

    fn read_order(&mut self, fact: &Fact) {
        let text = |name| fact.attribute(name).as_text().map(str::to_owned);
        let instant = |name| fact.attribute(name).as_timestamp();
        self.kind = text("kind").or(self.kind.take());
        self.customer_id = text("customer_id").or(self.customer_id.take());
        self.paid_at = instant("paid_at").or(self.paid_at);
        self.routed_at = instant("routed_at").or(self.routed_at);
        self.cancelled_at = instant("cancelled_at").or(self.cancelled_at);
        self.promised_delivery_at = instant("promised_delivery_at").or(self.promised_delivery_at);
        self.presale_ship_by = instant("presale_ship_by").or(self.presale_ship_by);
        self.requested_ship_at = instant("requested_ship_at").or(self.requested_ship_at);
        self.do_not_chase |= flag(fact, "do_not_chase");
    }

    fn read_customer(&mut self, fact: &Fact) {
        self.vip = fact.attribute("tier").as_text() == Some("vip");
        self.do_not_chase |= flag(fact, "do_not_chase");
    }

    fn read_part(&mut self, fact: &Fact) {
        let instant = |name| fact.attribute(name).as_timestamp();
        match fact.kind() {
            EntityKind::Line => self.lines.push(instant("ship_by")),
            EntityKind::Shipment => self.shipments.push(Parcel {
                handed_over_at: instant("handed_over_at"),
                out_for_delivery_at: instant("out_for_delivery_at"),
                ended_at: ["delivered_at", "refused_at", "returned_at"]
                    .into_iter()
                    .filter_map(instant)
                    .min(),
            }),
            EntityKind::Refund => {
                let refund = (instant("requested_at"), instant("completed_at"));
                self.refunds.push(refund);
            }
            EntityKind::Customs => {
                let declaration = (instant("declared_at"), instant("cleared_at"));
                self.declarations.push(declaration);
            }
            EntityKind::Order | EntityKind::Customer | EntityKind::Stock => {}
        }
    }
}

fn flag(fact: &Fact, name: &str) -> bool {
    *fact.attribute(name) == order::Value::Bool(true)
}
