//! The final table: what was really wrong, and who noticed.

use std::sync::Arc;
use std::time::Duration;

use contracts::escalation::v1::{self as escalation, GetFiguresResponse as Notices};
use contracts::ticketing::v1::{self as ticketing, GetFiguresResponse as Tickets};
use order::{Span, Timestamp};
use serde::Serialize;
use simulator::score::{self, Score, Verdict};
use simulator::{Day, RealException, Rule, baseline};

use super::drive::Drive;
use super::flood::Flood;
use super::live::Lived;
use super::table::{self, Line};
use super::{Pushed, SharedDay, exceptions, systems};
use crate::connection::Connection;
use crate::failure::{Exit, Failure};
use crate::output::Detailed;
use crate::progress::note;
use crate::time::{duration, spell};

/// Everything the day shows.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    day: String,
    scores: Vec<Line>,
    rules: Vec<Line>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    systems: Vec<systems::Line>,
    notes: Vec<String>,
    /// Orders worth a look, with the rule that found them.
    examples: Vec<Example>,
}

#[derive(Debug, Serialize)]
struct Example {
    order_id: String,
    rule: String,
}

impl Report {
    pub(super) async fn of_drive(
        connection: &Connection,
        day: &SharedDay,
        drive: Drive,
    ) -> Result<Self, Failure> {
        let judged = Judged::hold(connection, day).await?;
        let knowable = |rule, instant| day.knowable_at(rule, instant);
        let mut notes = vec![own_delay(knowable, &judged, drive.speed)];
        notes.extend(pushed_notes(&drive.pushed));
        if drive.behind > Span::from_seconds((drive.speed * 2.0) as i64) {
            notes.push(format!(
                "This machine could not keep up: pushes were up to {} late on the shop's clock, so delays \
                 are too long. Give it a lower SPEED.",
                rounded(drive.behind)
            ));
        }
        let lived = lived_in(drive.took, drive.speed);
        let report = judged.report(connection, notes).await?;
        Ok(Self {
            day: title(day, &drive.pushed, &lived),
            ..report
        })
    }

    /// What came of a day that connectors fetched.
    pub(super) async fn of_life(
        connection: &Connection,
        day: &SharedDay,
        lived: Lived,
    ) -> Result<Self, Failure> {
        let judged = Judged::hold(connection, day).await?;
        let knowable = |rule, instant| lived.vendors.knowable_at(rule, instant);
        let notes = vec![own_delay(knowable, &judged, lived.speed), lived.told.say()];
        let report = judged.report(connection, notes).await?;
        let facts: u64 = lived.systems.iter().map(|(_, _, read)| read.facts).sum();
        let line = |(source, tally, read): &_| systems::Line::of(*source, tally, *read);
        Ok(Self {
            day: format!(
                "{} orders, {facts} facts through connectors, {} of the shop's time, {}",
                day.shop().orders,
                day.shop().closes().since(day.shop().opens()),
                lived_in(lived.took, lived.speed)
            ),
            systems: lived.systems.iter().map(line).collect(),
            ..report
        })
    }

    pub(super) async fn of_flood(
        connection: &Connection,
        day: &SharedDay,
        flood: Flood,
    ) -> Result<Self, Failure> {
        let verdicts = exceptions::before(connection, day.shop().closes()).await?;
        let shared = Arc::clone(day);
        let truth = blocking(move || shared.truth()).await?;
        let score = score::of_verdicts(&truth, &verdicts, &Rule::ALL);
        let rate = |took: Duration| flood.pushed.facts as f64 / took.as_secs_f64();
        let mut notes = vec![format!(
            "{:.0} facts a second into the journal, {:.0} facts a second until all was judged and published",
            rate(flood.accepted_after),
            rate(flood.judged_after)
        )];
        notes.extend(pushed_notes(&flood.pushed));
        Ok(Self {
            day: title(
                day,
                &flood.pushed,
                &format!("judged in {}", spell(flood.judged_after)),
            ),
            scores: vec![Line::timeless("all eight rules", "Orderwatch", &score)],
            rules: Vec::new(),
            systems: Vec::new(),
            examples: Vec::new(),
            notes,
        })
    }
}

impl Detailed for Report {
    fn describe(&self) -> String {
        let mut text = format!("\n{}\n\n{}", self.day, table::of_scores(&self.scores));
        if !self.rules.is_empty() {
            text += &format!(
                "\nOrderwatch, rule by rule\n{}",
                table::of_rules(&self.rules)
            );
        }
        if !self.systems.is_empty() {
            text += "\nWhat the vendors did, and what was read of them\n";
            text += &systems::table(&self.systems);
        }
        text.push('\n');
        for note in &self.notes {
            text += note;
            text.push('\n');
        }
        for example in &self.examples {
            text += &format!("worth a look   {}  {}\n", example.order_id, example.rule);
        }
        text
    }
}

/// What was said by whom, and what was true.
struct Judged {
    truth: Vec<RealException>,
    verdicts: Vec<Verdict>,
    poll: Vec<baseline::Alarm>,
    flat: Vec<baseline::Alarm>,
}

impl Judged {
    /// Holds what Orderwatch says against the truth.
    async fn hold(connection: &Connection, day: &SharedDay) -> Result<Self, Failure> {
        note(
            "holding the verdicts against the ground truth, and living the day again with a flat rule and a poll",
        );
        let verdicts = exceptions::before(connection, day.shop().closes()).await?;
        let shared = Arc::clone(day);
        blocking(move || Self::of(&shared, verdicts)).await
    }

    /// What is the same however the day was lived.
    async fn report(
        &self,
        connection: &Connection,
        mut notes: Vec<String>,
    ) -> Result<Report, Failure> {
        let (tickets, notices) = figures(connection).await?;
        notes.extend(work(&tickets, &notices));
        Ok(Report {
            day: String::new(),
            scores: self.scores(),
            rules: self.by_rule(),
            systems: Vec::new(),
            examples: self.examples(),
            notes,
        })
    }

    fn of(day: &Day, verdicts: Vec<Verdict>) -> Self {
        Self {
            truth: day.truth(),
            verdicts,
            poll: baseline::poll_of_the_rules(day),
            flat: baseline::flat_rule(day),
        }
    }

    fn ours(&self, scope: &[Rule]) -> Score {
        score::of_verdicts(&self.truth, &self.verdicts, scope)
    }

    fn scores(&self) -> Vec<Line> {
        let polled = |scope: &[Rule]| score::of_alarms(&self.truth, &self.poll, scope);
        let flat = score::of_alarms(&self.truth, &self.flat, &Rule::LATE_SHIPPING);
        let (all, late) = (&Rule::ALL, &Rule::LATE_SHIPPING);
        vec![
            Line::of("all eight rules", "Orderwatch", &self.ours(all)),
            Line::of(
                "all eight rules",
                "15-minute poll, no watermarks",
                &polled(all),
            ),
            Line::of("late shipping only", "Orderwatch", &self.ours(late)),
            Line::of(
                "late shipping only",
                "15-minute poll, no watermarks",
                &polled(late),
            ),
            Line::of("late shipping only", "flat 24-hour rule", &flat),
        ]
    }

    fn by_rule(&self) -> Vec<Line> {
        let line = |rule: Rule| Line::of(rule.name(), "Orderwatch", &self.ours(&[rule]));
        Rule::ALL.into_iter().map(line).collect()
    }

    /// The latest open exception of each rule.
    fn examples(&self) -> Vec<Example> {
        let latest = |rule: Rule| {
            let own = self.verdicts.iter().filter(|v| v.rule == rule.name());
            let open = own.filter(|v| !v.retracted && v.cleared_at.is_none());
            open.max_by_key(|verdict| verdict.opened_at)
        };
        let examples = Rule::ALL.into_iter().filter_map(latest);
        examples
            .map(|verdict| Example {
                order_id: verdict.order_id.clone(),
                rule: verdict.rule.clone(),
            })
            .collect()
    }
}

/// Without the fractions of a second that nobody wants to know here.
const fn rounded(span: Span) -> Span {
    Span::from_seconds(span.micros() / 1_000_000)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure::new(Exit::Internal, error.to_string()))
}

async fn figures(connection: &Connection) -> Result<(Tickets, Notices), Failure> {
    let (tickets, notices) = (connection.tickets(), connection.escalations());
    let tickets = tickets.insist(
        ticketing::GetFiguresRequest::default(),
        async |mut client, request| client.get_figures(request).await,
    );
    let notices = notices.insist(
        escalation::GetFiguresRequest {},
        async |mut client, request| client.get_figures(request).await,
    );
    tokio::try_join!(tickets, notices)
}

fn title(day: &Day, pushed: &Pushed, how: &str) -> String {
    format!(
        "{} orders, {} facts in {} batches, {} of the shop's time, {how}",
        day.shop().orders,
        pushed.facts,
        pushed.batches,
        day.shop().closes().since(day.shop().opens()),
    )
}

fn lived_in(took: Duration, speed: f64) -> String {
    format!("lived in {} at {speed} times real time", spell(took))
}

/// How long the verdict took once the last source it waits for had reported, in real time.
fn own_delay(
    knowable: impl Fn(Rule, Timestamp) -> Option<Timestamp>,
    judged: &Judged,
    speed: f64,
) -> String {
    let verdicts = judged.verdicts.iter().filter(|verdict| !verdict.retracted);
    let mut own: Vec<f64> = verdicts
        .filter_map(|verdict| {
            let rule = Rule::named(&verdict.rule)?;
            let knowable = knowable(rule, verdict.opened_at)?;
            let late = verdict.detected_at.since(knowable).micros().max(0);
            Some(late as f64 / speed / 1e3)
        })
        .collect();
    own.sort_by(f64::total_cmp);
    let share = |share: f64| {
        let index = (own.len().saturating_sub(1) as f64 * share) as usize;
        own.get(index).copied().unwrap_or_default()
    };
    format!(
        "Delays are of the shop's time and hold the sources' own: polls, lags and outages. From the \
         last report that a verdict needs to the verdict: median {:.0} ms, p99 {:.0} ms of real time.",
        share(0.5),
        share(0.99)
    )
}

fn pushed_notes(pushed: &Pushed) -> Option<String> {
    (pushed.rejected > 0).then(|| format!("{} facts were rejected.", pushed.rejected))
}

fn work(tickets: &Tickets, notices: &Notices) -> [String; 3] {
    let spell = |value: &Option<prost_types::Duration>| {
        value.as_ref().map_or_else(|| "-".to_owned(), duration)
    };
    [
        format!(
            "tickets        {} opened, {} resolved ({} by themselves), {} open, {} overdue",
            tickets.opened,
            tickets.resolved,
            tickets.resolved_automatically,
            tickets.open,
            tickets.overdue
        ),
        format!(
            "handling time  median {}, mean {}, p90 {}",
            spell(&tickets.median_handling_time),
            spell(&tickets.mean_handling_time),
            spell(&tickets.p90_handling_time)
        ),
        format!(
            "notifications  {} deliveries in {} messages, {} pending, {} failed; {} escalations",
            notices.deliveries_sent,
            notices.messages_sent,
            notices.deliveries_pending,
            notices.deliveries_failed,
            notices.escalated
        ),
    ]
}
