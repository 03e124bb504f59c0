//! What a run can be told.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ConfigError;
use crate::grid::Containment;
use crate::invalid::InvalidValue;
use crate::layer::context::ContextFile;

/// What a run can be told. Everything is optional; [`Settings::over`] lays one set over another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Settings {
    /// H3 resolution of the cells, 0 to 15 [default: 8, cells of 0.74 km²]
    #[cfg_attr(feature = "cli", arg(long, value_name = "0-15"))]
    pub resolution: Option<u8>,
    /// Score the situation at the start of this day; nothing known later counts [default: the day after the latest report]
    #[cfg_attr(feature = "cli", arg(long, value_name = "DATE"))]
    pub as_of: Option<String>,
    /// Time zone whose calendar days are counted [default: Europe/London]
    #[cfg_attr(feature = "cli", arg(long, value_name = "ZONE"))]
    pub timezone: Option<String>,
    /// Study area: GeoJSON polygons [default: cells with reports and their neighbours]
    #[cfg_attr(feature = "cli", arg(long, value_name = "FILE"))]
    pub area: Option<PathBuf>,
    /// Which cells belong to the study area: centroid, full, overlapping, covers or overlapping-bbox [default: overlapping]
    #[cfg_attr(feature = "cli", arg(long, value_name = "MODE"))]
    pub containment: Option<String>,
    /// Values to bring onto the cells (repeatable); KIND is extensive (a count) or intensive (a rate or score; by area, or
    /// `intensive,weight=COLUMN`) of areas or H3 cells, or count, sum or within=METRES of points, or nearest of points or areas, where only sum has
    /// a COLUMN; a last `,name=NAME` renames
    #[cfg_attr(feature = "cli", arg(long, value_name = "FILE:COLUMN:KIND"))]
    pub indicator: Vec<String>,
    /// Polygons (GeoJSON) that indicators in tables of area codes belong to, that rollup scores and that coverage tells of
    #[cfg_attr(feature = "cli", arg(long, value_name = "FILE"))]
    pub areas: Option<PathBuf>,
    /// Property of --areas that holds the code, and the table's column that does [default: an ONS code such as LSOA21CD, and
    /// a column named like it]
    #[cfg_attr(feature = "cli", arg(long, value_name = "NAME[=COLUMN]"))]
    pub key: Option<String>,
    /// Indicators that make up the index of context, ranked over the cells, and their weights; below 0, low values count
    /// (repeatable)
    #[cfg_attr(feature = "cli", arg(long, value_name = "NAME[=WEIGHT]", allow_hyphen_values = true))]
    pub context_index: Vec<String>,
    /// Layers (GeoJSON) that the map shows under or over its cells, such as wards.geojson:boundaries or lakes.geojson:water
    /// (repeatable); `tensionmap list context-styles` has the styles [default style: by what the file holds]
    #[cfg_attr(feature = "cli", arg(long, value_name = "FILE[:STYLE[:under|over]]"))]
    pub context: Vec<String>,
    /// Repair areas whose rings cross, or whose holes are astray, instead of refusing them; says what it changed
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")
    )]
    pub repair_geometry: Option<bool>,
    /// Method file (TOML) [default: tension-1; `tensionmap list method` prints it]
    #[cfg_attr(feature = "cli", arg(long, value_name = "FILE"))]
    pub method: Option<PathBuf>,
    /// Category weights: tension, count, cchi-sqrt, or a TOML file that lies over the method's [default: the method's]
    #[cfg_attr(feature = "cli", arg(long, value_name = "TABLE|FILE"))]
    pub weights: Option<String>,
    /// Indicator that holds residents, or for rollup a property of --areas, for a method whose density is per 1,000 of them
    #[cfg_attr(feature = "cli", arg(long, value_name = "NAME"))]
    pub residents: Option<String>,
    /// Days the data covers, the last one left out (repeatable) [default: calendar months with a report]
    #[cfg_attr(feature = "cli", arg(long, value_name = "FROM..TO"))]
    pub covered: Vec<String>,
    /// Say what changed since this as-of
    #[cfg_attr(feature = "cli", arg(long, value_name = "DATE"))]
    pub compare_to: Option<String>,
    /// Levels that people set, with their reasons (CSV: cell or area, level, assessor, reason, date)
    #[cfg_attr(feature = "cli", arg(long, value_name = "FILE"))]
    pub assessments: Option<PathBuf>,
    /// Layout of the input by name [default: recognised by its exact columns]
    #[cfg_attr(feature = "cli", arg(long, value_name = "NAME"))]
    pub preset: Option<String>,
    /// Which column plays a role, such as date=When (repeatable) [default: by its name]
    #[cfg_attr(feature = "cli", arg(long, value_name = "ROLE=NAME"))]
    pub column: Vec<String>,
    /// Category labels and what they mean here (TOML); lies over the tables that come with the program
    #[cfg_attr(feature = "cli", arg(long, value_name = "FILE"))]
    pub categories: Option<PathBuf>,
    /// Reference system of the positions: EPSG:4326 or EPSG:27700 [default: what the file says, else EPSG:4326]
    #[cfg_attr(feature = "cli", arg(long, value_name = "CRS"))]
    pub input_crs: Option<String>,
    /// Refuse positions outside WEST,SOUTH,EAST,NORTH [default: with a UK time zone, those that only swapping puts in the UK]
    #[cfg_attr(feature = "cli", arg(long, value_name = "W,S,E,N", allow_hyphen_values = true))]
    pub bbox: Option<String>,
    /// How dates are written, such as %d/%m/%Y, %Y%m%d, epoch-s or epoch-ms [default: ISO 8601 only]
    #[cfg_attr(feature = "cli", arg(long, value_name = "FORMAT"))]
    pub date_format: Option<String>,
    /// What times without an offset are told by: local (the analysis time zone) or utc [default: local]
    #[cfg_attr(feature = "cli", arg(long, value_name = "CLOCK"))]
    pub naive_times: Option<String>,
    /// Repeats left out: row (same id and same record), id (same id) or off; records without an id never are [default: row]
    #[cfg_attr(feature = "cli", arg(long, value_name = "POLICY"))]
    pub dedupe: Option<String>,
    /// Encoding of text, such as windows-1252 or utf-16le [default: utf-8]
    #[cfg_attr(feature = "cli", arg(long, value_name = "NAME"))]
    pub encoding: Option<String>,
    /// Separator of CSV columns, one character or tab [default: as the header has it]
    #[cfg_attr(feature = "cli", arg(long, value_name = "CHAR"))]
    pub delimiter: Option<String>,
    /// Decimal separator of numbers in text: . or , [default: .]
    #[cfg_attr(feature = "cli", arg(long, value_name = "CHAR"))]
    pub decimal: Option<String>,
    /// Read a column about people all the same; needs --reason (repeatable)
    #[cfg_attr(feature = "cli", arg(long, value_name = "NAME"))]
    pub allow_column: Vec<String>,
    /// Why a column about people is read; recorded in every result
    #[cfg_attr(feature = "cli", arg(long, value_name = "TEXT"))]
    pub reason: Option<String>,
    /// Write every refused report and area with its place and reason to this file (NDJSON)
    #[cfg_attr(feature = "cli", arg(long, value_name = "FILE"))]
    pub quarantine: Option<PathBuf>,
    /// Refused records up to this number, or share such as 3%, still exit with 0: of the reports, and again of all areas of
    /// polygon files together [default: 0]
    #[cfg_attr(feature = "cli", arg(long, value_name = "N|P%"))]
    pub max_rejects: Option<String>,
    /// Refuse to take more memory than this, such as 500MB or 4GB: before it is taken, with advice [default: no limit]
    #[cfg_attr(feature = "cli", arg(long, value_name = "SIZE"))]
    pub max_memory: Option<String>,
    /// Title of the map [default: Community tension]
    #[cfg_attr(feature = "cli", arg(long, value_name = "TEXT"))]
    pub title: Option<String>,
    /// Protective marking of every output [default: OFFICIAL-SENSITIVE]
    #[cfg_attr(feature = "cli", arg(long, value_name = "TEXT"))]
    pub marking: Option<String>,
    /// Page of pictures: sheet, a4, a4-portrait, a3, a3-portrait, slide, square, or 1920x1080 or another size in pixels [default: sheet,
    /// 1600 × 1200 pixels]
    #[cfg_attr(feature = "cli", arg(long, value_name = "SIZE"))]
    pub page: Option<String>,
    /// Pixels an inch of pictures, 48 to 300 [default: 96; 144 on a slide, 150 on paper]
    #[cfg_attr(feature = "cli", arg(long, value_name = "N"))]
    pub dpi: Option<u16>,
    /// What a picture is of: map, two-up (this cycle beside the change since --compare-to) or strands [default: map]
    #[cfg_attr(feature = "cli", arg(long, value_name = "KIND"))]
    pub picture: Option<String>,
    /// Column of the layer that cells are coloured by, such as score, level, rag, rr or an indicator [default: score, and for hot spots their classes]
    #[cfg_attr(feature = "cli", arg(long, value_name = "COLUMN"))]
    pub fill: Option<String>,
    /// How its values are divided: quantile, equal, jenks or pretty, with :N for N classes, or breaks such as 0,10,50 [default:
    /// breaks of the method file for this column, else fixed ones for scores, else quantile:5]
    #[cfg_attr(feature = "cli", arg(long, value_name = "CLASSES", allow_hyphen_values = true))]
    pub classes: Option<String>,
    /// Colours of the classes; `tensionmap list palettes` [default: tension, and purple-orange for changes]
    #[cfg_attr(feature = "cli", arg(long, value_name = "NAME"))]
    pub palette: Option<String>,
    /// Plane that maps lie in: mercator, bng or equal-area [default: mercator]
    #[cfg_attr(feature = "cli", arg(long, value_name = "PLANE"))]
    pub projection: Option<String>,
    /// Whose data is shown, for the foot of the page
    #[cfg_attr(feature = "cli", arg(long, value_name = "TEXT"))]
    pub attribution: Option<String>,
    /// Shapes of table formats: polygons, centroids, outlines (the cells of each level dissolved) or none [default: polygons;
    /// none in a CSV]
    #[cfg_attr(feature = "cli", arg(long, value_name = "SHAPE"))]
    pub geometry: Option<String>,
    /// Name of the column of H3 cells, such as `hex_id`, by which kepler.gl finds them [default: h3]
    #[cfg_attr(feature = "cli", arg(long, value_name = "NAME"))]
    pub id_column: Option<String>,
    /// Columns of tables, such as `score,level,rag`, beside the cell and its class on the map [default: all]
    #[cfg_attr(feature = "cli", arg(long, value_name = "NAME", value_delimiter = ','))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub select: Vec<String>,
    /// Give statistics the names that ArcGIS has for them
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")
    )]
    pub arcgis_names: Option<bool>,
    /// Put colours into GeoJSON as simplestyle properties, for geojson.io, GitHub and uMap
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")
    )]
    pub simplestyle: Option<bool>,
    /// Threads that find cells and clip polygons; results do not depend on it [default: all cores]
    #[cfg_attr(feature = "cli", arg(long, value_name = "N"))]
    pub threads: Option<usize>,
}

impl Settings {
    /// Reads a TOML file; paths in it are relative to its folder.
    ///
    /// # Errors
    /// A file that cannot be read, is not TOML, or has an unknown key.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let file = || path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|error| ConfigError::File { file: file(), source: error.into() })?;
        let mut settings: Self =
            toml::from_str(&text).map_err(|error| ConfigError::File { file: file(), source: error.into() })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for relative in settings.paths() {
            *relative = folder.join(&relative);
        }
        for text in settings.indicator.iter_mut().chain(&mut settings.context) {
            *text = folder.join(&text).display().to_string();
        }
        Ok(settings)
    }

    /// Every path but those of indicators and context, which say more than a path.
    pub(crate) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let Self { area, areas, method, assessments, categories, quarantine, .. } = self;
        [area, areas, method, assessments, categories, quarantine].into_iter().flatten()
    }

    /// These settings, and where they are silent those of `base`.
    #[must_use]
    pub fn over(self, base: Self) -> Self {
        fn list(own: Vec<String>, base: Vec<String>) -> Vec<String> {
            if own.is_empty() { base } else { own }
        }
        Self {
            resolution: self.resolution.or(base.resolution),
            as_of: self.as_of.or(base.as_of),
            timezone: self.timezone.or(base.timezone),
            area: self.area.or(base.area),
            containment: self.containment.or(base.containment),
            indicator: list(self.indicator, base.indicator),
            areas: self.areas.or(base.areas),
            key: self.key.or(base.key),
            context_index: list(self.context_index, base.context_index),
            context: list(self.context, base.context),
            repair_geometry: self.repair_geometry.or(base.repair_geometry),
            method: self.method.or(base.method),
            weights: self.weights.or(base.weights),
            residents: self.residents.or(base.residents),
            covered: list(self.covered, base.covered),
            compare_to: self.compare_to.or(base.compare_to),
            assessments: self.assessments.or(base.assessments),
            preset: self.preset.or(base.preset),
            column: list(self.column, base.column),
            categories: self.categories.or(base.categories),
            input_crs: self.input_crs.or(base.input_crs),
            bbox: self.bbox.or(base.bbox),
            date_format: self.date_format.or(base.date_format),
            naive_times: self.naive_times.or(base.naive_times),
            dedupe: self.dedupe.or(base.dedupe),
            encoding: self.encoding.or(base.encoding),
            delimiter: self.delimiter.or(base.delimiter),
            decimal: self.decimal.or(base.decimal),
            allow_column: list(self.allow_column, base.allow_column),
            reason: self.reason.or(base.reason),
            quarantine: self.quarantine.or(base.quarantine),
            max_rejects: self.max_rejects.or(base.max_rejects),
            max_memory: self.max_memory.or(base.max_memory),
            title: self.title.or(base.title),
            marking: self.marking.or(base.marking),
            page: self.page.or(base.page),
            dpi: self.dpi.or(base.dpi),
            picture: self.picture.or(base.picture),
            fill: self.fill.or(base.fill),
            classes: self.classes.or(base.classes),
            palette: self.palette.or(base.palette),
            projection: self.projection.or(base.projection),
            attribution: self.attribution.or(base.attribution),
            geometry: self.geometry.or(base.geometry),
            id_column: self.id_column.or(base.id_column),
            select: list(self.select, base.select),
            arcgis_names: self.arcgis_names.or(base.arcgis_names),
            simplestyle: self.simplestyle.or(base.simplestyle),
            threads: self.threads.or(base.threads),
        }
    }

    /// Every setting with its default filled in; the as-of stays open, because it depends on the reports.
    #[must_use]
    pub fn resolved(self) -> Self {
        self.over(Self {
            resolution: Some(8),
            timezone: Some("Europe/London".to_owned()),
            containment: Some(Containment::default().id().to_owned()),
            repair_geometry: Some(false),
            naive_times: Some("local".to_owned()),
            dedupe: Some("row".to_owned()),
            encoding: Some("utf-8".to_owned()),
            decimal: Some(".".to_owned()),
            max_rejects: Some("0".to_owned()),
            title: Some("Community tension".to_owned()),
            marking: Some("OFFICIAL-SENSITIVE".to_owned()),
            ..Self::default()
        })
    }

    /// The same settings with every path made absolute, so that they mean the same in a file anywhere.
    ///
    /// # Errors
    /// A path that cannot be made absolute: an empty one.
    pub fn absolute(mut self) -> Result<Self, ConfigError> {
        let absolute = |path: &Path| {
            std::path::absolute(path)
                .map_err(|error| InvalidValue::new("path", path.display(), "the path of a file", error))
        };
        for path in self.paths() {
            *path = absolute(path)?;
        }
        for text in self.indicator.iter_mut().chain(&mut self.context) {
            *text = absolute(Path::new(text))?.display().to_string();
        }
        Ok(self)
    }

    /// The names of those that are set, as in a TOML file.
    pub(crate) fn names(&self) -> Vec<String> {
        let is_set = |(_, value): &(String, toml::Value)| value.as_array().is_none_or(|list| !list.is_empty());
        let table = toml::Table::try_from(self).unwrap_or_default();
        table.into_iter().filter(is_set).map(|(name, _)| name).collect()
    }

    /// The files that `context` names; none for what is no setting of it.
    pub fn context_files(&self) -> impl Iterator<Item = PathBuf> {
        self.context.iter().filter_map(|text| Some(text.parse::<ContextFile>().ok()?.path))
    }

    /// The settings as TOML, ready for `--config`.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}
