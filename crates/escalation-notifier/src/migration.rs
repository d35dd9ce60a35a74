//! Running escalations are put under the policies in force, when somebody asks.

use std::collections::{BTreeMap, BTreeSet};

use service::event_log;

use crate::{
    crowds,
    decisions::Decisions,
    domain::{
        escalation::{Effect, Escalation},
        matcher::Matchers,
    },
    error::Error,
    events::encode,
    notifier::Notifier,
    store::escalations,
};

/// What putting an escalation under other policies changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// As it was.
    pub before: Escalation,
    /// As it is then.
    pub after: Escalation,
    /// Levels that are told at once, because their time has passed.
    pub levels_at_once: Vec<u32>,
}

impl Notifier {
    /// Puts the unresolved escalations of some tickets under the policies in
    /// force, all in one transaction; with `dry_run` only says what that changes.
    ///
    /// # Errors
    ///
    /// The database failed; nothing was changed then.
    pub async fn migrate_escalations(
        &self,
        matchers: &Matchers,
        (actor, reason): (&str, &str),
        dry_run: bool,
    ) -> Result<Vec<Migrated>, Error> {
        let inner = &self.inner;
        let now = inner.clock.now();
        let mut transaction = inner.pool.begin().await?;
        let set = inner.policies.in_force(&mut transaction).await?;
        let mut migrated = Vec::new();
        let mut decisions = Decisions::default();
        let mut after = String::new();
        loop {
            let page = escalations::unresolved(&mut transaction, &after).await?;
            let Some(last) = page.last() else {
                break;
            };
            after.clone_from(&last.ticket.id);
            let concerned = page
                .into_iter()
                .filter(|it| it.policy_version != set.version && matchers.match_all(&it.ticket));
            let concerned: Vec<Escalation> = concerned.collect();
            let (mut before, mut decided) = (BTreeMap::new(), Vec::new());
            for it in escalations::lock(&mut transaction, &concerned, now).await? {
                let policy = set.policy_for(&it.ticket);
                let (after, effects) = it.clone().migrated(&policy, set.version, now);
                decisions.add(after.clone(), effects.clone(), None, now);
                before.insert(it.ticket.id.clone(), (it, effects));
                decided.push((after, policy));
            }
            for (after, more) in crowds::weigh(&mut transaction, decided, now).await? {
                let Some((before, effects)) = before.remove(&after.ticket.id) else {
                    continue;
                };
                migrated.push(Migrated {
                    before,
                    levels_at_once: levels(&[&effects[..], &more[..]].concat()),
                    after: after.clone(),
                });
                decisions.add(after, more, None, now);
            }
        }
        if !dry_run && !migrated.is_empty() {
            decisions
                .write(&mut transaction, &set, inner.reach(), now)
                .await?;
            let count = migrated.len();
            let event = encode::migrated(set.version, count, (actor, reason), now);
            event_log::append(&mut transaction, &[event]).await?;
            transaction.commit().await?;
            inner.decided();
        }
        Ok(migrated)
    }
}

fn levels(effects: &[Effect]) -> Vec<u32> {
    let told = effects.iter().filter_map(|effect| match effect {
        Effect::Tell(notice) => Some(notice.level),
        _ => None,
    });
    told.collect::<BTreeSet<u32>>().into_iter().collect()
}
