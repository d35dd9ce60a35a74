//! The people of a directory, from a table.

use serde_norway::{Mapping, Value};

use super::{Fault, Faults, Resources, document};
use crate::domain::people_list::{PeopleList, TEAMS};

impl Resources {
    /// These, with exactly the people of a table in the directory. What the table has no column
    /// for stays as it is.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with what comes of it, each with its line and column, or with its
    /// path where it is no part of the table.
    pub fn with_people(mut self, list: &PeopleList) -> Result<Self, Faults> {
        let mut directories = self.documents.iter_mut();
        let directory = directories.find(|((kind, _), _)| kind == document::DIRECTORY);
        let spec = directory
            .and_then(|(_, value)| value.get_mut("spec"))
            .and_then(Value::as_mapping_mut)
            .ok_or_else(|| {
                Faults(vec![Fault {
                    path: document::DIRECTORY.to_owned(),
                    expected: "expected a Directory to be in force, but there is none".to_owned(),
                }])
            })?;
        let before = spec.remove("people").unwrap_or_default();
        spec.insert("people".into(), people(&before, list).into());
        let mut faults = Vec::new();
        if list.names_teams() {
            set_members(spec, list, &mut faults);
        }
        if let Err(found) = self.policy_set(0) {
            faults.extend(list.placed(found).0);
        }
        if faults.is_empty() {
            Ok(self)
        } else {
            Err(Faults(faults))
        }
    }
}

fn people(before: &Value, list: &PeopleList) -> Mapping {
    let mut people = Mapping::new();
    for row in list.rows() {
        let known = before.get(&row.name).and_then(Value::as_mapping);
        let mut person = known.cloned().unwrap_or_default();
        for (key, values) in list.values(row).filter(|(key, _)| *key != TEAMS) {
            let kept = person.remove(key).unwrap_or_default();
            let mut values: Vec<Value> = values.iter().map(|text| as_kept(&kept, text)).collect();
            let value = match values.len() {
                0 => continue,
                1 if values[0].is_string() && key != "endpoints" => values.remove(0),
                _ => Value::Sequence(values),
            };
            person.insert(key.into(), value);
        }
        people.insert(row.name.as_str().into(), person.into());
    }
    people
}

/// An address with what is known of it, such as that nobody has verified it.
fn as_kept(kept: &Value, text: &str) -> Value {
    let mut items = kept.as_sequence().into_iter().flatten();
    items
        .find(|item| item.get("address").and_then(Value::as_str) == Some(text))
        .cloned()
        .unwrap_or_else(|| text.into())
}

fn set_members(spec: &mut Mapping, list: &PeopleList, faults: &mut Vec<Fault>) {
    let teams = spec.get_mut("teams").and_then(Value::as_mapping_mut);
    let mut nobody = Mapping::new();
    let teams = teams.unwrap_or(&mut nobody);
    for team in teams.values_mut().filter_map(Value::as_mapping_mut) {
        team.insert("members".into(), Value::Sequence(Vec::new()));
    }
    for row in list.rows() {
        for name in list
            .values(row)
            .filter(|(key, _)| *key == TEAMS)
            .flat_map(|it| it.1)
        {
            let team = teams.get_mut(name).and_then(|team| team.get_mut("members"));
            match team.and_then(Value::as_sequence_mut) {
                Some(members) => members.push(row.name.as_str().into()),
                None => {
                    let text =
                        format!("expected a team of the Directory's spec.teams, found \"{name}\"");
                    faults.push(list.fault_at(row, TEAMS, text));
                }
            }
        }
    }
}
