//! Evidence in words that a reader without statistics understands.

use super::Evidence;
use crate::incident::Day;
use crate::score::evidence_rules::WINDOWS;

/// Chance below which no number of weeks is named: beyond a million nobody can tell.
const MIN_CHANCE: f64 = 1e-6;
/// Chance from which reports are called usual.
const USUAL_CHANCE: f64 = 0.1;

/// A number of reports with one decimal, or none from 10 on or if it is whole.
pub(crate) fn reports(n: f64) -> String {
    if n >= 9.95 || (n - n.round()).abs() < 0.05 && n.round() > 0.0 {
        format!("{n:.0}")
    } else if n > 0.0 && n < 0.05 {
        "less than 0.1".to_owned()
    } else if n <= 0.0 {
        "0".to_owned()
    } else {
        format!("{n:.1}")
    }
}

/// Frequency of as much by chance alone: `by chance that happens about once in 400 weeks in such a place`.
pub(crate) fn by_chance(evidence_alone: f64, by_month: bool) -> String {
    let (period, periods) = if by_month { ("month", "months") } else { ("week", "weeks") };
    let p = 10.0_f64.powf(-evidence_alone);
    if p >= USUAL_CHANCE {
        let tenths = (10.0 * p).round().clamp(1.0, 10.0);
        return format!("that is nothing unusual: in {tenths:.0} of 10 calm {periods} such a place has as many");
    }
    if p < MIN_CHANCE {
        return format!("by chance that happens less than once in a million {periods} in such a place");
    }
    let times = p.recip();
    let step = 10.0_f64.powf(times.log10().floor() - 1.0).max(1.0);
    let rounded = (times / step).round() * step;
    let digits = format!("{rounded:.0}");
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    format!("by chance that happens about once in {} {periods} in such a place", groups.join(","))
        .replace(&format!("once in 1 {periods}"), &format!("once a {period}"))
}

/// Reports beside what is usual: `6 reports in 7 days where about 1 is usual, 8 in 14 days where 2 are`.
pub(crate) fn beside_usual(evidence: &Evidence, counts: [f64; WINDOWS], days: &[i32], month: Option<Day>) -> String {
    let usual = |window: usize| {
        // Never quite none, though a layer's columns may have rounded it away.
        match reports(evidence.expected[window].max(f64::MIN_POSITIVE)).as_str() {
            "1" => "about 1 is usual".to_owned(),
            few if few.starts_with("less") => "hardly any are usual".to_owned(),
            expected => format!("about {expected} are usual"),
        }
    };
    let counted = |n: f64| if reports(n) == "1" { "1 report".to_owned() } else { format!("{} reports", reports(n)) };
    if let Some(month) = month {
        let month = month.date().strftime("%B %Y");
        return format!("{} in {month} where {}", counted(counts[0]), usual(0));
    }
    let (first, last) = (days.first().copied().unwrap_or(7), days.last().copied().unwrap_or(14));
    let longest = days.len().saturating_sub(1).min(WINDOWS - 1);
    format!(
        "{} in the last {first} days where {}, {} in {last} days where {}",
        counted(counts[0]),
        usual(0),
        reports(counts[longest]),
        usual(longest)
    )
}

/// The whole area beside its usual: `the whole area is at 1.2 times its usual`.
pub(crate) fn whole_area(factor: f64) -> String {
    match (factor * 100.0).round() / 100.0 {
        about if (0.95..=1.05).contains(&about) => "the whole area is about as usual".to_owned(),
        about => format!("the whole area is at {about} times its usual"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_are_told_as_weeks() {
        assert_eq!(by_chance(2.6, false), "by chance that happens about once in 400 weeks in such a place");
        assert_eq!(by_chance(3.0, true), "by chance that happens about once in 1,000 months in such a place");
        assert_eq!(by_chance(9.0, false), "by chance that happens less than once in a million weeks in such a place");
        assert_eq!(by_chance(0.3, false), "that is nothing unusual: in 5 of 10 calm weeks such a place has as many");
        assert_eq!(
            (reports(0.02), reports(1.0), reports(2.26), reports(31.6)),
            ("less than 0.1".into(), "1".into(), "2.3".into(), "32".into())
        );
    }

    #[test]
    fn counts_stand_beside_what_is_usual() {
        let evidence = Evidence { expected: [1.0, 1.5, 2.0], ..Evidence::default() };
        let days = [7, 10, 14];
        assert_eq!(
            beside_usual(&evidence, [6.0, 7.0, 8.0], &days, None),
            "6 reports in the last 7 days where about 1 is usual, 8 in 14 days where about 2 are usual"
        );
        let silent = Evidence { expected: [0.0, 0.01, 0.02], ..Evidence::default() };
        assert_eq!(
            beside_usual(&silent, [1.0, 1.0, 2.0], &days, None),
            "1 report in the last 7 days where hardly any are usual, 2 in 14 days where hardly any are usual"
        );
        assert_eq!(whole_area(1.204), "the whole area is at 1.2 times its usual");
        assert_eq!(whole_area(0.97), "the whole area is about as usual");
    }
}
