//! Wrong input: what is refused, under which code, and what the message says.

use tensionmap::error::IngestError;
use tensionmap::ingest::{FileTally, Input, Quarantined, Reading, Role, read};

use crate::support::csv;

fn check(input: &Input) -> Result<(FileTally, Vec<Quarantined>), IngestError> {
    check_with(input, &Reading::default())
}

fn check_with(input: &Input, reading: &Reading) -> Result<(FileTally, Vec<Quarantined>), IngestError> {
    let mut refused = Vec::new();
    let tally = read(input, reading, &mut |_| (), &mut |one| {
        refused.push(one.clone());
        Ok(())
    })?;
    assert_eq!(tally.read, tally.accepted + tally.quarantined());
    Ok((tally, refused))
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
        ("433000,416000,2026-01-05,asb,,,", "Q_COORD_RANGE", "(WGS84); this looks like metres of a projected grid"),
        ("-181,54,2026-01-05,asb,,,", "Q_COORD_RANGE", "expected degrees from -180 to 180 (WGS84)"),
        ("inf,54,2026-01-05,asb,,,", "Q_NONFINITE", "found \"longitude inf, latitude 54\", expected finite degrees"),
        ("NaN,54,2026-01-05,asb,,,", "Q_NONFINITE", "expected finite degrees"),
        ("2°18',54,2026-01-05,asb,,,", "Q_COORD_TYPE", "longitude: found \"2°18'\", expected a number in degrees"),
        ("\"2,3\",54,2026-01-05,asb,,,", "Q_COORD_TYPE", "found \"2,3\""),
        ("2.3,54.7,,asb,,,", "Q_NO_DATE", "date: found \"nothing\", expected ISO 8601"),
        ("2.3,54.7,05/01/2026,asb,,,", "Q_BAD_DATE", "date: found \"05/01/2026\", expected ISO 8601"),
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
    let mut text = b"lon,lat,date,category\n2.3,54.7,2026-01-05,\"two\nlines\"\n2.3,54.7,2026-01-05,caf\xe9\n".to_vec();
    text.extend(b"2.3,,2026-01-05,x\n");
    let (tally, refused) = check(&Input::Bytes("log.csv".into(), text)).unwrap();
    let found: Vec<_> = refused.iter().map(|one| (one.code.id(), one.line)).collect();
    assert_eq!(found, [("Q_ENCODING", Some(4)), ("Q_NO_GEOMETRY", Some(5))]);
    assert_eq!(tally.unmapped.keys().collect::<Vec<_>>(), ["two\nlines"]);
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
                 records after it cannot be told apart, so nothing was made"
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
    assert_eq!((refused[0].line, refused[0].raw.as_str()), (Some(3), "2.3,,2026-01-05,1A"));
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
            "Q_GEOM_TYPE",
        ),
        (
            format!(r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":[null,53]}},{properties}}}"#),
            "Q_GEOM_TYPE",
        ),
        (
            format!(r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":["1","53"]}},{properties}}}"#),
            "Q_GEOM_TYPE",
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
            "Q_NO_DATE",
        ),
        (r#"{"type":"Feature","geometry":"Point","properties":{}}"#.to_owned(), "Q_JSON"),
        (
            r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[NaN,54]},"properties":{}}"#.to_owned(),
            "Q_JSON",
        ),
    ] {
        let good =
            format!(r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":[2.3,54.7]}},{properties}}}"#);
        let text = format!("{{\"features\":[{good},\n{feature},\n{good}],\"type\":\"FeatureCollection\"}}");
        let (tally, refused) = check(&csv("a.geojson", &text)).unwrap();
        assert_eq!((tally.read, tally.accepted), (3, 2), "{feature}");
        assert_eq!((refused[0].code.id(), refused[0].line), (code, Some(2)), "{feature}");
    }
}

#[test]
fn unusable_files_say_what_they_are() {
    let message = |text: &str| check(&csv("log.txt", text)).unwrap_err().to_string();
    assert_eq!(message(""), "log.txt: is empty; expected reports as parquet, geojson, csv (plain or .gz)");
    assert_eq!(
        message("<html><body>Please log in"),
        "log.txt: is not a format that is read (it begins with \"<html><body>Please log in\"); expected parquet, geojson, csv \
         (plain or .gz)"
    );
    assert_eq!(message("lon,lat,date\n"), "log.txt: holds no records; expected at least one after the csv header");
    assert_eq!(
        message("lon,lat,when\n1,2,3\n"),
        "log.txt: no column for date; found lon, lat, when; expected one named like occurred_at, occurred_on, date, datetime, \
         date_time, incident_date, event_date, occurred, timestamp, month, year_month, or say which with --column date=NAME"
    );
    assert!(
        message("a,b,date\n1,2,3\n").starts_with("log.txt: no column for longitude; found a, b, date; expected one")
    );
    assert_eq!(
        message("lon,lat,date,date\n1,2,3,4\n"),
        "log.txt: two columns are named \"date\", so the one for date cannot be told; rename one"
    );
    let open = r#"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":{}},"#;
    assert_eq!(
        message(open),
        "log.txt: line 1, column 91: broken GeoJSON: the file ends inside the features; nothing after it can be trusted, so \
         nothing was made"
    );
    assert!(
        message(r#"{"type":"Topology","features":[]}"#)
            .contains("expected an object with \"type\": \"FeatureCollection\"")
    );
    let feature =
        r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[2.3,54.7]},"properties":{"date":"2026-01-05"}}"#;
    let with_crs = |crs: &str| format!(r#"{{"type":"FeatureCollection","features":[{feature}],"crs":{crs}}}"#);
    let named = |name: &str| with_crs(&format!(r#"{{"type":"name","properties":{{"name":"{name}"}}}}"#));
    for wgs84 in ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326"] {
        assert_eq!(check(&csv("a.geojson", &named(wgs84))).unwrap().0.accepted, 1);
    }
    assert!(message(&named("urn:ogc:def:crs:EPSG::27700")).starts_with("log.txt: has the reference system "));
    let link = with_crs(r#"{"type":"link","properties":{"href":"http://127.0.0.1:9/crs"}}"#);
    assert!(message(&link).ends_with("expected WGS84 longitude and latitude (EPSG:4326). Convert it first"));
    assert!(message("PAR1 but not really").starts_with("log.txt: cannot be read as parquet"));
    let mut reading = Reading::default();
    reading.columns.insert(Role::Date, "When".to_owned());
    let error = check_with(&csv("log.csv", "lon,lat,date\n1,2,3\n"), &reading).unwrap_err();
    assert_eq!(error.to_string(), "log.csv: --column date=When: there is no such column; found lon, lat, date");
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
    // Some features among the first 16 MiB: looked for, wherever they stand.
    let (tally, _) = check(&csv("a.geojson", &file(&[feature(""), feature(r#","severity":3"#)]))).unwrap();
    assert!(tally.columns.iter().any(|(role, _)| *role == Role::Severity));
    let filler = feature(&format!(r#","note":"{}""#, "x".repeat(1 << 16)));
    let mut features = vec![filler; 260];
    features.push(feature(r#","severity":3"#));
    let error = check(&csv("a.geojson", &file(&features))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a.geojson: record 261 has a property \"severity\", which none of the first 16 MiB has, so it was not looked for; put a \
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
    assert_eq!(error.to_string(), "cut.csv.gz: cannot be read as csv");
    assert!(std::error::Error::source(&error).is_some());
}
