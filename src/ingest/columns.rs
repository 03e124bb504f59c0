//! Columns of the roles: by a stated name first, then by a preset, then by the aliases of the role.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::first_rows::FirstRows;
use super::position::PositionColumns;
use super::presets::{PRESETS, Preset};
use super::role::Chosen;
use super::way::{self, Way};
use super::words::Form;
use super::{IngestError, ReadOptions, Role, privacy};
use crate::format::names::{folded, listed};
use crate::format::{Crs, Suits, TableHeader};

/// Columns of the roles in one file.
#[derive(Debug)]
pub struct Columns {
    chosen: Chosen,
    /// Columns by role, for every record.
    pub(super) indices: [Option<usize>; Role::ALL.len()],
    pub(super) preset: Option<&'static Preset>,
    pub(super) position: PositionColumns,
    /// Columns of another position of the same records, which is compared with the one that counts.
    pub(super) other: Option<PositionColumns>,
    /// True if the date has several columns: year, month and day, or date and time.
    pub(super) is_date_joined: bool,
    unread: Vec<String>,
    names: Vec<String>,
}

impl Columns {
    /// Chooses the column of every role, once, before the first record is read, and reports it to `notices`. Records with a
    /// geometry of their own need no columns for it; where no name of a column promises a position, `first` rows show one.
    ///
    /// # Errors
    /// A stated column that does not exist, a name used twice, no column for position or date. A column about people
    /// that is not allowed. A denied layout. A gazetteer that cannot be read.
    pub(super) fn choose(
        file: &str,
        header: &TableHeader,
        options: &ReadOptions,
        first: &FirstRows<'_>,
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
            let index = match role {
                Role::Place => place_column(file, header, options)?,
                _ => find(file, header, role, preset, options)?,
            };
            let Some(index) = index else { continue };
            let name = &names[index];
            if names.iter().filter(|other| *other == name).count() > 1 {
                return Err(IngestError::ColumnTwice { file: file.to_owned(), name: name.clone() });
            }
            privacy::check(file, role, name, &options.allowed)?;
            chosen.insert(role, (index, name.clone()));
        }
        let places =
            options.gazetteer.as_ref().filter(|_| chosen.contains_key(&Role::Place)).and_then(|file| file.loaded());
        notices.extend(places.map(|places| places.about.clone()));
        let Way { used: mut position, other } = way::choose(file, &mut chosen, header.has_geometry, options)?;
        let is_sure = options.columns.contains_key(&Role::Position) || preset.is_some_and(|preset| !preset.by_alias);
        if matches!(position, None | Some(PositionColumns::Words(_, Form::Position))) && !is_sure {
            position = first.position(file, names, &mut chosen, position, notices)?;
            if let Some((_, name)) = chosen.get(&Role::Position) {
                privacy::check(file, Role::Position, name, &options.allowed)?;
            }
        }
        let position = position.ok_or_else(|| no_position(file, names, options))?;
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
        check_times(file, &mut chosen, options)?;
        let is_date_joined = has_parts || chosen.contains_key(&Role::Time);
        if !chosen.contains_key(&Role::Category) {
            notices.push(format!("{file}: no category column, so every report counts as `other`"));
        }
        notices.extend(cut_names(file, header, &chosen, options));
        let compared = other.map(PositionColumns::columns).unwrap_or_default();
        let is_read = |index: &usize| compared.contains(index) || chosen.values().any(|(chosen, _)| chosen == index);
        let unread = (0..names.len()).filter(|index| !is_read(index)).map(|index| names[index].clone()).collect();
        let mut indices = [None; Role::ALL.len()];
        for (&role, (index, _)) in &chosen {
            indices[role as usize] = Some(*index);
        }
        Ok(Self { chosen, indices, preset, position, other, is_date_joined, unread, names: names.clone() })
    }

    /// Judge of the names of columns: true for those of reports.
    pub(super) fn suits(options: &ReadOptions) -> Suits {
        let options = options.clone();
        Suits(Arc::new(move |names| {
            let header = TableHeader { names: names.to_vec(), ..TableHeader::default() };
            match Self::choose("", &header, &options, &FirstRows::none(), &mut Vec::new()) {
                Ok(_) => true,
                // Values of a column may show that it holds the position.
                Err(IngestError::NoPosition { .. }) => {
                    let is_there = |role: Role| {
                        options
                            .columns
                            .get(&role)
                            .map_or_else(|| role.column(names).is_some(), |name| names.contains(name))
                    };
                    is_there(Role::Date) && is_there(Role::Category)
                }
                Err(_) => false,
            }
        }))
    }

    /// The columns of the position alone, in a table of anything but reports.
    ///
    /// # Errors
    /// Those of [`Self::choose`] about positions.
    pub(super) fn of_position(
        file: &str,
        header: &TableHeader,
        options: &ReadOptions,
    ) -> Result<(PositionColumns, Chosen), IngestError> {
        let TableHeader { names, has_geometry, .. } = header;
        let pairs = [Role::Longitude, Role::Latitude, Role::Easting, Role::Northing];
        let roles = pairs.into_iter().chain(Role::ALL.iter().copied().filter(|role| role.is_position()));
        let named = |role: Role| role.column_of(header).map(|index| (role, (index, names[index].clone())));
        let mut chosen: Chosen = roles.filter_map(named).collect();
        let position = way::choose(file, &mut chosen, *has_geometry, options)?.used;
        Ok((position.ok_or_else(|| no_position(file, names, options))?, chosen))
    }

    /// The system of the position, once columns of degrees that have the latitude first are taken the other way round.
    pub(super) fn in_order(&mut self, crs: Crs) -> Crs {
        match (crs, &mut self.position) {
            (Crs::LatLon, PositionColumns::Degrees(x, y)) => {
                std::mem::swap(x, y);
                self.indices.swap(Role::Longitude as usize, Role::Latitude as usize);
                if let (Some(lng), Some(lat)) =
                    (self.chosen.remove(&Role::Longitude), self.chosen.remove(&Role::Latitude))
                {
                    self.chosen.extend([(Role::Longitude, lat), (Role::Latitude, lng)]);
                }
                Crs::Wgs84
            }
            _ => crs,
        }
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

    /// Role of the column that dates are in, or first days of intervals.
    pub(super) fn date_role(&self) -> Role {
        if self.index(Role::Date).is_some() { Role::Date } else { Role::Start }
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
        let mut wanted = vec![false; self.names.len()];
        let compared = self.other.map(PositionColumns::columns).unwrap_or_default();
        for index in self.chosen.values().map(|(index, _)| *index).chain(compared) {
            wanted[index] = true;
        }
        wanted
    }

    /// Names of all columns, in file order.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Names of the columns of a position.
    pub(super) fn names_of(&self, position: PositionColumns) -> Vec<&str> {
        position.columns().into_iter().map(|index| self.names[index].as_str()).collect()
    }

    /// Folded names of the columns that would play a role that no column plays.
    pub(super) fn late_names(&self) -> Vec<&'static str> {
        // Of a position in one column, another way is taken already; the parts of a date come together or not at all.
        let is_other_way = |role: &Role| {
            let is_compared = matches!(self.position, PositionColumns::Geometry(_));
            is_compared && matches!(role, Role::Easting | Role::Northing | Role::Wkt | Role::H3)
        };
        let is_needed = |role: &&Role| {
            let is_known = self.chosen.contains_key(role) || role.is_lately_known();
            !is_known && !Role::DATE_PARTS.contains(role) && !is_other_way(role)
        };
        let missing = Role::ALL.iter().filter(is_needed);
        missing.flat_map(|role| role.aliases().iter().copied()).collect()
    }
}

/// The column of a role: as stated, as the preset has it, or by an alias.
fn find(
    file: &str,
    header: &TableHeader,
    role: Role,
    preset: Option<&Preset>,
    options: &ReadOptions,
) -> Result<Option<usize>, IngestError> {
    let names = header.names.as_slice();
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
    Ok(role.column_of(header))
}

/// Notice of the columns that were taken by a name that the format has cut.
fn cut_names(file: &str, header: &TableHeader, chosen: &Chosen, options: &ReadOptions) -> Option<String> {
    let is_cut = |(role, (_, name)): &(&Role, &(usize, String))| {
        header.has_cut_names && !options.columns.contains_key(role) && Role::of_cut(name) == Some(**role)
    };
    let cut: Vec<String> = chosen.iter().filter(is_cut).map(|(role, (_, name))| format!("{name} as {role}")).collect();
    let said = || format!("{file}: names of columns are cut: {} (--column ROLE=NAME names another)", cut.join(", "));
    (!cut.is_empty()).then(said)
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
        chosen.retain(|role, _| !Role::DATE_PARTS.contains(role));
        return Ok(false);
    }
    let missing = [Role::Year, Role::Month].into_iter().find(|role| !chosen.contains_key(role));
    if let Some(role) = missing {
        return Err(no_column(file, role, names));
    }
    chosen.remove(&Role::Date);
    Ok(true)
}

/// Errors if a stated column has no part in the days of a record; removes such a column that is not stated.
fn check_times(file: &str, chosen: &mut Chosen, options: &ReadOptions) -> Result<(), IngestError> {
    let has = |chosen: &Chosen, role: Role| chosen.contains_key(&role);
    let refused = |role: Role, why: String| {
        let name = options.columns.get(&role).cloned().unwrap_or_default();
        Err(IngestError::ColumnIdle { file: file.to_owned(), role, name, why })
    };
    let is_stated = |role: Role| options.columns.contains_key(&role);
    if has(chosen, Role::Year) && is_stated(Role::Date) {
        let role = Role::DATE_PARTS.into_iter().find(|role| is_stated(*role)).unwrap_or(Role::Year);
        return refused(Role::Date, format!("--column {role} states another date; leave one of the two out"));
    }
    if has(chosen, Role::Time) && !has(chosen, Role::Date) && !has(chosen, Role::Year) {
        return refused(
            Role::Time,
            "it belongs to a date in another column; say which with --column date=NAME".to_owned(),
        );
    }
    if has(chosen, Role::End) && !has(chosen, Role::Start) {
        if is_stated(Role::End) {
            let why = "an interval begins with another column; say which with --column interval-start=NAME";
            return refused(Role::End, why.to_owned());
        }
        chosen.remove(&Role::End);
    }
    Ok(())
}

/// The column of the key to look up in the gazetteer, if there is one: as stated, named as there, or by an alias.
fn place_column(file: &str, header: &TableHeader, options: &ReadOptions) -> Result<Option<usize>, IngestError> {
    let Some(gazetteer) = &options.gazetteer else { return Ok(None) };
    let wanted = gazetteer.table(&options.file)?.names_of_key();
    if options.columns.contains_key(&Role::Place) {
        return find(file, header, Role::Place, None, options);
    }
    let named = |wanted: &String| header.names.iter().position(|name| folded(name) == *wanted);
    Ok(wanted.iter().find_map(named))
}

/// The error of a file without a position, with the ways there are.
fn no_position(file: &str, names: &[String], options: &ReadOptions) -> IngestError {
    let key = Role::Place.column(names).map(|index| &names[index]);
    let w3w = names.iter().find(|name| ["what3words", "what_3_words", "w3w"].contains(&folded(name).as_str()));
    let advice = match (key, &options.gazetteer) {
        _ if w3w.is_some() => "; only its owner turns what3words into positions: export the log with these".to_owned(),
        (_, Some(gazetteer)) => {
            format!("; the key of the gazetteer {} is not among them either: --column place=NAME", gazetteer.name())
        }
        (Some(key), None) => format!("; --gazetteer FILE looks {key:?} up in a table of positions, such as ONSPD"),
        (None, None) => String::new(),
    };
    IngestError::NoPosition { file: file.to_owned(), found: listed(names), advice }
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
        let first = FirstRows::none();
        Columns::choose("x.csv", &header, &ReadOptions::default(), &first, &mut Vec::new()).expect("all is there")
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
        let columns =
            Columns::choose("x.csv", &header, &options, &FirstRows::none(), &mut Vec::new()).expect("all is there");
        assert_eq!((columns.index(Role::Category), columns.name(Role::Date)), (Some(4), "month"));
        assert_eq!(columns.position, PositionColumns::Degrees(2, 3));
    }

    #[test]
    fn one_way_to_the_position_is_taken() {
        assert_eq!(choose(&["Easting", "Northing", "date"], false).position, PositionColumns::Grid(0, 1));
        let both = choose(&["easting", "northing", "lat", "lon", "date"], false).position;
        assert_eq!(both, PositionColumns::Degrees(3, 2));
        assert_eq!(choose(&["WKT", "date"], false).position, PositionColumns::Words(0, Form::Wkt));
        assert_eq!(
            choose(&["Grid Ref", "Location", "date"], false).position,
            PositionColumns::Words(0, Form::GridReference)
        );
        assert_eq!(choose(&["geo_point_2d", "date"], false).position, PositionColumns::Words(0, Form::LatLon));
        assert_eq!(choose(&["location.lat", "location.lon", "date"], false).position, PositionColumns::Degrees(1, 0));
        assert_eq!(choose(&["h3", "date"], false).position, PositionColumns::Cell(0));
        assert_eq!(choose(&["lat", "lon", "date"], true).position, PositionColumns::Geometry(Some((1, 0))));
        assert_eq!(choose(&["date", "x"], true).position, PositionColumns::Geometry(None));
    }
}
