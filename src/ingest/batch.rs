//! Accepted reports, column by column, and the dictionary of their classes.

use rustc_hash::FxHashMap;

use crate::format::FilePosition;
use crate::grid::LatLng;
use crate::incident::{Day, Incident, ReportClass, When};

/// A batch of accepted reports. Positions are within range; classes are numbers into a dictionary that grows from batch to
/// batch of a file.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub(super) lat: Vec<f64>,
    pub(super) lng: Vec<f64>,
    pub(super) when: Vec<When>,
    pub(super) known: Vec<Day>,
    pub(super) class: Vec<u32>,
    pub(super) precision: Vec<u8>,
    pub(super) side: Vec<f32>,
    pub(super) classes: ReportClasses,
}

/// One report of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct BatchRow {
    lat: f64,
    lng: f64,
    pub(super) when: When,
    known: Day,
    class: u32,
    precision: Option<u8>,
    side: Option<f32>,
}

/// A record that is held until the end of its file.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) row: BatchRow,
    pub(super) record: u64,
    pub(super) position: FilePosition,
    pub(super) raw: String,
}

impl Batch {
    /// Maximal reports of a batch.
    pub(super) const MAX: usize = 1 << 14;

    /// Number of reports.
    #[must_use]
    pub fn len(&self) -> usize {
        self.class.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.class.is_empty()
    }

    /// Latitudes in degrees, within −90…90.
    #[must_use]
    pub fn lat(&self) -> &[f64] {
        &self.lat
    }

    /// Longitudes in degrees, within −180…180.
    #[must_use]
    pub fn lng(&self) -> &[f64] {
        &self.lng
    }

    /// When each happened.
    #[must_use]
    pub fn when(&self) -> &[When] {
        &self.when
    }

    /// Day from which each is known.
    #[must_use]
    pub fn known(&self) -> &[Day] {
        &self.known
    }

    /// Class of each, as a number into [`Self::classes`].
    #[must_use]
    pub fn class(&self) -> &[u32] {
        &self.class
    }

    /// Precision code of each as its source states it, 0 where it states none. Only there when a column has the role.
    #[must_use]
    pub fn precision(&self) -> &[u8] {
        &self.precision
    }

    /// Metres along a side of a square as large as the ground that each may be on, 0 for a point. Only there when something tells of
    /// it: a column, a grid reference, a cell, a gazetteer.
    #[must_use]
    pub fn side(&self) -> &[f32] {
        &self.side
    }

    /// The dictionary: the classes met so far.
    #[must_use]
    pub fn classes(&self) -> &[ReportClass] {
        &self.classes.list
    }

    /// The reports one by one.
    pub fn incidents(&self) -> impl Iterator<Item = Incident> + '_ {
        (0..self.len()).filter_map(|row| {
            Some(Incident {
                at: LatLng::new(self.lat[row], self.lng[row]).ok()?,
                when: self.when[row],
                known: self.known[row],
                class: self.classes.list.get(self.class[row] as usize)?.clone(),
            })
        })
    }

    /// Adds a report, all but its precision.
    #[inline]
    pub(super) fn push(&mut self, lat: f64, lng: f64, when: When, known: Day, class: u32) {
        self.lat.push(lat);
        self.lng.push(lng);
        self.when.push(when);
        self.known.push(known);
        self.class.push(class);
    }

    /// Removes the last report.
    pub(super) fn pop(&mut self) -> Option<BatchRow> {
        let (precision, side) = (self.precision.pop(), self.side.pop());
        let (lat, lng, when) = (self.lat.pop()?, self.lng.pop()?, self.when.pop()?);
        Some(BatchRow { lat, lng, when, known: self.known.pop()?, class: self.class.pop()?, precision, side })
    }

    /// Adds a report that was removed.
    pub(super) fn put(&mut self, row: &BatchRow) {
        self.push(row.lat, row.lng, row.when, row.known, row.class);
        self.precision.extend(row.precision);
        self.side.extend(row.side);
    }

    pub(super) fn clear(&mut self) {
        self.lat.clear();
        self.lng.clear();
        self.when.clear();
        self.known.clear();
        self.class.clear();
        self.precision.clear();
        self.side.clear();
    }
}

/// Classes by number.
#[derive(Clone, Debug, Default)]
pub(super) struct ReportClasses {
    list: Vec<ReportClass>,
    numbers: FxHashMap<u64, u32>,
}

impl ReportClasses {
    /// The number of a class, identified by `key`; `class` makes it when it is new.
    #[inline]
    pub(super) fn number(&mut self, key: u64, class: impl FnOnce() -> ReportClass) -> u32 {
        *self.numbers.entry(key).or_insert_with(|| {
            self.list.push(class());
            self.list.len() as u32 - 1
        })
    }
}
