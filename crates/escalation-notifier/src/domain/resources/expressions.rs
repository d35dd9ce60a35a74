//! Regular expressions of matchers, which take long to read and much room: few, and small.

use super::{Fault, Faults, Resources, document, node::Node};
use crate::domain::matcher::Matcher;

/// Most of them in all documents: each takes up to 256 KiB, once for each version of the documents
/// that a ticket is under, and up to two milliseconds whenever one is read.
const AT_MOST: usize = 200;

/// Kinds of documents with matchers.
const KINDS: [&str; 4] = [
    document::POLICY,
    document::WINDOW,
    document::INHIBITION,
    document::TEMPLATE,
];

/// Keys of lists of matchers.
const KEYS: [&str; 3] = ["matchers", "source", "target"];

impl Resources {
    /// These, if they have not more expressions than there may be; those of before there was a
    /// limit may stay, and become fewer.
    ///
    /// # Errors
    ///
    /// The first that is too many.
    pub fn within_expressions_of(self, before: &Self) -> Result<Self, Faults> {
        match self.too_many_expressions() {
            Some(fault) if self.expressions().len() > before.expressions().len() => {
                Err(Faults(vec![fault]))
            }
            _ => Ok(self),
        }
    }

    /// The first expression that is too many; none of them is read.
    pub(super) fn too_many_expressions(&self) -> Option<Fault> {
        let found = self.expressions();
        let mut faults = Vec::new();
        let expected = format!(
            "expected at most {AT_MOST} matchers with =~ or !~ in all documents, found {}",
            found.len()
        );
        found.get(AT_MOST)?.0.fault(&mut faults, expected);
        faults.pop()
    }

    /// Faults expressions that are larger than anybody asks for. Those that cannot be read even if
    /// they are stored are faulted where they are read.
    pub(super) fn check_expressions(&self, faults: &mut Vec<Fault>) {
        for (node, text) in self.expressions() {
            if let Err(error) = Matcher::parse(&text)
                && Matcher::read(&text).is_ok()
            {
                node.fault(faults, error.to_string());
            }
        }
    }

    /// Every matcher with an expression.
    fn expressions(&self) -> Vec<(Node<'_>, String)> {
        let mut found = Vec::new();
        for root in KINDS.into_iter().flat_map(|kind| self.roots(kind)) {
            collect(&root, &mut found);
        }
        found
    }
}

/// Finds matchers with an expression in a node and whatever is within it.
fn collect<'a>(node: &Node<'a>, found: &mut Vec<(Node<'a>, String)>) {
    // What cannot be read has its fault elsewhere.
    let mut told = Vec::new();
    if !node.is_mapping() {
        for item in node.items(&mut told) {
            collect(&item, found);
        }
        return;
    }
    for (key, within) in node.entries(&mut told) {
        if !KEYS.contains(&key.as_str()) {
            collect(&within, found);
            continue;
        }
        for item in within.items(&mut told) {
            if let Some(text) = item.text(&mut told)
                && Matcher::has_expression(&text)
            {
                found.push((item, text));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A policy whose routes have so many expressions, two each.
    fn policy(name: &str, routes: usize, expression: &str) -> String {
        let route = format!(
            "    - matchers: ['region =~ {expression}', 'severity = high', 'team !~ {expression}']\n"
        );
        format!(
            "---\napiVersion: orderwatch/v1\nkind: EscalationPolicy\nmetadata: {{name: {name}}}\n\
             spec:\n  levels: []\n  routes:\n{}",
            route.repeat(routes)
        )
    }

    fn faults(yaml: &str) -> Vec<String> {
        let Err(Faults(faults)) = Resources::parse(yaml) else {
            return Vec::new();
        };
        faults.iter().map(Fault::to_string).collect()
    }

    #[test]
    fn more_expressions_than_anybody_writes_are_refused_unread() {
        let window = "---\n{apiVersion: orderwatch/v1, kind: Inhibition, metadata: {name: z}, \
                      spec: {source: [region = a], target: ['region =~ ('], equal: []}}\n";
        // Was any of them read, it would have a fault of its own.
        let many = policy("a", 60, "(") + &policy("b", 40, "(") + window;
        assert_eq!(
            faults(&many),
            [
                "Inhibition/z: spec.target[0]: expected at most 200 matchers with =~ or !~ in all \
                 documents, found 201"
            ]
        );
        let as_many = policy("a", 60, "e.*") + &policy("b", 40, "e.*");
        assert_eq!(faults(&as_many), Vec::<String>::new());
    }

    #[test]
    fn documents_that_come_one_after_the_other_have_no_more_together() {
        let one = Resources::parse(&policy("a", 60, "e.*")).unwrap();
        let other = Resources::parse(&policy("b", 60, "e.*")).unwrap();
        let both = one.clone().merged(other.clone());
        let refused = both.clone().within_expressions_of(&one).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "EscalationPolicy/b: spec.routes[40].matchers[0]: expected at most 200 matchers with \
             =~ or !~ in all documents, found 240"
        );
        // Of what was stored before there was a limit something can be taken back.
        let more = both
            .clone()
            .merged(Resources::parse(&policy("c", 10, "e.*")).unwrap());
        assert!(both.clone().within_expressions_of(&more).is_ok());
    }

    #[test]
    fn a_large_expression_is_refused_where_it_stands_unless_it_is_stored() {
        let large = policy("a", 1, r"\w{10}");
        let found = faults(&large);
        let [region, team] = found.as_slice() else {
            panic!("expected two faults, found {found:?}");
        };
        assert!(
            region.starts_with("EscalationPolicy/a: spec.routes[0].matchers[0]: expected a regular expression, found"),
            "{region}"
        );
        assert!(region.contains("size limit"), "{region}");
        assert!(team.contains("spec.routes[0].matchers[2]"), "{team}");
        let stored = Resources::read(&large).unwrap();
        assert_eq!(stored.policy_set(1).unwrap().policies.len(), 1);
        // Too large to be stored at all: told once.
        assert_eq!(faults(&policy("a", 1, r"\w{90}")).len(), 2);
    }
}
