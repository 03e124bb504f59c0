//! Assessments: levels set by people. The engine never computes the highest ones. A named assessor sets them, with a
//! reason, and they are reported beside the computed level, never in its place.

use h3o::CellIndex;
use serde::{Deserialize, Serialize};

use super::level::{Level, LevelRule};
use super::method::Method;
use crate::code::Code;
use crate::format::{Fault, Field, FormatError, Input, Records};
use crate::grid::StudyArea;
use crate::incident::Day;
use crate::ingest::position::h3_cell;
use crate::ingest::table::{KeyedRows, KeyedTable, ValueFaults};
use crate::ingest::{FileTally, IngestError, Quarantined};
use crate::visible::{is_blank, is_hidden};

/// Level of one place, set by one assessor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// Cell, or name of the area.
    pub place: String,
    /// Number of the level in the method's scale.
    pub level: u8,
    /// Name of the assessor.
    pub assessor: String,
    /// Reason.
    pub reason: String,
    /// First day on which it is in force.
    pub date: Day,
    /// Day from which it is no longer in force; absent: until it is replaced.
    pub until: Option<Day>,
    /// Rank of the level, and rows of the study area.
    #[serde(skip)]
    set: (usize, Vec<usize>),
}

/// Assessments of a file, with the tally of its rows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Assessments {
    entries: Vec<Assessment>,
    /// Rows read, accepted and quarantined.
    pub account: FileTally,
    /// Quarantined rows.
    pub quarantined: Vec<Quarantined>,
}

/// Assessments in force at one date.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ActiveAssessments {
    /// Assessments in force for any cell, in the order of the file.
    pub entries: Vec<Assessment>,
    /// Level and index into `entries`, by row of the study area.
    pub cells: Vec<Option<(Level, usize)>>,
}

/// Lookup of an area's cells by its name or code.
pub(crate) type CellsOf<'a> = dyn Fn(&str) -> Option<Vec<CellIndex>> + 'a;

impl Assessments {
    /// Reads a table of assessments.
    ///
    /// Columns: `cell` (or `h3`) or `area`, `level` (number or name of the method's scale), `assessor`, `reason`,
    /// `date` and optionally `until`. A row is quarantined if its cell or area is not in the study area, or the method
    /// lacks its level. So is a row without assessor, reason or date. `cells_of` finds the cells of an area.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read or lacks one of the columns.
    pub(crate) fn read(
        input: &Input,
        method: &Method,
        area: &StudyArea,
        cells_of: &CellsOf<'_>,
    ) -> Result<Self, IngestError> {
        let table = KeyedTable::open_with(input, &["level", "assessor", "reason", "date"])?;
        let names: Vec<String> = table.names().iter().map(|name| name.trim().to_ascii_lowercase()).collect();
        let find = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.as_str()));
        let [cell, place] = [find(&["cell", "h3", "h3_cell"]), find(&["area"])];
        let needed = ["level", "assessor", "reason", "date"].map(|name| (name, find(&[name])));
        let missing: Vec<&str> = needed.iter().filter(|(_, column)| column.is_none()).map(|(name, _)| *name).collect();
        if !missing.is_empty() || (cell.is_none() && place.is_none()) {
            let lacks = if missing.is_empty() { "cell or area".to_owned() } else { missing.join(", ") };
            let problem = format!(
                "has no column {lacks}; an assessment needs cell (or area), level, assessor, reason and date, and may have until"
            );
            return Err(FormatError::Unreadable { file: input.name(), problem }.into());
        }
        let [level, assessor, reason, date] = needed.map(|(_, column)| column.unwrap_or_default());
        let until = find(&["until"]);
        let row = |records: &dyn Records| {
            let (place, rows) = parse_place(records, [cell, place], area, cells_of)?;
            let (rank, number) = parse_level(records.field(level), method)?;
            let date = parse_day("date", records.field(date))?;
            let until = filled(records, until).map(|field| parse_day("until", field)).transpose()?;
            if let Some(until) = until.filter(|&until| until <= date) {
                return Err(Fault::new(Code::Interval, "until", until, "a day after date"));
            }
            Ok(Assessment {
                place,
                level: number,
                assessor: parse_text("assessor", records.field(assessor), "who set the level")?,
                reason: parse_text("reason", records.field(reason), "why the level was set")?,
                date,
                until,
                set: (rank, rows),
            })
        };
        let optional = [cell, place, until].into_iter().flatten();
        let wanted: Vec<usize> = optional.chain([level, assessor, reason, date]).collect();
        let KeyedRows { accepted, mut tally, quarantined, .. } =
            table.rows(&wanted, &[], ValueFaults::OfRow, &mut |records| row(records))?;
        tally.value = Some("level".to_owned());
        let entries = accepted.into_iter().map(|(_, entry, _)| entry).collect();
        Ok(Self { entries, account: tally, quarantined })
    }

    /// Assessments in force at a date: for each cell the latest that is dated on or before it; of one day, the most tense.
    #[must_use]
    pub fn at(&self, as_of: Day, method: &Method, area: &StudyArea) -> ActiveAssessments {
        let is_active = |entry: &&Assessment| entry.date <= as_of && entry.until.is_none_or(|until| as_of < until);
        let candidates: Vec<&Assessment> = self.entries.iter().filter(is_active).collect();
        let mut best: Vec<Option<usize>> = vec![None; area.cells().len()];
        let order = |place: usize| (candidates[place].date, candidates[place].set.0);
        for (place, entry) in candidates.iter().enumerate() {
            for &row in &entry.set.1 {
                if best[row].is_none_or(|other| order(place) >= order(other)) {
                    best[row] = Some(place);
                }
            }
        }
        let used: Vec<usize> = (0..candidates.len()).filter(|place| best.contains(&Some(*place))).collect();
        let set = |place: usize| {
            Some((Level::ranked(&method.levels, candidates[place].set.0), used.binary_search(&place).ok()?))
        };
        let cells = best.into_iter().map(|place| set(place?)).collect();
        ActiveAssessments { entries: used.iter().map(|&place| candidates[place].clone()).collect(), cells }
    }
}

impl ActiveAssessments {
    /// Assessments of a saved layer.
    pub(crate) fn restored(mut entries: Vec<Assessment>, cells: Vec<Option<(Level, usize)>>) -> Self {
        for (row, set) in cells.iter().enumerate() {
            let &Some((level, place)) = set else { continue };
            entries[place].set.0 = level.rank();
            entries[place].set.1.push(row);
        }
        Self { entries, cells }
    }

    /// One sentence per assessment.
    #[must_use]
    pub fn sentences(&self, method: &Method) -> Vec<String> {
        let line = |entry: &Assessment| {
            let name = &method.levels[entry.set.0].name;
            let Assessment { place, level, assessor, date, reason, .. } = entry;
            format!("assessed: {place} is {level} {name}, set by {assessor} on {date}: {reason}")
        };
        self.entries.iter().map(line).collect()
    }
}

/// The field of a column that the file has, if it is filled.
fn filled(records: &dyn Records, column: Option<usize>) -> Option<Field<'_>> {
    column.map(|column| records.field(column)).filter(|field| !field.is_blank())
}

/// The place of an assessment, as text and as rows of the study area.
fn parse_place(
    records: &dyn Records,
    [cell, place]: [Option<usize>; 2],
    area: &StudyArea,
    cells_of: &CellsOf<'_>,
) -> Result<(String, Vec<usize>), Box<Fault>> {
    if let Some(field) = filled(records, cell) {
        let cell = h3_cell(Code::BadCell, "cell", field)?;
        let row = area.row(cell).ok_or_else(|| {
            let resolution = area.cells().first().map_or(0, |cell| u8::from(cell.resolution()));
            let expected = format!("a cell of the study area, which is of resolution {resolution}");
            Fault::new(Code::NotUnderStudy, "cell", cell, expected)
        })?;
        return Ok((cell.to_string(), vec![row]));
    }
    let Some(field) = filled(records, place) else {
        return Err(Fault::new(Code::NotUnderStudy, "cell", "", "a cell or an area"));
    };
    let name = field.displayed();
    let cells = cells_of(name.trim())
        .ok_or_else(|| Fault::new(Code::NotUnderStudy, "area", &name, "the code of an area of --areas (see --key)"))?;
    let rows: Vec<usize> = cells.into_iter().filter_map(|cell| area.row(cell)).collect();
    if rows.is_empty() {
        return Err(Fault::new(Code::NotUnderStudy, "area", &name, "an area that overlaps the study area"));
    }
    Ok((name.trim().to_owned(), rows))
}

/// Rank and number of a level, from its number or its name.
fn parse_level(field: Field<'_>, method: &Method) -> Result<(usize, u8), Box<Fault>> {
    let text = field.displayed();
    let is_meant =
        |rule: &LevelRule| text.trim() == rule.number.to_string() || text.trim().eq_ignore_ascii_case(&rule.name);
    let rank = method.levels.iter().position(is_meant).ok_or_else(|| {
        let scale: Vec<String> = method.levels.iter().map(|rule| format!("{} {}", rule.number, rule.name)).collect();
        Fault::new(Code::BadValue, "level", &text, format!("a level of the method: {}", scale.join(", ")))
    })?;
    Ok((rank, method.levels[rank].number))
}

fn parse_day(column: &str, field: Field<'_>) -> Result<Day, Box<Fault>> {
    let text = field.displayed();
    let day = match field {
        Field::Day(day) => Some(day),
        _ => text.trim().parse().ok(),
    };
    day.ok_or_else(|| {
        let code = if text.trim().is_empty() { Code::NoTime } else { Code::BadDate };
        Fault::new(code, column, &text, "a calendar day such as 2026-03-02")
    })
}

fn parse_text(column: &str, field: Field<'_>, expected: &str) -> Result<String, Box<Fault>> {
    const MAX_CHARS: usize = 500;
    let text = field.displayed();
    let text = text.trim();
    if is_blank(text) || text.chars().count() > MAX_CHARS || text.contains(is_hidden) {
        let expected = format!("{expected}, on one line of at most {MAX_CHARS} characters");
        return Err(Fault::new(Code::BadValue, column, text, expected));
    }
    Ok(text.to_owned())
}
