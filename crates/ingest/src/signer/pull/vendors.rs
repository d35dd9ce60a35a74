//! What vendors sign, as third-party copies of their documentation have it.

use chrono::{DateTime, Utc};

use super::Unsignable;
use super::outgoing::{Additions, Outgoing};
use super::sorted::{self, Joined};
use crate::signer::algorithm::Algorithm;
use crate::signer::encoding::Encoding;

/// 2012-01-01T00:00 in Beijing, from which 旺店通旗舰版 counts seconds: its documentation writes
/// the number, in copies that others keep.
const WDT_EPOCH: i64 = 1_325_347_200;

const SIGN: &str = "sign";
const TIMESTAMP: &str = "timestamp";

pub(super) fn jushuitan(request: &Outgoing, secret: &str, now: DateTime<Utc>) -> Additions {
    let timestamp = now.timestamp().to_string();
    let mut pairs = sorted::others(&request.form, &[SIGN, TIMESTAMP]);
    pairs.push((TIMESTAMP, timestamp.as_bytes()));
    let text = Joined::default().join(pairs);
    let sign = Algorithm::Md5.digest(&[secret.as_bytes(), &text]);
    Additions {
        form: vec![
            pair(TIMESTAMP, timestamp),
            pair(SIGN, Encoding::Hex.encode(&sign)),
        ],
        ..Additions::default()
    }
}

pub(super) fn wdt(
    request: &Outgoing,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<Additions, Unsignable> {
    let (secret, salt) = secret
        .split_once(':')
        .filter(|(secret, _)| !secret.is_empty())
        .ok_or(Unsignable::SecretMalformed("secret:salt"))?;
    let timestamp = (now.timestamp() - WDT_EPOCH).to_string();
    let mut pairs = sorted::others(&request.query, &[SIGN, TIMESTAMP, "salt", "body"]);
    pairs.push(("salt", salt.as_bytes()));
    pairs.push((TIMESTAMP, timestamp.as_bytes()));
    pairs.push(("body", &request.body));
    let text = Joined::default().join(pairs);
    let sign = Algorithm::Md5.digest(&[secret.as_bytes(), &text, secret.as_bytes()]);
    Ok(Additions {
        query: vec![
            pair("salt", salt.to_owned()),
            pair(TIMESTAMP, timestamp),
            pair(SIGN, Encoding::Hex.encode(&sign)),
        ],
        ..Additions::default()
    })
}

pub(super) fn kuaidi100_query(request: &Outgoing, key: &str) -> Result<Additions, Unsignable> {
    let param = one(&request.form, "param")?;
    let customer = one(&request.form, "customer")?;
    let pieces = [param.as_bytes(), key.as_bytes(), customer.as_bytes()];
    let sign = Algorithm::Md5.digest(&pieces);
    Ok(Additions {
        form: vec![pair(SIGN, Encoding::HexUpper.encode(&sign))],
        ..Additions::default()
    })
}

fn one<'a>(form: &'a [(String, String)], name: &'static str) -> Result<&'a str, Unsignable> {
    let mut values = form.iter().filter(|(key, _)| key == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Ok(value),
        _ => Err(Unsignable::Field(name)),
    }
}

fn pair(key: &str, value: String) -> (String, String) {
    (key.to_owned(), value)
}
