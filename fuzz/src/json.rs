//! JSON: one document, and records one after the other.

use serde_json::Value;
use tensionmap::Code;
use tensionmap::unstable::ingest::{Dedupe, ReadOptions};

use crate::outcome::{Read, bytes, read, read_twice, same, shown};
use crate::scatter;

/// Bytes the library reads at a time when built for the fuzzer.
const BLOCK: usize = 64;

/// A document in one piece.
pub fn geojson(data: &[u8]) {
    let reading = ReadOptions::default();
    let Ok(found) = read_twice(&bytes("x.geojson", data), &reading) else { return };
    if found.format != "geojson" {
        return;
    }
    against_serde(data, &found);
    let open = without_repeats(&reading);
    let Ok(plain) = read(&bytes("x.geojson", data), &open) else { return };
    // White space after the first bracket changes nothing, wherever it puts the ends of blocks.
    let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    if let Some(at) = text.iter().position(|byte| matches!(byte, b'{' | b'[')) {
        let spaces = 1 + scatter(data) as usize % BLOCK;
        same_as_plain(&plain, [&text[..=at], &vec![b' '; spaces], &text[at + 1..]].concat(), &open, "padded");
    }
}

/// Reads an input that says the same as one that was read.
fn same_as_plain(plain: &Read, input: Vec<u8>, reading: &ReadOptions, how: &str) {
    let is_large = input.len() > 4000;
    match read(&bytes("x", input), reading) {
        Ok(other) => same(plain, &other, how),
        // A name that only turns up beyond what is looked at first is refused, rightly, and so is what is too large.
        Err(error) => assert!(is_large || error.code() == Code::LateColumn, "{how}: {}", shown(&error)),
    }
}

/// Records one a line, RS-separated, and as the features of a collection: it is the same reports.
pub fn ndjson(data: &[u8]) {
    let reading = ReadOptions::default();
    let _whole = read_twice(&bytes("x.ndjson", data), &reading);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let sound = |line: &&str| line.starts_with('{') && is_plain(line);
    let lines: Vec<&str> = text.lines().map(str::trim_ascii).filter(sound).collect();
    if lines.is_empty() {
        return;
    }
    let open = without_repeats(&reading);
    let Ok(plain) = read(&bytes("x.ndjson", lines.join("\n")), &open) else { return };
    assert_eq!(plain.read, lines.len() as u64, "a record a line");
    let same_as_plain = |input: String, how: &str| same_as_plain(&plain, input.into_bytes(), &open, how);
    same_as_plain(lines.iter().map(|line| format!("\u{1e}{line}\n")).collect(), "separated");
    // Records that are each spaced in their own way have no template in common.
    let spaced = lines.iter().enumerate().map(|(index, line)| format!("{{{}{}\n", " ".repeat(index + 1), &line[1..]));
    same_as_plain(spaced.collect(), "spaced");
    let is_feature = |line: &&str| serde_json::from_str::<Value>(line).is_ok_and(|value| value["type"] == "Feature");
    if lines.iter().all(is_feature) {
        same_as_plain(format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", lines.join(",")), "collection");
    }
}

/// Records that say the same in other bytes are no repeats to the last byte, so repeats are left in.
fn without_repeats(reading: &ReadOptions) -> ReadOptions {
    ReadOptions { dedupe: Dedupe::Off, ..reading.clone() }
}

/// Whether a line is JSON to both readers: numbers that overflow and halves of surrogate pairs are not, to serde.
fn is_plain(line: &str) -> bool {
    serde_json::from_str::<Value>(line).is_ok()
}

/// What was read as a document is one, and has so many features.
fn against_serde(data: &[u8], found: &Read) {
    let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let Ok(text) = std::str::from_utf8(text) else { panic!("accepted without being UTF-8") };
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(document)) => {
            if document.get("type").is_some_and(|kind| kind == "FeatureCollection") && document.contains_key("features")
            {
                let features = document["features"].as_array().map_or(0, Vec::len);
                assert_eq!(found.read, features as u64, "features");
            } else {
                assert_eq!(found.read, 1, "a sequence of one");
            }
        }
        Ok(Value::Array(records)) => assert_eq!(found.read, records.len() as u64, "records of an array"),
        Ok(other) => panic!("accepted {other}"),
        // A sequence, or one of the two things that are a matter of one record to the library.
        Err(_error) => {}
    }
}
