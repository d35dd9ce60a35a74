//! 顺丰's push of routes.

use secrecy::SecretString;
use subtle::ConstantTimeEq as _;
use url::form_urlencoded;

use super::signed_by_any;
use crate::signer::received::Received;
use crate::signer::refused::Refused;

/// What the secret is called in the query of the URL.
const TOKEN: &str = "token";

/// Verifies that the URL is the one that the vendor was given: whoever calls it knows the secret.
pub(super) fn verify(request: &Received<'_>, secrets: &[SecretString]) -> Result<(), Refused> {
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    let pairs = form_urlencoded::parse(query.as_bytes());
    let mut tokens = pairs.filter(|(name, _)| name == TOKEN);
    let token = match (tokens.next(), tokens.next()) {
        (Some((_, token)), None) => token,
        (None, _) => return Err(Refused::ParameterMissing(TOKEN)),
        (Some(_), Some(_)) => return Err(Refused::ParameterRepeated(TOKEN)),
    };
    signed_by_any(secrets, |secret| {
        secret.as_bytes().ct_eq(token.as_bytes()).into()
    })
}
