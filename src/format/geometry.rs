//! Geometries of features, whatever format they come from: their positions, their parts, and rings that become polygons.

use geo::coordinate_position::{CoordPos, coord_pos_relative_to_ring};
use geo::{BoundingRect, Contains, Coord, LineString, Rect};
use geojson::{GeometryValue, Position};

use super::{Code, Fault};
use crate::rounding::legible;

/// Type of a part of a geometry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PartKind {
    Points,
    Line,
    /// The outer ring of a polygon, its holes after it. Rings are not closed.
    Ring,
    Hole,
}

/// A part of a geometry, in degrees.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GeometryPart {
    pub(crate) kind: PartKind,
    pub(crate) at: Vec<Coord>,
}

/// The parts of a geometry, in its order; those of collections are left out if they lie in another collection.
///
/// # Errors
/// A position that is none or lies outside the world, a line of one position, a ring of fewer than three.
pub(crate) fn parts(geometry: &GeometryValue) -> Result<Vec<GeometryPart>, Box<Fault>> {
    let mut found = Vec::new();
    match geometry {
        GeometryValue::GeometryCollection { geometries } => {
            for member in geometries {
                found.extend(parts(&member.value)?);
            }
        }
        GeometryValue::Point { coordinates } => {
            // An empty position is how a point that is nowhere is written.
            let is_nowhere = coordinates.as_slice().is_empty();
            let at = if is_nowhere { Vec::new() } else { vec![coord(coordinates)?] };
            found.push(GeometryPart { kind: PartKind::Points, at });
        }
        GeometryValue::MultiPoint { coordinates } => {
            found.push(GeometryPart { kind: PartKind::Points, at: coords(coordinates)? });
        }
        GeometryValue::LineString { coordinates } => found.push(line(coordinates)?),
        GeometryValue::MultiLineString { coordinates } => {
            for coordinates in coordinates {
                found.push(line(coordinates)?);
            }
        }
        GeometryValue::Polygon { coordinates } => polygon(coordinates, &mut found)?,
        GeometryValue::MultiPolygon { coordinates } => {
            coordinates.iter().try_for_each(|coordinates| polygon(coordinates, &mut found))?;
        }
    }
    Ok(found)
}

fn line(positions: &[Position]) -> Result<GeometryPart, Box<Fault>> {
    let at = coords(positions)?;
    if at.len() == 1 {
        return Err(Fault::new(Code::Structure, "geometry", "a line of one position", "two or more"));
    }
    Ok(GeometryPart { kind: PartKind::Line, at })
}

fn polygon(rings: &[Vec<Position>], found: &mut Vec<GeometryPart>) -> Result<(), Box<Fault>> {
    for (index, ring) in rings.iter().enumerate() {
        let mut at = coords(ring)?;
        if at.len() > 1 && at.first() == at.last() {
            at.pop();
        }
        if (1..3).contains(&at.len()) {
            let problem = format!("a ring of {} different positions", at.len());
            return Err(Fault::new(Code::Structure, "geometry", problem, "three or more"));
        }
        found.push(GeometryPart { kind: if index == 0 { PartKind::Ring } else { PartKind::Hole }, at });
    }
    Ok(())
}

fn coords(positions: &[Position]) -> Result<Vec<Coord>, Box<Fault>> {
    positions.iter().map(coord).collect()
}

/// A position in degrees. Further coordinates are passed over.
fn coord(position: &Position) -> Result<Coord, Box<Fault>> {
    let &[x, y, ..] = position.as_slice() else {
        let found = format!("{} numbers", position.len());
        let expected = "positions, each a longitude and a latitude";
        return Err(Fault::new(Code::CoordType, "geometry", found, expected));
    };
    // Files of the Pacific count longitudes up to 360.
    if x.abs() <= 360.0 && y.abs() <= 90.0 {
        return Ok(Coord { x, y });
    }
    let expected = "longitude and latitude in degrees; numbers this large look like metres: state their reference system, \
                    such as FILE@EPSG:27700";
    Err(Fault::new(Code::CoordRange, "geometry", format_args!("{}, {}", legible(x), legible(y)), expected))
}

/// Every position of a geometry, to be changed.
///
/// # Errors
/// The first error of `change`.
pub(crate) fn change_positions(
    geometry: &mut GeometryValue,
    change: &mut dyn FnMut(&mut Position) -> Result<(), Box<Fault>>,
) -> Result<(), Box<Fault>> {
    match geometry {
        GeometryValue::Point { coordinates } if coordinates.as_slice().is_empty() => Ok(()),
        GeometryValue::Point { coordinates } => change(coordinates),
        GeometryValue::MultiPoint { coordinates } | GeometryValue::LineString { coordinates } => {
            coordinates.iter_mut().try_for_each(change)
        }
        GeometryValue::MultiLineString { coordinates } | GeometryValue::Polygon { coordinates } => {
            coordinates.iter_mut().flatten().try_for_each(change)
        }
        GeometryValue::MultiPolygon { coordinates } => coordinates.iter_mut().flatten().flatten().try_for_each(change),
        GeometryValue::GeometryCollection { geometries } => {
            geometries.iter_mut().try_for_each(|member| change_positions(&mut member.value, change))
        }
    }
}

/// Polygons of loose rings, as shapefiles and Esri JSON have them: shells run clockwise, holes the other way. A hole belongs to the
/// smallest shell around it; one without any is a shell that runs the wrong way.
pub(crate) fn polygons_of_rings(rings: Vec<Vec<Position>>) -> GeometryValue {
    let (mut shells, mut holes) = (Vec::new(), Vec::new());
    let count = rings.len();
    for ring in rings {
        let at = |position: &Position| position.as_slice().first_chunk().map(|&[x, y]| Coord { x, y });
        let mut line: LineString = ring.iter().filter_map(at).collect();
        let area = doubled_area(&line.0);
        // An open ring is a fault that is found later; here it is looked into as if it closed.
        line.close();
        if area <= 0.0 || count == 1 { &mut shells } else { &mut holes }.push((ring, line, area.abs()));
    }
    let bounds: Vec<Option<Rect>> = shells.iter().map(|(_, line, _)| line.bounding_rect()).collect();
    let (around, lost): (Vec<_>, Vec<_>) = holes
        .into_iter()
        .map(|(ring, line, area)| {
            let may_hold =
                |index: &usize| bounds[*index].zip(line.bounding_rect()).is_some_and(|(a, b)| a.contains(&b));
            let shell = (0..shells.len()).filter(may_hold).filter(|&index| is_in(&line, &shells[index].1));
            let smallest = shell.min_by(|&one, &other| shells[one].2.total_cmp(&shells[other].2));
            (smallest, (ring, line, area))
        })
        .partition(|(shell, _)| shell.is_some());
    let mut polygons: Vec<Vec<Vec<Position>>> = shells.into_iter().map(|(ring, ..)| vec![ring]).collect();
    for (shell, (ring, ..)) in around {
        if let Some(polygon) = shell.and_then(|index| polygons.get_mut(index)) {
            polygon.push(ring);
        }
    }
    polygons.extend(lost.into_iter().map(|(_, (ring, ..))| vec![ring]));
    match polygons.len() {
        1 => GeometryValue::Polygon { coordinates: polygons.pop().unwrap_or_default() },
        _ => GeometryValue::MultiPolygon { coordinates: polygons },
    }
}

/// Twice the area of a closed ring, above 0 where it runs counter-clockwise.
fn doubled_area(ring: &[Coord]) -> f64 {
    let Some(&origin) = ring.first() else { return 0.0 };
    let steps = ring.iter().zip(ring.iter().skip(1));
    steps.map(|(&a, &b)| (a.x - origin.x) * (b.y - origin.y) - (a.y - origin.y) * (b.x - origin.x)).sum()
}

/// True if a ring lies in another: its first position that is not on the other's line is inside.
fn is_in(ring: &LineString, shell: &LineString) -> bool {
    let place = |at: &Coord| coord_pos_relative_to_ring(*at, shell);
    let place = ring.0.iter().map(place).find(|place| *place != CoordPos::OnBoundary);
    place.is_none_or(|place| place == CoordPos::Inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_is_looked_for_in_an_open_ring_too() {
        let (mut shell, hole) = (square(0.0, 4.0, true), square(1.0, 1.0, false));
        shell.pop();
        let GeometryValue::Polygon { coordinates } = polygons_of_rings(vec![shell, hole]) else {
            panic!("one polygon")
        };
        assert_eq!(coordinates.iter().map(Vec::len).collect::<Vec<_>>(), [4, 5]);
    }

    fn square(west: f64, size: f64, clockwise: bool) -> Vec<Position> {
        let east = west + size;
        let mut ring = vec![[west, west], [east, west], [east, east], [west, east], [west, west]];
        if clockwise {
            ring.reverse();
        }
        ring.into_iter().map(Position::from).collect()
    }

    /// An island in a lake in an island, given from the inside out.
    #[test]
    fn a_hole_goes_to_the_smallest_shell_around_it() {
        let rings =
            vec![square(4.5, 1.0, false), square(4.0, 2.0, true), square(2.0, 6.0, false), square(0.0, 10.0, true)];
        let found = polygons_of_rings(rings);
        let GeometryValue::MultiPolygon { coordinates } = found else { panic!("{found:?}") };
        let sizes: Vec<usize> = coordinates.iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 2]);
        assert_eq!((coordinates[0][1][0][0], coordinates[1][1][0][0]), (4.5, 2.0));
    }

    #[test]
    fn a_ring_that_runs_the_wrong_way_is_ground() {
        let alone = polygons_of_rings(vec![square(0.0, 1.0, false)]);
        assert!(matches!(alone, GeometryValue::Polygon { .. }), "{alone:?}");
        let two = polygons_of_rings(vec![square(0.0, 1.0, true), square(5.0, 1.0, false)]);
        assert!(matches!(&two, GeometryValue::MultiPolygon { coordinates } if coordinates.len() == 2), "{two:?}");
    }
}
