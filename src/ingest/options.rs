//! Settings that decide what a record means.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::{
    Allowed, Bbox, Categories, DateFormat, ExpectedArea, Gazetteer, NaiveTimes, Preset, Revised, Role, zone_places,
};
use crate::format::FileOptions;
use crate::grid::Resolution;
use crate::invalid::{InvalidValue, named};

/// Settings that decide what a record means.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Analysis time zone: an instant becomes the local day it falls on there.
    pub zone: TimeZone,
    /// Column names that override the aliases, by role.
    pub columns: BTreeMap<Role, String>,
    /// A layout known by name; `None` recognises one by its exact columns.
    pub preset: Option<&'static Preset>,
    /// Categories of labels, which override the built-in ones.
    pub categories: Categories,
    /// Source of reports that name none.
    pub source: Option<String>,
    /// Columns about people that may be read.
    pub allowed: Vec<Allowed>,
    /// Box that positions must be in; `None` quarantines positions that are where people live in the time zone only when latitude and
    /// longitude are swapped.
    pub bbox: Option<Bbox>,
    /// Formats of dates, of which one is to read each; of none, ISO 8601 is read.
    pub date_format: Vec<DateFormat>,
    /// Clock of times without an offset.
    pub naive_times: NaiveTimes,
    /// Repeats to leave out.
    pub dedupe: Dedupe,
    /// Months of a source that two files hold.
    pub revised: Revised,
    /// True if numbers in text have a decimal comma.
    pub decimal_comma: bool,
    /// Positions of the keys that reports give in place of a position.
    pub gazetteer: Option<Arc<Gazetteer>>,
    /// Resolution of the cells that a position must be known to; `None` takes every position as a point.
    pub cells: Option<Resolution>,
    /// Resolution of the cells that positions known to less are put into, where a setting asks for that.
    pub coarse_into: Option<Resolution>,
    /// Settings that decide how bytes become records.
    pub file: FileOptions,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            columns: BTreeMap::new(),
            preset: None,
            categories: Categories::default(),
            source: None,
            allowed: Vec::new(),
            bbox: None,
            date_format: Vec::new(),
            naive_times: NaiveTimes::default(),
            dedupe: Dedupe::default(),
            revised: Revised::default(),
            decimal_comma: false,
            gazetteer: None,
            cells: None,
            coarse_into: None,
            file: FileOptions::default(),
        }
    }
}

impl ReadOptions {
    /// The area that positions are checked against.
    pub(super) fn expected(&self) -> ExpectedArea {
        match self.bbox {
            Some(bbox) => ExpectedArea::Only(bbox),
            None => {
                self.zone.iana_name().and_then(zone_places::bbox).map_or(ExpectedArea::Anywhere, ExpectedArea::Likely)
            }
        }
    }
}

/// Policy for repeats. Records without an id are always separate reports, however alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dedupe {
    /// Records whose id came before: only the first counts.
    Id,
    /// A record with an id that is the same to the last byte as an earlier one.
    #[default]
    Row,
    /// None: every record counts.
    Off,
}

impl FromStr for Dedupe {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        named("dedupe", text, [("id", Self::Id), ("row", Self::Row), ("off", Self::Off)])
    }
}
