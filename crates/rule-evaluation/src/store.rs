//! What the service keeps in PostgreSQL. Every function runs in the transaction it
//! is given; who calls it decides what belongs together.

pub mod accuracy;
pub mod encoding;
pub mod exceptions;
pub mod marks;
pub mod progress;
pub mod rejudgements;
pub mod resources;
pub mod rule_sets;
pub mod samples;
pub mod shared;
pub mod sources;
pub mod states;
pub mod timers;
pub mod watched;
