//! The rules in CEL, for the interpreter of the `cel` crate.
//!
//! Instants are whole microseconds: it compares ints faster than timestamps, and would parse a
//! duration anew each time.

use cel::{Context, Env, ParseErrors, Program, Value};
use std::collections::HashMap;
use std::sync::Arc;

use crate::condition::{Number, Part, element, joined, quoted};
use crate::known::{Line, Order, Shipment};
use crate::rule::Rule;

/// Compiles every rule.
///
/// # Errors
/// What the parser says.
pub fn programs(rules: &[Rule]) -> Result<Vec<Program>, ParseErrors> {
    let texts = rules
        .iter()
        .map(|rule| joined(&rule.parts(), spelt, " && "));
    texts.map(|text| Program::compile(&text)).collect()
}

/// Whether a rule is true.
///
/// # Panics
/// When it says neither yes nor no: every rule asks first whether there is what it reads.
#[must_use]
pub fn holds(program: &Program, context: &Context) -> bool {
    match program.execute(context) {
        Ok(Value::Bool(truth)) => truth,
        other => panic!("{other:?}"),
    }
}

fn spelt(part: &Part) -> String {
    match part {
        Part::Among(path @ "customer.tier", texts) => {
            format!("has({path}) && {path} == {}", quoted(texts))
        }
        Part::Among(path, texts) => match texts.as_slice() {
            [text] => format!("{path} == \"{text}\""),
            texts => format!("{path} in [{}]", quoted(texts)),
        },
        Part::AtLeast(path, Number::Count(count)) => format!("{path} >= {count}"),
        Part::AtLeast(path, Number::Amount(amount)) => format!("{path} >= {amount}.0"),
        Part::Passed(path, limit) => format!("has({path}) && now - {path} >= {limit}"),
        Part::Lacks(path) => format!("!has({path})"),
        Part::Has(path) => format!("has({path})"),
        Part::Exists(list, parts) => {
            let parts = joined(parts, spelt, " && ");
            format!("{list}.exists({}, {parts})", element(list))
        }
        Part::Nowhere(list, parts) => {
            let parts = joined(parts, spelt, " && ");
            format!("!{list}.exists({}, {parts})", element(list))
        }
    }
}

/// Everything that a program reads of an order, but for `now`; `env` is CEL's standard one, shared.
#[must_use]
pub fn context(env: &Arc<Env>, order: &Order) -> Context<'static, 'static> {
    let mut context = Context::with_env(env.clone());
    let mut own: HashMap<String, Value> = HashMap::from([
        ("kind".into(), order.kind.as_str().into()),
        ("warehouse".into(), order.warehouse.as_str().into()),
        ("region".into(), order.region.as_str().into()),
        ("channel".into(), order.channel.as_str().into()),
        ("amount".into(), Value::Float(order.amount)),
        ("line_count".into(), Value::Int(order.line_count)),
    ]);
    let instants = [
        ("created_at", order.created_at),
        ("paid_at", order.paid_at),
        ("routed_at", order.routed_at),
        ("cancelled_at", order.cancelled_at),
        ("promised_delivery_at", order.promised_delivery_at),
    ];
    known(&mut own, &instants);
    let tier = order.tier.as_ref();
    let customer = tier.map(|tier| ("tier".to_owned(), Value::from(tier.as_str())));
    let customer: HashMap<String, Value> = customer.into_iter().collect();
    context.add_variable_from_value("order", own);
    context.add_variable_from_value("customer", customer);
    let shipments: Vec<Value> = order.shipments.iter().map(shipment).collect();
    context.add_variable_from_value("shipments", shipments);
    let lines: Vec<Value> = order.lines.iter().map(line).collect();
    context.add_variable_from_value("lines", lines);
    context
}

/// Sets the clock.
pub fn set_now(context: &mut Context, now: i64) {
    context.add_variable_from_value("now", Value::Int(now));
}

fn known(values: &mut HashMap<String, Value>, instants: &[(&str, Option<i64>)]) {
    let known = instants
        .iter()
        .filter_map(|(name, instant)| Some(((*name).to_owned(), Value::Int((*instant)?))));
    values.extend(known);
}

fn shipment(shipment: &Shipment) -> Value {
    let mut own: HashMap<String, Value> =
        HashMap::from([("carrier".into(), shipment.carrier.as_str().into())]);
    let instants = [
        ("handed_over_at", shipment.handed_over_at),
        ("last_scan_at", shipment.last_scan_at),
        ("delivered_at", shipment.delivered_at),
    ];
    known(&mut own, &instants);
    own.into()
}

fn line(line: &Line) -> Value {
    let mut own: HashMap<String, Value> = HashMap::from([
        ("category".into(), line.category.as_str().into()),
        ("quantity".into(), Value::Int(line.quantity)),
        ("price".into(), Value::Float(line.price)),
    ]);
    known(&mut own, &[("ship_by", line.ship_by)]);
    own.into()
}
