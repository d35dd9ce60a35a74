//! Signatures of webhooks.

mod hmac_scheme;
mod hubspot;
mod kuaidi100;
mod sf_express;
mod standard;

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret as _, SecretString};

use super::answer::{Answers, Source};
use super::encoding::Encoding;
use super::name::UnknownName;
use super::received::{Headers, Received};
use super::refused::Refused;
use super::timestamp::Tolerance;

pub use hmac_scheme::{BadHmacParameters, HmacParameters, HmacScheme, TimestampHeader};

use hmac_scheme::{BodyHmac, Key};

/// How a vendor signs its webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookSigner {
    /// Shopify, as its documentation has it: HMAC-SHA256 of the body, base64, in
    /// `X-Shopify-Hmac-Sha256`. All other headers are unsigned, and it says no instant.
    Shopify,
    /// WooCommerce, as its documentation has it: HMAC-SHA256 of the body, base64, in
    /// `X-WC-Webhook-Signature`.
    WooCommerce,
    /// AfterShip tracking, as its documentation has it: HMAC-SHA256 of the body, base64, in
    /// `aftership-hmac-sha256`.
    AfterShip,
    /// EasyPost, as its documentation and clients have it: HMAC-SHA256 of the body under the
    /// NFKD form of the secret, `hmac-sha256-hex=` and hexadecimal, in `X-Hmac-Signature`.
    EasyPost,
    /// 快递100's push: MD5 of `param` and the salt, upper-case, in the field `sign` of the form.
    /// The salt may be empty; then anybody who knows the address can push.
    Kuaidi100,
    /// 顺丰's push of routes. How it signs is not known here, if it does: the secret is the
    /// `token` in the query of the URL that it was given.
    SfExpress,
    /// HubSpot, version 3, as its documentation has it: HMAC-SHA256 of method, URL, body and
    /// timestamp, base64, in `X-HubSpot-Signature-v3`.
    HubSpotV3,
    /// Standard Webhooks 1.0, symmetric signatures (`v1`) only.
    StandardWebhooks,
    /// HMAC as the parameters say.
    Hmac(HmacScheme),
}

/// Which delivery a webhook is, as its sender numbers them: the same again when it is retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery<'a> {
    /// Its id.
    pub id: &'a str,
    /// Whether the signature covers the id. When it does not, whoever has seen one delivery
    /// can send it again under another id.
    pub is_signed: bool,
}

const SHOPIFY: BodyHmac<'static> = BodyHmac::base64("X-Shopify-Hmac-Sha256");
const WOOCOMMERCE: BodyHmac<'static> = BodyHmac::base64("X-WC-Webhook-Signature");
const AFTERSHIP: BodyHmac<'static> = BodyHmac::base64("aftership-hmac-sha256");
const EASYPOST: BodyHmac<'static> = BodyHmac {
    encoding: Encoding::Hex,
    prefix: "hmac-sha256-hex=",
    key: Key::Nfkd,
    ..BodyHmac::base64("X-Hmac-Signature")
};

impl WebhookSigner {
    /// All names, those that need parameters included.
    pub const NAMES: &'static [&'static str] = &[
        "shopify",
        "woocommerce",
        "aftership",
        "easypost",
        "kuaidi100",
        "sf-express",
        "hubspot-v3",
        "standard-webhooks",
        "hmac",
    ];

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Shopify => "shopify",
            Self::WooCommerce => "woocommerce",
            Self::AfterShip => "aftership",
            Self::EasyPost => "easypost",
            Self::Kuaidi100 => "kuaidi100",
            Self::SfExpress => "sf-express",
            Self::HubSpotV3 => "hubspot-v3",
            Self::StandardWebhooks => "standard-webhooks",
            Self::Hmac(_) => "hmac",
        }
    }

    /// Verifies that one of the secrets signed the request, in constant time, and that it was
    /// sent near enough to now where the vendor says when it was. Several secrets are for the
    /// time in which one is replaced by another; blank ones are passed over.
    ///
    /// # Errors
    ///
    /// When the request cannot be believed.
    pub fn verify(
        &self,
        request: &Received<'_>,
        secrets: &[SecretString],
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        match self {
            Self::Shopify => SHOPIFY.verify(request, secrets),
            Self::WooCommerce => WOOCOMMERCE.verify(request, secrets),
            Self::AfterShip => AFTERSHIP.verify(request, secrets),
            Self::EasyPost => EASYPOST.verify(request, secrets),
            Self::Kuaidi100 => kuaidi100::verify(request, secrets),
            Self::SfExpress => sf_express::verify(request, secrets),
            Self::HubSpotV3 => hubspot::verify(request, secrets, now),
            Self::StandardWebhooks => standard::verify(request, secrets, now),
            Self::Hmac(scheme) => scheme.verify(request, secrets, now),
        }
    }

    /// Whether the vendor only asks whether anybody is there. WooCommerce does so when a webhook
    /// is made, as its source has it: an unsigned form of one number, and anything but success
    /// keeps the webhook from being made.
    #[must_use]
    pub fn is_ping(&self, request: &Received<'_>) -> bool {
        if *self != Self::WooCommerce || request.headers.is_there(WOOCOMMERCE.header) {
            return false;
        }
        let number = request.body.strip_prefix(b"webhook_id=");
        number.is_some_and(|number| {
            (1..=20).contains(&number.len()) && number.iter().all(u8::is_ascii_digit)
        })
    }

    /// What the vendor wants to hear.
    #[must_use]
    pub fn answers(&self) -> Answers {
        match self {
            Self::Kuaidi100 => Answers::KUAIDI100,
            Self::SfExpress => Answers::SF_EXPRESS,
            Self::Hmac(_) => Answers::of_status_alone(Source::Parameters),
            _ => Answers::of_status_alone(Source::Vendor),
        }
    }

    /// Which delivery this is, when the vendor says so in a header, once, legibly.
    #[must_use]
    pub fn delivery<'a>(&self, headers: Headers<'a>) -> Option<Delivery<'a>> {
        let (header, is_signed) = match self {
            Self::Shopify => ("X-Shopify-Webhook-Id", false),
            Self::WooCommerce => ("X-WC-Webhook-Delivery-ID", false),
            Self::StandardWebhooks => (standard::ID, true),
            Self::Hmac(scheme) => (scheme.delivery_header()?, false),
            Self::AfterShip
            | Self::EasyPost
            | Self::Kuaidi100
            | Self::SfExpress
            | Self::HubSpotV3 => return None,
        };
        let id = std::str::from_utf8(headers.one(header).ok()?).ok()?;
        (!id.is_empty()).then_some(Delivery { id, is_signed })
    }

    /// How old a request may be. Ids of deliveries need to be remembered for twice as long, as
    /// it may also be ahead; for ever when there is no limit.
    #[must_use]
    pub fn replay_window(&self) -> Option<TimeDelta> {
        match self {
            Self::HubSpotV3 | Self::StandardWebhooks => Some(Tolerance::FIVE_MINUTES.as_delta()),
            Self::Hmac(scheme) => scheme.tolerance().map(Tolerance::as_delta),
            _ => None,
        }
    }
}

impl FromStr for WebhookSigner {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "shopify" => Ok(Self::Shopify),
            "woocommerce" => Ok(Self::WooCommerce),
            "aftership" => Ok(Self::AfterShip),
            "easypost" => Ok(Self::EasyPost),
            "kuaidi100" => Ok(Self::Kuaidi100),
            "sf-express" => Ok(Self::SfExpress),
            "hubspot-v3" => Ok(Self::HubSpotV3),
            "standard-webhooks" => Ok(Self::StandardWebhooks),
            "hmac" => Err(UnknownName::NeedsParameters { name: "hmac" }),
            _ => Err(UnknownName::new("webhook signer", name, Self::NAMES)),
        }
    }
}

/// Asks of every secret whether it signed; also of those after one that did, so that the time
/// taken tells nothing. A blank secret signs nothing: anybody could.
fn signed_by_any(
    secrets: &[SecretString],
    mut signed_by: impl FnMut(&str) -> bool,
) -> Result<(), Refused> {
    let mut secrets = usable(secrets).peekable();
    if secrets.peek().is_none() {
        return Err(Refused::NoSecret);
    }
    verdict(secrets.fold(false, |found, (_, secret)| signed_by(secret) | found))
}

/// Secrets that are not blank, with their positions.
fn usable(secrets: &[SecretString]) -> impl Iterator<Item = (usize, &str)> {
    let exposed = secrets.iter().map(|secret| secret.expose_secret());
    exposed
        .enumerate()
        .filter(|(_, secret)| !secret.trim().is_empty())
}

fn verdict(is_signed: bool) -> Result<(), Refused> {
    if is_signed {
        Ok(())
    } else {
        Err(Refused::SignatureDiffers)
    }
}

/// Decodes the signature that a header or a field holds.
fn decoded(place: &str, encoding: Encoding, text: &[u8]) -> Result<Vec<u8>, Refused> {
    encoding.decode(text).ok_or_else(|| Refused::NotEncoded {
        place: place.to_owned(),
        encoding,
    })
}
