//! A map fitted into a rectangle of the page: cells or areas, their outline and numbers.

use std::borrow::Cow;

use geo::{Coord, MultiPolygon};

use super::cell::{NO_DATA, NO_VALUE, dot, falls, middle, plain, silent, within_seams};
use super::marks;
use super::tiling::{PageTransform, Tiling};
use crate::draw::canvas::{At, Canvas, Drawn, INK, PageRect};
use crate::layer::{CellFill, Legend};

/// A map of cells or areas, fitted into a rectangle of the page.
pub(crate) struct FittedMap<'a> {
    pub(super) tiles: Vec<(usize, Vec<At>)>,
    /// Of areas, squares for dots and numbers.
    spots: Vec<Vec<At>>,
    outline: Option<&'a MultiPolygon>,
    /// Position of the plane on the page.
    pub(crate) transform: PageTransform,
    /// The part of the page that the map may cover.
    pub(crate) frame: PageRect,
}

impl<'a> FittedMap<'a> {
    pub(crate) fn fit(tiling: &Tiling, outline: Option<&'a MultiPolygon>, frame: PageRect) -> Self {
        let transform = PageTransform::fit(tiling, frame);
        let (tiles, spots) = (tiling.on_page(&transform), tiling.spots_on_page(&transform));
        Self { tiles, spots, outline, transform, frame }
    }

    /// Position on the page of a place in degrees; its longitude runs on across 180° where the map does.
    pub(crate) fn place(&self, degrees: Coord) -> At {
        self.transform.place_degrees(degrees)
    }

    /// Draws the cells or areas, each as `displayed` returns for its row.
    pub(crate) fn draw(&self, canvas: &Canvas, legend: &Legend, displayed: impl Fn(usize) -> CellFill) {
        let in_areas = !self.spots.is_empty();
        let mut tiles = Vec::with_capacity(self.tiles.len());
        let (mut dots, mut falling) = (Vec::new(), Vec::new());
        for (row, corners) in &self.tiles {
            match displayed(*row) {
                CellFill::Class { class, sparse } => {
                    let class = &legend.classes[class];
                    let tile = if in_areas { Cow::Borrowed(corners.as_slice()) } else { within_seams(corners) };
                    tiles.push((tile, class.colour));
                    dots.extend(sparse.then_some((*row, class.colour)));
                    falling.extend(class.falls.then_some(corners));
                }
                CellFill::Silence => silent(canvas, corners),
                CellFill::NoData => plain(canvas, corners, NO_DATA),
                CellFill::Nothing => plain(canvas, corners, NO_VALUE),
            }
        }
        canvas.mosaic(tiles.iter().map(|(corners, colour)| (&**corners, *colour)));
        for (corners, _) in tiles.iter().filter(|_| in_areas) {
            let (_, radius) = middle(corners);
            canvas.outline(corners, [255; 3], (radius / 12.0).min(0.8));
        }
        for corners in falling {
            falls(canvas, corners);
        }
        // One dot for an area of several parts.
        dots.dedup_by_key(|(row, _)| *row);
        for (row, colour) in dots {
            if let Some(corners) = self.spot(row) {
                dot(canvas, corners, colour);
            }
        }
    }

    /// Draws the boundary of the study area, a line of this width.
    pub(crate) fn border(&self, canvas: &Canvas, width: f64) {
        let parts = self.outline.into_iter().flatten();
        for ring in parts.flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors())) {
            canvas.outline(&self.transform.ring(ring), INK, width);
        }
    }

    /// Outlines the cell of a row; a small one by a thinner line, so that its colour can be seen.
    pub(crate) fn ring(&self, canvas: &Canvas, row: usize, width: f64) {
        for corners in self.parts(row) {
            let (_, radius) = middle(corners);
            canvas.outline(corners, INK, width.min(radius / 6.0));
        }
    }

    /// The middle of the cell of a row.
    pub(crate) fn middle(&self, row: usize) -> Option<At> {
        self.spot(row).map(|corners| middle(corners).0)
    }

    /// The outline that carries the dot or number of a row.
    fn spot(&self, row: usize) -> Option<&[At]> {
        self.spots.get(row).map(Vec::as_slice).or_else(|| self.parts(row).next())
    }

    /// The outlines of the cell of a row.
    fn parts(&self, row: usize) -> impl Iterator<Item = &[At]> {
        let start = self.tiles.partition_point(|(other, _)| *other < row);
        self.tiles[start..].iter().take_while(move |(other, _)| *other == row).map(|(_, corners)| corners.as_slice())
    }

    /// Numbers cells, given as number and row, on disks of radius `size`; returns the middles of cells and disks.
    pub(crate) fn mark(&self, canvas: &Canvas, numbers: &[(usize, usize)], size: f64) -> Drawn<Vec<(At, At)>> {
        let cells: Vec<_> = numbers.iter().filter_map(|&(number, row)| Some((number, self.spot(row)?))).collect();
        marks::draw(canvas, &cells, self.frame, size)
    }
}
