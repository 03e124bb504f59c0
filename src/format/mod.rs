//! File formats: bytes become [`Records`] with named columns. No column has a meaning yet.
//!
//! A format recognises a file by its content and opens a cursor over its records. A new format is one file with an [`InputFormat`]
//! and one line in [`FORMATS`].

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "offsets in a window of some MiB, days of four-digit years and numbers of 18 digits fit; a check that cannot fail \
              would be paid for at every value"
)]
#![allow(clippy::unnecessary_box_returns, reason = "a fault is the rare way out of a hot path, and large")]

pub(crate) mod archive;
mod caught;
pub(crate) mod crs;
pub(crate) mod csv;
mod drive;
mod encoding;
mod error;
mod esri_json;
pub(crate) mod features;
pub(crate) mod flatgeobuf;
mod foreign;
#[cfg(feature = "polars")]
pub mod frame;
pub(crate) mod geojson;
pub(crate) mod geometry;
mod geopackage;
mod heads;
mod identity;
mod input;
mod kml;
pub(crate) mod layout;
pub(crate) mod names;
pub(crate) mod number;
#[cfg(feature = "polars")]
pub(crate) mod parquet;
mod property;
pub(crate) mod record;
mod rows;
mod scan;
pub(crate) mod shapefile;
mod source;
mod swelling;
#[cfg(feature = "polars")]
pub(crate) mod values;
mod window;
pub(crate) mod wkb;
mod wkt;
pub(crate) mod workbook;

use std::path::Path;

pub(crate) use crs::Converter;
pub use crs::{Crs, UnusableCrs};
#[cfg(feature = "cli")]
pub(crate) use crs::{ReferenceSystem, systems};
pub(crate) use drive::begins_with_drive;
pub use encoding::Encoding;
pub use error::FormatError;
pub(crate) use identity::{FileIdentity, ReadFiles};
pub(crate) use input::FilePart;
pub use input::{Input, MemoryTable};
pub(crate) use layout::Suits;
pub use record::{Fault, Field, FilePosition, Records, Step, TableHeader};
pub use rows::TextRows;
pub use source::Source;
pub(crate) use window::MAX_RECORD_BYTES;

use crate::code::Code;
use crate::memory::Budget;

/// A file format of inputs.
///
/// A program adds its own with [`Builder::reader`](crate::Builder::reader); [`TextRows`] is a cursor for most:
///
/// ```
/// use tensionmap::{Engine, Input, InputFormat, TextRows};
/// // Lines such as `@2.31 54.76 2026-02-27 hate_incident`.
/// let pager = InputFormat {
///     name: "pager",
///     about: "messages of a pager",
///     extensions: &["pgr"],
///     recognises: |head| head.starts_with(b"@"),
///     open: |source, _, _| {
///         let text = source.read_text()?;
///         let rows = text.lines().map(|line| line[1..].split(' ').map(str::to_owned).collect());
///         Ok(Box::new(TextRows::new(["lon", "lat", "date", "category"], rows.collect::<Vec<_>>())))
///     },
/// };
/// let log = Input::Bytes("log.pgr".into(), b"@2.31 54.76 2026-02-27 hate_incident\n".to_vec());
/// let run = Engine::builder().as_of("2026-03-02").reader(pager).build()?.incidents(log)?.run()?;
/// assert_eq!((run.ledger.files[0].format, run.ledger.accepted()), ("pager", 1));
/// # Ok::<(), tensionmap::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct InputFormat {
    /// Short name, as printed by `tensionmap list formats`.
    pub name: &'static str,
    /// Description in a line.
    pub about: &'static str,
    /// Extensions such files usually have, lower case, without the dot.
    pub extensions: &'static [&'static str],
    /// True if a file that begins with these (decompressed) bytes is of this format. Content decides, never extension.
    pub recognises: fn(&[u8]) -> bool,
    /// Opens a cursor and reports automatic choices as notices; an error if the file cannot be this format after all.
    pub open: fn(Source, &FileOptions, &mut Vec<String>) -> OpenResult,
}

impl InputFormat {
    /// Roles that files of the format can have: formats with lines and polygons serve as areas and context layers too.
    ///
    /// ```
    /// use tensionmap::unstable::format::FORMATS;
    /// let csv = FORMATS.iter().find(|format| format.name == "csv");
    /// assert_eq!(csv.map(|csv| csv.roles()), Some(&["reports", "indicators"][..]));
    /// ```
    #[must_use]
    pub fn roles(&self) -> &'static [&'static str] {
        if WITH_SHAPES.contains(&self.name) {
            &["reports", "indicators", "areas", "context"]
        } else {
            &["reports", "indicators"]
        }
    }
}

/// A cursor over the records of a file, or the error of the file.
pub type OpenResult = Result<Box<dyn Records>, FormatError>;

/// Every input format, most recognisable first.
pub const FORMATS: &[InputFormat] = &[
    #[cfg(feature = "polars")]
    parquet::FORMAT,
    flatgeobuf::FORMAT,
    geopackage::FORMAT,
    shapefile::FORMAT,
    workbook::FORMAT,
    kml::FORMAT,
    esri_json::FORMAT,
    geojson::FORMAT,
    csv::FORMAT,
];

/// Settings that decide how bytes become records.
#[derive(Clone, Debug, Default)]
pub struct FileOptions {
    /// Encoding of text.
    pub encoding: Encoding,
    /// Separator of columns; `None` takes the most frequent one of the header.
    pub delimiter: Option<u8>,
    /// Column names of a delimited file without a header row; a preset may set them.
    pub header: Option<&'static [String]>,
    /// Line or row of the header, from 1; `None` finds it below titles.
    pub header_row: Option<u32>,
    /// Layer or sheet by name; `None` takes the only one that fits.
    pub layer: Option<String>,
    /// Reference system of positions; `None` takes the one that the file states, or longitude and latitude.
    pub crs: Option<Crs>,
    /// Geometries that are to be read.
    pub geometries: Geometries,
    /// Memory limit of reading, beside the counts.
    pub memory: Budget,
    /// Formats of the embedding program, which are looked at before [`FORMATS`].
    pub formats: Vec<InputFormat>,
}

/// Geometries that are read from a file; of several layers the one that has them is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Geometries {
    /// Points, as reports have; of any other only the type is read.
    #[default]
    Points,
    /// Polygons, as areas have.
    Polygons,
    /// Any, as maps show.
    Any,
}

impl FileOptions {
    /// The options with the layer and the reference system that the path of an input names.
    ///
    /// # Errors
    /// A reference system that is not known.
    pub(crate) fn of(&self, input: &Input) -> Result<Self, FormatError> {
        let part = input.part();
        let layer = part.layer.map(str::to_owned).or_else(|| self.layer.clone());
        Ok(Self { layer, crs: part.crs()?.or(self.crs), ..self.clone() })
    }
}

/// The formats by name, those of the embedding program first, for messages.
pub(crate) fn known_formats(own: &[InputFormat]) -> String {
    let names: Vec<&str> = own.iter().chain(FORMATS).map(|format| format.name).collect();
    format!("{} (plain, .gz, .zst or in a .zip)", names.join(", "))
}

/// Opens a cursor over the records of an input; returns it with the name of its format. `suits` judges which of several sheets,
/// and which of the first rows, has the columns that the caller needs.
pub(crate) fn open(
    input: &Input,
    options: &FileOptions,
    suits: Option<Suits>,
    notices: &mut Vec<String>,
) -> Result<(Box<dyn Records>, &'static str), FormatError> {
    let source = match (input, input.source()?) {
        (_, Some(source)) => source.encoded(options.encoding).suited(suits),
        (Input::Table(table), None) => return Ok((table.open()?, "frame")),
        (_, None) => return Err(FormatError::Empty { file: input.name() }),
    };
    notices.extend(source.notices());
    let format = recognised(&source, options)?;
    notices.extend(idle(source.name(), options, format.name));
    let records = (format.open)(source, options, notices)?;
    check_width(&input.name(), records.names().len())?;
    Ok((records, format.name))
}

/// Columns of a table at most: as many as a sheet of a workbook can have.
pub(crate) const MAX_COLUMNS: usize = 16_384;

/// Errors if a table is wider than any that people make: each column costs time in every record.
fn check_width(file: &str, columns: usize) -> Result<(), FormatError> {
    if columns > MAX_COLUMNS { Err(FormatError::TooWide { file: file.to_owned() }) } else { Ok(()) }
}

/// The format of a file, by its content.
fn recognised<'a>(source: &Source, options: &'a FileOptions) -> Result<&'a InputFormat, FormatError> {
    let extension = Path::new(source.name()).extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let decoded = options.encoding.head(source.head());
    let by_content = |format: &&InputFormat| (format.recognises)(source.head()) || (format.recognises)(&decoded);
    // Other files named as JSON are read as JSON, for a better error message.
    let by_name = || Some(&geojson::FORMAT).filter(|format| format.extensions.contains(&extension.as_str()));
    let own = options.formats.iter().find(by_content);
    // Of files named as JSON, the JSON reader shows what else they begin with.
    let is_other = by_name().is_some() && !(geojson::FORMAT.recognises)(source.head());
    if own.is_none() && !is_other && options.encoding == Encoding::default() {
        foreign::check(source.name(), source.head())?;
    }
    let found = own.or_else(|| FORMATS.iter().find(by_content)).or_else(by_name).ok_or_else(|| {
        let (file, head) = (source.name().to_owned(), quoted_head(source.head()));
        FormatError::UnknownFormat { file, head, known: known_formats(&options.formats) }
    })?;
    let is_layered = own.is_some() || WITH_LAYERS.contains(&found.name);
    match &options.layer {
        Some(layer) if !is_layered => {
            let problem = format!(
                "has no layers, but {layer:?} is asked for; leave it out, or name it for the file that has it, as FILE#{layer}"
            );
            Err(FormatError::Unreadable { file: source.name().to_owned(), problem })
        }
        _ => Ok(found),
    }
}

/// Settings that a format has no use for, as sentences.
fn idle(file: &str, options: &FileOptions, format: &str) -> Vec<String> {
    const BINARY: [&str; 4] = ["parquet", flatgeobuf::FORMAT.name, geopackage::FORMAT.name, workbook::FORMAT.name];
    let is_known = FORMATS.iter().any(|known| known.name == format);
    let has_header = [csv::FORMAT.name, workbook::FORMAT.name].contains(&format);
    let (is_text, is_csv) = (!BINARY.contains(&format), format == csv::FORMAT.name);
    let settings = [
        (!options.encoding.is_utf8() && !is_text, "--encoding", "text in it has an encoding by the format"),
        (
            !options.encoding.is_utf8() && format == "shapefile",
            "--encoding",
            "a .cpg file beside it says what text is in",
        ),
        (options.delimiter.is_some() && !is_csv, "--delimiter", "it is not delimited text"),
        (options.header_row.is_some() && !has_header, "--header-row", "it has names of columns without a row of them"),
        (
            options.header_row.is_some() && options.header.is_some() && is_csv,
            "--header-row",
            "such files have no row with names of columns",
        ),
    ];
    let idle = settings.into_iter().filter(|(is_idle, ..)| *is_idle && is_known);
    idle.map(|(_, setting, why)| format!("{file}: {setting} has no effect on {format}: {why}")).collect()
}

/// Formats whose files may hold lines and polygons.
const WITH_SHAPES: [&str; 7] = ["parquet", "flatgeobuf", "geopackage", "shapefile", "kml", "esri-json", "geojson"];

/// Formats whose files may hold several layers or sheets.
const WITH_LAYERS: [&str; 2] = [geopackage::FORMAT.name, workbook::FORMAT.name];

/// Where features come from.
enum FeatureSource {
    /// GeoJSON text.
    Json(Source),
    /// Records with a geometry.
    Table(Box<dyn Records>),
}

/// Opens a file of features; returns it with the name of its format.
fn features_of(
    source: Source,
    options: &FileOptions,
    notices: &mut Vec<String>,
) -> Result<(FeatureSource, &'static str), FormatError> {
    let format = recognised(&source, options)?;
    let features = match format.name {
        "geojson" => FeatureSource::Json(source),
        "kml" => FeatureSource::Json(kml::as_geojson(source, notices)?),
        "esri-json" => FeatureSource::Json(esri_json::as_geojson(source)?),
        _ => {
            let file = source.name().to_owned();
            let records = (format.open)(source, options, notices)?;
            check_width(&file, records.names().len())?;
            FeatureSource::Table(records)
        }
    };
    Ok((features, format.name))
}

/// The first bytes of a file, safe to print.
fn quoted_head(head: &[u8]) -> String {
    String::from_utf8_lossy(&head[..head.len().min(60)]).escape_debug().to_string()
}
