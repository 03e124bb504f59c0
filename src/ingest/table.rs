//! Tables of anything but reports: rows with a key (a code, a cell, a position) and numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::position::{PositionColumns, Positions, loose};
use super::{Columns, FileTally, IngestError, Quarantined, ReadOptions, Role, cursor, written};
use crate::code::Code;
use crate::format::names::folded;
use crate::format::{Crs, Fault, Field, FilePosition, Input, Records, Step, Suits};
use crate::grid::LatLng;
use crate::rounding::legible;

/// A table, opened: its columns are known, its rows not yet read.
pub(crate) struct KeyedTable {
    records: Box<dyn Records>,
    tally: FileTally,
    /// Reference system that its path states.
    crs: Option<Crs>,
    /// The least value that is possible.
    min: f64,
}

/// The accepted rows of a table, and the tally of all.
#[derive(Clone, Debug)]
pub(crate) struct KeyedRows<K> {
    /// Number in the file, from 1, key and numbers of each row.
    pub(crate) accepted: Vec<(u64, K, Vec<f64>)>,
    pub(crate) tally: FileTally,
    pub(crate) quarantined: Vec<Quarantined>,
    /// Sum of the first value of the quarantined rows, where they have one.
    pub(crate) lost: f64,
    /// Keys of the rows without a usable value, and why; they count as accepted, and as faults of their areas.
    pub(crate) valueless: Vec<(u64, K, Box<Fault>)>,
}

/// Whose fault a row without a usable value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueFaults {
    /// The row's, which is quarantined.
    OfRow,
    /// The area's that the row is about, so that it counts once.
    OfArea,
}

/// Reader of the key of a row.
pub(crate) type RowKey<'a, K> = dyn FnMut(&dyn Records) -> Result<K, Box<Fault>> + 'a;

impl KeyedTable {
    pub(crate) fn open(input: &Input) -> Result<Self, IngestError> {
        Self::open_with(input, &[])
    }

    /// Opens a table that has these columns: of several sheets the one with them, its header the row that names them.
    pub(crate) fn open_with(input: &Input, columns: &[&str]) -> Result<Self, IngestError> {
        let mut notices = Vec::new();
        let needed: Vec<String> = columns.iter().map(|name| folded(name)).collect();
        let has = |names: &[String], needed: &String| names.iter().any(|name| folded(name) == *needed);
        let judge = move |names: &[String]| needed.iter().all(|needed| has(names, needed));
        let suits = (!columns.is_empty()).then(|| Suits(Arc::new(judge)));
        let (records, format) = cursor(input, &ReadOptions::default(), suits, &mut notices)?;
        let crs = input.part().crs()?;
        let tally = FileTally::new(input.name(), format, notices);
        Ok(Self { records, tally, crs, min: f64::NEG_INFINITY })
    }

    /// Sets the least value that is possible.
    pub(crate) fn at_least(self, min: f64) -> Self {
        Self { min, ..self }
    }

    /// The cursor over its rows.
    pub(crate) fn into_records(self) -> Box<dyn Records> {
        self.records
    }

    pub(crate) fn names(&self) -> &[String] {
        self.records.names()
    }

    /// The column of a role, by its usual names.
    pub(crate) fn column_of(&self, role: Role) -> Option<usize> {
        role.column(self.names())
    }

    /// A reader of the position of each row.
    pub(crate) fn positions(&mut self) -> Result<PositionReader, IngestError> {
        let options = ReadOptions::default();
        let (columns, chosen) = Columns::of_position(&self.tally.name, self.records.header(), &options)?;
        let notices = &mut self.tally.notices;
        let found = super::crs_of(&self.tally.name, &*self.records, columns, self.crs, notices)?;
        let wanted = chosen.values().map(|(index, _)| *index).collect();
        self.tally.columns = chosen.into_iter().map(|(role, (_, name))| (role, name)).collect();
        let mut positions = Positions::new(found.crs, options.expected(), false);
        positions.is_assumed = found.is_assumed;
        Ok(PositionReader { columns, positions, wanted })
    }

    /// Selects the columns to be read.
    fn select(&mut self, wanted: &[usize]) {
        let is_wanted: Vec<bool> = (0..self.names().len()).map(|index| wanted.contains(&index)).collect();
        self.records.select(&is_wanted, &[]);
    }

    /// Reads every row. `value` columns must be numbers, and are named in the account.
    pub(crate) fn rows<K>(
        mut self,
        wanted: &[usize],
        values: &[usize],
        faults: ValueFaults,
        key: &mut RowKey<'_, K>,
    ) -> Result<KeyedRows<K>, IngestError> {
        let names = self.records.names().to_vec();
        // The first is the value, and others are weights.
        let mins = std::iter::once(self.min).chain(std::iter::repeat(0.0));
        let of_column = |(&index, min): (&usize, f64)| {
            Numbers::of(index, names.get(index).map_or("", String::as_str)).at_least(min)
        };
        let mut numbers: Vec<Numbers> = values.iter().zip(mins).map(of_column).collect();
        let mut valueless = Vec::new();
        self.select(&[wanted, values].concat());
        let mut tally = self.tally;
        tally.value = values.first().and_then(|&index| names.get(index).cloned());
        let (mut accepted, mut quarantined, mut lost) = (Vec::new(), Vec::new(), 0.0);
        loop {
            let row = match self.records.advance()? {
                Step::End => break,
                Step::Broken(fault) => Err(fault),
                Step::Record => key(&*self.records).and_then(|key| {
                    let records = &*self.records;
                    let value = |numbers: &mut Numbers| numbers.read(tally.read + 1, records.field(numbers.column));
                    match numbers.iter_mut().map(value).collect::<Result<Vec<f64>, _>>() {
                        Ok(values) => Ok((key, values)),
                        Err(fault) if faults == ValueFaults::OfArea => {
                            tally.read += 1;
                            valueless.push((tally.read, key, fault));
                            return Ok(None);
                        }
                        Err(fault) => Err(fault),
                    }
                    .map(Some)
                }),
            };
            let row = match row {
                Ok(None) => continue,
                Ok(Some(row)) => Ok(row),
                Err(fault) => Err(fault),
            };
            tally.read += 1;
            match row {
                Ok((key, values)) => accepted.push((tally.read, key, values)),
                Err(fault) => {
                    if let (Some(&first), true) = (values.first(), fault.code != Code::FieldCount) {
                        lost += Numbers::of(first, "").read(0, self.records.field(first)).unwrap_or(0.0);
                    }
                    quarantined
                        .push(tally.quarantine(tally.read, self.records.position(), *fault, || self.records.raw()));
                }
            }
        }
        for numbers in &numbers {
            numbers.conclude(&mut tally);
            let doubts: BTreeMap<u64, Box<Fault>> = numbers.doubts().into_iter().collect();
            let taken = |(number, ..): &mut (u64, K, Vec<f64>)| doubts.contains_key(number);
            for (number, ..) in accepted.extract_if(.., taken) {
                let fault = &doubts[&number];
                let raw = || fault.found.clone();
                quarantined.push(tally.quarantine(number, FilePosition::default(), (**fault).clone(), raw));
            }
        }
        tally.accepted = (accepted.len() + valueless.len()) as u64;
        tally.warn_all(self.records.warnings());
        tally.notices.extend(self.records.notices());
        Ok(KeyedRows { accepted, tally, quarantined, lost, valueless })
    }
}

impl<K: Clone + Ord> KeyedRows<K> {
    /// Quarantines the later of two rows with the same key.
    pub(crate) fn quarantine_repeated(&mut self, column: &str, shown: impl Fn(&K) -> String) {
        let mut seen = BTreeMap::new();
        for (number, key, values) in std::mem::take(&mut self.accepted) {
            match seen.get(&key) {
                None => {
                    seen.insert(key.clone(), number);
                    self.accepted.push((number, key, values));
                }
                Some(first) => {
                    self.lost += values.first().copied().unwrap_or(0.0);
                    let expected = format!("each once, and row {first} has it");
                    let fault = Fault::new(Code::DupCode, column, shown(&key), expected);
                    let raw = || shown(&key);
                    self.quarantined.push(self.tally.quarantine(number, FilePosition::default(), *fault, raw));
                }
            }
        }
        for (number, key, fault) in std::mem::take(&mut self.valueless) {
            match seen.get(&key) {
                None => {
                    seen.insert(key.clone(), number);
                    self.valueless.push((number, key, fault));
                }
                Some(first) => {
                    let expected = format!("each once, and row {first} has it");
                    let fault = Fault::new(Code::DupCode, column, shown(&key), expected);
                    let raw = || shown(&key);
                    self.quarantined.push(self.tally.quarantine(number, FilePosition::default(), *fault, raw));
                }
            }
        }
        self.tally.accepted = (self.accepted.len() + self.valueless.len()) as u64;
    }
}

/// Reader of the positions of a table.
pub(crate) struct PositionReader {
    columns: PositionColumns,
    positions: Positions,
    /// The columns it reads.
    pub(crate) wanted: Vec<usize>,
}

impl PositionReader {
    pub(crate) fn read(&mut self, records: &dyn Records) -> Result<LatLng, Box<Fault>> {
        let (lat, lng) = self.positions.read(self.columns, records)?;
        LatLng::new(lat, lng).map_err(|error| {
            Fault::new(Code::CoordRange, "", format_args!("{}, {}", legible(lat), legible(lng)), error.expected())
        })
    }

    /// The error of a file whose positions share a reason to doubt them.
    pub(crate) fn verdict(&self, tally: &FileTally) -> Result<(), IngestError> {
        self.positions.verdict(tally)
    }
}

/// Reads the numbers of a column.
pub(crate) struct Numbers {
    column: usize,
    pub(crate) name: String,
    /// Values that were read without their signs, and the first of them.
    written: u64,
    example: Option<(String, f64)>,
    /// Rows whose value has a comma between thousands, and its text.
    commas: Vec<(u64, String)>,
    /// Values with a comma that cannot be between thousands.
    decimal_commas: u64,
    /// The least value that is possible.
    min: f64,
}

/// Greatest size of a value: sums of larger ones lose whole units.
const MAX_VALUE: f64 = 1e15;
/// Size below which a value is what rounding left of 0.
const MIN_VALUE: f64 = 1e-15;

impl Numbers {
    /// Of a column by name.
    pub(crate) fn named(name: &str) -> Self {
        Self::of(0, name)
    }

    fn of(column: usize, name: &str) -> Self {
        Self {
            column,
            name: name.to_owned(),
            written: 0,
            example: None,
            commas: Vec::new(),
            decimal_commas: 0,
            min: f64::NEG_INFINITY,
        }
    }

    pub(crate) fn read(&mut self, row: u64, field: Field<'_>) -> Result<f64, Box<Fault>> {
        let value = loose(field);
        if let Some(value) = value.filter(|value| value.is_finite()) {
            return self.within(value, || field.displayed());
        }
        let text = field.displayed();
        let Some(written) = written::number(&text).filter(|_| value.is_none()) else {
            self.decimal_commas += u64::from(text.contains(',') && text.bytes().any(|byte| byte.is_ascii_digit()));
            return Err(bad_value(&self.name, value, &text));
        };
        self.written += 1;
        self.example.get_or_insert_with(|| (text.clone(), written.value));
        if written.has_commas {
            self.commas.push((row, text.clone()));
        }
        self.within(written.value, || text)
    }

    /// The value, if sums of its like keep whole units; what rounding leaves of nothing is 0.
    ///
    /// # Errors
    /// A value of another size, or below the minimum.
    pub(crate) fn within(&self, value: f64, text: impl FnOnce() -> String) -> Result<f64, Box<Fault>> {
        let size = value.abs();
        if size < MIN_VALUE {
            return Ok(0.0);
        }
        if size > MAX_VALUE {
            return Err(Fault::new(Code::Value, &self.name, text(), "a number from -10^15 to 10^15"));
        }
        if value < self.min {
            return Err(Fault::new(Code::Value, &self.name, text(), format!("a number of {} or more", self.min)));
        }
        Ok(value)
    }

    /// Sets the least value that is possible, 0 for counts and weights.
    pub(crate) fn at_least(self, min: f64) -> Self {
        Self { min, ..self }
    }

    /// Values whose comma may be a decimal one, as that of others is, each with its row.
    pub(crate) fn doubts(&self) -> Vec<(u64, Box<Fault>)> {
        if self.decimal_commas == 0 {
            return Vec::new();
        }
        let expected = "a number without commas, as other values of this column have decimal ones";
        let doubt = |(row, text): &(u64, String)| (*row, Fault::new(Code::Value, &self.name, text, expected));
        self.commas.iter().map(doubt).collect()
    }

    /// Says how values were read.
    pub(crate) fn conclude(&self, tally: &mut FileTally) {
        let count = self.written - self.doubts().len() as u64;
        if let (Some((text, value)), 1..) = (&self.example, count) {
            let name = &self.name;
            let notice =
                format!("{}: {count} values of {name:?} are read without their signs: {text:?} is {value}", tally.name);
            tally.notices.push(notice);
        }
    }
}

/// The fault of a value that is missing, not a number or not finite.
pub(crate) fn bad_value(column: &str, number: Option<f64>, found: &str) -> Box<Fault> {
    const NON_FINITE: [&str; 5] = ["nan", "inf", "-inf", "infinity", "-infinity"];
    if number.is_some() || NON_FINITE.contains(&found.to_ascii_lowercase().as_str()) {
        let expected = "a finite number; leave out rows and areas without a value";
        return Fault::new(Code::ValueNonFinite, column, found, expected);
    }
    if written::is_mark(found) {
        let expected = "a number; the mark says that its publisher gives none, so the area has no value";
        return Fault::new(Code::Suppressed, column, found, expected);
    }
    let comma = if found.contains(',') { " with a decimal point" } else { "" };
    Fault::new(Code::Value, column, found, format!("a number{comma}; leave out areas without a value"))
}

impl std::fmt::Debug for KeyedTable {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Table").field("file", &self.tally.name).finish_non_exhaustive()
    }
}
