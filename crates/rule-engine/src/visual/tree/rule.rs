//! One condition of a tree: its operator and values, or its match mode.

use super::{Bound, Mode, Reader, Rule, Test, join, shown};
use crate::visual::fault::Fault;
use crate::visual::operator::Operator;
use serde_json::{Map, Value};

impl Reader<'_> {
    pub(super) fn rule<'t>(
        &mut self,
        object: &'t Map<String, Value>,
        path: &str,
        depth: usize,
    ) -> Option<Rule<'t>> {
        if object.get("lhs").is_some_and(|lhs| !lhs.is_null()) {
            let fault = Fault::at(join(path, "lhs"), "expressions in place of a field");
            self.faults
                .push(fault.help("write the rule's condition as CEL instead"));
            return None;
        }
        let field = self.text(object, path, "field");
        let test = match object.get("match").filter(|value| !value.is_null()) {
            Some(found) => self.matching(object, found, path, depth),
            None => self.comparing(object, path),
        };
        Some(Rule {
            path: path.to_owned(),
            field: field?,
            test: test?,
        })
    }

    fn comparing<'t>(&mut self, object: &'t Map<String, Value>, path: &str) -> Option<Test<'t>> {
        let name = self.text(object, path, "operator")?;
        let operator = Operator::named(name);
        if operator.is_none() {
            let known = Operator::ALL.into_iter().map(Operator::name);
            let fault = Fault::at(join(path, "operator"), format!("unknown operator {name:?}"));
            self.faults.push(fault.nearest(name, known));
        }
        let of_fields = match object.get("valueSource") {
            None | Some(Value::Null) => false,
            Some(Value::String(source)) if source == "value" => false,
            Some(Value::String(source)) if source == "field" => true,
            Some(other) => {
                let fault = Fault::at(join(path, "valueSource"), "not a source of values");
                self.faults
                    .push(fault.expected("value or field", shown(other)));
                return None;
            }
        };
        Some(Test::Operator {
            operator: operator?,
            value: object.get("value").unwrap_or(&Value::Null),
            of_fields,
        })
    }

    fn matching<'t>(
        &mut self,
        object: &'t Map<String, Value>,
        found: &Value,
        path: &str,
        depth: usize,
    ) -> Option<Test<'t>> {
        let mode = self.mode(found, &join(path, "match"));
        let path = join(path, "value");
        let group = self.object(
            object.get("value").unwrap_or(&Value::Null),
            &path,
            "a group about one element",
        )?;
        let before = self.faults.len();
        let group = self.group(group, &path, depth + 1);
        if group.is_none() && self.faults.len() == before {
            let fault = Fault::at(path, "no condition about the elements is left");
            self.faults
                .push(fault.help("add one, or mute the whole rule"));
        }
        Some(Test::Match {
            mode,
            group: group?,
        })
    }

    /// A match mode; where it is none, a fault, and the reading goes on.
    fn mode(&mut self, found: &Value, path: &str) -> Mode {
        let name = found
            .get("mode")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let bound = match name.to_ascii_lowercase().as_str() {
            "all" => return Mode::All,
            "some" => return Mode::Some,
            "none" => return Mode::None,
            "atleast" => Bound::AtLeast,
            "atmost" => Bound::AtMost,
            "exactly" => Bound::Exactly,
            _ => {
                let expected = "all, some, none, atLeast, atMost or exactly";
                let fault = Fault::at(join(path, "mode"), "not a match mode");
                let found = found.get("mode").unwrap_or(&Value::Null);
                self.faults.push(fault.expected(expected, shown(found)));
                return Mode::All;
            }
        };
        let threshold = found.get("threshold").unwrap_or(&Value::Null);
        let mode = match (bound, threshold.as_i64(), threshold.as_f64()) {
            (Bound::AtLeast, Some(1), _) => Some(Mode::Some),
            (Bound::AtMost, Some(0), _) => Some(Mode::None),
            (bound, Some(count), _) if count >= 0 => Some(Mode::Count(bound, count)),
            (bound, None, Some(share)) if share > 0.0 && share < 1.0 => {
                Some(Mode::Share(bound, share))
            }
            _ => None,
        };
        if mode.is_none() {
            let fault = Fault::at(join(path, "threshold"), "not a number of elements");
            let expected = "a whole number, or a share above 0 and below 1";
            self.faults.push(fault.expected(expected, shown(threshold)));
        }
        mode.unwrap_or(Mode::All)
    }
}
