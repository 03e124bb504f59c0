//! Formats that are recognised but not read, each with the way to one that is.

use std::path::Path;

use memchr::memmem;

use super::{FormatError, geopackage, kml};

/// A format that is recognised by its first bytes, to say how to read it elsewhere.
struct ForeignFormat {
    /// Name, with its article.
    name: &'static str,
    /// Way out, as a sentence of its own.
    advice: &'static str,
    is: fn(&[u8]) -> bool,
}

/// STEM and FILE stand for the names of the file at hand.
const OGR2OGR: &str = "convert it, such as with ogr2ogr -t_srs EPSG:4326 STEM.geojson FILE";
const SHEET: &str = "save the sheet with the reports as CSV UTF-8, and give that file";

/// Formats, the more special first.
const FOREIGN: &[ForeignFormat] = &[
    ForeignFormat {
        name: "an OpenDocument spreadsheet",
        advice: SHEET,
        is: |head| is_zip(head) && has(head, "opendocument.spreadsheet"),
    },
    ForeignFormat {
        name: "an Excel workbook",
        advice: SHEET,
        is: |head| {
            is_zip(head)
                && ["[Content_Types].xml", "_rels/.rels", "xl/", "docProps/"].iter().any(|part| has(head, part))
        },
    },
    ForeignFormat {
        name: "an Excel workbook of before 2007, or another old Office file",
        advice: SHEET,
        is: |head| head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
    },
    ForeignFormat {
        name: "a ZIP archive",
        advice: "unpack it, and give the files in it, such as '*-street.csv'",
        is: is_zip,
    },
    ForeignFormat {
        name: "an SQLite database other than a GeoPackage",
        advice: OGR2OGR,
        is: |head| head.starts_with(b"SQLite format 3\0") && !geopackage::recognises(head),
    },
    ForeignFormat { name: "GPX", advice: OGR2OGR, is: |head| is_xml(head) && has(head, "<gpx") },
    ForeignFormat {
        name: "GML",
        advice: OGR2OGR,
        is: |head| is_xml(head) && has(head, "opengis.net/gml") && !kml::recognises(head),
    },
    ForeignFormat {
        name: "a web page, and not the file that was to be downloaded",
        advice: "open it in a browser: it may ask to sign in, or name an error",
        is: |head| is_xml(head) && (has(head, "<html") || has(head, "<!doctype html")),
    },
    ForeignFormat {
        name: "XML",
        advice: "ask its publisher for CSV or GeoJSON",
        is: |head| is_xml(head) && !kml::recognises(head),
    },
    ForeignFormat { name: "a MapInfo table", advice: OGR2OGR, is: |head| begins(head, "!table") },
    ForeignFormat {
        name: "a MapInfo interchange file",
        advice: OGR2OGR,
        is: |head| begins(head, "Version ") && has(head, "\nDelimiter"),
    },
    ForeignFormat {
        name: "a pointer of Git LFS, and not the file itself",
        advice: "fetch the file with git lfs pull",
        is: |head| begins(head, "version https://git-lfs"),
    },
    ForeignFormat {
        name: "a PDF document",
        advice: "ask its publisher for CSV or GeoJSON",
        is: |head| begins(head, "%PDF-"),
    },
    ForeignFormat {
        name: "an error of a map service",
        advice: "open it in a text editor to see what the service says, and download again",
        is: |head| begins(&dense(head), "{\"error\":{"),
    },
    ForeignFormat {
        name: "JSONP, a call of JavaScript with JSON in it",
        advice: "ask the service without its parameter callback, or keep what is between the outer brackets only",
        is: is_call,
    },
    ForeignFormat {
        name: "a text whose lines end in CR alone, as old Macs wrote it",
        advice: "save it again with line ends of Windows or Unix",
        is: |head| {
            let is_text = !head.contains(&0) && !head.starts_with(b"{") && !head.starts_with(b"[");
            is_text && memchr::memchr_iter(b'\r', head).count() > 1 && !head.contains(&b'\n')
        },
    },
];

/// Refuses a file that is of a foreign format by its first bytes.
///
/// # Errors
/// A foreign format, with its name and the way out.
pub(super) fn check(file: &str, head: &[u8]) -> Result<(), FormatError> {
    let text = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(head).trim_ascii_start();
    let found = FOREIGN.iter().find(|format| (format.is)(text));
    found.map_or(Ok(()), |format| Err(refused(file, format)))
}

fn refused(file: &str, format: &ForeignFormat) -> FormatError {
    let stem = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
    let advice = format.advice.replace("FILE", file).replace("STEM", &stem);
    FormatError::Unreadable { file: file.to_owned(), problem: format!("is {}; {advice}", format.name) }
}

pub(super) fn has(head: &[u8], part: &str) -> bool {
    memmem::find(&head.to_ascii_lowercase(), part.to_ascii_lowercase().as_bytes()).is_some()
}

pub(super) fn begins(head: &[u8], part: &str) -> bool {
    head.get(..part.len()).is_some_and(|first| first.eq_ignore_ascii_case(part.as_bytes()))
}

fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

pub(super) fn is_xml(head: &[u8]) -> bool {
    head.starts_with(b"<")
}

/// The bytes without white space.
fn dense(head: &[u8]) -> Vec<u8> {
    head.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
}

/// True for a name and an opening bracket before JSON.
fn is_call(head: &[u8]) -> bool {
    let name = head.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_$.".contains(byte)).count();
    let rest = dense(&head[name..head.len().min(name + 64)]);
    name > 0 && (rest.starts_with(b"([") || rest.starts_with(b"({"))
}
