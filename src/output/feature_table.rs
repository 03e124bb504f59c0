//! What every table format is written from: the columns under the names asked for, and the shape of each row.

use std::sync::Arc;

use geo::{Coord, LineString, MapCoords, MultiPolygon, Polygon};
use rayon::prelude::*;

use super::style;
use crate::grid::Mesh;
use crate::invalid::Cause;
use crate::layer::{Column, Geometry, Kind, Layer, LevelPart, ScoredAreas, Symbol, Value};
use crate::numbers::{at_most, cell_digits};
use crate::score::CellScore;

/// Digits of a coordinate in degrees: 10⁻⁷ is a centimetre, finer ones would only be noise. All formats have the same.
const PLACES: usize = 7;

/// The rows of a layer.
pub(super) struct FeatureTable<'a> {
    pub(super) columns: Vec<Column<'a>>,
    pub(super) geometry: Geometry,
    rows: TableRows<'a>,
}

/// What has a row.
enum TableRows<'a> {
    Cells(&'a [CellScore]),
    /// Areas, with their scores.
    Areas(&'a ScoredAreas, &'a [CellScore]),
    /// Cells, or areas, of a level, dissolved.
    Parts(&'a Layer, Vec<LevelPart<'a>>),
}

/// The shapes of all rows, their coordinates rounded as they are in every format.
pub(super) enum RowGeometries {
    None(usize),
    Points(Vec<Coord>),
    Cells(usize, Mesh),
    Polygons(Vec<MultiPolygon>),
}

/// The shape of a row.
#[derive(Clone, Copy)]
pub(super) enum RowGeometry<'s> {
    None,
    Point(Coord),
    /// A polygon of corners that it shares with others.
    Ring(RowRing<'s>),
    Polygons(&'s MultiPolygon),
}

/// A closed ring.
#[derive(Clone, Copy)]
pub(super) enum RowRing<'s> {
    /// The numbers of its corners among all, the first of which is not repeated.
    Shared(&'s [Coord], &'s [u32]),
    /// Its corners, the first of which is repeated.
    Own(&'s [Coord]),
}

impl<'a> FeatureTable<'a> {
    /// The rows, with shapes as asked for, else as the format has them.
    pub(super) fn of(layer: &'a Layer, usual: Geometry) -> Self {
        let form = layer.form();
        let geometry = form.geometry.unwrap_or(usual);
        if geometry == Geometry::Outlines {
            let parts = layer.level_parts();
            return Self { columns: layer.level_columns(&parts), geometry, rows: TableRows::Parts(layer, parts) };
        }
        let mut columns = layer.columns();
        if !form.select.is_empty() {
            // What a row is of, and what styles tell classes apart by, are always there.
            let first = columns[0].name.clone();
            let is_kept = |name: &str| name == first || name == style::COLUMN;
            columns.retain(|column| is_kept(&column.name) || form.select.iter().any(|name| *name == column.name));
        }
        for (place, column) in columns.iter_mut().enumerate() {
            // The first says what a row is of.
            if let Some(name) = form.renamed(&column.name, place == 0) {
                column.name = name.into();
            }
        }
        let scores = &layer.scores().cells;
        let rows = layer.areas().map_or(TableRows::Cells(scores), |areas| TableRows::Areas(areas, scores));
        Self { columns, geometry, rows }
    }

    /// The rows with the properties of simplestyle 1.1, if they are asked for.
    pub(super) fn simply_styled(layer: &'a Layer) -> Self {
        let mut table = Self::of(layer, Geometry::Polygons);
        if layer.form().simplestyle {
            let classes: Arc<[&'a Symbol]> = match &table.rows {
                TableRows::Cells(scores) | TableRows::Areas(_, scores) => {
                    scores.iter().map(|cell| layer.symbol(cell)).collect()
                }
                TableRows::Parts(_, parts) => parts.iter().map(|part| part.symbol).collect(),
            };
            let colour = |classes: &Arc<[&'a Symbol]>| {
                let classes = Arc::clone(classes);
                move |row: usize| Value::Text(hex(classes[row].colour).into())
            };
            let key = if table.geometry == Geometry::Centroids { "marker-color" } else { "fill" };
            table.columns.extend([
                Column::new(key, "colour of the class", Kind::Text, colour(&classes)),
                Column::new("fill-opacity", "how much of the ground it hides", Kind::Real, |_| Value::Real(0.7)),
                Column::new("stroke", "colour of the outline", Kind::Text, colour(&classes)),
                Column::new("stroke-width", "width of the outline", Kind::Real, |_| Value::Real(0.5)),
                Column::new("title", "what a reader sees first", Kind::Text, move |row| {
                    Value::Text(classes[row].label.as_str().into())
                }),
            ]);
        }
        table
    }

    pub(super) fn len(&self) -> usize {
        match &self.rows {
            TableRows::Cells(scores) | TableRows::Areas(_, scores) => scores.len(),
            TableRows::Parts(_, parts) => parts.len(),
        }
    }

    /// The cells, where each has a row.
    pub(super) fn cells(&self) -> Option<&'a [CellScore]> {
        match self.rows {
            TableRows::Cells(cells) => Some(cells),
            TableRows::Areas(..) | TableRows::Parts(..) => None,
        }
    }

    /// Writes what tells a row from all others as a string of JSON.
    pub(super) fn write_id(&self, row: usize, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        match &self.rows {
            // Digits need no escape, and these are many.
            TableRows::Cells(cells) => {
                out.push(b'"');
                out.extend_from_slice(&cell_digits(cells[row].cell));
                out.push(b'"');
            }
            TableRows::Areas(areas, _) => serde_json::to_writer(out, &areas.ids[row])?,
            TableRows::Parts(_, parts) => serde_json::to_writer(out, &parts[row].symbol.value)?,
        }
        Ok(())
    }

    /// The shapes of all rows.
    pub(super) fn shapes(&self) -> RowGeometries {
        let round = |at: Coord| Coord { x: at_most(at.x, PLACES), y: at_most(at.y, PLACES) };
        match (&self.rows, self.geometry) {
            (TableRows::Parts(layer, parts), _) => {
                let outline = |part: &LevelPart<'_>| layer.dissolved(&part.rows).map_coords(round);
                RowGeometries::Polygons(parts.par_iter().map(outline).collect())
            }
            (_, Geometry::None) => RowGeometries::None(self.len()),
            (TableRows::Areas(areas, _), Geometry::Centroids) => {
                RowGeometries::Points((0..self.len()).map(|row| round(areas.centre(row))).collect())
            }
            (TableRows::Areas(areas, _), _) => RowGeometries::Polygons(
                areas.areas.polygons.par_iter().map(|polygons| polygons.map_coords(round)).collect(),
            ),
            (TableRows::Cells(cells), Geometry::Centroids) => {
                let centre = |cell: &CellScore| h3o::LatLng::from(cell.cell);
                RowGeometries::Points(
                    cells.iter().map(centre).map(|at| round(Coord { x: at.lng(), y: at.lat() })).collect(),
                )
            }
            (TableRows::Cells(cells), _) => RowGeometries::Cells(
                self.len(),
                Mesh::of(&cells.iter().map(|cell| cell.cell).collect::<Vec<_>>()).map(round),
            ),
        }
    }
}

impl RowGeometries {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::None(len) | Self::Cells(len, _) => *len,
            Self::Points(points) => points.len(),
            Self::Polygons(polygons) => polygons.len(),
        }
    }

    pub(super) fn of(&self, row: usize) -> RowGeometry<'_> {
        match self {
            Self::None(_) => RowGeometry::None,
            Self::Points(points) => RowGeometry::Point(points[row]),
            Self::Cells(_, mesh) => mesh.cut(row).map_or_else(
                || RowGeometry::Ring(RowRing::Shared(mesh.corners(), mesh.ring(row))),
                RowGeometry::Polygons,
            ),
            Self::Polygons(polygons) => RowGeometry::Polygons(&polygons[row]),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = RowGeometry<'_>> + Clone {
        (0..self.len()).map(|row| self.of(row))
    }

    /// Corners that rings share, by number.
    pub(super) fn corners(&self) -> &[Coord] {
        if let Self::Cells(_, mesh) = self { mesh.corners() } else { &[] }
    }

    /// Whether any has more than one polygon.
    pub(super) fn any_multi(&self) -> bool {
        self.iter().any(|shape| shape.parts() > 1)
    }

    /// What all of them lie in.
    pub(super) fn bounds(&self) -> Option<[f64; 4]> {
        bounds(self.iter().filter_map(RowGeometry::bounds))
    }
}

impl<'s> RowRing<'s> {
    pub(super) fn len(self) -> usize {
        match self {
            Self::Shared(_, numbers) => numbers.len() + 1,
            Self::Own(corners) => corners.len(),
        }
    }

    pub(super) fn corners(self) -> impl Iterator<Item = Coord> + 's {
        let (all, numbers, own): (&[Coord], &[u32], &[Coord]) = match self {
            Self::Shared(all, numbers) => (all, numbers, &[]),
            Self::Own(own) => (&[], &[], own),
        };
        let shared = numbers.iter().chain(numbers.first()).map(|&number| all[number as usize]);
        shared.chain(own.iter().copied())
    }
}

impl<'s> RowGeometry<'s> {
    /// How many polygons it has; none for other shapes.
    pub(super) fn parts(self) -> usize {
        match self {
            Self::None | Self::Point(_) => 0,
            Self::Ring(_) => 1,
            Self::Polygons(polygons) => polygons.0.len(),
        }
    }

    /// Its polygons, each as its rings: the shell, then holes.
    pub(super) fn polygons(self) -> impl Iterator<Item = impl Iterator<Item = RowRing<'s>>> {
        let (ring, polygons): (Option<RowRing<'s>>, &[Polygon]) = match self {
            Self::None | Self::Point(_) => (None, &[]),
            Self::Ring(ring) => (Some(ring), &[]),
            Self::Polygons(polygons) => (None, &polygons.0),
        };
        let own = |ring: &'s LineString| RowRing::Own(&ring.0);
        let one = ring.map(|ring| (ring, [].iter()));
        let several = polygons.iter().map(move |part| (own(part.exterior()), part.interiors().iter()));
        one.into_iter().chain(several).map(move |(shell, holes)| std::iter::once(shell).chain(holes.map(own)))
    }

    /// West, south, east and north; `None` without a shape.
    pub(super) fn bounds(self) -> Option<[f64; 4]> {
        if let Self::Point(at) = self {
            return Some([at.x, at.y, at.x, at.y]);
        }
        // Holes lie within their shell.
        let shells = self.polygons().filter_map(|mut rings| rings.next());
        bounds(shells.flat_map(RowRing::corners).map(|at| [at.x, at.y, at.x, at.y]))
    }

    /// Its bytes as well-known binary, little-endian, as a multipolygon if that is wanted of all.
    pub(super) fn write_wkb(self, multi: bool, out: &mut Vec<u8>) {
        let head = |kind: u32, out: &mut Vec<u8>| {
            out.push(1);
            out.extend_from_slice(&kind.to_le_bytes());
        };
        let place = |at: Coord, out: &mut Vec<u8>| {
            out.extend_from_slice(&at.x.to_le_bytes());
            out.extend_from_slice(&at.y.to_le_bytes());
        };
        match self {
            Self::None => return,
            Self::Point(at) => {
                head(1, out);
                place(at, out);
            }
            Self::Ring(_) | Self::Polygons(_) => {
                if multi || self.parts() != 1 {
                    head(6, out);
                    out.extend_from_slice(&count(self.parts()));
                }
            }
        }
        for rings in self.polygons() {
            head(3, out);
            let rings: Vec<RowRing<'_>> = rings.collect();
            out.extend_from_slice(&count(rings.len()));
            for ring in rings {
                out.extend_from_slice(&count(ring.len()));
                ring.corners().for_each(|at| place(at, out));
            }
        }
    }
}

/// A count as WKB has it.
fn count(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes()
}

/// What all these bounds lie in.
pub(super) fn bounds(all: impl Iterator<Item = [f64; 4]>) -> Option<[f64; 4]> {
    all.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
}

/// `#rrggbb`.
pub(super) fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// What a format that cannot do without shapes says.
pub(super) fn shapeless(format: &str) -> Cause {
    format!("{format} is about shapes; leave out --geometry none, or write .csv or .parquet").into()
}
