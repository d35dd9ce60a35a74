//! Types against the field catalogue: what passes comes out compiled, every name resolved.

mod bound;
mod clock;
mod conversion;
mod cost;
mod function;
mod list;
mod literal;
mod name;
mod operator;
mod reading;
mod reads;
mod sequence;
mod unknown;

use crate::constant::ConstantValue;
use crate::expression::{Act, Expression, List, MAX_LOCALS, Place, Threshold};
use crate::fault::Fault;
use crate::language::{Form, Syntax};
use calendar::Calendar;
use clock::Moving;
use order::{Catalogue, EntityKind, Systems, Value};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub(crate) use bound::{Constant, constant};
pub(crate) use literal::parse_duration;
pub(crate) use reads::Reads;

/// What rules may name.
pub(crate) struct World<'w> {
    pub(crate) catalogue: &'w Catalogue,
    pub(crate) calendars: &'w BTreeMap<String, Arc<Calendar>>,
    /// None inside a decision table, which must not read another.
    pub(crate) thresholds: Option<&'w BTreeMap<String, Declared>>,
    /// Patterns compiled so far: they take room, so a rule set has only so many.
    pub(crate) patterns: Cell<usize>,
}

/// A decision table with what a reader of it needs to know.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    pub(crate) value_type: Type,
    pub(crate) systems: Systems,
    pub(crate) threshold: Arc<Threshold>,
}

/// Types of the language, by their names in CEL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Bool,
    Int,
    Double,
    Text,
    Timestamp,
    Duration,
}

impl Type {
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Double)
    }

    /// Whether values of the two types can be compared at all.
    pub(crate) fn compares_with(self, other: Self) -> bool {
        self == other || (self.is_number() && other.is_number())
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Double => "double",
            Self::Text => "string",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
        })
    }
}

/// A condition that passed.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) expression: Expression,
    pub(crate) reads: Reads,
}

/// Parses, checks and compiles the text of a condition.
pub(crate) fn condition(world: &World<'_>, text: &str) -> Result<Condition, Vec<Fault>> {
    value(world, text, Type::Bool)
}

/// Parses, checks and compiles the text of a value of a type.
pub(crate) fn value(
    world: &World<'_>,
    text: &str,
    value_type: Type,
) -> Result<Condition, Vec<Fault>> {
    let syntax = crate::language::parse(text)?;
    let mut checker = Checker::new(world, text, &NO_BINDINGS);
    let expression = match checker.typed(&syntax, value_type) {
        Ok(expression) if checker.faults.is_empty() => expression,
        _ => return Err(checker.faults),
    };
    cost::check(text, cost::of(&expression))?;
    Ok(Condition {
        expression,
        reads: checker.reads,
    })
}

static NO_BINDINGS: BTreeMap<String, ConstantValue> = BTreeMap::new();

/// The fault is among [`Checker::faults`]; whoever meets this has nothing to add.
pub(super) struct Reported;

pub(super) type Outcome<T> = Result<T, Reported>;

/// What a node turned out to be.
enum Checked {
    Steady(Expression, Type),
    /// It runs with the clock.
    Moving(Moving),
    List(List, Element),
    Record(Place, EntityKind),
}

/// What a list has for elements.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    Record(EntityKind),
    Scalar(Type),
    /// Of an empty literal.
    Nothing,
}

struct Checker<'c> {
    text: &'c str,
    world: &'c World<'c>,
    scope: Vec<(String, Element)>,
    reads: Reads,
    faults: Vec<Fault>,
    /// Whether the type of a variable is being tried out.
    guessing: bool,
    /// Names with values of their own, for tools.
    bindings: &'c BTreeMap<String, ConstantValue>,
}

impl<'c> Checker<'c> {
    fn new(
        world: &'c World<'c>,
        text: &'c str,
        bindings: &'c BTreeMap<String, ConstantValue>,
    ) -> Self {
        Self {
            text,
            world,
            scope: Vec::new(),
            reads: Reads::default(),
            faults: Vec::new(),
            guessing: false,
            bindings,
        }
    }
}

impl Checker<'_> {
    fn fault(&self, at: usize, message: impl Into<String>) -> Fault {
        Fault::at(self.text, at, message)
    }

    fn report<T>(&mut self, fault: Fault) -> Outcome<T> {
        self.faults.push(fault);
        Err(Reported)
    }

    fn check(&mut self, syntax: &Syntax) -> Outcome<Checked> {
        let constant = |value, value_type| {
            let expression = Expression {
                text: syntax.text.clone(),
                act: Act::Constant(value),
            };
            Ok(Checked::Steady(expression, value_type))
        };
        match &syntax.form {
            Form::Bool(value) => constant(Value::Bool(*value), Type::Bool),
            Form::Int(value) => constant(Value::Int(*value), Type::Int),
            Form::Double(value) => constant(Value::Double(*value), Type::Double),
            Form::Text(value) => constant(Value::text(value), Type::Text),
            Form::Name(name) => self.name(syntax, name),
            Form::Field { of, field } => self.field(syntax, of, field),
            Form::Has { of, field } => self.has(syntax, of, field),
            Form::Call {
                target,
                function,
                arguments,
            } => self.call(syntax, target.as_deref(), function, arguments),
            Form::Operator { name, operands } => self.operator(syntax, name, operands),
            Form::Macro {
                name,
                list,
                variable,
                body,
            } => self.over_list(syntax, *name, list, variable, body),
            Form::List(elements) => self.list_literal(elements),
        }
    }

    /// Checks a node that must be one value, at rest.
    fn steady(&mut self, syntax: &Syntax) -> Outcome<(Expression, Type)> {
        let checked = self.check(syntax)?;
        self.settle(syntax, checked)
    }

    /// The value, at rest, that a checked node must be.
    fn settle(&mut self, syntax: &Syntax, checked: Checked) -> Outcome<(Expression, Type)> {
        let (found, help) = match checked {
            Checked::Steady(expression, value_type) => return Ok((expression, value_type)),
            Checked::Moving(_) => {
                let fault = self.fault(syntax.text.start, "`now` runs, so it can only be compared");
                return self.report(fault.help(clock::HELP));
            }
            Checked::List(_, element) => (
                format!("a list of {}", self.element_name(element)),
                "use exists, all or size on it",
            ),
            Checked::Record(_, kind) => (format!("the {kind} record"), "name one of its fields"),
        };
        let fault = self.fault(syntax.text.start, "not a single value");
        self.report(fault.expected("a value", found).help(help))
    }

    fn typed(&mut self, syntax: &Syntax, expected: Type) -> Outcome<Expression> {
        let (expression, found) = self.steady(syntax)?;
        if found == expected {
            return Ok(expression);
        }
        let fault = self
            .fault(syntax.text.start, "wrong type")
            .expected(expected, found);
        let help = match (expected, found) {
            (Type::Double, Type::Int) => Some("write a decimal point, such as 100.0, or double(…)"),
            (Type::Int, Type::Double) => Some("use int(…)"),
            (Type::Duration, Type::Text) => Some("write duration(\"…\")"),
            (Type::Timestamp, Type::Text) => Some("write timestamp(\"…\")"),
            _ => None,
        };
        self.report(match help {
            Some(help) => fault.help(help),
            None => fault,
        })
    }

    fn element_name(&self, element: Element) -> String {
        match element {
            Element::Record(kind) => format!("{kind} records"),
            Element::Scalar(value_type) => value_type.to_string(),
            Element::Nothing => "nothing".to_owned(),
        }
    }

    /// Enters the body of a macro; its variable is the innermost local.
    fn within<T>(
        &mut self,
        at: usize,
        variable: &str,
        element: Element,
        check: impl FnOnce(&mut Self) -> Outcome<T>,
    ) -> Outcome<(usize, T)> {
        let local = self.scope.len();
        if local == MAX_LOCALS {
            let fault = self.fault(at, format!("macros are nested deeper than {MAX_LOCALS}"));
            return self.report(fault.help("split the rule, or ask about fewer lists at once"));
        }
        self.scope.push((variable.to_owned(), element));
        let outcome = check(self);
        self.scope.pop();
        Ok((local, outcome?))
    }
}
