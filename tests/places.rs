//! Positions in other words than two columns of numbers: one column of any form, grid references, degrees and minutes, collections of
//! one point, and what is known of their precision.

use tensionmap::unstable::code::Code;
use tensionmap::unstable::ingest::{FileTally, IngestError, ReadOptions, Role, read};
use tensionmap::{Incident, Input, LatLng, Resolution};

use crate::support::{checked, csv, put, shared, stderr, tensionmap};

fn read_with(input: &Input, options: &ReadOptions) -> Result<(FileTally, Vec<Incident>), IngestError> {
    let mut incidents = Vec::new();
    let tally = read(input, options, &mut |batch| incidents.extend(batch.incidents()), &mut |_| Ok(()))?;
    Ok((tally, incidents))
}

/// Latitudes and longitudes of the reports of a file, and its notices.
fn places(input: &Input) -> (Vec<(f64, f64)>, Vec<String>) {
    let (tally, incidents) = read_with(input, &ReadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(tally.quarantined(), 0, "{:?}", tally.examples);
    (incidents.iter().map(|incident| (incident.at.lat(), incident.at.lng())).collect(), tally.notices)
}

fn error(input: &Input) -> String {
    match read_with(input, &ReadOptions::default()) {
        Err(error) => error.to_string(),
        Ok((tally, _)) => panic!("{tally}"),
    }
}

/// The place that all inputs of these tests write in their own words.
const LAT: f64 = 52.633_156;
const LNG: f64 = -1.140_375;

fn assert_there(input: &Input, tolerance: f64) -> Vec<String> {
    let (found, notices) = places(input);
    assert!(!found.is_empty(), "{input:?}");
    for (lat, lng) in found {
        assert!((lat - LAT).abs() < tolerance && (lng - LNG).abs() < tolerance, "{input:?}: {lat} {lng}");
    }
    notices
}

/// One column holds the position, in a form that its first rows show.
#[test]
fn one_column_of_any_form_is_read() {
    let digits = [LNG, LAT].iter().flat_map(|number| number.to_le_bytes()).map(|byte| format!("{byte:02X}"));
    let hex = "0101000020E6100000".to_owned() + &digits.collect::<String>();
    for (column, value) in [
        ("Location", "(52.633156, -1.140375)"),
        ("geo_point_2d", "52.633156, -1.140375"),
        ("GPS", "52.633156 -1.140375 81.2 4.9"),
        ("latlng", "52.633156;-1.140375"),
        ("lon_lat", "-1.140375,52.633156"),
        ("location", "POINT (-1.140375 52.633156)"),
        ("the_geom", "SRID=4326;POINT(-1.140375 52.633156)"),
        ("geom", &hex),
        ("wkt", "MULTIPOINT ((-1.140375 52.633156))"),
        ("location", r#"{"type":"Point","coordinates":[-1.140375,52.633156]}"#),
        ("location", r#"{"latitude":"52.633156","longitude":"-1.140375"}"#),
        ("coordinates", "[-1.140375, 52.633156]"),
        ("position", "52°37'59.3616\"N 1°08'25.35\"W"),
    ] {
        let file = format!("id,date,{column}\n1,2025-06-09,\"{}\"\n", value.replace('"', "\"\""));
        assert_there(&csv("log.csv", &file), 1e-9);
    }
    let hash = geohash::encode(geohash::Coord { x: LNG, y: LAT }, 9).unwrap();
    let cell = LatLng::new(LAT, LNG).unwrap().cell(Resolution::Twelve);
    for (column, value) in
        [("geohash", hash.clone()), ("position", hash), ("h3", cell.to_string()), ("location", cell.to_string())]
    {
        assert_there(&csv("log.csv", &format!("id,date,{column}\n1,2025-06-09,{value}\n")), 2e-4);
    }
    assert_there(&csv("log.csv", "id,date,Grid Ref\n1,2025-06-09,SK 5827 0428\n2,2025-06-09,sk58270428\n"), 2e-4);
    let two = "date,Latitude,Longitude\n2025-06-09,52°37'59.3616\"\"N,1 08 25.35 W\n2025-06-09,52.633156N,-1.140375\n";
    assert_there(&csv("log.csv", &two.replace("52°37'59.3616\"\"N", "\"52°37'59.3616\"\"N\"")), 1e-9);
}

/// A reference of one letter is of the Irish Grid.
#[test]
fn irish_references_are_read() {
    let (found, _) = places(&csv("log.csv", "date,Grid Ref\n2025-06-09,O 15903 34671\n"));
    // The Spire in Dublin.
    assert!((found[0].0 - 53.3498).abs() < 1e-3 && (found[0].1 + 6.2603).abs() < 1e-3, "{found:?}");
}

/// A column is told by what is in it, if its name says nothing; what could be anything is not guessed.
#[test]
fn a_column_is_found_by_its_content() {
    let said = assert_there(&csv("log.csv", "date,note,spot\n2025-06-09,at home,\"(52.633156, -1.140375)\"\n"), 1e-9);
    let expected = "log.csv: positions are the pairs of numbers in the column \"spot\", latitude first; --column lon-lat=\"spot\" reads \
                    them the other way round";
    assert!(said.iter().any(|notice| notice == expected), "{said:?}");
    // An address is no position, and another column is.
    assert_there(&csv("log.csv", "date,Location,spot\n2025-06-09,12 High Street,POINT (-1.140375 52.633156)\n"), 1e-9);
    let json = r#"[{"date":"2025-06-09","location":{"lat":52.633156,"lon":-1.140375}}]"#;
    assert_there(&csv("log.json", json), 1e-9);
    for location in
        ["[-1.140375,52.633156]", "\"52.633156,-1.140375\"", r#"{"type":"Point","coordinates":[-1.140375,52.633156]}"#]
    {
        assert_there(&csv("log.json", &format!(r#"[{{"date":"2025-06-09","location":{location}}}]"#)), 1e-9);
    }
    assert_there(&csv("log.json", r#"[{"date":"2025-06-09","geo_point_2d":[52.633156,-1.140375]}]"#), 1e-9);
    let said = error(&csv("log.csv", "date,Location,range\n2025-06-09,12 High Street,\"12, 34\"\n"));
    assert!(
        said.starts_with("log.csv: no column for the position; found date, Location, range; expected longitude and"),
        "{said}"
    );
    assert!(said.contains("wkt, geohash or h3), or a key (place) to look up with --gazetteer FILE"), "{said}");
    let said = error(&csv("log.csv", "date,Postcode\n2025-06-09,LE1 6TP\n"));
    assert!(
        said.ends_with("; --gazetteer FILE looks \"Postcode\" up in a table of positions, such as ONSPD"),
        "{said}"
    );
}

/// A column that was stated is read, whatever else the file has.
#[test]
fn a_stated_column_wins() {
    let file = csv("log.csv", "date,lon,lat,spot\n2025-06-09,5,5,\"52.633156, -1.140375\"\n");
    let options = ReadOptions { columns: [(Role::Position, "spot".to_owned())].into(), ..ReadOptions::default() };
    let (tally, incidents) = read_with(&file, &options).unwrap();
    assert_eq!((incidents[0].at.lat(), incidents[0].at.lng()), (LAT, LNG));
    assert_eq!(tally.columns, [(Role::Position, "spot".to_owned()), (Role::Date, "date".to_owned())]);
    let feature = r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[5,5]},"properties":{"date":"2025-06-09","x":-1.140375,"y":52.633156}}"#;
    let columns = [(Role::Longitude, "x".to_owned()), (Role::Latitude, "y".to_owned())].into();
    let (_, incidents) =
        read_with(&csv("log.geojsonl", feature), &ReadOptions { columns, ..ReadOptions::default() }).unwrap();
    assert_eq!((incidents[0].at.lat(), incidents[0].at.lng()), (LAT, LNG));
}

/// Values that are no position of their column are quarantined one by one, with what would be one.
#[test]
fn values_that_are_no_position_say_so() {
    let file = "date,position\n2025-06-09,\"52.633156, -1.140375\"\n2025-06-09,town hall\n2025-06-09,\"52,63; -1,14\"\n\
                2025-06-09,sk458304\n2025-06-09,\n2025-06-09,\"POLYGON ((0 0, 1 1, 0 1, 0 0))\"\n2025-06-09,\"95, -1\"\n";
    let (tally, incidents) = read_with(&csv("log.csv", file), &ReadOptions::default()).unwrap();
    assert_eq!(incidents.len(), 1);
    let codes = [(Code::NoGeometry, 1), (Code::GeomType, 1), (Code::CoordType, 3), (Code::CoordRange, 1)];
    assert_eq!(tally.quarantined, codes.into());
    let said = tally.to_string();
    for expected in [
        "position: found \"town hall\", expected a position, such as 52.6369, -1.1398 (latitude first), POINT",
        "found \"52,63; -1,14\", expected",
        "--decimal ',' says that numbers have a comma",
        "this could be a grid reference or a geohash: say which with --column grid-reference=NAME",
    ] {
        assert!(said.contains(expected), "{said}");
    }
}

/// Pairs that only make sense the other way round stop the run, and the way out works.
#[test]
fn pairs_in_the_other_order_are_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(
        at,
        "chicago.csv",
        "date,Location\n2025-06-09,\"-87.638801, 41.890112\"\n2025-06-10,\"-87.619324, 41.842697\"\n",
    );
    let (code, said) = checked(at, &["chicago.csv", "--timezone", "America/Chicago"]);
    assert_eq!(code, Some(4), "{said}");
    let expected = "E_SUSPECT_SWAP: chicago.csv: 2 of its positions in \"Location\" only make sense the other way round: read with the \
                    latitude first, they are where no reports are expected; --column lon-lat=\"Location\" reads them so";
    assert!(said.contains(expected), "{said}");
    let (code, said) = checked(at, &["chicago.csv", "--timezone", "America/Chicago", "--column", "lon-lat=Location"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("41.84") && said.contains("-87.6"), "{said}");
    // Within the United Kingdom, and with the longitude first by name.
    put(at, "uk.csv", "date,lonlat\n2025-06-09,\"52.633156, -1.140375\"\n");
    let (code, said) = checked(at, &["uk.csv"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("--column lat-lon=\"lonlat\" reads them so"), "{said}");
    assert_eq!(checked(at, &["uk.csv", "--column", "lat-lon=lonlat"]).0, Some(0));
    // Arrays have the longitude first, but for those that do not.
    put(at, "arrays.json", r#"[{"date":"2025-06-09","location":[52.633156,-1.140375]}]"#);
    let (code, said) = checked(at, &["arrays.json"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("--column lat-lon=\"location\" reads them so"), "{said}");
    assert_eq!(checked(at, &["arrays.json", "--column", "lat-lon=location"]).0, Some(0));
    // Latitude and longitude in two columns have letters that say which is which.
    put(at, "letters.csv", "date,lat,lon\n2025-06-09,1.140375W,52.633156N\n");
    let (_, said) = checked(at, &["letters.csv"]);
    assert!(said.contains("longitude: found \"52.633156N\", expected a longitude with the letter E or W"), "{said}");
}

/// Metres with separators of thousands are read; no advice moves reports into the sea.
#[test]
fn thousands_in_metres_are_read() {
    for (east, north) in
        [("458,276", "304,280"), ("458 276", "304 280"), ("458'276", "304'280"), ("458,276.0", "304,280.0")]
    {
        let file = format!("date,Easting,Northing\n2025-06-09,\"{east}\",\"{north}\"\n");
        let said = assert_there(&csv("log.csv", &file), 2e-4);
        let expected = format!("log.csv: 1 positions such as {east}, {north} are read with separators of thousands");
        assert!(said.contains(&expected), "{said:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(at, "xy.csv", "date,x,y\n2025-06-09,\"458,276\",\"304,280\"\n");
    let (code, said) = checked(at, &["xy.csv"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(
        !said.contains("--decimal") && said.contains("x≈458276, y≈304280") && said.contains("--input-crs EPSG:27700"),
        "{said}"
    );
    let (code, said) = checked(at, &["xy.csv", "--input-crs", "EPSG:27700"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("52.63"), "{said}");
    // With a decimal comma the point separates, and the comma does not.
    put(at, "point.csv", "date,Easting,Northing\n2025-06-09,458.276,304.280\n");
    let (code, said) = checked(at, &["point.csv"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("if a point separates thousands, --decimal ',' says so"), "{said}");
    let (code, said) = checked(at, &["point.csv", "--decimal", ","]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("52.63"), "{said}");
    put(at, "comma.csv", "date,Easting,Northing\n2025-06-09,\"458,276\",\"304,280\"\n");
    let (code, said) = checked(at, &["comma.csv", "--decimal", ","]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("here the comma separates thousands, so leave out --decimal ','"), "{said}");
    assert_eq!(checked(at, &["comma.csv"]).0, Some(0));
    // A decimal comma in degrees is what it was.
    put(at, "degrees.csv", "date,lon,lat\n2025-06-09,\"-1,140\",\"52,633\"\n");
    let (_, said) = checked(at, &["degrees.csv"]);
    assert!(said.contains("--decimal ',' says that numbers have a comma"), "{said}");
    assert_eq!(checked(at, &["degrees.csv", "--decimal", ","]).0, Some(0));
}

/// A collection of one point is this point in GeoJSON; one of more is none.
#[test]
fn a_collection_of_one_point_is_read() {
    let feature =
        |geometry: &str| format!(r#"{{"type":"Feature","geometry":{geometry},"properties":{{"date":"2025-06-09"}}}}"#);
    let only = [
        r#"{"type":"MultiPoint","coordinates":[[-1.140375,52.633156]]}"#,
        r#"{"coordinates":[[-1.140375,52.633156,80]],"type":"MultiPoint"}"#,
        r#"{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[-1.140375,52.633156]}]}"#,
        r#"{"type":"MultiPoint","coordinates":[[-1.140375,52.633156]]}"#,
    ];
    let file = only.map(feature).join("\n");
    let said = assert_there(&csv("log.geojsonl", &file), 1e-12);
    assert_eq!(
        said.last().map(String::as_str),
        Some("log.geojsonl: 4 collections of one point are read as this point")
    );
    for (geometry, found) in [
        (r#"{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}"#, "MultiPoint"),
        (r#"{"type":"MultiPoint","coordinates":[]}"#, "MultiPoint"),
        (r#"{"type":"GeometryCollection","geometries":[]}"#, "GeometryCollection"),
        (
            r#"{"type":"GeometryCollection","geometries":[{"type":"LineString","coordinates":[[1,2],[3,4]]}]}"#,
            "GeometryCollection",
        ),
    ] {
        let (tally, _) = read_with(&csv("log.geojsonl", &feature(geometry)), &ReadOptions::default()).unwrap();
        assert_eq!(tally.quarantined, [(Code::GeomType, 1)].into(), "{geometry}");
        assert_eq!(tally.examples[0].value, found);
    }
}

/// Collections of one point as QGIS and ArcGIS write them, in every format.
#[test]
fn one_point_in_every_container() {
    for (file, count) in [("multipoint.gpkg", 80), ("multipoint.shp", 80)] {
        let Some(path) = shared(&format!("exports/24-geometry-kinds/{file}")) else { return };
        let (tally, _) = read_with(&Input::from(&path), &ReadOptions::default()).unwrap();
        assert_eq!((tally.accepted, tally.quarantined()), (count, 0), "{tally}");
        assert!(
            tally.notices.iter().any(|notice| notice.ends_with("80 collections of one point are read as this point"))
        );
    }
}

const SQUARES: &str =
    "date,Grid Ref,category\n2025-06-09,SK 5827 0428,asb\n2025-06-09,SK 58 04,asb\n2025-06-10,SK 582 042,asb\n";

/// A kilometre square is larger than a cell of 0.74 km², and no point in it.
#[test]
fn what_is_known_to_less_than_a_cell_is_held_back() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(at, "log.csv", SQUARES);
    let (code, said) = checked(at, &["log.csv"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("read 3 = accepted 2 + quarantined 1") && said.contains("Q_COARSE"), "{said}");
    let expected = "found \"a place known to 1.00 km² of ground\", expected no more than a cell of resolution 8, 0.74 km²; choose larger cells \
                    with --resolution 7, count such reports in areas with `tensionmap rollup`, or take them as points with --coarse point";
    assert!(said.contains(expected), "{said}");
    // Each way out works.
    for way in [["--resolution", "7"], ["--coarse", "point"]] {
        let (code, said) = checked(at, &[&["log.csv"], &way[..]].concat());
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("read 3 = accepted 3"), "{said}");
    }
    let wards = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"name":"City"},"geometry":{"type":"Polygon","coordinates":[[[-1.3,52.5],[-1,52.5],[-1,52.8],[-1.3,52.8],[-1.3,52.5]]]}}]}"#;
    put(at, "wards.geojson", wards);
    let rollup = |file: &str, more: &[&str]| {
        let done = tensionmap(
            at,
            &[&["rollup", file, "--areas", "wards.geojson", "--name", "name", "-o", "out.csv", "-v"], more].concat(),
        );
        (done.status.code(), stderr(&done), std::fs::read_to_string(at.join("out.csv")).unwrap_or_default())
    };
    let (code, said, table) = rollup("log.csv", &[]);
    assert_eq!(code, Some(0), "{said}");
    let reports = |table: &str| {
        let mut rows = table.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        let column = rows.next().unwrap().iter().position(|name| name == "reports").unwrap();
        rows.next().unwrap()[column].clone()
    };
    assert_eq!(reports(&table), "3");
    // An area is too small for a square of 100 km².
    put(at, "wide.csv", &(SQUARES.to_owned() + "2025-06-10,SK 50,asb\n"));
    put(
        at,
        "wards.geojson",
        &wards.replace("-1.3", "-1.2").replace("[-1,", "[-1.1,").replace("52.5", "52.6").replace("52.8", "52.66"),
    );
    let (_, said, table) = rollup("wide.csv", &[]);
    assert_eq!(reports(&table), "3");
    assert!(
        said.contains("known to no more than ground larger than the area they lie in, which are in no count: 1"),
        "{said}"
    );
    put(at, "page.csv", &(SQUARES.to_owned() + "2025-06-11,SK 58 04,asb\n"));
    let done = tensionmap(at, &["map", "page.csv", "-o", "map.svg", "--max-rejects", "2"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let page = std::fs::read_to_string(at.join("map.svg")).unwrap();
    assert!(page.contains("Q_COARSE 2"), "{}", page.len());
}

/// Metres in a column, codes of a layout, and the accuracy that a telephone adds, all tell how precise a position is.
#[test]
fn precision_comes_from_many_places() {
    let cells = ReadOptions { cells: Some(Resolution::Eight), ..ReadOptions::default() };
    let counts = |name: &str, file: &str| {
        let (tally, _) = read_with(&csv(name, file), &cells).unwrap();
        (tally.accepted, tally.quarantined.get(&Code::Coarse).copied().unwrap_or(0), tally.quarantined())
    };
    let metres = "date,lon,lat,accuracy\n2025-06-09,1,52,5\n2025-06-09,1,52,\n2025-06-09,1,52,900\n2025-06-09,1,52,x\n";
    assert_eq!(counts("log.csv", metres), (2, 1, 2));
    assert_eq!(counts("log.csv", "date,gps\n2025-06-09,52 1 80 900\n2025-06-09,52 1 80 9\n"), (1, 1, 1));
    let ucdp = "id,date_start,date_end,type_of_violence,where_prec,latitude,longitude\n\
                1,2020-01-01,2020-01-01,3,1,5,20\n2,2020-01-01,2020-01-01,3,2,5,20\n3,2020-01-01,2020-01-01,3,6,5,20\n";
    assert_eq!(counts("ged.csv", ucdp), (1, 2, 2));
    assert_eq!(counts("log.csv", "date,h3\n2025-06-09,88195e4d23fffff\n"), (1, 0, 0));
    assert_eq!(counts("log.csv", "date,geohash\n2025-06-09,gcrh7\n2025-06-09,gcrh76t\n"), (1, 1, 1));
    // A file that says nothing of it is a file of points.
    assert_eq!(counts("log.csv", "date,lon,lat\n2025-06-09,1,52\n"), (1, 0, 0));
}

/// Files as downloaded that write positions in other words.
#[test]
fn exports_are_read_as_they_come() {
    let Some(folder) = shared("exports") else { return };
    for (file, more, accepted, extent) in [
        ("06-chicago-csv/location_only.csv", &["--timezone", "America/Chicago"][..], 80, "41."),
        ("06-chicago-csv/location_wkt.csv", &["--timezone", "America/Chicago"], 80, "41."),
        ("24-geometry-kinds/multipoint.gpkg", &[], 80, "52.6"),
        ("24-geometry-kinds/multipoint.shp", &[], 80, "52.6"),
        ("28-no-coordinates/gridref.csv", &[], 80, "52.6"),
        ("15-uk-ddmmyyyy/asb_thousands_ddmonyy.csv", &["--date-format", "%d-%b-%y"], 80, "52.6"),
    ] {
        let (code, said) = checked(&folder, &[&[file], more].concat());
        assert_eq!(code, Some(0), "{file}: {said}");
        assert!(said.contains(&format!("read {accepted} = accepted {accepted} + quarantined 0")), "{file}: {said}");
        assert!(said.contains(extent), "{file}: {said}");
    }
    for file in ["w3w.csv", "postcode.csv", "ward.csv", "wardcode.csv"] {
        let (code, said) = checked(&folder, &[&format!("28-no-coordinates/{file}")]);
        assert_eq!(code, Some(4), "{said}");
        assert!(said.contains("no column for the position"), "{said}");
        assert_eq!(said.contains("only its owner turns what3words into positions"), file == "w3w.csv", "{said}");
    }
    // 80 reports, and longitude 0 within the box of the country.
    let (_, said) = checked(&folder, &["22-null-sentinels/sentinels.csv"]);
    assert!(said.contains("read 99 = accepted 81 + quarantined 18"), "{said}");
}
