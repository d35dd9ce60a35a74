//! The section `[ticketing.evidence]` of the configuration.

use std::time::Duration;

use serde::Deserialize;
use service::config::{Faults, Interval};

use crate::domain::evidence::Limits;

const MIB: u64 = 1024 * 1024;

/// `[ticketing.evidence]` as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Raw {
    /// Most MiB of a file, 1 to 1,024. Default 10.
    pub file_mib: u64,
    /// Most files of a ticket, 1 to 1,000. Default 20.
    pub ticket_files: u64,
    /// Most MiB of all files of a ticket, from `file_mib` to 10,240. Default 50.
    pub ticket_mib: u64,
    /// Media types that may be attached. Default PNG, JPEG, WebP, PDF, plain text and CSV.
    pub media_types: Vec<String>,
    /// How long a sender may be silent, 1s to 5m. Default 10s.
    pub silence: Interval,
    /// How long a file may take to come, 1s to 1h. Default 2m.
    pub within: Interval,
    /// Most files that a replica receives at once, 1 to 1,000. Default 8.
    pub at_once: usize,
}

/// How evidence is taken.
#[derive(Debug, Clone)]
pub struct EvidenceSettings {
    /// How much there may be, and of which types.
    pub limits: Limits,
    /// How long a sender may be silent.
    pub silence: Duration,
    /// How long a file may take to come.
    pub within: Duration,
    /// Most files that are received at once.
    pub at_once: usize,
}

impl Default for Raw {
    fn default() -> Self {
        let types = [
            "image/png",
            "image/jpeg",
            "image/webp",
            "application/pdf",
            "text/plain",
            "text/csv",
        ];
        Self {
            file_mib: 10,
            ticket_files: 20,
            ticket_mib: 50,
            media_types: types.map(str::to_owned).to_vec(),
            silence: Interval::seconds(10),
            within: Interval::seconds(120),
            at_once: 8,
        }
    }
}

impl EvidenceSettings {
    pub(super) fn validate(raw: Raw, faults: &mut Faults) -> Self {
        let file_mib = faults.within("ticketing.evidence.file_mib", raw.file_mib, 1..=1_024);
        let ticket_mib = raw.ticket_mib;
        let ticket_mib = faults.within(
            "ticketing.evidence.ticket_mib",
            ticket_mib,
            raw.file_mib..=10_240,
        );
        for written in &raw.media_types {
            faults.check(
                "ticketing.evidence.media_types",
                Limits::check_type(written),
            );
        }
        let silence = Interval::seconds(1)..=Interval::seconds(300);
        let silence = faults.within("ticketing.evidence.silence", raw.silence, silence);
        let within = Interval::seconds(1)..=Interval::seconds(3_600);
        let within = faults.within("ticketing.evidence.within", raw.within, within);
        Self {
            limits: Limits {
                file_bytes: file_mib.saturating_mul(MIB),
                ticket_files: faults.within(
                    "ticketing.evidence.ticket_files",
                    raw.ticket_files,
                    1..=1_000,
                ),
                ticket_bytes: ticket_mib.saturating_mul(MIB),
                media_types: raw.media_types,
            },
            silence: silence.duration(),
            within: within.duration(),
            at_once: faults.within("ticketing.evidence.at_once", raw.at_once, 1..=1_000),
        }
    }
}

impl Default for EvidenceSettings {
    fn default() -> Self {
        Self::validate(Raw::default(), &mut Faults::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_told_by_its_key() {
        let raw = Raw {
            file_mib: 60,
            ticket_files: 0,
            ticket_mib: 50,
            media_types: ["image/png", "image/x-unheard-of", "Text/CSV"]
                .map(str::to_owned)
                .to_vec(),
            silence: Duration::ZERO.into(),
            within: Duration::ZERO.into(),
            at_once: 0,
        };
        let mut faults = Faults::default();
        let _ = EvidenceSettings::validate(raw, &mut faults);
        let found = faults.into_result().unwrap_err();
        let mut keys: Vec<&str> = found
            .faults()
            .iter()
            .map(|fault| fault.key.trim_start_matches("ticketing.evidence."))
            .collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            [
                "at_once",
                "media_types",
                "media_types",
                "silence",
                "ticket_files",
                "ticket_mib",
                "within"
            ]
        );
    }

    #[test]
    fn the_defaults_have_no_faults() {
        let mut faults = Faults::default();
        let settings = EvidenceSettings::validate(Raw::default(), &mut faults);
        assert!(faults.is_empty());
        assert_eq!(settings.limits.file_bytes, 10_485_760);
    }
}
