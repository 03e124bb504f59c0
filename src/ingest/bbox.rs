//! Boxes in degrees, and areas that positions are expected in.

use std::fmt;
use std::str::FromStr;

use crate::invalid::InvalidValue;

/// A box in degrees; a west beyond the east crosses longitude 180°.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bbox {
    pub(super) west: f64,
    pub(super) south: f64,
    pub(super) east: f64,
    pub(super) north: f64,
}

impl Bbox {
    /// The United Kingdom, its islands and coastal waters.
    pub const UNITED_KINGDOM: Self = Self { west: -8.75, south: 49.8, east: 1.85, north: 60.95 };

    /// A box by its sides, in degrees.
    #[must_use]
    pub(crate) fn new([west, south, east, north]: [f64; 4]) -> Self {
        Self { west, south, east, north }
    }

    /// West, south, east and north.
    #[must_use]
    pub(crate) fn sides(self) -> [f64; 4] {
        [self.west, self.south, self.east, self.north]
    }

    /// Latitude and longitude of its middle.
    #[must_use]
    pub(crate) fn middle(self) -> (f64, f64) {
        let east = if self.west <= self.east { self.east } else { self.east + 360.0 };
        let lng = f64::midpoint(self.west, east);
        (f64::midpoint(self.south, self.north), if lng > 180.0 { lng - 360.0 } else { lng })
    }

    /// Box with a margin of so many degrees all round.
    #[must_use]
    pub(crate) fn widened(self, degrees: f64) -> Self {
        let turned = |lng: f64| if lng.abs() > 180.0 { lng - 360.0_f64.copysign(lng) } else { lng };
        let width = if self.west <= self.east { self.east - self.west } else { self.east - self.west + 360.0 };
        let (west, east) = if width + 2.0 * degrees >= 360.0 {
            (-180.0, 180.0)
        } else {
            (turned(self.west - degrees), turned(self.east + degrees))
        };
        Self { west, south: (self.south - degrees).max(-90.0), east, north: (self.north + degrees).min(90.0) }
    }

    /// True if a position is inside.
    #[must_use]
    pub fn holds(self, lat: f64, lng: f64) -> bool {
        let between = if self.west <= self.east {
            (self.west..=self.east).contains(&lng)
        } else {
            lng >= self.west || lng <= self.east
        };
        between && (self.south..=self.north).contains(&lat)
    }
}

impl fmt::Display for Bbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { west, south, east, north } = self;
        write!(out, "{west},{south},{east},{north}")
    }
}

impl FromStr for Bbox {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        // A part that is not a number must not leave a box of the others.
        let numbers: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
        let numbers = numbers.unwrap_or_default();
        match numbers[..] {
            [west, south, east, north]
                if [west, east].iter().all(|lng| (-180.0..=180.0).contains(lng))
                    && -90.0 <= south
                    && south < north
                    && north <= 90.0 =>
            {
                Ok(Self { west, south, east, north })
            }
            _ => {
                let expected = "WEST,SOUTH,EAST,NORTH in degrees, such as -8.75,49.8,1.85,60.95";
                Err(InvalidValue::expecting("bbox", text, expected))
            }
        }
    }
}

/// Area that positions are checked against.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum ExpectedArea {
    /// Anywhere.
    Anywhere,
    /// Likely in a box: a position elsewhere is accepted too, unless its mirror image is inside.
    Likely(Bbox),
    /// Only in a box.
    Only(Bbox),
}
