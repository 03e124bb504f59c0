//! Ways to the position of a record: a geometry, a pair of columns, or one column. One is used; a stated one comes first.

use super::position::PositionColumns;
use super::role::Chosen;
use super::{IngestError, ReadOptions, Role};

const DEGREES: [Role; 2] = [Role::Longitude, Role::Latitude];
const GRID: [Role; 2] = [Role::Easting, Role::Northing];
/// Positions in one column, in order of preference.
const SINGLE: [Role; 7] =
    [Role::GridReference, Role::Wkt, Role::Geohash, Role::H3, Role::LonLat, Role::LatLon, Role::Position];

/// Columns of the position, and of another position of the same records that is compared with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) used: Option<PositionColumns>,
    pub(super) other: Option<PositionColumns>,
}

/// Chooses the way to the position, and removes the columns of the others.
///
/// # Errors
/// A stated column that the position cannot be read from: one of two ways, or half of a pair.
pub(super) fn choose(
    file: &str,
    chosen: &mut Chosen,
    has_geometry: bool,
    options: &ReadOptions,
) -> Result<Way, IngestError> {
    use PositionColumns::{Degrees, Geometry, Grid, Place};
    check_stated(file, chosen, options)?;
    let index = |role: &Role| chosen.get(role).map(|(index, _)| *index);
    let pair = |[x, y]: [Role; 2]| index(&x).zip(index(&y));
    let is_stated = |role: &Role| options.columns.contains_key(role);
    let (degrees, grid) = (pair(DEGREES), pair(GRID));
    let stated = SINGLE.iter().find(|role| is_stated(role));
    let single = || SINGLE.iter().find(|role| chosen.contains_key(role));
    let words = |role: &Role| Some((PositionColumns::single(*role, index(role)?), vec![*role]));
    let place = || index(&Role::Place).map(|column| (Place(column), vec![]));
    let found = match (grid, degrees) {
        (Some((x, y)), _) if GRID.iter().any(is_stated) => Some((Grid(x, y), GRID.to_vec())),
        (_, Some((x, y))) if DEGREES.iter().any(is_stated) => Some((Degrees(x, y), DEGREES.to_vec())),
        _ if stated.is_some() => stated.and_then(words),
        (_, degrees) if has_geometry => {
            Some((Geometry(degrees), degrees.map(|_| DEGREES.to_vec()).unwrap_or_default()))
        }
        (_, Some((x, y))) => Some((Degrees(x, y), DEGREES.to_vec())),
        (Some((x, y)), None) => Some((Grid(x, y), GRID.to_vec())),
        // A column called `location` often holds addresses.
        (None, None) => match single() {
            Some(role) if *role != Role::Position => words(role),
            role => place().or_else(|| role.and_then(words)),
        },
    };
    let (used, roles) = found.unzip();
    let other = match used {
        Some(Geometry(Some((x, y)))) => Some(Degrees(x, y)),
        Some(Geometry(None)) => grid.map(|(x, y)| Grid(x, y)),
        Some(_) if has_geometry => Some(Geometry(None)),
        _ => None,
    };
    let roles = roles.unwrap_or_default();
    chosen.retain(|role, _| roles.contains(role) || !is_way(*role));
    Ok(Way { used, other })
}

/// True for a role that is a way to the position, or half of one.
fn is_way(role: Role) -> bool {
    role.is_position() || GRID.contains(&role) || DEGREES.contains(&role)
}

/// Errors if the stated columns are of two ways to the position, or half of one.
fn check_stated(file: &str, chosen: &Chosen, options: &ReadOptions) -> Result<(), IngestError> {
    let pair = |role: &Role| [DEGREES, GRID].into_iter().find(|pair| pair.contains(role));
    let mut stated = options.columns.iter().filter(|(role, _)| is_way(**role) && chosen.contains_key(role));
    let Some((first, name)) = stated.next() else { return Ok(()) };
    let refused = |role: Role, name: &str, why: String| {
        Err(IngestError::ColumnIdle { file: file.to_owned(), role, name: name.to_owned(), why })
    };
    if let Some((role, name)) = stated.find(|(role, _)| pair(first).is_none_or(|pair| !pair.contains(role))) {
        return refused(
            *role,
            name,
            format!("--column {first} states another way to the position; leave one of the two out"),
        );
    }
    let half = pair(first).and_then(|pair| pair.into_iter().find(|role| !chosen.contains_key(role)));
    let why = |half: Role| format!("there is no column for {half} beside it; say which with --column {half}=NAME");
    half.map_or(Ok(()), |half| refused(*first, name, why(half)))
}
