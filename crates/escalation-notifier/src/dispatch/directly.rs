//! What goes to one address at once, and into no ledger: codes.

use chrono::Utc;
use uuid::Uuid;

use super::{carrier::Carrier, pool::Pool};
use crate::{
    channel::vendor::{self, Content},
    domain::{budget::Pace, directory::Language, endpoint::Endpoint, retry::Answer},
    error::Error,
    message::Letter,
    notifier::Notifier,
    store::budget,
};

impl Notifier {
    /// Sends words to somebody's address by an endpoint that tells people one by one, within
    /// the vendor's limit for that person.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub(crate) async fn send_directly(
        &self,
        endpoint: &Endpoint,
        person: &str,
        address: &str,
        words: &Letter,
        language: Language,
    ) -> Result<Answer, Error> {
        let inner = &self.inner;
        let Some(vendor) = vendor::of(endpoint.channel) else {
            return Ok(Answer::Refused {
                detail: "this channel leads to no endpoint".to_owned(),
            });
        };
        let budget = inner.budget_of(endpoint.channel, &vendor.limits());
        let mut transaction = inner.pool.begin().await?;
        let mut pool = Pool::lock(&mut transaction, &endpoint.robots, person, budget).await?;
        let message = Uuid::now_v7();
        let Some((robot, _)) = pool.take(message, Pace::Urgent) else {
            return Ok(Answer::Busy {
                retry_after: None,
                detail: "the vendor lets this person have no more just now".to_owned(),
            });
        };
        let lease = Carrier::Vendor(vendor).lease(&inner.config);
        pool.spend(&mut transaction, lease.whole).await?;
        transaction.commit().await?;
        let content = Content {
            name: message,
            deliveries: &[],
            to: Some(address),
            title: &words.subject,
            text: &words.text,
            link: None,
            is_card: false,
            language,
            at: Utc::now(),
        };
        let answer = vendor::send(vendor, &inner.caller, &robot, &content).await;
        let mut conn = inner.pool.acquire().await?;
        budget::ended(&mut conn, &[message]).await?;
        Ok(answer)
    }
}
