//! Random trees over the fields that the random orders of the oracle have.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

const TEXTS: [&str; 5] = ["a", "ab", "b", "vip", "\" || true //"];

/// Fields by what they hold; of one record, then of lists.
struct Fields {
    texts: &'static [&'static str],
    ints: &'static [&'static str],
    amounts: &'static [&'static str],
    instants: &'static [&'static str],
    plans: &'static [&'static str],
    bools: &'static [&'static str],
}

const TOP: Fields = Fields {
    texts: &[
        "order.kind",
        "order.warehouse",
        "customer.tier",
        "lines.sku",
        "lines.category",
        "shipments.carrier",
    ],
    ints: &["order.line_count", "lines.quantity", "shipments.lines"],
    amounts: &[
        "order.amount",
        "order.paid_amount",
        "lines.price",
        "refunds.amount",
    ],
    instants: &[
        "order.paid_at",
        "order.cancelled_at",
        "customer.since_at",
        "shipments.handed_over_at",
        "refunds.completed_at",
    ],
    plans: &[
        "order.ship_by",
        "order.requested_ship_at",
        "lines.ship_by",
        "shipments.estimated_delivery_at",
    ],
    bools: &["order.address_complete", "customer.do_not_chase"],
};
const LINE: Fields = Fields {
    texts: &["sku", "category", "order.kind"],
    ints: &["quantity"],
    amounts: &["price", "order.amount"],
    instants: &["order.paid_at"],
    plans: &["ship_by"],
    bools: &["order.address_complete"],
};
const SHIPMENT: Fields = Fields {
    texts: &["carrier", "lines.sku"],
    ints: &["lines"],
    amounts: &["order.paid_amount"],
    instants: &["handed_over_at", "delivered_at"],
    plans: &["estimated_delivery_at"],
    bools: &["customer.do_not_chase"],
};

fn pick<'a>(random: &mut ChaCha8Rng, from: &[&'a str]) -> &'a str {
    from.choose(random).unwrap()
}

/// A whole tree.
pub(super) fn random(random: &mut ChaCha8Rng) -> Value {
    group(random, &TOP, 3)
}

fn group(random: &mut ChaCha8Rng, fields: &Fields, depth: u32) -> Value {
    let count = random.random_range(1..=3);
    let between = random.random_bool(0.3);
    let mut rules = Vec::new();
    for index in 0..count {
        if between && index > 0 {
            rules.push(json!(pick(random, &["and", "or", "xor"])));
        }
        rules.push(if depth > 1 && random.random_bool(0.3) {
            group(random, fields, depth - 1)
        } else {
            rule(random, fields, depth)
        });
    }
    let mut group = json!({"id": "g", "rules": rules, "not": random.random_bool(0.25)});
    if !between {
        group["combinator"] = json!(pick(random, &["and", "or", "xor", "AND"]));
    }
    if random.random_bool(0.05) {
        group["muted"] = json!(true);
    }
    group
}

fn rule(random: &mut ChaCha8Rng, fields: &Fields, depth: u32) -> Value {
    let mut rule = match random.random_range(0..9) {
        0 | 1 => text(random, fields),
        2 => int(random, fields),
        3 => amount(random, fields),
        4 => instant(random, fields),
        5 => clock(random, fields),
        6 => flag(random, fields),
        7 => tags(random),
        _ if depth > 1 => matching(random, depth),
        _ => null(random, fields),
    };
    if random.random_bool(0.05) {
        rule["muted"] = json!(true);
    }
    rule["disabled"] = json!(random.random::<bool>());
    rule
}

fn flag(random: &mut ChaCha8Rng, fields: &Fields) -> Value {
    let value = [json!(true), json!("false")]
        .choose(random)
        .unwrap()
        .clone();
    let operator = pick(random, &["=", "!=", "null"]);
    json!({"field": pick(random, fields.bools), "operator": operator, "value": value})
}

fn null(random: &mut ChaCha8Rng, fields: &Fields) -> Value {
    let field = [fields.texts, fields.ints, fields.amounts, fields.instants].concat();
    json!({"field": pick(random, &field), "operator": pick(random, &["null", "notNull"]), "value": ""})
}

/// Values as a list or as one text.
fn many(random: &mut ChaCha8Rng, values: &[Value]) -> Value {
    if random.random_bool(0.5) {
        return json!(values);
    }
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), |text| text.replace(',', "\\,"))
    };
    json!(values.iter().map(text).collect::<Vec<_>>().join(", "))
}

fn text(random: &mut ChaCha8Rng, fields: &Fields) -> Value {
    let field = pick(random, fields.texts);
    if random.random_bool(0.2) {
        return json!({"field": field, "operator": pick(random, &["=", "!=", "contains", "doesNotContain", "in", "notIn"]),
            "valueSource": "field", "value": pick(random, &["order.kind", "customer.tier"])});
    }
    let operators = [
        "=",
        "!=",
        "contains",
        "beginsWith",
        "endsWith",
        "doesNotContain",
        "doesNotBeginWith",
        "doesNotEndWith",
        "null",
        "notNull",
        "in",
        "notIn",
    ];
    let operator = pick(random, &operators);
    let value = match operator {
        "in" | "notIn" => {
            let values = vec![json!(pick(random, &TEXTS)), json!(pick(random, &TEXTS))];
            many(random, &values)
        }
        _ => json!(pick(random, &TEXTS)),
    };
    json!({"field": field, "operator": operator, "value": value})
}

const NUMBERS: [&str; 11] = [
    "=",
    "!=",
    "<",
    ">",
    "<=",
    ">=",
    "between",
    "notBetween",
    "in",
    "notIn",
    "null",
];

fn numbers(
    random: &mut ChaCha8Rng,
    field: &str,
    mut number: impl FnMut(&mut ChaCha8Rng) -> Value,
) -> Value {
    let operator = pick(random, &NUMBERS);
    let value = match operator {
        "between" | "notBetween" | "in" | "notIn" => {
            let values = vec![number(random), number(random)];
            many(random, &values)
        }
        _ => number(random),
    };
    json!({"field": field, "operator": operator, "value": value})
}

fn int(random: &mut ChaCha8Rng, fields: &Fields) -> Value {
    let field = pick(random, fields.ints);
    if random.random_bool(0.2) {
        return json!({"field": field, "operator": pick(random, &NUMBERS[..6]),
            "valueSource": "field", "value": pick(random, &["order.line_count", "order.amount"])});
    }
    if random.random_bool(0.1) {
        return json!({"field": field, "operator": ">=", "value": {"threshold": "many-lines"}});
    }
    numbers(random, field, |random| {
        let number = random.random_range(0..=3);
        if random.random_bool(0.5) {
            json!(number)
        } else {
            json!(format!(" {number}"))
        }
    })
}

fn amount(random: &mut ChaCha8Rng, fields: &Fields) -> Value {
    let field = pick(random, fields.amounts);
    if random.random_bool(0.2) {
        let other = ["order.paid_amount", "order.amount"];
        let pair = random.random_bool(0.3);
        return json!({"field": field, "valueSource": "field",
            "operator": if pair { "notBetween" } else { pick(random, &NUMBERS[..6]) },
            "value": if pair { json!(other) } else { json!(pick(random, &other)) }});
    }
    numbers(random, field, |random| {
        let number = f64::from(random.random_range(0..=10)) / 2.0;
        if random.random_bool(0.5) {
            json!(number)
        } else {
            json!(number.to_string())
        }
    })
}

fn point(random: &mut ChaCha8Rng) -> Value {
    json!(crate::support::at(random.random_range(0..=10) * 16).to_string())
}

fn instant(random: &mut ChaCha8Rng, fields: &Fields) -> Value {
    let field = [fields.instants, fields.plans].concat();
    let field = pick(random, &field);
    if random.random_bool(0.3) {
        let same = if field == "shipments.handed_over_at" {
            "shipments.estimated_delivery_at"
        } else {
            "order.ship_by"
        };
        return json!({"field": field, "operator": pick(random, &NUMBERS[..6]), "valueSource": "field", "value": same});
    }
    numbers_without_lists(random, field)
}

fn numbers_without_lists(random: &mut ChaCha8Rng, field: &str) -> Value {
    let operator = pick(random, &NUMBERS[..8]);
    let value = match operator {
        "between" | "notBetween" => {
            let values = vec![point(random), point(random)];
            many(random, &values)
        }
        _ => point(random),
    };
    json!({"field": field, "operator": operator, "value": value})
}

fn clock(random: &mut ChaCha8Rng, fields: &Fields) -> Value {
    if random.random_bool(0.4) {
        let operator = pick(
            random,
            &[
                "beforeNow",
                "afterNow",
                "remainingMoreThan",
                "remainingLessThan",
            ],
        );
        return json!({"field": pick(random, fields.plans), "operator": operator, "value": pick(random, &["0", "32m", "1h 4m"])});
    }
    let field = [fields.instants, fields.plans].concat();
    let mut limit = match random.random_bool(0.3) {
        true => json!({"threshold": "ship-within"}),
        false => json!({"duration": pick(random, &["16m", "0.8h", "-32m", "1h36m"])}),
    };
    if random.random_bool(0.5) {
        limit["calendar"] = json!("warehouse");
    }
    json!({"field": pick(random, &field), "operator": pick(random, &["elapsedMoreThan", "elapsedLessThan"]), "value": limit})
}

fn tags(random: &mut ChaCha8Rng) -> Value {
    let operator = pick(
        random,
        &[
            "contains",
            "doesNotContain",
            "in",
            "notIn",
            "null",
            "notNull",
        ],
    );
    let value = match operator {
        "in" | "notIn" => json!([pick(random, &TEXTS), pick(random, &TEXTS)]),
        _ => json!(pick(random, &TEXTS)),
    };
    json!({"field": "order.tags", "operator": operator, "value": value})
}

fn matching(random: &mut ChaCha8Rng, depth: u32) -> Value {
    let (field, value) = match random.random_range(0..5) {
        0 | 1 => ("lines", group(random, &LINE, depth - 1)),
        2 | 3 => ("shipments", group(random, &SHIPMENT, depth - 1)),
        _ => {
            let operator = pick(random, &["=", "!=", "beginsWith", "doesNotContain", "in"]);
            let rule = json!({"field": "", "operator": operator, "value": pick(random, &TEXTS)});
            ("order.tags", json!({"combinator": "and", "rules": [rule]}))
        }
    };
    let mode = pick(
        random,
        &["all", "some", "none", "atLeast", "atMost", "exactly"],
    );
    let threshold = [json!(0), json!(1), json!(2), json!(0.5)]
        .choose(random)
        .unwrap()
        .clone();
    json!({"field": field, "operator": "=", "value": value, "match": {"mode": mode, "threshold": threshold}})
}
