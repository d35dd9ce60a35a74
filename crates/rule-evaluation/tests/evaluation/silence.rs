//! Exceptions that ticket nobody: exempt ones, and those of rules that are only tried out.

use contracts::event::v1::event::Payload;
use contracts::event::v1::{Event, Exception, ExceptionTransition};
use prost::Message;

use crate::shop::{Shop, hours, minutes};
use crate::{RULES, VIP};

/// Customer c-1, whose orders all of these are, from hour 26 to hour 40.
const AGREEMENT: &str = "
---
apiVersion: orderwatch/v1
kind: Exemption
metadata: {name: agreement}
spec:
  reason: Agreed on the phone
  owner: li
  expires: 2023-11-16T14:13:20Z
  rules: [late]
  entries: [{customer: c-1, from: '2023-11-16T00:13:20Z'}]
";

fn shadow(rules: &str) -> String {
    rules.replace("  severity:", "  mode: shadow\n  severity:")
}

impl Shop {
    /// Everything said about exceptions, in order.
    async fn said(&self) -> Vec<(ExceptionTransition, Exception, String)> {
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT payload FROM event_log WHERE subject LIKE 'orderwatch.exceptions.%' ORDER BY id",
        )
        .fetch_all(self.pool())
        .await
        .unwrap();
        let read = |payload: &Vec<u8>| {
            let event = Event::decode(payload.as_slice()).unwrap();
            let Some(Payload::Exception(changed)) = event.payload else {
                panic!("no exception");
            };
            let transition = changed.transition();
            (transition, changed.exception.unwrap(), event.reason)
        };
        payloads.iter().map(read).collect()
    }
}

#[tokio::test]
async fn an_exception_is_told_as_exempt_while_its_exemption_lasts_and_never_gone() {
    let mut shop = Shop::open(&format!("{RULES}{AGREEMENT}")).await;
    shop.paid("o-1", hours(0)).await;
    for hour in [25, 27, 39, 41] {
        shop.clock_shows(hours(hour));
        shop.judge_due().await;
        let rows = shop.rows().await;
        let exempt_by = ((26..40).contains(&hour)).then(|| "agreement".to_owned());
        assert_eq!(rows.len(), 1, "it is there at hour {hour}");
        assert_eq!(rows[0].exempt_by, exempt_by, "at hour {hour}");
        assert_eq!((rows[0].state, rows[0].cleared_at), (1, None));
    }
    let told: Vec<_> = shop
        .said()
        .await
        .into_iter()
        .map(|(transition, exception, reason)| (transition, exception.exempt_by, reason))
        .collect();
    let said = |transition, exempt_by: &str, reason: &str| {
        (transition, exempt_by.to_owned(), reason.to_owned())
    };
    assert_eq!(
        told,
        [
            said(
                ExceptionTransition::Opened,
                "",
                "rule late of rule set 1 is true"
            ),
            said(
                ExceptionTransition::Updated,
                "agreement",
                "late is exempt by agreement"
            ),
            said(ExceptionTransition::Updated, "", "late is exempt no longer"),
        ]
    );
}

#[tokio::test]
async fn an_exemption_that_is_applied_later_makes_open_exceptions_exempt() {
    let mut shop = Shop::open(RULES).await;
    shop.paid("o-1", hours(0)).await;
    shop.clock_shows(hours(30));
    shop.judge_due().await;
    assert_eq!(shop.rows().await[0].exempt_by, None);
    shop.apply(&format!("{RULES}{AGREEMENT}")).await;
    shop.judge_due().await;
    assert_eq!(shop.rows().await[0].exempt_by.as_deref(), Some("agreement"));
    shop.apply(RULES).await;
    shop.judge_due().await;
    assert_eq!(shop.rows().await[0].exempt_by, None);
    assert_eq!(shop.said().await.len(), 3);
}

#[tokio::test]
async fn exceptions_of_a_rule_in_shadow_are_listed_as_such_and_told_again_when_it_is_active() {
    let mut shop = Shop::open(&shadow(RULES)).await;
    shop.paid("o-1", hours(0)).await;
    shop.clock_shows(hours(24) + minutes(1));
    shop.judge_due().await;
    assert!(shop.rows().await[0].shadow);
    shop.apply(RULES).await;
    shop.judge_due().await;
    assert!(!shop.rows().await[0].shadow);
    shop.apply(&shadow(RULES)).await;
    shop.judge_due().await;
    assert!(shop.rows().await[0].shadow);
    let told: Vec<_> = shop
        .said()
        .await
        .into_iter()
        .map(|(transition, exception, _)| (transition, exception.shadow))
        .collect();
    assert_eq!(
        told,
        [
            (ExceptionTransition::Opened, true),
            (ExceptionTransition::Updated, false),
            (ExceptionTransition::Updated, true)
        ]
    );
}

#[tokio::test]
async fn lists_tell_exempt_and_shadow_ones_from_the_rest() {
    let everybody = VIP.replace("customer.tier == \"vip\" && ", "");
    let mut shop = Shop::open(&format!("{RULES}{AGREEMENT}---{}", shadow(&everybody))).await;
    shop.paid("o-1", hours(0)).await;
    shop.clock_shows(hours(30));
    shop.judge_due().await;
    let rules = async |exempt, shadow| {
        let rows = shop.filtered(exempt, shadow).await;
        let mut rules: Vec<String> = rows.into_iter().map(|row| row.rule).collect();
        rules.sort();
        rules
    };
    assert_eq!(rules(None, None).await, ["late", "vip-late"]);
    assert_eq!(rules(Some(true), None).await, ["late"]);
    assert_eq!(rules(None, Some(true)).await, ["vip-late"]);
    assert_eq!(rules(Some(false), Some(false)).await, Vec::<String>::new());
}
