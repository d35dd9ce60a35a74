//! Filters that people keep.

use service::event_log;
use sqlx::PgConnection;

use super::{Desk, Wish};
use crate::{
    domain::{
        actor::{Actor, Person},
        roster::Roster,
        saved_filter::{FilterName, FilterPath, FilterRefusal, SavedFilter},
    },
    error::Error,
    events::encode,
    store::{listing::TicketFilter, saved_filters},
};

impl Desk {
    /// Keeps a filter: a new one, or in the place of the version that its owner saw.
    ///
    /// # Errors
    /// [`FilterRefusal::Exists`], [`FilterRefusal::Stale`], and those of the database.
    pub async fn save_filter(
        &self,
        owner: &Person,
        name: &FilterName,
        filter: &TicketFilter,
        shared_with: &str,
        seen: Option<i64>,
    ) -> Result<SavedFilter, Error> {
        let saved = SavedFilter {
            owner: owner.as_str().to_owned(),
            name: name.as_str().to_owned(),
            filter: filter.text().to_owned(),
            shared_with: shared_with.trim().to_owned(),
            version: seen.map_or(1, |seen| seen.saturating_add(1)),
            changed_at: self.now(),
        };
        let mut transaction = self.begin().await?;
        if !saved_filters::put(&mut transaction, &saved).await? {
            let refusal = match seen {
                Some(_) => FilterRefusal::Stale(saved.to_string()),
                None => FilterRefusal::Exists(saved.to_string()),
            };
            return Err(refusal.into());
        }
        self.tell_of(&mut transaction, owner, &saved, "saved")
            .await?;
        self.commit(transaction).await?;
        Ok(saved)
    }

    /// Keeps a filter no longer.
    ///
    /// # Errors
    /// [`FilterRefusal::Unknown`], [`FilterRefusal::Stale`], and those of the database.
    pub async fn delete_filter(
        &self,
        owner: &Person,
        name: &FilterName,
        seen: i64,
    ) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        let (login, name) = (owner.as_str(), name.as_str());
        let known = saved_filters::get(&mut transaction, login, name).await?;
        let known = known.ok_or_else(|| FilterRefusal::Unknown(format!("{login}/{name}")))?;
        if !saved_filters::delete(&mut transaction, login, name, seen).await? {
            return Err(FilterRefusal::Stale(known.to_string()).into());
        }
        self.tell_of(&mut transaction, owner, &known, "deleted")
            .await?;
        self.commit(transaction).await
    }

    /// The filters that somebody may use, by owner and name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn filters(&self, me: &Person) -> Result<Vec<SavedFilter>, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        let office = self.office(&mut connection).await?;
        let mut filters = saved_filters::of(&mut connection, me.as_str()).await?;
        filters.retain(|filter| is_for(filter, me.as_str(), office.roster()));
        Ok(filters)
    }

    /// What is wished for, with the filter itself in the place of its name.
    pub(super) async fn settled(
        &self,
        conn: &mut PgConnection,
        mut wish: Wish,
    ) -> Result<Wish, Error> {
        let Some(path) = wish.saved.take() else {
            return Ok(wish);
        };
        let me = wish.me.as_ref().map(Person::as_str).unwrap_or_default();
        let saved = self.usable(conn, me, &path).await?;
        let filter = TicketFilter::parse(&saved.filter);
        wish.filters
            .push(filter.map_err(|fault| FilterRefusal::Faulty {
                name: saved.to_string(),
                fault: fault.to_string(),
            })?);
        Ok(wish)
    }

    async fn usable(
        &self,
        conn: &mut PgConnection,
        me: &str,
        path: &FilterPath,
    ) -> Result<SavedFilter, Error> {
        let (owner, name) = (path.owner.as_deref().unwrap_or(me), path.name.as_str());
        let saved = saved_filters::get(conn, owner, name).await?;
        let office = self.office(conn).await?;
        let usable = saved.filter(|it| is_for(it, me, office.roster()));
        Ok(usable.ok_or_else(|| FilterRefusal::Unknown(format!("{owner}/{name}")))?)
    }

    async fn tell_of(
        &self,
        conn: &mut PgConnection,
        owner: &Person,
        filter: &SavedFilter,
        what: &str,
    ) -> Result<(), Error> {
        let by = Actor::Person(owner.clone());
        let event = encode::filter_changed(filter, what, &by, self.now());
        event_log::append(conn, &[event]).await?;
        Ok(())
    }
}

/// Whether somebody may use a filter: its owner, and who may act for the department that it is
/// shared with.
fn is_for(filter: &SavedFilter, me: &str, roster: &Roster) -> bool {
    let shared_with = &*filter.shared_with;
    filter.owner == me || !shared_with.is_empty() && roster.may_act_for(me, shared_with)
}
