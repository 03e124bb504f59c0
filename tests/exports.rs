//! Files as people have them (`../shared/data/exports`, `format-cases`): one row a case. A file is read, or refused with a way out,
//! and the way out is then gone.

use std::path::Path;

use crate::support::{shared, stderr, stdout, tensionmap};

/// A command on a case, its exit code, and what it says.
type Row = (&'static [&'static str], i32, &'static str);

const ALL_80: &str = "read 80 = accepted 80 + quarantined 0";
const POINTS: &str = "00-common/points.geojson";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Study areas and wards from the containers that mapping agencies publish.
    (&["map", POINTS, "--area", "01-boundary-gpkg-27700/city_27700.gpkg"], 0, "accepted 80"),
    (&["map", POINTS, "--area", "01-boundary-gpkg-27700/city_4326.gpkg"], 0, "accepted 80"),
    (&["rollup", POINTS, "--areas", "01-boundary-gpkg-27700/wards_27700.gpkg", "--name", "WD23NM"], 0, "accepted 80"),
    (&["rollup", POINTS, "--areas", "02-boundary-shp-27700/wards.shp", "--name", "WD23NM"], 0, "accepted 80"),
    (&["rollup", POINTS, "--areas", "02-boundary-shp-27700/wards4326.shp", "--name", "WD23NM"], 0, "accepted 80"),
    (&["rollup", POINTS, "--areas", "03-ons-geojson-27700/wards_crs.geojson", "--name", "WD23NM"], 0, "accepted 80"),
    (&["rollup", POINTS, "--areas", "03-ons-geojson-27700/wards_nocrs.geojson", "--name", "WD23NM"], 4, "looks like metres of a grid"),
    (&["rollup", POINTS, "--areas", "03-ons-geojson-27700/wards_nocrs.geojson@EPSG:27700", "--name", "WD23NM"], 0, "accepted 80"),
    (&["map", POINTS, "--context", "03-ons-geojson-27700/wards_crs.geojson:districts"], 0, "accepted 80"),
    (&["map", POINTS, "--context", "44-label-scripts/wards_scripts.geojson:districts"], 0, "4 names in Chinese characters, Devanagari, Hangul and Thai cannot be drawn"),
    (&["map", POINTS, "--context", "44-label-scripts/wards_scripts.geojson:districts", "--title", "한국동"], 2, "give --font FILE with a font that has them, such as Noto Sans CJK"),
    (&["map", POINTS, "--area", "30-boundary-oddities/city.fgb"], 0, "accepted 80"),
    (&["map", POINTS, "--area", "30-boundary-oddities/city.kml"], 0, "accepted 80"),
    (&["map", POINTS, "--area", "30-boundary-oddities/city.parquet"], 0, "accepted 80"),
    (&["check", "--area", "09-esri-json/area_esri.json"], 0, "read 1 = accepted 1"),
    (&["map", "10-geojson-3857/points_3857.geojson", "--area", "10-geojson-3857/city_3857.geojson"], 0, "accepted 80"),
    // Workbooks, archives, other vector formats.
    (&["check", "04-xlsx/log.xlsx"], 4, "no column for date; found Ref, Date Reported"),
    (&["check", "04-xlsx/log.xlsx", "--column", "date=Date Reported"], 0, ALL_80),
    (&["check", "04-xlsx/log.ods", "--column", "date=Date Reported"], 0, ALL_80),
    (&["check", "21-policeuk-zip/download.zip"], 3, "read 80 = accepted 71 + quarantined 9"),
    (&["check", "20-other-vector/incidents_shp.zip"], 0, ALL_80),
    (&["check", "20-other-vector/incidents.kml"], 0, ALL_80),
    (&["check", "20-other-vector/incidents.gml"], 4, "is GML; convert it"),
    (&["check", "20-other-vector/incidents.tab"], 4, "is a MapInfo table; convert it"),
    (&["check", "20-other-vector/incidents.gdb"], 4, "is an Esri file geodatabase; export its layer as GeoPackage"),
    (&["check", "20-other-vector/incidents.sqlite"], 4, "is an SQLite database other than a GeoPackage; convert it"),
    (&["check", "20-other-vector/incidents.topojson"], 4, "TopoJSON; convert it to GeoJSON first"),
    (&["check", "09-esri-json/dc_4326.json"], 4, "no column for date; found CCN, REPORTDATETIME"),
    (&["check", "09-esri-json/dc_4326.json", "--column", "date=REPORTDATETIME", "--date-format", "epoch-ms"], 0, "accepted"),
    (&["check", "09-esri-json/dc_26985.json", "--column", "date=REPORTDATETIME", "--date-format", "epoch-ms"], 0, "EPSG:26985"),
    // Layers.
    (&["check", "25-gpkg-points/inc_two_layers.gpkg"], 0, "layer incidents is read, the only one of incidents, wards with points"),
    (&["rollup", "25-gpkg-points/inc_two_layers.gpkg", "--areas", "25-gpkg-points/inc_two_layers.gpkg", "--name", "WD23NM"], 0, "accepted 80"),
    (&["check", "25-gpkg-points/inc_25832.gpkg"], 0, ALL_80),
    (&["check", "25-gpkg-points/inc_3857.gpkg"], 0, ALL_80),
    (&["check", "25-gpkg-points/inc_4258_etrs89.gpkg"], 0, "read as degrees of WGS84, accurate to"),
    (&["check", "24-geometry-kinds/multipoint.gpkg"], 0, ALL_80),
    (&["check", "24-geometry-kinds/multipoint.shp"], 0, ALL_80),
    (&["check", "24-geometry-kinds/pointz.gpkg"], 0, ALL_80),
    // Dates: the format that a message proposes reads the file.
    (&["check", "15-uk-ddmmyyyy/asb.csv"], 3, "--date-format \"%d/%m/%Y %H:%M\""),
    (&["check", "15-uk-ddmmyyyy/asb.csv", "--date-format", "%d/%m/%Y %H:%M"], 0, ALL_80),
    (&["check", "15-uk-ddmmyyyy/asb_thousands_ddmonyy.csv", "--date-format", "%d-%b-%y"], 0, "separators of thousands"),
    (&["check", "06-chicago-csv/chicago.csv", "--date-format", "%m/%d/%Y %I:%M:%S %p"], 0, ALL_80),
    (&["check", "17-odd-dates/serial.csv", "--date-format", "excel"], 0, ALL_80),
    (&["check", "17-odd-dates/serial.csv", "--date-format", "epoch-s"], 4, "dates from 2025-06-09 to 2026-02-21 by excel; give --date-format excel"),
    (&["check", "17-odd-dates/serialfrac.csv", "--date-format", "epoch-s"], 4, "E_DATE_SCALE"),
    (&["check", "17-odd-dates/epochs.csv", "--date-format", "epoch-ms"], 4, "which is 1970-01-21 by epoch-ms; they are dates from 2025-06-09"),
    (&["check", "17-odd-dates/epochs.csv", "--date-format", "epoch-s"], 0, ALL_80),
    (&["check", "17-odd-dates/epochms.csv", "--date-format", "epoch-s"], 4, "give --date-format epoch-ms"),
    (&["check", "17-odd-dates/epochms.csv", "--date-format", "epoch-ms"], 0, ALL_80),
    (&["check", "17-odd-dates/yyyymmdd.csv", "--date-format", "epoch-s"], 4, "give --date-format %Y%m%d"),
    // Dates typed wrong, and dates that stand for none.
    (&["map", "38-typo-dates/future_2052.csv", "--area", "00-common/city.geojson"], 0, "as-of 2026-02-22, the day after the latest report"),
    (&["map", "38-typo-dates/future_2052.csv"], 0, "which end on 2026-02-21: 2052-01-05 (line 82)"),
    (&["map", "38-typo-dates/future_2052.csv", "--as-of", "2060-01-06"], 2, "give --as-of 2052-01-06"),
    (&["map", "38-typo-dates/year_0025.csv"], 0, "which begin on 2025-06-09: 0025-08-05 (line 82)"),
    (&["check", "38-typo-dates/year_1900.csv"], 3, "this one stands for none"),
    (&["check", "17-odd-dates/monthname.csv", "--date-format", "%b-%y"], 0, ALL_80),
    (&["check", "17-odd-dates/week.csv"], 0, ALL_80),
    (&["check", "17-odd-dates/quarter.csv"], 0, ALL_80),
    (&["check", "17-odd-dates/fy.csv", "--date-format", "financial-year"], 0, ALL_80),
    (&["check", "08-arcgis-hub-epochms/mci.geojson", "--column", "date=OCC_DATE", "--date-format", "epoch-ms"], 3, "Q_N"),
    (&["check", "18-vancouver-utm-ymd/crimedata_csv.csv", "--input-crs", "EPSG:26910", "--timezone", "America/Vancouver"], 3, "dates are put together from the columns YEAR, MONTH, DAY"),
    // Positions in other words.
    (&["check", "06-chicago-csv/location_only.csv", "--timezone", "America/Chicago"], 0, "accepted"),
    (&["check", "06-chicago-csv/location_wkt.csv", "--timezone", "America/Chicago"], 0, "accepted"),
    (&["check", "28-no-coordinates/gridref.csv"], 0, ALL_80),
    (&["check", "28-no-coordinates/postcode.csv"], 4, "--gazetteer FILE looks \"Postcode\" up"),
    (&["check", "28-no-coordinates/wardcode.csv", "--gazetteer", "00-common/wards.geojson:WD23CD"], 3, "choose larger cells with --resolution 6"),
    (&["check", "28-no-coordinates/wardcode.csv", "--gazetteer", "00-common/wards.geojson:WD23CD", "--resolution", "6"], 0, ALL_80),
    (&["check", "28-no-coordinates/w3w.csv"], 4, "E_COLUMN"),
    // Grids that are not said.
    (&["check", "26-ni-irish-grid/psni.csv"], 0, "fit another system too: --input-crs EPSG:29903 puts them near 54.58, -5.93 in Ireland"),
    (&["check", "26-ni-irish-grid/psni.csv", "--input-crs", "EPSG:29903"], 0, "accepted 60"),
    (&["check", "46-other-grids/epsg28992.csv"], 4, "EPSG:28992"),
    (&["check", "46-other-grids/epsg28992.csv", "--input-crs", "EPSG:28992"], 0, "accepted 40"),
    (&["check", "46-other-grids/epsg2263.csv", "--input-crs", "EPSG:2263", "--column", "longitude=X_COORD", "--column", "latitude=Y_COORD"], 0, "accepted 40"),
    (&["check", "26-ni-irish-grid/psni.csv", "--timezone", "Europe/Dublin"], 4, "--input-crs EPSG:29903 puts them near 54.58, -5.93 in Ireland"),
    (&["check", "46-other-grids/epsg28992.csv", "--timezone", "Europe/Amsterdam"], 4, "EPSG:28992 puts them near 52.37, 4.90"),
    // Well-formed places that are wrong.
    (&["check", "22-null-sentinels/sentinels.csv"], 3, "Q_NULL_ISLAND           6"),
    (&["check", "22-null-sentinels/sentinels.csv"], 3, "a coordinate of 0 stands for a missing one"),
    (&["check", "23-swapped/swapped_chicago.csv"], 4, "outside the latitudes where people live, and would be in it with latitude and longitude swapped"),
    (&["check", "23-swapped/swapped_chicago.csv", "--timezone", "America/Chicago"], 4, "E_SUSPECT_SWAP"),
    (&["check", "23-swapped/nosign_chicago.csv"], 0, "with the other sign of longitude they would be in America/Chicago"),
    (&["check", "23-swapped/nosign_chicago.csv", "--timezone", "America/Chicago"], 4, "would be in it with the other sign of longitude"),
    (&["check", "23-swapped/swapped_nairobi.csv"], 0, "with latitude and longitude swapped they would be in Africa/Nairobi"),
    (&["check", "23-swapped/swapped_nairobi.csv", "--timezone", "Africa/Nairobi"], 4, "E_SUSPECT_SWAP"),
    (&["map", "23-swapped/swapped_nairobi.csv", "--area", "00-common/city.geojson"], 4, "60 of 60 reports, such as one at"),
    (&["map", POINTS, "--area", "30-boundary-oddities/swapped.geojson"], 4, "the study area would be where the reports are with latitude and longitude swapped"),
    (&["map", POINTS, "--area", "30-boundary-oddities/swapped.geojson", "--outside-area", "keep"], 0, "accepted 80"),
    (&["rollup", "23-swapped/swapped_nairobi.csv", "--areas", "00-common/wards.geojson", "--name", "WD23NM"], 4, "E_OUTSIDE_AREA"),
    (&["map", "39-outlier-position/one_at_1_1.csv"], 3, "Q_NULL_ISLAND 1"),
    (&["map", "39-outlier-position/one_missing_minus.csv"], 0, "line 82 at 52.63, 1.13, 153 km away; with the other sign of longitude it would be among them"),
    // Layouts of text.
    (&["check", "16-title-rows/asb.csv"], 0, "the header is line 3; 2 lines above left out"),
    (&["check", "16-title-rows/asb_trailing_total.csv"], 0, "accepted 80"),
    (&["check", "45-text-layout/cr_only.csv"], 0, ALL_80),
    (&["check", "45-text-layout/trailing_semicolon.csv"], 0, ALL_80),
    (&["check", "45-text-layout/space_after_comma.csv"], 0, ALL_80),
    (&["check", "45-text-layout/ctrlz.csv"], 0, "accepted 80"),
    (&["check", "45-text-layout/jsonp.js"], 4, "is JSONP"),
    (&["check", "45-text-layout/html_error.csv"], 4, "is a web page"),
    (&["check", "45-text-layout/lfs_pointer.csv"], 4, "is a pointer of Git LFS"),
    (&["check", "45-text-layout/arcgis_error.geojson"], 4, "is an error of a map service"),
    // Two positions of a record: one counts, and where they differ it is said.
    (&["check", "40-geojson-props-conflict/dc_xy.geojson", "--timezone", "America/New_York"], 0, "(geojson; geometry, date=date)"),
    (&["check", "40-geojson-props-conflict/props_differ.geojson"], 0, "80 of 80 records have another position in lon, lat"),
    (&["check", "40-geojson-props-conflict/props_differ.geojson", "--column", "longitude=lon", "--column", "latitude=lat"], 0, "as --column says, and not of the geometry; 80 of 80 records"),
    (&["check", "40-geojson-props-conflict/props_null.geojson"], 0, "only compared with the position: lon, lat"),
    (&["check", "40-geojson-props-conflict/props_zero.geojson"], 0, "only compared with the position: longitude, latitude"),
    (&["check", "40-geojson-props-conflict/uk_en.geojson"], 0, "(geojson; geometry, date=date"),
    (&["check", "40-geojson-props-conflict/uk_en.geojson", "--column", "easting=Easting"], 0, "positions are those of Easting, Northing"),
    // Latitude and longitude swapped: the way out is there for geometries and for columns.
    (&["check", "23-swapped/swapped.geojson"], 4, "--input-crs WGS84:latlon reads them so"),
    (&["check", "23-swapped/swapped.geojson", "--input-crs", "WGS84:latlon"], 0, ALL_80),
    (&["check", "23-swapped/swapped_nairobi.csv", "--bbox", "36,-2,38,0"], 4, "--column longitude=\"latitude\" --column latitude=\"longitude\" reads them so"),
    // A part of a layer.
    (&["check", "45-text-layout/exceeded.geojson"], 0, "exceeded.geojson: is only a part of its data, 80 records: it has exceededTransferLimit"),
    (&["map", "45-text-layout/exceeded.geojson"], 0, "W_PART 1"),
    // Days in text and in JSON.
    (&["check", POINTS], 0, "span 2025-06-09 to 2026-02-21, both included"),
    (&["check", POINTS, "--json"], 0, "\"first_day\":\"2025-06-09\",\"last_day\":\"2026-02-21\""),
    // Parquet.
    (&["check", "47-parquet/gp_4326.parquet"], 0, "(parquet; geometry, date=date, category=category, id=ref)"),
    (&["check", "47-parquet/decimal.parquet"], 0, ALL_80),
    (&["check", "47-parquet/gp_geoarrow.parquet"], 0, ALL_80),
    (&["check", "47-parquet/gp_27700.parquet"], 0, ALL_80),
    (&["check", "47-parquet/ts_ns_tz_dict.parquet"], 0, ALL_80),
    // Tables of indicators.
    (&["check", "--indicator", "43-indicator-tables/thousands.csv:population:extensive", "--areas", "43-indicator-tables/wards.geojson"], 0, "1,234"),
    (&["check", "--indicator", "43-indicator-tables/pct.csv:population:intensive", "--areas", "43-indicator-tables/wards.geojson"], 0, "12.5%"),
    (&["check", "--indicator", "43-indicator-tables/suppressed.csv:population:extensive", "--areas", "43-indicator-tables/wards.geojson"], 3, "Q_SUPPRESSED"),
    (&["check", "--indicator", "43-indicator-tables/lower.csv:population:extensive", "--areas", "43-indicator-tables/wards.geojson"], 3, "--key-rule"),
    (&["check", "--indicator", "43-indicator-tables/geoid_lost_zero.csv:population:extensive", "--areas", "43-indicator-tables/tracts.geojson", "--key", "GEOID"], 3, "--key-rule"),
    // Files that other programs read.
    (&["check", "--indicator", "../format-cases/geoparquet2_point.parquet::count"], 3, "read 4 = accepted 2 + quarantined 2"),
    (&["check", "--indicator", "../format-cases/geoparquet_point_native.parquet::count"], 3, "read 4 = accepted"),
    (&["check", "--area", "../format-cases/areas.geojsonl"], 0, "accepted"),
    (&["check", "../format-cases/binary_with_comma.bin", "--encoding", "windows-1252"], 4, "E_"),
];

#[test]
fn every_case_is_read_or_refused_with_a_way_out() {
    let Some(folder) = shared("exports") else { return };
    let out = tempfile::tempdir().unwrap();
    let result = |name: &str| out.path().join(name).display().to_string();
    let mut wrong = Vec::new();
    for (args, code, says) in ROWS {
        let [png, csv] = ["m.png", "m.csv"].map(result);
        let written: &[&str] = match args[0] {
            "map" => &["-o", &png, "--manifest", "none"],
            "rollup" => &["-o", &csv, "--manifest", "none"],
            _ => &[],
        };
        let output = tensionmap(&folder, &[args, written].concat());
        let said = stdout(&output) + &stderr(&output);
        if output.status.code() != Some(*code) || !said.contains(says) {
            wrong.push(format!("{args:?}: {:?}, not {code} with {says:?}:\n{said}", output.status.code()));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), ROWS.len(), wrong.join("\n"));
}

/// Every folder of cases has a row, so that none is forgotten.
#[test]
fn no_case_is_left_out() {
    let Some(folder) = shared("exports") else { return };
    for case in std::fs::read_dir(folder).unwrap() {
        let name = case.unwrap().file_name().to_string_lossy().into_owned();
        let has_row = ROWS.iter().any(|(args, ..)| args.iter().any(|arg| Path::new(arg).starts_with(&name)));
        assert!(has_row, "{name}");
    }
}
