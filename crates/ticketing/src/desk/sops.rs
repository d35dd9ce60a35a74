//! Procedures: applied as new versions, listed, and one to begin with.

use std::sync::Arc;

use service::event_log::NewEvent;
use sqlx::PgConnection;

use super::{Desk, furniture::Furniture};
use crate::{
    domain::{
        Instant,
        actor::{Actor, Person},
        sop::{Shelf, Sop, document},
    },
    error::Error,
    events::encode,
    store::{
        office,
        sops::{self, Applied},
    },
};

/// What applying procedures led to.
#[derive(Debug, Clone)]
pub struct AppliedSops {
    /// Each procedure that was applied, as it is in force now.
    pub sops: Vec<Arc<Sop>>,
    /// How many documents are not as they were, calendars and teams included.
    pub changed: i32,
    /// Calendars and teams that are not as they were, as `Team/east`.
    pub furniture: Vec<String>,
}

impl Desk {
    /// Puts procedures in force. One that says the same as before keeps its
    /// version; tickets that are open keep theirs.
    ///
    /// # Errors
    /// [`Error::Sops`] when a document is wrong or two claim one scenario.
    pub async fn apply_sops(
        &self,
        yaml: &str,
        person: Person,
        reason: &str,
        dry_run: bool,
    ) -> Result<AppliedSops, Error> {
        let wanted = document::parse(yaml)?;
        let mut transaction = self.begin().await?;
        sops::lock(&mut transaction).await?;
        let furniture = Furniture::compare(&wanted, office::read(&mut transaction).await?);
        let shelf = self.0.library.shelf(&mut transaction).await?;
        let (in_force, new) = succeed(wanted.sops, &shelf);
        furniture.check(&in_force)?;
        let untouched = shelf
            .all()
            .iter()
            .filter(|old| in_force.iter().all(|sop| sop.name != old.name));
        document::without_rivals(untouched.chain(&in_force).map(Arc::as_ref))?;
        let changed = new.len() + furniture.changes().count();
        let changed = i32::try_from(changed).unwrap_or(i32::MAX);
        if !dry_run {
            let actor = Actor::Person(person);
            furniture
                .write(&mut transaction, &actor, reason, self.now())
                .await?;
            write(&mut transaction, &new, &actor, reason, self.now()).await?;
            self.commit(transaction).await?;
        }
        let named = furniture.changes();
        Ok(AppliedSops {
            sops: in_force,
            changed,
            furniture: named.map(|(kind, name)| format!("{kind}/{name}")).collect(),
        })
    }

    /// The procedures in force.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn shelf(&self) -> Result<Shelf, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        self.0.library.shelf(&mut connection).await
    }

    /// Puts the built-in procedure in force when there is none at all.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn install_built_in(&self) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        sops::lock(&mut transaction).await?;
        if !self
            .0
            .library
            .shelf(&mut transaction)
            .await?
            .all()
            .is_empty()
        {
            return Ok(());
        }
        let (_, new) = succeed(document::parse(document::BUILT_IN)?.sops, &Shelf::default());
        write(
            &mut transaction,
            &new,
            &Actor::Service,
            "first start",
            self.now(),
        )
        .await?;
        self.commit(transaction).await
    }
}

/// Numbers procedures after those in force: all of them, and the new among them.
fn succeed(wanted: Vec<Sop>, shelf: &Shelf) -> (Vec<Arc<Sop>>, Vec<Arc<Sop>>) {
    let mut new = Vec::new();
    let in_force = wanted
        .into_iter()
        .map(|sop| match shelf.get(&sop.name) {
            Some(old) if old.says_the_same_as(&sop) => Arc::clone(old),
            old => {
                let version = old.map_or(0, |old| old.version) + 1;
                let next = Arc::new(Sop { version, ..sop });
                new.push(Arc::clone(&next));
                next
            }
        })
        .collect();
    (in_force, new)
}

async fn write(
    conn: &mut PgConnection,
    new: &[Arc<Sop>],
    actor: &Actor,
    reason: &str,
    at: Instant,
) -> Result<(), Error> {
    for sop in new {
        sops::insert(
            conn,
            sop,
            Applied {
                by: actor.name(),
                at,
                reason,
            },
        )
        .await?;
    }
    let events: Vec<NewEvent> = new
        .iter()
        .map(|sop| encode::sop_applied(sop, actor, reason, at))
        .collect();
    if !events.is_empty() {
        service::event_log::append(conn, &events).await?;
    }
    Ok(())
}
