//! Hidden characters made visible: those that steer a terminal, break a line or turn the order of letters round.

use std::borrow::Cow;
#[cfg(feature = "cli")]
use std::ops::Range;

#[cfg(feature = "cli")]
use toml::Spanned;
#[cfg(feature = "cli")]
use toml::de::{DeTable, DeValue};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::invalid::InvalidValue;

/// True for a control character, a mark of direction, or a separator of lines.
pub(crate) fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}

/// True for a text without a letter that shows: empty, blank, or of marks without a width.
pub(crate) fn is_blank(text: &str) -> bool {
    use GeneralCategory::{Control, EnclosingMark, Format, NonspacingMark};
    // Fillers count as letters, and Braille has a pattern without dots.
    let filler = |letter| matches!(letter, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}');
    let unseen = |letter: char| matches!(letter.general_category(), Control | Format | NonspacingMark | EnclosingMark);
    text.chars().all(|letter| letter.is_whitespace() || filler(letter) || unseen(letter))
}

/// Checks a text that pages show: on one line, of letters that show, and no longer than is read. An empty one shows nothing.
pub(crate) fn check_line(what: &'static str, text: &str, max_chars: usize) -> Result<(), InvalidValue> {
    let is_hollow = !text.is_empty() && is_blank(text);
    if text.chars().count() > max_chars || text.contains(is_hidden) || is_hollow {
        let expected = format!(
            "one line of at most {max_chars} characters that show, without control characters or marks of direction"
        );
        return Err(InvalidValue::expecting(what, text, expected));
    }
    Ok(())
}

/// A text on one line, its hidden characters as escapes such as `\n` or `\u{202e}`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| letter.escape_debug().collect())
}

/// A text of several lines, each made [`visible`].
#[cfg(feature = "cli")]
pub(crate) fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// JSON of the same value without a hidden character. The serializer has escaped those of ASCII already.
#[cfg(feature = "cli")]
pub(crate) fn visible_json(json: &str) -> Cow<'_, str> {
    escaped(json, |letter| format!("\\u{:04x}", u32::from(letter)))
}

/// TOML of the same values, each text with hidden characters as a string that escapes them.
#[cfg(feature = "cli")]
pub(crate) fn visible_toml(toml: &str) -> String {
    fn find(value: &Spanned<DeValue<'_>>, found: &mut Vec<(Range<usize>, String)>) {
        match value.get_ref() {
            DeValue::String(text) if text.contains(is_hidden) => {
                let json = serde_json::Value::from(&**text).to_string();
                found.push((value.span(), visible_json(&json).into_owned()));
            }
            DeValue::Array(items) => items.iter().for_each(|item| find(item, found)),
            DeValue::Table(table) => table.values().for_each(|item| find(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    if let Ok(table) = DeTable::parse(toml) {
        table.get_ref().values().for_each(|value| find(value, &mut found));
    }
    found.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut shown = toml.to_owned();
    for (span, text) in found {
        shown.replace_range(span, &text);
    }
    shown
}

fn escaped(text: &str, escape: impl Fn(char) -> String) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return text.into();
    }
    let one = |letter: char| if is_hidden(letter) { escape(letter) } else { letter.to_string() };
    text.chars().map(one).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_written_out() {
        assert_eq!(visible("a\u{1b}[2J\u{9b}\r\nb\u{202e}\u{2066}\u{2028}\u{7f}"), {
            "a\\u{1b}[2J\\u{9b}\\r\\nb\\u{202e}\\u{2066}\\u{2028}\\u{7f}"
        });
        for plain in ["Ward 7 — Łódź", "नगर", "\u{646}\u{200c}\u{645}", "👩\u{200d}🚒"] {
            assert!(matches!(visible(plain), Cow::Borrowed(text) if text == plain), "{plain}");
        }
    }

    #[test]
    #[cfg(feature = "cli")]
    fn json_keeps_its_value() {
        let value = serde_json::json!({"a\u{202e}\n": "\u{85}\u{7f}\u{2029}x\u{61c}"});
        let json = value.to_string();
        let shown = visible_json(&json);
        assert!(!shown.contains(is_hidden));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).expect("JSON"), value);
    }

    #[test]
    fn a_blank_text_has_no_letter_to_see() {
        for blank in ["", " \u{a0}\t", "\u{200b}\u{2060}\u{feff}", "\u{3164}", "\u{2800}", "\u{e0041}", "\u{ad}\u{34f}"]
        {
            assert!(is_blank(blank), "{}", blank.escape_unicode());
        }
        assert!(["-", "·", "a\u{200b}"].iter().all(|text| !is_blank(text)));
    }
}
