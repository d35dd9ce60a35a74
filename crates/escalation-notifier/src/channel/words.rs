//! What vendors and relays say of a message: kept in the ledger, so without whom it was for.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::digest;

/// How much of their words the ledger keeps, in bytes.
const KEPT_BYTES: usize = 300;

/// Addresses, and digits that may be a telephone number.
static PERSONAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<?[\w.+-]+@[\w.-]+>?|\d{7,}").expect("the expression is a constant")
});

/// Words without the addresses and numbers that they repeat.
pub(super) fn kept(words: &str) -> String {
    digest::cut(&PERSONAL.replace_all(words, "***"), KEPT_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_numbers_are_not_kept() {
        for (said, kept_of_it) in [
            (
                "550 <li.na@example.com>: unknown user",
                "550 ***: unknown user",
            ),
            (
                r#"{"code":1,"to":"+8613812345678","mail":"张伟@example.com"}"#,
                r#"{"code":1,"to":"+***","mail":"***"}"#,
            ),
            (
                "errcode 310000: sign not match",
                "errcode 310000: sign not match",
            ),
        ] {
            assert_eq!(kept(said), kept_of_it);
        }
    }
}
