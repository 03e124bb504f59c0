//! Counting of reports in any order: each is appended to its cell as one word. Sorting, cell by cell and in cache,
//! brings equal words together.

use std::collections::HashMap;

use h3o::{CellIndex, Resolution};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::calendar::Calendar;
use super::count::{Count, CountProfile, compact};
use super::{Cube, CubeCell, CubeError};
use crate::grid;
use crate::incident::{Day, Incident, ReportClass, When};
use crate::ingest::Batch;

/// Counts reports into a [`Cube`].
#[derive(Debug)]
pub struct CubeBuilder {
    resolution: Resolution,
    time_zone: String,
    classes: HashMap<ReportClass, u32>,
    profiles: FxHashMap<CountProfile, u32>,
    /// As many as there are threads. Which cell is in which changes nothing.
    shards: Vec<Shard>,
    problem: Option<CubeError>,
}

/// Some of the cells, counted by one thread.
#[derive(Debug, Default)]
pub(super) struct Shard {
    /// Places in `cells`, by the number of the cell.
    numbers: FxHashMap<u64, u32>,
    cells: Vec<Tray>,
    /// Words of all cells, and their number when they were last added up.
    words: usize,
    sorted: usize,
    problem: Option<CubeError>,
}

/// The counts of one cell so far.
#[derive(Debug)]
struct Tray {
    cell: CellIndex,
    words: Vec<Count>,
    /// Number of them that are sorted and added up.
    sorted: usize,
}

/// Words of all shards that are gathered before any are added up: 32 MB, or few enough for tests and fuzzers to meet it.
const FRESH: usize = if cfg!(any(test, fuzzing)) { 64 } else { 1 << 22 };
/// Cells, and reports, that are worth a thread's while.
const MIN_CELLS: usize = 64;
const MIN_REPORTS: usize = if cfg!(any(test, fuzzing)) { 16 } else { 2048 };
/// Maximal shards: every one looks through all reports for its own.
const MAX_SHARDS: usize = 8;

impl CubeBuilder {
    /// An empty cube of this resolution, its days local to `time_zone`.
    #[must_use]
    pub fn new(resolution: Resolution, time_zone: &str) -> Self {
        Self {
            resolution,
            time_zone: time_zone.to_owned(),
            classes: HashMap::new(),
            profiles: FxHashMap::default(),
            shards: (0..rayon::current_num_threads().min(MAX_SHARDS)).map(|_| Shard::default()).collect(),
            problem: None,
        }
    }

    /// Counts a batch. Cells are found on all threads. The order of reports changes nothing. Memory grows with the cube
    /// and not with the number of reports.
    pub fn add(&mut self, batch: &Batch) {
        let cells = grid::numbers_in_range(batch.lat(), batch.lng(), self.resolution);
        let words = self.words(batch);
        self.append(&cells, &words);
    }

    /// Counts reports of a batch, each by its place in the batch, in cells that were found elsewhere. A report that is
    /// named several times counts in several cells.
    pub(crate) fn add_in(&mut self, batch: &Batch, found: &[(u32, CellIndex)]) {
        let words = self.words(batch);
        let word = |&(report, cell): &(u32, CellIndex)| (u64::from(cell), words[report as usize]);
        let (cells, words): (Vec<u64>, Vec<Count>) = found.iter().map(word).unzip();
        self.append(&cells, &words);
    }

    /// The reports of a batch as words.
    fn words(&mut self, batch: &Batch) -> Vec<Count> {
        // By class of the batch: its number here, and the profile that its last report had.
        let mut met: Vec<Option<(u32, CountProfile, u32)>> = vec![None; batch.classes().len()];
        let dates = batch.when().iter().zip(batch.known());
        let mut word = |((&when, &known), &class): ((&When, &Day), &u32)| {
            let met = &mut met[class as usize];
            let number = match met {
                Some((number, ..)) => *number,
                None => self.class(&batch.classes()[class as usize]),
            };
            let profile = CountProfile::of(when, known, number);
            let profile = match met {
                Some((_, last, found)) if *last == profile => *found,
                _ => {
                    let found = self.profile(profile);
                    *met = Some((number, profile, found));
                    found
                }
            };
            Count::one(when.start, profile)
        };
        dates.zip(batch.class()).map(&mut word).collect()
    }

    /// Appends words to their cells.
    fn append(&mut self, cells: &[u64], words: &[Count]) {
        let all = self.shards.len();
        let count = |(own, shard): (usize, &mut Shard)| {
            for (&cell, &word) in cells.iter().zip(words) {
                if place(cell, all) == own {
                    shard.push(cell, word);
                }
            }
            shard.compact_if_many(all);
        };
        if words.len() < MIN_REPORTS {
            self.shards.iter_mut().enumerate().for_each(count);
        } else {
            self.shards.par_iter_mut().enumerate().for_each(count);
        }
    }

    /// Estimate of its memory in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        // On average a fifth of the room of vectors is free, as they grow.
        let words = |shard: &Shard| shard.words * size_of::<Count>() * 5 / 4;
        let bytes = |shard: &Shard| words(shard) + shard.cells.len() * (size_of::<Tray>() + 32);
        self.shards.iter().map(bytes).sum::<usize>() as u64
    }

    /// Counts one report.
    pub fn add_one(&mut self, incident: &Incident) {
        let Incident { at, when, known, .. } = *incident;
        if !when.is_sound() || !Day::RANGE.contains(&known) {
            self.problem.get_or_insert(CubeError::Interval { when, known });
            return;
        }
        let class = self.class(&incident.class);
        let profile = self.profile(CountProfile::of(when, known, class));
        let cell = at.cell(self.resolution).into();
        self.with_shard(cell, |shard| shard.push(cell, Count::one(when.start, profile)));
    }

    /// Counts the reports of a cube.
    pub(super) fn take(&mut self, cube: &Cube) {
        let class: Vec<u32> = cube.classes.iter().map(|class| self.class(class)).collect();
        let profile = |profile: &CountProfile| CountProfile { class: class[profile.class as usize], ..*profile };
        let profiles: Vec<u32> = cube.profiles.iter().map(|old| self.profile(profile(old))).collect();
        for (cell, counts) in cube.by_cell() {
            let words = counts.iter().map(|word| word.with_profile(profiles[word.profile()]));
            let cell = cell.into();
            self.with_shard(cell, |shard| shard.extend(cell, words));
        }
    }

    /// Applies a function to the shard of a cell.
    pub(super) fn with_shard(&mut self, cell: u64, take: impl FnOnce(&mut Shard)) {
        let all = self.shards.len();
        let shard = &mut self.shards[place(cell, all)];
        take(shard);
        shard.compact_if_many(all);
    }

    /// The number of a class.
    pub(super) fn class(&mut self, class: &ReportClass) -> u32 {
        let next = u32::try_from(self.classes.len()).unwrap_or(u32::MAX);
        self.classes.get(class).copied().unwrap_or_else(|| *self.classes.entry(class.clone()).or_insert(next))
    }

    pub(super) fn profile(&mut self, profile: CountProfile) -> u32 {
        let next = self.profiles.len();
        if next >= Count::PROFILES {
            self.problem.get_or_insert(CubeError::Profiles);
            return 0;
        }
        *self.profiles.entry(profile).or_insert_with(|| u32::try_from(next).unwrap_or(0))
    }

    /// The finished cube: dictionary and counts in their one canonical order.
    ///
    /// # Errors
    /// A count beyond `u32`; an invalid interval; more profiles of reports than there are numbers.
    pub fn build(self) -> Result<Cube, CubeError> {
        let mut classes: Vec<(ReportClass, u32)> = self.classes.into_iter().collect();
        classes.sort_unstable();
        let rank = ranks(&classes);
        let ranked =
            |(old, number): (CountProfile, u32)| (CountProfile { class: rank[old.class as usize], ..old }, number);
        let mut profiles: Vec<(CountProfile, u32)> = self.profiles.into_iter().map(ranked).collect();
        profiles.sort_unstable();
        let rank = ranks(&profiles);
        let (mut cells, mut problem) = (Vec::new(), self.problem);
        for shard in self.shards {
            cells.extend(shard.cells);
            problem = problem.or(shard.problem);
        }
        cells.sort_unstable_by_key(|tray: &Tray| tray.cell);
        let finish = |mut tray: Tray| {
            for word in &mut tray.words {
                *word = word.with_profile(rank[word.profile()]);
            }
            tray.sorted = 0;
            let problem = tray.compact();
            ((tray.cell, tray.words.into_boxed_slice()), problem)
        };
        let (cells, problems): (Vec<CubeCell>, Vec<_>) =
            cells.into_par_iter().with_min_len(MIN_CELLS).map(finish).unzip();
        if let Some(problem) = problem.or_else(|| problems.into_iter().flatten().next()) {
            return Err(problem);
        }
        let classes: Vec<ReportClass> = classes.into_iter().map(|(class, _)| class).collect();
        let profiles: Vec<CountProfile> = profiles.into_iter().map(|(profile, _)| profile).collect();
        let calendar = Calendar::of(&classes, &profiles, &cells);
        Ok(Cube { resolution: self.resolution, time_zone: self.time_zone, classes, profiles, cells, calendar })
    }
}

impl Shard {
    #[inline]
    fn push(&mut self, cell: u64, word: Count) {
        let words = &mut self.tray(cell).words;
        if words.len() == words.capacity() {
            // Long ones by a quarter and not by the double: words are most of what a large run holds.
            let more = if words.len() < 2048 { words.len().max(8) } else { words.len() / 4 };
            words.reserve_exact(more);
        }
        words.push(word);
        self.words += 1;
    }

    pub(super) fn extend(&mut self, cell: u64, words: impl Iterator<Item = Count>) {
        let tray = self.tray(cell);
        let before = tray.words.len();
        tray.words.extend(words);
        self.words += tray.words.len() - before;
    }

    #[inline]
    fn tray(&mut self, cell: u64) -> &mut Tray {
        let next = self.cells.len();
        let number = *self.numbers.entry(cell).or_insert_with(|| u32::try_from(next).unwrap_or(u32::MAX)) as usize;
        if number == next {
            self.cells.push(Tray { cell: grid::numbered(cell), words: Vec::new(), sorted: 0 });
        }
        &mut self.cells[number]
    }

    /// Adds up equal words once there are a quarter more, so that each is looked at a few times at most. `all` is the
    /// number of shards that share the memory.
    fn compact_if_many(&mut self, all: usize) {
        if self.words - self.sorted < (FRESH / all).max(self.sorted / 4) {
            return;
        }
        let problem = self.cells.iter_mut().filter_map(Tray::compact).min_by_key(overflowing);
        self.problem = self.problem.take().or(problem);
        self.words = self.cells.iter().map(|tray| tray.words.len()).sum();
        self.sorted = self.words;
    }
}

/// The shard of a cell: neighbours are in different ones.
#[inline]
fn place(cell: u64, shards: usize) -> usize {
    let mixed = cell.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    #[allow(clippy::cast_possible_truncation, reason = "below the number of shards")]
    let place = ((mixed * shards as u64) >> 32) as usize;
    place
}

impl Tray {
    fn compact(&mut self) -> Option<CubeError> {
        let excess = compact(&mut self.words, self.sorted);
        self.sorted = self.words.len();
        excess.map(|n| CubeError::Overflow { cell: self.cell, n })
    }
}

fn overflowing(problem: &CubeError) -> Option<CellIndex> {
    if let CubeError::Overflow { cell, .. } = problem { Some(*cell) } else { None }
}

/// New numbers by old ones, of what is in its new order.
fn ranks<T>(sorted: &[(T, u32)]) -> Vec<u32> {
    let mut ranks = vec![0; sorted.len()];
    for (new, (_, old)) in (0..).zip(sorted) {
        ranks[*old as usize] = new;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::incident::{Category, Strand};

    fn class(category: Category, source: Option<&str>) -> ReportClass {
        let strand = if category == Category::Asb { Strand::Evidenced } else { Strand::Experienced };
        ReportClass { category, strand, severity: None, grade: None, source: source.map(str::to_owned) }
    }

    /// Reports of three places, some days, lengths, delays and classes, by a fixed generator.
    fn reports(count: usize) -> Vec<Incident> {
        let mut seed = 20_261_128_u64;
        let mut below = move |end: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from((seed >> 33) % end).expect("small")
        };
        let classes = [class(Category::Asb, Some("a")), class(Category::Riot, None), class(Category::Asb, None)];
        let report = |_| {
            let start = Day(19_000) + [0, 1, 2, 3, 5, 8, 13, 21, 34][below(9)];
            let when = When { start, end: start + [1, 1, 1, 30][below(4)] };
            Incident {
                at: crate::grid::LatLng::new([52.6, 52.7, 52.8][below(3)], -1.1).expect("in range"),
                when,
                known: when.end + [0, 0, 2, -1][below(4)],
                class: classes[below(3)].clone(),
            }
        };
        (0..count).map(report).collect()
    }

    /// Beside a map that counts one by one; in either order, and as the sum of two halves.
    #[test]
    fn a_cube_is_what_a_sorted_map_counts() {
        let reports = reports(5000);
        let mut expected: BTreeMap<(CellIndex, When, Day, &ReportClass), u32> = BTreeMap::new();
        for report in &reports {
            let cell = report.at.cell(Resolution::Eight);
            *expected.entry((cell, report.when, report.known, &report.class)).or_default() += 1;
        }
        let count = |reports: &mut dyn Iterator<Item = &Incident>| {
            let mut cube = CubeBuilder::new(Resolution::Eight, "UTC");
            reports.for_each(|report| cube.add_one(report));
            cube.build().expect("builds")
        };
        let cube = count(&mut reports.iter());
        let rows = cube.rows().map(|row| ((row.cell, row.when, row.known, &cube.classes()[row.class as usize]), row.n));
        assert_eq!(rows.collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>());
        assert_eq!(cube.total(), 5000);
        assert_eq!(count(&mut reports.iter().rev()), cube);
        let (some, rest) = reports.split_at(1234);
        assert_eq!(count(&mut rest.iter()).merge(count(&mut some.iter())).expect("adds"), cube);
    }

    #[test]
    fn what_cannot_be_is_an_error() {
        let report = reports(1).remove(0);
        let error = |when, known| {
            let mut cube = CubeBuilder::new(Resolution::Eight, "UTC");
            cube.add_one(&Incident { when, known, ..report.clone() });
            cube.build().expect_err("invalid").to_string()
        };
        let day = Day(19_000);
        assert_eq!(
            error(When { start: day, end: day }, day),
            "a report lasts from 2022-01-08 to 2022-01-08 and is known from 2022-01-08; expected days of the years 1 to 9999, the \
             first before the end"
        );
        assert!(error(When::day(day), Day(i32::MAX)).contains("expected days of the years"));
        // A cube that holds as many as it can, twice.
        let mut cube = CubeBuilder::new(Resolution::Eight, "UTC");
        let number = cube.class(&report.class);
        let profile = cube.profile(CountProfile::of(report.when, report.known, number));
        let cell = report.at.cell(Resolution::Eight);
        let words = Count::one(report.when.start, profile).times(u32::MAX.into());
        cube.with_shard(cell.into(), |shard| shard.extend(cell.into(), words));
        let full = cube.build().expect("as many as there may be");
        assert_eq!(full.rows().map(|row| row.n).collect::<Vec<_>>(), [u32::MAX]);
        let error = full.clone().merge(full).expect_err("too many");
        assert!(matches!(error, CubeError::Overflow { cell: of, n: 8_589_934_590 } if of == cell), "{error}");
    }
}
