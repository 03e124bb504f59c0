//! What a statistic of hot spots found, as columns of a layer.

use serde_json::Value as Json;

use super::{Column, ColumnValue, Layer, ValueKind};
use crate::hotspot::{Bin, Category, Cluster, Found, Histories, Hotspots, LocalG, LocalMoran, Quadrant, Scanned};
use crate::rounding::{at_most, significant};
use crate::score::columns::{optional, real, text};

/// Names of the values, by statistic.
pub(super) const GI: [&str; 6] = ["gi_z", "gi_p", "gi_q", "gi_bin", "gi_defined", "gi_p_permuted"];
pub(super) const MORAN: [&str; 4] = ["moran_i", "moran_quadrant", "moran_p", "moran_q"];
pub(super) const EMERGING: [&str; 7] =
    ["ehsa", "ehsa_code", "ehsa_hot_share", "ehsa_cold_share", "trend_z", "trend_p", "ehsa_z"];
pub(super) const SCAN: [&str; 8] = [
    "scan_cluster",
    "scan_p",
    "scan_llr",
    "scan_observed",
    "scan_expected",
    "scan_relative_risk",
    "scan_from",
    "scan_to",
];

/// The column by which a map shows what a statistic found; clusters are outlined over the score instead.
pub(super) fn shown(hotspots: &Hotspots) -> Option<&'static str> {
    match hotspots.found {
        Found::Gi(_) => Some(GI[3]),
        Found::Moran(_) => Some(MORAN[1]),
        Found::Emerging(_) => Some(EMERGING[0]),
        Found::Scan(_) | Found::Knox(_) => None,
    }
}

/// What readers call such a column, as the heading of a key.
pub(super) fn title(name: &str) -> Option<&'static str> {
    [
        (GI[3], "Hot and cold spots of reports (Gi*)"),
        (MORAN[1], "Reports beside the neighbours' (Moran)"),
        (EMERGING[0], "Hot spots and their history"),
    ]
    .into_iter()
    .find(|(column, _)| *column == name)
    .map(|(_, title)| title)
}

/// A class that has a name and a colour of its own.
pub(super) struct Known {
    /// Its value, as a text.
    pub(super) value: String,
    pub(super) label: String,
    pub(super) colour: [u8; 3],
    /// Whether it is of a cold spot.
    pub(super) is_cold: bool,
}

/// The classes of a column that a statistic has found, cold ones first; `None` for any other column.
pub(super) fn known(name: &str) -> Option<Vec<Known>> {
    if name == GI[3] {
        let bin = |bin: &Bin| Known {
            value: bin.number.to_string(),
            label: bin.name.to_owned(),
            colour: bin.colour,
            is_cold: bin.number < 0,
        };
        return Some(Bin::ALL.iter().map(bin).collect());
    }
    if name == MORAN[1] {
        let quadrant = |quadrant: &Quadrant| Known {
            value: quadrant.id().to_owned(),
            label: quadrant.name().to_owned(),
            colour: quadrant.colour(),
            is_cold: matches!(quadrant, Quadrant::LowLow | Quadrant::LowHigh),
        };
        return Some(Quadrant::ALL.iter().rev().map(quadrant).collect());
    }
    if name == EMERGING[0] {
        let category = |category: &Category| Known {
            value: category.name(),
            label: category.name(),
            colour: category.colour(),
            is_cold: category.code() < 0,
        };
        return Some(Category::ALL.iter().rev().map(category).collect());
    }
    None
}

/// Whether a value of a statistic has this name.
pub(super) fn is_taken(name: &str) -> bool {
    [&GI[..], &MORAN, &EMERGING, &SCAN].concat().contains(&name)
}

/// The columns of what was found, by what is said of it.
pub(super) fn names(about: Option<&Json>) -> impl Iterator<Item = &'static str> {
    let names: &[&'static str] = match about.and_then(|about| about["statistic"].as_str()) {
        Some("gi") => &GI,
        Some("moran") => &MORAN,
        Some("emerging") => &EMERGING,
        Some("scan") => &SCAN,
        _ => &[],
    };
    names.iter().copied()
}

/// A probability, which may be tiny.
fn probability(value: f64) -> ColumnValue<'static> {
    ColumnValue::Real(significant(value, 4))
}

impl Layer {
    /// Whether pictures outline hot spots, since something else is coloured.
    pub(crate) fn outlines_hot_spots(&self) -> bool {
        self.hotspots().is_some_and(|hotspots| {
            !matches!(hotspots.found, Found::Knox(_)) && shown(hotspots) != Some(self.legend.property.as_str())
        })
    }

    /// Whether a cell is a hot spot by the statistic that was asked for: of a class that is called hot.
    pub(crate) fn is_hot(&self, row: usize) -> bool {
        match self.hotspots().map(|hotspots| &hotspots.found) {
            Some(Found::Gi(cells)) => cells[row].bin() > 0,
            Some(Found::Moran(cells)) => {
                cells[row].quadrant == Some(Quadrant::HighHigh) && significant(cells[row].q, 4) <= 0.05
            }
            Some(Found::Emerging(found)) => found.places[row].category.code() > 0,
            Some(Found::Scan(scanned)) => {
                scanned.cluster_of[row].is_some_and(|cluster| scanned.found.clusters[cluster].p <= 0.05)
            }
            Some(Found::Knox(_)) | None => false,
        }
    }

    pub(super) fn patterns<'a>(&'a self, columns: &mut Vec<Column<'a>>) {
        match self.hotspots().map(|hotspots| &hotspots.found) {
            Some(Found::Gi(cells)) => gi(cells, columns),
            Some(Found::Moran(cells)) => moran(cells, columns),
            Some(Found::Emerging(found)) => emerging(found, columns),
            Some(Found::Scan(found)) => scan(found, columns),
            Some(Found::Knox(_)) | None => {}
        }
    }
}

fn gi<'a>(cells: &'a [LocalG], columns: &mut Vec<Column<'a>>) {
    let [z, p, q, bin, defined, permuted] = GI;
    columns.extend([
        Column::new(
            z,
            "Gi*, standardised: above 0 where reports are many together, below 0 where few",
            ValueKind::Real,
            |row| real(cells[row].z, 4),
        ),
        Column::new(p, "its two-sided p by the normal distribution", ValueKind::Real, |row| probability(cells[row].p)),
        Column::new(q, "its q by Benjamini and Hochberg among all cells", ValueKind::Real, |row| {
            probability(cells[row].q)
        }),
        Column::new(
            bin,
            "1, 2, 3 where q is at most 0.1, 0.05, 0.01; below 0 for cold spots",
            ValueKind::Whole,
            |row| ColumnValue::Whole(cells[row].bin().into()),
        ),
        Column::new(defined, "whether z is defined; if not, z is 0 and p 1", ValueKind::Flag, |row| {
            ColumnValue::Flag(cells[row].is_defined)
        }),
    ]);
    if cells.iter().any(|cell| cell.p_permuted.is_some()) {
        columns.push(Column::new(permuted, "its two-sided p by conditional permutation", ValueKind::Real, |row| {
            optional(cells[row].p_permuted, probability)
        }));
    }
}

fn moran<'a>(cells: &'a [LocalMoran], columns: &mut Vec<Column<'a>>) {
    let [i, quadrant, p, q] = MORAN;
    columns.extend([
        Column::new(i, "local Moran: above 0 where a cell is like its neighbours", ValueKind::Real, |row| {
            real(cells[row].i, 4)
        }),
        Column::new(
            quadrant,
            "HH, LL, HL or LH: the cell, then its neighbours, beside the mean",
            ValueKind::Text,
            |row| optional(cells[row].quadrant, |quadrant| text(quadrant.id())),
        ),
        Column::new(p, "its two-sided p by conditional permutation", ValueKind::Real, |row| probability(cells[row].p)),
        Column::new(q, "its q by Benjamini and Hochberg among all cells", ValueKind::Real, |row| {
            probability(cells[row].q)
        }),
    ]);
}

fn emerging<'a>(found: &'a Histories, columns: &mut Vec<Column<'a>>) {
    let [name, code, hot, cold, trend_z, trend_p, z] = EMERGING;
    let place = |row: usize| &found.places[row];
    let share = |slices: usize| real(slices as f64 / found.slices as f64, 4);
    columns.extend([
        Column::new(name, "category of its history by Emerging Hot Spot Analysis", ValueKind::Text, move |row| {
            text(place(row).category.name())
        }),
        Column::new(code, "1 to 8 for hot spots, -1 to -8 for cold ones, 0 for none", ValueKind::Whole, move |row| {
            ColumnValue::Whole(place(row).category.code().into())
        }),
        Column::new(hot, "share of the slices in which it is hot, 0 to 1", ValueKind::Real, move |row| {
            share(place(row).hot)
        }),
        Column::new(cold, "share of the slices in which it is cold, 0 to 1", ValueKind::Real, move |row| {
            share(place(row).cold)
        }),
        Column::new(
            trend_z,
            "Mann–Kendall's z of its Gi*: above 0 where it grows hotter",
            ValueKind::Real,
            move |row| real(place(row).trend.z, 4),
        ),
        Column::new(trend_p, "its two-sided p", ValueKind::Real, move |row| probability(place(row).trend.p)),
        Column::new(z, "Gi* of each slice, the oldest first, with spaces between", ValueKind::Text, |row| {
            let shown: Vec<String> = found.z(row).iter().map(|z| at_most(*z, 2).to_string()).collect();
            text(shown.join(" "))
        }),
    ]);
}

fn scan<'a>(scanned: &'a Scanned, columns: &mut Vec<Column<'a>>) {
    let [number, p, llr, observed, expected, risk, from, to] = SCAN;
    let within = |row: usize| Some(&scanned.found.clusters[scanned.cluster_of[row]?]);
    let of = move |row: usize, value: fn(&Cluster) -> ColumnValue<'static>| optional(within(row), value);
    let day = move |row: usize, slice: fn(&Cluster) -> usize, back: i32| {
        optional(within(row), |cluster| text((scanned.borders[slice(cluster)] - back).to_string()))
    };
    columns.extend([
        Column::new(
            number,
            "cluster of a space-time scan the cell is in, the most likely first",
            ValueKind::Whole,
            |row| {
                optional(scanned.cluster_of[row], |number| {
                    ColumnValue::Whole(i64::try_from(number + 1).unwrap_or(i64::MAX))
                })
            },
        ),
        Column::new(
            p,
            "its p by random worlds, which allows for having looked everywhere",
            ValueKind::Real,
            move |row| of(row, |cluster| probability(cluster.p)),
        ),
        Column::new(llr, "its log-likelihood ratio", ValueKind::Real, move |row| {
            of(row, |cluster| real(cluster.llr, 4))
        }),
        Column::new(observed, "reports in it", ValueKind::Whole, move |row| {
            of(row, |cluster| ColumnValue::Whole(cluster.observed.into()))
        }),
        Column::new(expected, "reports it should hold", ValueKind::Real, move |row| {
            of(row, |cluster| real(cluster.expected, 4))
        }),
        Column::new(risk, "observed ÷ expected in it, divided by the same outside", ValueKind::Real, move |row| {
            optional(within(row).and_then(|cluster| cluster.relative_risk), |risk| real(risk, 3))
        }),
        Column::new(from, "its first day", ValueKind::Text, move |row| day(row, |cluster| cluster.from, 0)),
        Column::new(to, "its last day", ValueKind::Text, move |row| day(row, |cluster| cluster.to, 1)),
    ]);
}
