//! The one integration binary: each extra one would link polars again.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on should stop and say so"
)]

mod advice;
mod archive;
mod area_scores;
mod areas;
mod assessments;
mod bad_input;
mod badgeo;
mod cancel;
mod classes;
mod cli;
mod clients;
mod columns;
mod conformance;
mod containers;
mod context;
mod corpus;
mod cubes;
mod dates;
mod density;
mod determinism;
mod distances;
mod embed;
mod emerging;
mod ends;
mod evidence;
mod explain;
mod explained;
mod exports;
mod false_alarms;
mod far_dates;
mod flags;
mod formats;
mod gazetteer;
mod gis;
mod hostile;
mod hotspots;
mod hotspots_cli;
mod indicators;
mod inputs;
mod knox;
mod leicester;
mod machine;
mod marking;
mod memory;
mod method_cases;
mod method_page;
mod mutated;
mod names;
mod outputs;
mod overwrites;
mod partial_files;
mod pictures;
mod places;
mod plain;
mod plausible;
mod products;
mod properties;
mod real_data;
mod refusals;
mod refused_indicators;
mod revised;
mod rings;
mod roll_up;
mod saved;
mod scan;
mod scores;
mod series;
mod shapes;
mod streaming;
mod support;
mod surge;
mod systems;
mod tables;
mod temporaries;
mod text_layout;
mod told;
mod trends;
mod vanished;
mod workbook;
mod worlds;
mod written;
