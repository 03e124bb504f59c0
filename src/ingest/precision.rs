//! Precision of positions: by a code or metres in a column, by a grid reference or a cell, by a gazetteer.
//!
//! It is the ground that a report may be anywhere on, as the side of a square of the same area. A report belongs in a
//! cell only if an average cell is no smaller than this ground.

use super::position::{loose, side_of_cell, side_of_circle};
use super::{Columns, ReadOptions, Role};
use crate::code::Code;
use crate::format::{Fault, Records};
use crate::grid::Resolution;

/// Metres half way round the globe: no place is known to less.
const MAX_METRES: f64 = 20_000_000.0;

/// Precision of the positions of a file, as far as something tells of it.
#[derive(Debug)]
pub(super) struct Precisions {
    /// Side of the ground of each precision code; codes that are not there are points.
    by_code: Vec<(u8, f64)>,
    /// Cells that positions must be known to.
    cells: Option<Resolution>,
    /// Cells that positions known to less are put into all the same, and the number of these.
    taken_into: Option<Resolution>,
    pub(super) taken: u64,
    names: [String; 2],
}

/// Precision of a position.
#[derive(Clone, Copy, Debug)]
pub(super) struct StatedPrecision {
    pub(super) code: u8,
    /// Metres along a side of a square as large as the ground, 0 for a point.
    pub(super) side: f64,
}

impl Precisions {
    /// Of the columns of a file; `None` where they tell nothing.
    pub(super) fn of(columns: &Columns, options: &ReadOptions) -> Option<Self> {
        let tells = columns.index(Role::Precision).or(columns.index(Role::PrecisionM)).or(columns.index(Role::Place));
        let names = [Role::Precision, Role::PrecisionM].map(|role| columns.name(role).to_owned());
        let metres = columns.preset.map(|preset| &preset.precision_m);
        let by_code = metres
            .into_iter()
            .flatten()
            .filter_map(|(code, &metres)| Some((code.parse().ok()?, side_of_circle(metres))));
        let precisions =
            Self { by_code: by_code.collect(), cells: options.cells, taken_into: options.coarse_into, taken: 0, names };
        (tells.is_some() || columns.position.is_graded()).then_some(precisions)
    }

    /// True if nothing but a code of its column tells of a position, and no code of any but a point.
    pub(super) fn is_only_code(&self, columns: &Columns) -> bool {
        let others = columns.index(Role::PrecisionM).or(columns.index(Role::Place));
        self.by_code.is_empty() && others.is_none() && !columns.position.is_graded()
    }

    /// The precision of a record whose position itself is known to `side`.
    ///
    /// # Errors
    /// A value that is not a precision; a position known to less than a cell.
    pub(super) fn read<R: Records + ?Sized>(
        &mut self,
        code: Option<usize>,
        metres: Option<usize>,
        side: f64,
        records: &R,
    ) -> Result<StatedPrecision, Box<Fault>> {
        let field =
            |column: Option<usize>| column.map(|column| records.field(column)).filter(|field| !field.is_blank());
        let wrong = |name: &str, found: String, expected: &str| Fault::new(Code::BadValue, name, found, expected);
        let code = match field(code) {
            None => 0,
            Some(field) => {
                let text = field.displayed();
                let number = text.trim().parse::<u8>();
                number.map_err(|_not_whole| wrong(&self.names[0], text, "a whole number from 0 to 255"))?
            }
        };
        let metres = match field(metres) {
            None => 0.0,
            Some(field) => {
                let number = loose(field).filter(|metres| (0.0..=MAX_METRES).contains(metres));
                number.ok_or_else(|| wrong(&self.names[1], field.displayed(), "metres, 0 to 20000000"))?
            }
        };
        let of_code = self.by_code.iter().find(|(other, _)| *other == code).map_or(0.0, |(_, side)| *side);
        let side = side.max(side_of_circle(metres)).max(of_code);
        self.taken += u64::from(self.taken_into.is_some_and(|cells| side > side_of_cell(cells)));
        match self.cells.filter(|&cells| side > side_of_cell(cells)) {
            Some(cells) => Err(too_coarse(side, cells)),
            None => Ok(StatedPrecision { code, side }),
        }
    }
}

/// The fault of a position that is known to less than a cell.
#[cold]
fn too_coarse(side: f64, cells: Resolution) -> Box<Fault> {
    let found = format!("a place known to {} of ground", ground(side));
    let fine = Resolution::range(Resolution::Zero, cells).rev().find(|&larger| side <= side_of_cell(larger));
    let larger = fine.map_or(String::new(), |larger| format!("choose larger cells with --resolution {larger}, "));
    let expected = format!(
        "no more than a cell of resolution {cells}, {}; {larger}count such reports in areas with `tensionmap rollup`, or take them as points \
         with --coarse point",
        ground(side_of_cell(cells))
    );
    Fault::new(Code::Coarse, "", found, expected)
}

/// Area of a square, in words.
fn ground(side: f64) -> String {
    let km2 = side * side / 1e6;
    if km2 < 10.0 { format!("{km2:.2} km²") } else { format!("{km2:.0} km²") }
}
