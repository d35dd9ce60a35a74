//! The tables: tickets with their ledger, transitions, breaches, tasks and wakings, procedures and
//! what they go by, figures. Every function works inside the caller's transaction.

pub mod absences;
pub mod breaches;
pub mod bulks;
pub mod calls;
pub mod dispatch;
pub mod evidence;
pub mod figures;
pub mod gathering;
pub mod groups;
pub mod ledger;
pub mod listing;
pub mod office;
pub mod questions;
pub mod report;
pub mod row;
pub mod saved_filters;
pub mod silence;
pub mod sops;
pub mod tasks;
pub mod tickets;
pub mod transitions;
pub mod turns;
pub mod wakings;

/// The service's own migrations.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");
