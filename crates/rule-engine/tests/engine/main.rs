//! The engine against its promises.

mod checking;
mod explaining;
mod judging;
mod loading;
mod oracle;
mod support;
