//! What holds of the evidence of `tension-2`.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tensionmap::unstable::score::{DatedScore, Evidence};
use tensionmap::{CellIndex, Day, LatLng, Method, Resolution, Scores, Scoring, Strand, StudyArea};

use super::properties::{score, score_of, told};
use super::{Towns, config, count, raw, report, towns};
use crate::plain::World;
use crate::support::shuffled;

/// Scores at T of a world whose study area is that of its cells with a report, by cell.
fn grown(world: &World, as_of: i32) -> BTreeMap<CellIndex, String> {
    let area = StudyArea::observed(world.reports.iter().map(|report| report.cell));
    if area.cells().is_empty() {
        return BTreeMap::new();
    }
    let (cube, covered) = (world.cube(), world.coverage());
    let covariates = world.covariates(covered.as_ref());
    let scoring = Scoring::new(&cube, &area, &world.method, covariates).unwrap();
    let of_cell = |cell: &tensionmap::CellScore| (cell.cell, format!("{cell:?}"));
    scoring.at(Day(as_of)).cells.iter().map(of_cell).collect()
}

/// A world without covariates, whose cells may be others.
fn without_values(mut world: World) -> World {
    (world.residents, world.context, world.method.points.context) = (None, None, 0.0);
    world
}

/// What was known at T.
fn known_at(world: &World, as_of: i32) -> World {
    let mut world = world.clone();
    world.reports.retain(|report| report.known <= as_of);
    world
}

fn evidence(scores: &Scores) -> Vec<Option<Evidence>> {
    scores.cells.iter().map(|cell| cell.evidence).collect()
}

/// A town of 127 cells where each has a report on a day with this chance in a thousand, for so many days before T.
fn town(as_of: i32, days: i32, per_mille: u64) -> World {
    let here = LatLng::new(54.7, 2.3).unwrap().cell(Resolution::Eight);
    let mut cells: Vec<CellIndex> = here.grid_disk(6);
    cells.sort_unstable();
    let mut state = 5_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % 1000 < per_mille
    };
    let mut reports = Vec::new();
    for &cell in &cells {
        reports.extend((as_of - days..as_of).filter(|_| draw()).map(|day| report(cell, day)));
    }
    let covered = Some(vec![(Day(as_of - days), Day(as_of))]);
    World { reports, cells, method: Method::tension_2(), residents: None, context: None, covered, areas: None }
}

const AS_OF: i32 = 20_500;

/// Twice the reports everywhere in the windows are the whole area's doing: the area-wide factor takes them up.
///
/// Twins come in pairs, which is more variance than is fitted, and twice as many reports tell more apart: evidence moves a little.
#[test]
fn twice_the_reports_everywhere_are_no_evidence() {
    let mut world = town(AS_OF, 500, 100);
    let once = score(&world, AS_OF);
    let twins: Vec<_> = world.reports.iter().filter(|report| report.start >= AS_OF - 14).cloned().collect();
    // The twin of a report comes from another cell.
    let turned = |cell: CellIndex| world.cells[(world.cells.binary_search(&cell).unwrap() + 61) % world.cells.len()];
    let twins: Vec<_> = twins.into_iter().map(|one| crate::plain::Report { cell: turned(one.cell), ..one }).collect();
    world.reports.extend(twins);
    let twice = score(&world, AS_OF);
    let factors = [&once, &twice].map(|scores| scores.area_factor.unwrap());
    assert!((factors[0] - 1.0).abs() < 0.25 && (factors[1] / factors[0] - 1.8).abs() < 0.25, "{factors:?}");
    let mean = |scores: &Scores| {
        let all = evidence(scores);
        all.iter().flatten().map(|one| one.alone).sum::<f64>() / all.len() as f64
    };
    let raised = |scores: &Scores| evidence(scores).iter().flatten().filter(|one| one.total >= 1.5).count();
    let (means, raised) = ([mean(&once), mean(&twice)], [raised(&once), raised(&twice)]);
    eprintln!("mean evidence {means:?}, cells raised {raised:?} of {}, area factor {factors:?}", world.cells.len());
    assert!((means[0] - means[1]).abs() < 0.15, "{means:?}");
    assert!(raised[1] <= raised[0] + 4, "{raised:?}");
}

/// A larger variance never raises the evidence of a burst.
///
/// There is no public way to the tail itself; the drift of a calm place's level adds to its variance and to nothing else. What
/// holds is of counts far in the tail. Near its mean a more variable count is *less* often above: P(X ≥ 1) falls as the same
/// reports come in fewer bursts.
#[test]
fn more_variance_is_less_evidence() {
    let mut world = town(AS_OF, 500, 50);
    let here = world.cells[60];
    world.reports.extend((1..=9).map(|ago| report(here, AS_OF - ago)));
    let alone = |drift: f64| {
        let mut world = world.clone();
        world.method.evidence.as_mut().unwrap().drift = drift;
        score(&world, AS_OF).cells[60].evidence.unwrap()
    };
    let drifts = [0.0, 0.02, 0.1, 0.5, 1.0].map(alone);
    assert!(drifts[0].alone > 4.0, "{drifts:?}");
    for pair in drifts.windows(2) {
        assert!(pair[0].alone > pair[1].alone, "{pair:?}");
    }
}

/// Reports of one place every ten days, and from some day on of others nearby and far away.
fn late_places() -> World {
    let cell = |lat, lng| LatLng::new(lat, lng).unwrap().cell(Resolution::Eight);
    let (here, there, far) = (cell(52.91, -1.51), cell(52.92, -1.50), cell(50.4, -4.1));
    let of = |cell, days: std::ops::Range<i32>, step: usize, source: &str| {
        let source = Some(source.to_owned());
        days.step_by(step).map(move |day| crate::plain::Report { source: source.clone(), ..report(cell, day) })
    };
    let mut reports: Vec<_> = of(here, AS_OF - 700..AS_OF, 10, "x").collect();
    reports.extend(of(here, AS_OF - 30..AS_OF - 20, 1, "x"));
    reports.extend(of(there, AS_OF - 60..AS_OF, 2, "y"));
    reports.extend(of(far, AS_OF - 18..AS_OF, 1, "x"));
    let method = Method { d_half: Some(8.0), ..Method::tension_2() };
    World { reports, cells: vec![here], method, residents: None, context: None, covered: None, areas: None }
}

/// Scores of a series at each date, by cell.
fn series(world: &World, area: &StudyArea, dates: &[i32]) -> Vec<BTreeMap<CellIndex, DatedScore>> {
    let (cube, covered) = (world.cube(), world.coverage());
    let covariates = world.covariates(covered.as_ref());
    let scoring = Scoring::new(&cube, area, &world.method, covariates).unwrap();
    let days: Vec<Day> = dates.iter().map(|&date| Day(date)).collect();
    let mut found = Vec::new();
    scoring.each(&days, scoring.anchor(days[0]), |_, scores| {
        found.push(area.cells().iter().copied().zip(scores.iter().copied()).collect());
    });
    found
}

/// Every number that a date tells of a cell.
fn numbers(one: &DatedScore) -> Vec<f64> {
    let mut all = vec![one.score, one.mass, one.density, one.u_intensity, one.n_window, one.n_baseline];
    all.extend(one.reports);
    if let Some(evidence) = one.evidence {
        all.extend([evidence.total, evidence.alone, evidence.neighbours, evidence.factor, evidence.effect.dispersion]);
        all.extend(evidence.counted.into_iter().chain(evidence.expected));
        all.extend([evidence.effect.counted, evidence.effect.expected, evidence.effect.past]);
    }
    all
}

/// Each date of a series is the map of that date, made of what was known then, in its own study area where none is given.
fn series_are_maps(world: &World, dates: &[i32]) {
    let observed = |world: &World| StudyArea::observed(world.reports.iter().map(|report| report.cell));
    let given = StudyArea::of_cells(world.cells.iter().copied());
    for is_given in [true, false] {
        let area = if is_given { given.clone() } else { observed(world) };
        let series = series(world, &area, dates);
        assert_eq!(series.len(), dates.len());
        for (&date, of_series) in dates.iter().zip(series) {
            let then = known_at(world, date);
            let area = if is_given { given.clone() } else { observed(&then) };
            if area.cells().is_empty() {
                continue;
            }
            let of_map = self::series(&then, &area, &[date]).remove(0);
            for (cell, of_map) in of_map {
                let of_series = of_series[&cell];
                let place = format!("{cell} on {}, with an area: {is_given}", Day(date));
                let exact = |one: &DatedScore| (one.evidence.is_some(), one.status, one.raw_level, one.level);
                assert_eq!(exact(&of_series), exact(&of_map), "{place}");
                // Intensity is carried from date to date, and days that are cut are shared among other sources: rounded there.
                for (of_series, of_map) in numbers(&of_series).into_iter().zip(numbers(&of_map)) {
                    let is_near = (of_series - of_map).abs() <= 1e-9 * of_map.abs().max(1.0);
                    assert!(is_near || of_series.is_nan() && of_map.is_nan(), "{place}: {of_series} {of_map}");
                }
            }
        }
    }
}

#[test]
fn a_series_is_its_maps_where_places_come_late() {
    series_are_maps(&late_places(), &[AS_OF - 90, AS_OF - 55, AS_OF - 41, AS_OF - 20, AS_OF - 13, AS_OF - 7, AS_OF]);
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..config(24) })]

    /// The order of reports, how they are split, and threads change no bit.
    #[test]
    fn order_splits_and_threads_do_not_show_in_evidence(
        Towns { world, dates } in towns(),
        seed in any::<u64>(),
        parts in 1_usize..5,
    ) {
        let as_of = dates[2];
        let expected = told(&score(&world, as_of));
        let reports = shuffled(world.reports.clone(), seed);
        let mut cube = count(world.resolution(), &[]);
        for part in reports.chunks(reports.len().div_ceil(parts).max(1)) {
            cube = count(world.resolution(), part).merge(cube).unwrap();
        }
        prop_assert_eq!(&told(&score_of(&cube, &world, as_of)), &expected);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        prop_assert_eq!(&told(&pool.install(|| score_of(&cube, &world, as_of))), &expected);
    }

    /// What becomes known after T changes nothing at T, with a study area and without one.
    #[test]
    fn evidence_does_not_look_ahead(
        Towns { world, dates } in towns(),
        later in prop::collection::vec((raw(), 1..100), 1..30),
        span in 1..1000,
    ) {
        let (world, as_of) = (without_values(world), dates[1]);
        let (before, mut after) = (known_at(&world, as_of), world.clone());
        after.reports.extend(later.iter().map(|(raw, late)| {
            let mut report = raw.place(&world.cells, as_of + 40, span);
            report.known = as_of + late;
            report
        }));
        prop_assert_eq!(told(&score(&after, as_of)), told(&score(&before, as_of)));
        let (before, after) = (grown(&before, as_of), grown(&after, as_of));
        for (cell, told) in before {
            prop_assert_eq!(&after[&cell], &told);
        }
    }

    /// Each date of a series is the map of that date: D½ is frozen, and no date of calibration is.
    #[test]
    fn a_series_is_its_maps(Towns { world, dates } in towns()) {
        let mut world = without_values(world);
        (world.method.d_half, world.method.anchor_date) = (Some(8.0), None);
        let dates: Vec<i32> = dates.into_iter().flat_map(|date| [date - 7, date]).collect();
        let mut dates = dates;
        dates.sort_unstable();
        dates.dedup();
        series_are_maps(&world, &dates);
    }

    /// One more report in the shortest window lowers the evidence of its cell in no way, its neighbours' part included.
    ///
    /// Conditions: coverage is declared, the study area given and reports are of one day, so that no source, month or cell
    /// comes or goes. The report is known only after the date of calibration, from which on neither the cut nor the law changes.
    /// The area-wide factors of the cell, and of its neighbours, leave the cell out. A cell's six neighbours take at most 0.5,
    /// less than the 1.3 over which they come to count, so that E rises with E0.
    #[test]
    fn one_more_report_lowers_no_evidence(
        Towns { mut world, dates } in towns(),
        cell in any::<prop::sample::Index>(),
        ago in 1..=7,
        source in prop::sample::select(vec!["council", "police", "a new one"]),
    ) {
        let as_of = dates[2];
        for report in &mut world.reports {
            report.end = report.start + 1;
        }
        world.covered = Some(vec![(Day(as_of - 500), Day(as_of))]);
        let context = world.method.points.context;
        world.method = Method { anchor_date: Some(Day(as_of - 10)), ..Method::tension_2() };
        world.method.points.context = context;
        let cell = *cell.get(&world.cells);
        let row = world.cells.binary_search(&cell).unwrap();
        let before = score(&world, as_of).cells[row].evidence;
        world.reports.push(crate::plain::Report { source: Some(source.to_owned()), ..report(cell, as_of - ago) });
        let after = score(&world, as_of).cells[row].evidence;
        if let Some(before) = before {
            let after = after.unwrap();
            prop_assert!(after.alone >= before.alone - 1e-12 && after.total >= before.total - 1e-12, "{before:?} {after:?}");
        }
    }

    /// Nothing for two weeks is never evidence; nothing for a month is no more than one half.
    #[test]
    fn silence_is_no_evidence(Towns { mut world, dates } in towns()) {
        world.method.evidence = Method::tension_2().evidence;
        let as_of = dates[2];
        world.reports.retain(|report| report.strand == Strand::Potential || report.end <= as_of - 14 || report.cell != world.cells[0]);
        let scores = score(&world, as_of);
        let most = if scores.by_month { 2.0_f64.log10() } else { 0.3 };
        for evidence in evidence(&scores).into_iter().flatten().filter(|one| one.counted.iter().all(|&n| n <= 0.0)) {
            prop_assert!(evidence.alone < most && evidence.total < most, "{evidence:?}");
        }
    }
}
