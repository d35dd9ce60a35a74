//! The quick way in: batches from JetStream, acknowledged after the commit.

use std::sync::Arc;
use std::time::Duration;

use bus::{Deliveries, Delivery};
use futures::future::join_all;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::{debug, error, warn};

use super::processor::{Fate, Processor};
use super::{Handler, Position, Received, Upstream};
use crate::lifecycle::Shutdown;

type Batches = Arc<Mutex<mpsc::Receiver<Vec<Delivery>>>>;

/// Starts one loop that gathers batches and as many that handle them as the
/// subscription says. One batch is gathered ahead.
pub(super) fn start<H: Handler>(tasks: &mut JoinSet<()>, processor: &Arc<Processor<H>>) {
    let (sender, receiver) = mpsc::channel(1);
    let batches: Batches = Arc::new(Mutex::new(receiver));
    tasks.spawn(gather(Arc::clone(processor), sender));
    for _ in 0..processor.subscription.concurrency.max(1) {
        tasks.spawn(work(Arc::clone(processor), Arc::clone(&batches)));
    }
}

async fn gather<H: Handler>(processor: Arc<Processor<H>>, sender: mpsc::Sender<Vec<Delivery>>) {
    let subscription = &processor.subscription;
    let mut deliveries = processor.bus.consume(subscription.consumer_options());
    let limits = Limits {
        messages: subscription.max_messages,
        bytes: subscription.max_bytes,
        linger: subscription.linger,
    };
    while let Some(batch) = next_batch(&mut deliveries, &limits, &processor.shutdown).await {
        if let Err(unsent) = sender.send(batch).await {
            give_back(&unsent.0).await;
            break;
        }
    }
    deliveries.release().await;
}

struct Limits {
    messages: usize,
    bytes: usize,
    linger: Duration,
}

/// The next batch: at least one message, and what comes within the linger;
/// `None` once the service stops.
async fn next_batch(
    deliveries: &mut Deliveries,
    limits: &Limits,
    shutdown: &Shutdown,
) -> Option<Vec<Delivery>> {
    let first = tokio::select! {
        biased;
        () = shutdown.cancelled() => return None,
        delivery = deliveries.next() => delivery,
    };
    let mut bytes = first.bytes();
    let mut batch = vec![first];
    let deadline = Instant::now() + limits.linger;
    while batch.len() < limits.messages && bytes < limits.bytes {
        let next = match deliveries.next_if_ready() {
            Some(delivery) => delivery,
            None => match tokio::time::timeout_at(deadline, deliveries.next()).await {
                Ok(delivery) => delivery,
                Err(_) => break,
            },
        };
        bytes += next.bytes();
        batch.push(next);
    }
    Some(batch)
}

async fn work<H: Handler>(processor: Arc<Processor<H>>, batches: Batches) {
    loop {
        let next = batches.lock().await.recv().await;
        let Some(batch) = next else { return };
        if processor.shutdown.is_cancelled() {
            give_back(&batch).await;
            continue;
        }
        handle(&processor, batch).await;
    }
}

async fn handle<H: Handler>(processor: &Processor<H>, batch: Vec<Delivery>) {
    let (deliveries, received) = decode(processor, batch).await;
    let settling = processor.settle(&received);
    let fates = prolonging(&deliveries, processor.subscription.ack_wait / 3, settling).await;
    let acknowledging = deliveries
        .iter()
        .zip(fates)
        .map(|(delivery, fate)| acknowledge(delivery, fate));
    join_all(acknowledging).await;
}

async fn acknowledge(delivery: &Delivery, fate: Fate) {
    match fate {
        Fate::Settled => {
            if let Err(error) = delivery.acknowledge().await {
                debug!(error = %error, "acknowledgement unconfirmed, the message may come again");
            }
        }
        Fate::Later(delay) => delivery.release(delay).await,
    }
}

/// Waits for the work, telling the server meanwhile that it goes on.
async fn prolonging<T>(
    deliveries: &[Delivery],
    every: Duration,
    work: impl Future<Output = T>,
) -> T {
    tokio::pin!(work);
    loop {
        match tokio::time::timeout(every, &mut work).await {
            Ok(done) => return done,
            Err(_) => {
                join_all(deliveries.iter().map(Delivery::prolong)).await;
            }
        }
    }
}

/// Splits off messages that do not say where they come from: nobody of ours
/// wrote them, and no log has them.
async fn decode<H: Handler>(
    processor: &Processor<H>,
    batch: Vec<Delivery>,
) -> (Vec<Delivery>, Vec<Received>) {
    let mut deliveries = Vec::with_capacity(batch.len());
    let mut received = Vec::with_capacity(batch.len());
    for delivery in batch {
        match origin(processor, &delivery) {
            Ok(event) => {
                received.push(event);
                deliveries.push(delivery);
            }
            Err(error) => refuse(processor, &delivery, &error).await,
        }
    }
    (deliveries, received)
}

fn origin<H: Handler>(
    processor: &Processor<H>,
    delivery: &Delivery,
) -> Result<Received, bus::Error> {
    let (service, position) = delivery.origin()?;
    let known = processor
        .subscription
        .upstreams
        .iter()
        .find(|upstream| upstream.name() == service);
    let upstream = known.cloned().unwrap_or_else(|| Upstream::named(service));
    Ok(received(delivery, upstream, position))
}

fn received(delivery: &Delivery, upstream: Upstream, position: Position) -> Received {
    Received {
        upstream,
        position,
        event_id: delivery.event_id().to_owned(),
        subject: delivery.subject().to_owned(),
        payload: delivery.payload().clone(),
        traceparent: delivery.traceparent().map(str::to_owned),
    }
}

async fn refuse<H: Handler>(processor: &Processor<H>, delivery: &Delivery, error: &bus::Error) {
    let sequence = i64::try_from(delivery.stream_sequence()).unwrap_or(i64::MAX);
    let position = Position {
        transaction: 0,
        sequence,
    };
    let stranger = received(delivery, Upstream::named("unknown"), position);
    match processor.bury(&stranger, &error.to_string(), 1).await {
        Ok(()) => acknowledge(delivery, Fate::Settled).await,
        Err(failure) => {
            error!(error = %failure, "cannot keep a message of unknown origin as a dead letter");
            acknowledge(delivery, Fate::Later(Duration::from_secs(5))).await;
        }
    }
}

async fn give_back(batch: &[Delivery]) {
    if !batch.is_empty() {
        warn!(
            messages.count = batch.len(),
            "stopping, giving messages back"
        );
    }
    join_all(
        batch
            .iter()
            .map(|delivery| delivery.release(Duration::ZERO)),
    )
    .await;
}
