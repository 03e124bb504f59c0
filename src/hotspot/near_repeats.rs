//! Near repeats: Knox's test of the reports that were counted, and its table.

use h3o::LatLng;
use serde_json::{Value, json};

use super::options::{OptionRow, PERMUTATIONS, SEED, StatisticOptions, option};
use super::slices::counted;
use super::{Bands, HotspotError, KnoxTable, Pairs, Permutations, StatisticInputs, knox};
use crate::grid;
use crate::incident::Day;
use crate::invalid::InvalidValue;
use crate::rounding::{round_to, significant};

/// Default bands of distance, in words.
const METRES: &str = "the same cell, and one, two and three steps on the grid";

/// Maximum number of reports, all pairs of which are looked at.
const MAX_REPORTS: u64 = 200_000;

/// Parameters of [`NearRepeats`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NearRepeatsOptions {
    /// Bands of distance and time. Default: the same cell, and one, two and three steps on the grid; 7, 14, 21 and 28 days.
    pub bands: Option<Bands>,
    /// Permutations of the dates behind p.
    pub permutations: Permutations,
}

/// Pairs of reports that are near each other in space and time: a table of bands, not of cells.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NearRepeats {
    /// The pairs in each band.
    pub table: KnoxTable,
    /// The test and everything that decides, for the provenance of outputs.
    pub about: Value,
    /// Notices for the reader.
    pub notices: Vec<String>,
}

impl StatisticOptions for NearRepeatsOptions {
    const ID: &'static str = "knox";
    const ABOUT: &'static str =
        "Knox's near repeats: are reports near in space near in time too? A table of bands (.csv, .json)";
    const OPTIONS: &'static [OptionRow<Self>] = &[
        option("metres", "M,M,…", METRES, "upper ends of the bands of distance in metres")
            .sets(|knox| &mut knox.bands.get_or_insert_default().metres),
        option("days", "D,D,…", "7,14,21,28", "upper ends of the bands of time in days")
            .sets(|knox| &mut knox.bands.get_or_insert_default().days),
        PERMUTATIONS.sets(|knox| &mut knox.permutations.draws),
        SEED.sets(|knox| &mut knox.permutations.seed),
    ];
}

impl NearRepeatsOptions {
    /// Checks the options, before anything is read.
    ///
    /// # Errors
    /// Bands of distance without bands of time, or the reverse; an option out of range.
    pub fn check(&self) -> Result<(), HotspotError> {
        if let Some(bands) = &self.bands {
            if bands.metres.is_empty() != bands.days.is_empty() {
                let expected = "--metres and --days together, or neither";
                return Err(InvalidValue::expecting("bands", "one of two", expected).into());
            }
            bands.check()?;
        }
        Ok(self.permutations.check()?)
    }

    /// Tests the reports before the as-of that are dated by day, each at the centre of its cell.
    ///
    /// # Errors
    /// An option out of range; more than 200,000 reports.
    pub fn find(&self, inputs: StatisticInputs<'_>) -> Result<NearRepeats, HotspotError> {
        let StatisticInputs { cube, area, method, scores, .. } = inputs;
        // Centres of neighbours are √3 edges apart.
        let apart = cube.resolution().edge_length_m() * 3.0_f64.sqrt();
        let default = || Bands {
            metres: [0.5, 1.5, 2.5, 3.5].map(|steps: f64| (steps * apart).round()).to_vec(),
            days: vec![7, 14, 21, 28],
        };
        let bands = self.bands.clone().unwrap_or_else(default);
        let is_counted = counted(cube, method);
        let (mut events, mut left_out, mut reports): (Vec<(grid::LatLng, Day)>, u64, u64) = (Vec::new(), 0, 0);
        for report in cube.rows() {
            let counts =
                is_counted[report.class as usize] && report.known <= scores.as_of && report.when.start < scores.as_of;
            if !counts || area.row(report.cell).is_none() {
                continue;
            }
            if report.when.days() != 1 {
                left_out += u64::from(report.n);
                continue;
            }
            reports += u64::from(report.n);
            if reports > MAX_REPORTS {
                return Err(HotspotError::ManyToPair { max: MAX_REPORTS });
            }
            let centre = LatLng::from(report.cell);
            let centre = grid::LatLng::new(centre.lat(), centre.lng())?;
            events.extend((0..report.n).map(|_| (centre, report.when.start)));
        }
        let table = knox(&events, &bands, self.permutations)?;
        let days = events.iter().map(|(_, day)| *day);
        let span = days.clone().min().zip(days.max()).map(|(from, to)| format!(" from {from} to {to}"));
        let Permutations { draws, seed } = self.permutations;
        let about = json!({
            "statistic": Self::ID,
            "counted": format!("{} reports dated by day{}", table.events, span.unwrap_or_default()),
            "left_out": left_out, "positions": "centres of cells", "metres": bands.metres, "days": bands.days,
            "permutations": {"draws": draws, "seed": seed},
        });
        let significant = table.pairs.iter().filter(|pairs| pairs.p <= 0.05).count();
        let (events, bands) = (table.events, table.pairs.len());
        let mut notices = vec![
            format!("near repeats of {events} reports: {significant} of {bands} bands with p at most 0.05"),
            format!(
                "distances are between centres of cells, {apart:.0} m from one to the next; a finer --resolution tells nearer ones apart"
            ),
        ];
        if left_out > 0 {
            notices.push(format!("reports left out since they are dated more coarsely than a day: {left_out}"));
        }
        Ok(NearRepeats { table, about, notices })
    }
}

/// Columns of the table; the first and last day both count.
const COLUMNS: [&str; 8] = ["metres_from", "metres_to", "days_from", "days_to", "observed", "expected", "ratio", "p"];

impl NearRepeats {
    /// The table as CSV: one row a band of distance and time.
    #[must_use]
    pub fn csv(&self) -> String {
        let row = |row: &Value| {
            let values: Vec<String> = COLUMNS.iter().map(|name| row[name].to_string().replace("null", "")).collect();
            values.join(",") + "\n"
        };
        COLUMNS.join(",") + "\n" + &self.rows().iter().map(row).collect::<String>()
    }

    /// The table as JSON, with the parameters.
    #[must_use]
    pub fn json(&self) -> String {
        json!({"tensionmap": {"hotspots": self.about}, "bands": self.rows()}).to_string() + "\n"
    }

    fn rows(&self) -> Vec<Value> {
        let Bands { metres, days } = &self.table.bands;
        let row = |(index, pairs): (usize, &Pairs)| {
            let (near, soon) = (index / days.len(), index % days.len());
            let metres_from = if near == 0 { 0.0 } else { metres[near - 1] };
            let days_from = if soon == 0 { 0 } else { days[soon - 1] };
            json!({
                "metres_from": metres_from, "metres_to": metres[near],
                "days_from": days_from, "days_to": days[soon] - 1,
                "observed": pairs.observed, "expected": round_to(pairs.expected, 3),
                "ratio": pairs.ratio.map(|ratio| round_to(ratio, 4)), "p": significant(pairs.p, 4),
            })
        };
        self.table.pairs.iter().enumerate().map(row).collect()
    }
}
