//! Reports counted in areas instead of cells.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::ready::nothing_accepted;
use super::{Engine, Refusals, Sources, account};
use crate::area::{Regions, RollUp};
use crate::error::Error;
use crate::ingest::{FileTally, Input, Ledger};
use crate::output::{self, Manifest, OutputError};

/// Reports counted in areas, and what became of every report and area.
#[derive(Debug)]
pub struct RolledUp {
    /// The counts.
    pub areas: RollUp,
    /// What became of every report.
    pub ledger: Ledger,
    /// What became of every area.
    pub areas_ledger: Ledger,
    /// Automatic choices and what a reader must know, in words.
    pub notices: Vec<String>,
    /// Whether no more reports, and no more areas, were refused than the settings allow.
    pub within_max_rejects: bool,
    marking: String,
    span: Option<(crate::Day, crate::Day)>,
    sources: Sources,
}

/// Extensions of the tables that [`RolledUp::save`] writes.
const KNOWN: &str = ".csv, .geojson, .json";

impl Engine {
    /// Takes areas in which every report read from now on is counted, each area called by a property: with dates unless nothing
    /// is to be [counted by cell](crate::engine::Builder::without_counts).
    ///
    /// # Errors
    /// As [`Regions::read`] and [`RollUp::new`].
    pub fn count_in(mut self, areas: impl Into<Input>, name: &str) -> Result<Self, Error> {
        let mut regions = Regions::load(&areas.into(), None, self.plan.repairs)?;
        regions.compare();
        let roll_up = RollUp::new(&regions, name);
        account(regions, &mut self.areas, &mut self.refusals)?;
        self.roll_up = Some(match roll_up {
            Ok(roll_up) if self.counts.is_some() => roll_up.with_dates(),
            Ok(roll_up) => roll_up,
            Err(error) => {
                self.refusals.commit()?;
                return Err(error.into());
            }
        });
        Ok(self)
    }

    /// The reports read, counted in the areas of [`Self::count_in`]; `None` without any.
    ///
    /// # Errors
    /// No input, or none of its records accepted; a quarantine file that cannot be written.
    pub fn roll_up(mut self) -> Result<Option<RolledUp>, Error> {
        std::mem::replace(&mut self.refusals, Refusals(None)).commit()?;
        if self.ledger.accepted() == 0 {
            return Err(nothing_accepted(&self.ledger));
        }
        let Some(areas) = self.roll_up else { return Ok(None) };
        let said = |ledger: &Ledger| ledger.files.iter().flat_map(|file| file.notices.clone()).collect::<Vec<_>>();
        Ok(Some(RolledUp {
            notices: [said(&self.ledger), said(&self.areas), areas.notices()].concat(),
            within_max_rejects: self.plan.max_rejects.allows(&self.ledger) && self.plan.max_rejects.allows(&self.areas),
            areas,
            ledger: self.ledger,
            areas_ledger: self.areas,
            marking: self.plan.marking,
            span: self.extent.span,
            sources: self.sources,
        }))
    }
}

impl RolledUp {
    /// Whether [`Self::save`] knows the extension of a path.
    ///
    /// # Errors
    /// An extension other than `.csv`, `.geojson` and `.json`.
    pub fn check_path(path: &Path) -> Result<(), OutputError> {
        Table::of(path).map(|_| ())
    }

    /// Writes the counts as CSV or GeoJSON, by extension: complete or not at all.
    ///
    /// # Errors
    /// An extension that is neither; a place that cannot be written.
    pub fn save(&self, path: impl AsRef<Path> + Sync) -> Result<(), OutputError> {
        self.save_all(&[path], None)
    }

    /// Writes it to several files, and last of all the manifest: all of them, or none.
    ///
    /// # Errors
    /// That of the first path that has one; an input that cannot be read a second time, for its hash.
    pub fn save_all(&self, paths: &[impl AsRef<Path> + Sync], manifest: Option<Manifest>) -> Result<(), OutputError> {
        paths.iter().try_for_each(|path| Self::check_path(path.as_ref()))?;
        let manifest = self.sources.told(manifest, &self.ledger, || self.about())?;
        output::save_as(paths, &[], manifest, |path, file| {
            match Table::of(path)? {
                Table::Csv => self.areas.write_csv(file)?,
                Table::GeoJson => self.areas.write_geojson(&self.about(), file)?,
            }
            Ok(Vec::new())
        })
    }

    /// What was counted, for machines.
    #[must_use]
    pub fn about(&self) -> Value {
        let name = |file: &FileTally| PathBuf::from(&file.name).file_name().unwrap_or_default().display().to_string();
        let mut inputs: Vec<Value> = self
            .ledger
            .files
            .iter()
            .map(|file| {
                json!({"name": name(file), "format": file.format, "read": file.read, "accepted": file.accepted,
                       "quarantined": file.quarantined()})
            })
            .collect();
        inputs.sort_by_cached_key(Value::to_string);
        json!({
            "tensionmap": env!("CARGO_PKG_VERSION"), "marking": self.marking, "profile": "internal",
            "from": self.span.map(|(from, _)| from.to_string()), "to": self.span.map(|(_, to)| (to - 1).to_string()),
            "inputs": inputs, "read": self.ledger.read(), "accepted": self.ledger.accepted(),
            "quarantined": self.ledger.quarantined(), "outside_every_area": self.areas.outside,
            "on_a_border": self.areas.on_border, "in_several_areas": self.areas.in_several,
        })
    }
}

enum Table {
    Csv,
    GeoJson,
}

impl Table {
    fn of(path: &Path) -> Result<Self, OutputError> {
        match path.extension().unwrap_or_default().to_string_lossy().to_lowercase().as_str() {
            "csv" => Ok(Self::Csv),
            "geojson" | "json" => Ok(Self::GeoJson),
            _ => Err(OutputError::Extension { path: path.display().to_string(), known: KNOWN.to_owned() }),
        }
    }
}
