//! Duplicate records, found by their ids.
//!
//! While ids are whole numbers that only rise, none can come twice, and nothing is kept: memory stays flat for files
//! that number their records. At the first id that does not rise, the records before it are read once more to remember
//! their ids. From then on an id costs about 20 bytes.

use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, Hasher};
use std::path::PathBuf;
use std::sync::Arc;

use foldhash::quality::FixedState;
use rustc_hash::{FxHashMap, FxHashSet};

use super::ReadOptions;
use crate::format::{Field, number};

/// Outcome of looking up an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Not seen before.
    New,
    /// The id was, the record was not.
    Known,
    /// The very record was.
    Repeat,
    /// Unknown until the earlier records are read again.
    Unsure,
}

/// The ids of a run's records.
#[derive(Debug)]
pub(super) struct SeenIds {
    pub(super) memory: Memory,
    /// Files read in full whose ids were not kept, each with the settings that it was read with.
    pub(super) passed: Vec<(PathBuf, Arc<ReadOptions>)>,
}

/// Ids in memory.
#[derive(Debug)]
pub(super) enum Memory {
    /// Ids have only risen, up to this one.
    Rising(Option<i64>),
    /// Ids and the record that had each first; and the later, different ones.
    Full { first: FxHashMap<u64, u64>, later: FxHashSet<(u64, u64)> },
}

impl Default for SeenIds {
    fn default() -> Self {
        Self { memory: Memory::Rising(None), passed: Vec::new() }
    }
}

impl SeenIds {
    /// True while ids only rise and none is remembered.
    pub(super) fn is_rising(&self) -> bool {
        matches!(self.memory, Memory::Rising(_))
    }

    /// Estimate of their memory in bytes.
    pub(super) fn bytes(&self) -> u64 {
        match &self.memory {
            Memory::Rising(_) => 0,
            // A table is half empty after it has grown, and while it grows the old one is still there.
            Memory::Full { first, later } => 2 * 17 * (first.capacity() + later.capacity()) as u64,
        }
    }

    /// Starts to remember ids.
    pub(super) fn remember(&mut self) {
        if self.is_rising() {
            self.memory = Memory::Full { first: FxHashMap::default(), later: FxHashSet::default() };
        }
    }

    /// True if an id is larger than all before it, and so new; it becomes the largest.
    #[inline]
    pub(super) fn rises(&mut self, id: Field<'_>) -> bool {
        let Memory::Rising(last) = &mut self.memory else { return false };
        let rising = whole(id).filter(|number| last.is_none_or(|last| last < *number));
        if rising.is_some() {
            *last = rising;
        }
        rising.is_some()
    }

    /// Looks up the id of a record; `record` returns its fingerprint, which is only computed when needed.
    #[inline]
    pub(super) fn look(&mut self, id: Field<'_>, record: impl FnOnce() -> u64) -> Verdict {
        if self.rises(id) {
            return Verdict::New;
        }
        match &mut self.memory {
            Memory::Rising(_) => Verdict::Unsure,
            Memory::Full { first, later } => {
                let (id, record) = (hash(id), record());
                match first.entry(id) {
                    Entry::Vacant(new) => {
                        new.insert(record);
                        Verdict::New
                    }
                    Entry::Occupied(old) if *old.get() != record && later.insert((id, record)) => Verdict::Known,
                    Entry::Occupied(_) => Verdict::Repeat,
                }
            }
        }
    }
}

/// An id that is a whole number, as a file that numbers its records writes it.
#[inline]
fn whole(id: Field<'_>) -> Option<i64> {
    match id {
        Field::Integer(number) => Some(number),
        // Ids of digits without a leading zero differ as their numbers do.
        Field::Text(text) => number::whole(text),
        _ => None,
    }
}

/// Hash of an id and its type: 1 is not "1".
fn hash(id: Field<'_>) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    match id {
        Field::Text(text) => {
            hasher.write_u8(1);
            hasher.write(text.as_bytes());
        }
        Field::Integer(number) => {
            hasher.write_u8(2);
            hasher.write_i64(number);
        }
        other => {
            hasher.write_u8(3);
            hasher.write(other.displayed().as_bytes());
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rising_ids_are_not_remembered_and_others_are() {
        let mut seen = SeenIds::default();
        for number in [1, 2, 7, 100] {
            assert_eq!(seen.look(Field::Integer(number), || 0), Verdict::New);
        }
        assert_eq!(seen.look(Field::Integer(7), || 0), Verdict::Unsure);
        assert_eq!(seen.look(Field::Text("a"), || 0), Verdict::Unsure);
        seen.remember();
        let one = Field::Integer(1);
        let looks = [(one, 5), (Field::Text("1"), 5), (one, 5), (one, 6), (one, 6)];
        let verdicts = looks.map(|(id, record)| seen.look(id, || record));
        assert_eq!(verdicts, [Verdict::New, Verdict::New, Verdict::Repeat, Verdict::Known, Verdict::Repeat]);
    }

    #[test]
    fn only_plain_numbers_rise() {
        assert_eq!(whole(Field::Text("42")), Some(42));
        for text in ["", "007", "4a", "-1", "+1", "1234567890123456789", "４"] {
            assert_eq!(whole(Field::Text(text)), None, "{text}");
        }
    }
}
