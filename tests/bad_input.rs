//! Wrong input: what is refused, under which code, and what the message says.

use tensionmap::Input;
use tensionmap::unstable::error::IngestError;
use tensionmap::unstable::ingest::{Quarantined, ReadOptions, read};
use tensionmap::{FileTally, Role};

use crate::support::{check_with, csv};

fn check(input: &Input) -> Result<(FileTally, Vec<Quarantined>), IngestError> {
    check_with(input, &ReadOptions::default())
}

/// One bad record a line, between two good ones.
#[test]
fn each_bad_row_is_refused_with_its_line_and_reason() {
    let good = "2.3,54.7,2026-01-05,asb,,,";
    for (row, code, message) in [
        (
            ",,2026-01-05,asb,,,",
            "Q_NO_GEOMETRY",
            "log.csv line 3: Q_NO_GEOMETRY found \"no position\", expected a longitude and a latitude",
        ),
        ("2.3,,2026-01-05,asb,,,", "Q_NO_GEOMETRY", "expected a longitude and a latitude"),
        ("0,0,2026-01-05,asb,,,", "Q_NULL_ISLAND", "0, 0 stands for a failed geocode"),
        (
            "433000,416000,2026-01-05,asb,,,",
            "Q_COORD_RANGE",
            "(WGS84); these look like metres of a projected grid, see --input-crs",
        ),
        (
            "-181,54,2026-01-05,asb,,,",
            "Q_COORD_RANGE",
            "found \"-181, 54\", expected a longitude from -180 to 180 and a latitude from -90 to 90 (WGS84)",
        ),
        ("inf,54,2026-01-05,asb,,,", "Q_NONFINITE", "found \"inf, 54\", expected finite numbers"),
        ("NaN,54,2026-01-05,asb,,,", "Q_NONFINITE", "found \"NaN, 54\", expected finite numbers"),
        (
            "2°78',54,2026-01-05,asb,,,",
            "Q_COORD_TYPE",
            "longitude: found \"2°78'\", expected a plain number, such as -1.13158",
        ),
        (
            "\"2,3\",54,2026-01-05,asb,,,",
            "Q_COORD_TYPE",
            "found \"2,3\", expected a plain number, such as -1.13158; --decimal ',' says",
        ),
        ("2.3,54.7,,asb,,,", "Q_NO_TIME", "date: found \"nothing\", expected ISO 8601"),
        (
            "2.3,54.7,05/01/2026,asb,,,",
            "Q_AMBIGUOUS_DATE",
            "date: found \"05/01/2026\", expected a date that reads one way only; say which with --date-format %d/%m/%Y or",
        ),
        ("2.3,54.7,25/01/2026,asb,,,", "Q_BAD_DATE", "date: found \"25/01/2026\", expected ISO 8601"),
        ("2.3,54.7,2026-02-30,asb,,,", "Q_BAD_DATE", "found \"2026-02-30\""),
        ("2.3,54.7,2026-01-05,asb,rumour,,", "Q_BAD_VALUE", "strand: found \"rumour\", expected experienced (E)"),
        ("2.3,54.7,2026-01-05,asb,,9,", "Q_BAD_VALUE", "severity: found \"9\", expected a whole number from 1 to 5"),
        ("2.3,54.7,2026-01-05,asb,,,Z9", "Q_BAD_VALUE", "grade: found \"Z9\", expected 3x5x2 such as 2B"),
        ("2.3,54.7,2026-01-05,asb", "Q_FIELD_COUNT", "found \"4 fields\", expected 7, as in the header"),
    ] {
        let text = format!("lon,lat,date,category,strand,severity,grade\n{good}\n{row}\n{good}\n");
        let (tally, refused) = check(&csv("log.csv", &text)).unwrap();
        assert_eq!((tally.read, tally.accepted, refused.len()), (3, 2, 1), "{row}");
        let refused = &refused[0];
        assert_eq!((refused.code.id(), refused.line, refused.record), (code, Some(3), 2), "{row}");
        assert!(refused.to_string().contains(message), "{refused} does not say {message}");
    }
}

#[test]
fn quoted_newlines_do_not_shift_lines_and_bad_bytes_are_named() {
    let head = "lon,lat,date,category\n2.3,54.7,2026-01-05,\"two\nlines\"\n2.3,54.7,2026-01-05,";
    let text = format!("{head}café\n2.3,,2026-01-05,x\n");
    let (tally, refused) = check(&csv("log.csv", &text)).unwrap();
    let found: Vec<_> = refused.iter().map(|one| (one.code.id(), one.line)).collect();
    assert_eq!(found, [("Q_NO_GEOMETRY", Some(5))]);
    assert_eq!(tally.unmapped.keys().collect::<Vec<_>>(), ["café", "two\nlines"]);
    // The same in Windows-1252: the line and the byte at fault, and the flag that reads it.
    let bytes = [head.as_bytes(), b"caf\xe9\n2.3,,2026-01-05,x\n"].concat();
    let at = head.len() + 3;
    let error = check(&Input::Bytes("log.csv".into(), bytes.clone())).unwrap_err();
    assert_eq!(error.code().id(), "E_ENCODING");
    assert_eq!(
        error.to_string(),
        format!(
            "log.csv: line 4, byte {at}: 0xe9 is not UTF-8 text; if the file has another encoding, name it, such as --encoding \
             windows-1252 or --encoding utf-16le"
        )
    );
    let mut reading = ReadOptions::default();
    reading.file.encoding = "windows-1252".parse().unwrap();
    let (tally, refused) = check_with(&Input::Bytes("log.csv".into(), bytes), &reading).unwrap();
    assert_eq!(tally.unmapped.keys().collect::<Vec<_>>(), ["café", "two\nlines"]);
    assert_eq!(refused[0].line, Some(5));
}

/// A missing closing quote is found, wherever it is, and never eats records; long notes are left in peace.
#[test]
fn an_open_quote_swallows_nothing() {
    let rows = |n: usize| "2.3,54.7,2026-01-05,x\n".repeat(n);
    for (text, line, lines) in [
        (format!("lon,lat,date,category\n{}2.3,54.7,2026-01-05,\"open\n{}", rows(3), rows(2)), 5, 4),
        (
            format!("lon,lat,date,category\n2.3,54.7,2026-01-05,\"open\n{}2.3,54.7,2026-01-05,\"x\"\n", rows(200)),
            2,
            202,
        ),
    ] {
        assert_eq!(
            check(&csv("log.csv", &text)).unwrap_err().to_string(),
            format!(
                "log.csv: line {line}: a quoted field begins here and runs over {lines} lines; is its closing quote missing? The \
                 records after it cannot be separated, so nothing was made"
            )
        );
    }
    let note = format!("lon,lat,date,note\n2.3,54.7,2026-01-05,\"{}5\"\" pipe\"\n{}", "line\n".repeat(20), rows(2));
    assert_eq!(check(&csv("log.csv", &note)).unwrap().0.accepted, 3);
    let inch = "lon,lat,date,note\n2.3,54.7,2026-01-05,5\" pipe\n2.3,54.7,2026-01-05,x\n";
    assert_eq!(check(&csv("log.csv", inch)).unwrap().0.accepted, 2);
}

/// Windows line ends change no line number and leave nothing on the last field.
#[test]
fn crlf_files_have_the_same_lines() {
    let text =
        "lon,lat,date,grade\r\n2.3,54.7,2026-01-05,2B\r\n2.3,,2026-01-05,\"1A\"\r\n2.3,54.7,2026-01-05,\"1A\"\r\n";
    let (tally, refused) = check(&csv("log.csv", text)).unwrap();
    assert_eq!((tally.accepted, refused.len()), (2, 1));
    assert_eq!((refused[0].line, refused[0].raw.as_str()), (Some(3), "2.3,,2026-01-05,\"1A\""));
}

#[test]
fn each_bad_feature_is_refused_with_its_reason() {
    let properties = r#""properties":{"date":"2026-01-05"}"#;
    for (feature, code) in [
        (format!(r#"{{"type":"Feature","geometry":null,{properties}}}"#), "Q_NO_GEOMETRY"),
        (
            format!(r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":[]}},{properties}}}"#),
            "Q_NO_GEOMETRY",
        ),
        (
            format!(r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":[1]}},{properties}}}"#),
            "Q_COORD_TYPE",
        ),
        (
            format!(r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":[null,53]}},{properties}}}"#),
            "Q_COORD_TYPE",
        ),
        (
            format!(r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":["1","53"]}},{properties}}}"#),
            "Q_COORD_TYPE",
        ),
        (
            format!(
                r#"{{"type":"Feature","geometry":{{"type":"LineString","coordinates":[[1,2],[3,4]]}},{properties}}}"#
            ),
            "Q_GEOM_TYPE",
        ),
        (
            format!(r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":[2.3,91]}},{properties}}}"#),
            "Q_COORD_RANGE",
        ),
        (
            r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[2.3,54]},"properties":null}"#.to_owned(),
            "Q_NO_TIME",
        ),
        (r#"{"type":7,"geometry":null,"properties":{}}"#.to_owned(), "Q_STRUCTURE"),
        (r#"{"type":"Feature","geometry":"Point","properties":{}}"#.to_owned(), "Q_STRUCTURE"),
        (r#"{"type":"Feature","type":"Feature","geometry":null,"properties":{}}"#.to_owned(), "Q_DUP_KEY"),
        ("null".to_owned(), "Q_STRUCTURE"),
    ] {
        let (tally, refused) = check(&csv("a.geojson", &between_good_ones(&feature))).unwrap();
        assert_eq!((tally.read, tally.accepted), (3, 2), "{feature}");
        assert_eq!((refused[0].code.id(), refused[0].line), (code, Some(2)), "{feature}");
    }
}

/// A feature on the second line, between two good ones.
fn between_good_ones(feature: &str) -> String {
    let good =
        r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[2.3,54.7]},"properties":{"date":"2026-01-05"}}"#;
    format!("{{\"features\":[{good},\n{feature},\n{good}],\"type\":\"FeatureCollection\"}}")
}

/// Broken JSON inside a collection ends the file; in a sequence it is one bad line.
#[test]
fn broken_json_names_its_line_and_column() {
    let feature = r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[NaN,54]},"properties":{}}"#;
    let error = check(&csv("a.geojson", &between_good_ones(feature))).unwrap_err();
    assert_eq!(error.code().id(), "E_JSON");
    let message = error.to_string();
    assert!(message.starts_with("a.geojson: line 2, column 61: expected a value, found `NaN,54]},"), "{message}");
    assert!(message.ends_with("; nothing after it can be trusted, so nothing was made"), "{message}");
    let sequence =
        between_good_ones(feature).replace("{\"features\":[", "").replace("],\"type\":\"FeatureCollection\"}", "");
    let (tally, refused) = check(&csv("a.geojsonl", &sequence.replace("},\n", "}\n"))).unwrap();
    assert_eq!((tally.read, tally.accepted), (3, 2));
    assert_eq!((refused[0].code.id(), refused[0].line, refused[0].raw.as_str()), ("Q_JSON", Some(2), feature));
    assert!(refused[0].to_string().contains("expected a JSON object on a line"), "{}", refused[0]);
}

#[test]
fn unusable_files_say_what_they_are() {
    let message = |text: &str| check(&csv("log.txt", text)).unwrap_err().to_string();
    let known = "parquet, flatgeobuf, geopackage, shapefile, workbook, kml, esri-json, geojson, csv (plain, .gz, .zst or in a .zip)";
    assert_eq!(message(""), format!("log.txt: is empty; expected reports as {known}"));
    assert_eq!(
        message("soon"),
        format!("log.txt: is not in a known format (it begins with \"soon\"); expected {known}")
    );
    assert_eq!(
        message("lon,lat,when\n1,2,3\n"),
        "log.txt: no column for date; found lon, lat, when; expected one named like occurred_at, occurred_on, occurred, \
         date, datetime, date_time, incident_date, event_date, timestamp, ts, time, date_single, month, year_month, year, or say \
         which with --column date=NAME"
    );
    assert!(
        message("a,b,date\n1,2,3\n")
            .starts_with("log.txt: no column for the position; found a, b, date; expected longitude")
    );
    assert_eq!(
        message("lon,lat,date,date\n1,2,3,4\n"),
        "log.txt: has no usable header: two columns are named \"date\"; expected each name once. Rename one"
    );
    let open =
        r#"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":{"date":""}},"#;
    let at = open.len() + 1;
    assert_eq!(
        message(open),
        format!(
            "log.txt: line 1, column {at}: the file ends half-way; nothing after it can be trusted, so nothing was made"
        )
    );
    assert!(
        message(r#"{"type":"Topology","features":[]}"#)
            .contains("expected an object with \"type\": \"FeatureCollection\"")
    );
    assert!(message(r#"{"type":"Topology","arcs":[]}"#).contains("TopoJSON; convert it to GeoJSON first"));
    let bare = r#"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":{}}]}"#;
    assert!(message(bare).starts_with("log.txt: no column for date; found none; expected one named like occurred_at"));
    let feature =
        r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[2.3,54.7]},"properties":{"date":"2026-01-05"}}"#;
    let with_crs = |crs: &str| format!(r#"{{"type":"FeatureCollection","features":[{feature}],"crs":{crs}}}"#);
    let named = |name: &str| with_crs(&format!(r#"{{"type":"name","properties":{{"name":"{name}"}}}}"#));
    for wgs84 in ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326"] {
        assert_eq!(check(&csv("a.geojson", &named(wgs84))).unwrap().0.accepted, 1);
    }
    assert_eq!(
        message(&named("urn:ogc:def:crs:EPSG::27700")),
        "log.txt: states the reference system urn:ogc:def:crs:EPSG::27700 only after its features, when they had been read as \
         longitude and latitude; give --input-crs EPSG:27700, or of another file than of reports \
         log.txt@EPSG:27700"
    );
    let first = |crs: &str| format!(r#"{{"type":"FeatureCollection","crs":{crs},"features":[{feature}]}}"#);
    for crs in [r#"{"type":"link","properties":{"href":"http://127.0.0.1:9/crs"}}"#, r#"{"type":"name"}"#] {
        assert!(message(&with_crs(crs)).contains("only after its features"), "{crs}");
        assert_eq!(
            message(&first(crs)),
            format!(
                "log.txt: has the reference system {crs}; expected a code of the EPSG registry, such as EPSG:4326 (longitude and \
                 latitude), EPSG:27700 or EPSG:2157. If it really is in another, say which with --input-crs EPSG:N"
            )
        );
    }
    assert!(message("PAR1 but not really").starts_with("log.txt: cannot be read as parquet"));
    let mut reading = ReadOptions::default();
    reading.columns.insert(Role::Date, "When".to_owned());
    let error = check_with(&csv("log.csv", "lon,lat,date\n1,2,3\n"), &reading).unwrap_err();
    assert_eq!(error.to_string(), "log.csv: --column date=When: there is no such column; found lon, lat, date");
}

/// A file without records is remarked upon and is no reason to stop those beside it; so it is without any column.
#[test]
fn a_file_without_records_is_only_remarked_upon() {
    for (name, text) in [
        ("a.csv", "lon,lat,date\n"),
        ("a.geojson", r#"{"type":"FeatureCollection","features":[]}"#),
        ("a.geojson", r#"{"type":"FeatureCollection","features":[],"bbox":[1,2,3,4]}"#),
        ("a.json", "[]"),
    ] {
        let (tally, refused) = check(&csv(name, text)).unwrap();
        assert_eq!((tally.read, refused.len()), (0, 0), "{text}");
        assert_eq!(tally.warnings.iter().map(|(code, n)| (code.id(), *n)).collect::<Vec<_>>(), [("W_NO_RECORDS", 1)]);
    }
    let (tally, refused) = check(&csv("a.geojson", r#"{"type":"Point","coordinates":[1,2]}"#)).unwrap();
    assert_eq!((tally.read, refused[0].code.id(), refused[0].line), (1, "Q_NO_PROPERTIES", Some(1)));
    // What is wrong with a document is told before what it lacks.
    let code = |text: &str| check(&csv("a.geojson", text)).unwrap_err().code().id();
    let deep = format!(r#"{{"type":"FeatureCollection","features":[{}{}]}}"#, "[".repeat(70), "]".repeat(70));
    assert_eq!(code(&deep), "E_DEPTH");
    assert_eq!(code(r#"{"type":"FeatureCollection","features":["#), "E_TRUNCATED");
    assert_eq!(code(r#"{"type":"FeatureCollection","features":[{]}"#), "E_JSON");
}

/// A property that would have had a role, and comes too late to be looked for, stops the import instead of vanishing.
#[test]
fn late_properties_do_not_vanish() {
    let feature = |extra: &str| {
        format!(
            r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":[2.3,54.7]}},"properties":{{"date":"2026-01-05"{extra}}}}}"#
        )
    };
    let file = |features: &[String]| format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(",\n"));
    // Some features among the first MiB: looked for, wherever they stand.
    let (tally, _) = check(&csv("a.geojson", &file(&[feature(""), feature(r#","severity":3"#)]))).unwrap();
    assert!(tally.columns.iter().any(|(role, _)| *role == Role::Severity));
    let filler = feature(&format!(r#","note":"{}""#, "x".repeat(1 << 16)));
    let mut features = vec![filler; 260];
    features.push(feature(r#","severity":3"#));
    let error = check(&csv("a.geojson", &file(&features))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a.geojson: record 261 has a property \"severity\", which none of the first 1 MiB has, so it was not looked for; put a \
         record with all properties first"
    );
}

/// A geometry written as text in a CSV does not stand in the way of its longitude and latitude.
#[test]
fn a_csv_column_called_geometry_is_only_a_column() {
    let (tally, _) = check(&csv("a.csv", "geometry,lon,lat,date\nPOINT (2.3 54.7),2.3,54.7,2026-01-05\n")).unwrap();
    assert_eq!(tally.accepted, 1);
}

/// A truncated gzip stream is an error, never a shorter file.
#[test]
fn a_truncated_stream_is_not_a_short_file() {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::copy(&mut std::fs::File::open(crate::support::own("data/incidents.csv")).unwrap(), &mut out).unwrap();
    let mut bytes = out.finish().unwrap();
    bytes.truncate(bytes.len() / 2);
    let error = check(&Input::Bytes("cut.csv.gz".into(), bytes)).unwrap_err();
    assert_eq!(error.code().id(), "E_IO");
    assert_eq!(
        error.to_string(),
        "cut.csv.gz: cannot be read; check the path and that the file is readable and complete"
    );
    assert!(std::error::Error::source(&error).is_some());
}

/// A template never stands in for values: a value of another type is parsed anew, and a null id is not an id.
#[test]
fn a_record_with_the_layout_of_another_is_parsed_by_itself() {
    let feature = |place: &str, id: &str, category: &str| {
        format!(
            r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":{place}}},"properties":{{"date":"2026-01-05","category":{category}}},"id":{id}}}"#
        )
    };
    let sequence = [
        feature("[2.3,54.7,9]", "{}", "[1]"),
        feature("[2.3,54.7,9]", "{}", "[1]"),
        feature("[2.3,54.7,null]", "{}", "[1]"),
        feature("[2.3,54.7,\"x\"]", "{}", "[1]"),
    ];
    let (tally, refused) = check(&csv("a.geojsonl", &sequence.join("\n"))).unwrap();
    assert_eq!((tally.read, tally.accepted), (4, 2));
    let refused: Vec<_> = refused.iter().map(|one| (one.code.id(), one.line)).collect();
    assert_eq!(refused, [("Q_COORD_TYPE", Some(3)), ("Q_COORD_TYPE", Some(4))]);
    assert_eq!(tally.unmapped, [("an array".to_owned(), 2)].into());
}

#[test]
fn a_record_is_parsed_by_itself_and_not_by_those_before_it() {
    let feature = |y: &str| {
        format!(
            r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":[1,{y}]}},"properties":{{"date":"2022-09-17"}}}}"#
        )
    };
    let text: Vec<String> = ["2,0", "3,1", "4,\"x\"", "5,null", "6,[]", "7,-1.5"].map(feature).to_vec();
    let (mut quarantined, input) = (Vec::new(), Input::Bytes("x.ndjson".into(), text.join("\n").into_bytes()));
    let mut quarantine = |one: &tensionmap::unstable::ingest::Quarantined| {
        quarantined.push((one.record, one.code.id()));
        Ok(())
    };
    let tally = read(&input, &ReadOptions::default(), &mut |_| (), &mut quarantine).expect("readable");
    assert_eq!(tally.accepted, 3);
    assert_eq!(quarantined, [(3, "Q_COORD_TYPE"), (4, "Q_COORD_TYPE"), (5, "Q_COORD_TYPE")]);
}

#[test]
fn columns_about_people_are_known_by_name() {
    for name in ["Gender", "Age range", "Self-defined ethnicity", "officer_defined_ethnicity", "Surname", "DOB", "name"]
    {
        assert!(tensionmap::unstable::ingest::privacy::is_denied(name), "{name}");
    }
    for name in ["LSOA name", "category", "source_name", "Crime type", "page", "message", "trace", "ward name"] {
        assert!(!tensionmap::unstable::ingest::privacy::is_denied(name), "{name}");
    }
}

#[test]
fn codes_are_unique_and_say_their_kind() {
    let mut ids: Vec<&str> = tensionmap::Code::ALL.iter().map(|code| code.id()).collect();
    assert!(ids.iter().all(|id| ["Q_", "W_", "E_"].contains(&&id[..2])));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), tensionmap::Code::ALL.len());
}

/// A file of a format that is not read is named, with the way to one that is.
#[test]
fn foreign_formats_are_named_with_a_way_out() {
    let with_bytes = |bytes: Vec<u8>| check(&Input::Bytes("log.bin".into(), bytes)).unwrap_err().to_string();
    for (bytes, said) in [
        (b"PK\x03\x04 , \0".to_vec(), "begins like a ZIP archive, but is damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 , \0".to_vec(), "is an old Office file, but not a workbook"),
        (b"SQLite format 3\0, , ".to_vec(), "is an SQLite database other than a GeoPackage; convert it"),
        (b"%PDF-1.7, 1".to_vec(), "is a PDF document; ask"),
    ] {
        let message = with_bytes(bytes);
        assert!(message.starts_with("log.bin: ") && message.contains(said), "{message}");
    }
    let message = |text: &str| check(&csv("log.txt", text)).unwrap_err().to_string();
    for (text, said) in [
        (
            "<html><body>Please log in",
            "is a web page, and not the file that was to be downloaded; open it in a browser",
        ),
        ("\u{feff}\n<!DOCTYPE HTML>, ", "is a web page"),
        ("<?xml version=\"1.0\"?><gpx>", "is GPX; convert"),
        ("<wfs:FeatureCollection xmlns:gml=\"http://www.opengis.net/gml\">", "is GML; convert"),
        ("<?xml version=\"1.0\"?><rss>", "is XML; ask"),
        ("!table\n!version 300\n", "is a MapInfo table; convert"),
        ("Version 300\nCharset \"x\"\nDelimiter \",\"\n", "is a MapInfo interchange file; convert"),
        (
            "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
            "is a pointer of Git LFS, and not the file itself; fetch",
        ),
        ("{\"error\": {\"code\": 400}}", "is an error of a map service; open it"),
        ("callback([{\"date\": \"2025-06-09\"}])", "is JSONP, a call of JavaScript with JSON in it; ask"),
    ] {
        assert!(message(text).contains(&format!("log.txt: {said}")), "{}", message(text));
    }
    // Files that only look like these are read.
    let rings = "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":\
                 [2.3,54.7]},\"properties\":{\"date\":\"2026-01-05\",\"rings\":1,\"spatialReference\":2}}]}";
    for text in [rings, &rings.replace(',', ",\r"), "lon,lat,date,f(x)\n2.3,54.7,2026-01-05,\"a\rb\rc\"\n"] {
        assert_eq!(check(&csv("log.txt", text)).unwrap().0.accepted, 1, "{text}");
    }
}
