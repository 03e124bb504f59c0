//! Incident reports and local indicators in, an explained map of community tension on an H3 grid out.
//!
//! # The pipeline
//!
//! Data flows down this page; each stage is a module and imports only from the stages above it.
//!
//! 1. `invalid`: a value outside the range of its type.
//! 2. `visible`: hidden characters made visible.
//! 3. `watch`: whether a run was stopped from outside, and how much of an input is read.
//! 4. `small_file`: settings and fonts, read whole and only up to a size.
//! 5. `memory`: the memory budget of a run.
//! 6. `rounding`: numbers as tables show them.
//! 7. `code`: stable codes of what can be wrong with a record or a file.
//! 8. `font`: files of letters, and lines of text shaped into glyphs.
//! 9. `grid`: positions become H3 cells, polygons a [`StudyArea`].
//! 10. `incident`: vocabulary of a report.
//! 11. `format`: files become records with named columns.
//! 12. `ingest`: records become accepted reports and a [`Ledger`] of the quarantined ones.
//! 13. `cube`: exact counts by cell, interval and class, which add in any order.
//! 14. `polygon`: polygon files become checked areas that points, cells and other areas are compared with.
//! 15. `indicator`: values of areas, H3 tables and points become [`Indicator`]s on the cells.
//! 16. `sample`: the embedded sample, a fictional city.
//! 17. `trend`: trend tests and slopes of one series of numbers.
//! 18. `score`: a [`Method`] weighs the counts into explained scores.
//! 19. `hotspot`: statistics of patterns in space and time, beside the score.
//! 20. `density`: kernel density of positions as a raster, beside the score.
//! 21. `layer`: rounded values, legend and provenance of a map.
//! 22. `disclosure`: a profile turns a product into a [`Release`], the only thing that may leave.
//! 23. `draw`: pages of maps and words as pixels or SVG.
//! 24. `output`: encoders write a release as a picture, a table or a GIS file.
//! 25. `config`: settings, the same on the command line, in TOML and in the builder.
//! 26. `error`: one error over the errors of all stages.
//! 27. `engine`: the façade that runs the stages in order.
//! 28. `unstable`: the stages under public paths, with the feature of this name.
//! 29. `cli`: the command line.
//!
//! [`Engine`] runs them in order. Its result is a [`Run`] with one [`Product`]; an [`Encoder`] adds a format. What this page lists
//! is the interface that is kept; single stages are under `unstable`, and may change in any release. The library reads no clock,
//! locale or network: the same input gives the same bytes.
//!
//! ```no_run
//! use tensionmap::{Engine, Indicator, Method};
//! let run = Engine::builder().resolution(8).as_of("2026-03-02").method(Method::default()).build()?
//!     .incidents("incidents.geojson")?
//!     .indicator(Indicator::intensive("imd.geojson", "imd_score"))?
//!     .run()?;
//! run.layer.save("map.png")?;
//! run.layer.save("map.geojson")?;
//! # Ok::<(), tensionmap::Error>(())
//! ```
//!
//! Tables come and go as polars frames (`Cube::frame`, `Scores::frame`); `tensionmap::polars` is the version they belong to, as
//! `tensionmap::geo` and `tensionmap::geojson` are of shapes and features. Reports can be values ([`Engine::incidents_from`]), areas
//! shapes ([`Input::features`]), results bytes ([`Run::encode`]); `examples/embed.rs` has it all in one program.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(feature = "unstable"),
    allow(dead_code, unreachable_pub, unused_imports, reason = "stages are public only with the feature `unstable`"),
    allow(rustdoc::private_intra_doc_links, reason = "pages of stages are made only with that feature")
)]

mod invalid;

mod visible;

mod watch;

mod small_file;

mod memory;

mod rounding;

mod code;

mod font;

mod grid;

mod incident;

mod format;

mod ingest;

mod cube;

mod polygon;

mod indicator;

pub mod sample;

mod trend;

mod score;

mod hotspot;

mod density;

mod layer;

mod disclosure;

mod draw;

mod output;

mod config;

mod error;

mod engine;

#[cfg(feature = "unstable")]
pub mod unstable;

#[cfg(feature = "cli")]
pub mod cli;

#[cfg(feature = "polars")]
pub use polars;

// Shapes and features that come and go are of these versions.
pub use {geo, geojson};

pub use code::Code;
pub use config::{NamedInput, NamedOutput, Reading, Settings};
pub use cube::Cube;
pub use disclosure::{Disclose, Profile, Release};
pub use engine::{Builder, Check, Engine, Map, Prepared, Progress, Run, Surface};
pub use error::Error;
pub use font::Fonts;
pub use format::{FileOptions, FormatError, Input, InputFormat, Records, Source, TextRows};
pub use grid::{CellIndex, Containment, LatLng, Resolution, StudyArea};
pub use hotspot::{
    Emerging, Gi, Histories, Hotspots, LocalG, LocalMoran, Moran, NearRepeatsOptions, STATISTICS, Scan, ScanFindings,
    Statistic,
};
pub use incident::{Category, Day, Every, Grade, Incident, ReportClass, Severity, Strand, When};
pub use indicator::{Indicator, IndicatorKind};
pub use ingest::{Categories, FileTally, Ledger, Role};
pub use invalid::InvalidValue;
pub use layer::{
    Column, ColumnValue, CoverageTable, DensityLayer, ExplainedCell, Layer, Legend, NearRepeatsTable, Opened, Page,
    Provenance, SeriesTable, TableLayout, View,
};
pub use output::{Companion, EncodeError, Encoder, Format, Manifest, OutputError, Product, Request, Summary};
pub use score::{CellScore, Change, Explanation, Level, Method, RateRatio, Scores, Scoring, Status};

/// The README's Rust block is a test too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
