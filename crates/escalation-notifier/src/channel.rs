//! Ways to reach people: the vendors' own words, limits and answers.

pub mod callback;
pub mod caller;
pub mod email;
pub mod markup;
mod secret;
pub mod token;
pub mod vendor;
mod words;
