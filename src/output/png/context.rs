//! Layers of context on a map: what lies under and over the cells, cut to the frame, and what the legend says of it.

use geo::{Area, Coord, LineString, Polygon, Rect};
use rustc_hash::FxHashSet;

use super::canvas::{At, Canvas, Rgb, Side};
use super::key::{INDENT, ROW};
use super::labels::Named;
use super::map::Map;
use super::tiling::Frame;
use super::{BODY, FAINT};
use crate::invalid::Cause;
use crate::layer::ContextLayer;
use crate::layer::context::{ContextPlace, Extent, GeometryPart, PartKind, cut};

/// Steps smaller than this are drawn as none, in page units.
const FINE: f64 = 0.4;
/// Radius of the dot of a place, and width of the white edge of what has one.
pub(super) const DOT: f64 = 2.6;
const EDGE: f64 = 0.9;
/// The frame round a map that has something beside its cells.
const NEAT_LINE: Rgb = [0xc4, 0xc9, 0xd0];
/// Most layers that the legend has a row for.
const MOST_ROWS: usize = 5;

/// What is seen of a layer in a frame.
#[derive(Default)]
struct Seen {
    /// Edges of rings that have been drawn: of two areas that meet, the line between them is drawn once.
    edges: FxHashSet<[u64; 4]>,
    /// Rings, and holes that wind the other way.
    ground: Vec<Vec<At>>,
    lines: Vec<Vec<At>>,
    dots: Vec<At>,
}

/// Draws a map's cells with what lies under and over them, the boundary of the study area, and a line round it all where there is
/// more than cells; lines of context so many times as wide as their style says.
pub(super) fn around(
    canvas: &Canvas,
    map: &Map<'_>,
    layers: &[ContextLayer],
    (weight, border): (f64, f64),
    cells: impl FnOnce(),
) {
    draw(canvas, map, layers, ContextPlace::Under, weight);
    cells();
    draw(canvas, map, layers, ContextPlace::Over, weight);
    map.border(canvas, border);
    neat_line(canvas, map, layers);
}

/// Draws the layers that lie there, lines so many times as wide as their style says; below 1, without the dots of places.
fn draw(canvas: &Canvas, map: &Map<'_>, layers: &[ContextLayer], place: ContextPlace, weight: f64) {
    let frame = rect(map.frame());
    for layer in layers.iter().filter(|layer| layer.about().place == place) {
        let (style, mut seen) = (layer.style(), Seen::default());
        for part in layer.shapes.iter().flat_map(|shape| &shape.parts) {
            seen.add(part, map, &layer.extent, frame);
        }
        // Over the cells it would hide them.
        if let Some(fill) = style.fill.filter(|_| place == ContextPlace::Under) {
            canvas.ground(&seen.ground, fill);
        }
        let (width, edge) = (weight * style.width, weight * EDGE);
        if style.is_cased {
            canvas.network(&seen.lines, [255; 3], width + 2.0 * edge);
        }
        canvas.network(&seen.lines, style.ink, width);
        // Without their names, dots among many are only noise.
        let is_shown = weight >= 1.0 || !style.is_named;
        let dots = seen.dots.iter().filter(|&&(x, y)| is_shown && is_within(x, y, frame));
        for &at in dots {
            dot(canvas, at, weight * DOT, style.ink);
        }
    }
}

/// Draws a frame round a map that shows more than cells.
fn neat_line(canvas: &Canvas, map: &Map<'_>, layers: &[ContextLayer]) {
    if layers.is_empty() {
        return;
    }
    let Frame { left, top, right, bottom } = map.frame();
    canvas.outline(&[(left, top), (right, top), (right, bottom), (left, bottom)], NEAT_LINE, 1.0);
}

/// A dot would run over the frame where its middle is near it.
fn is_within(x: f64, y: f64, frame: Rect) -> bool {
    let room = DOT + EDGE;
    (frame.min().x + room..=frame.max().x - room).contains(&x)
        && (frame.min().y + room..=frame.max().y - room).contains(&y)
}

fn dot(canvas: &Canvas, at: At, radius: f64, ink: Rgb) {
    canvas.disk(at, radius + EDGE, [255; 3]);
    canvas.disk(at, radius, ink);
}

pub(super) fn rect(frame: Frame) -> Rect {
    Rect::new(Coord { x: frame.left, y: frame.top }, Coord { x: frame.right, y: frame.bottom })
}

impl Seen {
    fn add(&mut self, part: &GeometryPart, map: &Map<'_>, extent: &Extent, frame: Rect) {
        let placed: Vec<Coord> = part.at.iter().map(|&at| Coord::from(map.place(at))).collect();
        match part.kind {
            PartKind::Points => self.dots.extend(placed.iter().map(Coord::x_y)),
            PartKind::Line => self.line(&placed, frame),
            PartKind::Ring | PartKind::Hole => {
                self.ground.extend(ring(&placed, part.kind, frame));
                self.outline(&part.at, &placed, extent, frame);
            }
        }
    }

    fn line(&mut self, placed: &[Coord], frame: Rect) {
        self.lines.extend(cut::line(placed, frame).iter().map(|stretch| on_page(&cut::thinned(stretch, FINE))));
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

/// An edge, the same from both sides.
fn edge(from: Coord, to: Coord) -> [u64; 4] {
    let [from, to] = [from, to].map(|at| (at.x.to_bits(), at.y.to_bits()));
    let (one, other) = (from.min(to), from.max(to));
    [one.0, one.1, other.0, other.1]
}

/// What is seen of a ring: wound one way, and a hole the other way.
pub(super) fn ring(placed: &[Coord], kind: PartKind, frame: Rect) -> Option<Vec<At>> {
    let ring = cut::ring(cut::thinned(placed, FINE), frame);
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

/// Rows of the legend that layers take.
pub(super) fn legend_rows(layers: &[ContextLayer]) -> usize {
    layers.len().min(MOST_ROWS)
}

/// A sample and the name of each layer, and how many of its places are named; returns where they end.
pub(super) fn legend(canvas: &Canvas, layers: &[ContextLayer], named: &[Named], frame: Frame) -> Result<f64, Cause> {
    let (left, mut top, width) = (frame.left + INDENT, frame.top, frame.right - frame.left - INDENT);
    let rows = legend_rows(layers);
    for (row, layer) in layers.iter().take(rows).enumerate() {
        let rest = layers.len() - rows;
        if rest > 0 && row + 1 == rows {
            let text = format!("and {} more layers of context", rest + 1);
            canvas.fitted((left, top + 5.0), Side::Left, BODY, width, &text)?;
        } else {
            sample(canvas, layer, (frame.left, top));
            let mut text = layer.title();
            if layer.about().inside == 0 {
                text += ", none here";
            }
            if named.is_empty() && layer.style().is_named && has(layer, PartKind::Points) {
                text += ", on larger maps";
            }
            if let Some(Named { named, all }) = named.get(row).filter(|named| named.all > 0) {
                text += &format!(", {named} of {all} named");
            }
            canvas.label((left, top + 5.0), Side::Left, BODY, width, &text)?;
        }
        top += ROW;
    }
    Ok(top)
}

fn has(layer: &ContextLayer, kind: PartKind) -> bool {
    layer.shapes.iter().flat_map(|shape| &shape.parts).any(|part| part.kind == kind)
}

fn sample(canvas: &Canvas, layer: &ContextLayer, (left, top): At) {
    let (style, middle) = (layer.style(), top + 11.0);
    if let Some(fill) = style.fill.filter(|_| layer.about().place == ContextPlace::Under) {
        let corners =
            [(left, middle - 8.0), (left + 26.0, middle - 8.0), (left + 26.0, middle + 8.0), (left, middle + 8.0)];
        canvas.fill(&corners, fill);
        canvas.outline(&corners, style.ink, style.width);
    } else if has(layer, PartKind::Points) && !has(layer, PartKind::Line) && !has(layer, PartKind::Ring) {
        dot(canvas, (left + 13.0, middle), DOT, style.ink);
    } else if layer.shapes.is_empty() {
        canvas.line(&[(left, middle), (left + 26.0, middle)], FAINT, 0.6);
    } else {
        let bend = [
            (left, middle + 4.0),
            (left + 9.0, middle - 4.0),
            (left + 17.0, middle + 3.0),
            (left + 26.0, middle - 3.0),
        ];
        canvas.line(&bend, style.ink, style.width);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tiling::Tiling;
    use super::*;
    use crate::layer::context::ContextFile;
    use crate::memory::Budget;

    const FRAME: Frame = Frame { left: 20.0, top: 30.0, right: 180.0, bottom: 170.0 };

    /// Draws a file of one feature round a cell at 51.5° north, 0.1° east, and shows the page of 200 × 200 pixels.
    fn page(kind: &str, coordinates: &str, style: &str) -> Vec<[u8; 3]> {
        let cells = [h3o::LatLng::new(51.5, 0.1).expect("a place").to_cell(h3o::Resolution::Six)];
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.geojson");
        std::fs::write(&path, format!(r#"{{"type":"{kind}","coordinates":{coordinates}}}"#)).expect("written");
        let file: ContextFile = format!("{}:{style}", path.display()).parse().expect("usable");
        let extent = Extent::of(cells.into_iter()).expect("cells");
        let layer = file.read(extent, &Budget::unlimited()).expect("read");
        let tiling = Tiling::of(&cells, crate::layer::Plane::Mercator).expect("on the plane").expect("cells");
        let map = Map::fit(&tiling, None, FRAME);
        let ((), pixels) = Canvas::bare((200, 200), 1.0, |canvas| {
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

    /// However its rings wind, a polygon covers its ground and not its hole.
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
