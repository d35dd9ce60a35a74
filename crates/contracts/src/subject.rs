//! Names of the bus subjects. A subject is a promise to everybody who listens,
//! so each is written down here once.

/// Facts, one subject a source: `orderwatch.facts.<source>`.
pub const FACTS: &str = "orderwatch.facts";
/// Transitions of exceptions: `orderwatch.exceptions.<transition>`.
pub const EXCEPTIONS: &str = "orderwatch.exceptions";
/// That more is known of orders: `orderwatch.exceptions.orders.<what>`, beside the exceptions.
pub const ORDERS: &str = "orderwatch.exceptions.orders";
/// Transitions of tickets: `orderwatch.tickets.<transition>`.
pub const TICKETS: &str = "orderwatch.tickets";
/// What became of groups of tickets: `orderwatch.tickets.groups.<what>`, beside the tickets.
pub const TICKET_GROUPS: &str = "orderwatch.tickets.groups";
/// What became of notifications: `orderwatch.notifications.<transition>`.
pub const NOTIFICATIONS: &str = "orderwatch.notifications";
/// Changes of rules, procedures and policies: `orderwatch.changes.<kind>`.
pub const CHANGES: &str = "orderwatch.changes";
/// What ingest accepted or refused: `orderwatch.intake.<what>`.
pub const INTAKE: &str = "orderwatch.intake";
/// Messages that a consumer could not digest: `orderwatch.dead.<service>`.
pub const DEAD_LETTERS: &str = "orderwatch.dead";

/// Joins a root and a last token, as in `orderwatch.tickets.opened`.
///
/// ```
/// assert_eq!(contracts::subject::under(contracts::subject::TICKETS, "opened"), "orderwatch.tickets.opened");
/// ```
#[must_use]
pub fn under(root: &str, token: &str) -> String {
    format!("{root}.{token}")
}
