//! From what a document says of a signature to the signer.

use chrono::TimeDelta;
use service::config::Interval;

use crate::connector::{Connector, Options, Scope, Signed};
use crate::signer::{HmacParameters, HmacScheme, TimestampHeader, Tolerance, WebhookSigner};

/// Makes the signer; else says which option is wrong, and why.
pub(super) fn signer(
    connector: &Connector,
    sign: &Signed,
    scope: &Scope<'_>,
) -> Result<WebhookSigner, String> {
    if sign.by != "hmac" {
        return sign.by.parse().map_err(|error| format!("{error}"));
    }
    let options = Options::of(connector, sign, scope)?;
    let parameters = HmacParameters {
        algorithm: options.parsed("algorithm", "sha256")?,
        encoding: options.parsed("encoding", "hex")?,
        header: options.text("header"),
        prefix: options.text("prefix"),
        message: options.parsed("message", "{body}")?,
        timestamp: timestamp(&options)?,
        delivery: options.get("delivery").map(str::to_owned),
    };
    let scheme = HmacScheme::try_from(parameters);
    scheme
        .map(WebhookSigner::Hmac)
        .map_err(|error| format!("{}: {error}", sign.path))
}

fn timestamp(options: &Options<'_>) -> Result<Option<TimestampHeader>, String> {
    let Some(header) = options.get("timestamp") else {
        return Ok(None);
    };
    let span: Interval = options.parsed("tolerance", "5m")?;
    let tolerance = TimeDelta::from_std(span.duration())
        .ok()
        .and_then(Tolerance::new)
        .ok_or("tolerance: must be above 0")?;
    Ok(Some(TimestampHeader {
        header: header.to_owned(),
        unit: options.parsed("unit", "s")?,
        tolerance,
    }))
}
