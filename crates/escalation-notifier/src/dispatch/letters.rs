//! E-mail: one letter a delivery, several workers at once.

use std::time::Duration;

use crate::{
    domain::{contact::Kind, delivery::Outgoing, policy::Channel, retry::Answer, share},
    error::Error,
    notifier::{Notifier, Pass},
    store::messages::{self, Message},
};

/// How much longer than the longest wait for a reply a lease lasts.
const LEASE_MARGIN: Duration = Duration::from_secs(60);

impl Notifier {
    /// Sends the most urgent letter, when there is one.
    pub(super) async fn dispatch_letter(&self) -> Result<Pass, Error> {
        let inner = &self.inner;
        let mut transaction = inner.pool.begin().await?;
        // One at a time: a lease must not run out behind somebody else's letter.
        let claimed =
            messages::claim(&mut transaction, Channel::Email, None, share::ANY, 1).await?;
        let Some(delivery) = claimed.into_iter().next() else {
            return Ok(Pass::default());
        };
        let message = Message::of(vec![delivery.clone()]);
        let id = message.id;
        let timeout = inner
            .config
            .relay
            .as_ref()
            .map(|relay| relay.timeout)
            .unwrap_or_default();
        let lease = timeout + LEASE_MARGIN;
        messages::begin(&mut transaction, &[&message], lease, inner.clock.now()).await?;
        let set = inner.policies.in_force(&mut transaction).await?;
        transaction.commit().await?;
        let person = set.directory.people.get(&delivery.destination.recipient);
        let address = person.and_then(|person| person.address(Kind::Email));
        let answer = self.send_letter(&delivery, address, &set.directory).await?;
        self.settle(id, &answer).await?;
        Ok(Pass {
            done: 1,
            wait: None,
        })
    }

    async fn send_letter(
        &self,
        delivery: &Outgoing,
        address: Option<&str>,
        directory: &crate::domain::directory::Directory,
    ) -> Result<Answer, Error> {
        let refused = |why: &str| {
            Ok(Answer::Refused {
                detail: why.to_owned(),
            })
        };
        let Some(address) = address else {
            return refused("the directory holds no address of this person any more");
        };
        let Some(mailer) = &self.inner.mailer else {
            return refused("no SMTP relay is configured any more");
        };
        let language = directory.language_of_person(&delivery.destination.recipient);
        let link = self.inner.link(delivery);
        let letter = self.inner.templates.letter(
            delivery,
            link.as_deref(),
            language,
            self.inner.clock.now(),
        )?;
        Ok(mailer.send(delivery.id, address, letter).await)
    }
}
