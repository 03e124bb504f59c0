//! Tables of anything but reports: rows with a key (a code, a cell, a position) and numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::position::{PositionColumns, Positions, loose};
use super::{Columns, FileTally, IngestError, Quarantined, ReadOptions, Role, cursor};
use crate::code::Code;
use crate::format::names::folded;
use crate::format::{Crs, Fault, Field, FilePosition, Input, Records, Step, Suits};
use crate::grid::LatLng;

/// A table, opened: its columns are known, its rows not yet read.
pub(crate) struct KeyedTable {
    records: Box<dyn Records>,
    tally: FileTally,
    /// Reference system that its path states.
    crs: Option<Crs>,
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
        Ok(Self { records, tally: FileTally::new(input.name(), format, notices), crs })
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
        let (crs, _) = super::crs_of(&self.tally.name, &*self.records, columns, self.crs, notices)?;
        let wanted = chosen.values().map(|(index, _)| *index).collect();
        self.tally.columns = chosen.into_iter().map(|(role, (_, name))| (role, name)).collect();
        Ok(PositionReader { columns, positions: Positions::new(crs, options.expected(), false), wanted })
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
        key: &mut RowKey<'_, K>,
    ) -> Result<KeyedRows<K>, IngestError> {
        let names = self.records.names().to_vec();
        self.select(&[wanted, values].concat());
        let mut tally = self.tally;
        tally.value = values.first().and_then(|&index| names.get(index).cloned());
        let (mut accepted, mut quarantined, mut lost) = (Vec::new(), Vec::new(), 0.0);
        loop {
            let row = match self.records.advance()? {
                Step::End => break,
                Step::Broken(fault) => Err(fault),
                Step::Record => key(&*self.records).and_then(|key| {
                    let name = |index: usize| names.get(index).map_or("", String::as_str);
                    let value = |&index: &usize| numeric(name(index), self.records.field(index));
                    Ok((key, values.iter().map(value).collect::<Result<Vec<f64>, _>>()?))
                }),
            };
            tally.read += 1;
            match row {
                Ok((key, values)) => accepted.push((tally.read, key, values)),
                Err(fault) => {
                    if let (Some(&first), true) = (values.first(), fault.code != Code::FieldCount) {
                        lost += numeric("", self.records.field(first)).unwrap_or(0.0);
                    }
                    quarantined
                        .push(tally.quarantine(tally.read, self.records.position(), *fault, || self.records.raw()));
                }
            }
        }
        tally.accepted = accepted.len() as u64;
        tally.warn_all(self.records.warnings());
        Ok(KeyedRows { accepted, tally, quarantined, lost })
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
        self.tally.accepted = self.accepted.len() as u64;
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
        LatLng::new(lat, lng)
            .map_err(|error| Fault::new(Code::CoordRange, "", format_args!("{lat}, {lng}"), error.expected()))
    }

    /// The error of a file without an accepted record, if its positions share a reason.
    pub(crate) fn verdict(&self, tally: &FileTally) -> Result<(), IngestError> {
        if tally.accepted == 0 { self.positions.verdict(&tally.name, tally.read) } else { Ok(()) }
    }
}

/// The number of an indicator.
fn numeric(column: &str, field: Field<'_>) -> Result<f64, Box<Fault>> {
    let value = loose(field);
    value.filter(|value| value.is_finite()).ok_or_else(|| bad_value(column, value, &field.displayed()))
}

/// The fault of a value that is missing, not a number or not finite.
pub(crate) fn bad_value(column: &str, number: Option<f64>, found: &str) -> Box<Fault> {
    const NON_FINITE: [&str; 5] = ["nan", "inf", "-inf", "infinity", "-infinity"];
    if number.is_some() || NON_FINITE.contains(&found.to_ascii_lowercase().as_str()) {
        let expected = "a finite number; leave out rows and areas without a value";
        return Fault::new(Code::ValueNonFinite, column, found, expected);
    }
    Fault::new(Code::Value, column, found, "a number; leave out areas without a value")
}

impl std::fmt::Debug for KeyedTable {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Table").field("file", &self.tally.name).finish_non_exhaustive()
    }
}
