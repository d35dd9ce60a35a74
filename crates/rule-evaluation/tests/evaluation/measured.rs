//! How long a large rule set takes to come into force. Not run by itself: prints figures.
//!
//! `cargo test --release -p rule-evaluation --test evaluation -- --ignored --nocapture measured`

use std::fmt::Write;
use std::time::{Duration, Instant};

use contracts::rules::v1::resource_edit::Edit;
use contracts::rules::v1::{ApplyRuleSetRequest, ChangeRuleSetRequest, ResourceEdit};
use prost::Message;
use rule_engine::RuleSet;
use rule_engine::documents;

use crate::RULES;
use crate::served::Served;

const RULE_COUNT: usize = 5_000;
const EXEMPTION_COUNT: usize = 20_000;

/// Rules of a hundred warehouses, and exemptions of as many customers.
fn large() -> String {
    let mut text = String::new();
    for number in 0..RULE_COUNT {
        let rule = RULES
            .replace("name: late", &format!("name: late-{number}"))
            .replace("24h", &format!("{}h", 24 + number % 48))
            .replace(
                "condition: ",
                &format!("condition: order.warehouse == \"w-{}\" && ", number % 100),
            );
        let _ = write!(text, "---{rule}");
    }
    text.push_str(
        "---\napiVersion: orderwatch/v1\nkind: Exemption\nmetadata: {name: agreements}\n\
         spec:\n  reason: agreed\n  owner: li\n  expires: 2027-01-01T00:00:00Z\n  entries:\n",
    );
    for number in 0..EXEMPTION_COUNT {
        let _ = writeln!(
            text,
            "    - {{customer: \"c-{number}\", reason: \"call {number}\"}}"
        );
    }
    text
}

fn told(what: &str, took: Duration) {
    eprintln!("{what}: {} ms", took.as_millis());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints figures"]
async fn a_large_rule_set_comes_into_force() {
    let text = large();
    eprintln!(
        "{RULE_COUNT} rules, {EXEMPTION_COUNT} exemptions: {} KiB",
        text.len() / 1024
    );
    let started = Instant::now();
    let documents = documents::split(&text).unwrap();
    told("split into documents", started.elapsed());
    let started = Instant::now();
    let compiled = RuleSet::parse(1, &text).unwrap();
    told("parsed, checked and compiled", started.elapsed());
    assert_eq!(
        (documents.len(), compiled.rules().len()),
        (RULE_COUNT + 1, RULE_COUNT)
    );

    let mut served = Served::start().await;
    let request = ApplyRuleSetRequest {
        resources_yaml: text.clone(),
        actor: "li".to_owned(),
        reason: "measured".to_owned(),
        ..ApplyRuleSetRequest::default()
    };
    eprintln!("request: {} KiB", request.encoded_len() / 1024);
    let started = Instant::now();
    let answer = served.rules.apply_rule_set(request).await.unwrap();
    told("applied over gRPC", started.elapsed());
    assert_eq!(answer.into_inner().number, 1);

    let change = ChangeRuleSetRequest {
        edits: vec![ResourceEdit {
            edit: Some(Edit::Put(RULES.to_owned())),
            ..ResourceEdit::default()
        }],
        actor: "li".to_owned(),
        reason: "measured".to_owned(),
        ..ChangeRuleSetRequest::default()
    };
    let started = Instant::now();
    let answer = served.rules.change_rule_set(change).await.unwrap();
    told("one rule added over gRPC", started.elapsed());
    assert_eq!(answer.into_inner().number, 2);
    served.running.stop().await.unwrap();
}
