//! Queues, as the wire tells them.

use contracts::ticketing::v1 as wire;

use crate::{events::instant::to_wire, store::tasks::Queue};

pub(in crate::grpc) fn queue(queue: Queue) -> wire::Queue {
    wire::Queue {
        department: queue.department,
        team: queue.team,
        open: queue.open,
        unclaimed: queue.unclaimed,
        overdue: queue.overdue,
        paused: queue.paused,
        next_due_at: queue.next_due_at.map(to_wire),
        asked: queue.asked,
    }
}
