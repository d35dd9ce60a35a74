//! Queries of an ERP's database.

mod cable;
mod deployed;
mod erp;
mod mysql;
mod progress;
mod refusals;
mod values;
