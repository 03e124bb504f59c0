//! Font files: read, and checked before any text is set with them.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustybuzz::ttf_parser::cmap::Subtable;
use rustybuzz::ttf_parser::{Face, FaceParsingError, OutlineBuilder};
use unicode_script::Script;

use crate::small_file;

/// Maximum size of a font file: the largest collections of East Asian fonts have two thirds of it.
const MAX_BYTES: u64 = 128 << 20;

/// A font file. Only its first font is used, if it is a collection.
#[derive(Debug)]
pub(super) struct FontFile {
    pub(super) path: PathBuf,
    /// Scripts for which a font of the machine is looked at; `None` for a font that was given by name.
    scripts: Option<Vec<Script>>,
    bytes: OnceLock<Vec<u8>>,
}

/// A font that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum FontError {
    #[error("{file}: cannot be read; give --font the path of a .ttf, .otf or .ttc file")]
    Unreadable { file: String, source: std::io::Error },
    #[error(
        "{file}: {found}, and not a font that can be used; expected a TrueType or OpenType file (.ttf, .otf, .ttc){advice}"
    )]
    NotAFont { file: String, found: String, advice: &'static str },
}

impl FontError {
    /// File at fault, as it was named.
    pub(crate) fn file(&self) -> &str {
        match self {
            Self::Unreadable { file, .. } | Self::NotAFont { file, .. } => file,
        }
    }
}

impl FontFile {
    /// Reads a font and checks it.
    pub(super) fn load(path: &Path) -> Result<Self, FontError> {
        let bytes = read(path)?;
        check(path, &bytes)?;
        Ok(Self { path: path.to_owned(), scripts: None, bytes: OnceLock::from(bytes) })
    }

    /// A font of the machine for some scripts, or for any if there are none, which is read when it is needed.
    pub(super) fn of_machine(path: PathBuf, scripts: Vec<Script>) -> Self {
        Self { path, scripts: Some(scripts), bytes: OnceLock::new() }
    }

    pub(super) fn is_of_machine(&self) -> bool {
        self.scripts.is_some()
    }

    /// True if the font may have characters of a script.
    pub(super) fn is_for(&self, script: Script) -> bool {
        self.scripts.as_ref().is_none_or(|scripts| scripts.is_empty() || scripts.contains(&script))
    }

    /// Bytes of the font; empty for one of the machine that cannot be used.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get_or_init(|| {
            let sound = read(&self.path).and_then(|bytes| check(&self.path, &bytes).map(|()| bytes));
            sound.unwrap_or_default()
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, FontError> {
    let failed = |source| FontError::Unreadable { file: path.display().to_string(), source };
    small_file::bytes(path, MAX_BYTES, "a font").map_err(failed)
}

/// First bytes of files that are taken for fonts, with their names and a way out.
const FOREIGN: [(&[u8], &str, &str); 6] = [
    (b"wOFF", "is a web font (WOFF)", "; unpack it, for example with fontTools: TTFont(FILE), flavor = None, save"),
    (b"wOF2", "is a web font (WOFF2)", "; unpack it with woff2_decompress, or take the .ttf of the same family"),
    (b"%!PS", "is a PostScript font", "; take the .otf of the same family"),
    (b"\x89PNG", "is a PNG picture", ""),
    (b"PK\x03\x04", "is a ZIP archive", "; unpack it and give a file in it"),
    (b"<", "is text such as HTML, as downloads that failed are", "; download the font again"),
];

/// Errors if bytes are not a whole font with outlines.
fn check(path: &Path, bytes: &[u8]) -> Result<(), FontError> {
    let refused = |found: String, advice| Err(FontError::NotAFont { file: path.display().to_string(), found, advice });
    if bytes.is_empty() {
        return refused("is empty".to_owned(), "");
    }
    if let Some((_, found, advice)) = FOREIGN.into_iter().find(|(head, ..)| bytes.starts_with(head)) {
        return refused(found.to_owned(), advice);
    }
    let again = "; copy or download it again";
    let face = match Face::parse(bytes, 0) {
        Ok(face) => face,
        Err(FaceParsingError::UnknownMagic) => {
            let head: Vec<String> = bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            return refused(format!("begins with the bytes {}", head.join(" ")), "");
        }
        Err(error) => return refused(format!("is damaged or cut short ({error})"), again),
    };
    let tables = face.raw_face().table_records;
    let end = tables.into_iter().map(|table| (u64::from(table.offset) + u64::from(table.length), table.tag)).max();
    if let Some((end, tag)) = end.filter(|(end, _)| *end > bytes.len() as u64) {
        return refused(format!("is cut short: its table {tag} ends at byte {end} of {}", bytes.len()), again);
    }
    let mut codes = 0_u32;
    let mut is_drawn = false;
    let tables = face.tables().cmap.iter().flat_map(|cmap| cmap.subtables);
    for table in tables.filter(Subtable::is_unicode) {
        table.codepoints(|code| {
            codes = codes.saturating_add(1);
            // Some hundred characters show whether there are outlines.
            if codes < 1000 && !is_drawn {
                is_drawn =
                    table.glyph_index(code).is_some_and(|glyph| face.outline_glyph(glyph, &mut Nowhere).is_some());
            }
        });
    }
    if codes == 0 {
        return refused("has no table of Unicode characters".to_owned(), "");
    }
    if !is_drawn {
        return refused(
            "has no outlines of letters, as fonts of coloured pictures".to_owned(),
            "; take a font of outlines, such as Noto Emoji in place of Noto Color Emoji",
        );
    }
    Ok(())
}

/// Outline that is only asked whether it exists.
pub(super) struct Nowhere;

impl OutlineBuilder for Nowhere {
    fn move_to(&mut self, _: f32, _: f32) {}
    fn line_to(&mut self, _: f32, _: f32) {}
    fn quad_to(&mut self, _: f32, _: f32, _: f32, _: f32) {}
    fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, _: f32) {}
    fn close(&mut self) {}
}
