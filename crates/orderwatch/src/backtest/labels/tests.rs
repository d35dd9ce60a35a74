use super::*;

fn read(text: &[u8]) -> Result<Labels, Vec<String>> {
    let clock = WallClock::of_zone("Asia/Shanghai").unwrap();
    LabelsFile {
        path: "labels.csv".into(),
        clock: Some(clock),
    }
    .labels(text)
}

#[test]
fn columns_stand_in_any_order_and_answers_in_both_languages() {
    let text = "\u{feff}Note,is_exception,rule,order_id,at,desk\r\n\
        \"late, very\",是,late,o-1,2026-11-11 08:00,x\r\n\
        ,false-alarm,late,o-2,2026-11-11T00:00:00Z,x\r\n\r\n,0,late,o-3,,x\r\n";
    let labels = read(text.as_bytes()).unwrap();
    let told: Vec<_> = labels
        .labels
        .iter()
        .map(|label| (label.order_id.as_str(), label.is_exception, label.at))
        .collect();
    let instant = "2026-11-11T00:00:00Z".parse().ok();
    let expected = [
        ("o-1", true, instant),
        ("o-2", false, instant),
        ("o-3", false, None),
    ];
    assert_eq!(told, expected);
    assert_eq!(labels.labels[0].note, "late, very");
    assert_eq!(labels.lines, [2, 3, 5]);
    assert_eq!(labels.unused, ["desk"]);
}

#[test]
fn a_chinese_spreadsheet_is_read_as_it_was_saved() {
    let text = "order_id,scenario,is_exception,note\n订单1,shipping-delay,否,客户要求延迟\n";
    let (bytes, ..) = encoding_rs::GB18030.encode(text);
    let labels = read(&bytes).unwrap();
    let label = &labels.labels[0];
    assert_eq!(label.order_id.as_str(), "订单1");
    assert_eq!(label.target, Target::Scenario("shipping-delay".to_owned()));
    assert_eq!(label.note, "客户要求延迟");
}

#[test]
fn every_fault_names_its_line_and_column() {
    let text = "order_id,rule,scenario,is_exception,at\n,late,,yes,\no-1,,,maybe,soon\n\
        o-2,late,shipping,1,\no-3,late\no-4,late,,no,2026-02-30 10:00\n";
    let faults = read(text.as_bytes()).unwrap_err();
    insta::assert_snapshot!(faults.join("\n"));
    let no_zone = LabelsFile {
        path: "labels.csv".into(),
        clock: None,
    };
    let faults = no_zone.labels(b"order_id,rule,is_exception,at\no-1,late,1,2026-11-11 08:00\n");
    insta::assert_snapshot!(faults.unwrap_err().join("\n"));
}

#[test]
fn a_file_without_a_header_or_of_other_bytes_is_refused() {
    let faults = read(b"o-1,late,1\n").unwrap_err();
    assert!(faults[0].starts_with("labels.csv:1: there is no column `order_id`"));
    let faults = read(b"order_id,rule,is_exception\no-1,\xFF\xFF,1\n").unwrap_err();
    assert_eq!(
        faults,
        ["labels.csv:2: byte 0xFF is neither UTF-8 nor GB18030"]
    );
}

#[test]
fn the_last_are_those_marked_last_and_without_marks_those_at_the_end() {
    let ids = |labels: &Labels| -> Vec<String> {
        let ids = labels.labels.iter();
        ids.map(|label| label.order_id.to_string()).collect()
    };
    let head = "order_id,rule,is_exception,marked_at\n";
    let mut marked = read(
        format!("{head}a,r,1,2026-01-03 10:00\nb,r,1,2026-01-01 10:00\nc,r,1,2026-01-02 10:00\n")
            .as_bytes(),
    )
    .unwrap();
    marked.keep_last(2);
    assert_eq!(ids(&marked), ["a", "c"]);
    assert_eq!(marked.lines, [2, 4]);
    let mut plain = read(format!("{head}a,r,1,\nb,r,1,\nc,r,1,\n").as_bytes()).unwrap();
    plain.keep_last(2);
    assert_eq!(ids(&plain), ["b", "c"]);
    plain.keep_last(9);
    assert_eq!(ids(&plain), ["b", "c"]);
}
