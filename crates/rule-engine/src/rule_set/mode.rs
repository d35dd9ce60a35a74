//! Whether a rule's exceptions reach anybody.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whether anybody is told of a rule's exceptions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// They open tickets.
    #[default]
    Active,
    /// They are judged, kept and counted, and ticket nobody.
    Shadow,
}

impl Mode {
    /// Whether its exceptions open tickets.
    pub fn is_active(&self) -> bool {
        *self == Self::Active
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Active => "active",
            Self::Shadow => "shadow",
        })
    }
}
