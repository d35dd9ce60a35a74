//! What a step asks people to fill in.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use serde::{Deserialize, Serialize};

use super::sop::Text;

/// Longest text that is kept.
const LONGEST_TEXT: usize = 2_000;

/// What was filled in, by the name of the field, each as its kind writes it.
pub type Filled = BTreeMap<String, String>;

/// One field of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// Name, unique in the step.
    pub name: String,
    /// What people read beside it.
    #[serde(default)]
    pub title: Text,
    /// What may be filled in.
    pub kind: FieldKind,
    /// Whether the step cannot be completed without it.
    #[serde(default)]
    pub required: bool,
    /// What may be chosen; of choices only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Least number; of numbers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Greatest number; of numbers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

/// What may be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// Any text.
    Text,
    /// A decimal number.
    Number,
    /// A day, `2026-11-12`.
    Date,
    /// An instant, RFC 3339.
    Instant,
    /// `true` or `false`.
    Boolean,
    /// One of the choices.
    Choice,
}

/// Checks what was filled in; answers it as it is kept, blanks left out.
///
/// # Errors
/// One sentence for each field that is wrong, missing or not asked for.
pub fn check(fields: &[Field], filled: &Filled) -> Result<Filled, Vec<String>> {
    let mut faults = Vec::new();
    let mut kept = Filled::new();
    for field in fields {
        let given = filled.get(&field.name).map(|text| text.trim());
        match given.filter(|text| !text.is_empty()) {
            Some(text) => match field.read(text) {
                Ok(value) => drop(kept.insert(field.name.clone(), value)),
                Err(wanted) => faults.push(format!(
                    "field `{}` must be {wanted}, not `{}`",
                    field.name,
                    excerpt(text)
                )),
            },
            None if field.required => {
                faults.push(format!("field `{}` must be filled in", field.name));
            }
            None => {}
        }
    }
    let known = |name: &&String| fields.iter().any(|field| field.name == **name);
    faults.extend(
        filled
            .keys()
            .filter(|name| !known(name))
            .map(|name| format!("the step has no field `{}`", excerpt(name))),
    );
    if faults.is_empty() {
        Ok(kept)
    } else {
        Err(faults)
    }
}

impl Field {
    fn read(&self, text: &str) -> Result<String, String> {
        match self.kind {
            FieldKind::Text if text.chars().count() > LONGEST_TEXT => {
                Err(format!("at most {LONGEST_TEXT} characters"))
            }
            FieldKind::Text => Ok(text.to_owned()),
            FieldKind::Number => self.number(text),
            FieldKind::Date => NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .map(|day| day.to_string())
                .map_err(|_| "a day such as 2026-11-12".to_owned()),
            FieldKind::Instant => DateTime::parse_from_rfc3339(text)
                .map(|at| at.to_rfc3339())
                .map_err(|_| "an instant such as 2026-11-12T09:00:00+08:00".to_owned()),
            FieldKind::Boolean => match text {
                "true" | "false" => Ok(text.to_owned()),
                _ => Err("true or false".to_owned()),
            },
            FieldKind::Choice if self.choices.iter().any(|choice| choice == text) => {
                Ok(text.to_owned())
            }
            FieldKind::Choice => Err(format!("one of {}", self.choices.join(", "))),
        }
    }

    fn number(&self, text: &str) -> Result<String, String> {
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        let within = |number: &f64| {
            self.min.is_none_or(|min| *number >= min) && self.max.is_none_or(|max| *number <= max)
        };
        number
            .filter(within)
            .map(|_| text.to_owned())
            .ok_or_else(|| match (self.min, self.max) {
                (Some(min), Some(max)) => format!("a number from {min} to {max}"),
                (Some(min), None) => format!("a number of at least {min}"),
                (None, Some(max)) => format!("a number of at most {max}"),
                (None, None) => "a number".to_owned(),
            })
    }
}

fn excerpt(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: FieldKind) -> Field {
        Field {
            name: "it".to_owned(),
            title: Text::default(),
            kind,
            required: true,
            choices: vec!["call".to_owned(), "write".to_owned()],
            min: Some(1.0),
            max: Some(20.0),
        }
    }

    fn fill(kind: FieldKind, text: &str) -> Result<Filled, Vec<String>> {
        let filled = Filled::from([("it".to_owned(), text.to_owned())]);
        check(&[field(kind)], &filled)
    }

    #[test]
    fn what_is_of_its_kind_is_kept() {
        for (kind, text) in [
            (FieldKind::Text, "缺货两件"),
            (FieldKind::Number, "20"),
            (FieldKind::Number, "1.5"),
            (FieldKind::Date, "2028-02-29"),
            (FieldKind::Instant, "2026-11-12T09:00:00+08:00"),
            (FieldKind::Boolean, "false"),
            (FieldKind::Choice, "call"),
        ] {
            assert_eq!(fill(kind, &format!(" {text}\n")).unwrap()["it"], text);
        }
    }

    #[test]
    fn what_is_not_is_refused_with_what_was_wanted() {
        for (kind, text, wanted) in [
            (FieldKind::Number, "NaN", "from 1 to 20"),
            (FieldKind::Number, "20.01", "from 1 to 20"),
            (FieldKind::Number, "三", "a number"),
            (FieldKind::Date, "2026-02-29", "a day"),
            (FieldKind::Instant, "2026-11-12 09:00", "an instant"),
            (FieldKind::Boolean, "yes", "true or false"),
            (FieldKind::Choice, "Call", "one of call, write"),
            (FieldKind::Text, "  ", "must be filled in"),
        ] {
            let faults = fill(kind, text).unwrap_err();
            assert!(faults[0].contains(wanted), "{faults:?}");
        }
        assert!(fill(FieldKind::Text, &"长".repeat(2_001)).is_err());
    }

    #[test]
    fn a_field_that_nobody_asked_for_is_refused() {
        let filled = Filled::from([("other".to_owned(), "x".to_owned())]);
        let faults = check(&[], &filled).unwrap_err();
        assert_eq!(faults, ["the step has no field `other`"]);
    }
}
