//! What people say of verdicts: counted, remembered, and turned into samples.

use contracts::rules::v1;
use contracts::rules::v1::trial_service_server::TrialService;
use tonic::{Code, Request};

use crate::RULES;
use crate::shop::{self, Shop, hours, minutes};

/// Orders `o-0` to `o-9`, all late but the last two, which were shipped in time.
async fn shop_with_ten_orders() -> Shop {
    let mut shop = Shop::open(RULES).await;
    shop.clock_shows(hours(40));
    for number in 0..10 {
        let id = format!("o-{number}");
        let mut facts = vec![shop::order(&id, hours(0) + minutes(number))];
        if number >= 8 {
            facts.push(shop::shipment(&id, hours(10)));
        }
        shop.send("shop", facts).await;
    }
    shop
}

async fn mark(shop: &Shop, order: &str, actor: &str, verdict: v1::MarkVerdict) -> v1::Mark {
    let rows = shop.rows().await;
    let exception = rows.iter().find(|row| row.order_id == order).unwrap();
    let request = v1::MarkExceptionRequest {
        exception_id: exception.id.to_string(),
        verdict: verdict as i32,
        actor: actor.to_owned(),
        reason: String::new(),
    };
    let answer = shop.trials().mark_exception(Request::new(request)).await;
    answer.unwrap().into_inner().mark.unwrap()
}

async fn report(shop: &Shop, order: &str) -> Result<v1::Mark, tonic::Status> {
    let request = v1::ReportMissedRequest {
        order_id: order.to_owned(),
        rule: "late".to_owned(),
        actor: "li".to_owned(),
        ..Default::default()
    };
    let answer = shop.trials().report_missed(Request::new(request)).await?;
    Ok(answer.into_inner().mark.unwrap())
}

async fn accuracy(shop: &Shop, request: v1::GetAccuracyRequest) -> v1::RuleAccuracy {
    let answer = shop.trials().get_accuracy(Request::new(request)).await;
    let mut rules = answer.unwrap().into_inner().rules;
    assert_eq!(rules.len(), 1);
    rules.remove(0)
}

async fn marks(shop: &Shop, superseded: bool) -> Vec<v1::Mark> {
    let request = v1::ListMarksRequest {
        include_superseded: superseded,
        ..Default::default()
    };
    let answer = shop.trials().list_marks(Request::new(request)).await;
    answer.unwrap().into_inner().marks
}

#[tokio::test]
async fn accuracy_is_what_people_say_of_the_exceptions_that_stand() {
    use v1::MarkVerdict::{FalseAlarm, Real};

    let shop = shop_with_ten_orders().await;
    for number in 0..3 {
        mark(&shop, &format!("o-{number}"), "li", Real).await;
    }
    mark(&shop, "o-3", "li", FalseAlarm).await;
    report(&shop, "o-8").await.unwrap();
    let found = accuracy(&shop, v1::GetAccuracyRequest::default()).await;
    assert_eq!((found.exceptions, found.open, found.marked), (8, 8, 4));
    assert_eq!((found.real, found.false_alarms, found.disputed), (3, 1, 0));
    assert_eq!(found.precision, Some(0.75));
    assert_eq!(found.share_marked, Some(0.5));
    assert_eq!(found.missed, 1);
    assert_eq!(found.recall_estimate, Some(6.0 / 7.0));
    assert!(found.precision_low.unwrap() < 0.75 && found.precision_high.unwrap() > 0.75);

    let window = v1::GetAccuracyRequest {
        from: Some(contracts::time::timestamp(hours(24) + minutes(2))),
        until: Some(contracts::time::timestamp(hours(24) + minutes(5))),
        ..Default::default()
    };
    let found = accuracy(&shop, window).await;
    assert_eq!(
        (
            found.exceptions,
            found.real,
            found.false_alarms,
            found.missed
        ),
        (3, 1, 1, 0)
    );
}

#[tokio::test]
async fn the_latest_word_of_each_person_counts_and_the_majority_decides() {
    use v1::MarkVerdict::{FalseAlarm, Real, Withdrawn};

    let shop = shop_with_ten_orders().await;
    let split = async || {
        let found = accuracy(&shop, v1::GetAccuracyRequest::default()).await;
        (found.real, found.false_alarms, found.disputed)
    };
    mark(&shop, "o-0", "li", Real).await;
    mark(&shop, "o-0", "wang", FalseAlarm).await;
    assert_eq!(split().await, (0, 0, 1));
    mark(&shop, "o-0", "zhao", FalseAlarm).await;
    assert_eq!(split().await, (0, 1, 0));
    mark(&shop, "o-0", "wang", Real).await;
    assert_eq!(split().await, (1, 0, 0));
    mark(&shop, "o-0", "wang", Withdrawn).await;
    mark(&shop, "o-0", "li", Withdrawn).await;
    assert_eq!(split().await, (0, 1, 0));
    assert_eq!(marks(&shop, false).await.len(), 3);
    let history = marks(&shop, true).await;
    assert_eq!(history.len(), 6);
    assert_eq!(history.iter().filter(|mark| mark.superseded).count(), 3);
}

#[tokio::test]
async fn saying_the_same_again_is_noted_once_and_every_word_reaches_the_audit() {
    let shop = shop_with_ten_orders().await;
    for _ in 0..2 {
        mark(&shop, "o-0", "li", v1::MarkVerdict::Real).await;
        report(&shop, "o-9").await.unwrap();
    }
    assert_eq!(marks(&shop, true).await.len(), 2);
    let told = shop.told().await;
    let of_marks = told
        .iter()
        .filter(|subject| *subject == "orderwatch.changes.mark");
    assert_eq!(of_marks.count(), 2);
}

#[tokio::test]
async fn what_does_not_exist_cannot_be_marked() {
    let shop = shop_with_ten_orders().await;
    let request = v1::MarkExceptionRequest {
        exception_id: "00000000-0000-0000-0000-000000000000".to_owned(),
        verdict: v1::MarkVerdict::Real as i32,
        actor: "li".to_owned(),
        reason: String::new(),
    };
    let refused = shop.trials().mark_exception(Request::new(request)).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    assert_eq!(
        report(&shop, "o-77").await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn a_real_exception_that_new_rules_no_longer_find_is_missed() {
    let mut shop = shop_with_ten_orders().await;
    mark(&shop, "o-0", "li", v1::MarkVerdict::Real).await;
    mark(&shop, "o-1", "li", v1::MarkVerdict::FalseAlarm).await;
    shop.apply(&RULES.replace("24h", "72h")).await;
    shop.judge_due().await;
    let found = accuracy(&shop, v1::GetAccuracyRequest::default()).await;
    assert_eq!((found.exceptions, found.retracted), (0, 8));
    assert_eq!((found.real, found.false_alarms, found.missed), (0, 0, 1));
}

#[tokio::test]
async fn marks_become_a_sample_that_later_facts_and_rules_do_not_change() {
    let mut shop = shop_with_ten_orders().await;
    mark(&shop, "o-0", "li", v1::MarkVerdict::Real).await;
    mark(&shop, "o-1", "li", v1::MarkVerdict::FalseAlarm).await;
    report(&shop, "o-9").await.unwrap();
    let request = v1::PutSampleRequest {
        name: "marked".to_owned(),
        from_marks: Some(v1::LabelsFromMarks::default()),
        actor: "li".to_owned(),
        ..Default::default()
    };
    let stored = shop
        .trials()
        .put_sample(Request::new(request))
        .await
        .unwrap();
    assert_eq!(stored.into_inner().sample.unwrap().labels, 3);
    shop.clock_shows(hours(50));
    shop.shipped("o-0", hours(1)).await;
    shop.apply(&RULES.replace("24h", "72h")).await;

    let run = async |text: &str| {
        let origin = v1::candidate::Origin::ResourcesYaml(text.to_owned());
        let request = v1::RunSampleRequest {
            name: "marked".to_owned(),
            candidate: Some(v1::Candidate {
                origin: Some(origin),
            }),
            ..Default::default()
        };
        let answer = shop.trials().run_sample(Request::new(request)).await;
        answer.unwrap().into_inner()
    };
    let found = run(RULES).await;
    let total = found.total.unwrap();
    assert_eq!((total.true_positives, total.false_positives), (1, 1));
    assert_eq!((total.false_negatives, total.true_negatives), (1, 0));
    assert_eq!((total.precision, total.recall), (Some(0.5), Some(0.5)));
    let missed = &found.missed[0];
    assert_eq!(missed.label.as_ref().unwrap().order_id, "o-9");
    assert_eq!(missed.explanations[0].verdict, "false");
    assert!(missed.explanations[0].tree.is_some());
    let none = run(&RULES.replace("24h", "72h")).await;
    assert_eq!((none.missed.len(), none.false_alarms.len()), (2, 0));
}

#[tokio::test]
async fn a_sample_is_put_listed_and_deleted() {
    let shop = shop_with_ten_orders().await;
    let put = async |labels: Vec<(&str, &str, &str, bool)>| {
        let label =
            |(order, rule, scenario, is_exception): (&str, &str, &str, bool)| v1::OrderLabel {
                order_id: order.to_owned(),
                rule: rule.to_owned(),
                scenario: scenario.to_owned(),
                is_exception,
                note: String::new(),
            };
        let request = v1::PutSampleRequest {
            name: "by-hand".to_owned(),
            labels: labels.into_iter().map(label).collect(),
            actor: "li".to_owned(),
            ..Default::default()
        };
        let answer = shop.trials().put_sample(Request::new(request)).await;
        answer.map(tonic::Response::into_inner)
    };
    let first = put(vec![
        ("o-0", "late", "", true),
        ("o-9", "", "shipping-delay", false),
    ])
    .await;
    assert!(!first.unwrap().replaced);
    assert!(put(vec![("o-1", "late", "", true)]).await.unwrap().replaced);
    let refused = put(vec![("o-1", "late", "shipping-delay", true)]).await;
    assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);
    let refused = put(vec![("o-1", "late", "", true), ("o-1", "late", "", false)]).await;
    assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(
        put(vec![("o-77", "late", "", true)])
            .await
            .unwrap_err()
            .code(),
        Code::NotFound
    );

    let list = async || {
        let answer = shop
            .trials()
            .list_samples(Request::new(v1::ListSamplesRequest {}))
            .await;
        answer.unwrap().into_inner().samples
    };
    let listed = list().await;
    assert_eq!((listed.len(), listed[0].orders), (1, 1));
    let name = "by-hand".to_owned();
    let request = Request::new(v1::GetSampleRequest { name: name.clone() });
    let got = shop.trials().get_sample(request).await.unwrap();
    assert_eq!(got.into_inner().sample.unwrap().label[0].order_id, "o-1");
    let request = v1::DeleteSampleRequest {
        name,
        actor: "li".to_owned(),
        reason: String::new(),
    };
    shop.trials()
        .delete_sample(Request::new(request))
        .await
        .unwrap();
    assert_eq!(list().await, []);
}

#[tokio::test]
async fn what_an_order_shares_with_others_is_in_the_sample_although_no_rule_read_it() {
    let mut shop = Shop::open(RULES).await;
    shop.clock_shows(hours(5));
    shop.send("crm", vec![shop::customer("c-1", "vip", 1)])
        .await;
    shop.paid("o-1", hours(0)).await;
    let request = v1::PutSampleRequest {
        name: "vip".to_owned(),
        labels: vec![v1::OrderLabel {
            order_id: "o-1".to_owned(),
            scenario: "shipping-delay".to_owned(),
            is_exception: true,
            ..Default::default()
        }],
        actor: "li".to_owned(),
        ..Default::default()
    };
    shop.trials()
        .put_sample(Request::new(request))
        .await
        .unwrap();
    let revision = v1::Revision {
        put_yaml: crate::VIP.to_owned(),
        delete: vec!["Rule/late".to_owned()],
    };
    let request = v1::RunSampleRequest {
        name: "vip".to_owned(),
        candidate: Some(v1::Candidate {
            origin: Some(v1::candidate::Origin::Revision(revision)),
        }),
        ..Default::default()
    };
    let answer = shop
        .trials()
        .run_sample(Request::new(request))
        .await
        .unwrap();
    assert_eq!(answer.into_inner().total.unwrap().true_positives, 1);
}

#[tokio::test]
async fn a_gate_lets_through_what_finds_enough_of_its_sample_and_names_what_is_missed() {
    let shop = shop_with_ten_orders().await;
    let label = |number: i64, is_exception| v1::OrderLabel {
        order_id: format!("o-{number}"),
        rule: "late".to_owned(),
        is_exception,
        ..Default::default()
    };
    let request = v1::PutSampleRequest {
        name: "marked".to_owned(),
        labels: (0..10).map(|number| label(number, number < 8)).collect(),
        actor: "li".to_owned(),
        ..Default::default()
    };
    shop.trials()
        .put_sample(Request::new(request))
        .await
        .unwrap();
    let gated = |rules: &str, sample: &str| {
        format!(
            "{rules}---\napiVersion: orderwatch/v1\nkind: Gate\nmetadata: {{name: by-hand}}\n\
             spec: {{sample: {sample}, maxMissed: 2, maxFalse: 0}}\n"
        )
    };
    let in_force = gated(RULES, "marked");
    let pass = async |candidate: &str| shop.passes_gates(&in_force, candidate).await;
    assert_eq!(pass(&in_force).await, Ok(()));
    let blind = pass(&gated(&RULES.replace("24h", "72h"), "marked")).await;
    let blind = blind.unwrap_err();
    assert!(
        blind.contains("misses 8 orders where 2 may be (o-0, o-1"),
        "{blind}"
    );
    let eager = RULES.replace(" && !shipments.exists(s, has(s.handed_over_at))", "");
    let eager = pass(&gated(&eager, "marked")).await.unwrap_err();
    assert!(
        eager.contains("raises false alarms in 2 orders where 0 may be"),
        "{eager}"
    );
    let unstored = pass(&gated(RULES, "nowhere")).await.unwrap_err();
    assert!(
        unstored.contains("there is no sample `nowhere`"),
        "{unstored}"
    );
    let ungated = pass(&RULES.replace("24h", "72h")).await;
    assert!(
        ungated.is_err(),
        "the gate in force binds the change that drops it"
    );
}
