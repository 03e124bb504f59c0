//! Systems of the EPSG registry that convert to WGS84 as PROJ does, to a centimetre. `systems.txt` lists them, and those that
//! need a grid of corrections; the test below makes the list anew.

use proj_core::{AxisOrder, CoordinateOperationId, CrsDef, SelectionOptions, Transform, lookup_epsg};

/// Lines of metres, operation and codes or ranges of codes. An operation is `-` for the library's choice, `x` for none.
const LIST: &str = include_str!("systems.txt");

/// Conversion of a system to WGS84.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Offered {
    /// Metres that the operation is accurate to, by the registry.
    pub(super) metres: f64,
    /// The operation, where the library's own choice is another than PROJ's.
    operation: Option<u32>,
}

/// First and last codes, and how they convert; of systems that are refused, the metres it would cost.
fn ranges() -> impl Iterator<Item = (u32, u32, Result<Offered, f64>)> {
    LIST.lines().filter(|line| !line.starts_with('#')).flat_map(|line| {
        let mut words = line.split(' ');
        let metres = words.next().and_then(|word| word.parse().ok()).unwrap_or(f64::NAN);
        let how = words.next().unwrap_or_default();
        let offered = if how == "x" { Err(metres) } else { Ok(Offered { metres, operation: how.parse().ok() }) };
        words.filter_map(move |range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            Some((first.parse().ok()?, last.parse().ok()?, offered))
        })
    })
}

/// Conversion of the system of a code; if it is refused for want of a grid, the metres that it would be off.
pub(super) fn of(code: u32) -> Result<Offered, Option<f64>> {
    let found = ranges().find(|(first, last, _)| (*first..=*last).contains(&code));
    found.map_or(Err(None), |(.., offered)| offered.map_err(Some))
}

/// Codes that are offered, in order, with the metres that each is accurate to.
#[cfg(feature = "cli")]
pub(super) fn codes() -> impl Iterator<Item = (u32, f64)> {
    let offered = ranges().filter_map(|(first, last, offered)| Some((first..=last, offered.ok()?.metres)));
    let mut codes: Vec<(u32, f64)> =
        offered.flat_map(|(codes, metres)| codes.map(move |code| (code, metres))).collect();
    codes.sort_by_key(|(code, _)| *code);
    codes.into_iter()
}

/// Names that Esri gives projections which the library knows by others.
const OF_ESRI: [(&str, &str); 4] = [
    ("\"Gauss_Kruger\"", "\"Transverse_Mercator\""),
    ("\"Albers\"", "\"Albers_Equal_Area\""),
    ("\"Hotine_Oblique_Mercator_Azimuth_Center\"", "\"Hotine_Oblique_Mercator_Variant_B\""),
    ("\"Hotine_Oblique_Mercator_Azimuth_Natural_Origin\"", "\"Hotine_Oblique_Mercator_Variant_A\""),
];

/// The code of the system that a definition in WKT or PROJJSON describes, if it is offered.
pub(in crate::format) fn code_of_definition(text: &str) -> Option<u32> {
    let text = OF_ESRI.iter().fold(text.to_owned(), |text, (esri, known)| text.replace(esri, known));
    let definition = proj_wkt::parse_crs(&text).ok()?.horizontal_crs()?;
    Some(definition.epsg()).filter(|code| *code > 0).or_else(|| by_definition(&definition))
}

/// The system that a definition without a code describes; of several of the same meaning the one of the likest name.
fn by_definition(definition: &CrsDef) -> Option<u32> {
    let definition = definition.horizontal_crs()?.with_axis_order(AxisOrder::EastNorth);
    let datum = definition.datum().epsg();
    let codes = ranges().filter(|(.., offered)| offered.is_ok()).flat_map(|(first, last, _)| first..=last);
    let of_datum = codes.filter_map(lookup_epsg).filter(|other| datum != 0 && other.datum().epsg() == datum);
    let meaning = proj_wkt::to_wkt(&definition).ok()?;
    let is_same = |other: &CrsDef| proj_wkt::to_wkt(other).is_ok_and(|other| means_the_same(&meaning, &other));
    let likeness = |other: &CrsDef| (strsim::jaro(&letters(other.name()), &letters(definition.name())) * 1000.0) as u32;
    of_datum.filter(is_same).max_by_key(likeness).map(|same| same.epsg())
}

/// True for definitions of one projection, with numbers that differ by rounding alone.
fn means_the_same(one: &str, other: &str) -> bool {
    // Names come before it, and codes after.
    let words = |wkt: &str| -> Vec<String> {
        let projection = wkt.find("PROJECTION[").unwrap_or(wkt.len());
        let words = wkt[projection..].split("AUTHORITY").next().unwrap_or_default().split(['[', ']', ',', '"']);
        words.filter(|word| !word.is_empty() && !word.starts_with("UNIT")).map(str::to_owned).collect()
    };
    let number = |word: &str| word.parse::<f64>().ok();
    let is_same = |(one, other): (&String, &String)| match (number(one), number(other)) {
        (Some(one), Some(other)) => (one - other).abs() <= 1e-9 * one.abs().max(1.0),
        _ => one == other,
    };
    let (one, other) = (words(one), words(other));
    one.len() == other.len() && one.iter().zip(&other).all(is_same)
}

/// The letters and digits of a name, in lower case.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The conversion of a system to WGS84.
pub(super) fn transform(code: u32, operation: Option<u32>) -> Option<Transform> {
    let of = lookup_epsg(code)?;
    let choice = SelectionOptions::new();
    let choice = match operation {
        Some(operation) => choice.with_operation(CoordinateOperationId(operation)),
        None => choice,
    };
    Transform::from_crs_defs_with_selection_options(&of, &lookup_epsg(4326)?, choice).ok()
}

impl Offered {
    /// The conversion of the system.
    pub(super) fn transform(self, code: u32) -> Option<Transform> {
        transform(code, self.operation)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proj_core::operation_candidates_between;

    use super::*;

    /// Greatest difference from PROJ, in metres.
    const MAX_DIFFERENCE: f64 = 0.01;
    /// Greatest error, by the registry, of an operation that is offered: less than the smallest cells.
    const MAX_METRES: f64 = 10.0;

    /// x, y, longitude, latitude.
    type Place = [f64; 4];

    /// Greatest distance in metres from where PROJ puts the places.
    fn difference(transform: &Transform, places: &[Place]) -> f64 {
        let distance = |[x, y, lng, lat]: &Place| match transform.convert((*x, *y)) {
            Ok((found_lng, found_lat)) => {
                let east = (found_lng - lng + 540.0).rem_euclid(360.0) - 180.0;
                (east * lat.to_radians().cos()).hypot(found_lat - lat) * 111_320.0
            }
            Err(_) => f64::INFINITY,
        };
        places.iter().map(distance).fold(0.0, |most, one| if one > most || one.is_nan() { one } else { most })
    }

    /// The operation by which a system agrees with PROJ; the inner `None` is the choice of the library.
    #[allow(clippy::option_option, reason = "the outer is for systems that do not agree")]
    fn agreeing(code: u32, places: &[Place]) -> Option<Option<u32>> {
        let agrees = |operation: &Option<u32>| {
            transform(code, *operation).is_some_and(|transform| difference(&transform, places) <= MAX_DIFFERENCE)
        };
        let candidates = || operation_candidates_between(&lookup_epsg(code)?, &lookup_epsg(4326)?).ok();
        let others = std::iter::once_with(candidates).flatten().flatten().map(|one| one.id.map(|id| id.0));
        std::iter::once(None).chain(others).find(agrees)
    }

    /// Against the points of `tests/clients/reference_systems.py`, named by `TENSIONMAP_POINTS`.
    #[test]
    #[allow(clippy::print_stdout, clippy::print_stderr, reason = "the figures of a check that people start")]
    fn offered_systems_are_those_that_agree() {
        let Some(points) = std::env::var_os("TENSIONMAP_POINTS") else {
            println!("skipped: TENSIONMAP_POINTS names no file of points");
            return;
        };
        let mut systems: BTreeMap<u32, (f64, Vec<Place>)> = BTreeMap::new();
        for line in std::fs::read_to_string(points).expect("a file of points").lines() {
            let numbers: Vec<f64> = line.split(',').map(|word| word.parse().expect("a number")).collect();
            let [code, x, y, lng, lat, metres] = numbers[..] else { panic!("{line}") };
            let (most, places) = systems.entry(code as u32).or_default();
            *most = most.max(metres);
            places.push([x, y, lng, lat]);
        }
        let mut lines: BTreeMap<(u64, String), Vec<u32>> = BTreeMap::new();
        for (code, (metres, places)) in &systems {
            let operation = match agreeing(*code, places) {
                _ if *metres > MAX_METRES => "x".to_owned(),
                Some(operation) => operation.map_or("-".to_owned(), |operation| operation.to_string()),
                None => continue,
            };
            lines.entry(((metres * 1000.0) as u64, operation)).or_default().push(*code);
        }
        let count: usize = systems.values().map(|(_, places)| places.len()).sum();
        let offered: usize = lines.iter().filter(|((_, how), _)| how != "x").map(|(_, codes)| codes.len()).sum();
        println!("{offered} of {} systems agree and are accurate enough, at {count} points", systems.len());
        let mut text =
            "# Made by tests/clients/reference_systems.py: metres, operation, codes. See offered.rs.\n".to_owned();
        for ((millimetres, operation), codes) in lines {
            text += &format!("{} {operation}", millimetres as f64 / 1000.0);
            for run in codes.chunk_by(|one, next| one + 1 == *next) {
                let (first, last) = (run[0], run[run.len() - 1]);
                text += &if first == last { format!(" {first}") } else { format!(" {first}-{last}") };
            }
            text.push('\n');
        }
        if std::env::var_os("TENSIONMAP_BLESS").is_some() {
            std::fs::write("src/format/crs/systems.txt", text).expect("the list can be written");
        } else {
            assert!(text == LIST, "systems.txt; TENSIONMAP_BLESS=1 writes it anew");
        }
    }

    #[test]
    fn every_offered_system_can_be_converted() {
        let mut count = 0;
        for (first, last, offered) in ranges() {
            let Ok(offered) = offered else { continue };
            for code in first..=last {
                assert!(offered.metres <= MAX_METRES && offered.transform(code).is_some(), "EPSG:{code}");
                count += 1;
            }
        }
        assert!(count > 3000, "{count}");
    }
}
