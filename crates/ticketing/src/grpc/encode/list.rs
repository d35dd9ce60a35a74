//! Queues and news of lists, as the wire tells them.

use contracts::ticketing::v1::{self as wire, watch_tickets_response as it};

use super::ticket;
use crate::{
    desk::{Bookmark, News},
    domain::saved_filter::SavedFilter,
    events::instant::to_wire,
    store::{listing::TicketFilter, tasks::Queue},
};

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

pub(in crate::grpc) fn news(news: &News, bookmark: Option<Bookmark>) -> wire::WatchTicketsResponse {
    let news = match news {
        News::Present(present) => it::News::Present(ticket(present)),
        News::Synced => it::News::Synced(it::Synced {}),
        News::Changed(changed, transitions) => it::News::Changed(it::Changed {
            ticket: Some(ticket(changed)),
            transitions: transitions.clone(),
        }),
        News::Left(left, transitions) => it::News::Left(it::Left {
            ticket_id: left.id.to_string(),
            etag: left.version.to_string(),
            transitions: transitions.clone(),
        }),
    };
    wire::WatchTicketsResponse {
        news: Some(news),
        resume_token: bookmark.map(|it| it.to_string()).unwrap_or_default(),
    }
}

pub(in crate::grpc) fn saved(filter: SavedFilter) -> wire::SavedFilter {
    let fault = TicketFilter::parse(&filter.filter).err();
    wire::SavedFilter {
        owner: filter.owner,
        name: filter.name,
        filter: filter.filter,
        shared_with: filter.shared_with,
        etag: filter.version.to_string(),
        changed_at: Some(to_wire(filter.changed_at)),
        fault: fault.map(|fault| fault.to_string()).unwrap_or_default(),
    }
}
