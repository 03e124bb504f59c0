//! The surface of a quartic kernel.

use std::f64::consts::PI;

use rayon::prelude::*;

use super::{Frame, whole};
use crate::error::InvalidValue;

/// Reports below which nothing is to be shown of a place: the least that a page may ask for.
///
/// A value of [`Density::raw`] of so much has at least as many reports within the bandwidth, as none counts for more than 1.
pub const LEAST_REPORTS: f64 = 3.0;

/// Kernel density of points with the quartic (biweight) kernel.
///
/// # Formula
/// At the middle of a pixel, Σ K(d) over all points, with K(d) = (1 − d²/r²)² for d < r and 0 beyond; d is the distance in
/// metres, r the bandwidth. This is the raw value of QGIS' heatmap. Times 3 / (π r²) it is a density: [`Self::per_km2`].
///
/// # How
/// Each point is shared out to the four nearest pixel centres (linear binning) in 65,536ths, which are whole numbers: sums do
/// not depend on the order of points. Then each row is a weighted sum of the rows about it, in one order whatever the threads.
/// Points beside the frame count as far as they reach into it.
///
/// # Error
/// Against the sum over all points, at most [`Self::error_bound`] for each point within r and a pixel: with h the side of a
/// pixel, 2 (h/r)² for linear binning (bilinear interpolation of K between pixel centres: h²/8 · (max |∂²K/∂x²| + max |∂²K/∂y²|), each
/// at most 8/r²) and 0.0043 h/r for shares in 256ths of a side (1.54/r, the steepest slope, times √2 h/512). Rounding adds at
/// most 3·10⁻⁵ of the value. With h = r/20 that is 0.5 % of a point's own peak; over many points most of it cancels.
/// Distances have the scale of the row that is computed: within r the scale changes by r/R · tan φ, 10⁻⁴ at 500 m and 53°.
///
/// # Complexity
/// O(points + pixels · (r/h)²), 8 · points to 16 · pixels bytes.
///
/// # Example
/// ```
/// use tensionmap::density::{Density, Frame};
/// let frame = Frame::of_pixel([-1.20, 52.60, -1.10, 52.66], 25.0)?;
/// let density = Density::quartic(frame, &[52.63; 10], &[-1.15; 10], 500.0)?;
/// // Ten reports at one place: nearly 10 there, or 10 × 3 / (π × 0.25 km²) to a km².
/// assert!((density.most() - 10.0).abs() < 0.1);
/// assert!((density.most() * density.per_km2() - 120.0 / std::f64::consts::PI).abs() < 0.4);
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
///
/// # References
/// B. W. Silverman, Density Estimation for Statistics and Data Analysis (1986), p. 76; M. P. Wand, Fast computation of
/// multivariate kernel estimators, J. Comput. Graph. Stat. 3 (1994) 433–445.
#[derive(Clone, Debug, PartialEq)]
pub struct Density {
    frame: Frame,
    bandwidth: f64,
    /// Pixels that the bandwidth spans where it spans fewest.
    fewest: f64,
    raw: Vec<f32>,
    points: u64,
}

/// Pixels computed at a time: as many as fit into registers.
const LANES: usize = 16;

/// What a whole point weighs in the bins.
const WHOLE: f32 = 65_536.0;

impl Density {
    /// Pixels that a bandwidth may span: with fewer the error bound says nothing, with more pixels are wasted.
    pub const SPAN: std::ops::RangeInclusive<f64> = 2.0..=64.0;

    /// The surface of points, given as latitudes and longitudes in degrees, for a bandwidth in metres.
    ///
    /// # Errors
    /// A bandwidth that is not above 0, or spans fewer or more pixels than [`Self::SPAN`] in some row.
    pub fn quartic(frame: Frame, lat: &[f64], lng: &[f64], bandwidth: f64) -> Result<Self, InvalidValue> {
        // Pixels are smallest on the ground furthest from the equator, and largest nearest to it.
        let spans = || (0..frame.height).map(|row| bandwidth / frame.metres(row));
        let (fewest, most) = (spans().fold(f64::INFINITY, f64::min), spans().fold(0.0, f64::max));
        // A frame in which the bandwidth is exactly two pixels in the middle row has slightly fewer in another.
        if !(bandwidth > 0.0 && fewest > Self::SPAN.start() * 0.99 && most < Self::SPAN.end() * 1.01) {
            let pixel = frame.metres(frame.height / 2);
            let expected = format!(
                "metres between 2 and 64 pixels, of {pixel:.1} m in the middle row: {:.0} to {:.0}; or another pixel",
                (2.0 * pixel).ceil(),
                64.0 * pixel
            );
            return Err(InvalidValue::bare("bandwidth", bandwidth, expected));
        }
        let margin = whole(most) + 2;
        let bins = Bins::of(&frame, margin, lat, lng);
        let mut raw = vec![0.0; frame.width * frame.height];
        let rows = raw.par_chunks_mut(frame.width).enumerate();
        rows.for_each_init(Vec::new, |scratch, (row, out)| {
            bins.smooth(row, bandwidth / frame.metres(row), scratch, out);
        });
        Ok(Self { frame, bandwidth, fewest, raw, points: bins.points })
    }

    /// Where the pixels lie.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Metres.
    #[must_use]
    pub fn bandwidth(&self) -> f64 {
        self.bandwidth
    }

    /// Sums of K at the middles of the pixels, in rows from the north-west: 0 and more, at most as many as there are points.
    #[must_use]
    pub fn raw(&self) -> &[f32] {
        &self.raw
    }

    /// What a raw value is to be multiplied with to be reports per km².
    #[must_use]
    pub fn per_km2(&self) -> f64 {
        3e6 / (PI * self.bandwidth * self.bandwidth)
    }

    /// The largest raw value.
    #[must_use]
    pub fn most(&self) -> f64 {
        f64::from(self.raw.iter().copied().fold(0.0, f32::max))
    }

    /// Points in the frame or within reach of it.
    #[must_use]
    pub fn points(&self) -> u64 {
        self.points
    }

    /// Most that a raw value can be wrong by for each point near it.
    #[must_use]
    pub fn error_bound(&self) -> f64 {
        (2.0 / self.fewest + 0.0043) / self.fewest
    }

    /// The raw value at a place in pixels from the upper left corner, between the middles of pixels by straight lines; `None`
    /// outside.
    pub(crate) fn at(&self, (column, row): (f64, f64)) -> Option<f64> {
        let Frame { width, height, .. } = self.frame;
        if !(column >= 0.0 && row >= 0.0 && column < width as f64 && row < height as f64) {
            return None;
        }
        let near = |at: f64, most: usize| {
            let at = (at - 0.5).clamp(0.0, most as f64 - 1.0);
            (whole(at), (whole(at) + 1).min(most - 1), at.fract())
        };
        let ((left, right, across), (upper, lower, down)) = (near(column, width), near(row, height));
        let value = |row: usize, column: usize| f64::from(self.raw[row * width + column]);
        let along = |row: usize| value(row, left) + (value(row, right) - value(row, left)) * across;
        Some(along(upper) + (along(lower) - along(upper)) * down)
    }
}

/// Points shared out to pixel centres, with a margin round the frame.
struct Bins {
    /// Pixels on each side beyond the frame.
    margin: usize,
    /// Pixels to a row: the frame's made up to whole [`LANES`], and the margins.
    stride: usize,
    values: Vec<f32>,
    /// Whether anything is in a row.
    filled: Vec<bool>,
    points: u64,
}

impl Bins {
    fn of(frame: &Frame, margin: usize, lat: &[f64], lng: &[f64]) -> Self {
        let wide = frame.widened(margin);
        let finder = wide.finder();
        let stride = frame.width.next_multiple_of(LANES) + 2 * margin;
        let mut shares = vec![0_u64; stride * wide.height];
        let mut points = 0;
        for (&lat, &lng) in lat.iter().zip(lng) {
            let Some((column, row)) = finder.find(lat, lng) else { continue };
            // From the middle of the first pixel, in 256ths. What lies before it reaches nothing.
            let (across, down) = (whole(column * 256.0 + 0.5), whole(row * 256.0 + 0.5));
            let (Some(across), Some(down)) = (across.checked_sub(128), down.checked_sub(128)) else { continue };
            let start = (down >> 8) * stride + (across >> 8);
            let (right, lower) = ((across & 255) as u64, (down & 255) as u64);
            if let Some([a, b]) = shares.get_mut(start..start + 2) {
                *a += (256 - right) * (256 - lower);
                *b += right * (256 - lower);
            }
            if let Some([a, b]) = shares.get_mut(start + stride..start + stride + 2) {
                *a += (256 - right) * lower;
                *b += right * lower;
            }
            points += 1;
        }
        let filled = shares.chunks(stride).map(|row| row.iter().any(|&share| share > 0)).collect();
        let values = shares.iter().map(|&share| share as f32 / WHOLE).collect();
        Self { margin, stride, values, filled, points }
    }

    /// A row of the frame smoothed with a kernel that spans `span` pixels.
    fn smooth(&self, row: usize, span: f64, scratch: &mut Vec<f32>, out: &mut [f32]) {
        let Self { margin, stride, ref values, ref filled, .. } = *self;
        let line = |row: usize| &values[row * stride..(row + 1) * stride];
        let middle = row + margin;
        let mut sums = vec![[0.0_f32; LANES]; (stride - 2 * margin) / LANES];
        for down in 0..margin {
            let within = span * span - (down * down) as f64;
            let (above, below) = (middle - down, middle + down);
            if within <= 0.0 || !(filled[above] || filled[below]) {
                continue;
            }
            #[allow(clippy::cast_possible_truncation, reason = "a share of 1")]
            let tap = |across: usize| {
                let part = (within - (across * across) as f64) / (span * span);
                (part * part) as f32
            };
            let reach = (1..margin).take_while(|&across| ((across * across) as f64) < within).count();
            let taps: Vec<f32> = (1..=reach).map(tap).collect();
            scratch.clear();
            // Rows as far above as below have the same taps.
            if down == 0 {
                scratch.extend_from_slice(line(middle));
            } else {
                scratch.extend(line(above).iter().zip(line(below)).map(|(a, b)| a + b));
            }
            let centre = tap(0);
            for (block, sum) in sums.iter_mut().enumerate() {
                let start = margin + block * LANES;
                let mut all = *sum;
                for (all, value) in all.iter_mut().zip(&scratch[start..start + LANES]) {
                    *all += centre * value;
                }
                let right = scratch[start + 1..start + LANES + reach].array_windows::<LANES>();
                let left = scratch[start - reach..start + LANES - 1].array_windows::<LANES>().rev();
                for ((tap, right), left) in taps.iter().zip(right).zip(left) {
                    for lane in 0..LANES {
                        all[lane] += tap * (right[lane] + left[lane]);
                    }
                }
                *sum = all;
            }
        }
        out.copy_from_slice(&sums.as_flattened()[..out.len()]);
    }
}
