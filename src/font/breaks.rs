//! Places where a text may be cut: between lines, and between letters with their marks.

use unicode_linebreak::linebreaks;
use unicode_segmentation::UnicodeSegmentation;

/// Pieces of a text between which a line may end, by the Unicode line breaking algorithm (UAX #14). Blanks end their piece.
///
/// Thai and Lao have no blanks between words. A vowel that is written before its consonant begins a syllable, so a line may
/// end before it.
pub(crate) fn pieces(text: &str) -> Vec<&str> {
    let mut ends: Vec<usize> = linebreaks(text).map(|(end, _)| end).collect();
    let mut before = None;
    for (at, letter) in text.char_indices() {
        if is_leading(letter) && before.is_some_and(|before| is_of_thai(before) && !is_leading(before)) {
            ends.push(at);
        }
        before = Some(letter);
    }
    ends.sort_unstable();
    ends.dedup();
    let mut start = 0;
    ends.into_iter()
        .map(|end| &text[std::mem::replace(&mut start, end)..end])
        .filter(|piece| !piece.is_empty())
        .collect()
}

/// Vowels of Thai and Lao that are written before their consonant.
fn is_leading(letter: char) -> bool {
    matches!(letter, '\u{e40}'..='\u{e44}' | '\u{ec0}'..='\u{ec4}')
}

fn is_of_thai(letter: char) -> bool {
    matches!(letter, '\u{e01}'..='\u{e4e}' | '\u{e81}'..='\u{ecd}')
}

/// Ends of the extended grapheme clusters of a text (UAX #29): letters with all of their marks.
pub(crate) fn ends_of_clusters(text: &str) -> Vec<usize> {
    text.grapheme_indices(true).map(|(start, cluster)| start + cluster.len()).collect()
}
