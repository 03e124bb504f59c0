//! A run that is stopped: from a progress callback, by a flag, and by Ctrl-C at any moment. Nothing of it is left.

#[cfg(unix)]
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use tensionmap::{Engine, Error, Every, Gi, Manifest, Moran, NearRepeatsOptions, Progress, Scan, Surface, sample};

/// Names of the files in a folder, hidden ones too.
fn left(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[cfg(unix)]
fn clear(folder: &Path) {
    for file in left(folder) {
        std::fs::remove_file(file).unwrap();
    }
}

/// The part of a run that a moment belongs to.
fn stage(progress: &Progress<'_>) -> &'static str {
    match progress {
        Progress::Reading { .. } => "reading",
        Progress::Preparing { .. } => "preparing",
        Progress::Scoring { .. } => "scoring",
        Progress::Testing { .. } => "testing",
        Progress::Writing { .. } => "writing",
        other => panic!("{other:?}"),
    }
}

/// Breaks at the first moment of a stage.
fn break_at(stopped: &'static str) -> impl FnMut(Progress<'_>) -> ControlFlow<()> + Send + 'static {
    move |progress| if stage(&progress) == stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

#[test]
fn a_callback_that_breaks_ends_the_run_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let run = |stopped| {
        let manifest = Manifest::claim(&place("manifest.json"))?;
        let run = Engine::builder()
            .as_of(sample::AS_OF)
            .quarantine(place("refused.ndjson"))
            .on_progress(break_at(stopped))
            .build()?
            .incidents(sample::incidents())?
            .hotspots(&Gi::default())?;
        run.save_all(&[place("map.png"), place("map.csv")], &[], Some(manifest))?;
        Ok::<_, Error>(())
    };
    for stopped in ["reading", "preparing", "scoring", "testing", "writing"] {
        assert!(matches!(run(stopped), Err(Error::Cancelled(_))), "{stopped}");
        // The quarantine file is complete once all reports are read and placed, and stays.
        let complete: &[PathBuf] =
            if matches!(stopped, "reading" | "preparing") { &[] } else { &[place("refused.ndjson")] };
        assert_eq!(left(folder.path()), complete, "{stopped}");
    }
    run("never").unwrap();
    assert!(place("map.png").exists() && place("manifest.json").exists());
}

/// More draws than there is time for.
const MANY: u32 = 99_999;

/// The flag is set by another thread once the stage has begun, and heard long before the stage would end.
#[test]
fn every_long_stage_hears_a_flag() {
    type Stage = fn(Engine) -> Result<(), Error>;
    let stages: [(&str, Stage); 5] = [
        ("testing", |engine| {
            let mut moran = Moran::default();
            moran.permutations.draws = MANY;
            engine.hotspots(&moran).map(drop)
        }),
        ("testing", |engine| {
            let mut scan = Scan::default();
            scan.options.replicates.draws = MANY;
            engine.hotspots(&scan).map(drop)
        }),
        ("testing", |engine| {
            let mut knox = NearRepeatsOptions::default();
            knox.permutations.draws = MANY;
            engine.near_repeats(&knox).map(drop)
        }),
        ("scoring", |engine| engine.series(Some("2024-06-01".parse()?), Every::Days(1)).map(drop)),
        ("preparing", |engine| engine.density(&Surface { pixel: 8.0, ..Surface::default() }).map(drop)),
    ];
    for (begun, run) in stages {
        let flag = Arc::new(AtomicBool::new(false));
        let (setter, mut is_set) = (flag.clone(), false);
        let on_progress = move |progress: Progress<'_>| {
            if stage(&progress) == begun && !is_set {
                is_set = true;
                let setter = setter.clone();
                std::thread::spawn(move || setter.store(true, Ordering::Relaxed));
            }
            ControlFlow::Continue(())
        };
        let engine = Engine::builder().as_of(sample::AS_OF).cancel(flag).on_progress(on_progress).build().unwrap();
        let stopped = run(engine.keep_positions().incidents(sample::incidents()).unwrap());
        assert!(matches!(stopped, Err(Error::Cancelled(_))), "{begun}: {stopped:?}");
    }
}

#[test]
fn progress_says_how_much_is_read_and_scored() {
    let (tell, told) = mpsc::channel();
    let on_progress = move |progress: Progress<'_>| {
        match progress {
            Progress::Reading { input, bytes, total, accepted } => {
                assert!(input.ends_with("incidents.csv") && bytes <= total.unwrap());
                tell.send((bytes, total.unwrap(), accepted)).unwrap();
            }
            Progress::Scoring { done, total } => tell.send((0, total as u64, done as u64)).unwrap(),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    let file = crate::support::own("data/incidents.csv");
    let engine = Engine::builder().as_of(sample::AS_OF).on_progress(on_progress).build().unwrap();
    engine.incidents(&file).unwrap().series(Some("2026-02-02".parse().unwrap()), Every::WEEK).unwrap();
    let moments: Vec<_> = told.iter().collect();
    let size = std::fs::metadata(&file).unwrap().len();
    assert!(moments.contains(&(size, size, 5958)), "the last batch: {moments:?}");
    assert_eq!(&moments[moments.len() - 5..], [(0, 5, 1), (0, 5, 2), (0, 5, 3), (0, 5, 4), (0, 5, 5)]);
}

/// A file of so many reports about two years of a city.
#[cfg(unix)]
fn large_log(path: &Path, rows: u32) {
    let first: tensionmap::Day = "2024-03-01".parse().unwrap();
    let mut text = String::from("lon,lat,date,category\n");
    for row in 0..rows {
        let (east, north) = (f64::from(row % 997) / 5000.0, f64::from(row % 1009) / 8000.0);
        let day = first + i32::try_from(row % 730).unwrap();
        writeln!(text, "{:.4},{:.4},{day},public_order", -1.2 + east, 52.58 + north).unwrap();
    }
    std::fs::write(path, text).unwrap();
}

/// Twenty moments of a large run, from its first file to its last: it ends within a second with 130, and all of its results are
/// there or none. `TENSIONMAP_ROWS=10000000` makes it as large as that.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_run_within_a_second_and_leaves_nothing() {
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.csv");
    large_log(&log, std::env::var("TENSIONMAP_ROWS").map_or(300_000, |rows| rows.parse().unwrap()));
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let start = || -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tensionmap"));
        command.current_dir(&out).args(["hotspots", "../log.csv", "--statistic", "moran", "-q"]);
        command.args(["-o", "map.png", "-o", "map.gpkg", "-o", "map.csv"]).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap();
        let begun = Instant::now();
        while left(&out).is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(30), "it does not begin");
            std::thread::sleep(Duration::from_millis(1));
        }
        child
    };
    let signal = |child: &Child, name: &str| {
        let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    };
    let begun = Instant::now();
    assert_eq!(start().wait().unwrap().code(), Some(0));
    let (whole, all) = (begun.elapsed(), left(&out).len());

    let mut stopped = 0;
    let mut random = 7_u64;
    for _ in 0..20 {
        clear(&out);
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut child = start();
        std::thread::sleep(whole.mul_f64((random >> 40) as f64 / f64::from(1 << 24) * 0.9));
        if child.try_wait().unwrap().is_none() {
            signal(&child, "-INT");
        }
        let sent = Instant::now();
        let code = child.wait().unwrap().code();
        assert!(sent.elapsed() < Duration::from_secs(1), "{:?}", sent.elapsed());
        let files = left(&out);
        assert!(files.is_empty() || files.len() == all, "{code:?}: {files:?}");
        // A run that had all but ended says so.
        assert!(code == Some(130) || code == Some(0) && files.len() == all, "{code:?}: {files:?}");
        stopped += u32::from(code == Some(130) && files.is_empty());
    }
    assert!(stopped >= 10, "only {stopped} were stopped");

    clear(&out);
    let mut child = start();
    signal(&child, "-TERM");
    assert_eq!((child.wait().unwrap().code(), left(&out).len()), (Some(143), 0));
}
