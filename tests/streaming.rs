//! Inputs as they come: huge, on a pipe, compressed, many at a time, in folders; and without a word to the network.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{own, stderr, stdout, tensionmap};

fn checked(folder: &Path, args: &[&str]) -> Value {
    let output = tensionmap(folder, &[&["check", "--json"], args].concat());
    assert!(matches!(output.status.code(), Some(0 | 3)), "{args:?}: {}", stderr(&output));
    nameless(&output.stdout)
}

/// An account without notices, which name the file.
fn nameless(json: &[u8]) -> Value {
    let mut account: Value = serde_json::from_slice(json).unwrap();
    account["notices"].take();
    account
}

/// A `FeatureCollection` on one line, of at least so many bytes; how many features it has.
fn write_collection(path: &Path, bytes: usize) -> u64 {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let (mut features, mut written) = (0_u64, 0);
    file.write_all(br#"{"type":"FeatureCollection","features":["#).unwrap();
    while written < bytes {
        let comma = if features > 0 { "," } else { "" };
        let (lng, lat) = (-3.0 + (features % 40_000) as f64 / 1e4, 51.0 + (features % 30_000) as f64 / 1e4);
        let (month, day, severity) = (features % 12 + 1, features % 28 + 1, features % 5 + 1);
        let feature = format!(
            r#"{comma}{{"type":"Feature","id":{features},"properties":{{"occurred":"2026-{month:02}-{day:02}T10:00:00Z","category":"asb","severity":{severity}}},"geometry":{{"type":"Point","coordinates":[{lng:.4},{lat:.4}]}}}}"#
        );
        file.write_all(feature.as_bytes()).unwrap();
        written += feature.len();
        features += 1;
    }
    file.write_all(b"]}").unwrap();
    features
}

/// Peak memory of a process in MiB, looked up until it ends.
#[cfg(target_os = "linux")]
fn peak_memory(command: &mut Command) -> (u64, std::process::Output) {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let watcher = std::thread::spawn(move || {
        let mut peak = 0;
        // The mark only rises, and is gone once the process has ended.
        while let Ok(text) = std::fs::read_to_string(&status) {
            let Some(line) = text.lines().find(|line| line.starts_with("VmHWM:")) else { break };
            peak = line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap();
            std::thread::sleep(Duration::from_millis(2));
        }
        peak / 1024
    });
    let output = child.wait_with_output().unwrap();
    (watcher.join().unwrap(), output)
}

/// 60 MB on one line, plain and in a pipe, take no more memory than a small file.
#[cfg(target_os = "linux")]
#[test]
fn memory_is_flat_whatever_the_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.geojson");
    let small = folder.path().join("small.geojson");
    write_collection(&small, 1 << 20);
    let mut command = Command::new(env!("CARGO_BIN_EXE_tensionmap"));
    let (least, _) = peak_memory(command.current_dir(folder.path()).args(["check", "small.geojson"]));
    let allowed = 1..least + 12;
    let features = write_collection(&path, 60 << 20);
    for argument in ["big.geojson", "-"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tensionmap"));
        command.current_dir(folder.path()).args(["check", "--json", "--dedupe", "off", argument]);
        command.stdin(std::fs::File::open(&path).unwrap());
        let (peak, output) = peak_memory(&mut command);
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&summary["read"], &summary["accepted"]), (&json!(features), &json!(features)));
        assert!(allowed.contains(&peak), "{argument}: {peak} MiB, and a small file {least}");
    }
    // Ids that rise are not kept either.
    let mut command = Command::new(env!("CARGO_BIN_EXE_tensionmap"));
    let (peak, output) = peak_memory(command.current_dir(folder.path()).args(["check", "big.geojson"]));
    assert!(output.status.success() && allowed.contains(&peak), "{peak} MiB: {}", stderr(&output));
}

/// A record of 20 MB among small ones is passed over, not kept.
#[test]
fn a_record_beyond_reason_is_refused_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let feature = |note: &str| {
        let place = r#""geometry":{"type":"Point","coordinates":[2.3,54.7]}"#;
        format!(r#"{{"type":"Feature","properties":{{"date":"2026-01-05","note":"{note}"}},{place}}}"#)
    };
    let (small, large) = (feature("x"), feature(&"]}\\\"".repeat(5 << 20)));
    let put = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    put("a.geojson", format!(r#"{{"type":"FeatureCollection","features":[{small},{large},{small}]}}"#));
    put("a.geojsonl", format!("{small}\n{large}\n{small}\n"));
    put(
        "a.csv",
        format!("date,lon,lat,note\n2026,2.3,54.7,x\n2026,2.3,54.7,{}\n2026,2.3,54.7,x\n", "x".repeat(20 << 20)),
    );
    for name in ["a.geojson", "a.geojsonl", "a.csv"] {
        let summary = checked(folder.path(), &[name]);
        assert_eq!((&summary["read"], &summary["codes"]), (&json!(3), &json!({"Q_TOO_LARGE": 1})), "{name}");
    }
}

/// A reference system that is a link is never followed: not one call for the network.
#[cfg(target_os = "linux")]
#[test]
fn links_are_never_followed() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"{"type":"FeatureCollection","crs":{"type":"link","properties":{"href":"http://127.0.0.1:9/crs","type":"proj4"}},
        "features":[{"type":"Feature","properties":{"date":"2026-01-05"},"geometry":{"type":"Point","coordinates":[2.3,54.7]}}]}"#;
    std::fs::write(folder.path().join("crs_link.geojson"), text).unwrap();
    compress(text.as_bytes(), &folder.path().join("crs_link.geojson.gz"));
    let traced = |command: &[&str]| {
        let strace = ["-f", "-qq", "-e", "trace=%network", "-e", "signal=none", "-o", "calls"];
        let _absent = std::fs::remove_file(folder.path().join("calls"));
        let output = Command::new("strace").current_dir(folder.path()).args(strace).args(command).output().ok()?;
        let calls = std::fs::read_to_string(folder.path().join("calls")).ok()?;
        let calls: Vec<String> = calls.lines().filter(|line| line.contains('(')).map(str::to_owned).collect();
        Some((output, calls))
    };
    // That the trace would show a call is seen from one that is made.
    let probe = traced(&["python3", "-c", "import socket; socket.socket()"]);
    if !probe.is_some_and(|(_, calls)| calls.iter().any(|call| call.contains("socket("))) {
        eprintln!("skipped: strace is not here, or may not trace");
        return;
    }
    for name in ["crs_link.geojson", "crs_link.geojson.gz"] {
        let (output, calls) = traced(&[env!("CARGO_BIN_EXE_tensionmap"), "check", name]).unwrap();
        assert_eq!((output.status.code(), calls), (Some(4), Vec::new()));
        assert!(stderr(&output).contains(&format!("error: E_CRS_UNKNOWN: {name}: ")), "{}", stderr(&output));
    }
}

fn compress(bytes: &[u8], path: &Path) {
    let mut out = flate2::write::GzEncoder::new(std::fs::File::create(path).unwrap(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap();
}

/// Plain, compressed either way, in several members, and on standard input: the same summary.
#[test]
fn twins_count_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for extension in ["csv", "geojson"] {
        let path = own(&format!("data/incidents.{extension}"));
        let bytes = std::fs::read(&path).unwrap();
        let expected = checked(folder.path(), &[path.to_str().unwrap()]);
        assert_eq!((&expected["read"], &expected["accepted"]), (&json!(6001), &json!(5958)));
        compress(&bytes, &folder.path().join("twin.gz"));
        // Two members one after the other are one stream.
        let (front, back) = bytes.split_at(bytes.len() / 3);
        let mut members = Vec::new();
        for part in [front, back] {
            compress(part, &folder.path().join("part.gz"));
            members.extend(std::fs::read(folder.path().join("part.gz")).unwrap());
        }
        std::fs::write(folder.path().join("members.gz"), members).unwrap();
        std::fs::write(folder.path().join("twin.zst"), zstd::encode_all(&bytes[..], 1).unwrap()).unwrap();
        for name in ["twin.gz", "members.gz", "twin.zst"] {
            assert_eq!(checked(folder.path(), &[name]), expected, "{extension} as {name}");
        }
        for name in ["twin.gz", "twin.zst"].map(|name| folder.path().join(name)).iter().chain([&path]) {
            let input = std::fs::File::open(name).unwrap();
            let mut command = Command::new(env!("CARGO_BIN_EXE_tensionmap"));
            let output = command.args(["check", "--json", "-"]).stdin(input).output().unwrap();
            assert_eq!(nameless(&output.stdout), expected, "{}", name.display());
        }
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_tensionmap"));
    let output = command.args(["check", "-"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(stderr(&output).starts_with("error: E_EMPTY: standard input: is empty"), "{}", stderr(&output));
}

/// Several files and a pattern are one run: repeats are told across them, each file has its own account.
#[test]
fn several_files_are_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, rows: &str| {
        std::fs::write(folder.path().join(name), format!("id,lon,lat,date\n{rows}")).unwrap();
    };
    put("2026-01.csv", "1,2.3,54.7,2026-01-05\n2,2.3,54.7,2026-01-06\n");
    put("2026-02.csv", "2,2.3,54.7,2026-01-06\n3,2.3,54.7,2026-02-06\n1,2.4,54.7,2026-02-07\n");
    put("other.csv", "4,,,2026-03-01\n");
    let all = checked(folder.path(), &["2026-*.csv", "other.csv"]);
    assert_eq!((&all["read"], &all["accepted"]), (&json!(6), &json!(4)));
    assert_eq!(all["codes"], json!({"Q_NO_GEOMETRY": 1, "W_DUP_RECORD": 1}));
    assert_eq!(all["warnings"], json!({"W_DUP_ID": 1}));
    assert_eq!(checked(folder.path(), &["2026-01.csv", "2026-02.csv", "other.csv"]), all);
    assert_eq!(checked(folder.path(), &["2026-0[12].csv", "oth?r.csv"]), all);
    let shown = stdout(&tensionmap(folder.path(), &["check", "2026-*.csv"]));
    let accounts: Vec<&str> = shown.lines().filter(|line| line.contains(" = accepted ")).collect();
    assert_eq!(accounts, ["  read 2 = accepted 2 + quarantined 0", "  read 3 = accepted 2 + quarantined 1"]);
    let none = tensionmap(folder.path(), &["check", "2025-*.csv"]);
    assert_eq!(none.status.code(), Some(4));
    assert!(
        stderr(&none).starts_with("error: E_IO: 2025-*.csv: matches no file; check the pattern"),
        "{}",
        stderr(&none)
    );
}

/// A folder of Parquet partitions gives what its folders' names say as columns.
#[test]
fn a_folder_of_parquet_is_read_with_its_partitions() {
    use tensionmap::polars::prelude::{Column, DataFrame};
    let folder = tempfile::tempdir().unwrap();
    for (place, rows) in [("month=2026-01/a", 2), ("month=2026-02/a", 3), ("month=2026-02/b", 1)] {
        let path = folder.path().join("parts").join(format!("{place}.parquet"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let columns = vec![Column::new("lon".into(), vec![2.3; rows]), Column::new("lat".into(), vec![54.7; rows])];
        let mut frame = DataFrame::new(rows, columns).unwrap();
        polars_io::parquet::write::ParquetWriter::new(std::fs::File::create(path).unwrap()).finish(&mut frame).unwrap();
    }
    // What jobs leave behind is no part of it.
    std::fs::write(folder.path().join("parts/_SUCCESS"), "").unwrap();
    std::fs::write(folder.path().join("parts/month=2026-02/notes.txt"), "x").unwrap();
    std::fs::write(folder.path().join("parts/month=2026-02/.a.parquet.crc"), "x").unwrap();
    let all = checked(folder.path(), &["parts"]);
    assert_eq!((&all["read"], &all["accepted"], &all["warnings"]), (&json!(6), &json!(6), &json!({"W_MONTH_ONLY": 6})));
    assert_eq!(all["result"]["span"], json!(["2026-01-01", "2026-03-01"]));
    let shown = stdout(&tensionmap(folder.path(), &["check", "parts"]));
    assert_eq!(shown.matches("date=month").count(), 3, "{shown}");
    let january = checked(folder.path(), &["parts/month=2026-01/a.parquet"]);
    assert_eq!((&january["read"], &january["result"]["span"]), (&json!(2), &json!(["2026-01-01", "2026-02-01"])));
}
