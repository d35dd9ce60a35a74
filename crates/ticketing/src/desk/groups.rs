//! What people do with groups of tickets.

use service::event_log;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Desk,
    bulks::{BulkErrand, Choice},
};
use crate::{
    domain::{
        Instant,
        actor::{Actor, Person},
        group::{Closing, Group, GroupRefusal, Kind, Moves},
        holder::Holder,
        id::TicketId,
        ticket::Act,
    },
    error::Error,
    events::encode,
    store::groups::{self, Candidate, Wanted},
};

/// Tickets that somebody says belong together.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Made up by who asks.
    pub id: Uuid,
    /// Why they belong together.
    pub kind: Kind,
    /// What it is about.
    pub title: String,
    /// Who says so.
    pub person: Person,
    /// Which tickets.
    pub tickets: Vec<TicketId>,
}

/// Who changes which group.
#[derive(Debug, Clone)]
pub struct Change {
    /// The group.
    pub id: Uuid,
    /// Who.
    pub person: Person,
    /// The version that they looked at.
    pub seen: i64,
}

/// What became of a group that was closed.
#[derive(Debug)]
pub struct Closure {
    /// The group.
    pub group: Group,
    /// The bulk operation that resolves its tickets.
    pub bulk: Option<Uuid>,
}

impl Desk {
    /// Groups, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn groups(
        &self,
        wanted: &Wanted,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Group>, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        groups::list(&mut connection, wanted, after, limit).await
    }

    /// A group and its first thousand tickets.
    ///
    /// # Errors
    /// [`GroupRefusal::Unknown`], and those of the database.
    pub async fn group(&self, id: Uuid) -> Result<(Group, Vec<TicketId>), Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        let group = groups::get(&mut connection, id).await?;
        let members = groups::members(&mut connection, id, false, 1_000).await?;
        Ok((group.ok_or(GroupRefusal::Unknown(id))?, members))
    }

    /// Puts tickets together. Asked again, it answers the group as it is.
    ///
    /// # Errors
    /// [`GroupRefusal`], and those of the database.
    pub async fn open_group(&self, opening: Opening) -> Result<Group, Error> {
        let mut transaction = self.begin().await?;
        let now = self.now();
        if let Some(known) = groups::lock(&mut transaction, opening.id).await? {
            let is_same = (known.kind, known.title.as_str()) == (opening.kind, &opening.title);
            return match is_same {
                true => Ok(known),
                false => Err(GroupRefusal::Other(opening.id).into()),
            };
        }
        let candidates =
            candidates(&mut transaction, opening.kind, &opening.tickets, opening.id).await?;
        let first = candidates
            .first()
            .ok_or(GroupRefusal::Unknown(opening.id))?;
        let order = match opening.kind {
            Kind::Case => first.order.clone(),
            Kind::Incident => String::new(),
        };
        must_be_of(&order, &candidates)?;
        let owner = Holder::new(&first.department, "").map_err(|_| Error::Corrupt {
            ticket: first.id,
            what: "department",
        })?;
        let mut group = Group {
            id: opening.id,
            kind: opening.kind,
            title: opening.title,
            cause: None,
            order,
            owner,
            opened_at: now,
            opened_by: opening.person.as_str().to_owned(),
            closing: None,
            tickets: 0,
            open_tickets: 0,
            version: 1,
        };
        if !groups::insert(&mut transaction, &group).await? {
            let case = groups::case_of(&mut transaction, &group.order).await?;
            return Err(match case {
                Some(case) => GroupRefusal::CaseIsThere {
                    order: group.order,
                    case,
                },
                None => GroupRefusal::Other(group.id),
            }
            .into());
        }
        let by = opening.person.as_str();
        add(&mut transaction, &group, &opening.tickets, by, now).await?;
        group = found(&mut transaction, group.id).await?;
        let actor = Actor::Person(opening.person);
        let moves = Moves::in_with(opening.tickets);
        let told = ("opened", "put together");
        self.tell_group(&mut transaction, &group, told, &actor, &moves)
            .await?;
        self.commit(transaction).await?;
        Ok(group)
    }

    /// Adds tickets to a group, and takes tickets out.
    ///
    /// # Errors
    /// As [`Desk::open_group`].
    pub async fn regroup(
        &self,
        change: Change,
        added: &[TicketId],
        removed: &[TicketId],
    ) -> Result<Group, Error> {
        let mut transaction = self.begin().await?;
        let group = self.group_to_change(&mut transaction, &change).await?;
        let candidates = candidates(&mut transaction, group.kind, added, group.id).await?;
        must_be_of(&group.order, &candidates)?;
        let by = change.person.as_str();
        add(&mut transaction, &group, added, by, self.now()).await?;
        groups::remove(&mut transaction, group.id, removed).await?;
        let why = format!("{} added, {} taken out", added.len(), removed.len());
        let moves = Moves::of(added, removed);
        self.change_group(
            transaction,
            group,
            ("regrouped", &why),
            change.person,
            &moves,
        )
        .await
    }

    /// Has somebody else answer for a group as a whole.
    ///
    /// # Errors
    /// As [`Desk::open_group`].
    pub async fn assign_group(&self, change: Change, owner: Holder) -> Result<Group, Error> {
        let mut transaction = self.begin().await?;
        let mut group = self.group_to_change(&mut transaction, &change).await?;
        let why = format!("{owner} answers for it");
        group.owner = owner;
        let told = ("assigned", why.as_str());
        self.change_group(transaction, group, told, change.person, &Moves::default())
            .await
    }

    /// Closes a group, and has its open tickets resolved if that is wanted.
    ///
    /// # Errors
    /// As [`Desk::open_group`].
    pub async fn close_group(
        &self,
        change: Change,
        reason: &str,
        resolve: bool,
    ) -> Result<Closure, Error> {
        let mut transaction = self.begin().await?;
        let mut group = self.group_to_change(&mut transaction, &change).await?;
        group.closing = Some(Closing {
            at: self.now(),
            by: change.person.as_str().to_owned(),
            reason: reason.to_owned(),
        });
        let bulk = (resolve && group.open_tickets > 0).then(|| BulkErrand {
            id: Uuid::now_v7(),
            person: change.person.clone(),
            act: Act::Resolve {
                reason: reason.to_owned(),
                past_mandatory: false,
            },
            note: group.title.clone(),
            choice: Choice::Group(group.id),
        });
        if let Some(errand) = &bulk {
            self.begin_bulk(&mut transaction, errand).await?;
        }
        let told = ("closed", reason);
        let group = self
            .change_group(transaction, group, told, change.person, &Moves::default())
            .await?;
        if bulk.is_some() {
            self.0.bells.bulks.notify_one();
        }
        Ok(Closure {
            group,
            bulk: bulk.map(|errand| errand.id),
        })
    }

    /// The group, locked, if it is as the person saw it and they may change it.
    async fn group_to_change(
        &self,
        conn: &mut PgConnection,
        change: &Change,
    ) -> Result<Group, Error> {
        let id = change.id;
        let group = groups::lock(conn, id).await?;
        let group = group.ok_or(GroupRefusal::Unknown(id))?;
        if let Some(closing) = group.closing {
            let (at, by) = (closing.at, closing.by);
            return Err(GroupRefusal::Closed { id, at, by }.into());
        }
        if change.seen != group.version {
            let (seen, current) = (change.seen, group.version);
            return Err(GroupRefusal::Stale { id, seen, current }.into());
        }
        let office = self.office(conn).await?;
        let (person, department) = (change.person.as_str(), group.owner.department());
        if !office.roster().may_act_for(person, department) {
            return Err(GroupRefusal::NotPermitted {
                person: person.to_owned(),
                department: department.to_owned(),
            }
            .into());
        }
        Ok(group)
    }

    async fn change_group(
        &self,
        mut transaction: sqlx::Transaction<'static, sqlx::Postgres>,
        group: Group,
        told: (&str, &str),
        by: Person,
        moves: &Moves,
    ) -> Result<Group, Error> {
        groups::update(&mut transaction, &group).await?;
        let group = found(&mut transaction, group.id).await?;
        self.tell_group(&mut transaction, &group, told, &Actor::Person(by), moves)
            .await?;
        self.commit(transaction).await?;
        Ok(group)
    }

    /// Tells what happened to a group and why, and then who came and who left.
    pub(super) async fn tell_group(
        &self,
        conn: &mut PgConnection,
        group: &Group,
        told: (&str, &str),
        by: &Actor,
        moves: &Moves,
    ) -> Result<(), Error> {
        let now = self.now();
        let mut events = vec![encode::group_changed(group, told, by, now)];
        events.extend(encode::members_changed(group, moves, told.1, by, now));
        event_log::append(conn, &events).await?;
        Ok(())
    }
}

pub(super) async fn found(conn: &mut PgConnection, id: Uuid) -> Result<Group, Error> {
    Ok(groups::get(conn, id)
        .await?
        .ok_or(GroupRefusal::Unknown(id))?)
}

/// Tickets that may come to a group: those that there are, and that are in no other.
async fn candidates(
    conn: &mut PgConnection,
    kind: Kind,
    tickets: &[TicketId],
    group: Uuid,
) -> Result<Vec<Candidate>, Error> {
    let candidates = groups::candidates(conn, kind, tickets).await?;
    let is_there = |id: &&TicketId| candidates.iter().any(|it| it.id == **id);
    if let Some(missing) = tickets.iter().find(|id| !is_there(id)) {
        return Err(GroupRefusal::NoTicket(*missing).into());
    }
    let elsewhere = candidates
        .iter()
        .find_map(|it| Some((it.id, it.group.filter(|other| *other != group)?)));
    match elsewhere {
        Some((ticket, group)) => Err(GroupRefusal::Elsewhere { ticket, group }.into()),
        None => Ok(candidates),
    }
}

/// Puts tickets in a group, unless somebody has put one in another meanwhile.
async fn add(
    conn: &mut PgConnection,
    group: &Group,
    tickets: &[TicketId],
    by: &str,
    now: Instant,
) -> Result<(), Error> {
    groups::add(conn, group, tickets, by, now).await?;
    candidates(conn, group.kind, tickets, group.id).await?;
    Ok(())
}

/// All are of the order of the case, if it is one.
fn must_be_of(case: &str, candidates: &[Candidate]) -> Result<(), GroupRefusal> {
    let other = candidates
        .iter()
        .find(|it| !case.is_empty() && it.order != case);
    match other {
        Some(other) => Err(GroupRefusal::OtherOrder {
            ticket: other.id,
            order: other.order.clone(),
            case: case.to_owned(),
        }),
        None => Ok(()),
    }
}
