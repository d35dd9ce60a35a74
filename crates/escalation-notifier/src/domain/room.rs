//! How many messages one recipient may have under way, so that one who answers slowly never
//! takes the places of all.
//!
//! A recipient has no more than twice what is left for everybody: the dynamic threshold by which
//! switches share their memory (Choudhury and Hahne, 1998). Alone, somebody gets two thirds of the
//! places; the more there are, the less each has, and who has none yet still finds one.

/// What a recipient may have of each place that is free.
const OF_WHAT_IS_FREE: u32 = 2;

/// How many more messages may go to a recipient who has so many under way, while so many places
/// are free.
#[must_use]
pub const fn room(free: u32, under_way: u32) -> u32 {
    match (free, under_way) {
        (1, 0) => 1,
        _ => (OF_WHAT_IS_FREE * free).saturating_sub(under_way) / (OF_WHAT_IS_FREE + 1),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const PLACES: u32 = 192;

    #[test]
    fn alone_somebody_gets_two_thirds_of_all_places() {
        assert_eq!(room(PLACES, 0), 128);
        assert_eq!(room(PLACES - 128, 128), 0);
    }

    #[test]
    fn the_last_place_is_for_who_has_none() {
        assert_eq!((room(1, 0), room(1, 1), room(0, 0)), (1, 0, 0));
    }

    /// Lets recipients take all that they may, again and again.
    fn settled(recipients: u32) -> Vec<u32> {
        let mut under_way = vec![0; recipients as usize];
        for round in 0..2_000 {
            let taken: u32 = under_way.iter().sum();
            let which = round % under_way.len();
            under_way[which] += room(PLACES - taken, under_way[which]);
            // One message of each ends now and then.
            let ended = (round / 3) % under_way.len();
            under_way[ended] = u32::saturating_sub(under_way[ended], 1);
        }
        under_way
    }

    #[test]
    fn in_time_all_have_as_many_and_some_are_left() {
        for recipients in [2, 3, 5, 10] {
            let under_way = settled(recipients);
            let share = 2 * PLACES / (2 * recipients + 1);
            for places in &under_way {
                assert!(places.abs_diff(share) <= 2, "{under_way:?} of {share}");
            }
        }
    }

    proptest! {
        #[test]
        fn nobody_has_more_than_twice_what_is_left_when_they_take_it(
            steps in prop::collection::vec((0_u8..12, 0_u32..40), 0..300)
        ) {
            let mut under_way = BTreeMap::<u8, u32>::new();
            for (recipient, ended) in steps {
                let taken: u32 = under_way.values().sum();
                let own = under_way.entry(recipient).or_default();
                let more = room(PLACES - taken, *own);
                let left = (PLACES - taken).checked_sub(more);
                prop_assert!(left.is_some(), "there are no more places");
                prop_assert!(more <= 1 || *own + more <= 2 * left.unwrap());
                prop_assert!(*own > 0 || more > 0 || taken == PLACES, "nothing for who has none");
                *own += more;
                *own = own.saturating_sub(ended);
            }
        }
    }
}
