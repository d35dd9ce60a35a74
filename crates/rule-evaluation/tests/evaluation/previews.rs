//! Previews: what activation would do, counted without doing it.

use std::collections::BTreeMap;

use contracts::rules::v1;
use contracts::rules::v1::trial_service_server::TrialService;
use order::Timestamp;
use rule_engine::documents;
use rule_evaluation::candidates::Origin;
use rule_evaluation::domain::change::Change;
use rule_evaluation::domain::impact::Impact;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tonic::{Code, Request};

use crate::shop::{self, Shop, hours, minutes};
use crate::{RULES, VIP};

/// Documents that are all there is.
fn whole(text: &str) -> Origin {
    Origin::Change(Change::whole(documents::split(text).unwrap()))
}

fn both() -> String {
    format!("{RULES}---{VIP}")
}

/// Numbers that look random and are the same each time (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// A rule set of some rules with some limits.
fn some_rules(dice: &mut Dice) -> String {
    let conditions = [
        (
            "late",
            r#"elapsed(order.paid_at) > duration("Nh") && !shipments.exists(s, has(s.handed_over_at))"#,
        ),
        (
            "vip-late",
            r#"customer.tier == "vip" && elapsed(order.paid_at) > duration("Nh")"#,
        ),
        (
            "slow",
            r#"shipments.exists(s, s.handed_over_at - order.paid_at > duration("Nh"))"#,
        ),
        (
            "many-lines",
            r#"lines.size() > 1 && elapsed(order.paid_at) > threshold("patience")"#,
        ),
    ];
    let mut text = format!(
        "apiVersion: orderwatch/v1\nkind: Exemption\nmetadata: {{name: agreed}}\n\
         spec: {{reason: agreed, owner: li, expires: 2030-01-01T00:00:00Z, {} entries: [{{customer: c-{}}}]}}\n---\n\
         apiVersion: orderwatch/v1\nkind: Threshold\nmetadata: {{name: patience}}\n\
         spec: {{type: duration, rows: [{{when: 'lines.size() > 2', value: {}h}}], default: 20h}}\n",
        ["", "rules: [late],", "scenarios: [s-1],"][dice.below(3) as usize],
        dice.below(5),
        dice.below(40)
    );
    for (name, condition) in conditions {
        if dice.below(4) > 0 {
            let condition = condition.replace('N', &(1 + dice.below(40)).to_string());
            text += &format!(
                "---\napiVersion: orderwatch/v1\nkind: Rule\nmetadata: {{name: {name}}}\n\
                 spec:\n  scenario: s-{}\n  severity: high\n  title: {{en: {name}}}\n  mode: {}\n  condition: '{condition}'\n",
                dice.below(2),
                ["active", "shadow"][dice.below(2) as usize],
            );
        }
    }
    text
}

async fn some_orders(shop: &mut Shop, dice: &mut Dice, count: u64) {
    let mut facts = Vec::new();
    for number in 0..count {
        let id = format!("o-{number}");
        let customer = format!("c-{}", dice.below(5));
        let paid_at = hours(0) + minutes(dice.below(40 * 60) as i64);
        facts.push(shop::order_of(&id, paid_at, &customer));
        if dice.below(2) == 0 {
            let after = minutes(dice.below(30 * 60) as i64);
            facts.push(shop::shipment(&id, paid_at + after));
        }
        for line in 0..dice.below(4) {
            facts.push(shop::line(&id, line as i64));
        }
    }
    for number in 0..5 {
        let tier = ["vip", "plain"][dice.below(2) as usize];
        facts.push(shop::customer(&format!("c-{number}"), tier, 1));
    }
    shop.send("shop", facts).await;
    shop.judge_due().await;
}

async fn preview(shop: &Shop, origin: &Origin) -> Impact {
    let previews = shop.previews();
    let plan = previews.plan(origin).await.unwrap();
    let (told, _listening) = mpsc::channel(1);
    previews.run(&plan, 3, &told).await.unwrap().impact
}

/// How often each rule was told of in each way.
type Told = BTreeMap<(String, &'static str), i64>;

fn foretold(impact: &Impact) -> Told {
    let mut told = Told::new();
    for (rule, effect) in &impact.by_rule {
        for (what, count) in [
            ("opened", effect.opened),
            (
                "updated",
                effect.updated + effect.exempted + effect.exemption_ended + effect.mode_changed,
            ),
            ("cleared", effect.cleared),
            ("retracted", effect.retracted),
            ("retroactive", effect.retroactive),
        ] {
            if count > 0 {
                told.insert((rule.clone(), what), count);
            }
        }
    }
    told
}

#[tokio::test]
async fn a_preview_is_what_activation_then_does() {
    let (mut foreseen, mut exempted, mut changed) = (0, 0, 0);
    for seed in 0..8 {
        let mut dice = Dice(seed);
        let mut shop = Shop::open(&some_rules(&mut dice)).await;
        shop.clock_shows(hours(40) + minutes(dice.below(600) as i64));
        some_orders(&mut shop, &mut dice, 60).await;
        let candidate = some_rules(&mut dice);
        let impact = preview(&shop, &whole(&candidate)).await;
        let before = shop.events().await.len();
        shop.apply(&candidate).await;
        shop.judge_due().await;
        let mut told = Told::new();
        for (rule, what) in shop.events().await.into_iter().skip(before) {
            *told.entry((rule, what)).or_default() += 1;
        }
        assert_eq!(foretold(&impact), told, "seed {seed}");
        let open = shop
            .rows()
            .await
            .iter()
            .filter(|row| row.state == 1)
            .count();
        assert_eq!(impact.total.open_after, open as i64, "seed {seed}");
        let ticketed = shop.rows().await;
        exempted += impact.total.exempted + impact.total.exemption_ended;
        changed += impact.total.mode_changed;
        assert!(ticketed.len() as i64 >= impact.total.ticketed_after);
        foreseen += told.values().sum::<i64>();
    }
    assert!(foreseen > 100, "{foreseen}");
    assert!(exempted > 0 && changed > 0, "{exempted} {changed}");
}

#[tokio::test]
async fn a_preview_writes_nothing() {
    let mut shop = Shop::open(RULES).await;
    shop.clock_shows(hours(60));
    some_orders(&mut shop, &mut Dice(1), 30).await;
    let before = (
        shop.told().await,
        shop.exceptions().await,
        shop.version("o-1").await,
    );
    let impact = preview(&shop, &whole(&both().replace("24h", "2h"))).await;
    assert!(impact.total.updated > 0 && impact.orders == 30);
    let after = (
        shop.told().await,
        shop.exceptions().await,
        shop.version("o-1").await,
    );
    assert_eq!(before, after);
    assert_eq!(
        shop.links().await,
        0,
        "not even what the candidate would read"
    );
}

#[tokio::test]
async fn only_rules_that_differ_are_judged_and_nothing_when_none_does() {
    let mut shop = Shop::open(&both()).await;
    shop.clock_shows(hours(60));
    some_orders(&mut shop, &mut Dice(1), 30).await;
    let put = documents::split(&VIP.replace("2h", "3h")).unwrap();
    let revision = Origin::Change(Change::edits(put, []));
    let plan = shop.previews().plan(&revision).await.unwrap();
    assert_eq!(plan.rules_judged(), ["vip-late"]);
    let impact = preview(&shop, &revision).await;
    assert_eq!(
        impact.by_rule["late"].open_before,
        impact.by_rule["late"].open_after
    );
    assert!(impact.by_rule["late"].is_none() && !impact.by_rule["vip-late"].is_none());
    let plan = shop.previews().plan(&Origin::InForce).await.unwrap();
    assert!(plan.is_without_effect());
    assert_eq!(preview(&shop, &Origin::InForce).await.orders, 0);
}

#[tokio::test]
async fn previews_at_once_find_the_same() {
    let mut shop = Shop::open(RULES).await;
    shop.clock_shows(hours(60));
    some_orders(&mut shop, &mut Dice(1), 200).await;
    let previews = shop.previews();
    let plan = previews
        .plan(&whole(&RULES.replace("24h", "30h")))
        .await
        .unwrap();
    let (told, _listening) = mpsc::channel(1);
    let run = || previews.run(&plan, 3, &told);
    let found: Vec<_> = futures::future::join_all([run(), run(), run(), run()]).await;
    let found: Vec<Told> = found
        .into_iter()
        .map(|progress| foretold(&progress.unwrap().impact))
        .collect();
    assert!(!found[0].is_empty());
    assert!(found.iter().all(|each| each == &found[0]));
}

#[tokio::test]
async fn a_preview_goes_on_while_facts_stream_in() {
    let mut shop = Shop::open(RULES).await;
    shop.clock_shows(hours(60));
    let id = |number: i64| format!("o-{number}");
    let orders = (0..600).map(|number| shop::order(&id(number), hours(0)));
    shop.send("shop", orders.collect()).await;
    let previews = shop.previews();
    let plan = previews
        .plan(&whole(&RULES.replace("24h", "30h")))
        .await
        .unwrap();
    let (told, _listening) = mpsc::channel(1);
    let preview = previews.run(&plan, 3, &told);
    let stream = async {
        for first in (0..600).step_by(20) {
            let facts = (first..first + 20).map(|number| shop::shipment(&id(number), hours(1)));
            shop.send("shop", facts.collect()).await;
        }
    };
    let (progress, ()) = tokio::join!(preview, stream);
    let impact = progress.unwrap().impact;
    assert_eq!((impact.orders, impact.unreadable), (600, 0));
    assert_eq!(shop.exceptions().await.len(), 0, "every fact was taken in");
}

#[tokio::test]
async fn an_order_that_cannot_be_read_is_counted_and_stops_nobody() {
    let mut shop = Shop::open(RULES).await;
    shop.clock_shows(hours(60));
    some_orders(&mut shop, &mut Dice(1), 30).await;
    shop.damage("o-7").await;
    let impact = preview(&shop, &whole(&RULES.replace("24h", "30h"))).await;
    assert_eq!((impact.orders, impact.unreadable), (29, 1));
}

#[tokio::test]
async fn when_nobody_listens_the_work_ends() {
    let mut shop = Shop::open(RULES).await;
    shop.clock_shows(hours(60));
    some_orders(&mut shop, &mut Dice(1), 30).await;
    let previews = shop.previews();
    let plan = previews
        .plan(&whole(&RULES.replace("24h", "30h")))
        .await
        .unwrap();
    let (told, listening) = mpsc::channel(1);
    drop(listening);
    let progress = previews.run(&plan, 3, &told).await.unwrap();
    assert_eq!(progress.impact.orders, 0);
}

#[tokio::test]
async fn orders_in_flight_are_told_apart_from_those_that_are_over() {
    let mut shop = Shop::open(RULES).await;
    shop.clock_shows(hours(60));
    shop.send(
        "shop",
        vec![
            shop::order("o-1", hours(0)),
            shop::shipment("o-1", hours(1)),
        ],
    )
    .await;
    shop.send(
        "shop",
        vec![
            shop::completed("o-2", hours(0), hours(2)),
            shop::shipment("o-2", hours(1)),
        ],
    )
    .await;
    shop.paid("o-3", hours(0)).await;
    let impact = preview(&shop, &whole(&RULES.replace("24h", "30m"))).await;
    assert_eq!((impact.orders, impact.orders_in_flight), (3, 2));
    assert_eq!(
        (impact.total.retroactive, impact.in_flight.retroactive),
        (2, 1)
    );
    assert_eq!(impact.total.updated, 1);
}

async fn streamed(
    shop: &Shop,
    text: &str,
) -> Result<Vec<v1::PreviewRuleSetResponse>, tonic::Status> {
    let request = v1::PreviewRuleSetRequest {
        candidate: Some(v1::Candidate {
            origin: Some(v1::candidate::Origin::ResourcesYaml(text.to_owned())),
        }),
        examples: 2,
    };
    let answers = shop
        .trials()
        .preview_rule_set(Request::new(request))
        .await?;
    answers.into_inner().collect().await
}

#[tokio::test]
async fn a_stream_ends_with_counts_groups_and_examples() {
    let mut shop = Shop::open(RULES).await;
    shop.clock_shows(hours(60));
    for number in 0..4 {
        shop.paid(&format!("o-{number}"), hours(32)).await;
    }
    let answers = streamed(&shop, &RULES.replace("24h", "30h")).await.unwrap();
    let last = answers.last().unwrap();
    assert!(last.done && last.orders == 4);
    let impact = last.impact.clone().unwrap();
    assert_eq!(impact.rules_judged, ["late"]);
    let total = impact.total.unwrap();
    assert_eq!(
        (total.retracted, total.open_before, total.open_after),
        (4, 4, 0)
    );
    assert_eq!(impact.by_scenario[0].name, "shipping-delay");
    assert_eq!(impact.examples.len(), 2);
    let example = &impact.examples[0];
    assert_eq!(example.what, "retracted");
    let before = example.before.as_ref().unwrap();
    assert_eq!(
        before.opened_at.as_ref().unwrap().seconds,
        seconds(hours(56))
    );
}

fn seconds(at: Timestamp) -> i64 {
    at.micros() / 1_000_000
}

#[tokio::test]
async fn a_candidate_with_faults_is_refused_with_every_fault() {
    let shop = Shop::open(RULES).await;
    let refused = streamed(&shop, &RULES.replace("paid_at", "payed_at")).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(
        refused.message().contains("paid_at"),
        "{}",
        refused.message()
    );
}
