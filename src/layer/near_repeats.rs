//! Near repeats of reports: a table of bands of distance and time, with its provenance.

use super::{Layer, Provenance};
use crate::hotspot::NearRepeats;

/// Near repeats, and the provenance of the reports that were tested.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NearRepeatsTable {
    /// Pairs of reports by band of distance and time.
    pub near_repeats: NearRepeats,
    /// Origin of the reports, and the parameters of the test.
    pub provenance: Provenance,
}

impl NearRepeatsTable {
    pub(crate) fn new(near_repeats: NearRepeats, layer: &Layer) -> Self {
        let mut provenance = layer.provenance().clone();
        provenance.hotspots = Some(near_repeats.about.clone());
        Self { near_repeats, provenance }
    }
}
