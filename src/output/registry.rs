//! The products and the encoders of each. A new encoder is one line here.

use serde_json::{Map, Value, json};

use super::{
    Encoder, Product, ProductEntry, Summary, csv, explanation, flatgeobuf, geojson, geopackage, gif, kepler,
    near_repeats, png, svg,
};
#[cfg(feature = "polars")]
use super::{arrow, parquet};
use crate::disclosure::Release;
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

const LAYER: &[&dyn Encoder<Layer>] = &[
    &png::PngEncoder,
    &svg::SvgEncoder,
    &geojson::GeoJsonEncoder,
    &geojson::GeoJsonLinesEncoder,
    &geopackage::GeoPackageEncoder,
    &flatgeobuf::FlatGeobufEncoder,
    #[cfg(feature = "polars")]
    &parquet::ParquetEncoder,
    #[cfg(feature = "polars")]
    &arrow::ArrowEncoder,
    &csv::CsvEncoder,
    &kepler::KeplerEncoder,
];

const SERIES: &[&dyn Encoder<SeriesTable>] = &[
    &csv::CsvEncoder,
    #[cfg(feature = "polars")]
    &parquet::ParquetEncoder,
    &png::PngEncoder,
    &svg::SvgEncoder,
    &gif::GifEncoder,
    &png::ApngEncoder,
];

const COVERAGE: &[&dyn Encoder<CoverageTable>] = &[&csv::CsvEncoder, &png::PngEncoder, &svg::SvgEncoder];

const EXPLANATION: &[&dyn Encoder<ExplainedCell>] =
    &[&explanation::TextEncoder, &explanation::JsonEncoder, &png::PngEncoder, &svg::SvgEncoder];

const DENSITY: &[&dyn Encoder<DensityLayer>] = &[&png::PngEncoder, &svg::SvgEncoder];

const NEAR_REPEATS: &[&dyn Encoder<NearRepeatsTable>] = &[&csv::CsvEncoder, &near_repeats::BandsEncoder];

impl Product for Layer {
    type Released = Self;

    const NAME: &'static str = "layer";
    const ABOUT: &'static str = "scores of cells or areas at one date (map, rollup, hotspots, render)";

    fn released(&self) -> &Self {
        self
    }

    fn encoders() -> &'static [&'static dyn Encoder<Self>] {
        LAYER
    }

    fn provenance_json(release: &Release<'_, Self>) -> Value {
        release.product().provenance().to_json()
    }
}

impl Product for SeriesTable {
    type Released = Self;

    const NAME: &'static str = "series";
    const ABOUT: &'static str = "scores of cells at many dates, with trends (series)";

    fn released(&self) -> &Self {
        self
    }

    fn encoders() -> &'static [&'static dyn Encoder<Self>] {
        SERIES
    }

    fn provenance_json(release: &Release<'_, Self>) -> Value {
        release.product().provenance()
    }
}

impl Product for CoverageTable {
    type Released = Self;

    const NAME: &'static str = "coverage";
    const ABOUT: &'static str = "reporting of each source by cell and area (coverage)";

    fn released(&self) -> &Self {
        self
    }

    fn encoders() -> &'static [&'static dyn Encoder<Self>] {
        COVERAGE
    }

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
            lines.push(format!(
                "source {}: last report {}, {:.0} reports in 52 weeks, {:.0} in the window{usual}: {}",
                line.source,
                last.as_deref().unwrap_or("never"),
                line.year,
                line.window,
                line.status.id().replace('_', " ")
            ));
            rows.push(json!({
                "source": line.source, "last_report": last, "days_since": line.days_since, "reports_52_weeks": line.year,
                "usual": line.usual, "n_window": line.window, "heard": line.status.id(),
            }));
        }
        let as_of = layer.scores().as_of.to_string();
        let members = [("as_of".to_owned(), as_of.into()), ("study_area".to_owned(), rows.into())];
        Summary { lines, members: Map::from_iter(members) }
    }
}

impl Product for ExplainedCell {
    type Released = Self;

    const NAME: &'static str = "explanation";
    const ABOUT: &'static str = "everything behind one cell's score (explain)";

    fn released(&self) -> &Self {
        self
    }

    fn encoders() -> &'static [&'static dyn Encoder<Self>] {
        EXPLANATION
    }

    fn provenance_json(release: &Release<'_, Self>) -> Value {
        let explained = release.product();
        let mut about = explained.layer.provenance().to_json();
        about["cell"] = explained.explanation.cell.to_string().into();
        about
    }
}

impl Product for DensityLayer {
    type Released = Self;

    const NAME: &'static str = "density";
    const ABOUT: &'static str = "kernel density of reports, not tension (density)";

    fn released(&self) -> &Self {
        self
    }

    fn encoders() -> &'static [&'static dyn Encoder<Self>] {
        DENSITY
    }

    fn provenance_json(release: &Release<'_, Self>) -> Value {
        release.product().provenance()
    }

    fn summary(release: &Release<'_, Self>) -> Summary {
        let Value::Object(members) = Self::provenance_json(release) else { return Summary::default() };
        Summary { lines: Vec::new(), members }
    }
}

impl Product for NearRepeatsTable {
    type Released = Self;

    const NAME: &'static str = "near-repeats";
    const ABOUT: &'static str = "near repeats of reports by band of distance and time (hotspots --statistic knox)";

    fn released(&self) -> &Self {
        self
    }

    fn encoders() -> &'static [&'static dyn Encoder<Self>] {
        NEAR_REPEATS
    }

    fn provenance_json(release: &Release<'_, Self>) -> Value {
        release.product().provenance.to_json()
    }
}
