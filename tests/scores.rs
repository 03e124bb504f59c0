//! What every score must hold to, and the statistics against an independent program.

use proptest::prelude::*;
use tensionmap::unstable::ingest;
use tensionmap::unstable::score;
use tensionmap::unstable::score::{Anchor, Prior, SurgeCounts, rate_ratio};
use tensionmap::{Cube, Day, Engine, Method, StudyArea};
use tensionmap::{Level, Status};

use crate::support::{csv, own, rows, sample_run};

/// Every number of every cell of the sample, computed a second time in Python with H3's own library and scipy
/// (`tests/reference/tension_1.py`): strands, grades, severities, months, late reports and coming events included.
#[test]
fn the_samples_scores_equal_an_independent_programs() {
    let builder = Engine::builder().as_of("2026-03-02").method(Method::tension_1());
    let engine = builder.area(tensionmap::sample::boundary()).build().unwrap();
    let run = engine.incidents(tensionmap::sample::incidents()).unwrap().run().unwrap();
    let expected = rows(&own("tests/reference/sample_scores.csv"));
    assert_eq!(expected.len(), run.scores.cells.len());
    for (cell, expected) in run.scores.cells.iter().zip(&expected) {
        assert_eq!(cell.cell.to_string(), expected[0]);
        let ratio = |value: fn(score::RateRatio) -> f64| cell.ratio.map(value);
        let found = [
            Some(cell.score),
            Some(cell.surge),
            Some(cell.intensity),
            Some(cell.corroboration),
            Some(cell.spread),
            Some(cell.n_window),
            Some(cell.n_baseline),
            ratio(|ratio| ratio.rr),
            ratio(|ratio| ratio.lo),
            ratio(|ratio| ratio.hi),
            ratio(|ratio| ratio.p_exceed),
        ];
        for (column, found) in found.into_iter().enumerate() {
            let expected: Option<f64> = expected[column + 1].parse().ok();
            let equal = match (found, expected) {
                (Some(found), Some(expected)) => (found - expected).abs() <= 1e-8 * expected.abs().max(1.0),
                (found, expected) => found.is_none() && expected.is_none(),
            };
            assert!(equal, "{} column {column}: {found:?} is not {expected:?}", cell.cell);
        }
    }
}

/// Nothing known of the past: no ratio, rather than a number from nowhere.
#[test]
fn without_any_past_there_is_no_ratio() {
    let counts = SurgeCounts { window: 3.0, baseline: 0.0, window_days: 28.0, baseline_days: 364.0 };
    assert_eq!(rate_ratio(counts, Prior { rate: 0.0, days: 28.0, shape: 0.5, dispersion: 1.0 }), None);
}

#[test]
fn points_add_up_and_stay_in_range() {
    let run = sample_run();
    for cell in &run.scores.cells {
        let sum = cell.surge + cell.intensity + cell.corroboration + cell.spread;
        assert!((cell.score - sum).abs() < 1e-9 && (0.0..=100.0).contains(&cell.score), "{cell:?}");
        let shares: f64 = cell.categories.iter().map(|(_, share)| share).sum();
        let strands: f64 = cell.strands.iter().sum();
        if cell.status == Status::Scored {
            assert!((shares - 1.0).abs() < 1e-9 && (strands - 1.0).abs() < 1e-9, "{cell:?}");
        } else {
            assert!(
                cell.level.is_none() && cell.surge == 0.0 && cell.corroboration == 0.0 && cell.ratio.is_none(),
                "{cell:?}"
            );
        }
    }
}

/// The frame says of silent cells what the GeoJSON does: no level, no ratio.
#[test]
fn the_frame_has_nulls_where_nothing_was_scored() {
    let run = sample_run();
    let frame = run.scores.frame().unwrap();
    let silent = run.scores.cells.iter().filter(|cell| cell.status != Status::Scored).count();
    assert!(silent > 0);
    assert_eq!(frame.height(), run.scores.cells.len());
    for column in ["level", "rr", "p_exceed"] {
        assert_eq!(frame.column(column).unwrap().null_count(), silent, "{column}");
    }
}

/// The sample's episode is found where it was put, and the rest of the city stays as it is.
#[test]
fn the_samples_episode_stands_out() {
    let run = sample_run();
    let top = run.scores.standing_out()[0];
    assert!(top.score > 60.0 && top.level.map(Level::number) == Some(3), "{top:?}");
    assert!(top.strands.iter().filter(|&&share| share >= 0.1).count() >= 2 && top.sources >= 3, "{top:?}");
    let high = run.scores.cells.iter().filter(|cell| cell.score >= 60.0).count();
    assert!(high <= 6, "{high} of {} cells are high", run.scores.cells.len());
    assert!(run.scores.cells.iter().any(|cell| cell.status == Status::NoReports));
}

/// Dropping what came later never changes a score.
#[test]
fn there_is_no_look_ahead() {
    let text = String::from_utf8(std::fs::read(own("data/incidents.csv")).unwrap()).unwrap();
    let as_of = "2025-06-02";
    let run = |text: &str, bounded: bool| {
        let engine = Engine::builder().as_of(as_of);
        let engine = if bounded { engine.area(tensionmap::sample::boundary()) } else { engine }.build().unwrap();
        engine.incidents(csv("incidents.csv", text)).unwrap().run().unwrap()
    };
    let mut lines = text.lines();
    let header = lines.next().unwrap();
    let known = |line: &&str| {
        let mut fields = line.split(',').skip(1);
        let (occurred, reported) = (fields.next().unwrap(), fields.next().unwrap());
        // A day's report is known once the day is over; a month's once the month is.
        if reported.is_empty() {
            occurred < as_of && !(occurred.len() == 7 && occurred >= "2025-06")
        } else {
            reported <= as_of
        }
    };
    let before: Vec<&str> = lines.clone().filter(known).collect();
    assert!(before.len() < lines.count() - 1000);
    let known = format!("{header}\n{}\n", before.join("\n"));
    for bounded in [true, false] {
        let (all, known) = (run(&text, bounded), run(&known, bounded));
        assert!(all.scores.later > 1000 && known.scores.later == 0);
        assert_eq!(all.scores.cells, known.scores.cells);
        assert_eq!(all.scores.anchor, known.scores.anchor);
        let about =
            |run: &tensionmap::Run| (run.layer.provenance().sources.clone(), run.layer.provenance().without_weight);
        assert_eq!(about(&all), about(&known));
    }
}

fn cube(text: &str) -> Cube {
    let mut cube = tensionmap::unstable::cube::CubeBuilder::new(tensionmap::Resolution::Eight, "UTC");
    ingest::read(&csv("x.csv", text), &ingest::ReadOptions::default(), &mut |batch| cube.add(batch), &mut |_| Ok(()))
        .unwrap();
    cube.build().unwrap()
}

/// Too short a history has no surge, and says where its anchor is from.
#[test]
fn a_short_history_has_no_surge() {
    let cube = cube("lon,lat,date,category\n2.3,54.7,2026-02-20,riot\n2.3,54.7,2026-02-25,riot\n");
    let scores =
        score::at(&cube, &StudyArea::observed(cube.cells()), "2026-03-02".parse().unwrap(), &Method::tension_1())
            .unwrap();
    assert!(scores.baseline.is_none() && matches!(scores.anchor, Anchor::Current(_)));
    let loud = scores.cells.iter().find(|cell| cell.n_window > 0.0).unwrap();
    assert!(loud.surge == 0.0 && loud.intensity > 0.0 && loud.ratio.is_none());
    let early =
        score::at(&cube, &StudyArea::observed(cube.cells()), "2020-01-01".parse().unwrap(), &Method::tension_1())
            .unwrap();
    assert!(early.cells.iter().all(|cell| cell.status == Status::NoData && cell.score == 0.0));
    assert_eq!((early.later, early.anchor), (2, Anchor::None));
}

/// A frozen anchor is used as it is; a report counts for no more than its cap.
#[test]
fn anchors_freeze_and_caps_hold() {
    let cube = cube("lon,lat,date,category,severity\n2.3,54.7,2026-03-01,riot,5\n");
    let method = Method { d_half: Some(10.0), ..Method::default() };
    let scores = score::at(&cube, &StudyArea::of_cells(cube.cells()), "2026-03-02".parse().unwrap(), &method).unwrap();
    assert_eq!(scores.anchor, Anchor::Frozen(10.0));
    // 20 × the decay of a day exceeds a quarter of 10 per km², so exactly a quarter of D½ is left: u = 1 − 2^−¼.
    assert!((scores.cells[0].u_intensity - (1.0 - (-0.25_f64).exp2())).abs() < 1e-12);
}

/// A place that flares up where nothing ever was: full surge, but no astronomic number for a reader.
#[test]
fn a_new_place_is_not_an_astronomic_one() {
    let elsewhere = "2.9,54.9,2025-06-01,asb\n";
    let text = format!(
        "lon,lat,date,category\n2.3,54.7,2024-01-01,not_tension\n{elsewhere}{}",
        "2.3,54.7,2026-02-25,asb\n".repeat(6)
    );
    let run = Engine::builder()
        .as_of("2026-03-02")
        .method(Method::tension_1())
        .build()
        .unwrap()
        .incidents(csv("x.csv", &text))
        .unwrap()
        .run()
        .unwrap();
    let top = run.scores.standing_out()[0];
    assert!((top.surge - 45.0).abs() < 1e-9 && top.ratio.unwrap().rr > 1e6, "{top:?}");
    assert!(top.ratio.unwrap().to_string().starts_with("more than 100 times ("), "{}", top.ratio.unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.geojson");
    run.layer.save(&path).unwrap();
    assert!(std::fs::read_to_string(&path).unwrap().contains("\"rr\":1000000.0"));
}

/// One grave and well-graded report waives the rule of five for the level, and only then.
#[test]
fn a_grave_report_waives_the_sparse_floor() {
    let level = |severity: u8, grade: &str| {
        let mut text = "lon,lat,date,category,severity,grade,source\n".to_owned();
        for day in 0..300 {
            text += &format!("2.9,54.9,{},asb,,,a\n", "2025-03-01".parse::<Day>().unwrap() + day);
        }
        for source in ["a", "b", "c", "d"] {
            text += &format!("2.3,54.7,2026-02-27,riot,{severity},{grade},{source}\n");
        }
        let cube = cube(&text);
        let here = tensionmap::LatLng::new(54.7, 2.3).unwrap().cell(tensionmap::Resolution::Eight);
        let method = Method { d_half: Some(20.0), ..Method::tension_1() };
        let scores =
            score::at(&cube, &StudyArea::observed(cube.cells()), "2026-03-02".parse().unwrap(), &method).unwrap();
        let cell = scores.cells.iter().find(|cell| cell.cell == here).unwrap().clone();
        assert!(cell.sparse && cell.score >= 40.0, "{cell:?}");
        cell.level.map(Level::number)
    };
    assert_eq!(level(5, "1A"), Some(4));
    assert_eq!(level(5, "1B"), Some(4));
    assert_eq!(level(5, "2A"), Some(5));
    assert_eq!(level(4, "1A"), Some(5));
}

/// What may not be seen yet is counted as later, also when it was announced before it happened.
#[test]
fn what_has_not_happened_is_later() {
    let cube = cube(
        "lon,lat,date,reported_at,category\n2.3,54.7,2026-02-01,,asb\n2.3,54.7,2026-04-01,2026-02-01,asb\n2.3,54.7,2026-04-01,2026-02-01,anniversary_fixture\n2.3,54.7,2026-02-01,2026-03,asb\n",
    );
    let scores =
        score::at(&cube, &StudyArea::observed(cube.cells()), "2026-03-02".parse().unwrap(), &Method::default())
            .unwrap();
    assert_eq!(scores.later, 2);
}

#[test]
fn a_method_out_of_range_is_refused_wherever_it_comes_from() {
    let cube = cube("lon,lat,date\n2.3,54.7,2026-03-01\n");
    let method = Method { window_days: 0, ..Method::default() };
    let error =
        score::at(&cube, &StudyArea::observed(cube.cells()), "2026-03-02".parse().unwrap(), &method).unwrap_err();
    assert!(error.to_string().starts_with("the method cannot be used: window_days must be 1 to 36525"), "{error}");
}

#[test]
fn an_area_of_another_resolution_is_refused() {
    let cube = cube("lon,lat,date\n2.3,54.7,2026-03-01\n");
    let seven = tensionmap::LatLng::new(54.7, 2.3).unwrap().cell(tensionmap::Resolution::Seven);
    let day: Day = "2026-03-02".parse().unwrap();
    let error = score::at(&cube, &StudyArea::of_cells([seven]), day, &Method::default()).unwrap_err();
    assert_eq!(error.to_string(), "the study area has resolution 7, the cube 8; use one --resolution for both");
    let error = score::at(&cube, &StudyArea::of_cells([]), day, &Method::default()).unwrap_err();
    assert_eq!(error.to_string(), "the study area has no cells, expected one or more; check --area");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// More reports now never lower the ratio; more in the past never raise it.
    #[test]
    fn ratios_move_the_right_way(window in 0_u32..200, baseline in 1_u32..3000, dispersion in 1.0..5.0_f64) {
        let ratio = |window: u32, baseline: u32| {
            let counts = SurgeCounts { window: window.into(), baseline: baseline.into(), window_days: 28.0, baseline_days: 364.0 };
            rate_ratio(counts, Prior { rate: 0.5, days: 28.0, shape: 0.5, dispersion }).unwrap()
        };
        let (one, more_now, more_before) = (ratio(window, baseline), ratio(window + 1, baseline), ratio(window, baseline + 1));
        prop_assert!(one.lo <= one.rr && one.rr <= one.hi);
        prop_assert!((0.0..=1.0).contains(&one.p_exceed));
        prop_assert!(more_now.lo > one.lo && more_now.p_exceed >= one.p_exceed);
        prop_assert!(more_before.rr < one.rr);
    }

    /// Moving every date and the as-of together changes nothing that does not ask for calendar months.
    #[test]
    fn scores_do_not_depend_on_the_calendar(days in prop::collection::vec(0_i32..400, 1..40), shift in 1_i32..2000) {
        let text = |shift: i32| {
            let start: Day = "2021-01-01".parse().unwrap();
            days.iter().fold("lon,lat,date\n".to_owned(), |text, day| text + &format!("2.3,54.7,{}\n", start + (day + shift)))
        };
        let method = Method { d_half: Some(1e6), ..Method::default() };
        let intensity = |shift: i32| {
            let cube = cube(&text(shift));
            let as_of: Day = "2021-01-01".parse().unwrap();
            let scores = score::at(&cube, &StudyArea::of_cells(cube.cells()), as_of + (400 + shift), &method).unwrap();
            (scores.cells[0].density, scores.cells[0].n_window)
        };
        prop_assert_eq!(intensity(0), intensity(shift));
    }
}

/// The counts behind every ratio, computed from the cube's frame by a polars query instead of our kernel.
#[test]
fn a_polars_query_counts_the_windows_alike() {
    use tensionmap::polars::prelude::{IntoLazy, col, lit, when};
    let run = sample_run();
    let weighs = |class: &tensionmap::unstable::incident::ReportClass| {
        class.strand != tensionmap::Strand::Potential && Method::default().category_weight(class.category) > 0.0
    };
    let weighing: Vec<u32> = (0..).zip(run.cube.classes()).filter(|(_, class)| weighs(class)).map(|(n, _)| n).collect();
    let counts = |(from, to): (Day, Day)| {
        let end = when(col("end").lt(lit(to.0))).then(col("end")).otherwise(lit(to.0));
        let start = when(col("start").gt(lit(from.0))).then(col("start")).otherwise(lit(from.0));
        let inside = end - start;
        let days = when(inside.clone().gt(lit(0))).then(inside).otherwise(lit(0));
        let known = weighing.iter().fold(lit(false), |any, &class| any.or(col("class").eq(lit(class))));
        let n = col("n").cast(tensionmap::polars::prelude::DataType::Float64) * days / (col("end") - col("start"));
        let query = run.cube.frame().unwrap().lazy().filter(known.and(col("known").lt_eq(lit(run.scores.as_of.0))));
        let frame = query.group_by([col("cell")]).agg([n.sum().alias("n")]).collect().unwrap();
        let (cells, n) =
            (frame.column("cell").unwrap().u64().unwrap().clone(), frame.column("n").unwrap().f64().unwrap().clone());
        cells
            .iter()
            .zip(n.iter())
            .map(|(cell, n)| (cell.unwrap(), n.unwrap()))
            .collect::<std::collections::BTreeMap<u64, f64>>()
    };
    let (window, baseline) = (counts(run.scores.window), counts(run.scores.baseline.unwrap()));
    assert!(window.values().sum::<f64>() > 100.0);
    for cell in &run.scores.cells {
        for (found, expected) in [(cell.n_window, &window), (cell.n_baseline, &baseline)] {
            let expected = expected.get(&u64::from(cell.cell)).copied().unwrap_or(0.0);
            assert!((found - expected).abs() < 1e-9 * expected.max(1.0), "{}: {found} is not {expected}", cell.cell);
        }
    }
}
