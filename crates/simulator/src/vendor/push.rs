//! What the carrier pushes, and when: all of a parcel's history, whenever something is new.

use std::sync::Arc;

use order::{Span, Timestamp};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use url::form_urlencoded;

use super::credentials::Credentials;
use super::kuaidi100;
use super::ledger::Version;
use super::rows::Feed;
use crate::shop::Day;
use crate::source::Source;

/// Stream of random numbers for pushes.
const STREAM: u64 = 1 << 43;
/// The parcels of one order in so many are subscribed to.
const SUBSCRIBED: u32 = 10;

/// One push, not written out yet.
#[derive(Clone, Copy, Debug)]
pub struct Push {
    /// When it is first sent.
    pub at: Timestamp,
    version: Version,
}

/// Every push of a day.
#[derive(Clone, Debug)]
pub struct Pushes {
    day: Arc<Day>,
    salt: String,
    pushes: Vec<Push>,
}

impl Pushes {
    /// Plans the pushes of a day: some come twice, some late, and none during an outage.
    #[must_use]
    pub fn of(day: Arc<Day>, credentials: &Credentials) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(day.shop().seed);
        rng.set_stream(STREAM);
        let ledger = Feed::Parcels.ledger(&day);
        let mut pushes = Vec::new();
        for version in ledger.versions() {
            if !version.subject.index.is_multiple_of(SUBSCRIBED) {
                continue;
            }
            let mut send = |longest: i64| {
                let at = version.at + Span::from_seconds(rng.random_range(1..longest));
                let at = awake(&day, at);
                let version = *version;
                pushes.push(Push { at, version });
                rng.random_range(0..30)
            };
            match send(15) {
                0 => drop(send(120)),
                // Sent once more, long after newer ones.
                1 => drop(send(12 * 3_600)),
                _ => {}
            }
        }
        pushes.retain(|push| push.at < day.shop().closes());
        pushes.sort_by_key(|push| push.at);
        Self {
            day,
            salt: credentials.salt.clone(),
            pushes,
        }
    }

    /// Walks through them in the order in which they are sent.
    pub fn iter(&self) -> impl Iterator<Item = &Push> {
        self.pushes.iter()
    }

    /// Writes one out: the order that it is about, and the signed form.
    #[must_use]
    pub fn written(&self, push: &Push) -> Option<(String, String)> {
        let param = kuaidi100::written(&self.day, &push.version)?.to_string();
        let life = self.day.lives().get(push.version.subject.index as usize)?;
        let sign = kuaidi100::sign(&[&param, &self.salt]);
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("sign", &sign)
            .append_pair("param", &param)
            .finish();
        Some((life.order_id().to_string(), form))
    }
}

/// The instant, or the end of the outage that it is in.
fn awake(day: &Day, at: Timestamp) -> Timestamp {
    let outages = Source::Carrier.outages(day.shop());
    let outage = outages.iter().find(|(from, to)| (*from..*to).contains(&at));
    outage.map_or(at, |(_, to)| *to)
}
