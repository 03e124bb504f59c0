//! Reports by pixel.

use super::{Frame, whole};

/// How many points lie in each pixel: exact, in any order.
///
/// ```
/// use tensionmap::density::{Counts, Frame};
/// let frame = Frame::of_size([-1.30, 52.50, -0.95, 52.75], 7, 8)?;
/// let counts = Counts::of(frame, &[52.6, 52.6, 51.0], &[-1.1, -1.1, -1.1]);
/// assert_eq!((counts.inside(), counts.outside(), counts.values().iter().max()), (2, 1, Some(&2)));
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    frame: Frame,
    values: Vec<u32>,
    inside: u64,
    outside: u64,
}

impl Counts {
    /// Counts points, given as latitudes and longitudes in degrees, by pixel. O(points + pixels).
    #[must_use]
    pub fn of(frame: Frame, lat: &[f64], lng: &[f64]) -> Self {
        let finder = frame.finder();
        let mut values = vec![0_u32; frame.width * frame.height];
        let mut inside = 0;
        for (&lat, &lng) in lat.iter().zip(lng) {
            let Some((column, row)) = finder.find(lat, lng) else { continue };
            // The last step of the table ends where the frame does, give or take a rounding.
            if let Some(value) = values.get_mut(whole(row) * frame.width + whole(column)) {
                *value += 1;
                inside += 1;
            }
        }
        let outside = lat.len().min(lng.len()) as u64 - inside;
        Self { frame, values, inside, outside }
    }

    /// Where the pixels lie.
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

    /// Points beside it.
    #[must_use]
    pub fn outside(&self) -> u64 {
        self.outside
    }
}
