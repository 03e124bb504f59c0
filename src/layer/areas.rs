//! Layers of areas such as wards in place of cells: what their rows have beside a score, and what they are called.

use std::borrow::Cow;

use geo::{Coord, CoordsIter, InteriorPoint, MultiPolygon, unary_union};
use h3o::CellIndex;
use serde::{Deserialize, Serialize};

use super::columns::{perhaps, text};
use super::{Column, Form, Kind, Layer, Plane, Value, is_taken};
use crate::grid::boundary::dissolved;
use crate::incident::{Category, Strand};
use crate::indicator::{AreaReports, NamedAreas};
use crate::invalid::InvalidValue;
use crate::numbers::significant;
use crate::polygon::Contiguity;
use crate::score::{Change, Method, SourceActivity};

/// The areas of a layer, row by row as its scores, whose cells only stand in for them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ScoredAreas {
    /// Their names and their ground.
    pub areas: NamedAreas,
    /// What tells them apart: see [`NamedAreas::ids`].
    pub ids: Vec<String>,
    /// Residents of each, where they were given.
    pub residents: Option<Vec<Option<f64>>>,
    /// Sizes, and which touch.
    pub ground: Contiguity,
    /// Accepted reports of each, of whatever date.
    pub counts: Vec<AreaReports>,
    /// Who was heard of from each, all sources together.
    pub reporting: Vec<SourceActivity>,
    /// Accepted reports outside every area.
    pub outside: u64,
    /// Reports on a border and in no area.
    pub on_border: u64,
    /// Reports in more than one area, which count in each.
    pub in_several: u64,
}

/// How reports came into areas, for the provenance of a layer of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs, reason = "plain quantities")]
pub struct RolledUp {
    /// The property that names the areas.
    pub area_name: String,
    /// The property that holds their codes.
    pub area_code: Option<String>,
    pub outside_every_area: u64,
    pub on_a_border: u64,
    pub in_several_areas: u64,
}

impl From<&ScoredAreas> for RolledUp {
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

/// Names of the values that areas have beside those of cells.
const OWN: [&str; 8] = [
    "area_km2",
    "reports",
    "reports_per_km2",
    "heard",
    "days_since",
    "experienced_share",
    "evidenced_share",
    "potential_share",
];

/// Names that simplestyle gives to properties.
const SIMPLESTYLE: [&str; 6] = ["title", "fill", "marker-color", "fill-opacity", "stroke", "stroke-width"];

impl ScoredAreas {
    /// Refuses properties of areas that would be columns of the same name as others.
    pub(crate) fn check_names(areas: &NamedAreas, form: &Form) -> Result<(), InvalidValue> {
        let mut names: Vec<&str> = areas.key.iter().map(String::as_str).chain([areas.label.as_str()]).collect();
        if let (Some(name), Some(first)) = (form.id_column.as_deref(), names.first_mut()) {
            *first = name;
        }
        let is_other = |name: &str| {
            let same = |other: &str| other.eq_ignore_ascii_case(name);
            is_taken(name)
                || OWN.into_iter().any(same)
                || Category::ALL.iter().any(|category| same(category.id()))
                || form.simplestyle && SIMPLESTYLE.into_iter().any(same)
        };
        let twice = names.len() == 2 && names[0].eq_ignore_ascii_case(names[1]);
        match names.iter().find(|name| twice || is_other(name)) {
            None => Ok(()),
            Some(name) => Err(InvalidValue::bare(
                "name of a column",
                name,
                "a name that no other column of the result has: rename the property in the file of areas, or the first column with \
                 --id-column",
            )),
        }
    }

    /// A point within an area: in the middle of its widest stretch half way up.
    pub(crate) fn centre(&self, row: usize) -> Coord {
        let polygons = &self.areas.polygons[row];
        polygons.interior_point().map(Coord::from).or_else(|| polygons.coords_iter().next()).unwrap_or_default()
    }

    /// The first area that a plane does not hold.
    pub(super) fn beyond(&self, plane: Plane) -> Option<&str> {
        let is_within = |polygons: &MultiPolygon| polygons.coords_iter().all(|at| plane.has(at.x, at.y));
        let row = self.areas.polygons.iter().position(|polygons| !is_within(polygons))?;
        self.ids.get(row).map(String::as_str)
    }

    /// What areas are called, and how large they are.
    pub(super) fn names<'a>(&'a self, columns: &mut Vec<Column<'a>>) {
        let NamedAreas { label, key, names, codes, .. } = &self.areas;
        let column = |name: &'a String, about: &'static str, texts: &'a [String]| {
            Column::new(name.as_str(), about, Kind::Text, |row| text(texts[row].as_str()))
        };
        columns.extend(key.iter().map(|key| column(key, "code of the area", codes)));
        columns.push(column(label, "name of the area", names));
        columns.push(Column::new("area_km2", "size of the area in km²", Kind::Real, |row| {
            Value::Real(significant(self.ground.km2[row], 6))
        }));
    }

    /// What was counted in them, and whether anything is still heard of them.
    pub(super) fn counted<'a>(&'a self, columns: &mut Vec<Column<'a>>) {
        let whole = |n: u64| Value::Whole(i64::try_from(n).unwrap_or(i64::MAX));
        let counts = &self.counts;
        columns.extend([
            Column::new("reports", "accepted reports in the area, of whatever date", Kind::Whole, move |row| {
                whole(counts[row].reports)
            }),
            Column::new("reports_per_km2", "accepted reports per km²", Kind::Real, |row| {
                let density = counts[row].reports as f64 / self.ground.km2[row];
                perhaps(density.is_finite().then(|| significant(density, 4)), Value::Real)
            }),
        ]);
        columns.extend(Strand::ALL.iter().enumerate().map(|(place, strand)| {
            let about = format!("accepted reports of the strand {}", strand.id());
            Column::new(strand.id(), about, Kind::Whole, move |row| whole(counts[row].strands[place]))
        }));
        columns.extend([
            Column::new(
                "heard",
                "reports in the window beside what is usual: no_data, no_reports, seldom, fell_silent, fewer_than_usual, as_usual, \
                 more_than_usual",
                Kind::Text,
                |row| self.reporting.get(row).map_or(Value::Null, |line| text(line.status.id())),
            ),
            Column::new("days_since", "days since the last report, 0 for the day before the as-of", Kind::Whole, |row| {
                perhaps(self.reporting.get(row).and_then(|line| line.days_since), |days| Value::Whole(days.into()))
            }),
        ]);
        let met =
            Category::ALL.iter().enumerate().filter(|(place, _)| counts.iter().any(|area| area.categories[*place] > 0));
        columns.extend(met.map(|(place, category)| {
            let about = format!("accepted reports of the category {}", category.id());
            Column::new(category.id(), about, Kind::Whole, move |row| whole(counts[row].categories[place]))
        }));
    }
}

impl Layer {
    /// What a place of its scores is called: a cell by its number, an area by its name or what else tells it apart.
    #[must_use]
    pub fn place_name(&self, cell: CellIndex) -> Cow<'_, str> {
        let area = self.areas().and_then(|areas| {
            let row = self.scores().cells.iter().position(|scored| scored.cell == cell)?;
            let name = areas.areas.names.get(row).filter(|name| !name.is_empty());
            name.or(areas.ids.get(row))
        });
        area.map_or_else(|| cell.to_string().into(), |name| name.as_str().into())
    }

    /// The outline of some of its rows together.
    pub(crate) fn dissolved(&self, rows: &[usize]) -> MultiPolygon {
        match self.areas() {
            Some(areas) => unary_union(rows.iter().map(|&row| &areas.areas.polygons[row])),
            None => dissolved(&rows.iter().map(|&row| self.scores().cells[row].cell).collect::<Vec<_>>()),
        }
    }

    /// [`Change::sentences`], with the places called as they are here.
    pub(crate) fn changed_in_words(&self, change: &Change, method: &Method) -> Vec<String> {
        let kind = if self.areas().is_some() { "area" } else { "cell" };
        change.sentences_by_name(method, kind, &|cell| self.place_name(cell).into_owned())
    }
}
