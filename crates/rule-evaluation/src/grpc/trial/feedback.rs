//! What people say of verdicts, and how often the rules were right by that.

use chrono::{DateTime, Utc};
use contracts::rules::v1;
use contracts::time::{instant, timestamp};
use order::OrderId;
use rule_engine::RuleSet;
use service::event_log;
use uuid::Uuid;

use super::{Act, Trials, require_actor};
use crate::domain::mark::{self, Share, Verdict};
use crate::domain::sample::Subject;
use crate::error::Error;
use crate::store::marks::{self, Filter, New, Row};
use crate::store::{accuracy, exceptions, states};

/// Marks of a page, unless the caller asks for fewer.
const PAGE: i32 = 1_000;

impl Trials {
    pub(super) async fn mark(
        &self,
        request: &v1::MarkExceptionRequest,
    ) -> Result<v1::MarkExceptionResponse, Error> {
        require_actor(&request.actor)?;
        let verdict = match request.verdict() {
            v1::MarkVerdict::Real => Verdict::Real,
            v1::MarkVerdict::FalseAlarm => Verdict::FalseAlarm,
            v1::MarkVerdict::Withdrawn => Verdict::Withdrawn,
            v1::MarkVerdict::Unspecified => {
                return Err(Error::invalid(
                    "verdict",
                    "say real, false alarm or withdrawn",
                ));
            }
        };
        let unknown = || Error::NoException(request.exception_id.clone());
        let id: Uuid = request.exception_id.parse().map_err(|_| unknown())?;
        let mut conn = self.database.pool().acquire().await?;
        let exception = exceptions::read(&mut conn, id).await?.ok_or_else(unknown)?;
        drop(conn);
        let (mark, unchanged) = self
            .say(New {
                exception_id: Some(id),
                order_id: &exception.order_id,
                rule: &exception.rule,
                scenario: &exception.scenario,
                verdict: verdict.to_stored(),
                actor: &request.actor,
                reason: &request.reason,
                marked_at: self.clock.now(),
            })
            .await?;
        Ok(v1::MarkExceptionResponse {
            mark: Some(mark),
            unchanged,
        })
    }

    pub(super) async fn report(
        &self,
        request: &v1::ReportMissedRequest,
    ) -> Result<v1::ReportMissedResponse, Error> {
        require_actor(&request.actor)?;
        let subject = Subject::of(&request.rule, &request.scenario)
            .ok_or_else(|| Error::invalid("rule", "name a rule or a scenario, not both"))?;
        let unknown = || Error::NoOrder(request.order_id.clone());
        let order_id: OrderId = request.order_id.parse().map_err(|_| unknown())?;
        let mut conn = self.database.pool().acquire().await?;
        let rule_set = self.rule_sets.current(&mut conn).await?;
        let scenario = scenario_of(&subject, &rule_set)?;
        let order = states::read(&mut conn, &order_id.to_string()).await?;
        order.ok_or_else(unknown)?;
        drop(conn);
        let verdict = if request.withdrawn {
            Verdict::Withdrawn
        } else {
            Verdict::Real
        };
        let (mark, unchanged) = self
            .say(New {
                exception_id: None,
                order_id: &request.order_id,
                rule: subject.rule(),
                scenario: &scenario,
                verdict: verdict.to_stored(),
                actor: &request.actor,
                reason: &request.reason,
                marked_at: self.clock.now(),
            })
            .await?;
        Ok(v1::ReportMissedResponse {
            mark: Some(mark),
            unchanged,
        })
    }

    /// Notes what a person says, unless it is what the same person said last.
    async fn say(&self, new: New<'_>) -> Result<(v1::Mark, bool), Error> {
        let mut transaction = self.database.pool().begin().await?;
        let before = marks::lock_latest(&mut transaction, &new).await?;
        if let Some(before) = &before
            && before.verdict == new.verdict
            && before.reason == new.reason
        {
            return Ok((wire(before.clone()), true));
        }
        if before.is_none() && new.verdict == Verdict::Withdrawn.to_stored() {
            let message = format!("{} has said nothing of it", new.actor);
            return Err(Error::invalid("verdict", message));
        }
        let row = marks::add(&mut transaction, &new, before.map(|row| row.id)).await?;
        event_log::append(&mut transaction, &[told(&row)]).await?;
        transaction.commit().await?;
        self.relay.wake();
        Ok((wire(row), false))
    }

    pub(super) async fn marks(
        &self,
        request: v1::ListMarksRequest,
    ) -> Result<v1::ListMarksResponse, Error> {
        let exception_id = match request.exception_id.as_str() {
            "" => None,
            text => Some(
                text.parse()
                    .map_err(|_| Error::NoException(text.to_owned()))?,
            ),
        };
        let before = match request.page_token.as_str() {
            "" => None,
            token => Some(token.parse().map_err(|_| {
                let expected = "expected the next_page_token of an earlier answer";
                Error::invalid("page_token", expected)
            })?),
        };
        let size = match request.page_size {
            size if size <= 0 => PAGE,
            size => size.min(PAGE),
        };
        let filter = Filter {
            exception_id,
            order_id: some(request.order_id),
            rule: some(request.rule),
            actor: some(request.actor),
            superseded: request.include_superseded,
            before,
            limit: i64::from(size) + 1,
        };
        let mut conn = self.database.pool().acquire().await?;
        let mut rows = marks::list(&mut conn, &filter).await?;
        let is_more = rows.len() > size as usize;
        rows.truncate(size as usize);
        let last = rows.last().filter(|_| is_more);
        Ok(v1::ListMarksResponse {
            next_page_token: last.map(|row| row.id.to_string()).unwrap_or_default(),
            marks: rows.into_iter().map(wire).collect(),
        })
    }

    pub(super) async fn accuracy(
        &self,
        request: &v1::GetAccuracyRequest,
    ) -> Result<v1::GetAccuracyResponse, Error> {
        let from = bound("from", request.from.as_ref())?;
        let until = bound("until", request.until.as_ref())?;
        let rule = Some(request.rule.as_str()).filter(|rule| !rule.is_empty());
        let mut conn = self.database.pool().acquire().await?;
        let rule_set = self.rule_sets.current(&mut conn).await?;
        let mut rows = accuracy::count(&mut conn, rule, from, until).await?;
        drop(conn);
        for known in rule_set.rules() {
            let is_asked = rule.is_none_or(|rule| rule == known.name());
            if is_asked && !rows.iter().any(|row| row.rule == known.name()) {
                rows.push(accuracy::Row::none(known.name(), known.scenario()));
            }
        }
        rows.sort_by(|a, b| (&a.rule, &a.scenario).cmp(&(&b.rule, &b.scenario)));
        Ok(v1::GetAccuracyResponse {
            rules: rows.into_iter().map(|row| rated(row, &rule_set)).collect(),
        })
    }
}

/// The scenario of what was missed.
fn scenario_of(subject: &Subject, rule_set: &RuleSet) -> Result<String, Error> {
    let mut rules = rule_set.rules().iter();
    match rules.find(|rule| subject.covers(rule)) {
        Some(rule) => Ok(rule.scenario().to_owned()),
        None => match subject {
            Subject::Rule(name) => Err(Error::NoRule {
                name: name.clone(),
                number: rule_set.number(),
            }),
            Subject::Scenario(name) => {
                let message = format!("no rule in force has the scenario `{name}`");
                Err(Error::invalid("scenario", message))
            }
        },
    }
}

fn rated(row: accuracy::Row, rule_set: &RuleSet) -> v1::RuleAccuracy {
    let precision = Share::of(row.real, row.real + row.false_alarms);
    v1::RuleAccuracy {
        in_force: rule_set.rule(&row.rule).is_some(),
        exceptions: row.exceptions,
        open: row.open,
        retracted: row.retracted,
        retroactive: row.retroactive,
        shadow: row.shadow,
        exempt: row.exempt,
        marked: row.marked,
        real: row.real,
        false_alarms: row.false_alarms,
        disputed: row.marked - row.real - row.false_alarms,
        share_marked: Share::of(row.marked, row.exceptions).map(|share| share.of_all),
        precision: precision.map(|share| share.of_all),
        precision_low: precision.map(|share| share.low),
        precision_high: precision.map(|share| share.high),
        missed: row.missed,
        recall_estimate: mark::recall(row.exceptions, precision, row.missed),
        rule: row.rule,
        scenario: row.scenario,
    }
}

fn told(row: &Row) -> event_log::NewEvent {
    let verdict = Verdict::from_stored(row.verdict).unwrap_or(Verdict::Withdrawn);
    let (kind, reason) = match (row.exception_id, verdict) {
        (Some(_), Verdict::Real) => ("exception.marked-real", "marked as real"),
        (Some(_), Verdict::FalseAlarm) => ("exception.marked-false-alarm", "marked as false alarm"),
        (Some(_), Verdict::Withdrawn) => ("exception.mark-withdrawn", "mark withdrawn"),
        (None, Verdict::Withdrawn) => ("exception.missed-withdrawn", "report withdrawn"),
        (None, _) => ("exception.missed", "reported as missed"),
    };
    let of = if row.rule.is_empty() {
        format!("scenario {}", row.scenario)
    } else {
        format!("rule {}", row.rule)
    };
    Act {
        id: format!("mark/{}", row.id),
        kind,
        at: row.marked_at,
        actor: &row.actor,
        reason: format!("{reason}: {of}"),
        note: &row.reason,
        order_ids: vec![row.order_id.clone()],
        exception_id: row
            .exception_id
            .map(|id| id.to_string())
            .unwrap_or_default(),
    }
    .event("mark")
}

fn wire(row: Row) -> v1::Mark {
    let verdict = match Verdict::from_stored(row.verdict) {
        Some(Verdict::Real) => v1::MarkVerdict::Real,
        Some(Verdict::FalseAlarm) => v1::MarkVerdict::FalseAlarm,
        Some(Verdict::Withdrawn) => v1::MarkVerdict::Withdrawn,
        None => v1::MarkVerdict::Unspecified,
    };
    v1::Mark {
        id: row.id,
        missed: row.exception_id.is_none(),
        exception_id: row
            .exception_id
            .map(|id| id.to_string())
            .unwrap_or_default(),
        order_id: row.order_id,
        rule: row.rule,
        scenario: row.scenario,
        verdict: verdict as i32,
        actor: row.actor,
        reason: row.reason,
        marked_at: Some(timestamp(row.marked_at.into())),
        superseded: !row.is_latest,
    }
}

fn bound(
    field: &'static str,
    at: Option<&prost_types::Timestamp>,
) -> Result<Option<DateTime<Utc>>, Error> {
    at.map(|at| {
        instant(at)
            .map(DateTime::from)
            .map_err(|error| Error::invalid(field, error.to_string()))
    })
    .transpose()
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
