//! Grid references: letters and digits that name a square of the British National Grid or of the Irish Grid.

use crate::format::Crs;

/// A square of a grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct GridSquare {
    pub(super) grid: Grid,
    /// Easting of its centre in metres.
    pub(super) x: f64,
    /// Northing of its centre in metres.
    pub(super) y: f64,
    /// Metres along a side.
    pub(super) side: f64,
}

/// A grid whose squares of 100 km have letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grid {
    /// Two letters.
    British,
    /// One letter.
    Irish,
}

impl Grid {
    /// Its reference system, if it can be followed.
    pub(super) fn crs(self) -> Option<Crs> {
        match self {
            Self::British => Some(Crs::BritishNationalGrid),
            Self::Irish => Crs::named("EPSG:29903").ok(),
        }
    }
}

/// Most digits of a reference: a square of a millimetre.
const MAX_DIGITS: usize = 16;

/// The square of a reference such as `SK 4580 3042`, `SK4530`, `SK45Z` (a tetrad of 2 km) or `SK4530NE` (a quarter); `None` for
/// other text. Spaces, hyphens and case do not matter, but two groups of digits must be equally long.
pub(super) fn square(text: &str) -> Option<GridSquare> {
    let mut words = text.split(|c: char| c.is_whitespace() || c == '-').filter(|word| !word.is_empty());
    let first = words.next().filter(|_| text.is_ascii())?;
    let end = first.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(first.len());
    let (letters, digits) = first.split_at(end);
    let groups: Vec<&str> = Some(digits).filter(|digits| !digits.is_empty()).into_iter().chain(words).collect();
    let (digits, suffix) = match groups[..] {
        [one] => one.split_at(one.find(|c: char| !c.is_ascii_digit()).unwrap_or(one.len())),
        [x, y] if x.len() == y.len() => (x, y),
        _ => return None,
    };
    let (digits, suffix) =
        if groups.len() == 2 { (format!("{digits}{suffix}"), "") } else { (digits.to_owned(), suffix) };
    let is_even = digits.len().is_multiple_of(2) && (2..=MAX_DIGITS).contains(&digits.len());
    if !is_even || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (grid, x, y) = hundred_kilometres(letters)?;
    let half = digits.len() / 2;
    let side = 10_f64.powi(5 - half as i32);
    let (x, y) = (x + number(&digits[..half])? * side, y + number(&digits[half..])? * side);
    let (right, up, side) = within(suffix, digits.len(), side)?;
    let (x, y) = (x + right + side / 2.0, y + up + side / 2.0);
    Some(GridSquare { grid, x, y, side })
}

fn number(digits: &str) -> Option<f64> {
    digits.parse().ok()
}

/// Place of a letter in the alphabet without I, from 0.
fn place(letter: u8) -> Option<i32> {
    let letter = letter.to_ascii_uppercase();
    let place = i32::from(letter.wrapping_sub(b'A'));
    match letter {
        b'A'..=b'H' => Some(place),
        b'J'..=b'Z' => Some(place - 1),
        _ => None,
    }
}

/// Grid and south-west corner of the square of 100 km with these letters, if it is on the grid.
fn hundred_kilometres(letters: &str) -> Option<(Grid, f64, f64)> {
    let (grid, east, north) = match *letters.as_bytes() {
        [one] => {
            let one = place(one)?;
            (Grid::Irish, one % 5, 4 - one / 5)
        }
        [first, second] => {
            let (first, second) = (place(first)?, place(second)?);
            (Grid::British, (first - 2) % 5 * 5 + second % 5, 19 - first / 5 * 5 - second / 5)
        }
        _ => return None,
    };
    let (columns, rows) = if grid == Grid::Irish { (0..5, 0..5) } else { (0..7, 0..13) };
    let is_there = columns.contains(&east) && rows.contains(&north);
    is_there.then(|| (grid, f64::from(east) * 100_000.0, f64::from(north) * 100_000.0))
}

/// Part of a square that letters after its digits name: metres right and up from its corner, and its side.
fn within(suffix: &str, digits: usize, side: f64) -> Option<(f64, f64, f64)> {
    let half = side / 2.0;
    Some(match *suffix.to_ascii_uppercase().as_bytes() {
        [] => (0.0, 0.0, side),
        // Tetrads run up the columns, A at the bottom left, without O.
        [letter @ b'A'..=b'Z'] if digits == 2 && letter != b'O' => {
            let place = letter - b'A' - u8::from(letter > b'O');
            let fifth = side / 5.0;
            (f64::from(place / 5) * fifth, f64::from(place % 5) * fifth, fifth)
        }
        [b'S', b'W'] => (0.0, 0.0, half),
        [b'S', b'E'] => (half, 0.0, half),
        [b'N', b'W'] => (0.0, half, half),
        [b'N', b'E'] => (half, half, half),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn british(text: &str) -> Option<(f64, f64, f64)> {
        square(text).filter(|square| square.grid == Grid::British).map(|square| (square.x, square.y, square.side))
    }

    #[test]
    fn references_name_the_centre_of_their_square() {
        for (text, expected) in [
            ("SK 4580 3042", (445_805.0, 330_425.0, 10.0)),
            ("sk45803042", (445_805.0, 330_425.0, 10.0)),
            ("SK 458 304", (445_850.0, 330_450.0, 100.0)),
            ("SK-45-30", (445_500.0, 330_500.0, 1000.0)),
            ("SK43", (445_000.0, 335_000.0, 10_000.0)),
            ("TQ 30012 80034", (530_012.5, 180_034.5, 1.0)),
            ("HP 6 1", (465_000.0, 1_215_000.0, 10_000.0)),
            ("SV 91 11", (91_500.0, 11_500.0, 1000.0)),
            // Tetrads A at the bottom left, Z at the top right; E at the top left, N and P around the missing O.
            ("SK43A", (441_000.0, 331_000.0, 2000.0)),
            ("SK43Z", (449_000.0, 339_000.0, 2000.0)),
            ("SK43E", (441_000.0, 339_000.0, 2000.0)),
            ("SK43N", (445_000.0, 337_000.0, 2000.0)),
            ("SK43P", (445_000.0, 339_000.0, 2000.0)),
            ("SK43NE", (447_500.0, 337_500.0, 5000.0)),
            ("SK4530SW", (445_250.0, 330_250.0, 500.0)),
        ] {
            assert_eq!(british(text), Some(expected), "{text}");
        }
        let dublin = GridSquare { grid: Grid::Irish, x: 315_950.0, y: 234_650.0, side: 100.0 };
        assert_eq!(square("O 159 346"), Some(dublin));
    }

    #[test]
    fn what_names_no_square_is_none() {
        for text in [
            "",
            "SK",
            "NO",
            "SK 4",
            "SK 458 3042",
            "SK 45 80 30",
            "SI 45 30",
            "ZZ 45 30",
            "AA 12 34",
            "SK43O",
            "SK4530A",
            "SE1 1NE",
            "LE1 6TP",
            "ward 12",
            "SK é5 30",
            "12 34",
            "I 12 34",
            "SKK 12 34",
        ] {
            assert_eq!(square(text), None, "{text}");
        }
    }
}
