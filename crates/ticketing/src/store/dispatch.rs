//! Work that nobody has, and how much everybody has.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use crate::{
    domain::{
        dispatch::{Load, Loads},
        id::TicketId,
        roster::Roster,
    },
    error::Error,
};

/// The queues from which work is given out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queues {
    teams: Vec<String>,
    /// Where what no team was given is the only team's.
    departments: Vec<String>,
}

impl Queues {
    /// Those of the teams that give their work out.
    #[must_use]
    pub fn of(roster: &Roster) -> Self {
        let giving = || roster.teams().filter(|(_, team)| !team.assign.is_manual());
        let is_alone = |department: &str| {
            let mut teams = roster.teams().filter(|(_, it)| it.department == department);
            teams.nth(1).is_none()
        };
        Self {
            teams: giving().map(|(name, _)| name.to_owned()).collect(),
            departments: giving()
                .map(|(_, team)| team.department.clone())
                .filter(|department| is_alone(department))
                .collect(),
        }
    }
}

/// Has nobody else give work out until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn lock(conn: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!("lock table dispatch_turns in share row exclusive mode")
        .execute(conn)
        .await?;
    Ok(())
}

/// Tickets with work that nobody has, whose is due first before others.
///
/// # Errors
/// Those of the database.
pub async fn unheld(
    conn: &mut PgConnection,
    queues: &Queues,
    limit: i64,
) -> Result<Vec<TicketId>, Error> {
    if queues.teams.is_empty() {
        return Ok(Vec::new());
    }
    let found = sqlx::query_scalar!(
        "select ticket_id from ticket_tasks
        where kind = 'work' and assignee = ''
            and (team = any($1) or team = '' and department = any($2))
        order by due_at, ticket_id limit $3",
        &queues.teams,
        &queues.departments,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(found.into_iter().map(TicketId::from).collect())
}

/// Tickets with work that somebody has, whose is due first before others.
///
/// # Errors
/// Those of the database.
pub async fn held_by(
    conn: &mut PgConnection,
    login: &str,
    limit: i64,
) -> Result<Vec<TicketId>, Error> {
    let found = sqlx::query_scalar!(
        "select ticket_id from ticket_tasks
        where kind = 'work' and assignee = $1 and assignee <> ''
        order by due_at, ticket_id limit $2",
        login,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(found.into_iter().map(TicketId::from).collect())
}

/// How much everybody of the teams in force has to do.
///
/// # Errors
/// Those of the database.
pub async fn loads(conn: &mut PgConnection, roster: &Roster) -> Result<Loads, Error> {
    let mut loads = BTreeMap::<String, Load>::new();
    let turns = sqlx::query!("select login, turn from dispatch_turns")
        .fetch_all(&mut *conn)
        .await?;
    for row in turns {
        loads.entry(row.login).or_default().turn = row.turn;
    }
    let open = sqlx::query!(
        r#"select assignee, count(*) as "open!" from ticket_tasks
        where kind = 'work' and assignee = any($1) and assignee <> '' group by assignee"#,
        &roster.staff().logins
    )
    .fetch_all(conn)
    .await?;
    for row in open {
        loads.entry(row.assignee).or_default().open = u32::try_from(row.open).unwrap_or(u32::MAX);
    }
    Ok(Loads::new(loads))
}

/// Keeps whose turn it was.
///
/// # Errors
/// Those of the database.
pub async fn keep_turns(
    conn: &mut PgConnection,
    turns: &BTreeMap<String, i64>,
) -> Result<(), Error> {
    let (logins, turns): (Vec<String>, Vec<i64>) = turns
        .iter()
        .map(|(login, turn)| (login.clone(), *turn))
        .unzip();
    sqlx::query!(
        "insert into dispatch_turns select * from unnest($1::text[], $2::bigint[])
        on conflict (login) do update set turn = excluded.turn",
        &logins,
        &turns
    )
    .execute(conn)
    .await?;
    Ok(())
}
