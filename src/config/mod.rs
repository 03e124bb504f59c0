//! Settings: one [table](SETTINGS) for flags, keys of TOML files and setters of the builder. Names are the same everywhere, unknown
//! keys are errors, and [`Settings::to_toml`] prints the settings back.

mod choices;
#[cfg(feature = "cli")]
mod flags;
mod keys;
mod limits;
mod reading;
mod settings;
pub(crate) mod table;
#[cfg(test)]
pub(crate) mod tests;
mod value;
mod verbs;

use std::collections::BTreeMap;
#[cfg(feature = "cli")]
use std::path::Path;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::font::{FontError, Fonts};
use crate::format::{FileOptions, FilePart, Geometries};
use crate::grid::{Containment, Resolution};
use crate::incident::Day;
use crate::indicator::{Indicator, KeyRule, Share};
use crate::ingest::{Allowed, Categories, IngestError, Preset, ReadOptions, Role};
use crate::invalid::{Cause, InvalidValue, did_you_mean, named};
use crate::layer::context::ContextFile;
use crate::layer::{Classes, NO_MARKING, PAGES, Page, TableLayout, View, check_marking, is_taken};
use crate::score::Coverage;
use crate::score::columns::H3;
use crate::score::columns::SCORE;
use crate::small_file::check_kind;
use crate::visible::{check_line, is_blank, is_hidden};

#[cfg(feature = "cli")]
pub use flags::SettingsArgs;
use limits::MAX_THREADS;
pub use limits::MaxRejects;
pub(crate) use limits::thread_count;
pub(crate) use settings::NamedFile;
pub use settings::{NamedInput, NamedOutput, Reading, SETTINGS, Setting, SettingGroup, Settings};

/// Settings resolved, parsed and checked.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The settings with their defaults.
    pub(crate) settings: Settings,
    pub(crate) resolution: Resolution,
    pub(crate) as_of: Option<Day>,
    pub(crate) compare_to: Option<Day>,
    pub(crate) covered: Option<Coverage>,
    /// Polygons with the areas of assessments, and the property with their code.
    pub(crate) areas: Option<(PathBuf, Option<String>)>,
    pub(crate) time_zone: String,
    /// True for another time zone than the default: that one may be there because nobody thought of it.
    pub(crate) is_zone_stated: bool,
    /// True if reports that mostly lie outside the study area do not stop the run.
    pub(crate) keeps_outside: bool,
    pub(crate) containment: Containment,
    pub(crate) indicators: Vec<Indicator>,
    pub(crate) context_index: Vec<Share>,
    pub(crate) context: Vec<ContextFile>,
    pub(crate) repair_geometry: bool,
    /// Options of every input without its own.
    pub(crate) reading: Arc<ReadOptions>,
    pub(crate) title: String,
    pub(crate) marking: String,
    pub(crate) max_rejects: MaxRejects,
    pub(crate) view: View,
    pub(crate) layout: TableLayout,
}

impl TryFrom<&Settings> for Plan {
    type Error = ConfigError;

    fn try_from(settings: &Settings) -> Result<Self, ConfigError> {
        let by_default = Settings::default().resolved().timezone;
        let settings = settings.clone().resolved();
        let outside = settings.outside_area.as_deref().unwrap_or("stop");
        let time_zone = settings.timezone.clone().unwrap_or_default();
        let zone = TimeZone::get(&time_zone)
            .map_err(|error| InvalidValue::new("time zone", &time_zone, expected_zone(&time_zone), error))?;
        for NamedFile { setting, path, is_output } in settings.files() {
            let setting = setting.replace('_', "-");
            let unusable = |source| ConfigError::SettingFile { file: path.display().to_string(), setting, source };
            if !is_output {
                check_kind(FilePart::of(&path).file).map_err(unusable)?;
            }
        }
        let reading = read_options(&settings, zone)?;
        let view = view(&settings)?;
        if let Some(count) = settings.threads.filter(|count| !(1..=MAX_THREADS).contains(count)) {
            return Err(InvalidValue::expecting("threads", count, format!("1 to {MAX_THREADS}")).into());
        }
        let plan = Self {
            resolution: resolution(&settings)?,
            as_of: settings.as_of.as_deref().map(|text| date("as-of", text)).transpose()?,
            compare_to: settings.compare_to.as_deref().map(|text| date("compare-to", text)).transpose()?,
            covered: covered(&settings.covered)?,
            areas: settings.areas.clone().map(|areas| {
                let property = |key: &String| key.split_once('=').map_or(key.as_str(), |(key, _)| key).to_owned();
                (areas, settings.key.as_ref().map(property))
            }),
            indicators: indicators(&settings)?,
            containment: settings.containment.clone().unwrap_or_default().parse()?,
            context: settings.context.iter().map(|text| text.parse()).collect::<Result<_, _>>()?,
            context_index: settings.context_index.iter().map(|text| text.parse()).collect::<Result<_, _>>()?,
            repair_geometry: settings.repair_geometry.unwrap_or_default(),
            reading: Arc::new(reading),
            time_zone,
            is_zone_stated: settings.timezone != by_default,
            keeps_outside: named("outside-area", outside, [("stop", false), ("keep", true)])?,
            title: one_line("title", settings.title.clone(), 120)?,
            marking: marking(settings.marking.as_deref().unwrap_or_default())?,
            max_rejects: settings.max_rejects.clone().unwrap_or_default().parse()?,
            view,
            layout: layout(&settings)?,
            settings,
        };
        for NamedInput { path, reading } in &plan.settings.input {
            let input = || path.display().to_string();
            plan.reading_of(reading)
                .map_err(|problem| ConfigError::Input { input: input(), problem: problem.into() })?;
        }
        Ok(plan)
    }
}

/// Expectation of the name of a time zone.
fn expected_zone(text: &str) -> String {
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let advice = did_you_mean(text, names.iter().map(String::as_str)).unwrap_or_default();
    format!("an IANA name such as Europe/London{advice}")
}

/// Indicators, each with the polygons for its area codes.
fn indicators(settings: &Settings) -> Result<Vec<Indicator>, InvalidValue> {
    if let (Some(key), None) = (&settings.key, &settings.areas) {
        return Err(InvalidValue::expecting("key", key, "polygons with this property, with --areas"));
    }
    if let (Some(rule), None) = (&settings.key_rule, &settings.areas) {
        return Err(InvalidValue::expecting(
            "key-rule",
            rule,
            "polygons and a table of their codes, with --areas and --indicator",
        ));
    }
    let rule: KeyRule = parsed(settings.key_rule.as_ref())?.unwrap_or_default();
    let of_text = |text: &String| {
        let indicator: Indicator = text.parse()?;
        Ok(match &settings.areas {
            Some(areas) => indicator.joined_to(areas, settings.key.as_deref()).overlooking(rule),
            None => indicator,
        })
    };
    settings.indicator.iter().map(of_text).collect()
}

fn parsed<T: FromStr<Err = InvalidValue>>(text: Option<&String>) -> Result<Option<T>, InvalidValue> {
    text.map(|text| text.parse()).transpose()
}

/// Resolution of the cells.
fn resolution(settings: &Settings) -> Result<Resolution, InvalidValue> {
    let resolution = settings.resolution.unwrap_or_default();
    let expected = "a whole number from 0 to 15";
    Resolution::try_from(resolution).map_err(|_error| InvalidValue::expecting("resolution", resolution, expected))
}

/// Options of reading reports.
fn read_options(settings: &Settings, zone: TimeZone) -> Result<ReadOptions, ConfigError> {
    let mut columns = BTreeMap::new();
    for pair in &settings.column {
        let (role, name) = pair
            .split_once('=')
            .ok_or_else(|| InvalidValue::expecting("column", pair, "ROLE=NAME, such as date=\"When it happened\""))?;
        let role = role.parse::<Role>()?;
        if columns.insert(role, name.to_owned()).is_some() {
            return Err(InvalidValue::expecting("column", pair, format!("one column for {role}, not two")).into());
        }
    }
    let reason = settings.reason.as_deref().map(str::trim).unwrap_or_default();
    check_line("reason", reason, 500)?;
    if !settings.allow_column.is_empty() && reason.is_empty() {
        let expected = "a reason (--reason \"…\"), which is recorded in every result";
        return Err(InvalidValue::expecting("allow-column", settings.allow_column.join(", "), expected).into());
    }
    let allowed = |column: &String| Allowed { column: column.clone(), reason: reason.to_owned() };
    let delimiter = match settings.delimiter.as_deref().map(str::as_bytes) {
        None => None,
        Some(b"tab" | b"\\t" | b"\t") => Some(b'\t'),
        Some(&[byte]) if byte.is_ascii_punctuation() && byte != b'"' || byte == b' ' => Some(byte),
        Some(text) => {
            let text = String::from_utf8_lossy(text);
            return Err(InvalidValue::expecting("delimiter", text, "one character such as ; or |, or tab").into());
        }
    };
    let decimal_comma = match settings.decimal.as_deref() {
        None | Some(".") => false,
        Some(",") => true,
        Some(other) => return Err(InvalidValue::expecting("decimal", other, ". or , (a point or a comma)").into()),
    };
    if let (Some(place), None) = (columns.get(&Role::Place), &settings.gazetteer) {
        let expected = "a table to look its values up in, with --gazetteer FILE";
        return Err(InvalidValue::expecting("column", format!("place={place}"), expected).into());
    }
    let categories = settings.categories.as_deref().map(Categories::load).transpose();
    let coarse = settings.coarse.as_deref().unwrap_or("hold");
    let is_held = named("coarse", coarse, [("hold", true), ("point", false)])?;
    let cells = resolution(settings)?;
    Ok(ReadOptions {
        gazetteer: parsed(settings.gazetteer.as_ref())?.map(Arc::new),
        cells: is_held.then_some(cells),
        coarse_into: (!is_held).then_some(cells),
        zone,
        columns,
        preset: settings.preset.as_deref().map(Preset::named).transpose()?,
        categories: categories.map_err(ConfigError::Categories)?.unwrap_or_default(),
        source: settings.source.clone().map(source).transpose()?,
        allowed: settings.allow_column.iter().map(allowed).collect(),
        bbox: parsed(settings.bbox.as_ref())?,
        date_format: settings.date_format.iter().map(|text| text.parse()).collect::<Result<_, _>>()?,
        naive_times: parsed(settings.naive_times.as_ref())?.unwrap_or_default(),
        dedupe: parsed(settings.dedupe.as_ref())?.unwrap_or_default(),
        revised: parsed(settings.revised.as_ref())?.unwrap_or_default(),
        decimal_comma,
        file: FileOptions {
            encoding: parsed(settings.encoding.as_ref())?.unwrap_or_default(),
            delimiter,
            header: None,
            header_row: settings.header_row.map(header_row).transpose()?,
            crs: parsed(settings.input_crs.as_ref())?,
            layer: settings.layer.clone(),
            geometries: Geometries::default(),
            memory: parsed(settings.max_memory.as_ref())?.unwrap_or_default(),
            formats: Vec::new(),
        },
    })
}

/// Line or row of a header, from 1.
fn header_row(number: u32) -> Result<u32, InvalidValue> {
    if number > 0 {
        Ok(number)
    } else {
        Err(InvalidValue::expecting("header-row", number, "a line or row, counted from 1"))
    }
}

impl Plan {
    /// True if an input without an accepted record does not stop the run.
    pub(crate) fn allows_empty(&self) -> bool {
        self.settings.allow_empty.unwrap_or_default()
    }

    /// Options of reading one input: its own, and for the rest those of the run.
    ///
    /// # Errors
    /// An option that is not usable.
    pub(crate) fn reading_of(&self, reading: &Reading) -> Result<Arc<ReadOptions>, ConfigError> {
        if reading.is_empty() {
            return Ok(Arc::clone(&self.reading));
        }
        let settings = reading.settings().clone().over(self.settings.clone());
        let mut own = read_options(&settings, self.reading.zone.clone())?;
        let mut columns = self.reading.columns.clone();
        columns.append(&mut own.columns);
        // Formats and categories that a program gave as values are in no setting.
        let FileOptions { memory, formats, .. } = self.reading.file.clone();
        let categories = match reading.settings().categories {
            Some(_) => own.categories,
            None => self.reading.categories.clone(),
        };
        // A table that several inputs share is read once.
        let gazetteer = match reading.settings().gazetteer {
            Some(_) => own.gazetteer.clone(),
            None => self.reading.gazetteer.clone(),
        };
        Ok(Arc::new(ReadOptions {
            columns,
            categories,
            gazetteer,
            file: FileOptions { memory, formats, ..own.file },
            ..own
        }))
    }

    /// View for pictures: with the requested classes, else with the breaks of the method file.
    pub(crate) fn view(&self, breaks: &BTreeMap<String, Vec<f64>>) -> View {
        let fill = self.view.fill.as_deref().unwrap_or(SCORE.name);
        let frozen = || breaks.get(fill).cloned().and_then(Classes::manual);
        View { classes: self.view.classes.clone().or_else(frozen), ..self.view.clone() }
    }
}

/// Layout of tables.
fn layout(settings: &Settings) -> Result<TableLayout, InvalidValue> {
    let unusable = |name: &&String| is_blank(name) || name.contains(is_hidden) || is_taken(name) && *name != H3.name;
    if let Some(name) = settings.id_column.as_ref().filter(unusable) {
        return Err(InvalidValue::expecting("id-column", name, "a name that no other column has, such as hex_id"));
    }
    Ok(TableLayout {
        id_column: settings.id_column.clone(),
        select: settings.select.clone(),
        arcgis_names: settings.arcgis_names.unwrap_or_default(),
        simplestyle: settings.simplestyle.unwrap_or_default(),
        geometry: parsed(settings.geometry.as_ref())?,
        id_type: parsed(settings.id_type.as_ref())?.unwrap_or_default(),
    })
}

/// Name of a source.
fn source(name: String) -> Result<String, InvalidValue> {
    let name = one_line("source", Some(name), 120)?.trim().to_owned();
    if name.is_empty() { Err(InvalidValue::expecting("source", name, "a name, such as council")) } else { Ok(name) }
}

/// View of a layer in pictures.
fn view(settings: &Settings) -> Result<View, ConfigError> {
    let default = View::default();
    let attribution = settings.attribution.clone().map(|text| one_line("attribution", Some(text), 200)).transpose()?;
    Ok(View {
        page: Page::of(settings.page.as_deref().unwrap_or(PAGES[0].name), settings.dpi)?,
        picture: parsed(settings.picture.as_ref())?.unwrap_or(default.picture),
        fill: settings.fill.clone(),
        classes: parsed(settings.classes.as_ref())?,
        palette: parsed(settings.palette.as_ref())?,
        plane: parsed(settings.projection.as_ref())?.unwrap_or(default.plane),
        attribution,
        fonts: Fonts::load(&settings.font)?,
    })
}

/// Text that fits on one line of the map.
fn one_line(what: &'static str, text: Option<String>, max_chars: usize) -> Result<String, InvalidValue> {
    let text = text.unwrap_or_default();
    check_line(what, &text, max_chars)?;
    Ok(text)
}

/// Marking of every output, or the words of a run without one.
fn marking(text: &str) -> Result<String, InvalidValue> {
    match text {
        text if is_blank(text) => {
            Err(InvalidValue::expecting("marking", text, "a text, or none for outputs that say they have no marking"))
        }
        "none" => Ok(NO_MARKING.to_owned()),
        text => check_marking(text).map(|()| text.to_owned()),
    }
}

fn date(what: &'static str, text: &str) -> Result<Day, InvalidValue> {
    let day = text.parse().map_err(|error: InvalidValue| error.about(what))?;
    // Far enough from both ends of the calendar for every window.
    let usable = Day::RANGE.start + 366_000..Day::RANGE.end - 366_000;
    if usable.contains(&day) {
        return Ok(day);
    }
    Err(InvalidValue::expecting(what, text, "a day between the years 1100 and 8900"))
}

/// Days that the data covers; `None` if not stated.
fn covered(spans: &[String]) -> Result<Option<Coverage>, InvalidValue> {
    let expected = "FROM..TO, or SOURCE=FROM..TO, such as 2022-01-01..2022-10-01, with FROM before TO";
    let invalid = |text: &str| InvalidValue::expecting("covered", text, expected);
    let (mut of_all, mut of_source) = (Vec::new(), Vec::new());
    for text in spans {
        let (source, span) = text.rsplit_once('=').map_or((None, text.as_str()), |(source, span)| (Some(source), span));
        let (from, to) = span.split_once("..").ok_or_else(|| invalid(text))?;
        let (from, to) = (date("covered", from.trim())?, date("covered", to.trim())?);
        if from >= to {
            return Err(invalid(text));
        }
        match source.map(str::trim) {
            Some("") => return Err(invalid(text)),
            Some(source) => of_source.push((source, (from, to))),
            None => of_all.push((from, to)),
        }
    }
    let of_all = Coverage::of(of_all);
    let coverage = of_source.into_iter().fold(of_all, |coverage, (source, span)| coverage.with_source(source, span));
    Ok((!spans.is_empty()).then_some(coverage))
}

/// Error in a setting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum ConfigError {
    #[error(transparent)]
    Value(#[from] InvalidValue),
    #[error("{file}: cannot be used as a configuration; `--print-config` prints one to edit")]
    File { file: String, line: Option<u64>, source: Cause },
    #[error("{file}: cannot be read as the file of --{setting}")]
    SettingFile { file: String, setting: String, source: std::io::Error },
    #[error("{file}: line {line}: {table}{problem}")]
    Key { file: String, line: u64, table: String, problem: String },
    #[error("{input}: {problem}")]
    InputOption { input: String, problem: String },
    #[error(
        "{path}: is the {setting} and not an input of reports, which alone has options such as `{option}`; remove them"
    )]
    NotInput { path: String, setting: String, option: String },
    #[error("{input}: {problem}")]
    Input { input: String, problem: Box<ConfigError> },
    #[error(transparent)]
    Categories(IngestError),
    #[error(transparent)]
    Font(#[from] FontError),
    #[error("{count} threads cannot be started; give --threads a small number or leave it out")]
    Threads { count: usize, source: Cause },
    #[error(
        "an indicator cannot be called {name:?} in the result, where another column has that name; rename it with ,name=NAME"
    )]
    IndicatorName { name: String },
    #[error("{path}: would be overwritten, but it is {what}; choose another name")]
    Overwrite { path: String, what: &'static str },
    #[error("{path}: cannot be made as the settings ask; change what the cause names, or choose another extension")]
    Result { path: String, source: Cause },
    #[error("{path}: is given twice, and its reports would count twice; name it once")]
    Twice { path: String },
    #[error(
        "{names}: not available with `render`, because a saved layer is already scored; remove it or use `tensionmap map`"
    )]
    NotShowing { names: String },
    #[error(
        "{path}: options of reading are not available with `render`, because a saved layer is already scored; remove them"
    )]
    ReadLayer { path: String },
    #[error("nothing to score: give at least one file of reports")]
    NoInput,
}

impl ConfigError {
    /// Error of a result that cannot be made as the settings ask.
    #[cfg(feature = "cli")]
    pub(crate) fn of_result(path: &Path, source: impl Into<Cause>) -> Self {
        Self::Result { path: path.display().to_string(), source: source.into() }
    }

    /// File at fault, as it was named.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Categories(error) => error.file(),
            Self::Font(error) => Some(error.file()),
            Self::File { file: path, .. }
            | Self::SettingFile { file: path, .. }
            | Self::Key { file: path, .. }
            | Self::InputOption { input: path, .. }
            | Self::Input { input: path, .. }
            | Self::NotInput { path, .. }
            | Self::Overwrite { path, .. }
            | Self::Result { path, .. }
            | Self::Twice { path }
            | Self::ReadLayer { path } => Some(path),
            Self::Value(_)
            | Self::Threads { .. }
            | Self::IndicatorName { .. }
            | Self::NotShowing { .. }
            | Self::NoInput => None,
        }
    }
}
