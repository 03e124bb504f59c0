//! Levels that people set. The engine never computes the highest ones; a named assessor does, with a reason, and what they say
//! stands beside what was computed, never in its place.

use h3o::CellIndex;
use serde::{Deserialize, Serialize};

use super::level::Level;
use super::method::Method;
use crate::format::FormatError;
use crate::grid::StudyArea;
use crate::incident::Day;
use crate::ingest::table::{KeyedRows, KeyedTable, h3_cell};
use crate::ingest::{Code, Fault, Field, FileTally, IngestError, Input, Quarantined, Records};

/// What one assessor said of one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// The cell, or the name of the area.
    pub place: String,
    /// Number of the level in the method's scale.
    pub level: u8,
    /// Who set it.
    pub assessor: String,
    /// Why.
    pub reason: String,
    /// From when it stands.
    pub date: String,
    /// The day from which it no longer does; absent: until it is replaced.
    pub until: Option<String>,
    #[serde(skip)]
    span: (Day, Option<Day>),
    #[serde(skip)]
    set: (usize, Vec<usize>),
}

/// The assessments of a file, and what became of its rows.
#[derive(Clone, Debug)]
pub struct Assessments {
    entries: Vec<Assessment>,
    /// Rows read, accepted and quarantined.
    pub account: FileTally,
    /// The refused rows.
    pub refused: Vec<Quarantined>,
}

/// The assessment that stands for each cell at one date.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Those that stand anywhere, in the order of the file.
    pub entries: Vec<Assessment>,
    /// Level and place in `entries`, by row of the study area.
    pub cells: Vec<Option<(Level, usize)>>,
}

/// The cells of an area by its name or code.
pub(crate) type CellsOf<'a> = dyn Fn(&str) -> Option<Vec<CellIndex>> + 'a;

impl Assessments {
    /// Reads a table with the columns `cell` (or `h3`) or `area`, `level` (number or name of the method's scale), `assessor`,
    /// `reason`, `date` and, if wanted, `until`. `cells_of` finds the cells of an area.
    ///
    /// # Errors
    /// A file that cannot be read, or lacks one of the columns. A row that cannot be used is refused with its code: a cell or
    /// area that is not under study, a level that the method does not have, no assessor, no reason, no date.
    pub(crate) fn read(
        input: &Input,
        method: &Method,
        area: &StudyArea,
        cells_of: &CellsOf<'_>,
    ) -> Result<Self, IngestError> {
        let table = KeyedTable::open(input)?;
        let names = table.names().to_vec();
        let find =
            |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.trim().to_ascii_lowercase().as_str()));
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
            let (place, rows) = placed(records, [cell, place], area, cells_of)?;
            let (rank, number) = leveled(records.field(level), method)?;
            let date = day("date", records.field(date))?;
            let until = match until.map(|column| records.field(column)).filter(|field| !field.is_blank()) {
                Some(field) => Some(day("until", field)?),
                None => None,
            };
            if until.is_some_and(|until| until <= date) {
                return Err(Fault::new(Code::Interval, "until", until.unwrap_or_default(), "a day after date"));
            }
            Ok(Assessment {
                place,
                level: number,
                assessor: text("assessor", records.field(assessor), "who set the level")?,
                reason: text("reason", records.field(reason), "why the level was set")?,
                date: date.to_string(),
                until: until.map(|day| day.to_string()),
                span: (date, until),
                set: (rank, rows),
            })
        };
        let wanted: Vec<usize> =
            [cell, place, until].into_iter().flatten().chain([level, assessor, reason, date]).collect();
        let KeyedRows { accepted, mut tally, refused, .. } = table.rows(&wanted, &[], &mut |records| row(records))?;
        tally.value = Some("level".to_owned());
        Ok(Self { entries: accepted.into_iter().map(|(_, entry, _)| entry).collect(), account: tally, refused })
    }

    /// What stands at a date: for each cell the latest that is dated on it or before; of one day, the most tense.
    #[must_use]
    pub fn at(&self, as_of: Day, method: &Method, area: &StudyArea) -> Standing {
        let stands = |entry: &&Assessment| entry.span.0 <= as_of && entry.span.1.is_none_or(|until| as_of < until);
        let candidates: Vec<&Assessment> = self.entries.iter().filter(stands).collect();
        let mut best: Vec<Option<usize>> = vec![None; area.cells().len()];
        for (place, entry) in candidates.iter().enumerate() {
            for &row in &entry.set.1 {
                let is_later =
                    |other: usize| (entry.span.0, entry.set.0) >= (candidates[other].span.0, candidates[other].set.0);
                if best[row].is_none_or(is_later) {
                    best[row] = Some(place);
                }
            }
        }
        let used: Vec<usize> = (0..candidates.len()).filter(|place| best.contains(&Some(*place))).collect();
        let cells = best.into_iter().map(|place| {
            let place = place?;
            Some((Level::ranked(method, candidates[place].set.0), used.binary_search(&place).ok()?))
        });
        let cells = cells.collect();
        Standing { entries: used.into_iter().map(|place| candidates[place].clone()).collect(), cells }
    }
}

impl Standing {
    /// What stood where in a layer that was saved.
    ///
    /// # Errors
    /// A day that is none.
    pub(crate) fn again(
        mut entries: Vec<Assessment>,
        cells: Vec<Option<(Level, usize)>>,
    ) -> Result<Self, crate::invalid::InvalidValue> {
        for entry in &mut entries {
            entry.span = (entry.date.parse()?, entry.until.as_deref().map(str::parse).transpose()?);
        }
        for (row, (level, place)) in cells.iter().enumerate().filter_map(|(row, set)| Some((row, (*set)?))) {
            let (rank, rows) = &mut entries[place].set;
            *rank = level.rank();
            rows.push(row);
        }
        Ok(Self { entries, cells })
    }

    /// One line an assessment.
    #[must_use]
    pub fn in_words(&self, method: &Method) -> Vec<String> {
        let line = |entry: &Assessment| {
            let name = &method.levels[entry.set.0].name;
            let Assessment { place, level, assessor, date, reason, .. } = entry;
            format!("assessed: {place} is {level} {name}, set by {assessor} on {date}: {reason}")
        };
        self.entries.iter().map(line).collect()
    }
}

/// Where an assessment is about, in words and as rows of the study area.
fn placed(
    records: &dyn Records,
    [cell, place]: [Option<usize>; 2],
    area: &StudyArea,
    cells_of: &CellsOf<'_>,
) -> Result<(String, Vec<usize>), Box<Fault>> {
    let given = |column: Option<usize>| column.map(|column| records.field(column)).filter(|field| !field.is_blank());
    if let Some(field) = given(cell) {
        let cell = h3_cell("cell", field)?;
        let row = area.row(cell).ok_or_else(|| {
            let resolution = area.cells().first().map_or(0, |cell| u8::from(cell.resolution()));
            let expected = format!("a cell of the study area, which is of resolution {resolution}");
            Fault::new(Code::NotUnderStudy, "cell", cell, expected)
        })?;
        return Ok((cell.to_string(), vec![row]));
    }
    let Some(field) = given(place) else {
        return Err(Fault::new(Code::NotUnderStudy, "cell", "", "a cell or an area"));
    };
    let name = field.displayed();
    let cells = cells_of(name.trim())
        .ok_or_else(|| Fault::new(Code::NotUnderStudy, "area", &name, "the code of an area of --areas (see --key)"))?;
    let rows: Vec<usize> = cells.into_iter().filter_map(|cell| area.row(cell)).collect();
    if rows.is_empty() {
        return Err(Fault::new(Code::NotUnderStudy, "area", &name, "an area that shares ground with the study area"));
    }
    Ok((name.trim().to_owned(), rows))
}

/// Rank and number of a level, given as its number or its name.
fn leveled(field: Field<'_>, method: &Method) -> Result<(usize, u8), Box<Fault>> {
    let shown = field.displayed();
    let is_meant = |rule: &&super::LevelRule| {
        shown.trim() == rule.number.to_string() || shown.trim().eq_ignore_ascii_case(&rule.name)
    };
    let rank = method.levels.iter().position(|rule| is_meant(&rule)).ok_or_else(|| {
        let scale: Vec<String> = method.levels.iter().map(|rule| format!("{} {}", rule.number, rule.name)).collect();
        Fault::new(Code::BadValue, "level", &shown, format!("a level of the method: {}", scale.join(", ")))
    })?;
    Ok((rank, method.levels[rank].number))
}

fn day(column: &str, field: Field<'_>) -> Result<Day, Box<Fault>> {
    let shown = field.displayed();
    let day = match field {
        Field::Day(day) => Some(day),
        _ => shown.trim().parse().ok(),
    };
    day.ok_or_else(|| {
        let code = if shown.trim().is_empty() { Code::NoTime } else { Code::BadDate };
        Fault::new(code, column, &shown, "a calendar day such as 2026-03-02")
    })
}

fn text(column: &str, field: Field<'_>, expected: &str) -> Result<String, Box<Fault>> {
    const MOST: usize = 500;
    let shown = field.displayed();
    let text = shown.trim();
    if text.is_empty() || text.chars().count() > MOST || text.contains(char::is_control) {
        return Err(Fault::new(
            Code::BadValue,
            column,
            text,
            format!("{expected}, on one line of at most {MOST} characters"),
        ));
    }
    Ok(text.to_owned())
}
