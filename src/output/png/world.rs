//! Where a picture lies on the earth: the two small files by which a GIS puts it into its place.

use super::tiling::Projection;
use crate::output::Beside;

/// A world file and what GDAL, and with it QGIS, reads the reference system from.
///
/// The world file has six lines: width of a pixel, two turns, height of a pixel (downwards), and the middle of the first
/// pixel, in metres of the map's plane. It holds for the map; title, legend and caption lie beside it on the same sheet.
pub(super) fn files(projection: &Projection, scale: f64) -> Vec<Beside> {
    let pixel = 1.0 / scale;
    let step = projection.metres_in_plane(pixel);
    let (x, y) = projection.in_plane((pixel / 2.0, pixel / 2.0));
    let lines = [step, 0.0, 0.0, -step, x, y];
    let world: String = lines.iter().map(|line| format!("{line:.9}\n")).collect();
    let about = format!("<PAMDataset>\n  <SRS>{}</SRS>\n</PAMDataset>\n", projection.reference());
    vec![Beside::with_extension("pgw", world), Beside::after_name(".aux.xml", about)]
}
