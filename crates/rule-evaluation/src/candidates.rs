//! Rule sets that may come into force.

use std::sync::Arc;

use rule_engine::RuleSet;
use sqlx::PgConnection;

use crate::domain::revision;
use crate::error::Error;
use crate::store::rule_sets;

/// Where a candidate comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origin {
    /// The rule set in force.
    #[default]
    InForce,
    /// One that was in force before.
    Number(i64),
    /// A whole text.
    Text(String),
    /// The one in force, changed by resource.
    Revision {
        /// Documents, which take the place of those of the same kind and name.
        put: String,
        /// Resources to leave out, such as `Rule/shipping-delay`.
        delete: Vec<String>,
    },
}

/// A candidate beside the rule set in force.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Number of the rule set in force; 0 when there is none.
    pub in_force: i64,
    /// Its documents.
    pub in_force_text: String,
    /// The candidate's documents.
    pub text: String,
    /// The candidate, compiled under the number that it would get.
    pub rule_set: Arc<RuleSet>,
}

impl Candidate {
    /// Loads and compiles a candidate.
    ///
    /// # Errors
    ///
    /// When there is no such rule set, what should be left out is not there, or the
    /// documents have faults.
    pub async fn load(conn: &mut PgConnection, origin: Origin) -> Result<Self, Error> {
        let in_force = rule_sets::active(conn).await?;
        let in_force_text = rule_sets::text(conn, in_force).await?;
        let text = match origin {
            Origin::InForce => in_force_text.clone(),
            Origin::Number(number) => match rule_sets::read(conn, number).await? {
                Some(row) => rule_sets::text(conn, row.number).await?,
                None => return Err(Error::NoRuleSet(number)),
            },
            Origin::Text(text) => text,
            Origin::Revision { put, delete } => revision::revise(&in_force_text, &put, &delete)
                .map_err(|fault| Error::invalid("candidate.revision", fault.to_string()))?,
        };
        let rule_set = RuleSet::parse(in_force + 1, &text)
            .map_err(|faults| Error::RuleSet(crate::rule_sets::violations(&faults)))?;
        Ok(Self {
            in_force,
            in_force_text,
            text,
            rule_set: Arc::new(rule_set),
        })
    }
}
