//! Hot spots and near repeats, beside the scores.

use super::prepared::Scored;
use super::{Engine, Prepared, Progress, Run};
use crate::error::Error;
use crate::hotspot::{HotspotError, Hotspots, NearRepeatsOptions, Statistic, StatisticInputs};
use crate::layer::NearRepeatsTable;

/// Name of the test for near repeats among the statistics.
const NEAR_REPEATS: &str = "knox";

impl Engine {
    /// Scores everything read so far and adds a statistic of hot spots to the layer: [`Prepared::hotspots`].
    ///
    /// ```
    /// use tensionmap::{Engine, Gi, LocalG, sample};
    /// let engine = Engine::builder().as_of("2026-03-02").area(sample::boundary()).build()?
    ///     .incidents(sample::incidents())?;
    /// let run = engine.hotspots(&Gi::default())?;
    /// let cells = run.layer.hotspots().and_then(|hotspots| hotspots.found::<Vec<LocalG>>()).unwrap_or_else(|| panic!());
    /// assert!(cells.iter().any(|cell| cell.bin() == 3));
    /// assert!(run.layer.columns().iter().any(|column| column.name == "gi_z"));
    /// # Ok::<(), tensionmap::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Self::run`] and [`Prepared::hotspots`].
    pub fn hotspots(self, statistic: &dyn Statistic) -> Result<Run, Error> {
        statistic.check()?;
        self.prepare()?.hotspots(statistic)
    }

    /// Tests everything read so far for near repeats: [`Prepared::near_repeats`].
    ///
    /// ```
    /// use tensionmap::{Engine, NearRepeatsOptions, sample};
    /// use tensionmap::unstable::hotspot::Permutations;
    /// let engine = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?;
    /// let permutations = Permutations { draws: 19, seed: 1 };
    /// let run = engine.near_repeats(&NearRepeatsOptions { permutations, ..NearRepeatsOptions::default() })?;
    /// assert_eq!(run.near_repeats.table.pairs.len(), 16);
    /// # Ok::<(), tensionmap::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Self::run`] and [`Prepared::near_repeats`].
    pub fn near_repeats(self, options: &NearRepeatsOptions) -> Result<Run<NearRepeatsTable>, Error> {
        options.check()?;
        self.prepare()?.near_repeats(options)
    }
}

impl Prepared {
    /// The scores at the as-of, as a layer with the columns of a statistic. No score depends on them.
    ///
    /// [`Gi`](crate::hotspot::Gi) and [`Moran`](crate::hotspot::Moran) count the reports in the window of the score
    /// (`n_window`). [`Emerging`](crate::hotspot::Emerging) counts those in each slice of time
    /// ([`Panel`](crate::hotspot::Panel)). [`Scan`](crate::hotspot::Scan) counts those within one slice
    /// ([`Cases`](crate::hotspot::Cases)).
    ///
    /// # Errors
    /// An option out of range; a history that is too short, or takes too much memory; those of [`Self::scoring`].
    pub fn hotspots(self, statistic: &dyn Statistic) -> Result<Run, Error> {
        self.must_be_of_cells("hotspots")?;
        self.residents()?;
        for need in statistic.memory(self.area.cells().len() as u64) {
            self.plan.reading.file.memory.allow(need.bytes, need.what, need.advice)?;
        }
        let (scored, hotspots): (_, Hotspots) =
            self.scored_and_found(statistic.id(), |inputs| statistic.find(inputs))?;
        let notices = hotspots.notices.clone();
        let mut run = self.finish(scored, Some(hotspots))?;
        run.notices.extend_from_slice(&notices);
        run.findings = notices;
        Ok(run)
    }

    /// Near repeats of the reports before the as-of that are dated by day: a table of bands of distance and time.
    ///
    /// # Errors
    /// An option out of range; more than 200,000 reports; those of [`Self::scoring`].
    pub fn near_repeats(self, options: &NearRepeatsOptions) -> Result<Run<NearRepeatsTable>, Error> {
        self.must_be_of_cells("hotspots")?;
        let (scored, near_repeats) = self.scored_and_found(NEAR_REPEATS, |inputs| options.find(inputs))?;
        let notices = near_repeats.notices.clone();
        let mut run = self.finish(scored, None)?.map(|map| NearRepeatsTable::new(near_repeats, &map.layer));
        run.notices.extend_from_slice(&notices);
        run.findings = notices;
        Ok(run)
    }

    /// Scores at the as-of, and a statistic of what they rest on.
    fn scored_and_found<T: Send>(
        &self,
        statistic: &'static str,
        find: impl FnOnce(StatisticInputs<'_>) -> Result<T, HotspotError> + Send,
    ) -> Result<(Scored, T), Error> {
        let residents = self.residents()?;
        let scoring = self.scoring()?;
        let scored = self.scored(&scoring);
        let coverage = scoring.coverage(self.as_of);
        drop(scoring);
        self.embedder.tell(Progress::Testing { statistic })?;
        let Self { cube, area, method, pool, .. } = self;
        let inputs = StatisticInputs { cube, area, method, scores: &scored.0, coverage: &coverage, residents };
        let found = pool.install(|| find(inputs))?;
        Ok((scored, found))
    }
}
