//! Kernel density of reports, beside the score: a raster of the Web Mercator map, without drawing.
//!
//! [`PixelCounts`] are reports by pixel. [`Density`] is the smooth surface of a quartic kernel with a bandwidth in metres. Both
//! show where people report, and so where people are; neither is tension. Neither is suitable for data that must be suppressed.

mod counts;
mod finder;
mod quartic;

pub use counts::PixelCounts;
pub use quartic::{Density, MIN_REPORTS};

use crate::grid::EARTH_RADIUS_M;
use crate::invalid::InvalidValue;
use crate::rounding::legible;
use crate::watch::Cancelled;

/// A density that cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DensityError {
    /// A bandwidth or pixel out of range.
    #[error(transparent)]
    Value(#[from] InvalidValue),
    /// The run was stopped.
    #[error("smoothing was stopped")]
    Cancelled(#[from] Cancelled),
}

/// A raster of square pixels on the Web Mercator map, its rows from north to south.
///
/// Lengths on the ground are of the sphere with the earth's authalic radius, within 0.6 % of the ellipsoid's. Pixels
/// are as wide as high, and shorter towards the poles; [`Self::metres`] has their size in each row.
///
/// ```
/// use tensionmap::unstable::density::Frame;
/// let leicester = Frame::of_pixel([-1.30, 52.50, -0.95, 52.75], 25.0)?;
/// assert_eq!((leicester.width(), leicester.height()), (945, 1112));
/// let metres = leicester.metres(556);
/// assert!((metres - 25.0).abs() < 0.01, "in the middle row: {metres}");
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Longitude of the left edge in degrees; the right edge may lie beyond 180°.
    west: f64,
    /// Mercator ordinate of the upper edge, on the sphere of radius 1.
    north: f64,
    /// Side of a pixel on that sphere's map.
    pixel: f64,
    width: usize,
    height: usize,
}

/// Maximum latitude of a frame: the poles are infinitely far away on the Web Mercator map.
const MAX_LATITUDE_DEG: f64 = 85.0;

impl Frame {
    /// Maximum pixels of a raster.
    pub const MAX_PIXELS: usize = 25_000_000;

    /// Frame over west, south, east and north in degrees, with a given side of the pixels in metres in the middle row. An east
    /// below the west lies beyond 180°. It extends less than a pixel beyond the extent.
    ///
    /// # Errors
    /// An extent without height or width or out of range; more than [`Self::MAX_PIXELS`].
    pub fn of_pixel(extent: [f64; 4], metres: f64) -> Result<Self, InvalidValue> {
        let [west, south, east, north] = flat(extent)?;
        let middle = f64::midpoint(south, north).sinh().atan();
        let pixel = metres / (EARTH_RADIUS_M * middle.cos());
        let (wide, high) = (((east - west) / pixel).ceil(), ((north - south) / pixel).ceil());
        if !(metres > 0.0 && wide * high <= Self::MAX_PIXELS as f64) {
            let enough = metres * (wide * high / Self::MAX_PIXELS as f64).sqrt();
            let (max, min) = (Self::MAX_PIXELS, enough.ceil());
            let expected = if enough.is_finite() && metres > 0.0 {
                format!(
                    "a raster of at most {max} pixels and not {wide} × {high}: {min:.0} metres or more, or a smaller area"
                )
            } else {
                "metres above 0".to_owned()
            };
            return Err(InvalidValue::expecting("pixel", legible(metres), expected));
        }
        Ok(Self { west: west.to_degrees(), north, pixel, width: floor(wide), height: floor(high) })
    }

    /// Frame of `width` × `height` pixels with west, south, east and north, in degrees, centred.
    ///
    /// # Errors
    /// Those of [`Self::of_pixel`]; no pixels.
    pub fn of_size(extent: [f64; 4], width: usize, height: usize) -> Result<Self, InvalidValue> {
        if !(1..=Self::MAX_PIXELS).contains(&width.saturating_mul(height)) {
            let expected = format!("at least 1 × 1 pixels and at most {} in all", Self::MAX_PIXELS);
            return Err(InvalidValue::expecting("size", format_args!("{width} × {height}"), expected));
        }
        let [west, south, east, north] = flat(extent)?;
        let (wide, high) = (width as f64, height as f64);
        let pixel = ((east - west) / wide).max((north - south) / high);
        let west = (f64::midpoint(west, east) - pixel * wide / 2.0).to_degrees();
        Ok(Self { west, north: f64::midpoint(south, north) + pixel * high / 2.0, pixel, width, height })
    }

    /// Columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Side of the pixels of a row on the ground, in metres, at their middle.
    #[must_use]
    pub fn metres(&self, row: usize) -> f64 {
        // sech of the Mercator ordinate is the cosine of the latitude.
        self.pixel * EARTH_RADIUS_M / (self.north - (row as f64 + 0.5) * self.pixel).cosh()
    }

    /// West, south, east and north edges on the Mercator map of the sphere of radius 1; the east may lie beyond π.
    #[must_use]
    pub fn edges(&self) -> [f64; 4] {
        let (west, north) = (self.west.to_radians(), self.north);
        [west, north - self.height as f64 * self.pixel, west + self.width as f64 * self.pixel, north]
    }

    /// Column and row, in pixels from the upper left corner, of a point of that map.
    #[must_use]
    pub fn place(&self, x: f64, y: f64) -> (f64, f64) {
        ((x - self.west.to_radians()) / self.pixel, (self.north - y) / self.pixel)
    }

    /// The frame with `more` pixels on each side.
    fn widened(&self, more: usize) -> Self {
        let reach = more as f64 * self.pixel;
        let (west, north) = (self.west - reach.to_degrees(), self.north + reach);
        Self { west, north, width: self.width + 2 * more, height: self.height + 2 * more, ..*self }
    }

    /// Rows from the upper edge to a latitude in degrees.
    fn row(&self, lat: f64) -> f64 {
        (self.north - lat.to_radians().tan().asinh()) / self.pixel
    }
}

/// West, south, east and north on the Mercator map of the sphere of radius 1.
fn flat([west, south, east, north]: [f64; 4]) -> Result<[f64; 4], InvalidValue> {
    let across = if east < west { 360.0 } else { 0.0 };
    let on_earth = |at: f64, max: f64| (-max..=max).contains(&at);
    let sound = on_earth(west, 180.0) && on_earth(east, 180.0) && on_earth(south, 90.0) && on_earth(north, 90.0);
    let ordinate = |lat: f64| lat.clamp(-MAX_LATITUDE_DEG, MAX_LATITUDE_DEG).to_radians().tan().asinh();
    let edges = [west.to_radians(), ordinate(south), (east + across).to_radians(), ordinate(north)];
    if sound && edges[0] < edges[2] && edges[1] < edges[3] {
        return Ok(edges);
    }
    let expected = "west, south, east and north in degrees that enclose some ground between latitudes −85 and 85";
    Err(InvalidValue::expecting("extent", format_args!("{west},{south},{east},{north}"), expected))
}

/// A number rounded down; 0 for negative ones.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is clamped later")]
#[inline]
fn floor(number: f64) -> usize {
    number as usize
}
