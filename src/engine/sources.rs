//! Input files and settings of a run, for its manifest.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::config::{Reading, Settings};
use crate::font::Fonts;
use crate::format::{Input, ReadFiles, archive};
use crate::ingest::{FileTally, Ledger};
use crate::output::{Content, InputFile, Manifest, ManifestContent, OutputError, RecordCounts};

/// Settings of a run and the location of every file that it reads.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    pub(super) settings: Settings,
    /// Row by row as the ledger of reports, with the options of reading each.
    reports: Vec<(InputLocation, Map<String, Value>)>,
    others: Vec<(InputFile, InputLocation)>,
    /// Fonts of pictures, those of the machine not among the files before they are used.
    pub(super) fonts: Fonts,
}

/// Path of bytes that were read, or their size and hash if they are in memory; neither for standard input and frames.
type InputLocation = (Option<PathBuf>, Option<Content>);

fn location(input: &Input) -> InputLocation {
    match input {
        Input::Path(_) => {
            let path = input.part().file;
            // A member of an archive is recorded by the archive.
            let file = archive::split(path).map_or_else(|| path.to_owned(), |(file, _)| file);
            // A pipe has no bytes left to hash.
            (Some(file).filter(|file| file.is_file()), None)
        }
        Input::Bytes(_, bytes) => (None, Some(Content::of(bytes))),
        _ => (None, None),
    }
}

impl Sources {
    /// Inputs that the settings name; the study area and indicators are added where they are read.
    pub(super) fn new(settings: Settings, fonts: Fonts) -> Self {
        // Inputs and outputs are listed with what was read and written.
        let settings = Settings { input: Vec::new(), output: Vec::new(), ..settings };
        let mut sources = Self { settings, fonts, ..Self::default() };
        for file in sources.settings.files() {
            if !file.is_output && !["area", "indicator"].contains(&file.setting) {
                sources.add(file.setting, &Input::Path(file.path));
            }
        }
        sources
    }

    /// Enters a file that does not hold reports.
    pub(super) fn add(&mut self, role: &'static str, input: &Input) {
        let name = file_name(&input.name());
        let file = InputFile { role, name, content: None, records: None, options: Map::new() };
        self.others.push((file, location(input)));
    }

    /// Enters a file of reports, as it is entered into the ledger.
    pub(super) fn add_reports(&mut self, input: Option<&Input>, reading: &Reading) {
        for file in reading.settings().files() {
            self.add(file.setting, &Input::Path(file.path));
        }
        self.reports.push((input.map_or((None, None), location), reading.settings().recorded()));
    }

    /// Files on disk that results must not replace: all that were read, and the quarantine file.
    pub(super) fn kept_files(&self) -> ReadFiles {
        let mut kept = self.read_files();
        if let Some(path) = &self.settings.quarantine {
            kept.add(&Input::Path(path.clone()));
        }
        kept
    }

    /// Files on disk that were read.
    pub(super) fn read_files(&self) -> ReadFiles {
        let reports = self.reports.iter().map(|(place, _)| place);
        let mut read = ReadFiles::default();
        for path in reports.chain(self.others.iter().map(|(_, place)| place)).filter_map(|(path, _)| path.as_ref()) {
            read.add(&Input::Path(path.clone()));
        }
        read
    }

    /// Options of reading each file of reports.
    pub(super) fn options(&self) -> impl Iterator<Item = &Map<String, Value>> {
        self.reports.iter().map(|(_, options)| options)
    }

    /// Reverses the files of reports from a place on.
    pub(super) fn reverse_reports(&mut self, first: usize) {
        self.reports[first..].reverse();
    }

    /// Content of the manifest: settings, input files with their hashes, provenance. Files are read again only if a manifest is
    /// wanted.
    pub(super) fn manifest(
        &self,
        manifest: Option<Manifest>,
        ledger: &Ledger,
        provenance: impl FnOnce() -> Value,
    ) -> Result<Option<(Manifest, ManifestContent)>, OutputError> {
        let Some(manifest) = manifest else { return Ok(None) };
        let inputs = self.read(&ledger.files)?;
        let (settings, fonts) = (self.settings(), self.fonts.clone());
        Ok(Some((manifest, ManifestContent { settings, inputs, provenance: provenance(), fonts })))
    }

    /// Input files with their hashes.
    fn read(&self, ledger: &[FileTally]) -> Result<Vec<InputFile>, OutputError> {
        let report = |(file, (place, options)): (&FileTally, &(InputLocation, Map<String, Value>))| {
            let records = RecordCounts { read: file.read, accepted: file.accepted, quarantined: file.quarantined() };
            let name = file_name(&file.name);
            let options = options.clone();
            (InputFile { role: "reports", name, content: None, records: Some(records), options }, place.clone())
        };
        let all = ledger.iter().zip(&self.reports).map(report).chain(self.others.iter().cloned());
        let (mut read, places): (Vec<InputFile>, Vec<InputLocation>) = all.unzip();
        let paths: Vec<PathBuf> = places.iter().filter_map(|(path, _)| path.clone()).collect();
        let mut contents = Content::of_files(&paths).into_iter();
        for (file, (path, content)) in read.iter_mut().zip(places) {
            let Some(path) = path else {
                file.content = content;
                continue;
            };
            let failed = |source| OutputError::Reread { path: path.display().to_string(), source };
            file.content = contents.next().transpose().map_err(failed)?;
        }
        // Sorted, and one entry a file: the order in which files were named is not part of a result.
        let key = |source: &InputFile| (source.role, source.name.clone(), source.content.clone(), source.records);
        read.sort_by_cached_key(key);
        read.dedup_by_key(|source| key(source));
        Ok(read)
    }

    /// Settings that affect the result, paths without their folders.
    fn settings(&self) -> Value {
        Value::Object(Settings { threads: None, ..self.settings.clone() }.recorded())
    }
}

/// File name without its folder; of a member of an archive with its path from there.
pub(super) fn file_name(name: &str) -> String {
    if let Some((file, member)) = Some(Path::new(name)).filter(|path| !path.exists()).and_then(archive::split) {
        return format!("{}/{member}", file_name(&file.to_string_lossy()));
    }
    Path::new(name).file_name().map_or_else(|| name.to_owned(), |name| name.to_string_lossy().into_owned())
}
