//! Thresholds under other values.

use super::{RULES, history, made, marked, options, rules};
use rule_engine::backtest::{Backtest, Report, Sweep, SweepError};

fn swept(asked: &[&str], count: usize) -> (Report, Vec<super::Made>, Vec<super::Label>) {
    let orders = made(count, 11);
    let labels = marked(&orders, 12);
    let rules = rules();
    let sweeps = asked
        .iter()
        .map(|asked| Sweep::of(asked, RULES, None).unwrap());
    let backtest = Backtest::new(&rules, &labels, options())
        .unwrap()
        .sweeping(sweeps.collect());
    let report = backtest.run(&history(&orders, 1), &|_| {});
    (report, orders, labels)
}

#[test]
fn each_point_of_a_curve_is_that_of_plain_arithmetic() {
    let (report, orders, labels) = swept(&["ship-within=12h..72h/6h"], 1_500);
    let swept = &report.sweeps[0];
    assert_eq!(swept.threshold, "ship-within");
    assert_eq!(swept.current.as_deref(), Some("24h"));
    assert_eq!(swept.curves.len(), 1, "only one rule uses it");
    let curve = &swept.curves[0];
    assert_eq!((curve.rule.as_str(), curve.points.len()), ("late", 11));
    let mut highest = 0.0_f64;
    for (point, hours) in curve.points.iter().zip((12_i64..).step_by(6)) {
        assert_eq!(point.value, format!("{hours}h"));
        let found = |id: &str| {
            let order = orders.iter().find(|order| order.id == id).unwrap();
            order.late(hours * 60).is_some()
        };
        let count = |exception: bool, is_found: bool| {
            let labels = labels
                .iter()
                .filter(|label| label.is_exception == exception);
            labels
                .filter(|label| found(label.order_id.as_str()) == is_found)
                .count() as u64
        };
        let confusion = point.confusion;
        assert_eq!(confusion.true_positives, count(true, true));
        assert_eq!(confusion.false_positives, count(false, true));
        assert_eq!(confusion.missed, count(true, false));
        assert_eq!(confusion.true_negatives, count(false, false));
        highest = highest.max(point.f1.unwrap());
    }
    // A longer wait finds no more.
    let counts: Vec<_> = curve.points.iter().map(|point| point.exceptions).collect();
    assert!(counts.is_sorted_by(|a, b| a >= b) && counts[0] > counts[10]);
    assert_eq!(curve.best_by_f1.as_ref().unwrap().f1, Some(highest));
    let wanted = curve
        .points
        .iter()
        .filter(|point| point.recall.unwrap() >= 0.95);
    let fewest = wanted.map(|point| point.confusion.false_positives).min();
    let best = curve.best_by_recall.as_ref();
    assert_eq!(best.map(|best| best.false_positives), fewest);
}

#[test]
fn the_value_in_force_scores_as_the_rule_set_does() {
    let (report, ..) = swept(&["ship-within=24h", "ship-within[1]=36h"], 400);
    let late = &report.rules[1];
    for swept in &report.sweeps {
        let point = &swept.curves[0].points[0];
        assert_eq!(point.confusion, late.confusion);
        assert_eq!(point.exceptions, late.exceptions);
        assert_eq!(swept.current.as_deref(), Some(point.value.as_str()));
    }
}

#[test]
fn a_row_by_itself_can_be_swept() {
    let (report, orders, _) = swept(&["ship-within[0]=1d, 20d"], 400);
    let points = &report.sweeps[0].curves[0].points;
    let late = |order: &&super::Made| order.late(24 * 60).is_some();
    let others = orders
        .iter()
        .filter(|order| !order.vip)
        .filter(late)
        .count() as u64;
    assert!(points[0].exceptions > others);
    assert_eq!(points[1].exceptions, others, "nobody waits for twenty days");
    assert_eq!(points[1].number, 20.0 * 86_400.0);
}

#[test]
fn what_cannot_be_swept_is_refused_with_the_reason() {
    let refused = |asked: &str| Sweep::of(asked, RULES, None).unwrap_err().to_string();
    assert!(matches!(
        Sweep::of("ship-within", RULES, None),
        Err(SweepError::Form(_))
    ));
    assert_eq!(
        refused("ship-witin=1h"),
        "there is no threshold `ship-witin`; did you mean `ship-within`?"
    );
    assert_eq!(refused("ship-within[2]=1h"), "there is no ship-within[2]");
    assert_eq!(
        refused("ship-within=1h,soon"),
        "`soon` is not a value of ship-within: expected a duration such as 36h"
    );
    assert!(refused("ship-within=1h..9h").contains("write it like"));
    assert!(refused("ship-within=9h..1h/1h").contains("write it like"));
    assert!(refused("ship-within=1h..9000h/1s").contains("make the steps larger"));
    let only = ["expensive".to_owned()].into();
    assert_eq!(
        Sweep::of("ship-within=1h", RULES, Some(&only))
            .unwrap_err()
            .to_string(),
        "no rule that is judged uses the threshold `ship-within`"
    );
}
