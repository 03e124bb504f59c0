//! Areal interpolation: values of polygons onto cells, by exact shares of area.

use std::sync::{Arc, OnceLock, PoisonError};

use geo::{Coord, MultiPolygon};
use h3o::CellIndex;

use super::conservation::Conservation;
use super::overlay::{Overlay, Shapes, equal_area, stepped};
use super::{AreaError, Indicator, Kind, Regions};
use crate::ingest::FileTally;

/// An indicator on the cells of a study area, row by row.
#[derive(Clone, Debug)]
pub struct Interpolated {
    /// Its name in results.
    pub name: String,
    /// How it was brought onto the cells.
    pub kind: Kind,
    /// Of an intensive one, the column whose values weigh it; `None` for area.
    pub weight: Option<String>,
    /// Value of each cell; `None` where nothing that was accepted tells of it.
    pub values: Vec<Option<f64>>,
    /// Share of each cell that accepted polygons cover, above 1 where they overlap; 1 for points and distances.
    pub covered: Vec<f64>,
    /// Where the total went; `None` for a distance, which has none.
    pub conservation: Option<Conservation>,
    /// What became of the features or rows of its file.
    pub account: FileTally,
}

/// Brings an indicator onto cells, read from its file.
///
/// ```
/// use tensionmap::area::{Indicator, interpolate};
/// use tensionmap::{Containment, Input, LatLng, Resolution};
/// let square = r#"{"type":"Feature","properties":{"homes":800},"geometry":{"type":"Polygon",
///     "coordinates":[[[2.2,54.7],[2.4,54.7],[2.4,54.8],[2.2,54.8],[2.2,54.7]]]}}"#;
/// let homes = Indicator::extensive(Input::Bytes("square.geojson".into(), square.into()), "homes");
/// let inside = LatLng::new(54.75, 2.3)?.cell(Resolution::Seven);
/// let there = interpolate(&homes, &[inside])?;
/// // The square has 142.72 km² and the cell 4.26 km².
/// assert_eq!(there.values[0].map(f64::round), Some(24.0));
/// let total = there.conservation.expect("homes are a total");
/// assert!((total.on_cells + total.outside - 800.0).abs() < 1e-9);
/// # Ok::<(), tensionmap::Error>(())
/// ```
///
/// # Errors
/// As [`Loaded::read`](super::Loaded::read) and [`Loaded::spread`](super::Loaded::spread).
pub fn interpolate(indicator: &Indicator, cells: &[CellIndex]) -> Result<Interpolated, AreaError> {
    super::Loaded::read(indicator, false)?.spread(indicator, cells)
}

/// Polygons laid over cells: what every value that is spread from the one to the other rests on.
#[derive(Debug)]
pub(super) struct Laid {
    pub(super) cells: Vec<CellIndex>,
    /// Which feature of its file each polygon is.
    pub(super) numbers: Vec<u64>,
    polygons: Vec<MultiPolygon>,
    shapes: Shapes<fn(Coord) -> Coord>,
    pub(super) overlay: Overlay,
    beyond: OnceLock<Option<Vec<f64>>>,
}

impl Laid {
    pub(super) fn new(polygons: Vec<MultiPolygon>, numbers: &[u64], cells: &[CellIndex]) -> Self {
        let shapes = Shapes::new(&polygons, equal_area as fn(Coord) -> Coord);
        let overlay = shapes.on(cells);
        Self { cells: cells.to_vec(), numbers: numbers.to_vec(), polygons, shapes, overlay, beyond: OnceLock::new() }
    }

    /// The value of each cell and the covered share of it. A polygon has its value and what weighs it (of an extensive value
    /// the value itself), or nothing.
    pub(super) fn spread(&self, sources: &[Option<Source>], kind: Kind) -> (Vec<Option<f64>>, Vec<f64>, Conservation) {
        let (mut values, mut covered) = (Vec::new(), Vec::new());
        let mut on_cells = 0.0;
        for (parts, &cell) in self.overlay.rows().zip(&self.overlay.cells) {
            let (mut ground, mut weight, mut sum) = (0.0, 0.0, 0.0);
            for part in parts {
                let Some(source) = sources[part.polygon] else { continue };
                let share = part.shared / self.overlay.areas[part.polygon];
                ground += part.shared;
                weight += source.weight * share;
                sum += source.value * source.weight * share;
            }
            let value = match kind {
                Kind::Intensive => (weight > 0.0).then(|| sum / weight),
                _ => (ground > 0.0).then_some(sum),
            };
            on_cells += match kind {
                Kind::Intensive => value.unwrap_or_default() * weight,
                _ => value.unwrap_or_default(),
            };
            values.push(value);
            covered.push(ground / cell);
        }
        let known = |polygon: usize| sources[polygon].map(|source| (polygon, source.value * source.weight));
        let masses = || (0..sources.len()).filter_map(known);
        let total: f64 = masses().map(|(_, mass)| mass).sum();
        let beyond = self.beyond.get_or_init(|| self.shapes.beyond(&self.polygons, &self.cells, &self.overlay));
        // A polygon too small to have an area is on no cell.
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 1.0 };
        let outside = beyond.as_ref().map_or(total - on_cells, |beyond| {
            masses().map(|(polygon, mass)| mass * share(beyond[polygon], self.overlay.areas[polygon])).sum()
        });
        let magnitude = masses().map(|(_, mass)| mass.abs()).sum();
        (
            values,
            covered,
            Conservation { total, on_cells, outside, refused: 0.0, magnitude, measured: beyond.is_some() },
        )
    }

    /// What weighs a polygon by its ground.
    pub(super) fn ground(&self, polygon: usize) -> f64 {
        self.overlay.areas[polygon] * (super::EARTH_RADIUS_M / 1000.0).powi(2)
    }
}

/// What a polygon gives to the cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    pub(super) value: f64,
    /// 1 for an extensive value; else the polygon's weight, or its ground in km².
    pub(super) weight: f64,
}

impl Regions {
    /// Brings the values of a column onto cells. Regions without a value are refused, and overlaps remarked on.
    ///
    /// For a cell c and the polygons i, with value v, area a, weight w and the area a∩ that both share:
    ///
    /// - *extensive*: Σᵢ vᵢ a∩ᵢ/aᵢ. A total is kept as long as the cells cover the polygons.
    /// - *intensive*: Σᵢ vᵢ a∩ᵢ / Σᵢ a∩ᵢ, the mean over the part of the cell that polygons cover.
    /// - *intensive by weight*: Σᵢ vᵢ wᵢ a∩ᵢ/aᵢ / Σᵢ wᵢ a∩ᵢ/aᵢ, where the weight is another column of the file: residents, say,
    ///   for a rate per resident. It is taken to lie evenly in its polygon. A cell on which no weight falls has no value.
    ///
    /// (Goodchild & Lam, *Areal interpolation*, Geo-Processing 1 (1980) 297–312; the same as `area_interpolate` of tobler with
    /// `allocate_total`.) Areas are measured in Lambert's cylindrical equal-area projection, in which shares of ground are
    /// exact on the sphere. Straight edges of cells there and great circles on the globe differ by less than 3·10⁻⁸ of a
    /// cell's area at resolution 7 and finer, up to latitude 60°. A national grid does not keep areas: over Leicester at
    /// resolution 8, means and totals of cells made in EPSG:27700 differ from ours by up to 1.3·10⁻⁵. Complexity: O(cells + polygons log polygons + corners near
    /// cells).
    ///
    /// # Errors
    /// As [`Regions::values`].
    pub fn spread(
        &mut self,
        column: &str,
        kind: Kind,
        weight: Option<&str>,
        cells: &[CellIndex],
    ) -> Result<Interpolated, AreaError> {
        let laid = self.lay(cells);
        let values = self.values_by(column, weight)?;
        self.compare();
        let mut sources: Vec<Option<Source>> = vec![None; laid.numbers.len()];
        for (number, (value, weight)) in self.numbers.iter().zip(values) {
            let Ok(polygon) = laid.numbers.binary_search(number) else { continue };
            let ground = || if kind == Kind::Intensive { laid.ground(polygon) } else { 1.0 };
            sources[polygon] = Some(Source { value, weight: weight.unwrap_or_else(ground) });
        }
        let (values, covered, mut conservation) = laid.spread(&sources, kind);
        if kind == Kind::Extensive {
            conservation.refuse(self.refused_total(column));
        }
        Ok(Interpolated {
            name: column.to_owned(),
            kind,
            weight: weight.map(str::to_owned),
            values,
            covered,
            conservation: Some(conservation),
            account: self.account.clone(),
        })
    }

    /// These polygons over cells; kept for the next column, and shared with copies.
    pub(super) fn lay(&self, cells: &[CellIndex]) -> Arc<Laid> {
        let mut kept = self.laid.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |laid: &Laid| {
            laid.cells == cells && self.numbers.iter().all(|number| laid.numbers.binary_search(number).is_ok())
        };
        if let Some(laid) = kept.as_ref().filter(|laid| fits(laid)) {
            return laid.clone();
        }
        let polygons = self.polygons.iter().map(stepped).collect();
        kept.insert(Arc::new(Laid::new(polygons, &self.numbers, cells))).clone()
    }
}
