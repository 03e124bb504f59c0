//! The products and the encoders of each. A new encoder is one function and one line here.

use serde_json::{Map, Value, json};

use super::feature_table::geometry_needed;
use super::product::{FnEncoder, Request, format, write_text};
use super::{
    Encoder, Format, Product, ProductEntry, Summary, coverage, csv, flatgeobuf, geojson, geopackage, gif, kepler, png,
    series, xlsx,
};
#[cfg(feature = "polars")]
use super::{arrow, parquet};
use crate::disclosure::Release;
use crate::draw::{Pictured, check_dates, must_be_legible};
use crate::invalid::Cause;
use crate::layer::{CoverageTable, DensityLayer, ExplainedCell, Layer, NearRepeatsTable, SeriesTable};
use crate::score::PlaceKind;

/// Every product with its encoders, for `tensionmap list outputs`.
#[must_use]
pub fn products() -> Vec<ProductEntry> {
    vec![
        ProductEntry::of::<Layer>(),
        ProductEntry::of::<SeriesTable>(),
        ProductEntry::of::<CoverageTable>(),
        ProductEntry::of::<ExplainedCell>(),
        ProductEntry::of::<DensityLayer>(),
        ProductEntry::of::<NearRepeatsTable>(),
    ]
}

/// The page of a product as vectors.
const fn svg_page<T: Pictured + Clone>() -> FnEncoder<T> {
    format::<T>(Format::Svg, &["svg"], "the same page as vectors, sharp at any size and searchable", |release, out| {
        write_text(out, &release.product().drawing().svg()?)
    })
    .unless(illegible)
}

/// The page of a product as pixels.
const fn png_page<T: Pictured + Clone>() -> FnEncoder<T> {
    format(Format::Png, &["png"], T::PAGE, png::page).unless(illegible)
}

/// Errors if a text that a page must not be without would be boxes.
fn illegible(asked: &Request<'_>) -> Result<(), Cause> {
    Ok(must_be_legible(asked.view, asked.marking, asked.title)?)
}

/// Errors if an animation would be illegible or too long.
fn unseen(asked: &Request<'_>) -> Result<(), Cause> {
    illegible(asked)?;
    Ok(asked.dates.map_or(Ok(()), check_dates)?)
}

const LAYER: &[&dyn Encoder<Layer>] = &[
    &png_page(),
    &svg_page(),
    &format(
        Format::GeoJson,
        &["geojson", "json"],
        "polygons with scores and provenance for QGIS, kepler.gl, geopandas",
        geojson::collection,
    ),
    &format(
        Format::GeoJsonLines,
        &["geojsonl", "geojsons", "ndjson"],
        "the same features one a line (GeoJSONSeq), for programs that stream",
        geojson::lines,
    ),
    &format(
        Format::GeoPackage,
        &["gpkg"],
        "one file with polygons, index, style and provenance, for QGIS and ArcGIS",
        geopackage::layer,
    )
    .unless(|asked| geometry_needed(asked.layout, "GeoPackage")),
    &format(
        Format::FlatGeobuf,
        &["fgb"],
        "typed polygons with a spatial index, for QGIS and web maps",
        flatgeobuf::layer,
    )
    .unless(|asked| geometry_needed(asked.layout, "FlatGeobuf")),
    #[cfg(feature = "polars")]
    &format(
        Format::Parquet,
        &["parquet", "geoparquet"],
        "GeoParquet 1.1 for geopandas, DuckDB, polars; --geometry none: a plain table",
        parquet::layer,
    ),
    #[cfg(feature = "polars")]
    &format(
        Format::Arrow,
        &["arrow", "feather", "ipc"],
        "Arrow IPC (Feather 2) with GeoArrow shapes, for polars, pyarrow, geopandas, lonboard",
        arrow::layer,
    ),
    &format(Format::Csv, &["csv"], "plain table; --geometry polygons or centroids adds shapes as WKT", csv::layer),
    &format(
        Format::Xlsx,
        &["xlsx"],
        "workbook with typed columns, coloured levels and a sheet that explains them; without shapes",
        xlsx::layer,
    ),
    &format(
        Format::Kepler,
        &["kepler.json"],
        "a whole map of kepler.gl, data and colours, to drop on its page",
        kepler::layer,
    )
    .unless(|asked| kepler::check(asked.layout, asked.of_areas)),
];

const SERIES: &[&dyn Encoder<SeriesTable>] = &[
    &format(Format::Csv, &["csv"], "one row a date and cell, with the trend of the cell", series::csv),
    &format(Format::Xlsx, &["xlsx"], "the same table as a workbook, with a sheet that explains it", xlsx::series),
    #[cfg(feature = "polars")]
    &format(
        Format::Parquet,
        &["parquet"],
        "the same table for pandas, DuckDB and polars, with its provenance",
        series::parquet,
    ),
    &png_page(),
    &svg_page(),
    &format(Format::Gif, &["gif"], "animation that opens anywhere, in 256 colours", gif::animation).unless(unseen),
    &format(Format::Apng, &["apng"], "animation in true colours, for browsers", png::animation).unless(unseen),
];

const COVERAGE: &[&dyn Encoder<CoverageTable>] = &[
    &format(Format::Csv, &["csv"], "one row a place and source", coverage::csv),
    &format(Format::Xlsx, &["xlsx"], "the same table as a workbook, with a sheet that explains it", xlsx::coverage),
    &png_page(),
    &svg_page(),
];

const EXPLANATION: &[&dyn Encoder<ExplainedCell>] = &[
    &format::<ExplainedCell>(Format::Text, &["txt"], "the explanation in sentences", |release, out| {
        write_text(out, &release.product().to_string())
    }),
    &format::<ExplainedCell>(
        Format::Json,
        &["json"],
        "every number of the explanation, with its provenance",
        |release, out| write_text(out, &format!("{}\n", release.product().to_json()?)),
    ),
    &png_page(),
    &svg_page(),
];

const NEAR_REPEATS: &[&dyn Encoder<NearRepeatsTable>] = &[
    &format::<NearRepeatsTable>(Format::Csv, &["csv"], "one row a band of distance and time", |release, out| {
        write_text(out, &release.product().near_repeats.csv())
    }),
    &format::<NearRepeatsTable>(
        Format::Json,
        &["json"],
        "the same table with the parameters of the test",
        |release, out| write_text(out, &release.product().near_repeats.json()),
    ),
];

/// A product that is released as it is.
macro_rules! released_as_is {
    () => {
        type Released = Self;
        fn released(&self) -> &Self {
            self
        }
    };
}

impl Product for Layer {
    released_as_is!();
    const NAME: &'static str = "layer";
    const ABOUT: &'static str = "scores of cells or areas at one date (map, rollup, hotspots, render)";
    const ENCODERS: &'static [&'static dyn Encoder<Self>] = LAYER;

    fn provenance_json(release: &Release<'_, Self>) -> Value {
        release.product().provenance().to_json()
    }
}

impl Product for SeriesTable {
    released_as_is!();
    const NAME: &'static str = "series";
    const ABOUT: &'static str = "scores of cells at many dates, with trends (series)";
    const ENCODERS: &'static [&'static dyn Encoder<Self>] = SERIES;

    fn provenance_json(release: &Release<'_, Self>) -> Value {
        release.product().provenance()
    }
}

impl Product for CoverageTable {
    released_as_is!();
    const NAME: &'static str = "coverage";
    const ABOUT: &'static str = "reporting of each source by cell and area (coverage)";
    const ENCODERS: &'static [&'static dyn Encoder<Self>] = COVERAGE;

    fn provenance_json(release: &Release<'_, Self>) -> Value {
        release.product().layer.provenance().to_json()
    }

    fn summary(release: &Release<'_, Self>) -> Summary {
        let CoverageTable { table, layer, .. } = release.product();
        let mut lines = Vec::new();
        let mut rows = Vec::new();
        for line in table.iter().filter(|line| line.kind == PlaceKind::StudyArea) {
            let last = line.last.map(|day| day.to_string());
            let usual = line.usual.map_or_else(String::new, |usual| format!(", usually {usual:.0}"));
            let missing = line.missing_since.map_or_else(String::new, |since| format!("; missing since {since}"));
            let sentence = format!(
                "source {}: last report {}, {:.0} reports in 52 weeks, {:.0} in the window{usual}: {}{missing}",
                line.source,
                last.as_deref().unwrap_or("never"),
                line.year,
                line.window,
                line.status.id().replace('_', " ")
            );
            lines.push((line.missing_since.is_none(), sentence));
            let mut row = json!({
                "source": line.source, "last_report": last, "days_since": line.days_since, "reports_52_weeks": line.year,
                "usual": line.usual, "n_window": line.window, "heard": line.status.id(),
            });
            if layer.scores().has_evidence() {
                row["covered_days"] = line.covered_days.into();
                row["missing_since"] = line.missing_since.map(|day| day.to_string()).into();
            }
            rows.push(row);
        }
        let as_of = layer.scores().as_of.to_string();
        let members = [("as_of".to_owned(), as_of.into()), ("study_area".to_owned(), rows.into())];
        // Missing sources are what stands out.
        lines.sort_by_key(|(is_heard, _)| *is_heard);
        let lines = lines.into_iter().map(|(_, sentence)| sentence).collect();
        Summary { lines, members: Map::from_iter(members) }
    }
}

impl Product for ExplainedCell {
    released_as_is!();
    const NAME: &'static str = "explanation";
    const ABOUT: &'static str = "everything behind one cell's score (explain)";
    const ENCODERS: &'static [&'static dyn Encoder<Self>] = EXPLANATION;

    fn provenance_json(release: &Release<'_, Self>) -> Value {
        let explained = release.product();
        let mut about = explained.layer.provenance().to_json();
        about["cell"] = explained.explanation.cell.to_string().into();
        about
    }
}

impl Product for DensityLayer {
    released_as_is!();
    const NAME: &'static str = "density";
    const ABOUT: &'static str = "kernel density of reports, not tension (density)";
    const ENCODERS: &'static [&'static dyn Encoder<Self>] = &[&png_page(), &svg_page()];

    fn provenance_json(release: &Release<'_, Self>) -> Value {
        release.product().provenance()
    }

    fn summary(release: &Release<'_, Self>) -> Summary {
        let Value::Object(members) = Self::provenance_json(release) else { return Summary::default() };
        Summary { lines: Vec::new(), members }
    }
}

impl Product for NearRepeatsTable {
    released_as_is!();
    const NAME: &'static str = "near-repeats";
    const ABOUT: &'static str = "near repeats of reports by band of distance and time (hotspots --statistic knox)";
    const ENCODERS: &'static [&'static dyn Encoder<Self>] = NEAR_REPEATS;

    fn provenance_json(release: &Release<'_, Self>) -> Value {
        release.product().provenance.to_json()
    }
}
