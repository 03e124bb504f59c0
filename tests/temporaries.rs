//! Files under way: what a hostile folder, a killed run and several runs at once can do to them.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tensionmap::unstable::output::AtomicFile;

use crate::support::{own, put, stderr, tensionmap};

/// A name that a temporary file could have.
const STALE: &str = ".tensionmap-0123456789abcdef-AbCdEfGhIjKl.tmp";

/// Contents of the files in a folder, hidden ones too.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

/// The command that writes results of every kind into the present folder.
fn bundle(folder: &Path, title: &str, inputs: &[&str]) -> Command {
    let program = std::env::var("TENSIONMAP_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_tensionmap").to_owned());
    let mut command = Command::new(program);
    command.current_dir(folder).arg("map").args(inputs).args(["--as-of", "2026-03-02", "--resolution", "7", "-q"]);
    command.args(["--max-rejects", "1%", "--title", title, "--quarantine", "refused.ndjson"]);
    for name in ["png", "svg", "geojson", "csv", "gpkg", "fgb", "xlsx", "arrow", "parquet", "kepler.json"] {
        command.arg("-o").arg(format!("map.{name}"));
    }
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn sample() -> String {
    own("data/incidents.csv").to_str().unwrap().to_owned()
}

fn small_map(folder: &Path, name: &str) -> std::process::Output {
    tensionmap(folder, &["map", &sample(), "-o", name, "--max-rejects", "1%", "-q", "--manifest", "none"])
}

#[test]
fn leavings_of_killed_runs_go_and_nothing_else_does() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    put(folder.path(), STALE, "half a file");
    put(folder.path(), ".tensionmap-notes.tmp", "mine");
    put(folder.path(), ".map.csv.tmp", "mine too");
    put(folder.path(), "precious.txt", "precious");
    // Names that somebody else gave, to aim the run at another file or to make it wait.
    let (link, hard, pipe) = (STALE.replace('A', "B"), STALE.replace('A', "C"), STALE.replace('A', "D"));
    symlink(place("precious.txt"), place(&link)).unwrap();
    fs::hard_link(place("precious.txt"), place(&hard)).unwrap();
    assert!(Command::new("mkfifo").arg(place(&pipe)).status().unwrap().success());
    for old in [".other.csv.tmp", ".map.geojson.tmp"] {
        symlink(place("precious.txt"), place(old)).unwrap();
    }
    let output = small_map(folder.path(), "map.geojson");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!place(STALE).exists() && !place(&hard).exists());
    fs::remove_file(place(&pipe)).unwrap();
    let left = contents(folder.path());
    let names: Vec<&str> = left.keys().map(String::as_str).collect();
    let expected = [
        ".map.csv.tmp",
        ".map.geojson.tmp",
        ".other.csv.tmp",
        &link,
        ".tensionmap-notes.tmp",
        "map.geojson",
        "map.qml",
        "map.sld",
        "precious.txt",
    ];
    assert_eq!(names, expected);
    assert_eq!((&*left["precious.txt"], &*left[".map.csv.tmp"]), (&b"precious"[..], &b"mine too"[..]));
}

#[test]
fn a_result_that_another_run_writes_is_left_to_it() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "map.geojson", "the old one");
    let held = AtomicFile::create(&folder.path().join("map.geojson")).unwrap();
    let output = small_map(folder.path(), "map.geojson");
    let advice = "map.geojson: is being written by another run; wait for it or choose another name";
    assert_eq!((output.status.code(), stderr(&output)), (Some(6), format!("error: E_LOCKED: {advice}\n")));
    assert_eq!(fs::read_to_string(folder.path().join("map.geojson")).unwrap(), "the old one");
    assert_eq!(small_map(folder.path(), "other.geojson").status.code(), Some(0));
    drop(held);
    assert_eq!(small_map(folder.path(), "map.geojson").status.code(), Some(0));
    assert!(contents(folder.path()).keys().all(|name| !name.starts_with('.')));
}

#[test]
fn pipes_and_links_in_the_place_of_results_neither_hang_nor_mislead() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let pipe = |name: &str| assert!(Command::new("mkfifo").arg(place(name)).status().unwrap().success());
    // The style of a result belongs to somebody, whatever it is.
    pipe("map.qml");
    assert_eq!(small_map(folder.path(), "map.geojson").status.code(), Some(0));
    assert!(place("map.sld").is_file() && !place("map.qml").is_file());
    pipe("pipe.csv");
    let output = small_map(folder.path(), "pipe.csv");
    assert_eq!(output.status.code(), Some(5));
    assert!(stderr(&output).contains("it exists and is not a regular file"), "{}", stderr(&output));
    pipe("other.manifest.json");
    let args = ["map", &sample(), "-o", "other.csv", "--max-rejects", "1%", "-q"];
    let output = tensionmap(folder.path(), &args);
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
    // A link to a result stays a link, and its target is replaced.
    put(folder.path(), "target.csv", "the old one");
    symlink("target.csv", place("link.csv")).unwrap();
    assert_eq!(small_map(folder.path(), "link.csv").status.code(), Some(0));
    assert!(place("link.csv").is_symlink() && fs::read_to_string(place("target.csv")).unwrap().starts_with("h3,"));
}

/// Eight runs at once: of one result, one wins and the others say so; of different results in one folder, all are there.
#[test]
fn eight_runs_at_once_write_all_or_say_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: String| {
        let (path, sample) = (folder.path().to_owned(), sample());
        std::thread::spawn(move || {
            let args = ["map", &sample, "-o", &name, "--max-rejects", "1%", "-q", "--threads", "1"];
            tensionmap(&path, &args).status.code()
        })
    };
    let all = |names: [String; 8]| names.map(run).map(|run| run.join().unwrap());
    let codes = all(std::array::from_fn(|n| format!("{n}.csv")));
    assert_eq!(codes, [Some(0); 8]);
    let codes = all(std::array::from_fn(|_| "one.csv".to_owned()));
    assert!(codes.contains(&Some(0)) && codes.iter().all(|code| matches!(code, Some(0 | 6))), "{codes:?}");
    let left = contents(folder.path());
    assert_eq!((left["one.csv"].clone(), left.len()), (left["0.csv"].clone(), 18));
}

struct Kill<'a> {
    signal: &'a str,
    /// Time from the start.
    after: Duration,
}

/// Runs a command and sends it a signal; its exit code, and the time from the signal to its end.
fn killed(mut command: Command, kill: &Kill<'_>) -> (Option<i32>, Duration) {
    let mut child: Child = command.stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(kill.after);
    let sent = Instant::now();
    if child.try_wait().unwrap().is_none() {
        let status = Command::new("kill").args([kill.signal, &child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }
    let code = child.wait().unwrap().code();
    (code, sent.elapsed())
}

/// Signals at moments spread over a run's life: all of its results are new or all are old, and nothing else is left, neither
/// beside them nor in the folder for temporary files. `TENSIONMAP_KILLS=100` makes it as many for each signal.
#[test]
fn killed_runs_leave_the_old_or_the_new_results() {
    let kills: u32 = std::env::var("TENSIONMAP_KILLS").map_or(3, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let made = |name: &str, title: &str| {
        let path = folder.path().join(name);
        fs::create_dir(&path).unwrap();
        let begun = Instant::now();
        let output = bundle(&path, title, &[&sample()]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        (contents(&path), begun.elapsed())
    };
    let ((old, _), (new, whole)) = (made("old", "Before"), made("new", "After"));
    let (at, temporary) = (folder.path().join("at"), folder.path().join("temporary"));
    fs::create_dir(&temporary).unwrap();
    let mut ended: BTreeMap<String, u32> = BTreeMap::new();
    let mut slowest = Duration::ZERO;
    for (signal, code) in [("-INT", Some(130)), ("-TERM", Some(143)), ("-HUP", Some(129)), ("-KILL", None)] {
        for moment in 0..kills {
            let _gone = fs::remove_dir_all(&at);
            fs::create_dir(&at).unwrap();
            for (name, bytes) in &old {
                fs::write(at.join(name), bytes).unwrap();
            }
            let after = whole.mul_f64((f64::from(moment) + 0.7) / f64::from(kills));
            let mut command = bundle(&at, "After", &[&sample()]);
            command.env("TMPDIR", &temporary);
            let (ended_with, took) = killed(command, &Kill { signal, after });
            slowest = slowest.max(took);
            let mut left = contents(&at);
            if signal == "-KILL" {
                // The next run in the folder cleans up, whatever it writes.
                assert_eq!(small_map(&at, "next.csv").status.code(), Some(0));
                left = contents(&at);
                left.remove("next.csv");
                let mixed =
                    left.iter().all(|(name, bytes)| Some(bytes) == old.get(name) || Some(bytes) == new.get(name));
                assert!(mixed && left.len() == old.len(), "{signal} after {after:?}: {:?}", left.keys());
            } else {
                // The quarantine file is complete before the others are begun.
                left.remove("refused.ndjson");
                let is = |all: &BTreeMap<String, Vec<u8>>| left.iter().all(|(name, bytes)| all[name] == *bytes);
                assert!(
                    left.len() + 1 == old.len() && (is(&old) || is(&new)),
                    "{signal} after {after:?}: {:?}",
                    left.keys()
                );
                assert!(took < Duration::from_secs(1), "{signal} after {after:?}: {took:?}");
                // One that had ended is whole; one that had not begun to watch is ended by the system.
                let is_early = ended_with.is_none() && is(&old);
                assert!(
                    ended_with == code || is_early || ended_with == Some(0) && is(&new),
                    "{signal}: {ended_with:?}"
                );
            }
            assert_eq!(contents(&temporary), BTreeMap::new(), "{signal} after {after:?}");
            *ended.entry(format!("{signal} {ended_with:?}")).or_default() += 1;
        }
    }
    eprintln!("ends {ended:?}, slowest {slowest:?}");
}

/// A run that was started to outlive its terminal does so.
#[test]
fn nohup_is_respected() {
    let folder = tempfile::tempdir().unwrap();
    let log = format!("trap '' HUP; exec {} \"$@\"", env!("CARGO_BIN_EXE_tensionmap"));
    let mut command = Command::new("sh");
    command.current_dir(folder.path()).args(["-c", &log, "sh", "map", &sample(), "-o", "map.csv", "-q"]);
    command.args(["--max-rejects", "1%"]);
    let (code, _) = killed(command, &Kill { signal: "-HUP", after: Duration::from_millis(60) });
    if cfg!(target_os = "linux") {
        assert_eq!(code, Some(0));
    }
}

/// Calls of a run as strace shows them: every file in the folder of the results is opened without following a link, and no
/// network is used.
#[test]
fn results_are_opened_without_following_links_and_no_network_is_used() {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        eprintln!("skipped: strace is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (out, trace) = (folder.path().canonicalize().unwrap().join("out"), folder.path().join("trace"));
    fs::create_dir(&out).unwrap();
    let run = || {
        let plain = bundle(&out, "Traced", &[&sample()]);
        let mut command = Command::new("strace");
        command.args(["-f", "-y", "-o"]).arg(&trace).args(["-e", "trace=open,openat,openat2,creat,%network"]);
        command.arg(plain.get_program()).args(plain.get_args()).current_dir(&out);
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap()
    };
    // The second run meets the files of the first.
    if !run().success() {
        eprintln!("skipped: strace cannot trace here");
        return;
    }
    assert!(run().success());
    let calls = fs::read_to_string(&trace).unwrap();
    let mut opened = 0;
    for call in calls.lines() {
        let is_open = ["open(", "openat(", "openat2(", "creat("].iter().any(|name| call.contains(name));
        assert!(is_open || call.contains("+++") || call.contains("---") || call.contains("resumed"), "{call}");
        let Some(path) = call.split('"').nth(1).filter(|_| is_open) else { continue };
        let path: PathBuf = out.join(path);
        if path.starts_with(&out) && path != out && path.file_name().is_some() && !path.ends_with(".") {
            assert!(call.contains("O_NOFOLLOW"), "{call}");
            opened += 1;
        }
    }
    assert!(opened > 20, "{opened}");
}
