//! Places in the text of a file.

/// Counts lines as an editor does: of blank lines and line ends of two characters, the
/// record after them is not the beginning.
pub(super) struct Lines<'t> {
    text: &'t str,
    counted: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    pub(super) const fn of(text: &'t str) -> Self {
        Self {
            text,
            counted: 0,
            line: 1,
        }
    }

    /// The line that a record begins on; records come in the order of the text.
    pub(super) fn of_record(&mut self, record: &csv::StringRecord) -> u64 {
        let place = record.position().map_or(0, csv::Position::byte);
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let rest = self.text.get(place..).unwrap_or_default();
        let begin = place + (rest.len() - rest.trim_start_matches(['\r', '\n']).len());
        let passed = self.text.get(self.counted..begin).unwrap_or_default();
        self.line += passed.matches('\n').count() as u64;
        self.counted = begin;
        self.line
    }
}
