//! Acknowledging with one tap: a link in the notice leads to a page that shows
//! the ticket, or those of a digest, and whoever presses a button has taken them on.
//!
//! Programs that follow links, such as mail scanners, change nothing: a GET
//! shows, only a POST acts. A card in `WeCom` has the button itself, and its press
//! is called back.

mod desk;
mod digest;
pub mod link;
mod page;
mod readers;
mod serve;
mod wecom;

use axum::Router;
pub use desk::Desk;

use crate::notifier::Notifier;

/// Pages below `/a/` and `/d/`, and what is called back below `/wecom/`.
pub fn router(notifier: Notifier, desk: Desk) -> Router {
    serve::router(notifier.clone(), desk.clone())
        .merge(digest::router(notifier.clone(), desk.clone()))
        .merge(wecom::router(notifier, desk))
}
