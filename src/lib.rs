//! Incident reports and local indicators in, an explained map of community tension on an H3 grid out.
//!
//! # The pipeline
//!
//! Data flows down this page; each stage is a module.
//!
//! 1. [`incident`]: the vocabulary of a report.
//! 2. [`ingest`]: a file becomes accepted reports and a [`Ledger`] of the refused ones.
//! 3. [`grid`]: a position becomes an H3 cell, a polygon a [`StudyArea`].
//! 4. [`cube`]: reports become exact counts by cell, interval and class, which add in any order.
//! 5. [`area`]: values of polygons, H3 tables and points become [`Indicator`]s on the cells.
//! 6. [`score`]: a [`Method`] weighs the counts into explained scores.
//! 7. [`hotspot`]: statistics of patterns in space and time, beside the score.
//! 8. [`layer`]: cells, legend and provenance become what may leave.
//! 9. [`output`]: a [`Layer`] becomes a picture or a GIS file.
//!
//! Beside the score, [`density`] is a raster of where reports lie thick; it goes from positions straight to a picture.
//!
//! [`Engine`] runs them in order; every stage can be called by itself, and [`format::Format`] and [`output::Output`] are
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
//! Tables come and go as polars frames ([`format::frame`], `Cube::frame`, `Scores::frame`);
//! `tensionmap::polars` is the version they belong to.
#![forbid(unsafe_code)]

pub mod code;

pub mod incident;

pub mod format;

pub mod ingest;

pub mod grid;

pub mod cube;

pub mod area;

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
mod numbers;
pub mod sample;

#[cfg(feature = "polars")]
pub use polars;

pub use area::Indicator;
pub use config::Settings;
pub use cube::Cube;
pub use engine::{Builder, Engine, Run};
pub use error::Error;
pub use format::Input;
pub use grid::{CellIndex, Containment, LatLng, Resolution, StudyArea};
pub use incident::{Category, Day, Grade, Incident, Severity, Strand, When};
pub use ingest::Ledger;
pub use invalid::InvalidValue;
pub use layer::Layer;
pub use score::{Method, Scores};

/// The README's Rust block is a test too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
