//! The functions that a filter may call.

use chrono::TimeDelta;

use super::literal;
use crate::{
    condition::Operand,
    error::{Fault, Misplaced, nearest_first, shown},
    syntax::{Argument, Comparable, Function},
};

const FUNCTIONS: [&str; 4] = ["now", "ago", "in", "me"];
const STRETCH: &str = "one duration, such as \"2h\"";

/// What a call gives.
pub(super) fn operand(function: &Function) -> Result<Operand, Misplaced> {
    let name = function.name.literal().text;
    match name.as_str() {
        "now" => without_arguments(function, "now").map(|()| Operand::Away(TimeDelta::zero())),
        "me" => without_arguments(function, "me").map(|()| Operand::Me),
        "ago" => stretch(function, "ago").map(|stretch| Operand::Away(-stretch)),
        "in" => stretch(function, "in").map(Operand::Away),
        "AND" | "OR" | "NOT" => Err(Fault::Glued { keyword: name }.at(function.name.at())),
        _ => {
            let known = nearest_first(&name, FUNCTIONS);
            let name = shown(&name);
            Err(Fault::UnknownFunction { name, known }.at(function.name.at()))
        }
    }
}

fn without_arguments(function: &Function, name: &'static str) -> Result<(), Misplaced> {
    match function.arguments.as_slice() {
        [] => Ok(()),
        [first, ..] => Err(arguments(name, "nothing").at(first.at())),
    }
}

fn stretch(function: &Function, name: &'static str) -> Result<TimeDelta, Misplaced> {
    let at = function.arguments.first().map(Argument::at);
    let stretch = match function.arguments.as_slice() {
        [Argument::Comparable(Comparable::Member(member))] => {
            literal::duration(&member.literal().text)
        }
        _ => None,
    };
    let misplaced = || arguments(name, STRETCH).at(at.unwrap_or(function.name.at()));
    stretch.ok_or_else(misplaced)
}

fn arguments(function: &'static str, expected: &'static str) -> Fault {
    Fault::Arguments { function, expected }
}
