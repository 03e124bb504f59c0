//! Lines of text shaped into glyphs: order by the Unicode bidirectional algorithm, a font for each word, forms and places by the font.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use rustybuzz::ttf_parser::{GlyphId, OutlineBuilder, Tag};
use rustybuzz::{Direction, Face, UnicodeBuffer};
use unicode_bidi::{BidiClass, ParagraphBidiInfo, bidi_class};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

use super::Fonts;
use super::breaks::ends_of_clusters;
use super::file::{FontFile, Nowhere};
use super::scripts::{Scripts, is_inkless, script_of};

/// A font and its weight: 0 is the built-in font, others are the files in their order.
type FaceId = (usize, bool);

/// Sets lines of text with the fonts of a page; everything it has parsed and shaped is kept for the next line.
pub(crate) struct Typesetter<'f> {
    fonts: &'f Fonts,
    faces: Vec<[OnceCell<Option<Face<'f>>>; 2]>,
    draws: RefCell<HashMap<(FaceId, char), bool>>,
    shaped: RefCell<HashMap<(String, bool), Rc<ShapedLine>>>,
}

/// Glyphs of a line from left to right, in ems.
#[derive(Debug, Default)]
pub(crate) struct ShapedLine {
    pub(crate) glyphs: Vec<PlacedGlyph>,
    pub(crate) width: f64,
    /// True if its first letter is of a script from right to left.
    pub(crate) is_from_right: bool,
}

/// A glyph and the origin of its outline, in ems, `y` downwards from the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PlacedGlyph {
    face: FaceId,
    pub(crate) glyph: u16,
    pub(crate) at: (f64, f64),
}

/// A step of an outline in ems, `y` downwards from the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum OutlineStep {
    Move((f64, f64)),
    Line((f64, f64)),
    Quadratic((f64, f64), (f64, f64)),
    Cubic((f64, f64), (f64, f64), (f64, f64)),
    Close,
}

impl OutlineStep {
    /// The step with its points moved.
    pub(crate) fn map(self, place: impl Fn((f64, f64)) -> (f64, f64)) -> Self {
        match self {
            Self::Move(to) => Self::Move(place(to)),
            Self::Line(to) => Self::Line(place(to)),
            Self::Quadratic(bend, to) => Self::Quadratic(place(bend), place(to)),
            Self::Cubic(first, second, to) => Self::Cubic(place(first), place(second), place(to)),
            Self::Close => Self::Close,
        }
    }

    /// Command of an SVG path, and its points.
    pub(crate) fn parts(self) -> (char, impl Iterator<Item = (f64, f64)>) {
        let (command, points) = match self {
            Self::Move(to) => ('M', vec![to]),
            Self::Line(to) => ('L', vec![to]),
            Self::Quadratic(bend, to) => ('Q', vec![bend, to]),
            Self::Cubic(first, second, to) => ('C', vec![first, second, to]),
            Self::Close => ('Z', vec![]),
        };
        (command, points.into_iter())
    }
}

/// A stretch of one direction, script and font.
#[derive(Clone, Debug)]
struct GlyphRun {
    range: Range<usize>,
    face: FaceId,
    script: Option<Script>,
}

impl<'f> Typesetter<'f> {
    pub(crate) fn new(fonts: &'f Fonts) -> Self {
        let faces = (0..=fonts.files.len()).map(|_| [OnceCell::new(), OnceCell::new()]).collect();
        Self { fonts, faces, draws: RefCell::default(), shaped: RefCell::default() }
    }

    /// Text in composed form (NFC), so that a letter and its accent are one however they were written.
    pub(crate) fn composed(text: &str) -> String {
        text.nfc().collect()
    }

    /// True if each character is one letter of the built-in font, set from left to right: no shaping is needed.
    pub(crate) fn is_plain(&self, text: &str, is_bold: bool) -> bool {
        text.chars()
            .all(|letter| matches!(letter, ' '..='~') || (is_simple(letter) && self.draws((0, is_bold), letter)))
    }

    /// Scripts of the characters that no font has.
    pub(crate) fn lacking(&self, text: &str, is_bold: bool) -> Scripts {
        if text.is_ascii() {
            return Scripts::new();
        }
        let scripts = scripts_of(text);
        let is_lacking =
            |letter: &char| !self.candidates(*letter, &scripts).any(|file| self.draws((file, is_bold), *letter));
        text.chars().filter(is_lacking).map(|letter| script_of(letter).unwrap_or(letter.script()).full_name()).collect()
    }

    /// Enters what a line lacks in the journal, each stretch of words without a font by itself.
    pub(crate) fn enter_undrawn(&self, text: &str, is_bold: bool) {
        let mut stretch = String::new();
        for word in text.split_whitespace().chain([""]) {
            if word.is_empty() || self.lacking(word, is_bold).is_empty() {
                let name = stretch.trim_matches(|letter: char| letter.is_ascii_punctuation() || is_inkless(letter));
                if !name.is_empty() {
                    self.fonts.journal.enter_undrawn(name, self.lacking(name, is_bold));
                }
                stretch.clear();
            } else {
                stretch = if stretch.is_empty() { word.to_owned() } else { format!("{stretch} {word}") };
            }
        }
    }

    /// Enters a whole name in the journal, which is shown by its code or not at all.
    pub(crate) fn enter_name(&self, name: &str, is_bold: bool) {
        self.fonts.journal.enter_undrawn(name, self.lacking(name, is_bold));
    }

    /// Fonts that may have a character in a line of some scripts, the built-in one first. Digits and signs go with any of them.
    fn candidates(&self, letter: char, scripts: &[Script]) -> impl Iterator<Item = usize> {
        let own = script_of(letter);
        let is_for = move |file: &FontFile| match own {
            Some(script) => file.is_for(script),
            None => scripts.iter().chain(&[letter.script()]).any(|script| file.is_for(*script)),
        };
        let given = (1..).zip(self.fonts.files.iter()).filter(move |(_, file)| is_for(file));
        std::iter::once(0).chain(given.map(|(number, _)| number))
    }

    fn face(&self, (number, is_bold): FaceId) -> Option<&Face<'f>> {
        let parse = || {
            let bytes: &'f [u8] = match number.checked_sub(1) {
                None if is_bold => dejavu::sans::bold(),
                None => dejavu::sans::regular(),
                Some(file) => self.fonts.files[file].bytes(),
            };
            let mut face = guarded(|| Face::from_slice(bytes, 0))??;
            if is_bold && number > 0 {
                // A font of several weights has its bold within it.
                let _absent = face.set_variation(Tag::from_bytes(b"wght"), 700.0);
            }
            Some(face)
        };
        self.faces[number][usize::from(is_bold)].get_or_init(parse).as_ref()
    }

    /// True if a font has a character, with ink unless it needs none.
    fn draws(&self, face: FaceId, letter: char) -> bool {
        if is_inkless(letter) {
            return true;
        }
        if let Some(draws) = self.draws.borrow().get(&(face, letter)) {
            return *draws;
        }
        let draws = self.face(face).is_some_and(|face| {
            let has_ink = || face.outline_glyph(face.glyph_index(letter)?, &mut Nowhere);
            guarded(has_ink).flatten().is_some()
        });
        self.draws.borrow_mut().insert((face, letter), draws);
        draws
    }

    /// True if the font of a number is a bold one; the built-in font has both weights.
    fn is_of_weight(&self, number: usize, is_bold: bool) -> bool {
        number == 0 || self.face((number, is_bold)).is_some_and(|face| face.is_bold() == is_bold || face.is_variable())
    }

    /// The first font that has all of a text, one of the wanted weight before others.
    fn font_of(&self, text: &str, scripts: &[Script], is_bold: bool) -> Option<usize> {
        let first = text.chars().find(|letter| script_of(*letter).is_some()).or_else(|| text.chars().next())?;
        let has_all = |number: &usize| text.chars().all(|letter| self.draws((*number, is_bold), letter));
        let able: Vec<usize> = self.candidates(first, scripts).filter(has_all).collect();
        able.iter().find(|number| self.is_of_weight(**number, is_bold)).or_else(|| able.first()).copied()
    }

    /// Shapes a line. Characters that no font has become the boxes of the built-in one.
    pub(crate) fn shape(&self, text: &str, is_bold: bool) -> Rc<ShapedLine> {
        let key = (text.to_owned(), is_bold);
        if let Some(line) = self.shaped.borrow().get(&key) {
            return Rc::clone(line);
        }
        let line = Rc::new(self.shape_anew(text, is_bold));
        self.shaped.borrow_mut().insert(key, Rc::clone(&line));
        line
    }

    fn shape_anew(&self, text: &str, is_bold: bool) -> ShapedLine {
        let bidi = ParagraphBidiInfo::new(text, None);
        let mut line = ShapedLine { is_from_right: bidi.paragraph_level.is_rtl(), ..ShapedLine::default() };
        let (levels, stretches) = bidi.visual_runs(0..text.len());
        for stretch in stretches {
            let is_from_right = levels[stretch.start].is_rtl();
            let mut runs = self.runs(text, stretch, is_bold);
            if is_from_right {
                runs.reverse();
            }
            for run in runs {
                self.add(&mut line, text, &run, is_from_right);
            }
        }
        line
    }

    /// Divides a stretch of one direction into runs of one script and font, in the order of the text.
    fn runs(&self, text: &str, stretch: Range<usize>, is_bold: bool) -> Vec<GlyphRun> {
        let (mut runs, scripts): (Vec<GlyphRun>, _) = (Vec::new(), scripts_of(text));
        let mut add = |range: Range<usize>, number: usize, script: Option<Script>| {
            let face = (number, is_bold);
            match runs.last_mut() {
                Some(last)
                    if last.face == face && (script.is_none() || last.script.is_none() || last.script == script) =>
                {
                    last.range.end = range.end;
                    last.script = last.script.or(script);
                }
                _ => runs.push(GlyphRun { range, face, script }),
            }
        };
        for word in words(text, stretch) {
            let script = text[word.clone()].chars().find_map(script_of);
            if let Some(number) = self.font_of(&text[word.clone()], &scripts, is_bold) {
                add(word, number, script);
                continue;
            }
            let mut start = word.start;
            for end in ends_of_clusters(&text[word.clone()]) {
                let end = word.start + end;
                let cluster = &text[start..end];
                add(
                    start..end,
                    self.font_of(cluster, &scripts, is_bold).unwrap_or(0),
                    cluster.chars().find_map(script_of),
                );
                start = end;
            }
        }
        runs
    }

    /// Shapes a run and adds its glyphs at the right end of a line.
    fn add(&self, line: &mut ShapedLine, text: &str, run: &GlyphRun, is_from_right: bool) {
        let Some(face) = self.face(run.face) else { return };
        let mut buffer = UnicodeBuffer::new();
        for (at, letter) in text[run.range.clone()].char_indices() {
            let is_mark_of_direction = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if !is_mark_of_direction {
                buffer.add(if letter.is_control() { ' ' } else { letter }, u32::try_from(at).unwrap_or_default());
            }
        }
        buffer.set_direction(if is_from_right { Direction::RightToLeft } else { Direction::LeftToRight });
        let tag = run.script.and_then(|script| <[u8; 4]>::try_from(script.short_name().as_bytes()).ok());
        if let Some(script) = tag.and_then(|tag| rustybuzz::Script::from_iso15924_tag(Tag::from_bytes(&tag))) {
            buffer.set_script(script);
        }
        if let Some(file) = run.face.0.checked_sub(1).map(|file| &self.fonts.files[file])
            && file.is_of_machine()
        {
            self.fonts.journal.enter_file(file.path.clone());
        }
        let Some(glyphs) = guarded(|| rustybuzz::shape(face, &[], buffer)) else { return };
        let em = f64::from(face.units_per_em()).max(1.0);
        for (info, place) in glyphs.glyph_infos().iter().zip(glyphs.glyph_positions()) {
            let [right, up, advance] =
                [place.x_offset, place.y_offset, place.x_advance].map(|units| f64::from(units) / em);
            let glyph = u16::try_from(info.glyph_id).unwrap_or_default();
            line.glyphs.push(PlacedGlyph { face: run.face, glyph, at: (line.width + right, -up) });
            line.width += advance;
        }
    }

    /// Outlines of the glyphs of a line.
    pub(crate) fn outline(&self, line: &ShapedLine) -> Vec<OutlineStep> {
        let mut steps = Vec::new();
        for glyph in &line.glyphs {
            let Some(face) = self.face(glyph.face) else { continue };
            let mut pen = Pen { steps: Vec::new(), origin: glyph.at, em: f64::from(face.units_per_em()).max(1.0) };
            if guarded(|| face.outline_glyph(GlyphId(glyph.glyph), &mut pen)).flatten().is_some() {
                steps.append(&mut pen.steps);
            }
        }
        steps
    }
}

/// Scripts of a line.
fn scripts_of(text: &str) -> Vec<Script> {
    let mut scripts = Vec::new();
    for script in text.chars().filter_map(script_of) {
        if !scripts.contains(&script) {
            scripts.push(script);
        }
    }
    scripts
}

/// Words of a stretch, the blanks after each with it, and the parts of a word of several scripts.
fn words(text: &str, stretch: Range<usize>) -> Vec<Range<usize>> {
    let mut words = vec![];
    let (mut start, mut after_blank, mut script) = (stretch.start, false, None);
    for (at, letter) in text[stretch.clone()].char_indices() {
        let own = script_of(letter);
        if (after_blank && !letter.is_whitespace()) || (own.is_some() && script.is_some() && own != script) {
            words.push(start..stretch.start + at);
            start = stretch.start + at;
            script = None;
        }
        after_blank = letter.is_whitespace();
        script = own.or(script);
    }
    words.push(start..stretch.end);
    words
}

/// True for a letter that stands by itself, from left to right.
fn is_simple(letter: char) -> bool {
    use BidiClass::{AL, AN, NSM, R};
    let is_mark = letter.general_category_group() == GeneralCategoryGroup::Mark;
    !is_mark && !is_inkless_but_blank(letter) && !matches!(bidi_class(letter), AL | AN | NSM | R)
}

/// True for characters without ink that a font may show all the same.
fn is_inkless_but_blank(letter: char) -> bool {
    is_inkless(letter) && !letter.is_whitespace()
}

/// Runs a step over a font that may be damaged; a panic in it is as if the font had nothing.
fn guarded<T>(step: impl FnOnce() -> T) -> Option<T> {
    // The face is only read, so nothing is left half done.
    catch_unwind(AssertUnwindSafe(step)).ok()
}

/// Collects an outline at its place.
struct Pen {
    steps: Vec<OutlineStep>,
    origin: (f64, f64),
    em: f64,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> (f64, f64) {
        (self.origin.0 + f64::from(x) / self.em, self.origin.1 - f64::from(y) / self.em)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.steps.push(OutlineStep::Move(self.at(x, y)));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.steps.push(OutlineStep::Line(self.at(x, y)));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.steps.push(OutlineStep::Quadratic(self.at(x1, y1), self.at(x, y)));
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.steps.push(OutlineStep::Cubic(self.at(x1, y1), self.at(x2, y2), self.at(x, y)));
    }

    fn close(&mut self) {
        self.steps.push(OutlineStep::Close);
    }
}
