//! Real data as its publishers wrote it, against the counts of each set's README (`../shared/data/*/README.md`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tensionmap::Code;
use tensionmap::unstable::ingest::{NaiveTimes, Preset, ReadOptions, read};
use tensionmap::{FileTally, Role};
use tensionmap::{Incident, Input};

use crate::support::{shared, stderr, stdout, tensionmap};

/// The summary of a check by the program, which must not fail.
fn checked(folder: &str, args: &[&str]) -> Option<(Value, String)> {
    let folder = shared(folder)?;
    let output = tensionmap(&folder, &[&["check", "--json"], args].concat());
    let said = stderr(&output);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{args:?}: {said}");
    let mut summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    // The same as on standard error, by the name of the file.
    summary["notices"].take();
    let number = |key: &str| summary[key].as_u64().unwrap();
    assert_eq!(number("read"), number("accepted") + number("quarantined"), "{args:?}");
    Some((summary, said))
}

/// What a check that fails says.
fn refused(folder: &str, args: &[&str]) -> Option<String> {
    let output = tensionmap(&shared(folder)?, &[&["check", "--json"], args].concat());
    assert_eq!(output.status.code(), Some(4), "{args:?}: {}", stderr(&output));
    assert!(output.stdout.starts_with(b"{\"error\":{\"code\":\"E_"), "{args:?}: {}", stdout(&output));
    Some(stderr(&output))
}

fn incidents(path: &str, reading: &ReadOptions) -> Option<(FileTally, Vec<Incident>)> {
    let mut incidents = Vec::new();
    let input = Input::from(&shared(path)?);
    let tally = read(&input, reading, &mut |batch| incidents.extend(batch.incidents()), &mut |_| Ok(())).unwrap();
    assert_eq!(tally.accepted, incidents.len() as u64);
    Some((tally, incidents))
}

/// Twelve months of a police force, by a pattern: every row is there, and those without a place are known.
#[test]
fn leicesters_months_are_counted_to_the_row() {
    let pattern = "20??-??-leicestershire-street.csv.gz";
    let Some((all, said)) = checked("leicester/incidents", &[pattern]) else { return };
    assert_eq!(all["read"], 113_663);
    assert_eq!(all["codes"], json!({"Q_NO_GEOMETRY": all["quarantined"]}));
    assert_eq!(all["result"]["span"], json!(["2021-11-01", "2022-11-01"]));
    // One id is of two months, with another outcome in the second.
    assert_eq!(all["warnings"], json!({"W_DUP_ID": 1, "W_MONTH_ONLY": all["accepted"]}));
    assert_eq!(said.matches(": read as police-uk (").count(), 12, "{said}");
    // Rows without a longitude, found by another reader.
    let without = |path: &std::path::Path| {
        let file: Box<dyn std::io::Read> = match path.extension() {
            Some(gz) if gz == "gz" => Box::new(flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap())),
            _ => Box::new(std::fs::File::open(path).unwrap()),
        };
        let mut reader = ::csv::Reader::from_reader(file);
        reader.records().filter(|row| row.as_ref().unwrap()[4].is_empty()).count() as u64
    };
    let folder = shared("leicester/incidents").unwrap();
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let months = files.filter(|path| path.to_string_lossy().ends_with("-leicestershire-street.csv.gz"));
    assert_eq!(all["quarantined"], months.map(|path| without(&path)).sum::<u64>());
    for (file, read) in [
        ("2022-09-leicestershire-street.csv", 9492),
        ("2022-09-leicestershire-street.csv.gz", 9492),
        ("leicester-city-2019-12_2022-10-street.csv.gz", 141_592),
        ("leicester-city-2022-09.parquet", 4337),
    ] {
        let (summary, _) = checked("leicester/incidents", &[file]).unwrap();
        assert_eq!(summary["read"], read, "{file}");
        assert_eq!(summary["unmapped"], json!({}), "{file}");
        let unlocated =
            if file.contains("force") || file.starts_with("2022") { without(&folder.join(file)) } else { 0 };
        assert_eq!(summary["codes"].get("Q_NO_GEOMETRY").and_then(Value::as_u64).unwrap_or(0), unlocated, "{file}");
    }
}

/// Rows that are the same to the byte are incidents of their own where they have no id; repeated ids are told.
#[test]
fn alike_incidents_without_an_id_are_not_taken_for_one() {
    let Some((city, _)) = checked("leicester/incidents", &["leicester-city-2019-12_2022-10-street.csv.gz"]) else {
        return;
    };
    assert_eq!((&city["read"], &city["accepted"]), (&json!(141_592), &json!(141_592)));
    // "3 repeated Crime IDs in the city file".
    assert_eq!(city["warnings"]["W_DUP_ID"], 3, "{}", city["warnings"]);
}

#[test]
fn the_city_of_londons_crime_is_read_in_its_dialect() {
    let Some((street, said)) = checked("city-of-london-2023", &["street.csv"]) else { return };
    assert_eq!((&street["read"], &street["codes"]), (&json!(9298), &json!({"Q_NO_GEOMETRY": 797})));
    assert_eq!((&street["unmapped"], &street["warnings"]), (&json!({}), &json!({"W_MONTH_ONLY": 8501})));
    assert!(said.contains("street.csv: columns are separated by \";\""), "{said}");
    let (by_name, _) = checked("city-of-london-2023", &["street.csv", "--preset", "police-uk"]).unwrap();
    assert_eq!((&by_name["accepted"], &by_name["unmapped"]), (&json!(8501), &json!({})));
}

/// Records about people are refused unless asked for, whatever their columns are called.
#[test]
fn stop_and_search_is_refused_unless_asked_for() {
    let Some(said) = refused("city-of-london-2023", &["stop_and_search.csv"]) else { return };
    assert!(said.starts_with("error: E_DENIED_LAYOUT: stop_and_search.csv: looks like stop-and-search"), "{said}");
    let asked = ["stop_and_search.csv", "--preset", "stop-and-search"];
    let (summary, said) = checked("city-of-london-2023", &asked).unwrap();
    assert_eq!((&summary["read"], &summary["codes"]), (&json!(2384), &json!({"Q_NO_GEOMETRY": 563})));
    assert!(said.contains("--naive-times utc puts them on the right day"), "{said}");
    assert!(summary["warnings"]["W_LOCAL_MIDNIGHT"].as_u64() > Some(100), "{}", summary["warnings"]);
    let (utc, said) = checked("city-of-london-2023", &[&asked[..], &["--naive-times", "utc"]].concat()).unwrap();
    assert!(utc["warnings"].get("W_LOCAL_MIDNIGHT").is_none() && !said.contains("midnight"), "{said}");
    let people = ["stop_and_search.csv", "--preset", "stop-and-search", "--column", "source=gender"];
    let said = refused("city-of-london-2023", &people).unwrap();
    assert!(said.contains("E_DENIED_COLUMN") && said.contains("\"gender\" for source is about people"), "{said}");
}

/// June's dates were written as local midnight in UTC, a day early; every other month's moments stay where they are, but
/// for those of the last hour of a summer's day.
#[test]
fn junes_searches_come_to_the_right_day() {
    let days = |naive_times| {
        let zone = zone_of("Europe/London");
        let preset = Preset::named("stop-and-search").ok();
        let reading = ReadOptions { preset, naive_times, zone, ..ReadOptions::default() };
        let (_, incidents) = incidents("city-of-london-2023/stop_and_search.csv", &reading)?;
        let mut days = BTreeMap::<String, u64>::new();
        for incident in incidents {
            *days.entry(incident.when.start.to_string()).or_default() += 1;
        }
        Some(days)
    };
    let Some(local) = days(NaiveTimes::Local) else { return };
    let utc = days(NaiveTimes::Utc).unwrap();
    let june = |days: &BTreeMap<String, u64>| -> BTreeSet<String> {
        days.keys().filter(|day| day.starts_with("2023-06")).cloned().collect()
    };
    assert!(!june(&local).contains("2023-06-30") && june(&utc).contains("2023-06-30"));
    let next = |day: &String| (day.parse::<tensionmap::Day>().unwrap() + 1).to_string();
    assert!(june(&local).iter().all(|day| utc.get(&next(day)) == local.get(day)), "{local:?} {utc:?}");
    let winter = |days: &BTreeMap<String, u64>| -> Vec<(String, u64)> {
        days.iter().filter(|(day, _)| day.as_str() < "2023-03-26").map(|(day, n)| (day.clone(), *n)).collect()
    };
    assert_eq!(winter(&local), winter(&utc));
    assert_eq!(local.values().sum::<u64>(), utc.values().sum::<u64>());
}

/// Intervals: from when a car was parked to when it was missed; open at the end they are a day.
#[test]
fn new_yorks_thefts_are_intervals_in_csv_and_parquet() {
    let file = |extension: &str| format!("nyc_vehicle_thefts_2014_2017.{extension}");
    let of = |extension: &str| {
        checked("nyc-vehicle-thefts", &[&file(extension), "--timezone", "America/New_York"]).map(|(summary, _)| summary)
    };
    let Some(csv) = of("csv.gz") else { return };
    assert_eq!((&csv["read"], &csv["accepted"]), (&json!(35_746), &json!(35_746)));
    assert_eq!(csv["result"]["extent"], json!([-74.249_304, 40.498_905, -73.700_957, 40.911_356]));
    assert_eq!(csv, of("parquet").unwrap());
    let reading = ReadOptions { zone: zone_of("America/New_York"), ..ReadOptions::default() };
    let read = |extension: &str| incidents(&format!("nyc-vehicle-thefts/{}", file(extension)), &reading).unwrap();
    let ((csv, thefts), (parquet, same)) = (read("csv.gz"), read("parquet"));
    assert_eq!((csv.columns, thefts.len()), (parquet.columns, same.len()));
    let at = |thefts: &[Incident]| -> Vec<_> {
        let of = |one: &Incident| (one.when, one.known, one.at.lat().to_bits(), one.at.lng().to_bits());
        thefts.iter().map(of).collect()
    };
    assert!(at(&thefts) == at(&same));
    // Which rows are open at the end, and how long the others last, without our reader.
    let text = flate2::read::MultiGzDecoder::new(
        std::fs::File::open(shared(&format!("nyc-vehicle-thefts/{}", file("csv.gz"))).unwrap()).unwrap(),
    );
    let mut reader = ::csv::Reader::from_reader(text);
    let place = |name: &str, headers: &::csv::StringRecord| headers.iter().position(|header| header == name).unwrap();
    let headers = reader.headers().unwrap().clone();
    let (start, end) = (place("date_start", &headers), place("date_end", &headers));
    let mut open = 0;
    for (row, theft) in reader.records().map(Result::unwrap).zip(&thefts) {
        let day = |column: usize| row[column][..10].parse::<tensionmap::Day>().unwrap();
        let last = if row[end].is_empty() { day(start) } else { day(end) };
        open += u64::from(row[end].is_empty());
        assert_eq!((theft.when.start, theft.when.end), (day(start), last + 1), "{row:?}");
    }
    assert_eq!(open, 2852);
}

fn zone_of(name: &str) -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get(name).unwrap()
}

#[test]
fn conflict_events_are_recognised_with_their_precision() {
    let path = "ucdp-ged-car/GEDEvent_v23_1_car.geojson";
    let Some((tally, events)) = incidents(path, &ReadOptions::default()) else { return };
    assert_eq!((tally.read, tally.accepted), (1848, 1848));
    assert!(tally.notices.iter().any(|notice| notice.contains(": read as ucdp-ged (")), "{:?}", tally.notices);
    assert_eq!((tally.precisions[&1], tally.precisions[&6]), (1214, 29));
    assert_eq!(tally.precisions.values().sum::<u64>(), 1848);
    let days = events.iter().fold(("9999".to_owned(), String::new()), |(first, last), event| {
        (first.min(event.when.start.to_string()), last.max((event.when.end - 1).to_string()))
    });
    assert_eq!(days, ("1991-08-08".to_owned(), "2022-12-31".to_owned()));
    let several = events.iter().filter(|event| event.when.days() > 1).count() as f64 / 1848.0;
    assert!((several - 0.26).abs() < 0.005, "{several}");
    assert!(tally.columns.contains(&(Role::Precision, "where_prec".to_owned())), "{:?}", tally.columns);
    assert!(tally.unmapped.is_empty() && !tally.warnings.contains_key(&Code::DupId), "{:?}", tally.warnings);
}

/// What is no file of reports says which part of one it lacks.
#[test]
fn files_that_are_no_reports_say_what_they_lack() {
    let Some(said) = refused("uk-road-accident-points", &["heatmap-data.csv.gz"]) else { return };
    assert!(said.starts_with("error: E_COLUMN: heatmap-data.csv.gz: no column for date; found lng, lat;"), "{said}");
    for file in ["stl_hom.csv", "baltimore.geojson", "columbus.json"] {
        let said = refused("spatial-stats", &[file]).unwrap();
        assert!(said.starts_with(&format!("error: E_COLUMN: {file}: no column for date; found ")), "{said}");
    }
    // Counties are no points, in whatever text they are written.
    let (counties, _) = checked("spatial-stats", &["stl_hom.csv", "--column", "date=FIPSNO"]).unwrap();
    assert_eq!(counties["codes"], json!({"Q_GEOM_TYPE": 78}));
    let (tracts, _) = checked("spatial-stats", &["columbus.json", "--column", "date=NEIGNO"]).unwrap();
    assert_eq!(tracts["codes"], json!({"Q_GEOM_TYPE": 49}));
}

/// Feet of a local plane under the name of longitude and latitude: the numbers are impossible, and not one gets in.
#[test]
fn planar_units_are_never_taken_for_degrees() {
    let Some(path) = shared("spatial-stats/baltimore.geojson") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    let input =
        Input::Bytes("baltimore.geojson".into(), text.replace("\"STATION\":", "\"year\":2020,\"STATION\":").into());
    let mut places = 0;
    let tally = read(&input, &ReadOptions::default(), &mut |batch| places += batch.len(), &mut |_| Ok(())).unwrap();
    assert_eq!((tally.read, tally.accepted, places), (211, 0, 0));
    assert_eq!(tally.quarantined, BTreeMap::from([(Code::CoordRange, 211)]));
    assert!(tally.examples[0].to_string().contains("found \"907, 534\", expected a longitude from -180 to 180"));
}
