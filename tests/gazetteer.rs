//! Gazetteers: postcodes, property numbers, codes and names that become positions.

use crate::support::{checked, put, shared, stderr, tensionmap};

const ONSPD: &str = "pcd,pcd2,pcds,dointr,doterm,oseast1m,osnrth1m,osgrdind,lat,long\n\
    LE1 6TP,LE1  6TP,LE1 6TP,198001,,458276,304280,1,52.633156,-1.140375\n\
    LE2 1AA,LE2  1AA,LE2 1AA,198001,,459000,303000,6,52.621500,-1.129900\n\
    JE2 3AB,JE2  3AB,JE2 3AB,198001,,,,9,99.999999,0.000000\n\
    LE3 9ZZ,LE3  9ZZ,LE3 9ZZ,198001,201506,457000,304000,1,52.630700,-1.159200\n";
const LOG: &str = "id,date,Postcode,category\n1,2025-06-09,le1 6tp,asb\n2,2025-06-10,LE16TP,asb\n3,2025-06-11,LE9 9XX,asb\n\
    4,2025-06-12,JE2 3AB,asb\n5,2025-06-13,LE3 9ZZ,asb\n6,2025-06-14,LE2 1AA,asb\n7,2025-06-15,,asb\n";

/// Postcodes of any case and spacing are looked up; each that has no position says why.
#[test]
fn postcodes_become_positions() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(at, "ONSPD.csv", ONSPD);
    put(at, "log.csv", LOG);
    let (code, said) = checked(at, &["log.csv", "--gazetteer", "ONSPD.csv"]);
    assert_eq!(code, Some(3), "{said}");
    for expected in [
        "place=Postcode",
        "read 7 = accepted 2 + quarantined 5",
        "Q_NO_PLACE              3",
        "Q_COARSE                1",
        "Q_NO_GEOMETRY           1",
        "found \"LE9 9XX\", expected a value of pcds in ONSPD.csv, such as LE1 6TP",
        "found \"JE2 3AB\", expected a value of pcds in ONSPD.csv with a position; this one has none",
        "found \"LE3 9ZZ\", expected a value of pcds in ONSPD.csv that is in use; this one is no longer",
        "ONSPD.csv: 4 places by pcds, at long, lat",
        "extent -1.1404,52.6332",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    // A postcode on the mean of its sector is within 2 km of it.
    let (_, said) = checked(at, &["log.csv", "--gazetteer", "ONSPD.csv", "--coarse", "point"]);
    assert!(said.contains("read 7 = accepted 3 + quarantined 4"), "{said}");
}

/// Layouts of publishers are recognised, with easting and northing too; others are named column by column.
#[test]
fn layouts_are_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(at, "post.csv", "date,postcode\n2025-06-09,LE1 6TP\n");
    put(at, "uprn.csv", "date,UPRN\n2025-06-09,0100023336956\n2025-06-09,100023336956.0\n");
    put(at, "ward.csv", "date,WD23CD\n2025-06-09,E05000001\n");
    put(at, "street.csv", "date,Road\n2025-06-09,St Johns Road\n");
    for (log, name, gazetteer, more) in [
        (
            "post.csv",
            "nspl.csv",
            "pcd7,pcd8,pcds,dointr,doterm,east1m,north1m,gridind,lat,long\nLE1 6TP,LE1  6TP,LE1 6TP,1,,458276,304280,1,52.633156,-1.140375\n",
            &[][..],
        ),
        (
            "post.csv",
            "cpo.csv",
            "Postcode,Positional_quality_indicator,Eastings,Northings\nLE1 6TP,10,458276,304280\n",
            &[],
        ),
        (
            "post.csv",
            "le.csv",
            "\"LE1 6TP\",10,458276,304280,\"E92000001\",\"\",\"\",\"\",\"E06000016\",\"E05010458\"\n\"LE1 6TQ\",10,458000,304000,\"E92000001\",\"\",\"\",\"\",\"E06000016\",\"E05010458\"\n",
            &[],
        ),
        (
            "uprn.csv",
            "osopenuprn.csv",
            "UPRN,X_COORDINATE,Y_COORDINATE,LATITUDE,LONGITUDE\n100023336956,458276.00,304280.00,52.6331560,-1.1403750\n",
            &[],
        ),
        (
            "ward.csv",
            "wards.csv",
            "FID,WD23CD,WD23NM,LAT,LONG,Shape__Area\n1,E05000001,Castle,52.633156,-1.140375,90000.0\n",
            &[],
        ),
        (
            "street.csv",
            "roads.csv:street:e:n",
            "street,e,n\nSt. John's Road,458276,304280\n",
            &["--column", "place=Road"],
        ),
        (
            "ward.csv",
            "points.geojson",
            r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"WD23CD":"E05000001"},"geometry":{"type":"Point","coordinates":[-1.140375,52.633156]}}]}"#,
            &["--coarse", "point"],
        ),
    ] {
        put(at, name.split(':').next().unwrap(), gazetteer);
        let (code, said) = checked(at, &[&[log, "--gazetteer", name], more].concat());
        assert_eq!(code, Some(0), "{name}: {said}");
        assert!(said.contains("52.633") && said.contains("-1.140"), "{name}: {said}");
    }
}

/// One key with the same position twice is fine; with two positions it has none.
#[test]
fn a_key_with_two_positions_is_refused_for_those_who_use_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(at, "g.csv", "street,lon,lat\nHigh Street,1,52\nHigh Street,1,52\nMill Lane,1,52\nMill Lane,1.5,52\n");
    put(at, "log.csv", "date,Street\n2025-06-09,HIGH STREET\n2025-06-09,mill lane\n");
    let (code, said) = checked(at, &["log.csv", "--gazetteer", "g.csv"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("read 2 = accepted 1 + quarantined 1"), "{said}");
    assert!(
        said.contains(
            "found \"mill lane\", expected a value of street in g.csv with one position; this one has several"
        ),
        "{said}"
    );
}

/// A report's own position counts, and the gazetteer helps those without one.
#[test]
fn own_positions_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(at, "g.csv", ONSPD);
    put(at, "log.csv", "date,lon,lat,postcode\n2025-06-09,-1.15,52.62,LE1 6TP\n2025-06-09,,,LE1 6TP\n");
    let (code, said) = checked(at, &["log.csv", "--gazetteer", "g.csv"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("accepted 2") && said.contains("extent -1.1500,52.6200 to -1.1404,52.6332"), "{said}");
}

/// A gazetteer that cannot be used says what it lacks, and obeying helps.
#[test]
fn what_cannot_be_used_says_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(at, "log.csv", "date,spot\n2025-06-09,A1\n");
    put(at, "g.csv", "label,across,up\nA1,458276,304280\n");
    let refused = |args: &[&str]| {
        let (code, said) = checked(at, args);
        assert!(code != Some(0), "{said}");
        said
    };
    let said = refused(&["log.csv", "--gazetteer", "g.csv"]);
    assert!(said.contains("the gazetteer g.csv cannot be used: no column for the key; found label, across, up; say which with FILE:KEY"), "{said}");
    let said = refused(&["log.csv", "--gazetteer", "g.csv:label"]);
    assert!(
        said.contains("no columns for the position; found label, across, up; say which with FILE:KEY:X:Y"),
        "{said}"
    );
    let said = refused(&["log.csv", "--gazetteer", "g.csv:label:across:up"]);
    assert!(said.contains("the key of the gazetteer g.csv is not among them either: --column place=NAME"), "{said}");
    let (code, said) = checked(at, &["log.csv", "--gazetteer", "g.csv:label:across:up", "--column", "place=spot"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("52.63"), "{said}");
    let said = refused(&["log.csv", "--column", "place=spot"]);
    assert!(said.contains("a table to look its values up in, with --gazetteer FILE"), "{said}");
    let said = refused(&["log.csv", "--gazetteer", "nowhere.csv"]);
    assert!(said.contains("nowhere.csv"), "{said}");
}

/// A gazetteer is an option of an input too, and is named in the manifest.
#[test]
fn each_input_may_have_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(at, "g.csv", ONSPD);
    put(at, "wards.csv", "WD23CD,lat,long\nE05000001,52.62,-1.15\n");
    put(at, "post.csv", "date,postcode\n2025-06-09,LE1 6TP\n");
    put(at, "ward.csv", "date,WD23CD\n2025-06-10,E05000001\n");
    let args =
        ["map", "post.csv,gazetteer=g.csv", "ward.csv,gazetteer=wards.csv", "--coarse", "point", "-o", "map.geojson"];
    let done = tensionmap(at, &args);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let manifest = std::fs::read_to_string(at.join("map.manifest.json")).unwrap();
    assert!(manifest.contains("\"role\": \"gazetteer\"") || manifest.contains("\"role\":\"gazetteer\""), "{manifest}");
    assert!(manifest.contains("wards.csv") && manifest.contains("g.csv"), "{manifest}");
}

/// The files of the shared exports: postcodes and ward codes with a table for them.
#[test]
fn exports_without_coordinates_are_read() {
    let Some(exports) = shared("exports/28-no-coordinates") else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(at, "onspd.csv", ONSPD);
    let mut wards = "WD23CD,WD23NM,lat,long\n".to_owned();
    for ward in 1..=9 {
        wards += &format!("E0500000{ward},Ward {ward},52.6{ward},-1.1{ward}\n");
    }
    put(at, "wards.csv", &wards);
    for (log, gazetteer) in
        [("postcode.csv", "onspd.csv"), ("wardcode.csv", "wards.csv"), ("ward.csv", "wards.csv:WD23NM")]
    {
        let log = exports.join(log).display().to_string();
        let (code, said) = checked(at, &[&log, "--gazetteer", gazetteer, "--coarse", "point"]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("read 80 = accepted 80 + quarantined 0"), "{said}");
    }
}

/// Areas are a gazetteer too: a report by its ward lies inside the ward, and counts in it alone.
#[test]
fn areas_place_their_codes() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let ward = |code: &str, west: f64| {
        let (east, ring) = (west + 0.02, |x: f64, y: f64| format!("[{x},{y}]"));
        let corners =
            [ring(west, 52.6), ring(east, 52.6), ring(east, 52.65), ring(west, 52.65), ring(west, 52.6)].join(",");
        format!(
            r#"{{"type":"Feature","properties":{{"WD23CD":"{code}"}},"geometry":{{"type":"Polygon","coordinates":[[{corners}]]}}}}"#
        )
    };
    let wards = [ward("E05000001", -1.2), ward("E05000002", -1.18)].join(",");
    put(at, "wards.geojson", &format!(r#"{{"type":"FeatureCollection","features":[{wards}]}}"#));
    put(
        at,
        "log.csv",
        "date,WD23CD\n2025-06-09,E05000001\n2025-06-10,e05000001 \n2025-06-10,E05000002\n2025-06-10,E05000003\n",
    );
    let (code, said) = checked(at, &["log.csv", "--gazetteer", "wards.geojson"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("wards.geojson: 2 places by WD23CD, at their geometry"), "{said}");
    assert!(
        said.contains("Q_COARSE                3") && said.contains("a place known to 7.51 km² of ground"),
        "{said}"
    );
    let args = [
        "rollup",
        "log.csv",
        "--gazetteer",
        "wards.geojson",
        "--areas",
        "wards.geojson",
        "--name",
        "WD23CD",
        "-o",
        "out.csv",
    ];
    let done = tensionmap(at, &[&args[..], &["--max-rejects", "1"]].concat());
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let table = std::fs::read_to_string(at.join("out.csv")).unwrap();
    let mut rows = table.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let column = rows.next().unwrap().iter().position(|name| name == "reports").unwrap();
    let reports: Vec<String> = rows.map(|row| row[column].clone()).collect();
    assert_eq!(reports, ["2", "1"], "{table}");
    // The wards of the shared exports, by code and by name.
    let Some(exports) = shared("exports") else { return };
    let wards = exports.join("00-common/wards.geojson").display().to_string();
    for (log, gazetteer) in [("wardcode.csv", wards.clone()), ("ward.csv", wards.clone() + ":WD23NM")] {
        let log = exports.join("28-no-coordinates").join(log).display().to_string();
        let args = [
            "rollup",
            &log,
            "--gazetteer",
            &gazetteer,
            "--areas",
            &wards,
            "--name",
            "WD23NM",
            "-v",
            "-o",
            "shared.csv",
        ];
        let done = tensionmap(at, &args);
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        let said = stderr(&done);
        assert!(said.contains("read 80 = accepted 80") && !said.contains("in no count"), "{said}");
    }
}
