//! 快递100's push.

use std::borrow::Cow;

use secrecy::{ExposeSecret as _, SecretString};
use url::form_urlencoded;

use super::{decoded, verdict};
use crate::signer::algorithm::Algorithm;
use crate::signer::encoding::Encoding;
use crate::signer::received::Received;
use crate::signer::refused::Refused;

/// Verifies a push. Unlike keys of HMACs an empty salt is one: 快递100 signs without salt when
/// none was given at subscription.
pub(super) fn verify(request: &Received<'_>, salts: &[SecretString]) -> Result<(), Refused> {
    let param = field(request.body, "param")?;
    let sign = field(request.body, "sign")?;
    let sign = decoded("sign", Encoding::HexUpper, sign.as_bytes())?;
    if salts.is_empty() {
        return Err(Refused::NoSecret);
    }
    verdict(salts.iter().fold(false, |found, salt| {
        let pieces = [param.as_bytes(), salt.expose_secret().as_bytes()];
        Algorithm::Md5.has_digest(&pieces, &sign) | found
    }))
}

fn field<'a>(form: &'a [u8], name: &'static str) -> Result<Cow<'a, str>, Refused> {
    let mut values = form_urlencoded::parse(form).filter(|(key, _)| key == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Ok(value),
        (None, _) => Err(Refused::FieldMissing(name)),
        (Some(_), Some(_)) => Err(Refused::FieldRepeated(name)),
    }
}
