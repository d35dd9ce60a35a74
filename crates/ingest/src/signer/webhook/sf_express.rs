//! 顺丰's push of routes.

use secrecy::SecretString;
use subtle::ConstantTimeEq as _;
use url::Url;

use super::signed_by_any;
use crate::signer::received::Received;
use crate::signer::refused::Refused;

/// What the secret is called in the query of the URL.
const TOKEN: &str = "token";

/// Verifies that the URL is the one that the vendor was given: whoever calls it knows the secret.
pub(super) fn verify(request: &Received<'_>, secrets: &[SecretString]) -> Result<(), Refused> {
    let url = Url::parse(request.url).map_err(|_| Refused::ParameterMissing(TOKEN))?;
    let mut tokens = url.query_pairs().filter(|(name, _)| name == TOKEN);
    let token = match (tokens.next(), tokens.next()) {
        (Some((_, token)), None) => token,
        (None, _) => return Err(Refused::ParameterMissing(TOKEN)),
        (Some(_), Some(_)) => return Err(Refused::ParameterRepeated(TOKEN)),
    };
    signed_by_any(secrets, |secret| {
        secret.as_bytes().ct_eq(token.as_bytes()).into()
    })
}
