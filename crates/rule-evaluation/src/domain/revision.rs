//! A rule set as it would be after some of its resources were changed.

use serde::Deserialize;
use serde_norway::Value;

/// Why resources cannot be changed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A text is no YAML.
    #[error("put_yaml: {0}")]
    Unreadable(String),
    /// What should go is not there.
    #[error("delete: there is no `{0}` in the rule set in force")]
    Absent(String),
}

/// Puts documents in the place of those of the same kind and name, and leaves out those
/// of some names, such as `Rule/shipping-delay`. What the documents say is not checked.
///
/// # Errors
///
/// The first fault.
pub fn revise(in_force: &str, put: &str, delete: &[String]) -> Result<String, Fault> {
    let mut documents = documents(in_force)?;
    let put = self::documents(put)?;
    for name in delete {
        let before = documents.len();
        documents.retain(|document| title(document).as_ref() != Some(name));
        if documents.len() == before {
            return Err(Fault::Absent(name.clone()));
        }
    }
    documents.retain(|old| title(old).is_none() || !put.iter().any(|new| title(new) == title(old)));
    documents.extend(put);
    let mut text = String::new();
    for document in &documents {
        text.push_str("---\n");
        let written = serde_norway::to_string(document);
        text.push_str(&written.map_err(|error| Fault::Unreadable(error.to_string()))?);
    }
    Ok(text)
}

/// Reads the documents of a text.
///
/// # Errors
///
/// When it is no YAML.
pub fn documents(text: &str) -> Result<Vec<Value>, Fault> {
    serde_norway::Deserializer::from_str(text)
        .map(Value::deserialize)
        .filter(|document| !matches!(document, Ok(Value::Null)))
        .collect::<Result<_, _>>()
        .map_err(|error| Fault::Unreadable(error.to_string()))
}

/// Kind and name of a document, such as `Rule/shipping-delay`.
#[must_use]
pub fn title(document: &Value) -> Option<String> {
    let kind = document.get("kind")?.as_str()?;
    let name = document.get("metadata")?.get("name")?.as_str()?;
    Some(format!("{kind}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, condition: &str) -> String {
        format!("---\nkind: Rule\nmetadata: {{name: {name}}}\nspec: {{condition: {condition}}}\n")
    }

    fn shown(text: &str) -> Vec<String> {
        let documents = documents(text).unwrap();
        let condition = |document: &Value| {
            let spec = document.get("spec").unwrap();
            spec.get("condition").unwrap().as_str().unwrap().to_owned()
        };
        let show =
            |document: &Value| format!("{} {}", title(document).unwrap(), condition(document));
        documents.iter().map(show).collect()
    }

    #[test]
    fn documents_are_put_and_left_out_by_kind_and_name() {
        let in_force = [rule("a", "x"), rule("b", "x"), rule("c", "x")].concat();
        let put = [rule("b", "y"), rule("d", "y")].concat();
        let revised = revise(&in_force, &put, &["Rule/c".to_owned()]).unwrap();
        assert_eq!(shown(&revised), ["Rule/a x", "Rule/b y", "Rule/d y"]);
    }

    #[test]
    fn what_is_not_there_cannot_be_left_out() {
        let absent = revise(&rule("a", "x"), "", &["Rule/b".to_owned()]);
        assert_eq!(absent, Err(Fault::Absent("Rule/b".to_owned())));
        assert!(matches!(
            revise("", "a: [1", &[]),
            Err(Fault::Unreadable(_))
        ));
    }
}
