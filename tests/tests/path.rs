//! One order all the way: from its file to the person who acts, and the record of it.

use std::fs;

use serde_json::Value;
use tests::Installation;
use tests::installation::text;

const MAPPING: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../deploy/connectors/olist.yaml"
);

const ORDERS: &str = "\
order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,\
order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date
forgotten,c-1,processing,2018-01-01 09:00:00,2018-01-01 10:00:00,,,
";
const ITEMS: &str = "\
order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value
forgotten,1,p,s,2018-01-05 10:00:00,10.00,1.00
";
const SHIPPED: &str = "\
order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,\
order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date
forgotten,c-1,shipped,2018-01-01 09:00:00,2018-01-01 10:00:00,2018-01-09 12:00:00,,
";
const CUSTOMERS: &str =
    "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state\n";
const OF_HANDOVER: [&str; 4] = ["get", "tickets", "--scenario", "handover-overdue"];

#[test]
fn an_order_becomes_a_ticket_is_acknowledged_and_settles_itself_and_all_is_on_record() {
    let mut installation = Installation::start();
    let folder = installation.folder("files");
    fs::write(folder.join("olist_orders_dataset.csv"), ORDERS).unwrap();
    fs::write(folder.join("olist_order_items_dataset.csv"), ITEMS).unwrap();
    fs::write(folder.join("olist_customers_dataset.csv"), CUSTOMERS).unwrap();
    let replay = ["replay", "--mapping", MAPPING, folder.to_str().unwrap()];
    let output = installation.run(&replay);
    assert!(output.status.success(), "{}", text(&output));

    let tickets = installation.until(&OF_HANDOVER, |tickets| !tickets.is_empty());
    assert_eq!(tickets.len(), 1, "one ticket an exception");
    assert_eq!(tickets[0]["order_id"], "forgotten");
    let id = tickets[0]["id"].as_str().unwrap().to_owned();
    let output = installation.run(&["ticket", "ack", &id, "--actor", "li", "--note", "mine"]);
    assert!(output.status.success(), "{}", text(&output));

    // The carrier's word arrives through a newer export, after a restart of everything.
    installation.kill(tests::Killed::Services);
    fs::write(folder.join("olist_orders_dataset.csv"), SHIPPED).unwrap();
    let output = installation.run(&replay);
    assert!(output.status.success(), "{}", text(&output));
    let tickets = installation.until(&OF_HANDOVER, |tickets| tickets[0]["state"] == "resolved");
    assert_eq!(tickets.len(), 1);
    figures_are_shown_by_group(&installation);

    let wanted = [
        "facts.accepted",
        "exception.opened",
        "ticket.opened",
        "notification.sent",
        "ticket.acknowledged",
        "exception.cleared",
        "ticket.resolved",
    ];
    let types = |trail: &[Value]| -> Vec<String> {
        trail
            .iter()
            .filter_map(|entry| entry["type"].as_str().map(String::from))
            .collect()
    };
    let trail = installation.until(&["audit", "trace", "forgotten"], |trail| {
        wanted
            .iter()
            .all(|wanted| types(trail).iter().any(|found| found == wanted))
    });
    let acknowledged = trail
        .iter()
        .find(|entry| entry["type"] == "ticket.acknowledged")
        .unwrap();
    assert!(
        acknowledged.to_string().contains("li"),
        "the actor is named: {acknowledged}"
    );
    assert!(
        acknowledged.to_string().contains("mine"),
        "and the note kept: {acknowledged}"
    );
    let instants: Vec<&str> = trail
        .iter()
        .filter_map(|entry| entry["occurred_at"].as_str())
        .collect();
    let seconds = |instant: &str| instant[..19].to_owned();
    assert!(
        instants
            .windows(2)
            .all(|pair| seconds(pair[0]) <= seconds(pair[1])),
        "in order: {instants:?}"
    );
}

fn figures_are_shown_by_group(installation: &Installation) {
    let by_scenario = ["get", "figures", "--by", "scenario", "--week-over-week"];
    // What was resolved at this very instant counts from the next on.
    let resolved = |groups: &[Value]| groups.iter().any(|group| group["resolved"] == 1);
    let groups = installation.until(&by_scenario, resolved);
    let group = groups
        .iter()
        .find(|group| group["key"] == "handover-overdue");
    let group = group.expect("figures of the scenario");
    assert_eq!(
        (&group["opened"], &group["response"]["count"]),
        (&Value::from(1), &Value::from(1))
    );
    assert_eq!(group["automatic_share"], 0.0);
    assert_eq!(group["week_before"]["opened"], 0);
    let table = installation.run(&by_scenario);
    assert!(
        text(&table).contains("HANDLING MEDIAN / P90"),
        "{}",
        text(&table)
    );
    assert!(
        installation
            .json(&["get", "figures", "--push-backs"])
            .is_empty()
    );
    for (words, says) in [
        (
            &["--by", "hour", "--time-zone", "Asia/Peking"][..],
            "`Asia/Peking` is no time zone",
        ),
        (
            &["--by", "hour", "--from", "2001-01-01T00:00:00Z"],
            "at most 400 days after from",
        ),
        (&["--from", "2001-01-01T00:00:00Z"], "--by or --push-backs"),
    ] {
        let refused = installation.run(&[&["get", "figures"], words].concat());
        assert!(!refused.status.success());
        assert!(text(&refused).contains(says), "{}", text(&refused));
    }
}
