//! Filters that people keep.

use contracts::ticketing::v1::{
    DeleteFilterRequest, ListFiltersRequest, ListTicketsRequest, SaveFilterRequest, SavedFilter,
    ticket_list_service_server::TicketListService as _, ticket_service_server::TicketService as _,
};
use tonic::{Code, Request, Status};

use crate::{filters::varied_room, queues::TEAMS, room::Room};

fn kept(filter: &str, shared_with: &str, etag: &str) -> SaveFilterRequest {
    SaveFilterRequest {
        actor: "zhao".to_owned(),
        name: "late".to_owned(),
        filter: filter.to_owned(),
        shared_with: shared_with.to_owned(),
        etag: etag.to_owned(),
    }
}

async fn save(room: &Room, request: SaveFilterRequest) -> Result<SavedFilter, Status> {
    let saved = room.lists().save_filter(Request::new(request)).await?;
    Ok(saved.into_inner().filter.unwrap())
}

async fn filters(room: &Room, me: &str) -> Vec<SavedFilter> {
    let request = ListFiltersRequest { me: me.to_owned() };
    let filters = room.lists().list_filters(Request::new(request)).await;
    filters.unwrap().into_inner().filters
}

async fn found(room: &Room, saved_filter: &str, me: &str) -> Result<usize, Status> {
    let request = ListTicketsRequest {
        saved_filter: saved_filter.to_owned(),
        me: me.to_owned(),
        page_size: 500,
        ..Default::default()
    };
    let page = room.service().list_tickets(Request::new(request)).await?;
    Ok(page.into_inner().tickets.len())
}

#[tokio::test]
async fn a_filter_is_kept_changed_used_and_deleted_by_its_owner() {
    let room = varied_room().await;
    let saved = save(&room, kept("state = resolved", "", "")).await.unwrap();
    assert_eq!(filters(&room, "zhao").await, std::slice::from_ref(&saved));
    let resolved = found(&room, "late", "zhao").await.unwrap();
    assert!((1..24).contains(&resolved));
    let again = save(&room, kept("state = open", "", "")).await;
    assert_eq!(again.unwrap_err().code(), Code::AlreadyExists);
    let changed = save(&room, kept("", "", &saved.etag)).await.unwrap();
    assert_eq!(found(&room, "late", "zhao").await.unwrap(), 24);
    let stale = save(&room, kept("", "", &saved.etag)).await;
    assert_eq!(stale.unwrap_err().code(), Code::Aborted);
    let delete = async |etag: &str| {
        let request = DeleteFilterRequest {
            actor: "zhao".to_owned(),
            name: "late".to_owned(),
            etag: etag.to_owned(),
        };
        room.lists().delete_filter(Request::new(request)).await
    };
    assert_eq!(delete(&saved.etag).await.unwrap_err().code(), Code::Aborted);
    delete(&changed.etag).await.unwrap();
    assert_eq!(delete("2").await.unwrap_err().code(), Code::NotFound);
    let gone = save(&room, kept("", "", "2")).await;
    assert_eq!(gone.unwrap_err().code(), Code::Aborted);
    assert!(filters(&room, "zhao").await.is_empty());
    let told = "select count(*) from event_log where subject = 'orderwatch.changes.filter'";
    assert_eq!(room.count(told).await, 3);
}

#[tokio::test]
async fn a_shared_filter_is_for_the_people_of_that_department() {
    let room = varied_room().await;
    room.apply(TEAMS).await;
    save(&room, kept("assignee = me()", "warehouse", ""))
        .await
        .unwrap();
    for (login, path, may) in [
        ("zhao", "late", true),
        ("wang", "zhao/late", true),
        ("wang", "late", false),
        ("chen", "zhao/late", false),
        ("", "zhao/late", false),
    ] {
        let used = found(&room, path, login).await;
        assert_eq!(used.is_ok(), may, "{login} uses {path}");
        if let Err(refused) = used {
            assert_eq!(refused.code(), Code::NotFound);
        }
    }
    assert_eq!(filters(&room, "wang").await.len(), 1);
    assert!(filters(&room, "chen").await.is_empty());
}

#[tokio::test]
async fn what_is_no_filter_is_not_kept_and_what_no_longer_is_one_says_so() {
    let room = Room::new().await;
    let hostile = SaveFilterRequest {
        actor: String::new(),
        name: "a/b".to_owned(),
        filter: "state = opened".to_owned(),
        shared_with: "\0".to_owned(),
        etag: "new".to_owned(),
    };
    let refused = save(&room, hostile).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    for field in [
        "actor: ",
        "name: ",
        "filter: column 9",
        "shared_with: ",
        "etag: ",
    ] {
        assert!(refused.message().contains(field), "{}", refused.message());
    }
    let nobody = found(&room, "late", "").await.unwrap_err();
    assert!(
        nobody.message().contains("saved_filter: "),
        "{}",
        nobody.message()
    );
    save(&room, kept("state = open", "", "")).await.unwrap();
    sqlx::raw_sql("update saved_filters set filter = 'colour = red'")
        .execute(room.pool())
        .await
        .unwrap();
    let faulty = found(&room, "late", "zhao").await.unwrap_err();
    assert_eq!(faulty.code(), Code::FailedPrecondition);
    assert!(
        faulty
            .message()
            .contains("zhao/late can no longer be used: column 1"),
        "{}",
        faulty.message()
    );
    assert!(
        filters(&room, "zhao").await[0]
            .fault
            .starts_with("column 1")
    );
}
