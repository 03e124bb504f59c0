//! GIF: an animation of at most 256 colours.

use std::io::Write;

use rustc_hash::FxHashMap;

use super::frames::{LAST_DELAY, PAGE_DELAY, each_change};
use super::product::Encoded;
use crate::disclosure::Release;
use crate::draw::{AnimationPages, Rgb};
use crate::layer::SeriesTable;

pub(super) fn animation(release: &Release<'_, SeriesTable>, out: &mut dyn Write) -> Encoded {
    let pages = AnimationPages::new(release.product())?;
    let last = pages.len() - 1;
    // The key on every page has every class, so the first and the last page have every colour.
    let palette = IndexedColours::of([&pages.pixels(0)?, &pages.pixels(last)?]);
    let side = |pixels: u32| {
        u16::try_from(pixels).map_err(|error| {
            format!("a GIF is at most 65,535 pixels wide (found {pixels}); take a smaller --page: {error}")
        })
    };
    let (width, height) = (side(pages.page().width())?, side(pages.page().height())?);
    let mut encoder = gif::Encoder::new(out, width, height, &palette.0.concat())?;
    encoder.set_repeat(gif::Repeat::Infinite)?;
    let mut nearest = FxHashMap::default();
    each_change(&pages, |index, area, pixels| {
        let indices: Vec<u8> = pixels.iter().map(|&colour| palette.nearest(colour, &mut nearest)).collect();
        let mut frame = gif::Frame::from_indexed_pixels(area.width, area.height, indices, None);
        (frame.left, frame.top) = (area.left, area.top);
        frame.delay = if index == last { LAST_DELAY } else { PAGE_DELAY };
        Ok(encoder.write_frame(&frame)?)
    })?;
    Ok(Vec::new())
}

/// A palette of at most 256 colours.
struct IndexedColours(Vec<Rgb>);

impl IndexedColours {
    /// The colours of most pixels.
    fn of(pages: [&Vec<u8>; 2]) -> Self {
        let mut counts: FxHashMap<Rgb, usize> = FxHashMap::default();
        for colour in pages.iter().flat_map(|page| page.as_chunks::<3>().0) {
            *counts.entry(*colour).or_default() += 1;
        }
        let mut colours: Vec<(Rgb, usize)> = counts.into_iter().collect();
        // Ties go to the darker colour, so that the order of the map does not matter.
        colours.sort_unstable_by_key(|&(colour, count)| (std::cmp::Reverse(count), colour));
        Self(colours.into_iter().take(256).map(|(colour, _)| colour).collect())
    }

    /// Number of the nearest colour, cached in `known`.
    fn nearest(&self, colour: Rgb, known: &mut FxHashMap<Rgb, u8>) -> u8 {
        *known.entry(colour).or_insert_with(|| {
            let distance =
                |other: &Rgb| other.iter().zip(colour).map(|(a, b)| (i32::from(*a) - i32::from(b)).pow(2)).sum::<i32>();
            let place = (0..self.0.len()).min_by_key(|&place| distance(&self.0[place])).unwrap_or_default();
            u8::try_from(place).unwrap_or_default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_of_the_palette_is_its_own_nearest() {
        let page = [[9_u8, 9, 9], [9, 9, 9], [200, 0, 0]].concat();
        let colours = IndexedColours::of([&page, &page]);
        let mut known = FxHashMap::default();
        assert_eq!(colours.0, [[9, 9, 9], [200, 0, 0]]);
        assert_eq!((colours.nearest([9, 9, 9], &mut known), colours.nearest([180, 20, 5], &mut known)), (0, 1));
    }
}
