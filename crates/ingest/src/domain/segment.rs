//! A sealed part of the archive's index: sorted pairs of key and place, cut into leaves by
//! the range of the key, so that one leaf answers for a key.

use order::Timestamp;
use prost::encoding::{decode_varint, encode_varint};

use super::key::EntityKey;

/// Pairs of a leaf, about: four leaves fill a page of the database.
const LEAF_ENTRIES: usize = 160;

/// Where a journal row stands in order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// When it was journalled.
    pub(crate) at: Timestamp,
    /// Its id in the event log.
    pub(crate) id: i64,
}

/// A journal row speaks of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Indexed {
    pub(crate) key: EntityKey,
    pub(crate) place: Place,
}

/// Pairs, packed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// What places count from.
    pub(crate) first: Place,
    /// How many leaves there are, of which some may hold nothing.
    pub(crate) leaves: u32,
    pub(crate) entries: usize,
    /// The leaves that hold something, by number.
    pub(crate) packed: Vec<(u32, Vec<u8>)>,
}

impl Segment {
    /// Packs pairs, of which there is at least one.
    pub(crate) fn pack(mut entries: Vec<Indexed>) -> Option<Self> {
        entries.sort_unstable();
        entries.dedup();
        let places = || entries.iter().map(|entry| entry.place);
        let first = Place {
            at: places().map(|place| place.at).min()?,
            id: places().map(|place| place.id).min()?,
        };
        let leaves = u32::try_from(entries.len().div_ceil(LEAF_ENTRIES)).ok()?;
        let of_leaf = |a: &Indexed, b: &Indexed| leaf_of(a.key, leaves) == leaf_of(b.key, leaves);
        let packed = entries.chunk_by(of_leaf);
        let packed = packed.map(|leaf| (leaf_of(leaf[0].key, leaves), packed_leaf(leaf, first)));
        Some(Self {
            first,
            leaves,
            entries: entries.len(),
            packed: packed.collect(),
        })
    }
}

/// The leaf that answers for a key. The database computes the same.
fn leaf_of(key: EntityKey, leaves: u32) -> u32 {
    ((u64::from(key.number()) * u64::from(leaves)) >> 32) as u32
}

fn packed_leaf(entries: &[Indexed], first: Place) -> Vec<u8> {
    let mut packed = Vec::with_capacity(entries.len() * 12);
    let mut before = 0;
    for Indexed { key, place } in entries {
        encode_varint(u64::from(key.number() - before), &mut packed);
        encode_varint(place.at.micros().abs_diff(first.at.micros()), &mut packed);
        encode_varint(place.id.abs_diff(first.id), &mut packed);
        before = key.number();
    }
    packed
}

/// Reads the pairs of a leaf; none when it is damaged.
pub(crate) fn unpacked(mut packed: &[u8], first: Place) -> Option<Vec<Indexed>> {
    let mut entries = Vec::with_capacity(packed.len() / 8);
    let mut key = 0_u32;
    while !packed.is_empty() {
        let mut number = || decode_varint(&mut packed).ok();
        key = key.checked_add(u32::try_from(number()?).ok()?)?;
        let micros = first.at.micros().checked_add_unsigned(number()?)?;
        let place = Place {
            at: Timestamp::from_micros(micros),
            id: first.id.checked_add_unsigned(number()?)?,
        };
        let key = EntityKey::from_stored(key.cast_signed());
        entries.push(Indexed { key, place });
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn indexed(key: u32, micros: i64, id: i64) -> Indexed {
        let at = Timestamp::from_micros(micros);
        Indexed {
            key: EntityKey::from_number(key),
            place: Place { at, id },
        }
    }

    /// Keys that are spread, and some that many entries share.
    fn many(count: u32) -> Vec<Indexed> {
        let key = |n: u32| {
            if n.is_multiple_of(7) {
                u32::MAX
            } else {
                n.wrapping_mul(2_654_435_761)
            }
        };
        (0..count)
            .map(|n| {
                indexed(
                    key(n),
                    1_790_000_000_000_000 - i64::from(n) * 977,
                    50 + i64::from(n),
                )
            })
            .collect()
    }

    #[test]
    fn what_is_packed_is_found_again_in_the_leaf_of_its_key_alone() {
        for count in [1, 2, 159, 160, 161, 5_000] {
            let mut entries = many(count);
            let segment = Segment::pack(entries.clone()).unwrap();
            entries.sort_unstable();
            let mut found = Vec::new();
            for (number, packed) in &segment.packed {
                let leaf = unpacked(packed, segment.first).unwrap();
                assert!(
                    leaf.iter()
                        .all(|entry| leaf_of(entry.key, segment.leaves) == *number)
                );
                found.extend(leaf);
            }
            assert_eq!(found, entries);
            assert_eq!(segment.entries, entries.len());
        }
        assert_eq!(Segment::pack(Vec::new()), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever is packed, the leaf of a key gives exactly the places of that key.
        #[test]
        fn a_key_is_looked_up_in_one_leaf(
            pairs in prop::collection::vec((any::<u32>(), 0..1_000_i64, 0..50_i64), 1..800),
            // Some keys that many pairs share.
            shared in prop::collection::vec(any::<u32>(), 1..4),
        ) {
            let key = |index: usize, key: u32| if index.is_multiple_of(3) { shared[index % shared.len()] } else { key };
            let pairs: Vec<Indexed> = pairs
                .iter()
                .enumerate()
                .map(|(index, (number, at, id))| indexed(key(index, *number), *at, *id))
                .collect();
            let segment = Segment::pack(pairs.clone()).unwrap();
            for wanted in pairs.iter().take(24).map(|pair| pair.key).chain([EntityKey::from_number(7)]) {
                let leaf = segment.packed.iter().find(|(leaf, _)| *leaf == leaf_of(wanted, segment.leaves));
                let leaf = leaf.map_or(Vec::new(), |(_, packed)| unpacked(packed, segment.first).unwrap());
                let found: BTreeSet<Place> =
                    leaf.iter().filter(|pair| pair.key == wanted).map(|pair| pair.place).collect();
                let there = pairs.iter().filter(|pair| pair.key == wanted);
                prop_assert_eq!(found, there.map(|pair| pair.place).collect::<BTreeSet<Place>>());
            }
        }
    }

    #[test]
    fn a_pair_takes_about_ten_bytes() {
        let segment = Segment::pack(many(100_000)).unwrap();
        let bytes: usize = segment.packed.iter().map(|(_, leaf)| leaf.len()).sum();
        assert!(bytes < 1_150_000, "{bytes}");
    }

    #[test]
    fn a_damaged_leaf_is_not_taken_for_pairs() {
        let segment =
            Segment::pack(vec![indexed(1 << 30, 9, 9), indexed(1 << 31, 500, 12)]).unwrap();
        let leaf = &segment.packed[0].1;
        let first = segment.first;
        assert!(unpacked(&leaf[..leaf.len() - 1], first).is_none());
        assert!(unpacked(&[0xff; 11], first).is_none());
        assert!(unpacked(&[leaf.clone(), vec![0xff; 4]].concat(), first).is_none());
    }
}
