//! Places of time zones: the box of each zone's towns, and its largest towns.

use std::sync::LazyLock;

use super::Bbox;
use super::strays::kilometres;

/// A time zone and where people live in it.
#[derive(Debug)]
struct ZonePlaces {
    name: &'static str,
    bbox: Bbox,
    /// Latitudes and longitudes of large towns.
    towns: &'static str,
}

impl ZonePlaces {
    fn towns(&self) -> impl Iterator<Item = (f64, f64)> {
        let town =
            |pair: &str| pair.split_once(',').and_then(|(lat, lng)| Some((lat.parse().ok()?, lng.parse().ok()?)));
        self.towns.split(' ').filter_map(town)
    }
}

static TABLE: &str = include_str!("zone_places.txt");

static ZONES: LazyLock<Vec<ZonePlaces>> = LazyLock::new(|| TABLE.lines().filter_map(parse).collect());

fn parse(line: &'static str) -> Option<ZonePlaces> {
    let mut parts = line.split('|');
    let (name, bbox, towns) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
    Some(ZonePlaces { name, bbox, towns })
}

/// Box of the towns of a time zone; `None` for clocks without a place, such as UTC.
pub(crate) fn bbox(zone: &str) -> Option<Bbox> {
    // The default needs no search.
    if zone == "Europe/London" {
        return Some(Bbox::UNITED_KINGDOM);
    }
    let row = |name: &str| TABLE.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('|')));
    let link = || TABLE.lines().filter_map(|line| line.split_once('=')).find(|(name, _)| *name == zone);
    row(zone).or_else(|| row(link()?.1)).and_then(parse).map(|zone| zone.bbox)
}

/// True within 60 km of one of the largest towns of a time zone.
pub(crate) fn is_near_town(lat: f64, lng: f64) -> bool {
    let near = |zone: &&ZonePlaces| zone.bbox.widened(0.6).holds(lat, lng);
    ZONES.iter().filter(near).flat_map(ZonePlaces::towns).any(|town| kilometres(town, (lat, lng)) < 60.0)
}

/// Time zones whose box holds a position, at most three, the one with the nearest large town first.
pub(crate) fn around(lat: f64, lng: f64) -> Vec<&'static str> {
    let nearest =
        |zone: &ZonePlaces| zone.towns().map(|town| kilometres(town, (lat, lng))).fold(f64::INFINITY, f64::min);
    let holding = ZONES.iter().filter(|zone| zone.bbox.holds(lat, lng));
    let mut found: Vec<(f64, &str)> = holding.map(|zone| (nearest(zone), zone.name)).collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
    found.into_iter().map(|(_, name)| name).take(3).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_every_link_leads_to_one() {
        let rows = TABLE.lines().filter(|line| line.contains('|') && !line.starts_with('#')).count();
        assert_eq!((ZONES.len(), rows > 390), (rows, true));
        for (name, target) in TABLE.lines().filter_map(|line| line.split_once('=')) {
            assert!(bbox(target).is_some(), "{name}");
            assert!(jiff::tz::TimeZone::get(name).is_ok(), "{name}");
        }
        for zone in ZONES.iter() {
            assert!(jiff::tz::TimeZone::get(zone.name).is_ok(), "{}", zone.name);
            assert!(zone.towns().next().is_some(), "{}", zone.name);
            assert!(zone.towns().all(|(lat, lng)| zone.bbox.holds(lat, lng)), "{}", zone.name);
        }
    }

    #[test]
    fn cities_lie_in_their_zones() {
        let cities = [
            ("America/Chicago", 41.88, -87.63),
            ("Africa/Nairobi", -1.28, 36.82),
            ("Pacific/Auckland", -36.85, 174.76),
            ("Pacific/Fiji", -16.8, 179.9),
            ("Europe/Berlin", 48.14, 11.58),
            ("Asia/Kolkata", 12.97, 77.59),
            ("America/Sao_Paulo", -23.55, -46.63),
        ];
        for (zone, lat, lng) in cities {
            assert!(bbox(zone).is_some_and(|bbox| bbox.holds(lat, lng)), "{zone}");
            assert_eq!(around(lat, lng)[0], zone);
        }
        assert_eq!((bbox("UTC"), bbox("US/Eastern")), (None, bbox("America/New_York")));
        assert_eq!(bbox("Europe/London"), Some(Bbox::UNITED_KINGDOM));
        // The middle of the North Sea.
        assert!(around(54.7, 2.5).is_empty());
    }
}
