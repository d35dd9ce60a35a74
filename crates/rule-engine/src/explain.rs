//! Why a rule says what it says: every sub-expression with its value, the instants at which that
//! changes, and a reason.

mod changes;

use crate::evaluate::Moment;
use crate::expression::{
    Act, Clock, Comparison, Each, Expression, FieldRef, List, Origin, Quantifier, Threshold,
};
use changes::Changes;
use order::{OrderView, Timestamp, Value};
use serde::Serialize;

/// Most elements of a list that are told about.
const MAX_ELEMENTS: usize = 10;

/// One sub-expression, its value, and what it follows from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The sub-expression as written, white space made single.
    pub expression: String,
    /// Its value; `unknown` when something is missing.
    pub value: String,
    /// When it became so, in event time; none when it always was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_changed_at: Option<Timestamp>,
    /// When it will be otherwise if no other fact arrives; none when it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_change_at: Option<Timestamp>,
    /// Why, when the children do not say.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// The decision table that it is the value of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<String>,
    /// What it is made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Explanation>,
}

/// Language of the reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese.
    Chinese,
}

pub(crate) fn explain(
    text: &str,
    condition: &Expression,
    view: &OrderView,
    at: Timestamp,
    language: Language,
) -> Explanation {
    Explainer {
        text,
        moment: Moment::new(view, at),
        language,
    }
    .node(condition)
}

/// Where a row stands, in both languages.
fn place(origin: &Origin) -> (String, String) {
    let (english, chinese) = match origin.row {
        Some(row) => (format!("row {}", row + 1), format!("第 {} 行", row + 1)),
        None => ("default".to_owned(), "默认值".to_owned()),
    };
    match &origin.campaign {
        Some(campaign) => (
            format!("campaign {campaign}, {english}"),
            format!("活动 {campaign},{chinese}"),
        ),
        None => (english, chinese),
    }
}

/// The name in `threshold("name")`.
fn named(call: &str) -> Option<String> {
    call.split(['"', '\'']).nth(1).map(str::to_owned)
}

impl Explanation {
    /// The decision tables that it and its parts are values of, each once.
    pub fn thresholds(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.threshold.as_deref().into_iter().collect();
        for child in &self.children {
            for name in child.thresholds() {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }
}

struct Explainer<'e> {
    text: &'e str,
    moment: Moment<'e>,
    language: Language,
}

impl<'e> Explainer<'e> {
    fn say(&self, english: String, chinese: String) -> String {
        match self.language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }

    fn node(&mut self, expression: &'e Expression) -> Explanation {
        let value = self
            .moment
            .datum(expression)
            .map_or("unknown".to_owned(), |value| value.to_string());
        let why = self.why(expression);
        let children = self.children(expression);
        let Changes { last, next } = Changes::around(&self.moment, expression);
        let written = self.written(expression);
        let threshold = match &expression.act {
            Act::Threshold(_) => named(&written),
            _ => None,
        };
        Explanation {
            expression: written,
            value,
            last_changed_at: last,
            next_change_at: next,
            why,
            threshold,
            children,
        }
    }

    fn written(&self, expression: &Expression) -> String {
        let text = self.text.get(expression.text.clone()).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn why(&mut self, expression: &'e Expression) -> String {
        match &expression.act {
            Act::Field(field) | Act::Has(field) => self.why_field(*field),
            Act::Clock(clock) => self.why_clock(clock),
            Act::Threshold(threshold) => self.why_threshold(threshold),
            Act::Quantify(_, each) => match self.moment.size(&each.list) {
                Some(size) => self.say(format!("{size} element(s)"), format!("共 {size} 项")),
                None => self.say("the list is not known".into(), "列表未知".into()),
            },
            _ => String::new(),
        }
    }

    fn why_field(&mut self, field: FieldRef) -> String {
        let known = self
            .moment
            .stored(field)
            .is_some_and(|value| !value.is_missing());
        if known {
            return String::new();
        }
        match self.moment.stored(FieldRef {
            event: false,
            ..field
        }) {
            Some(Value::Timestamp(later)) => self.say(
                format!("happens later, at {later}"),
                format!("尚未发生,将于 {later} 发生"),
            ),
            _ => self.say("not known".into(), "未知".into()),
        }
    }

    fn why_clock(&mut self, clock: &'e Clock) -> String {
        let Some(flip) = self.moment.flip(clock) else {
            return self.say(
                "what it counts from is not known".into(),
                "计时起点未知".into(),
            );
        };
        let rises = matches!(
            clock.running(),
            Comparison::Greater | Comparison::GreaterOrEqual
        );
        let passed = flip.micros() <= self.moment.at();
        match (rises, passed) {
            (true, true) => self.say(format!("true since {flip}"), format!("自 {flip} 起成立")),
            (true, false) => self.say(format!("true from {flip}"), format!("将于 {flip} 起成立")),
            (false, true) => self.say(
                format!("false since {flip}"),
                format!("自 {flip} 起不再成立"),
            ),
            (false, false) => self.say(format!("true until {flip}"), format!("成立至 {flip}")),
        }
    }

    fn why_threshold(&mut self, threshold: &'e Threshold) -> String {
        match self.moment.row(threshold).0 {
            Some(row) => {
                let row = &threshold.rows[row];
                let when = row.sources.join(" && ");
                let (english, chinese) = place(&row.origin);
                self.say(format!("{english}: {when}"), format!("{chinese}:{when}"))
            }
            None => self.say(
                "no row matches: the default".into(),
                "无匹配行,取默认值".into(),
            ),
        }
    }

    fn children(&mut self, expression: &'e Expression) -> Vec<Explanation> {
        match &expression.act {
            Act::And(parts) | Act::Or(parts) => self.nodes(parts),
            Act::Not(part) | Act::Negate(part) | Act::TextSize(part) => vec![self.node(part)],
            Act::Convert(_, part) | Act::Matches(part, _) => vec![self.node(part)],
            Act::If(parts) => self.nodes(parts.as_ref()),
            Act::Compare(_, sides)
            | Act::Arithmetic(_, sides)
            | Act::Concatenate(sides)
            | Act::TextTest(_, sides) => self.worth_telling(sides.as_ref()),
            Act::Clock(clock) => {
                let mut children: Vec<_> = clock
                    .offsets
                    .iter()
                    .map(|offset| self.node(&offset.term))
                    .collect();
                if let crate::expression::Hand::Worked { since, .. } = &clock.hand {
                    children.push(self.node(since));
                }
                children.extend(self.worth_telling(std::slice::from_ref(&clock.against)));
                children
            }
            Act::In(element, list) => {
                let mut children = vec![self.node(element)];
                if let List::Literal(elements) = list.as_ref() {
                    children.extend(self.worth_telling(elements));
                }
                children
            }
            Act::Index(_, index) => self.worth_telling(std::slice::from_ref(index)),
            Act::Read(reading) => self.worth_telling(std::slice::from_ref(&reading.of)),
            Act::CompareLists(_, lists) => lists
                .iter()
                .flat_map(|list| match list {
                    List::Literal(elements) => self.worth_telling(elements),
                    _ => Vec::new(),
                })
                .collect(),
            Act::Quantify(quantifier, each) => self.elements(*quantifier, each),
            _ => Vec::new(),
        }
    }

    fn nodes(&mut self, parts: &'e [Expression]) -> Vec<Explanation> {
        parts.iter().map(|part| self.node(part)).collect()
    }

    /// Literals explain themselves.
    fn worth_telling(&mut self, parts: &'e [Expression]) -> Vec<Explanation> {
        let told = parts
            .iter()
            .filter(|part| !matches!(part.act, Act::Constant(_)));
        told.map(|part| self.node(part)).collect()
    }

    fn elements(&mut self, quantifier: Quantifier, each: &'e Each) -> Vec<Explanation> {
        let mut elements = Vec::new();
        let seen = self.moment.each(&each.list, &mut |_, element| {
            elements.push(element);
            elements.len() >= MAX_ELEMENTS
        });
        if seen.is_none() {
            return Vec::new();
        }
        let mut children = Vec::with_capacity(elements.len());
        for element in elements {
            let name = element.to_string();
            self.moment.set_local(each.local, element);
            let mut child = self.node(&each.body);
            child.expression = format!("[{name}] {}", child.expression);
            let decides = match quantifier {
                Quantifier::Exists | Quantifier::ExistsOne => child.value == "true",
                Quantifier::All => child.value == "false",
            };
            if decides && child.why.is_empty() {
                child.why = self.say("decides".into(), "起决定作用".into());
            }
            children.push(child);
        }
        children
    }
}
