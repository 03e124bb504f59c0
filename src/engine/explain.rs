//! One cell explained, with where its numbers come from.

use std::fmt;
use std::path::Path;

use super::{Engine, Ready, Run};
use crate::error::Error;
use crate::grid::{CellIndex, LatLng, Resolution};
use crate::invalid::InvalidValue;
use crate::output::{self, Manifest, OutputError, explanation};
use crate::score::{Explanation, ScoreError};

/// An explanation and the run that it explains a cell of. As text ([`fmt::Display`]) it is a page with its marking.
#[derive(Debug)]
pub struct Explained {
    /// Everything behind the cell's score.
    pub explanation: Explanation,
    /// The run: layer, ledger and notices.
    pub run: Run,
}

impl Engine {
    /// Scores everything read so far and explains one cell: an H3 cell such as `8819434d93fffff`, or the one that holds a
    /// position such as `52.645,-1.124` (latitude, longitude).
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
    /// A text that is neither cell nor position; a cell of another resolution, or outside the study area; what
    /// [`Self::run`] refuses.
    pub fn explain(self, place: &str) -> Result<Explained, Error> {
        let cell = self.cell(place)?;
        self.ready()?.explain(cell)
    }

    /// The cell that is meant.
    ///
    /// # Errors
    /// As [`Self::explain`], before anything is read.
    pub fn cell(&self, place: &str) -> Result<CellIndex, Error> {
        let cell = parsed(place, self.plan.resolution)?;
        if cell.resolution() != self.plan.resolution {
            let (found, expected) = (cell.resolution(), self.plan.resolution);
            return Err(ScoreError::CellResolution { cell, found, expected }.into());
        }
        Ok(cell)
    }
}

impl Ready {
    /// Scores and explains one cell.
    ///
    /// # Errors
    /// A cell of another resolution, or outside the study area; what [`Self::run`] refuses.
    pub fn explain(self, cell: CellIndex) -> Result<Explained, Error> {
        self.must_be_of_cells("explain")?;
        let scoring = self.scoring()?;
        let explanation = self.pool.install(|| scoring.explain(cell, self.as_of))?;
        let scored = self.scored(&scoring);
        drop(scoring);
        Ok(Explained { explanation, run: self.told(scored)? })
    }
}

fn parsed(place: &str, resolution: Resolution) -> Result<CellIndex, InvalidValue> {
    const EXPECTED: &str = "an H3 cell such as 8819434d93fffff, or latitude,longitude such as 52.645,-1.124";
    if let Some((lat, lng)) = place.split_once(',') {
        let degrees =
            |text: &str| text.trim().parse::<f64>().map_err(|error| InvalidValue::new("cell", place, EXPECTED, error));
        return Ok(LatLng::new(degrees(lat)?, degrees(lng)?)?.cell(resolution));
    }
    place
        .trim()
        .parse()
        .map_err(|error: h3o::error::InvalidCellIndex| InvalidValue::new("cell", place, EXPECTED, error))
}

impl Explained {
    /// Whether [`Self::save`] knows the extension of a path.
    ///
    /// # Errors
    /// An extension other than `.txt`, `.json` and `.png`.
    pub fn check_path(path: &Path) -> Result<(), OutputError> {
        explanation::check_path(path)
    }

    /// Writes it as text, JSON or a picture, by extension: complete or not at all.
    ///
    /// # Errors
    /// An extension that is none of these; a place that cannot be written.
    pub fn save(&self, path: impl AsRef<Path> + Sync) -> Result<(), OutputError> {
        self.save_all(&[path], None)
    }

    /// Writes it to several files, and last of all the manifest: all of them, or none.
    ///
    /// # Errors
    /// That of the first path that has one; an input that cannot be read a second time, for its hash.
    pub fn save_all(&self, paths: &[impl AsRef<Path> + Sync], manifest: Option<Manifest>) -> Result<(), OutputError> {
        paths.iter().try_for_each(|path| Self::check_path(path.as_ref()))?;
        let Run { layer, ledger, sources, .. } = &self.run;
        let manifest = sources.told(manifest, ledger, || {
            let mut about = layer.provenance().to_json();
            about["cell"] = self.explanation.cell.to_string().into();
            about
        })?;
        output::save_as(paths, &[], manifest, |path, file| explanation::write(&self.explanation, layer, path, file))
    }

    /// It as JSON: the fields of [`Explanation`] and, as `provenance`, where they come from.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_json(&self) -> Result<String, OutputError> {
        explanation::json(&self.explanation, &self.run.layer)
            .map_err(|source| OutputError::Write { path: "JSON".to_owned(), source })
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&explanation::text(&self.explanation, &self.run.layer))
    }
}
