//! Filters as lists use them: faults with their places, rows asked one by one, and rows asked by
//! a real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod agreement;
mod faults;
mod filters;
mod items;
mod meanings;
mod postgres;
