//! What every table format is written from: the columns under the names asked for, and the shape of each row.

use geo::{Coord, MultiPolygon};
use h3o::CellIndex;
use rayon::prelude::*;

use crate::error::Cause;
use crate::grid::boundary;
use crate::layer::{Column, Geometry, Kind, Layer, Symbol, Value};
use crate::numbers::at_most;
use crate::score::CellScore;

/// Digits of a coordinate in degrees: 10⁻⁷ is a centimetre, finer ones would only be noise. All formats have the same.
pub(super) const PLACES: usize = 7;

/// The rows of a layer.
pub(super) struct Sheet<'a> {
    pub(super) columns: Vec<Column<'a>>,
    pub(super) geometry: Geometry,
    cells: &'a [CellScore],
}

/// The shape of a row.
pub(super) enum Shape {
    None,
    Point(Coord),
    Polygons(MultiPolygon),
}

impl<'a> Sheet<'a> {
    /// The rows, with shapes as asked for, else as the format has them.
    pub(super) fn of(layer: &'a Layer, usual: Geometry) -> Self {
        let form = layer.form();
        let mut columns = layer.columns();
        for column in &mut columns {
            if let Some(name) = form.renamed(&column.name) {
                column.name = name.into();
            }
        }
        Self { columns, geometry: form.geometry.unwrap_or(usual), cells: &layer.scores().cells }
    }

    /// The rows with the properties of simplestyle 1.1, if they are asked for.
    pub(super) fn simply_styled(layer: &'a Layer) -> Self {
        let mut sheet = Self::of(layer, Geometry::Polygons);
        if layer.form().simplestyle {
            let class = |row: usize| layer.symbol(&layer.scores().cells[row]);
            let colour = |class: &Symbol| Value::Text(hex(class.colour).into());
            let key = if sheet.geometry == Geometry::Centroids { "marker-color" } else { "fill" };
            sheet.columns.extend([
                Column::new("title", "what a reader sees first", Kind::Text, move |row| {
                    Value::Text(class(row).label.as_str().into())
                }),
                Column::new(key, "colour of the class", Kind::Text, move |row| colour(class(row))),
                Column::new("fill-opacity", "how much of the ground it hides", Kind::Real, |_| Value::Real(0.7)),
                Column::new("stroke", "colour of the outline", Kind::Text, move |row| colour(class(row))),
                Column::new("stroke-width", "width of the outline", Kind::Real, |_| Value::Real(0.5)),
            ]);
        }
        sheet
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    pub(super) fn cell(&self, row: usize) -> CellIndex {
        self.cells[row].cell
    }

    /// The shape of a row, its coordinates rounded as they are in every format.
    pub(super) fn shape(&self, row: usize) -> Shape {
        let round = |at: Coord| Coord { x: at_most(at.x, PLACES), y: at_most(at.y, PLACES) };
        match self.geometry {
            Geometry::None => Shape::None,
            Geometry::Centroids => {
                let at = h3o::LatLng::from(self.cell(row));
                Shape::Point(round(Coord { x: at.lng(), y: at.lat() }))
            }
            Geometry::Polygons => {
                let mut outline = boundary::outline(self.cell(row));
                // Cells have no holes.
                for part in &mut outline {
                    part.exterior_mut(|ring| ring.0.iter_mut().for_each(|at| *at = round(*at)));
                }
                Shape::Polygons(outline)
            }
        }
    }

    /// All shapes, in order.
    pub(super) fn shapes(&self) -> Vec<Shape> {
        (0..self.len()).into_par_iter().with_min_len(256).map(|row| self.shape(row)).collect()
    }
}

impl Shape {
    /// How many polygons it has; none for other shapes.
    pub(super) fn parts(&self) -> usize {
        if let Self::Polygons(polygons) = self { polygons.0.len() } else { 0 }
    }

    fn corners(&self) -> impl Iterator<Item = Coord> {
        let (point, polygons) = match self {
            Self::None => (None, [].as_slice()),
            Self::Point(at) => (Some(*at), [].as_slice()),
            Self::Polygons(polygons) => (None, polygons.0.as_slice()),
        };
        point.into_iter().chain(polygons.iter().flat_map(|part| part.exterior().0.iter().copied()))
    }

    /// West, south, east and north; `None` without a shape.
    pub(super) fn bounds(&self) -> Option<[f64; 4]> {
        bounds(self.corners().map(|at| [at.x, at.y, at.x, at.y]))
    }

    /// Its bytes as well-known binary, little-endian, as a multipolygon if that is wanted of all.
    pub(super) fn write_wkb(&self, multi: bool, out: &mut Vec<u8>) {
        let head = |kind: u32, out: &mut Vec<u8>| {
            out.push(1);
            out.extend_from_slice(&kind.to_le_bytes());
        };
        let place = |at: &Coord, out: &mut Vec<u8>| {
            out.extend_from_slice(&at.x.to_le_bytes());
            out.extend_from_slice(&at.y.to_le_bytes());
        };
        match self {
            Self::None => {}
            Self::Point(at) => {
                head(1, out);
                place(at, out);
            }
            Self::Polygons(polygons) => {
                if multi || polygons.0.len() != 1 {
                    head(6, out);
                    out.extend_from_slice(&count(polygons.0.len()));
                }
                for part in polygons {
                    head(3, out);
                    out.extend_from_slice(&count(1));
                    out.extend_from_slice(&count(part.exterior().0.len()));
                    part.exterior().0.iter().for_each(|at| place(at, out));
                }
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
