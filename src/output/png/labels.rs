//! Names on a map: those of the most important places first, where they hide neither each other nor what is marked.

use std::cmp::Ordering;

use geo::{BoundingRect, Coord, InteriorPoint, LineString, Polygon, Rect};

use super::canvas::{At, Canvas, Side, Type};
use super::context::{self, DOT};
use super::map::{Frame, Map};
use super::{FAINT, INK};
use crate::error::Cause;
use crate::layer::ContextLayer;
use crate::layer::context::{Kind, Shape};

/// How many places of a layer are in the frame and have a name, and how many have it beside them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Named {
    pub(super) named: usize,
    pub(super) all: usize,
}

const PLACES: f64 = 13.0;
const DISTRICTS: f64 = 11.5;
/// Width of the white edge of letters, and room left round a name.
const EDGE: f64 = 1.6;
const ROOM: f64 = 2.0;
/// How much wider than its area the name of an area may be.
const OVERHANG: f64 = 1.1;

/// What is in the way of names: numbers with the lines to their cells, and the scale bar.
pub(super) fn taken(marks: &[(At, At)], size: f64, bar: Option<Frame>) -> Vec<Frame> {
    let round = |(x, y): At, half: f64| Frame { left: x - half, top: y - half, right: x + half, bottom: y + half };
    let on_line = |&(from, to): &(At, At)| {
        (0..=10).map(f64::from).map(move |tenth| {
            let on = |from: f64, to: f64| from + (to - from) * tenth / 10.0;
            round((on(from.0, to.0), on(from.1, to.1)), 3.0)
        })
    };
    marks.iter().map(|&(_, at)| round(at, size)).chain(marks.iter().flat_map(on_line)).chain(bar).collect()
}

/// A name that wants to be set.
struct Wish<'a> {
    layer: usize,
    shape: &'a Shape,
    name: &'a str,
    place: Where,
}

/// What a name belongs to.
enum Where {
    Dot(At),
    /// A point inside it, its width, and the ground it covers on the page.
    Ground(At, f64, f64),
}

/// A name in lines, and the box of each.
struct Label {
    lines: Vec<(String, Frame)>,
}

/// Sets the names of layers that have some; returns how many of each.
pub(super) fn draw(
    canvas: &Canvas,
    map: &Map<'_>,
    layers: &[ContextLayer],
    taken: &[Frame],
) -> Result<Vec<Named>, Cause> {
    let mut wishes: Vec<Wish<'_>> =
        layers.iter().enumerate().flat_map(|(index, layer)| wishes(index, layer, map)).collect();
    wishes.sort_by(|a, b| a.order(b));
    let mut named = vec![Named::default(); layers.len()];
    let mut taken = taken.to_vec();
    for wish in &wishes {
        named[wish.layer].all += 1;
        let style = wish.style();
        let Some(label) = wish.label(canvas, map.frame(), &taken)? else { continue };
        named[wish.layer].named += 1;
        for (line, place) in label.lines {
            canvas.edged((place.left + ROOM, place.top + ROOM), Side::Left, style, EDGE, &line)?;
            taken.push(place);
        }
    }
    Ok(named)
}

/// The places of a layer that are in the frame and have a name.
fn wishes<'a>(index: usize, layer: &'a ContextLayer, map: &Map<'_>) -> impl Iterator<Item = Wish<'a>> {
    let frame = context::rect(map.frame());
    let shapes = layer.shapes.iter().filter(|_| layer.style().is_named);
    shapes.filter_map(move |shape| {
        let name = shape.name.as_deref()?;
        let place = dot(shape, map, frame).or_else(|| ground(shape, map, frame))?;
        Some(Wish { layer: index, shape, name, place })
    })
}

fn dot(shape: &Shape, map: &Map<'_>, frame: Rect) -> Option<Where> {
    let points = shape.parts.iter().filter(|part| part.kind == Kind::Points).flat_map(|part| &part.at);
    let is_inside = |&(x, y): &At| {
        (frame.min().x + DOT..frame.max().x - DOT).contains(&x)
            && (frame.min().y + DOT..frame.max().y - DOT).contains(&y)
    };
    points.map(|&at| map.place(at)).find(is_inside).map(Where::Dot)
}

/// The largest polygon of a shape.
fn ground(shape: &Shape, map: &Map<'_>, frame: Rect) -> Option<Where> {
    let polygons = shape.parts.chunk_by(|_, next| next.kind == Kind::Hole).filter(|parts| parts[0].kind == Kind::Ring);
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
    Some(Where::Ground(largest.0, largest.1, largest.2))
}

impl Wish<'_> {
    fn style(&self) -> Type {
        let (size, colour) = if matches!(self.place, Where::Dot(_)) { (PLACES, INK) } else { (DISTRICTS, FAINT) };
        Type { size, bold: false, colour }
    }

    /// More important first: places before areas, then by population, rank, ground, and name.
    fn order(&self, other: &Self) -> Ordering {
        let ground = |wish: &Self| if let Where::Ground(_, _, ground) = wish.place { ground } else { f64::INFINITY };
        let last = |value: Option<f64>| value.unwrap_or(f64::INFINITY);
        let population = |wish: &Self| last(wish.shape.population.map(|people| -people));
        ground(self)
            .is_finite()
            .cmp(&ground(other).is_finite())
            .then(population(self).total_cmp(&population(other)))
            .then(last(self.shape.rank).total_cmp(&last(other.shape.rank)))
            .then(ground(other).total_cmp(&ground(self)))
            .then_with(|| self.name.cmp(other.name))
    }

    /// Where the name goes, if there is room for it.
    fn label(&self, canvas: &Canvas, frame: Frame, taken: &[Frame]) -> Result<Option<Label>, Cause> {
        let style = self.style();
        let high = style.leading() + ROOM;
        let size = |line: &str| canvas.width(style, line).map(|width| width + 2.0 * ROOM);
        let choices: Vec<Vec<(String, Frame)>> = match self.place {
            Where::Dot(at) => {
                let wide = size(self.name)?;
                let places = beside(at, wide, high);
                places.map(|(left, top)| vec![(self.name.to_owned(), boxed(left, top, wide, high))]).to_vec()
            }
            Where::Ground((x, y), width, _) => {
                let whole = size(self.name)?;
                let lines = if whole > width { halves(self.name) } else { vec![self.name] };
                let widths = lines.iter().map(|line| size(line)).collect::<Result<Vec<f64>, Cause>>()?;
                if widths.iter().any(|wide| *wide > OVERHANG * width) {
                    return Ok(None);
                }
                let step = style.leading();
                let at = |down: f64| {
                    let top = y - step * lines.len() as f64 / 2.0 + down;
                    let place = |(row, (line, wide)): (usize, (&&str, &f64))| {
                        ((*line).to_owned(), boxed(x - wide / 2.0, top + step * row as f64, *wide, step))
                    };
                    lines.iter().zip(&widths).enumerate().map(place).collect()
                };
                [0.0, -0.6 * step, 0.6 * step, -1.2 * step, 1.2 * step].map(at).to_vec()
            }
        };
        let fits = |lines: &Vec<(String, Frame)>| {
            lines.iter().all(|(_, place)| is_in(*place, frame) && !taken.iter().any(|other| meet(*place, *other)))
        };
        Ok(choices.into_iter().find(fits).map(|lines| Label { lines }))
    }
}

/// Where a name may stand beside a dot, the usual place first: its left and top.
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

fn boxed(left: f64, top: f64, wide: f64, high: f64) -> Frame {
    Frame { left, top, right: left + wide, bottom: top + high }
}

/// A name in two lines, broken at the blank nearest its middle; whole where it has none.
fn halves(name: &str) -> Vec<&str> {
    let middle = name.len() / 2;
    let blank = name.match_indices(' ').map(|(at, _)| at).min_by_key(|at| at.abs_diff(middle));
    blank.map_or_else(|| vec![name], |at| vec![&name[..at], &name[at + 1..]])
}

fn is_in(inner: Frame, outer: Frame) -> bool {
    inner.left > outer.left && inner.right < outer.right && inner.top > outer.top && inner.bottom < outer.bottom
}

fn meet(a: Frame, b: Frame) -> bool {
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}
