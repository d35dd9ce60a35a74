//! Filters say of random rows what is true of them.

use filter::{Environment, Filter};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::{
    filters::stated,
    items::{item, noon, schema},
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_row_passes_exactly_when_the_filter_is_true_of_it(
        stated in stated(),
        items in vec(item(), 1..12),
        me in option::of(select(vec!["a", "ab"])),
    ) {
        let filter = Filter::parse(&stated.text, &schema()).unwrap();
        let environment = Environment { now: noon(), me };
        for item in items {
            let expected = stated.is_true_of(&item, &environment);
            prop_assert_eq!(filter.matches(&item, &environment), expected, "{} of {:?}", stated.text, item);
        }
    }

    #[test]
    fn any_text_is_a_filter_or_refused(text in any::<String>()) {
        if let Err(error) = Filter::parse(&text, &schema()) {
            prop_assert!(text.is_char_boundary(error.byte));
        }
    }

    #[test]
    fn a_filter_that_was_cut_short_or_changed_is_read_or_refused(
        stated in stated(),
        at in any::<prop::sample::Index>(),
        inserted in select(vec!["", "(", ")", "\"", ".", ":", "*", "-", " ", "\0", "刷", "state"]),
    ) {
        let places: Vec<usize> = stated.text.char_indices().map(|(at, _)| at).collect();
        let (before, after) = stated.text.split_at(*at.get(&places));
        for text in [before.to_owned(), format!("{before}{inserted}{after}")] {
            if let Ok(filter) = Filter::parse(&text, &schema()) {
                let sql = filter.sql(&Environment { now: noon(), me: None });
                prop_assert_eq!(sql.text(1).matches('$').count(), sql.binds().count());
            }
        }
    }
}
