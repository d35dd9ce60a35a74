//! The JSON of react-querybuilder 8 as groups and conditions, before any field is looked up.
//!
//! Both of its forms are read: a group with one `combinator`, and a group with combinators between
//! its rules, where `and` binds closer than `xor`, and `xor` closer than `or`. Muted parts are
//! left out as its exports do; `disabled` only stops an editor, so it changes nothing here.

mod rule;

use super::fault::Fault;
use super::operator::Operator;
use super::{MAX_CONDITIONS, MAX_DEPTH};
use serde_json::{Map, Value};

/// What the builder writes where nothing was chosen yet.
const PLACEHOLDER: &str = "~";

#[derive(Debug)]
pub(super) enum Node<'t> {
    Group(Group<'t>),
    Rule(Rule<'t>),
}

#[derive(Debug)]
pub(super) struct Group<'t> {
    pub(super) combinator: Combinator,
    pub(super) not: bool,
    pub(super) nodes: Vec<Node<'t>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Combinator {
    And,
    Or,
    /// An odd number of conditions is true.
    Xor,
}

#[derive(Debug)]
pub(super) struct Rule<'t> {
    pub(super) path: String,
    pub(super) field: &'t str,
    pub(super) test: Test<'t>,
}

#[derive(Debug)]
pub(super) enum Test<'t> {
    /// The field by an operator and its values.
    Operator {
        operator: Operator,
        value: &'t Value,
        /// The values are names of fields.
        of_fields: bool,
    },
    /// How many elements of a list pass a group of their own.
    Match { mode: Mode, group: Group<'t> },
}

/// How many elements of a list must pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mode {
    All,
    Some,
    None,
    Count(Bound, i64),
    /// A share of all elements, above 0 and below 1.
    Share(Bound, f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    AtLeast,
    AtMost,
    Exactly,
}

/// Reads a whole tree; none when there are faults, or when nothing is left to judge.
pub(super) fn read<'t>(tree: &'t Value, faults: &mut Vec<Fault>) -> Option<Group<'t>> {
    let mut reader = Reader {
        faults,
        conditions: 0,
    };
    let root = reader.object(tree, "", "a group")?;
    let group = reader.group(root, "", 1);
    if reader.conditions > MAX_CONDITIONS {
        let found = reader.conditions;
        let fault = Fault::at("", "the tree is too large");
        faults.push(fault.expected(format!("at most {MAX_CONDITIONS} conditions"), found));
        return None;
    }
    if faults.is_empty() && group.is_none() {
        let fault = Fault::at("", "no condition is left, so the rule would always be true");
        faults.push(fault.help("add a condition, or unmute one"));
    }
    group
}

struct Reader<'f> {
    faults: &'f mut Vec<Fault>,
    conditions: usize,
}

impl Reader<'_> {
    /// A group with what is not muted in it; none when that is nothing.
    fn group<'t>(
        &mut self,
        object: &'t Map<String, Value>,
        path: &str,
        depth: usize,
    ) -> Option<Group<'t>> {
        if depth > MAX_DEPTH {
            let fault = Fault::at(path, "groups are nested too deep");
            self.faults
                .push(fault.expected(format!("at most {MAX_DEPTH} levels"), depth));
            return None;
        }
        if is_muted(object) {
            return None;
        }
        let not = self.flag(object, path, "not");
        let Some(Value::Array(rules)) = object.get("rules") else {
            let found = object.get("rules").map_or("nothing".into(), shown);
            let fault = Fault::at(join(path, "rules"), "a group has no list of rules");
            self.faults.push(fault.expected("a list", found));
            return None;
        };
        let group = match object.get("combinator") {
            None | Some(Value::Null) => self.chain(rules, path, depth)?,
            Some(combinator) => {
                let combinator = self.combinator(combinator, &join(path, "combinator"));
                let nodes = self.nodes(rules, path, depth);
                Group {
                    combinator,
                    not: false,
                    nodes,
                }
            }
        };
        let not = not != group.not;
        (!group.nodes.is_empty()).then_some(Group { not, ..group })
    }

    fn nodes<'t>(&mut self, rules: &'t [Value], path: &str, depth: usize) -> Vec<Node<'t>> {
        let node = |(index, rule)| self.node(rule, &element(path, index), depth);
        rules.iter().enumerate().filter_map(node).collect()
    }

    fn node<'t>(&mut self, value: &'t Value, path: &str, depth: usize) -> Option<Node<'t>> {
        let object = self.object(value, path, "a rule or a group")?;
        if object.get("rules").is_some() {
            return self.group(object, path, depth + 1).map(Node::Group);
        }
        if is_muted(object) {
            return None;
        }
        self.conditions += 1;
        self.rule(object, path, depth).map(Node::Rule)
    }

    /// Rules with combinators between them, grouped by how closely these bind.
    fn chain<'t>(&mut self, rules: &'t [Value], path: &str, depth: usize) -> Option<Group<'t>> {
        let mut nodes = Vec::new();
        let mut combinators = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let path = element(path, index);
            if index % 2 == 0 {
                nodes.push(self.node(rule, &path, depth));
            } else {
                combinators.push(self.combinator(rule, &path));
            }
        }
        if rules.len().is_multiple_of(2) && !rules.is_empty() {
            let fault = Fault::at(element(path, rules.len()), "a combinator joins nothing");
            self.faults
                .push(fault.expected("a rule or a group", "the end"));
        }
        group_by(
            &[Combinator::Or, Combinator::Xor, Combinator::And],
            nodes,
            &combinators,
        )
    }

    /// A combinator; where it is none, a fault, and the reading goes on.
    fn combinator(&mut self, value: &Value, path: &str) -> Combinator {
        let named = value
            .as_str()
            .map(str::to_ascii_lowercase)
            .and_then(|name| match name.as_str() {
                "and" => Some(Combinator::And),
                "or" => Some(Combinator::Or),
                "xor" => Some(Combinator::Xor),
                _ => None,
            });
        if named.is_none() {
            let fault = Fault::at(path, "not a combinator");
            self.faults
                .push(fault.expected("and, or or xor", shown(value)));
        }
        named.unwrap_or(Combinator::And)
    }

    fn text<'t>(
        &mut self,
        object: &'t Map<String, Value>,
        path: &str,
        key: &str,
    ) -> Option<&'t str> {
        match object.get(key) {
            Some(Value::String(text)) if text != PLACEHOLDER => Some(text),
            Some(Value::String(_)) => {
                let fault = Fault::at(join(path, key), format!("no {key} was chosen yet"));
                self.faults.push(fault.help("choose one, or mute the rule"));
                None
            }
            other => {
                let found = other.map_or("nothing".into(), shown);
                let fault = Fault::at(join(path, key), format!("a rule has no {key}"));
                self.faults.push(fault.expected("a text", found));
                None
            }
        }
    }

    fn flag(&mut self, object: &Map<String, Value>, path: &str, key: &str) -> bool {
        match object.get(key) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(other) => {
                let fault = Fault::at(join(path, key), "wrong type");
                self.faults
                    .push(fault.expected("true or false", shown(other)));
                false
            }
        }
    }

    fn object<'t>(
        &mut self,
        value: &'t Value,
        path: &str,
        expected: &str,
    ) -> Option<&'t Map<String, Value>> {
        if let Value::Object(object) = value {
            return Some(object);
        }
        let fault = Fault::at(path, "wrong type");
        self.faults.push(fault.expected(expected, shown(value)));
        None
    }
}

/// Splits at the loosest combinator that occurs; nodes that are muted drop out of their own chain.
fn group_by<'t>(
    levels: &[Combinator],
    nodes: Vec<Option<Node<'t>>>,
    combinators: &[Combinator],
) -> Option<Group<'t>> {
    let combinator = *levels.first().unwrap_or(&Combinator::And);
    let mut nodes = nodes.into_iter();
    let mut made = Vec::new();
    for chain in combinators.split(|found| *found == combinator) {
        let part: Vec<_> = nodes.by_ref().take(chain.len() + 1).collect();
        if chain.is_empty() || levels.len() < 2 {
            made.extend(part.into_iter().flatten());
        } else if let Some(group) = group_by(&levels[1..], part, chain) {
            made.push(Node::Group(group));
        }
    }
    (!made.is_empty()).then_some(Group {
        combinator,
        not: false,
        nodes: made,
    })
}

fn is_muted(object: &Map<String, Value>) -> bool {
    object.get("muted") == Some(&Value::Bool(true))
}

pub(super) fn join(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    }
}

fn element(path: &str, index: usize) -> String {
    join(path, &format!("rules[{index}]"))
}

/// A JSON value in short, for a message.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        scalar => {
            let mut text = scalar.to_string();
            if let Some((end, _)) = text.char_indices().nth(60) {
                text.truncate(end);
                text.push('…');
            }
            text
        }
    }
}
