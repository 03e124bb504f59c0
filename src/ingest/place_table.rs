//! Positions by key: some millions of postcodes, property numbers, area codes or names in memory.

use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use crate::format::{Crs, Field};

/// Positions by key, sorted by key.
#[derive(Debug)]
pub(super) struct PlaceTable {
    file: String,
    /// Column of the keys.
    key: String,
    /// A key, for messages.
    example: String,
    /// Its file and columns, in words.
    pub(super) about: String,
    crs: Crs,
    /// Steps of a coordinate in a unit of the reference system.
    scale: f64,
    /// True if the ground of each is only usual for such a key.
    is_nominal: bool,
    entries: Vec<PlaceEntry>,
    /// Where the entries begin whose keys have each value of the first bits.
    starts: Vec<u32>,
    bits: u32,
}

/// A key and its position, 24 bytes in all.
#[derive(Clone, Copy, Debug, PartialEq)]
struct PlaceEntry {
    key: u64,
    /// Steps east and north, or one of the values below.
    x: i32,
    y: i32,
    /// Side in metres of a square as large as the ground that the position stands for; 0 for a point.
    side: f32,
}

/// In place of steps: no position, several of them, a key that is in use no longer.
const NONE: i32 = i32::MIN;
const SEVERAL: i32 = i32::MIN + 1;
const ENDED: i32 = i32::MIN + 2;

/// A position that was found, in the reference system of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FoundPlace {
    pub(super) x: f64,
    pub(super) y: f64,
    /// Side in metres of the ground it stands for; 0 for a point.
    pub(super) side: f64,
    /// True if this is only the usual ground of such a key.
    pub(super) is_nominal: bool,
}

/// Statement of a row about its key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Placed {
    At {
        x: f64,
        y: f64,
        side: f64,
    },
    Nowhere,
    /// No longer in use.
    Ended,
}

impl PlaceTable {
    /// Bytes of an entry.
    pub(super) const ENTRY_BYTES: u64 = size_of::<PlaceEntry>() as u64;

    pub(super) fn new(file: String, key: String, crs: Crs, is_degrees: bool) -> Self {
        // Less than 1 cm, and a whole world of them fits.
        let scale = if is_degrees { 1e7 } else { 100.0 };
        let (entries, starts) = (Vec::new(), Vec::new());
        Self {
            file,
            key,
            example: String::new(),
            about: String::new(),
            crs,
            scale,
            is_nominal: false,
            entries,
            starts,
            bits: 0,
        }
    }

    /// States that the ground of each key is only what is usual.
    pub(super) fn nominal(mut self, is_nominal: bool) -> Self {
        self.is_nominal = is_nominal;
        self
    }

    pub(super) fn crs(&self) -> Crs {
        self.crs
    }

    pub(super) fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Column of the keys.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Adds a row; false if it has no key.
    pub(super) fn add(&mut self, key: Field<'_>, placed: Placed) -> bool {
        let Some(number) = folded_key(key) else { return false };
        if self.example.is_empty() {
            self.example = key.displayed();
        }
        let step = |number: f64| {
            let steps = (number * self.scale).round();
            // Far from the special values.
            (steps.abs() < 2.14e9).then_some(steps as i32)
        };
        let (x, y, side) = match placed {
            Placed::At { x, y, side } => match (step(x), step(y)) {
                (Some(x), Some(y)) => (x, y, side as f32),
                _ => (NONE, 0, 0.0),
            },
            Placed::Nowhere => (NONE, 0, 0.0),
            Placed::Ended => (ENDED, 0, 0.0),
        };
        self.entries.push(PlaceEntry { key: number, x, y, side });
        true
    }

    /// Sorts the rows and joins those of one key: the same position is one, different ones are several. Returns how many keys have
    /// several.
    pub(super) fn finish(&mut self) -> u64 {
        self.entries.sort_unstable_by_key(|entry| (entry.key, entry.x, entry.y));
        let mut several = 0;
        self.entries.dedup_by(|next, first| {
            if next.key != first.key {
                return false;
            }
            if [NONE, ENDED].contains(&first.x) {
                *first = *next;
            } else if first.x != SEVERAL && (first.x, first.y) != (next.x, next.y) {
                first.x = SEVERAL;
                several += 1;
            } else {
                first.side = first.side.max(next.side);
            }
            true
        });
        self.entries.shrink_to_fit();
        // Some eight entries share their first bits.
        self.bits = (self.entries.len() / 8).max(1).ilog2().clamp(1, 24);
        let mut starts = vec![0_u32; (1 << self.bits) + 1];
        for entry in &self.entries {
            starts[self.slot(entry.key) + 1] += 1;
        }
        for slot in 1..starts.len() {
            starts[slot] += starts[slot - 1];
        }
        self.starts = starts;
        several
    }

    fn slot(&self, key: u64) -> usize {
        (key >> (u64::BITS - self.bits)) as usize
    }

    /// The position of a key.
    ///
    /// # Errors
    /// The expectation, in words.
    pub(super) fn find(&self, key: Field<'_>) -> Result<FoundPlace, String> {
        let of = || format!("of {} in {}", self.key, self.file);
        let unknown = || format!("a value {}, such as {}", of(), self.example);
        let number = folded_key(key).ok_or_else(unknown)?;
        let slot = self.slot(number);
        let bucket = &self.entries[self.starts[slot] as usize..self.starts[slot + 1] as usize];
        let entry = bucket.iter().find(|entry| entry.key == number).ok_or_else(unknown)?;
        match entry.x {
            NONE => Err(format!("a value {} with a position; this one has none", of())),
            SEVERAL => Err(format!("a value {} with one position; this one has several", of())),
            ENDED => Err(format!("a value {} that is in use; this one is no longer", of())),
            x => {
                let (x, y) = (f64::from(x) / self.scale, f64::from(entry.y) / self.scale);
                Ok(FoundPlace { x, y, side: entry.side.into(), is_nominal: self.is_nominal })
            }
        }
    }
}

/// The key of a value: letters and digits alone, in upper case, so that `le1 6tp` is `LE16TP`; of a number its digits without leading
/// zeros. Twelve letters and digits are packed without loss; of longer keys, a hash.
fn folded_key(field: Field<'_>) -> Option<u64> {
    match field {
        Field::Text(text) | Field::Other(text) => text_key(text),
        Field::Integer(number) => text_key(&number.to_string()),
        Field::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => text_key(&format!("{number:.0}")),
        _ => None,
    }
}

fn text_key(text: &str) -> Option<u64> {
    let text = text.trim();
    // A number that went through a spreadsheet.
    let text = text.strip_suffix(".0").filter(|digits| is_number(digits)).unwrap_or(text);
    let text = if is_number(text) { text.trim_start_matches('0') } else { text };
    let (mut packed, mut count) = (0_u64, 0);
    for byte in text.bytes() {
        let digit = match byte.to_ascii_uppercase() {
            byte @ b'0'..=b'9' => byte - b'0',
            byte @ b'A'..=b'Z' => byte - b'A' + 10,
            byte if byte.is_ascii() => continue,
            _ => return Some(long_key(text)),
        };
        count += 1;
        if count > 12 {
            return Some(long_key(text));
        }
        packed = packed * 37 + u64::from(digit) + 1;
    }
    (count > 0).then(|| mixed(packed))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A hash of a long key; two of three million share it about once in two million tables.
#[cold]
fn long_key(text: &str) -> u64 {
    let folded: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    mixed(FixedState::default().hash_one(folded) >> 1 | 1 << 63)
}

/// Spreads keys over all numbers, one to one.
fn mixed(key: u64) -> u64 {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(&str, Placed)]) -> PlaceTable {
        let mut table = PlaceTable::new("places.csv".to_owned(), "code".to_owned(), Crs::Wgs84, true);
        for (key, placed) in rows {
            assert!(table.add(Field::Text(key), *placed));
        }
        table.finish();
        table
    }

    fn at(x: f64, y: f64) -> Placed {
        Placed::At { x, y, side: 0.0 }
    }

    #[test]
    fn keys_are_found_whatever_their_case_and_spaces() {
        let names = ["LE1 6TP", "St. John's Road, Leicester", "100023336956", "Großstraße", "E01000001"];
        let rows: Vec<(&str, Placed)> =
            names.iter().zip(1..).map(|(name, n)| (*name, at(f64::from(n), 52.0))).collect();
        let table = table(&rows);
        for (key, x) in [
            ("le16tp", 1.0),
            (" LE1  6TP ", 1.0),
            ("ST JOHNS ROAD LEICESTER", 2.0),
            ("0100023336956", 3.0),
            ("100023336956.0", 3.0),
            ("großstraße", 4.0),
        ] {
            assert_eq!(table.find(Field::Text(key)).map(|found| found.x), Ok(x), "{key}");
        }
        assert_eq!(table.find(Field::Integer(100_023_336_956)).map(|found| found.x), Ok(3.0));
        assert_eq!(table.find(Field::Number(100_023_336_956.0)).map(|found| found.x), Ok(3.0));
        let unknown = table.find(Field::Text("LE1 6TQ")).expect_err("not there");
        assert_eq!(unknown, "a value of code in places.csv, such as LE1 6TP");
    }

    #[test]
    fn one_key_with_two_positions_has_none_of_them() {
        let table = table(&[
            ("A", at(1.0, 2.0)),
            ("a", at(1.0, 2.0)),
            ("B", at(1.0, 2.0)),
            ("B", at(1.5, 2.0)),
            ("B", at(1.0, 2.0)),
            ("C", Placed::Nowhere),
            ("C", at(3.0, 2.0)),
            ("D", Placed::Nowhere),
            ("E", Placed::Ended),
            ("E", at(5.0, 2.0)),
            ("F", Placed::Ended),
        ]);
        let found = |key| table.find(Field::Text(key)).map(|found| found.x);
        assert_eq!((found("A"), found("C"), found("E")), (Ok(1.0), Ok(3.0), Ok(5.0)));
        assert!(found("B").is_err_and(|expected| expected.ends_with("this one has several")));
        assert!(found("D").is_err_and(|expected| expected.ends_with("this one has none")));
        assert!(found("F").is_err_and(|expected| expected.ends_with("this one is no longer")));
        assert_eq!(table.len(), 6);
    }

    #[test]
    fn every_key_of_many_is_found() {
        let mut table = PlaceTable::new("x".to_owned(), "k".to_owned(), Crs::BritishNationalGrid, false);
        for n in 0..50_000_i64 {
            table.add(Field::Integer(n * 7 + 1), Placed::At { x: n as f64, y: 0.25, side: 4.0 });
        }
        assert_eq!(table.finish(), 0);
        for n in (0..50_000_i64).step_by(97) {
            let found = table.find(Field::Integer(n * 7 + 1));
            assert_eq!(found, Ok(FoundPlace { x: n as f64, y: 0.25, side: 4.0, is_nominal: false }));
            assert!(table.find(Field::Integer(n * 7 + 2)).is_err());
        }
        assert_eq!(PlaceTable::ENTRY_BYTES, 24);
    }
}
