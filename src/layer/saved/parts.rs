//! Contents of a layer, from the rows of a saved one.

use h3o::CellIndex;
use rayon::prelude::*;

use super::super::columns::{derive, part_name};
use super::super::{Column, DaySpan, IndicatorSummary, Layer};
use super::LayerError;
use super::rows::{SavedRows, quoted};
use crate::grid::boundary::area_km2;
use crate::incident::Day;
use crate::indicator::{Composite, Contribution, Interpolated, Share};
use crate::ingest::FileTally;
use crate::invalid::{Cause, InvalidValue};
use crate::rounding::round_to;
use crate::score::columns::{
    ASSESSED_LEVEL, ASSESSED_ON, ASSESSED_REASON, ASSESSOR, CONTEXT_INDEX, ColumnValue, LEVEL, LEVEL_BEFORE, SCORE,
    SCORE_CHANGE, ValueKind, level_number, optional, score_columns,
};
use crate::score::{ActiveAssessments, Anchor, CellChange, CellScore, Change, DensityUnit, Level, Scores, Status};

/// Tolerance in points between a score and the sum of its four parts, each rounded to two digits.
const ROUNDING_POINTS: f64 = 0.03;

impl SavedRows {
    /// Scores of the cells, with the rest from the metadata.
    pub(super) fn scores(&self) -> Result<Scores, LayerError> {
        let provenance = &self.provenance;
        let columns = score_columns(provenance.evidence.is_some());
        let missing = columns.iter().map(|column| column.name).filter(|name| !self.has(name));
        let missing: Vec<String> = missing.map(str::to_owned).collect();
        if !missing.is_empty() {
            return Err(self.lack(missing));
        }
        let mut cells: Vec<CellScore> = self.cells.iter().map(|(cell, _)| CellScore::empty(*cell)).collect();
        for column in columns {
            let Some(restore) = column.restore else { continue };
            for (row, value) in self.column(column.name, column.kind)?.iter().enumerate() {
                let restored = restore(&mut cells[row], &provenance.levels, value);
                restored.ok_or_else(|| self.invalid(row, column.name, value, column.about))?;
            }
        }
        for (row, cell) in cells.iter_mut().enumerate() {
            if (cell.status == Status::Scored) != cell.level.is_some() {
                let (found, expected) =
                    (optional(cell.level, level_number), "a level where status is scored, and none elsewhere");
                return Err(self.invalid(row, LEVEL.name, &found, expected));
            }
            let (parts, max) = (cell.points_without_context(), provenance.context_points.unwrap_or_default());
            let is_sum = (-ROUNDING_POINTS..=max + ROUNDING_POINTS).contains(&(cell.score - parts));
            if !matches!(cell.status, Status::NoData | Status::NoPast) && !is_sum {
                let expected = format!("the sum of its points, {}", round_to(parts, 2));
                return Err(self.invalid(row, SCORE.name, &ColumnValue::Real(cell.score), expected));
            }
            derive(cell, provenance);
            if provenance.density == DensityUnit::PerKm2.unit() {
                cell.mass = cell.density * area_km2(cell.cell);
            }
        }
        self.complete(cells).map_err(|source| self.broken(source))
    }

    /// Change since the earlier date.
    pub(super) fn change(&self, scores: &Scores) -> Result<Option<Change>, LayerError> {
        let Some(since) = &self.provenance.compared_to else { return Ok(None) };
        let (points, before) = (self.reals(SCORE_CHANGE.name)?, self.levels(LEVEL_BEFORE.name)?);
        let cells = scores.cells.iter().zip(points).zip(before);
        let cells = cells.map(|((cell, score), before)| CellChange { cell: cell.cell, score, before, now: cell.level });
        let since = since.parse().map_err(|source: InvalidValue| self.broken(source))?;
        Ok(Some(Change { since, cells: cells.collect() }))
    }

    /// Assessments in force.
    pub(super) fn assessments(&self) -> Result<Option<ActiveAssessments>, LayerError> {
        let Some(entries) = &self.provenance.assessments else { return Ok(None) };
        let levels = self.levels(ASSESSED_LEVEL.name)?;
        let texts = [self.texts(ASSESSOR.name)?, self.texts(ASSESSED_REASON.name)?];
        let days = self.column(ASSESSED_ON.name, ValueKind::Date)?;
        let set = |row: usize| {
            let Some(set) = levels[row] else { return Ok(None) };
            let matches = |place: &usize| {
                let entry = &entries[*place];
                let words = [&entry.assessor, &entry.reason];
                entry.level == set.number()
                    && days[row] == ColumnValue::Date(entry.date)
                    && texts.iter().zip(words).all(|(texts, word)| texts[row].as_ref() == Some(word))
            };
            // Areas with the same assessment by the same person are interchangeable.
            let cell = self.cells[row].0.to_string();
            let mut same = (0..entries.len()).filter(matches);
            let first = same.clone().next();
            let entry = same.find(|&place| entries[place].place == cell).or(first);
            let expected = "level, assessor, reason and date of an assessment in the metadata of the layer";
            let entry = entry.ok_or_else(|| self.invalid(row, ASSESSED_LEVEL.name, &level_number(set), expected))?;
            Ok(Some((set, entry)))
        };
        let cells = (0..self.cells.len()).map(set).collect::<Result<Vec<Option<(Level, usize)>>, LayerError>>()?;
        Ok(Some(ActiveAssessments::restored(entries.clone(), cells)))
    }

    pub(super) fn indicators(&self) -> Result<Vec<Interpolated>, LayerError> {
        let read = |about: &IndicatorSummary| {
            let metres = about.metres.map_or_else(String::new, |metres| format!("={metres}"));
            let kind = format!("{}{metres}", about.kind).parse();
            Ok(Interpolated {
                name: about.name.clone(),
                kind: kind.map_err(|source: InvalidValue| self.broken(source))?,
                weight: about.weight.clone().filter(|weight| weight != "area"),
                values: self.reals(&about.name)?,
                covered: Vec::new(),
                conservation: about.conservation,
                account: FileTally::new(about.name.clone(), "layer", Vec::new()),
            })
        };
        self.provenance.indicators.iter().map(read).collect()
    }

    pub(super) fn context(&self) -> Result<Option<Composite>, LayerError> {
        let Some(context) = &self.provenance.context else { return Ok(None) };
        let part = |(indicator, weight): &(String, f64)| {
            let share = Share { indicator: indicator.clone(), weight: *weight };
            Ok(Contribution { share, points: self.reals(&part_name(indicator))? })
        };
        let parts = context.weights.iter().map(part).collect::<Result<_, LayerError>>()?;
        Ok(Some(Composite { values: self.reals(CONTEXT_INDEX.name)?, parts }))
    }

    /// Errors unless the layer has every value of the file: an edit must not be lost silently.
    pub(super) fn check(&self, layer: &Layer) -> Result<(), LayerError> {
        let differs = |column: &Column<'_>| {
            let found = self.column(&column.name, column.kind)?;
            let other = found.iter().enumerate().find(|(row, value)| column.value(*row) != **value);
            other.map_or(Ok(()), |(row, value)| {
                let expected = format!("{:?}, to match the other columns", quoted(&column.value(row)));
                Err(self.invalid(row, &column.name, value, expected))
            })
        };
        let columns = layer.columns();
        let checked: Vec<Result<(), LayerError>> = columns[1..].par_iter().map(differs).collect();
        checked.into_iter().collect()
    }

    /// Scores of the cells read, with the rest from the metadata.
    fn complete(&self, mut cells: Vec<CellScore>) -> Result<Scores, Cause> {
        let Self { provenance, state, .. } = self;
        for (cell, number) in &state.raw_levels {
            let cell: CellIndex = cell.parse()?;
            if let Ok(row) = cells.binary_search_by_key(&cell, |cell| cell.cell) {
                cells[row].raw_level = Level::numbered(&provenance.levels, *number);
            }
        }
        let span = |span: &DaySpan| Ok::<_, Cause>((span.from.parse::<Day>()?, span.to.parse::<Day>()?));
        let anchor = Anchor::from_about(&provenance.d_half_from, provenance.d_half);
        Ok(Scores {
            as_of: provenance.as_of.parse()?,
            window: span(&provenance.window)?,
            window_days: provenance.window.covered_days,
            baseline: provenance.baseline.as_ref().map(span).transpose()?,
            baseline_days: state.baseline_days,
            dispersion: provenance.dispersion,
            laws: provenance.evidence.as_ref().map_or_else(Vec::new, |evidence| evidence.laws.clone()),
            held_since: provenance.evidence.as_ref().and_then(|evidence| evidence.held_since),
            absent: provenance.evidence.as_ref().map_or_else(Vec::new, |evidence| evidence.absent.clone()),
            by_month: provenance.evidence.as_ref().is_some_and(|evidence| evidence.by_month),
            area_factor: provenance.evidence.as_ref().and_then(|evidence| evidence.area_factor),
            anchor: anchor.ok_or("d_half_from is not one of the known origins")?,
            outside: provenance.outside_study_area,
            later: provenance.not_known_at_as_of,
            smoothed_away: state.smoothed_away,
            cells,
        })
    }
}
