//! Incident reports and local indicators in, an explained map of community tension on an H3 grid out.
//!
//! # The pipeline
//!
//! Data flows down this page; each stage is a module.
//!
//! 1. [`grid`]: a position becomes an H3 cell, a polygon a [`StudyArea`].
//! 2. [`incident`]: the vocabulary of a report.
//! 3. [`ingest`]: a file becomes accepted reports and a [`Ledger`] of the refused ones.
//! 4. [`cube`]: reports become exact counts by cell, interval and class, which add in any order.
//! 5. [`polygon`]: a GeoJSON file becomes checked areas, which points, cells and other areas are compared with.
//! 6. [`indicator`]: values of polygons, H3 tables and points become [`Indicator`]s on the cells.
//! 7. [`trend`]: trend tests and slopes of one series.
//! 8. [`score`]: a [`Method`] weighs the counts into explained scores.
//! 9. [`hotspot`]: statistics of patterns in space and time, beside the score.
//! 10. [`density`]: kernel density of positions as a raster, beside the score.
//! 11. [`layer`]: cells, legend and provenance become what may leave.
//! 12. [`output`]: a [`Layer`] becomes a picture or a GIS file.
//!
//! [`Engine`] runs them in order; every stage can be called by itself, and [`ingest::Format`] and [`output::Output`] are
//! the places to add a file format. The library reads no clock, locale or network: the same input gives the same
//! bytes.
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
//! Tables come and go as polars frames ([`ingest::frame`], `Cube::frame`, `Scores::frame`);
//! `tensionmap::polars` is the version they belong to.
#![forbid(unsafe_code)]

pub mod grid;

pub mod incident;

pub mod ingest;

pub mod cube;

pub mod polygon;

pub mod indicator;

pub mod trend;

pub mod score;

pub mod hotspot;

pub mod density;

pub mod layer;

pub mod output;

pub mod config;
pub mod engine;
pub mod error;
mod invalid;
pub mod memory;
mod rounding;
pub mod sample;

// moved: to `crate::rounding`.
pub(crate) use rounding as numbers;
/// Former path of [`polygon`] and [`indicator`].
// moved: to `crate::polygon`, `crate::indicator` and `crate::grid`.
#[doc(hidden)]
pub mod area {
    pub use crate::grid::EARTH_RADIUS_M;
    pub use crate::indicator::*;
    pub use crate::polygon::{PolygonError as AreaError, *};
}

#[cfg(feature = "polars")]
pub use polars;

pub use config::Settings;
pub use cube::Cube;
pub use engine::{Builder, Engine, Run};
pub use error::Error;
pub use grid::{CellIndex, Containment, LatLng, Resolution, StudyArea};
pub use incident::{Category, Day, Grade, Incident, Severity, Strand, When};
pub use indicator::Indicator;
pub use ingest::{Input, Ledger};
pub use invalid::InvalidValue;
pub use layer::Layer;
pub use score::{Method, Scores};

/// The README's Rust block is a test too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
