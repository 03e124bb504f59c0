//! Dates whose year, month and day are in columns of their own.

use super::Role;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The date in ISO 8601, without its day where that is blank; or the role at fault, its text, and what was expected.
pub(super) fn date(year: &str, month: &str, day: &str) -> Result<String, (Role, String, &'static str)> {
    let wrong = |role: Role, text: &str, expected: &'static str| (role, text.trim().to_owned(), expected);
    let expected = "a year of four digits";
    let year =
        integer(year).filter(|year| (1000..=3000).contains(year)).ok_or_else(|| wrong(Role::Year, year, expected))?;
    let expected = "a month from 1 to 12, or its English name";
    let month = of_month(month).ok_or_else(|| wrong(Role::Month, month, expected))?;
    if day.trim().is_empty() {
        return Ok(format!("{year}-{month:02}"));
    }
    let expected = "a day from 1 to 31, or nothing for the whole month";
    let day = integer(day).filter(|day| (1..=31).contains(day)).ok_or_else(|| wrong(Role::Day, day, expected))?;
    Ok(format!("{year}-{month:02}-{day:02}"))
}

/// A whole number, also where a spreadsheet wrote `6.0`.
fn integer(text: &str) -> Option<u32> {
    let text = text.trim();
    text.strip_suffix(".0").unwrap_or(text).parse().ok()
}

fn of_month(text: &str) -> Option<u32> {
    let name = text.trim().trim_end_matches('.').to_ascii_lowercase();
    let is_named = |month: &&str| name == **month || name == month[..3] || *month == "september" && name == "sept";
    let by_name = || (1..).zip(MONTHS.iter()).find(|(_, month)| is_named(month)).map(|(number, _)| number);
    integer(text).filter(|month| (1..=12).contains(month)).or_else(by_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_a_date() {
        for (year, month, day, expected) in [
            ("2025", "6", "9", "2025-06-09"),
            ("2025.0", " 06 ", "9.0", "2025-06-09"),
            ("2025", "Sept", "30", "2025-09-30"),
            ("2025", "June", "", "2025-06"),
            ("2025", "JUN.", " ", "2025-06"),
        ] {
            assert_eq!(date(year, month, day).as_deref(), Ok(expected));
        }
        for (year, month, day, role) in [
            ("25", "6", "9", Role::Year),
            ("2025", "13", "9", Role::Month),
            ("2025", "", "9", Role::Month),
            ("2025", "6", "32", Role::Day),
            ("2025", "6", "first", Role::Day),
        ] {
            assert_eq!(date(year, month, day).map_err(|(role, ..)| role), Err(role));
        }
    }
}
