//! Publish gates: rules that do not find enough of a stored sample do not come into force.

use std::time::Duration;

use contracts::rules::v1;
use contracts::rules::v1::resource_edit::Edit;
use contracts::rules::v1::trial_service_client::TrialServiceClient;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::RULES;
use crate::changes::{put, request};
use crate::served::Served;
use crate::shop::{hours, order};

const GATE: &str = "apiVersion: orderwatch/v1\nkind: Gate\nmetadata: {name: by-hand}\n\
    spec: {sample: marked, maxMissed: 0}\n";

fn drop_gate() -> v1::ResourceEdit {
    v1::ResourceEdit {
        kind: "Gate".to_owned(),
        name: "by-hand".to_owned(),
        edit: Some(Edit::Delete(true)),
        ..v1::ResourceEdit::default()
    }
}

/// Stores a sample of the order as soon as it is known.
async fn sample(trials: &mut TrialServiceClient<Channel>) {
    let request = v1::PutSampleRequest {
        name: "marked".to_owned(),
        labels: vec![v1::OrderLabel {
            order_id: "o-1".to_owned(),
            rule: "late".to_owned(),
            is_exception: true,
            ..Default::default()
        }],
        actor: "li".to_owned(),
        ..Default::default()
    };
    let stored = async {
        while let Err(status) = trials.put_sample(request.clone()).await {
            assert_eq!(status.code(), Code::NotFound, "{status}");
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), stored)
        .await
        .unwrap();
}

fn assert_closed(refused: &Status) {
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    let said = refused.message();
    assert!(said.contains("OW-RULES-GATES-CLOSED"), "{said}");
    assert!(
        said.contains("misses 1 orders where 0 may be (o-1)"),
        "{said}"
    );
}

#[tokio::test]
async fn a_gate_holds_until_a_change_of_nothing_but_gates_drops_it() {
    let mut served = Served::start().await;
    let mut trials = TrialServiceClient::connect(served.running.endpoint())
        .await
        .unwrap();
    served.change(request(vec![put(RULES)])).await.unwrap();
    served.publish(&[order("o-1", hours(0))]).await;
    sample(&mut trials).await;
    served.change(request(vec![put(GATE)])).await.unwrap();

    let blind = put(&RULES.replace("24h", "72h"));
    assert_closed(
        &served
            .change(request(vec![blind.clone()]))
            .await
            .unwrap_err(),
    );
    let dry = v1::ChangeRuleSetRequest {
        dry_run: true,
        ..request(vec![blind.clone()])
    };
    assert_closed(&served.change(dry).await.unwrap_err());
    let both = request(vec![blind.clone(), drop_gate()]);
    assert_closed(&served.change(both).await.unwrap_err());
    let better = put(&RULES.replace("24h", "26h"));
    served.change(request(vec![better])).await.unwrap();

    let delete = v1::DeleteSampleRequest {
        name: "marked".to_owned(),
        actor: "li".to_owned(),
        reason: String::new(),
    };
    let needed = trials.delete_sample(delete.clone()).await.unwrap_err();
    assert_eq!(needed.code(), Code::FailedPrecondition);
    served.change(request(vec![drop_gate()])).await.unwrap();
    served.change(request(vec![blind])).await.unwrap();
    trials.delete_sample(delete).await.unwrap();
    served.running.stop().await.unwrap();
}
