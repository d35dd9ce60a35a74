//! What is kept in PostgreSQL. Every function works inside the caller's
//! transaction, so that a state and the event that tells of it are one.

pub mod again;
pub mod alarms;
pub mod attempts;
pub mod budget;
pub mod callbacks;
pub mod codes;
pub mod crowds;
pub mod digests;
pub mod entries;
pub mod escalations;
pub mod groups;
pub mod holds;
pub mod incidents;
pub mod inhibitors;
pub mod ledger;
pub mod messages;
pub mod on_call;
pub mod pages;
pub mod policies;
pub mod queue;
pub mod settlement;
pub mod silences;

use sqlx::{PgConnection, migrate::Migrator};

/// Tables of this service.
pub static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// A row holds what this version does not understand.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// A column holds a word that is none of those known.
    #[error("table {table} holds an unknown {column}: {value}")]
    UnknownWord {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
}

/// Real time by the database's clock, which every replica shares.
///
/// # Errors
///
/// The database failed.
pub async fn real_now(conn: &mut PgConnection) -> Result<chrono::DateTime<chrono::Utc>, Error> {
    Ok(sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#)
        .fetch_one(conn)
        .await?)
}

/// Levels and attempts are small; the database keeps them signed.
fn signed(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn unsigned(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}
