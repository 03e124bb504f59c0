//! The advice of every message, obeyed: `advice.toml` has a case for each code that a command line raises, and [`HELD`] one for
//! each that only another program, or a fault of the machine, brings about.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde::Deserialize;
use tensionmap::unstable::cube::CubeBuilder;
use tensionmap::unstable::error::IngestError;
use tensionmap::unstable::indicator::interpolate;
use tensionmap::unstable::output::AtomicFile;
use tensionmap::{Code, Engine, Indicator, LatLng, Resolution};

use crate::support::{csv, own, stderr, stdout, tensionmap};

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

/// A command line that raises a code; `advice.toml` explains the keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    code: String,
    run: String,
    says: Vec<String>,
    obey: Option<String>,
    /// Value of a flag that the message names without one.
    value: Option<String>,
    #[serde(default)]
    with: BTreeMap<String, String>,
    #[serde(default)]
    then: i32,
    #[serde(default)]
    stays: bool,
    mend: Option<String>,
    #[serde(default)]
    files: BTreeMap<String, Content>,
    #[serde(default)]
    mended: BTreeMap<String, Content>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    /// A workbook of one sheet, with a range of merged cells: first row and column, last row and column.
    Sheet {
        sheet: Vec<Vec<String>>,
        merged: Option<[u16; 4]>,
    },
    /// A text with a part that comes many times; `NUMBER` in it counts them.
    Long {
        #[serde(default)]
        begin: String,
        #[serde(default)]
        repeat: String,
        #[serde(default)]
        times: usize,
        #[serde(default)]
        end: String,
        #[serde(default)]
        latin1: bool,
        #[serde(default)]
        gzip: bool,
    },
}

impl Content {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Sheet { sheet, merged } => workbook(sheet, *merged),
            Self::Long { begin, repeat, times, end, latin1, gzip } => {
                let count = |number: usize| repeat.replace("NUMBER", &number.to_string());
                let text: String =
                    std::iter::once(begin.clone()).chain((0..*times).map(count)).chain([end.clone()]).collect();
                let bytes: Vec<u8> =
                    if *latin1 { text.chars().map(|c| u8::try_from(c).unwrap()).collect() } else { text.into() };
                if *gzip { zipped(&bytes) } else { bytes }
            }
        }
    }
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn workbook(sheet: &[Vec<String>], merged: Option<[u16; 4]>) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let page = book.add_worksheet();
    for (row, cells) in (0..).zip(sheet) {
        for (column, cell) in (0..).zip(cells) {
            match cell.strip_prefix('=') {
                Some(formula) => {
                    let failed = rust_xlsxwriter::Formula::new(formula).set_result("#DIV/0!");
                    page.write_formula(row, column, failed).unwrap();
                }
                None if cell.is_empty() => {}
                None => drop(page.write_string(row, column, cell).unwrap()),
            }
        }
    }
    if let Some([top, left, bottom, right]) = merged {
        let text = &sheet[usize::from(top)][usize::from(left)];
        page.merge_range(top.into(), left, bottom.into(), right, text, &rust_xlsxwriter::Format::new()).unwrap();
    }
    book.save_to_buffer().unwrap()
}

fn put(folder: &Path, files: &BTreeMap<String, Content>) {
    for (name, content) in files {
        std::fs::write(folder.join(name), content.bytes()).unwrap();
    }
}

/// Exit code and all that is said.
fn run(folder: &Path, args: &[String]) -> (Option<i32>, String) {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let output = tensionmap(folder, &args);
    (output.status.code(), stdout(&output) + &stderr(&output))
}

/// True if a code is said, other than in passing: `(W_PART)`.
fn is_said(code: &str, said: &str) -> bool {
    said.split(|c: char| !c.is_ascii_alphanumeric() && !"_()".contains(c))
        .any(|word| word.trim_start_matches('(') == code)
}

/// Words of a command line, with quotes as a shell takes them.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == ' ' => words.push(std::mem::take(&mut word)),
            _ => word.push(c),
        }
    }
    words.push(word);
    words
}

/// Flags of a message from the first that begins like this, with their values, as long as one follows the other.
fn flags(said: &str, begin: &str) -> Option<Vec<String>> {
    let mut rest = &said[said.find(begin)?..];
    let mut flags = Vec::new();
    while let Some(name) = rest.strip_prefix("--") {
        let end = name.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(name.len());
        let (name, after) = (&rest[..end + 2], &name[end..]);
        flags.push(name.to_owned());
        let Some(value) = after.strip_prefix(' ') else { break };
        // The end of the value: a blank, or the punctuation of the sentence.
        let mut quote = None;
        let end = value.char_indices().find(|&(_, c)| {
            match quote {
                Some(open) if c == open => quote = None,
                None if c == '"' || c == '\'' => quote = Some(c),
                _ => {}
            }
            quote.is_none() && (c == ' ' || c == ';' || c == '\n')
        });
        let end = end.map_or(value.len(), |(end, _)| end);
        let word = &value[..end];
        let word = if word.ends_with(['"', '\'']) { word } else { word.trim_end_matches(['.', ',', ':', ')']) };
        flags.extend(words(word));
        rest = value[end..].trim_start_matches(' ');
    }
    Some(flags)
}

/// The command line once flags are obeyed: those given before with another value give way, except columns of other roles.
fn obeyed(args: &[String], flags: &[String]) -> Vec<String> {
    let gives_way = |flag: &String| flag.starts_with("--") && flag != "--column" && flags.contains(flag);
    let mut kept = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if gives_way(arg) {
            args.next();
        } else {
            kept.push(arg.clone());
        }
    }
    kept.extend_from_slice(flags);
    kept
}

/// Faults of a case: a message that is not there, advice that does not work.
fn faults(case: &Case) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), &case.files);
    let args = words(&case.run);
    let (_, said) = run(folder.path(), &args);
    let mut faults = Vec::new();
    let mut must = |is: bool, what: String| {
        if !is {
            faults.push(what);
        }
    };
    must(is_said(&case.code, &said), "is not raised".to_owned());
    for words in case.says.iter().chain(&case.mend) {
        must(said.contains(words.as_str()), format!("does not say {words:?}"));
    }
    if let Some(begin) = &case.obey {
        let mut flags = flags(&said, begin).unwrap_or_default();
        must(!flags.is_empty(), format!("names no {begin}"));
        for (placeholder, value) in &case.with {
            flags = flags.iter().map(|flag| flag.replace(placeholder, value)).collect();
        }
        if let Some(value) = &case.value {
            flags.truncate(1);
            flags.push(value.clone());
        }
        let (code, then) = run(folder.path(), &obeyed(&args, &flags));
        must(code == Some(case.then), format!("{flags:?} leads to {code:?}: {then}"));
        must(case.stays || !is_said(&case.code, &then), format!("{flags:?} is of no help: {then}"));
    }
    if !case.mended.is_empty() {
        put(folder.path(), &case.mended);
        let (code, then) = run(folder.path(), &args);
        must(code == Some(0) && !is_said(&case.code, &then), format!("the corrected file leads to {code:?}: {then}"));
    }
    let harmless = Code::ALL.iter().any(|code| code.id() == case.code && code.is_harmless());
    must(harmless || case.obey.is_some() || case.mend.is_some(), "has no way out".to_owned());
    if !faults.is_empty() {
        faults.push(said);
    }
    faults
}

fn table() -> Table {
    toml::from_str(&std::fs::read_to_string(own("tests/advice.toml")).unwrap()).unwrap()
}

#[test]
fn the_advice_of_every_message_works() {
    use rayon::prelude::*;
    let cases = table().case;
    let wrong: Vec<String> = cases
        .par_iter()
        .map(|case| (case, faults(case)))
        .filter(|(_, faults)| !faults.is_empty())
        .map(|(case, faults)| format!("{} ({}): {}", case.code, case.run, faults.join("\n  ")))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// Message of a code that no file and no flag brings about.
type Held = (Code, fn() -> String, &'static str);

const HELD: [Held; 5] = [
    (Code::Conservation, unbalanced, "on cells 2.38"),
    (Code::Quarantine, full, "free some space or choose another place with --quarantine"),
    (Code::Counts, unlike_cubes, "count them with the same settings"),
    (Code::Locked, locked, "wait for it or choose another name"),
    (Code::Cancelled, stopped, "stopped"),
];

fn unbalanced() -> String {
    let square = r#"{"type":"Feature","properties":{"v":40},"geometry":{"type":"Polygon","coordinates":[[[2.2,54.7],[2.4,54.7],[2.4,54.8],[2.2,54.8],[2.2,54.7]]]}}"#;
    let inside = LatLng::new(54.75, 2.3).unwrap().cell(Resolution::Seven);
    let twice = interpolate(&Indicator::extensive(csv("square.geojson", square), "v"), &[inside, inside]).unwrap();
    assert!(twice.account.warnings.contains_key(&Code::Conservation));
    twice.account.notices.join("\n")
}

fn full() -> String {
    let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
    let error = IngestError::Quarantine { file: "q.ndjson".to_owned(), source };
    assert_eq!(error.code(), Code::Quarantine);
    error.to_string()
}

fn unlike_cubes() -> String {
    let cube = CubeBuilder::new(Resolution::Seven, "Europe/London").build().unwrap();
    let error = Engine::builder().resolution(8).build().unwrap().cube(cube).unwrap_err();
    assert_eq!(error.code(), Code::Counts);
    error.to_string()
}

fn locked() -> String {
    let folder = tempfile::tempdir().unwrap();
    let _held = AtomicFile::create(&folder.path().join("map.geojson")).unwrap();
    let data = own("data/incidents.csv");
    let output = tensionmap(folder.path(), &["map", data.to_str().unwrap(), "-o", "map.geojson", "-q"]);
    assert_eq!(output.status.code(), Some(6));
    stderr(&output)
}

fn stopped() -> String {
    let engine = Engine::builder().cancel(Arc::new(AtomicBool::new(true))).build().unwrap();
    let error = engine.incidents(tensionmap::sample::incidents()).unwrap_err();
    assert_eq!(error.code(), Code::Cancelled);
    error.to_string()
}

#[test]
fn what_no_file_brings_about_says_what_to_do() {
    for (code, message, says) in HELD {
        let message = message();
        assert!(message.contains(says), "{code}: {message}");
    }
}

#[test]
fn no_code_is_without_a_case() {
    let table = table();
    for code in Code::ALL {
        let is_there = table.case.iter().any(|case| case.code == code.id());
        assert!(is_there || HELD.iter().any(|(held, ..)| held == code), "{code}: add a case to tests/advice.toml");
    }
    for case in &table.case {
        assert!(Code::ALL.iter().any(|code| code.id() == case.code), "{}", case.code);
    }
}

#[test]
fn flags_are_taken_from_sentences() {
    for (said, begin, flags) in [
        ("x; --decimal ',' says that", "--decimal", vec!["--decimal", ","]),
        ("with --date-format \"%d %b\" or", "--date-format", vec!["--date-format", "%d %b"]),
        (
            "--column longitude=\"a b\" --column latitude=\"c\" reads",
            "--column",
            vec!["--column", "longitude=a b", "--column", "latitude=c"],
        ),
        ("or use --repair-geometry\n", "--repair", vec!["--repair-geometry"]),
        ("(--bbox W,S,E,N)", "--bbox", vec!["--bbox", "W,S,E,N"]),
    ] {
        assert_eq!(super::advice::flags(said, begin).unwrap(), flags, "{said}");
    }
    assert_eq!(super::advice::flags("nothing", "--x"), None);
    assert!(is_said("W_PART", "  W_PART   1 a file") && !is_said("W_PART", "a file (W_PART)"));
}
