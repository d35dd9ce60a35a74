//! An order in plain fields, as a hand-written program would keep it.

use order::{Catalogue, EntityKind, OrderView, Record, Value};

/// One order in the fields that rules read; instants in microseconds.
#[expect(missing_docs, reason = "named as in the catalogue")]
#[derive(Debug, Clone, Default)]
pub struct Order {
    pub kind: String,
    pub warehouse: String,
    pub region: String,
    pub channel: String,
    pub tier: Option<String>,
    pub amount: f64,
    pub line_count: i64,
    pub created_at: Option<i64>,
    pub paid_at: Option<i64>,
    pub routed_at: Option<i64>,
    pub cancelled_at: Option<i64>,
    pub promised_delivery_at: Option<i64>,
    pub shipments: Vec<Shipment>,
    pub lines: Vec<Line>,
}

/// One shipment.
#[expect(missing_docs, reason = "named as in the catalogue")]
#[derive(Debug, Clone, Default)]
pub struct Shipment {
    pub carrier: String,
    pub handed_over_at: Option<i64>,
    pub last_scan_at: Option<i64>,
    pub delivered_at: Option<i64>,
}

/// One line.
#[expect(missing_docs, reason = "named as in the catalogue")]
#[derive(Debug, Clone, Default)]
pub struct Line {
    pub category: String,
    pub quantity: i64,
    pub price: f64,
    pub ship_by: Option<i64>,
}

impl Order {
    /// Reads an order.
    #[must_use]
    pub fn of(catalogue: &Catalogue, view: &OrderView) -> Self {
        let order = Fields::new(catalogue, EntityKind::Order, view.order());
        let customer = Fields::new(catalogue, EntityKind::Customer, view.customer());
        let each = |kind| {
            let records = view.list(kind).iter();
            records.map(move |record| Fields::new(catalogue, kind, record))
        };
        Self {
            kind: order.text("kind").unwrap_or_default(),
            warehouse: order.text("warehouse").unwrap_or_default(),
            region: order.text("region").unwrap_or_default(),
            channel: order.text("channel").unwrap_or_default(),
            tier: customer.text("tier"),
            amount: order.amount("amount"),
            line_count: order.count("line_count"),
            created_at: order.instant("created_at"),
            paid_at: order.instant("paid_at"),
            routed_at: order.instant("routed_at"),
            cancelled_at: order.instant("cancelled_at"),
            promised_delivery_at: order.instant("promised_delivery_at"),
            shipments: each(EntityKind::Shipment)
                .map(|shipment| Shipment {
                    carrier: shipment.text("carrier").unwrap_or_default(),
                    handed_over_at: shipment.instant("handed_over_at"),
                    last_scan_at: shipment.instant("last_scan_at"),
                    delivered_at: shipment.instant("delivered_at"),
                })
                .collect(),
            lines: each(EntityKind::Line)
                .map(|line| Line {
                    category: line.text("category").unwrap_or_default(),
                    quantity: line.count("quantity"),
                    price: line.amount("price"),
                    ship_by: line.instant("ship_by"),
                })
                .collect(),
        }
    }

    /// The order as it was known just after an instant: without the events to come.
    #[must_use]
    pub fn known(&self, at: i64) -> Self {
        let mut known = self.clone();
        for event in known.events_mut() {
            *event = event.filter(|event| *event <= at);
        }
        known
    }

    /// The instants at which something happened, the first first.
    #[must_use]
    pub fn events(&self) -> Vec<i64> {
        let mut order = self.clone();
        let mut events: Vec<i64> = order.events_mut().filter_map(|event| *event).collect();
        events.sort_unstable();
        events.dedup();
        events
    }

    fn events_mut(&mut self) -> impl Iterator<Item = &mut Option<i64>> {
        let own = [
            &mut self.created_at,
            &mut self.paid_at,
            &mut self.routed_at,
            &mut self.cancelled_at,
        ];
        let shipments = self.shipments.iter_mut().flat_map(|shipment| {
            [
                &mut shipment.handed_over_at,
                &mut shipment.last_scan_at,
                &mut shipment.delivered_at,
            ]
        });
        own.into_iter().chain(shipments)
    }

    /// Every instant at a path, such as `order.paid_at`; those of every element of a list.
    #[must_use]
    pub fn instants(&self, path: &str) -> Vec<i64> {
        let shipments =
            |of: fn(&Shipment) -> Option<i64>| self.shipments.iter().filter_map(of).collect();
        let own = |instant: Option<i64>| instant.into_iter().collect();
        match path {
            "order.created_at" => own(self.created_at),
            "order.paid_at" => own(self.paid_at),
            "order.routed_at" => own(self.routed_at),
            "order.cancelled_at" => own(self.cancelled_at),
            "order.promised_delivery_at" => own(self.promised_delivery_at),
            "s.handed_over_at" => shipments(|shipment| shipment.handed_over_at),
            "s.last_scan_at" => shipments(|shipment| shipment.last_scan_at),
            "s.delivered_at" => shipments(|shipment| shipment.delivered_at),
            "l.ship_by" => self.lines.iter().filter_map(|line| line.ship_by).collect(),
            _ => unreachable!("no instant at {path}"),
        }
    }
}

/// A record by names.
struct Fields<'f> {
    catalogue: &'f Catalogue,
    kind: EntityKind,
    record: &'f Record,
}

impl<'f> Fields<'f> {
    fn new(catalogue: &'f Catalogue, kind: EntityKind, record: &'f Record) -> Self {
        Self {
            catalogue,
            kind,
            record,
        }
    }

    fn value(&self, name: &str) -> &Value {
        let slot = self.catalogue.slot(self.kind, name);
        slot.map_or(&Value::Missing, |slot| self.record.get(slot))
    }

    fn text(&self, name: &str) -> Option<String> {
        self.value(name).as_text().map(str::to_owned)
    }

    fn instant(&self, name: &str) -> Option<i64> {
        Some(self.value(name).as_timestamp()?.micros())
    }

    fn amount(&self, name: &str) -> f64 {
        self.value(name).as_double().unwrap_or_default()
    }

    fn count(&self, name: &str) -> i64 {
        match self.value(name) {
            Value::Int(count) => *count,
            _ => 0,
        }
    }
}
