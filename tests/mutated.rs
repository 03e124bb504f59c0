//! Files of every format, spoilt at random, given to every command in every role: no panic, no exit code but those of the help,
//! accounts that add up, results whole or not there, nothing hidden in what is printed.
//!
//! The gate does a few; `TENSIONMAP_MUTATIONS=20000 TENSIONMAP_PROGRAM=target/release/tensionmap cargo test mutated` does many.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::archive::zipped;
use crate::support::own;
use crate::workbook;

/// Longest run: far more than any file of a few kilobytes can need.
const PATIENCE: Duration = Duration::from_secs(30);

/// Numbers and letters that programs stumble over.
const TOKENS: [&str; 36] = [
    "1e308",
    "-1e308",
    "1e400",
    "5e-324",
    "-0",
    "NaN",
    "inf",
    "-1",
    "9007199254740993",
    "18446744073709551616",
    "00000000000000000000000",
    "1e5",
    "",
    "null",
    "\"",
    "'",
    ",",
    ";",
    "\t",
    "\n",
    "\r",
    "\u{0}",
    "\u{feff}",
    "\u{202e}",
    "\u{2066}",
    "\u{2028}",
    "\u{1b}[2J",
    "=1+1",
    "{",
    "[",
    "<",
    "]]>",
    "%",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30T25:61:61Z",
];

/// A generator of random numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 32)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[3]
    }
}

/// Spoils bytes in one to four ways.
fn spoil(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        let end = (at + 1 + random.below(40)).min(bytes.len());
        match random.below(10) {
            0 => bytes.truncate(at),
            1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (at % 8)),
            2 => (0..random.below(12)).for_each(|_| {
                let (at, byte) = (random.below(bytes.len()), random.byte());
                bytes.iter_mut().skip(at).take(1).for_each(|old| *old = byte);
            }),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy.repeat(1 + random.below(60)));
            }
            5 => {
                let (from, to) = (random.below(other.len()), random.below(other.len()));
                let part = other.get(from.min(to)..from.max(to)).unwrap_or_default().to_vec();
                bytes.splice(at..end, part);
            }
            // A number becomes another.
            6 | 7 => {
                let begin = (at..bytes.len()).find(|&at| bytes[at].is_ascii_digit()).unwrap_or(at);
                let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
                let length = bytes[begin..].iter().take_while(|byte| is_part(byte)).count();
                bytes.splice(begin..begin + length, random.of(&TOKENS).bytes());
            }
            _ => drop(bytes.splice(at..at, random.of(&TOKENS).bytes())),
        }
    }
}

/// The seeds of one role.
type Seeds = Vec<(String, Vec<u8>)>;

struct Seeded {
    folder: PathBuf,
    reports: Seeds,
    areas: Seeds,
    values: Seeds,
    saved: Seeds,
    settings: BTreeMap<&'static str, Seeds>,
}

fn log() -> String {
    let mut text = "id,lon,lat,date,category,source,severity\n".to_owned();
    for row in 0..240_u32 {
        let (lon, lat) = (-1.27 + f64::from(row % 17) / 100.0, 52.52 + f64::from(row % 13) / 100.0);
        let (month, day) = (1 + row % 2, 1 + row % 27);
        let (category, source) =
            (["public_order", "asb", "hate crime"][row as usize % 3], ["police", "council"][row as usize % 2]);
        text += &format!("{row},{lon:.4},{lat:.4},2026-0{month}-{day:02},{category},{source},{}\n", 1 + row % 4);
    }
    text
}

const WARDS: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"code":"A","name":"North","homes":400,"residents":900},"geometry":{"type":"Polygon","coordinates":[[[-1.3,52.58],[-1.05,52.58],[-1.05,52.7],[-1.3,52.7],[-1.3,52.58]]]}},
{"type":"Feature","properties":{"code":"B","name":"South","homes":300,"residents":700},"geometry":{"type":"MultiPolygon","coordinates":[[[[-1.3,52.5],[-1.05,52.5],[-1.05,52.58],[-1.3,52.58],[-1.3,52.5]],[[-1.2,52.54],[-1.19,52.54],[-1.19,52.55],[-1.2,52.54]]]]}}]}"#;

const POINTS: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"date":"2026-02-01","category":"asb"},"geometry":{"type":"Point","coordinates":[-1.2,52.55]}},
{"type":"Feature","properties":{"date":"2026-02-03T10:00:00Z","category":"riot"},"geometry":{"type":"Point","coordinates":[-1.21,52.56]}}]}"#;

impl Seeded {
    /// Files of every format: written by hand, of the fixtures, and written by the program.
    fn new(folder: &Path) -> Self {
        let text = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
        let own_file = |path: &str| {
            let path = own(path);
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())
        };
        let shapefile = |folder: &str, name: &str| {
            let members: Vec<(String, Vec<u8>)> =
                ["shp", "dbf", "shx", "prj"].map(|part| own_file(&format!("{folder}/{name}.{part}"))).into();
            let members: Vec<(&str, &Vec<u8>)> = members.iter().map(|(name, bytes)| (name.as_str(), bytes)).collect();
            (format!("{name}.zip"), zipped(&members))
        };
        let (log, wkt) =
            (log(), "when;what;where\n2026-02-01;asb;POINT(-1.2 52.55)\n2026-02-02;asb;POINT(-1.21 52.56)\n");
        let book = workbook::packed(&workbook::parts(&[("Log", workbook::sheet(&workbook::log(), &["A1:E1"]))], ""));
        let lines = POINTS.lines().skip(1).map(|line| line.trim_end_matches([',', ']', '}']).to_owned() + "}}\n");
        let reports = vec![
            text("log.csv", &log),
            text("log.tsv", &log.replace(',', "\t")),
            text("points.geojson", POINTS),
            text("points.ndjson", &lines.collect::<String>()),
            text("wkt.csv", wkt),
            ("log.xlsx".to_owned(), book),
            ("log.zip".to_owned(), zipped(&[("a.csv", log.as_bytes()), ("b.csv", wkt.as_bytes())])),
            own_file("tests/reference/gis/points.gpkg"),
            own_file("tests/reference/gis/points.fgb"),
            shapefile("tests/reference/gis", "points"),
        ];
        let mut areas: Seeds =
            ["areas.geojson", "areas.gpkg", "areas.fgb", "areas.parquet", "areas_geoarrow.parquet", "areas.kml"]
                .map(|name| own_file(&format!("tests/reference/shapes/{name}")))
                .into();
        areas.extend([text("wards.geojson", WARDS), shapefile("tests/reference/shapes", "areas_27700")]);
        let values = vec![
            text("homes.csv", "code,homes,lon,lat\nA,400,-1.2,52.55\nB,300,-1.21,52.56\n"),
            text("wards.geojson", WARDS),
        ];
        for (name, bytes) in reports.iter().chain(&areas).chain(&values) {
            fs::write(folder.join(name), bytes).unwrap();
        }
        let mut map = Command::new(program());
        map.current_dir(folder).args(["map", "log.csv", "--resolution", "7", "-q", "--fill", "rr"]);
        let names = ["saved.geojson", "saved.gpkg", "saved.fgb", "saved.parquet"];
        for name in names {
            map.arg("-o").arg(name);
        }
        let made = map.output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let saved = names.map(|name| (name.to_owned(), fs::read(folder.join(name)).unwrap())).into();
        let settings = [
            (
                "config",
                text(
                    "run.toml",
                    "title = \"Ours\"\nresolution = 7\nbbox = \"-2,52,-1,53\"\n[[input]]\npath = \"log.csv\"\n",
                ),
            ),
            ("method", text("method.toml", &tensionmap::Method::default().to_toml())),
            ("weights", text("weights.toml", "riot = 2.0\nantisocial_behaviour = 0.5\n")),
            ("categories", text("labels.toml", "[categories]\nasb = \"riot\"\n\"hate crime\" = \"hate_crime\"\n")),
            (
                "assessments",
                text(
                    "levels.csv",
                    "cell,level,assessor,reason,date\n871942d95ffffff,amber,Ann,seen there,2026-02-20\n",
                ),
            ),
            ("gazetteer", text("places.csv", "key,lon,lat\nA,-1.2,52.55\nB,-1.21,52.56\n")),
            ("font", own_file("tests/fonts/devanagari.ttf")),
        ];
        let settings = settings.into_iter().map(|(name, seed)| (name, vec![seed])).collect();
        Self { folder: folder.to_owned(), reports, areas, values, saved, settings }
    }

    /// A spoilt file of a role, and the arguments of a command that reads it.
    #[expect(clippy::too_many_lines, reason = "one arm for each role of a file")]
    fn case(&self, random: &mut Random) -> (String, Vec<u8>, Vec<String>) {
        const ROLES: [&str; 12] = [
            "reports",
            "reports",
            "reports",
            "reports",
            "area",
            "areas",
            "indicator",
            "context",
            "saved",
            "setting",
            "setting",
            "points",
        ];
        const LAYERS: [&str; 8] = ["png", "svg", "geojson", "csv", "gpkg", "fgb", "xlsx", "kepler.json"];
        let role = *random.of(&ROLES);
        let setting = *random.of(&self.settings.keys().copied().collect::<Vec<_>>());
        let seeds = match role {
            "reports" => &self.reports,
            "area" | "areas" | "context" => &self.areas,
            "indicator" | "points" => &self.values,
            "saved" => &self.saved,
            _ => &self.settings[setting],
        };
        let (name, bytes) = random.of(seeds);
        let (mut spoilt, other) = (bytes.clone(), &random.of(seeds).1);
        if random.below(8) > 0 {
            spoil(&mut spoilt, other, random);
        }
        let file = format!("spoilt-{name}");
        let results = |verb: &str, random: &mut Random| match verb {
            "series" => random.of(&["csv", "png", "svg", "xlsx"]).to_string(),
            "coverage" => random.of(&["csv", "png", "svg"]).to_string(),
            "density" => random.of(&["png", "svg"]).to_string(),
            _ => random.of(&LAYERS).to_string(),
        };
        let mut args: Vec<String> = Vec::new();
        let mut add = |words: &[&str]| args.extend(words.iter().map(|word| (*word).to_owned()));
        // Fixtures have columns of their own.
        let read = if name.starts_with("points.") && !name.ends_with("json") {
            format!("{file},column.date=day,column.category=value")
        } else {
            file.clone()
        };
        match role {
            "reports" => {
                let verb = *random.of(&[
                    "check",
                    "map",
                    "series",
                    "coverage",
                    "density",
                    "hotspots",
                    "explain",
                    "calibrate",
                    "rollup",
                ]);
                if verb == "explain" {
                    add(&[verb, "52.55,-1.2", &read]);
                } else {
                    add(&[verb, &read]);
                }
                match verb {
                    "calibrate" => add(&["-o", "made.toml"]),
                    "rollup" => add(&["--areas", "wards.geojson", "--name", "name", "--outside-area", "keep"]),
                    "series" => add(&["--every", "7d"]),
                    "hotspots" => add(&["--statistic", *random.of(&["gi", "moran", "emerging"])]),
                    _ => {}
                }
                if !["check", "explain", "calibrate"].contains(&verb) {
                    add(&["-o", &format!("made.{}", results(verb, random))]);
                }
                if random.below(4) == 0 {
                    add(&["--quarantine", "refused.ndjson"]);
                }
            }
            "area" => add(&["map", "log.csv", "--area", &file]),
            "areas" => add(&["rollup", "log.csv", "--areas", &file, "--name", "name", "--outside-area", "keep"]),
            "indicator" => {
                let kind = random.of(&["extensive", "intensive", "extensive,name=n"]);
                add(&[
                    "map",
                    "log.csv",
                    "--areas",
                    "wards.geojson",
                    "--key",
                    "code",
                    "--indicator",
                    &format!("{file}:homes:{kind}"),
                ]);
            }
            "points" => add(&[
                "map",
                "log.csv",
                "--indicator",
                &format!("{file}:homes:{}", random.of(&["sum", "nearest", "count"])),
            ]),
            "context" => add(&["map", "log.csv", "--context", &file]),
            "saved" => add(&["render", &file]),
            _ if setting == "font" => add(&["map", "log.csv", "--font", &file, "--title", "हिन्दी"]),
            _ if setting == "config" => add(&["map", "--config", &file]),
            _ => match *random.of(&["map", "explain", "calibrate"]) {
                "explain" => add(&["explain", "52.55,-1.2", "log.csv", &format!("--{setting}"), &file]),
                verb => add(&[verb, "log.csv", &format!("--{setting}"), &file]),
            },
        }
        if !["reports"].contains(&role) && args[0] != "explain" && args[0] != "calibrate" {
            let format = random.of(&LAYERS);
            args.extend(["-o".to_owned(), format!("made.{format}")]);
        } else if args[0] == "calibrate" && role != "reports" {
            args.extend(["-o".to_owned(), "made.toml".to_owned()]);
        }
        if random.below(3) == 0 {
            args.push("--json".to_owned());
        }
        (file, spoilt, args)
    }
}

fn program() -> PathBuf {
    std::env::var_os("TENSIONMAP_PROGRAM").map_or_else(|| env!("CARGO_BIN_EXE_tensionmap").into(), PathBuf::from)
}

/// Runs the program; `None` if it had to be ended.
fn run(folder: &Path, args: &[String]) -> Option<Output> {
    let mut command = Command::new(program());
    command.current_dir(folder).args(args).env("RAYON_NUM_THREADS", "1").stdin(Stdio::null());
    let path = |name: &str| fs::File::create(folder.join(name)).unwrap();
    let mut child = command.stdout(path("stdout")).stderr(path("stderr")).spawn().unwrap();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let bytes = |name: &str| fs::read(folder.join(name)).unwrap();
    Some(Output { status, stdout: bytes("stdout"), stderr: bytes("stderr") })
}

/// The fault of a run, if it has one.
fn fault(folder: &Path, args: &[String], output: Option<&Output>) -> Option<String> {
    let Some(output) = output else { return Some("does not end".to_owned()) };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    // The disk does not fail here: whatever a format cannot hold is known before.
    let Some(code @ (0 | 2 | 3 | 4)) = output.status.code() else {
        return Some(format!("{}: {said}", output.status));
    };
    if said.contains("panicked") {
        return Some(said);
    }
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_hidden = |letter: char| {
        letter.is_control() && letter != '\n'
            || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    let shown = |text: &str| text.replace(['\t'], " ").contains(is_hidden);
    if shown(&said) || args[0] != "explain" && shown(&printed) {
        return Some(format!("prints hidden letters: {said:?} {printed:?}"));
    }
    if matches!(code, 2 | 4) && !said.contains("error: E_") && !said.contains("error: ") {
        return Some(format!("exit {code} without an error: {said}"));
    }
    if code == 3 && !said.contains("--max-rejects") {
        return Some(format!("exit 3 without the flag that accepts it: {said}"));
    }
    for word in ["inf ", "NaN", "None", "Some("] {
        if said.contains(word) && !args.iter().any(|arg| arg.contains(word)) && !said.contains(&format!("\"{word}")) {
            let spoilt = fs::read(
                folder.join(
                    args.iter()
                        .find(|arg| arg.contains("spoilt-"))
                        .map_or("", |arg| arg.split([':', ',']).next().unwrap_or("")),
                ),
            );
            // A message may repeat words of the file.
            if !spoilt.is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(word.trim())) {
                return Some(format!("says {word}: {said}"));
            }
        }
    }
    let names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    if let Some(left) = names.iter().find(|name| name.starts_with(".tensionmap")) {
        return Some(format!("leaves {left}"));
    }
    let result = args.iter().find(|arg| arg.starts_with("made."));
    if let Some(result) = result.filter(|name| names.contains(name) != matches!(code, 0 | 3)) {
        return Some(format!(
            "exit {code}, and {result} is {}",
            if names.contains(result) { "there" } else { "not there" }
        ));
    }
    if !args.contains(&"--json".to_owned()) {
        return None;
    }
    let Ok(account) = serde_json::from_str::<serde_json::Value>(&printed) else {
        return Some(format!("no JSON: {printed}"));
    };
    if matches!(code, 2 | 4) {
        return account["error"]["code"].is_null().then(|| format!("an error without a code: {printed}"));
    }
    let count = |account: &serde_json::Value, name: &str| account[name].as_u64().unwrap_or_default();
    let sum = |codes: &serde_json::Value| {
        codes.as_object().into_iter().flatten().filter_map(|(_, n)| n.as_u64()).sum::<u64>()
    };
    let adds_up = |account: &serde_json::Value| {
        let (read, accepted, refused) =
            (count(account, "read"), count(account, "accepted"), count(account, "quarantined"));
        read == accepted + refused && sum(&account["codes"]) == refused
    };
    let all = account["areas"].as_array().into_iter().flatten().chain([&account]);
    all.filter(|account| !adds_up(account)).map(|account| format!("does not add up: {account}")).next()
}

#[test]
fn spoilt_files_do_no_harm() {
    let cases: usize = std::env::var("TENSIONMAP_MUTATIONS").map_or(150, |cases| cases.parse().unwrap());
    let first: u64 = std::env::var("TENSIONMAP_FIRST").map_or(0, |first| first.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let seeded = Seeded::new(folder.path());
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    let mut slowest = Duration::ZERO;
    for number in (first..).take(cases) {
        let mut random = Random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let (file, bytes, args) = seeded.case(&mut random);
        let at = &seeded.folder;
        fs::write(at.join(&file), bytes).unwrap();
        let begun = Instant::now();
        let output = run(at, &args);
        slowest = slowest.max(begun.elapsed());
        if let Some(fault) = fault(at, &args, output.as_ref()) {
            faults.push(format!("case {number}, {args:?}: {fault}"));
        }
        let code = output.and_then(|output| output.status.code());
        *codes
            .entry(format!("{} {}", args[0], code.map_or_else(|| "ended".to_owned(), |code| code.to_string())))
            .or_default() += 1;
        for entry in fs::read_dir(at).unwrap().map(|entry| entry.unwrap()) {
            let name = entry.file_name().into_string().unwrap();
            if name.starts_with("made.") || name.starts_with("spoilt-") || name == "refused.ndjson" {
                fs::remove_file(entry.path()).unwrap();
            }
        }
    }
    eprintln!("{cases} cases, slowest {slowest:?}: {codes:?}");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
