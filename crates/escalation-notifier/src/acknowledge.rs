//! Acknowledging with one tap: a link in the notice leads to a page that shows
//! the ticket, and whoever presses its button has taken the ticket on.
//!
//! Programs that follow links, such as mail scanners, change nothing: a GET
//! shows, only a POST acts. A card in `WeCom` has the button itself, and its press
//! is called back.

mod desk;
pub mod link;
mod page;
mod serve;
mod wecom;

use axum::Router;
pub use desk::Desk;

use crate::notifier::Notifier;

/// Pages below `/a/`, and what is called back below `/wecom/`.
pub fn router(notifier: Notifier, desk: Desk) -> Router {
    serve::router(notifier.clone(), desk.clone()).merge(wecom::router(notifier, desk))
}
