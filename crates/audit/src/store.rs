//! The record in PostgreSQL.

mod append;
mod read;

pub use append::{Turn, append, wait_for_turn};
pub use read::{ReadError, figures, page, trail};

/// The tables of the record.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
