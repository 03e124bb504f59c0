//! Columns of the roles: by a stated name first, then by a preset, then by the aliases of the role.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::position::PositionColumns;
use super::presets::{PRESETS, Preset};
use super::{IngestError, ReadOptions, Role, privacy};
use crate::format::names::{folded, listed};
use crate::format::{Suits, TableHeader};

/// The column of each role, by index and name.
pub(super) type Chosen = BTreeMap<Role, (usize, String)>;

/// Columns of the roles in one file.
#[derive(Debug)]
pub struct Columns {
    chosen: Chosen,
    /// Columns by role, for every record.
    pub(super) indices: [Option<usize>; Role::ALL.len()],
    pub(super) preset: Option<&'static Preset>,
    pub(super) position: PositionColumns,
    /// True if the date has several columns: year, month and day, or date and time.
    pub(super) is_date_joined: bool,
    unread: Vec<String>,
    width: usize,
}

impl Columns {
    /// Chooses the column of every role, once, before the first record is read, and reports it to `notices`. Records with a
    /// geometry of their own need no columns for it.
    ///
    /// # Errors
    /// A stated column that does not exist, a name used twice, no column for position or date. A column about people
    /// that is not allowed. A denied layout.
    pub(super) fn choose(
        file: &str,
        header: &TableHeader,
        options: &ReadOptions,
        notices: &mut Vec<String>,
    ) -> Result<Self, IngestError> {
        let names = &header.names;
        let preset = options.preset.or_else(|| PRESETS.iter().find(|preset| preset.fits(names)));
        if let Some(preset) = preset.filter(|_| options.preset.is_none()) {
            if let Some(why) = &preset.denied {
                let (file, preset, why) = (file.to_owned(), preset.name.clone(), why.clone());
                return Err(IngestError::DeniedLayout { file, preset, why });
            }
            notices.push(format!("{file}: read as {} ({})", preset.name, preset.about));
        }
        let mut chosen = BTreeMap::new();
        for &role in Role::ALL {
            let Some(index) = find(file, names, role, preset, options)? else { continue };
            let name = &names[index];
            if names.iter().filter(|other| *other == name).count() > 1 {
                return Err(IngestError::ColumnTwice { file: file.to_owned(), name: name.clone() });
            }
            privacy::check(file, role, name, &options.allowed)?;
            chosen.insert(role, (index, name.clone()));
        }
        let position = Self::choose_position(&mut chosen, header.has_geometry, options)
            .ok_or_else(|| no_column(file, Role::Longitude, names))?;
        let has_parts = choose_parts(file, &mut chosen, names, options)?;
        if has_parts {
            let parts =
                [Role::Year, Role::Month, Role::Day].map(|role| chosen.get(&role).map(|(_, name)| name.clone()));
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            notices.push(format!("{file}: dates are put together from the columns {}", listed(&parts)));
        }
        if !has_parts && !chosen.contains_key(&Role::Date) && !chosen.contains_key(&Role::Start) {
            return Err(no_column(file, Role::Date, names));
        }
        let is_date_joined = has_parts || chosen.contains_key(&Role::Time);
        if !chosen.contains_key(&Role::Category) {
            notices.push(format!("{file}: no category column, so every report counts as `other`"));
        }
        let unread = (0..names.len()).filter(|index| !chosen.values().any(|(chosen, _)| chosen == index));
        let unread = unread.map(|index| names[index].clone()).collect();
        let mut indices = [None; Role::ALL.len()];
        for (&role, (index, _)) in &chosen {
            indices[role as usize] = Some(*index);
        }
        Ok(Self { chosen, indices, preset, position, is_date_joined, unread, width: names.len() })
    }

    /// Judge of the names of columns: true for those of reports.
    pub(super) fn judge(options: &ReadOptions) -> Suits {
        let options = options.clone();
        Suits(Arc::new(move |names| {
            let header = TableHeader { names: names.to_vec(), ..TableHeader::default() };
            Self::choose("", &header, &options, &mut Vec::new()).is_ok()
        }))
    }

    /// The columns of the position alone, in a table of anything but reports.
    ///
    /// # Errors
    /// Those of [`Self::choose`] about positions.
    pub(super) fn of_position(
        file: &str,
        TableHeader { names, has_geometry, .. }: &TableHeader,
        options: &ReadOptions,
    ) -> Result<(PositionColumns, Chosen), IngestError> {
        let roles = [Role::Longitude, Role::Latitude, Role::Easting, Role::Northing, Role::Wkt, Role::H3];
        let named = |role: Role| role.column(names).map(|index| (role, (index, names[index].clone())));
        let mut chosen: Chosen = roles.into_iter().filter_map(named).collect();
        let position = Self::choose_position(&mut chosen, *has_geometry, options);
        Ok((position.ok_or_else(|| no_column(file, Role::Longitude, names))?, chosen))
    }

    /// One way to the position is used, and the columns of the others are not.
    fn choose_position(chosen: &mut Chosen, has_geometry: bool, options: &ReadOptions) -> Option<PositionColumns> {
        use PositionColumns::{Cell, Degrees, Geometry, Grid, Wkt};
        const OTHERS: [Role; 4] = [Role::Easting, Role::Northing, Role::Wkt, Role::H3];
        let mut take = |roles: &[Role]| -> Option<Vec<usize>> {
            let found: Option<Vec<usize>> =
                roles.iter().map(|role| chosen.get(role).map(|(index, _)| *index)).collect();
            for role in roles {
                // A stated column stays, so that a notice can report it as ignored.
                if found.is_none() && !options.columns.contains_key(role) {
                    chosen.remove(role);
                }
            }
            found
        };
        let degrees = take(&[Role::Longitude, Role::Latitude]).map(|found| (found[0], found[1]));
        let grid = take(&[Role::Easting, Role::Northing]).map(|found| (found[0], found[1]));
        let wkt = take(&[Role::Wkt]).map(|found| found[0]);
        let cell = take(&[Role::H3]).map(|found| found[0]);
        let is_stated = |role| options.columns.contains_key(&role);
        let (position, unused): (_, &[Role]) = match (degrees, grid, wkt, cell) {
            (_, Some((x, y)), ..) if is_stated(Role::Easting) => {
                (Grid(x, y), &[Role::Longitude, Role::Latitude, Role::Wkt, Role::H3])
            }
            (degrees, ..) if has_geometry => (Geometry(degrees), &OTHERS),
            (Some((x, y)), ..) => (Degrees(x, y), &OTHERS),
            (None, Some((x, y)), ..) => (Grid(x, y), &[Role::Wkt, Role::H3]),
            (None, None, Some(wkt), _) => (Wkt(wkt), &[Role::H3]),
            (None, None, None, Some(cell)) => (Cell(cell), &[]),
            (None, None, None, None) => return None,
        };
        for role in unused {
            chosen.remove(role);
        }
        Some(position)
    }

    /// Index of the column for a role.
    #[must_use]
    #[inline]
    pub fn index(&self, role: Role) -> Option<usize> {
        self.indices[role as usize]
    }

    /// Name of the column for a role, empty when there is none.
    #[must_use]
    pub fn name(&self, role: Role) -> &str {
        self.chosen.get(&role).map_or("", |(_, name)| name)
    }

    /// Every role that has a column, and the column.
    #[must_use]
    pub fn chosen(&self) -> Vec<(Role, String)> {
        self.chosen.iter().map(|(&role, (_, name))| (role, name.clone())).collect()
    }

    /// Columns that no role needs and nothing reads: free text among them.
    #[must_use]
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// True for the columns to be read.
    pub(super) fn wanted(&self) -> Vec<bool> {
        let mut wanted = vec![false; self.width];
        for (index, _) in self.chosen.values() {
            wanted[*index] = true;
        }
        wanted
    }

    /// Folded names of the columns that would play a role that no column plays.
    pub(super) fn late_names(&self) -> Vec<&'static str> {
        let is_part = |role: &&Role| Role::DATE_PARTS.contains(role);
        let missing = Role::ALL.iter().filter(|role| !self.chosen.contains_key(role) && !is_part(role));
        missing.flat_map(|role| role.aliases().iter().copied()).collect()
    }
}

/// The column of a role: as stated, as the preset has it, or by an alias.
fn find(
    file: &str,
    names: &[String],
    role: Role,
    preset: Option<&Preset>,
    options: &ReadOptions,
) -> Result<Option<usize>, IngestError> {
    let place = |name: &String| names.iter().position(|other| other == name);
    let must = |name: &String| {
        let (file, name, found) = (file.to_owned(), name.clone(), listed(names));
        Err(IngestError::ColumnMissing { file, role, name, found })
    };
    if let Some(name) = options.columns.get(&role) {
        return place(name).map_or_else(|| must(name), |index| Ok(Some(index)));
    }
    if let Some(preset) = preset {
        // Who asks for a layout by name may have it in another spelling: `Crime type` became `crime_type` on the way.
        let spelt = |name: &String| names.iter().position(|other| folded(other) == folded(name));
        if let Some(name) = preset.columns.get(&role) {
            return place(name).or_else(|| spelt(name)).map_or_else(|| must(name), |index| Ok(Some(index)));
        }
        if !preset.by_alias {
            return Ok(preset.optional.get(&role).and_then(|name| place(name).or_else(|| spelt(name))));
        }
    }
    Ok(role.column(names))
}

/// Keeps the columns of year, month and day if the date is theirs, else removes them. They are it where they are stated, or
/// where all three are there and no other column is a date.
fn choose_parts(file: &str, chosen: &mut Chosen, names: &[String], options: &ReadOptions) -> Result<bool, IngestError> {
    let is_stated = |role: &Role| options.columns.contains_key(role);
    let stated = Role::DATE_PARTS.iter().any(is_stated);
    let all = Role::DATE_PARTS.iter().all(|role| chosen.contains_key(role));
    let part_names = ["year", "month", "time"];
    let is_other = |(_, name): &(usize, String)| !part_names.contains(&&*folded(name));
    let has_date = is_stated(&Role::Date) || chosen.get(&Role::Date).is_some_and(is_other);
    if !stated && (!all || has_date || chosen.contains_key(&Role::Start)) {
        Role::DATE_PARTS.iter().for_each(|role| drop(chosen.remove(role)));
        return Ok(false);
    }
    let missing = [Role::Year, Role::Month].into_iter().find(|role| !chosen.contains_key(role));
    if let Some(role) = missing {
        return Err(no_column(file, role, names));
    }
    chosen.remove(&Role::Date);
    Ok(true)
}

fn no_column(file: &str, role: Role, names: &[String]) -> IngestError {
    let (file, aliases) = (file.to_owned(), role.aliases().join(", "));
    IngestError::NoColumn { file, role, found: listed(names), aliases }
}

/// Errors if two columns of a usual name are both named so.
pub(super) fn check_names(file: &str, names: &[String]) -> Result<(), IngestError> {
    let is_repeated = |(index, name): &(usize, &String)| Role::of(name).is_some() && names[..*index].contains(*name);
    match names.iter().enumerate().find(is_repeated) {
        Some((_, name)) => Err(IngestError::ColumnTwice { file: file.to_owned(), name: name.clone() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(names: &[&str], has_geometry: bool) -> Columns {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        let header = TableHeader { names, has_geometry, ..TableHeader::default() };
        Columns::choose("x.csv", &header, &ReadOptions::default(), &mut Vec::new()).expect("all is there")
    }

    #[test]
    fn aliases_match_in_any_case_and_punctuation() {
        let columns = choose(&["Occurred At", "LAT", "Lng", "Crime Type", "Notes"], false);
        assert_eq!(columns.index(Role::Date), Some(0));
        assert_eq!(columns.index(Role::Category), Some(3));
        assert_eq!(columns.position, PositionColumns::Degrees(2, 1));
        assert_eq!(columns.unread(), ["Notes"]);
    }

    #[test]
    fn a_preset_asked_for_by_name_fits_other_spellings() {
        let names = ["id", "month", "longitude", "latitude", "crime_type", "reported_by"].map(str::to_owned);
        let header = TableHeader { names: names.to_vec(), ..TableHeader::default() };
        let options = ReadOptions { preset: Preset::named("police-uk").ok(), ..ReadOptions::default() };
        let columns = Columns::choose("x.csv", &header, &options, &mut Vec::new()).expect("all is there");
        assert_eq!((columns.index(Role::Category), columns.name(Role::Date)), (Some(4), "month"));
        assert_eq!(columns.position, PositionColumns::Degrees(2, 3));
    }

    #[test]
    fn one_way_to_the_position_is_taken() {
        assert_eq!(choose(&["Easting", "Northing", "date"], false).position, PositionColumns::Grid(0, 1));
        let both = choose(&["easting", "northing", "lat", "lon", "date"], false).position;
        assert_eq!(both, PositionColumns::Degrees(3, 2));
        assert_eq!(choose(&["WKT", "date"], false).position, PositionColumns::Wkt(0));
        assert_eq!(choose(&["h3", "date"], false).position, PositionColumns::Cell(0));
        assert_eq!(choose(&["lat", "lon", "date"], true).position, PositionColumns::Geometry(Some((1, 0))));
        assert_eq!(choose(&["date", "x"], true).position, PositionColumns::Geometry(None));
    }
}
