//! Servers that stand in for the vendors, in tests and demonstrations. Each
//! enforces the vendor's limits and records what arrived and what broke them.

mod listener;
pub mod smtp;
pub mod vendors;
