//! Addresses are verified: a code is sent to one, and who tells it back reads what comes there.

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;
use service::error::ErrorKind;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{
    applying::{Applied, Earnest},
    channel::email::Mailer,
    domain::{
        channel::Channel,
        contact::{self, Kind},
        directory::Directory,
        endpoint::Endpoint,
        resources::Resources,
        retry::Answer,
    },
    error::Error,
    keyring::Keyring,
    message::code,
    notifier::Notifier,
    on_call::Said,
    store::codes,
};

/// How long a code is good for.
const GOOD_FOR: TimeDelta = TimeDelta::minutes(15);

/// How long after a code no other is sent.
const NOT_WITHIN: TimeDelta = TimeDelta::minutes(1);

/// A code is on its way.
#[derive(Debug)]
pub(crate) struct Sent {
    /// Where to, as it may be shown.
    pub(crate) shown: String,
    /// How long it is good for.
    pub(crate) expires_at: DateTime<Utc>,
}

/// An address cannot be verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// There is nothing to verify.
    #[error("{person} has no {kind} that is not verified")]
    Nothing {
        /// The person.
        person: String,
        /// Of what kind.
        kind: Kind,
    },
    /// No channel leads to addresses of the kind.
    #[error("nothing can be sent to a {kind} here: {lacking}", kind = .0, lacking = lacking(*.0))]
    NoWay(Kind),
    /// A code was sent just now.
    #[error("a code was sent less than a minute ago")]
    JustSent,
    /// The code did not go out.
    #[error("the code could not be sent: {0}")]
    NotSent(String),
    /// There is no code that is still good.
    #[error("there is no code that is still good; have another sent")]
    NoCode,
    /// It is another.
    #[error("the code is another")]
    Wrong,
}

impl VerifyError {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Nothing { .. } | Self::NoWay(_) | Self::NoCode => ErrorKind::FailedPrecondition,
            Self::JustSent => ErrorKind::ResourceExhausted,
            Self::NotSent(_) => ErrorKind::Unavailable,
            Self::Wrong => ErrorKind::InvalidArgument,
        }
    }
}

/// What brings a code to an address.
enum Way<'a> {
    Letter(&'a Mailer),
    Endpoint(&'a Endpoint),
}

impl<'a> Way<'a> {
    /// What leads to addresses of a kind here.
    fn to(
        kind: Kind,
        directory: &'a Directory,
        mailer: Option<&'a Mailer>,
    ) -> Result<Self, VerifyError> {
        let mut channels = Channel::ENDPOINTS.into_iter();
        let channel = channels.find(|channel| channel.contact() == Some(kind));
        let endpoint = channel.and_then(|channel| directory.endpoint_for(channel));
        let way = match kind {
            Kind::Email => mailer.map(Self::Letter),
            Kind::Phone | Kind::WecomUser => endpoint.map(Self::Endpoint),
        };
        way.ok_or(VerifyError::NoWay(kind))
    }
}

impl Notifier {
    /// Sends a code to the first address of a kind that nobody vouches for yet.
    ///
    /// # Errors
    ///
    /// There is none, nothing leads to it, or a code was sent just now.
    pub(crate) async fn send_code(&self, person: &str, kind: Kind) -> Result<Sent, Error> {
        let inner = &self.inner;
        let now = inner.clock.now();
        let expires_at = now + GOOD_FOR;
        let mut transaction = inner.pool.begin().await?;
        let set = inner.policies.in_force(&mut transaction).await?;
        let address = unverified(&set.directory, person, kind)?;
        let way = Way::to(kind, &set.directory, inner.mailer.as_ref())?;
        let code = format!("{:06}", rand::rng().random_range(0..1_000_000));
        let sealed = self.keyring()?.seal(&place(person, kind, address), &code)?;
        let times = (now, expires_at);
        if !codes::keep(&mut transaction, person, kind, &sealed, times, NOT_WITHIN).await? {
            return Err(VerifyError::JustSent.into());
        }
        transaction.commit().await?;
        let language = set.directory.language_of_person(person);
        let letter = code::letter(&code, GOOD_FOR, language)?;
        let answer = match way {
            Way::Letter(mailer) => mailer.send(Uuid::new_v4(), address, letter).await,
            Way::Endpoint(endpoint) => {
                self.send_directly(endpoint, person, address, &letter, language)
                    .await?
            }
        };
        match answer {
            Answer::Accepted { .. } => Ok(Sent {
                shown: contact::masked(kind, address),
                expires_at,
            }),
            other => Err(VerifyError::NotSent(other.detail().to_owned()).into()),
        }
    }

    /// Takes a code back: from then on the address is used.
    ///
    /// # Errors
    ///
    /// It is another, or too late.
    pub(crate) async fn confirm_contact(
        &self,
        person: &str,
        kind: Kind,
        code: &str,
        by: &Said,
    ) -> Result<Applied, Error> {
        let inner = &self.inner;
        let now = inner.clock.now();
        let mut conn = inner.pool.acquire().await?;
        let set = inner.policies.in_force(&mut conn).await?;
        let address = unverified(&set.directory, person, kind)?;
        // Whatever comes of it, the try is used up.
        let waiting = codes::take_try(&mut conn, person, kind, now).await?;
        let sealed = waiting.ok_or(VerifyError::NoCode)?.sealed;
        let place = place(person, kind, address);
        // It was for another address, which was first when it was sent.
        let expected = self.keyring()?.open(&place, &sealed);
        let expected = expected.map_err(|_| VerifyError::NoCode)?;
        if !bool::from(expected.as_bytes().ct_eq(code.trim().as_bytes())) {
            return Err(VerifyError::Wrong.into());
        }
        codes::forget(&mut conn, person, kind).await?;
        drop(conn);
        let change = |before: Resources| Ok(before.with_verified(person, kind, address));
        self.change_policies(change, by, Earnest::Real).await
    }

    fn keyring(&self) -> Result<&Keyring, Error> {
        self.inner.config.keyring.as_deref().ok_or(Error::NoKey)
    }
}

/// What a code is sealed for.
fn place(person: &str, kind: Kind, address: &str) -> String {
    format!("code: {person}.{kind}: {address}")
}

/// The first address of a kind that nobody vouches for.
fn unverified<'a>(directory: &'a Directory, person: &str, kind: Kind) -> Result<&'a str, Error> {
    let known = directory.people.get(person).ok_or_else(|| Error::Unknown {
        what: "person",
        name: person.to_owned(),
    })?;
    let mut contacts = known.contacts.iter();
    let found = contacts.find(|it| it.kind == kind && !it.verified);
    let nothing = || VerifyError::Nothing {
        person: person.to_owned(),
        kind,
    };
    Ok(&found.ok_or_else(nothing)?.address)
}

/// What would have to be there to reach addresses of a kind.
fn lacking(kind: Kind) -> &'static str {
    match kind {
        Kind::Email => "set escalation_notifier.smtp.host",
        Kind::Phone => "the directory has no endpoint of the vendor sms",
        Kind::WecomUser => "the directory has no endpoint of the vendor wecom-app",
    }
}
