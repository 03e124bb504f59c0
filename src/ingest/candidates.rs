//! Systems that unnamed metres or feet may be in, by where each would put them. None is chosen: people must say which it is.

use super::Bbox;
use crate::format::{Converter, Crs};

/// A system in use in one place: its code, the place, and its box.
type InUse = (u32, &'static str, Degrees);

/// West, south, east and north.
pub(super) type Degrees = [f64; 4];

/// Area that positions are expected in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) bbox: Option<Degrees>,
    /// True if nothing elsewhere counts.
    pub(super) is_only: bool,
}

fn holds([west, south, east, north]: Degrees, lat: f64, lng: f64) -> bool {
    let between = if west <= east { (west..=east).contains(&lng) } else { lng >= west || lng <= east };
    between && (south..=north).contains(&lat)
}

/// Systems that files of reports are often in.
const IN_USE: [InUse; 41] = [
    (27700, "Great Britain", [-8.0, 49.8, 1.9, 60.9]),
    (29903, "Ireland", [-10.7, 51.3, -5.3, 55.5]),
    (2157, "Ireland", [-10.7, 51.3, -5.3, 55.5]),
    (28992, "the Netherlands", [3.2, 50.7, 7.3, 53.6]),
    (31370, "Belgium", [2.5, 49.4, 6.5, 51.6]),
    (3812, "Belgium", [2.5, 49.4, 6.5, 51.6]),
    (2169, "Luxembourg", [5.7, 49.4, 6.6, 50.2]),
    (2154, "France", [-5.2, 41.3, 9.7, 51.2]),
    (2056, "Switzerland", [5.9, 45.8, 10.5, 47.9]),
    (21781, "Switzerland", [5.9, 45.8, 10.5, 47.9]),
    (25829, "western Spain", [-9.5, 35.9, -6.0, 43.9]),
    (25830, "Spain", [-6.0, 35.2, 0.0, 43.9]),
    (25831, "eastern Spain", [0.0, 38.6, 4.4, 42.9]),
    (3763, "Portugal", [-9.6, 36.9, -6.1, 42.2]),
    (25832, "Germany, Denmark or Norway", [5.8, 47.2, 12.1, 63.0]),
    (25833, "eastern Germany or Norway", [12.0, 47.2, 18.1, 69.0]),
    (2180, "Poland", [14.1, 49.0, 24.2, 54.9]),
    (3006, "Sweden", [10.5, 55.2, 24.2, 69.1]),
    (3067, "Finland", [19.0, 59.7, 31.6, 70.1]),
    (3301, "Estonia", [21.7, 57.5, 28.3, 59.8]),
    (3346, "Lithuania", [20.9, 53.8, 26.9, 56.5]),
    (3765, "Croatia", [13.4, 42.3, 19.5, 46.6]),
    (3794, "Slovenia", [13.3, 45.4, 16.7, 46.9]),
    (2039, "Israel", [34.25, 29.4, 35.7, 33.3]),
    (3414, "Singapore", [103.5, 1.1, 104.1, 1.5]),
    (2326, "Hong Kong", [113.7, 22.1, 114.5, 22.6]),
    (3826, "Taiwan", [119.9, 21.8, 122.1, 25.4]),
    (2193, "New Zealand", [166.3, -47.4, 178.7, -34.3]),
    (2263, "New York", [-74.3, 40.4, -71.8, 41.4]),
    (2272, "Philadelphia", [-76.5, 39.6, -74.6, 40.7]),
    (2249, "Massachusetts", [-73.6, 41.4, -69.8, 42.9]),
    (26985, "Washington, D.C.", [-77.3, 38.7, -76.8, 39.1]),
    (2248, "Maryland", [-79.5, 37.9, -75.0, 39.8]),
    (3435, "Chicago", [-89.3, 37.0, -87.0, 42.6]),
    (2229, "Los Angeles", [-119.3, 33.3, -117.6, 34.9]),
    (2227, "San Francisco", [-122.8, 36.7, -120.9, 38.4]),
    (2926, "Seattle", [-124.4, 47.0, -120.3, 49.1]),
    (2276, "Dallas", [-103.0, 31.7, -94.0, 34.0]),
    (2278, "San Antonio or Houston", [-105.0, 27.7, -93.7, 30.7]),
    (2240, "Atlanta", [-85.7, 32.3, -83.8, 35.0]),
    (3857, "", [-180.0, -85.1, 180.0, 85.1]),
];

/// The island of Ireland and the sea round it, without land of Great Britain.
const IRELAND: Degrees = [-10.8, 51.3, -5.36, 55.25];

/// Most candidates that a message lists.
const MAX_LISTED: usize = 6;

/// True for a place where the British National Grid is not used, though it has coordinates for it.
pub(super) fn is_in_ireland(lat: f64, lng: f64) -> bool {
    holds(IRELAND, lat, lng)
}

/// Where the systems other than `not` would put metres, those in the expected area first; each with the setting that says so.
pub(super) fn listed(x: f64, y: f64, wanted: Wanted, not: Option<Crs>) -> Vec<String> {
    let place = |(code, name, area): &InUse| {
        let crs = Crs::named(&code.to_string()).ok().filter(|crs| Some(*crs) != not)?;
        let (lat, lng) = Converter::new(crs).ok()?.convert(x, y).ok()?;
        let is_foreign = crs == Crs::BritishNationalGrid && is_in_ireland(lat, lng);
        // Web Mercator has coordinates for everywhere; metres of a small grid would be off the coast of Africa.
        let is_plausible =
            holds(*area, lat, lng) && !is_foreign && (*code != 3857 || x.abs().max(y.abs()) > 1_200_000.0);
        let name = if name.is_empty() { String::new() } else { format!(" in {name}") };
        let is_expected = wanted.bbox.is_some_and(|bbox| holds(bbox, lat, lng));
        is_plausible.then(|| (is_expected, format!("--input-crs {crs} puts them near {lat:.2}, {lng:.2}{name}")))
    };
    let (mut found, others): (Vec<_>, Vec<_>) =
        IN_USE.iter().filter_map(place).partition(|(is_expected, _)| *is_expected);
    let zones = if found.is_empty() && !wanted.is_only { zones(x, y) } else { None };
    // The usual area says where data is likely, not where it is.
    if !wanted.is_only {
        found.extend(others);
    }
    found.into_iter().map(|(_, text)| text).take(MAX_LISTED).chain(zones).collect()
}

/// Settings of the systems that would put metres into one of these boxes.
pub(crate) fn grids_in((x, y): (f64, f64), boxes: &[Bbox]) -> Vec<String> {
    let only = |bbox: &Bbox| Wanted { bbox: Some(bbox.sides()), is_only: true };
    let mut found: Vec<String> = boxes.iter().flat_map(|bbox| listed(x, y, only(bbox), None)).collect();
    found.dedup();
    found
}

/// Systems in zones, which the numbers alone do not tell apart.
fn zones(x: f64, y: f64) -> Option<String> {
    let fits = (160_000.0..840_000.0).contains(&x) && (1_100_000.0..9_900_000.0).contains(&y);
    fits.then(|| {
        let zone = "in UTM, the code is that of the zone, such as EPSG:32610 (10 north) or EPSG:32756 (56 south)";
        if (5_600_000.0..8_900_000.0).contains(&y) {
            format!("{zone}, EPSG:7856 in Australia")
        } else {
            zone.to_owned()
        }
    })
}

/// Advice on metres whose system is not stated, in a file with other columns too.
pub(super) fn advice(x: f64, y: f64, wanted: Wanted, others: &[String]) -> String {
    let listed = listed(x, y, wanted, None);
    let systems = if listed.is_empty() {
        "they look like metres of a projected grid: say which with --input-crs EPSG:N, or convert the file to EPSG:4326 first"
            .to_owned()
    } else {
        format!("say which system they are in: {}", listed.join(", or "))
    };
    let begins = |starts: &[&str]| {
        let is_one = |name: &&String| starts.iter().any(|start| name.to_lowercase().starts_with(start));
        others.iter().find(is_one)
    };
    match begins(&["lon", "lng"]).zip(begins(&["lat"])) {
        Some((lng, lat)) => format!(
            "{systems}. Its columns {lng:?} and {lat:?} may have degrees: --column longitude={lng:?} --column latitude={lat:?}"
        ),
        None => systems,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_in_use_is_offered() {
        for (code, ..) in IN_USE {
            assert!(Crs::named(&code.to_string()).is_ok(), "EPSG:{code}");
        }
    }

    #[test]
    fn candidates_are_where_their_systems_are_used() {
        let codes = |x: f64, y: f64, wanted: Wanted| -> Vec<String> {
            let word = |text: &String| text.split(' ').nth(1).unwrap_or_default().replace("EPSG:", "");
            listed(x, y, wanted, None).iter().map(word).collect()
        };
        let uk = Wanted { bbox: Some([-8.75, 49.8, 1.85, 60.95]), is_only: false };
        let anywhere = Wanted { bbox: None, is_only: false };
        assert_eq!(codes(458_000.0, 304_000.0, uk)[0], "27700");
        assert_eq!(codes(333_829.0, 372_557.0, uk)[..2], ["27700", "29903"]);
        // The grid of Great Britain would put these into Ireland.
        assert_eq!(codes(121_568.9, 486_666.6, uk), ["28992"]);
        assert_eq!(codes(602_471.1, 198_782.0, uk)[..2], ["27700", "21781"]);
        assert_eq!(codes(333_829.0, 372_557.0, Wanted { is_only: true, ..uk }), ["27700", "29903"]);
        assert_eq!(codes(-8_840_927.7, 5_422_117.3, anywhere), ["3857"]);
        assert_eq!(codes(492_940.5, 5_456_377.4, anywhere).last().map(String::as_str), Some("UTM,"));
        assert!(codes(1.0, 1.0, uk).is_empty());
    }
}
