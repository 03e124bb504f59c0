//! A run: one product, the account of what was read for it, and one way to save it.

use std::ops::Deref;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::embedder::Embedder;
use super::{Map, Progress, Sources};
use crate::config::MaxRejects;
use crate::disclosure::{Profile, Release};
use crate::ingest::Ledger;
use crate::output::{self, Format, Manifest, OutputError, Product, Summary};

/// A product with the account of its input. It can be used as its product: `run.layer` is `run.product.layer`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Run<P = Map> {
    /// The result itself.
    pub product: P,
    /// Account of every report.
    pub ledger: Ledger,
    /// Account of every area of the polygon files: the study area's, then one account an indicator.
    pub areas: Ledger,
    /// Automatic choices and limits that a reader must know, in words.
    pub notices: Vec<String>,
    /// True if no more reports, and no more areas, were quarantined than the settings allow.
    pub within_max_rejects: bool,
    /// Sentence on the records above that limit, and the flag that accepts them.
    pub(crate) excess: Option<String>,
    /// Sentences on what stands out, for a product that has none of its own; among the notices too.
    pub(super) findings: Vec<String>,
    pub(super) profile: Profile,
    /// Files and settings that the manifest names.
    pub(super) sources: Sources,
    pub(super) embedder: Embedder,
}

impl<P> Deref for Run<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.product
    }
}

impl<P> Run<P> {
    /// A run with the ledgers of its reports and its areas.
    pub(super) fn new(
        product: P,
        [ledger, areas]: [Ledger; 2],
        notices: Vec<String>,
        max_rejects: MaxRejects,
        sources: Sources,
        embedder: Embedder,
    ) -> Self {
        let excess = max_rejects.excess([&ledger, &areas]);
        let within_max_rejects = excess.is_none();
        let (findings, profile) = (Vec::new(), Profile::default());
        Self { product, ledger, areas, notices, within_max_rejects, excess, findings, profile, sources, embedder }
    }

    /// Replaces the product and keeps the account.
    pub(super) fn map<Q>(self, make: impl FnOnce(P) -> Q) -> Run<Q> {
        let Self { product, ledger, areas, notices, within_max_rejects, excess, findings, profile, sources, embedder } =
            self;
        Run {
            product: make(product),
            ledger,
            areas,
            notices,
            within_max_rejects,
            excess,
            findings,
            profile,
            sources,
            embedder,
        }
    }
}

impl<P: Product> Run<P> {
    /// The product as it may leave, with the notices.
    #[must_use]
    pub fn release(&self) -> Release<'_, P::Released> {
        self.profile.release(self.product.released()).with_notices(&self.notices)
    }

    /// Notices on the pictures drawn so far: names that no font could draw, and fonts of this machine that were used.
    #[must_use]
    pub fn picture_notices(&self) -> Vec<String> {
        self.sources.fonts.notices()
    }

    /// Provenance as JSON: how the product was made and from what.
    #[must_use]
    pub fn provenance(&self) -> Value {
        P::provenance_json(&self.release())
    }

    /// Most important results, for people and for machines.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = P::summary(&self.release());
        summary.lines.extend(self.findings.iter().cloned());
        summary
    }

    /// Bytes of the product in a format.
    ///
    /// # Errors
    /// A format that the product has no encoder of, or that cannot hold it.
    pub fn encode(&self, format: Format) -> Result<Vec<u8>, OutputError> {
        self.embedder.encoders.encode::<P>(&self.release(), format)
    }

    /// Bytes of the product in the format of an extension such as `png`.
    #[cfg(feature = "cli")]
    pub(crate) fn to_bytes(&self, extension: &str) -> Result<Vec<u8>, OutputError> {
        let encoder = self.embedder.encoders.for_path::<P>(Path::new(&format!("result.{extension}")))?;
        let mut bytes = Vec::new();
        encoder.encode(&self.release(), &mut bytes)?;
        Ok(bytes)
    }

    /// Writes the product in the format of the path's extension. The file is complete or untouched, never half written.
    ///
    /// # Errors
    /// Errors of [`Self::save_all`].
    pub fn save(&self, path: impl AsRef<Path> + Sync) -> Result<(), OutputError> {
        self.save_all(&[path], &[], None)
    }

    /// Writes the product to several files and texts to others, and last of all the manifest: all of them, or none.
    ///
    /// ```
    /// use tensionmap::{Engine, Manifest, sample};
    /// let run = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.run()?;
    /// let folder = std::env::temp_dir().join("tensionmap-bundle");
    /// std::fs::create_dir_all(&folder)?;
    /// let manifest = Manifest::claim(&Manifest::beside(&folder.join("map.gpkg")))?;
    /// run.save_all(&[folder.join("map.gpkg"), folder.join("map.csv")], &[], Some(manifest))?;
    /// let text = std::fs::read_to_string(folder.join("map.manifest.json"))?;
    /// assert!(text.contains("\"role\": \"reports\"") && text.contains("\"name\": \"map.gpkg\""));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The error of the first path that has one: an unknown extension, a place that cannot be written, a product that
    /// the format cannot hold. An input that cannot be read a second time for its hash. A run that is stopped.
    pub fn save_all(
        &self,
        paths: &[impl AsRef<Path> + Sync],
        texts: &[(PathBuf, String)],
        manifest: Option<Manifest>,
    ) -> Result<(), OutputError> {
        let Embedder { watch, encoders, .. } = &self.embedder;
        paths.iter().try_for_each(|path| encoders.for_path::<P>(path.as_ref()).map(drop))?;
        self.embedder.tell(Progress::Writing { results: paths.len() })?;
        let release = self.release();
        let manifest = self.sources.manifest(manifest, &self.ledger, || P::provenance_json(&release))?;
        output::save::<P>(&release, paths, texts, manifest, &self.sources.kept_files(), watch, encoders)
    }
}
