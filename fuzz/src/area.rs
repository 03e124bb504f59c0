//! Polygons: the study area they make, and the values they bring.

use tensionmap::IndicatorKind;
use tensionmap::unstable::indicator::interpolate;
use tensionmap::unstable::polygon::Regions;
use tensionmap::{Containment, Indicator, Input, Resolution};

use crate::Choice;
use crate::outcome::{bytes, shown};

/// Areas of an input, whose account adds up; `None` for a file that cannot be read.
fn regions(input: &Input) -> Option<Regions> {
    match Regions::read(input, None) {
        Ok(regions) => {
            let account = &regions.account;
            assert_eq!(account.read, account.accepted + account.quarantined());
            assert_eq!(account.quarantined(), regions.refused.len() as u64);
            Some(regions)
        }
        Err(error) => {
            shown(&error);
            None
        }
    }
}

/// Areas in any container, recognised by content: KML, Esri JSON, FlatGeobuf, GeoPackage.
pub fn shapes(data: &[u8]) {
    let Some(regions) = regions(&bytes("x", data)) else { return };
    for at in regions.polygons.iter().flatten().flat_map(|polygon| &polygon.exterior().0) {
        assert!((-180.0..=180.0).contains(&at.x) && (-90.0..=90.0).contains(&at.y), "{at:?}");
    }
}

/// A file of polygons; the first two bytes choose how it is filled.
pub fn area(data: &[u8]) {
    let mut choice = Choice(data);
    let mode = choice.of(&Containment::ALL);
    let kind = choice.of(&[IndicatorKind::Extensive, IndicatorKind::Intensive]);
    let input = bytes("x.geojson", choice.rest());
    let Some(mut regions) = regions(&input) else { return };
    let (mut span, mut first) = (0.0_f64, None);
    for polygon in regions.polygons.iter().flat_map(|polygons| &polygons.0) {
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        for at in rings.flat_map(|ring| &ring.0) {
            assert!((-180.0..=180.0).contains(&at.x) && (-90.0..=90.0).contains(&at.y), "{at:?}");
            let from = first.get_or_insert(*at);
            span = span.max((at.x - from.x).abs()).max((at.y - from.y).abs());
        }
    }
    // Some hundred cells, whatever the size of the ground.
    const CELL_KM2: [f64; 7] = [4_357_449.0, 609_788.0, 86_802.0, 12_393.0, 1_770.0, 253.0, 36.0];
    let ground = (span * 111.0).powi(2);
    let finest = CELL_KM2.iter().rposition(|cell| ground / cell < 300.0).unwrap_or(0);
    let resolution = Resolution::try_from(finest as u8).unwrap_or(Resolution::Zero);
    let area = match regions.study_area(resolution, mode) {
        Ok(area) => area,
        Err(error) => {
            shown(&error);
            return;
        }
    };
    assert!(!area.cells().is_empty() && area.cells().is_sorted_by(|a, b| a < b));
    assert!(area.cells().iter().all(|cell| cell.resolution() == resolution));
    let indicator = Indicator::new(input, "v", kind);
    let Ok(found) = interpolate(&indicator, area.cells()) else { return };
    assert_eq!([found.values.len(), found.covered.len()], [area.cells().len(); 2]);
    let values = regions.values("v").unwrap_or_default();
    let given = || values.iter().copied();
    // Sums of floats may overflow where the values themselves nearly do.
    if given().all(|value| value.abs() < 1e200) {
        let (low, high) = (given().fold(f64::MAX, f64::min), given().fold(f64::MIN, f64::max));
        for value in found.values.iter().flatten() {
            assert!(value.is_finite(), "{value}");
            let slack = 1e-6 * (1.0 + low.abs().max(high.abs()));
            let within = (low - slack..=high + slack).contains(value);
            assert!(kind == IndicatorKind::Extensive || within, "{value} is no mean of {low} to {high}");
        }
    }
    let conservation = found.conservation.expect("areas have a total");
    let plain = values.iter().all(|value| value.abs() < 1e200);
    assert!(!plain || conservation.agrees(), "{conservation}");
    assert!(found.covered.iter().all(|share| share.is_finite() && *share >= 0.0));
}
