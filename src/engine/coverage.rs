//! Who still reports from where, with where that comes from.

use std::path::Path;

use super::{Ready, Run};
use crate::error::Error;
use crate::output::{self, Manifest, OutputError};
use crate::score::SourceActivity;

/// Who reported from where, as known at the as-of.
#[derive(Debug)]
pub struct CoverageRun {
    /// The study area by source, each cell, and each area that reports were counted in.
    pub table: Vec<SourceActivity>,
    /// The run: layer, ledger and notices.
    pub run: Run,
}

impl Ready {
    /// Says who reported from where.
    ///
    /// ```
    /// use tensionmap::{Engine, sample};
    /// let engine = Engine::builder().as_of("2026-03-02").area(sample::boundary()).build()?;
    /// let coverage = engine.incidents(sample::incidents())?.ready()?.coverage()?;
    /// coverage.save(std::env::temp_dir().join("tensionmap-coverage.png"))?;
    /// # Ok::<(), tensionmap::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::scoring`].
    pub fn coverage(self) -> Result<CoverageRun, Error> {
        self.must_be_of_cells("coverage")?;
        let scoring = self.scoring()?;
        let mut table = self.pool.install(|| scoring.reporting(self.as_of));
        table.extend(self.counted_in.iter().flat_map(|areas| scoring.reporting_in(areas, self.as_of)));
        let scored = self.scored(&scoring);
        drop(scoring);
        Ok(CoverageRun { table, run: self.told(scored)? })
    }
}

impl CoverageRun {
    /// Whether [`Self::save`] knows the extension of a path.
    ///
    /// # Errors
    /// An extension other than `.csv`, `.png` and `.svg`.
    pub fn check_path(path: &Path) -> Result<(), OutputError> {
        output::coverage::check_path(path)
    }

    /// Writes it as a table or a map of the cells, by extension: complete or not at all.
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
        let manifest = sources.told(manifest, ledger, || layer.provenance().to_json())?;
        output::save_as(paths, &[], manifest, |path, file| output::coverage::write(&self.table, layer, path, file))
    }
}
