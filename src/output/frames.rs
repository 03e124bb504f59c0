//! Changes from one page of an animation to the next, for formats that store only those.

use crate::draw::AnimationPages;
use crate::invalid::Cause;

/// Delay of a page, and of the last one, in hundredths of a second.
pub(super) const PAGE_DELAY: u16 = 60;
pub(super) const LAST_DELAY: u16 = 300;

/// A rectangle of changed pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ChangedArea {
    pub(super) left: u16,
    pub(super) top: u16,
    pub(super) width: u16,
    pub(super) height: u16,
}

/// Draws page after page and visits the changes: all of the first page, and at least a pixel of every other.
pub(super) fn each_change(
    pages: &AnimationPages<'_>,
    mut visit: impl FnMut(usize, ChangedArea, &[[u8; 3]]) -> Result<(), Cause>,
) -> Result<(), Cause> {
    let width = pages.page().width() as usize;
    let mut before: Vec<u8> = Vec::new();
    for index in 0..pages.len() {
        let now = pages.pixels(index)?;
        let area = changed(before.as_chunks().0, now.as_chunks().0, width)?;
        let rows = now.as_chunks::<3>().0.chunks(width).skip(area.top.into()).take(area.height.into());
        let pixels: Vec<[u8; 3]> =
            rows.flat_map(|row| &row[area.left.into()..][..area.width.into()]).copied().collect();
        visit(index, area, &pixels)?;
        before = now;
    }
    Ok(())
}

/// The smallest rectangle with every changed pixel; the whole page, if there was none before.
fn changed(before: &[[u8; 3]], now: &[[u8; 3]], width: usize) -> Result<ChangedArea, Cause> {
    let (mut left, mut right, mut top, mut bottom) = (width, 0, usize::MAX, 0);
    for (row, pixels) in now.chunks(width).enumerate() {
        let old = before.get(row * width..(row + 1) * width).unwrap_or_default();
        let differs = |column: &usize| old.get(*column) != Some(&pixels[*column]);
        if let (Some(first), Some(last)) = ((0..width).find(differs), (0..width).rfind(differs)) {
            (left, right, top, bottom) = (left.min(first), right.max(last + 1), top.min(row), row + 1);
        }
    }
    if right == 0 {
        (left, right, top, bottom) = (0, 1, 0, 1);
    }
    let side = |pixels: usize| u16::try_from(pixels);
    Ok(ChangedArea { left: side(left)?, top: side(top)?, width: side(right - left)?, height: side(bottom - top)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_found() {
        let before = vec![[0, 0, 0]; 12];
        let mut now = before.clone();
        (now[5], now[10]) = ([1, 0, 0], [0, 0, 2]);
        let part = |before: &[[u8; 3]], now: &[[u8; 3]]| changed(before, now, 4).expect("a part");
        assert_eq!(part(&before, &now), ChangedArea { left: 1, top: 1, width: 2, height: 2 });
        assert_eq!(part(&[], &now), ChangedArea { left: 0, top: 0, width: 4, height: 3 });
        assert_eq!(part(&now, &now), ChangedArea { left: 0, top: 0, width: 1, height: 1 });
    }
}
