//! Decisions, without clock, socket or database: who is told what and when,
//! what an answer means, how much fits into one message.
//!
//! In the order in which a ticket's transition passes through: it is observed
//! ([`ticket`], [`escalation`]) under a [`policy`], routed through the
//! [`directory`], written down as a [`delivery`], perhaps kept back ([`quiet`]),
//! told with others ([`grouping`]) or packed into a [`digest`], and tried again
//! as [`retry`] says. An [`explanation`] says afterwards why.

pub mod budget;
pub mod channel;
pub mod contact;
pub mod delivery;
pub mod digest;
pub mod directory;
pub mod endpoint;
pub mod escalation;
pub mod explanation;
pub mod failover;
pub mod grouping;
pub mod label;
pub mod matcher;
pub mod oncall;
pub mod people_list;
pub mod policy;
pub mod quiet;
pub mod resources;
pub mod retry;
pub mod room;
pub mod routing;
pub mod share;
pub mod ticket;
pub mod wording;
