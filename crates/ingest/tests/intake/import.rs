use contracts::ingest::v1::{CheckMappingRequest, Dataset, Record, TextEncoding};
use tonic::Code;
use tonic_types::StatusExt;

use crate::shop::{MAPPING, Shop, records};

#[tokio::test]
async fn bad_records_are_quarantined_with_precise_reasons_and_neighbours_unharmed() {
    let shop = Shop::open().await;
    let mut request = records(
        "1",
        &[
            b"o1|2026-06-01 10:00:00|12.50|2026-06-02 09:00:00|13812345678",
            b"o2|2026-06-31 10:00:00|12.50||",
            b"|2026-06-01 10:00:00|12.50||",
            b"o4|2026-06-01 10:00:00|-1||",
            b"o5|2026-06-01 10:00:00|12",
            b"o6|2026-06-01 10:00:00|12.50||caf\xE9",
            b"o7|2026-06-01 10:00:00|11,50||13912345678",
            b"o8||||",
        ],
    );
    request.records.push(Record {
        line: 10,
        fault: "a quotation mark is never closed".to_owned(),
        raw: b"\"o9,2026".to_vec(),
        ..Record::default()
    });
    let answer = shop
        .client
        .clone()
        .import_records(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!((answer.records, answer.facts), (9, 3));
    let told: Vec<_> = answer
        .quarantined
        .iter()
        .map(|record| (record.line, record.field.as_str(), record.error.as_str()))
        .collect();
    let expected = [
        (3, "paid_at", "2026-06-31"),
        (4, "id", "is empty"),
        (5, "amount", "not negative, found -1"),
        (6, "shipped", "cut off"),
        (7, "phone", "byte 0xE9 at offset 3 is not UTF-8"),
        (8, "amount", "ambiguous"),
        (10, "", "quotation mark"),
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for ((line, field, part), told) in expected.into_iter().zip(told) {
        assert_eq!((line, field), (told.0, told.1));
        assert!(told.2.contains(part), "{told:?}");
    }
    let samples: Vec<_> = answer
        .quarantined
        .iter()
        .map(|record| record.sample.as_str())
        .collect();
    assert!(
        samples.iter().all(|sample| !sample.contains("13912345678")),
        "{samples:#?}"
    );

    let journal = shop.journal().await;
    let rows: Vec<_> = journal
        .iter()
        .map(|row| (row.source.as_str(), row.facts.len()))
        .collect();
    assert_eq!(rows, [("shop-erp", 2), ("shop-logistics", 1)]);
    assert_eq!(journal[0].roster.as_ref().unwrap().sources.len(), 2);
    assert_eq!(shop.events("record.quarantined").await.len(), 7);

    let again = shop
        .client
        .clone()
        .import_records(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!((again.facts, again.quarantined.len()), (3, 7));
    assert_eq!(again.quarantined[0].id, answer.quarantined[0].id);
    assert_eq!(shop.journal().await.len(), 2);
    assert_eq!(shop.events("record.quarantined").await.len(), 7);
}

#[tokio::test]
async fn many_records_are_mapped_in_order() {
    let shop = Shop::open().await;
    let lines: Vec<String> = (0..5_000)
        .map(|number| format!("o{number}|2026-06-01 10:00:00|1||"))
        .collect();
    let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    let answer = shop
        .client
        .clone()
        .import_records(records("1", &lines))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.facts, 5_000);
    let journal = shop.journal().await;
    let ids: Vec<_> = journal
        .iter()
        .flat_map(|row| row.facts.iter().map(|fact| fact.entity_id.clone()))
        .collect();
    assert_eq!(
        ids,
        (0..5_000)
            .map(|number| format!("o{number}"))
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn gb18030_is_read_where_the_call_says_so() {
    let shop = Shop::open().await;
    let mut request = records("1", &[b"\xD2\xBB|2026-06-01|1||"]);
    request.encoding = TextEncoding::Gb18030 as i32;
    shop.client.clone().import_records(request).await.unwrap();
    assert_eq!(shop.journal().await[0].facts[0].entity_id, "一");
}

#[tokio::test]
async fn a_mapping_that_names_a_missing_column_is_refused_before_any_record() {
    let shop = Shop::open().await;
    let mut request = records("1", &[b"o1|2026-06-01|1||"]);
    request.columns[1] = "payd".to_owned();
    let refused = shop
        .client
        .clone()
        .import_records(request)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let details = refused.get_error_details();
    let violation = &details.bad_request().unwrap().field_violations[0];
    assert_eq!(violation.field, "spec.datasets[0].facts[0].fields.paid_at");
    assert!(
        violation
            .description
            .contains("no column `paid`; did you mean `payd`?"),
        "{violation:?}"
    );
    assert!(shop.journal().await.is_empty());
}

#[tokio::test]
async fn a_mapping_is_checked_against_all_its_files_at_once() {
    let shop = Shop::open().await;
    let check = |mapping_yaml: String, columns: &[&str]| CheckMappingRequest {
        mapping_yaml,
        datasets: vec![Dataset {
            name: "orders.csv".to_owned(),
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        }],
    };
    let mut client = shop.client.clone();
    let sound = check(
        MAPPING.to_owned(),
        &["\u{feff}id", "paid", "amount", "shipped"],
    );
    let sound = client.check_mapping(sound).await.unwrap().into_inner();
    assert_eq!(sound.diagnostics, []);
    assert_eq!((sound.datasets.len(), sound.sources.len()), (1, 2));
    assert_eq!(sound.datasets[0].format, "csv");
    let dataset = &sound.datasets[0];
    assert_eq!(dataset.path, "spec.datasets[0]");
    let line = usize::try_from(dataset.line).unwrap();
    let text = MAPPING.lines().nth(line - 1).unwrap();
    assert!(text.contains("file: orders.csv"), "{text}");

    let lacking = client
        .check_mapping(check(MAPPING.to_owned(), &["id", "payed"]))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(lacking.diagnostics.len(), 4, "{:#?}", lacking.diagnostics);
    assert_eq!(
        (lacking.diagnostics[0].line, lacking.diagnostics[0].column),
        (16, 31)
    );

    let broken = MAPPING
        .replace("number(row.amount)", "number(row.amount")
        .replace("kind: order", "kind: ordre");
    let broken = client
        .check_mapping(check(broken, &["id"]))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(broken.diagnostics.len(), 2, "{:#?}", broken.diagnostics);
}
