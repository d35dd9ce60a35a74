//! Why an order is judged as it is, over gRPC.

use contracts::rules::v1::{ExplainOrderRequest, PreviewThresholdRequest};
use contracts::time::timestamp;
use tonic::Code;

use crate::served::Served;
use crate::shop::{hours, order};

const RULES: &str = r#"
apiVersion: orderwatch/v1
kind: Rule
metadata: {name: late}
spec:
  scenario: shipping-delay
  severity: high
  mode: shadow
  title: {en: late, zh: 晚}
  condition: elapsed(order.paid_at) > threshold("ship-within")
---
apiVersion: orderwatch/v1
kind: Threshold
metadata: {name: ship-within}
spec:
  type: duration
  rows:
    - {tier: vip, value: 2h}
  campaigns:
    - name: promotion
      from: 2023-11-14T00:00:00Z
      until: 2023-11-20T00:00:00Z
      by: order.paid_at
      rows:
        - {when: has(order.customer_id), value: 48h, note: agreed with the warehouse}
  default: 24h
---
apiVersion: orderwatch/v1
kind: Exemption
metadata: {name: agreement}
spec:
  reason: Agreed on the phone
  owner: li
  expires: 2023-12-01T00:00:00Z
  entries:
    - {customer: c-1, rules: [other]}
    - {order: o-1}
    - {customer: c-1, expires: '2023-11-15T00:00:00Z'}
"#;

#[tokio::test]
async fn an_explanation_names_changes_threshold_row_exemptions_and_sources() {
    let mut served = Served::start().await;
    served.apply(RULES, 0).await.unwrap();
    served.publish(&[order("o-1", hours(0))]).await;
    let request = ExplainOrderRequest {
        order_id: "o-1".to_owned(),
        rule: "late".to_owned(),
        language: "zh".to_owned(),
    };
    let explained = served.explained(request).await;
    let rule = &explained.rules[0];
    assert!(rule.shadow);
    let tree = rule.tree.as_ref().unwrap();
    assert_eq!(tree.value, "false");
    assert_eq!(tree.last_changed_at, Some(timestamp(hours(0))));
    assert_eq!(tree.next_change_at, Some(timestamp(hours(48))));
    let paid_at = &tree.children[0];
    assert_eq!(
        (paid_at.expression.as_str(), paid_at.last_changed_at),
        ("order.paid_at", Some(timestamp(hours(0))))
    );
    let choice = &rule.thresholds[0];
    assert_eq!(
        (
            choice.threshold.as_str(),
            choice.campaign.as_str(),
            choice.row
        ),
        ("ship-within", "promotion", 1)
    );
    assert_eq!(
        (choice.value.as_str(), choice.note.as_str()),
        ("2d", "agreed with the warehouse")
    );
    let exemptions: Vec<_> = rule
        .exemptions
        .iter()
        .map(|it| (it.subject.as_str(), it.in_force, it.why_not.as_str()))
        .collect();
    assert_eq!(
        exemptions,
        [
            ("order o-1", true, ""),
            ("customer c-1", false, "已过期"),
            ("customer c-1", false, "不适用于本规则"),
        ]
    );

    let preview = PreviewThresholdRequest {
        threshold: "ship-within".to_owned(),
        order_id: "o-1".to_owned(),
        language: String::new(),
    };
    let answer = served.rules.preview_threshold(preview.clone()).await;
    let choice = answer.unwrap().into_inner().choice.unwrap();
    let taken: Vec<_> = choice.considered.iter().map(|row| row.taken).collect();
    assert_eq!((taken, choice.row), (vec![true], 1));
    let unknown = PreviewThresholdRequest {
        threshold: "nothing".to_owned(),
        ..preview
    };
    let refused = served.rules.preview_threshold(unknown).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    served.running.stop().await.unwrap();
}

impl Served {
    /// The explanation, as soon as the order is known.
    pub(crate) async fn explained(
        &mut self,
        request: ExplainOrderRequest,
    ) -> contracts::rules::v1::ExplainOrderResponse {
        let explained = async {
            loop {
                match self.rules.explain_order(request.clone()).await {
                    Ok(answer) => return answer.into_inner(),
                    Err(status) if status.code() == Code::NotFound => {
                        tokio::task::yield_now().await;
                    }
                    Err(status) => panic!("{status}"),
                }
            }
        };
        let limit = std::time::Duration::from_secs(30);
        tokio::time::timeout(limit, explained).await.unwrap()
    }
}
