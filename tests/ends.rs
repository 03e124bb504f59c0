//! Numbers at the ends of the scale, tables that are too wide, files that never end: each ends soon, with what was found and where.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tensionmap::unstable::ingest::ReadOptions;
use tensionmap::{Engine, Format, Indicator, Input, Method, Role};

use crate::support::{check_with, csv, stderr, stdout, tensionmap};

/// Numbers as files and people write them, from both ends of the scale.
const NUMBERS: [&str; 19] = [
    "0",
    "-0",
    "5e-324",
    "-5e-324",
    "1e-300",
    "-1e-300",
    "1e300",
    "-1e300",
    "1.7e308",
    "-1.7e308",
    "1e400",
    "NaN",
    "inf",
    "-1",
    "1e5",
    "1e15",
    "9007199254740993",
    "9223372036854775808",
    "18446744073709551616",
];

/// Errors if a text has a number that nobody can read, or that is none.
fn check_numbers(text: &str, what: &str) {
    let mut digits = 0;
    for letter in text.chars() {
        digits = if letter.is_ascii_digit() { digits + 1 } else { 0 };
        assert!(digits <= 21, "{what}: many digits");
    }
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))) {
        let is_none = ["NaN", "inf", "-inf", "Infinity"].contains(&word);
        let exponent = word.split_once('e').filter(|(before, _)| before.parse::<f64>().is_ok());
        let exponent = exponent.and_then(|(_, exponent)| exponent.parse::<i32>().ok());
        assert!(!is_none && exponent.is_none_or(|exponent| exponent.abs() < 100), "{what}: {word}");
    }
}

/// Kinds of indicators with the least value of each: counts are not below 0.
const KINDS: [(MakeIndicator, f64); 2] = [(Indicator::extensive, 0.0), (Indicator::intensive, f64::NEG_INFINITY)];

type MakeIndicator = fn(Input, &str) -> Indicator;

/// True for a text that an indicator takes for a value; next to nothing is 0.
fn is_usable(number: &str, least: f64) -> bool {
    let value = number.parse::<f64>().unwrap_or(f64::NAN);
    value.abs() < 1e-15 || value >= least && value.abs() <= 1e15
}

/// Reports about a town, one a week.
fn reports() -> String {
    let mut text = "lon,lat,date,category\n".to_owned();
    for week in 0..60 {
        let (x, day) = (2.21 + f64::from(week % 7) * 0.01, 1 + week * 7 % 28);
        let _infallible = writeln!(text, "{x:.2},54.75,2025-{:02}-{day:02},asb", 1 + week % 12);
    }
    text
}

/// Four areas side by side with this number in one or in all of them.
fn areas(number: &str, everywhere: bool) -> Input {
    let number = if number.parse::<f64>().is_ok_and(f64::is_finite) || number == "1e400" {
        number.to_owned()
    } else {
        format!("\"{number}\"")
    };
    let feature = |place: u32| {
        let (west, east) = (2.20 + f64::from(place) * 0.03, 2.23 + f64::from(place) * 0.03);
        let value = if everywhere || place == 2 { number.clone() } else { (100 + place).to_string() };
        format!(
            "{{\"type\":\"Feature\",\"properties\":{{\"name\":\"W{place}\",\"v\":{value},\"w\":3}},\"geometry\":{{\"type\":\"Polygon\",\
             \"coordinates\":[[[{west},54.7],[{east},54.7],[{east},54.8],[{west},54.8],[{west},54.7]]]}}}}"
        )
    };
    let features: Vec<String> = (0..4).map(feature).collect();
    let text = format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}", features.join(",\n"));
    Input::Bytes("areas.geojson".to_owned(), text.into_bytes())
}

#[test]
fn values_at_the_ends_are_refused_or_shown_as_people_read_them() {
    let mut refused = 0;
    for number in NUMBERS {
        for everywhere in [false, true] {
            for (indicator, least) in KINDS {
                let what = format!("{number} everywhere: {everywhere}");
                let engine = Engine::builder().resolution(7).as_of("2026-01-01").fill("v").context_index("v", 1.0);
                let engine =
                    engine.area(areas("1", true)).build().unwrap().incidents(csv("r.csv", &reports())).unwrap();
                let values = indicator(areas(number, everywhere), "v");
                let run = match engine.indicator(values).unwrap().run() {
                    Ok(run) => run,
                    Err(error) => {
                        assert!(everywhere, "{what}: {error}");
                        check_numbers(&error.to_string().replace(&format!("\"{number}\""), ""), &what);
                        refused += 1;
                        continue;
                    }
                };
                let tally = run.areas.files.last().unwrap();
                assert_eq!(tally.quarantined() == 0, is_usable(number, least), "{what}");
                let conservation = run.layer.indicators()[0].conservation.unwrap();
                assert!(conservation.agrees() && conservation.total.abs() < 1e20, "{what}: {conservation}");
                check_numbers(&conservation.to_string(), &what);
                for format in [Format::Csv, Format::GeoJson, Format::Svg] {
                    check_numbers(
                        &String::from_utf8_lossy(&run.encode(format).unwrap()),
                        &format!("{what} {format:?}"),
                    );
                }
                for notice in run.notices.iter().chain(&tally.notices) {
                    check_numbers(notice, &what);
                }
            }
        }
    }
    let pairs = KINDS.iter().flat_map(|(_, least)| NUMBERS.map(|number| (number, *least)));
    assert_eq!(refused, pairs.filter(|(number, least)| !is_usable(number, *least)).count(), "every area refused");
}

#[test]
fn counts_below_none_are_quarantined_with_their_place() {
    let method =
        Method { density: tensionmap::unstable::score::DensityUnit::PerThousandResidents, ..Method::tension_1() };
    let engine = |values: Input| {
        let engine = Engine::builder().resolution(7).as_of("2026-01-01").residents("v").method(method.clone());
        let engine = engine.area(areas("1", true)).build().unwrap().incidents(csv("r.csv", &reports())).unwrap();
        engine.indicator(Indicator::extensive(values, "v")).unwrap().run()
    };
    let run = engine(areas("-1", false)).unwrap();
    let tally = run.areas.files.last().unwrap();
    assert_eq!((tally.accepted, tally.quarantined()), (3, 1));
    let problem = engine(areas("-1", true)).unwrap_err().to_string();
    assert!(
        problem.contains("Q_VALUE") && problem.contains("found \"-1\", expected a number of 0 or more"),
        "{problem}"
    );
    // So is any other count. A rate may be negative, as a change is.
    for (indicator, quarantined) in
        [(Indicator::extensive(areas("-1", false), "v"), 1), (Indicator::intensive(areas("-1", false), "v"), 0)]
    {
        let engine = Engine::builder().resolution(7).as_of("2026-01-01").area(areas("1", true)).build().unwrap();
        let run = engine.incidents(csv("r.csv", &reports())).unwrap().indicator(indicator).unwrap().run().unwrap();
        assert_eq!(run.areas.files.last().unwrap().quarantined(), quarantined);
    }
    // Areas that are scored themselves keep their reports.
    let areas = areas("-1", false);
    let rolled = Engine::builder().as_of("2026-01-01").residents("v").build().unwrap();
    let rolled = rolled.count_only_in(areas, "name").unwrap().incidents(csv("r.csv", &reports())).unwrap();
    let run = rolled.roll_up().unwrap();
    let expected = "areas of unknown residents, as their \"v\" is not a number of 0 or more: 1: W2";
    let notices = || run.areas.files.iter().flat_map(|file| &file.notices).chain(&run.notices);
    assert!(notices().any(|notice| notice.ends_with(expected)), "{:?}", notices().collect::<Vec<_>>());
}

#[test]
fn columns_of_reports_at_the_ends_are_quarantined_in_words_of_usual_length() {
    for column in ["lon", "lat", "date", "severity", "precision_m"] {
        for number in NUMBERS {
            let mut text = "lon,lat,date,severity,precision_m\n".to_owned();
            for place in 0..40 {
                let mut row = ["2.3", "54.7", "2025-06-01", "3", "5"].map(str::to_owned);
                row[0] = format!("2.3{place}");
                if place == 7 {
                    let index = text.lines().next().unwrap().split(',').position(|name| name == column).unwrap();
                    number.clone_into(&mut row[index]);
                }
                text += &(row.join(",") + "\n");
            }
            let what = format!("{column} {number}");
            let (tally, quarantined) = check_with(&csv("r.csv", &text), &ReadOptions::default()).unwrap();
            assert_eq!(tally.read, tally.accepted + tally.quarantined(), "{what}");
            for fault in &quarantined {
                assert_eq!(fault.line, Some(9), "{what}");
                // A number that is none is shown as it was read.
                let found = fault.value.replace(number, "").replace("inf", "");
                check_numbers(&found, &what);
                check_numbers(&fault.expected, &what);
            }
            tally.notices.iter().for_each(|notice| check_numbers(notice, &what));
        }
    }
}

#[test]
fn settings_out_of_range_are_refused_in_few_digits() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("r.csv"), reports()).unwrap();
    for flag in ["--classes=0,", "--context-index=v=", "--bandwidth=", "--pixel=", "--least="] {
        let verb = if ["--bandwidth=", "--pixel=", "--least="].contains(&flag) { "density" } else { "map" };
        for number in ["1e300", "-1e300", "1e-300", "1e400", "NaN"] {
            let output = tensionmap(folder.path(), &[verb, "r.csv", "--as-of=2026-01-01", &format!("{flag}{number}")]);
            assert_eq!(output.status.code(), Some(2), "{flag}{number}: {}", stderr(&output));
            let told = stderr(&output).replace(number, "").replace("\"inf\"", "");
            check_numbers(&told, &format!("{flag}{number}"));
        }
    }
}

#[test]
fn tables_wider_than_a_sheet_are_refused_at_once() {
    let names = |columns: usize| (3..columns).map(|column| format!("c{column}")).collect::<Vec<_>>();
    let check = |name: &str, text: String| {
        let begun = Instant::now();
        let outcome = check_with(&csv(name, &text), &ReadOptions::default());
        assert!(begun.elapsed() < Duration::from_secs(20), "{name}: {:?}", begun.elapsed());
        outcome.map(|(tally, _)| tally.accepted).map_err(|error| error.to_string())
    };
    let wide = |separator: &str, columns: usize| {
        let header = [&["lon", "lat", "date"].map(str::to_owned)[..], &names(columns)].concat().join(separator);
        let row = ["2.3", "54.7", "2026-01-05"].join(separator) + &format!("{separator}1").repeat(columns - 3);
        format!("{header}\n{row}\n")
    };
    let problem = "has more than 16384 columns or properties, as many as a sheet can have; export it with those that are needed alone";
    assert_eq!(check("wide.csv", wide(",", 16_384)), Ok(1));
    for columns in [16_385, 300_000] {
        assert_eq!(check("wide.csv", wide(",", columns)), Err(format!("wide.csv: {problem}")));
        assert_eq!(check("wide.tsv", wide("\t", columns)), Err(format!("wide.tsv: {problem}")));
        let members: String = names(columns + 3).iter().map(|name| format!(",\"{name}\":1")).collect();
        let line = format!("{{\"lon\":2.3,\"lat\":54.7,\"date\":\"2026-01-05\"{members}}}\n");
        assert_eq!(check("wide.ndjson", line), Err(format!("wide.ndjson: {problem}")));
    }
    let unnamed = format!("lon,lat,date{}\n2.3,54.7,2026-01-05{0}\n", ",".repeat(2_000_000));
    assert_eq!(check("commas.csv", unnamed), Err(format!("commas.csv: {problem}")));
    let endless = check("long.csv", format!("lon,lat,{}", "x".repeat(17 << 20)));
    assert!(endless.unwrap_err().contains("the first line has more than 16 MiB"));
    // Many records with properties of their own each.
    let each = |record: usize| {
        let own: String = (0..200).map(|column| format!(",\"p{record}_{column}\":1")).collect();
        format!("{{\"lon\":2.3,\"lat\":54.7,\"date\":\"2026-01-05\"{own}}}\n")
    };
    assert_eq!(check("many.ndjson", (0..100).map(each).collect()), Err(format!("many.ndjson: {problem}")));
}

#[test]
fn an_area_with_too_many_properties_is_quarantined() {
    let members: String = (0..20_000).map(|name| format!(",\"c{name}\":1")).collect();
    let Input::Bytes(name, bytes) = areas("1", false) else { unreachable!("bytes") };
    let text = String::from_utf8(bytes).unwrap().replacen("\"w\":3", &format!("\"w\":3{members}"), 1);
    let regions = tensionmap::unstable::polygon::Regions::read(&Input::Bytes(name, text.into_bytes()), None).unwrap();
    assert_eq!((regions.account.accepted, regions.account.quarantined()), (3, 1));
    assert!(regions.refused[0].value.starts_with("20003 of them"), "{:?}", regions.refused[0]);
}

#[cfg(unix)]
#[test]
fn settings_are_read_from_small_files_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("r.csv"), reports()).unwrap();
    std::fs::create_dir(path("folder")).unwrap();
    std::fs::write(path("large"), vec![b'#'; 2 << 20]).unwrap();
    assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    let settings = [
        "config",
        "method",
        "weights",
        "categories",
        "assessments",
        "font",
        "area",
        "areas",
        "gazetteer",
        "indicator",
        "context",
    ];
    for setting in settings {
        for (file, found) in [
            ("pipe", "it is a named pipe; expected a file: "),
            ("folder", "it is a folder; expected a file: "),
            ("/dev/zero", "it is a device or a socket; expected a file: "),
        ] {
            let value = match setting {
                "indicator" => format!("{file}:v:extensive"),
                _ => file.to_owned(),
            };
            let begun = Instant::now();
            let flag = format!("--{setting}");
            let output =
                tensionmap(folder.path(), &["map", "r.csv", "--as-of=2026-01-01", "-o", "m.csv", &flag, &value]);
            let told = stderr(&output);
            assert_eq!(output.status.code(), Some(2), "{setting} {file}: {told}");
            assert!(told.contains(found) && told.contains(file), "{setting} {file}: {told}");
            assert!(setting == "config" || told.contains(&flag), "{setting} {file}: {told}");
            assert!(begun.elapsed() < Duration::from_secs(20), "{setting} {file}");
        }
        if ["config", "method", "weights", "categories"].contains(&setting) {
            let flag = format!("--{setting}");
            let output = tensionmap(folder.path(), &["map", "r.csv", "-o", "m.csv", &flag, "large"]);
            assert!(
                stderr(&output).contains("it has more than 1 MiB; expected a file of settings"),
                "{}",
                stderr(&output)
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn reports_through_a_pipe_are_read_and_have_no_hash() {
    let folder = tempfile::tempdir().unwrap();
    let reports = reports();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tensionmap"));
    child.current_dir(folder.path()).args(["map", "/dev/stdin", "--as-of=2026-01-01", "-o", "m.csv"]);
    let mut child = child.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), reports.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    let manifest = std::fs::read_to_string(folder.path().join("m.manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let input = &manifest["inputs"][0];
    assert_eq!((input["role"].as_str(), input["read"].as_u64()), (Some("reports"), Some(60)), "{input}");
    assert!(input.get("sha256").is_none_or(serde_json::Value::is_null), "a hash of what is gone: {input}");
}

#[test]
fn a_hundred_thousand_threads_are_not_started() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("r.csv"), reports()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tensionmap"));
    command.current_dir(folder.path()).env("RAYON_NUM_THREADS", "100000");
    let output = command.args(["map", "r.csv", "--as-of=2026-01-01", "-o", "m.csv"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stdout(&output), "m.csv\n");
    let output = tensionmap(folder.path(), &["map", "r.csv", "--threads=100000"]);
    assert!(stderr(&output).contains("expected 1 to 1024"), "{}", stderr(&output));
}

/// Writes a shapefile of points with text columns.
fn write_shapefile(path: &Path, columns: &[(&str, &str)], points: &[(f64, f64)]) {
    const WIDTH: u8 = 24;
    let header = |length: usize| {
        let words = i32::try_from(length / 2).unwrap();
        let mut bytes = [0_u8; 100];
        bytes[..4].copy_from_slice(&9994_i32.to_be_bytes());
        bytes[24..28].copy_from_slice(&words.to_be_bytes());
        bytes[28..32].copy_from_slice(&1000_i32.to_le_bytes());
        bytes[32..36].copy_from_slice(&1_i32.to_le_bytes());
        bytes.to_vec()
    };
    let (mut shp, mut shx) = (header(100 + 28 * points.len()), header(100 + 8 * points.len()));
    for (number, (x, y)) in (1_i32..).zip(points) {
        shx.extend((i32::try_from(shp.len() / 2).unwrap()).to_be_bytes());
        shx.extend(10_i32.to_be_bytes());
        shp.extend([number.to_be_bytes(), 10_i32.to_be_bytes(), 1_i32.to_le_bytes()].concat());
        shp.extend([x.to_le_bytes(), y.to_le_bytes()].concat());
    }
    let row = 1 + columns.len() * usize::from(WIDTH);
    let mut dbf = vec![3, 126, 1, 1];
    dbf.extend(u32::try_from(points.len()).unwrap().to_le_bytes());
    dbf.extend(u16::try_from(33 + 32 * columns.len()).unwrap().to_le_bytes());
    dbf.extend(u16::try_from(row).unwrap().to_le_bytes());
    dbf.resize(32, 0);
    for (name, _) in columns {
        let mut descriptor = [0_u8; 32];
        descriptor[..name.len()].copy_from_slice(name.as_bytes());
        (descriptor[11], descriptor[16]) = (b'C', WIDTH);
        dbf.extend(descriptor);
    }
    dbf.push(0x0d);
    let row_text: String = columns.iter().map(|(_, value)| format!("{value:<24}")).collect();
    for _ in points {
        dbf.extend(format!(" {row_text}").bytes());
    }
    dbf.push(0x1a);
    for (extension, bytes) in [("shp", shp), ("shx", shx), ("dbf", dbf)] {
        std::fs::write(path.with_extension(extension), bytes).unwrap();
    }
}

#[test]
fn names_that_a_shapefile_cuts_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.shp");
    let columns = [
        ("occurred_a", "2026-01-05"),
        ("reported_a", "2026-01-07"),
        ("longitud", "2.3"),
        ("latitude", "54.7"),
        ("incident_t", "asb"),
        ("evidence_g", "2B"),
        ("incident_i", "7"),
        // Whole words, and beginnings of names of several roles, are names of their own.
        ("horizontal", "no number"),
        ("coordinate", "no number"),
        ("evidence", "seen"),
        ("incident", "one"),
    ];
    write_shapefile(&path, &columns, &[(2.3, 54.7), (2.31, 54.71)]);
    let options = ReadOptions::default();
    let (tally, quarantined) = check_with(&Input::Path(path.clone()), &options).unwrap();
    assert_eq!((tally.accepted, quarantined.len()), (2, 0), "{quarantined:?}");
    let taken: Vec<(Role, &str)> = tally.columns.iter().map(|(role, name)| (*role, name.as_str())).collect();
    for column in [
        (Role::Date, "occurred_a"),
        (Role::ReportedAt, "reported_a"),
        (Role::Category, "incident_t"),
        (Role::Grade, "evidence_g"),
        (Role::Id, "incident_i"),
    ] {
        assert!(taken.contains(&column), "{column:?} is not among {taken:?}");
    }
    assert!(taken.iter().all(|(_, name)| !["horizontal", "coordinate", "evidence", "incident"].contains(name)));
    let notice = tally.notices.iter().find(|notice| notice.contains("names of columns are cut")).unwrap();
    assert!(notice.contains("occurred_a as date") && notice.contains("longitud as longitude"), "{notice}");
    assert!(!notice.contains("latitude as"), "{notice}");
    // A stated column wins, and the cut name of another format is not one.
    let stated = ReadOptions { columns: [(Role::Date, "reported_a".to_owned())].into(), ..options.clone() };
    let (tally, _) = check_with(&Input::Path(path), &stated).unwrap();
    assert!(tally.columns.contains(&(Role::Date, "reported_a".to_owned())), "{:?}", tally.columns);
    let table = csv("log.csv", "lon,lat,occurred_a\n2.3,54.7,2026-01-05\n");
    assert!(check_with(&table, &options).unwrap_err().to_string().contains("occurred_a"));
}
