//! Layers of areas such as wards in place of cells: names, counts and shapes of their rows.

use std::borrow::Cow;

use geo::{Coord, CoordsIter, InteriorPoint, MultiPolygon, unary_union};
use h3o::CellIndex;

use super::names::{SIMPLESTYLE, is_taken};
use super::{Column, Layer, Plane, RollUpSummary, TableLayout};
use crate::grid::boundary::dissolved;
use crate::incident::Category;
use crate::indicator::{AreaReports, NamedAreas};
use crate::invalid::InvalidValue;
use crate::polygon::Contiguity;
use crate::score::columns::{
    AREA_COLUMNS, AREA_KM2, ColumnSchema, ColumnValue, DAYS_SINCE, HEARD, REPORTS, REPORTS_PER_KM2, STRAND_REPORTS,
    ValueKind, any_score_columns, count, optional, text,
};
use crate::score::{Change, Method, SourceActivity};

/// Areas of a layer, row by row as its scores: the cells of these only stand in for them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ScoredAreas {
    /// Names and polygons.
    pub areas: NamedAreas,
    /// Unique identifiers: see [`NamedAreas::ids`].
    pub ids: Vec<String>,
    /// Residents of each area, if given.
    pub residents: Option<Vec<Option<f64>>>,
    /// Sizes and neighbours.
    pub ground: Contiguity,
    /// Accepted reports of each area, of any date.
    pub counts: Vec<AreaReports>,
    /// Reporting status of each area, all sources together.
    pub reporting: Vec<SourceActivity>,
    /// Accepted reports outside every area.
    pub outside: u64,
    /// Reports on a border and in no area.
    pub on_border: u64,
    /// Reports in more than one area, which count in each.
    pub in_several: u64,
}

impl From<&ScoredAreas> for RollUpSummary {
    fn from(areas: &ScoredAreas) -> Self {
        Self {
            area_name: areas.areas.label.clone(),
            area_code: areas.areas.key.clone(),
            outside_every_area: areas.outside,
            on_a_border: areas.on_border,
            in_several_areas: areas.in_several,
        }
    }
}

impl ScoredAreas {
    /// Errors if a property of the areas would become a second column of the same name.
    pub(crate) fn check_names(areas: &NamedAreas, layout: &TableLayout) -> Result<(), InvalidValue> {
        let mut names: Vec<&str> = areas.key.iter().map(String::as_str).chain([areas.label.as_str()]).collect();
        if let (Some(name), Some(first)) = (layout.id_column.as_deref(), names.first_mut()) {
            *first = name;
        }
        let is_other = |name: &str| {
            let of_areas = any_score_columns().filter_map(|schema| schema.name_in_areas);
            let columns = AREA_COLUMNS.iter().map(|schema| schema.name).chain(of_areas);
            let added = SIMPLESTYLE.into_iter().filter(|_| layout.simplestyle);
            let mut others = columns.chain(Category::ALL.iter().map(|category| category.id())).chain(added);
            is_taken(name) || others.any(|other| other.eq_ignore_ascii_case(name))
        };
        let twice = names.len() == 2 && names[0].eq_ignore_ascii_case(names[1]);
        let expected = "a name that no other column of the result has: rename the property in the file of areas, or the first \
                        column with --id-column";
        names
            .iter()
            .find(|name| twice || is_other(name))
            .map_or(Ok(()), |name| Err(InvalidValue::expecting("name of a column", name, expected)))
    }

    /// A point within an area: the middle of its widest stretch at half its height.
    pub(crate) fn centre(&self, row: usize) -> Coord {
        let polygons = &self.areas.polygons[row];
        polygons.interior_point().map(Coord::from).or_else(|| polygons.coords_iter().next()).unwrap_or_default()
    }

    /// The first area outside the domain of a projection.
    pub(super) fn beyond(&self, plane: Plane) -> Option<&str> {
        let is_within = |polygons: &MultiPolygon| polygons.coords_iter().all(|at| plane.has(at.x, at.y));
        let row = self.areas.polygons.iter().position(|polygons| !is_within(polygons))?;
        self.ids.get(row).map(String::as_str)
    }

    /// Columns of code, name and size.
    pub(super) fn name_columns<'a>(&'a self, columns: &mut Vec<Column<'a>>) {
        let NamedAreas { label, key, names, codes, .. } = &self.areas;
        let column = |name: &'a String, about: &'static str, texts: &'a [String]| {
            Column::new(name.as_str(), about, ValueKind::Text, |row| text(texts[row].as_str()))
        };
        columns.extend(key.iter().map(|key| column(key, "code of the area", codes)));
        columns.push(column(label, "name of the area", names));
        columns.push(Column::of(&AREA_KM2, |row| ColumnValue::Real(self.ground.km2[row])));
    }

    /// Columns of counts and of reporting status.
    pub(super) fn count_columns<'a>(&'a self, columns: &mut Vec<Column<'a>>) {
        let counts = &self.counts;
        columns.extend([
            Column::of(&REPORTS, |row| count(counts[row].reports)),
            Column::of(&REPORTS_PER_KM2, |row| {
                let density = counts[row].reports as f64 / self.ground.km2[row];
                optional(Some(density).filter(|density| density.is_finite()), ColumnValue::Real)
            }),
        ]);
        let strands = STRAND_REPORTS.iter().enumerate();
        columns.extend(strands.map(|(k, schema)| Column::of(schema, move |row| count(counts[row].strands[k]))));
        let of_reporting = |schema: &ColumnSchema| {
            let value = schema.of_reporting?;
            Some(Column::of(schema, move |row| self.reporting.get(row).map_or(ColumnValue::Null, value)))
        };
        columns.extend([&HEARD, &DAYS_SINCE].into_iter().filter_map(of_reporting));
        let is_met = |place: usize| counts.iter().any(|area| area.categories[place] > 0);
        let met = Category::ALL.iter().enumerate().filter(|(place, _)| is_met(*place));
        columns.extend(met.map(|(place, category)| {
            let about = format!("accepted reports of the category {}", category.id());
            Column::new(category.id(), about, ValueKind::Whole, move |row| count(counts[row].categories[place]))
        }));
    }
}

impl Layer {
    /// Name of a row: the number of a cell; the name of an area, or else its identifier.
    #[must_use]
    pub fn place_name(&self, cell: CellIndex) -> Cow<'_, str> {
        let area = self.areas().and_then(|areas| {
            let row = self.scores().cells.iter().position(|scored| scored.cell == cell)?;
            let name = areas.areas.names.get(row).filter(|name| !name.is_empty());
            name.or(areas.ids.get(row))
        });
        area.map_or_else(|| cell.to_string().into(), |name| name.as_str().into())
    }

    /// Identifier of a row: the number of a cell; the code of an area, or else what is unique.
    pub(crate) fn place_id(&self, cell: CellIndex) -> Cow<'_, str> {
        let row = || self.scores().cells.iter().position(|scored| scored.cell == cell);
        let id = self.areas().and_then(|areas| areas.ids.get(row()?));
        id.map_or_else(|| cell.to_string().into(), |id| id.as_str().into())
    }

    /// Union of the shapes of some rows.
    pub(crate) fn dissolved(&self, rows: &[usize]) -> MultiPolygon {
        match self.areas() {
            Some(areas) => unary_union(rows.iter().map(|&row| &areas.areas.polygons[row])),
            None => dissolved(&rows.iter().map(|&row| self.scores().cells[row].cell).collect::<Vec<_>>()),
        }
    }

    /// [`Change::sentences`], with names of areas in a layer of areas.
    pub(crate) fn describe_change(&self, change: &Change, method: &Method) -> Vec<String> {
        let kind = if self.areas().is_some() { "area" } else { "cell" };
        change.sentences_by_name(method, kind, &|cell| self.place_name(cell).into_owned())
    }
}
