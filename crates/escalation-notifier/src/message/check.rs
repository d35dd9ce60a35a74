//! Templates are tried before they are in force: what they ask for is known, and no ticket
//! makes them fail.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use minijinja::{
    Environment, Error, ErrorKind, Template, Value,
    machinery::{Instruction, Instructions, get_compiled_template},
};

use super::{
    facts::{FIELD_BYTES, counts, facts, names, rest},
    own, sample, size,
};
use crate::{
    channel::markup::Markup,
    channel::vendor,
    domain::{
        channel::Channel,
        delivery::Outgoing,
        escalation::Cause,
        wording::{Part, Wording},
    },
};

/// Something wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mistake {
    /// Line of the template, from 1.
    pub(crate) line: usize,
    /// Column of that line in characters, from 1.
    pub(crate) column: usize,
    /// What was expected, and what was found.
    pub(crate) expected: String,
}

/// Everything that is wrong with a template as it stands; else the first thing that goes
/// wrong when it is tried on tickets of every kind.
pub(crate) fn mistakes(wording: &Wording) -> Vec<Mistake> {
    let mut environment = own::environment();
    let source = &wording.template;
    if let Some((at, expected)) = size::too_much(source) {
        let (line, column) = place(source, at);
        return vec![Mistake {
            line,
            column,
            expected,
        }];
    }
    if let Err(error) = environment.add_template_owned("own", source.clone()) {
        return vec![mistake(source, &error, "")];
    }
    let Ok(template) = environment.get_template("own") else {
        return Vec::new();
    };
    let occasions = occasions(wording, DateTime::UNIX_EPOCH);
    let known = occasions.first().map(|(_, facts)| names(facts));
    let unknown = unknown_names(&environment, &template, source, &known.unwrap_or_default());
    if !unknown.is_empty() {
        return unknown.into_iter().collect();
    }
    let failed = occasions.iter().find_map(|(what, facts)| {
        let error = own::render(&environment, wording, facts).err()?;
        Some(mistake(source, &error, what))
    });
    failed.into_iter().collect()
}

/// What a template has to write, and of what.
fn occasions(wording: &Wording, now: DateTime<Utc>) -> Vec<(String, Value)> {
    let markups: Vec<Markup> = match wording.part {
        Part::Subject | Part::Letter => vec![Markup::Plain],
        _ => markups(&wording.channels),
    };
    let causes: Vec<Cause> = Cause::ALL
        .into_iter()
        .filter(|cause| *cause != Cause::Test)
        .filter(|cause| wording.causes.is_empty() || wording.causes.contains(cause))
        .collect();
    let tickets = sample::varied(now);
    let all: Vec<Outgoing> = causes
        .iter()
        .flat_map(|&cause| {
            let of = move |ticket| sample::delivery(ticket, cause, Channel::Log, now);
            tickets.clone().into_iter().map(of)
        })
        .collect();
    let of_one = |markup: Markup, link: Option<&str>, one: &Outgoing| {
        let facts = facts(one, link, markup, FIELD_BYTES, wording.language, now);
        let deadline = match one.ticket.due_at {
            Some(_) => "with a deadline",
            None => "without a deadline",
        };
        let cause = one.cause.as_str();
        (
            format!("of a ticket {deadline}, told because it is `{cause}`"),
            facts,
        )
    };
    let link = Some("https://orderwatch.example.com/notices/a/x");
    let of_markup = |markup: Markup| -> Vec<(String, Value)> {
        match wording.part {
            Part::Digest => [(2, None), (all.len(), link)]
                .map(|(some, link)| counts(&all[..some.min(all.len())], link, markup))
                .map(|counts| ("of several tickets".to_owned(), counts))
                .into(),
            Part::Tail => vec![("of several tickets".to_owned(), rest("7", markup))],
            _ => all
                .iter()
                .zip([None, link].into_iter().cycle())
                .map(|(one, link)| of_one(markup, link, one))
                .collect(),
        }
    };
    markups.into_iter().flat_map(of_markup).collect()
}

/// Ways in which the text is marked up on some channels; on all where none is named.
fn markups(channels: &[Channel]) -> Vec<Markup> {
    let named = Channel::ENDPOINTS.into_iter();
    let named = named.filter(|channel| channels.is_empty() || channels.contains(channel));
    let mut markups = vec![];
    for channel in named {
        let markup = vendor::of(channel).map_or(Markup::Plain, |vendor| vendor.limits().markup);
        if !markups.contains(&markup) {
            markups.push(markup);
        }
    }
    if markups.is_empty() {
        markups.push(Markup::Plain);
    }
    markups
}

/// Variables, filters and tests that there are not, wherever the template names them.
fn unknown_names(
    environment: &Environment<'_>,
    template: &Template<'_, '_>,
    source: &str,
    known: &[String],
) -> BTreeSet<Mistake> {
    let globals: BTreeSet<&str> = environment.globals().map(|(name, _)| name).collect();
    let mut variables = template.undeclared_variables(false);
    variables.retain(|name| !globals.contains(name.as_str()) && !known.contains(name));
    let lacks = |instruction: &Instruction<'_>| {
        let mut state = environment.empty_state();
        let tried = match instruction {
            Instruction::ApplyFilter(name, ..) => state.apply_filter(name, &[]),
            Instruction::PerformTest(name, ..) => state.perform_test(name, &[]).map(Value::from),
            _ => return false,
        };
        let unknown = [ErrorKind::UnknownFilter, ErrorKind::UnknownTest];
        tried.is_err_and(|error| unknown.contains(&error.kind()))
    };
    let unknown = |instruction: &Instruction<'_>| -> Option<(String, String)> {
        match instruction {
            Instruction::Lookup(name) | Instruction::CallFunction(name, _) => {
                let name = variables.get(*name)?;
                Some((name.clone(), nearest(name, known)))
            }
            Instruction::ApplyFilter(name, ..) => lacks(instruction).then(|| {
                (
                    (*name).to_owned(),
                    "expected a filter that there is".to_owned(),
                )
            }),
            Instruction::PerformTest(name, ..) => lacks(instruction).then(|| {
                (
                    (*name).to_owned(),
                    "expected a test that there is".to_owned(),
                )
            }),
            _ => None,
        }
    };
    let compiled = get_compiled_template(template);
    let bodies = std::iter::once(&compiled.instructions).chain(compiled.blocks.values());
    let named = bodies.flat_map(spanned);
    named
        .filter_map(|(instruction, from)| {
            let (name, expected) = unknown(instruction)?;
            let (line, column) = place(source, word(source, &name, from));
            let expected = format!("{expected}, found `{name}`");
            Some(Mistake {
                line,
                column,
                expected,
            })
        })
        .collect()
}

/// What was expected instead of a variable that there is not.
fn nearest(name: &str, known: &[String]) -> String {
    let distances = known
        .iter()
        .map(|it| (strsim::damerau_levenshtein(it, name), it));
    match distances.min() {
        Some((0..=2, nearest)) => format!("expected a variable such as `{nearest}`"),
        _ => format!("expected one of {}", known.join(", ")),
    }
}

/// Every instruction, with the byte of the source at which its expression begins.
fn spanned<'a>(body: &'a Instructions<'a>) -> impl Iterator<Item = (&'a Instruction<'a>, usize)> {
    (0_u32..).map_while(move |index| {
        let span = body.get_span(index);
        let from = span.map_or(0, |span| span.start_offset as usize);
        Some((body.get(index)?, from))
    })
}

fn mistake(source: &str, error: &Error, what: &str) -> Mistake {
    let (line, column) = match error.range() {
        Some(range) => place(source, range.start),
        None => (error.line().unwrap_or(1), 1),
    };
    let why = match error.kind() {
        ErrorKind::OutOfFuel => "it does not come to an end soon enough".to_owned(),
        ErrorKind::UndefinedError => "a value is not there".to_owned(),
        _ => error
            .detail()
            .map_or_else(|| error.kind().to_string(), str::to_owned),
    };
    let expected = match what {
        "" => format!("expected a template: {why}"),
        what => format!("expected words {what}, but {why}"),
    };
    Mistake {
        line,
        column,
        expected,
    }
}

/// Where a word stands: in the line of some byte, else anywhere.
fn word(source: &str, word: &str, near: usize) -> usize {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let whole = |(at, found): &(usize, &str)| {
        let (before, after) = (&source[..*at], &source[at + found.len()..]);
        !before.ends_with(is_part) && !after.starts_with(is_part)
    };
    let line = source[..source.floor_char_boundary(near)]
        .rfind('\n')
        .unwrap_or(0);
    let all = || source.match_indices(word).filter(whole).map(|(at, _)| at);
    all()
        .find(|at| *at >= line)
        .or_else(|| all().next())
        .unwrap_or(near)
}

/// Line, and column in characters, of a byte; both from 1.
fn place(source: &str, byte: usize) -> (usize, usize) {
    let before = &source[..source.floor_char_boundary(byte.min(source.len()))];
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

#[cfg(test)]
mod tests;
