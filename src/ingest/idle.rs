//! Settings that changed nothing in the reading of a file, each named with the reason.

use super::position::PositionColumns;
use super::words::Form;
use super::{Dedupe, Intake, NaiveTimes, Role};
use crate::format::Crs;
use crate::format::names::listed;

/// Sentences on the settings that had no effect on a file that was read, or less than they seem to say.
pub(super) fn notices(intake: &Intake<'_>) -> Vec<String> {
    let reasons = [of_columns(intake), of_positions(intake), of_places(intake), of_times(intake), of_labels(intake)];
    let file = &intake.tally.name;
    reasons.into_iter().flatten().map(|reason| format!("{file}: {reason}")).collect()
}

fn none(setting: &str, reason: &str) -> String {
    format!("{setting} has no effect: {reason}")
}

/// Columns about people that are allowed, and ids.
fn of_columns(intake: &Intake<'_>) -> Vec<String> {
    let columns = &intake.columns;
    let is_chosen = |name: &String| columns.chosen().iter().any(|(_, chosen)| chosen == name);
    let idle = intake.options.allowed.iter().filter(|allowed| !is_chosen(&allowed.column)).map(|allowed| {
        let name = &allowed.column;
        let reason = if columns.names().contains(name) {
            format!("no role needs the column; --column ROLE={name:?} gives it one")
        } else {
            format!("there is no such column; found {}", listed(columns.names()))
        };
        none(&format!("--allow-column {name:?}"), &reason)
    });
    let by_id = intake.options.dedupe == Dedupe::Id && columns.index(Role::Id).is_none();
    let ids = by_id.then(|| none("--dedupe id", "there is no column of ids; --column id=NAME says which is one"));
    idle.chain(ids).collect()
}

/// The reference system, and the decimal comma.
fn of_positions(intake: &Intake<'_>) -> Vec<String> {
    let (position, positions) = (intake.columns.position, &intake.positions);
    let own = match position {
        PositionColumns::Cell(_) => Some("H3 cells"),
        PositionColumns::Words(_, Form::Geohash) => Some("geohashes"),
        PositionColumns::Words(_, Form::GridReference) => Some("grid references"),
        PositionColumns::Place(_) => Some("places of the gazetteer"),
        _ => None,
    };
    let is_given = intake.options.file.crs.is_some() || positions.crs != Crs::Wgs84;
    let mut notices = Vec::new();
    if let Some(own) = own.filter(|_| is_given) {
        notices.push(none("--input-crs", &format!("{own} have a system of their own")));
    }
    if is_given && positions.pairs > 0 && positions.crs != Crs::Wgs84 {
        let count = positions.pairs;
        notices.push(format!("{count} pairs of degrees are read as such, whatever --input-crs says"));
    }
    let is_in_words = matches!(position, PositionColumns::Words(..));
    if intake.options.decimal_comma && positions.commas == 0 && !is_in_words && intake.tally.read > 0 {
        notices.push(none("--decimal ','", "no number of a position has a comma"));
    }
    notices
}

/// The gazetteer, and positions known to less than a cell.
fn of_places(intake: &Intake<'_>) -> Vec<String> {
    let mut notices = Vec::new();
    if let Some(gazetteer) = &intake.options.gazetteer
        && !matches!(intake.columns.position, PositionColumns::Place(_))
    {
        let name = gazetteer.name();
        notices.push(match (intake.columns.index(Role::Place), intake.placed) {
            (None, _) => {
                none("--gazetteer", &format!("no column has a key of {name}; --column place=NAME says which has"))
            }
            (_, 0) => none("--gazetteer", "every record has a position of its own"),
            (_, placed) => {
                format!("{placed} records without a position of their own were looked up in {name} (--gazetteer)")
            }
        });
    }
    if intake.options.coarse_into.is_some() {
        let taken = intake.precisions.as_ref().map(|precisions| precisions.taken);
        notices.push(match taken {
            None => none("--coarse point", "nothing in the file says how exact its positions are"),
            Some(0) => none("--coarse point", "every position is known to a cell or better"),
            Some(taken) => format!("{taken} positions known to less than a cell are taken as points (--coarse point)"),
        });
    }
    notices
}

/// Formats and clocks of dates.
fn of_times(intake: &Intake<'_>) -> Vec<String> {
    let (options, dates) = (intake.options, &intake.dates);
    let mut notices = Vec::new();
    if !options.date_format.is_empty() && dates.by_format == 0 && intake.tally.accepted > 0 {
        let reason = if intake.columns.index(Role::Year).is_some() {
            "dates are put together from columns"
        } else {
            "the file has its dates as dates, and not as text or numbers"
        };
        notices.push(none("--date-format", reason));
    }
    if options.naive_times == NaiveTimes::Utc && dates.clocks == 0 && intake.tally.accepted > 0 {
        notices.push(none("--naive-times utc", "no time is without an offset"));
    }
    notices
}

/// Categories of labels, and the source of reports that name none.
fn of_labels(intake: &Intake<'_>) -> Vec<String> {
    let options = intake.options;
    let mut notices = Vec::new();
    if !options.categories.is_empty() && !intake.labels.has_any_of(&options.categories) {
        let reason = match intake.columns.name(Role::Category) {
            "" => "there is no column of categories; --column category=NAME says which is one".to_owned(),
            column => format!("none of its labels is in the column {column:?}"),
        };
        notices.push(none("--categories", &reason));
    }
    let is_source = |source: &String| intake.batch.classes().iter().any(|class| class.source.as_ref() == Some(source));
    if let Some(source) = options.source.as_ref().filter(|source| !is_source(source) && intake.tally.accepted > 0) {
        let column = intake.columns.name(Role::Source);
        notices.push(none(
            &format!("--source {source:?}"),
            &format!("every record names its source in the column {column:?}"),
        ));
    }
    notices
}
