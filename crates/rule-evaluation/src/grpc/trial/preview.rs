//! Previews over gRPC: running totals, then what was found.

use std::collections::BTreeMap;

use contracts::rules::v1;
use contracts::time::timestamp;
use futures::StreamExt;
use order::{Systems, Timestamp};
use rule_engine::{Spoken, State};
use service::error::status;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{Trials, origin};
use crate::domain::impact::{Effect, Example, Impact};
use crate::error::Error;
use crate::preview::{Plan, Progress};

/// Examples of each rule and kind of transition, unless the caller says otherwise.
const EXAMPLES: usize = 3;
/// Most of them.
const MOST_EXAMPLES: usize = 100;

type Answers =
    <Trials as contracts::rules::v1::trial_service_server::TrialService>::PreviewRuleSetStream;

impl Trials {
    /// Faults of the candidate are answered at once; what is found is streamed.
    pub(super) async fn preview(
        &self,
        request: v1::PreviewRuleSetRequest,
    ) -> Result<Answers, Error> {
        let examples = match usize::try_from(request.examples) {
            Ok(0) => EXAMPLES,
            asked => asked.unwrap_or_default().min(MOST_EXAMPLES),
        };
        let plan = self.previews.plan(&origin(request.candidate)?).await?;
        let (told, progress) = mpsc::channel::<Progress>(1);
        let (answer, answers) = mpsc::channel(1);
        let previews = self.previews.clone();
        let shutdown = self.shutdown.clone();
        tokio::spawn(async move {
            let mut progress = ReceiverStream::new(progress);
            let work = async { previews.run(&plan, examples, &told).await };
            tokio::pin!(work);
            let last = loop {
                tokio::select! {
                    done = &mut work => break done,
                    Some(so_far) = progress.next() => {
                        let _ = answer.try_send(Ok(wire(&plan, so_far, false)));
                    }
                    // Dropping the work closes what its thread tells, which ends it.
                    () = answer.closed() => return,
                    () = shutdown.cancelled() => return,
                }
            };
            let last = last.map(|progress| wire(&plan, progress, true));
            let _ = answer.send(last.map_err(|error| status(&error))).await;
        });
        Ok(Box::pin(ReceiverStream::new(answers)))
    }
}

fn wire(plan: &Plan, progress: Progress, done: bool) -> v1::PreviewRuleSetResponse {
    v1::PreviewRuleSetResponse {
        orders: progress.impact.orders,
        of_orders: progress.of_orders,
        impact: Some(wire_impact(plan, progress.impact)),
        done,
    }
}

fn wire_impact(plan: &Plan, impact: Impact) -> v1::Impact {
    v1::Impact {
        rule_set: plan.candidate.base.number,
        at: Some(timestamp(plan.completeness.now())),
        unchanged: plan.is_without_effect(),
        rules_judged: if plan.is_without_effect() {
            Vec::new()
        } else {
            plan.rules_judged()
        },
        warnings: warnings(plan),
        total: Some(wire_effect(&impact.total)),
        in_flight: Some(wire_effect(&impact.in_flight)),
        orders_in_flight: impact.orders_in_flight,
        by_rule: groups(impact.by_rule, |rule| plan.is_shadow(rule)),
        by_scenario: groups(impact.by_scenario, |_| false),
        by_warehouse: groups(impact.by_warehouse, |_| false),
        examples: impact.examples.into_iter().map(wire_example).collect(),
        unreadable: impact.unreadable,
    }
}

/// What does not keep a candidate from coming into force, and should be known.
fn warnings(plan: &Plan) -> Vec<String> {
    let rule_set = &plan.candidate.rule_set;
    let fed = plan.completeness.standings().iter();
    let fed = fed.fold(Systems::NONE, |fed, standing| {
        fed.with(standing.declaration.system)
    });
    let mut warnings = rule_set.warnings().to_vec();
    warnings.extend(rule_set.outdated(plan.completeness.now()));
    // While no source is declared, nothing is known of what feeds the rules.
    if fed != Systems::NONE {
        warnings.extend(rule_set.unfed(fed));
    }
    warnings.iter().map(ToString::to_string).collect()
}

fn groups(
    effects: BTreeMap<String, Effect>,
    is_shadow: impl Fn(&str) -> bool,
) -> Vec<v1::EffectGroup> {
    let group = |(name, effect): (String, Effect)| v1::EffectGroup {
        effect: Some(wire_effect(&effect)),
        shadow: is_shadow(&name),
        name,
    };
    effects.into_iter().map(group).collect()
}

const fn wire_effect(effect: &Effect) -> v1::Effect {
    v1::Effect {
        opened: effect.opened,
        updated: effect.updated,
        cleared: effect.cleared,
        retracted: effect.retracted,
        retroactive: effect.retroactive,
        exempted: effect.exempted,
        exemption_ended: effect.exemption_ended,
        mode_changed: effect.mode_changed,
        orders: effect.orders,
        open_before: effect.open_before,
        open_after: effect.open_after,
        ticketed_before: effect.ticketed_before,
        ticketed_after: effect.ticketed_after,
    }
}

fn wire_example(example: Example) -> v1::EffectExample {
    v1::EffectExample {
        order: Some(example.order),
        rule: example.after.rule.clone(),
        scenario: example.scenario,
        what: example.what.word().to_owned(),
        before: example.before.as_ref().map(glimpse),
        after: Some(glimpse(&example.after)),
        exception_id: example.after.id.to_string(),
    }
}

fn glimpse(spoken: &Spoken) -> v1::ExceptionGlimpse {
    use contracts::event::v1::ExceptionState;

    let state = match spoken.state {
        State::Open => ExceptionState::Open,
        State::Cleared => ExceptionState::Cleared,
        State::Retracted => ExceptionState::Retracted,
    };
    let finite = |at: Timestamp| at.is_finite().then(|| timestamp(at));
    v1::ExceptionGlimpse {
        state: state as i32,
        opened_at: finite(spoken.opened_at),
        cleared_at: spoken.cleared_at.and_then(finite),
        exempt_by: spoken.exempt.clone().unwrap_or_default(),
        shadow: spoken.shadow,
    }
}
