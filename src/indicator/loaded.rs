//! Loaded files of an indicator: polygons, a table of cells, values joined to polygons, or points.

use h3o::CellIndex;

use super::points::PointTable;
use super::table::{CellTable, columns, text_of};
use super::{Indicator, IndicatorError, IndicatorKind, Interpolated};
use crate::code::Code;
use crate::format::names::listed as shown;
use crate::format::{Input, features};
use crate::ingest::table::KeyedTable;
use crate::ingest::{FileTally, Quarantined, Role};
use crate::polygon::{PolygonError, Regions};

/// Loaded and checked files of an indicator, before its values are brought onto cells.
#[derive(Clone, Debug)]
pub struct Loaded {
    source: LoadedSource,
    /// Account of the table that values were joined from.
    table: Option<(FileTally, Vec<Quarantined>)>,
}

#[derive(Clone, Debug)]
enum LoadedSource {
    Areas(Box<Regions>),
    Cells(Box<CellTable>),
    PointTable(Box<PointTable>),
}

impl Loaded {
    /// Reads the files of an indicator.
    ///
    /// A GeoJSON document contains polygons, or points where the kind is of points; with `nearest`, and in any other format, the first
    /// feature decides. A table with a column of H3 cells is one of cells. Any other table is joined to [its polygons](Indicator::areas) by code.
    ///
    /// # Errors
    /// Errors of [`Regions::read`] and [`IngestError`](crate::ingest::IngestError). A missing column, or one of text.
    /// Cells of several resolutions. A table that is neither of cells nor has polygons to join.
    pub fn read(indicator: &Indicator, repairs: bool) -> Result<Self, IndicatorError> {
        Self::read_with(indicator, repairs, &mut Vec::new())
    }

    /// [`Self::read`] with polygons that were read for another column.
    pub(crate) fn read_with(
        indicator: &Indicator,
        repairs: bool,
        known: &mut KnownAreas,
    ) -> Result<Self, IndicatorError> {
        let without_table = |source| Ok(Self { source, table: None });
        let is_of_areas = match indicator.kind {
            IndicatorKind::Nearest => begins_with_area(&indicator.input),
            kind => !kind.is_of_points() && (is_document(&indicator.input)? || begins_with_area(&indicator.input)),
        };
        if is_of_areas {
            return without_table(LoadedSource::Areas(Box::new(polygons(&indicator.input, None, repairs, known)?)));
        }
        let column = Some(&indicator.column).filter(|_| indicator.kind.has_column());
        let wanted: Vec<&str> = column.into_iter().chain(&indicator.weight).map(String::as_str).collect();
        let table = KeyedTable::open_with(&indicator.input, &wanted)?.at_least(indicator.min());
        let (file, names) = (indicator.input.name(), table.names().to_vec());
        let text = |example| PolygonError::Text { file: file.clone(), column: indicator.column.clone(), example };
        if indicator.kind.is_of_points() {
            let value = columns(&file, &names, &wanted)?.first().copied();
            let points = PointTable::read(table, value)?;
            text_of(&points.rows).map_or(Ok(()), |example| Err(text(example)))?;
            return without_table(LoadedSource::PointTable(Box::new(points)));
        }
        if let Some(column) = table.column_of(Role::H3) {
            let cells = CellTable::read(table, column, &columns(&file, &names, &wanted)?)?;
            text_of(&cells.rows).map_or(Ok(()), |example| Err(text(example)))?;
            return without_table(LoadedSource::Cells(Box::new(cells)));
        }
        let Some(codes) = &indicator.areas else { return Err(IndicatorError::NoAreas { file, found: shown(&names) }) };
        let key = codes.key.as_deref().map(|key| key.split_once('=').map_or(key, |(key, _)| key));
        let mut regions = polygons(&codes.areas, key, repairs, known)?;
        let rows = regions.join(indicator, table)?;
        Ok(Self { source: LoadedSource::Areas(Box::new(regions)), table: Some((rows.tally, rows.quarantined)) })
    }

    /// Checks the values without bringing them onto cells.
    ///
    /// # Errors
    /// Those of [`Regions::values`]; nothing accepted.
    pub fn check(&mut self, indicator: &Indicator) -> Result<(), IndicatorError> {
        if let LoadedSource::Areas(regions) = &mut self.source {
            if indicator.kind == IndicatorKind::Nearest {
                return Ok(regions.not_empty()?);
            }
            regions.values_by(&indicator.column, indicator.weight.as_deref(), indicator.min())?;
            regions.compare();
            return Ok(());
        }
        self.not_empty()
    }

    /// Its polygons, if it has any.
    pub(crate) fn regions(&mut self) -> Option<&mut Regions> {
        if let LoadedSource::Areas(regions) = &mut self.source { Some(regions) } else { None }
    }

    /// Brings the values onto cells of one resolution.
    ///
    /// # Errors
    /// Those of [`Self::check`].
    pub fn spread(&mut self, indicator: &Indicator, cells: &[CellIndex]) -> Result<Interpolated, IndicatorError> {
        let mut spread = match &mut self.source {
            LoadedSource::Areas(regions) if indicator.kind == IndicatorKind::Nearest => regions.distances(cells)?,
            LoadedSource::Areas(regions) => {
                let weight = indicator.weight.as_deref();
                regions.spread_from(&indicator.column, indicator.kind, weight, indicator.min(), cells)?
            }
            LoadedSource::Cells(table) => {
                let spread = table.spread(indicator, cells);
                self.not_empty()?;
                spread
            }
            LoadedSource::PointTable(points) => {
                let spread = points.spread(indicator.kind, cells);
                if indicator.kind != IndicatorKind::Count {
                    self.not_empty()?;
                }
                spread
            }
        };
        spread.name.clone_from(&indicator.name);
        if let Some(conservation) = spread.conservation.filter(|conservation| !conservation.agrees()) {
            let (account, _) = self.account();
            account.warn(Code::Conservation, 1);
            account.notices.push(format!("{}: {}: {conservation}", account.name, indicator.name));
            spread.account.clone_from(account);
        }
        Ok(spread)
    }

    /// Account of the file with the places of the values, and its quarantined records.
    fn account(&mut self) -> (&mut FileTally, &[Quarantined]) {
        match &mut self.source {
            LoadedSource::Areas(regions) => (&mut regions.account, &regions.refused),
            LoadedSource::Cells(table) => (&mut table.rows.tally, &table.rows.quarantined),
            LoadedSource::PointTable(points) => (&mut points.rows.tally, &points.rows.quarantined),
        }
    }

    fn not_empty(&mut self) -> Result<(), IndicatorError> {
        let (account, quarantined) = self.account();
        if account.accepted > 0 { Ok(()) } else { Err(PolygonError::nothing_accepted(account, quarantined).into()) }
    }

    /// Account and quarantined records of each file; the table that values were joined from is last.
    #[must_use]
    pub fn accounts(mut self) -> Vec<(FileTally, Vec<Quarantined>)> {
        let (account, quarantined) = self.account();
        let own = (account.clone(), quarantined.to_vec());
        std::iter::once(own).chain(self.table).collect()
    }
}

/// Brings an indicator onto cells, read from its file.
///
/// ```
/// use tensionmap::Indicator;
/// use tensionmap::unstable::indicator::interpolate;
/// use tensionmap::{Containment, Input, LatLng, Resolution};
/// let square = r#"{"type":"Feature","properties":{"homes":800},"geometry":{"type":"Polygon",
///     "coordinates":[[[2.2,54.7],[2.4,54.7],[2.4,54.8],[2.2,54.8],[2.2,54.7]]]}}"#;
/// let homes = Indicator::extensive(Input::Bytes("square.geojson".into(), square.into()), "homes");
/// let inside = LatLng::new(54.75, 2.3)?.cell(Resolution::Seven);
/// let there = interpolate(&homes, &[inside])?;
/// // The square has 142.72 km² and the cell 4.26 km².
/// assert_eq!(there.values[0].map(f64::round), Some(24.0));
/// let total = there.conservation.expect("homes are a total");
/// assert!((total.on_cells + total.outside - 800.0).abs() < 1e-9);
/// # Ok::<(), tensionmap::Error>(())
/// ```
///
/// # Errors
/// Those of [`Loaded::read`] and [`Loaded::spread`].
pub fn interpolate(indicator: &Indicator, cells: &[CellIndex]) -> Result<Interpolated, IndicatorError> {
    Loaded::read(indicator, false)?.spread(indicator, cells)
}

/// Polygons that were read, by file and key.
type KnownAreas = Vec<(String, Option<String>, Regions)>;

/// Polygons of a file, read once for all of its columns.
fn polygons(input: &Input, key: Option<&str>, repairs: bool, known: &mut KnownAreas) -> Result<Regions, PolygonError> {
    let name = input.name();
    // Bytes may go by any name.
    let is_file = matches!(input, Input::Path(_));
    if let Some((.., regions)) = known.iter().find(|(file, by, _)| is_file && *file == name && by.as_deref() == key) {
        return Ok(regions.clone());
    }
    let regions = Regions::load(input, key, repairs)?;
    known.push((name, key.map(str::to_owned), regions.clone()));
    Ok(regions)
}

/// True if a file is a JSON object.
fn is_document(input: &Input) -> Result<bool, IndicatorError> {
    Ok(input.source()?.is_some_and(|source| source.head().trim_ascii_start().starts_with(b"{")))
}

/// True if the first geometry of a file is an area; false if there is none, or it cannot be read.
fn begins_with_area(input: &Input) -> bool {
    matches!(features::first_kind(input), Ok(Some("Polygon" | "MultiPolygon")))
}
