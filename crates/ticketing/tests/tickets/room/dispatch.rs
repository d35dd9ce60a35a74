//! What tests of work that is given ask of a room.

use ticketing::{desk::Desk, grpc::AbsenceService};

use super::{Replica, Room};

impl Replica {
    pub(crate) async fn dispatch(&self) {
        dispatch(&self.0).await;
    }
}

impl Room {
    pub(crate) fn absence_service(&self) -> AbsenceService {
        AbsenceService::new(self.desk.clone())
    }

    /// Gives work to people until there is none to give.
    pub(crate) async fn dispatch(&self) {
        dispatch(&self.desk).await;
    }
}

async fn dispatch(desk: &Desk) {
    while desk.dispatch().await.unwrap() {}
}
