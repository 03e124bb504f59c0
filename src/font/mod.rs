//! Fonts: files of letters, the characters that each can draw, and lines of text shaped into glyphs by them.

mod breaks;
mod file;
mod journal;
mod scripts;
mod shape;
mod system;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use breaks::{ends_of_clusters, pieces};
pub use file::FontError;
use file::FontFile;
use journal::Journal;
pub(crate) use scripts::{advice, isolated};
pub(crate) use shape::{OutlineStep, Typesetter};

/// Fonts of pictures: the built-in one, then files in the order given, each for characters that those before it lack.
///
/// They keep a journal of what pictures could not draw; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Fonts {
    files: Arc<Vec<FontFile>>,
    journal: Arc<Journal>,
    with_system: bool,
}

/// Name that stands for the fonts of the machine.
pub(crate) const SYSTEM: &str = "system";

impl Fonts {
    /// Reads font files; `system` stands for known fonts in the folders of this machine, which are read when they are needed.
    ///
    /// # Errors
    /// A file that cannot be read, or is not a font with outlines.
    pub(crate) fn load(names: &[String]) -> Result<Self, FontError> {
        let mut files = Vec::new();
        for name in names {
            if name == SYSTEM {
                files.extend(system::files());
            } else {
                files.push(FontFile::load(Path::new(name))?);
            }
        }
        let with_system = names.iter().any(|name| name == SYSTEM);
        Ok(Self { files: Arc::new(files), journal: Arc::default(), with_system })
    }

    /// True if nothing was asked for but the built-in font.
    fn is_built_in(&self) -> bool {
        self.files.is_empty() && !self.with_system
    }

    /// Notices on the pictures drawn so far: names that no font could draw, and fonts of this machine that were used.
    pub(crate) fn notices(&self) -> Vec<String> {
        let names: Vec<String> = self.system_files().iter().filter_map(|path| name_of(path)).collect();
        let of_machine = (!names.is_empty()).then(|| {
            format!("fonts of this machine are in the pictures, which may look different elsewhere; give them with --font FILE: {}", names.join(", "))
        });
        self.journal.undrawn(self).into_iter().chain(of_machine).collect()
    }

    /// Fonts of the machine that were used so far.
    pub(crate) fn system_files(&self) -> Vec<PathBuf> {
        self.journal.system_files()
    }
}

/// Equal if they have the same files.
impl PartialEq for Fonts {
    fn eq(&self, other: &Self) -> bool {
        let paths = |fonts: &Self| fonts.files.iter().map(|file| file.path.clone()).collect::<Vec<_>>();
        paths(self) == paths(other)
    }
}

fn name_of(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_string_lossy().into_owned())
}
