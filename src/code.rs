//! Stable codes of faults, warnings and errors: one word, one meaning, never changed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An enum of plain variants with the id that outputs have for each, one row a variant.
macro_rules! ids {
    ($(#[$meta:meta])* $name:ident { $($(#[$about:meta])* $variant:ident $id:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$about])* $variant,)* }

        impl $name {
            /// The name used in outputs.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }
        }
    };
}
pub(crate) use ids;

/// The codes, one row each: variant, code, what it means.
macro_rules! codes {
    ($($variant:ident $code:literal $about:literal;)*) => {
        /// A stable code. `Q_…`: the record is quarantined. `W_…`: a warning; the record counts, unless it is a repeat that
        /// the `--dedupe` policy leaves out. `E_…`: the file cannot be used and nothing is made.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $about] $variant,)* }

        impl Code {
            /// Every code, as `tensionmap list codes` prints them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The code as text.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// True for a warning that asks nothing of the reader: a choice without an alternative, or a harmless form.
            #[must_use]
            pub fn is_harmless(self) -> bool {
                use Code::{BlankRow, Bom, CrsMember, DstFold, LongRow, MergedCell, MonthOnly, Ndjson, NoCells, Winding, YearOnly};
                let of_layout = matches!(self, BlankRow | Bom | LongRow | MergedCell | Ndjson);
                of_layout || matches!(self, CrsMember | DstFold | MonthOnly | NoCells | Winding | YearOnly)
            }

            /// Its meaning.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }
        }
    };
}

codes! {
    NoGeometry "Q_NO_GEOMETRY" "no position";
    GeomType "Q_GEOM_TYPE" "a geometry of a kind that is not read here";
    CoordType "Q_COORD_TYPE" "a coordinate that is not a number";
    NonFinite "Q_NONFINITE" "a coordinate that is not finite";
    CoordRange "Q_COORD_RANGE" "a coordinate out of range";
    NullIsland "Q_NULL_ISLAND" "a position about 0, 0, at 1, 1 or -1, -1, or with one coordinate of 0 where that cannot be: a failed geocode";
    OutsideBbox "Q_OUTSIDE_BBOX" "a position outside the expected box, or one that only its mirror image would put inside";
    NoPlace "Q_NO_PLACE" "a place that the gazetteer does not have, or has without a position or with several";
    Coarse "Q_COARSE" "a position known to no more than ground larger than a cell, held back unless --coarse point";
    NoTime "Q_NO_TIME" "no date";
    BadDate "Q_BAD_DATE" "a date in no known form";
    AmbiguousDate "Q_AMBIGUOUS_DATE" "a date that could be day/month or month/day";
    DstGap "Q_DST_GAP" "a local time that the clocks skipped";
    Interval "Q_INTERVAL" "an interval that ends before it begins";
    BadValue "Q_BAD_VALUE" "a strand, severity, grade or precision that does not exist";
    CellError "Q_CELL_ERROR" "a cell of a workbook that shows an error in place of a value";
    FieldCount "Q_FIELD_COUNT" "more or fewer fields than the header";
    Json "Q_JSON" "a line that is not JSON";
    Structure "Q_STRUCTURE" "JSON that is not a feature or a record";
    NoProperties "Q_NO_PROPERTIES" "a bare geometry, without the properties of a report";
    DupKey "Q_DUP_KEY" "a key given twice in a part that is used";
    TooLarge "Q_TOO_LARGE" "a record of more than 16 MiB";
    RingOpen "Q_RING_OPEN" "a ring that does not close, or has fewer than four positions";
    SelfIntersection "Q_SELF_INTERSECTION" "a ring that crosses or touches itself along a line";
    Hole "Q_HOLE" "a hole that is not inside its polygon";
    ZeroArea "Q_ZERO_AREA" "a polygon that encloses nothing";
    Antimeridian "Q_ANTIMERIDIAN" "a polygon that crosses longitude 180 without being cut";
    Pole "Q_POLE" "a ring round a pole";
    TooManyCells "Q_TOO_MANY_CELLS" "a polygon with more cells than are filled";
    DupCode "Q_DUP_CODE" "an area code given twice";
    Value "Q_VALUE" "an indicator value that is missing or not a number";
    ValueNonFinite "Q_VALUE_NONFINITE" "an indicator value that is NaN or infinite";
    Suppressed "Q_SUPPRESSED" "an indicator value that a mark such as * or .. stands for";
    NoMatch "Q_NO_MATCH" "an area whose code no row of values has";
    BadCell "Q_H3_CELL" "an H3 index that is not a cell";
    NotUnderStudy "Q_NOT_UNDER_STUDY" "an assessment of a cell or area that is not under study";
    Bom "W_BOM" "a byte-order mark, left out";
    ControlChar "W_CONTROL_CHAR" "a control character in a text that is used";
    BlankRow "W_BLANK_ROW" "a row without any value, left out";
    AsideRow "W_ASIDE_ROW" "a row of totals, or a note alone in its row, left out: it is no record";
    MergedCell "W_MERGED_CELL" "a cell merged with the one above, whose value counts for each of their rows";
    LongRow "W_LONG_ROW" "a row that goes on with separators alone after the last column";
    NoRecords "W_NO_RECORDS" "a file without records";
    Part "W_PART" "a file that may be only a part of its data";
    Ndjson "W_NDJSON" "one feature a line under a name that promises a collection";
    DupId "W_DUP_ID" "an id that an earlier, different record has too";
    Replaced "Q_REPLACED" "a record of a month or a file that a later file replaces, as --revised replace asks";
    DupRecord "W_DUP_RECORD" "a record with an id, in every field the same as an earlier one";
    CrsMember "W_CRS_MEMBER" "a reference system stated in the file, and followed";
    MonthOnly "W_MONTH_ONLY" "a month without a day: counted over the whole month";
    YearOnly "W_YEAR_ONLY" "a year without a month: counted over the whole year";
    DstFold "W_DST_FOLD" "a local time that came twice: the first is taken";
    LocalMidnight "W_LOCAL_MIDNIGHT" "times that look like dates written as local midnight in UTC";
    SciId "W_SCI_ID" "an id that a spreadsheet has rounded";
    Unmapped "W_UNMAPPED" "a category that is not in the taxonomy: counted as `other`";
    Stray "W_STRAY" "a position far from all others; it counts, but no map is framed on it";
    Pile "W_PILE" "a position that holds a large share of the reports, as stand-ins for unknown places do";
    Winding "W_WINDING" "a ring that winds the other way than RFC 7946 asks";
    NoCells "W_NO_CELLS" "a polygon without a cell centre: the cell that holds it is used";
    Overlap "W_OVERLAP" "two areas that overlap";
    RowsWithoutArea "W_NO_MATCH" "a row of values whose code no area has";
    LateDate "W_LATE_DATE" "a date far after all others, which sets no as-of";
    EarlyDate "W_EARLY_DATE" "a date far before all others, which begins no baseline";
    Vintage "W_VINTAGE" "values and areas of different censuses";
    Conservation "W_CONSERVATION" "a total that does not agree with what is on cells, outside and refused";
    Io "E_IO" "a file that cannot be read";
    Memory "E_MEMORY" "a step that would take more than --max-memory";
    Empty "E_EMPTY" "a file without a byte";
    Format "E_FORMAT" "a file of no known format";
    Encoding "E_ENCODING" "text in another encoding than UTF-8";
    JsonDocument "E_JSON" "a document that is not JSON";
    Truncated "E_TRUNCATED" "a document that ends half-way";
    Document "E_STRUCTURE" "JSON that is not GeoJSON";
    Depth "E_DEPTH" "brackets nested deeper than any report needs";
    CsvQuote "E_CSV_QUOTE" "a quoted field that is never closed";
    Header "E_HEADER" "no header row, or one that names a column twice or too many columns";
    Column "E_COLUMN" "a column that is needed and not there";
    LateColumn "E_LATE_COLUMN" "a needed property that turns up too late to be looked for";
    DeniedColumn "E_DENIED_COLUMN" "a column about people, refused unless allowed with a reason";
    DeniedLayout "E_DENIED_LAYOUT" "a file about people, refused unless asked for by its preset";
    ValueText "E_VALUE_TEXT" "a value column that holds text";
    MixedCells "E_H3_MIXED" "a table of H3 cells of several resolutions";
    SuspectCrs "E_SUSPECT_CRS" "positions that look like metres of a projected grid";
    SuspectSwap "E_SUSPECT_SWAP" "positions that only make sense with latitude and longitude swapped, or with another sign";
    OutsideArea "E_OUTSIDE_AREA" "reports that lie outside the study area, most of them or all";
    CrsUnknown "E_CRS_UNKNOWN" "a reference system that cannot be followed";
    DateScale "E_DATE_SCALE" "numbers that are dates in another unit than the stated one";
    DateFormat "E_AMBIGUOUS_DATE" "a column of dates that could be day/month or month/day";
    Ratio "E_RATIO" "a compressed file that swells beyond reason";
    TooManySources "E_TOO_MANY_SOURCES" "a source column with more names than sources can be";
    Revised "E_REVISED" "a month of a source, or a whole file, that an earlier file of the run has too";
    Broken "E_BROKEN" "a file whose format cannot be followed";
    NothingAccepted "E_NOTHING_ACCEPTED" "no record could be used";
    Font "E_FONT" "a font that cannot be used";
    Quarantine "E_QUARANTINE" "the quarantine file cannot be written";
    Usage "E_USAGE" "a command line that cannot be understood";
    Setting "E_SETTING" "a setting that cannot be used";
    Area "E_AREA" "polygons or a study area that cannot be used";
    Counts "E_COUNTS" "counts of reports that cannot be added, saved or loaded";
    Score "E_SCORE" "a score or method that is not defined for this input";
    Statistic "E_STATISTIC" "a statistic that is not defined for this input";
    SavedLayer "E_LAYER" "a saved layer that cannot be read back";
    Output "E_OUTPUT" "a result that cannot be written";
    Locked "E_LOCKED" "a result that another run is writing";
    Cancelled "E_CANCELLED" "a run that was stopped from outside";
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.id())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = String::deserialize(deserializer)?;
        let code = Self::ALL.iter().copied().find(|code| code.id() == found);
        code.ok_or_else(|| serde::de::Error::custom(format!("{found:?} is none of the codes")))
    }
}
