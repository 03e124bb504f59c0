//! Another position of the same records, such as columns of degrees beside a geometry. Only one counts; where they differ, it is said.

use super::Bbox;
use super::position::{PositionColumns, loose};
use super::{Columns, candidates};
use crate::format::{Converter, Crs, Field, Records};

/// Degrees between two positions that are apart for another reason than rounding or a shift of datums.
const APART_DEGREES: f64 = 0.005;

/// Compares another position of each record with the one that counts.
#[derive(Debug)]
pub(super) struct OtherPosition {
    columns: PositionColumns,
    /// From its reference system to degrees.
    converter: Converter,
    /// Records without a geometry, whose columns count.
    pub(super) missing: u64,
    compared: u64,
    apart: u64,
    example: String,
}

impl OtherPosition {
    /// Of the columns of a file whose geometries are in this system; `None` where records have one position.
    pub(super) fn of(columns: &Columns, geometries: Crs) -> Option<Self> {
        let other = columns.other?;
        let crs = match other {
            PositionColumns::Geometry(_) => geometries,
            PositionColumns::Grid(..) => Crs::BritishNationalGrid,
            _ => Crs::Wgs84,
        };
        let converter = Converter::new(crs).ok()?;
        Some(Self { columns: other, converter, missing: 0, compared: 0, apart: 0, example: String::new() })
    }

    /// Compares the other position of a record with the one that counts; `number` is that of the record, from 1.
    #[inline(never)]
    pub(super) fn compare<R: Records + ?Sized>(&mut self, lat: f64, lng: f64, number: u64, records: &R) {
        let geometry = records.geometry();
        let (x, y) = match (self.columns, geometry) {
            (PositionColumns::Geometry(_), Field::Point(x, y) | Field::OnlyPoint(x, y)) => (x, y),
            (PositionColumns::Geometry(_), _) => return,
            (_, Field::Null) => {
                self.missing += 1;
                return;
            }
            (PositionColumns::Degrees(x, y), _) => match (loose(records.field(x)), loose(records.field(y))) {
                (Some(x), Some(y)) => (x, y),
                _ => return,
            },
            // Eastings are compared only where the grid of Great Britain is in use.
            (PositionColumns::Grid(x, y), _) => match (loose(records.field(x)), loose(records.field(y))) {
                (Some(x), Some(y)) if is_in_britain(lat, lng) => (x, y),
                _ => return,
            },
            _ => return,
        };
        let Ok((other_lat, other_lng)) = self.converter.convert(x, y) else { return };
        // Metres and sentinels are no second position.
        let is_place =
            other_lat.abs() <= 90.0 && other_lng.abs() <= 180.0 && other_lat.abs().max(other_lng.abs()) > 1.0;
        if !is_place {
            return;
        }
        self.compared += 1;
        if is_apart([lat, lng], [other_lat, other_lng]) {
            self.apart += 1;
            if self.example.is_empty() {
                let place =
                    records.position().line.map_or_else(|| format!("record {number}"), |line| format!("line {line}"));
                self.example = format!("{place}: {lat:.5}, {lng:.5} and {other_lat:.5}, {other_lng:.5}");
            }
        }
    }

    /// Sentences on how the positions compare, and on another position of records whose geometry is a shape.
    pub(super) fn notices(&self, file: &str, columns: &Columns, shapes: u64) -> Vec<String> {
        let Self { apart, compared, example, missing, .. } = self;
        let mut notices = Vec::new();
        if let PositionColumns::Geometry(_) = self.columns {
            let names = columns.names_of(columns.position).join(", ");
            let differ = match apart {
                0 => String::new(),
                _ => format!("; {apart} of {compared} records have the two in different places, such as {example}"),
            };
            notices.push(format!(
                "{file}: positions are those of {names}, as --column says, and not of the geometry{differ}"
            ));
            return notices;
        }
        let names = columns.names_of(self.columns);
        if *missing > 0 {
            notices.push(format!(
                "{file}: {missing} records without a geometry have their position from {}",
                names.join(", ")
            ));
        }
        if *apart == 0 && shapes == 0 {
            return notices;
        }
        let roles = if matches!(self.columns, PositionColumns::Grid(..)) {
            ["easting", "northing"]
        } else {
            ["longitude", "latitude"]
        };
        let flags: Vec<String> =
            roles.iter().zip(&names).map(|(role, name)| format!("--column {role}={name:?}")).collect();
        if *apart > 0 {
            notices.push(format!(
                "{file}: {apart} of {compared} records have another position in {} than in their geometry, which counts, such as {example}; \
                 {} takes the columns",
                names.join(", "),
                flags.join(" ")
            ));
        }
        if shapes > 0 {
            notices.push(format!(
                "{file}: {shapes} records have a geometry that is not a point; {} reads the position in {}",
                flags.join(" "),
                names.join(", ")
            ));
        }
        notices
    }
}

/// True for places of the British National Grid.
fn is_in_britain(lat: f64, lng: f64) -> bool {
    Bbox::UNITED_KINGDOM.holds(lat, lng) && !candidates::is_in_ireland(lat, lng)
}

/// True for positions that differ by more than rounding.
fn is_apart(one: [f64; 2], other: [f64; 2]) -> bool {
    let off = |axis: usize| {
        let off = (one[axis] - other[axis]).abs();
        off.min(360.0 - off)
    };
    let shrink = one[0].to_radians().cos();
    if off(0).hypot(off(1) * shrink) <= APART_DEGREES {
        return false;
    }
    // A number of few digits may stand for all that round to it.
    let rounding = |axis: usize| half_step(one[axis]).max(half_step(other[axis]));
    off(0) > APART_DEGREES + rounding(0) || off(1) * shrink > APART_DEGREES + rounding(1) * shrink
}

/// Half of the last decimal place of a number.
fn half_step(number: f64) -> f64 {
    let text = number.to_string();
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    0.5 * 0.1_f64.powi(i32::try_from(decimals).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_no_other_place() {
        let place = [52.633_156, -1.140_375];
        for near in [[52.63, -1.14], [52.6, -1.1], [53.0, -1.0], [52.6334, -1.1389], [52.633_156, -1.140_375]] {
            assert!(!is_apart(place, near), "{near:?}");
        }
        for far in
            [[53.133_156, -0.640_375], [52.633_156, -1.160_375], [52.65, -1.14], [-1.140_375, 52.633_156], [52.7, -1.2]]
        {
            assert!(is_apart(place, far), "{far:?}");
        }
        assert!(!is_apart([10.0, 179.999], [10.0, -179.999]));
    }
}
