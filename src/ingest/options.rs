//! Settings that decide what a record means.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{Allowed, Bbox, Categories, DateFormat, Dedupe, ExpectedArea, NaiveTimes, Preset, Revised, Role};
use crate::format::FileOptions;

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
    /// Columns about people that may be read.
    pub allowed: Vec<Allowed>,
    /// Box that positions must be in; `None` with the time zone of the United Kingdom quarantines positions that lie there when
    /// mirrored.
    pub bbox: Option<Bbox>,
    /// Format of dates; `None` is ISO 8601.
    pub date_format: Option<DateFormat>,
    /// Clock of times without an offset.
    pub naive_times: NaiveTimes,
    /// Repeats to leave out.
    pub dedupe: Dedupe,
    /// Months of a source that two files hold.
    pub revised: Revised,
    /// True if numbers in text have a decimal comma.
    pub decimal_comma: bool,
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
            allowed: Vec::new(),
            bbox: None,
            date_format: None,
            naive_times: NaiveTimes::default(),
            dedupe: Dedupe::default(),
            revised: Revised::default(),
            decimal_comma: false,
            file: FileOptions::default(),
        }
    }
}

impl ReadOptions {
    /// The area that positions are checked against.
    pub(super) fn expected(&self) -> ExpectedArea {
        match self.bbox {
            Some(bbox) => ExpectedArea::Only(bbox),
            None if self.zone.iana_name() == Some("Europe/London") => ExpectedArea::Likely(Bbox::UNITED_KINGDOM),
            None => ExpectedArea::Anywhere,
        }
    }
}
