//! The whole service: exceptions from the broker in, tickets out, by themselves.

use std::time::Duration;

use bus::{ConsumerOptions, Delivery, Outgoing, Position, Stream};
use chrono::TimeDelta;
use contracts::event::v1::Event;
use prost::Message;
use service::{clock::Clock, testkit::TestContext};
use ticketing::{Config, SERVICE};

use crate::exceptions::{noon, opened, ticket_id};

fn outgoing(event: &Event, sequence: i64) -> Outgoing {
    Outgoing {
        subject: "orderwatch.exceptions.opened".to_owned(),
        event_id: event.id.clone(),
        service: "rule-evaluation".to_owned(),
        position: Position {
            transaction: 1,
            sequence,
        },
        traceparent: None,
        payload: event.encode_to_vec().into(),
    }
}

fn everything_about_tickets() -> ConsumerOptions {
    ConsumerOptions {
        stream: Stream::Tickets,
        durable: "test".to_owned(),
        subjects: Vec::new(),
        max_messages: 100,
        max_bytes: 1 << 20,
        ack_wait: Duration::from_secs(30),
        heartbeat: Duration::from_secs(2),
    }
}

async fn next(deliveries: &mut bus::Deliveries) -> Event {
    let delivery: Delivery = tokio::time::timeout(Duration::from_secs(20), deliveries.next())
        .await
        .expect("an event about a ticket");
    Event::decode(&delivery.payload()[..]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_on_the_bus_becomes_a_ticket_that_reminds_by_itself() {
    let clock = Clock::manual(noon());
    let test = TestContext::start(&SERVICE, clock.clone()).await;
    let running = ticketing::start(test.context.clone(), Config::default())
        .await
        .unwrap();
    let bus = test.broker.connect("rule-evaluation").await;
    let mut told = bus.consume(everything_about_tickets());

    let published = bus.publish(&[outgoing(&opened(1, 1), 1)]).await;
    assert!(published.iter().all(Result::is_ok), "{published:?}");
    let event = next(&mut told).await;
    assert_eq!(event.id, format!("ticket/{}/1/opened", ticket_id(1)));

    clock.advance(TimeDelta::hours(3));
    assert_eq!(next(&mut told).await.r#type, "ticket.due-soon");
    clock.advance(TimeDelta::hours(1));
    assert_eq!(next(&mut told).await.r#type, "ticket.overdue");
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn instants_that_pass_while_the_service_is_down_are_told_once_when_it_is_back() {
    let clock = Clock::manual(noon());
    let test = TestContext::start(&SERVICE, clock.clone()).await;
    let bus = test.broker.connect("rule-evaluation").await;
    let mut told = bus.consume(everything_about_tickets());
    let running = ticketing::start(test.context.clone(), Config::default())
        .await
        .unwrap();
    bus.publish(&[outgoing(&opened(1, 1), 1)]).await;
    assert_eq!(next(&mut told).await.r#type, "ticket.opened");
    running.stop().await.unwrap();

    clock.advance(TimeDelta::hours(9));
    for start in 0..2 {
        let context = TestContext::on(
            &SERVICE,
            clock.clone(),
            &test.database,
            &test.broker,
            |_| {},
        )
        .await;
        let running = ticketing::start(context, Config::default()).await.unwrap();
        if start == 0 {
            assert_eq!(next(&mut told).await.r#type, "ticket.overdue");
        } else {
            // Told after anything that a second ringing would have said.
            bus.publish(&[outgoing(&opened(2, 1), 2)]).await;
            assert_eq!(next(&mut told).await.ticket_id, ticket_id(2).to_string());
        }
        running.stop().await.unwrap();
    }
}
