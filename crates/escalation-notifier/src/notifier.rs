//! The service itself: what its loops and its gRPC server share.

use std::{sync::Arc, time::Duration};

use rand::Rng;
use service::{clock::Clock, relay::RelayHandle};
use sqlx::PgPool;
use tokio::sync::{Notify, Semaphore};
use uuid::Uuid;

use crate::{
    channel::{caller::Caller, email::Mailer, vendor::Limits},
    config::Config,
    dispatch::Together,
    domain::{budget::Budget, channel::Channel, delivery::Outgoing, routing::Reach},
    error::Error,
    message::Templates,
    policy_book::PolicyBook,
};

/// Longest that a loop waits before it looks for work of a replica that died.
pub(crate) const LOOK: Duration = Duration::from_secs(1);

/// Large digests that are settled at the same time.
const SETTLING: usize = 3;

/// What loops and server share; cheap to clone.
#[derive(Debug, Clone)]
pub struct Notifier {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) clock: Clock,
    pub(crate) pool: PgPool,
    pub(crate) relay: RelayHandle,
    pub(crate) config: Config,
    pub(crate) policies: PolicyBook,
    pub(crate) templates: Templates,
    pub(crate) caller: Caller,
    pub(crate) mailer: Option<Mailer>,
    /// Turns of those who settle large digests, so that there are connections left for others.
    pub(crate) settling: Semaphore,
    /// The other answers.
    pub(crate) together: Together,
    /// Deliveries were written down.
    pub(crate) deliveries: Notify,
    /// Timers of levels were changed.
    pub(crate) levels: Notify,
}

/// What one pass of a loop came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pass {
    /// Things done: levels reached, messages sent.
    pub done: usize,
    /// Real time until there may be more to do, when that is known.
    pub wait: Option<Duration>,
}

/// What followed from an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// Nothing further is to be sent because of it.
    Done,
    /// Somebody else is to be told instead.
    Redirected,
}

impl Notifier {
    /// Everything ready to run; connects to nobody yet.
    ///
    /// # Errors
    ///
    /// A channel cannot be set up.
    pub fn new(
        clock: Clock,
        pool: PgPool,
        relay: RelayHandle,
        config: Config,
    ) -> Result<Self, Error> {
        let caller = Caller::new(config.destinations.clone(), config.webhook_timeout)?;
        let mailer = config.relay.as_ref().map(Mailer::new).transpose()?;
        let inner = Inner {
            clock,
            pool,
            relay,
            policies: PolicyBook::new(config.keyring.clone()),
            config,
            templates: Templates::built_in()?,
            caller,
            mailer,
            settling: Semaphore::new(SETTLING),
            together: Together::default(),
            deliveries: Notify::new(),
            levels: Notify::new(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }
}

impl Inner {
    pub(crate) fn reach(&self) -> Reach {
        Reach {
            email: self.mailer.is_some(),
        }
    }

    /// Budget of each robot of a channel; `None` when there is no limit.
    pub(crate) fn budget_of(&self, channel: Channel, limits: &Limits) -> Option<Budget> {
        match channel {
            Channel::Wecom => {
                Budget::within(&[(self.config.messages_per_minute, Duration::from_secs(60))])
            }
            _ => Budget::within(limits.windows),
        }
    }

    /// Link that acknowledges what a delivery is about, when there is one.
    pub(crate) fn link(&self, delivery: &Outgoing) -> Option<String> {
        let links = self.config.links.as_ref()?;
        links.of(delivery.id, delivery.cause, self.clock.now())
    }

    /// Link that shows what a digest tells of, when there is one.
    pub(crate) fn link_of_digest(&self, name: Uuid) -> Option<String> {
        let links = self.config.links.as_ref()?;
        links.of_digest(name, self.clock.now())
    }

    /// Whether what is pressed on a card about these deliveries reaches us, and is of use.
    pub(crate) fn is_answerable(&self, deliveries: &[Outgoing]) -> bool {
        let listens = self.config.http.listen.is_some();
        listens && matches!(deliveries, [one] if one.cause.waits_for_somebody())
    }

    /// Lets every loop know that decisions were committed.
    pub(crate) fn decided(&self) {
        self.relay.wake();
        self.deliveries.notify_waiters();
        self.levels.notify_waiters();
    }

    /// Lets those know whom it concerns that an answer was committed.
    pub(crate) fn settled(&self, then: Settled) {
        self.relay.wake();
        if then == Settled::Redirected {
            self.deliveries.notify_waiters();
        }
    }

    pub(crate) fn jitter(&self) -> f64 {
        rand::rng().random()
    }
}
