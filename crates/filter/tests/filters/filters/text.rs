//! Filters of text: compared, like a pattern, and looked for.

use proptest::{prelude::*, sample::select};

use super::{Stated, comparator};
use crate::items::{Item, text};

/// Text as a literal that is no pattern.
pub(crate) fn literal(text: &str) -> String {
    let escape = |(at, c): (usize, char)| match c {
        '"' | '\\' => format!("\\{c}"),
        '*' if at == 0 || at == text.len() - 1 => "\\*".to_owned(),
        _ => c.to_string(),
    };
    format!(
        "\"{}\"",
        text.char_indices().map(escape).collect::<String>()
    )
}

/// An item's text under a name of the schema, which may be of a map's entry.
fn text_of<'i>(item: &'i Item, path: &str) -> Option<&'i str> {
    match path {
        "order" => Some(&item.order),
        "note" => item.note.as_deref(),
        _ => item.attributes.as_ref()?.get("a.b").map(String::as_str),
    }
}

fn path() -> impl Strategy<Value = &'static str> {
    select(vec!["order", "note", "attributes.\"a.b\""])
}

pub(super) fn compared_text() -> impl Strategy<Value = Stated> {
    (path(), comparator(), text()).prop_map(|(path, (symbol, admits), value)| {
        Stated::new(
            format!("{path} {symbol} {}", literal(&value)),
            move |item, _| {
                text_of(item, path)
                    .is_some_and(|text| admits(text.as_bytes().cmp(value.as_bytes())))
            },
        )
    })
}

pub(super) fn pattern() -> impl Strategy<Value = Stated> {
    let sides = select(vec![("*", ""), ("", "*"), ("*", "*")]);
    (path(), any::<bool>(), sides, text()).prop_map(|(path, expected, (start, end), core)| {
        let symbol = if expected { "=" } else { "!=" };
        let quoted = literal(&core);
        let inner = &quoted[1..quoted.len() - 1];
        let text = format!("{path} {symbol} \"{start}{inner}{end}\"");
        Stated::new(text, move |item, _| {
            text_of(item, path).is_some_and(|text| {
                let fits = (0..=text.len())
                    .filter(|at| text.is_char_boundary(*at))
                    .any(|at| {
                        let (before, rest) = text.split_at(at);
                        let after = rest.strip_prefix(&core);
                        after.is_some_and(|after| {
                            (!start.is_empty() || before.is_empty())
                                && (!end.is_empty() || after.is_empty())
                        })
                    });
                fits == expected
            })
        })
    })
}

fn contains(text: Option<&str>, looked_for: &str) -> bool {
    text.is_some_and(|text| {
        let small = |text: &str| text.replace('A', "a").replace('B', "b");
        small(text).contains(&small(looked_for))
    })
}

pub(super) fn searched() -> impl Strategy<Value = Stated> {
    (text(), any::<bool>()).prop_map(|(looked_for, anywhere)| {
        let word = literal(&looked_for);
        if anywhere {
            return Stated::new(word, move |item, _| {
                contains(Some(&item.order), &looked_for)
                    || contains(item.note.as_deref(), &looked_for)
            });
        }
        Stated::new(format!("note:{word}"), move |item, _| {
            contains(item.note.as_deref(), &looked_for)
        })
    })
}
