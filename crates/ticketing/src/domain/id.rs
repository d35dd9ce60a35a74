//! Ids: a ticket's follows from its exception's, which makes "one ticket an
//! exception" a property of the name and not of the order of arrival.

use std::{fmt, str::FromStr};

use uuid::Uuid;

/// Namespace of ticket ids. Never changes: every stored ticket depends on it.
const TICKETS: Uuid = Uuid::from_u128(0x8d0c_6f0e_94a1_5b57_9b0a_5f3c_7e21_4d60);

/// Id of an exception, given by rule evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExceptionId(Uuid);

/// Id of a ticket: version 5 of the exception's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketId(Uuid);

impl TicketId {
    /// The id of the only ticket that an exception can have.
    #[must_use]
    pub fn of(exception: ExceptionId) -> Self {
        Self(Uuid::new_v5(&TICKETS, exception.0.as_bytes()))
    }
}

macro_rules! uuid_newtype {
    ($name:ident) => {
        impl $name {
            /// The bare identifier, for the database.
            #[must_use]
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_newtype!(ExceptionId);
uuid_newtype!(TicketId);
