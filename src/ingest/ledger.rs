//! The account of every record: `read = accepted + quarantined`, by file and by reason.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{Fault, Place, Role};
use crate::incident::Category;

/// The reasons, one row each: variant, code, what it means.
macro_rules! reasons {
    ($($variant:ident $code:literal $about:literal;)*) => {
        /// Why a record was quarantined.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Reason { $(#[doc = $about] $variant,)* }

        impl Reason {
            /// Short stable code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What it means, for a reader.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }
        }
    };
}

reasons! {
    NoGeometry "Q_NO_GEOMETRY" "no position";
    GeomType "Q_GEOM_TYPE" "a geometry that is not a point";
    CoordType "Q_COORD_TYPE" "a coordinate that is not a number";
    NonFinite "Q_NONFINITE" "a coordinate that is not finite";
    CoordRange "Q_COORD_RANGE" "a coordinate out of range";
    NullIsland "Q_NULL_ISLAND" "position 0, 0";
    NoDate "Q_NO_DATE" "no date";
    BadDate "Q_BAD_DATE" "a date that is not ISO 8601";
    BadValue "Q_BAD_VALUE" "a strand, severity or grade that does not exist";
    FieldCount "Q_FIELD_COUNT" "more or fewer fields than the header";
    Encoding "Q_ENCODING" "text that is not UTF-8";
    Json "Q_JSON" "a feature that is not valid GeoJSON";
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// One refused record, with all that is needed to mend it at its source.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quarantined {
    /// Input it came from.
    pub file: String,
    /// Record number, from 1.
    pub record: u64,
    /// Line of its first byte, from 1, where the format has lines.
    pub line: Option<u64>,
    /// Code.
    pub reason: Reason,
    /// Column at fault, empty for the whole record.
    pub column: String,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
    /// The record itself.
    pub raw: String,
}

impl fmt::Display for Quarantined {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{} line {line}", self.file)?,
            None => write!(out, "{} record {}", self.file, self.record)?,
        }
        let column = if self.column.is_empty() { String::new() } else { format!("{}: ", self.column) };
        write!(out, ": {} {column}found {:?}, expected {}", self.reason.code(), self.found, self.expected)
    }
}

/// The account of one input.
#[derive(Clone, Debug)]
pub struct FileTally {
    /// Its name.
    pub name: String,
    /// Its format.
    pub format: &'static str,
    /// Which column was taken for what.
    pub columns: Vec<(Role, String)>,
    /// Automatic choices made for it.
    pub notices: Vec<String>,
    /// Records found.
    pub read: u64,
    /// Records handed on.
    pub accepted: u64,
    /// Records refused, by reason.
    pub refused: BTreeMap<Reason, u64>,
    /// Category labels that mean nothing to us, by label; their reports count as `other`.
    pub unmapped: BTreeMap<String, u64>,
    /// The first few refused records of each reason.
    pub examples: Vec<Quarantined>,
}

impl FileTally {
    const EXAMPLES: u64 = 3;

    pub(super) fn new(name: String, format: &'static str, columns: Vec<(Role, String)>, notices: Vec<String>) -> Self {
        Self {
            name,
            format,
            columns,
            notices,
            read: 0,
            accepted: 0,
            refused: BTreeMap::new(),
            unmapped: BTreeMap::new(),
            examples: Vec::new(),
        }
    }

    /// The account of a cube that was counted earlier: what it holds was accepted then.
    pub(crate) fn of_cube(cube: &crate::cube::Cube) -> Self {
        let total = cube.total();
        Self { read: total, accepted: total, ..Self::new("cube".to_owned(), "cube", Vec::new(), Vec::new()) }
    }

    /// Records refused.
    #[must_use]
    pub fn quarantined(&self) -> u64 {
        self.refused.values().sum()
    }

    pub(super) fn quarantine(&mut self, place: Place, fault: Fault, raw: impl FnOnce() -> String) -> Quarantined {
        let Fault { reason, column, found, expected } = fault;
        let Place { record, line } = place;
        let refused =
            Quarantined { file: self.name.clone(), record, line, reason, column, found, expected, raw: raw() };
        let count = self.refused.entry(reason).or_default();
        *count += 1;
        if *count <= Self::EXAMPLES {
            self.examples.push(refused.clone());
        }
        refused
    }

    pub(super) fn unmapped(&mut self, label: String) -> Category {
        *self.unmapped.entry(label).or_default() += 1;
        Category::Other
    }
}

/// The account of a run: one [`FileTally`] an input, in the order given.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The inputs.
    pub files: Vec<FileTally>,
}

impl Ledger {
    /// Records found.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.files.iter().map(|file| file.read).sum()
    }

    /// Records accepted.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.files.iter().map(|file| file.accepted).sum()
    }

    /// Records refused; always `read − accepted`.
    #[must_use]
    pub fn quarantined(&self) -> u64 {
        self.files.iter().map(FileTally::quarantined).sum()
    }

    /// Refused records by reason.
    #[must_use]
    pub fn reasons(&self) -> BTreeMap<Reason, u64> {
        merged(self.files.iter().map(|file| &file.refused))
    }

    /// Unknown category labels and how often each occurs.
    #[must_use]
    pub fn unmapped(&self) -> BTreeMap<String, u64> {
        merged(self.files.iter().map(|file| &file.unmapped))
    }

    /// Records without any position: they are in no cell, and the map is silent about them.
    #[must_use]
    pub fn unlocated(&self) -> u64 {
        self.reasons().get(&Reason::NoGeometry).copied().unwrap_or(0)
    }
}

fn merged<'a, K: Ord + Clone + 'a>(counts: impl Iterator<Item = &'a BTreeMap<K, u64>>) -> BTreeMap<K, u64> {
    let mut sum = BTreeMap::new();
    for (key, count) in counts.flatten() {
        *sum.entry(key.clone()).or_default() += count;
    }
    sum
}

impl fmt::Display for Ledger {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            let columns: Vec<String> = file.columns.iter().map(|(role, name)| format!("{role}={name}")).collect();
            writeln!(out, "{} ({}; {})", file.name, file.format, columns.join(", "))?;
            writeln!(out, "  read {} = accepted {} + quarantined {}", file.read, file.accepted, file.quarantined())?;
            for (reason, count) in &file.refused {
                writeln!(out, "  {:<14} {count:>8}  {}", reason.code(), reason.about())?;
            }
            for example in &file.examples {
                writeln!(out, "    {example}")?;
            }
            for (label, count) in &file.unmapped {
                writeln!(out, "  category {label:?} is not in the taxonomy: {count} reports count as `other`")?;
            }
        }
        Ok(())
    }
}
