//! Hot spots and near repeats, beside the scores.

use std::path::{Path, PathBuf};

use super::{Engine, Ready, Run, Sources};
use crate::error::Error;
use crate::hotspot::{HotspotError, Hotspots, NearRepeats, NearRepeatsOptions, Statistic, StatisticInputs};
use crate::ingest::Ledger;
use crate::invalid::InvalidValue;
use crate::layer::Provenance;
use crate::output::{self, Manifest};
use crate::score::{Change, Scores};

impl Engine {
    /// Scores everything read so far and adds a statistic of hot spots to the layer: [`Ready::hotspots`].
    ///
    /// ```
    /// use tensionmap::{Engine, sample, hotspot::{Gi, LocalG}};
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
    /// Those of [`Self::run`] and [`Ready::hotspots`].
    pub fn hotspots(self, statistic: &dyn Statistic) -> Result<Run, Error> {
        statistic.check()?;
        self.ready()?.hotspots(statistic)
    }

    /// Tests everything read so far for near repeats: [`Ready::near_repeats`].
    ///
    /// ```
    /// use tensionmap::{Engine, sample, hotspot::{NearRepeatsOptions, Permutations}};
    /// let engine = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?;
    /// let permutations = Permutations { draws: 19, seed: 1 };
    /// let run = engine.near_repeats(&NearRepeatsOptions { permutations, ..NearRepeatsOptions::default() })?;
    /// assert_eq!(run.near_repeats.table.pairs.len(), 16);
    /// # Ok::<(), tensionmap::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Self::run`] and [`Ready::near_repeats`].
    pub fn near_repeats(self, options: &NearRepeatsOptions) -> Result<NearRepeatsRun, Error> {
        options.check()?;
        self.ready()?.near_repeats(options)
    }
}

impl Ready {
    /// The scores at the as-of, as a layer with the columns of a statistic. No score depends on them.
    ///
    /// [`Gi`](crate::hotspot::Gi) and [`Moran`](crate::hotspot::Moran) count the reports in the window of the score (`n_window`),
    /// [`Emerging`](crate::hotspot::Emerging) those in each slice of time ([`Panel`](crate::hotspot::Panel)), and
    /// [`Scan`](crate::hotspot::Scan) those within one slice ([`Cases`](crate::hotspot::Cases)).
    ///
    /// # Errors
    /// An option out of range; a history that is too short, or takes too much memory; those of [`Self::scoring`].
    pub fn hotspots(self, statistic: &dyn Statistic) -> Result<Run, Error> {
        self.must_be_of_cells("hotspots")?;
        self.residents()?;
        for need in statistic.memory(self.area.cells().len() as u64) {
            self.plan.reading.memory.allow(need.bytes, need.what, need.advice)?;
        }
        let (scored, hotspots): (_, Hotspots) = self.scored_and_found(|inputs| statistic.find(inputs))?;
        let notices = hotspots.notices.clone();
        let mut run = self.told_with(scored, Some(hotspots))?;
        run.notices.extend(notices);
        Ok(run)
    }

    /// Near repeats of the reports before the as-of that are dated by day: a table of bands of distance and time.
    ///
    /// # Errors
    /// An option out of range; more than 200,000 reports; those of [`Self::scoring`].
    pub fn near_repeats(self, options: &NearRepeatsOptions) -> Result<NearRepeatsRun, Error> {
        self.must_be_of_cells("hotspots")?;
        let (scored, near_repeats) = self.scored_and_found(|inputs| options.find(inputs))?;
        let Run { layer, ledger, areas, mut notices, within_max_rejects, sources, .. } = self.told(scored)?;
        let mut provenance = layer.provenance().clone();
        provenance.hotspots = Some(near_repeats.about.clone());
        notices.extend(near_repeats.notices.iter().cloned());
        Ok(NearRepeatsRun { near_repeats, provenance, ledger, areas, notices, within_max_rejects, sources })
    }

    /// Scores at the as-of, and a statistic of what they rest on.
    fn scored_and_found<T: Send>(
        &self,
        find: impl FnOnce(StatisticInputs<'_>) -> Result<T, HotspotError> + Send,
    ) -> Result<((Scores, Option<Change>), T), Error> {
        let residents = self.residents()?;
        let scoring = self.scoring()?;
        let scored = self.scored(&scoring);
        let coverage = scoring.coverage(self.as_of);
        drop(scoring);
        let Self { cube, area, method, pool, .. } = self;
        let inputs = StatisticInputs { cube, area, method, scores: &scored.0, coverage: &coverage, residents };
        let found = pool.install(|| find(inputs))?;
        Ok((scored, found))
    }
}

/// Near repeats, with the accounts of every input.
#[derive(Debug)]
#[non_exhaustive]
pub struct NearRepeatsRun {
    /// The table of bands.
    pub near_repeats: NearRepeats,
    /// Origin and parameters.
    pub provenance: Provenance,
    /// Account of every report.
    pub ledger: Ledger,
    /// Account of every area of the polygon files.
    pub areas: Ledger,
    /// Automatic choices and notices for the reader.
    pub notices: Vec<String>,
    /// True if no more reports, and no more areas, were quarantined than the settings allow.
    pub within_max_rejects: bool,
    sources: Sources,
}

impl NearRepeatsRun {
    /// Checks the extension of a path.
    ///
    /// # Errors
    /// An extension other than `.csv` and `.json`.
    pub fn check_path(path: &Path) -> Result<(), InvalidValue> {
        is_json(path).map(|_| ())
    }

    /// Writes the table as CSV or JSON, by extension, and last of all the manifest: all files, or none.
    ///
    /// # Errors
    /// The error of the first path that has one; an input that cannot be read a second time, for its hash.
    pub fn save_all(&self, paths: &[impl AsRef<Path> + Sync], manifest: Option<Manifest>) -> Result<(), Error> {
        let table = |path: &Path| {
            let text = if is_json(path)? { self.near_repeats.json() } else { self.near_repeats.csv() };
            Ok((path.to_owned(), text))
        };
        let texts = paths.iter().map(|path| table(path.as_ref())).collect::<Result<Vec<_>, InvalidValue>>()?;
        let manifest = self.sources.told(manifest, &self.ledger, || self.provenance.to_json())?;
        Ok(output::save_as(&[] as &[PathBuf], &texts, manifest, |_, _| Ok(Vec::new()))?)
    }
}

/// Returns true for a table as JSON, false for CSV.
fn is_json(path: &Path) -> Result<bool, InvalidValue> {
    match path.extension().unwrap_or_default().to_string_lossy().to_lowercase().as_str() {
        "json" => Ok(true),
        "csv" => Ok(false),
        _ => Err(InvalidValue::bare("output", path.display(), "a table, .csv or .json, of knox")),
    }
}
