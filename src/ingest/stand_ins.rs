//! Dates that stand for none, such as 1900-01-01 and 1970-01-01: held until the end of a file shows whether it has others near.

use super::batch::Held;
use super::outlying::{ALONE_DAYS, is_stand_in};
use super::{IngestError, Intake};
use crate::code::Code;
use crate::format::{Fault, Records};
use crate::incident::Day;

/// Maximum records held, so that memory is flat; later ones are accepted, and warned of.
const MAX_HELD: usize = 10_000;

impl Intake<'_> {
    /// True if the date of the last report of the batch may stand for none.
    #[inline]
    pub(super) fn is_to_be_held(&self) -> bool {
        let is_it = |day: Day| day.0 <= 0 && is_stand_in(day) && self.held.len() < MAX_HELD;
        self.batch.when.last().is_some_and(|when| is_it(when.start))
    }

    /// Takes the last report back out of the batch.
    #[cold]
    pub(super) fn hold<R: Records + ?Sized>(&mut self, records: &R) {
        self.tally.read += 1;
        let Some(row) = self.batch.pop() else { return };
        self.held.push(Held { row, record: self.tally.read, position: records.position(), raw: records.raw() });
    }

    /// Quarantines held records that no other date is near, and accepts the rest.
    ///
    /// # Errors
    /// A quarantine file that cannot be written.
    pub(super) fn settle_held(&mut self) -> Result<(), IngestError> {
        if self.held.is_empty() {
            return Ok(());
        }
        let others = self.days.finish().first;
        let is_near =
            |day: Day| others.is_empty() || others.iter().any(|other| (other.day.0 - day.0).abs() < ALONE_DAYS);
        let column = self.columns.name(self.columns.date_role()).to_owned();
        for Held { row, record, position, raw } in std::mem::take(&mut self.held) {
            if is_near(row.when.start) {
                self.batch.put(&row);
                self.see_last(|| (record, position.line));
                self.tally.accepted += 1;
                self.flush_full()?;
                continue;
            }
            let expected =
                "a date; this one stands for none in many programs, and no other of the file is within a year of it";
            let fault = Fault::new(Code::NoTime, &column, row.when.start, expected);
            let quarantined = self.tally.quarantine(record, position, *fault, || raw);
            (self.quarantine)(&quarantined)?;
        }
        Ok(())
    }
}
