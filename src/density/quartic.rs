//! Kernel density with a quartic kernel.

use std::f64::consts::PI;

use rayon::prelude::*;
use wide::f32x16;

use super::finder::{BITS, PixelFinder};
use super::{DensityError, Frame, floor};
use crate::invalid::InvalidValue;
use crate::rounding::legible;
use crate::watch::{self, Cancelled};

/// Minimum value of [`Density::raw`] that may be displayed.
///
/// A pixel with that value has as many reports or more within the bandwidth, because none counts for more than 1.
pub const MIN_REPORTS: f64 = 3.0;

/// Kernel density of points with the quartic (biweight) kernel.
///
/// # Formula
/// At the middle of a pixel, Σ K(d) over all points, with K(d) = (1 − d²/r²)² for d < r and 0 beyond. Here d is the
/// distance in metres, r the bandwidth. This is the raw value of QGIS' heatmap. Times 3 / (π r²) it is a density:
/// [`Self::per_km2`].
///
/// # Algorithm
/// Each point is divided among the four nearest pixel centres (linear binning) in 65,536ths. These are integers, so
/// sums do not depend on the order of points. Then each row of bins is spread over the rows about it, from north to
/// south. Along a row K is (1 − dx²/r²)² − 2 dy²/r² (1 − dx²/r²) + dy⁴/r⁴, so three sums over a window serve all of
/// them. Points outside the frame count if they are within the bandwidth.
///
/// # Error
/// Against the sum over all points, at most [`Self::error_bound`] for each point within r and a pixel. With h the side
/// of a pixel this is the sum of:
/// - 2 (h/r)² for linear binning: bilinear interpolation of K between pixel centres is off by h²/8 · (max |∂²K/∂x²| +
///   max |∂²K/∂y²|), each at most 8/r²;
/// - 0.0043 h/r for shares in 256ths of a side: 1.54/r, the steepest slope, times √2 h/512.
///
/// Rounding adds at most 2·10⁻⁵ for each. With h = r/20 the sum is 0.5 % of a point's own peak; over many points most
/// of it cancels. Distances have the scale of the point's row: within r the scale changes by r/R · tan φ, 10⁻⁴ at 500 m
/// and 53°.
///
/// # Complexity
/// O(points + pixels · r/h), about 12 · pixels bytes.
///
/// # Example
/// ```
/// use tensionmap::unstable::density::{Density, Frame};
/// let frame = Frame::of_pixel([-1.20, 52.60, -1.10, 52.66], 25.0)?;
/// let density = Density::quartic(frame, &[52.63; 10], &[-1.15; 10], 500.0)?;
/// // Ten reports at one place: nearly 10 there, or 10 × 3 / (π × 0.25 km²) to a km².
/// assert!((density.max() - 10.0).abs() < 0.1);
/// assert!((density.max() * density.per_km2() - 120.0 / std::f64::consts::PI).abs() < 0.4);
/// # Ok::<(), tensionmap::Error>(())
/// ```
///
/// # References
/// B. W. Silverman, Density Estimation for Statistics and Data Analysis (1986), p. 76; M. P. Wand, Fast computation of
/// multivariate kernel estimators, J. Comput. Graph. Stat. 3 (1994) 433–445.
#[derive(Clone, Debug, PartialEq)]
pub struct Density {
    frame: Frame,
    bandwidth: f64,
    /// Minimum pixels that the bandwidth spans.
    min_span: f64,
    raw: Vec<f32>,
    points: u64,
}

/// Pixels computed side by side: as many as fit into registers.
const LANES: usize = 16;

/// Columns spread at a time, so that the sums of all rows within reach stay in the innermost cache.
const STRIP: usize = 64;

/// Weight of a point in the bins.
const POINT: f32 = 65_536.0;
/// Overflow of a bin.
const FULL: f32 = 4_294_967_296.0;

/// Sums of a row of a strip.
type StripSums = [f32x16; STRIP / LANES];

impl Density {
    /// Pixels that a bandwidth may span: with fewer the error is too large, with more pixels are wasted.
    pub const SPAN: std::ops::RangeInclusive<f64> = 2.0..=64.0;

    /// Density of points, given as latitudes and longitudes in degrees, for a bandwidth in metres.
    ///
    /// # Errors
    /// A bandwidth that is not above 0, or spans fewer or more pixels than [`Self::SPAN`] in some row; a run that is stopped.
    pub fn quartic(frame: Frame, lat: &[f64], lng: &[f64], bandwidth: f64) -> Result<Self, DensityError> {
        // Pixels are smallest on the ground furthest from the equator, and largest nearest to it.
        let spans = || (0..frame.height).map(|row| bandwidth / frame.metres(row));
        let (min, max) = (spans().fold(f64::INFINITY, f64::min), spans().fold(0.0, f64::max));
        // A frame in which the bandwidth is exactly two pixels in the middle row has slightly fewer in another.
        if !(bandwidth > 0.0 && min > Self::SPAN.start() * 0.99 && max < Self::SPAN.end() * 1.01) {
            let pixel = frame.metres(frame.height / 2);
            let (min, max) = ((2.0 * pixel).ceil(), 64.0 * pixel);
            let span = format!("2 and 64 pixels, of {pixel:.1} m in the middle row: {min:.0} to {max:.0}");
            let expected = format!("metres between {span}; or another pixel");
            return Err(InvalidValue::expecting("bandwidth", legible(bandwidth), expected).into());
        }
        let bins = Bins::of(&frame, floor(max) + 2, lat, lng);
        let mut raw = vec![0.0; frame.width * frame.height];
        // Rows within reach of two bands are spread for each of them.
        let band = frame.height.div_ceil(rayon::current_num_threads()).max(4 * bins.margin);
        raw.par_chunks_mut(frame.width * band)
            .enumerate()
            .try_for_each(|(index, out)| bins.smooth(&frame, index * band, bandwidth, out))?;
        Ok(Self { frame, bandwidth, min_span: min, raw, points: bins.points })
    }

    /// Frame of the pixels.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Bandwidth in metres.
    #[must_use]
    pub fn bandwidth(&self) -> f64 {
        self.bandwidth
    }

    /// Sums of K at the middles of the pixels, in rows from the north-west: 0 and more, at most as many as there are points.
    #[must_use]
    pub fn raw(&self) -> &[f32] {
        &self.raw
    }

    /// Factor from a raw value to reports per km².
    #[must_use]
    pub fn per_km2(&self) -> f64 {
        3e6 / (PI * self.bandwidth * self.bandwidth)
    }

    /// The largest raw value.
    #[must_use]
    pub fn max(&self) -> f64 {
        f64::from(self.raw.iter().copied().fold(0.0, f32::max))
    }

    /// Points in the frame or within reach of it.
    #[must_use]
    pub fn points(&self) -> u64 {
        self.points
    }

    /// Maximum error of a raw value for each point near it.
    #[must_use]
    pub fn error_bound(&self) -> f64 {
        (2.0 / self.min_span + 0.0043) / self.min_span
    }

    /// Raw value at a position in pixels from the upper left corner, by bilinear interpolation; `None` outside.
    pub(crate) fn at(&self, (column, row): (f64, f64)) -> Option<f64> {
        let Frame { width, height, .. } = self.frame;
        if !(column >= 0.0 && row >= 0.0 && column < width as f64 && row < height as f64) {
            return None;
        }
        let near = |at: f64, size: usize| {
            let at = (at - 0.5).clamp(0.0, size as f64 - 1.0);
            (floor(at), (floor(at) + 1).min(size - 1), at.fract())
        };
        let ((left, right, across), (upper, lower, down)) = (near(column, width), near(row, height));
        let value = |row: usize, column: usize| f64::from(self.raw[row * width + column]);
        let along = |row: usize| value(row, left) + (value(row, right) - value(row, left)) * across;
        Some(along(upper) + (along(lower) - along(upper)) * down)
    }
}

/// Points divided among pixel centres, with a margin round the frame.
struct Bins {
    /// Pixels on each side beyond the frame.
    margin: usize,
    /// Pixels to a row: the frame's made up to whole [`STRIP`]s, and the margins.
    stride: usize,
    values: Vec<f32>,
    points: u64,
}

impl Bins {
    fn of(frame: &Frame, margin: usize, lat: &[f64], lng: &[f64]) -> Self {
        let wide = frame.widened(margin);
        let stride = frame.width.next_multiple_of(STRIP) + 2 * margin;
        let mut shares = vec![0_u32; stride * wide.height];
        // Bins that passed 2³², once for each time.
        let mut full = Vec::new();
        let mut points = 0;
        let (columns, rows) = (wide.width - 3, wide.height - 3);
        // From the middle of the first pixel, in 256ths.
        let place = |column: u64, row: u64| [column, row].map(|at| ((at + (1 << (BITS - 9))) >> (BITS - 8)) - 128);
        PixelFinder::new(wide).visit(lat, lng, place, |places| {
            for &[across, down] in places {
                #[allow(clippy::cast_possible_truncation, reason = "within the raster")]
                let (column, row) = ((across >> 8) as usize, (down >> 8) as usize);
                #[allow(clippy::cast_possible_truncation, reason = "0 to 255")]
                let (right, lower) = ((across & 255) as u32, (down & 255) as u32);
                let mut add = |start: usize, share: u32| {
                    if let Some([left_bin, right_bin]) = shares.get_mut(start..start + 2) {
                        let (a, left_over) = left_bin.overflowing_add((256 - right) * share);
                        let (b, right_over) = right_bin.overflowing_add(right * share);
                        (*left_bin, *right_bin) = (a, b);
                        if left_over || right_over {
                            full.extend(left_over.then_some(start));
                            full.extend(right_over.then_some(start + 1));
                        }
                    }
                };
                let start = row * stride + column;
                add(start, 256 - lower);
                add(start + stride, lower);
                points += u64::from(column.wrapping_sub(1) < columns && row.wrapping_sub(1) < rows);
            }
        });
        let mut values: Vec<f32> = shares.iter().map(|&share| share as f32 / POINT).collect();
        for bin in full {
            values[bin] += FULL / POINT;
        }
        Self { margin, stride, values, points }
    }

    /// Computes the rows of the frame from `first` on into `out`.
    fn smooth(&self, frame: &Frame, first: usize, bandwidth: f64, out: &mut [f32]) -> Result<(), Cancelled> {
        let Self { margin, stride, ref values, .. } = *self;
        let rows = out.len() / frame.width;
        // Of the bins' rows, which begin `margin` before the frame's. Beside the frame they have the scale of its edge.
        let lines = first..first + rows + 2 * margin;
        let spread = |line: usize| {
            let row = line.saturating_sub(margin).min(frame.height - 1);
            KernelRows::new(bandwidth / frame.metres(row))
        };
        let spreads: Vec<KernelRows> = lines.clone().map(spread).collect();
        // With a margin beyond the bins', so that each of their rows finds all those that it reaches.
        let mut sums: Vec<StripSums> = vec![StripSums::default(); rows + 4 * margin];
        for strip in (0..frame.width).step_by(STRIP) {
            watch::check()?;
            sums.fill(StripSums::default());
            for (index, (line, spread)) in lines.clone().zip(&spreads).enumerate() {
                let start = line * stride + strip;
                let near = &values[start..start + STRIP + 2 * margin];
                if near.iter().any(|&value| value > 0.0) {
                    spread.add(near, margin, &mut sums[index..=index + 2 * margin]);
                }
            }
            for (line, sums) in out.chunks_mut(frame.width).zip(&sums[2 * margin..]) {
                for (out, sum) in line[strip..].chunks_mut(LANES).zip(sums) {
                    // Rounding may make tiny sums negative.
                    out.copy_from_slice(&sum.max(f32x16::ZERO).to_array()[..out.len()]);
                }
            }
        }
        Ok(())
    }
}

/// Kernel of one row of bins over the rows about it.
struct KernelRows {
    /// 1 − dx²/r² for each distance across in pixels, from 1 on.
    across: Vec<f32>,
    /// Rows within reach, from the furthest to its own.
    down: Vec<KernelRowPair>,
}

/// Two rows at the same distance above and below.
struct KernelRowPair {
    /// Rows away.
    away: usize,
    /// Pixels across that are within the bandwidth there.
    reach: usize,
    /// −2 dy²/r² and dy⁴/r⁴.
    factors: [f32; 2],
}

impl KernelRows {
    #[allow(clippy::cast_possible_truncation, reason = "shares of 1")]
    fn new(span: f64) -> Self {
        let part = |pixels: usize| (pixels as f64 / span).powi(2);
        let reach = floor(span);
        let down = |away: usize| {
            let reach = (0..reach).take_while(|&across| part(across + 1) + part(away) < 1.0).count();
            KernelRowPair { away, reach, factors: [(-2.0 * part(away)) as f32, part(away).powi(2) as f32] }
        };
        let across = (1..=reach).map(|across| (1.0 - part(across)) as f32).collect();
        Self { across, down: (0..=reach).rev().map(down).collect() }
    }

    /// Spreads one row of bins over all rows of `sums`, whose middle row it is; `near` has a margin on both sides.
    fn add(&self, near: &[f32], margin: usize, sums: &mut [StripSums]) {
        for column in (0..STRIP).step_by(LANES) {
            let (middle, block) = (margin + column, column / LANES);
            let mut rights = near[middle..].array_windows().map(|&right| f32x16::new(right));
            let lefts = near[..middle + LANES - 1].array_windows().rev().map(|&left| f32x16::new(left));
            // Sums over the window of the values, once and twice times 1 − dx²/r².
            let mut plain = rights.next().unwrap_or_default();
            let (mut once, mut twice) = (plain, plain);
            let mut steps = self.across.iter().zip(rights.zip(lefts));
            let mut reached = 0;
            for &KernelRowPair { away, reach, factors: [one, none] } in &self.down {
                for (&part, (right, left)) in steps.by_ref().take(reach - reached) {
                    let both = right + left;
                    let weighed = both * part;
                    plain += both;
                    once += weighed;
                    twice += weighed * part;
                }
                reached = reach;
                let spread = twice + (once * one + plain * none);
                sums[margin - away][block] += spread;
                if away > 0 {
                    sums[margin + away][block] += spread;
                }
            }
        }
    }
}
