//! What a run was told to read, for its manifest.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Run;
use crate::config::Settings;
use crate::ingest::{FileTally, Input, Ledger};
use crate::output::{self, About, Content, Manifest, OutputError, Records, Source};

/// The settings of a run and where everything that it reads lies.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    pub(super) settings: Settings,
    /// Row by row as the ledger of reports.
    reports: Vec<Place>,
    others: Vec<(&'static str, String, Place)>,
}

/// Where bytes that were read can be found.
#[derive(Clone, Debug)]
enum Place {
    File(PathBuf),
    /// They were in memory.
    Known(Content),
    /// Nowhere: standard input, a frame.
    Gone,
}

impl From<&Input> for Place {
    fn from(input: &Input) -> Self {
        match input {
            Input::Path(path) => Self::File(path.clone()),
            Input::Bytes(_, bytes) => Self::Known(Content::of(bytes)),
            _ => Self::Gone,
        }
    }
}

impl Sources {
    /// Inputs that the settings name; the study area and indicators are added where they are read.
    pub(super) fn new(settings: Settings) -> Self {
        let mut sources = Self { settings, ..Self::default() };
        for file in sources.settings.files() {
            if !file.is_output && !["area", "indicator"].contains(&file.setting) {
                sources.add(file.setting, &Input::Path(file.path));
            }
        }
        sources
    }

    /// Enters a file that is no file of reports.
    pub(super) fn add(&mut self, role: &'static str, input: &Input) {
        self.others.push((role, bare(&input.name()), input.into()));
    }

    /// Enters a file of reports, as it is entered into the ledger.
    pub(super) fn add_reports(&mut self, input: Option<&Input>) {
        self.reports.push(input.map_or(Place::Gone, Place::from));
    }

    /// What a manifest tells of a run: its settings, everything that was read with its hash, and where the results come from.
    /// Nothing is read again where no manifest is asked for.
    pub(super) fn told(
        &self,
        manifest: Option<Manifest>,
        ledger: &Ledger,
        provenance: impl FnOnce() -> Value,
    ) -> Result<Option<(Manifest, About)>, OutputError> {
        let Some(manifest) = manifest else { return Ok(None) };
        let inputs = self.read(&ledger.files)?;
        Ok(Some((manifest, About { settings: self.settings(), inputs, provenance: provenance() })))
    }

    /// Everything that was read, with its hash.
    fn read(&self, ledger: &[FileTally]) -> Result<Vec<Source>, OutputError> {
        let report = |(file, place): (&FileTally, &Place)| {
            let records = Records { read: file.read, accepted: file.accepted, quarantined: file.quarantined() };
            let source = Source { role: "reports", name: bare(&file.name), content: None, records: Some(records) };
            (source, place.clone())
        };
        let other = |(role, name, place): &(&'static str, String, Place)| {
            (Source { role, name: name.clone(), content: None, records: None }, place.clone())
        };
        let mut all: Vec<(Source, Place)> =
            ledger.iter().zip(&self.reports).map(report).chain(self.others.iter().map(other)).collect();
        let path = |(_, place): &(Source, Place)| if let Place::File(path) = place { Some(path.clone()) } else { None };
        let paths: Vec<PathBuf> = all.iter().filter_map(path).collect();
        let mut contents = Content::of_files(&paths).into_iter().zip(&paths);
        for (source, place) in &mut all {
            source.content = match place {
                Place::Gone => None,
                Place::Known(content) => Some(content.clone()),
                Place::File(_) => match contents.next() {
                    Some((Ok(content), _)) => Some(content),
                    Some((Err(error), path)) => {
                        return Err(OutputError::Reread { path: path.display().to_string(), source: error });
                    }
                    None => None,
                },
            };
        }
        // Sorted, and one entry a file: which was named first is no part of a result.
        let mut read: Vec<Source> = all.into_iter().map(|(source, _)| source).collect();
        let key = |source: &Source| (source.role, source.name.clone(), source.content.clone(), source.records);
        read.sort_by_cached_key(key);
        read.dedup_by_key(|source| key(source));
        Ok(read)
    }

    /// Settings that affect the result, paths without their folders.
    fn settings(&self) -> Value {
        let settings = Settings { threads: None, ..self.settings.clone() }.without_folders();
        let mut settings = serde_json::to_value(settings).unwrap_or_default();
        if let Value::Object(settings) = &mut settings {
            settings.retain(|_, value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()));
        }
        settings
    }
}

/// The name only.
fn bare(name: &str) -> String {
    Path::new(name).file_name().map_or_else(|| name.to_owned(), |name| name.to_string_lossy().into_owned())
}

impl Run {
    /// Writes the layer to several files and texts to others, and last of all the manifest: all of them, or none.
    ///
    /// ```
    /// use tensionmap::{Engine, output::Manifest, sample};
    /// let run = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.run()?;
    /// let folder = std::env::temp_dir().join("tensionmap-bundle");
    /// std::fs::create_dir_all(&folder)?;
    /// let manifest = Manifest::claim(&folder.join(Manifest::NAME))?;
    /// run.save_all(&[folder.join("map.gpkg"), folder.join("map.csv")], &[], Some(manifest))?;
    /// let text = std::fs::read_to_string(folder.join(Manifest::NAME))?;
    /// assert!(text.contains("\"role\": \"reports\"") && text.contains("\"name\": \"map.gpkg\""));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// That of the first path that has one; an input that cannot be read a second time, for its hash.
    pub fn save_all(
        &self,
        paths: &[impl AsRef<Path> + Sync],
        texts: &[(PathBuf, String)],
        manifest: Option<Manifest>,
    ) -> Result<(), OutputError> {
        let manifest = self.sources.told(manifest, &self.ledger, || self.layer.provenance().to_json())?;
        output::save_layer(&self.layer, paths, texts, manifest)
    }
}
