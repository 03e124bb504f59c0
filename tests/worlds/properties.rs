//! What holds of any score.

use std::fmt::Write;

use proptest::prelude::*;
use tensionmap::{Day, StudyArea};
use tensionmap::{Level, Scores, Scoring, Status};

use super::{Small, config, count, frame, raw, small, small_with};
use crate::plain::{World, held};
use crate::support::{csv, own, sample_run, shuffled};

/// Scores a world by the engine.
pub(super) fn score(world: &World, as_of: i32) -> Scores {
    score_of(&world.cube(), world, as_of)
}

pub(super) fn score_of(cube: &tensionmap::Cube, world: &World, as_of: i32) -> Scores {
    let area = StudyArea::of_cells(world.cells.iter().copied());
    let covered = world.coverage();
    Scoring::new(cube, &area, &world.method, world.covariates(covered.as_ref())).unwrap().at(Day(as_of))
}

/// Every number of every cell and of the date, to the bit; what is not yet seen is no part of a score.
pub(super) fn told(scores: &Scores) -> String {
    let mut text = String::new();
    let Scores { window_days, baseline_days, dispersion, anchor, outside, smoothed_away, cells, .. } = scores;
    write!(text, "{window_days} {baseline_days} {dispersion:?} {anchor:?} {outside} {smoothed_away:?}").unwrap();
    for cell in cells {
        write!(text, "\n{cell:?}").unwrap();
    }
    text
}

fn moved(world: &World, days: i32) -> World {
    let mut world = world.clone();
    for report in &mut world.reports {
        report.start += days;
        report.end += days;
        report.known += days;
    }
    for (from, to) in world.covered.iter_mut().flatten() {
        (*from, *to) = (*from + days, *to + days);
    }
    world
}

/// Nor does it show in how many files the sample's reports come, and in which order.
#[test]
fn files_do_not_show() {
    let text = std::fs::read_to_string(own("data/incidents.csv")).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let rows = shuffled(rows.lines().collect(), 5);
    let engine = tensionmap::Engine::builder().as_of("2026-03-02").area(tensionmap::sample::boundary());
    let mut engine = engine.build().unwrap();
    for (number, rows) in rows.chunks(rows.len() / 3).enumerate() {
        engine = engine.incidents(csv(&format!("{number}.csv"), &format!("{header}\n{}\n", rows.join("\n")))).unwrap();
    }
    let (split, whole) = (engine.run().unwrap().product.scores, sample_run().product.scores);
    assert_eq!(told(&split), told(&whole));
    assert!(split.frame().unwrap().equals_missing(&whole.frame().unwrap()));
}

proptest! {
    #![proptest_config(config(48))]

    /// The order of reports, how they are split, and threads change no bit.
    #[test]
    fn order_splits_and_threads_do_not_show(Small { world, as_of, .. } in small(), seed in any::<u64>(), parts in 1_usize..5) {
        let expected = told(&score(&world, as_of));
        let reports = shuffled(world.reports.clone(), seed);
        let mut cube = count(world.resolution(), &[]);
        for part in reports.chunks(reports.len().div_ceil(parts).max(1)) {
            cube = count(world.resolution(), part).merge(cube).unwrap();
        }
        prop_assert_eq!(&told(&score_of(&cube, &world, as_of)), &expected);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            prop_assert_eq!(&told(&pool.install(|| score_of(&cube, &world, as_of))), &expected);
        }
    }

    /// What becomes known after T changes nothing at T, its anchor included.
    #[test]
    fn nothing_looks_ahead(
        Small { world, as_of, .. } in small(),
        later in prop::collection::vec((raw(), 1..100), 1..30),
        span in 1..1000,
    ) {
        let mut more = world.clone();
        more.reports.extend(later.iter().map(|(raw, late)| {
            let mut report = raw.place(&world.cells, as_of + 40, span);
            report.known = as_of + late;
            report
        }));
        let (before, after) = (score(&world, as_of), score(&more, as_of));
        prop_assert_eq!(told(&after), told(&before));
        prop_assert_eq!(after.later, before.later + later.len() as u64);
    }

    /// With coverage that is given, no date is like no other: all may move together by any number of days.
    #[test]
    fn all_dates_may_move_together(
        Small { world, as_of, .. } in small_with(prop::collection::vec((0..1200, 5..400), 1..6).prop_map(Some).boxed()),
        days in prop_oneof![(-300..300).prop_map(|weeks| 7 * weeks), -2000..2000],
    ) {
        prop_assert_eq!(told(&score(&moved(&world, days), as_of + days)), told(&score(&world, as_of)));
    }

    /// Months are not of one length, so the rule that a month with a report is covered allows only what maps months onto
    /// months: the 400 years after which the calendar repeats, which are 20,871 weeks.
    #[test]
    fn with_the_rule_of_months_dates_may_move_by_400_years(Small { world, as_of, .. } in small_with(Just(None).boxed())) {
        const YEARS_400: i32 = 7 * 20_871;
        prop_assert_eq!(told(&score(&moved(&world, YEARS_400), as_of + YEARS_400)), told(&score(&world, as_of)));
    }

    /// With the anchor frozen, one more report lowers the intensity of no cell, nor a count of days that are given. (It may
    /// make a month a covered one, so that a baseline of so many covered days reaches back less far.)
    #[test]
    fn one_more_report_lowers_no_intensity(
        Small { mut world, as_of, .. } in small(),
        raw in raw(),
        d_half in 0.1..200.0,
    ) {
        world.method.d_half = Some(d_half);
        let before = score(&world, as_of);
        world.reports.push(raw.place(&world.cells, as_of + 20, 200));
        for (after, before) in score(&world, as_of).cells.iter().zip(&before.cells) {
            prop_assert!(after.mass >= before.mass * (1.0 - 1e-12), "{} is less than {}", after.mass, before.mass);
            prop_assert!(after.n_window >= before.n_window);
            prop_assert!(world.covered.is_none() || after.n_baseline >= before.n_baseline);
        }
    }

    /// Without a cap, twice the weights are exactly twice the intensity, and the same counts.
    #[test]
    fn twice_the_weights_are_twice_the_intensity(Small { mut world, as_of, .. } in small()) {
        (world.method.d_half, world.method.cap_share) = (Some(20.0), 1e9);
        let before = score(&world, as_of);
        world.method.weights.values_mut().for_each(|weight| *weight *= 2.0);
        for (after, before) in score(&world, as_of).cells.iter().zip(&before.cells) {
            prop_assert_eq!(after.mass.to_bits(), (2.0 * before.mass).to_bits());
            prop_assert_eq!((after.n_window, after.ratio), (before.n_window, before.ratio));
        }
    }

    /// Components sum to the score, each within its points; shares sum to one; silence has no level.
    #[test]
    fn components_sum_and_stay_in_range(Small { world, as_of, .. } in small()) {
        let scores = score(&world, as_of);
        prop_assert!(scores.dispersion >= 1.0 && scores.dispersion.is_finite() && scores.smoothed_away.is_finite());
        for cell in &scores.cells {
            let points = [cell.surge, cell.intensity, cell.corroboration, cell.spread, cell.context];
            prop_assert!((points.iter().sum::<f64>() - cell.score).abs() < 1e-9 && (0.0..=100.0 + 1e-9).contains(&cell.score));
            for (points, most) in points.into_iter().zip(world.method.points.scaled()) {
                prop_assert!((0.0..=most * (1.0 + 1e-12)).contains(&points), "{points} of {most}");
            }
            prop_assert!((0.0..=1.0).contains(&cell.u_intensity) && cell.mass >= 0.0 && cell.density.is_finite());
            let sums = [cell.strands.iter().sum::<f64>(), cell.categories.iter().map(|(_, share)| share).sum()];
            let whole = if cell.mass > 0.0 { 1.0 } else { 0.0 };
            prop_assert!(sums.iter().all(|sum| (sum - whole).abs() < 1e-9), "{sums:?}");
            prop_assert_eq!(cell.level.is_some(), cell.status == Status::Scored);
            prop_assert!(cell.level >= cell.raw_level && (cell.ratio.is_none() || cell.n_window + cell.n_baseline > 0.0));
            if let Some(ratio) = cell.ratio {
                // Where the past is next to nothing all three quantiles may be astronomic, and equal but for their last digits.
                let in_order = |a: f64, b: f64| a <= b * (1.0 + 1e-9);
                prop_assert!(in_order(0.0, ratio.lo) && in_order(ratio.lo, ratio.rr) && in_order(ratio.rr, ratio.hi), "{ratio:?}");
                prop_assert!(ratio.hi.is_finite(), "{ratio:?}");
                prop_assert!((0.0..=1.0).contains(&ratio.p_exceed) && ratio.expected > 0.0);
            }
        }
    }

    /// Week after week, the levels shown are those of the rule as it is told, from long before.
    #[test]
    fn levels_are_held_week_after_week(Small { world, as_of, .. } in small()) {
        let (cube, area) = (world.cube(), StudyArea::of_cells(world.cells.iter().copied()));
        let covered = world.coverage();
        let scoring = Scoring::new(&cube, &area, &world.method, world.covariates(covered.as_ref())).unwrap();
        let weeks: Vec<Day> = (0..26).rev().map(|week| Day(as_of - 7 * week)).collect();
        let (mut raw, mut shown) = (vec![Vec::new(); world.cells.len()], 0);
        let fall_after = usize::from(world.method.fall_after_weeks);
        scoring.each(&weeks, scoring.anchor(Day(as_of)), |_, moments| {
            shown += 1;
            for (raw, moment) in raw.iter_mut().zip(moments) {
                raw.push(moment.raw_level.map(Level::rank));
                // The first weeks look back beyond where this simulation begins.
                if shown >= fall_after {
                    assert_eq!(moment.level.map(Level::rank), held(raw, fall_after), "week {shown}: {raw:?}");
                }
            }
        });
        prop_assert_eq!(shown, weeks.len());
    }

    /// A month without any report leaves the rate ratio about where it was; were its days covered, they would be days of
    /// calm in the baseline, or an end of all reports in the window.
    #[test]
    fn a_missing_month_is_not_a_month_of_zeros(
        (middles, ..) in frame(),
        per_day in 1_usize..4,
        missing in 2..9,
        is_recent in any::<bool>(),
    ) {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let (first, as_of) = (day("2023-01-01"), day("2025-03-15"));
        let month = (0..if is_recent { 1 } else { missing }).fold(as_of, |month, _| (month.first_of_month() - 1).first_of_month());
        let gap = month.0..month.end_of_month().0;
        let method = tensionmap::Method { d_half: Some(10.0), ..tensionmap::Method::tension_1() };
        let mut world = World { reports: Vec::new(), cells: vec![middles[0]], method, residents: None, context: None, covered: None, areas: None };
        world.reports.extend((first.0..as_of.0).flat_map(|day| std::iter::repeat_n(super::report(middles[0], day), per_day)));
        let ratio = |world: &World| score(world, as_of.0).cells[0].ratio.unwrap().rr;
        let steady = ratio(&world);
        world.reports.retain(|report| !gap.contains(&report.start));
        let missing = ratio(&world);
        world.covered = Some(vec![(first, as_of)]);
        let zeros = ratio(&world);
        prop_assert!((steady - 1.0).abs() < 0.03 && (missing - steady).abs() < 0.03, "{steady} {missing}");
        prop_assert!(if is_recent { zeros < 0.6 } else { zeros > steady * 1.05 }, "{steady} {zeros}");
    }
}
