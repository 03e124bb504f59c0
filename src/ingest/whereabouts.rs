//! Whereabouts of accepted reports: how many in each square of a quarter of a degree, with the first report of each.

/// Squares along a degree.
const PER_DEGREE: f64 = 4.0;
const ROWS: usize = 180 * PER_DEGREE as usize;
const COLUMNS: usize = 360 * PER_DEGREE as usize;

/// Row from the south and column from the west, of a square of a quarter of a degree.
pub(crate) type SquareKey = (i32, i32);

/// The square of a position.
pub(crate) fn square_of(lat: f64, lng: f64) -> SquareKey {
    let (row, column) = row_and_column(lat, lng);
    (row as i32, column as i32)
}

/// Columns of squares round the earth.
pub(crate) const ROUND: i32 = COLUMNS as i32;

/// West, south, east and north of a square, in degrees.
pub(crate) fn sides_of((row, column): SquareKey) -> [f64; 4] {
    let at = |number: i32, first: f64| f64::from(number) / PER_DEGREE - first;
    [at(column, 180.0), at(row, 90.0), at(column + 1, 180.0), at(row + 1, 90.0)]
}

#[inline]
fn row_and_column(lat: f64, lng: f64) -> (usize, usize) {
    // Positions are within range; the last square takes its far side too.
    let row = ((lat + 90.0) * PER_DEGREE) as usize;
    let column = ((lng + 180.0) * PER_DEGREE) as usize;
    (row.min(ROWS - 1), column.min(COLUMNS - 1))
}

/// Reports in one square.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SquareCount {
    pub(crate) count: u64,
    /// Position of the first report.
    pub(crate) lat: f64,
    pub(crate) lng: f64,
    /// Number of its record, from 1, and its line, where there are lines.
    pub(crate) record: u64,
    pub(crate) line: Option<u64>,
}

impl SquareCount {
    pub(crate) fn key(&self) -> SquareKey {
        square_of(self.lat, self.lng)
    }
}

/// Counts by square. Memory is 4 MiB at most, of which only what is touched is taken. Most reports are in the square of the one before.
#[derive(Debug)]
pub(super) struct Whereabouts {
    /// Place of each square in the list, from 1; 0 for one without a report.
    index: Vec<u32>,
    squares: Vec<SquareCount>,
    /// South, west, north and east of the square of the last report, which holds its south and west side, and its place.
    last: ([f64; 4], usize),
}

impl Whereabouts {
    pub(super) fn new() -> Self {
        let nowhere = [f64::NAN; 4];
        Self { index: vec![0; ROWS * COLUMNS], squares: Vec::new(), last: (nowhere, 0) }
    }

    /// Counts a report; `found` returns number and line of its record.
    #[inline]
    pub(super) fn see(&mut self, lat: f64, lng: f64, found: impl FnOnce() -> (u64, Option<u64>)) {
        let ([south, west, north, east], number) = self.last;
        if south <= lat
            && west <= lng
            && lat < north
            && lng < east
            && let Some(square) = self.squares.get_mut(number)
        {
            square.count += 1;
            return;
        }
        self.see_elsewhere(lat, lng, found);
    }

    /// Counts a report in another square than the last one.
    #[inline(never)]
    fn see_elsewhere(&mut self, lat: f64, lng: f64, found: impl FnOnce() -> (u64, Option<u64>)) {
        let (row, column) = row_and_column(lat, lng);
        let at = row * COLUMNS + column;
        if self.index[at] == 0 {
            let (record, line) = found();
            self.squares.push(SquareCount { count: 0, lat, lng, record, line });
            self.index[at] = self.squares.len() as u32;
        }
        let number = self.index[at] as usize - 1;
        self.squares[number].count += 1;
        let [west, south, east, north] = sides_of((row as i32, column as i32));
        self.last = ([south, west, north, east], number);
    }

    /// The squares with reports, in the order of their first ones.
    pub(super) fn into_squares(self) -> Vec<SquareCount> {
        self.squares
    }
}
