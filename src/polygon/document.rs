//! The features of a file of polygons as they were written: evidence for the quarantine.

use std::ops::Range;
use std::sync::Arc;

use geojson::JsonObject;

use crate::format::FilePosition;
use crate::format::features::RawFeature;
use crate::format::geojson::features::properties_text;

/// The features of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Document {
    text: Arc<String>,
    features: Arc<Vec<DocumentFeature>>,
}

#[derive(Clone, Debug)]
struct DocumentFeature {
    /// Bytes of [`Document::text`].
    range: Range<usize>,
    position: FilePosition,
}

impl Document {
    /// Keeps a feature; returns its number, from 1.
    pub(super) fn push(&mut self, feature: &RawFeature<'_>) -> u64 {
        let (text, features) = (Arc::make_mut(&mut self.text), Arc::make_mut(&mut self.features));
        let from = text.len();
        text.push_str(&feature.text());
        features.push(DocumentFeature { range: from..text.len(), position: feature.position });
        features.len() as u64
    }

    /// A feature by its number, from 1.
    fn get(&self, number: u64) -> Option<&DocumentFeature> {
        self.features.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    /// A feature as it is written.
    pub(super) fn raw(&self, number: u64) -> &str {
        self.get(number).and_then(|feature| self.text.get(feature.range.clone())).unwrap_or_default()
    }

    /// Position of a feature in the file.
    pub(super) fn position(&self, number: u64) -> FilePosition {
        self.get(number).map(|feature| feature.position).unwrap_or_default()
    }

    /// The properties of a feature, whatever its geometry is.
    pub(super) fn properties(&self, number: u64) -> Option<JsonObject> {
        serde_json::from_str(properties_text(self.raw(number))?).ok()
    }
}
