//! Verbs of the command line that a setting matters to, by their names there.

/// Verbs that read reports or polygons.
pub(super) const READ: &[&str] =
    &["calibrate", "check", "coverage", "density", "explain", "hotspots", "map", "rollup", "series"];
/// Verbs that read, and `render`, which reads a saved layer.
pub(super) const ALL: &[&str] =
    &["calibrate", "check", "coverage", "density", "explain", "hotspots", "map", "render", "rollup", "series"];
/// Verbs whose results are about the cells of the study area; others only count or draw within it.
pub(super) const CELLS: &[&str] = &["calibrate", "check", "coverage", "explain", "hotspots", "map", "series"];
/// Verbs that read indicators, as values or because a method needs residents.
pub(super) const JOIN: &[&str] = &["calibrate", "check", "coverage", "explain", "hotspots", "map", "series"];
/// Verbs that give points to an index of indicators.
pub(super) const CONTEXT: &[&str] = &["calibrate", "coverage", "explain", "hotspots", "map", "series"];
/// Verbs that read polygons beside the study area.
pub(super) const AREAS: &[&str] = &["calibrate", "check", "coverage", "explain", "hotspots", "map", "rollup", "series"];
/// Verbs with an as-of.
pub(super) const DATED: &[&str] =
    &["calibrate", "coverage", "density", "explain", "hotspots", "map", "rollup", "series"];
/// Verbs that score.
pub(super) const SCORE: &[&str] = &["calibrate", "coverage", "explain", "hotspots", "map", "rollup", "series"];
/// Verbs that weigh reports.
pub(super) const WEIGHED: &[&str] = &["calibrate", "explain", "hotspots", "map", "rollup", "series"];
/// Verbs that show change between two dates.
pub(super) const CHANGE: &[&str] = &["hotspots", "map", "rollup"];
/// Verbs that show levels set by people.
pub(super) const LEVELS: &[&str] = &["explain", "hotspots", "map", "rollup"];
/// Verbs that write pictures.
pub(super) const PAGES: &[&str] = &["coverage", "density", "explain", "hotspots", "map", "render", "rollup", "series"];
/// Verbs that write pictures and mark them.
pub(super) const MARKED: &[&str] = &["coverage", "density", "explain", "hotspots", "map", "rollup", "series"];
/// Verbs that draw a map of cells or areas.
pub(super) const MAPS: &[&str] = &["coverage", "explain", "hotspots", "map", "render", "rollup", "series"];
/// Verbs that draw context layers on their maps.
pub(super) const BACKDROP: &[&str] = &["coverage", "hotspots", "map", "render", "rollup", "series"];
/// Verbs that write a layer.
pub(super) const LAYER: &[&str] = &["hotspots", "map", "render", "rollup"];
/// Verbs that colour by any column.
pub(super) const FILLED: &[&str] = &["calibrate", "hotspots", "map", "render", "rollup"];
/// Verbs that write a table of cells.
pub(super) const TABLE: &[&str] = &["hotspots", "map", "render", "rollup", "series"];
/// Verbs with a legend of a column.
pub(super) const LEGEND: &[&str] = &["calibrate", "hotspots", "map", "render", "rollup", "series"];
/// Verbs that colour by classes.
pub(super) const COLOUR: &[&str] = &["density", "hotspots", "map", "render", "rollup", "series"];
