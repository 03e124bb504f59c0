//! Context layers of a map: shapes below and above the cells, cut to the frame.

use geo::{Area, Coord, LineString, Polygon, Rect};
use rustc_hash::FxHashSet;

use super::FittedMap;
use crate::draw::canvas::{At, Canvas, PageRect, Rgb};
use crate::layer::ContextLayer;
use crate::layer::context::{ContextPlace, Extent, GeometryPart, PartKind, cut};

/// Minimum length of a step of a line, in page units; shorter ones are dropped.
const MIN_STEP: f64 = 0.4;
/// Radius of the dot of a place, and width of white edges.
pub(crate) const DOT: f64 = 2.6;
const EDGE: f64 = 0.9;
/// Colour of the frame round a map with context.
const NEAT_LINE: Rgb = [0xc4, 0xc9, 0xd0];

/// The shapes of a context layer inside a frame.
#[derive(Default)]
struct VisibleShapes {
    /// Edges of rings drawn so far: the line between two areas is drawn once.
    edges: FxHashSet<[u64; 4]>,
    /// Rings, and holes that wind the other way.
    rings: Vec<Vec<At>>,
    lines: Vec<Vec<At>>,
    dots: Vec<At>,
}

/// Draws a map's cells between its context layers, then the boundary of the study area; a map with context gets a frame.
/// `weight` scales the widths of context lines.
pub(crate) fn around(
    canvas: &Canvas,
    map: &FittedMap<'_>,
    layers: &[ContextLayer],
    (weight, border): (f64, f64),
    cells: impl FnOnce(),
) {
    draw(canvas, map, layers, ContextPlace::Under, weight);
    cells();
    draw(canvas, map, layers, ContextPlace::Over, weight);
    map.border(canvas, border);
    if !layers.is_empty() {
        canvas.outline(&map.frame.corners(), NEAT_LINE, 1.0);
    }
}

/// Draws the layers of a place. `weight` scales the widths of lines; below 1, places with names get no dots.
fn draw(canvas: &Canvas, map: &FittedMap<'_>, layers: &[ContextLayer], place: ContextPlace, weight: f64) {
    let frame = rect(map.frame);
    for layer in layers.iter().filter(|layer| layer.about().place == place) {
        let (style, mut visible) = (layer.style(), VisibleShapes::default());
        for part in layer.shapes.iter().flat_map(|shape| &shape.parts) {
            visible.add(part, map, &layer.extent, frame);
        }
        // Above the cells, a fill would hide them.
        if let Some(fill) = style.fill.filter(|_| place == ContextPlace::Under) {
            canvas.fill_rings(&visible.rings, fill);
        }
        let (width, edge) = (weight * style.width, weight * EDGE);
        if style.is_cased {
            canvas.network(&visible.lines, [255; 3], width + 2.0 * edge);
        }
        canvas.network(&visible.lines, style.ink, width);
        // Many dots without names are only noise.
        let has_dots = weight >= 1.0 || !style.is_named;
        let dots = visible.dots.iter().filter(|&&at| has_dots && map.frame.holds(at, DOT + EDGE));
        for &at in dots {
            dot(canvas, at, weight * DOT, style.ink);
        }
    }
}

/// Draws the dot of a place, with a white edge.
pub(crate) fn dot(canvas: &Canvas, at: At, radius: f64, ink: Rgb) {
    canvas.disk(at, radius + EDGE, [255; 3]);
    canvas.disk(at, radius, ink);
}

pub(crate) fn rect(frame: PageRect) -> Rect {
    Rect::new(Coord { x: frame.left, y: frame.top }, Coord { x: frame.right, y: frame.bottom })
}

impl VisibleShapes {
    fn add(&mut self, part: &GeometryPart, map: &FittedMap<'_>, extent: &Extent, frame: Rect) {
        let placed: Vec<Coord> = part.at.iter().map(|&at| Coord::from(map.place(at))).collect();
        match part.kind {
            PartKind::Points => self.dots.extend(placed.iter().map(Coord::x_y)),
            PartKind::Line => self.line(&placed, frame),
            PartKind::Ring | PartKind::Hole => {
                self.rings.extend(ring(&placed, part.kind, frame));
                self.outline(&part.at, &placed, extent, frame);
            }
        }
    }

    fn line(&mut self, placed: &[Coord], frame: Rect) {
        self.lines.extend(cut::line(placed, frame).iter().map(|stretch| on_page(&cut::thinned(stretch, MIN_STEP))));
    }

    /// The outline of a ring, without the edges that only a cut has left.
    fn outline(&mut self, degrees: &[Coord], placed: &[Coord], extent: &Extent, frame: Rect) {
        let ends = (0..degrees.len()).map(|from| (from, (from + 1) % degrees.len()));
        let mut open: Vec<Coord> = Vec::new();
        for (from, to) in ends {
            if extent.is_cut(degrees[from], degrees[to]) || !self.edges.insert(edge(degrees[from], degrees[to])) {
                self.line(&open, frame);
                open.clear();
                continue;
            }
            if open.is_empty() {
                open.push(placed[from]);
            }
            open.push(placed[to]);
        }
        self.line(&open, frame);
    }
}

/// A key for an edge, equal in both directions.
fn edge(from: Coord, to: Coord) -> [u64; 4] {
    let [from, to] = [from, to].map(|at| (at.x.to_bits(), at.y.to_bits()));
    let (one, other) = (from.min(to), from.max(to));
    [one.0, one.1, other.0, other.1]
}

/// The part of a ring inside a frame, wound one way, and a hole the other way.
pub(crate) fn ring(placed: &[Coord], kind: PartKind, frame: Rect) -> Option<Vec<At>> {
    let ring = cut::ring(cut::thinned(placed, MIN_STEP), frame);
    let mut corners = (ring.len() > 2).then(|| on_page(&ring))?;
    let area = Polygon::new(LineString::new(ring), Vec::new()).signed_area();
    if (area > 0.0) != (kind == PartKind::Ring) {
        corners.reverse();
    }
    Some(corners)
}

fn on_page(points: &[Coord]) -> Vec<At> {
    points.iter().map(Coord::x_y).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::map::Tiling;
    use crate::font::Fonts;
    use crate::layer::context::ContextFile;
    use crate::memory::Budget;

    const FRAME: PageRect = PageRect { left: 20.0, top: 30.0, right: 180.0, bottom: 170.0 };

    /// Draws a file of one feature round a cell at 51.5° north, 0.1° east, on a page of 200 × 200 pixels.
    fn page(kind: &str, coordinates: &str, style: &str) -> Vec<[u8; 3]> {
        let cells = [h3o::LatLng::new(51.5, 0.1).expect("a place").to_cell(h3o::Resolution::Six)];
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.geojson");
        std::fs::write(&path, format!(r#"{{"type":"{kind}","coordinates":{coordinates}}}"#)).expect("written");
        let file: ContextFile = format!("{}:{style}", path.display()).parse().expect("usable");
        let extent = Extent::of(cells.into_iter()).expect("cells");
        let layer = file.read(extent, &Budget::unlimited()).expect("read");
        let tiling = Tiling::of(&cells, crate::layer::Plane::Mercator).expect("on the plane").expect("cells");
        let map = FittedMap::fit(&tiling, None, FRAME);
        let ((), pixels) = Canvas::on_pixels([200, 200], 1.0, &Fonts::default(), |canvas| {
            draw(canvas, &map, std::slice::from_ref(&layer), ContextPlace::Under, 1.0);
            draw(canvas, &map, &[], ContextPlace::Over, 1.0);
            Ok(())
        })
        .expect("a page");
        pixels.as_chunks::<3>().0.to_vec()
    }

    fn is_in_frame(index: usize) -> bool {
        let (x, y) = (index % 200, index / 200);
        (20..180).contains(&x) && (30..170).contains(&y)
    }

    /// A polygon covers its area but not its hole, with rings of either winding.
    #[test]
    fn holes_are_left_free() {
        let ring = |half: f64, turns: bool| {
            let mut corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)];
            if turns {
                corners.reverse();
            }
            let corners = corners.map(|(x, y)| format!("[{},{}]", 0.1 + x * half, 51.5 + y * half * 0.6));
            format!("[{}]", corners.join(","))
        };
        let [fill, ink] = [[0xd6, 0xe6, 0xf1], [0x9f, 0xc1, 0xdb]];
        let mut pages = Vec::new();
        for (outer, inner) in [(false, true), (true, false), (false, false), (true, true)] {
            let rings = format!("[{},{}]", ring(0.02, outer), ring(0.01, inner));
            let pixels = page("Polygon", &rings, "water:under");
            let of = |colour: [u8; 3]| pixels.iter().filter(|pixel| **pixel == colour).count() as f64;
            assert_eq!(pixels[100 * 200 + 100], [255; 3], "{outer} {inner}");
            // Of the outer square three quarters are covered.
            let whole = page("Polygon", &format!("[{}]", ring(0.02, outer)), "water:under");
            let square = whole.iter().filter(|pixel| **pixel == fill).count() as f64;
            assert!((of(fill) / square - 0.75).abs() < 0.05, "{} of {square}", of(fill));
            assert!(of(ink) >= 0.0);
            pages.push(pixels);
        }
        assert!(pages.windows(2).all(|pair| pair[0] == pair[1]));
    }

    /// Nothing leaves the frame; ground that is larger covers all of it, and its far outline is not seen.
    #[test]
    fn nothing_leaves_the_frame() {
        let world = "[[[-10,40],[10,40],[10,60],[-10,60],[-10,40]]]";
        let pixels = page("Polygon", world, "land:under");
        for (index, pixel) in pixels.iter().enumerate() {
            let expected = if is_in_frame(index) { [0xf4, 0xf2, 0xed] } else { [255; 3] };
            assert_eq!(*pixel, expected, "at {}, {}", index % 200, index / 200);
        }
        let across = page("MultiLineString", "[[[-3,51.5],[3,51.5]],[[0.1,49],[0.1,53]]]", "rivers:under");
        let inked = across.iter().enumerate().filter(|(_, pixel)| **pixel != [255; 3]);
        let (within, beyond): (Vec<_>, Vec<_>) = inked.partition(|(index, _)| is_in_frame(*index));
        assert!(within.len() > 290 && beyond.is_empty(), "{} {}", within.len(), beyond.len());
    }

    /// A line that two areas share is drawn once: their outlines together look like those of one.
    #[test]
    fn shared_lines_are_drawn_once() {
        let [west, east] = [
            "[[[0.08,51.49],[0.1,51.49],[0.1001,51.5],[0.1,51.51],[0.08,51.51],[0.08,51.49]]]",
            "[[[0.1,51.51],[0.12,51.51],[0.12,51.49],[0.1,51.49],[0.1001,51.5],[0.1,51.51]]]",
        ];
        let both = page("MultiPolygon", &format!("[{west},{east}]"), "urban:under");
        let lines =
            "[[[0.1,51.49],[0.1001,51.5],[0.1,51.51],[0.08,51.51],[0.08,51.49],[0.12,51.49],[0.12,51.51],[0.1,51.51]]]";
        let once = page("MultiLineString", lines, "urban:under");
        // Along the shared line no pixel is darker than in a drawing that has it once.
        let darkest = |pixels: &[[u8; 3]]| pixels[95 * 200 + 95..95 * 200 + 106].iter().map(|pixel| pixel[0]).min();
        assert!(
            darkest(&both) >= darkest(&once).map(|dark| dark.saturating_sub(2)),
            "{:?} {:?}",
            darkest(&both),
            darkest(&once)
        );
    }
}
