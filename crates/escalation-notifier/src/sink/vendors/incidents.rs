//! What `PagerDuty` keeps: incidents by their key, and how often each paged somebody.
//!
//! A trigger opens an incident and pages, unless one of its key is open already: then it is
//! added to that, and pages nobody, acknowledged or not (said). What is resolved is no more.

use std::collections::BTreeMap;

use serde::Serialize;

/// How an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Somebody is being paged.
    Triggered,
    /// Somebody has taken it on, and nobody is paged.
    Acknowledged,
    /// It is over.
    Resolved,
}

/// One key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// How its last incident stands.
    pub standing: Standing,
    /// How often somebody was paged.
    pub pages: usize,
}

/// Takes an event in, as the vendor does.
pub(super) fn take(incidents: &mut BTreeMap<String, Incident>, action: &str, key: &str) {
    let known = incidents.get_mut(key);
    let open = known.filter(|it| it.standing != Standing::Resolved);
    match (action, open) {
        ("trigger", None) => {
            let pages = incidents.get(key).map_or(0, |it| it.pages) + 1;
            let standing = Standing::Triggered;
            incidents.insert(key.to_owned(), Incident { standing, pages });
        }
        ("acknowledge", Some(open)) => open.standing = Standing::Acknowledged,
        ("resolve", Some(open)) => open.standing = Standing::Resolved,
        _ => {}
    }
}
