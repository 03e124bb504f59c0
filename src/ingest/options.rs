//! Settings that decide what a record means.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{Allowed, Bbox, Categories, DateFormat, Dedupe, ExpectedArea, NaiveTimes, Preset, Role};
use crate::format::{Crs, Encoding, FileOptions};
use crate::memory::Budget;

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
    /// Reference system of positions; `None` takes the one that the file states, or longitude and latitude.
    pub input_crs: Option<Crs>,
    /// Box that positions must be in; `None` with the time zone of the United Kingdom quarantines positions that lie there when
    /// mirrored.
    pub bbox: Option<Bbox>,
    /// Format of dates; `None` is ISO 8601.
    pub date_format: Option<DateFormat>,
    /// Clock of times without an offset.
    pub naive_times: NaiveTimes,
    /// Repeats to leave out.
    pub dedupe: Dedupe,
    /// Encoding of text.
    pub encoding: Encoding,
    /// Separator of columns; `None` takes the most frequent one of the header.
    pub delimiter: Option<u8>,
    /// True if numbers in text have a decimal comma.
    pub decimal_comma: bool,
    /// Memory limit of reading, beside the counts.
    pub memory: Budget,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            columns: BTreeMap::new(),
            preset: None,
            categories: Categories::default(),
            allowed: Vec::new(),
            input_crs: None,
            bbox: None,
            date_format: None,
            naive_times: NaiveTimes::default(),
            dedupe: Dedupe::default(),
            encoding: Encoding::default(),
            delimiter: None,
            decimal_comma: false,
            memory: Budget::unlimited(),
        }
    }
}

impl ReadOptions {
    /// The settings that a file format needs.
    pub(crate) fn file_options(&self) -> FileOptions {
        let header = self.preset.map(|preset| preset.header.as_slice()).filter(|header| !header.is_empty());
        FileOptions {
            encoding: self.encoding,
            delimiter: self.delimiter,
            header,
            crs: self.input_crs,
            memory: self.memory.clone(),
        }
    }

    /// The area that positions are checked against.
    pub(super) fn expected(&self) -> ExpectedArea {
        match self.bbox {
            Some(bbox) => ExpectedArea::Only(bbox),
            None if self.zone.iana_name() == Some("Europe/London") => ExpectedArea::Likely(Bbox::UNITED_KINGDOM),
            None => ExpectedArea::Anywhere,
        }
    }
}
