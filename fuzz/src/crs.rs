//! Reference systems: codes, URNs, addresses, WKT and PROJJSON, and positions in what they name.

use tensionmap::unstable::format::Crs;
use tensionmap::unstable::ingest::ReadOptions;

use crate::Choice;
use crate::outcome::{bytes, read};

/// A text that may name or describe a system, and a position in it.
pub fn crs(data: &[u8]) {
    let mut choice = Choice(data);
    let (x, y) = (f64::from(choice.byte()) * 40_000.0, f64::from(choice.byte()) * 40_000.0);
    let Ok(text) = std::str::from_utf8(choice.rest()) else { return };
    let named = Crs::named(text);
    assert_eq!(named, Crs::named(text));
    assert_eq!(text.parse::<Crs>().ok(), named.clone().ok());
    let Ok(crs) = named else { return };
    assert_eq!(Crs::named(&crs.to_string()), Ok(crs));
    let mut reading = ReadOptions::default();
    reading.file.crs = Some(crs);
    let Ok(found) = read(&bytes("x.csv", format!("x,y,date\n{x},{y},2022-09-17\n")), &reading) else { return };
    for (lat, lng, _) in &found.incidents {
        let (lat, lng) = (f64::from_bits(*lat), f64::from_bits(*lng));
        assert!((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lng), "{crs}: {lat} {lng}");
    }
}
