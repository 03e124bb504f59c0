//! The table behind every table format: columns under the names of the user's choice, and the geometry of each row.

use std::sync::Arc;

use geo::{Coord, LineString, MapCoords, MultiPolygon, Polygon};
use rayon::prelude::*;

use crate::draw::hex;
use crate::grid::CellMesh;
use crate::invalid::Cause;
use crate::layer::{
    Column, ColumnValue, IdType, Layer, LevelPart, ScoredAreas, Symbol, TableGeometry, TableLayout, ValueKind,
};
use crate::rounding::{cell_digits, round_to};
use crate::score::CellScore;
use crate::score::columns::{BAND, count};

/// Decimals of a coordinate in degrees, in all formats: 10⁻⁷ is a centimetre, and finer ones would be noise.
const COORDINATE_DECIMALS: usize = 7;

/// Columns and rows of a layer.
pub(super) struct FeatureTable<'a> {
    pub(super) columns: Vec<Column<'a>>,
    pub(super) geometry: TableGeometry,
    rows: TableRows<'a>,
}

/// The units that rows stand for.
enum TableRows<'a> {
    Cells(&'a [CellScore]),
    /// Areas, with their scores.
    Areas(&'a ScoredAreas, &'a [CellScore]),
    /// Cells or areas of a level, dissolved.
    Parts(&'a Layer, Vec<LevelPart<'a>>),
}

/// Geometries of all rows, with coordinates rounded as in every format.
pub(super) enum RowGeometries {
    None(usize),
    Points(Vec<Coord>),
    Cells(usize, CellMesh),
    Polygons(Vec<MultiPolygon>),
}

/// Geometry of a row.
#[derive(Clone, Copy)]
pub(super) enum RowGeometry<'s> {
    None,
    Point(Coord),
    /// A polygon that shares its corners with others.
    Ring(RowRing<'s>),
    Polygons(&'s MultiPolygon),
}

/// A closed ring.
#[derive(Clone, Copy)]
pub(super) enum RowRing<'s> {
    /// All corners, and the numbers of the ring's; the first is not repeated.
    Shared(&'s [Coord], &'s [u32]),
    /// Corners of its own; the first is repeated.
    Separate(&'s [Coord]),
}

impl<'a> FeatureTable<'a> {
    /// Columns and rows, with the geometry of the layer's layout, or else the default of a format.
    pub(super) fn of(layer: &'a Layer, default: TableGeometry) -> Self {
        let layout = layer.layout();
        let geometry = layout.geometry.unwrap_or(default);
        if geometry == TableGeometry::Outlines {
            let parts = layer.level_parts();
            return Self { columns: layer.level_columns(&parts), geometry, rows: TableRows::Parts(layer, parts) };
        }
        let mut columns = layer.columns();
        if !layout.select.is_empty() {
            // The id of a row and the column of styles are always kept.
            let first = columns[0].name.clone();
            let is_kept = |name: &str| name == first || name == BAND.name;
            columns.retain(|column| is_kept(&column.name) || layout.select.iter().any(|name| *name == column.name));
        }
        let scores = &layer.scores().cells;
        let rows = layer.areas().map_or(TableRows::Cells(scores), |areas| TableRows::Areas(areas, scores));
        for (place, column) in columns.iter_mut().enumerate() {
            // The first column is the id.
            if let Some(name) = layout.renamed(&column.name, place == 0) {
                column.name = name.into();
            }
        }
        Self { columns, geometry, rows }
    }

    /// Columns and rows of a format with numbers of 64 bits: cells are numbers if the layout asks for them.
    pub(super) fn typed(layer: &'a Layer, default: TableGeometry) -> Self {
        let mut table = Self::of(layer, default);
        if let (Some(cells), IdType::U64) = (table.cells(), layer.layout().id_type) {
            let id = &mut table.columns[0];
            let (name, about) = (id.name.clone(), id.about.clone());
            *id = Column::new(name, about, ValueKind::Whole, |row| count(cells[row].cell.into()));
        }
        table
    }

    /// Columns and rows, with the properties of simplestyle 1.1 if the layout asks for them.
    pub(super) fn simply_styled(layer: &'a Layer) -> Self {
        let mut table = Self::of(layer, TableGeometry::Polygons);
        if layer.layout().simplestyle {
            let classes: Arc<[&'a Symbol]> = match &table.rows {
                TableRows::Cells(scores) | TableRows::Areas(_, scores) => {
                    scores.iter().map(|cell| layer.symbol(cell)).collect()
                }
                TableRows::Parts(_, parts) => parts.iter().map(|part| part.symbol).collect(),
            };
            let colour = |classes: &Arc<[&'a Symbol]>| {
                let classes = Arc::clone(classes);
                move |row: usize| ColumnValue::Text(hex(classes[row].colour).into())
            };
            let number = |value: f64| move |_: usize| ColumnValue::Real(value);
            let key = if table.geometry == TableGeometry::Centroids { "marker-color" } else { "fill" };
            table.columns.extend([
                Column::new(key, "colour of the class", ValueKind::Text, colour(&classes)),
                Column::new("fill-opacity", "how much of the ground it hides", ValueKind::Real, number(0.7)),
                Column::new("stroke", "colour of the outline", ValueKind::Text, colour(&classes)),
                Column::new("stroke-width", "width of the outline", ValueKind::Real, number(0.5)),
                Column::new("title", "what a reader sees first", ValueKind::Text, move |row| {
                    ColumnValue::Text(classes[row].label.as_str().into())
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

    /// The cells, if each has a row.
    pub(super) fn cells(&self) -> Option<&'a [CellScore]> {
        match self.rows {
            TableRows::Cells(cells) => Some(cells),
            TableRows::Areas(..) | TableRows::Parts(..) => None,
        }
    }

    /// Writes the id of a row as a JSON string.
    pub(super) fn write_id(&self, row: usize, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        match &self.rows {
            // Faster than serde: digits need no escape.
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

    /// Geometries of all rows.
    pub(super) fn shapes(&self) -> RowGeometries {
        let round =
            |at: Coord| Coord { x: round_to(at.x, COORDINATE_DECIMALS), y: round_to(at.y, COORDINATE_DECIMALS) };
        match (&self.rows, self.geometry) {
            (TableRows::Parts(layer, parts), _) => {
                let outline = |part: &LevelPart<'_>| layer.dissolved(&part.rows).map_coords(round);
                RowGeometries::Polygons(parts.par_iter().map(outline).collect())
            }
            (_, TableGeometry::None) => RowGeometries::None(self.len()),
            (TableRows::Areas(areas, _), TableGeometry::Centroids) => {
                RowGeometries::Points((0..self.len()).map(|row| round(areas.centre(row))).collect())
            }
            (TableRows::Areas(areas, _), _) => {
                let polygons = areas.areas.polygons.par_iter();
                RowGeometries::Polygons(polygons.map(|polygons| polygons.map_coords(round)).collect())
            }
            (TableRows::Cells(cells), TableGeometry::Centroids) => {
                let centres = cells.iter().map(|cell| h3o::LatLng::from(cell.cell));
                RowGeometries::Points(centres.map(|at| round(Coord { x: at.lng(), y: at.lat() })).collect())
            }
            (TableRows::Cells(cells), _) => {
                let cells: Vec<_> = cells.iter().map(|cell| cell.cell).collect();
                RowGeometries::Cells(self.len(), CellMesh::of(&cells).map(round))
            }
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

    /// True if any row has more than one polygon.
    pub(super) fn any_multi(&self) -> bool {
        self.iter().any(|shape| shape.parts() > 1)
    }

    /// West, south, east and north of all rows.
    pub(super) fn bounds(&self) -> Option<[f64; 4]> {
        bounds(self.iter().filter_map(RowGeometry::bounds))
    }
}

impl<'s> RowRing<'s> {
    pub(super) fn len(self) -> usize {
        match self {
            Self::Shared(_, numbers) => numbers.len() + 1,
            Self::Separate(corners) => corners.len(),
        }
    }

    pub(super) fn corners(self) -> impl Iterator<Item = Coord> + 's {
        let (all, numbers, own): (&[Coord], &[u32], &[Coord]) = match self {
            Self::Shared(all, numbers) => (all, numbers, &[]),
            Self::Separate(own) => (&[], &[], own),
        };
        let shared = numbers.iter().chain(numbers.first()).map(|&number| all[number as usize]);
        shared.chain(own.iter().copied())
    }
}

impl<'s> RowGeometry<'s> {
    /// Number of polygons; 0 for other geometries.
    pub(super) fn parts(self) -> usize {
        match self {
            Self::None | Self::Point(_) => 0,
            Self::Ring(_) => 1,
            Self::Polygons(polygons) => polygons.0.len(),
        }
    }

    /// Polygons, each as its rings: the shell, then holes.
    pub(super) fn polygons(self) -> impl Iterator<Item = impl Iterator<Item = RowRing<'s>>> {
        let (ring, polygons): (Option<RowRing<'s>>, &[Polygon]) = match self {
            Self::None | Self::Point(_) => (None, &[]),
            Self::Ring(ring) => (Some(ring), &[]),
            Self::Polygons(polygons) => (None, &polygons.0),
        };
        let own = |ring: &'s LineString| RowRing::Separate(&ring.0);
        let one = ring.map(|ring| (ring, [].iter()));
        let several = polygons.iter().map(move |part| (own(part.exterior()), part.interiors().iter()));
        one.into_iter().chain(several).map(move |(shell, holes)| std::iter::once(shell).chain(holes.map(own)))
    }

    /// West, south, east and north; `None` without a geometry.
    pub(super) fn bounds(self) -> Option<[f64; 4]> {
        if let Self::Point(at) = self {
            return Some([at.x, at.y, at.x, at.y]);
        }
        // Holes lie within their shell.
        let shells = self.polygons().filter_map(|mut rings| rings.next());
        bounds(shells.flat_map(RowRing::corners).map(|at| [at.x, at.y, at.x, at.y]))
    }

    /// Writes well-known binary, little-endian; a polygon as a multipolygon if `multi` is true.
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
                    out.extend_from_slice(&wkb_count(self.parts()));
                }
            }
        }
        for rings in self.polygons() {
            head(3, out);
            let rings: Vec<RowRing<'_>> = rings.collect();
            out.extend_from_slice(&wkb_count(rings.len()));
            for ring in rings {
                out.extend_from_slice(&wkb_count(ring.len()));
                ring.corners().for_each(|at| place(at, out));
            }
        }
    }
}

/// A count in WKB.
fn wkb_count(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes()
}

/// Union of bounds.
pub(super) fn bounds(all: impl Iterator<Item = [f64; 4]>) -> Option<[f64; 4]> {
    all.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
}

/// Errors if the settings leave out the shapes that a format needs.
pub(super) fn geometry_needed(layout: &TableLayout, format: &str) -> Result<(), Cause> {
    if layout.geometry != Some(TableGeometry::None) {
        return Ok(());
    }
    Err(format!("{format} needs shapes (found --geometry none); leave it out, or write .csv or .parquet").into())
}
