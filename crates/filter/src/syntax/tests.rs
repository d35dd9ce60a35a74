//! Trees printed and read again, another reader of the same grammar, and texts of any kind.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::error::{Error, Fault};

fn read(text: &str) -> Result<Option<Expression>, Error> {
    parse(text).map_err(|misplaced| misplaced.in_text(text))
}

fn printed(text: &str) -> String {
    read(text)
        .unwrap()
        .map_or_else(String::new, |tree| tree.to_string())
}

fn bare() -> impl Strategy<Value = Word> {
    "[a-z0-9_*][a-zA-Z0-9_*+/@刷-]{0,6}".prop_map(|text| Word::bare(&text, 0))
}

fn quoted() -> impl Strategy<Value = Word> {
    let text = prop_oneof![r#"\*?[a-z*"'\\ .:\n刷]{0,5}\*?"#, "[^\0]{0,8}"];
    (text, any::<bool>(), any::<bool>()).prop_map(|(text, start, end)| {
        let start = start && text.starts_with('*');
        let end = end && text.ends_with('*');
        let open = Open {
            start,
            end: if text == "*" { start } else { end },
        };
        Word {
            text,
            quoted: true,
            open,
            at: Offset(0),
        }
    })
}

fn member() -> impl Strategy<Value = Member> {
    let word = prop_oneof![3 => bare(), 1 => quoted()];
    vec(word, 1..4).prop_map(Member)
}

fn function() -> impl Strategy<Value = Function> {
    let argument = member().prop_map(|member| Argument::Comparable(Comparable::Member(member)));
    let name = vec(bare(), 1..3).prop_map(Member);
    (name, vec(argument, 0..3)).prop_map(|(name, arguments)| Function { name, arguments })
}

fn comparable() -> impl Strategy<Value = Comparable> {
    prop_oneof![
        4 => member().prop_map(Comparable::Member),
        1 => function().prop_map(Comparable::Function),
    ]
}

fn restriction(argument: impl Strategy<Value = Argument>) -> impl Strategy<Value = Expression> {
    let comparators = [
        Comparator::Equal,
        Comparator::NotEqual,
        Comparator::Less,
        Comparator::LessOrEqual,
        Comparator::Greater,
        Comparator::GreaterOrEqual,
        Comparator::Has,
    ];
    let comparator = prop::sample::select(comparators.to_vec());
    (comparable(), comparator, argument).prop_map(|(comparable, comparator, argument)| {
        Expression::Restriction(Restriction {
            comparable,
            comparator,
            at: Offset(0),
            argument,
        })
    })
}

fn expression() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        comparable().prop_map(Expression::Global),
        restriction(comparable().prop_map(Argument::Comparable)),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let composite = inner
            .clone()
            .prop_map(|inner| Argument::Composite(Box::new(inner), Offset(0)));
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Expression::And),
            vec(inner.clone(), 2..4).prop_map(Expression::Sequence),
            vec(inner.clone(), 2..4).prop_map(Expression::Or),
            inner.prop_map(|inner| Expression::Not(Box::new(inner))),
            restriction(composite),
        ]
    })
}

/// Pieces of filters in any order.
fn soup() -> impl Strategy<Value = String> {
    let pieces = [
        " ", " ", " ", "  ", "\n", "a", "b", "AND", " AND ", "OR", " OR ", "NOT", "NOT ", "-", "(",
        ")", ".", ",", "=", "!=", "<", ">=", ":", "!", "*", "\"x\"", "'y z'", "\"\\\"\"", "\"",
        "f(", "2.5", "-30", "1.5s", "刷",
    ];
    vec(prop::sample::select(pieces.to_vec()), 0..14).prop_map(|pieces| pieces.concat())
}

/// Filters, some of them damaged.
fn filter_like() -> impl Strategy<Value = String> {
    let damaged = (expression(), any::<prop::sample::Index>(), soup());
    let damaged = damaged.prop_map(|(tree, at, soup)| {
        let text = tree.to_string();
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let (before, after) = text.split_at(*at.get(&places));
        format!("{before}{soup}{after}")
    });
    let whole = expression().prop_map(|tree| tree.to_string());
    prop_oneof![whole, damaged, soup()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_printed_tree_is_read_back_as_it_was(tree in expression()) {
        let text = tree.to_string();
        prop_assert_eq!(read(&text), Ok(Some(tree)), "{}", text);
    }

    #[test]
    fn another_reader_of_the_grammar_reads_the_same(text in filter_like()) {
        let theirs = aip_160::parse_filter(&text);
        match read(&text) {
            Ok(tree) => {
                let printed = tree.map_or_else(String::new, |tree| tree.to_string());
                prop_assert!(theirs.is_ok(), "only they refuse {text:?}: {theirs:?}");
                let again = aip_160::parse_filter(&printed);
                prop_assert_eq!(again, theirs, "{:?}: {:?}", text, printed);
            }
            // They pass over a backslash that escapes nothing.
            Err(Error { fault: Fault::Escape { .. }, .. }) => {}
            Err(error) => prop_assert!(theirs.is_err(), "only we refuse {text:?}: {error}"),
        }
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place_in_it(text in prop_oneof![any::<String>(), soup()]) {
        match read(&text) {
            Ok(tree) => {
                let printed = tree.as_ref().map_or_else(String::new, ToString::to_string);
                prop_assert_eq!(read(&printed), Ok(tree));
            }
            Err(error) => {
                prop_assert!(text.is_char_boundary(error.byte));
                prop_assert_eq!(error.column, text[..error.byte].chars().count() + 1);
            }
        }
    }
}

#[test]
fn or_binds_tighter_than_a_sequence_and_that_tighter_than_and() {
    assert_eq!(printed("a AND b OR c"), printed("a AND (b OR c)"));
    assert_eq!(printed("(a b) AND c"), "a b AND c");
    assert_eq!(
        printed("New York Giants OR Yankees"),
        "New York Giants OR Yankees"
    );
    assert_eq!(
        printed("New York (Giants OR Yankees)"),
        "New York Giants OR Yankees"
    );
    assert_eq!(printed("(a AND b) OR c"), "(a AND b) OR c");
    assert_eq!(printed("-a"), printed("NOT a"));
}

#[test]
fn an_instant_needs_no_quotes() {
    for instant in ["2012-04-21T11:30:00-04:00", "2012-04-21t11:30:00.25z"] {
        assert_eq!(
            read(&format!("a > {instant} b")),
            read(&format!("a > {instant} AND b")).map(|tree| match tree {
                Some(Expression::And(parts)) => Some(Expression::Sequence(parts)),
                other => other,
            })
        );
        assert_eq!(printed(&format!("a>{instant}")), format!("a > {instant}"));
    }
    assert!(read("a > 2012-04-21T11:30:00-04:00x").is_err());
}

#[test]
fn brackets_end_somewhere() {
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(read(&nested(MAX_DEPTH)).is_ok());
    assert!(read(&"(f()) ".repeat(MAX_DEPTH + 1)).is_ok());
    let refused = |text: &str| read(text).unwrap_err();
    let too_deep = refused(&nested(MAX_DEPTH + 1));
    assert_eq!((too_deep.byte, too_deep.fault), (MAX_DEPTH, Fault::TooDeep));
    let functions = refused(&"f(".repeat(MAX_BYTES / 2));
    assert_eq!(functions.fault, Fault::TooDeep);
    assert_eq!(refused(&"a:(".repeat(MAX_BYTES / 3)).fault, Fault::TooDeep);
    let long = refused(&"(".repeat(100_000));
    assert_eq!(long.fault, Fault::TooLong { bytes: 100_000 });
}

#[test]
fn a_filter_asks_a_limited_number_of_things() {
    let words = |count: usize| vec!["a"; count].join(" OR ");
    assert!(read(&words(MAX_TERMS)).is_ok());
    let refused = read(&words(MAX_TERMS + 1)).unwrap_err();
    assert_eq!(
        (refused.byte, refused.fault),
        (MAX_TERMS * 5, Fault::TooManyTerms)
    );
}
