//! Names in all scripts: set by the built-in font or one that is given, said and left uncounted where no font has them.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::{own, shared, stderr, stdout, tensionmap};

const DEVANAGARI: &str = "tests/fonts/devanagari.ttf";

/// Wards of the sample's town with names in five scripts, their codes, and reports in them.
fn fixture() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let names = ["Quay", "חוף צפון", "حي الميناء", "दिल्ली", "ตลาดเก่า", "海邊區"];
    let ward = |(number, name): (usize, &&str)| {
        let (west, south) = (2.27 + 0.02 * (number % 3) as f64, 54.74 + 0.02 * (number / 3) as f64);
        let (east, north) = (west + 0.02, south + 0.02);
        let ring = format!("[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]");
        let properties = format!(r#"{{"WD99CD":"E0500000{number}","name":"{name}"}}"#);
        format!(
            r#"{{"type":"Feature","properties":{properties},"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}"#
        )
    };
    let wards: Vec<String> = names.iter().enumerate().map(ward).collect();
    let wards = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, wards.join(","));
    std::fs::write(folder.path().join("wards.geojson"), wards).unwrap();
    std::fs::copy(own("data/incidents.csv"), folder.path().join("a.csv")).unwrap();
    std::fs::copy(own(DEVANAGARI), folder.path().join("devanagari.ttf")).unwrap();
    folder
}

/// A map with the names of wards.
const MAP: [&str; 6] = ["map", "a.csv", "--max-rejects", "2%", "--context", "wards.geojson:districts"];

fn mapped(folder: &Path, more: &[&str]) -> Output {
    tensionmap(folder, &[&MAP[..], &["-o", "m.svg"], more].concat())
}

fn svg(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("m.svg")).unwrap()
}

/// Names that no font has are said with their scripts and with the setting that mends it; they are shown by their codes and are
/// not counted as named. The advice mends it when obeyed.
#[test]
fn names_that_cannot_be_drawn_are_said_and_not_counted() {
    let folder = fixture();
    let done = mapped(folder.path(), &[]);
    let said = stderr(&done);
    assert_eq!(done.status.code(), Some(0), "{said}");
    let notice = "3 names in Chinese characters, Devanagari and Thai cannot be drawn (\"दिल्ली\", \"ตลาดเก่า\", \"海邊區\"): pictures have \
                  their codes or boxes in place of them; give --font FILE with a font that has them, such as Noto Sans CJK, Noto \
                  Sans Devanagari and Noto Sans Thai, or --font system for those of this machine";
    assert!(said.contains(notice), "{said}");
    let picture = svg(folder.path());
    assert!(picture.contains(", 3 of 6 named"), "{picture}");
    for shown in ["חוף צפון", "حي الميناء", "E05000003", "E05000004", "E05000005"] {
        assert!(picture.contains(&format!(">{shown}</text>")), "{shown}");
    }
    assert!(!picture.contains("दिल्ली") && picture.contains("direction=\"rtl\""));
    // Obeyed.
    let done = mapped(folder.path(), &["--font", "devanagari.ttf"]);
    let said = stderr(&done);
    assert!(
        said.contains("2 names in Chinese characters and Thai cannot be drawn") && said.contains("with another font"),
        "{said}"
    );
    let picture = svg(folder.path());
    assert!(picture.contains(", 4 of 6 named") && picture.contains(">दिल्ली</text>"), "{picture}");
    let manifest = std::fs::read_to_string(folder.path().join("m.manifest.json")).unwrap();
    assert!(
        manifest.contains("\"role\": \"font\",\n      \"name\": \"devanagari.ttf\",\n      \"bytes\": "),
        "{manifest}"
    );
    // Tables have every name: nothing is to be said of a run without a picture.
    let table =
        tensionmap(folder.path(), &["map", "a.csv", "--max-rejects", "2%", "--title", "दिल्ली", "-v", "-o", "m.csv"]);
    assert!(!stderr(&table).contains("--font"), "{}", stderr(&table));
    let json = tensionmap(
        folder.path(),
        &["map", "a.csv", "--max-rejects", "2%", "--context", "wards.geojson:districts", "-o", "m.png", "--json"],
    );
    assert!(stdout(&json).contains("3 names in Chinese characters"), "{}", stdout(&json));
}

/// The page of a cell has no codes to show: what it lacks is said all the same.
#[test]
fn a_cell_page_says_what_it_cannot_draw() {
    let folder = fixture();
    std::fs::write(folder.path().join("b.csv"), "lon,lat,date,category\n2.30,54.757,2026-02-20,asb\n").unwrap();
    let args = ["explain", "54.757,2.30", "b.csv", "--source", "दिल्ली", "-o", "cell.png"];
    let said = stderr(&tensionmap(folder.path(), &args));
    assert!(
        said.contains("1 name in Devanagari cannot be drawn (\"दिल्ली\"): pictures have its code or boxes"),
        "{said}"
    );
}

/// A title, a marking or an attribution of boxes is refused, with a way out that works.
#[test]
fn what_a_page_must_say_is_legible_or_refused() {
    let folder = fixture();
    for setting in ["title", "marking", "attribution"] {
        let flags = [&format!("--{setting}"), "दिल्ली (3)"];
        let refused = mapped(folder.path(), &flags);
        let said = stderr(&refused);
        assert_eq!(refused.status.code(), Some(2), "{said}");
        let cause = format!(
            "the {setting} \"दिल्ली (3)\" would be illegible, for no font has all of its characters; give --font FILE with a font that \
             has them, such as Noto Sans Devanagari, or --font system"
        );
        assert!(said.contains(&cause), "{said}");
        assert!(!folder.path().join("m.svg").exists());
        let done = mapped(folder.path(), &[&flags[..], &["--font", "devanagari.ttf"]].concat());
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        assert!(svg(folder.path()).contains("दिल्ली"));
        std::fs::remove_file(folder.path().join("m.svg")).unwrap();
    }
    // Scripts that the built-in font has need no other.
    for title in ["מפת המתח", "خريطة التوتر", "Bản đồ", "Χάρτης", "Карта", "Map llŷn ŵ", "Քարտեզ"]
    {
        let done = mapped(folder.path(), &["--title", title, "--marking", title]);
        assert_eq!(done.status.code(), Some(0), "{title}: {}", stderr(&done));
        assert!(svg(folder.path()).contains(title), "{title}");
    }
}

#[test]
fn fonts_that_cannot_be_used_stop_the_run_before_it_reads() {
    let folder = fixture();
    std::fs::write(folder.path().join("empty.ttf"), "").unwrap();
    let font = std::fs::read(own(DEVANAGARI)).unwrap();
    std::fs::write(folder.path().join("cut.ttf"), &font[..9000]).unwrap();
    let cases = [
        ("none.ttf", "none.ttf: cannot be read; give --font the path of a .ttf, .otf or .ttc file"),
        ("empty.ttf", "empty.ttf: is empty, and not a font that can be used"),
        ("a.csv", "a.csv: begins with the bytes"),
        ("cut.ttf", "; copy or download it again"),
    ];
    for (font, expected) in cases {
        let refused = tensionmap(folder.path(), &["map", "no-reports.csv", "--font", font]);
        assert_eq!(refused.status.code(), Some(2), "{font}");
        assert!(stderr(&refused).contains(expected), "{font}: {}", stderr(&refused));
    }
    let over = tensionmap(
        folder.path(),
        &["map", "a.csv", "--font", "devanagari.ttf", "-o", "x.png", "--manifest", "devanagari.ttf"],
    );
    assert!(stderr(&over).contains("devanagari.ttf: would be overwritten"), "{}", stderr(&over));
}

/// A picture depends on the text and the fonts alone: on no other run, on no number of threads, and on no way of writing accents.
#[test]
fn pictures_of_names_are_the_same_bytes() {
    let folder = fixture();
    let picture = |more: &[&str]| {
        let page = ["--font", "devanagari.ttf", "--page", "800x600", "-o", "m.png"];
        let done = tensionmap(folder.path(), &[&MAP[..], &page, more].concat());
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        std::fs::read(folder.path().join("m.png")).unwrap()
    };
    assert_eq!(picture(&["--threads", "1"]), picture(&["--threads", "3"]));
    assert_eq!(picture(&["--title", "Việt Nam, ŵ"]), picture(&["--title", "Vie\u{323}\u{302}t Nam, w\u{302}"]));
    assert_ne!(picture(&["--title", "שלום"]), picture(&["--title", "םולש"]));
}

/// Fonts of the machine are looked for when asked, named where they were used, and in the manifest.
#[test]
fn fonts_of_the_machine_are_used_when_asked_and_named() {
    let folder = fixture();
    let fonts = folder.path().join(".local/share/fonts/noto");
    std::fs::create_dir_all(&fonts).unwrap();
    std::fs::copy(own(DEVANAGARI), fonts.join("NotoSansDevanagari-Regular.ttf")).unwrap();
    std::fs::write(fonts.join("NotoSansThai-Regular.ttf"), "damaged").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tensionmap"));
    command.current_dir(folder.path()).env("HOME", folder.path());
    let done = command.args(MAP).args(["--font", "system", "-o", "m.svg"]).output().unwrap();
    let said = stderr(&done);
    assert_eq!(done.status.code(), Some(0), "{said}");
    assert!(said.contains("give them with --font FILE: NotoSansDevanagari-Regular.ttf"), "{said}");
    assert!(svg(folder.path()).contains(">दिल्ली</text>"), "{said}");
    let manifest = std::fs::read_to_string(folder.path().join("m.manifest.json")).unwrap();
    assert!(manifest.contains("\"name\": \"NotoSansDevanagari-Regular.ttf\""), "{manifest}");
}

/// The case of names in eight scripts, one of which the built-in font has not joined before.
#[test]
fn wards_of_many_scripts_are_named_or_said() {
    let Some(exports) = shared("exports") else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| exports.join(path).display().to_string();
    let wards = at("44-label-scripts/wards_scripts.geojson") + ":districts";
    let args = ["map", &at("00-common/points.geojson"), "--context", &wards, "-o", "m.svg"];
    let done = tensionmap(folder.path(), &args);
    let said = stderr(&done);
    assert_eq!(done.status.code(), Some(0), "{said}");
    assert!(said.contains("4 names in Chinese characters, Devanagari, Hangul and Thai cannot be drawn"), "{said}");
    assert!(said.contains("--font FILE") && svg(folder.path()).contains(", 5 of 9 named"), "{said}");
}
