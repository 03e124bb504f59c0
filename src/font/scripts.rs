//! Scripts in words: their names, and fonts that have them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use unicode_bidi::{BidiClass, bidi_class};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

use super::Fonts;

/// Scripts by their names in Unicode, in alphabetical order.
pub(crate) type Scripts = BTreeSet<&'static str>;

/// Scripts whose name or font does not follow from the name in Unicode.
const OTHERWISE: [(&str, &str, &str); 8] = [
    ("Common", "symbols", "Noto Sans Symbols 2 or Noto Emoji"),
    ("Inherited", "accents", "Noto Sans"),
    ("Unknown", "characters without a script", "one made for them"),
    ("Han", "Chinese characters", "Noto Sans CJK"),
    ("Hiragana", "Hiragana", "Noto Sans CJK"),
    ("Katakana", "Katakana", "Noto Sans CJK"),
    ("Hangul", "Hangul", "Noto Sans CJK"),
    ("Tibetan", "Tibetan", "Noto Serif Tibetan"),
];

/// Names of scripts.
pub(super) fn names(scripts: &Scripts) -> Vec<String> {
    described(scripts, |(_, name, _)| name, str::to_owned)
}

/// Setting that mends a lack of these scripts.
pub(crate) fn advice(scripts: &Scripts, fonts: &Fonts) -> String {
    let advised = described(scripts, |(_, _, font)| font, |name| format!("Noto Sans {name}"));
    let system = if fonts.with_system { "" } else { ", or --font system for those of this machine" };
    let another = if fonts.is_built_in() { "a font" } else { "another font" };
    format!("give --font FILE with {another} that has them, such as {}{system}", listed(&advised))
}

/// A word for each script, in alphabetical order.
fn described(
    scripts: &Scripts,
    otherwise: fn((&'static str, &'static str, &'static str)) -> &'static str,
    usual: fn(&str) -> String,
) -> Vec<String> {
    let word = |script: &&'static str| match OTHERWISE.into_iter().find(|(other, ..)| other == script) {
        Some(row) => otherwise(row).to_owned(),
        None => usual(&script.replace('_', " ")),
    };
    scripts.iter().map(word).collect::<BTreeSet<String>>().into_iter().collect()
}

/// Words in a sentence: `a, b and c`.
pub(super) fn listed(words: &[String]) -> String {
    match words {
        [first @ .., before, last] => {
            let first: String = first.iter().map(|word| format!("{word}, ")).collect();
            format!("{first}{before} and {last}")
        }
        _ => words.concat(),
    }
}

/// Script of a character, `None` for one that goes with its neighbours. Wide signs are those of Chinese and Japanese.
pub(super) fn script_of(character: char) -> Option<Script> {
    match character.script() {
        Script::Common if matches!(character, '\u{3001}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}') => Some(Script::Han),
        Script::Common | Script::Inherited => None,
        script => Some(script),
    }
}

/// A name as a part of a sentence of another direction: what it has from right to left moves nothing round it (UAX #9, isolates).
pub(crate) fn isolated(name: &str) -> Cow<'_, str> {
    use BidiClass::{AL, AN, FSI, LRE, LRI, LRO, PDF, PDI, R, RLE, RLI, RLO};
    let is_control = |letter: &char| matches!(bidi_class(*letter), FSI | LRE | LRI | LRO | PDF | PDI | RLE | RLI | RLO);
    if !name.chars().any(|letter| is_control(&letter) || matches!(bidi_class(letter), AL | AN | R)) {
        return Cow::Borrowed(name);
    }
    let name: String = name.chars().filter(|letter| !is_control(letter)).collect();
    Cow::Owned(format!("\u{2068}{name}\u{2069}"))
}

/// True for a character without ink of its own: blanks, joiners, marks of direction, selectors of variants.
pub(super) fn is_inkless(character: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, SpaceSeparator};
    let category = character.general_category();
    matches!(category, Control | Format | LineSeparator | ParagraphSeparator | SpaceSeparator)
        || matches!(character, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{ffa0}')
        || matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}
