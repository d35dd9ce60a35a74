//! Exemptions out of spreadsheets.

use crate::support::rule_document;
use rule_engine::{RuleSet, Subject, exemption_from_csv};

const HEADER: &str = "value,kind,reason,owner,expires,from,rules,scenarios\n";

fn faults(lines: &str) -> Vec<String> {
    let faults = exemption_from_csv("list", format!("{HEADER}{lines}").as_bytes()).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

fn entries(bytes: &[u8]) -> Vec<(String, String)> {
    let document = exemption_from_csv("list", bytes).unwrap_or_else(|faults| panic!("{faults:?}"));
    let text = format!("{document}{}", rule_document("late", "true"));
    let rules = RuleSet::parse(1, &text).unwrap_or_else(|faults| panic!("{faults}"));
    let subject = |subject: &Subject| match subject {
        Subject::Order(name) => format!("order {name}"),
        Subject::Customer(name) => format!("customer {name}"),
        Subject::Sku(name) => format!("sku {name}"),
        Subject::Warehouse(name) => format!("warehouse {name}"),
        Subject::Condition(condition) => format!("when {}", condition.text()),
    };
    let entries = rules.exemptions()[0].entries.iter();
    entries
        .map(|entry| (subject(&entry.subject), entry.reason.to_string()))
        .collect()
}

#[test]
fn a_list_becomes_a_document() {
    let lines = "00123, order ,agreed,Li,2027-01-01T00:00:00+08:00,,late;other,\n\
                 ,,,,,,,\n\
                 \"order.region == \"\"east, north\"\"\",when,\"a, b\",Li,2027-01-01T00:00:00Z,2026-01-01T00:00:00Z,,x\n\
                 yes,customer,true,Li,2027-01-01T00:00:00Z,,,\n";
    let expected = [
        ("order 00123", "agreed"),
        ("when order.region == \"east, north\"", "a, b"),
        ("customer yes", "true"),
    ];
    let expected = expected.map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(entries(format!("{HEADER}{lines}").as_bytes()), expected);
    let marked = format!("\u{feff}{HEADER}{lines}").replace('\n', "\r\n");
    assert_eq!(entries(marked.as_bytes()), expected);
}

#[test]
fn what_is_not_utf_8_is_read_as_gb18030() {
    let line =
        "kind,value,reason,owner,expires\nwarehouse,华东仓,春节协议,李,2027-01-01T00:00:00+08:00\n";
    let (bytes, _, _) = encoding_rs::GB18030.encode(line);
    let expected = [("warehouse 华东仓".to_owned(), "春节协议".to_owned())];
    assert_eq!(entries(&bytes), expected);
    assert_eq!(entries(line.as_bytes()), expected);
    let broken = exemption_from_csv("list", b"kind,value\n\xff\xff\xff").unwrap_err();
    assert_eq!(broken[0].line, 0);
}

#[test]
fn every_fault_is_told_with_its_line_and_column() {
    let lines = "1,oder,r,o,2027-01-01T00:00:00Z,,,\n\
                 2,order,,o,tomorrow,,,\n\
                 \n\
                 3,order,r,o,,,,\n\
                 4,order,r,o,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,\n\
                 5,order,r,o,2027-01-01T00:00:00Z,,,,extra\n\
                 6,order,r,o,2027-01-01T00:00:00Z,,,\n\
                 6,order,other,p,2028-01-01T00:00:00Z,2026-01-01T00:00:00Z,,\n\
                 6,order,later,p,2029-01-01T00:00:00Z,2028-01-01T00:00:00Z,,\n";
    assert_eq!(
        faults(lines),
        [
            "line 2, kind: unknown kind `oder`: expected order, customer, sku, warehouse, when; did you mean `order`?",
            "line 3, reason: is blank",
            "line 3, expires: `tomorrow` is no instant: expected one with an offset, such as 2026-12-31T00:00:00+08:00",
            "line 5, expires: is blank: an exemption must end",
            "line 6, expires: is not later than from",
            "line 7: has more cells than the header: is a comma not quoted?",
            "line 9, value: stands in line 8 already",
        ]
    );
    assert_eq!(faults(""), ["there is no entry beneath the header"]);
    let header = exemption_from_csv("list", b"kind,valeu,owner,expires,reason\n").unwrap_err();
    let told: Vec<String> = header.iter().map(ToString::to_string).collect();
    assert!(told[0].contains("did you mean `value`?"), "{told:?}");
    assert_eq!(told[1], "line 1, value: the header has no such column");
}
