//! Counting: reports come in any order, and each is appended to its cell as one word; sorting, cell by cell and in cache,
//! brings together what is the same.

use std::collections::HashMap;

use h3o::{CellIndex, Resolution};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::calendar::Calendar;
use super::count::{Count, Profile, settle};
use super::{Cube, CubeError};
use crate::grid;
use crate::incident::{Class, Day, Incident};
use crate::ingest::Batch;

/// Counts reports into a [`Cube`].
#[derive(Debug)]
pub struct CubeBuilder {
    resolution: Resolution,
    time_zone: String,
    classes: HashMap<Class, u32>,
    profiles: FxHashMap<Profile, u32>,
    numbers: FxHashMap<CellIndex, u32>,
    cells: Vec<Tray>,
    /// Words in all trays, and how many there were when they were last added up.
    words: usize,
    settled: usize,
    problem: Option<CubeError>,
}

/// The counts of one cell so far.
#[derive(Debug)]
struct Tray {
    cell: CellIndex,
    words: Vec<Count>,
    /// How many of them are sorted and added up.
    settled: usize,
}

/// Words that are gathered before any are added up: 32 MB.
const FRESH: usize = 1 << 22;
/// Cells that are worth a thread's while.
const LEAST: usize = 64;

impl CubeBuilder {
    /// An empty cube of this resolution, its days local to `time_zone`.
    #[must_use]
    pub fn new(resolution: Resolution, time_zone: &str) -> Self {
        Self {
            resolution,
            time_zone: time_zone.to_owned(),
            classes: HashMap::new(),
            profiles: FxHashMap::default(),
            numbers: FxHashMap::default(),
            cells: Vec::new(),
            words: 0,
            settled: 0,
            problem: None,
        }
    }

    /// Counts a batch. Cells are found on all threads; the order of reports changes nothing, and the memory that is taken
    /// grows with the cube and not with the number of reports.
    pub fn add(&mut self, batch: &Batch) {
        let cells = grid::cells_in_range(batch.lat(), batch.lng(), self.resolution);
        // By class of the batch: its number here, and the profile that its last report had.
        let mut met: Vec<Option<(u32, Profile, u32)>> = vec![None; batch.classes().len()];
        let dates = batch.when().iter().zip(batch.known());
        for ((cell, (&when, &known)), &class) in cells.into_iter().zip(dates).zip(batch.class()) {
            let met = &mut met[class as usize];
            let number = match met {
                Some((number, ..)) => *number,
                None => self.class(&batch.classes()[class as usize]),
            };
            let profile = Profile::of(when, known, number);
            let profile = match met {
                Some((_, last, found)) if *last == profile => *found,
                _ => {
                    let found = self.profile(profile);
                    *met = Some((number, profile, found));
                    found
                }
            };
            self.push(cell, when.start, profile);
        }
        self.settle_if_many();
    }

    /// Counts one report.
    pub fn add_one(&mut self, incident: &Incident) {
        let Incident { at, when, known, .. } = *incident;
        if !when.is_sound() || !Day::RANGE.contains(&known) {
            self.problem.get_or_insert(CubeError::Interval { when, known });
            return;
        }
        let class = self.class(&incident.class);
        let profile = self.profile(Profile::of(when, known, class));
        self.push(at.cell(self.resolution), when.start, profile);
        self.settle_if_many();
    }

    /// Counts all that a row holds. Its interval has to be sound.
    #[cfg(feature = "polars")]
    pub(super) fn count(&mut self, row: super::Row) {
        let profile = self.profile(Profile::of(row.when, row.known, row.class));
        let tray = self.tray(row.cell);
        let before = tray.words.len();
        tray.words.extend(Count::one(row.when.start, profile).times(row.n.into()));
        self.words += tray.words.len() - before;
        self.settle_if_many();
    }

    /// Counts all that a cube holds.
    pub(super) fn take(&mut self, cube: &Cube) {
        let class: Vec<u32> = cube.classes.iter().map(|class| self.class(class)).collect();
        let profile = |profile: &Profile| Profile { class: class[profile.class as usize], ..*profile };
        let profiles: Vec<u32> = cube.profiles.iter().map(|old| self.profile(profile(old))).collect();
        for (cell, counts) in cube.by_cell() {
            let tray = self.tray(cell);
            tray.words.extend(counts.iter().map(|word| word.with_profile(profiles[word.profile()])));
            self.words += counts.len();
        }
        self.settle_if_many();
    }

    /// The number of a class.
    pub(super) fn class(&mut self, class: &Class) -> u32 {
        if let Some(&number) = self.classes.get(class) {
            return number;
        }
        let number = u32::try_from(self.classes.len()).unwrap_or(u32::MAX);
        self.classes.insert(class.clone(), number);
        number
    }

    fn profile(&mut self, profile: Profile) -> u32 {
        let next = self.profiles.len();
        if next >= Count::PROFILES {
            self.problem.get_or_insert(CubeError::Profiles);
            return 0;
        }
        *self.profiles.entry(profile).or_insert_with(|| u32::try_from(next).unwrap_or(0))
    }

    #[inline]
    fn push(&mut self, cell: CellIndex, start: Day, profile: u32) {
        self.tray(cell).words.push(Count::one(start, profile));
        self.words += 1;
    }

    #[inline]
    fn tray(&mut self, cell: CellIndex) -> &mut Tray {
        let next = self.cells.len();
        let number = *self.numbers.entry(cell).or_insert_with(|| u32::try_from(next).unwrap_or(u32::MAX)) as usize;
        if number == next {
            self.cells.push(Tray { cell, words: Vec::new(), settled: 0 });
        }
        &mut self.cells[number]
    }

    /// Adds up what is the same once the words have doubled, so that each is looked at a few times at most.
    fn settle_if_many(&mut self) {
        if self.words - self.settled < FRESH.max(self.settled) {
            return;
        }
        let settle = |tray: &mut Tray| tray.settle();
        let problem = self.cells.par_iter_mut().with_min_len(LEAST).filter_map(settle).min_by_key(overflowing);
        self.problem = self.problem.take().or(problem);
        self.words = self.cells.iter().map(|tray| tray.words.len()).sum();
        self.settled = self.words;
    }

    /// The finished cube: dictionary and counts in their one canonical order.
    ///
    /// # Errors
    /// A count beyond `u32`; a report whose interval is none; more kinds of reports than can be told apart.
    pub fn build(mut self) -> Result<Cube, CubeError> {
        let mut classes: Vec<(Class, u32)> = self.classes.into_iter().collect();
        classes.sort_unstable();
        let rank = ranks(&classes);
        let ranked = |(old, number): (Profile, u32)| (Profile { class: rank[old.class as usize], ..old }, number);
        let mut profiles: Vec<(Profile, u32)> = self.profiles.into_iter().map(ranked).collect();
        profiles.sort_unstable();
        let rank = ranks(&profiles);
        self.cells.sort_unstable_by_key(|tray| tray.cell);
        let finish = |mut tray: Tray| {
            for word in &mut tray.words {
                *word = word.with_profile(rank[word.profile()]);
            }
            tray.settled = 0;
            let problem = tray.settle();
            ((tray.cell, tray.words.into_boxed_slice()), problem)
        };
        let (cells, problems): (Vec<(CellIndex, Box<[Count]>)>, Vec<_>) =
            self.cells.into_par_iter().with_min_len(LEAST).map(finish).unzip();
        match self.problem.or_else(|| problems.into_iter().flatten().next()) {
            Some(problem) => Err(problem),
            None => {
                let classes: Vec<Class> = classes.into_iter().map(|(class, _)| class).collect();
                let profiles: Vec<Profile> = profiles.into_iter().map(|(profile, _)| profile).collect();
                let calendar = Calendar::of(&classes, &profiles, &cells);
                Ok(Cube { resolution: self.resolution, time_zone: self.time_zone, classes, profiles, cells, calendar })
            }
        }
    }
}

impl Tray {
    fn settle(&mut self) -> Option<CubeError> {
        let excess = settle(&mut self.words, self.settled);
        self.settled = self.words.len();
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
