//! Acknowledging with one tap: a link in the notice leads to a page that shows
//! the ticket, and whoever presses its button has taken the ticket on.
//!
//! Programs that follow links, such as mail scanners, change nothing: a GET
//! shows, only a POST acts.

mod desk;
pub mod link;
mod page;
mod serve;

pub use desk::Desk;
pub use serve::router;
