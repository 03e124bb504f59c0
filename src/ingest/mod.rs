//! Reports: records become accepted reports and a [`Ledger`]. Every record is accepted or quarantined with a reason;
//! nothing is repaired, guessed row by row, or dropped.
//!
//! A [format](crate::format) hands over records with named columns. The column of each [`Role`] is chosen once a file
//! ([`columns`]); positions and dates have the same syntax in every format ([`position`], [`time`]).

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "days of four-digit years, seconds of a day and numbers of classes fit; a check that cannot fail would be paid for at \
              every value"
)]
#![allow(clippy::unnecessary_box_returns, reason = "a fault is the rare way out of a hot path, and large")]

mod angle;
mod area_places;
mod batch;
mod bbox;
#[cfg(feature = "polars")]
mod block;
#[cfg(test)]
#[cfg(feature = "polars")]
mod block_tests;
#[cfg(feature = "polars")]
mod by_column;
mod candidates;
pub mod columns;
mod copies;
mod date_format;
mod days;
mod dedupe;
mod error;
mod first_rows;
mod gazetteer;
mod grid_reference;
mod idle;
mod incidents;
mod intake;
mod iso;
mod labels;
mod ledger;
mod midnights;
mod mirror;
mod options;
mod other_position;
pub(crate) mod outlying;
mod part;
mod parts;
mod pile;
mod place_table;
pub mod position;
mod precision;
mod presets;
pub mod privacy;
mod repeats;
mod revised;
mod role;
mod scale;
mod stand_ins;
mod strays;
pub(crate) mod table;
mod thousands;
pub mod time;
mod verdict;
mod versions;
mod way;
mod whereabouts;
mod words;
mod written;
mod zone;
pub(crate) mod zone_places;

use std::any::Any;
use std::sync::Arc;

pub use batch::Batch;
pub use bbox::{Bbox, ExpectedArea};
pub use columns::Columns;
pub use error::{IngestError, Outside};
pub use gazetteer::Gazetteer;
pub use intake::{Accept, Intake};
pub use ledger::{FileTally, Ledger, Quarantine, Quarantined};
pub use options::{Dedupe, ReadOptions};
pub use presets::{Categories, PRESETS, Preset};
pub use privacy::Allowed;
pub use revised::Revised;
pub use role::Role;
pub use time::{DateFormat, NaiveTimes};

pub(crate) use candidates::grids_in;
pub(crate) use days::FileDays;
pub(crate) use mirror::Slip;
pub(crate) use strays::Bulk;
pub(crate) use whereabouts::{SquareCount, sides_of};

use copies::{Copies, Holder};
use dedupe::SeenIds;
use first_rows::FirstRows;
use other_position::OtherPosition;
use position::PositionColumns;
use versions::{FileMonths, Versions};

use crate::code::Code;
use crate::format::{Converter, Crs, FileOptions, Input, Records, Suits, UnusableCrs};

/// Reader of the inputs of one run, one after the other; repeats are found across them.
///
/// ```
/// use tensionmap::Input;
/// use tensionmap::unstable::ingest::{Import, ReadOptions};
/// let mut import = Import::new(ReadOptions::default());
/// let csv = b"id,lon,lat,date,category\n7,-1.12,52.64,2022-09-17,public_order\n7,-1.12,52.64,2022-09-17,public_order\n";
/// let mut incidents = Vec::new();
/// let input = Input::Bytes("log.csv".into(), csv.to_vec());
/// let tally = import.read(&input, &mut |batch| incidents.extend(batch.incidents()), &mut |_| Ok(()))?;
/// assert_eq!((tally.read, tally.accepted, tally.quarantined()), (2, 1, 1));
/// # Ok::<(), tensionmap::unstable::error::IngestError>(())
/// ```
#[derive(Debug, Default)]
pub struct Import {
    options: Arc<ReadOptions>,
    seen: SeenIds,
    versions: Versions,
    copies: Copies,
}

impl Import {
    /// An import that has read nothing yet.
    #[must_use]
    pub fn new(options: impl Into<Arc<ReadOptions>>) -> Self {
        Self { options: options.into(), ..Self::default() }
    }

    /// Its settings, for every input without its own.
    #[must_use]
    pub fn options(&self) -> &ReadOptions {
        &self.options
    }

    /// Reads one input with the settings of this import; see [`Self::read_with`].
    ///
    /// # Errors
    /// Those of [`Self::read_with`].
    pub fn read(
        &mut self,
        input: &Input,
        accept: &mut Accept<'_>,
        quarantine: &mut Quarantine<'_>,
    ) -> Result<FileTally, IngestError> {
        let options = Arc::clone(&self.options);
        self.read_with(input, &options, accept, quarantine)
    }

    /// Reads one input with settings of its own. Accepted reports go to `accept` in batches, quarantined records to
    /// `quarantine` one by one, and the tally counts both. Memory is one batch and a window on the text (Parquet: a row group), whatever the size of
    /// the input. Ids that do not rise are remembered, see [`Dedupe`].
    ///
    /// # Errors
    /// A missing, empty or unrecognised file. No column for position or date. Syntax that cannot be read past. A file
    /// that as a whole contradicts its format. The message names the file, the position and what to do.
    pub fn read_with(
        &mut self,
        input: &Input,
        options: &Arc<ReadOptions>,
        accept: &mut Accept<'_>,
        quarantine: &mut Quarantine<'_>,
    ) -> Result<FileTally, IngestError> {
        let mut notices = Vec::new();
        let (mut records, format) = cursor(input, options, Some(Columns::suits(options)), &mut notices)?;
        let name = input.name();
        let copied = self.check_copy(input, options.revised, &mut notices)?;
        let first = FirstRows::of(input, options, Columns::suits(options));
        let mut columns = match Columns::choose(&name, records.header(), options, &first, &mut notices) {
            Err(error) if records.names().is_empty() => {
                return FileTally::new(name, format, notices).without_columns(&mut *records, error, quarantine);
            }
            columns => columns?,
        };
        records.select(&columns.wanted(), &columns.late_names());
        let stated = input.part().crs()?.or(options.file.crs);
        let FileCrs { crs, is_followed, is_assumed } =
            crs_of(&name, &*records, columns.position, stated, &mut notices)?;
        let crs = columns.in_order(crs);
        let mut tally = FileTally::new(name, format, notices);
        tally.warn(Code::CrsMember, u64::from(is_followed));
        let path = input.lasting_path();
        if path.is_none() && options.dedupe != Dedupe::Off && self.seen.is_rising() {
            // The ids of an input that cannot be read twice are remembered from the start.
            repeats::remember(&mut self.seen, None);
        }
        let Self { seen, versions, copies, .. } = self;
        let is_by_month = columns.preset.is_some_and(|preset| preset.by_month);
        let mut intake = Intake::new(options, columns, tally, seen, path, accept, quarantine, crs);
        intake.positions.is_assumed = is_assumed;
        let geometries = records.header().crs.as_deref().map_or(Ok(Crs::default()), Crs::named);
        intake.other = geometries.ok().and_then(|crs| OtherPosition::of(&intake.columns, crs));
        if is_by_month || copied.is_some() {
            intake.months = Some(FileMonths::new(versions, options.revised, copied));
        }
        pour(&mut *records, &mut intake)?;
        let idle = idle::notices(&intake);
        intake.tally.notices.extend(records.notices().into_iter().chain(idle));
        let tally = intake.finish(records.warnings())?;
        if seen.is_rising() && tally.read > 0 {
            seen.passed.extend(path.map(|path| (path.to_owned(), Arc::clone(options))));
        }
        versions.enter(&tally);
        // A Shapefile has its values in other files.
        if format != "shapefile" {
            copies.enter(input, &tally);
        }
        Ok(tally)
    }

    /// The earlier file that replaces a copy of it.
    ///
    /// # Errors
    /// A copy, if the policy is to stop.
    fn check_copy(
        &mut self,
        input: &Input,
        revised: Revised,
        notices: &mut Vec<String>,
    ) -> Result<Option<Holder>, IngestError> {
        let Some(copied) = self.copies.copied(input) else { return Ok(None) };
        let Holder { file: other, records: count } = &copied;
        let file = input.name();
        match revised {
            Revised::Stop => Err(IngestError::Copy { file, other: other.clone(), count: *count }),
            Revised::Replace => {
                notices.push(format!(
                    "{file}: is {other} byte for byte; its {count} records are left out (--revised replace)"
                ));
                Ok(Some(copied))
            }
            Revised::Keep => {
                notices.push(format!(
                    "{file}: is {other} byte for byte; its {count} records count twice (--revised keep)"
                ));
                Ok(None)
            }
        }
    }
}

/// Reads one input by itself; see [`Import::read`].
///
/// ```
/// use tensionmap::Input;
/// use tensionmap::unstable::ingest::{ReadOptions, read};
/// let csv = b"lon,lat,date,category\n-1.12,52.64,2022-09-17,public_order\n,,2022-09-18,asb\n";
/// let mut incidents = Vec::new();
/// let input = Input::Bytes("log.csv".into(), csv.to_vec());
/// let tally = read(&input, &ReadOptions::default(), &mut |batch| incidents.extend(batch.incidents()), &mut |_| Ok(()))?;
/// assert_eq!((tally.read, tally.accepted, tally.quarantined()), (2, 1, 1));
/// assert_eq!(incidents[0].when.start.to_string(), "2022-09-17");
/// # Ok::<(), tensionmap::unstable::error::IngestError>(())
/// ```
///
/// # Errors
/// Those of [`Import::read`].
pub fn read(
    input: &Input,
    options: &ReadOptions,
    accept: &mut Accept<'_>,
    quarantine: &mut Quarantine<'_>,
) -> Result<FileTally, IngestError> {
    Import::new(options.clone()).read(input, accept, quarantine)
}

/// Opens a cursor over the records of an input and chooses its columns.
fn open(input: &Input, options: &ReadOptions) -> Result<(Box<dyn Records>, Columns), IngestError> {
    let mut notices = Vec::new();
    let (records, _) = cursor(input, options, Some(Columns::suits(options)), &mut notices)?;
    let first = FirstRows::of(input, options, Columns::suits(options));
    let columns = Columns::choose(&input.name(), records.header(), options, &first, &mut notices)?;
    Ok((records, columns))
}

/// Opens a cursor over the records of an input; returns it with the name of its format.
fn cursor(
    input: &Input,
    options: &ReadOptions,
    suits: Option<Suits>,
    notices: &mut Vec<String>,
) -> Result<(Box<dyn Records>, &'static str), IngestError> {
    let header = options.preset.map(|preset| preset.header.as_slice()).filter(|header| !header.is_empty());
    let file = FileOptions { header: header.or(options.file.header), ..options.file.of(input)? };
    let (records, format) = crate::format::open(input, &file, suits, notices)?;
    columns::check_names(&input.name(), records.names())?;
    Ok((records, format))
}

/// Takes every record of a cursor. The cursors of large files have a loop of their own type each, without a virtual
/// call for each field. Any other format goes through the trait object.
fn pour(records: &mut dyn Records, intake: &mut Intake<'_>) -> Result<(), IngestError> {
    macro_rules! typed {
        ($($(#[$attribute:meta])* $cursor:ty => $take:expr;)*) => {
            $($(#[$attribute])* if let Some(cursor) = (&mut *records as &mut dyn Any).downcast_mut::<$cursor>() {
                return $take(intake, cursor);
            })*
        };
    }
    typed! {
        crate::format::csv::CsvRecords => Intake::take_all;
        crate::format::geojson::JsonRecords => Intake::take_all;
        crate::format::flatgeobuf::FlatGeobufRecords => Intake::take_all;
        crate::format::shapefile::ShapefileRecords => Intake::take_all;
        #[cfg(feature = "polars")]
        crate::format::parquet::ParquetRecords => block::take_groups;
        #[cfg(feature = "polars")]
        crate::format::frame::FrameRecords => Intake::take_blocks;
    }
    intake.take_all(records)
}

/// The reference system of a file's positions, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileCrs {
    crs: Crs,
    /// True if the file states another than WGS84.
    is_followed: bool,
    /// True if nothing states the system of eastings and northings.
    is_assumed: bool,
}

fn crs_of(
    file: &str,
    records: &dyn Records,
    position: PositionColumns,
    given: Option<Crs>,
    notices: &mut Vec<String>,
) -> Result<FileCrs, IngestError> {
    let of = |crs: Crs| FileCrs { crs, is_followed: false, is_assumed: false };
    let unusable = |found: String| {
        let file = file.to_owned();
        |error: UnusableCrs| IngestError::Crs { file, found, expected: error.to_string() }
    };
    // The system of a file is that of its geometries, whatever its columns hold.
    let is_geometry = matches!(position, PositionColumns::Geometry(_));
    let stated = records.header().crs.as_deref().filter(|_| given.is_none() && is_geometry);
    let (crs, how) = match (given, stated) {
        (Some(crs), _) => (crs, "taken to be in"),
        (None, _) if matches!(position, PositionColumns::Grid(..)) => {
            notices.push(format!(
                "{file}: eastings and northings are assumed to be of the British National Grid (EPSG:27700), as nothing states \
                 their system; --input-crs EPSG:N, or FILE@EPSG:N, says another"
            ));
            return Ok(FileCrs { is_assumed: true, ..of(Crs::BritishNationalGrid) });
        }
        (None, Some(name)) => (Crs::named(name).map_err(unusable(name.to_owned()))?, "states"),
        (None, None) => return Ok(of(Crs::default())),
    };
    let converter = Converter::new(crs).map_err(unusable(crs.to_string()))?;
    let own =
        records.header().crs.as_deref().filter(|own| is_geometry && given.is_some() && Crs::named(own) != Ok(crs));
    let own = own.map(|own| {
        let name = Crs::named(own).map_or_else(|_unknown| own.chars().take(80).collect(), |own| own.to_string());
        format!("states {name}, but is ")
    });
    match (converter.notice(), own) {
        (Some(notice), own) => notices.push(format!("{file}: {}{how} {notice}", own.unwrap_or_default())),
        (None, Some(own)) => notices.push(format!("{file}: {own}{how} {crs} (--input-crs, or FILE@CRS)")),
        (None, None) => {}
    }
    Ok(FileCrs { is_followed: crs != Crs::Wgs84 && how == "states", ..of(crs) })
}
