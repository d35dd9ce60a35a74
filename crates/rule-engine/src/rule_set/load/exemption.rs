//! Exemptions: every entry with what it takes over from its list.

use crate::check::{self, World};
use crate::exemption::{Entry, Exemption, Scope, Subject};
use crate::rule_set::fault::Faults;
use crate::rule_set::resource::Resources;
use crate::rule_set::spec::{EntrySpec, ExemptionSpec};
use std::collections::HashMap;
use std::sync::Arc;

pub(super) fn exemptions(
    resources: &Resources,
    world: &World<'_>,
    faults: &mut Faults,
) -> Vec<Exemption> {
    let list = |(name, spec): (&String, &ExemptionSpec)| {
        let mut list = List {
            resource: format!("Exemption/{name}"),
            spec,
            world,
            faults,
            texts: HashMap::new(),
            scopes: HashMap::new(),
        };
        if spec.entries.is_empty() {
            list.faults
                .add(&list.resource, "spec.entries", "there is no entry");
        }
        let entries = spec.entries.iter().enumerate();
        let entries = entries.filter_map(|(index, entry)| list.entry(index, entry));
        Exemption {
            entries: entries.collect(),
            name: name.clone(),
        }
    };
    resources.exemptions.iter().map(list).collect()
}

/// One list being read. What many of its entries share is kept once.
struct List<'l> {
    resource: String,
    spec: &'l ExemptionSpec,
    world: &'l World<'l>,
    faults: &'l mut Faults,
    texts: HashMap<&'l str, Arc<str>>,
    scopes: HashMap<(&'l [String], &'l [String]), Arc<Scope>>,
}

impl<'l> List<'l> {
    fn entry(&mut self, index: usize, entry: &'l EntrySpec) -> Option<Entry> {
        let subject = self.subject(index, entry);
        let reason = self.required(index, "reason", &entry.reason, &self.spec.reason);
        let owner = self.required(index, "owner", &entry.owner, &self.spec.owner);
        let from = entry.from.or(self.spec.from);
        let expires = entry.expires.or(self.spec.expires);
        if expires.is_none() {
            let message = "does not expire: write expires here or in the list";
            self.fault(index, "", message);
        }
        if let (Some(from), Some(expires)) = (from, expires)
            && expires <= from
        {
            let message = format!("is never in force: expires {expires}, from {from}");
            self.fault(index, "", &message);
        }
        let scope = self.scope(entry);
        Some(Entry {
            subject: subject?,
            reason: reason?,
            owner: owner?,
            from,
            expires: expires?,
            scope,
        })
    }

    fn fault(&mut self, index: usize, part: &str, message: &str) {
        let dot = if part.is_empty() { "" } else { "." };
        let path = format!("spec.entries[{index}]{dot}{part}");
        self.faults.add(&self.resource, &path, message);
    }

    fn subject(&mut self, index: usize, entry: &EntrySpec) -> Option<Subject> {
        type Make = fn(Box<str>) -> Subject;
        let named: [(&str, &Option<String>, Make); 4] = [
            ("order", &entry.order, Subject::Order),
            ("customer", &entry.customer, Subject::Customer),
            ("sku", &entry.sku, Subject::Sku),
            ("warehouse", &entry.warehouse, Subject::Warehouse),
        ];
        let given = named.iter().filter(|(_, value, _)| value.is_some()).count()
            + usize::from(entry.when.is_some());
        if given != 1 {
            let message = format!(
                "must have exactly one of order, customer, sku, warehouse and when, has {given}"
            );
            self.fault(index, "", &message);
            return None;
        }
        for (part, value, make) in named {
            let Some(value) = value else { continue };
            if value.trim().is_empty() {
                self.fault(index, part, "is empty");
                return None;
            }
            return Some(make(value.as_str().into()));
        }
        let text = entry.when.as_deref().unwrap_or_default();
        match check::condition(self.world, text) {
            Ok(condition) => Some(Subject::Condition(Box::new(crate::exemption::Condition {
                text: text.to_owned(),
                expression: condition.expression,
            }))),
            Err(errors) => {
                let path = format!("spec.entries[{index}].when");
                self.faults.add_expression(&self.resource, &path, errors);
                None
            }
        }
    }

    fn required(
        &mut self,
        index: usize,
        part: &str,
        own: &'l Option<String>,
        of_list: &'l Option<String>,
    ) -> Option<Arc<str>> {
        match own.as_deref().or(of_list.as_deref()) {
            Some(text) if !text.trim().is_empty() => {
                let kept = self.texts.entry(text).or_insert_with(|| text.into());
                Some(kept.clone())
            }
            _ => {
                let message = format!("has no {part}: write it here or in the list");
                self.fault(index, "", &message);
                None
            }
        }
    }

    /// An entry that names rules or scenarios has a scope of its own.
    fn scope(&mut self, entry: &'l EntrySpec) -> Arc<Scope> {
        let own = entry.rules.is_some() || entry.scenarios.is_some();
        let (rules, scenarios) = if own {
            (
                entry.rules.as_deref().unwrap_or_default(),
                entry.scenarios.as_deref().unwrap_or_default(),
            )
        } else {
            (self.spec.rules.as_slice(), self.spec.scenarios.as_slice())
        };
        let scope = self.scopes.entry((rules, scenarios));
        scope
            .or_insert_with(|| Arc::new(Scope::new(rules, scenarios)))
            .clone()
    }
}
