//! Signatures of pulls.

mod outgoing;
mod sorted;
mod vendors;

use std::str::FromStr;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};

use super::name::UnknownName;

pub use outgoing::{Additions, Outgoing};
pub use sorted::{
    BadSortedParameters, Keying, Pairs, SignatureAt, SortedParameters, SortedScheme, TimestampPair,
};

/// How a vendor wants its API to be asked.
///
/// What these say of vendors is read from third-party copies of their documentation and from
/// clients that others have published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullSigner {
    /// 聚水潭: a form whose `sign` is the MD5 of the secret and all fields, keys and values, in
    /// the order of the keys; lower-case. Adds `timestamp`, in seconds, and `sign`.
    Jushuitan,
    /// 旺店通旗舰版: a JSON body under a query whose `sign` is the MD5 of the secret, all pairs in
    /// the order of their keys with the body among them as `body`, and the secret again;
    /// lower-case. Adds `salt`, `timestamp`, in seconds since 2012-01-01 in Beijing, and
    /// `sign`. The secret is written `secret:salt`, as the vendor gives it.
    Wdt,
    /// 快递100's query: a form whose `sign` is the MD5 of `param`, the key and `customer`;
    /// upper-case. Adds `sign`.
    Kuaidi100Query,
    /// A signature of pairs in the order of their keys, as the parameters say.
    Sorted(SortedScheme),
}

/// A request cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsignable {
    /// There is no secret, or it is blank.
    #[error("no secret is configured, so nothing can be signed")]
    NoSecret,
    /// The secret is not written as the vendor writes secrets.
    #[error("the secret is not written as {0}")]
    SecretMalformed(&'static str),
    /// A field that is signed is missing, or there more than once.
    #[error("field {0} must be in the form once")]
    Field(&'static str),
}

impl PullSigner {
    /// All names, those that need parameters included.
    pub const NAMES: &'static [&'static str] = &[
        "jushuitan",
        "wdt",
        "kuaidi100-query",
        "md5-sorted",
        "hmac-sorted",
    ];

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Jushuitan => "jushuitan",
            Self::Wdt => "wdt",
            Self::Kuaidi100Query => "kuaidi100-query",
            Self::Sorted(scheme) => scheme.keying().name(),
        }
    }

    /// Says what a request needs that is otherwise complete. What an earlier signing added does
    /// not count, so to sign again is to sign anew.
    ///
    /// # Errors
    ///
    /// When the secret, or a field that the vendor signs, is missing or makes no sense.
    pub fn sign(
        &self,
        request: &Outgoing,
        secret: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<Additions, Unsignable> {
        let secret = secret.expose_secret();
        if secret.trim().is_empty() {
            return Err(Unsignable::NoSecret);
        }
        match self {
            Self::Jushuitan => Ok(vendors::jushuitan(request, secret, now)),
            Self::Wdt => vendors::wdt(request, secret, now),
            Self::Kuaidi100Query => vendors::kuaidi100_query(request, secret),
            Self::Sorted(scheme) => Ok(scheme.sign(request, secret, now)),
        }
    }
}

impl FromStr for PullSigner {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "jushuitan" => Ok(Self::Jushuitan),
            "wdt" => Ok(Self::Wdt),
            "kuaidi100-query" => Ok(Self::Kuaidi100Query),
            "md5-sorted" => Err(UnknownName::NeedsParameters { name: "md5-sorted" }),
            "hmac-sorted" => Err(UnknownName::NeedsParameters {
                name: "hmac-sorted",
            }),
            _ => Err(UnknownName::new("pull signer", name, Self::NAMES)),
        }
    }
}
