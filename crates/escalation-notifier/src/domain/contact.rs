//! Ways to reach a person.

use std::fmt;

/// One way to reach a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// Of what kind.
    pub kind: Kind,
    /// The address itself: personal, never shown whole.
    pub address: String,
    /// Whether somebody vouches that it is theirs. One of which nobody does is not used.
    pub verified: bool,
}

/// Of what kind an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// E-mail address.
    Email,
    /// Telephone number with its country, such as `+8613812345678`.
    Phone,
    /// User id in `WeCom`.
    WecomUser,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Email, Self::Phone, Self::WecomUser];

    /// Its key in a directory.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::WecomUser => "wecomUser",
        }
    }

    /// The kind of that key.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// What an address of this kind is like; none is shown, because it is personal.
    #[must_use]
    pub fn expected(self) -> &'static str {
        match self {
            Self::Email => "expected an address such as name@example.com",
            Self::Phone => {
                "expected a number with its country in quotes, such as \"+8613812345678\""
            }
            Self::WecomUser => "expected a user id of at most 64 bytes without blanks",
        }
    }

    /// Whether a text can be an address of this kind.
    #[must_use]
    pub fn admits(self, text: &str) -> bool {
        match self {
            Self::Email => {
                !text.contains(char::is_whitespace)
                    && text
                        .split_once('@')
                        .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
            }
            // ITU-T E.164: at most 15 digits.
            Self::Phone => text.strip_prefix('+').is_some_and(|digits| {
                (6..=15).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit())
            }),
            Self::WecomUser => {
                (1..=64).contains(&text.len()) && !text.contains(char::is_whitespace)
            }
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Contact")
            .field("kind", &self.kind)
            .field("address", &masked(self.kind, &self.address))
            .field("verified", &self.verified)
            .finish()
    }
}

/// An address that shows enough to recognise it and not enough to use it: `z***@example.com`,
/// `+861****5678`, `z***`.
#[must_use]
pub fn masked(kind: Kind, address: &str) -> String {
    let first: String = address.chars().take(1).collect();
    match kind {
        Kind::Email => match address.split_once('@') {
            Some((_, domain)) => format!("{first}***@{domain}"),
            None => "***".to_owned(),
        },
        Kind::Phone if address.is_ascii() && address.len() >= 10 => {
            let (head, tail) = (&address[..4], &address[address.len() - 4..]);
            format!("{head}****{tail}")
        }
        Kind::Phone => "****".to_owned(),
        Kind::WecomUser => format!("{first}***"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_masked_by_their_kind() {
        for (kind, address, shown) in [
            (Kind::Email, "zhang.wei@example.com", "z***@example.com"),
            (Kind::Email, "张伟@example.com", "张***@example.com"),
            (Kind::Email, "nonsense", "***"),
            (Kind::Phone, "+8613812345678", "+861****5678"),
            (Kind::Phone, "+123456", "****"),
            (Kind::WecomUser, "zhangwei", "z***"),
        ] {
            assert_eq!(masked(kind, address), shown);
            let contact = Contact {
                kind,
                address: address.to_owned(),
                verified: true,
            };
            assert!(!format!("{contact:?}").contains(address));
        }
    }

    #[test]
    fn an_address_of_another_kind_is_not_admitted() {
        for (kind, good, bad) in [
            (Kind::Email, "a@b.cn", ["a b@c.cn", "@b.cn", "a@b"]),
            (
                Kind::Phone,
                "+8613812345678",
                ["13812345678", "+86 138", "+1234567890123456"],
            ),
            (
                Kind::WecomUser,
                "zhang.wei",
                ["", "zhang wei", &"z".repeat(65)],
            ),
        ] {
            assert!(kind.admits(good), "{good}");
            for bad in bad {
                assert!(!kind.admits(bad), "{bad}");
            }
        }
    }
}
