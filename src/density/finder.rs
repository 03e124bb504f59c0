//! Pixels of many positions in a frame.

use std::f64::consts::PI;

use super::Frame;

/// Positions in a block: few enough for the innermost cache.
const BLOCK_POINTS: usize = 1024;

/// Positions computed side by side: as many as fit into registers.
const LANES: usize = 8;

/// Fractional bits of a position in pixels.
pub(super) const BITS: u32 = 20;

/// Added to a number of pixels, it makes the last bit of a double 2^−`BITS` of a pixel.
const MAGIC: f64 = (1_u64 << (52 - BITS)) as f64;

/// Distance from the edges at which positions outside are put.
const INSET_PX: f64 = 0.75;

/// Maximum error of a row before rounding.
const TOLERANCE_PX: f64 = 1e-5;

/// Maximum terms of a polynomial: with more, a tangent and a logarithm are as fast.
const MAX_TERMS: usize = 64;

/// Minimum ρ for which powers are as accurate as Chebyshev polynomials. In powers, the absolute coefficients of the
/// n-th polynomial add up to less than (1 + √2)ⁿ. Rounding costs 4ε Σ ((1 + √2)/ρ)ⁿ, 2·10⁻¹⁵ of the earth's radius or
/// 15 nm.
const MIN_POWERS_RATIO: f64 = 4.0;

/// Finds pixels without a tangent, a logarithm or a branch per position: a row is a polynomial in the latitude. Positions
/// outside the frame, and NaN, are put into its outermost pixels.
///
/// # Error
/// The ordinate y is ∫ sec φ, and sec φ = Σ ±(1/(aₖ − φ) + 1/(aₖ + φ)) with aₖ = (k + ½)π and signs that alternate. So
/// y is a sum of logarithms. On latitudes scaled to −1…1 the Chebyshev coefficients of ln(1 − t/a) are −2ρ⁻ⁿ/n with ρ =
/// a + √(a² − 1). Those of y are at most 4ρ⁻ⁿ/n, with the ρ of the nearer pole. Interpolation in N Chebyshev nodes is
/// off by at most twice the sum of the coefficients left out. That is 8ρ⁻ᴺ/(N(1 − 1/ρ)), to be divided by the side of a
/// pixel. Terms are added until it is below [`TOLERANCE_PX`]: four or five in a city, about fifty for the world.
pub(super) struct PixelFinder {
    frame: Frame,
    columns_per_degree: f64,
    /// Degrees beside the frame that belong to each side; less than 0 where it goes round the earth and overlaps.
    beside: f64,
    /// Latitude of the middle, and degrees from there to the edges.
    middle: f64,
    half: f64,
    rows: RowFormula,
}

/// Formula of a row from degrees from the middle; coefficients from the highest.
enum RowFormula {
    Powers(Vec<f64>),
    Chebyshev(Vec<f64>),
    /// By the definition, for frames too close to a pole.
    Map,
}

impl PixelFinder {
    pub(super) fn new(frame: Frame) -> Self {
        let lat = |row: f64| (frame.north - row * frame.pixel).sinh().atan().to_degrees();
        let (south, north) = (lat(frame.height as f64 - INSET_PX), lat(INSET_PX));
        let (middle, half) = (f64::midpoint(south, north), (north - south) / 2.0);
        let pole = (90.0 - middle.abs()) / half;
        let ratio = pole + (pole * pole - 1.0).sqrt();
        let wrong = |terms: f64| 8.0 * ratio.powf(-terms) / (terms * (1.0 - 1.0 / ratio));
        let count = (1..=MAX_TERMS).find(|&terms| wrong(terms as f64) < TOLERANCE_PX * frame.pixel);
        let rows = count.map_or(RowFormula::Map, |count| {
            let series = chebyshev(count, |at| frame.row(middle + half * at));
            if ratio < MIN_POWERS_RATIO {
                return RowFormula::Chebyshev(series.into_iter().rev().collect());
            }
            let powers = powers(&series).into_iter().enumerate().rev();
            RowFormula::Powers(powers.map(|(power, term)| term / half.powf(power as f64)).collect())
        });
        let across = frame.width as f64 * frame.pixel.to_degrees();
        let beside = (360.0 - across) / 2.0;
        Self { columns_per_degree: 1.0 / frame.pixel.to_degrees(), beside, middle, half, rows, frame }
    }

    /// Visits `place` of each position's column and row, in 2^−`BITS` pixels from the upper left corner, block by block.
    #[inline]
    pub(super) fn visit<T: Copy + Default>(
        &self,
        lat: &[f64],
        lng: &[f64],
        place: impl Fn(u64, u64) -> T,
        mut visit: impl FnMut(&[T]),
    ) {
        let mut places = [[T::default(); LANES]; BLOCK_POINTS / LANES];
        let all = |lat: &[f64; LANES], lng: &[f64; LANES]| {
            let (columns, rows) = (self.columns(lng), self.rows(lat));
            let mut places = [T::default(); LANES];
            for ((at, column), row) in places.iter_mut().zip(columns).zip(rows) {
                *at = place(column, row);
            }
            places
        };
        for (lat, lng) in lat.chunks(BLOCK_POINTS).zip(lng.chunks(BLOCK_POINTS)) {
            let count = lat.len().min(lng.len());
            let ((lats, last_lats), (lngs, last_lngs)) = (lat[..count].as_chunks(), lng[..count].as_chunks());
            for ((lat, lng), places) in lats.iter().zip(lngs).zip(&mut places) {
                *places = all(lat, lng);
            }
            if !last_lats.is_empty() {
                let (mut lat, mut lng) = ([0.0; LANES], [0.0; LANES]);
                lat[..last_lats.len()].copy_from_slice(last_lats);
                lng[..last_lngs.len()].copy_from_slice(last_lngs);
                places[lats.len()] = all(&lat, &lng);
            }
            visit(&places.as_flattened()[..count]);
        }
    }

    #[inline]
    fn columns(&self, lng: &[f64; LANES]) -> [u64; LANES] {
        let max = self.frame.width as f64 - INSET_PX;
        let mut columns = [0; LANES];
        for (column, lng) in columns.iter_mut().zip(lng) {
            let east = lng - self.frame.west;
            let east = east + if east < -self.beside { 360.0 } else { 0.0 };
            let east = east - if east >= 360.0 - self.beside { 360.0 } else { 0.0 };
            *column = parts(within(east * self.columns_per_degree, INSET_PX, max));
        }
        columns
    }

    #[inline]
    fn rows(&self, lat: &[f64; LANES]) -> [u64; LANES] {
        let mut at = [0.0; LANES];
        for (at, lat) in at.iter_mut().zip(lat) {
            *at = within(lat - self.middle, -self.half, self.half);
        }
        let mut sums = [0.0; LANES];
        match &self.rows {
            RowFormula::Powers(terms) => {
                for term in terms {
                    for (sum, at) in sums.iter_mut().zip(&at) {
                        *sum = *sum * at + term;
                    }
                }
            }
            // Clenshaw's sum, whose last step is half of the others.
            RowFormula::Chebyshev(terms) => {
                let mut before = [0.0; LANES];
                let twice = at.map(|at| 2.0 * at / self.half);
                for term in terms {
                    for lane in 0..LANES {
                        let next = twice[lane] * sums[lane] - before[lane] + term;
                        (before[lane], sums[lane]) = (sums[lane], next);
                    }
                }
                for lane in 0..LANES {
                    sums[lane] -= twice[lane] / 2.0 * before[lane];
                }
            }
            RowFormula::Map => sums = at.map(|at| self.frame.row(self.middle + at)),
        }
        let mut rows = [0; LANES];
        for (row, sum) in rows.iter_mut().zip(sums) {
            *row = parts(sum);
        }
        rows
    }
}

/// Coefficients of the Chebyshev series that agrees with a function of −1…1 in as many nodes.
fn chebyshev(count: usize, function: impl Fn(f64) -> f64) -> Vec<f64> {
    let angle = |node: usize| PI * (node as f64 + 0.5) / count as f64;
    let values: Vec<f64> = (0..count).map(|node| function(angle(node).cos())).collect();
    let term = |n: usize| {
        let sum: f64 = values.iter().enumerate().map(|(node, value)| value * (n as f64 * angle(node)).cos()).sum();
        sum * if n == 0 { 1.0 } else { 2.0 } / count as f64
    };
    (0..count).map(term).collect()
}

/// The coefficients of the same polynomial in powers.
fn powers(series: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; series.len()];
    let (mut before, mut now) = (vec![0.0], vec![1.0]);
    for (n, term) in series.iter().enumerate() {
        for (sum, power) in sum.iter_mut().zip(&now) {
            *sum += term * power;
        }
        // T₁ = t, and Tₙ₊₁ = 2t Tₙ − Tₙ₋₁.
        let twice = if n == 0 { 1.0 } else { 2.0 };
        let mut next = vec![0.0; n + 2];
        for (next, power) in next[1..].iter_mut().zip(&now) {
            *next = twice * power;
        }
        if n > 0 {
            for (next, power) in next.iter_mut().zip(&before) {
                *next -= power;
            }
        }
        (before, now) = (now, next);
    }
    sum
}

/// Clamps a number, NaN to the lower bound: an instruction per bound, unlike `clamp`.
#[inline]
fn within(number: f64, min: f64, max: f64) -> f64 {
    let number = if number > min { number } else { min };
    if number < max { number } else { max }
}

/// A number of pixels below 2³¹ in units of 2^−`BITS`.
#[inline]
fn parts(pixels: f64) -> u64 {
    (pixels + MAGIC).to_bits() & ((1 << 52) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_columns_are_those_of_the_map() {
        // A city, a country, a continent, the world, and where no polynomial is good enough.
        let cases = [
            ([-1.30, 52.50, -0.95, 52.75], 1920, 1080, Some((true, 3..6))),
            ([170.0, -48.0, -175.0, -34.0], 800, 900, Some((true, 6..12))),
            ([-10.0, 35.0, 40.0, 72.0], 3000, 3000, Some((false, 12..40))),
            ([-180.0, -84.0, 180.0, 84.0], 1000, 1000, Some((false, 30..60))),
            ([-180.0, 0.0, 180.0, 85.0], 40, 20, None),
        ];
        for (extent, width, height, terms) in cases {
            // Grown beyond 85° as the bins of a surface are.
            let margin = if terms.is_none() { 30 } else { 1 };
            let frame = Frame::of_size(extent, width, height).unwrap().widened(margin);
            let finder = PixelFinder::new(frame.clone());
            let (powers, count) = match &finder.rows {
                RowFormula::Powers(terms) => (true, terms.len()),
                RowFormula::Chebyshev(terms) => (false, terms.len()),
                RowFormula::Map => (false, 0),
            };
            let expected = terms.map_or(count == 0, |(form, terms)| form == powers && terms.contains(&count));
            assert!(expected, "{extent:?}: {count} terms, of powers: {powers}");
            let [_, south, _, north] = extent;
            let lat: Vec<f64> = (0..10_007).map(|k| south + (north - south) * f64::from(k) / 10_006.0).collect();
            let lng: Vec<f64> = (0..10_007).map(|k| -180.0 + 360.0 * f64::from(k * 7919 % 10_007) / 10_007.0).collect();
            let mut found = Vec::new();
            finder.visit(&lat, &lng, |column, row| [column, row], |places| found.extend_from_slice(places));
            assert_eq!(found.len(), lat.len());
            for ((lat, lng), found) in lat.iter().zip(&lng).zip(found) {
                let middle = frame.west + (frame.width as f64 / 2.0 * frame.pixel).to_degrees();
                let from_middle = (lng - middle + 180.0).rem_euclid(360.0) - 180.0;
                let column = (frame.width as f64 / 2.0 + from_middle.to_radians() / frame.pixel)
                    .clamp(INSET_PX, frame.width as f64 - INSET_PX);
                let row = frame.row(*lat).clamp(INSET_PX, frame.height as f64 - INSET_PX);
                for (found, expected) in found.into_iter().zip([column, row]) {
                    let off = (found as f64 / 2_f64.powi(20) - expected).abs();
                    assert!(off < 1.1e-5, "{extent:?} {lat}, {lng}: off by {off}");
                }
            }
        }
    }

    #[test]
    fn positions_outside_are_put_at_the_edge() {
        let frame = Frame::of_size([-1.30, 52.50, -0.95, 52.75], 100, 100).unwrap();
        let lat = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 52.6, 90.0, 52.6];
        let lng = [-1.0, -1.0, f64::INFINITY, f64::NAN, 180.0];
        let mut found = Vec::new();
        let pixel = |column: u64, row: u64| (column >> BITS, row >> BITS);
        PixelFinder::new(frame).visit(&lat, &lng, pixel, |some| found.extend_from_slice(some));
        assert_eq!(found.len(), 5, "as many as both have");
        for (column, row) in found {
            assert!(row == 0 || row == 99 || column == 0 || column == 99, "{column}, {row}");
        }
    }
}
