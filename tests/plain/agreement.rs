//! The engine against the plain reference: every number of every cell to 1e-9, every level exactly.

use std::collections::BTreeMap;
use std::io::Read;

use geo::{Contains, Intersects};
use proptest::prelude::*;
use tensionmap::unstable::polygon::{Contiguity, Regions};
use tensionmap::unstable::score::{Anchor, Covariates, DatedScore};
use tensionmap::{CellIndex, Day, Engine, Input, LatLng, Resolution, StudyArea};
use tensionmap::{CellScore, Level, Scores, Scoring, Status};

use super::{Plain, PlainAnchor, PlainCell, Report, World};
use crate::support::{leicester, own, sample_run, shared};
use crate::worlds::{Small, config, small};

/// Numbers of a cell that a series keeps, in one order for both.
const NUMBERS: [&str; 19] = [
    "score",
    "surge",
    "intensity",
    "corroboration",
    "spread",
    "context",
    "mass",
    "density",
    "experienced",
    "evidenced",
    "potential",
    "n_window",
    "n_baseline",
    "sources",
    "sparse",
    "status",
    "raw_level",
    "level",
    "u_intensity",
];

fn rank(level: Option<usize>) -> f64 {
    level.map_or(-1.0, |rank| rank as f64)
}

fn status(status: Status) -> f64 {
    Status::ALL.iter().position(|&one| one == status).unwrap() as f64
}

pub(super) fn of_dated_score(score: &DatedScore) -> [f64; 19] {
    let [experienced, evidenced, potential] = score.strands;
    [
        score.score,
        score.surge,
        score.intensity,
        score.corroboration,
        score.spread,
        score.context,
        score.mass,
        score.density,
        experienced,
        evidenced,
        potential,
        score.n_window,
        score.n_baseline,
        f64::from(score.sources),
        f64::from(u8::from(score.sparse)),
        status(score.status),
        rank(score.raw_level.map(Level::rank)),
        rank(score.level.map(Level::rank)),
        score.u_intensity,
    ]
}

fn of_score(cell: &CellScore) -> [f64; 19] {
    let [experienced, evidenced, potential] = cell.strands.map(|share| share * cell.mass);
    [
        cell.score,
        cell.surge,
        cell.intensity,
        cell.corroboration,
        cell.spread,
        cell.context,
        cell.mass,
        cell.density,
        experienced,
        evidenced,
        potential,
        cell.n_window,
        cell.n_baseline,
        f64::from(cell.sources),
        f64::from(u8::from(cell.sparse)),
        status(cell.status),
        rank(cell.raw_level.map(Level::rank)),
        rank(cell.level.map(Level::rank)),
        cell.u_intensity,
    ]
}

pub(super) fn of_plain(cell: &PlainCell, level: Option<usize>) -> [f64; 19] {
    let [surge, intensity, corroboration, spread, context] = cell.points;
    let [experienced, evidenced, potential] = cell.strands;
    [
        cell.score,
        surge,
        intensity,
        corroboration,
        spread,
        context,
        cell.strands.iter().sum(),
        cell.density,
        experienced,
        evidenced,
        potential,
        cell.window,
        cell.baseline,
        cell.sources as f64,
        f64::from(u8::from(cell.sparse)),
        status(cell.status),
        rank(cell.raw),
        rank(level),
        cell.u_intensity,
    ]
}

/// The largest difference so far, relative to max(1, |x|); anything beyond 1e-9 stops the test.
#[derive(Debug, Default)]
pub(super) struct Differences(pub(super) f64);

impl Differences {
    pub(super) fn see(&mut self, what: &str, found: f64, expected: f64) {
        let relative = (found - expected).abs() / expected.abs().max(1.0);
        assert!(relative <= 1e-9, "{what}: {found:?} is not {expected:?}");
        self.0 = self.0.max(relative);
    }

    pub(super) fn see_cell(&mut self, cell: CellIndex, found: [f64; 19], expected: [f64; 19]) {
        for ((name, found), expected) in NUMBERS.iter().zip(found).zip(expected) {
            self.see(&format!("{cell} {name}"), found, expected);
        }
    }

    /// A ratio beyond a million only says that there was next to nothing; its logarithm is compared. Both ways end near the
    /// largest numbers there are, though not at the same one.
    fn see_ratio(&mut self, what: &str, found: f64, expected: f64) {
        let far = expected > 1e6;
        let [found, expected] = [found, expected].map(|ratio| ratio.min(1e250));
        self.see(what, if far { found.ln() } else { found }, if far { expected.ln() } else { expected });
    }

    pub(super) fn see_scores(&mut self, scores: &Scores, plain: &Plain, levels: &[Option<usize>]) {
        let baseline = plain.comparable.then_some((Day(plain.baseline.0), Day(plain.baseline.1)));
        assert_eq!(scores.baseline, baseline);
        let days = |days: i32| usize::try_from(days).unwrap();
        assert_eq!((days(scores.window_days), days(scores.baseline_days)), (plain.window_days, plain.baseline_days));
        assert_eq!((scores.outside, scores.later), (plain.outside, plain.later));
        self.see("dispersion", scores.dispersion, plain.dispersion);
        self.see("smoothed away", scores.smoothed_away, plain.smoothed_away);
        assert_eq!(scores.cells.len(), plain.cells.len());
        for ((found, expected), &level) in scores.cells.iter().zip(&plain.cells).zip(levels) {
            self.see_cell(found.cell, of_score(found), of_plain(expected, level));
            let shares: BTreeMap<_, f64> = found.categories.iter().copied().collect();
            assert_eq!(shares.len(), found.categories.len());
            assert!(found.categories.is_sorted_by(|a, b| a.1 >= b.1));
            for category in tensionmap::Category::ALL {
                let found = shares.get(category).map_or(0.0, |share| share * found.mass);
                self.see(category.id(), found, expected.categories.get(category).copied().unwrap_or(0.0));
            }
            assert_eq!(found.ratio.is_some(), expected.ratio.is_some(), "{}", found.cell);
            if let (Some(found), Some(expected)) = (found.ratio, expected.ratio) {
                self.see("p_exceed", found.p_exceed, expected.p_exceed());
                self.see("expected", found.expected, expected.expected);
                self.see_ratio("rr_lo", found.lo, expected.low());
                self.see_ratio("rr", found.rr, expected.quantile(0.5));
                self.see_ratio("rr_hi", found.hi, expected.quantile(0.95));
            }
        }
    }
}

pub(super) fn plain_anchor(anchor: Anchor) -> PlainAnchor {
    let kind = match anchor {
        Anchor::Frozen(_) => 'f',
        Anchor::Calibrated(_) => 'c',
        Anchor::Current(_) => 'w',
        _ => '-',
    };
    (kind, anchor.d_half())
}

/// Scores dates by the engine and by the reference; `false` when rounding alone decides something.
fn agree(world: &World, scoring: &Scoring<'_>, dates: &[i32], weeks: i32) -> (bool, Differences) {
    let mut differences = Differences::default();
    let &last = dates.last().unwrap();
    let (anchor, scores) = (scoring.anchor(Day(last)), scoring.at(Day(last)));
    assert_eq!(anchor, scores.anchor);
    let (kind, d_half) = world.anchor(last);
    assert_eq!(plain_anchor(anchor).0, kind);
    assert_eq!(anchor.d_half(), d_half);
    let plains: Vec<(Plain, Vec<Option<usize>>)> = dates.iter().map(|&t| world.held(t, d_half, weeks)).collect();
    if plains.iter().any(|(plain, _)| plain.is_close) {
        return (false, differences);
    }
    let (plain, levels) = plains.last().unwrap();
    differences.see_scores(&scores, plain, levels);
    let days: Vec<Day> = dates.iter().map(|&t| Day(t)).collect();
    let mut index = 0;
    scoring.each(&days, anchor, |date, scores| {
        let (plain, levels) = &plains[index];
        assert_eq!(date.windows.as_of, days[index]);
        differences.see("dispersion", date.dispersion, plain.dispersion);
        for (row, score) in scores.iter().enumerate() {
            differences.see_cell(world.cells[row], of_dated_score(score), of_plain(&plain.cells[row], levels[row]));
        }
        index += 1;
    });
    assert_eq!(index, dates.len());
    (true, differences)
}

/// Whether a world agrees at some dates, in ascending order, and not because nothing could be compared.
pub(crate) fn agrees(world: &World, dates: &[i32]) -> bool {
    let cube = world.cube();
    let area = StudyArea::of_cells(world.cells.iter().copied());
    let covered = world.coverage();
    let scoring = Scoring::new(&cube, &area, &world.method, world.covariates(covered.as_ref())).unwrap();
    agree(world, &scoring, dates, i32::from(world.method.fall_after_weeks) + 1).0
}

/// Days of a date, or of a month.
fn interval(text: &str) -> (i32, i32) {
    if let Some((year, month)) = text.split_once('-').filter(|(_, month)| month.len() == 2) {
        let (year, month): (i32, i32) = (year.parse().unwrap(), month.parse().unwrap());
        let first = |year: i32, month: i32| format!("{year:04}-{month:02}-01").parse::<Day>().unwrap().0;
        return (first(year, month), first(year + month / 12, month % 12 + 1));
    }
    let day = text[..10].parse::<Day>().unwrap().0;
    (day, day + 1)
}

/// Reads reports with the `csv` crate, a record at a time, and puts each in its place; those without a position are left out.
pub(super) fn read(text: impl Read, place: impl Fn(LatLng) -> CellIndex) -> Vec<Report> {
    let mut reader = ::csv::Reader::from_reader(text);
    let header = reader.headers().unwrap().clone();
    let column = |names: [&str; 2]| header.iter().position(|name| names.contains(&name));
    let columns = [
        ["lat", "Latitude"],
        ["lon", "Longitude"],
        ["occurred_at", "Month"],
        ["reported_at", ""],
        ["category", "Crime type"],
        ["strand", ""],
        ["severity", ""],
        ["grade", ""],
        ["source", "Reported by"],
    ]
    .map(column);
    let mut reports = Vec::new();
    for record in reader.records() {
        let record = record.unwrap();
        let [lat, lng, when, known, category, strand, severity, grade, source] =
            columns.map(|column| column.and_then(|column| record.get(column)).unwrap_or(""));
        let (Ok(lat), Ok(lng)) = (lat.parse(), lng.parse()) else { continue };
        let category = match category {
            "Anti-social behaviour" => "asb",
            "Criminal damage and arson" => "criminal_damage",
            "Public order" => "public_order",
            "Possession of weapons" => "weapons",
            "Violence and sexual offences" => "violence",
            id if id.parse::<tensionmap::Category>().is_ok() => id,
            _ => "not_tension",
        };
        let category: tensionmap::Category = category.parse().unwrap();
        let (start, end) = interval(when);
        let mut marks = grade.chars();
        reports.push(Report {
            cell: place(LatLng::new(lat, lng).unwrap()),
            start,
            end,
            known: if known.is_empty() { end } else { interval(known).0 },
            category,
            strand: strand.parse().unwrap_or(category.strand()),
            severity: severity.parse().ok(),
            grade: marks.next().zip(marks.next()),
            source: Some(source.to_owned()).filter(|source| !source.is_empty()),
        });
    }
    reports
}

pub(super) fn of_resolution_8(at: LatLng) -> CellIndex {
    at.cell(Resolution::Eight)
}

pub(super) fn day(text: &str) -> i32 {
    text.parse::<Day>().unwrap().0
}

#[test]
fn the_sample_agrees() {
    let run = sample_run();
    let cells: Vec<CellIndex> = run.scores.cells.iter().map(|cell| cell.cell).collect();
    let world = World {
        reports: read(std::fs::File::open(own("data/incidents.csv")).unwrap(), of_resolution_8),
        cells: cells.clone(),
        method: tensionmap::Method::tension_1(),
        residents: None,
        context: None,
        covered: None,
        areas: None,
    };
    let area = StudyArea::of_cells(cells);
    let scoring = Scoring::new(&run.cube, &area, &world.method, Covariates::default()).unwrap();
    let dates = ["2024-09-18", "2025-06-02", "2026-03-02"].map(day);
    let (is_sure, differences) = agree(&world, &scoring, &dates, 6);
    assert!(is_sure);
    eprintln!("sample, {} cells, 3 dates: largest relative difference {:.1e}", world.cells.len(), differences.0);
}

#[test]
fn leicester_agrees() {
    const CITY: &str = "leicester/incidents/leicester-city-2019-12_2022-10-street.csv.gz";
    let (Some(file), Some((cube, area))) = (shared(CITY), leicester()) else { return };
    let world = World {
        reports: read(flate2::read::GzDecoder::new(std::fs::File::open(file).unwrap()), of_resolution_8),
        cells: area.cells().to_vec(),
        method: tensionmap::Method::tension_1(),
        residents: None,
        context: None,
        covered: None,
        areas: None,
    };
    assert_eq!(world.reports.len() as u64, cube.total());
    let scoring = Scoring::new(cube, area, &world.method, Covariates::default()).unwrap();
    let (is_sure, differences) = agree(&world, &scoring, &[day("2022-10-01")], 2);
    assert!(is_sure);
    eprintln!("Leicester, {} reports: largest relative difference {:.1e}", world.reports.len(), differences.0);
}

/// Wards from their own reports: every point tried in every polygon, every polygon against every other, every report weighed.
#[test]
fn leicester_agrees_in_its_wards() {
    const CITY: &str = "leicester/incidents/leicester-city-2019-12_2022-10-street.csv.gz";
    let (Some(file), Some(wards)) = (shared(CITY), shared("leicester/areas/leicester_wards_2013.geojson")) else {
        return;
    };
    let engine = Engine::builder().method(tensionmap::Method::tension_1()).as_of("2022-10-01").build().unwrap();
    let engine = engine.count_only_in(&wards, "WD13NM").unwrap();
    let run = engine.incidents(&file).unwrap().roll_up().unwrap();
    let polygons = Regions::read(&Input::from(&wards), None).unwrap().polygons;
    let touch = |one: usize, other: usize| one != other && polygons[one].intersects(&polygons[other]);
    let beside = |one| (0_u32..).take(polygons.len()).filter(|&other| touch(one, other as usize)).collect();
    let ground = &run.layer.areas().unwrap().ground;
    let areas = Contiguity { km2: ground.km2.clone(), neighbours: (0..polygons.len()).map(beside).collect() };
    assert_eq!(ground, &areas);
    let cells: Vec<CellIndex> = run.scores.cells.iter().map(|ward| ward.cell).collect();
    let nowhere = LatLng::new(0.0, 0.0).unwrap().cell(Resolution::Fifteen);
    let ward = |at: LatLng| {
        let point = geo::Point::new(at.lng(), at.lat());
        polygons.iter().position(|ward| ward.contains(&point)).map_or(nowhere, |ward| cells[ward])
    };
    let world = World {
        reports: read(flate2::read::GzDecoder::new(std::fs::File::open(file).unwrap()), ward),
        cells: cells.clone(),
        method: tensionmap::Method::tension_1(),
        residents: None,
        context: None,
        covered: None,
        areas: Some(areas),
    };
    let (kind, d_half) = world.anchor(day("2022-10-01"));
    assert_eq!((kind, d_half), plain_anchor(run.scores.anchor));
    let (plain, levels) = world.held(day("2022-10-01"), d_half, 2);
    assert!(!plain.is_close);
    let mut differences = Differences::default();
    differences.see_scores(&run.scores, &plain, &levels);
    eprintln!("Leicester, {} wards: largest relative difference {:.1e}", cells.len(), differences.0);
}

proptest! {
    #![proptest_config(config(48))]

    /// Pentagons, the antimeridian and a pole; late reports, coming events, gaps and any method in range.
    #[test]
    fn small_worlds_agree(Small { world, as_of, earlier } in small()) {
        let mut dates: Vec<i32> = earlier.iter().map(|days| as_of - days).chain([as_of]).collect();
        dates.sort_unstable();
        dates.dedup();
        prop_assume!(agrees(&world, &dates));
    }

    /// The same where places are areas of any size with any neighbours.
    #[test]
    fn small_worlds_of_areas_agree(
        Small { mut world, as_of, .. } in small(),
        km2 in prop::collection::vec(0.01..500.0_f64, 64),
        borders in prop::collection::vec((0..64_usize, 0..64_usize), 0..60),
    ) {
        let count = world.cells.len();
        let mut neighbours = vec![std::collections::BTreeSet::new(); count];
        for (one, other) in borders.into_iter().map(|(one, other)| (one % count, other % count)).filter(|(one, other)| one != other) {
            neighbours[one].insert(u32::try_from(other).unwrap());
            neighbours[other].insert(u32::try_from(one).unwrap());
        }
        let neighbours = neighbours.into_iter().map(|near| near.into_iter().collect()).collect();
        world.areas = Some(Contiguity { km2: (0..count).map(|row| km2[row % 64]).collect(), neighbours });
        prop_assume!(agrees(&world, &[as_of]));
    }
}
