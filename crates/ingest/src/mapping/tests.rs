use std::sync::Arc;

use order::{Catalogue, EntityKind, Fact, Value};

use super::{Columns, Encoding, Fault, Mapping, RawRecord};

const OLIST: &str = include_str!("../../../../deploy/connectors/olist.yaml");

fn parse(yaml: &str) -> Result<Mapping, Vec<Fault>> {
    Mapping::parse(yaml, Arc::new(Catalogue::standard()))
}

/// A mapping of one file with one order fact of the given fields.
fn orders(fields: &str) -> String {
    format!(
        r#"apiVersion: orderwatch/v1
kind: Connector
metadata: {{name: shop}}
spec:
  timezone: Asia/Shanghai
  sources: [{{name: shop-erp, system: erp, mode: stated, patience: 1d 6h}}]
  datasets:
    - file: orders-*.csv
      facts:
        - source: shop-erp
          kind: order
          id: row.id
          revision: 1
          fields: {{{fields}}}
"#
    )
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn map(yaml: &str, columns: &[&str], cells: &[&[u8]]) -> Result<Vec<Fact>, String> {
    let mapping = parse(yaml).unwrap();
    let names = strings(columns);
    let columns = Columns {
        file: "orders-1.csv",
        names: &names,
    };
    let reader = mapping.reader(&columns, None).unwrap();
    let cells: Vec<Vec<u8>> = cells.iter().map(|cell| cell.to_vec()).collect();
    reader
        .facts(RawRecord::Cells(&cells))
        .map_err(|rejection| format!("{}: {}", rejection.field, rejection.message))
}

fn olist(file: &str, columns: &str, line: &str) -> Result<Vec<Fact>, String> {
    let mapping = parse(OLIST).unwrap();
    let names: Vec<String> = columns.split(',').map(str::to_owned).collect();
    let columns = Columns {
        file,
        names: &names,
    };
    let reader = mapping.reader(&columns, None).unwrap();
    let cells: Vec<Vec<u8>> = line
        .split(',')
        .map(|cell| cell.as_bytes().to_vec())
        .collect();
    reader
        .facts(RawRecord::Cells(&cells))
        .map_err(|rejection| format!("{}: {}", rejection.field, rejection.message))
}

const ORDERS: &str = "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date";
const ITEMS: &str =
    "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value";

fn time(text: &str) -> Value {
    Value::Timestamp(text.parse().unwrap())
}

#[test]
fn an_olist_order_gives_an_order_and_a_shipment() {
    let line = "o1,c1,delivered,2018-08-15 11:30:33,2018-08-15 11:44:11,2018-08-15 12:44:00,,2018-08-27 00:00:00";
    let facts = olist("olist_orders_dataset.csv", ORDERS, line).unwrap();
    assert_eq!(facts.len(), 2);
    assert_eq!(facts[0].kind(), EntityKind::Order);
    assert_eq!(
        facts[0].attribute("created_at"),
        &time("2018-08-15T14:30:33Z")
    );
    assert_eq!(facts[0].attribute("paid_at"), &time("2018-08-15T14:44:11Z"));
    assert_eq!(facts[0].attribute("customer_id"), &Value::text("c1"));
    assert_eq!(facts[1].kind(), EntityKind::Shipment);
    assert_eq!(facts[1].order_id().unwrap().as_str(), "o1");
    assert_eq!(
        facts[1].attribute("handed_over_at"),
        &time("2018-08-15T15:44:00Z")
    );
    assert_eq!(facts[1].attribute("delivered_at"), &Value::Missing);
}

#[test]
fn an_order_that_nobody_picked_up_has_no_shipment() {
    let line = "o1,c1,created,2018-08-15 11:30:33,,,,2018-08-27 00:00:00";
    let facts = olist("olist_orders_dataset.csv", ORDERS, line).unwrap();
    assert_eq!(facts.len(), 1);
    assert_eq!(facts[0].attribute("paid_at"), &Value::Missing);
}

#[test]
fn lines_of_two_orders_have_different_ids() {
    let line = "o1,2,p1,s1,2018-04-04 22:47:21,39.95,17.93";
    let facts = olist("olist_order_items_dataset.csv", ITEMS, line).unwrap();
    assert_eq!(facts[0].entity_id().as_str(), "o1-2");
    assert_eq!(facts[0].attribute("ship_by"), &time("2018-04-05T01:47:21Z"));
    assert_eq!(facts[0].attribute("price"), &Value::Double(39.95));
}

#[test]
fn bad_cells_are_refused_with_field_column_and_content() {
    let line = "o1,c1,x,2018-13-15 11:30:33,,,,";
    let refused = olist("olist_orders_dataset.csv", ORDERS, line).unwrap_err();
    for part in [
        "created_at: ",
        "order_purchase_timestamp",
        "2018-13-15 11:30:33",
        "month",
    ] {
        assert!(refused.contains(part), "{refused}");
    }
    let refused = olist("olist_orders_dataset.csv", ORDERS, ",c1,x,,,,,").unwrap_err();
    assert!(
        refused.starts_with("id: `id` from order_id: is empty"),
        "{refused}"
    );
    let refused = olist(
        "olist_order_items_dataset.csv",
        ITEMS,
        "o1,,p,s,2018-04-04,1,1",
    );
    let refused = refused.unwrap_err();
    assert!(refused.contains("blank: order_item_id"), "{refused}");
    let refused = olist(
        "olist_order_items_dataset.csv",
        ITEMS,
        "o1,1,p,s,2018-04-04,-1,1",
    );
    let refused = refused.unwrap_err();
    assert!(
        refused.starts_with("price: `price` from price: must"),
        "{refused}"
    );
    assert!(refused.contains("not negative, found -1"), "{refused}");
}

#[test]
fn all_faults_of_a_record_are_told_at_once() {
    let refused = olist(
        "olist_order_items_dataset.csv",
        ITEMS,
        "o1,1,p,s,soon,\"11,50\",x",
    );
    assert!(
        refused
            .unwrap_err()
            .contains("expected 7 cells as in the header, found 8")
    );
    let refused = olist("olist_order_items_dataset.csv", ITEMS, "o1,1,p,s,soon,x,y").unwrap_err();
    for field in ["`ship_by`", "`price`", "`freight`"] {
        assert!(refused.contains(field), "{refused}");
    }
}

#[test]
fn a_line_cut_off_names_the_first_column_that_is_missing() {
    let refused = olist("olist_order_items_dataset.csv", ITEMS, "o1,1,p").unwrap_err();
    assert!(
        refused.starts_with("seller_id: expected 7 cells"),
        "{refused}"
    );
    assert!(refused.contains("cut off"), "{refused}");
}

#[test]
fn a_byte_that_is_not_utf8_is_named_with_its_offset_and_column() {
    let yaml = orders("status: row.status");
    let refused = map(&yaml, &["id", "status"], &[b"o1", b"caf\xE9"]).unwrap_err();
    assert_eq!(
        refused,
        "status: column status: byte 0xE9 at offset 3 is not UTF-8"
    );
}

#[test]
fn gb18030_is_decoded_where_the_dataset_says_so() {
    let yaml = orders("status: 'trim(row[\"状态\"])'")
        .replace("      facts:", "      encoding: gb18030\n      facts:");
    let facts = map(
        &yaml,
        &["id", "状态"],
        &[b"o1", b" \xD2\xD1\xB7\xA2\xBB\xF5"],
    )
    .unwrap();
    assert_eq!(facts[0].attribute("status"), &Value::text("已发货"));
}

#[test]
fn a_byte_order_mark_does_not_hide_the_first_column() {
    let facts = map(&orders(""), &["\u{feff}id"], &[b"o1"]).unwrap();
    assert_eq!(facts[0].entity_id().as_str(), "o1");
}

#[test]
fn results_must_fit_their_fields() {
    for (field, cell, expected) in [
        (
            "paid_at: row.x",
            "2017-10-02",
            "expected an instant, found text \"2017-10-02\"; wrap it in wall(…)",
        ),
        (
            "amount: row.x",
            "12",
            "expected an amount, found text \"12\"; wrap it in number(…)",
        ),
        (
            "line_count: row.x",
            "3",
            "expected a whole number, found text \"3\"; wrap it in int(…)",
        ),
        ("address_complete: row.x", "yes", "expected true or false"),
        ("amount: number(row.x)", "11,50万元", "ambiguous"),
        ("line_count: int(row.x)", "1.5", "not a whole number"),
        ("paid_at: instant(row.x)", "2017-10-02 10:00:00", "RFC 3339"),
        (
            "paid_at: 'wall(row.x, \"Mars/Olympus\" + \"\")'",
            "2017-10-02",
            "not a time zone",
        ),
    ] {
        let refused = map(&orders(field), &["id", "x"], &[b"o1", cell.as_bytes()]).unwrap_err();
        assert!(refused.contains(expected), "{field}: {refused}");
        assert!(refused.contains("from x"), "{field}: {refused}");
    }
}

#[test]
fn functions_read_what_systems_write() {
    for (field, cell, name, value) in [
        (
            "amount: number(row.x)",
            "1,234.5",
            "amount",
            Value::Double(1234.5),
        ),
        (
            "amount: 'number(row.x) * 2.0'",
            "2",
            "amount",
            Value::Double(4.0),
        ),
        (
            "line_count: int(row.x)",
            "1,000",
            "line_count",
            Value::Int(1000),
        ),
        (
            "status: lower(row.x)",
            "PAID",
            "status",
            Value::text("paid"),
        ),
        (
            "status: row.x.upper()",
            "paid",
            "status",
            Value::text("PAID"),
        ),
        (
            "x_phone: mask_phone(row.x)",
            "13812345678",
            "x_phone",
            Value::text("138****5678"),
        ),
        (
            "paid_at: epoch_ms(row.x)",
            "1506939893000",
            "paid_at",
            time("2017-10-02T10:24:53Z"),
        ),
        (
            "paid_at: epoch_s(row.x)",
            "1506939893",
            "paid_at",
            time("2017-10-02T10:24:53Z"),
        ),
        (
            "paid_at: wall(row.x)",
            "2017/10/2 18:24",
            "paid_at",
            time("2017-10-02T10:24:00Z"),
        ),
        (
            "paid_at: 'wall(row.x, \"UTC\")'",
            "2017-10-02 18:24:00.5",
            "paid_at",
            time("2017-10-02T18:24:00.5Z"),
        ),
        (
            "paid_at: instant(row.x)",
            "2017-10-02T18:24:00+08:00",
            "paid_at",
            time("2017-10-02T10:24:00Z"),
        ),
        (
            "address_complete: 'row.x == \"Y\"'",
            "Y",
            "address_complete",
            Value::Bool(true),
        ),
        (
            "kind: 'row.x == null ? \"normal\" : \"presale\"'",
            " ",
            "kind",
            Value::text("normal"),
        ),
        (
            "kind: 'has(row.x) ? \"presale\" : \"normal\"'",
            "1",
            "kind",
            Value::text("presale"),
        ),
        (
            "tags: '[row.x, row.id]'",
            "",
            "tags",
            Value::TextList(Arc::from([Arc::from("o1")])),
        ),
        ("amount: number(row.x)", " ", "amount", Value::Missing),
        ("x_columns: 'size(row)'", "1", "x_columns", Value::Int(2)),
    ] {
        let facts = map(&orders(field), &["id", "x"], &[b"o1", cell.as_bytes()]);
        let facts = facts.unwrap_or_else(|error| panic!("{field}: {error}"));
        assert_eq!(facts[0].attribute(name), &value, "{field}");
    }
}

#[test]
fn json_lines_keep_their_types_and_absent_keys_are_absent() {
    let yaml = orders(
        "amount: 'double(row.total.paid)', line_count: row.n, status: row.status, tags: row.tags",
    )
    .replace("orders-*.csv", "orders.jsonl")
    .replace("      facts:", "      format: jsonl\n      facts:");
    let mapping = parse(&yaml).unwrap();
    let columns = Columns {
        file: "orders.jsonl",
        names: &[],
    };
    let reader = mapping.reader(&columns, None).unwrap();
    let line = br#"{"id": 7, "total": {"paid": 12}, "n": 2, "tags": ["a"], "status": ""}"#;
    let facts = reader.facts(RawRecord::Line(line)).unwrap();
    assert_eq!(facts[0].entity_id().as_str(), "7");
    assert_eq!(facts[0].attribute("amount"), &Value::Double(12.0));
    assert_eq!(facts[0].attribute("line_count"), &Value::Int(2));
    assert_eq!(facts[0].attribute("status"), &Value::Missing);
    for (line, part) in [
        (&b"{\"id\": 1"[..], "not JSON at column"),
        (b"[1]", "expected a JSON object"),
        (b"{\"id\": \"\xFF\"}", "byte 0xFF at offset 8 is not UTF-8"),
        (
            b"{\"id\": {}, \"total\": {\"paid\": 1}}",
            "expected a text, found map",
        ),
        (b"{\"total\": {\"paid\": 1}}", "is empty"),
    ] {
        let refused = reader.facts(RawRecord::Line(line)).unwrap_err();
        assert!(refused.message.contains(part), "{refused}");
    }
}

#[test]
fn every_fault_of_a_mapping_is_told_with_its_place() {
    let yaml = r#"apiVersion: orderwatch/v1
kind: Connector
metadata: {name: shop}
spec:
  timezone: Asia/Shangai
  sources:
    - {name: erp, system: erb}
    - {name: crm, system: crm, patience: soon}
  datasets:
    - file: orders.csv
      encodng: utf-8
      facts:
        - source: ERP
          kind: ordr
          id: row.id +
        - source: crm
          kind: line
          id: wal(row.id)
          fields:
            prize: row.price
            price: numbr(row.price)
            quantity: |
              int(row.a,
                row.b)
            x_a: id
"#;
    let faults = parse(yaml).unwrap_err();
    let told: Vec<String> = faults
        .iter()
        .map(|fault| {
            format!(
                "{}:{} {} {} {}",
                fault.place.line, fault.place.column, fault.path, fault.message, fault.help
            )
        })
        .collect();
    let told = told.join("\n");
    assert_eq!(faults.len(), 13, "{told}");
    for part in [
        "5:13 spec.timezone `Asia/Shangai` is not a time zone",
        "7:27 spec.sources[0].system `erb` is not a system",
        "8:42 spec.sources[1].patience `soon` is not a span",
        "11:7 spec.datasets[0].encodng there is no key `encodng` here did you mean `encoding`?",
        "13:19 spec.datasets[0].facts[0].source source `ERP` is not among spec.sources there are: erp, crm",
        "14:17 spec.datasets[0].facts[0].kind `ordr` is not a kind of entity",
        "spec.datasets[0].facts[0].id not CEL",
        "18:15 spec.datasets[0].facts[1].id there is no function `wal` did you mean `wall`?",
        "16:11 spec.datasets[0].facts[1] a line must name the order",
        "20:13 spec.datasets[0].facts[1].fields.prize a line has no field `prize` did you mean `price`?",
        "21:20 spec.datasets[0].facts[1].fields.price there is no function `numbr` did you mean `number`?",
        "23:15 spec.datasets[0].facts[1].fields.quantity `int` takes one text or number, found 2",
        "25:18 spec.datasets[0].facts[1].fields.x_a there is no variable `id` columns are written row.id",
    ] {
        assert!(told.contains(part), "missing: {part}\ntold:\n{told}");
    }
}

#[test]
fn what_is_not_yaml_or_not_a_mapping_is_said_to_be() {
    for (yaml, part) in [
        ("", "empty"),
        ("a: [", "not YAML"),
        ("a: 1\na: 2", "`a` stands twice"),
        ("- 1", "expected a mapping, found a list"),
        ("a: &x 1\nb: *x", "aliases are not supported"),
        ("kind: Rule", "expected Connector, found Rule"),
    ] {
        let faults = parse(yaml).unwrap_err();
        assert!(
            faults.iter().any(|fault| fault.to_string().contains(part)),
            "{yaml}: {faults:?}"
        );
    }
}

#[test]
fn columns_that_a_file_lacks_are_reported_with_the_nearest() {
    let mapping = parse(OLIST).unwrap();
    let names = strings(&[
        "order_id",
        "order_item_id",
        "product_id",
        "seller_id",
        "shiping_limit_date",
        "price",
        "price",
    ]);
    let columns = Columns {
        file: "olist_order_items_dataset.csv",
        names: &names,
    };
    let faults = mapping.check(std::slice::from_ref(&columns));
    let told: Vec<_> = faults
        .iter()
        .map(|fault| format!("{fault} {}", fault.help))
        .collect();
    let told = told.join("\n");
    assert!(
        told.contains("has no column `shipping_limit_date` did you mean `shiping_limit_date`?"),
        "{told}"
    );
    assert!(told.contains("has no column `freight_value`"), "{told}");
    assert!(told.contains("has two columns `price`"), "{told}");
    assert!(!told.contains("olist_orders_dataset.csv"), "{told}");
    let place = faults[0].place;
    let line = OLIST.lines().nth(place.line - 1).unwrap();
    assert!(
        line[place.column - 1..].starts_with("shipping_limit_date") || line.contains("row."),
        "{line}"
    );
}

#[test]
fn a_file_that_no_dataset_reads_is_reported() {
    let mapping = parse(OLIST).unwrap();
    let names = strings(&["a"]);
    let columns = Columns {
        file: "olist_order_dataset.csv",
        names: &names,
    };
    let faults = mapping.reader(&columns, None).err().unwrap();
    assert!(
        faults[0].help.contains("olist_orders_dataset.csv"),
        "{faults:?}"
    );
}

#[test]
fn patterns_match_whole_names() {
    let mapping = parse(&orders("")).unwrap();
    for (file, matches) in [
        ("orders-1.csv", true),
        ("orders-.csv", true),
        ("my-orders-1.csv", false),
        ("orders-1.csv.bak", false),
    ] {
        assert_eq!(mapping.dataset(file).is_some(), matches, "{file}");
    }
}

#[test]
fn samples_hide_personal_data() {
    let columns = strings(&["id", "phone", "memo"]);
    let cells: Vec<Vec<u8>> = [&b"o1"[..], b"13812345678", b"call 13912345678"]
        .iter()
        .map(|cell| cell.to_vec())
        .collect();
    let shown = super::Reader::sample(&columns, Encoding::Utf8, RawRecord::Cells(&cells));
    assert_eq!(shown, "id=o1, phone=138****5678, memo=call 139****5678");
    let line = br#"{"phone": "13812345678", "n": 1}"#;
    let shown = super::Reader::sample(&[], Encoding::Utf8, RawRecord::Line(line));
    assert_eq!(shown, r#"{"n":1,"phone":"138****5678"}"#);
}

#[test]
fn a_list_of_instants_leaves_out_what_is_absent() {
    let yaml = orders("scans: '[wall(row.x), wall(row.y)]'")
        .replace("kind: order", "kind: shipment\n          order: row.id");
    let cells: [&[u8]; 3] = [b"o1", b"2017-10-02 18:24", b""];
    let facts = map(&yaml, &["id", "x", "y"], &cells).unwrap();
    let scan = "2017-10-02T10:24:00Z".parse().unwrap();
    assert_eq!(facts[0].attribute("scans"), &Value::instants([scan]));
    let yaml = yaml.replace("wall(row.x)", "row.x");
    let error = map(&yaml, &["id", "x", "y"], &cells).unwrap_err();
    assert!(error.contains("expected a list of instants"), "{error}");
}

#[test]
fn a_datetime_is_read_by_its_own_offset_else_by_the_documents_clock() {
    let yaml = orders("paid_at: datetime(row.x)");
    for (text, instant) in [
        ("2026-11-11T10:00:00+08:00", "2026-11-11T02:00:00Z"),
        ("2026-11-11T10:00:00.250+0000", "2026-11-11T10:00:00.250Z"),
        ("2026-11-11 10:00:00-05:00", "2026-11-11T15:00:00Z"),
        ("2026-11-11T10:00:00Z", "2026-11-11T10:00:00Z"),
        ("2026-11-11T10:00:00", "2026-11-11T02:00:00Z"),
        ("2026/11/11", "2026-11-10T16:00:00Z"),
    ] {
        let facts = map(&yaml, &["id", "x"], &[b"o1", text.as_bytes()]).unwrap();
        let instant = instant.parse().unwrap();
        assert_eq!(
            facts[0].attribute("paid_at"),
            &Value::Timestamp(instant),
            "{text}"
        );
    }
    for wrong in ["2026-11-11T10:00:00+99:00", "tomorrow", "2026-13-11"] {
        assert!(
            map(&yaml, &["id", "x"], &[b"o1", wrong.as_bytes()]).is_err(),
            "{wrong}"
        );
    }
    let absent = map(&yaml, &["id", "x"], &[b"o1", b""]).unwrap();
    assert!(absent[0].attribute("paid_at").is_missing());
}

#[test]
fn an_expression_that_would_exhaust_the_stack_of_whoever_walks_it_is_refused() {
    let sums = |many: usize| orders(&format!("status: {}row.id", "row.id + ".repeat(many)));
    assert!(parse(&sums(90)).is_ok());
    for (yaml, why) in [
        (sums(400), "nested at most 100 deep"),
        (sums(100_000), "at most 2000 names, literals and signs"),
        (
            orders(&format!("status: row.id{}", ".a".repeat(900))),
            "nested at most 100 deep",
        ),
    ] {
        let faults = parse(&yaml).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].message.contains(why), "{}", faults[0].message);
    }
}
