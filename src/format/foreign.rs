//! Formats that are recognised but not read, each with the way to one that is.

use std::path::Path;

use super::heads::{begins, has, is_xml};
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

/// Formats, the more special first.
const FOREIGN: &[ForeignFormat] = &[
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
        name: "a table as a web page or XML, as some programs save under the name of a workbook",
        advice: "open it in a spreadsheet program, and save the sheet as .xlsx or CSV UTF-8",
        is: |head| {
            is_xml(head) && (has(head, "office:excel") || has(head, "office:spreadsheet") || has(head, "<table"))
        },
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
