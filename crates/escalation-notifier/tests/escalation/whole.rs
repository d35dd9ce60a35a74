use std::time::{Duration, Instant};

use bus::Outgoing;
use contracts::escalation::v1::{
    DeliveryState, ListDeliveriesRequest, escalation_service_client::EscalationServiceClient,
};
use escalation_notifier::{Config, SERVICE};
use prost::Message;
use service::{clock::Clock, consume::Position, testkit::TestContext};

use crate::office::{envelope, opened, start};

#[tokio::test]
async fn a_ticket_on_the_bus_becomes_a_delivery_and_an_event() {
    let test = TestContext::start(&SERVICE, Clock::manual(start())).await;
    let running = escalation_notifier::start(test.context.clone(), Config::default())
        .await
        .unwrap();
    let event = envelope(&opened("A1"), start());
    let ticket = Outgoing {
        subject: "orderwatch.tickets.opened".to_owned(),
        event_id: event.id.clone(),
        service: "ticketing".to_owned(),
        position: Position {
            transaction: 1,
            sequence: 1,
        },
        traceparent: None,
        payload: event.encode_to_vec().into(),
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    while test
        .context
        .bus
        .publish(std::slice::from_ref(&ticket))
        .await
        .iter()
        .any(Result::is_err)
    {
        assert!(
            Instant::now() < deadline,
            "the broker does not take the ticket"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut client = EscalationServiceClient::connect(running.endpoint())
        .await
        .unwrap();
    let sent = loop {
        let request = ListDeliveriesRequest {
            states: vec![DeliveryState::Sent.into()],
            ..ListDeliveriesRequest::default()
        };
        let listed = client.list_deliveries(request).await.unwrap().into_inner();
        if let Some(delivery) = listed.deliveries.into_iter().next() {
            break delivery;
        }
        assert!(Instant::now() < deadline, "the ticket was not told");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(
        (sent.order_id.as_str(), sent.channel.as_str()),
        ("A1", "log")
    );
    running.stop().await.unwrap();
}
