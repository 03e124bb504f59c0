//! Scores through time: a series equals its dates scored alone, its trends equal other programs', and its windows and decays a
//! polars query.

use std::collections::BTreeMap;

use tensionmap::Every;
use tensionmap::polars::prelude::{DataFrame, DataType, IntoLazy, JoinArgs, JoinType, col, df};
use tensionmap::unstable::score::Series;
use tensionmap::unstable::score::expressions::{count, decay, known_at, nearness};
use tensionmap::unstable::score::{Anchor, Covariates};
use tensionmap::unstable::trend::{mann_kendall, sen_slope};
use tensionmap::{Cube, Day, Method, Strand, StudyArea, sample};
use tensionmap::{Scoring, Status};

use crate::support::{own, rows, sample_cube, shared, stderr, stdout, tensionmap};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn irregular() -> Vec<Day> {
    ["2025-03-31", "2025-04-01", "2025-09-10", "2025-11-30", "2026-02-23", "2026-03-02"].map(day).to_vec()
}

fn weekly() -> Vec<Day> {
    Every::WEEK.dates(day("2025-09-01"), day("2026-03-02"))
}

fn with_sample<T>(method: &Method, tell: impl FnOnce(&Scoring<'_>, &Cube) -> T) -> T {
    let cube = sample_cube(sample::incidents());
    let area = StudyArea::observed(cube.cells());
    tell(&Scoring::new(&cube, &area, method, Covariates::default()).unwrap(), &cube)
}

/// Each date of a series is what it is alone, by the same anchor: levels and status the same, numbers to 10⁻¹².
#[test]
fn a_series_equals_its_dates_alone() {
    with_sample(&Method::default(), |scoring, _| {
        for dates in [weekly(), irregular()] {
            let series = scoring.series(&dates).unwrap();
            assert_eq!(series.anchor, scoring.anchor(dates[0]));
            assert_eq!(series.dates.iter().map(|date| date.windows.as_of).collect::<Vec<_>>(), dates);
            let mut scored = 0;
            for (index, &date) in dates.iter().enumerate() {
                let alone = scoring.at_with(date, series.anchor);
                assert_eq!(alone.window, series.dates[index].windows.window);
                for (found, cell) in series.at(index).iter().zip(&alone.cells) {
                    assert_eq!((found.status, found.level, found.sparse), (cell.status, cell.level, cell.sparse));
                    for (a, b) in [
                        (found.score, cell.score),
                        (found.surge, cell.surge),
                        (found.intensity, cell.intensity),
                        (found.density, cell.density),
                        (found.n_window, cell.n_window),
                        (found.n_baseline, cell.n_baseline),
                    ] {
                        assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{date} {}: {a} is not {b}", cell.cell);
                    }
                    scored += usize::from(found.status == Status::Scored);
                }
            }
            assert!(scored > 300, "{scored}");
        }
    });
}

/// Nor does it matter in which order dates are named, how often, or how many threads there are.
#[test]
fn order_and_threads_change_nothing() {
    with_sample(&Method::default(), |scoring, _| {
        let series = scoring.series(&irregular()).unwrap();
        let mut mixed = crate::support::shuffled(irregular(), 7);
        mixed.push(mixed[2]);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let other: Series = pool.install(|| scoring.series(&mixed).unwrap());
        assert_eq!(series, other);
        assert_eq!(series.trends(), other.trends());
        let row = series.cells.len() / 2;
        assert_eq!(series.row(series.cells[row]), Some(row));
        let of: Vec<_> = series.of(row).map(|(_, score)| *score).collect();
        assert_eq!(of, (0..of.len()).map(|date| series.at(date)[row]).collect::<Vec<_>>());
    });
}

/// Dates without a report before them have nothing to say, and a series of none is none.
#[test]
fn dates_that_say_nothing_are_refused() {
    with_sample(&Method::default(), |scoring, cube| {
        let refused = |dates: &[Day]| scoring.series(dates).unwrap_err().to_string();
        assert_eq!(refused(&[]), "the series has no date, expected one or more; begin it no later than it ends");
        let first = cube.rows().map(|row| row.known).min().unwrap();
        assert_eq!(
            refused(&[day("2026-03-02"), day("2019-01-01")]),
            format!(
                "no report was known by 2019-01-01, the series' first date: the first became known on {first}; begin later"
            )
        );
        let days: Vec<Day> = (0..3_000_000).map(|k| first + k).collect();
        let cells = StudyArea::observed(cube.cells()).cells().len();
        assert_eq!(
            refused(&days),
            format!("3000000 dates of {cells} cells do not fit into 8 GiB; take fewer dates (--every) or larger cells")
        );
    });
    for text in ["", "7", "0d", "d", "-7d", "1y", "7 d", "9999d", "7d7d"] {
        let error = text.parse::<Every>().unwrap_err().to_string();
        let expected = format!(
            "every {text:?} is not usable: expected day, week or month, or several up to ten years, such as 10d, 2w or 3mo"
        );
        assert_eq!(error, expected);
    }
    assert_eq!("2w".parse::<Every>().unwrap(), Every::Days(14));
}

/// 34 series by pymannkendall and scipy (`tests/reference/mann_kendall.py`): constant, tied, short and long ones.
#[test]
fn trends_equal_pymannkendalls() {
    let mut most = 0;
    for case in rows(&own("tests/reference/mann_kendall.csv")) {
        let values: Vec<f64> = case[6].split(' ').map(|value| value.parse().unwrap()).collect();
        compare(&values, &case[..6], 1e-12);
        most = most.max(values.len());
    }
    assert_eq!(most, 360);
}

fn compare(values: &[f64], expected: &[String], tolerance: f64) {
    let found = mann_kendall(values);
    let number = |index: usize| expected[index].parse::<f64>().unwrap();
    assert_eq!((found.n as f64, found.s as f64), (number(0), number(1)), "{values:?}");
    let points: Vec<(f64, f64)> = (0..).map(f64::from).zip(values.iter().copied()).collect();
    let slope = sen_slope(&points).unwrap();
    for (found, expected) in
        [(found.variance, number(2)), (found.z, number(3)), (found.p, number(4)), (slope, number(5))]
    {
        assert!(
            (found - expected).abs() <= tolerance * expected.abs().max(1e-3),
            "{found} is not {expected}: {values:?}"
        );
    }
}

/// 35 months of 38 areas of real data against the same program, its figures rounded to 10 digits.
#[test]
fn leicesters_trends_equal_pymannkendalls() {
    let (Some(series), Some(reference)) = (
        shared("leicester/reference/series_msoa_month_violence_publicorder.csv"),
        shared("leicester/reference/mann_kendall.csv"),
    ) else {
        return;
    };
    let mut reader = csv::Reader::from_path(&series).unwrap();
    let areas: Vec<String> = reader.headers().unwrap().iter().skip(1).map(str::to_owned).collect();
    let months = rows(&series);
    let expected = rows(&reference);
    assert_eq!(expected.len(), areas.len());
    for case in expected {
        let column = areas.iter().position(|area| *area == case[0]).unwrap() + 1;
        let values: Vec<f64> = months.iter().map(|month| month[column].parse().unwrap()).collect();
        let figures: Vec<String> = [1, 2, 3, 4, 5, 7].map(|column| case[column].clone()).to_vec();
        compare(&values, &figures, 1e-7);
    }
}

#[test]
fn little_and_broken_input_is_no_trend() {
    for values in [&[][..], &[1.0], &[1.0, 2.0], &[4.0; 9], &[f64::NAN; 3]] {
        let found = mann_kendall(values);
        assert_eq!((found.z, found.p), (0.0, 1.0), "{values:?}");
    }
    assert_eq!(mann_kendall(&[1.0, f64::NAN, 2.0, 3.0]), mann_kendall(&[1.0, 2.0, 3.0]));
    assert_eq!(sen_slope(&[(0.0, f64::NAN), (1.0, 1.0)]), None);
    assert_eq!(sen_slope(&[(1.0, 0.0), (1.0, 1.0)]), None);
    assert_eq!(sen_slope(&[(3.0, 0.0), (1.0, 4.0)]), Some(-2.0));
}

/// The sample's episode rises; a cell without reports does not; dates without data are left out.
#[test]
fn trends_of_scores_say_what_happened() {
    with_sample(&Method::default(), |scoring, _| {
        let series = scoring.series(&weekly()).unwrap();
        let trends = series.trends();
        let last = series.at(series.dates.len() - 1);
        let top = (0..last.len()).max_by(|&a, &b| last[a].score.total_cmp(&last[b].score)).unwrap();
        let trend = trends[top].unwrap();
        assert!(trend.z > 1.0 && trend.sen_slope.unwrap() > 0.0 && trend.n == series.dates.len(), "{trend:?}");
        let silent = (0..last.len()).find(|&row| series.of(row).all(|(_, score)| score.score == 0.0)).unwrap();
        assert_eq!(trends[silent].map(|trend| (trend.z, trend.p, trend.sen_slope)), Some((0.0, 1.0, Some(0.0))));
    });
    // Two years of daily reports, and a hole of three months in which there is no data.
    let mut text = "lon,lat,date\n".to_owned();
    for offset in (0..400).chain(500..600) {
        text += &format!("2.3,54.7,{}\n", day("2024-01-01") + offset);
    }
    let cube = sample_cube(crate::support::csv("x.csv", &text));
    let area = StudyArea::of_cells(cube.cells());
    let method = Method::default();
    let scoring = Scoring::new(&cube, &area, &method, Covariates::default()).unwrap();
    let series = scoring.series(&Every::WEEK.dates(day("2024-10-01"), day("2024-01-01") + 600)).unwrap();
    let known = series.of(0).filter(|(_, score)| score.status != Status::NoData).count();
    assert!(known < series.dates.len() && known > 20);
    assert_eq!(series.trends()[0].unwrap().n, known);
    let nothing = scoring.series_with(&[day("2025-04-15")], Anchor::None, |_| Ok(())).unwrap();
    assert_eq!(nothing.at(0)[0].status, Status::NoData);
    assert_eq!(nothing.trends(), [None]);
}

/// O, `n_B` and the intensity by strand of every cell at several dates, by a polars query over the cube's frame.
#[test]
fn a_polars_query_sees_what_the_kernels_see() {
    let method = Method::default();
    with_sample(&method, |scoring, cube| {
        let dates = [weekly(), irregular()].concat();
        // Without an anchor there is no cap, which is no matter of a single row.
        let series = scoring.series_with(&dates, Anchor::None, |_| Ok(())).unwrap();
        let mut compared = 0;
        for (index, date) in series.dates.iter().enumerate() {
            let windows = &date.windows;
            let query = query(cube, &method, windows.as_of, [windows.window, windows.baseline]);
            for (cell, score) in series.cells.iter().zip(series.at(index)) {
                let expected = query.get(&u64::from(*cell)).copied().unwrap_or_default();
                let [experienced, evidenced, potential] = score.strands;
                let found = [score.n_window, score.n_baseline, experienced, evidenced, potential];
                for (found, expected) in found.into_iter().zip(expected) {
                    assert!(
                        (found - expected).abs() <= 1e-9 * expected.max(1.0),
                        "{cell} {}: {found} {expected}",
                        windows.as_of
                    );
                    compared += usize::from(expected > 0.0);
                }
            }
        }
        assert!(compared > 5_000, "{compared}");
    });
}

fn query(cube: &Cube, method: &Method, as_of: Day, [window, baseline]: [(Day, Day); 2]) -> BTreeMap<u64, [f64; 5]> {
    let classes = cube.classes();
    let strand = |strand: Strand| {
        let mass = |class: &tensionmap::unstable::incident::ReportClass| {
            if class.strand == strand { method.mass(class) } else { 0.0 }
        };
        classes.iter().map(mass).collect::<Vec<f64>>()
    };
    let counts = |class: &tensionmap::unstable::incident::ReportClass| {
        f64::from(u8::from(class.strand != Strand::Potential && method.category_weight(class.category) > 0.0))
    };
    let weights: DataFrame = df!(
        "class" => (0..).take(classes.len()).collect::<Vec<u32>>(),
        "counts" => classes.iter().map(counts).collect::<Vec<f64>>(),
        "experienced" => strand(Strand::Experienced),
        "evidenced" => strand(Strand::Evidenced),
        "potential" => strand(Strand::Potential),
    )
    .unwrap();
    let n = || col("n").cast(DataType::Float64);
    let fades =
        |name: &str, strand: Strand| (n() * col(name) * decay(as_of, method.half_life(strand))).sum().alias(name);
    let coming = nearness(as_of, method.half_life(Strand::Potential), method.potential_grace_days);
    let rows = cube.frame().unwrap().lazy().filter(known_at(as_of));
    let frame = rows
        .join(weights.lazy(), [col("class")], [col("class")], JoinArgs::new(JoinType::Left))
        .group_by([col("cell")])
        .agg([
            (col("counts") * count(window.0, window.1)).sum().alias("window"),
            (col("counts") * count(baseline.0, baseline.1)).sum().alias("baseline"),
            fades("experienced", Strand::Experienced),
            fades("evidenced", Strand::Evidenced),
            (n() * col("potential") * coming).sum().alias("potential"),
        ])
        .collect()
        .unwrap();
    let column = |name: &str| frame.column(name).unwrap().f64().unwrap().clone();
    let columns = ["window", "baseline", "experienced", "evidenced", "potential"].map(column);
    let cells = frame.column("cell").unwrap().u64().unwrap();
    (0..frame.height())
        .map(|row| (cells.get(row).unwrap(), columns.each_ref().map(|column| column.get(row).unwrap())))
        .collect()
}

/// The long frame holds what the series does.
#[test]
fn the_frame_is_long_and_has_nulls_where_nothing_is_known() {
    with_sample(&Method::default(), |scoring, _| {
        let series = scoring.series(&irregular()).unwrap();
        let frame = series.frame().unwrap();
        assert_eq!(frame.height(), series.cells.len() * series.dates.len());
        assert_eq!(frame.column("as_of").unwrap().dtype(), &DataType::Date);
        let last = series.dates.len() - 1;
        let place = last * series.cells.len();
        assert_eq!(frame.column("h3").unwrap().u64().unwrap().get(place), Some(u64::from(series.cells[0])));
        assert_eq!(frame.column("score").unwrap().f64().unwrap().get(place), Some(series.at(last)[0].score));
        let scored = (0..=last).flat_map(|date| series.at(date)).filter(|score| score.level.is_some()).count();
        assert_eq!(frame.column("level").unwrap().null_count(), frame.height() - scored);
    });
}

/// The verb: a long table twice and a page of maps, the same bytes by any number of threads, and remarks on stderr.
#[test]
fn the_verb_writes_tables_and_maps() {
    let folder = tempfile::tempdir().unwrap();
    let input = own("data/incidents.csv");
    let area = own("data/boundary.geojson");
    let series = |threads: &str, outputs: [&str; 3]| {
        let [csv, parquet, png] = outputs;
        let run = tensionmap(
            folder.path(),
            &[
                "series",
                input.to_str().unwrap(),
                "--area",
                area.to_str().unwrap(),
                "--from",
                "2026-01-05",
                "--to",
                "2026-03-02",
                "--max-rejects",
                "1%",
                "-v",
                "--threads",
                threads,
                "-o",
                csv,
                "-o",
                parquet,
                "-o",
                png,
            ],
        );
        assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
        assert_eq!(stdout(&run), format!("{csv}\n{parquet}\n{png}\n"));
        assert!(stderr(&run).contains("series of 9 dates from 2026-01-05 to 2026-03-02"), "{}", stderr(&run));
        assert!(stderr(&run).contains("one anchor for all dates, from before 2026-01-05"), "{}", stderr(&run));
        assert!(stderr(&run).contains("trends of fewer than 10 dates are rough"), "{}", stderr(&run));
        outputs.map(|name| std::fs::read(folder.path().join(name)).unwrap())
    };
    let one = series("1", ["a.csv", "a.parquet", "a.png"]);
    assert_eq!(one, series("2", ["b.csv", "b.parquet", "b.png"]));

    let table = rows(&folder.path().join("a.csv"));
    let file = std::fs::File::open(folder.path().join("a.parquet")).unwrap();
    let mut reader = <polars_io::parquet::read::ParquetReader<_> as polars_io::SerReader<_>>::new(file);
    let about = reader.get_metadata().unwrap().key_value_metadata().clone().unwrap();
    let about: serde_json::Value =
        serde_json::from_str(about.iter().find(|pair| pair.key == "tensionmap").unwrap().value.as_ref().unwrap())
            .unwrap();
    assert_eq!(about["series"]["dates"].as_array().unwrap().len(), 9);
    assert_eq!((&about["as_of"], &about["marking"]), (&"2026-03-02".into(), &"OFFICIAL-SENSITIVE".into()));
    let frame = polars_io::SerReader::finish(reader).unwrap();
    assert_eq!((frame.height(), table.len() % 9), (table.len(), 0));
    let float = |name: &str| frame.column(name).unwrap().f64().unwrap().clone();
    let (score, slope, trend) = (float("score"), float("sen_slope"), float("trend_z"));
    let cells = frame.column("h3").unwrap().str().unwrap();
    for (row, line) in table.iter().enumerate() {
        assert_eq!(Some(line[0].as_str()), cells.get(row));
        for (text, number) in [(&line[2], &score), (&line[32], &trend), (&line[34], &slope)] {
            match (text.parse::<f64>(), number.get(row)) {
                (Ok(text), Some(number)) => assert!((text - number).abs() <= 0.005, "{text} is not {number}"),
                (text, number) => assert!(text.is_err() && number.is_none(), "{text:?} {number:?}"),
            }
        }
        // No text that a spreadsheet could take for a formula.
        assert!(
            line.iter().all(|value| !value.starts_with(['=', '+', '@', '\t']) && !value.contains([',', '"'])),
            "{line:?}"
        );
    }
}

#[test]
fn the_verb_refuses_what_makes_no_series() {
    let folder = tempfile::tempdir().unwrap();
    let input = own("data/incidents.csv");
    let refused = |args: &[&str]| {
        let all: Vec<&str> =
            ["series", input.to_str().unwrap(), "--max-rejects", "1%"].iter().chain(args).copied().collect();
        let run = tensionmap(folder.path(), &all);
        let text = stderr(&run);
        (
            run.status.code(),
            text.lines().filter(|line| line.starts_with("error")).map(str::to_owned).collect::<String>(),
        )
    };
    for (args, message) in [
        (
            &["-o", "a.shp"][..],
            "error: E_OUTPUT: a.shp: its extension names no output; expected one of .csv, .xlsx, .parquet, .png, .svg, .gif, .apng",
        ),
        (
            &["--from", "2026-04-01", "--to", "2026-03-02"],
            "error: E_SCORE: the series has no date, expected one or more; begin it no later than it ends",
        ),
        (
            &["--from", "2001-01-01"],
            "error: E_SCORE: no report was known by 2001-01-01, the series' first date: the first became known on 2024-01-02; begin later",
        ),
        (
            &["--every", "fortnight"],
            "error: E_SETTING: every \"fortnight\" is not usable: expected day, week or month, or several up to ten years, such as 10d, 2w or 3mo",
        ),
        (
            &["--from", "soon"],
            "error: E_SETTING: date \"soon\" is not usable: expected a calendar day such as 2026-03-02",
        ),
        (
            &["--to", "2026-03-02", "--as-of", "2026-03-02"],
            "error: the argument '--to <DATE>' cannot be used with '--as-of <DATE>'",
        ),
        (&["--compare-to", "2026-02-02"], "error: unexpected argument '--compare-to' found"),
        (
            &["-o", "a.csv", "-o", "a.csv"],
            "error: E_SETTING: a.csv: would be overwritten, but it is the place of another result; choose another name",
        ),
    ] {
        assert_eq!(refused(args), (Some(2), message.to_owned()), "{args:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Weeks within months of which nothing is known yet are not what to look at, and a series says so.
#[test]
fn reports_dated_by_month_ask_for_months() {
    let text = (1..=9).fold("lon,lat,date\n".to_owned(), |text, month| {
        text + &"2.3,54.7,2024-0M\n".replace('M', &month.to_string()).repeat(8)
    });
    let says = |every: Every| {
        let engine = tensionmap::Engine::builder().build().unwrap();
        let run = engine.incidents(crate::support::csv("x.csv", &text)).unwrap().series(None, every).unwrap();
        run.notices.iter().any(|notice| notice.contains("--every 1mo"))
    };
    assert!(says(Every::WEEK) && !says(Every::Months(1)));
}

/// A year unless told otherwise; months for reports that are dated by month; less where history is short.
#[test]
fn dates_are_chosen_where_there_is_a_past() {
    let dates = |first: &str, days: i32, every: Every| {
        let text =
            (0..days).fold("lon,lat,date\n".to_owned(), |text, k| text + &format!("2.3,54.7,{}\n", day(first) + k));
        let run =
            tensionmap::Engine::builder().build().unwrap().incidents(crate::support::csv("x.csv", &text)).unwrap();
        let run = run.series(None, every).unwrap();
        let of = |date: &tensionmap::unstable::score::DateSummary| date.windows.as_of.to_string();
        (run.series.dates.len(), of(&run.series.dates[0]), of(run.series.dates.last().unwrap()))
    };
    let told = |n: usize, first: &str, last: &str| (n, first.to_owned(), last.to_owned());
    assert_eq!(dates("2022-01-01", 900, Every::WEEK), told(53, "2023-06-21", "2024-06-19"));
    assert_eq!(dates("2022-01-01", 900, Every::Months(1)), told(12, "2023-07-19", "2024-06-19"));
    // 84 days are needed for a window and a baseline; then those alone; else what there is.
    assert_eq!(dates("2024-01-01", 100, Every::WEEK), told(3, "2024-03-27", "2024-04-10"));
    assert_eq!(dates("2024-01-01", 30, Every::WEEK), told(5, "2024-01-03", "2024-01-31"));
}
