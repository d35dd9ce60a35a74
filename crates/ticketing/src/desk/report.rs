//! Figures by group, all of one moment.

use std::collections::BTreeMap;

use super::Desk;
use crate::{
    domain::report::{Figures, PushBacks, Wish},
    error::Error,
    store::report,
};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Figures of each group, and those of the same stretch a week before where that was wanted.
    pub groups: BTreeMap<String, Weeks>,
    /// Work that went back, by week and pair of departments.
    pub push_backs: Vec<PushBacks>,
}

/// Figures of one group, week over week.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Weeks {
    /// Of the stretch that was asked for.
    pub now: Figures,
    /// Of the same stretch a week before.
    pub before: Option<Figures>,
}

impl Desk {
    /// Figures by group.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn report(&self, wish: &Wish, week_over_week: bool) -> Result<Report, Error> {
        let mut look = self.look().await?;
        let now = report::groups(&mut look, wish).await?;
        let alone = |now| Weeks { now, before: None };
        let mut groups: BTreeMap<String, Weeks> = now
            .into_iter()
            .map(|(key, now)| (key, alone(now)))
            .collect();
        if week_over_week {
            let earlier = report::week_before(&mut look, wish).await?;
            let mut before = report::groups(&mut look, &earlier).await?;
            for key in before.keys() {
                groups.entry(key.clone()).or_default();
            }
            for (key, weeks) in &mut groups {
                weeks.before = Some(before.remove(key).unwrap_or_default());
            }
        }
        let push_backs = report::push_backs(&mut look, wish).await?;
        Ok(Report { groups, push_backs })
    }
}
