//! Robots whose secrets are not looked up, to show what would be put on the wire.

use secrecy::SecretString;

use super::{Access, Vendor};
use crate::{
    channel::{caller::Call, vendor::Content},
    domain::{
        channel::Channel,
        endpoint::{Own, SmsRequest},
    },
};

/// Stands for a secret: 32 bytes, as those of most vendors are.
const SECRET: &str = "********************************";

/// Stands for the secret of a webhook, which has a form of its own.
const SIGNING_SECRET: &str = "whsec_KioqKioqKioqKioqKioqKioqKioqKioqKioqKio=";

/// The request for a message, with stand-ins for secrets.
///
/// # Errors
///
/// The message cannot be put on the wire; says why.
pub(crate) fn call(
    vendor: &dyn Vendor,
    channel: Channel,
    own: Own,
    content: &Content<'_>,
) -> Result<Call, String> {
    let secret = match channel {
        Channel::Webhook => SIGNING_SECRET,
        _ => SECRET,
    };
    let url = outbound::Url::parse("https://endpoint.invalid/");
    let access = Access {
        url: Some(url.map_err(|error| error.to_string())?),
        secret: Some(SecretString::from(secret)),
        own,
        token: Some(SecretString::from(SECRET)),
    };
    vendor.call(&access, content)
}

/// What a robot of a channel has of its own where the directory says nothing.
pub(crate) fn own(channel: Channel) -> Own {
    match channel {
        Channel::WecomApp => Own::App {
            corp: "ww".to_owned(),
            agent: 1,
            callback: None,
        },
        Channel::Sms => Own::Sms(SmsRequest {
            body: r#"{"to": {{ to|json }}, "text": {{ text|json }}, "id": {{ id|json }}}"#
                .to_owned(),
            content_type: "application/json".to_owned(),
            scheme: "Bearer".to_owned(),
            accepted: None,
        }),
        _ => Own::Nothing,
    }
}
