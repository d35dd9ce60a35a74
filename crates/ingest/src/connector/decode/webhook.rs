//! Webhooks.

use super::super::http::Signed;
use super::super::webhook::{HMAC_OPTIONS, Webhook};
use super::CALL;
use crate::mapping::decode::{Decoder, Entries};
use crate::mapping::document::Node;
use crate::mapping::nearest;
use crate::mapping::vocabulary::{PARAMETER, SECRET};
use crate::signer::WebhookSigner;

const DEFAULT_BODY: u64 = 1 << 20;
const LARGEST_BODY: u64 = 16 << 20;

impl Decoder<'_> {
    pub(super) fn webhook(&mut self, node: &Node, path: &str) -> Option<Webhook> {
        let known = ["path", "sign", "records", "when", "reconcile", "max_body"];
        let entries = self.entries(node, path, &known)?;
        let address = self.address(&entries);
        let sign = self
            .required(&entries, "sign")
            .and_then(|node| self.signed(node, &entries.path_of("sign"), &[PARAMETER, SECRET]));
        if let Some(sign) = &sign {
            self.signer_is_known(sign);
        }
        let parameters = self.parameters.clone();
        let vocabulary = Self::vocabulary(&CALL, &parameters, &[]);
        let records = self.required_expression(&entries, "records", &vocabulary);
        let when = self.optional(&entries, "when", &vocabulary);
        let reconcile = self.optional_text(&entries, "reconcile");
        let max_body = self.sized(&entries, "max_body", (DEFAULT_BODY, LARGEST_BODY));
        Some(Webhook {
            path: address?,
            sign: sign?,
            records: records?,
            when: when?,
            reconcile: reconcile.map(|(name, _)| name),
            max_body: max_body?,
        })
    }

    fn address(&mut self, entries: &Entries<'_>) -> Option<String> {
        let (text, place) = self.text(entries, "path")?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        if text.is_empty() || text.len() > 63 || !text.chars().all(plain) {
            let message = format!("`{text}` is not a path: expected 1 to 63 of a-z, 0-9, - and _");
            self.report(&entries.path_of("path"), place, message, "");
            return None;
        }
        Some(text)
    }

    /// What is filled in for options is known only where the connector runs; which there are
    /// is known here.
    fn signer_is_known(&mut self, sign: &Signed) {
        if !WebhookSigner::NAMES.contains(&sign.by.as_str()) {
            let message = format!("there is no webhook signer `{}`", sign.by);
            let help = nearest(&sign.by, WebhookSigner::NAMES.iter().copied());
            self.report(&format!("{}.by", sign.path), sign.place, message, help);
            return;
        }
        if sign.secret.is_none() {
            let message = "key `secret` is missing";
            let help = "name one of spec.secrets";
            self.report(&format!("{}.secret", sign.path), sign.place, message, help);
        }
        let told: &[&str] = if sign.by == "hmac" {
            &HMAC_OPTIONS
        } else {
            &[]
        };
        self.options_are_known(sign, told);
    }
}
