//! Decision tables: rows by what people name, campaigns, and which row an order takes.

use crate::support::{at, fact, instant, rule_document, view};
use order::{EntityKind, Fact, Value};
use rule_engine::{Choice, Language, RuleSet};

const TABLE: &str = r#"---
apiVersion: orderwatch/v1
kind: Threshold
metadata: {name: within}
spec:
  type: duration
  rows:
    - {kind: presale, expression: order.requested_ship_at - order.paid_at, note: as asked}
    - {kind: presale, tier: [vip, svip], value: 12h}
    - {category: [glass, "wi\"ne"], amount: {from: 1000, below: 5000}, value: 13h}
    - {carrier: sf, when: 'order.channel == "shop"', value: 14h}
  campaigns:
    - name: eleven
      from: 2026-11-11T00:00:00Z
      until: 2026-11-12T00:00:00Z
      rows: [{warehouse: east, value: 48h}]
      default: 36h
    - name: flash
      from: 2026-11-11T01:00:00Z
      until: 2026-11-11T02:00:00Z
      by: now
      priority: 5
      rows: [{region: north, value: 72h}]
    - name: paid
      from: 2026-11-11T06:00:00Z
      until: 2026-11-11T08:00:00Z
      by: order.paid_at
      default: 99h
  default: {expression: order.ship_by - order.created_at, otherwise: 24h}
"#;

fn rules() -> RuleSet {
    let rule = rule_document("late", "elapsed(order.paid_at) > threshold(\"within\")");
    RuleSet::parse(1, &format!("{rule}{TABLE}")).unwrap_or_else(|faults| panic!("{faults}"))
}

fn choice(facts: &[Fact], minutes: i64) -> Choice {
    let rules = rules();
    let view = view(&rules, facts);
    let choice = rules.threshold_choice("within", &view, at(minutes), Language::English);
    choice.unwrap()
}

fn chosen(facts: &[Fact], minutes: i64) -> (Option<String>, Option<usize>, String) {
    let choice = choice(facts, minutes);
    (choice.campaign, choice.row, choice.value)
}

fn order(attributes: &[(&'static str, Value)]) -> Fact {
    fact(EntityKind::Order, "o-1", 1, attributes.iter().cloned())
}

fn text(text: &str) -> Value {
    Value::text(text)
}

#[test]
fn the_first_row_whose_every_part_is_true_decides() {
    let plain = |row, value: &str| (None, row, value.to_owned());
    let presale = ("kind", text("presale"));
    assert_eq!(
        chosen(&[order(std::slice::from_ref(&presale))], 0),
        plain(None, "1d")
    );
    let vip = fact(EntityKind::Customer, "c", 1, [("tier", text("svip"))]);
    let of_vip = [order(&[presale.clone(), ("customer_id", text("c"))]), vip];
    assert_eq!(chosen(&of_vip, 0), plain(Some(1), "12h"));
    let asked = [
        presale,
        ("paid_at", instant(-60)),
        ("requested_ship_at", instant(60)),
    ];
    assert_eq!(chosen(&[order(&asked)], 0), plain(Some(0), "2h"));
    let wine = |amount| {
        let line = fact(EntityKind::Line, "1", 1, [("category", text("wi\"ne"))]);
        [order(&[("amount", Value::Double(amount))]), line]
    };
    assert_eq!(chosen(&wine(1_000.0), 0), plain(Some(2), "13h"));
    assert_eq!(chosen(&wine(5_000.0), 0), plain(None, "1d"));
    let parcel = fact(EntityKind::Shipment, "s", 1, [("carrier", text("sf"))]);
    let of_shop = [order(&[("channel", text("shop"))]), parcel];
    assert_eq!(chosen(&of_shop, 0), plain(Some(3), "14h"));
    let dated = [("created_at", instant(-600)), ("ship_by", instant(0))];
    assert_eq!(chosen(&[order(&dated)], 0), plain(None, "10h"));
}

#[test]
fn campaigns_come_first_by_priority_then_by_their_beginning() {
    let of = |campaign: &str, row, value: &str| (Some(campaign.to_owned()), row, value.to_owned());
    let created = ("created_at", instant(10));
    let east = [created.clone(), ("warehouse", text("east"))];
    assert_eq!(chosen(&[order(&east)], 20), of("eleven", Some(0), "2d"));
    assert_eq!(
        chosen(&[order(std::slice::from_ref(&created))], 20),
        of("eleven", None, "1d 12h")
    );
    let north = [created.clone(), ("region", text("north"))];
    assert_eq!(chosen(&[order(&north)], 20), of("eleven", None, "1d 12h"));
    assert_eq!(chosen(&[order(&north)], 60), of("flash", Some(0), "3d"));
    assert_eq!(chosen(&[order(&north)], 119), of("flash", Some(0), "3d"));
    assert_eq!(chosen(&[order(&north)], 120), of("eleven", None, "1d 12h"));
    assert_eq!(choice(&[order(&north)], 20).until, Some(at(60)));
    let paid = [created, ("paid_at", instant(400))];
    assert_eq!(chosen(&[order(&paid)], 500), of("paid", None, "4d 3h"));
    assert_eq!(chosen(&[order(&paid)], 300), of("eleven", None, "1d 12h"));
}

#[test]
fn a_choice_tells_the_truth_of_every_part_that_was_looked_at() {
    let order = order(&[("kind", text("presale")), ("created_at", instant(-1))]);
    let choice = choice(&[order], 0);
    let told: Vec<String> = choice
        .considered
        .iter()
        .map(|row| {
            let parts = row.parts.iter();
            let parts: Vec<_> = parts
                .map(|part| format!("{} is {}", part.expression, part.value))
                .collect();
            format!("{:?} {:?} {}", row.campaign, row.row, parts.join("; "))
        })
        .collect();
    assert_eq!(told.len(), 9);
    assert_eq!(told[4], "None Some(0) order.kind == \"presale\" is true");
    assert_eq!(
        told[5],
        "None Some(1) order.kind == \"presale\" is true; customer.tier in [\"vip\", \"svip\"] is unknown"
    );
    assert!(choice.considered.iter().all(|row| !row.taken));
}

#[test]
fn tables_are_listed_as_written() {
    let rules = rules();
    let table = &rules.thresholds()[0];
    assert_eq!(
        table.rows[2].conditions[1],
        "order.amount >= 1000.0 && order.amount < 5000.0"
    );
    assert_eq!(table.rows[0].note.as_deref(), Some("as asked"));
    let campaigns: Vec<_> = table
        .campaigns
        .iter()
        .map(|each| each.name.as_str())
        .collect();
    assert_eq!(campaigns, ["flash", "paid", "eleven"]);
    assert_eq!(table.otherwise.as_deref(), Some("24h"));
}

#[test]
fn faults_of_tables_have_their_paths() {
    let text = r#"
apiVersion: orderwatch/v1
kind: Threshold
metadata: {name: t}
spec:
  type: int
  rows:
    - {kind: [], value: 1}
    - {amount: {from: 5, below: 5}, value: 1}
    - {kind: a}
    - {kind: a, value: 1, expression: "2"}
    - {kind: a, expression: order.amount}
    - {when: order.payed, value: x}
  campaigns:
    - {name: a, from: 2026-01-01T00:00:00Z, until: 2026-01-01T00:00:00Z, default: 1}
    - {name: a, from: 2026-01-01T00:00:00Z, until: 2026-02-01T00:00:00Z, by: order.kind, default: 1}
    - {name: b, from: 2026-01-01T00:00:00Z, until: 2026-02-01T00:00:00Z}
  default: 0
"#;
    let told: Vec<String> = RuleSet::parse(1, text)
        .unwrap_err()
        .iter()
        .map(|fault| fault.path.clone())
        .collect();
    assert_eq!(
        told,
        [
            "spec.campaigns[0]",
            "spec.campaigns[1].name",
            "spec.campaigns[1].by",
            "spec.campaigns[2]",
            "spec.rows[0].kind",
            "spec.rows[1].amount",
            "spec.rows[2]",
            "spec.rows[3]",
            "spec.rows[4].expression",
            "spec.rows[5].when",
            "spec.rows[5].value",
        ]
    );
}
