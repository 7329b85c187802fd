//! The outcomes of the rows.

use guestlist::{UserImport, counted};

/// Counts the outcomes of rows.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) read: u64,
    pub(super) inserted: u64,
    pub(super) updated: u64,
    pub(super) unchanged: u64,
    pub(super) skipped: u64,
    pub(super) rejected: u64,
    /// All lines up to this one are finished.
    pub(super) last_line: u64,
    /// The number of bytes that are finished.
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

    /// Says how many rows were refused, if there are any.
    pub(super) fn refused(&self) -> String {
        let (rejected, rows) = (self.rejected, counted(self.read, "row"));
        let were = if rejected == 1 { "was" } else { "were" };
        format!("{rejected} of {rows} {were} refused")
    }

    /// Returns one line with the counts, the seconds and the rows per second.
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
        let rows = counted(*read, "row");
        format!(
            "{rows} read: {inserted} inserted, {updated} updated, {unchanged} unchanged, \
             {skipped} skipped, {rejected} refused; {seconds:.1} s, {rate} rows/s"
        )
    }

    fn a_second(&self, seconds: f64) -> String {
        // Exact up to 2^32 rows, which is enough for a rate.
        let read = u32::try_from(self.read).unwrap_or(u32::MAX);
        format!("{:.0}", f64::from(read) / seconds.max(0.001))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_is_counted_in_the_singular() {
        for (read, rejected, expected) in [
            (1, 1, "1 of 1 row was refused"),
            (5, 1, "1 of 5 rows was refused"),
            (5, 2, "2 of 5 rows were refused"),
        ] {
            let tally = Tally {
                read,
                rejected,
                ..Tally::default()
            };
            assert_eq!(tally.refused(), expected);
            let summary = tally.summary(1.0);
            assert!(
                summary.starts_with(&format!("{} read: ", counted(read, "row"))),
                "{summary}"
            );
        }
    }
}
