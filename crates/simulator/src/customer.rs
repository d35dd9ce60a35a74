//! Who orders: a tier, and whether they want to be left alone. Ids only, no persons.

use std::sync::Arc;

use order::{EntityKind, Fact, Revision, Span, Timestamp, Value};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::shop::Shop;
use crate::source::Source;

/// First stream of random numbers for customers; orders use those below.
const FIRST_STREAM: u64 = 1 << 40;

/// One customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    pub(crate) id: Arc<str>,
    pub(crate) vip: bool,
    pub(crate) do_not_chase: bool,
    /// Whether the CRM knows them at all.
    pub(crate) known: bool,
    pub(crate) region: &'static str,
    pub(crate) since: Timestamp,
}

/// Where orders go.
pub(crate) const REGIONS: [&str; 6] = ["east", "north", "south", "central", "west", "overseas"];

impl Customer {
    pub(crate) fn of(shop: &Shop, index: u32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(shop.seed);
        rng.set_stream(FIRST_STREAM + u64::from(index));
        let known = rng.random_bool(0.8);
        Self {
            id: Arc::from(format!("C{index:06}")),
            known,
            vip: known && rng.random_bool(0.08),
            do_not_chase: known && rng.random_bool(0.02),
            region: REGIONS[rng.random_range(0..5)],
            since: shop.midnight - Span::from_hours(rng.random_range(24..20_000)),
        }
    }

    /// Returns what the CRM says, if it was written by then and the CRM knows them.
    pub(crate) fn fact(&self, as_of: Timestamp) -> Option<Fact> {
        if !self.known || self.since > as_of {
            return None;
        }
        let tier = if self.vip { "vip" } else { "standard" };
        let mut attributes = vec![
            (Arc::from("tier"), Value::text(tier)),
            (Arc::from("region"), Value::text(self.region)),
            (Arc::from("since_at"), Value::Timestamp(self.since)),
        ];
        if self.do_not_chase {
            attributes.push((Arc::from("do_not_chase"), Value::Bool(true)));
        }
        let id = self.id.parse().ok()?;
        let revision = Revision(self.since.micros());
        let source = Source::Crm.id();
        Fact::new(source, EntityKind::Customer, id, None, revision, attributes).ok()
    }
}
