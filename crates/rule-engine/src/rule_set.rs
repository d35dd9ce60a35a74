//! An immutable, numbered snapshot of rules with all that they name.

mod fault;
mod load;
mod mode;
mod question;
pub(crate) mod resource;
mod scenario;
pub(crate) mod spec;
mod threshold;

use crate::Gate;
use crate::check::{Declared, Reads};
use crate::exemption::{Entry, Exemption, Exemptions, Naming, Standing};
use crate::explain::{Explanation, Language};
use crate::expression::Expression;
use crate::program::{Program, Scratch};
use crate::signal::{self, Course, Interval, Stretches};
use calendar::Calendar;
use order::catalogue::FieldType;
use order::{Catalogue, EntityKind, OrderView, Record, Slot, Systems, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use fault::{Faults, ResourceFault};
pub use mode::Mode;
pub use question::Question;
pub use scenario::{PublishGate, Scenario, Text};
pub use threshold::{Campaign, Choice, Considered, Threshold, ThresholdRow, ValueType};

/// A rule set as it is in force.
#[derive(Debug)]
pub struct RuleSet {
    number: i64,
    digest: String,
    catalogue: Catalogue,
    rules: Vec<Rule>,
    program: Program,
    events: Events,
    thresholds: Vec<Threshold>,
    tables: BTreeMap<String, Declared>,
    exemptions: Exemptions,
    scenarios: Vec<Scenario>,
    publish_gates: Vec<PublishGate>,
    calendars: BTreeMap<String, Arc<Calendar>>,
    warnings: Vec<ResourceFault>,
}

/// One rule, checked and compiled.
#[derive(Debug)]
pub struct Rule {
    name: String,
    scenario: String,
    severity: Severity,
    mode: Mode,
    title_en: String,
    title_zh: String,
    text: String,
    visual: Option<serde_json::Value>,
    gate: Gate,
    reads: Reads,
    condition: Expression,
}

/// How bad it is when a rule is true.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Somebody should look today.
    Medium,
    /// A customer is or will be hurt.
    High,
    /// Money or many customers at stake.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}

impl Rule {
    /// Name, unique in its rule set.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What kind of trouble it finds: chooses the procedure.
    pub fn scenario(&self) -> &str {
        &self.scenario
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Whether anybody is told.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Its tree as an editor keeps it, when it is a visual rule.
    pub fn visual(&self) -> Option<&serde_json::Value> {
        self.visual.as_ref()
    }

    /// What it finds, in English.
    pub fn title_en(&self) -> &str {
        &self.title_en
    }

    /// What it finds, in Chinese.
    pub fn title_zh(&self) -> &str {
        &self.title_zh
    }

    /// Its condition as written, or as compiled from its tree.
    pub fn condition(&self) -> &str {
        &self.text
    }

    pub(crate) fn compiled(&self) -> (&str, &Expression) {
        (&self.text, &self.condition)
    }

    pub(crate) fn reads(&self) -> &Reads {
        &self.reads
    }

    /// The systems that it reads.
    pub fn gate(&self) -> Gate {
        self.gate
    }
}

impl RuleSet {
    /// Number of the snapshot; every verdict names it.
    pub fn number(&self) -> i64 {
        self.number
    }

    /// SHA-256 of its content in lower-case hexadecimal; neither layout nor the order of the
    /// documents matters.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Every field that its rules can read; views must be joined by it.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Its rules, by name.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of that name.
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.index(name).map(|index| &self.rules[index])
    }

    fn index(&self, name: &str) -> Option<usize> {
        let found = self
            .rules
            .binary_search_by(|rule| rule.name.as_str().cmp(name));
        found.ok()
    }

    /// Every gate of its rules, once.
    pub fn gates(&self) -> Vec<Gate> {
        let mut gates: Vec<Gate> = self.rules.iter().map(|rule| rule.gate).collect();
        gates.sort_unstable();
        gates.dedup();
        gates
    }

    /// Its lists of exemptions, by name.
    pub fn exemptions(&self) -> &[Exemption] {
        self.exemptions.lists()
    }

    /// The entry that exempts an order's exception of a rule just after an instant, with its list.
    pub fn exemption(
        &self,
        rule: &Rule,
        view: &OrderView,
        at: Timestamp,
    ) -> Option<(&Exemption, &Entry)> {
        self.standing(rule, view, at).by
    }

    /// Every entry that names an order just after an instant, and what it does to an exception
    /// of a rule; the one that exempts it comes first.
    pub fn exemptions_naming(
        &self,
        rule: &Rule,
        view: &OrderView,
        at: Timestamp,
    ) -> Vec<Naming<'_>> {
        self.exemptions.naming(rule, view, at)
    }

    /// Its scenarios, by name.
    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    /// Its publish gates, by name: what must hold of stored samples before it is activated.
    pub fn publish_gates(&self) -> &[PublishGate] {
        &self.publish_gates
    }

    /// Its calendars, by name.
    pub fn calendars(&self) -> impl Iterator<Item = (&str, &Calendar)> {
        let calendars = self.calendars.iter();
        calendars.map(|(name, calendar)| (name.as_str(), calendar.as_ref()))
    }

    /// What is worth knowing before it is activated, and blocks nothing.
    pub fn warnings(&self) -> &[ResourceFault] {
        &self.warnings
    }

    /// Where a rule first reads a system which no configured source feeds, when `fed` are.
    pub fn unfed(&self, fed: Systems) -> Vec<ResourceFault> {
        crate::analysis::unfed(self, fed)
    }

    /// Campaigns and exemptions that are over at an instant.
    pub fn outdated(&self, now: Timestamp) -> Vec<ResourceFault> {
        crate::analysis::outdated(self, now)
    }

    pub(crate) fn standing(&self, rule: &Rule, view: &OrderView, at: Timestamp) -> Standing<'_> {
        self.exemptions.standing(rule, view, at)
    }

    pub(crate) fn tables(&self) -> &BTreeMap<String, Declared> {
        &self.tables
    }

    pub(crate) fn has_exemption(&self, name: &str) -> bool {
        let lists = self.exemptions.lists();
        lists
            .binary_search_by(|list| list.name.as_str().cmp(name))
            .is_ok()
    }

    /// The maximal stretches of (−∞, `until`] during which a rule is true.
    pub fn signal(&self, rule: &Rule, view: &OrderView, until: Timestamp) -> Vec<Interval> {
        self.course(rule, view, until).intervals
    }

    /// The stretches through `until`, and when there is more to say.
    pub fn course(&self, rule: &Rule, view: &OrderView, until: Timestamp) -> Course {
        let stretches = Stretches::new(&rule.condition, view);
        Course::follow(Vec::new(), stretches, &|| self.events.start(view), until)
    }

    /// Tells every rule that is true just after an instant, all at once and in no particular
    /// order: see the crate's documentation on how they are selected.
    pub fn verdicts<'r>(
        &'r self,
        view: &OrderView,
        at: Timestamp,
        scratch: &mut Scratch,
        mut visit: impl FnMut(&'r Rule),
    ) {
        self.program
            .true_at(view, at.micros(), scratch, &mut |rule| {
                visit(&self.rules[rule]);
            });
    }

    /// Tells the course of every rule that was true, is true or will be if no other fact arrives,
    /// by name. Those left out have neither an interval nor a next instant.
    pub fn courses<'r>(
        &'r self,
        view: &OrderView,
        until: Timestamp,
        scratch: &mut Scratch,
        mut visit: impl FnMut(&'r Rule, &Course),
    ) {
        self.program.hear(view, scratch);
        for index in 0..scratch.heard.len() {
            let rule = &self.rules[scratch.heard[index].0];
            visit(rule, self.heard_course(view, until, scratch, index));
        }
    }

    /// Finds when each rule is true, and adds those of `names` that never are.
    pub(crate) fn hear<'n>(
        &self,
        view: &OrderView,
        scratch: &mut Scratch,
        names: impl Iterator<Item = &'n str>,
    ) {
        self.program.hear(view, scratch);
        scratch.hear_also(names.filter_map(|name| self.index(name)));
    }

    /// The course of a rule that was heard.
    pub(crate) fn heard_course<'s>(
        &self,
        view: &OrderView,
        until: Timestamp,
        scratch: &'s mut Scratch,
        index: usize,
    ) -> &'s Course {
        let intervals = std::mem::take(&mut scratch.course.intervals);
        let stretches = scratch.stretches(index);
        scratch.course = Course::follow(intervals, stretches, &|| self.events.start(view), until);
        &scratch.course
    }

    /// The next instant later than `after` at which a rule turns true or ceases to be, if no
    /// other fact arrives.
    pub fn next_change(
        &self,
        rule: &Rule,
        view: &OrderView,
        after: Timestamp,
    ) -> Option<Timestamp> {
        signal::next_change(&rule.condition, view, after)
    }

    /// Truth of a rule just after an instant; none is unknown.
    pub fn verdict(&self, rule: &Rule, view: &OrderView, at: Timestamp) -> Option<bool> {
        crate::evaluate::Moment::new(view, at).truth(&rule.condition)
    }

    /// Why a rule says what it says just after an instant.
    pub fn explain(
        &self,
        rule: &Rule,
        view: &OrderView,
        at: Timestamp,
        language: Language,
    ) -> Explanation {
        crate::explain::explain(&rule.text, &rule.condition, view, at, language)
    }
}

/// Where the events of a catalogue are, to find where an order's time begins.
#[derive(Debug)]
struct Events {
    created_at: Option<Slot>,
    slots: Vec<(EntityKind, Vec<Slot>)>,
}

impl Events {
    fn of(catalogue: &Catalogue) -> Self {
        let own = [
            EntityKind::Order,
            EntityKind::Line,
            EntityKind::Shipment,
            EntityKind::Refund,
            EntityKind::Customs,
        ];
        let slots_of = |kind| {
            let fields = catalogue.fields(kind).iter().enumerate();
            fields
                .filter(|(_, field)| field.field_type == FieldType::Event)
                .map(|(slot, _)| slot)
                .collect()
        };
        Self {
            created_at: catalogue.slot(EntityKind::Order, "created_at"),
            slots: own.into_iter().map(|kind| (kind, slots_of(kind))).collect(),
        }
    }

    /// When the order was created; else its own first event; else the first event of its lines,
    /// shipments, refunds and declarations.
    fn start(&self, view: &OrderView) -> Option<Timestamp> {
        if let Some(created) = self
            .created_at
            .and_then(|slot| view.order().get(slot).as_timestamp())
        {
            return Some(created);
        }
        let earliest = |record: &Record, slots: &[Slot]| {
            slots
                .iter()
                .filter_map(|slot| record.get(*slot).as_timestamp())
                .min()
        };
        let mut rest = None;
        for (kind, slots) in &self.slots {
            match view.single(*kind) {
                Some(record) => {
                    let own = earliest(record, slots);
                    if own.is_some() {
                        return own;
                    }
                }
                None => {
                    let first = view
                        .list(*kind)
                        .iter()
                        .filter_map(|record| earliest(record, slots))
                        .min();
                    rest = [rest, first].into_iter().flatten().min();
                }
            }
        }
        rest
    }
}
