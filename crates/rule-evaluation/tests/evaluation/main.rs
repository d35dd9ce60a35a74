//! Judgement on a real PostgreSQL: what is decided, when, and under what disturbance.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "facts are made where they are sent"
)]

mod changes;
mod conditions;
mod explained;
mod feedback;
mod fields;
mod gates;
mod late_sources;
mod measured;
mod previews;
mod replicas;
mod served;
mod shop;
mod silence;

use order::{Span, Timestamp};
use rule_evaluation::domain::source::TimerGate;
use shop::{Shop, hours, minutes};

const RULES: &str = r#"
apiVersion: orderwatch/v1
kind: Rule
metadata: {name: late}
spec:
  scenario: shipping-delay
  severity: high
  title: {en: late, zh: 晚}
  condition: elapsed(order.paid_at) > duration("24h") && !shipments.exists(s, has(s.handed_over_at))
"#;

const VIP: &str = r#"
apiVersion: orderwatch/v1
kind: Rule
metadata: {name: vip-late}
spec:
  scenario: shipping-delay
  severity: high
  title: {en: late, zh: 晚}
  condition: customer.tier == "vip" && elapsed(order.paid_at) > duration("2h")
"#;

#[tokio::test]
async fn an_exception_opens_at_its_deadline_and_not_before() {
    let mut shop = Shop::open(RULES).await;
    shop.declare(&[("erp", "erp", false), ("carrier", "logistics", false)])
        .await;
    shop.paid("o-1", hours(0)).await;
    shop.clock_shows(hours(24));
    shop.judge_due().await;
    assert_eq!(shop.exceptions().await, []);
    shop.clock_shows(hours(24) + Span::from_micros(1));
    shop.judge_due().await;
    assert_eq!(
        shop.exceptions().await,
        [("o-1".into(), "late".into(), hours(24), None)]
    );
    shop.clock_shows(hours(30));
    shop.shipped("o-1", hours(26)).await;
    assert_eq!(
        shop.exceptions().await,
        [("o-1".into(), "late".into(), hours(24), Some(hours(26)))]
    );
}

#[tokio::test]
async fn a_fact_that_came_late_retracts_what_never_was() {
    let mut shop = Shop::open(RULES).await;
    shop.declare(&[("erp", "erp", false), ("carrier", "logistics", false)])
        .await;
    shop.clock_shows(hours(30));
    shop.paid("o-1", hours(0)).await;
    assert_eq!(shop.exceptions().await.len(), 1);
    shop.shipped("o-1", hours(20)).await;
    assert_eq!(shop.exceptions().await, []);
    assert_eq!(
        shop.told().await,
        [
            "orderwatch.exceptions.opened",
            "orderwatch.exceptions.retracted"
        ]
    );
}

#[tokio::test]
async fn what_was_over_before_it_was_known_disturbs_nobody() {
    let mut shop = Shop::open(RULES).await;
    shop.clock_shows(hours(100));
    shop.send(
        "shop",
        vec![
            shop::order("o-1", hours(0)),
            shop::shipment("o-1", hours(50)),
        ],
    )
    .await;
    let rows = shop.rows().await;
    assert!(rows[0].retroactive && rows.len() == 1);
    assert_eq!(shop.told().await, ["orderwatch.exceptions.cleared"]);
}

#[tokio::test]
async fn a_verdict_waits_for_the_watermark_of_every_source_that_the_rule_reads() {
    let mut shop = Shop::open(RULES).await;
    shop.declare(&[("erp", "erp", false), ("carrier", "logistics", true)])
        .await;
    shop.paid("o-1", hours(0)).await;
    shop.clock_shows(hours(25));
    shop.judge_due().await;
    assert_eq!(shop.exceptions().await, []);
    shop.watermark("carrier", hours(24)).await;
    shop.judge_due().await;
    assert_eq!(
        shop.exceptions().await,
        [],
        "complete through the deadline is not past it"
    );
    shop.watermark("carrier", hours(24) + minutes(1)).await;
    shop.judge_due().await;
    let rows = shop.rows().await;
    assert!(!rows[0].unconfirmed && rows.len() == 1);
}

#[tokio::test]
async fn when_patience_runs_out_the_late_source_is_named_and_its_word_confirms() {
    let mut shop = Shop::open(RULES).await;
    shop.declare(&[("erp", "erp", false), ("carrier", "logistics", true)])
        .await;
    shop.paid("o-1", hours(0)).await;
    shop.clock_shows(hours(30));
    shop.judge_due().await;
    assert_eq!(shop.exceptions().await, [], "the carrier has six hours");
    shop.clock_shows(hours(30) + minutes(1));
    shop.judge_due().await;
    let rows = shop.rows().await;
    assert_eq!(rows[0].late_sources, ["carrier"]);
    shop.watermark("carrier", hours(29)).await;
    shop.judge_due().await;
    let rows = shop.rows().await;
    assert!(!rows[0].unconfirmed && rows[0].late_sources.is_empty());
    assert_eq!(
        shop.told().await.last().map(String::as_str),
        Some("orderwatch.exceptions.updated")
    );
}

#[tokio::test]
async fn a_watermark_does_not_overtake_the_facts_sent_before_it() {
    let mut shop = Shop::open(RULES).await;
    shop.declare(&[("erp", "erp", false), ("carrier", "logistics", true)])
        .await;
    shop.paid("o-1", hours(0)).await;
    shop.clock_shows(hours(26));
    let facts = shop.message("carrier", vec![shop::shipment("o-1", hours(20))], None);
    let watermark = shop.message("carrier", vec![], Some(hours(25)));
    shop.deliver(&[watermark]).await;
    shop.judge_due().await;
    assert_eq!(
        shop.exceptions().await,
        [],
        "the shipment is on its way to us"
    );
    shop.deliver(&[facts]).await;
    shop.judge_due().await;
    assert_eq!(
        shop.told().await,
        Vec::<String>::new(),
        "shipped in time: nobody is told anything"
    );
}

#[tokio::test]
async fn batches_that_the_journal_dropped_are_not_waited_for() {
    let mut shop = Shop::open(RULES).await;
    shop.declare(&[("erp", "erp", false), ("carrier", "logistics", true)])
        .await;
    shop.paid("o-1", hours(0)).await;
    shop.clock_shows(hours(26));
    shop.watermark("carrier", hours(1)).await;
    for hour in [2, 3] {
        let _dropped = shop.message("carrier", vec![], Some(hours(hour)));
    }
    let retained = shop.message("carrier", vec![], Some(hours(4)));
    shop.watermark("carrier", hours(24) + minutes(1)).await;
    shop.judge_due().await;
    assert_eq!(shop.frontier("carrier").await, 1, "nothing is given up yet");
    assert_eq!(shop.exceptions().await, []);
    shop.oldest_retained = 4;
    shop.watermark("carrier", hours(24) + minutes(2)).await;
    assert_eq!(
        shop.frontier("carrier").await,
        3,
        "what the journal retains is waited for"
    );
    assert_eq!(shop.exceptions().await, []);
    shop.deliver(&[retained]).await;
    shop.judge_due().await;
    assert_eq!(shop.frontier("carrier").await, 6);
    let rows = shop.rows().await;
    assert!(!rows[0].unconfirmed && rows.len() == 1);
}

#[tokio::test]
async fn a_message_that_comes_again_changes_nothing() {
    let mut shop = Shop::open(RULES).await;
    shop.clock_shows(hours(30));
    let message = shop.message("shop", vec![shop::order("o-1", hours(0))], None);
    for _ in 0..3 {
        shop.deliver(std::slice::from_ref(&message)).await;
    }
    shop.deliver(&[message.clone(), message]).await;
    assert_eq!(shop.told().await, ["orderwatch.exceptions.opened"]);
}

#[tokio::test]
async fn a_customer_who_becomes_important_has_the_orders_judged_again() {
    let mut shop = Shop::open(VIP).await;
    shop.clock_shows(hours(5));
    shop.paid("o-1", hours(0)).await;
    shop.paid("o-2", hours(4)).await;
    assert_eq!(shop.exceptions().await, []);
    shop.send("crm", vec![shop::customer("c-1", "vip", 1)])
        .await;
    shop.judge_due().await;
    assert_eq!(
        shop.exceptions().await,
        [("o-1".into(), "vip-late".into(), hours(2), None)]
    );
    shop.clock_shows(hours(7));
    shop.judge_due().await;
    assert_eq!(shop.exceptions().await.len(), 2);
    shop.send("crm", vec![shop::customer("c-1", "plain", 2)])
        .await;
    shop.judge_due().await;
    assert_eq!(shop.exceptions().await, []);
}

#[tokio::test]
async fn the_customer_may_be_known_before_the_order() {
    let mut shop = Shop::open(VIP).await;
    shop.clock_shows(hours(5));
    shop.send("crm", vec![shop::customer("c-1", "vip", 1)])
        .await;
    shop.paid("o-1", hours(0)).await;
    assert_eq!(shop.exceptions().await.len(), 1);
}

#[tokio::test]
async fn every_order_and_batch_of_arrival_ends_with_the_same_exceptions() {
    let facts = |seed: u64| {
        let mut facts = Vec::new();
        for number in 0..12_u64 {
            let id = format!("o-{number}");
            facts.push(shop::order(&id, hours(0) + minutes(number as i64)));
            if number % 3 != 0 {
                facts.push(shop::shipment(&id, hours(18) + minutes(60 * number as i64)));
            }
        }
        let count = facts.len();
        for index in 0..count {
            facts.swap(
                index,
                (seed as usize).wrapping_mul(31).wrapping_add(index * 17) % count,
            );
        }
        facts
    };
    let mut expected = None;
    for seed in 0..4_u64 {
        let mut shop = Shop::open(RULES).await;
        for (step, chunk) in facts(seed).chunks(1 + seed as usize * 3).enumerate() {
            shop.clock_shows(hours(40) + minutes(step as i64));
            shop.send("shop", chunk.to_vec()).await;
            shop.judge_due().await;
        }
        let found = shop.exceptions().await;
        assert!(!found.is_empty());
        assert_eq!(*expected.get_or_insert(found.clone()), found, "seed {seed}");
    }
}

#[tokio::test]
async fn replicas_that_judge_the_same_orders_at_once_lose_no_fact() {
    let mut shop = Shop::open(RULES).await;
    shop.clock_shows(hours(40));
    let mut messages = Vec::new();
    for number in 0..40 {
        let order = format!("o-{}", number % 8);
        let fact = shop::line(&order, number);
        messages.push(shop.message("shop", vec![shop::order(&order, hours(0)), fact], None));
    }
    let mut replicas = tokio::task::JoinSet::new();
    for chunk in messages.chunks(5) {
        let (evaluation, chunk) = (shop.replica(), chunk.to_vec());
        replicas.spawn(async move { evaluation.take_in(&chunk).await });
    }
    while let Some(result) = replicas.join_next().await {
        result.unwrap().unwrap();
    }
    assert_eq!(shop.exceptions().await.len(), 8);
    assert_eq!(shop.told().await.len(), 8, "each was told once");
    assert_eq!(shop.facts_kept().await, 8 + 40);
    assert_eq!(shop.frontier("shop").await, 40);
}

#[tokio::test]
async fn a_new_rule_set_judges_every_order_again_and_a_removed_rule_retracts() {
    let mut shop = Shop::open(RULES).await;
    shop.clock_shows(hours(30));
    shop.paid("o-1", hours(0)).await;
    assert_eq!(shop.exceptions().await.len(), 1);
    shop.apply(&RULES.replace("24h", "26h")).await;
    shop.judge_due().await;
    assert_eq!(
        shop.exceptions().await,
        [("o-1".into(), "late".into(), hours(26), None)]
    );
    shop.apply(VIP).await;
    shop.judge_due().await;
    assert_eq!(shop.exceptions().await, []);
}

#[tokio::test]
async fn a_fact_that_tells_nothing_new_writes_nothing() {
    let mut shop = Shop::open(RULES).await;
    shop.clock_shows(hours(1));
    shop.paid("o-1", hours(0)).await;
    let before = shop.version("o-1").await;
    shop.paid("o-1", hours(0)).await;
    assert_eq!(shop.version("o-1").await, before);
}

#[tokio::test]
async fn a_timer_is_found_by_whoever_looks_after_the_service_was_down() {
    let mut shop = Shop::open(RULES).await;
    shop.paid("o-1", hours(0)).await;
    shop.clock_shows(hours(500));
    let later = shop.replica();
    let gate = TimerGate {
        systems: shop.gate("late").await,
        confirming: false,
    };
    let found = later
        .judge_due(gate, Timestamp::from(shop.now()), 10)
        .await
        .unwrap();
    assert_eq!(found, 1);
    assert_eq!(
        shop.exceptions().await,
        [("o-1".into(), "late".into(), hours(24), None)]
    );
}

#[tokio::test]
async fn an_order_that_cannot_be_judged_keeps_no_other_waiting() {
    let mut shop = Shop::open(RULES).await;
    for number in 0..4 {
        shop.paid(&format!("o-{number}"), hours(0)).await;
    }
    shop.damage("o-0").await;
    shop.clock_shows(hours(30));
    shop.run_timers(|found| found.len() == 3).await;
    shop.apply(&RULES.replace("24h", "25h")).await;
    shop.run_timers(|found| {
        found.len() == 3
            && found
                .iter()
                .all(|(_, _, opened_at, _)| *opened_at == hours(25))
    })
    .await;
}

#[tokio::test]
async fn a_text_that_cannot_be_an_id_joins_nothing_and_harms_nobody() {
    let mut shop = Shop::open(VIP).await;
    shop.clock_shows(hours(5));
    let absurd = shop::order_of("o-1", hours(0), &"x".repeat(10_000));
    shop.send("shop", vec![absurd, shop::order("o-2", hours(0))])
        .await;
    shop.send("crm", vec![shop::customer("c-1", "vip", 1)])
        .await;
    shop.judge_due().await;
    assert_eq!(
        shop.exceptions().await,
        [("o-2".into(), "vip-late".into(), hours(2), None)]
    );
}
