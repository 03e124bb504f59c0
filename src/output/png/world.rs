//! Where a picture lies on the earth: the two small files by which a GIS puts it into its place.

use super::UNITS_PER_INCH;
use super::map::Projection;
use crate::output::Beside;

/// Radius of the sphere of Web Mercator (EPSG:3857) in metres.
const RADIUS: f64 = 6_378_137.0;

/// A world file and what GDAL, and with it QGIS, reads the reference system from.
///
/// The world file has six lines: width of a pixel, two turns, height of a pixel (downwards), and the middle of the first
/// pixel, in metres of Web Mercator. It holds for the map; title, legend and caption lie beside it on the same sheet.
pub(super) fn files(projection: &Projection, dpi: u16) -> Vec<Beside> {
    let pixel = UNITS_PER_INCH / f64::from(dpi);
    let step = RADIUS * projection.radians(pixel);
    let first = projection.on_earth((pixel / 2.0, pixel / 2.0));
    let lines = [step, 0.0, 0.0, -step, RADIUS * first.x, RADIUS * first.y];
    let world: String = lines.iter().map(|line| format!("{line:.9}\n")).collect();
    let about = "<PAMDataset>\n  <SRS>EPSG:3857</SRS>\n</PAMDataset>\n";
    vec![Beside::with_extension("pgw", world), Beside::after_name(".aux.xml", about.to_owned())]
}
