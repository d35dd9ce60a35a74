//! Conditions that others ask of orders.

use std::collections::HashMap;

use contracts::rules::v1;
use contracts::rules::v1::condition_service_server::ConditionService;
use contracts::time::timestamp;
use order::OrderView;
use rule_engine::Question;
use tonic::Request;

use super::{Answer, Rules, answer};
use crate::domain::circumstances::Circumstances;
use crate::domain::order_state::OrderState;
use crate::error::Error;
use crate::judgement;
use crate::store::{encoding, states, watched};

/// Most conditions, and most orders, of one request.
const MOST: usize = 500;

#[tonic::async_trait]
impl ConditionService for Rules {
    async fn evaluate_conditions(
        &self,
        request: Request<v1::EvaluateConditionsRequest>,
    ) -> Answer<v1::EvaluateConditionsResponse> {
        answer(self.conditions(request.into_inner()).await)
    }
}

impl Rules {
    async fn conditions(
        &self,
        request: v1::EvaluateConditionsRequest,
    ) -> Result<v1::EvaluateConditionsResponse, Error> {
        for (field, asked) in [
            ("conditions", request.conditions.len()),
            ("orders", request.orders.len()),
        ] {
            if asked > MOST {
                let message = format!("expected at most {MOST}, found {asked}");
                return Err(Error::invalid(field, message));
            }
        }
        let mut conn = self.database.pool().acquire().await?;
        let rule_set = self.rule_sets.current(&mut conn).await?;
        let compiled = request.conditions.iter();
        let compiled: Vec<_> = compiled.map(|text| rule_set.question(text)).collect();
        let faults = compiled.iter().map(|compiled| v1::ConditionFaults {
            messages: match compiled {
                Ok(_) => Vec::new(),
                Err(faults) => faults.iter().map(ToString::to_string).collect(),
            },
        });
        let faults = faults.collect();
        if request.orders.is_empty() {
            return Ok(v1::EvaluateConditionsResponse {
                faults,
                orders: Vec::new(),
            });
        }
        let completeness = self.evaluation.completeness(&mut conn).await?;
        let circumstances = Circumstances::new(rule_set, completeness);
        let ids: Vec<String> = request
            .orders
            .iter()
            .map(|it| it.order_id.clone())
            .collect();
        if request.watch {
            // Before they are read, so that no change falls in between.
            watched::watch(&mut conn, &ids).await?;
        }
        let views = views(&mut conn, &circumstances, &ids).await?;
        let orders = request.orders.into_iter().map(|asked| {
            let view = views.get(&asked.order_id);
            let truths = asked.conditions.iter().map(|index| {
                let question = usize::try_from(*index)
                    .ok()
                    .and_then(|index| compiled.get(index));
                match (question, view) {
                    (Some(Ok(question)), Some(view)) => truth(question, view, &circumstances),
                    _ => v1::ConditionTruth {
                        truth: v1::Truth::Unknown.into(),
                        next_change_at: None,
                    },
                }
            });
            v1::OrderTruths {
                truths: truths.collect(),
                order_id: asked.order_id,
            }
        });
        Ok(v1::EvaluateConditionsResponse {
            orders: orders.collect(),
            faults,
        })
    }
}

/// What holds as far as every source that the condition reads has reported.
fn truth(
    question: &Question,
    view: &OrderView,
    circumstances: &Circumstances,
) -> v1::ConditionTruth {
    let at = circumstances.completeness().effective(question.gate());
    let truth = match question.truth(view, at) {
        Some(true) => v1::Truth::True,
        Some(false) => v1::Truth::False,
        None => v1::Truth::Unknown,
    };
    let next = question.next_change(view, at);
    v1::ConditionTruth {
        truth: truth.into(),
        next_change_at: next.filter(|at| at.is_finite()).map(timestamp),
    }
}

/// All that is known of orders, by their ids; of those of which nothing is, nothing.
async fn views(
    conn: &mut sqlx::PgConnection,
    circumstances: &Circumstances,
    ids: &[String],
) -> Result<HashMap<String, OrderView>, Error> {
    let catalogue = circumstances.rule_set().catalogue();
    let rows = states::read_many(conn, ids).await?.into_iter();
    let orders: Vec<OrderState> = rows.map(encoding::decode_state).collect::<Result<_, _>>()?;
    let links = orders.iter().flat_map(|order| order.links());
    let shared = judgement::shared_facts(conn, links).await?;
    let joined = orders.into_iter().map(|order| {
        let mut view = order.view(catalogue);
        let linked = order.links().iter().filter_map(|link| shared.get(link));
        view.add(catalogue, linked.flatten());
        (order.order_id().to_string(), view)
    });
    Ok(joined.collect())
}
