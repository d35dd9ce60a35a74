//! The rules for `zen-engine`, in two ways: an expression each, and all as one decision table,
//! whose columns of texts it indexes.

use serde_json::{Map, Value, json};
use std::error::Error;
use zen_engine::model::GraphContent;
use zen_engine::{Decision, Variable};
use zen_expression::expression::Standard;
use zen_expression::vm::VM;
use zen_expression::{Expression, IsolateError, compile_expression};

use crate::condition::{Number, Part, element, joined, quoted};
use crate::known::Order;
use crate::rule::Rule;

/// Columns of the table: a field of the order, whose cells are looked up or compared.
const COLUMNS: [&str; 7] = [
    "order.warehouse",
    "order.region",
    "order.channel",
    "order.kind",
    "customer.tier",
    "order.amount",
    "order.line_count",
];

/// Compiles every rule.
///
/// # Errors
/// What the compiler says.
pub fn expressions(rules: &[Rule]) -> Result<Vec<Expression<Standard>>, IsolateError> {
    let texts = rules
        .iter()
        .map(|rule| joined(&rule.parts(), spelt, " and "));
    texts.map(|text| compile_expression(&text)).collect()
}

/// Whether a rule is true.
///
/// # Panics
/// When it says neither yes nor no.
#[must_use]
pub fn holds(expression: &Expression<Standard>, order: &Variable, vm: &mut VM) -> bool {
    match expression.evaluate_with(order.clone(), vm) {
        Ok(Variable::Bool(truth)) => truth,
        other => panic!("{other:?}"),
    }
}

/// Makes a table of all rules, which collects the numbers of those that are true.
///
/// # Errors
/// When it is no decision.
pub fn table(rules: &[Rule]) -> Result<Decision, Box<dyn Error>> {
    let columns = COLUMNS
        .iter()
        .map(|path| json!({"id": path, "name": path, "field": path}));
    let rest = json!({"id": "rest", "name": "rest", "field": null});
    let rows: Vec<Value> = rules.iter().enumerate().map(row).collect();
    let graph = json!({
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode"},
            {"id": "rules", "name": "rules", "type": "decisionTableNode", "content": {
                "hitPolicy": "collect",
                "inputs": columns.chain([rest]).collect::<Vec<_>>(),
                "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
                "rules": rows,
            }},
            {"id": "out", "name": "out", "type": "outputNode"},
        ],
        "edges": [
            {"id": "1", "sourceId": "in", "targetId": "rules", "type": "edge"},
            {"id": "2", "sourceId": "rules", "targetId": "out", "type": "edge"},
        ],
    });
    let mut decision = Decision::from(serde_json::from_value::<GraphContent>(graph)?);
    decision.compile();
    Ok(decision)
}

fn row((number, rule): (usize, &Rule)) -> Value {
    let (cells, rest): (Vec<_>, Vec<_>) = rule.parts().into_iter().partition(|part| match part {
        Part::Among(path, _) | Part::AtLeast(path, _) => COLUMNS.contains(path),
        _ => false,
    });
    let mut row: Map<String, Value> = cells.iter().filter_map(cell).collect();
    row.insert("_id".into(), rule.name.as_str().into());
    row.insert("rule".into(), number.to_string().into());
    row.insert("rest".into(), joined(&rest, spelt, " and ").into());
    row.into()
}

fn cell(part: &Part) -> Option<(String, Value)> {
    match part {
        Part::Among(path, texts) => Some(((*path).into(), quoted(texts).into())),
        Part::AtLeast(path, Number::Count(least) | Number::Amount(least)) => {
            Some(((*path).into(), format!(">= {least}").into()))
        }
        _ => None,
    }
}

/// Tells the numbers of the rules that a table finds true, in the order of the table.
///
/// # Errors
/// What the engine says.
pub async fn found(table: &Decision, order: &Variable) -> Result<Vec<usize>, Box<dyn Error>> {
    let response = table
        .evaluate(order.clone())
        .await
        .map_err(|error| error.to_string())?;
    let rows = response.result.as_array().ok_or("no list of rows")?;
    let rows = rows.borrow();
    let number = |row: &Variable| usize::try_from(row.dot("rule")?.as_number()?).ok();
    let numbers = rows.iter().map(number).collect::<Option<_>>();
    Ok(numbers.ok_or("a row without a number")?)
}

fn spelt(part: &Part) -> String {
    match part {
        Part::Among(path, texts) => match texts.as_slice() {
            [text] => format!("{} == \"{text}\"", own(path)),
            texts => format!("{} in [{}]", own(path), quoted(texts)),
        },
        Part::AtLeast(path, Number::Count(least) | Number::Amount(least)) => {
            format!("{} >= {least}", own(path))
        }
        Part::Passed(path, limit) => {
            let path = own(path);
            format!("{path} != null and now - {path} >= {limit}")
        }
        Part::Lacks(path) => format!("{} == null", own(path)),
        Part::Has(path) => format!("{} != null", own(path)),
        Part::Exists(list, parts) => format!("some({list}, {})", joined(parts, spelt, " and ")),
        Part::Nowhere(list, parts) => format!("none({list}, {})", joined(parts, spelt, " and ")),
    }
}

/// The element of a list is `#`.
fn own(path: &str) -> String {
    for list in ["shipments", "lines"] {
        if let Some(field) = path
            .strip_prefix(element(list))
            .filter(|field| field.starts_with('.'))
        {
            return format!("#{field}");
        }
    }
    path.to_owned()
}

/// Everything that an expression reads of an order.
#[must_use]
pub fn order(order: &Order, now: i64) -> Variable {
    let shipments = order.shipments.iter().map(|shipment| {
        json!({
            "carrier": shipment.carrier,
            "handed_over_at": shipment.handed_over_at,
            "last_scan_at": shipment.last_scan_at,
            "delivered_at": shipment.delivered_at,
        })
    });
    let lines = order.lines.iter().map(|line| {
        json!({
            "category": line.category,
            "quantity": line.quantity,
            "price": line.price,
            "ship_by": line.ship_by,
        })
    });
    Variable::from(json!({
        "order": {
            "kind": order.kind,
            "warehouse": order.warehouse,
            "region": order.region,
            "channel": order.channel,
            "amount": order.amount,
            "line_count": order.line_count,
            "created_at": order.created_at,
            "paid_at": order.paid_at,
            "routed_at": order.routed_at,
            "cancelled_at": order.cancelled_at,
            "promised_delivery_at": order.promised_delivery_at,
        },
        "customer": {"tier": order.tier},
        "shipments": shipments.collect::<Vec<_>>(),
        "lines": lines.collect::<Vec<_>>(),
        "now": now,
    }))
}
