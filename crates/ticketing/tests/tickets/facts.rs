//! Steps that end when the order's facts say so, asked of somebody who has them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::TimeDelta;
use contracts::{
    rules::v1::{
        ConditionFaults, ConditionTruth, EvaluateConditionsRequest, EvaluateConditionsResponse,
        OrderTruths, Truth,
        condition_service_server::{ConditionService, ConditionServiceServer},
    },
    ticketing::v1::{StepState, TicketState},
};
use service::client::channel;
use ticketing::{events::instant::to_wire, facts::Facts};
use tokio::net::TcpListener;
use tonic::{Code, Request, Response, Status, transport::server::TcpIncoming};

use crate::{exceptions::*, room::Room};

const WAITS: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: shipping-delay }
spec:
  scenarios: [shipping-delay]
  steps:
    - name: await-scan
      title: { en: Await a new scan }
      department: logistics
      assignee: chen
      expected: 6h
      automation: { wait: { until: moved }, atMost: 2h }
      outcomes: [{ name: moving, next: [tell] }]
    - { name: tell, title: { en: Tell }, department: customer-service, expected: 4h, doneWhen: delivered }
";

/// Who knows the facts, as the test has them.
#[derive(Clone, Default)]
struct Oracle(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    truths: BTreeMap<String, ConditionTruth>,
    faults: Vec<String>,
    away: bool,
    asked: usize,
    watches: bool,
}

#[tonic::async_trait]
impl ConditionService for Oracle {
    async fn evaluate_conditions(
        &self,
        request: Request<EvaluateConditionsRequest>,
    ) -> Result<Response<EvaluateConditionsResponse>, Status> {
        let request = request.into_inner();
        let mut known = self.0.lock().unwrap();
        known.asked += 1;
        known.watches = request.watch;
        if known.away {
            return Err(Status::unavailable("restarts"));
        }
        let truths = |indexes: &[i32]| {
            let truth = |index: &i32| {
                let condition = &request.conditions[usize::try_from(*index).unwrap()];
                known.truths.get(condition).copied().unwrap_or_default()
            };
            indexes.iter().map(truth).collect()
        };
        let orders = request.orders.iter().map(|asked| OrderTruths {
            order_id: asked.order_id.clone(),
            truths: truths(&asked.conditions),
        });
        let fault = |_| ConditionFaults {
            messages: known.faults.clone(),
        };
        Ok(Response::new(EvaluateConditionsResponse {
            orders: orders.collect(),
            faults: request.conditions.iter().map(fault).collect(),
        }))
    }
}

impl Oracle {
    async fn serve(&self) -> Facts {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tonic::transport::Server::builder()
            .add_service(ConditionServiceServer::new(self.clone()))
            .serve_with_incoming(TcpIncoming::from(listener));
        tokio::spawn(server);
        Facts::new(channel(&url, Duration::from_secs(5)).unwrap())
    }

    fn say(&self, condition: &str, truth: Truth) {
        let told = ConditionTruth {
            truth: truth.into(),
            next_change_at: None,
        };
        self.answer(condition, told);
    }

    fn answer(&self, condition: &str, told: ConditionTruth) {
        let mut known = self.0.lock().unwrap();
        known.truths.insert(condition.to_owned(), told);
    }

    fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }
}

async fn room() -> (Room, Oracle, Facts) {
    let mut room = Room::new().await;
    let oracle = Oracle::default();
    let facts = oracle.serve().await;
    room.ask(facts.clone());
    room.apply(WAITS).await;
    room.deliver(&[opened(1, 1)]).await;
    (room, oracle, facts)
}

#[tokio::test]
async fn facts_end_the_wait_and_then_the_step_of_a_person_so_that_nobody_had_to_act() {
    let (room, oracle, facts) = room().await;
    oracle.say("moved", Truth::False);
    assert_eq!(facts.look(&room.desk()).await.unwrap(), 1);
    assert!(
        room.ticket(1).await.steps[0]
            .automation
            .as_ref()
            .unwrap()
            .works
    );
    assert_eq!(
        facts.look(&room.desk()).await.unwrap(),
        0,
        "not before it is time"
    );
    oracle.say("moved", Truth::True);
    room.advance(5).await;
    facts.look(&room.desk()).await.unwrap();
    let ticket = room.ticket(1).await;
    assert_eq!(ticket.steps[0].outcome, "moving");
    assert_eq!(ticket.department, "customer-service");
    oracle.say("delivered", Truth::True);
    assert_eq!(
        facts.look(&room.desk()).await.unwrap(),
        1,
        "a new step is asked about at once"
    );
    let ticket = room.ticket(1).await;
    assert_eq!(ticket.state(), TicketState::Resolved);
    assert!(ticket.automatic);
    assert_eq!(room.count("select count(*) from ticket_questions").await, 0);
}

#[tokio::test]
async fn while_nobody_knows_nothing_is_decided_and_the_wait_ends_in_its_time_all_the_same() {
    let (room, oracle, facts) = room().await;
    oracle.0.lock().unwrap().away = true;
    assert!(facts.look(&room.desk()).await.is_err());
    room.advance(1).await;
    assert!(
        facts.look(&room.desk()).await.is_err(),
        "it is asked again soon"
    );
    room.advance(120).await;
    room.wake().await;
    let step = &room.ticket(1).await.steps[0];
    assert_eq!(step.state(), StepState::Active);
    assert_eq!(
        step.automation.as_ref().unwrap().failure,
        "nothing came of it within 2h"
    );
    assert_eq!(room.told("automation-failed").await, 1);
    oracle.0.lock().unwrap().away = false;
    oracle.say("moved", Truth::True);
    facts.look(&room.desk()).await.unwrap();
    assert_eq!(
        room.ticket(1).await.steps[0].state(),
        StepState::Done,
        "late, but so it is"
    );
}

#[tokio::test]
async fn it_is_asked_when_it_can_change_and_when_the_exception_was_told_of_anew() {
    let (room, oracle, facts) = room().await;
    let in_two_minutes = ConditionTruth {
        truth: Truth::Unknown.into(),
        next_change_at: Some(to_wire(noon() + TimeDelta::minutes(2))),
    };
    oracle.answer("moved", in_two_minutes);
    facts.look(&room.desk()).await.unwrap();
    room.advance(2).await;
    assert_eq!(facts.look(&room.desk()).await.unwrap(), 1);
    assert_eq!(facts.look(&room.desk()).await.unwrap(), 0);
    room.deliver(&[updated(1, 2)]).await;
    assert_eq!(facts.look(&room.desk()).await.unwrap(), 1);
    room.deliver(&[cleared(1, 3)]).await;
    room.advance(60).await;
    assert_eq!(facts.look(&room.desk()).await.unwrap(), 0, "it is over");
}

#[tokio::test]
async fn it_is_asked_at_once_when_more_is_known_of_the_order_and_of_no_other() {
    let (room, oracle, facts) = room().await;
    facts.look(&room.desk()).await.unwrap();
    room.deliver(&[order_changed(2, 7)]).await;
    assert_eq!(facts.look(&room.desk()).await.unwrap(), 0);
    oracle.say("moved", Truth::True);
    room.deliver(&[order_changed(1, 7)]).await;
    assert_eq!(facts.look(&room.desk()).await.unwrap(), 1);
    let ticket = room.ticket(1).await;
    assert_eq!(ticket.steps[0].state(), StepState::Done);
    assert!(oracle.0.lock().unwrap().watches, "it has to be told, then");
}

#[tokio::test]
async fn what_late_sources_would_confirm_is_asked_again_soon() {
    let (room, oracle, facts) = room().await;
    let confirmed_later = ConditionTruth {
        truth: Truth::False.into(),
        next_change_at: Some(to_wire(noon() - TimeDelta::minutes(1))),
    };
    oracle.answer("moved", confirmed_later);
    facts.look(&room.desk()).await.unwrap();
    assert_eq!(facts.look(&room.desk()).await.unwrap(), 0);
    room.advance(1).await;
    assert_eq!(facts.look(&room.desk()).await.unwrap(), 1);
}

#[tokio::test]
async fn replicas_ask_about_each_ticket_once() {
    let (room, oracle, facts) = room().await;
    let (desk, before) = (room.desk(), oracle.asked());
    let (one, two) = tokio::join!(facts.look(&desk), facts.look(&desk));
    assert_eq!(one.unwrap() + two.unwrap(), 1);
    assert_eq!(oracle.asked() - before, 1);
}

#[tokio::test]
async fn a_procedure_with_a_wrong_condition_is_refused_with_its_place() {
    let (room, oracle, _facts) = room().await;
    oracle.0.lock().unwrap().faults = vec!["1:5: unknown field `payed_at`".to_owned()];
    let refused = room.try_apply(WAITS).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let told = refused.message();
    assert!(
        told.contains("Sop/shipping-delay: step await-scan: 1:5: unknown field `payed_at`"),
        "{told}"
    );
    oracle.0.lock().unwrap().away = true;
    let unchecked = room.try_apply(WAITS).await.unwrap_err();
    assert_eq!(unchecked.code(), Code::Unavailable);
}
