//! Hot spots, beside the scores.

use super::series::is_by_month;
use super::{Engine, Prepared, Run};
use crate::error::Error;
use crate::hotspot::{Counts, Statistic, USUAL_SLICES};
use crate::score::Every;

/// Bytes for each cell and slice while hot ones are told: its count, z, p, q, and its place among all p.
const PER_BIN: u64 = 56;

/// What is said of slices that cut the months of reports that are dated by month.
const BY_MONTH: &str = "most reports are dated by month: slices of days have the month's share each, and look more alike than they \
                        were; --slice 1mo, up to the first day of a month, does not cut them";

impl Engine {
    /// Scores everything read so far and adds a statistic of hot spots to the layer: [`Prepared::hotspots`].
    ///
    /// ```
    /// use tensionmap::{Engine, sample, hotspot::{Found, STATISTICS}};
    /// let engine = Engine::builder().as_of("2026-03-02").area(sample::boundary()).build()?
    ///     .incidents(sample::incidents())?;
    /// let run = engine.hotspots(&"gi".parse()?)?;
    /// let Some(Found::Gi(cells)) = run.layer.hotspots().map(|hotspots| &hotspots.found) else { panic!() };
    /// assert!(cells.iter().any(|cell| cell.bin() == 3));
    /// assert!(run.layer.columns().iter().any(|column| column.name == "gi_z"));
    /// # Ok::<(), tensionmap::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::run`] and [`Prepared::hotspots`].
    pub fn hotspots(self, statistic: &Statistic) -> Result<Run, Error> {
        statistic.check()?;
        self.prepare()?.hotspots(statistic)
    }
}

impl Prepared {
    /// The scores at the as-of, as a layer that also has the values of a statistic, which change no score.
    ///
    /// [`Statistic::Gi`] and [`Statistic::Moran`] are of the reports in the window of the score (`n_window`),
    /// [`Statistic::Emerging`] of those in each slice of time ([`Panel`](crate::hotspot::Panel)), [`Statistic::Scan`] of those
    /// that a slice holds ([`Cases`](crate::hotspot::Cases)).
    ///
    /// # Errors
    /// A parameter out of range; a history that is too short, or takes too much memory; as [`Self::scoring`].
    pub fn hotspots(self, statistic: &Statistic) -> Result<Run, Error> {
        self.must_be_of_cells("hotspots")?;
        let residents = self.residents()?;
        if let Statistic::Emerging { slices, .. } | Statistic::Scan { slices, .. } = statistic {
            let bins = self.area.cells().len() * slices.most.unwrap_or(USUAL_SLICES);
            let advice = "take fewer --slices, or larger cells with --resolution";
            self.plan.reading.memory.allow(bins as u64 * PER_BIN, "the cells in their slices of time", advice)?;
        }
        if let Statistic::Scan { options, .. } = statistic {
            // A disk about every cell, which holds 1 + 3k(k+1) others at most.
            let (cells, rings) = (self.area.cells().len() as u64, u64::from(options.rings));
            let bytes = cells * cells.min(1 + 3 * rings * (rings + 1)) * 4;
            self.plan.reading.memory.allow(
                bytes,
                "the disks of cells",
                "take fewer --rings, or larger cells with --resolution",
            )?;
        }
        let scoring = self.scoring()?;
        let scored = self.scored(&scoring);
        let coverage = scoring.coverage(self.as_of);
        drop(scoring);
        let Self { cube, area, method, pool, .. } = &self;
        let counts = Counts { cube, area, method, scores: &scored.0, coverage: &coverage, residents };
        let hotspots = pool.install(|| statistic.find(counts))?;
        let notices = hotspots.notices.clone();
        let mut run = self.finish(scored, Some(hotspots))?;
        run.notices.extend(notices);
        let is_by_day =
            matches!(statistic, Statistic::Emerging { slices, .. } if matches!(slices.every, Every::Days(_)));
        if is_by_day && is_by_month(&run.cube) {
            run.notices.push(BY_MONTH.to_owned());
        }
        Ok(run)
    }
}
