//! Metres with separators of thousands, as spreadsheets write them.

/// The number of a text with separators, such as `458,276`, `458 276` or `1'215,000.5`; `None` for text without one. With a decimal
/// comma, points separate: `458.276,5`.
pub(super) fn metres(text: &str, decimal_comma: bool) -> Option<f64> {
    let text = text.trim();
    let (sign, text) = text.strip_prefix('-').map_or((1.0, text), |text| (-1.0, text));
    let point = if decimal_comma { ',' } else { '.' };
    let (integer, fraction) = text.split_once(point).unwrap_or((text, ""));
    let separates = |c: char| {
        let mark = if decimal_comma { '.' } else { ',' };
        c == mark || matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '’')
    };
    let mut marks = integer.chars().filter(|c| !c.is_ascii_digit());
    let mark = marks.next().filter(|&mark| separates(mark))?;
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = integer.split(mark);
    let first = groups.next().filter(|first| (1..=3).contains(&first.len()))?;
    let is_sound = is_digits(first) && groups.all(|group| group.len() == 3 && is_digits(group)) && is_digits(fraction);
    let digits: String = integer.chars().filter(char::is_ascii_digit).collect();
    let number: f64 = format!("{digits}.{fraction}").parse().ok()?;
    is_sound.then_some(sign * number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_told_from_decimals() {
        for text in ["458,276", "458 276", "458'276", "458\u{a0}276", "458\u{202f}276", " 458,276.0 "] {
            assert_eq!(metres(text, false), Some(458_276.0), "{text}");
        }
        assert_eq!(metres("1,215,000.5", false), Some(1_215_000.5));
        assert_eq!(metres("458.276", true), Some(458_276.0));
        assert_eq!(metres("458.276,5", true), Some(458_276.5));
        assert_eq!(metres("-8,276", false), Some(-8276.0));
        for text in ["458276", "458.276", "4582,76", "458,27", "458,2760", "458,276 100", ",276", "458,", "", "x,123"] {
            assert_eq!(metres(text, false), None, "{text}");
        }
        assert_eq!(metres("458,276", true), None);
    }
}
