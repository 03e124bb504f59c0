//! Points as an indicator: how many, how much, how near.

use h3o::CellIndex;
use rayon::prelude::*;
use rstar::RTree;
use rustc_hash::FxHashMap;

use super::conservation::Conservation;
use super::{EARTH_RADIUS_KM, Indicator, Interpolated, Kind};
use crate::grid::LatLng;
use crate::ingest::IngestError;
use crate::ingest::table::{Rows, Table};

/// Points read from a file, with the numbers of a column where one is asked for.
#[derive(Clone, Debug)]
pub(super) struct Points {
    pub(super) rows: Rows<LatLng>,
}

impl Points {
    pub(super) fn read(mut table: Table, value: Option<usize>) -> Result<Self, IngestError> {
        let mut place = table.place()?;
        let wanted = place.wanted.clone();
        let values: Vec<usize> = value.into_iter().collect();
        let rows = table.rows(&wanted, &values, &mut |records| place.read(records))?;
        place.verdict(&rows.tally)?;
        Ok(Self { rows })
    }

    /// Count, sum, distance in metres or count within a radius, of each cell.
    ///
    /// Counts and sums are of the points that are indexed to the cell; every cell has one, be it 0. Distances are along the
    /// great circle of a sphere with the earth's authalic radius, from the cell's centre; a point on the rim of a radius is
    /// within. O((points + cells) log points).
    pub(super) fn spread(&self, indicator: &Indicator, cells: &[CellIndex]) -> Interpolated {
        let places = || self.rows.accepted.iter().map(|(_, at, _)| *at);
        let amounts = self.rows.accepted.iter().map(|(_, _, values)| values.first().copied().unwrap_or(1.0));
        let lost = match indicator.kind {
            Kind::Count => self.rows.tally.quarantined() as f64,
            _ => self.rows.lost,
        };
        let (values, conservation) = match indicator.kind {
            Kind::Nearest => {
                let tree = PointTree::new(places());
                (cells.par_iter().map(|&cell| tree.nearest(centre(cell))).collect(), None)
            }
            Kind::Within { metres } => {
                let tree = PointTree::new(places());
                let count = |&cell: &CellIndex| Some(tree.within(centre(cell), f64::from(metres)) as f64);
                (cells.par_iter().map(count).collect(), None)
            }
            _ => {
                let (sums, conservation) = in_cells(places().zip(amounts), cells, lost);
                (sums.into_iter().map(Some).collect(), Some(conservation))
            }
        };
        Interpolated {
            name: indicator.name.clone(),
            kind: indicator.kind,
            weight: None,
            values,
            covered: vec![1.0; cells.len()],
            conservation,
            account: self.rows.tally.clone(),
        }
    }

    /// Whether all values of the column are text.
    pub(super) fn text(&self) -> Option<String> {
        super::table::text_of(&self.rows)
    }
}

/// Sums over the points of each cell.
fn in_cells(
    points: impl Iterator<Item = (LatLng, f64)>,
    cells: &[CellIndex],
    refused: f64,
) -> (Vec<f64>, Conservation) {
    let mut sums = vec![0.0; cells.len()];
    let rows: FxHashMap<CellIndex, usize> = cells.iter().enumerate().map(|(row, &cell)| (cell, row)).collect();
    let (mut total, mut outside, mut magnitude) = (refused, 0.0, refused.abs());
    for (at, amount) in points {
        total += amount;
        magnitude += amount.abs();
        let row = cells.first().and_then(|first| rows.get(&at.cell(first.resolution())));
        match row {
            Some(&row) => sums[row] += amount,
            None => outside += amount,
        }
    }
    let on_cells = sums.iter().sum();
    (sums, Conservation { total, on_cells, outside, refused, magnitude, measured: true })
}

fn centre(cell: CellIndex) -> [f64; 3] {
    let at = h3o::LatLng::from(cell);
    on_sphere(at.lat(), at.lng())
}

/// Points on the unit sphere, in a tree: the straight line between two of them grows with the great circle.
#[derive(Debug)]
struct PointTree(RTree<[f64; 3]>);

impl PointTree {
    fn new(points: impl Iterator<Item = LatLng>) -> Self {
        Self(RTree::bulk_load(points.map(|at| on_sphere(at.lat(), at.lng())).collect()))
    }

    /// Metres to the nearest point; `None` when there is none.
    fn nearest(&self, from: [f64; 3]) -> Option<f64> {
        let [x, y, z] = *self.0.nearest_neighbor(from)?;
        let chord = (x - from[0]).hypot(y - from[1]).hypot(z - from[2]);
        Some(2.0 * (chord / 2.0).min(1.0).asin() * EARTH_RADIUS_KM * 1000.0)
    }

    /// Points at most so many metres away.
    fn within(&self, from: [f64; 3], metres: f64) -> usize {
        // Half way round the earth is everywhere.
        let angle = (metres / (EARTH_RADIUS_KM * 1000.0)).min(std::f64::consts::PI);
        let chord = 2.0 * (angle / 2.0).sin();
        self.0.locate_within_distance(from, chord * chord).count()
    }
}

fn on_sphere(lat: f64, lng: f64) -> [f64; 3] {
    let (lat, lng) = (lat.to_radians(), lng.to_radians());
    [lat.cos() * lng.cos(), lat.cos() * lng.sin(), lat.sin()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn haversine(a: LatLng, b: LatLng) -> f64 {
        let (p, q) = (a.lat().to_radians(), b.lat().to_radians());
        let (dlat, dlng) = ((q - p) / 2.0, (b.lng() - a.lng()).to_radians() / 2.0);
        let h = dlat.sin().powi(2) + p.cos() * q.cos() * dlng.sin().powi(2);
        2.0 * h.sqrt().min(1.0).asin() * EARTH_RADIUS_KM * 1000.0
    }

    fn places() -> impl Strategy<Value = Vec<LatLng>> {
        let place =
            (-89.0..89.0_f64, -180.0..180.0_f64).prop_filter_map("range", |(lat, lng)| LatLng::new(lat, lng).ok());
        prop::collection::vec(place, 1..60)
    }

    proptest! {
        /// A search of all points by the haversine formula finds the same.
        #[test]
        fn the_tree_finds_what_a_search_of_all_finds(points in places(), lat in -89.0..89.0_f64, lng in -180.0..180.0_f64, metres in 1e3..2e7_f64) {
            let (tree, at) = (PointTree::new(points.iter().copied()), LatLng::new(lat, lng).expect("in range"));
            let distances: Vec<f64> = points.iter().map(|&point| haversine(at, point)).collect();
            let nearest = distances.iter().copied().fold(f64::INFINITY, f64::min);
            let found = tree.nearest(on_sphere(lat, lng)).expect("there is one");
            prop_assert!((found - nearest).abs() < 1e-6 * nearest.max(1.0) + 0.5, "{found} {nearest}");
            if distances.iter().all(|distance| (distance - metres).abs() > 1.0) {
                prop_assert_eq!(tree.within(on_sphere(lat, lng), metres), distances.iter().filter(|&&distance| distance <= metres).count());
            }
        }
    }

    /// A degree of the equator is 111 195 m on this sphere.
    #[test]
    fn a_degree_is_as_long_as_it_is() {
        let tree = PointTree::new([LatLng::new(0.0, 1.0).expect("in range")].into_iter());
        let origin = on_sphere(0.0, 0.0);
        let found = tree.nearest(origin).expect("there is one");
        assert!((found - 111_195.052).abs() < 0.001, "{found}");
        assert_eq!(tree.within(origin, 111_196.0), 1);
    }
}
