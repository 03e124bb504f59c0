//! Journal of pictures: texts that no font could draw, and fonts of the machine that were used.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Fonts;
use super::scripts::{Scripts, advice, listed, names};

/// Maximum examples in a notice.
const MAX_EXAMPLES: usize = 3;

#[derive(Debug, Default)]
pub(super) struct Journal(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    /// Texts with the scripts of their characters that no font has.
    undrawn: BTreeMap<String, Scripts>,
    system_files: BTreeSet<PathBuf>,
}

impl Journal {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a text that was not drawn, or not in full.
    pub(super) fn enter_undrawn(&self, text: &str, scripts: Scripts) {
        self.entries().undrawn.entry(text.to_owned()).or_default().extend(scripts);
    }

    /// Enters a font of the machine.
    pub(super) fn enter_file(&self, path: PathBuf) {
        self.entries().system_files.insert(path);
    }

    pub(super) fn system_files(&self) -> Vec<PathBuf> {
        self.entries().system_files.iter().cloned().collect()
    }

    /// Notice on what could not be drawn.
    pub(super) fn undrawn(&self, fonts: &Fonts) -> Option<String> {
        let entries = self.entries();
        let texts: Vec<&str> = entries.undrawn.keys().map(String::as_str).collect();
        let scripts: Scripts = entries.undrawn.values().flatten().copied().collect();
        let examples: Vec<String> = texts.iter().take(MAX_EXAMPLES).map(|text| format!("\"{text}\"")).collect();
        let [name, codes, it] =
            if texts.len() == 1 { ["name", "its code", "it"] } else { ["names", "their codes", "them"] };
        let rest = if texts.len() > MAX_EXAMPLES { " …" } else { "" };
        (!texts.is_empty()).then(|| {
            format!(
                "{} {name} in {} cannot be drawn ({}{rest}): pictures have {codes} or boxes in place of {it}; {}",
                texts.len(),
                listed(&names(&scripts)),
                examples.join(", "),
                advice(&scripts, fonts)
            )
        })
    }
}
