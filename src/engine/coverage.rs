//! `coverage`: reporting of every source from every place, as known at the as-of.

use super::{Prepared, Run};
use crate::error::Error;
use crate::layer::CoverageTable;

impl Prepared {
    /// Reporting of each source: last report, reports in a year, usual number. It covers the study area, each cell and
    /// each area that reports were counted in.
    ///
    /// ```
    /// use tensionmap::{Engine, sample};
    /// let engine = Engine::builder().as_of("2026-03-02").area(sample::boundary()).build()?;
    /// let coverage = engine.incidents(sample::incidents())?.prepare()?.coverage()?;
    /// coverage.save(std::env::temp_dir().join("tensionmap-coverage.png"))?;
    /// # Ok::<(), tensionmap::Error>(())
    /// ```
    ///
    /// # Errors
    /// Errors of [`Self::scoring`].
    pub fn coverage(self) -> Result<Run<CoverageTable>, Error> {
        self.must_be_of_cells("coverage")?;
        let scoring = self.scoring()?;
        let mut table = self.pool.install(|| scoring.reporting(self.as_of));
        table.extend(self.counted_in.iter().flat_map(|areas| scoring.reporting_in(areas, self.as_of)));
        let scored = self.scored(&scoring);
        drop(scoring);
        // Notices on scores are not about reporting.
        let notices = self.notices.clone();
        let mut run = self.finish(scored, None)?.map(|map| CoverageTable { table, layer: map.layer });
        run.notices = notices;
        Ok(run)
    }
}
