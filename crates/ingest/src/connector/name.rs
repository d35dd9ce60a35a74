//! Names of parameters and secrets.

use std::fmt;
use std::str::FromStr;

/// Why a text is no name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a name: expected 1 to 63 of a-z, 0-9 and _, beginning with a letter")]
pub struct MalformedName(String);

macro_rules! name {
    ($name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Returns the name as it is written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = MalformedName;

            fn from_str(text: &str) -> Result<Self, MalformedName> {
                sound(text).map(|name| Self(name.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

name!(
    ParameterName,
    "Name of something that an installation fills in."
);
name!(SecretName, "Name of a secret, unique within its connector.");

/// Expressions write such names after a dot, so they are words of CEL.
fn sound(text: &str) -> Result<&str, MalformedName> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
    if begins && text.len() <= 63 && text.chars().all(plain) {
        Ok(text)
    } else {
        Err(MalformedName(text.to_owned()))
    }
}
