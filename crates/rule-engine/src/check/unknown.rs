//! Calls of what there is not, or not like this.

use super::reading::{self, ACCESSORS};
use super::{Checked, Checker, Outcome};
use crate::language::Syntax;

const FUNCTIONS: [&str; 20] = [
    "elapsed",
    "bool",
    "threshold",
    "timestamp",
    "duration",
    "size",
    "int",
    "double",
    "string",
    "startsWith",
    "endsWith",
    "contains",
    "matches",
    "has",
    "exists",
    "all",
    "exists_one",
    "existsOne",
    "filter",
    "map",
];
/// Functions of CEL that rules do without, and what to do instead.
const ABSENT: [(&str, &str); 4] = [
    ("uint", "use int(…): there are no unsigned numbers"),
    ("bytes", "compare texts: there are no bytes"),
    ("type", "every value has one type, known from the catalogue"),
    (
        "dyn",
        "leave it out: every value has one type, and ints compare with doubles",
    ),
];

impl Checker<'_> {
    pub(super) fn unknown_call(
        &mut self,
        syntax: &Syntax,
        function: &str,
        on_target: bool,
        arguments: usize,
    ) -> Outcome<Checked> {
        let at = match on_target {
            true => self.text[..syntax.at].rfind(function).unwrap_or(syntax.at),
            false => syntax.at,
        };
        if FUNCTIONS.contains(&function) || reading::part(function).is_some() {
            let found = format!(
                "{arguments} argument(s){}",
                if on_target { " on a value" } else { "" }
            );
            let fault = self.fault(at, format!("`{function}` is not called like this"));
            return self.report(fault.expected(signature(function), found));
        }
        if let Some((_, help)) = ABSENT.iter().find(|(name, _)| *name == function) {
            let fault = self.fault(at, format!("`{function}` is not supported in rules"));
            return self.report(fault.help(*help));
        }
        let known = FUNCTIONS
            .into_iter()
            .chain(ACCESSORS.iter().map(|(name, _)| *name));
        let fault = self.fault(at, format!("unknown function `{function}`"));
        self.report(fault.nearest(function, known))
    }
}

fn signature(function: &str) -> &'static str {
    match function {
        "elapsed" => "elapsed(timestamp) or elapsed(timestamp, \"calendar\")",
        "threshold" => "threshold(\"name\")",
        "timestamp" => "timestamp(\"2026-11-11T00:00:00+08:00\") or timestamp(seconds)",
        "duration" => "duration(\"2d\")",
        "size" => "list.size() or size(list)",
        "bool" => "bool(x)",
        "int" => "int(x)",
        "double" => "double(x)",
        "string" => "string(x)",
        "startsWith" => "text.startsWith(text)",
        "endsWith" => "text.endsWith(text)",
        "contains" => "text.contains(text)",
        "matches" => "text.matches(\"pattern\")",
        "has" => "has(record.field)",
        "map" => "list.map(x, value) or list.map(x, condition, value)",
        accessor if reading::part(accessor).is_some() => {
            "timestamp.getHours() or timestamp.getHours(\"Asia/Shanghai\"), and its like"
        }
        _ => "list.exists(x, condition), and all, exists_one, filter likewise",
    }
}
