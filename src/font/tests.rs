//! Shaping beside an independent shaper, fonts that cannot be used, and places where a text may be cut.

use super::file::FontError;
use super::*;

const REFERENCE: &str = include_str!("../../tests/reference/shaping.csv");
const DEVANAGARI: &[u8] = include_bytes!("../../tests/fonts/devanagari.ttf");

fn shaped(text: &str) -> (Vec<(u16, i64, i64)>, i64) {
    let fonts = Fonts::default();
    let line = Typesetter::new(&fonts).shape(&Typesetter::composed(text), false);
    in_units(&line, 2048.0)
}

/// Glyphs from left to right with their places in units of the font, and the width.
#[allow(clippy::cast_possible_truncation, reason = "units of a font")]
fn in_units(line: &shape::ShapedLine, em: f64) -> (Vec<(u16, i64, i64)>, i64) {
    let units = |ems: f64| (ems * em).round() as i64;
    (line.glyphs.iter().map(|glyph| (glyph.glyph, units(glyph.at.0), -units(glyph.at.1))).collect(), units(line.width))
}

/// Letters join, accents sit on their letters and lines run from right to left as `HarfBuzz` sets them; mixed lines are in the order
/// of `FriBidi`.
#[test]
fn lines_are_set_as_an_independent_shaper_sets_them() {
    let mut rows = csv::Reader::from_reader(REFERENCE.as_bytes());
    let mut checked = [0, 0];
    for row in rows.records() {
        let row = row.expect("a row");
        let (found, width) = shaped(&row[1]);
        if &row[0] == "order" {
            let found: Vec<String> = found.iter().map(|(glyph, ..)| glyph.to_string()).collect();
            assert_eq!(found.join(" "), row[2], "{}", &row[1]);
            checked[1] += 1;
        } else {
            let found: Vec<String> = found.iter().map(|(glyph, x, y)| format!("{glyph}@{x},{y}")).collect();
            assert_eq!(format!("{} ={width}", found.join(" ")), row[2], "{}", &row[1]);
            checked[0] += 1;
        }
    }
    assert_eq!(checked, [26, 16]);
}

/// A mark of direction is never a box, whatever the font.
#[test]
fn marks_of_direction_have_no_ink() {
    for text in ["\u{200f}abc", "\u{2068}abc\u{2069}", "a\u{200b}bc", "abc\u{202c}", "a\u{ad}bc"] {
        let fonts = Fonts::default();
        let typesetter = Typesetter::new(&fonts);
        assert!(!typesetter.is_plain(text, false) && typesetter.lacking(text, false).is_empty(), "{text:?}");
        let (line, plain) = (typesetter.shape(text, false), typesetter.shape("abc", false));
        assert!((line.width - plain.width).abs() < 1e-9, "{text:?}");
        assert_eq!(typesetter.outline(&line).len(), typesetter.outline(&plain).len(), "{text:?}");
    }
}

/// Text that was drawn letter by letter still is, and nothing else.
#[test]
fn only_text_that_needs_it_is_shaped() {
    let fonts = Fonts::default();
    let typesetter = Typesetter::new(&fonts);
    for text in ["Ward 3 (of 9), 40%…", "Ŵyåg ŷ – D½ × km² ≥", "Αθήνα", "Київ", "Երևան", "თბილისი", "Hà Nội", "Đồng"]
    {
        assert!(typesetter.is_plain(text, false) && typesetter.is_plain(text, true), "{text}");
    }
    for text in ["تهران", "שלום", "x\u{302}", "दिल्ली", "ไทย", "北京", "서울", "ວຽງຈັນ", "👨‍👩‍👧", "a\u{200f}"]
    {
        assert!(!typesetter.is_plain(text, false), "{text}");
    }
    // Decomposed text is composed first, and then plain.
    assert!(typesetter.is_plain(&Typesetter::composed("Vie\u{323}\u{302}t Nam, w\u{302}"), false));
}

/// A font that is given has what the built-in one lacks; vowels and conjuncts of Devanagari are where `HarfBuzz` 15 puts them.
#[test]
fn a_given_font_sets_its_script() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("devanagari.ttf");
    std::fs::write(&path, DEVANAGARI).expect("written");
    let fonts = Fonts::load(&[path.display().to_string()]).expect("a font");
    let typesetter = Typesetter::new(&fonts);
    assert!(typesetter.lacking("दिल्ली", false).is_empty() && typesetter.lacking("दिल्ली क्षेत्र", true).is_empty());
    assert_eq!(typesetter.lacking("दिल्ली, 北京", false).into_iter().collect::<Vec<_>>(), ["Han"]);
    let (glyphs, width) = in_units(&typesetter.shape("दिल्ली", false), 1000.0);
    assert_eq!((glyphs.as_slice(), width), (DELHI.0, DELHI.1));
    // Between words of other fonts it keeps its place.
    let mixed = typesetter.shape("Ward दिल्ली (3)", false);
    assert_eq!(mixed.glyphs.len(), "Ward ".len() + DELHI.0.len() + " (3)".len());
    let joined = typesetter.shape("Aदिल्ली3", false);
    assert_eq!(joined.glyphs.len(), DELHI.0.len() + 2);
    assert!(mixed.glyphs.windows(2).all(|pair| pair[0].at.0 <= pair[1].at.0));
    assert!(fonts.notices().is_empty());
}

/// Glyphs and width of `दिल्ली` by uharfbuzz 0.57 in the font of the test.
const DELHI: (&[(u16, i64, i64)], i64) = (&[(46, 0, 0), (4, 259, 0), (19, 779, 0), (6, 1230, 0), (9, 1908, 0)], 2167);

#[test]
fn names_without_a_font_are_said_with_their_scripts() {
    let fonts = Fonts::default();
    let typesetter = Typesetter::new(&fonts);
    for text in ["Reports from: नई दिल्ली 50%, council 50%", "ตลาด", "北京", "Ward 3", "نیا محلہ", "شہر کے"]
    {
        typesetter.enter_undrawn(text, false);
    }
    let expected = "5 names in Arabic, Chinese characters, Devanagari and Thai cannot be drawn (\"شہر کے\", \"محلہ\", \"नई दिल्ली\" …): pictures \
                    have their codes or boxes in place of them; give --font FILE with a font that has them, such as Noto Sans \
                    Arabic, Noto Sans CJK, Noto Sans Devanagari and Noto Sans Thai, or --font system for those of this machine";
    assert_eq!(fonts.notices(), [expected]);
}

#[test]
fn files_that_are_no_fonts_are_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        let error = Fonts::load(&[path.display().to_string()]).expect_err(name);
        assert_eq!(error.file(), path.display().to_string());
        error.to_string().replace(&*path.to_string_lossy(), name)
    };
    let expected = ", and not a font that can be used; expected a TrueType or OpenType file (.ttf, .otf, .ttc)";
    let again = "; copy or download it again";
    assert_eq!(refused("a.ttf", b""), format!("a.ttf: is empty{expected}"));
    assert_eq!(refused("b.ttf", b"\x89PNG\r\n\x1a\n1234"), format!("b.ttf: is a PNG picture{expected}"));
    assert!(refused("c.woff2", b"wOF2abcd").starts_with("c.woff2: is a web font (WOFF2), and not"));
    assert_eq!(refused("d.ttf", b"abcdefghijkl"), format!("d.ttf: begins with the bytes 61 62 63 64{expected}"));
    let half = &DEVANAGARI[..DEVANAGARI.len() / 2];
    assert!(refused("e.ttf", half).ends_with(again), "{}", refused("e.ttf", half));
    assert!(refused("f.ttf", &DEVANAGARI[..12]).ends_with(again), "{}", refused("f.ttf", &DEVANAGARI[..12]));
    let error = Fonts::load(&[folder.path().join("none.ttf").display().to_string()]).expect_err("missing");
    assert!(matches!(error, FontError::Unreadable { .. }) && error.to_string().contains("give --font the path"));
}

/// Fonts with bytes changed at random are refused or set what they can; nothing ends the program.
#[test]
fn damaged_fonts_do_not_end_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("damaged.ttf");
    let (mut seed, mut used) = (5_u64, 0);
    for round in 0..300 {
        let mut bytes = DEVANAGARI.to_vec();
        for _ in 0..=round % 40 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = usize::try_from(seed >> 33).unwrap_or_default() % bytes.len();
            bytes[at] = seed.to_le_bytes()[3];
        }
        std::fs::write(&path, bytes).expect("written");
        let Ok(fonts) = Fonts::load(&[path.display().to_string()]) else { continue };
        let typesetter = Typesetter::new(&fonts);
        let line = typesetter.shape("दिल्ली क्षेत्र", round % 2 == 0);
        assert!(line.width.is_finite());
        let _steps = typesetter.outline(&line);
        used += 1;
    }
    assert!(used > 50, "{used} of 300");
}

#[test]
fn lines_end_where_their_script_allows() {
    assert_eq!(pieces("Ward one-two three"), ["Ward ", "one-", "two ", "three"]);
    assert_eq!(pieces("北京市朝陽區"), ["北", "京", "市", "朝", "陽", "區"]);
    // No line begins with a full stop or a small kana.
    assert_eq!(pieces("東京。シャ"), ["東", "京。", "シャ"]);
    assert_eq!(pieces("กรุงเทพมหานคร แขวง"), ["กรุง", "เทพมหานคร ", "แขวง"]);
    let clusters = |text: &str| {
        let mut start = 0;
        ends_of_clusters(text)
            .into_iter()
            .map(|end| text[std::mem::replace(&mut start, end)..end].to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(clusters("e\u{301}a"), ["e\u{301}", "a"]);
    assert_eq!(clusters("ที่👨‍👩‍👧"), ["ที่", "👨‍👩‍👧"]);
    assert_eq!(clusters("क्षे"), ["क्षे"]);
}
