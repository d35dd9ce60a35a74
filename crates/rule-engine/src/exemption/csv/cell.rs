//! The cells of one line.

use super::CsvFault;
use crate::rule_set::spec::EntrySpec;
use order::Timestamp;
use std::collections::HashMap;

const KINDS: [&str; 5] = ["order", "customer", "sku", "warehouse", "when"];

/// One line of a list.
pub(super) struct Row<'r> {
    pub(super) line: u64,
    pub(super) columns: &'r HashMap<&'static str, usize>,
    /// Cells of the header.
    pub(super) width: usize,
    pub(super) record: &'r csv::StringRecord,
}

impl Row<'_> {
    pub(super) fn fault(&self, column: &str, message: impl Into<String>) -> CsvFault {
        CsvFault {
            line: self.line,
            column: column.to_owned(),
            message: message.into(),
        }
    }

    fn cell(&self, column: &str) -> Option<&str> {
        let index = *self.columns.get(column)?;
        self.record.get(index).filter(|cell| !cell.is_empty())
    }

    /// None when there is a fault, which is among the faults then.
    pub(super) fn entry(&self, faults: &mut Vec<CsvFault>) -> Option<EntrySpec> {
        let before = faults.len();
        let mut entry = EntrySpec {
            reason: self.required("reason", faults),
            owner: self.required("owner", faults),
            from: self.instant("from", faults),
            expires: self.instant("expires", faults),
            rules: self.list("rules"),
            scenarios: self.list("scenarios"),
            ..EntrySpec::default()
        };
        if self.cell("expires").is_none() {
            faults.push(self.fault("expires", "is blank: an exemption must end"));
        }
        if let (Some(from), Some(expires)) = (entry.from, entry.expires)
            && expires <= from
        {
            faults.push(self.fault("expires", "is not later than from"));
        }
        let value = self.required("value", faults);
        if value.as_deref().is_some_and(|value| value.contains('\n')) {
            let message = "has a line break: is a quotation mark left open?";
            faults.push(self.fault("value", message));
        }
        match self.cell("kind") {
            Some("order") => entry.order = value,
            Some("customer") => entry.customer = value,
            Some("sku") => entry.sku = value,
            Some("warehouse") => entry.warehouse = value,
            Some("when") => entry.when = value,
            Some(other) => {
                let nearest = crate::fault::nearest(other, KINDS.into_iter());
                let hint = nearest.map_or(String::new(), |nearest| {
                    format!("; did you mean `{nearest}`?")
                });
                let known = KINDS.join(", ");
                let message = format!("unknown kind `{other}`: expected {known}{hint}");
                faults.push(self.fault("kind", message));
            }
            None => faults.push(self.fault("kind", "is blank")),
        }
        if self
            .record
            .iter()
            .skip(self.width)
            .any(|cell| !cell.is_empty())
        {
            let message = "has more cells than the header: is a comma not quoted?";
            faults.push(self.fault("", message));
        }
        (faults.len() == before).then_some(entry)
    }

    fn required(&self, column: &str, faults: &mut Vec<CsvFault>) -> Option<String> {
        let cell = self.cell(column);
        if cell.is_none() {
            faults.push(self.fault(column, "is blank"));
        }
        cell.map(str::to_owned)
    }

    fn instant(&self, column: &str, faults: &mut Vec<CsvFault>) -> Option<Timestamp> {
        let cell = self.cell(column)?;
        match cell.parse() {
            Ok(instant) => Some(instant),
            Err(_) => {
                let message = format!(
                    "`{cell}` is no instant: expected one with an offset, such as \
                     2026-12-31T00:00:00+08:00"
                );
                faults.push(self.fault(column, message));
                None
            }
        }
    }

    fn list(&self, column: &str) -> Option<Vec<String>> {
        let names = self.cell(column)?.split(';').map(str::trim);
        let names: Vec<String> = names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        (!names.is_empty()).then_some(names)
    }
}
