//! Every number behind a score adds up to it, and is said in words that hold.

use proptest::prelude::*;
use tensionmap::unstable::ingest;
use tensionmap::unstable::score::{Anchor, Covariates, IntensityPart};
use tensionmap::{Cube, Day, Engine, Method, Resolution, StudyArea};
use tensionmap::{Explanation, Level, Scoring, Status};

use crate::support::{csv, sample_run, shared};

pub(crate) fn close(a: f64, b: f64, what: &str) {
    assert!((a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0), "{what}: {a} is not {b}");
}

fn sum(parts: &[IntensityPart], value: fn(&IntensityPart) -> f64) -> f64 {
    parts.iter().map(value).sum()
}

fn cube(text: &str) -> Cube {
    let mut cube = tensionmap::unstable::cube::CubeBuilder::new(Resolution::Eight, "UTC");
    ingest::read(&csv("x.csv", text), &ingest::ReadOptions::default(), &mut |batch| cube.add(batch), &mut |_| Ok(()))
        .unwrap();
    cube.build().unwrap()
}

fn here() -> tensionmap::CellIndex {
    tensionmap::LatLng::new(54.7, 2.3).unwrap().cell(Resolution::Eight)
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The sums that hold for every explanation, whatever the method.
fn adds_up(why: &Explanation) {
    close(why.points.iter().map(|part| part.points).sum(), why.score, "points");
    for part in &why.points {
        close(part.u * part.most, part.points, part.name);
        assert!((0.0..=1.0 + 1e-12).contains(&part.u), "{part:?}");
    }
    let intensity = &why.intensity;
    let dimensions = [&intensity.strands, &intensity.categories, &intensity.sources, &intensity.ages];
    for parts in dimensions {
        close(sum(parts, |part| part.mass), intensity.mass, "mass");
        close(sum(parts, |part| part.in_window), why.surge.observed, "reports in the window");
        close(sum(parts, |part| part.reports), sum(&intensity.strands, |part| part.reports), "reports");
        close(sum(parts, |part| part.share), f64::from(u8::from(intensity.mass > 0.0)), "shares");
    }
    close(intensity.density * intensity.size, intensity.mass, "density");
    let u = intensity.d_half.map_or(0.0, |d_half| 1.0 - (-intensity.density / d_half).exp2());
    close(why.points[1].u, u, "u of intensity");
    if let Some(smoothing) = &intensity.smoothing {
        close(smoothing.kept + smoothing.given, smoothing.own, "given away");
        let received: f64 = smoothing.received.iter().map(|from| from.mass).sum();
        close(smoothing.kept + received, intensity.mass, "smoothing");
    }
    let lo = why.surge.comparison.as_ref().map_or(1.0, |comparison| comparison.rr_lo);
    close(why.points[0].u, lo.log2().clamp(0.0, 1.0), "u of surge");
    let corroboration = &why.corroboration;
    let named: f64 = corroboration.sources.iter().map(|source| source.reports).sum();
    close(named + corroboration.unstated, why.surge.observed, "sources");
    assert_eq!(corroboration.distinct as usize, corroboration.sources.len().max(1));
    let agreeing = corroboration.present.saturating_sub(1) as f64 + f64::from(corroboration.distinct.min(4)) - 1.0;
    close(why.points[2].u, if corroboration.present > 0 { agreeing / 5.0 } else { 0.0 }, "u of corroboration");
    let spread = &why.spread;
    close(why.points[3].u, spread.rising as f64 / (spread.under_study as f64).max(1.0), "u of spread");
    let reached = why.levels.iter().rfind(|level| level.reached).map(|level| level.number);
    assert_eq!(reached, why.raw_level.map(Level::number));
    let highest = why.earlier.iter().map(|week| week.raw_level).chain([why.raw_level]).max().unwrap();
    assert_eq!(why.level, why.raw_level.and(highest));
    assert_eq!(why.history.len(), 52);
    let now = why.history.last().unwrap();
    assert_eq!((now.as_of, now.score, now.level, now.n_window), (why.as_of, why.score, why.level, why.surge.observed));
    for week in &why.history {
        let points = week.surge + week.intensity + week.corroboration + week.spread + week.context;
        close(points, week.score, "a week's points");
    }
    let text = why.to_string();
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

/// Every cell of the sample, under the default method and one with everything switched on: the sums hold, and every number
/// that `Scoring::at` has too is the same.
#[test]
fn every_cells_explanation_adds_up_to_its_score() {
    let run = sample_run();
    let area = StudyArea::of_cells(run.scores.cells.iter().map(|cell| cell.cell));
    let values: Vec<Option<f64>> = (0..area.cells().len()).map(|row| (row % 7 > 0).then_some(row as f64)).collect();
    let everything = Method {
        kept_share: 0.55,
        cap_share: 0.02,
        density: tensionmap::unstable::score::DensityUnit::PerThousandResidents,
        points: tensionmap::unstable::score::ComponentPoints { context: 20.0, ..Method::tension_1().points },
        fall_after_weeks: 5,
        ..Method::tension_1()
    };
    let residents: Vec<Option<f64>> = values.iter().map(|value| value.map(|value| value * 40.0)).collect();
    let given = Covariates { residents: Some(&residents), context: Some(&values), ..Covariates::default() };
    for (method, given) in [(Method::tension_1(), Covariates::default()), (everything, given)] {
        let scoring = Scoring::new(&run.cube, &area, &method, given).unwrap();
        let (mut capped, mut held_up) = (0, 0);
        // Every cell of one date; a fifth of those of another, in another state, and under the other method.
        let all = if method.kept_share < 1.0 { 5 } else { 1 };
        for (as_of, step) in [("2026-03-02", all), ("2025-08-04", 5)].map(|(date, step)| (day(date), step)) {
            let anchor = scoring.anchor(as_of);
            for cell in scoring.at_with(as_of, anchor).cells.iter().step_by(step) {
                let why = scoring.explain_with(cell.cell, as_of, anchor).unwrap();
                adds_up(&why);
                assert_eq!(
                    (why.score, why.level, why.raw_level, why.status, why.sparse),
                    (cell.score, cell.level, cell.raw_level, cell.status, cell.sparse)
                );
                let points: Vec<f64> = why.points.iter().map(|part| part.points).collect();
                let expected = [cell.surge, cell.intensity, cell.corroboration, cell.spread, cell.context];
                assert_eq!(points, expected[..points.len()]);
                assert_eq!((why.intensity.mass, why.intensity.density), (cell.mass, cell.density));
                assert_eq!((why.surge.observed, why.surge.n_baseline), (cell.n_window, cell.n_baseline));
                let ratio = cell.ratio.map(|ratio| (ratio.rr, ratio.lo, ratio.hi, ratio.p_exceed, ratio.expected));
                let told = why.surge.comparison.as_ref().map(|c| (c.rr, c.rr_lo, c.rr_hi, c.p_exceed, c.expected));
                assert_eq!(told, ratio);
                for (part, share) in why.intensity.strands.iter().zip(cell.strands) {
                    close(part.share, share, &part.name);
                }
                for (category, share) in &cell.categories {
                    let part = why.intensity.categories.iter().find(|part| part.name == category.id()).unwrap();
                    close(part.share, *share, &part.name);
                }
                capped += why.intensity.capped_reports;
                held_up += usize::from(why.level != why.raw_level);
            }
        }
        assert!(capped > 5, "{capped}");
        assert!(held_up > 0);
    }
}

/// α and β are those of the closed form: the same ratio follows from them by the means of two gamma distributions.
#[test]
fn the_numbers_behind_a_surge_are_the_formulas() {
    let run = sample_run();
    let area = StudyArea::of_cells(run.scores.cells.iter().map(|cell| cell.cell));
    let method = Method::tension_1();
    let scoring = Scoring::new(&run.cube, &area, &method, Covariates::default()).unwrap();
    let top = run.scores.standing_out()[0];
    let why = scoring.explain(top.cell, run.scores.as_of).unwrap();
    let (surge, comparison) = (&why.surge, why.surge.comparison.as_ref().unwrap());
    let (window, baseline) = (f64::from(surge.window_days), f64::from(surge.baseline_days));
    // λ̄ once more, from all cells' baselines and distances on the grid.
    let near = |other: &tensionmap::CellScore| top.cell.grid_distance(other.cell).is_ok_and(|steps| steps <= 2);
    let in_disk: Vec<f64> = run.scores.cells.iter().filter(|cell| near(cell)).map(|cell| cell.n_baseline).collect();
    let all: f64 = run.scores.cells.iter().map(|cell| cell.n_baseline).sum();
    let mean = all / run.scores.cells.len() as f64;
    assert_eq!(comparison.disk_cells, in_disk.len());
    close(comparison.disk_rate, in_disk.iter().sum::<f64>() / (in_disk.len() as f64 * baseline), "rate of the disk");
    close(comparison.area_rate, mean / baseline, "rate of the area");
    let rate = (in_disk.iter().sum::<f64>() + mean) / ((in_disk.len() + 1) as f64 * baseline);
    close(comparison.prior_rate, rate, "prior rate");
    let phi = run.scores.dispersion;
    close(comparison.alpha0, (surge.n_baseline + 28.0 * rate) / phi, "alpha0");
    close(comparison.beta0, (baseline + 28.0) / phi, "beta0");
    close(comparison.alpha1, surge.observed / phi + 0.5, "alpha1");
    close(comparison.beta1, window / phi + 0.5 / (comparison.alpha0 / comparison.beta0), "beta1");
    close(comparison.expected, comparison.alpha0 / comparison.beta0 * window, "expected");
    // A ratio of two gammas has its median near the ratio of their means when both shapes are large.
    let means = (comparison.alpha1 / comparison.beta1) / (comparison.alpha0 / comparison.beta0);
    assert!((comparison.rr / means - 1.0).abs() < 0.02, "{} {means}", comparison.rr);
}

/// A week of the history is that date scored alone with the same anchor.
#[test]
fn history_is_each_date_alone() {
    let run = sample_run();
    let area = StudyArea::of_cells(run.scores.cells.iter().map(|cell| cell.cell));
    let method = Method::tension_1();
    let scoring = Scoring::new(&run.cube, &area, &method, Covariates::default()).unwrap();
    let cell = run.scores.standing_out()[0].cell;
    let why = scoring.explain(cell, run.scores.as_of).unwrap();
    for week in why.history.iter().step_by(6) {
        let alone = scoring.at_with(week.as_of, run.scores.anchor);
        let alone = &alone.cells[area.row(cell).unwrap()];
        close(week.score, alone.score, "score");
        assert_eq!((week.level, week.raw_level, week.n_window), (alone.level, alone.raw_level, alone.n_window));
    }
}

/// By hand: a month's report lies on its days, so 7 of 30 of it are under a week old, whatever its mass.
#[test]
fn a_month_is_as_old_as_its_days() {
    let cube = cube("lon,lat,date,category\n2.3,54.7,2022-09,asb\n2.3,54.7,2022-08-31,asb\n");
    let method = Method { d_half: Some(1e6), ..Method::tension_1() };
    let area = StudyArea::of_cells([here()]);
    let scoring = Scoring::new(&cube, &area, &method, Covariates::default()).unwrap();
    let why = scoring.explain(here(), day("2022-10-01")).unwrap();
    adds_up(&why);
    let reports: Vec<f64> = why.intensity.ages.iter().map(|part| part.reports * 30.0).collect();
    let expected = [7.0, 7.0, 14.0, 2.0 + 30.0, 0.0, 0.0];
    reports.iter().zip(expected).for_each(|(found, expected)| close(*found, expected, "reports"));
    // The mean of 2^(−t/28) over the first week, for 7 of 30 days of weight 1.
    let week = 7.0 / 30.0 * 28.0 / (7.0 * std::f64::consts::LN_2) * (1.0 - (-0.25_f64).exp2());
    close(why.intensity.ages[0].mass, week, "mass of the last week");
    close(why.surge.observed, 28.0 / 30.0, "the month's share of the window");
    assert!(why.not_known[2].starts_with("The day of any report in the window: 0.9 of 0.9 say only the month"));
}

/// By hand: a riot of severity 5 weighs 20, of which a day's decay and the cap leave a quarter of D½ × area.
#[test]
fn the_cap_says_what_it_took() {
    let cube = cube("lon,lat,date,category,severity\n2.3,54.7,2026-03-01,riot,5\n2.3,54.7,2026-03-01,asb,\n");
    let method = Method { d_half: Some(10.0), ..Method::tension_1() };
    let area = StudyArea::of_cells([here()]);
    let why =
        Scoring::new(&cube, &area, &method, Covariates::default()).unwrap().explain(here(), day("2026-03-02")).unwrap();
    adds_up(&why);
    let cap = 0.25 * 10.0 * tensionmap::unstable::grid::boundary::area_km2(here());
    close(why.intensity.cap.unwrap(), cap, "cap");
    let left = 28.0 / std::f64::consts::LN_2 * (1.0 - (-1.0 / 28.0_f64).exp2());
    assert_eq!(why.intensity.capped_reports, 1);
    close(why.intensity.capped_mass, 20.0 * left - cap, "taken");
    assert!(why.intensity.sentences().contains("that holds down 1 report and takes"), "{}", why.intensity.sentences());
}

/// What is not known is said: too short a past, a gap, one source, silence, neighbours not under study, what came later.
#[test]
fn what_is_not_known_is_said() {
    let mut text = "lon,lat,date,category,source\n".to_owned();
    for day in ["2025-09-03", "2025-10-05", "2026-01-09", "2026-02-20", "2026-02-21", "2026-03-09"] {
        text += &format!("2.3,54.7,{day},asb,wardens\n");
    }
    text += "2.3,54.7,2026-02-25,not_tension,wardens\n2.9,54.9,2026-02-26,asb,\n";
    let cube = cube(&text);
    let explain = |cell, as_of: &str| {
        let area = StudyArea::of_cells(cell);
        let method = Method { d_half: Some(10.0), ..Method::tension_1() };
        Scoring::new(&cube, &area, &method, Covariates::default())
            .unwrap()
            .explain(area.cells()[0], day(as_of))
            .unwrap()
    };
    assert_eq!(
        explain(vec![here()], "2026-03-02").not_known,
        [
            "3 of the window's 28 days: the data does not cover them.",
            "Whether so few reports mean anything: 2 reports in the window, where 5 are called enough.",
            "Whether others would say the same: all reports come from one source, wardens.",
            "What reports of categories without weight say of tension: 1 in the window, in no score.",
            "A full past: the data covers 91 days of it, not 364; a season may be missing.",
            "61 days since 3 September 2025: the data does not cover them, and they count neither as calm nor as past.",
            "6 of 6 neighbours: they lie outside the study area.",
            "What came later: 1 report of this cell, not yet known or not yet begun on 2 March 2026.",
        ]
    );
    let early = explain(vec![here()], "2025-10-20");
    assert_eq!(early.surge.comparison, None);
    assert!(early.surge.sentences().ends_with("the data covers only 19 days before, and a comparison needs 56."));
    assert!(early.not_known.iter().any(|line| line.starts_with("What is normal here: only 19 covered days")));
    let before = explain(vec![here()], "2025-09-01");
    assert_eq!((before.status, before.level), (Status::NoData, None));
    assert!(before.not_known[0].starts_with("Anything about the window: the data has none of its days"));
    assert_eq!(before.headline(), "No level: the data has none of these days");
    let silent = tensionmap::unstable::grid::disk(here(), 1);
    let silent = explain(vec![silent[0]], "2026-03-02");
    assert!(silent.not_known.iter().any(|line| line.starts_with("How people feel here: nobody reported")));
    assert_eq!(silent.headline(), "No level, for nobody reported anything that counts: 0 of 100 points");
}

/// A waiver and a level that has not fallen yet are told with their reasons.
#[test]
fn levels_are_told_with_their_reasons() {
    let mut text = "lon,lat,date,category,severity,grade,source\n".to_owned();
    for k in 0..380 {
        text += &format!("2.9,54.9,{},asb,,,a\n", day("2025-03-01") + k);
    }
    for source in ["a", "b", "c", "d"] {
        text += &format!("2.3,54.7,2026-02-01,riot,5,1A,{source}\n");
    }
    let cube = cube(&text);
    let method = Method { d_half: Some(20.0), ..Method::tension_1() };
    let area = StudyArea::observed(cube.cells());
    let scoring = Scoring::new(&cube, &area, &method, Covariates::default()).unwrap();
    let why = scoring.explain(here(), day("2026-02-27")).unwrap();
    adds_up(&why);
    assert!(why.sparse);
    let reports = why.levels[2].conditions.iter().find(|condition| condition.kind == "reports").unwrap();
    assert!(reports.met && why.raw_level.map(Level::number) == Some(4), "{why}");
    assert_eq!(reports.words, "5 reports or more in the window (4, but one of the gravest, graded 1A or 1B)");
    // A week later the riots are out of the window, and the level stays for a week.
    let later = scoring.explain(here(), day("2026-03-06")).unwrap();
    adds_up(&later);
    assert!(later.level > later.raw_level);
    let words = &later.sections()[4].1;
    assert!(
        words.contains(
            "because a level falls only after 2 weekly dates in a row that are lower, and there was 4 Elevated on 27"
        ),
        "{words}"
    );
}

/// Leicester, September 2022: the cell of the disorder, and why it is amber but no higher.
#[test]
fn leicesters_cell_is_explained() {
    let Some(city) = shared("leicester/incidents/leicester-city-2019-12_2022-10-street.csv.gz") else { return };
    let boundary = shared("leicester/areas/leicester_boundary.geojson").unwrap();
    let builder = Engine::builder().as_of("2022-10-01").method(Method::tension_1());
    let engine = builder.area(&boundary).build().unwrap();
    let explained = engine.incidents(&city).unwrap().explain("8819434d93fffff").unwrap();
    let why = &explained.explanation;
    adds_up(why);
    let comparison = why.surge.comparison.as_ref().unwrap();
    assert!((comparison.rr_lo - 1.98).abs() < 0.01 && (comparison.dispersion - 1.291).abs() < 0.001, "{comparison:?}");
    assert_eq!(why.level.map(Level::number), Some(4));
    let high = &why.levels[3];
    let failed: Vec<&str> = high.conditions.iter().filter(|c| !c.met).map(|c| c.kind).collect();
    assert_eq!((high.number, failed), (3, vec!["corroboration"]));
    // Police data is published by the month: its reports lie evenly on September's days.
    close(why.intensity.ages[0].in_window, why.surge.observed / 4.0, "a quarter of the window");
    assert!(
        explained.layer.scores().anchor.d_half() == why.intensity.d_half
            && matches!(explained.layer.scores().anchor, Anchor::Calibrated(_))
    );
    let said = why.not_known.join("\n");
    for doubt in ["all reports come from one source, Leicestershire Police", "The day of any report in the window"] {
        assert!(said.contains(doubt), "{said}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Random worlds of days, months still running, late reports, coming events, grades, caps and smoothing.
    #[test]
    fn random_worlds_add_up(
        reports in prop::collection::vec((0_usize..5, -40_i32..420, any::<bool>(), -3_i32..60, 0_usize..6, 0_usize..4, 0_usize..4), 1..60),
        kept_share in 0.1..1.0_f64,
        smooth: bool,
        d_half in 0.5..200.0_f64,
    ) {
        let categories = ["riot", "asb", "hate_incident", "anniversary_fixture", "not_tension", "rumour_misinformation"];
        let mut text = "lon,lat,date,reported_at,category,source,grade\n".to_owned();
        for (place, before, month, late, category, source, grade) in reports {
            let when = day("2026-03-02") - before;
            let date = if month { when.to_string()[..7].to_owned() } else { when.to_string() };
            let reported = if late > 0 { (when + (late - 20)).to_string() } else { String::new() };
            let (category, source) = (categories[category], ["", "police", "wardens", "schools"][source]);
            let grade = ["", "1A", "2B", "3E"][grade];
            text += &format!("{},54.7,{date},{reported},{category},{source},{grade}\n", 2.3 + 0.008 * place as f64);
        }
        let cube = cube(&text);
        let area = StudyArea::observed(cube.cells());
        let method = Method { d_half: Some(d_half), kept_share: if smooth { kept_share } else { 1.0 }, ..Method::tension_1() };
        let scoring = Scoring::new(&cube, &area, &method, Covariates::default()).unwrap();
        for cell in area.cells().iter().step_by(2) {
            adds_up(&scoring.explain(*cell, day("2026-03-02")).unwrap());
        }
    }
}

/// By evidence: points add up, each neighbour's part is in the sum, and every window has its chance.
#[test]
fn evidence_adds_up_in_every_explanation() {
    let run = sample_run();
    let area = StudyArea::of_cells(run.scores.cells.iter().map(|cell| cell.cell));
    let method = Method::default();
    let scoring = Scoring::new(&run.cube, &area, &method, Covariates::default()).unwrap();
    let rules = method.evidence.as_ref().unwrap();
    let mut with_neighbours = 0;
    for cell in run.scores.cells.iter().step_by(2) {
        let why = scoring.explain(cell.cell, run.scores.as_of).unwrap();
        close(why.points.iter().map(|part| part.points).sum(), why.score, "points");
        for parts in [&why.intensity.strands, &why.intensity.categories, &why.intensity.sources, &why.intensity.ages] {
            close(sum(parts, |part| part.mass), why.intensity.mass, "mass");
            close(sum(parts, |part| part.in_window), why.surge.observed, "reports in the window");
        }
        let evidence = why.evidence.as_ref().unwrap();
        assert_eq!(evidence.total, cell.evidence.map(|evidence| evidence.total));
        let Some((total, alone)) = evidence.total.zip(evidence.alone) else { continue };
        let told: f64 = evidence.neighbour_evidence.iter().map(|neighbour| neighbour.adds).sum();
        close(told, evidence.neighbours.unwrap(), "neighbours");
        close(f64::max(0.0, alone + told * evidence.neighbours_weight.unwrap()), total, "evidence");
        with_neighbours += usize::from(evidence.neighbours_weight.unwrap() > 0.0);
        let logs: f64 = evidence.windows.iter().map(|window| -window.p.unwrap().ln()).sum();
        let joined = tensionmap::unstable::score::Calm::new(rules.shape).evidence(logs / 3.0);
        close(joined, alone, "windows");
        let full = |evidence: f64| 85.0 * (evidence / rules.full).clamp(0.0, 1.0);
        if cell.status == Status::Scored {
            close(why.points[0].points, full(alone), "the place itself");
            close(why.points[0].points + why.points[1].points, full(total), "with its neighbours");
        }
        for window in &evidence.windows {
            assert!(window.counted <= window.reports && window.variance >= window.expected, "{window:?}");
        }
        let reached = why.levels.iter().rfind(|level| level.reached).map(|level| level.number);
        assert_eq!(reached, why.raw_level.map(Level::number));
        let text = why.to_string();
        assert!(text.contains("usual") && text.contains("What is not known"), "{text}");
    }
    assert!(with_neighbours > 0);
}
