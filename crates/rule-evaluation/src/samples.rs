//! Labelled orders: stored with what is known of them, and judged again later.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contracts::facts::SealedFact;
use order::OrderFacts;
use rule_engine::RuleSet;
use sqlx::PgConnection;

use crate::domain::circumstances::Circumstances;
use crate::domain::order_state::OrderState;
use crate::domain::sample::{Case, Label, Outcome};
use crate::domain::source::Completeness;
use crate::error::Error;
use crate::judgement;
use crate::store::{encoding, samples, states};

/// Orders read at once.
const CHUNK: usize = 500;

/// Takes a picture of what is known of the orders that labels speak of, with all that
/// they share with others, whether the rules in force read it or not.
///
/// # Errors
///
/// When nothing is known of one of them, or the database refuses.
pub async fn picture(
    conn: &mut PgConnection,
    rule_set: &RuleSet,
    labels: &[Label],
) -> Result<Vec<samples::Order>, Error> {
    let ids: BTreeSet<&str> = labels.iter().map(|label| label.order_id.as_str()).collect();
    let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
    let mut orders = Vec::with_capacity(ids.len());
    for ids in ids.chunks(CHUNK) {
        let states = linked(states::read_many(conn, ids).await?, rule_set)?;
        if let Some(unknown) = ids.iter().find(|id| !states.contains_key(*id)) {
            return Err(Error::NoOrder(unknown.clone()));
        }
        let links = states.values().flat_map(OrderState::links);
        let shared = judgement::shared_facts(conn, links).await?;
        for (order_id, state) in states {
            let linked = state.links().iter().filter_map(|link| shared.get(link));
            let facts: OrderFacts<SealedFact> = state
                .facts()
                .iter()
                .chain(linked.flatten())
                .cloned()
                .collect();
            orders.push(samples::Order {
                order_id,
                facts: encoding::encode_facts(&facts),
            });
        }
    }
    Ok(orders)
}

/// Orders with the links that they would have if rules read everything.
fn linked(
    rows: Vec<states::Row>,
    rule_set: &RuleSet,
) -> Result<BTreeMap<String, OrderState>, Error> {
    rows.into_iter()
        .map(|row| {
            let mut state = encoding::decode_state(row)?;
            let view = state.view(rule_set.catalogue());
            state.take_new_links(&view, rule_set.catalogue(), |_| true);
            Ok((state.order_id().to_string(), state))
        })
        .collect()
}

/// Holds a rule set against a stored sample: every order is judged through the instant
/// at which it was stored, with every source complete. What some rules find counts, or
/// what all do when none is named.
///
/// # Errors
///
/// When there is no such sample, or the database refuses.
pub async fn run(
    conn: &mut PgConnection,
    rule_set: Arc<RuleSet>,
    name: &str,
    rules: &[String],
) -> Result<(samples::Row, Circumstances, Outcome), Error> {
    let sample = samples::read(conn, name)
        .await?
        .ok_or_else(|| Error::NoSample(name.to_owned()))?;
    let mut labels: BTreeMap<String, Vec<Label>> = BTreeMap::new();
    for label in samples::labels(conn, name).await? {
        labels
            .entry(label.order_id.clone())
            .or_default()
            .push(label);
    }
    let cases = samples::orders(conn, name)
        .await?
        .into_iter()
        .map(|order| {
            Ok(Case {
                labels: labels.remove(&order.order_id).unwrap_or_default(),
                facts: encoding::decode_facts(order.facts)?,
                order_id: order
                    .order_id
                    .parse()
                    .map_err(|_| Error::Unreadable("order id"))?,
            })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let completeness = Completeness::new(sample.stored_at.into(), Vec::new());
    let circumstances = Circumstances::new(rule_set, completeness);
    let rules = rules.to_vec();
    let judged = tokio::task::spawn_blocking(move || {
        let outcome = Outcome::of(&circumstances, cases, &rules);
        (circumstances, outcome)
    });
    match judged.await {
        Ok((circumstances, outcome)) => Ok((sample, circumstances, outcome)),
        Err(failure) => std::panic::resume_unwind(failure.into_panic()),
    }
}
