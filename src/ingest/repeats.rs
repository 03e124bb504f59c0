//! Repeated records: the checks of a month and an id, and the second reading that remembers ids.

use std::path::Path;

use super::copies::Holder;
use super::dedupe::{SeenIds, Verdict};
use super::{Dedupe, IngestError, Intake, ReadOptions, Role, open};
use crate::code::Code;
use crate::format::{Fault, Field, Input, Records, Step};

impl Intake<'_> {
    /// Errors if a record is of a month, or of a file, that a later file replaces.
    #[inline]
    pub(super) fn check_version<R: Records + ?Sized>(&mut self, records: &R) -> Result<(), Box<Fault>> {
        let Some(months) = &mut self.months else { return Ok(()) };
        let field = |role| self.columns.index(role).map_or(Field::Null, |column| records.field(column));
        let (source, month) = (field(Role::Source), field(Role::Date));
        let Some(Holder { file, records }) = months.count(source, month) else { return Ok(()) };
        let found = format!("{} {}", source.displayed(), month.displayed());
        let expected = format!("the {records} records of {file}, which replaces this file");
        Err(Fault::new(Code::Replaced, self.columns.name(Role::Date), found.trim(), expected))
    }

    #[inline]
    pub(super) fn check_repeat<R: Records + ?Sized>(&mut self, records: &R) -> Result<(), Box<Fault>> {
        let id = id(records, self.columns.index(Role::Id));
        if self.seen.rises(id) { Ok(()) } else { self.check_known(records, id) }
    }

    /// Errors if an id that does not rise came before.
    fn check_known<R: Records + ?Sized>(&mut self, records: &R, id: Field<'_>) -> Result<(), Box<Fault>> {
        if id.is_blank() {
            return Ok(());
        }
        let mut verdict = self.seen.look(id, || records.fingerprint());
        if verdict == Verdict::Unsure {
            remember(self.seen, self.path.map(|path| (path, self.options, self.tally.read)));
            verdict = self.seen.look(id, || records.fingerprint());
        }
        // A number that a spreadsheet has rounded is not an integer, so that its id does not rise.
        if !self.seen.is_rising()
            && let Field::Text(text) = id
            && text.len() <= 12
            && text.contains("E+")
            && text.parse::<f64>().is_ok()
        {
            self.scientific += 1;
        }
        if verdict == Verdict::New {
            return Ok(());
        }
        self.repeat(verdict, id)
    }

    #[cold]
    fn repeat(&mut self, verdict: Verdict, id: Field<'_>) -> Result<(), Box<Fault>> {
        let (code, expected) = match (verdict, self.options.dedupe) {
            (Verdict::Repeat, _) => (Code::DupRecord, "each record once; --dedupe off counts both"),
            (_, Dedupe::Id) => (Code::DupId, "each id once; --dedupe row counts both, as they differ"),
            _ => {
                self.tally.warn(Code::DupId, 1);
                return Ok(());
            }
        };
        Err(Fault::new(code, self.columns.name(Role::Id), id.displayed(), expected))
    }
}

/// The id of a record: its own, where the format has a place for one, and else that of a column.
#[inline]
fn id<R: Records + ?Sized>(records: &R, column: Option<usize>) -> Field<'_> {
    match records.id() {
        Field::Null => column.map_or(Field::Null, |column| records.field(column)),
        own => own,
    }
}

/// Remembers the ids of all records so far by reading the files a second time; of the current file, its first records.
#[cold]
pub(super) fn remember(seen: &mut SeenIds, current: Option<(&Path, &ReadOptions, u64)>) {
    seen.remember();
    let passed = std::mem::take(&mut seen.passed);
    let passed = passed.iter().map(|(path, options)| (path.as_path(), &**options, u64::MAX));
    for (path, options, max) in passed.chain(current) {
        // If a file has gone since it was read, its repeats are not found and count.
        let _unread = remember_ids(seen, options, path, max);
    }
}

fn remember_ids(seen: &mut SeenIds, options: &ReadOptions, path: &Path, max: u64) -> Result<(), IngestError> {
    let (mut records, columns) = open(&Input::Path(path.to_owned()), options)?;
    // Columns of the first reading: fingerprints may rest on them.
    records.select(&columns.wanted(), &[]);
    let column = columns.index(Role::Id);
    for _ in 0..max {
        match records.advance()? {
            Step::End => break,
            Step::Broken(_) => {}
            Step::Record => {
                let id = id(&*records, column);
                if !id.is_blank() {
                    seen.look(id, || records.fingerprint());
                }
            }
        }
    }
    Ok(())
}
