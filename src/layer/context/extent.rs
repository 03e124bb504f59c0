//! Extent of a map, before its page is known.

use geo::{Coord, Rect};
use h3o::CellIndex;

use crate::grid::boundary;

/// A rectangle of degrees; its longitudes run on across 180° where a map of it does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extent {
    /// Round the cells.
    pub(crate) cells: Rect,
    /// Round all that a page of any shape may show beside them.
    pub(crate) all: Rect,
    /// Steps in degrees of longitude and latitude below the resolution of any print.
    pub(crate) min_step: Coord,
}

/// Maximal ratio of the sides of a map that context covers.
const MAX_ASPECT: f64 = 3.0;
/// Quarters of a pixel across the cells on the largest page at its finest, A3 with 300 pixels an inch.
const FINEST: f64 = 20_000.0;
/// Nothing is drawn beyond this latitude.
const MAX_LATITUDE_DEG: f64 = 85.0;

impl Extent {
    /// Of a map of these cells; `None` for none.
    pub(crate) fn of(cells: impl Iterator<Item = CellIndex>) -> Option<Self> {
        Self::of_boxes(cells.map(boundary::bbox))
    }

    /// Of a map of what lies in these boxes: west, south, east and north; `None` for none.
    pub(crate) fn of_boxes(boxes: impl Iterator<Item = [f64; 4]>) -> Option<Self> {
        let none = [f64::INFINITY, f64::NEG_INFINITY];
        let (mut plain, mut across, mut high) = (none, none, none);
        let widen = |range: &mut [f64; 2], at: f64| *range = [range[0].min(at), range[1].max(at)];
        for [west, south, east, north] in boxes {
            let sides = if west > east { [west, 180.0, -180.0, east] } else { [west, west, east, east] };
            for at in sides {
                widen(&mut plain, at);
                widen(&mut across, if at < 0.0 { at + 360.0 } else { at });
            }
            widen(&mut high, south);
            widen(&mut high, north);
        }
        let ([west, east], [south, north]) = (plain, high);
        if west > east {
            return None;
        }
        // As the map decides: what crosses longitude 180° is drawn across it.
        let goes_across = across[1] - across[0] < (east - west) / 2.0;
        let [west, east] = if goes_across { across } else { plain };
        Some(Self::round(Rect::new(Coord { x: west, y: south }, Coord { x: east, y: north })))
    }

    fn round(cells: Rect) -> Self {
        let limited = |lat: f64| lat.clamp(-MAX_LATITUDE_DEG, MAX_LATITUDE_DEG);
        let stretched = |lat: f64| limited(lat).to_radians().tan().asinh().to_degrees();
        let (south, north) = (stretched(cells.min().y), stretched(cells.max().y));
        let size = cells.width().max(north - south);
        // Once round the world is all there is.
        let (wide, high) = ((MAX_ASPECT * size).min(360.0).max(cells.width()), MAX_ASPECT * size);
        let (x, y) = (cells.center().x, f64::midpoint(south, north));
        let latitude = |y: f64| limited(y.to_radians().sinh().atan().to_degrees());
        let low = Coord { x: x - wide / 2.0, y: latitude(y - high / 2.0) };
        let all = Rect::new(low, Coord { x: x + wide / 2.0, y: latitude(y + high / 2.0) });
        let squeezed = [cells.min().y, cells.max().y].map(|lat| limited(lat).to_radians().cos());
        let min_step = Coord { x: size / FINEST, y: size / FINEST * squeezed[0].min(squeezed[1]) };
        Self { cells, all, min_step }
    }

    /// True if the way between two points is a cut and not a line of the file. A cut goes along a side of the extent,
    /// along longitude 180°, where files are cut, or along a pole.
    pub(crate) fn is_cut(&self, from: Coord, to: Coord) -> bool {
        let (low, high) = (self.all.min(), self.all.max());
        #[allow(clippy::float_cmp, reason = "what was cut lies on the side exactly")]
        let on_side = [low.x, high.x].iter().any(|&side| from.x == side && to.x == side)
            || [low.y, high.y].iter().any(|&side| from.y == side && to.y == side);
        on_side || (is_seam(from) && is_seam(to) && ((from.x - to.x).abs() < 2.0 * SEAM || from.y.abs() + SEAM > 90.0))
    }
}

/// Files are not all cut at exactly 180°: Natural Earth has 179.999.
const SEAM: f64 = 0.0015;

/// True if a point lies where the world map is cut.
pub(crate) fn is_seam(at: Coord) -> bool {
    at.y.abs() + SEAM > 90.0 || (at.x.rem_euclid(360.0) - 180.0).abs() < SEAM
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extent_runs_across_180_degrees_as_a_map_does() {
        let cell = |lat, lng| h3o::LatLng::new(lat, lng).expect("a place").to_cell(h3o::Resolution::Five);
        let fiji = Extent::of([cell(-16.8, 179.5), cell(-16.8, 180.0), cell(-17.0, -179.5)].into_iter());
        let cells = fiji.expect("cells").cells;
        assert!(cells.min().x > 179.0 && cells.max().x < 181.0 && cells.width() > 1.0, "{cells:?}");
        let london = Extent::of([cell(51.5, -0.2), cell(51.5, 0.2)].into_iter()).expect("cells");
        assert!(london.cells.min().x > -0.5 && london.cells.max().x < 0.5, "{london:?}");
        // As wide as a map of aspect 3 : 1 may be, and as high as one of 1 : 3.
        let size = london.cells.width();
        assert!((london.all.width() / size - MAX_ASPECT).abs() < 1e-9 && london.all.height() > 1.8 * size);
        assert_eq!(Extent::of(std::iter::empty()), None);
        let world = Extent::round(Rect::new(Coord { x: -170.0, y: -60.0 }, Coord { x: 175.0, y: 80.0 }));
        assert!((world.all.width(), world.all.min().y, world.all.max().y) == (360.0, -85.0, 85.0), "{world:?}");
    }
}
