//! Calibration: a method with a frozen anchor, so that maps of different dates compare.

use std::io::Write;
use std::path::Path;

use serde_json::json;

use super::Prepared;
use crate::error::Error;
use crate::output::{self, Manifest, OutputError};
use crate::score::{Anchor, Method, ScoreError};

impl Prepared {
    /// The method with its anchor frozen: D½ calibrated on the history before the as-of, and with evidence the as-of as its
    /// date. Requested classes are frozen
    /// at the breaks that they have at the as-of.
    ///
    /// # Errors
    /// Errors of [`Self::scoring`]; no report before the window to calibrate on; classes that all cells share.
    pub fn calibrate(&self) -> Result<Method, Error> {
        let fresh = Method { d_half: None, anchor_date: None, ..self.method.clone() };
        let scoring = self.scoring_by(&fresh)?;
        let Anchor::Calibrated(d_half) = self.pool.install(|| scoring.anchor(self.as_of)) else {
            return Err(ScoreError::NothingToCalibrate { as_of: self.as_of }.into());
        };
        let anchor_date = self.method.evidence.is_some().then_some(self.as_of);
        let mut method = Method { d_half: Some(d_half), anchor_date, ..self.method.clone() };
        if self.plan.view(&method.breaks).classes.is_some() {
            let scored = self.scored(&self.scoring_by(&method)?);
            let layer = self.layer(&method, &scored, None)?;
            method.breaks.insert(layer.legend().property.clone(), layer.legend().breaks());
            method.check()?;
        }
        Ok(method)
    }

    /// Writes a method as TOML, and last of all the manifest of what it was calibrated on: both, or none.
    ///
    /// # Errors
    /// A place that cannot be written; an input that cannot be read a second time, for its hash.
    pub fn save_method(&self, method: &Method, path: &Path, manifest: Option<Manifest>) -> Result<(), OutputError> {
        let manifest = self.sources.manifest(manifest, &self.ledger, || {
            json!({"as_of": self.as_of.to_string(), "method": method.name, "method_hash": method.hash(),
                   "d_half": method.d_half, "density": method.density.unit()})
        })?;
        output::save_as(&[path], &[], manifest, &self.sources.kept_files(), &self.embedder.watch, |path, file| {
            file.write_all(method.to_toml().as_bytes()).map(|()| Vec::new()).map_err(OutputError::at(path))
        })
    }
}
