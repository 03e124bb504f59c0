//! Notices about accepted areas: repairs, areas too small for a cell, overlaps.

use geo::{Centroid, Contains, MultiPolygon, Point};
use h3o::Resolution;

use super::Regions;
use super::overlap::overlaps;
use super::properties::displayed;
use super::regions::estimate;
use crate::code::Code;
use crate::grid::{Containment, StudyArea, fill};

impl Regions {
    pub(super) fn notice_repairs(&mut self) {
        let mut repaired = self.account.repaired.clone();
        if repaired.is_empty() {
            return;
        }
        repaired.sort_by(|(_, a), (_, b)| b.abs().total_cmp(&a.abs()));
        let described =
            |(number, change): &(u64, f64)| format!("feature {number} by {:+.4}% of its area", 100.0 * change);
        let listed: Vec<String> = repaired.iter().take(MAX_NAMED).map(described).collect();
        let more = repaired.len().saturating_sub(MAX_NAMED);
        let more = if more > 0 { format!(" and {more} that changed less") } else { String::new() };
        self.notice(format!("areas repaired: {}: {}{more}", repaired.len(), listed.join(", ")));
    }

    pub(super) fn notice_cells(&mut self, resolution: Resolution) {
        let is_without = |&index: &usize| !has_centre(&self.polygons[index], resolution);
        let without: Vec<usize> = (0..self.polygons.len()).filter(is_without).collect();
        if let Some(&first) = without.first() {
            self.account.warn(Code::NoCells, without.len() as u64);
            self.notice(format!(
                "areas without a cell centre of resolution {resolution}: {} (first: {}). With --containment \
                 overlapping or covers they get the cells they touch, with centroid or full the one that holds a point of \
                 them; a higher --resolution has smaller ones",
                without.len(),
                self.label(first)
            ));
        }
    }

    pub(super) fn notice_small(&mut self, area: &StudyArea, mode: Containment) {
        if let Some(&first) = area.small().first() {
            self.notice(format!(
                "areas that no cell belongs to with --containment {}: {} (first: {}). They have the cell that holds a point of \
                 them",
                mode.id(),
                area.small().len(),
                self.label(first)
            ));
        }
    }

    pub(super) fn notice_overlaps(&mut self) {
        let (found, complete) = overlaps(&self.polygons);
        self.account.warn(Code::Overlap, found.len() as u64);
        if let Some(first) = found.first() {
            let (one, other) = (self.label(first.pair.0), self.label(first.pair.1));
            let more = if complete { "" } else { " or more" };
            self.notice(format!(
                "pairs of areas that overlap: {}{more} (first: {one} and {other} share {:.4}% of the smaller). \
                 Ground in both counts twice",
                found.len(),
                100.0 * first.share
            ));
        } else if !complete {
            let notice = "overlaps were looked for among the first areas only: too many neighbours cross by slivers";
            self.notice(notice.to_owned());
        }
    }

    pub(crate) fn notice(&mut self, notice: String) {
        self.account.notices.push(format!("{}: {notice}", self.file));
    }

    /// Code of a region, if the file has a property of codes.
    pub(crate) fn code(&self, index: usize) -> Option<String> {
        Some(displayed(self.properties.get(index)?.get(self.key.as_ref()?)?))
    }

    /// Name of a region in a notice: its code and number.
    fn label(&self, index: usize) -> String {
        let code = self.code(index);
        let number = self.numbers.get(index).copied().unwrap_or_default();
        code.map_or_else(|| format!("feature {number}"), |code| format!("{code} (feature {number})"))
    }
}

/// Maximum repaired areas named in a notice; the rest are counted.
const MAX_NAMED: usize = 20;

/// Estimated cells above which a polygon surely contains a centre.
const SURE_CELLS: f64 = 16.0;

/// True if a polygon contains the centre of any cell.
fn has_centre(polygon: &MultiPolygon, resolution: Resolution) -> bool {
    if estimate(polygon, resolution) > SURE_CELLS {
        return true;
    }
    // Nearly every area contains one of the centres round its own: testing those first saves tracing the outline.
    let middle = polygon.centroid().and_then(|at| h3o::LatLng::new(at.y(), at.x()).ok());
    let near = middle.map_or_else(Vec::new, |at| at.to_cell(resolution).grid_disk(1));
    let mut centres = near.into_iter().map(h3o::LatLng::from);
    if centres.any(|at| polygon.contains(&Point::new(at.lng(), at.lat()))) {
        return true;
    }
    polygon.iter().any(|polygon| !fill::centres(polygon, resolution).is_empty())
}
