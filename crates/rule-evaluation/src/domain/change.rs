//! What a change makes of the documents in force, and whether it may.

use std::collections::BTreeMap;

use rule_engine::documents::{Document, Documents, Key};

/// A document in force, and the rule set that brought it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The document.
    pub document: Document,
    /// Number of the rule set since which it is as it is.
    pub since: i64,
}

/// The documents of a rule set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Base {
    /// Its number; 0 when none was ever in force.
    pub number: i64,
    /// Its documents.
    pub kept: BTreeMap<Key, Kept>,
    /// In which rule set resources that are not among them were dropped.
    pub dropped: BTreeMap<Key, i64>,
}

/// What the caller has seen of a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Seen {
    /// Not said: any version will do.
    #[default]
    Anything,
    /// There was none.
    Nothing,
    /// The version of this etag.
    Etag(String),
}

/// A change of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The resource.
    pub key: Key,
    /// What the caller has seen of it.
    pub seen: Seen,
    /// Its new document; none drops it.
    pub put: Option<Document>,
}

/// A change of a rule set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Some resources change, all others stay.
    Edits {
        /// What changes.
        edits: Vec<Edit>,
        /// Rule set since which none of these resources may have changed; 0 does not check.
        based_on: i64,
    },
    /// The documents are all there is.
    Whole {
        /// The documents.
        documents: Documents,
        /// Rule set that must be in force; 0 does not check.
        based_on: i64,
    },
}

/// Why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// What should be dropped is not there.
    Absent(Key),
    /// Somebody else changed the resource in between.
    Moved {
        /// The resource.
        key: Key,
        /// Its etag now; none when it is gone.
        etag: Option<String>,
        /// Rule set in which it was changed; 0 when it never was there.
        number: i64,
    },
    /// Somebody else changed the rule set in between.
    RuleSetMoved {
        /// What the change was made from.
        expected: i64,
    },
}

impl Change {
    /// Takes documents for all there is, whatever is in force.
    #[must_use]
    pub const fn whole(documents: Documents) -> Self {
        let based_on = 0;
        Self::Whole {
            documents,
            based_on,
        }
    }

    /// Puts some documents and drops others, whatever was seen of them.
    #[must_use]
    pub fn edits(put: Documents, dropped: impl IntoIterator<Item = Key>) -> Self {
        let seen = Seen::Anything;
        let put = put.into_iter().map(|(key, document)| (key, Some(document)));
        let dropped = dropped.into_iter().map(|key| (key, None));
        let edits = dropped.chain(put).map(|(key, put)| {
            let seen = seen.clone();
            Edit { key, seen, put }
        });
        Self::Edits {
            edits: edits.collect(),
            based_on: 0,
        }
    }
}

impl Base {
    /// Returns the documents alone.
    #[must_use]
    pub fn documents(&self) -> Documents {
        let documents = self.kept.iter();
        documents
            .map(|(key, kept)| (key.clone(), kept.document.clone()))
            .collect()
    }

    /// Returns the documents after a change.
    ///
    /// # Errors
    ///
    /// The first reason why it may not be made.
    pub fn after(&self, change: &Change) -> Result<Documents, Refusal> {
        match change {
            Change::Whole { based_on, .. } if *based_on != 0 && *based_on != self.number => {
                Err(Refusal::RuleSetMoved {
                    expected: *based_on,
                })
            }
            Change::Whole { documents, .. } => Ok(documents.clone()),
            Change::Edits { edits, based_on } => {
                let mut documents = self.documents();
                for edit in edits {
                    self.must_be_seen(edit, *based_on)?;
                    match &edit.put {
                        Some(document) => {
                            documents.insert(edit.key.clone(), document.clone());
                        }
                        None if documents.remove(&edit.key).is_none() => {
                            return Err(Refusal::Absent(edit.key.clone()));
                        }
                        None => {}
                    }
                }
                Ok(documents)
            }
        }
    }

    fn must_be_seen(&self, edit: &Edit, based_on: i64) -> Result<(), Refusal> {
        let kept = self.kept.get(&edit.key);
        let etag = kept.map(|kept| kept.document.etag());
        let as_seen = match &edit.seen {
            Seen::Anything => true,
            Seen::Nothing => etag.is_none(),
            Seen::Etag(seen) => etag == Some(seen),
        };
        let number = match kept {
            Some(kept) => kept.since,
            None => self.dropped.get(&edit.key).copied().unwrap_or_default(),
        };
        if as_seen && (based_on == 0 || number <= based_on) {
            return Ok(());
        }
        Err(Refusal::Moved {
            key: edit.key.clone(),
            etag: etag.map(str::to_owned),
            number,
        })
    }
}

/// What became of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is new.
    Created,
    /// It says something else.
    Configured,
    /// It says the same.
    Unchanged,
    /// It is gone.
    Deleted,
}

/// One resource before and after a change.
#[derive(Debug, Clone, Copy)]
pub struct Difference<'d> {
    /// The resource.
    pub key: &'d Key,
    /// Its document before.
    pub before: Option<&'d Document>,
    /// Its document after.
    pub after: Option<&'d Document>,
}

impl Difference<'_> {
    /// Returns what became of it.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match (self.before, self.after) {
            (None, _) => Outcome::Created,
            (_, None) => Outcome::Deleted,
            (Some(before), Some(after)) if before.etag() == after.etag() => Outcome::Unchanged,
            _ => Outcome::Configured,
        }
    }

    /// Returns whether it says something else than before.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.outcome() != Outcome::Unchanged
    }

    /// Returns whether verdicts can depend on it: texts for people and what is asked before
    /// activation decide nothing.
    #[must_use]
    pub fn concerns_verdicts(&self) -> bool {
        !matches!(self.key.kind(), "Scenario" | "Gate")
    }
}

/// Holds two sets of documents against each other, resource by resource.
pub fn differences<'d>(
    before: &'d Documents,
    after: &'d Documents,
) -> impl Iterator<Item = Difference<'d>> {
    let gone = before.keys().filter(|key| !after.contains_key(key));
    after.keys().chain(gone).map(move |key| Difference {
        key,
        before: before.get(key),
        after: after.get(key),
    })
}

#[cfg(test)]
mod tests {
    use rule_engine::documents::split;

    use super::*;

    fn document(name: &str, says: &str) -> Document {
        let text = format!("kind: Rule\nmetadata: {{name: {name}}}\nspec: {says}\n");
        split(&text).unwrap().into_values().next().unwrap()
    }

    fn key(name: &str) -> Key {
        Key::new("Rule", name)
    }

    /// Rule set 5: `a` since 1, `b` since 4; `c` was dropped in 3.
    fn base() -> Base {
        let kept = [("a", 1), ("b", 4)].map(|(name, since)| {
            let document = document(name, "x");
            (key(name), Kept { document, since })
        });
        Base {
            number: 5,
            kept: kept.into(),
            dropped: [(key("c"), 3)].into(),
        }
    }

    fn put(name: &str, seen: Seen) -> Edit {
        Edit {
            key: key(name),
            seen,
            put: Some(document(name, "y")),
        }
    }

    fn after(edits: Vec<Edit>, based_on: i64) -> Result<Vec<String>, Refusal> {
        let (base, change) = (base(), Change::Edits { edits, based_on });
        let (before, after) = (base.documents(), base.after(&change)?);
        let told = differences(&before, &after)
            .map(|change| format!("{} {:?}", change.key.name(), change.outcome()));
        Ok(told.collect())
    }

    fn moved(name: &str, etag: Option<&str>, number: i64) -> Refusal {
        Refusal::Moved {
            key: key(name),
            etag: etag.map(str::to_owned),
            number,
        }
    }

    #[test]
    fn edits_change_what_they_name_and_leave_the_rest() {
        let drop = Edit {
            key: key("a"),
            seen: Seen::Anything,
            put: None,
        };
        let edits = vec![put("b", Seen::Anything), put("d", Seen::Nothing), drop];
        let told = after(edits, 0).unwrap();
        assert_eq!(told, ["b Configured", "d Created", "a Deleted"]);
    }

    #[test]
    fn a_resource_that_somebody_else_changed_is_refused_and_its_neighbours_do_not_matter() {
        let etag = document("b", "x").etag().to_owned();
        assert!(after(vec![put("b", Seen::Etag(etag.clone()))], 0).is_ok());
        let stale = after(vec![put("b", Seen::Etag("old".into()))], 0);
        assert_eq!(stale, Err(moved("b", Some(&etag), 4)));
        let exists = after(vec![put("b", Seen::Nothing)], 0);
        assert_eq!(exists, Err(moved("b", Some(&etag), 4)));
        let gone = after(vec![put("c", Seen::Etag("old".into()))], 0);
        assert_eq!(gone, Err(moved("c", None, 3)));
        assert!(
            after(vec![put("a", Seen::Anything)], 3).is_ok(),
            "a is as it was in 3"
        );
        let later = after(vec![put("b", Seen::Anything)], 3);
        assert_eq!(later, Err(moved("b", Some(&etag), 4)));
        let dropped = after(vec![put("c", Seen::Anything)], 2);
        assert_eq!(dropped, Err(moved("c", None, 3)));
    }

    #[test]
    fn what_is_not_there_cannot_be_dropped() {
        let drop = Edit {
            key: key("z"),
            seen: Seen::Anything,
            put: None,
        };
        assert_eq!(after(vec![drop], 0), Err(Refusal::Absent(key("z"))));
    }

    #[test]
    fn a_whole_rule_set_drops_what_it_does_not_hold() {
        let documents = Documents::from([(key("a"), document("a", "x"))]);
        let base = base();
        let whole = |based_on| Change::Whole {
            documents: documents.clone(),
            based_on,
        };
        let after = base.after(&whole(5)).unwrap();
        let before = base.documents();
        let told: Vec<_> = differences(&before, &after)
            .filter(Difference::is_change)
            .map(|change| (change.key.name(), change.outcome()))
            .collect();
        assert_eq!(told, [("b", Outcome::Deleted)]);
        assert_eq!(
            base.after(&whole(4)),
            Err(Refusal::RuleSetMoved { expected: 4 })
        );
    }
}
