//! From what a document says of a signature to the signer.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use chrono::TimeDelta;
use service::config::Interval;

use crate::connector::{Connector, Scope, Signed};
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
    let mut options = Options::default();
    for (name, template) in &sign.options {
        if let Some(text) = connector.rendered(template, scope)? {
            options.given.insert(name, text);
        }
    }
    let parameters = HmacParameters {
        algorithm: options.parsed("algorithm", "sha256")?,
        encoding: options.parsed("encoding", "hex")?,
        header: options.text("header"),
        prefix: options.text("prefix"),
        message: options.parsed("message", "{body}")?,
        timestamp: options.timestamp()?,
        delivery: options.given.remove("delivery"),
    };
    let scheme = HmacScheme::try_from(parameters);
    scheme
        .map(WebhookSigner::Hmac)
        .map_err(|error| format!("{}: {error}", sign.path))
}

/// What the document says, filled in.
#[derive(Default)]
struct Options<'s> {
    given: BTreeMap<&'s str, String>,
}

impl Options<'_> {
    fn text(&self, name: &str) -> String {
        self.given.get(name).cloned().unwrap_or_default()
    }

    fn parsed<T>(&self, name: &str, default: &str) -> Result<T, String>
    where
        T: FromStr,
        T::Err: Display,
    {
        let text = self.given.get(name).map_or(default, String::as_str);
        text.parse().map_err(|error| format!("{name}: {error}"))
    }

    fn timestamp(&self) -> Result<Option<TimestampHeader>, String> {
        let Some(header) = self.given.get("timestamp") else {
            return Ok(None);
        };
        let span: Interval = self.parsed("tolerance", "5m")?;
        let tolerance = TimeDelta::from_std(span.duration())
            .ok()
            .and_then(Tolerance::new)
            .ok_or("tolerance: must be above 0")?;
        Ok(Some(TimestampHeader {
            header: header.clone(),
            unit: self.parsed("unit", "s")?,
            tolerance,
        }))
    }
}
