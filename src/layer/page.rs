//! Sizes of pages: paper, slides, the square of social networks, and any other.

use std::fmt;

use crate::invalid::{InvalidValue, unknown};

/// Width and height of a picture in pixels, and pixels an inch.
///
/// ```
/// use tensionmap::Page;
/// let slide = Page::of("slide", None)?;
/// assert_eq!((slide.width(), slide.height(), slide.dpi()), (1920, 1080, 144));
/// assert_eq!(Page::of("a4", Some(96))?.width(), 1123);
/// assert!(Page::of("300x200", None).is_err());
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    width: u32,
    height: u32,
    dpi: u16,
}

/// A page size with a name.
#[derive(Clone, Copy, Debug)]
pub struct PageSize {
    /// Its name.
    pub name: &'static str,
    /// Its use, in a line.
    pub about: &'static str,
    /// Width and height in inches.
    pub inches: (f64, f64),
    /// Default pixels an inch.
    pub dpi: u16,
}

/// The sides of A4 and A3 paper in inches.
const A4: (f64, f64) = (297.0 / 25.4, 210.0 / 25.4);
const A3: (f64, f64) = (420.0 / 25.4, 297.0 / 25.4);

/// Page sizes by name; the first is the default.
pub const PAGES: &[PageSize] = &[
    PageSize { name: "sheet", about: "4:3, for the screen and the briefing", inches: (50.0 / 3.0, 12.5), dpi: 96 },
    PageSize { name: "a4", about: "A4, landscape", inches: A4, dpi: 150 },
    PageSize { name: "a4-portrait", about: "A4, portrait", inches: (A4.1, A4.0), dpi: 150 },
    PageSize { name: "a3", about: "A3, landscape", inches: A3, dpi: 150 },
    PageSize { name: "a3-portrait", about: "A3, portrait", inches: (A3.1, A3.0), dpi: 150 },
    PageSize { name: "slide", about: "16:9, for a presentation", inches: (40.0 / 3.0, 7.5), dpi: 144 },
    PageSize { name: "square", about: "1:1, for social networks", inches: (11.25, 11.25), dpi: 96 },
];

/// Maximum pixels: all of a page is held in memory.
const MAX_PIXELS: u32 = 40_000_000;

/// Minimum pixels of the longer and of the shorter side, so that map, key and words have room.
const MIN_SIDES: (u32, u32) = (720, 480);

impl Page {
    /// 4:3 for the screen and the briefing, the default.
    pub const SHEET: Self = Self { width: 1600, height: 1200, dpi: 96 };
    /// A4, landscape.
    pub const A4: Self = Self { width: 1754, height: 1240, dpi: 150 };
    /// A4, portrait.
    pub const A4_PORTRAIT: Self = Self::A4.turned();
    /// A3, landscape.
    pub const A3: Self = Self { width: 2480, height: 1754, dpi: 150 };
    /// A3, portrait.
    pub const A3_PORTRAIT: Self = Self::A3.turned();
    /// 16:9 for a presentation.
    pub const SLIDE: Self = Self { width: 1920, height: 1080, dpi: 144 };
    /// 1:1 for social networks.
    pub const SQUARE: Self = Self { width: 1080, height: 1080, dpi: 96 };

    const fn turned(self) -> Self {
        Self { width: self.height, height: self.width, dpi: self.dpi }
    }

    /// The page of a name in [`PAGES`], or of `WIDTHxHEIGHT` pixels.
    ///
    /// # Errors
    /// An unknown name; fewer than 720 × 480 or more than 40 million pixels; a side more than four times the other; pixels an
    /// inch outside 48 to 300.
    pub fn of(size: &str, dpi: Option<u16>) -> Result<Self, InvalidValue> {
        if let Some(dpi) = dpi.filter(|dpi| !(48..=300).contains(dpi)) {
            return Err(InvalidValue::expecting("dpi", dpi, "48 to 300 pixels an inch"));
        }
        let named = PAGES.iter().find(|page| page.name.eq_ignore_ascii_case(size.trim()));
        let dpi = dpi.or(named.map(|page| page.dpi)).unwrap_or(PAGES[0].dpi);
        let pixels = match named {
            Some(page) => Some([page.inches.0, page.inches.1].map(|inches| pixels(inches * f64::from(dpi)))),
            None => size
                .split_once(['x', 'X'])
                .and_then(|(width, height)| Some([width.trim().parse().ok()?, height.trim().parse().ok()?])),
        };
        let Some([width, height]) = pixels else {
            let names: Vec<&str> = PAGES.iter().map(|page| page.name).collect();
            return Err(unknown("page", size, &names, ", or WIDTHxHEIGHT in pixels"));
        };
        if width.max(height) < MIN_SIDES.0 || width.min(height) < MIN_SIDES.1 {
            let expected = format!(
                "at least {} pixels one way and {} the other, so that title, legend and caption have room",
                MIN_SIDES.0, MIN_SIDES.1
            );
            return Err(InvalidValue::expecting("page", format!("{width}x{height}"), expected));
        }
        if width.max(height) > 4 * width.min(height) || width.saturating_mul(height) > MAX_PIXELS {
            let expected = "at most 40 million pixels, and no side more than four times the other; try a lower --dpi";
            return Err(InvalidValue::expecting("page", format!("{width}x{height}"), expected));
        }
        Ok(Self { width, height, dpi })
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(self) -> u32 {
        self.height
    }

    /// Pixels an inch.
    #[must_use]
    pub fn dpi(self) -> u16 {
        self.dpi
    }
}

impl Default for Page {
    /// The first of [`PAGES`].
    fn default() -> Self {
        Self::SHEET
    }
}

/// Its name in [`PAGES`], or `WIDTHxHEIGHT`; pixels an inch are stated apart.
impl fmt::Display for Page {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_it = |page: &&PageSize| Self::of(page.name, Some(self.dpi)).is_ok_and(|page| page == *self);
        match PAGES.iter().find(is_it) {
            Some(page) => out.write_str(page.name),
            None => write!(out, "{}x{}", self.width, self.height),
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 16.6 inches of 300 pixels")]
fn pixels(length: f64) -> u32 {
    length.round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_the_size_of_their_paper() {
        let size = |name: &str, dpi| Page::of(name, dpi).map(|page| (page.width, page.height, page.dpi)).ok();
        assert_eq!(size("sheet", None), Some((1600, 1200, 96)));
        let constants =
            [Page::SHEET, Page::A4, Page::A4_PORTRAIT, Page::A3, Page::A3_PORTRAIT, Page::SLIDE, Page::SQUARE];
        for (page, size) in constants.into_iter().zip(PAGES) {
            assert_eq!(Page::of(size.name, None).ok(), Some(page));
            assert_eq!(page.to_string(), size.name);
        }
        assert_eq!(Page::of("a3", Some(300)).map(|page| page.to_string()).ok(), Some("a3".to_owned()));
        assert_eq!(Page::of("1920x1080", None).map(|page| page.to_string()).ok(), Some("1920x1080".to_owned()));
        assert_eq!(size("a4", Some(300)), Some((3508, 2480, 300)));
        assert_eq!(size("a3-portrait", Some(150)), Some((1754, 2480, 150)));
        assert_eq!(size("square", None), Some((1080, 1080, 96)));
        assert_eq!(size("1920x1080", None), Some((1920, 1080, 96)));
        assert_eq!(size("1920x1080", Some(200)), Some((1920, 1080, 200)));
    }

    #[test]
    fn unusable_pages_are_rejected() {
        let rejected =
            |size: &str, dpi| Page::of(size, dpi).map_err(|error| error.to_string()).expect_err("not usable");
        assert!(rejected("a5", None).contains("expected one of sheet, a4, a4-portrait, "));
        assert!(rejected("640x-1", None).contains("or WIDTHxHEIGHT in pixels"));
        assert_eq!(
            rejected("300x200", None),
            "page \"300x200\" is not usable: expected at least 720 pixels one way and 480 the other, so that title, legend and \
             caption have room"
        );
        assert!(rejected("60000x60000", None).contains("at most 40 million pixels"));
        assert!(rejected("4000x600", None).contains("no side more than four times the other"));
        assert!(rejected("a4", Some(301)).contains("expected 48 to 300 pixels an inch"));
    }
}
