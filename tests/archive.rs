//! ZIP archives: members are read as files, whole, by pattern or one by one, and what cannot be read is named.

use std::io::{Cursor, Write};
use std::path::Path;

use tensionmap::unstable::ingest::{Import, IngestError, ReadOptions};
use tensionmap::{Code, Input};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::{WARDS, check_with, own, shared, stderr, stdout, tensionmap};
use crate::text_layout::check;

const LOG: &str = "id,lon,lat,date,category\n1,2.30,54.77,2026-02-05,asb\n2,2.31,54.77,2026-02-06,asb\n";

/// An archive of members by name.
pub(crate) fn zipped<B: AsRef<[u8]>>(members: &[(&str, B)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        if name.ends_with('/') {
            zip.add_directory(*name, SimpleFileOptions::default()).unwrap();
            continue;
        }
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes.as_ref()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn put(folder: &Path, name: &str, members: &[(&str, &str)]) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, zipped(members)).unwrap();
    path
}

/// Names of the inputs of a word, from its folder.
fn expand(folder: &Path, word: &str) -> Vec<String> {
    let inputs = Input::expand(&folder.join(word)).unwrap();
    inputs.iter().map(|input| input.name()[folder.to_string_lossy().len() + 1..].to_owned()).collect()
}

fn refused(path: &Path) -> String {
    let error = match Input::expand(path).map(|inputs| check_with(&inputs[0], &ReadOptions::default())) {
        Err(error) | Ok(Err(IngestError::Format(error))) => error,
        read => panic!("{read:?}"),
    };
    assert!([Code::Format, Code::Ratio, Code::Io].contains(&error.code()), "{error}");
    let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
    error.to_string() + &cause
}

#[test]
fn members_are_files() {
    let folder = tempfile::tempdir().unwrap();
    let members = [
        ("2026-02/", ""),
        ("2026-02/2026-02-dogger-street.csv", LOG),
        ("2026-01/2026-01-dogger-street.csv", LOG),
        ("2026-01/2026-01-dogger-outcomes.csv", LOG),
        ("__MACOSX/2026-01/._2026-01-dogger-street.csv", "x"),
        (".DS_Store", "x"),
        ("readme.txt", "Read me, please"),
        ("map.pdf", "%PDF"),
    ];
    put(folder.path(), "download.zip", &members);
    let streets = [
        "download.zip/2026-01/2026-01-dogger-street.csv".to_owned(),
        "download.zip/2026-02/2026-02-dogger-street.csv".to_owned(),
    ];
    // The whole is the reports of data.police.uk, in order of month; the rest is said.
    assert_eq!(expand(folder.path(), "download.zip"), streets);
    let tally = check(&Input::expand(&folder.path().join("download.zip")).unwrap()[0]);
    let said = tally.notices.iter().find(|notice| notice.contains("members left out")).unwrap();
    assert!(said.contains("2026-01/2026-01-dogger-outcomes.csv") && said.contains("map.pdf"), "{said}");
    for (pattern, count) in [
        ("download.zip/*street.csv", 2),
        ("*.zip/*street.csv", 2),
        ("download.zip/2026-01/*", 2),
        ("download.zip/2026-0[12]-dogger-outcomes.csv", 1),
        ("down*.zip", 2),
        ("download.zip/2026-02/2026-02-dogger-street.csv", 1),
    ] {
        assert_eq!(expand(folder.path(), pattern).len(), count, "{pattern}");
    }
    assert!(Input::expand(&folder.path().join("download.zip/*.xyz")).is_err());
    let missing = refused(&folder.path().join("download.zip/2026-03.csv"));
    assert!(missing.contains("has no member \"2026-03.csv\"; found") && missing.contains("2026-01/"), "{missing}");
}

/// Names that begin at a root or a drive, or climb out, stay within: no file beside the archive is read in place of a member.
#[test]
fn a_member_cannot_lead_out_of_its_archive() {
    // Members in hidden folders are passed over.
    let folder = tempfile::Builder::new().prefix("shown").tempdir().unwrap();
    let outside = folder.path().join("out.csv");
    std::fs::write(&outside, LOG.repeat(2)).unwrap();
    let root = outside.to_string_lossy().into_owned();
    for (name, inside) in [
        (&*root, root.trim_start_matches('/')),
        ("../out.csv", "out.csv"),
        ("./a/../../out.csv", "a/out.csv"),
        (r"C:\a\out.csv", "a/out.csv"),
        ("C:out.csv", "out.csv"),
        ("//server/share/out.csv", "server/share/out.csv"),
    ] {
        let archive = put(folder.path(), "a.zip", &[(name, LOG)]);
        let members = Input::expand(&archive).unwrap();
        let [member] = &members[..] else { panic!("{name}: {members:?}") };
        assert_eq!(member.name(), archive.join(inside).to_string_lossy(), "{name}");
        assert_eq!(check(member).read, 2, "{name}");
    }
}

#[test]
fn a_name_with_brackets_is_that_member() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "a.zip", &[("log [1].csv", LOG), ("log 1.csv", LOG)]);
    assert_eq!(expand(folder.path(), "a.zip/log [1].csv"), ["a.zip/log [1].csv"]);
    // Windows programs have written other separators.
    put(folder.path(), "b.zip", &[("2026\\log.csv", LOG)]);
    assert_eq!(check(&Input::from(&folder.path().join("b.zip/2026/log.csv"))).accepted, 2);
}

/// A job from archives: the same map, the manifest with the archive's hash, and no report twice.
#[test]
fn a_job_reads_archives_for_every_role() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "log.zip", &[("log.csv", LOG)]);
    put(folder.path(), "wards.zip", &[("wards/wards.geojson", WARDS)]);
    std::fs::write(folder.path().join("log.csv"), LOG).unwrap();
    let table = "name,homes\nWest,40\nEast,50\n";
    put(folder.path(), "homes.zip", &[("homes.csv", table), ("notes.pdf", "%PDF")]);
    let with = |log: &str, out: &str| {
        let args = ["map", log, "--area", "wards.zip", "--areas", "wards.zip", "--as-of", "2026-03-02", "-o", out];
        let more = ["--indicator", "homes.zip/homes.csv:homes:extensive", "--key", "name"];
        let output = tensionmap(folder.path(), &[&args[..], &more[..]].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        std::fs::read_to_string(folder.path().join(out)).unwrap()
    };
    assert_eq!(with("log.zip", "one.csv"), with("log.csv", "two.csv"));
    let manifest = std::fs::read_to_string(folder.path().join("one.manifest.json")).unwrap();
    assert!(manifest.contains("\"log.zip/log.csv\"") && manifest.contains("\"homes.zip/homes.csv\""), "{manifest}");
    for words in [["log.zip", "log.zip/log.csv"], ["log.zip", "log.csv"]] {
        let output = tensionmap(folder.path(), &[&["check"][..], &words].concat());
        assert!(!output.status.success(), "{words:?}: {}", stdout(&output));
    }
    // An archive of several files is no area.
    put(folder.path(), "two.zip", &[("a.geojson", WARDS), ("b.geojson", WARDS)]);
    let output = tensionmap(folder.path(), &["check", "log.csv", "--area", "two.zip"]);
    assert!(
        stderr(&output).contains("has 2 members (a.geojson, b.geojson); name the one to read"),
        "{}",
        stderr(&output)
    );
    let output = tensionmap(folder.path(), &["check", "log.csv", "--area", "two.zip/a.geojson"]);
    assert!(output.status.success(), "{}", stderr(&output));
}

/// Ids are found again in members, as in files.
#[test]
fn repeats_are_found_across_members() {
    let folder = tempfile::tempdir().unwrap();
    let other = LOG.replace("2,2.31", "0,2.31");
    put(folder.path(), "a.zip", &[("1.csv", LOG), ("2.csv", &other)]);
    let mut import = Import::new(ReadOptions::default());
    let inputs = Input::expand(&folder.path().join("a.zip")).unwrap();
    let read = |input| import.read(input, &mut |_| (), &mut |_| Ok(())).unwrap();
    let accepted: Vec<u64> = inputs.iter().map(read).map(|tally| tally.accepted).collect();
    assert_eq!(accepted, [2, 1]);
}

#[test]
fn a_zipped_shapefile_is_read_from_a_folder_that_goes() {
    let folder = tempfile::tempdir().unwrap();
    let Some(set) = shared("exports/20-other-vector/incidents_shp.zip") else { return };
    let tally = check(&Input::expand(&set).unwrap()[0]);
    assert_eq!((tally.accepted, tally.format), (80, "shapefile"));
    assert!(tally.notices.iter().any(|notice| notice.contains("temporary files without names")), "{:?}", tally.notices);
    // Without its table it says what is missing.
    let whole = std::fs::read(set.with_file_name("shp").join("incidents.shp")).unwrap();
    std::fs::write(folder.path().join("half.zip"), zipped(&[("half.shp", whole)])).unwrap();
    let message = refused(&folder.path().join("half.zip"));
    assert!(message.contains("is missing"), "{message}");
}

#[test]
fn archives_that_cannot_be_read_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    put(folder.path(), "empty.zip", &[]);
    put(folder.path(), "pdf.zip", &[("map.pdf", "%PDF")]);
    std::fs::write(place("nested.zip"), zipped(&[("a.csv", LOG.as_bytes()), ("in.zip", &zipped(&[("b.csv", LOG)]))]))
        .unwrap();
    for (name, said) in [
        ("empty.zip", "has no member in a known format (found none)"),
        ("pdf.zip", "has no member in a known format (found map.pdf)"),
        ("nested.zip", "has another archive in it, in.zip"),
    ] {
        let message = refused(&place(name));
        assert!(message.contains(said), "{message}");
    }
    // The advice for a nested archive.
    assert_eq!(expand(folder.path(), "nested.zip/*.csv"), ["nested.zip/a.csv"]);

    // Encrypted: the first of the general flags, in the local and in the central header.
    let plain = zipped(&[("a.csv", LOG)]);
    let central = plain.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let mut encrypted = plain.clone();
    encrypted[6] |= 1;
    encrypted[central + 8] |= 1;
    std::fs::write(place("encrypted.zip"), encrypted).unwrap();
    assert!(refused(&place("encrypted.zip")).contains("a.csv: is encrypted; unpack"));

    // Compressed in another way: method 9 is Deflate64.
    let mut other = plain.clone();
    (other[8], other[central + 10]) = (9, 9);
    std::fs::write(place("other.zip"), other).unwrap();
    assert!(refused(&place("other.zip")).contains("is compressed in a way that is not read"));

    // Cut short, and with a byte that is another.
    std::fs::write(place("cut.zip"), &plain[..plain.len() - 30]).unwrap();
    assert!(refused(&place("cut.zip")).contains("is damaged or cut short"));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("a.csv", stored).unwrap();
    zip.write_all(LOG.as_bytes()).unwrap();
    let mut spoilt = zip.finish().unwrap().into_inner();
    let at = spoilt.windows(4).position(|four| four == b"2.31").unwrap();
    spoilt[at] = b'3';
    std::fs::write(place("spoilt.zip"), spoilt).unwrap();
    assert!(refused(&place("spoilt.zip")).contains("the checksum of this member is another"));

    // A member that swells: 64 MB of one row.
    let bomb = "id,lon,lat,date\n".to_owned() + &"1,2.30,54.77,2026-02-05\n".repeat(3 << 20);
    put(folder.path(), "bomb.zip", &[("a.csv", &bomb)]);
    assert!(refused(&place("bomb.zip")).contains("compressed bytes became more than"));
    // By another way than a path there is no choice of members.
    let message = check_with(&Input::Bytes("log.zip".into(), plain), &ReadOptions::default()).unwrap_err().to_string();
    assert!(message.contains("members are read only where it is named by its path"), "{message}");
}

#[test]
fn the_sample_in_an_archive_is_the_sample() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(own("data/incidents.parquet")).unwrap();
    std::fs::write(folder.path().join("a.zip"), zipped(&[("incidents.parquet", bytes)])).unwrap();
    let plain = check(&Input::from(&own("data/incidents.parquet")));
    assert_eq!(check(&Input::from(&folder.path().join("a.zip"))).accepted, plain.accepted);
    let Some(download) = shared("exports/21-policeuk-zip/download.zip") else { return };
    let tally = check(&Input::expand(&download).unwrap()[0]);
    assert_eq!((tally.accepted, tally.quarantined()), (71, 9));
}
