//! Refusals that depend on settings alone come with exit code 2 and before anything is read.

use std::path::Path;

use crate::support::{WARDS, own, put, stderr, stdout, tensionmap};

/// Settings that no input makes usable, each with a word of its message.
const REFUSED: &[(&[&str], &str)] = &[
    // A format that cannot hold a layout.
    (&["map", "-o", "m.kepler.json", "--geometry", "outlines"], "leave out --geometry outlines"),
    (&["map", "-o", "m.csv", "-o", "m.kepler.json", "--geometry", "outlines"], "m.kepler.json: "),
    (&["map", "-o", "m.gpkg", "--geometry", "none"], "GeoPackage needs shapes"),
    (&["map", "-o", "m.fgb", "--geometry", "none"], "FlatGeobuf needs shapes"),
    (&["map", "-o", "-", "--format", "fgb", "--geometry", "none"], "FlatGeobuf needs shapes"),
    (&["hotspots", "-o", "m.fgb", "--geometry", "none"], "FlatGeobuf needs shapes"),
    (&["rollup", "--areas", "none.geojson", "--name", "name", "-o", "m.gpkg", "--geometry", "none"], "GeoPackage"),
    (&["rollup", "--areas", "none.geojson", "--name", "name", "-o", "m.kepler.json", "--geometry", "none"], "of areas"),
    (&["map", "-o", "m.gif"], "its extension names no output"),
    (&["series", "-o", "m.geojson"], "its extension names no output"),
    (&["density", "-o", "m.csv"], "its extension names no output"),
    (&["calibrate", "-o", "m.csv"], "ends in .toml"),
    // Columns that the layer will not have.
    (&["map", "--select", "scoer"], "did you mean `score`?"),
    (&["map", "--select", "score_change"], "which are the columns of the layer"),
    (&["map", "--fill", "deprivation"], "which are the columns of the layer"),
    (&["map", "--fill", "gi_z"], "which are the columns of the layer"),
    (&["map", "--fill", "assessed_level"], "which are the columns of the layer"),
    (&["hotspots", "--statistic", "gi", "--fill", "ehsa"], "which are the columns of the layer"),
    (&["calibrate", "--fill", "nothing"], "which are the columns of the layer"),
    (&["map", "--fill", "status", "--classes", "jenks:3"], "classes \"jenks:3\" is not usable: expected none"),
    // Settings that want others.
    (&["map", "--picture", "two-up"], "--compare-to"),
    (&["hotspots", "--picture", "two-up"], "--compare-to"),
    (&["map", "--residents", "population"], "with --indicator FILE:COLUMN:KIND"),
    (&["map", "--method", "residents.toml"], "name their indicator with --residents"),
    (&["series", "--method", "residents.toml"], "name their indicator with --residents"),
    (&["rollup", "--areas", "none.geojson", "--name", "name", "--method", "residents.toml"], "with --residents"),
    (&["map", "--method", "context.toml"], "choose one with --context-index"),
    (&["coverage", "--name", "name"], "polygons to count in, with --areas"),
    (&["coverage", "--context-index", "deprivation"], "the name of an indicator of this run"),
    (&["map", "--indicator", "none.geojson:score:intensive"], "where another column has that name"),
    (
        &["map", "--indicator", "none.geojson:a:intensive", "--indicator", "none.csv:a:intensive"],
        "another column has that name",
    ),
    (&["map", "--allow-column", "age"], "a reason (--reason"),
    (&["map", "--key", "name"], "with --areas"),
    (&["rollup", "--name", "name"], "polygons to count in, with --areas"),
    (&["calibrate", "--name", "name"], "polygons to count in, with --areas"),
    // Values out of range.
    (&["map", "--resolution", "16"], "0 to 15"),
    (&["map", "--page", "20x20"], "page"),
    (&["map", "--classes", "1,two"], "classes"),
    (
        &["hotspots", "--statistic", "knox", "--metres", "200,100", "--days", "7,14", "-o", "k.csv"],
        "metres \"200,100\" is not usable",
    ),
    (&["map", "--dpi", "5000"], "48 to 300"),
    (&["map", "--method", "none"], "cannot be used as a method"),
    (&["map", "--weights", "none"], "cannot be used as a table of weights"),
    (&["map", "--font", "none.ttf"], "none.ttf"),
    (&["map", "--max-rejects", "many"], "max-rejects"),
    (&["map", "--max-memory", "much"], "max-memory"),
    (&["map", "--threads", "100000"], "1 to 1024"),
    (&["map", "--as-of", "soon"], "as-of"),
    (&["map", "--timezone", "Mars"], "an IANA name"),
    (&["map", "--covered", "2026-01-01"], "covered"),
    (&["map", "--id-column", "score"], "a name that no other column has"),
    (&["map", "--context", "none.geojson:scribbles"], "context"),
    (&["map", "--projection", "flat"], "projection"),
    (&["map", "--containment", "most"], "containment"),
    (&["map", "--bbox", "1,2,3"], "bbox"),
    (&["map", "--bogus"], "unexpected argument"),
    (&["hotspots", "--statistic", "gi", "--pairs", "7"], "unexpected argument"),
    (&["hotspots", "--statistic", "scan", "--model", "poisson-residents"], "name their indicator with --residents"),
    (&["hotspots", "--statistic", "nope"], "one of gi"),
    (&["hotspots", "--statistic", "scan", "--permutations", "0"], "permutations"),
    // Titles that no font draws, on pages alone.
    (&["map", "-o", "m.png", "--title", "दिल्ली"], "would be illegible"),
    (&["map", "-o", "m.csv", "-o", "m.svg", "--marking", "दिल्ली"], "m.svg: "),
    (&["series", "-o", "m.gif", "--title", "दिल्ली"], "would be illegible"),
    (&["explain", "54.75,2.3", "-o", "m.png", "--title", "दिल्ली"], "would be illegible"),
    (&["coverage", "-o", "m.png", "--attribution", "दिल्ली"], "would be illegible"),
    (&["density", "--title", "दिल्ली"], "would be illegible"),
    // Places and dates.
    (&["explain", "nowhere"], "an H3 cell such as"),
    (&["explain", "91,0"], "is not usable"),
    (&["explain", "ninety,0"], "an H3 cell such as"),
    (&["explain", "881963190bfffff", "--resolution", "7"], "name a cell of resolution 7"),
    (&["density", "--from", "2026-03-01", "--to", "2026-02-01"], "a day before the end of the window"),
    (&["density", "--as-of", "2026-03-01", "--to", "2026-03-02"], "a day up to the as-of"),
    (&["density", "--bandwidth", "0"], "bandwidth"),
    (&["series", "--from", "2026-03-01", "--to", "2026-02-01"], "begin it no later than it ends"),
    (&["series", "--from", "2020-01-01", "--to", "2026-02-01", "--every", "1d", "-o", "m.gif"], "at most 400 dates"),
    (&["series", "--every", "fortnight"], "fortnight"),
    (&["series", "--from", "soon"], "soon"),
    (&["check", "--resolution", "16"], "0 to 15"),
];

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let method = stdout(&tensionmap(folder.path(), &["list", "method", "tension-1"]));
    put(folder.path(), "residents.toml", &method.replace("\"per_km2\"", "\"per_1000_residents\""));
    put(folder.path(), "context.toml", &method.replace("context = 0.0", "context = 10.0"));
    put(folder.path(), "wards.geojson", WARDS);
    std::fs::copy(own("data/incidents.csv"), folder.path().join("a.csv")).unwrap();
    folder
}

/// Words of a case with an input, which for a verb with a first word of its own comes after that.
fn with_input<'a>(args: &[&'a str], input: &'a str) -> Vec<&'a str> {
    let at = if args[0] == "explain" { 2 } else { 1 };
    [&args[..at], &[input], &args[at..]].concat()
}

/// Inputs that do not exist are never looked for.
#[test]
fn what_no_input_makes_usable_is_refused_before_any_is_looked_for() {
    let folder = folder();
    let mut wrong = Vec::new();
    let mut try_with = |args: &[&str], says: &str| {
        let done = tensionmap(folder.path(), args);
        // Words of the program and of its libraries, which tell nobody what to do.
        let leaks = ["got None", "Some(", "invalid float literal", "Error {", "::"];
        let is_leak = leaks.iter().any(|leak| stderr(&done).contains(leak));
        if done.status.code() != Some(2) || !stderr(&done).contains(says) || is_leak {
            wrong.push(format!("{args:?}: {:?} {}", done.status.code(), stderr(&done)));
        }
    };
    for (args, says) in REFUSED {
        try_with(&with_input(args, "none.csv"), says);
        try_with(&with_input(args, "none*.csv"), says);
        if !["--areas", "check"].iter().any(|word| args.contains(word)) {
            try_with(&[&with_input(args, "a.csv")[..], &["--area", "none.geojson"]].concat(), says);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 4, "{left:?}");
}

/// A pipe that nobody writes to is not opened: opening it would wait for ever.
#[cfg(unix)]
#[test]
fn a_pipe_is_not_opened_for_a_refusal() {
    let folder = folder();
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe.csv")).status().unwrap();
    assert!(made.success());
    for (args, _) in REFUSED.iter().step_by(5) {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_tensionmap"))
            .current_dir(&folder)
            .args(with_input(args, "pipe.csv"))
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let begun = std::time::Instant::now();
        let code = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status.code();
            }
            if begun.elapsed().as_secs() > 60 {
                child.kill().unwrap();
                panic!("{args:?} opened the pipe");
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        };
        assert_eq!(code, Some(2), "{args:?}");
    }
}

/// Settings that inputs make usable pass: columns that each setting adds, by every statistic, and every format of every verb.
#[test]
fn what_the_settings_add_is_known_before_it_is_there() {
    let folder = folder();
    let names = |folder: &Path, args: &[&str]| -> Vec<String> {
        let done = tensionmap(folder, &[args, &["a.csv", "--max-rejects", "2%", "-q", "-o", "all.csv"]].concat());
        assert_eq!(done.status.code(), Some(0), "{args:?}: {}", stderr(&done));
        let header = std::fs::read_to_string(folder.join("all.csv")).unwrap();
        header.lines().next().unwrap().split(',').map(str::to_owned).collect()
    };
    for name in ["areas.geojson", "boundary.geojson"] {
        std::fs::copy(own("data").join(name), folder.path().join(name)).unwrap();
    }
    put(folder.path(), "levels.csv", "cell,level,assessor,reason,date\n");
    let indicator = ["--indicator", "areas.geojson:deprivation:intensive", "--context-index", "deprivation"];
    let runs: [&[&str]; 7] = [
        &["map", "--compare-to", "2026-02-02"],
        &["map", "--assessments", "levels.csv"],
        &["map", "--method", "tension-1"],
        &[&["map", "--method", "context.toml"], &indicator[..]].concat(),
        &["hotspots", "--statistic", "gi"],
        &["hotspots", "--statistic", "emerging"],
        &["map", "--covered", "2026-02-20..2026-03-02"],
    ];
    for run in runs {
        let all = names(folder.path(), run).join(",");
        let selected = names(folder.path(), &[run, &["--select", &all]].concat());
        assert_eq!(selected.join(","), all, "{run:?}");
    }
}
