//! Projections of the planes of a map.

use geo::Coord;
use h3o::{CellIndex, LatLng};

use crate::grid::ostn15;
use crate::layer::Plane;

/// The authalic mean radius of the earth in metres (Moritz, Geodetic Reference System 1980, J. Geodesy 74 (2000) 128–133).
const EARTH_RADIUS_M: f64 = 6_371_007.181;

/// Radius of the sphere of Web Mercator (EPSG:3857) in metres.
const WEB_MERCATOR_RADIUS_M: f64 = 6_378_137.0;

/// A plane and the parameters of its projection.
#[derive(Clone, Copy, Debug)]
pub(super) enum PlaneProjection {
    /// On a sphere of radius 1.
    Mercator,
    /// In metres.
    BritishNationalGrid,
    /// On a sphere of radius 1, about a middle.
    EqualArea { middle: LatLng },
}

impl PlaneProjection {
    pub(super) fn of(plane: Plane, cells: &[CellIndex]) -> Self {
        match plane {
            Plane::Mercator => Self::Mercator,
            Plane::BritishNationalGrid => Self::BritishNationalGrid,
            Plane::EqualArea => Self::EqualArea { middle: middle(cells) },
        }
    }

    /// Coordinates of a place, x to the east and y to the north; `None` beyond the grid.
    pub(super) fn at(self, place: Coord) -> Option<Coord> {
        let (lng, lat) = (place.x.to_radians(), place.y.to_radians());
        match self {
            // The poles lie infinitely far away; nothing is drawn beyond 85°.
            Self::Mercator => Some(Coord { x: lng, y: place.y.clamp(-85.0, 85.0).to_radians().tan().asinh() }),
            Self::BritishNationalGrid => ostn15::from_wgs84(place.x, place.y).map(|(x, y)| Coord { x, y }),
            // Snyder, Map Projections: A Working Manual, USGS Professional Paper 1395 (1987), 24-2 to 24-4.
            Self::EqualArea { middle } => {
                let ((sin, cos), (sin_0, cos_0)) = (lat.sin_cos(), middle.lat_radians().sin_cos());
                let (sin_lng, cos_lng) = (lng - middle.lng_radians()).sin_cos();
                let opposite = 1.0 + sin_0 * sin + cos_0 * cos * cos_lng;
                let k = (2.0 / opposite.max(1e-9)).sqrt();
                Some(Coord { x: k * cos * sin_lng, y: k * (cos_0 * sin - sin_0 * cos * cos_lng) })
            }
        }
    }

    /// Coordinates of a place. Beyond the grid they are those of a sphere, wrong by kilometres.
    pub(super) fn extrapolated(self, place: Coord) -> Coord {
        self.at(place).unwrap_or_else(|| {
            // Snyder (1987), 8-1 to 8-3, about the true origin of the grid at 49° N 2° W.
            let (lng, lat) = ((place.x + 2.0).to_radians(), place.y.to_radians());
            let east = (lat.cos() * lng.sin()).clamp(-0.999_999, 0.999_999).atanh();
            let north = lat.tan().atan2(lng.cos()) - 49_f64.to_radians();
            let scale = 0.999_601_27 * EARTH_RADIUS_M;
            Coord { x: 400_000.0 + scale * east, y: scale * north - 100_000.0 }
        })
    }

    /// Metres on the ground for one unit of the plane at this y.
    pub(super) fn ground_metres(self, y: f64) -> f64 {
        match self {
            Self::Mercator => EARTH_RADIUS_M * y.sinh().atan().cos(),
            Self::BritishNationalGrid => 1.0,
            Self::EqualArea { .. } => EARTH_RADIUS_M,
        }
    }

    /// Metres of the reference system for one unit of the plane.
    pub(super) fn metres(self) -> f64 {
        match self {
            Self::Mercator => WEB_MERCATOR_RADIUS_M,
            Self::BritishNationalGrid => 1.0,
            Self::EqualArea { .. } => EARTH_RADIUS_M,
        }
    }

    /// The reference system in a form that GDAL reads.
    pub(super) fn reference(self) -> String {
        match self {
            Self::Mercator => "EPSG:3857".to_owned(),
            Self::BritishNationalGrid => "EPSG:27700".to_owned(),
            Self::EqualArea { middle } => {
                let (lat, lng) = (middle.lat(), middle.lng());
                format!("+proj=laea +lat_0={lat:.9} +lon_0={lng:.9} +R={EARTH_RADIUS_M} +units=m +no_defs")
            }
        }
    }

    /// True if the plane ends at longitude 180°.
    pub(super) fn ends_at_antimeridian(self) -> bool {
        matches!(self, Self::Mercator)
    }
}

/// Mean position of the cells on the sphere, unaffected by longitude 180°.
fn middle(cells: &[CellIndex]) -> LatLng {
    let vector = |&cell: &CellIndex| {
        let at = LatLng::from(cell);
        let ((sin, cos), (sin_lng, cos_lng)) = (at.lat_radians().sin_cos(), at.lng_radians().sin_cos());
        [cos * cos_lng, cos * sin_lng, sin]
    };
    let sum = |sum: [f64; 3], at: [f64; 3]| std::array::from_fn(|axis| sum[axis] + at[axis]);
    let [x, y, z] = cells.iter().map(vector).fold([0.0; 3], sum);
    let (lat, lng) = (z.atan2(x.hypot(y)).to_degrees(), y.atan2(x).to_degrees());
    LatLng::new(lat, lng).unwrap_or_else(|_| cells.first().copied().map_or_else(LatLng::default, LatLng::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Areas on the plane are those on the sphere, and the middle lies in the middle.
    #[test]
    fn the_equal_area_plane_keeps_areas() {
        let cells: Vec<CellIndex> =
            crate::grid::disk(LatLng::new(-17.0, 179.9).expect("a place").to_cell(h3o::Resolution::Four), 6);
        let flat = PlaneProjection::of(Plane::EqualArea, &cells);
        for cell in &cells {
            let ring: Vec<Coord> =
                crate::grid::boundary::unrolled(*cell, 180.0).iter().filter_map(|&at| flat.at(at)).collect();
            let twice: f64 = ring.windows(2).map(|pair| pair[0].x * pair[1].y - pair[1].x * pair[0].y).sum();
            let sphere = cell.area_km2() / (EARTH_RADIUS_M / 1000.0).powi(2);
            assert!((twice / 2.0 / sphere - 1.0).abs() < 1e-3, "{cell}: {twice} and {sphere}");
        }
        let PlaneProjection::EqualArea { middle } = flat else { panic!("{flat:?}") };
        let at = flat.at(Coord { x: middle.lng(), y: middle.lat() }).expect("on the plane");
        assert!(at.x.abs() < 1e-12 && at.y.abs() < 1e-12);
    }

    /// A published worked example: Snyder (1987), p. 332, a sphere of radius 3, centre 40° N 100° W, place 20° S 100° E.
    #[test]
    fn the_equal_area_plane_agrees_with_snyder() {
        let flat = PlaneProjection::EqualArea { middle: LatLng::new(40.0, -100.0).expect("a place") };
        let at = flat.at(Coord { x: 100.0, y: -20.0 }).expect("on the plane");
        assert!((3.0 * at.x + 4.233_930_3).abs() < 1e-6 && (3.0 * at.y - 4.025_777_5).abs() < 1e-6, "{at:?}");
    }
}
