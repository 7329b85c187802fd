//! What came of all rows so far.

use guestlist::UserImport;

/// Counts rows.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) read: u64,
    pub(super) inserted: u64,
    pub(super) updated: u64,
    pub(super) unchanged: u64,
    pub(super) skipped: u64,
    pub(super) rejected: u64,
    /// Everything up to that line is done.
    pub(super) last_line: u64,
    /// So much of the file is done.
    pub(super) bytes: u64,
}

impl Tally {
    pub(super) fn starting_at(line: u64) -> Self {
        Self {
            last_line: line.saturating_sub(1),
            ..Self::default()
        }
    }

    pub(super) fn count(&mut self, outcome: UserImport) {
        self.read += 1;
        match outcome {
            UserImport::Inserted => self.inserted += 1,
            UserImport::Updated(_) => self.updated += 1,
            UserImport::Unchanged => self.unchanged += 1,
            UserImport::Skipped => self.skipped += 1,
            UserImport::EmailTaken | UserImport::IdTaken | UserImport::SlowHash => {
                self.rejected += 1
            }
        }
    }

    pub(super) fn reject(&mut self) {
        self.read += 1;
        self.rejected += 1;
    }

    /// One line, with the seconds it took and the rows a second.
    pub(super) fn summary(&self, seconds: f64) -> String {
        let Self {
            read,
            inserted,
            updated,
            unchanged,
            skipped,
            rejected,
            ..
        } = self;
        let rate = self.a_second(seconds);
        format!(
            "{read} rows read: {inserted} inserted, {updated} updated, {unchanged} unchanged, \
             {skipped} skipped, {rejected} refused; {seconds:.1} s, {rate} rows/s"
        )
    }

    fn a_second(&self, seconds: f64) -> String {
        // Exact up to 2^32 rows, and a rate need not be more exact than that.
        let read = u32::try_from(self.read).unwrap_or(u32::MAX);
        format!("{:.0}", f64::from(read) / seconds.max(0.001))
    }
}
