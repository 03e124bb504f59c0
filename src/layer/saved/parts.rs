//! What a layer is made of, from the rows of a saved one.

use h3o::CellIndex;
use rayon::prelude::*;

use super::super::columns::{ASSESSED, CHANGES, Column, Value};
use super::super::own::{OWN, settle};
use super::super::story::Kept;
use super::super::{Indicator, Layer, Provenance, Span};
use super::LayerError;
use super::rows::{Rows, shown};
use crate::area::{Composite, Contribution, Interpolated, Share};
use crate::grid::boundary::area_km2;
use crate::incident::Day;
use crate::ingest::FileTally;
use crate::invalid::{Cause, InvalidValue};
use crate::numbers::at_most;
use crate::score::{ActiveAssessments, Anchor, CellChange, CellScore, Change, DensityUnit, Level, Scores, Status};

/// How far a score may be from the sum of its four parts when each is rounded to two digits.
const SLACK: f64 = 0.03;

impl Rows {
    /// The scores; the inner error is one of the provenance.
    pub(super) fn scores(&self, provenance: &Provenance, kept: &Kept) -> Result<Result<Scores, Cause>, LayerError> {
        let missing: Vec<String> =
            OWN.iter().filter(|own| !self.has(own.name)).map(|own| own.name.to_owned()).collect();
        if !missing.is_empty() {
            return Err(self.lack(missing));
        }
        let mut cells: Vec<CellScore> = self.cells.iter().map(|(cell, _)| CellScore::empty(*cell)).collect();
        for own in &OWN {
            let Some(read) = own.read else { continue };
            for (row, value) in self.column(own.name, own.kind)?.iter().enumerate() {
                let read = read(&mut cells[row], &provenance.levels, value);
                read.ok_or_else(|| self.refused(row, own.name, value, own.about))?;
            }
        }
        for (row, cell) in cells.iter_mut().enumerate() {
            if (cell.status == Status::Scored) != cell.level.is_some() {
                let found = cell.level.map_or(Value::Null, |level| Value::Whole(level.number().into()));
                return Err(self.refused(row, "level", &found, "a level where status is scored, and none elsewhere"));
            }
            let (parts, most) = (cell.points_without_context(), provenance.context_points.unwrap_or_default());
            if cell.status != Status::NoData && !(-SLACK..=most + SLACK).contains(&(cell.score - parts)) {
                let expected = format!("the sum of its points, {}", at_most(parts, 2));
                return Err(self.refused(row, "score", &Value::Real(cell.score), expected));
            }
            settle(cell, provenance);
            if provenance.density == DensityUnit::PerKm2.unit() {
                cell.mass = cell.density * area_km2(cell.cell);
            }
        }
        Ok(whole(cells, provenance, kept))
    }

    /// What changed; the inner error is one of the provenance.
    pub(super) fn change(
        &self,
        provenance: &Provenance,
        scores: &Scores,
    ) -> Result<Result<Option<Change>, Cause>, LayerError> {
        let Some(since) = &provenance.compared_to else { return Ok(Ok(None)) };
        let [points, before, _] = CHANGES;
        let points = self.reals(points)?;
        let before = self.levels(before, &provenance.levels)?;
        let cell = |(row, cell): (usize, &CellScore)| CellChange {
            cell: cell.cell,
            score: points[row],
            before: before[row],
            now: cell.level,
        };
        let cells = scores.cells.iter().enumerate().map(cell).collect();
        Ok(since.parse().map(|since| Some(Change { since, cells })).map_err(Cause::from))
    }

    /// The levels that people set; the inner error is one of the provenance.
    pub(super) fn standing(
        &self,
        provenance: &Provenance,
    ) -> Result<Result<Option<ActiveAssessments>, Cause>, LayerError> {
        let Some(entries) = &provenance.assessments else { return Ok(Ok(None)) };
        let [level, _, assessor, reason, date] = ASSESSED;
        let levels = self.levels(level, &provenance.levels)?;
        let told = [self.texts(assessor)?, self.texts(reason)?, self.texts(date)?];
        let set = |row: usize| {
            let Some(set) = levels[row] else { return Ok(None) };
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
            let entry = entry.ok_or_else(|| self.refused(row, level, &Value::Whole(set.number().into()), expected))?;
            Ok(Some((set, entry)))
        };
        let cells = (0..self.cells.len()).map(set).collect::<Result<Vec<Option<(Level, usize)>>, LayerError>>()?;
        Ok(ActiveAssessments::restored(entries.clone(), cells).map(Some).map_err(Cause::from))
    }

    pub(super) fn indicators(&self, provenance: &Provenance) -> Result<Vec<Interpolated>, LayerError> {
        let read = |about: &Indicator| {
            let metres = about.metres.map_or_else(String::new, |metres| format!("={metres}"));
            let kind = format!("{}{metres}", about.kind).parse().map_err(|source: InvalidValue| {
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

    pub(super) fn context(&self, provenance: &Provenance) -> Result<Option<Composite>, LayerError> {
        let Some(context) = &provenance.context else { return Ok(None) };
        let part = |(indicator, weight): &(String, f64)| {
            let points = self.reals(&format!("{}_{indicator}", Composite::NAME))?;
            Ok(Contribution { share: Share { indicator: indicator.clone(), weight: *weight }, points })
        };
        let parts = context.weights.iter().map(part).collect::<Result<_, LayerError>>()?;
        Ok(Some(Composite { values: self.reals(Composite::NAME)?, parts }))
    }

    /// Whether the layer has every value just as the file has it: what was changed there is not to be lost here.
    pub(super) fn check(&self, layer: &Layer) -> Result<(), LayerError> {
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
    let span = |span: &Span| Ok::<_, Cause>((span.from.parse::<Day>()?, span.to.parse::<Day>()?));
    let anchor = Anchor::from_about(&provenance.d_half_from, provenance.d_half);
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
