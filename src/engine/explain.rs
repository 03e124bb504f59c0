//! `explain`: one cell's score and everything behind it.

use super::{Engine, Prepared, Run};
use crate::error::Error;
use crate::grid::{CellIndex, LatLng, Resolution};
use crate::invalid::InvalidValue;
use crate::layer::ExplainedCell;
use crate::score::ScoreError;

impl Engine {
    /// Scores everything read so far and explains one cell. `place` is an H3 cell such as `8819434d93fffff`, or a
    /// position in it such as `52.645,-1.124` (latitude, longitude).
    ///
    /// ```
    /// use tensionmap::{Engine, sample};
    /// let explained = Engine::builder().as_of("2026-03-02").area(sample::boundary()).build()?
    ///     .incidents(sample::incidents())?
    ///     .explain("54.7679,2.3005")?;
    /// assert!(explained.to_string().starts_with("OFFICIAL-SENSITIVE\n"));
    /// explained.save(std::env::temp_dir().join("tensionmap-cell.png"))?;
    /// # Ok::<(), tensionmap::Error>(())
    /// ```
    ///
    /// # Errors
    /// Neither a cell nor a position; a cell of another resolution, or outside the study area; errors of [`Self::run`].
    pub fn explain(self, place: &str) -> Result<Run<ExplainedCell>, Error> {
        let cell = self.cell(place)?;
        self.prepare()?.explain(cell)
    }

    /// Cell that a text names or a position lies in.
    ///
    /// # Errors
    /// Errors of [`Self::explain`], before anything is read.
    pub fn cell(&self, place: &str) -> Result<CellIndex, Error> {
        cell_of(place, self.plan.resolution)
    }
}

/// Cell of a resolution that a text names or a position lies in.
pub(crate) fn cell_of(place: &str, expected: Resolution) -> Result<CellIndex, Error> {
    let cell = parsed(place, expected)?;
    let found = cell.resolution();
    if found == expected { Ok(cell) } else { Err(ScoreError::CellResolution { cell, found, expected }.into()) }
}

impl Prepared {
    /// Scores and explains one cell.
    ///
    /// # Errors
    /// A cell of another resolution, or outside the study area; as [`Self::run`].
    pub fn explain(self, cell: CellIndex) -> Result<Run<ExplainedCell>, Error> {
        self.must_be_of_cells("explain")?;
        let scoring = self.scoring()?;
        let mut explanation = self.pool.install(|| scoring.explain(cell, self.as_of))?;
        let ledgers = [&self.ledger, &self.areas];
        explanation.not_known.splice(..0, self.plan.max_rejects.above_limit(ledgers));
        let scored = self.scored(&scoring);
        drop(scoring);
        Ok(self.finish(scored, None)?.map(|map| ExplainedCell { explanation, layer: map.layer }))
    }
}

fn parsed(place: &str, resolution: Resolution) -> Result<CellIndex, InvalidValue> {
    const EXPECTED: &str = "an H3 cell such as 8819434d93fffff, or latitude,longitude such as 52.645,-1.124";
    if let Some((lat, lng)) = place.split_once(',') {
        let degrees =
            |text: &str| text.trim().parse::<f64>().map_err(|_error| InvalidValue::expecting("cell", place, EXPECTED));
        return Ok(LatLng::new(degrees(lat)?, degrees(lng)?)?.cell(resolution));
    }
    place
        .trim()
        .parse()
        .map_err(|_error: h3o::error::InvalidCellIndex| InvalidValue::expecting("cell", place, EXPECTED))
}
