//! Batches of facts in, exceptions out.

pub mod exception;
pub mod facts;
pub mod late_source;
pub mod order;
pub mod rule_set;

use contracts::event::v1::{Actor, ActorKind};

use crate::SERVICE;

/// Who says what nobody asked for.
fn this_service() -> Actor {
    Actor {
        kind: ActorKind::Service.into(),
        name: SERVICE.name.to_owned(),
    }
}
