//! A place in a YAML document that knows its path.

use std::{fmt::Display, str::FromStr, time::Duration};

use calendar::CalendarSpec;
use serde_norway::Value;

use super::Fault;
use crate::domain::policy::delay::WorkingTime;

#[derive(Clone)]
pub(super) struct Node<'a> {
    path: String,
    value: Option<&'a Value>,
}

impl<'a> Node<'a> {
    pub(super) fn root(path: &str, value: &'a Value) -> Self {
        Self {
            path: format!("{path}:"),
            value: Some(value),
        }
    }

    /// Name of the document, where this is its root.
    pub(super) fn name(&self) -> String {
        let path = self.path.trim_end_matches(':');
        let name = path.split_once('/').map_or(path, |(_, name)| name);
        name.to_owned()
    }

    /// A key of a mapping; there, or absent.
    pub(super) fn get(&self, key: &str) -> Self {
        let separator = if self.path.ends_with(':') { " " } else { "." };
        Self {
            path: format!("{}{separator}{key}", self.path),
            value: self
                .value
                .and_then(|value| value.get(key))
                .filter(|value| !value.is_null()),
        }
    }

    /// Where it is within its document, such as `spec.routes[0]`.
    pub(super) fn place(&self) -> &str {
        let path = self.path.as_str();
        path.split_once(": ").map_or(path, |(_, place)| place)
    }

    pub(super) fn is_present(&self) -> bool {
        self.value.is_some()
    }

    pub(super) fn fault(&self, faults: &mut Vec<Fault>, expected: impl Into<String>) {
        faults.push(Fault {
            path: self.path.clone(),
            expected: expected.into(),
        });
    }

    /// Faults every key that is not among those known.
    pub(super) fn only(&self, known: &[&str], faults: &mut Vec<Fault>) {
        for (key, _) in self.entries(faults) {
            if !known.contains(&key.as_str()) {
                let nearest = known
                    .iter()
                    .map(|name| (strsim::damerau_levenshtein(name, &key), name))
                    .min()
                    .filter(|(distance, _)| *distance <= 3)
                    .map(|(_, name)| format!("; did you mean `{name}`?"))
                    .unwrap_or_default();
                self.get(&key).fault(
                    faults,
                    format!("expected one of {}{nearest}", known.join(", ")),
                );
            }
        }
    }

    /// Entries of a mapping; none when it is absent.
    pub(super) fn entries(&self, faults: &mut Vec<Fault>) -> Vec<(String, Self)> {
        match self.value {
            None => Vec::new(),
            Some(Value::Mapping(mapping)) => mapping
                .iter()
                .filter_map(|(key, _)| {
                    let key = key.as_str().map(str::to_owned);
                    if key.is_none() {
                        self.fault(
                            faults,
                            "expected keys that are text; put quotes around numbers",
                        );
                    }
                    key
                })
                .map(|key| (key.clone(), self.get(&key)))
                .collect(),
            Some(other) => {
                self.fault(
                    faults,
                    format!("expected a mapping, found {}", shown(other)),
                );
                Vec::new()
            }
        }
    }

    /// Items of a list; none when it is absent.
    pub(super) fn items(&self, faults: &mut Vec<Fault>) -> Vec<Self> {
        match self.value {
            None => Vec::new(),
            Some(Value::Sequence(items)) => items
                .iter()
                .enumerate()
                .map(|(index, item)| Self {
                    path: format!("{}[{index}]", self.path),
                    value: Some(item),
                })
                .collect(),
            Some(other) => {
                self.fault(faults, format!("expected a list, found {}", shown(other)));
                Vec::new()
            }
        }
    }

    /// Items of a list, or what stands there without one; none when it is absent.
    pub(super) fn one_or_more(&self) -> Vec<Self> {
        match self.value {
            Some(Value::Sequence(_)) => self.items(&mut Vec::new()),
            Some(_) => vec![self.clone()],
            None => Vec::new(),
        }
    }

    pub(super) fn is_mapping(&self) -> bool {
        self.value.is_some_and(Value::is_mapping)
    }

    /// Text that is personal, or secret: what stands there instead is not repeated.
    pub(super) fn unrepeated_text(
        &self,
        expected: &str,
        faults: &mut Vec<Fault>,
    ) -> Option<String> {
        let text = self.value.and_then(Value::as_str).map(str::trim);
        if text.is_none_or(str::is_empty) {
            self.fault(faults, expected);
            return None;
        }
        text.map(str::to_owned)
    }

    /// Text, when it is there.
    pub(super) fn text(&self, faults: &mut Vec<Fault>) -> Option<String> {
        match self.value? {
            Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Value::String(_) => {
                self.fault(faults, "expected text, found none");
                None
            }
            other => {
                self.fault(faults, format!("expected text, found {}", shown(other)));
                None
            }
        }
    }

    /// Text as it stands there, blank lines and indentation included.
    pub(super) fn whole_text(&self, faults: &mut Vec<Fault>) -> String {
        self.required_text(faults);
        let whole = self.value.and_then(Value::as_str);
        whole.unwrap_or_default().to_owned()
    }

    pub(super) fn required_text(&self, faults: &mut Vec<Fault>) -> String {
        if !self.is_present() {
            self.fault(faults, "expected text, but it is missing");
        }
        self.text(faults).unwrap_or_default()
    }

    /// A word that parses, when it is there.
    pub(super) fn word<T>(&self, faults: &mut Vec<Fault>) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        let text = self.text(faults)?;
        match text.parse() {
            Ok(word) => Some(word),
            Err(error) => {
                self.fault(faults, format!("{error}, found \"{text}\""));
                None
            }
        }
    }

    /// A word that parses, which must be there.
    pub(super) fn required_word<T>(&self, faults: &mut Vec<Fault>) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        if !self.is_present() {
            self.fault(faults, "expected a word, but it is missing");
        }
        self.word(faults)
    }

    /// A whole number of at least one and at most so many.
    pub(super) fn count(&self, at_most: u32, faults: &mut Vec<Fault>) -> Option<u32> {
        let value = self.value?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (1..=at_most).contains(number));
        if number.is_none() {
            let found = shown(value);
            self.fault(
                faults,
                format!("expected a number from 1 to {at_most}, found {found}"),
            );
        }
        number
    }

    /// The working time that a calendar's specification says.
    pub(super) fn working_time(&self, name: &str, faults: &mut Vec<Fault>) -> Option<WorkingTime> {
        let spec: Result<CalendarSpec, _> = serde_norway::from_value(self.value?.clone());
        match spec {
            Ok(spec) => match WorkingTime::of(name, spec) {
                Ok(hours) => return Some(hours),
                Err(errors) => {
                    for error in errors {
                        self.fault(faults, format!("expected working time: {error}"));
                    }
                }
            },
            Err(error) => self.fault(faults, format!("expected a calendar: {error}")),
        }
        None
    }

    pub(super) fn flag(&self, absent: bool, faults: &mut Vec<Fault>) -> bool {
        match self.value {
            None => absent,
            Some(Value::Bool(flag)) => *flag,
            Some(other) => {
                self.fault(
                    faults,
                    format!("expected true or false, found {}", shown(other)),
                );
                absent
            }
        }
    }

    /// A duration such as `0s`, `30m`, `4h`, `1h30m` or `2d`.
    pub(super) fn duration(&self, faults: &mut Vec<Fault>) -> Option<Duration> {
        const EXPECTED: &str = "expected a duration such as 0s, 30m, 4h, 1h30m or 2d";
        let text = match self.value? {
            Value::String(text) => text.clone(),
            other => {
                self.fault(faults, format!("{EXPECTED}, found {}", shown(other)));
                return None;
            }
        };
        let parsed = duration(&text);
        if parsed.is_none() {
            self.fault(faults, format!("{EXPECTED}, found \"{text}\""));
        }
        parsed
    }
}

pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0_u64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let scale = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(scale)?)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    // A century is longer than anybody waits and safe to add to any instant.
    (seconds <= 100 * 366 * 86_400).then(|| Duration::from_secs(seconds))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("\"{text}\""),
        Value::Sequence(_) => "a list".to_owned(),
        Value::Mapping(_) => "a mapping".to_owned(),
        Value::Tagged(_) => "a tagged value".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_sums_of_whole_units() {
        assert_eq!(duration("0s"), Some(Duration::ZERO));
        assert_eq!(duration("1h30m"), Some(Duration::from_secs(5_400)));
        assert_eq!(duration("2d"), Some(Duration::from_secs(172_800)));
        for wrong in [
            "",
            "4",
            "4 hours",
            "h",
            "-1h",
            "1时",
            "99999999999999999999d",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
