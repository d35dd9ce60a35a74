//! Holds the tree of a filter against the fields of a list.

mod function;
mod literal;
mod test;

use crate::{
    condition::{Condition, Shape, Subject, Test},
    error::{Fault, Misplaced, nearest_first, shown},
    schema::{Field, Kind, Schema},
    syntax::{Argument, Comparable, Comparator, Expression, Member, Restriction},
};
use test::{Asked, text_contains};

/// What an expression asks of rows.
pub(crate) fn condition(expression: &Expression, schema: &Schema) -> Result<Condition, Misplaced> {
    compound(expression, &|asked| restriction(asked, schema), &|alone| {
        global(alone, schema)
    })
}

type Check<'c, T> = &'c dyn Fn(&T) -> Result<Condition, Misplaced>;

/// Follows the logic of an expression down to its comparisons and values.
fn compound(
    expression: &Expression,
    restriction: Check<'_, Restriction>,
    value: Check<'_, Comparable>,
) -> Result<Condition, Misplaced> {
    let part = |part: &Expression| compound(part, restriction, value);
    let all = |parts: &[Expression]| parts.iter().map(part).collect::<Result<Vec<_>, _>>();
    match expression {
        Expression::And(parts) | Expression::Sequence(parts) => all(parts).map(Condition::All),
        Expression::Or(parts) => all(parts).map(Condition::Any),
        Expression::Not(negated) => Ok(Condition::Not(Box::new(part(negated)?))),
        Expression::Restriction(asked) => restriction(asked),
        Expression::Global(alone) => value(alone),
    }
}

fn restriction(restriction: &Restriction, schema: &Schema) -> Result<Condition, Misplaced> {
    let member = match &restriction.comparable {
        Comparable::Member(member) => member,
        Comparable::Function(function) => {
            let unexpected = Fault::Unexpected {
                expected: "a field on the left",
                found: format!("the function `{}`", shown(&function.name.literal().text)),
            };
            return Err(unexpected.at(function.name.at()));
        }
    };
    let (field, subject) = subject(member, schema)?;
    let asked = Asked {
        field,
        subject,
        comparator: restriction.comparator,
        at: restriction.at.0,
    };
    match &restriction.argument {
        Argument::Comparable(value) => asked.of(value),
        // `field = (a OR b)` asks of each value what it asks of one.
        Argument::Composite(values, _) => {
            compound(values, &|nested| Err(nested_refused(nested)), &|value| {
                asked.of(value)
            })
        }
    }
}

fn nested_refused(nested: &Restriction) -> Misplaced {
    let unexpected = Fault::Unexpected {
        expected: "values only within the brackets of a comparison",
        found: format!("`{}`", nested.comparator),
    };
    unexpected.at(nested.at.0)
}

/// The field that a path names, or the entry of a map.
fn subject<'s>(member: &Member, schema: &'s Schema) -> Result<(&'s Field, Subject), Misplaced> {
    let path = member.literal().text;
    if let Some(field) = schema.field(&path) {
        return Ok((field, Subject::of(field, None)));
    }
    let names: Vec<&str> = member.0.iter().map(|word| word.text.as_str()).collect();
    let prefix = schema.fields().iter().filter_map(|field| {
        let length = field.name().split('.').count();
        let is_prefix = length < names.len() && names[..length].join(".") == field.name();
        is_prefix.then_some((length, field))
    });
    let Some((length, field)) = prefix.max_by_key(|(length, _)| *length) else {
        let known = nearest_first(&path, schema.fields().iter().map(Field::name));
        let name = shown(&path);
        return Err(Fault::UnknownField { name, known }.at(member.at()));
    };
    match (field.kind(), &names[length..]) {
        (Kind::Map, [key]) => Ok((field, Subject::of(field, Some(key)))),
        (kind, rest) => {
            let no_part = Fault::NoPart {
                field: field.name(),
                kind: kind.to_string(),
                part: shown(&rest.join(".")),
            };
            Err(no_part.at(member.0[length].at.0))
        }
    }
}

/// A value that stands alone: a field that is true, or a word to look for.
fn global(comparable: &Comparable, schema: &Schema) -> Result<Condition, Misplaced> {
    let member = match comparable {
        Comparable::Member(member) => member,
        Comparable::Function(function) => {
            let given = function::operand(function)?;
            let unexpected = Fault::Unexpected {
                expected: "a comparison",
                found: format!("{} alone", given.describe()),
            };
            return Err(unexpected.at(function.name.at()));
        }
    };
    let word = member.literal();
    let field = schema.field(&word.text).filter(|_| !word.quoted);
    if let Some(field) = field.filter(|field| *field.kind() == Kind::Boolean) {
        return Ok(Condition::Test(Subject::of(field, None), Test::Is(true)));
    }
    let contains = text_contains(&word);
    let looked_for: Vec<Condition> = schema
        .searched()
        .map(|field| Condition::Test(Subject::of(field, None), contains.clone()))
        .collect();
    if looked_for.is_empty() {
        return Err(Fault::NotSearched.at(member.at()));
    }
    Ok(Condition::Any(looked_for))
}

impl Subject {
    fn of(field: &Field, key: Option<&str>) -> Self {
        let shape = match (field.kind(), key) {
            (_, Some(key)) => Shape::Entry(key.to_owned()),
            (Kind::Map, None) => Shape::Map,
            (Kind::List, None) => Shape::List,
            _ => Shape::Scalar,
        };
        Self {
            name: field.name(),
            sql: field.sql(),
            shape,
        }
    }
}

/// Comparators that a field of a kind knows, for a message.
fn allowed(kind: &Kind) -> &'static [Comparator] {
    use Comparator::{Equal, Greater, GreaterOrEqual, Has, Less, LessOrEqual, NotEqual};
    match kind {
        Kind::List | Kind::Map => &[Has],
        Kind::Word(_) | Kind::Boolean | Kind::Uuid => &[Equal, NotEqual, Has],
        Kind::Text { .. } | Kind::Number | Kind::Duration | Kind::Instant => &[
            Equal,
            NotEqual,
            Less,
            LessOrEqual,
            Greater,
            GreaterOrEqual,
            Has,
        ],
    }
}
