//! Exceptions counted beside what people say of them.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::error::Error;

/// The counts of one rule; of a scenario as a whole where the rule is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The rule.
    pub rule: String,
    /// The scenario that it last had.
    pub scenario: String,
    /// Exceptions that stand.
    pub exceptions: i64,
    /// Those of them that are open.
    pub open: i64,
    /// Exceptions that do not stand any more.
    pub retracted: i64,
    /// Standing ones that were over before they were known.
    pub retroactive: i64,
    /// Standing ones of a rule in shadow.
    pub shadow: i64,
    /// Standing ones that an exemption covers.
    pub exempt: i64,
    /// Standing ones of which somebody says something.
    pub marked: i64,
    /// Standing ones that most say were real.
    pub real: i64,
    /// Standing ones that most say were none.
    pub false_alarms: i64,
    /// Orders with something that people say was missed, or was real and does not stand.
    pub missed: i64,
}

impl Row {
    /// The counts of a rule that has said nothing yet.
    #[must_use]
    pub fn none(rule: &str, scenario: &str) -> Self {
        Self {
            rule: rule.to_owned(),
            scenario: scenario.to_owned(),
            exceptions: 0,
            open: 0,
            retracted: 0,
            retroactive: 0,
            shadow: 0,
            exempt: 0,
            marked: 0,
            real: 0,
            false_alarms: 0,
            missed: 0,
        }
    }
}

/// Counts the exceptions opened from an instant, up to and without another, and what
/// people say of them. A missed one counts by the instant at which it was reported.
///
/// # Errors
///
/// When the database refuses.
pub async fn count(
    conn: &mut PgConnection,
    rule: Option<&str>,
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
) -> Result<Vec<Row>, Error> {
    Ok(sqlx::query_as!(
        Row,
        r#"WITH said AS (
               SELECT exception_id, order_id, rule, scenario,
                      sum(CASE verdict WHEN 1 THEN 1 ELSE -1 END) AS balance,
                      max(marked_at) AS marked_at
               FROM marks
               WHERE is_latest AND verdict <> 3 AND ($1::text IS NULL OR rule = $1)
               GROUP BY exception_id, order_id, rule, scenario
           ), opened AS (
               SELECT e.id, e.order_id, e.rule, e.scenario, e.state, e.retroactive, e.shadow,
                      e.exempt_by IS NOT NULL AS exempt, e.opened_at, s.balance
               FROM exceptions e LEFT JOIN said s ON s.exception_id = e.id
               WHERE ($1::text IS NULL OR e.rule = $1)
                 AND ($2::timestamptz IS NULL OR e.opened_at >= $2)
                 AND ($3::timestamptz IS NULL OR e.opened_at < $3)
           ), missed AS (
               SELECT rule, scenario, order_id FROM opened WHERE state = 3 AND balance > 0
               UNION
               SELECT rule, scenario, order_id FROM said
               WHERE exception_id IS NULL
                 AND ($2::timestamptz IS NULL OR marked_at >= $2)
                 AND ($3::timestamptz IS NULL OR marked_at < $3)
           ), counted AS (
               SELECT rule, scenario, id IS NOT NULL AND state <> 3 AS stands, state, retroactive,
                      shadow, exempt, balance, NULL::text AS missed, opened_at AS at
               FROM opened
               UNION ALL
               SELECT rule, scenario, false, 0::smallint, false, false, false, NULL, order_id, NULL
               FROM missed
           )
           SELECT rule AS "rule!",
                  (array_agg(scenario ORDER BY at DESC NULLS LAST))[1] AS "scenario!",
                  count(*) FILTER (WHERE stands) AS "exceptions!",
                  count(*) FILTER (WHERE state = 1) AS "open!",
                  count(*) FILTER (WHERE state = 3) AS "retracted!",
                  count(*) FILTER (WHERE stands AND retroactive) AS "retroactive!",
                  count(*) FILTER (WHERE stands AND shadow) AS "shadow!",
                  count(*) FILTER (WHERE stands AND exempt) AS "exempt!",
                  count(*) FILTER (WHERE stands AND balance IS NOT NULL) AS "marked!",
                  count(*) FILTER (WHERE stands AND balance > 0) AS "real!",
                  count(*) FILTER (WHERE stands AND balance < 0) AS "false_alarms!",
                  count(DISTINCT missed) AS "missed!"
           FROM counted
           GROUP BY rule, CASE WHEN rule = '' THEN scenario END
           ORDER BY 1, 2"#,
        rule,
        from,
        until
    )
    .fetch_all(conn)
    .await?)
}
