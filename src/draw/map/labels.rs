//! Names on a map: the most important places first, placed so that they hide neither each other nor marks.

use std::cmp::Ordering;

use geo::{BoundingRect, Coord, InteriorPoint, LineString, Polygon, Rect};

use super::FittedMap;
use super::context::{self, DOT};
use crate::draw::canvas::{At, Canvas, Drawn, FAINT, INK, Left, PageRect, TextStyle};
use crate::layer::ContextLayer;
use crate::layer::context::{ContextShape, PartKind};

/// Places of a layer with a name inside the frame, and how many of them are labelled.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct LabelCount {
    pub(crate) named: usize,
    pub(crate) all: usize,
}

/// Sizes of the names of places and of districts.
const PLACES: f64 = 13.0;
const DISTRICTS: f64 = 11.5;
/// Width of the white edge of letters, and free space round a name.
const EDGE: f64 = 2.2;
const ROOM: f64 = 2.4;
/// Distance from the top of a name's box to its capitals, in sizes: accents and the white edge go there.
const RISE: f64 = 0.46;
/// Maximum width of the name of an area, in widths of the area.
const OVERHANG: f64 = 1.1;

/// Rectangles that names should not hide.
pub(crate) struct Obstacles {
    /// Never hidden: other names, numbers with the lines to their cells, and the scale bar.
    hard: Vec<PageRect>,
    /// Hidden only if no other position is free: the dots of cells with few reports.
    soft: Vec<PageRect>,
}

/// Half the side of the square round the dot of a sparse cell.
const SPARSE: f64 = 2.5;

impl Obstacles {
    /// Obstacles: `marks` (middles of cells and of their numbers of this radius), scale bar, sparse cells.
    pub(crate) fn new(marks: &[(At, At)], radius: f64, bar: Option<PageRect>, dots: impl Iterator<Item = At>) -> Self {
        let round =
            |(x, y): At, half: f64| PageRect { left: x - half, top: y - half, right: x + half, bottom: y + half };
        let on_line = |&(from, to): &(At, At)| {
            (0..=10).map(f64::from).map(move |tenth| {
                let on = |from: f64, to: f64| from + (to - from) * tenth / 10.0;
                round((on(from.0, to.0), on(from.1, to.1)), 3.0)
            })
        };
        let numbers = marks.iter().map(|&(_, at)| round(at, radius));
        Self {
            hard: numbers.chain(marks.iter().flat_map(on_line)).chain(bar).collect(),
            soft: dots.map(|at| round(at, SPARSE)).collect(),
        }
    }
}

/// A name to place.
struct LabelRequest<'a> {
    layer: usize,
    shape: &'a ContextShape,
    /// Its name, or its code where the fonts lack the name.
    name: &'a str,
    is_name: bool,
    place: LabelAnchor,
}

/// The mark that a name belongs to.
enum LabelAnchor {
    Dot(At),
    /// An area: a point inside it, its width, and its area on the page.
    Area(At, f64, f64),
}

/// A placed name in lines, and the box of each.
struct PlacedLabel {
    style: TextStyle,
    lines: Vec<(String, PageRect)>,
}

/// Draws the names of layers with names; returns the counts of each.
pub(crate) fn draw(
    canvas: &Canvas,
    map: &FittedMap<'_>,
    layers: &[ContextLayer],
    taken: Obstacles,
) -> Drawn<Vec<LabelCount>> {
    let (labels, named) = labels(canvas, map, layers, taken)?;
    for PlacedLabel { style, lines } in &labels {
        for (line, place) in lines {
            canvas.edged((place.left + ROOM, place.top + RISE * style.size), Left, *style, EDGE, line)?;
        }
    }
    Ok(named)
}

/// The names that fit, and the counts of each layer.
fn labels(
    canvas: &Canvas,
    map: &FittedMap<'_>,
    layers: &[ContextLayer],
    mut obstacles: Obstacles,
) -> Drawn<(Vec<PlacedLabel>, Vec<LabelCount>)> {
    let mut requests: Vec<LabelRequest<'_>> =
        layers.iter().enumerate().flat_map(|(index, layer)| requests(canvas, index, layer, map)).collect();
    requests.sort_by(LabelRequest::order);
    let (mut labels, mut named) = (Vec::new(), vec![LabelCount::default(); layers.len()]);
    for request in &requests {
        named[request.layer].all += 1;
        if request.name.is_empty() {
            continue;
        }
        let Some(label) = request.label(canvas, map.frame, &obstacles)? else { continue };
        named[request.layer].named += usize::from(request.is_name);
        obstacles.hard.extend(label.lines.iter().map(|(_, place)| *place));
        labels.push(label);
    }
    Ok((labels, named))
}

/// The named places of a layer inside the frame.
fn requests<'a>(
    canvas: &Canvas<'_>,
    index: usize,
    layer: &'a ContextLayer,
    map: &FittedMap<'_>,
) -> impl Iterator<Item = LabelRequest<'a>> {
    let frame = context::rect(map.frame);
    let shapes = layer.shapes.iter().filter(|_| layer.style().is_named);
    shapes.filter_map(move |shape| {
        let name = shape.name.as_deref()?;
        let place = dot(shape, map).or_else(|| largest_polygon(shape, map, frame))?;
        let style = style(&place);
        let is_name = canvas.can_draw(style, name);
        let code = || shape.code.as_deref().filter(|code| canvas.can_draw(style, code)).unwrap_or_default();
        Some(LabelRequest { layer: index, shape, name: if is_name { name } else { code() }, is_name, place })
    })
}

fn dot(shape: &ContextShape, map: &FittedMap<'_>) -> Option<LabelAnchor> {
    let points = shape.parts.iter().filter(|part| part.kind == PartKind::Points).flat_map(|part| &part.at);
    points.map(|&at| map.place(at)).find(|&at| map.frame.holds(at, DOT)).map(LabelAnchor::Dot)
}

/// The largest polygon of a shape.
fn largest_polygon(shape: &ContextShape, map: &FittedMap<'_>, frame: Rect) -> Option<LabelAnchor> {
    let polygons =
        shape.parts.chunk_by(|_, next| next.kind == PartKind::Hole).filter(|parts| parts[0].kind == PartKind::Ring);
    let on_page = polygons.filter_map(|parts| {
        let mut rings = parts.iter().filter_map(|part| {
            let placed: Vec<Coord> = part.at.iter().map(|&at| Coord::from(map.place(at))).collect();
            let ring = context::ring(&placed, part.kind, frame)?;
            Some(LineString::new(ring.into_iter().map(Coord::from).collect()))
        });
        let polygon = Polygon::new(rings.next()?, rings.collect());
        let (inside, bounds) = (polygon.interior_point()?, polygon.bounding_rect()?);
        Some((inside.x_y(), bounds.width(), geo::Area::unsigned_area(&polygon)))
    });
    let largest = on_page.max_by(|a, b| a.2.total_cmp(&b.2))?;
    Some(LabelAnchor::Area(largest.0, largest.1, largest.2))
}

fn style(place: &LabelAnchor) -> TextStyle {
    let (size, colour) = if matches!(place, LabelAnchor::Dot(_)) { (PLACES, INK) } else { (DISTRICTS, FAINT) };
    TextStyle { size, bold: false, colour }
}

impl LabelRequest<'_> {
    /// Orders by importance: places before areas, then by population, rank, area on the page, and name.
    fn order(&self, other: &Self) -> Ordering {
        let area =
            |request: &Self| if let LabelAnchor::Area(_, _, area) = request.place { area } else { f64::INFINITY };
        let last = |value: Option<f64>| value.unwrap_or(f64::INFINITY);
        let population = |request: &Self| last(request.shape.population.map(|people| -people));
        area(self)
            .is_finite()
            .cmp(&area(other).is_finite())
            .then(population(self).total_cmp(&population(other)))
            .then(last(self.shape.rank).total_cmp(&last(other.shape.rank)))
            .then(area(other).total_cmp(&area(self)))
            .then_with(|| self.name.cmp(other.name))
    }

    /// Places the name, if there is room for it.
    fn label(&self, canvas: &Canvas, frame: PageRect, obstacles: &Obstacles) -> Drawn<Option<PlacedLabel>> {
        let style = style(&self.place);
        let high = height(style);
        let size = |line: &str| canvas.width(style, line).map(|width| width + 2.0 * ROOM);
        let choices: Vec<Vec<(String, PageRect)>> = match self.place {
            LabelAnchor::Dot(at) => {
                let wide = size(self.name)?;
                let places = beside(at, wide, high);
                places.map(|(left, top)| vec![(self.name.to_owned(), boxed(left, top, wide, high))]).to_vec()
            }
            LabelAnchor::Area((x, y), width, _) => {
                let one_line = size(self.name)?;
                let lines = if one_line > width { canvas.halves(self.name) } else { vec![self.name] };
                let widths = lines.iter().map(|line| size(line)).collect::<Drawn<Vec<f64>>>()?;
                if widths.iter().any(|wide| *wide > OVERHANG * width) {
                    return Ok(None);
                }
                let step = style.leading();
                let at = |down: f64| {
                    let top = y - step * lines.len() as f64 / 2.0 + down;
                    let place = |(row, (line, wide)): (usize, (&&str, &f64))| {
                        ((*line).to_owned(), boxed(x - wide / 2.0, top + step * row as f64, *wide, high))
                    };
                    lines.iter().zip(&widths).enumerate().map(place).collect()
                };
                [0.0, -0.5, 0.5, -0.9, 0.9, -1.4, 1.4].map(|rows| at(rows * step)).to_vec()
            }
        };
        let is_free = |lines: &[(String, PageRect)], taken: &[PageRect]| {
            !lines.iter().any(|(_, place)| taken.iter().any(|other| meet(*place, *other)))
        };
        let fits = |lines: &&Vec<(String, PageRect)>| {
            lines.iter().all(|(_, place)| is_in(*place, frame)) && is_free(lines, &obstacles.hard)
        };
        let best = choices.iter().filter(fits).find(|lines| is_free(lines, &obstacles.soft));
        Ok(best.or_else(|| choices.iter().find(fits)).map(|lines| PlacedLabel { style, lines: lines.clone() }))
    }
}

/// Candidate positions of a name beside a dot, the usual one first: left and top.
fn beside((x, y): At, wide: f64, high: f64) -> [At; 8] {
    let away = DOT + 2.0;
    let (right, left, middle) = (x + away, x - away - wide, x - wide / 2.0);
    let (over, under, level) = (y - away - high, y + away, y - high / 2.0);
    [
        (right, level),
        (left, level),
        (middle, over),
        (middle, under),
        (right - 2.0, over + 4.0),
        (right - 2.0, under - 4.0),
        (left + 2.0, over + 4.0),
        (left + 2.0, under - 4.0),
    ]
}

/// Height of the box of a name.
fn height(style: TextStyle) -> f64 {
    style.leading() + 1.5 * ROOM
}

fn boxed(left: f64, top: f64, wide: f64, high: f64) -> PageRect {
    PageRect { left, top, right: left + wide, bottom: top + high }
}

fn is_in(inner: PageRect, outer: PageRect) -> bool {
    inner.left > outer.left && inner.right < outer.right && inner.top > outer.top && inner.bottom < outer.bottom
}

fn meet(a: PageRect, b: PageRect) -> bool {
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::map::Tiling;
    use crate::font::Fonts;
    use crate::layer::context::{ContextFile, Extent};
    use crate::memory::Budget;

    const SMALL: PageRect = PageRect { left: 20.0, top: 10.0, right: 300.0, bottom: 260.0 };
    const LARGE: PageRect = PageRect { left: 48.0, top: 128.0, right: 1088.0, bottom: 1068.0 };

    /// 300 places with names of every length, some on one spot, and 40 squares with names of two words.
    fn layers(extent: Extent) -> Vec<ContextLayer> {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut places, mut areas) = (String::new(), String::new());
        let mut seed = 7_u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as f64 / f64::from(1_u32 << 31)
        };
        for k in 0..300 {
            let (x, y, long) = (0.4 * random(), 51.4 + 0.3 * random(), "ŵy".repeat(k % 12 + 1));
            places += &format!(
                r#"{{"type":"Feature","properties":{{"name":"L{long}","pop_max":{}}},"geometry":{{"type":"Point","coordinates":[{x},{y}]}}}}"#,
                k * 10
            );
        }
        for k in 0..40 {
            let (x, y) = (f64::from(k % 8) * 0.05, 51.4 + f64::from(k / 8) * 0.06);
            let (east, north) = (x + 0.05, y + 0.06);
            areas += &format!(
                r#"{{"type":"Feature","properties":{{"name":"Ward {k}"}},"geometry":{{"type":"Polygon","coordinates":[[[{x},{y}],[{east},{y}],[{east},{north}],[{x},{north}],[{x},{y}]]]}}}}"#
            );
        }
        let read = |name: &str, text: String, style: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("written");
            let file: ContextFile = format!("{}:{style}", path.display()).parse().expect("usable");
            file.read(extent, &Budget::unlimited()).expect("read")
        };
        vec![read("a.ndjson", places, "places"), read("b.ndjson", areas, "districts")]
    }

    fn cells() -> Vec<h3o::CellIndex> {
        let cell = |lat, lng| h3o::LatLng::new(lat, lng).expect("a place").to_cell(h3o::Resolution::Six);
        let mut cells: Vec<_> =
            (0..20).map(|k| cell(51.4 + f64::from(k / 5) * 0.08, f64::from(k % 5) * 0.09)).collect();
        cells.sort_unstable();
        cells.dedup();
        cells
    }

    /// At two sizes: no name hides another, a number, its line or the scale bar, or leaves the map; the largest place is named.
    #[test]
    fn names_stay_apart() {
        let cells = cells();
        let extent = Extent::of(cells.iter().copied()).expect("cells");
        let layers = layers(extent);
        let tiling = Tiling::of(&cells, crate::layer::Plane::Mercator).expect("on the plane").expect("cells");
        for frame in [SMALL, LARGE] {
            let map = FittedMap::fit(&tiling, None, frame);
            let bar = PageRect {
                left: frame.left,
                top: frame.bottom - 44.0,
                right: frame.left + 120.0,
                bottom: frame.bottom,
            };
            let middle = (f64::midpoint(frame.left, frame.right), f64::midpoint(frame.top, frame.bottom));
            let marks = [(middle, (middle.0 + 40.0, middle.1 - 40.0))];
            Canvas::on_pixels([1600, 1200], 1.0, &Fonts::default(), |canvas| {
                let (found, named) =
                    labels(canvas, &map, &layers, Obstacles::new(&marks, 12.0, Some(bar), std::iter::empty()))?;
                let boxes = found
                    .iter()
                    .enumerate()
                    .flat_map(|(name, label)| label.lines.iter().map(move |(_, place)| (name, *place)));
                let boxes: Vec<(usize, PageRect)> = boxes.collect();
                for (row, (name, one)) in boxes.iter().enumerate() {
                    assert!(is_in(*one, frame), "{one:?} leaves {frame:?}");
                    assert!(
                        boxes[..row].iter().all(|(other, place)| other == name || !meet(*one, *place)),
                        "{one:?} hides a name"
                    );
                    assert!(!meet(*one, bar), "{one:?} hides the scale bar");
                    let (number, radius) = (marks[0].1, 12.0);
                    let near = (number.0.clamp(one.left, one.right), number.1.clamp(one.top, one.bottom));
                    assert!((near.0 - number.0).hypot(near.1 - number.1) >= radius, "{one:?} hides a number");
                }
                assert!(named[0].all > 200 && named[0].named > 10 && named[0].named < named[0].all, "{named:?}");
                assert_eq!(found.len(), named[0].named + named[1].named);
                // Ranked by population, of places in the frame the largest comes first.
                let first = found[0].lines[0].0.clone();
                let best = layers[0].shapes.iter().rev().find(|shape| dot(shape, &map).is_some());
                assert_eq!(best.and_then(|shape| shape.name.clone()), Some(first));
                Ok(())
            })
            .expect("a page");
        }
    }

    /// The box of a name holds all of its ink, with the white edge.
    #[test]
    fn a_name_lies_in_its_box() {
        let once = [300, 80];
        for (scale, size, text) in [(1.0, once, "Ŵyåg"), (2.5, [750, 200], "Ŵyåg"), (1.0, once, "Llanfairpwllgwyngyll")]
        {
            let style = TextStyle { size: PLACES, bold: false, colour: [0; 3] };
            let (wide, pixels) = Canvas::on_pixels(size, scale, &Fonts::default(), |canvas| {
                let wide = canvas.width(style, text)? + 2.0 * ROOM;
                canvas.block((0.0, 0.0), (300.0, 80.0), [200; 3]);
                canvas.edged((40.0 + ROOM, 30.0 + RISE * style.size), Left, style, EDGE, text)?;
                Ok(wide)
            })
            .expect("a page");
            let place = boxed(40.0, 30.0, wide, height(style));
            for (index, _) in pixels.as_chunks::<3>().0.iter().enumerate().filter(|(_, pixel)| **pixel != [200; 3]) {
                let (x, y) = ((index % size[0]) as f64 / scale, (index / size[0]) as f64 / scale);
                let near =
                    place.left - 1.0 <= x && x <= place.right + 1.0 && place.top - 1.0 <= y && y <= place.bottom + 1.0;
                assert!(near, "{text:?} has ink at {x}, {y}, outside {place:?}");
            }
        }
    }
}
