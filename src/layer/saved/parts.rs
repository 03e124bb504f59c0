//! Contents of a layer, from the rows of a saved one.

use h3o::CellIndex;
use rayon::prelude::*;

use super::super::columns::derive;
use super::super::metadata::LayerState;
use super::super::{Column, DaySpan, IndicatorSummary, Layer, Provenance};
use super::LayerError;
use super::rows::{SavedRows, quoted};
use crate::grid::boundary::area_km2;
use crate::incident::Day;
use crate::indicator::{Composite, Contribution, Interpolated, Share};
use crate::ingest::FileTally;
use crate::invalid::{Cause, InvalidValue};
use crate::rounding::at_most;
use crate::score::columns::{
    ASSESSED_LEVEL, ASSESSED_ON, ASSESSED_REASON, ASSESSOR, CONTEXT_INDEX, ColumnValue, LEVEL, LEVEL_BEFORE, SCORE,
    SCORE_CHANGE, SCORE_COLUMNS, level_number, optional,
};
use crate::score::{ActiveAssessments, Anchor, CellChange, CellScore, Change, DensityUnit, Level, Scores, Status};

/// Tolerance in points between a score and the sum of its four parts, each rounded to two digits.
const ROUNDING_POINTS: f64 = 0.03;

impl SavedRows {
    /// Scores; the inner error is in the metadata.
    pub(super) fn scores(
        &self,
        provenance: &Provenance,
        state: &LayerState,
    ) -> Result<Result<Scores, Cause>, LayerError> {
        let missing: Vec<String> =
            SCORE_COLUMNS.iter().filter(|column| !self.has(column.name)).map(|column| column.name.to_owned()).collect();
        if !missing.is_empty() {
            return Err(self.lack(missing));
        }
        let mut cells: Vec<CellScore> = self.cells.iter().map(|(cell, _)| CellScore::empty(*cell)).collect();
        for column in &SCORE_COLUMNS {
            let Some(restore) = column.restore else { continue };
            for (row, value) in self.column(column.name, column.kind)?.iter().enumerate() {
                let restored = restore(&mut cells[row], &provenance.levels, value);
                restored.ok_or_else(|| self.invalid(row, column.name, value, column.about))?;
            }
        }
        for (row, cell) in cells.iter_mut().enumerate() {
            if (cell.status == Status::Scored) != cell.level.is_some() {
                let found = optional(cell.level, level_number);
                return Err(self.invalid(
                    row,
                    LEVEL.name,
                    &found,
                    "a level where status is scored, and none elsewhere",
                ));
            }
            let (parts, max) = (cell.points_without_context(), provenance.context_points.unwrap_or_default());
            if cell.status != Status::NoData
                && !(-ROUNDING_POINTS..=max + ROUNDING_POINTS).contains(&(cell.score - parts))
            {
                let expected = format!("the sum of its points, {}", at_most(parts, 2));
                return Err(self.invalid(row, SCORE.name, &ColumnValue::Real(cell.score), expected));
            }
            derive(cell, provenance);
            if provenance.density == DensityUnit::PerKm2.unit() {
                cell.mass = cell.density * area_km2(cell.cell);
            }
        }
        Ok(scores_of(cells, provenance, state))
    }

    /// Change since the earlier date; the inner error is in the metadata.
    pub(super) fn change(
        &self,
        provenance: &Provenance,
        scores: &Scores,
    ) -> Result<Result<Option<Change>, Cause>, LayerError> {
        let Some(since) = &provenance.compared_to else { return Ok(Ok(None)) };
        let points = self.reals(SCORE_CHANGE.name)?;
        let before = self.levels(LEVEL_BEFORE.name, &provenance.levels)?;
        let cell = |(row, cell): (usize, &CellScore)| CellChange {
            cell: cell.cell,
            score: points[row],
            before: before[row],
            now: cell.level,
        };
        let cells = scores.cells.iter().enumerate().map(cell).collect();
        Ok(since.parse().map(|since| Some(Change { since, cells })).map_err(Cause::from))
    }

    /// Assessments in force; the inner error is in the metadata.
    pub(super) fn assessments(
        &self,
        provenance: &Provenance,
    ) -> Result<Result<Option<ActiveAssessments>, Cause>, LayerError> {
        let Some(entries) = &provenance.assessments else { return Ok(Ok(None)) };
        let levels = self.levels(ASSESSED_LEVEL.name, &provenance.levels)?;
        let texts = [self.texts(ASSESSOR.name)?, self.texts(ASSESSED_REASON.name)?, self.texts(ASSESSED_ON.name)?];
        let set = |row: usize| {
            let Some(set) = levels[row] else { return Ok(None) };
            let matches = |place: &usize| {
                let entry = &entries[*place];
                let words = [&entry.assessor, &entry.reason, &entry.date];
                entry.level == set.number()
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
        Ok(ActiveAssessments::restored(entries.clone(), cells).map(Some).map_err(Cause::from))
    }

    pub(super) fn indicators(&self, provenance: &Provenance) -> Result<Vec<Interpolated>, LayerError> {
        let read = |about: &IndicatorSummary| {
            let metres = about.metres.map_or_else(String::new, |metres| format!("={metres}"));
            let kind = format!("{}{metres}", about.kind).parse().map_err(|source: InvalidValue| {
                let (file, version) = (self.file.clone(), provenance.tensionmap.to_string());
                LayerError::Metadata { file, version, source: source.into() }
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

    pub(super) fn context(&self, provenance: &Provenance) -> Result<Option<Composite>, LayerError> {
        let Some(context) = &provenance.context else { return Ok(None) };
        let part = |(indicator, weight): &(String, f64)| {
            let points = self.reals(&format!("{}_{indicator}", CONTEXT_INDEX.name))?;
            Ok(Contribution { share: Share { indicator: indicator.clone(), weight: *weight }, points })
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
}

/// Scores of the cells read, with the rest from the metadata.
fn scores_of(mut cells: Vec<CellScore>, provenance: &Provenance, state: &LayerState) -> Result<Scores, Cause> {
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
        anchor: anchor.ok_or("d_half_from is not one of the known origins")?,
        outside: provenance.outside_study_area,
        later: provenance.not_known_at_as_of,
        smoothed_away: state.smoothed_away,
        cells,
    })
}
