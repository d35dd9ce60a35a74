//! Random filters, each with a truth of its own that knows nothing of how filters are read.

mod text;

use std::{cmp::Ordering, fmt, sync::Arc};

use chrono::TimeDelta;
use filter::Environment;
use proptest::{collection::vec, prelude::*, sample::select};

use crate::items::{Item, STATES, noon, text, ticket};
pub(crate) use text::literal;
use text::{compared_text, pattern, searched};

/// Whether a comparator is true of a left side that stands so to the right one.
type Admits = fn(Ordering) -> bool;

type Truth = Arc<dyn Fn(&Item, &Environment<'_>) -> bool + Send + Sync>;

/// A filter as text, and which items pass it.
#[derive(Clone)]
pub(crate) struct Stated {
    pub(crate) text: String,
    truth: Truth,
}

impl fmt::Debug for Stated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Stated {
    fn new(
        text: impl Into<String>,
        truth: impl Fn(&Item, &Environment<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self {
            text: text.into(),
            truth: Arc::new(truth),
        }
    }

    pub(crate) fn is_true_of(&self, item: &Item, environment: &Environment<'_>) -> bool {
        (self.truth)(item, environment)
    }
}

/// A comparator, as it is written and as it is meant.
fn comparator() -> impl Strategy<Value = (&'static str, Admits)> {
    let comparators: Vec<(_, Admits)> = vec![
        ("=", Ordering::is_eq),
        ("!=", Ordering::is_ne),
        ("<", Ordering::is_lt),
        ("<=", Ordering::is_le),
        (">", Ordering::is_gt),
        (">=", Ordering::is_ge),
    ];
    select(comparators)
}

fn number() -> impl Strategy<Value = Stated> {
    let value = select(vec!["-1", "0", "1.5", "2", "-3.25", "1e9", "2.5"]);
    (any::<bool>(), comparator(), value).prop_map(|(whole, (symbol, admits), value)| {
        let field = if whole { "priority" } else { "amount" };
        let right: f64 = value.parse().unwrap();
        Stated::new(format!("{field}{symbol}{value}"), move |item, _| {
            let left = if whole {
                item.priority.map(|number| number as f64)
            } else {
                item.amount
            };
            left.is_some_and(|left| admits(left.partial_cmp(&right).unwrap_or(Ordering::Greater)))
        })
    })
}

fn duration() -> impl Strategy<Value = Stated> {
    (comparator(), -2_i64..4).prop_map(|((symbol, admits), hours)| {
        let text = format!("waited {symbol} {}s", hours * 3_600);
        Stated::new(text, move |item, _| {
            item.waited
                .is_some_and(|waited| admits(waited.num_hours().cmp(&hours)))
        })
    })
}

fn instant() -> impl Strategy<Value = Stated> {
    (comparator(), -3_i64..4, any::<bool>()).prop_map(|((symbol, admits), hours, relative)| {
        let right = match (relative, hours) {
            (false, _) => (noon() + TimeDelta::hours(hours)).to_rfc3339(),
            (true, 0) => "now()".to_owned(),
            (true, 1..) => format!("in(\"{hours}h\")"),
            (true, _) => format!("ago({}m)", -hours * 60),
        };
        Stated::new(
            format!("due_at {symbol} {right}"),
            move |item, environment| {
                let present = if relative { environment.now } else { noon() };
                let right = present + TimeDelta::hours(hours);
                item.due_at.is_some_and(|due_at| admits(due_at.cmp(&right)))
            },
        )
    })
}

fn word() -> impl Strategy<Value = Stated> {
    let state = || select(STATES.to_vec());
    prop_oneof![
        (state(), select(vec!["=", ":"])).prop_map(|(state, symbol)| {
            Stated::new(format!("state{symbol}{state}"), move |item, _| {
                item.state == Some(state)
            })
        }),
        state().prop_map(
            |state| Stated::new(format!("state != {state}"), move |item, _| {
                item.state.is_some_and(|found| found != state)
            })
        ),
        (state(), state()).prop_map(|(one, other)| {
            Stated::new(
                format!("state = (NOT {one} AND NOT {other})"),
                move |item, _| item.state != Some(one) && item.state != Some(other),
            )
        }),
    ]
}

fn presence() -> impl Strategy<Value = Stated> {
    select(vec![
        Stated::new("note:*", |item, _| item.note.is_some()),
        Stated::new("note = null", |item, _| item.note.is_none()),
        Stated::new("due_at != null", |item, _| item.due_at.is_some()),
        Stated::new("tags:*", |item, _| {
            item.tags.iter().flatten().next().is_some()
        }),
        Stated::new("attributes:*", |item, _| {
            item.attributes.iter().flatten().next().is_some()
        }),
        Stated::new("attributes.刷:*", |item, _| {
            item.attributes.iter().flatten().any(|(key, _)| key == "刷")
        }),
        Stated::new("attributes:k", |item, _| {
            item.attributes.iter().flatten().any(|(key, _)| key == "k")
        }),
        Stated::new("attributes.k = null", |item, _| {
            !item.attributes.iter().flatten().any(|(key, _)| key == "k")
        }),
    ])
}

fn others() -> impl Strategy<Value = Stated> {
    let element = (text(), any::<bool>()).prop_map(|(element, open)| {
        let quoted = literal(&element);
        let end = if open { "*\"" } else { "\"" };
        let text = format!("tags:{}{end}", &quoted[..quoted.len() - 1]);
        Stated::new(text, move |item, _| {
            let fits = |tag: &String| tag == &element || open && tag.starts_with(&element);
            item.tags.iter().flatten().any(fits)
        })
    });
    let fixed = select(vec![
        Stated::new("overdue", |item, _| item.overdue == Some(true)),
        Stated::new("overdue = false", |item, _| item.overdue == Some(false)),
        Stated::new("overdue != false", |item, _| item.overdue == Some(true)),
        Stated::new("note = me()", |item, environment| {
            item.note
                .as_deref()
                .is_some_and(|note| environment.me == Some(note))
        }),
        Stated::new("note != me()", |item, environment| {
            let differs = |me: &str| item.note.as_deref().is_some_and(|note| note != me);
            environment.me.is_some_and(differs)
        }),
    ]);
    let uuid = (0_u128..3).prop_map(|number| {
        Stated::new(format!("ticket = {}", ticket(number)), move |item, _| {
            item.ticket == Some(ticket(number))
        })
    });
    prop_oneof![element, fixed, uuid]
}

fn joined(parts: &[Stated], joint: &str) -> String {
    let bracketed: Vec<String> = parts
        .iter()
        .map(|part| format!("({})", part.text))
        .collect();
    bracketed.join(joint)
}

pub(crate) fn stated() -> impl Strategy<Value = Stated> {
    let leaf = prop_oneof![
        compared_text(),
        pattern(),
        searched(),
        number(),
        duration(),
        instant(),
        word(),
        presence(),
        others(),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let parts = || vec(inner.clone(), 1..4);
        prop_oneof![
            (parts(), select(vec![" ", " AND "])).prop_map(|(parts, joint)| {
                Stated::new(joined(&parts, joint), move |item, environment| {
                    parts.iter().all(|part| part.is_true_of(item, environment))
                })
            }),
            parts().prop_map(|parts| {
                Stated::new(joined(&parts, " OR "), move |item, environment| {
                    parts.iter().any(|part| part.is_true_of(item, environment))
                })
            }),
            (inner.clone(), select(vec!["NOT ", "-"])).prop_map(|(part, not)| {
                Stated::new(format!("{not}({})", part.text), move |item, environment| {
                    !part.is_true_of(item, environment)
                })
            }),
        ]
    })
}
