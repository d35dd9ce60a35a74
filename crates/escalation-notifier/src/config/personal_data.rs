//! The section `[escalation_notifier.personal_data]`.

use std::sync::Arc;

use serde::Deserialize;
use service::config::Faults;

use super::secret;
use crate::keyring::Keyring;

/// `[escalation_notifier.personal_data]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawPersonalData {
    /// Where the key is kept that addresses and numbers of people are sealed with before they are
    /// stored: `env:NAME` or `file:PATH`, of 32 random bytes in base64, such as
    /// `openssl rand -base64 32` makes. Default none: directories with personal data are refused.
    pub key: Option<String>,
    /// Where keys are kept that are only opened with, separated by commas: the former key, or one
    /// that other replicas seal with already. Default none.
    pub other_keys: String,
}

pub(super) fn keyring(raw: &RawPersonalData, faults: &mut Faults) -> Option<Arc<Keyring>> {
    const KEY: &str = "escalation_notifier.personal_data.key";
    const OTHERS: &str = "escalation_notifier.personal_data.other_keys";
    let current = secret::resolve(KEY, raw.key.as_deref()?, faults)?;
    let others = raw.other_keys.split(',').map(str::trim);
    let others: Vec<_> = others
        .filter(|it| !it.is_empty())
        .filter_map(|it| secret::resolve(OTHERS, it, faults))
        .collect();
    // Which of them is none is told by its key.
    faults.check(KEY, Keyring::new(&current, &[]))?;
    faults
        .check(OTHERS, Keyring::new(&current, &others))
        .map(Arc::new)
}
