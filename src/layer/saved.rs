//! A layer that was saved, read back: the inverse of its columns. Whatever the format, it comes as rows and a story; whatever of a
//! row would not be written again as it stands there is refused.

use std::borrow::Cow;

use h3o::CellIndex;
use rayon::prelude::*;

use super::columns::{ASSESSED, CHANGES, Column, Kind, OWN, SHAPES, Value, leveled, settle, within};
use super::story::{self, Kept};
use super::{Classes, Form, Geometry, Layer, Palette, Provenance, View, hotspots};
use crate::area::{Composite, Contribution, Interpolated, Share};
use crate::config::Settings;
use crate::error::Cause;
use crate::grid::boundary::area_km2;
use crate::incident::Day;
use crate::ingest::table::Table;
use crate::ingest::{Field, FileTally, IngestError, Input, Step};
use crate::score::{Anchor, CellChange, CellScore, Change, Density, Level, Scores, Standing, Status};

/// A layer that was read back.
#[derive(Debug)]
pub struct Opened {
    /// As it was when it was saved, but for what no table has: exact numbers behind the rounded ones, categories after the third of
    /// a cell, its mass where density is not per km², how much of a cell an indicator covers, what a statistic found beyond its
    /// columns, and layers of context.
    pub layer: Layer,
    /// What is missing or left out, in words.
    pub notices: Vec<String>,
    /// Where it was read from.
    pub(crate) input: Input,
    /// How it is shown, as far as that was said.
    pub(crate) shown: Settings,
}

/// A file cannot be read back as a layer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum LayerError {
    #[error(transparent)]
    Read(#[from] IngestError),
    #[error(
        "{file}: does not say where it came from, so it is no layer that tensionmap has saved, or another program has saved it again \
         and left that out; expected the member tensionmap of a .geojson, or the same in a .gpkg, .parquet or .fgb (.csv and \
         .geojsonl never have it)"
    )]
    NoStory { file: String },
    #[error(
        "{file}: what it says of itself is not what tensionmap {} writes; it was saved by tensionmap {version}: save it again with \
         this version, or draw it with that one", env!("CARGO_PKG_VERSION")
    )]
    Story { file: String, version: String, source: Cause },
    #[error("{file}: holds the outlines of levels, and no cells to draw; save the layer without --geometry outlines")]
    Outlines { file: String },
    #[error(
        "{file}: lacks the columns {missing}; save it again with all columns that the layer had (without --select)"
    )]
    Columns { file: String, missing: String },
    #[error("{file}: row {row} cannot be read: {problem}")]
    Row { file: String, row: usize, problem: String },
    #[error(
        "{file}: row {row} has {found:?} for its cell; expected an H3 cell of resolution {resolution}, as all of the layer"
    )]
    Cell { file: String, row: usize, found: String, resolution: u8 },
    #[error("{file}: rows {first} and {row} are both of cell {cell}; delete one of them")]
    Twice { file: String, first: usize, row: usize, cell: CellIndex },
    #[error("{file}: has {found} cells, and the layer was saved with {expected}; delete what was added")]
    Added { file: String, found: usize, expected: usize },
    #[error("{file}: has no rows, and so nothing to draw")]
    Empty { file: String },
    #[error("{file}: row {row}, cell {cell}: {column} is {found:?}; expected {expected}")]
    Value { file: String, row: usize, cell: CellIndex, column: String, found: String, expected: String },
}

/// The rows of a saved layer, in the order of their cells.
pub(super) struct Rows {
    file: String,
    form: Form,
    names: Vec<String>,
    /// By column, in the order of the file.
    values: Vec<Vec<Value<'static>>>,
    /// Which row of the file is which cell.
    pub(super) cells: Vec<(CellIndex, usize)>,
}

impl Layer {
    /// Reads a layer that was saved as GeoJSON, `GeoPackage`, Parquet (with the feature `polars`) or `FlatGeobuf`. Saved again, it
    /// gives the same bytes as the first time, in any format. Shapes are made from the cells again, rows may come in any order, and
    /// rows may be missing; values that a layer cannot have are refused.
    ///
    /// ```
    /// use tensionmap::{Engine, Layer, sample};
    /// # let folder = std::env::temp_dir().join(format!("tensionmap-open-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let path = folder.join("map.geojson");
    /// let run = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.run()?;
    /// run.layer.save(&path)?;
    /// let opened = Layer::open(path.as_path())?;
    /// let scores = |layer: &Layer| layer.scores().cells.iter().map(|cell| cell.score).collect::<Vec<_>>();
    /// assert_eq!(scores(&opened.layer), scores(&run.layer));
    /// assert!(opened.notices.is_empty());
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A file that cannot be read; one that does not say where it came from, or not as this version says it; a column that is missing;
    /// a cell that comes twice or is none; a value that the layer cannot have had.
    pub fn open(input: impl Into<Input>) -> Result<Opened, LayerError> {
        let input = input.into();
        let (mut rows, story) = Rows::read(&input)?;
        let (version, told) = story::read(&story);
        let broken = |file: &str, source: Cause| {
            let (file, version) = (file.to_owned(), version.clone());
            LayerError::Story { file, version, source }
        };
        let (provenance, kept) = told.map_err(|source| broken(&rows.file, source))?;
        if kept.form.geometry == Some(Geometry::Outlines) {
            return Err(LayerError::Outlines { file: rows.file });
        }
        rows.form = kept.form.clone();
        rows.find_cells(&provenance)?;
        let notices = rows.notices(&provenance);
        let scores = rows.scores(&provenance, &kept)?;
        let scores = scores.map_err(|source| broken(&rows.file, source))?;
        let change = rows.change(&provenance, &scores)?.map_err(|source| broken(&rows.file, source))?;
        let standing = rows.standing(&provenance)?.map_err(|source| broken(&rows.file, source))?;
        let found = hotspots::read(&rows, provenance.hotspots.as_ref())?;
        let indicators = rows.indicators(&provenance)?;
        let context = rows.context(&provenance)?;
        let mut layer = Self::new(scores, indicators, context, kept.outline(), provenance);
        if change.is_some() {
            layer.set_change(change);
        }
        if standing.is_some() {
            layer.set_standing(standing);
        }
        if found.is_some() {
            layer.set_hotspots(found);
        }
        layer.set_form(kept.form).map_err(|source| broken(&rows.file, source.into()))?;
        let palette = kept.palette.map(|name| name.parse::<Palette>()).transpose();
        let palette = palette.map_err(|source| broken(&rows.file, source.into()))?;
        let fill = (kept.classes.is_some() || palette.is_some()).then(|| "score".to_owned());
        let view = View { fill, classes: kept.classes.and_then(Classes::manual), palette, ..View::default() };
        layer.set_view(view).map_err(|source| broken(&rows.file, source.into()))?;
        rows.check(&layer)?;
        Ok(Opened { layer, notices, input, shown: Settings::default() })
    }
}

impl Rows {
    /// All values of a file, and its story.
    fn read(input: &Input) -> Result<(Self, String), LayerError> {
        let file = input.name();
        let mut records = Table::open(input)?.into_records();
        let names = records.names().to_vec();
        records.select(&vec![true; names.len()], &[]);
        let mut values: Vec<Vec<Value<'static>>> = names.iter().map(|_| Vec::new()).collect();
        for row in 1.. {
            match records.advance()? {
                Step::End => break,
                Step::Broken(fault) => {
                    let problem = format!("{}, where {} was expected", fault.found, fault.expected);
                    return Err(LayerError::Row { file, row, problem });
                }
                Step::Record => {
                    for (column, values) in values.iter_mut().enumerate() {
                        values.push(owned(records.field(column)));
                    }
                }
            }
        }
        let story = records.story().map(str::to_owned);
        let story = story.ok_or_else(|| LayerError::NoStory { file: file.clone() })?;
        Ok((Self { file, form: Form::default(), names, values, cells: Vec::new() }, story))
    }

    /// Finds which cell each row is of.
    fn find_cells(&mut self, provenance: &Provenance) -> Result<(), LayerError> {
        let resolution = provenance.resolution;
        let column = self.found("h3").ok_or_else(|| self.lack(vec!["h3".to_owned()]))?;
        let cell = |(place, value): (usize, &Value<'_>)| {
            let cell = match value {
                Value::Text(text) => text.trim().parse().ok(),
                Value::Whole(number) => u64::try_from(*number).ok().and_then(|number| number.try_into().ok()),
                _ => None,
            };
            let cell = cell.filter(|cell: &CellIndex| u8::from(cell.resolution()) == resolution);
            let (file, row) = (self.file.clone(), place + 1);
            let cell = cell.ok_or_else(|| LayerError::Cell { file, row, found: shown(value), resolution })?;
            Ok((cell, place))
        };
        let cells = self.values[column].iter().enumerate().map(cell).collect::<Result<Vec<_>, LayerError>>()?;
        self.cells = cells;
        self.cells.sort_unstable();
        let file = || self.file.clone();
        if let Some(pair) = self.cells.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let [(cell, first), (_, row)] = [pair[0], pair[1]];
            return Err(LayerError::Twice { file: file(), first: first + 1, row: row + 1, cell });
        }
        let (found, expected) = (self.cells.len(), provenance.study_cells);
        match found {
            0 => Err(LayerError::Empty { file: file() }),
            _ if found > expected => Err(LayerError::Added { file: file(), found, expected }),
            _ => Ok(()),
        }
    }

    /// What is missing, and what is left out.
    fn notices(&self, provenance: &Provenance) -> Vec<String> {
        const SIMPLESTYLE: [&str; 6] = ["title", "fill", "marker-color", "fill-opacity", "stroke", "stroke-width"];
        let (file, found, all) = (&self.file, self.cells.len(), provenance.study_cells);
        let mut notices = Vec::new();
        if found < all {
            notices.push(format!(
                "{file}: has {found} of the {all} cells that the layer was saved with; the others are not shown"
            ));
        }
        let of_layer = self.names_of(provenance);
        let is_known = |name: &&str| {
            let is_style = self.form.simplestyle && SIMPLESTYLE.contains(name);
            is_style || SHAPES.contains(name) || of_layer.iter().any(|own| self.is_called(name, own))
        };
        let others: Vec<&str> = self.names.iter().map(String::as_str).filter(|name| !is_known(name)).collect();
        if !others.is_empty() {
            notices.push(format!("{file}: columns that the layer did not have are left out: {}", others.join(", ")));
        }
        notices
    }

    /// Every column of the layer, by its own name.
    fn names_of(&self, provenance: &Provenance) -> Vec<String> {
        let own = OWN.iter().map(|own| own.name);
        let changes = CHANGES.into_iter().filter(|_| provenance.compared_to.is_some());
        let assessed = ASSESSED.into_iter().filter(|_| provenance.assessments.is_some());
        let patterns = hotspots::names(provenance.hotspots.as_ref());
        let indicators = provenance.indicators.iter().map(|indicator| indicator.name.clone());
        let index = provenance.context.iter().map(|_| Composite::NAME.to_owned());
        let parts = provenance.context.iter().flat_map(|context| &context.weights);
        let parts = parts.map(|(name, _)| format!("{}_{name}", Composite::NAME));
        let fixed = own.chain(changes).chain(assessed).chain(patterns).map(str::to_owned);
        fixed.chain(indicators).chain(index).chain(parts).collect()
    }

    /// Whether a column of the file is one of the layer. A database has no control characters in names.
    fn is_called(&self, name: &str, own: &str) -> bool {
        let wanted = self.form.renamed(own).unwrap_or(own);
        name == wanted || wanted.contains(char::is_control) && name == wanted.replace(char::is_control, "\u{fffd}")
    }

    fn found(&self, own: &str) -> Option<usize> {
        self.names.iter().position(|name| self.is_called(name, own))
    }

    fn lack(&self, missing: Vec<String>) -> LayerError {
        LayerError::Columns { file: self.file.clone(), missing: missing.join(", ") }
    }

    /// A column of the layer as values of one kind, in the order of the cells.
    fn column<'a>(&'a self, own: &str, kind: Kind) -> Result<Vec<Value<'a>>, LayerError> {
        let column = self.found(own).ok_or_else(|| self.lack(vec![own.to_owned()]))?;
        let expected = match kind {
            Kind::Flag => "true or false",
            Kind::Whole => "a whole number",
            Kind::Real => "a finite number",
            Kind::Text => "a text",
        };
        let value = |(row, &(_, place)): (usize, &(CellIndex, usize))| {
            let value = &self.values[column][place];
            of_kind(value, kind).ok_or_else(|| self.refused(row, own, value, expected))
        };
        self.cells.iter().enumerate().map(value).collect()
    }

    /// A column as numbers, where there are any.
    pub(super) fn reals(&self, own: &str) -> Result<Vec<Option<f64>>, LayerError> {
        let number = |value| if let Value::Real(number) = value { Some(number) } else { None };
        Ok(self.column(own, Kind::Real)?.into_iter().map(number).collect())
    }

    /// A column as numbers from 0 to 1, which every row has.
    pub(super) fn shares(&self, own: &str) -> Result<Vec<f64>, LayerError> {
        let share = |(row, value): (usize, &Value<'_>)| {
            within(value, 1.0).ok_or_else(|| self.refused(row, own, value, "a number from 0 to 1"))
        };
        self.column(own, Kind::Real)?.iter().enumerate().map(share).collect()
    }

    /// A column as whole numbers, where there are any.
    pub(super) fn wholes(&self, own: &str) -> Result<Vec<Option<i64>>, LayerError> {
        let number = |value| if let Value::Whole(number) = value { Some(number) } else { None };
        Ok(self.column(own, Kind::Whole)?.into_iter().map(number).collect())
    }

    /// A column as texts, where there are any.
    pub(super) fn texts(&self, own: &str) -> Result<Vec<Option<String>>, LayerError> {
        let text = |value| if let Value::Text(text) = value { Some(text.into_owned()) } else { None };
        Ok(self.column(own, Kind::Text)?.into_iter().map(text).collect())
    }

    /// A column as yes or no, null for no.
    pub(super) fn flags(&self, own: &str) -> Result<Vec<bool>, LayerError> {
        Ok(self.column(own, Kind::Flag)?.into_iter().map(|value| value == Value::Flag(true)).collect())
    }

    /// Whether the file has a column of the layer.
    pub(super) fn has(&self, own: &str) -> bool {
        self.found(own).is_some()
    }

    /// The value of a row is none that the column can have.
    pub(super) fn refused(&self, row: usize, own: &str, found: &Value<'_>, expected: impl Into<String>) -> LayerError {
        let (cell, place) = self.cells[row];
        LayerError::Value {
            file: self.file.clone(),
            row: place + 1,
            cell,
            column: own.to_owned(),
            found: shown(found),
            expected: expected.into(),
        }
    }

    /// The scores; the inner error is one of the provenance.
    fn scores(&self, provenance: &Provenance, kept: &Kept) -> Result<Result<Scores, Cause>, LayerError> {
        let missing: Vec<String> =
            OWN.iter().filter(|own| !self.has(own.name)).map(|own| own.name.to_owned()).collect();
        if !missing.is_empty() {
            return Err(self.lack(missing));
        }
        let mut cells: Vec<CellScore> = self.cells.iter().map(|(cell, _)| CellScore::bare(*cell)).collect();
        // The first is the cell, which is known.
        for own in &OWN[1..] {
            for (row, value) in self.column(own.name, own.kind)?.iter().enumerate() {
                let read = (own.read)(&mut cells[row], &provenance.levels, value);
                read.ok_or_else(|| self.refused(row, own.name, value, own.about))?;
            }
        }
        for (row, cell) in cells.iter_mut().enumerate() {
            if (cell.status == Status::Scored) != cell.level.is_some() {
                let found = cell.level.map_or(Value::Null, |level| Value::Whole(level.number().into()));
                return Err(self.refused(row, "level", &found, "a level where status is scored, and none elsewhere"));
            }
            settle(cell, provenance);
            if provenance.density == Density::PerKm2.unit() {
                cell.mass = cell.density * area_km2(cell.cell);
            }
        }
        Ok(whole(cells, provenance, kept))
    }

    /// What changed; the inner error is one of the provenance.
    fn change(&self, provenance: &Provenance, scores: &Scores) -> Result<Result<Option<Change>, Cause>, LayerError> {
        let Some(since) = &provenance.compared_to else { return Ok(Ok(None)) };
        let [points, before, _] = CHANGES;
        let points = self.reals(points)?;
        let befores = self.column(before, Kind::Whole)?;
        let cell = |(row, cell): (usize, &CellScore)| {
            let before = leveled(&befores[row], &provenance.levels)
                .ok_or_else(|| self.refused(row, before, &befores[row], "a level of the scale"))?;
            Ok(CellChange { cell: cell.cell, score: points[row], before, now: cell.level })
        };
        let cells = scores.cells.iter().enumerate().map(cell).collect::<Result<_, LayerError>>()?;
        Ok(since.parse().map(|since| Some(Change { since, cells })).map_err(Cause::from))
    }

    /// The levels that people set; the inner error is one of the provenance.
    fn standing(&self, provenance: &Provenance) -> Result<Result<Option<Standing>, Cause>, LayerError> {
        let Some(entries) = &provenance.assessments else { return Ok(Ok(None)) };
        let [level, _, assessor, reason, date] = ASSESSED;
        let levels = self.column(level, Kind::Whole)?;
        let told = [self.texts(assessor)?, self.texts(reason)?, self.texts(date)?];
        let set = |row: usize| {
            let known = leveled(&levels[row], &provenance.levels);
            let Some(set) = known.ok_or_else(|| self.refused(row, level, &levels[row], "a level of the scale"))? else {
                return Ok(None);
            };
            let is_it = |place: &usize| {
                let entry = &entries[*place];
                let words = [&entry.assessor, &entry.reason, &entry.date];
                entry.level == set.number()
                    && told.iter().zip(words).all(|(told, word)| told[row].as_ref() == Some(word))
            };
            // Of areas that one person has set alike, any says the same.
            let cell = self.cells[row].0.to_string();
            let mut same = (0..entries.len()).filter(is_it);
            let first = same.clone().next();
            let entry = same.find(|&place| entries[place].place == cell).or(first);
            let expected =
                "the level, assessor, reason and date of one of the assessments that the layer was saved with";
            let entry = entry.ok_or_else(|| self.refused(row, level, &levels[row], expected))?;
            Ok(Some((set, entry)))
        };
        let cells = (0..self.cells.len()).map(set).collect::<Result<Vec<Option<(Level, usize)>>, LayerError>>()?;
        Ok(Standing::again(entries.clone(), cells).map(Some).map_err(Cause::from))
    }

    fn indicators(&self, provenance: &Provenance) -> Result<Vec<Interpolated>, LayerError> {
        let read = |about: &super::Indicator| {
            let metres = about.metres.map_or_else(String::new, |metres| format!("={metres}"));
            let kind = format!("{}{metres}", about.kind).parse().map_err(|source: crate::InvalidValue| {
                let (file, version) = (self.file.clone(), provenance.tensionmap.to_string());
                LayerError::Story { file, version, source: source.into() }
            })?;
            Ok(Interpolated {
                name: about.name.clone(),
                kind,
                weight: about.weight.clone().filter(|weight| weight != "area"),
                values: self.reals(&about.name)?,
                covered: Vec::new(),
                conservation: about.conservation,
                account: FileTally::new(about.name.clone(), "layer", Vec::new()),
            })
        };
        provenance.indicators.iter().map(read).collect()
    }

    fn context(&self, provenance: &Provenance) -> Result<Option<Composite>, LayerError> {
        let Some(context) = &provenance.context else { return Ok(None) };
        let part = |(indicator, weight): &(String, f64)| {
            let points = self.reals(&format!("{}_{indicator}", Composite::NAME))?;
            Ok(Contribution { share: Share { indicator: indicator.clone(), weight: *weight }, points })
        };
        let parts = context.weights.iter().map(part).collect::<Result<_, LayerError>>()?;
        Ok(Some(Composite { values: self.reals(Composite::NAME)?, parts }))
    }

    /// Whether the layer has every value just as the file has it: what was changed there is not to be lost here.
    fn check(&self, layer: &Layer) -> Result<(), LayerError> {
        let differs = |column: &Column<'_>| {
            let found = self.column(&column.name, column.kind)?;
            let other = found.iter().enumerate().find(|(row, value)| column.value(*row) != **value);
            other.map_or(Ok(()), |(row, value)| {
                let expected = format!("{:?}, as the rest of the file has it", shown(&column.value(row)));
                Err(self.refused(row, &column.name, value, expected))
            })
        };
        let columns = layer.columns();
        let checked: Vec<Result<(), LayerError>> = columns[1..].par_iter().map(differs).collect();
        checked.into_iter().collect()
    }
}

/// The scores of cells that were read.
fn whole(mut cells: Vec<CellScore>, provenance: &Provenance, kept: &Kept) -> Result<Scores, Cause> {
    for (cell, number) in &kept.raw_levels {
        let cell: CellIndex = cell.parse()?;
        if let Ok(row) = cells.binary_search_by_key(&cell, |cell| cell.cell) {
            cells[row].raw_level = Level::among(&provenance.levels, *number);
        }
    }
    let span = |span: &super::Span| Ok::<_, Cause>((span.from.parse::<Day>()?, span.to.parse::<Day>()?));
    let anchor = Anchor::told(&provenance.d_half_from, provenance.d_half);
    Ok(Scores {
        as_of: provenance.as_of.parse()?,
        window: span(&provenance.window)?,
        window_days: provenance.window.covered_days,
        baseline: provenance.baseline.as_ref().map(span).transpose()?,
        baseline_days: kept.baseline_days,
        dispersion: provenance.dispersion,
        anchor: anchor.ok_or("d_half_from is none of the words for where it came from")?,
        outside: provenance.outside_study_area,
        later: provenance.not_known_at_as_of,
        smoothed_away: kept.smoothed_away,
        cells,
    })
}

/// A value that is kept when its row is gone.
fn owned(field: Field<'_>) -> Value<'static> {
    match field {
        Field::Null => Value::Null,
        Field::Integer(number) => Value::Whole(number),
        Field::Number(number) => Value::Real(number),
        Field::Other("true") => Value::Flag(true),
        Field::Other("false") => Value::Flag(false),
        Field::Text(text) => Value::Text(Cow::Owned(text.to_owned())),
        other => Value::Text(other.shown().into()),
    }
}

/// A value as one of a kind, or null: formats do not all tell flags and numbers apart.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "whole numbers below 2^53")]
fn of_kind<'a>(value: &'a Value<'_>, kind: Kind) -> Option<Value<'a>> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    Some(match (value, kind) {
        (Value::Null, _) => Value::Null,
        (Value::Flag(flag), Kind::Flag) => Value::Flag(*flag),
        (Value::Whole(number @ (0 | 1)), Kind::Flag) => Value::Flag(*number == 1),
        (Value::Whole(number), Kind::Whole) => Value::Whole(*number),
        (Value::Whole(number), Kind::Real) => Value::Real(*number as f64),
        (Value::Real(number), Kind::Real) if number.is_finite() => Value::Real(*number),
        (Value::Real(number), Kind::Whole) if number.fract() == 0.0 && number.abs() < EXACT => {
            Value::Whole(*number as i64)
        }
        (Value::Text(text), Kind::Text) => Value::Text(Cow::Borrowed(text)),
        _ => return None,
    })
}

fn shown(value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Flag(flag) => flag.to_string(),
        Value::Whole(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
    }
}
