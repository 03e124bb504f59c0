//! Numbers as tables of statistics write them: `1,234`, `12.5%`, `£12,345`, `(123)`; and the marks of values left out.

/// Signs of money, before or after a number.
const MONEY: [char; 4] = ['£', '$', '€', '¥'];

/// Marks that publishers put in place of a value.
const MARKS: [&str; 20] = [
    "*",
    "**",
    "***",
    "c",
    "d",
    "s",
    "u",
    "x",
    "z",
    ".",
    "..",
    "...",
    "-",
    "--",
    "–",
    "—",
    ":",
    "~",
    "#",
    "suppressed",
];

/// A number with signs that are no part of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Written {
    pub(super) value: f64,
    /// True if commas separate thousands, where they could be decimal.
    pub(super) has_commas: bool,
}

/// The number of a text that is one with signs; a percentage keeps its number, so `12.5%` is 12.5.
pub(super) fn number(text: &str) -> Option<Written> {
    let text = text.trim();
    let (text, is_negative) = match text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        Some(inside) => (inside.trim(), true),
        None => (text, false),
    };
    let (text, minus) = signed(text);
    let text = text.strip_prefix(MONEY).or_else(|| text.strip_suffix(MONEY)).unwrap_or(text).trim();
    let text = text.strip_suffix('%').unwrap_or(text).trim_end();
    let (text, other_minus) = signed(text);
    if usize::from(is_negative) + usize::from(minus) + usize::from(other_minus) > 1 {
        return None;
    }
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let separator = whole.chars().find(|letter| !letter.is_ascii_digit());
    if separator.is_some_and(|separator| ![',', ' ', '\u{a0}', '\u{2009}', '\u{202f}', '\'', '’'].contains(&separator))
    {
        return None;
    }
    if let Some(separator) = separator {
        let groups: Vec<&str> = whole.split(separator).collect();
        let (first, rest) = groups.split_first()?;
        if !(are_digits(first) && first.len() <= 3 && rest.iter().all(|group| are_digits(group) && group.len() == 3)) {
            return None;
        }
    } else if !are_digits(whole) {
        return None;
    }
    if !fraction.is_none_or(are_digits) {
        return None;
    }
    let digits: String = text.chars().filter(|letter| letter.is_ascii_digit() || *letter == '.').collect();
    let value: f64 = digits.parse().ok()?;
    let value = if is_negative || minus || other_minus { -value } else { value };
    Some(Written { value, has_commas: separator == Some(',') && fraction.is_none() })
}

/// A text without its sign, and true if that is a minus.
fn signed(text: &str) -> (&str, bool) {
    match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (rest.trim_start(), true),
        None => (text.strip_prefix('+').unwrap_or(text).trim_start(), false),
    }
}

/// True for a mark that stands for a value that was suppressed or is not known: `*`, `c`, `[c]`, `<5`, `..`.
pub(super) fn is_mark(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let is_short =
        |inside: &str| (1..=4).contains(&inside.len()) && inside.bytes().all(|byte| byte.is_ascii_lowercase());
    let bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let in_parentheses = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    let less_than = text.strip_prefix(['<', '≤']).map(|text| text.strip_prefix('=').unwrap_or(text));
    MARKS.contains(&&*text)
        || bracketed.is_some_and(|inside| is_short(inside) || MARKS.contains(&inside))
        || in_parentheses.is_some_and(|inside| inside.len() == 1 && MARKS.contains(&inside))
        || less_than.is_some_and(|limit| number(limit).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_no_part_of_a_number() {
        for (text, value) in [
            ("1,234", 1234.0),
            ("12,345,678.9", 12_345_678.9),
            ("1 234", 1234.0),
            ("1\u{a0}234,5".split(',').next().unwrap_or_default(), 1234.0),
            ("12.5%", 12.5),
            ("12.5 %", 12.5),
            ("£12,345", 12_345.0),
            ("-£5.50", -5.5),
            ("£-5.50", -5.5),
            ("12 €", 12.0),
            ("(123)", -123.0),
            (" 7 ", 7.0),
            ("\u{2212}3", -3.0),
        ] {
            assert_eq!(number(text).map(|written| written.value), Some(value), "{text}");
        }
        for text in [
            "1,23", "12,5", "1,2345", ",123", "1,234,5", "1.234,5", "--3", "(-3)", "£", "%", "", "high", "1e3x", "1.",
            "4-5",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
        assert!(number("1,234").is_some_and(|written| written.has_commas));
        assert!(number("1,234.5").is_some_and(|written| !written.has_commas));
    }

    #[test]
    fn marks_stand_for_values_left_out() {
        for text in
            ["*", "c", "C", "[c]", "[low]", "[x]", "<5", "< 10", "<=5", "..", "-", "x", ":", " * ", "(c)", "Suppressed"]
        {
            assert!(is_mark(text), "{text}");
        }
        for text in ["", "high", "5", "-5", "NaN", "n/a", "[much longer]", "<", "E01000001"] {
            assert!(!is_mark(text), "{text}");
        }
    }
}
