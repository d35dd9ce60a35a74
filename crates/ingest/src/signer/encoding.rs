//! How a signature is written.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::name::UnknownName;

/// How a signature is written: one way only, so that no two texts are the same signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Lower-case hexadecimal.
    Hex,
    /// Upper-case hexadecimal.
    HexUpper,
    /// Base64 of RFC 4648 section 4, padded; not its URL-safe alphabet.
    Base64,
}

impl Encoding {
    const NAMES: &'static [&'static str] = &["hex", "hex-upper", "base64"];

    /// Its name, as configuration gives it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::HexUpper => "hex-upper",
            Self::Base64 => "base64",
        }
    }

    pub(super) fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => hex::encode(bytes),
            Self::HexUpper => hex::encode_upper(bytes),
            Self::Base64 => STANDARD.encode(bytes),
        }
    }

    /// Reads what [`encode`](Self::encode) would have written, nothing else.
    pub(super) fn decode(self, text: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Hex if text.iter().any(u8::is_ascii_uppercase) => None,
            Self::HexUpper if text.iter().any(u8::is_ascii_lowercase) => None,
            Self::Hex | Self::HexUpper => hex::decode(text).ok(),
            Self::Base64 => STANDARD.decode(text).ok(),
        }
    }
}

impl FromStr for Encoding {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "hex" => Ok(Self::Hex),
            "hex-upper" => Ok(Self::HexUpper),
            "base64" => Ok(Self::Base64),
            _ => Err(UnknownName::new("encoding", name, Self::NAMES)),
        }
    }
}
