//! Signatures against vectors that another implementation made, and against tampering.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod signer_names;
mod signer_pulls;
mod signer_refusals;
mod signer_tampering;
mod signer_webhooks;
mod vectors;
