//! Knox's test of what was counted, and its table.

use h3o::LatLng;
use serde_json::{Value, json};

use super::slices::counted;
use super::statistic::{Counts, Found, Hotspots};
use super::{Bands, HotspotError, NearRepeats, Permutations, knox};
use crate::grid;
use crate::incident::Day;
use crate::numbers::{at_most, significant};

/// Most reports whose pairs are looked at, each by itself.
const MOST_REPORTS: u64 = 200_000;

/// Of the reports before the as-of that are dated by day, each at the centre of its cell: a cube has no nearer position.
pub(super) fn near_repeats(
    bands: Option<Bands>,
    permutations: Permutations,
    counts: Counts<'_>,
) -> Result<Hotspots, HotspotError> {
    let Counts { cube, area, method, scores, .. } = counts;
    // Centres of neighbours are √3 edges apart.
    let apart = cube.resolution().edge_length_m() * 3.0_f64.sqrt();
    let usual = || Bands {
        metres: [0.5, 1.5, 2.5, 3.5].map(|steps: f64| (steps * apart).round()).to_vec(),
        days: vec![7, 14, 21, 28],
    };
    let bands = bands.unwrap_or_else(usual);
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
        if reports > MOST_REPORTS {
            return Err(HotspotError::ManyToPair { most: MOST_REPORTS });
        }
        let centre = LatLng::from(report.cell);
        let centre = grid::LatLng::new(centre.lat(), centre.lng())?;
        events.extend((0..report.n).map(|_| (centre, report.when.start)));
    }
    let found = knox(&events, &bands, permutations)?;
    let days = events.iter().map(|(_, day)| *day);
    let span = days.clone().min().zip(days.max()).map(|(from, to)| format!(" from {from} to {to}"));
    let about = json!({
        "statistic": "knox",
        "counted": format!("{} reports dated by day{}", found.events, span.unwrap_or_default()),
        "left_out": left_out, "positions": "centres of cells", "metres": bands.metres, "days": bands.days,
        "permutations": {"draws": permutations.draws, "seed": permutations.seed},
    });
    let clear = found.pairs.iter().filter(|pairs| pairs.p <= 0.05).count();
    let mut notices = vec![
        format!("near repeats of {} reports: {clear} of {} bands with p at most 0.05", found.events, found.pairs.len()),
        format!(
            "distances are between centres of cells, {apart:.0} m from one to the next; a finer --resolution tells nearer ones apart"
        ),
    ];
    if left_out > 0 {
        notices.push(format!("reports left out since they are dated more coarsely than a day: {left_out}"));
    }
    Ok(Hotspots { found: Found::Knox(found), about, notices })
}

impl NearRepeats {
    /// One row a band: bands of distance, then of time.
    #[must_use]
    pub fn csv(&self) -> String {
        let row = |row: &Value| {
            let shown: Vec<String> = NAMES.iter().map(|name| row[name].to_string().replace("null", "")).collect();
            shown.join(",") + "\n"
        };
        NAMES.join(",") + "\n" + &self.rows().iter().map(row).collect::<String>()
    }

    /// The same as JSON, with everything that decides.
    #[must_use]
    pub fn json(&self, about: &Value) -> String {
        json!({"tensionmap": {"hotspots": about}, "bands": self.rows()}).to_string() + "\n"
    }

    fn rows(&self) -> Vec<Value> {
        let width = self.bands.days.len();
        let row = |(number, pairs): (usize, &super::Pairs)| {
            let (metres, days) = (number / width, number % width);
            let from = |ends: &[f64], band: usize| if band == 0 { 0.0 } else { ends[band - 1] };
            let first = if days == 0 { 0 } else { self.bands.days[days - 1] };
            json!({
                "metres_from": from(&self.bands.metres, metres), "metres_to": self.bands.metres[metres],
                "days_from": first, "days_to": self.bands.days[days] - 1,
                "observed": pairs.observed, "expected": at_most(pairs.expected, 3),
                "ratio": pairs.ratio.map(|ratio| at_most(ratio, 4)), "p": significant(pairs.p, 4),
            })
        };
        self.pairs.iter().enumerate().map(row).collect()
    }
}

/// Columns of the table; both days count.
const NAMES: [&str; 8] = ["metres_from", "metres_to", "days_from", "days_to", "observed", "expected", "ratio", "p"];
