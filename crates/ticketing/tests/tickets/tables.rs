//! Tickets as CSV, read back by somebody else's reader.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use contracts::ticketing::v1::{
    ExportTicketsRequest, ListTicketsRequest, ticket_list_service_server::TicketListService as _,
};
use tokio_stream::StreamExt as _;
use tonic::{Code, Request};

use crate::{exceptions::*, filters::varied_room, room::Room};

/// Python's reader of CSV, as a spreadsheet would be.
const READER: &str = "import csv, io, json, sys
text = io.TextIOWrapper(sys.stdin.buffer, 'utf-8-sig', newline='')
json.dump(list(csv.DictReader(text, strict=True)), sys.stdout)";

/// The pieces of an export.
pub(crate) async fn exported(room: &Room, request: ExportTicketsRequest) -> Vec<Vec<u8>> {
    let answers = room.lists().export_tickets(Request::new(request)).await;
    let mut answers = answers.unwrap().into_inner();
    let mut pieces = Vec::new();
    while let Some(piece) = answers.next().await {
        pieces.push(piece.unwrap().csv);
    }
    pieces
}

fn read(csv: &[u8]) -> Vec<serde_json::Map<String, serde_json::Value>> {
    let mut python = Command::new("python3")
        .args(["-c", READER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(csv).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn a_table_holds_what_the_list_does() {
    let room = varied_room().await;
    let filter = "state != resolved AND warehouse:*".to_owned();
    let request = ExportTicketsRequest {
        filter: filter.clone(),
        byte_order_mark: true,
        ..Default::default()
    };
    let csv = exported(&room, request).await.concat();
    assert!(csv.starts_with("\u{feff}id,order_id,state,".as_bytes()));
    let listed = ListTicketsRequest {
        filter,
        order_by: "opened_at".to_owned(),
        page_size: 500,
        ..Default::default()
    };
    let listed = room.tickets(listed).await;
    let rows = read(&csv);
    assert_eq!(rows.len(), listed.len());
    assert!(rows.len() > 5);
    for (row, ticket) in rows.iter().zip(&listed) {
        let order = ticket.order.as_ref().unwrap();
        for (column, expected) in [
            ("id", &ticket.id),
            ("order_id", &ticket.order_id),
            ("department", &ticket.department),
            ("assignee", &ticket.assignee),
            ("warehouse", &order.warehouse),
            ("amount", &format!("{:?}", order.amount)),
            ("overdue", &ticket.overdue.to_string()),
        ] {
            assert_eq!(&row[column], expected, "{column}");
        }
        let opened: chrono::DateTime<chrono::Utc> =
            row["opened_at"].as_str().unwrap().parse().unwrap();
        assert_eq!(opened.timestamp(), ticket.opened_at.unwrap().seconds);
    }
}

#[tokio::test]
async fn hostile_text_comes_through_whole_and_as_no_formula() {
    let room = Room::new().await;
    let hostile = [
        "=HYPERLINK(\"http://evil\",\"x\")",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "a,b\"c\"\r\nd",
        "＝1",
        "',",
        "订单 🎉",
    ];
    for (number, warehouse) in (1..).zip(hostile) {
        let order = Order {
            warehouse,
            kind: "",
            amount: -1.5,
        };
        room.deliver(&[of_order(opened(number, 1), &order)]).await;
        room.advance(1).await;
    }
    let rows = read(
        &exported(&room, ExportTicketsRequest::default())
            .await
            .concat(),
    );
    let told: Vec<&str> = rows
        .iter()
        .map(|row| row["warehouse"].as_str().unwrap())
        .collect();
    let expected = hostile.map(|text| match text {
        "a,b\"c\"\r\nd" | "'," | "订单 🎉" => text.to_owned(),
        formula => format!("'{formula}"),
    });
    assert_eq!(told, expected);
    assert!(rows.iter().all(|row| row["amount"] == "-1.5"));
}

#[tokio::test]
async fn a_table_is_of_nothing_when_nothing_passes_and_of_no_faulty_filter() {
    let room = varied_room().await;
    let nothing = ExportTicketsRequest {
        filter: "department = nowhere".to_owned(),
        ..Default::default()
    };
    assert!(read(&exported(&room, nothing).await.concat()).is_empty());
    let faulty = ExportTicketsRequest {
        filter: "state = opened".to_owned(),
        ..Default::default()
    };
    let refused = room.lists().export_tickets(Request::new(faulty)).await;
    assert_eq!(refused.err().unwrap().code(), Code::InvalidArgument);
}
