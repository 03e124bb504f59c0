//! Reports by pixel.

use rayon::prelude::*;

use super::Frame;
use super::finder::{BITS, PixelFinder};

/// Points in each pixel: exact, independent of their order.
///
/// ```
/// use tensionmap::unstable::density::{Frame, PixelCounts};
/// let frame = Frame::of_size([-1.30, 52.50, -0.95, 52.75], 7, 8)?;
/// let counts = PixelCounts::of(frame, &[52.6, 52.6, 51.0], &[-1.1, -1.1, -1.1]);
/// assert_eq!((counts.inside(), counts.outside(), counts.values().iter().max()), (2, 1, Some(&2)));
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PixelCounts {
    frame: Frame,
    values: Vec<u32>,
    inside: u64,
    outside: u64,
}

impl PixelCounts {
    /// Counts points, given as latitudes and longitudes in degrees, by pixel. O(points + pixels). A point within
    /// 10⁻⁵ of a pixel of an edge may fall to either side.
    #[must_use]
    pub fn of(frame: Frame, lat: &[f64], lng: &[f64]) -> Self {
        let points = lat.len().min(lng.len());
        // A part has a raster of its own, so it should have more points than pixels.
        let part = points.div_ceil(rayon::current_num_threads()).max(frame.width * frame.height);
        let parts = lat[..points].par_chunks(part).zip(lng[..points].par_chunks(part));
        let parts: Vec<PartialCounts> = parts.map(|(lat, lng)| PartialCounts::of(&frame, lat, lng)).collect();
        let mut values = vec![0_u32; frame.width * frame.height];
        for part in &parts {
            part.add_to(&mut values, frame.width);
        }
        let inside = values.iter().map(|&value| u64::from(value)).sum();
        Self { frame, values, inside, outside: points as u64 - inside }
    }

    /// Frame of the pixels.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Counts in rows from the north-west.
    #[must_use]
    pub fn values(&self) -> &[u32] {
        &self.values
    }

    /// Points in the frame.
    #[must_use]
    pub fn inside(&self) -> u64 {
        self.inside
    }

    /// Points outside the frame.
    #[must_use]
    pub fn outside(&self) -> u64 {
        self.outside
    }
}

/// Counts of some of the points, in the frame and one pixel round it; that margin has all points outside.
struct PartialCounts {
    /// Counts, less multiples of 256: small, so that they stay in the cache.
    few: Vec<u8>,
    /// Pixels that passed 256, once for each time.
    full: Vec<u32>,
}

impl PartialCounts {
    fn of(frame: &Frame, lat: &[f64], lng: &[f64]) -> Self {
        let wide = frame.widened(1);
        let stride = wide.width as u64;
        let mut few = vec![0_u8; wide.width * wide.height];
        let mut full = Vec::new();
        #[allow(clippy::cast_possible_truncation, reason = "a raster has far fewer pixels than 2³²")]
        let pixel = |column: u64, row: u64| ((row >> BITS) * stride + (column >> BITS)) as u32;
        PixelFinder::new(wide).visit(lat, lng, pixel, |pixels| {
            for &pixel in pixels {
                if let Some(count) = few.get_mut(pixel as usize) {
                    *count = count.wrapping_add(1);
                    if *count == 0 {
                        full.push(pixel);
                    }
                }
            }
        });
        Self { few, full }
    }

    fn add_to(&self, values: &mut [u32], width: usize) {
        let lines = self.few.chunks(width + 2).skip(1);
        for (values, few) in values.chunks_mut(width).zip(lines) {
            for (value, &few) in values.iter_mut().zip(&few[1..]) {
                *value += u32::from(few);
            }
        }
        for &pixel in &self.full {
            let (row, column) = (pixel as usize / (width + 2), pixel as usize % (width + 2));
            // Not the margin.
            if (1..=values.len() / width).contains(&row) && (1..=width).contains(&column) {
                values[(row - 1) * width + column - 1] += 256;
            }
        }
    }
}
