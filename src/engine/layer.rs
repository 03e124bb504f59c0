//! A layer by itself: saved, or encoded into memory, as the internal profile releases it.

use std::path::Path;

use geojson::FeatureCollection;

use crate::disclosure::Profile;
use crate::format::ReadFiles;
use crate::layer::Layer;
use crate::output::{self, EncodeError, Format, OutputError, OwnEncoders};
use crate::watch::Watch;

impl Layer {
    /// Writes the layer, released by the internal profile, in the format of the path's extension. The file is complete or untouched,
    /// never half written.
    ///
    /// # Errors
    /// An extension that no [`Encoder`](crate::Encoder) of a layer has; a place that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), OutputError> {
        self.save_all(&[path.as_ref()])
    }

    /// Writes several files, side by side: all of them, or none.
    ///
    /// # Errors
    /// The error of the first path that has one; errors of [`Self::save`].
    pub fn save_all(&self, paths: &[impl AsRef<Path> + Sync]) -> Result<(), OutputError> {
        let release = Profile::default().release(self);
        let (read, watch) = (ReadFiles::default(), Watch::default());
        output::save::<Self>(&release, paths, &[], None, &read, &watch, &OwnEncoders::default())
    }

    /// Bytes of the layer, released by the internal profile, in a format.
    ///
    /// ```
    /// use tensionmap::{Engine, Format, sample};
    /// let run = Engine::builder().as_of(sample::AS_OF).build()?.incidents(sample::incidents())?.run()?;
    /// let png = run.layer.encode(Format::Png)?;
    /// assert!(png.starts_with(b"\x89PNG"));
    /// let problem = run.layer.encode(Format::Gif).unwrap_err().to_string();
    /// assert!(problem.starts_with("a layer cannot be encoded as gif; expected one of png, svg, geojson"));
    /// # Ok::<(), tensionmap::Error>(())
    /// ```
    ///
    /// # Errors
    /// A format that a layer has no encoder of, or that cannot hold it.
    pub fn encode(&self, format: Format) -> Result<Vec<u8>, OutputError> {
        OwnEncoders::default().encode::<Self>(&Profile::default().release(self), format)
    }

    /// The layer, released by the internal profile, as features: those of the GeoJSON file, with its provenance as the member
    /// `tensionmap`.
    ///
    /// ```
    /// use tensionmap::{Engine, sample};
    /// let run = Engine::builder().as_of(sample::AS_OF).build()?.incidents(sample::incidents())?.run()?;
    /// let collection = run.layer.to_geojson()?;
    /// assert_eq!(collection.features.len(), run.scores.cells.len());
    /// assert!(collection.features[0].property("score").is_some());
    /// # Ok::<(), tensionmap::Error>(())
    /// ```
    ///
    /// # Errors
    /// Numbers that GeoJSON cannot hold.
    pub fn to_geojson(&self) -> Result<FeatureCollection, OutputError> {
        let bytes = self.encode(Format::GeoJson)?;
        Ok(serde_json::from_slice(&bytes).map_err(|error| EncodeError::Content(error.into()))?)
    }
}
