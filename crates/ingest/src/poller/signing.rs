//! From what a document says of the signature of pulls to the signer.

use crate::connector::{Connector, Options, Scope, Signed};
use crate::signer::{
    Keying, Pairs, PullSigner, SignatureAt, SortedParameters, SortedScheme, TimestampPair,
};

/// Makes the signer; else says which option is wrong, and why.
pub(super) fn signer(
    connector: &Connector,
    sign: &Signed,
    scope: &Scope<'_>,
) -> Result<PullSigner, String> {
    let (keying, algorithm, message) = match sign.by.as_str() {
        "md5-sorted" => (Keying::Digest, "md5", "{secret}{pairs}{secret}"),
        "hmac-sorted" => (Keying::Hmac, "sha256", "{pairs}"),
        name => return name.parse().map_err(|error| format!("{error}")),
    };
    let options = Options::of(connector, sign, scope)?;
    let parameters = SortedParameters {
        keying,
        algorithm: options.parsed("algorithm", algorithm)?,
        encoding: options.parsed("encoding", "hex")?,
        pairs: pairs(options.get("pairs"))?,
        body: options.get("body").map(str::to_owned),
        equals: options.text("equals"),
        and: options.text("and"),
        skips_empty: options.parsed("skips_empty", "false")?,
        message: options.parsed("message", message)?,
        timestamp: match options.get("timestamp") {
            None => None,
            Some(key) => Some(TimestampPair {
                key: key.to_owned(),
                unit: options.parsed("unit", "s")?,
            }),
        },
        signature: match (options.get("signature"), options.get("header")) {
            (Some(_), Some(_)) => {
                return Err("signature, header: the signature goes to one of them".to_owned());
            }
            (None, Some(name)) => SignatureAt::Header(name.to_owned()),
            (key, None) => SignatureAt::Pair(key.unwrap_or("sign").to_owned()),
        },
    };
    let scheme = SortedScheme::try_from(parameters);
    scheme
        .map(PullSigner::Sorted)
        .map_err(|error| format!("{}: {error}", sign.path))
}

fn pairs(told: Option<&str>) -> Result<Pairs, String> {
    match told {
        None | Some("form") => Ok(Pairs::Form),
        Some("query") => Ok(Pairs::Query),
        Some(other) => Err(format!("pairs: expected form or query, found `{other}`")),
    }
}
