//! The tables: tickets with their ledger, transitions and timers, procedures,
//! figures. Every function works inside the caller's transaction.

pub mod figures;
pub mod ledger;
pub mod listing;
pub mod row;
pub mod silence;
pub mod sops;
pub mod tickets;
pub mod timers;
pub mod transitions;

/// The service's own migrations.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");
