//! The engine against its promises.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod analysing;
mod backtest;
mod checking;
mod exempting;
mod explaining;
mod importing;
mod judging;
mod language;
mod loading;
mod oracle;
mod scenarios;
mod schema;
mod support;
mod tables;
mod together;
mod visual;
