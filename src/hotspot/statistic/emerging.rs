//! Emerging Hot Spot Analysis of the reports in slices of time, by name.

use std::sync::Arc;

use serde_json::Value;

use super::super::found::{CellColumn, SavedColumns, SavedValueError, column, derived, probability};
use super::super::inputs::about_neighbours;
use super::super::options::{KERNEL, OptionKind, RINGS, SLICE, SLICES, option, parsed, unknown};
use super::super::slices::is_by_month;
use super::super::{
    ColumnKind, Edition, EmergingCategory, EmergingOptions, Findings, FoundColumn, Histories, History, HotspotError,
    Hotspots, MIN_SLICES, Neighbours, Panel, Reference, Slices, StatisticClass, StatisticColumn, StatisticFill,
    StatisticInfo, StatisticInputs, StatisticValue, emerging,
};
use super::{MemoryNeed, Statistic, StatisticLayout};
use crate::incident::Every;
use crate::invalid::InvalidValue;
use crate::rounding::round_to;
use crate::trend::MannKendall;

/// [`emerging()`] of the reports in slices of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Emerging {
    /// Neighbours and their weights.
    pub neighbours: Neighbours,
    /// Slices of time.
    pub slices: Slices,
    /// Parameters.
    pub options: EmergingOptions,
}

impl Emerging {
    /// Neighbours one step away, up to 52 weeks.
    pub const DEFAULT: Self =
        Self { neighbours: Neighbours::DEFAULT, slices: Slices::DEFAULT, options: EmergingOptions::DEFAULT };

    const INFO: StatisticInfo = StatisticInfo {
        id: "emerging",
        about: "Emerging Hot Spot Analysis: hot and cold spots that are new, last or fade, week by week",
        options: &[
            RINGS,
            KERNEL,
            SLICE,
            SLICES,
            option("lag", OptionKind::Whole, "N", "1", "slices before its own that a neighbourhood reaches back"),
            option("edition", OptionKind::Word, "NAME", "esri-3", "rules of the categories, esri-3 or esri-2"),
            option(
                "reference",
                OptionKind::Word,
                "cube|neighbourhood",
                "cube",
                "compare with all slices (cube) or those of the neighbourhood",
            ),
            option("significance", OptionKind::Real, "Q", "0.05", "maximum q of a slice that is hot or cold"),
            option("trend-significance", OptionKind::Real, "P", "0.05", "maximum p of a trend"),
            option(
                "hamed-rao",
                OptionKind::Switch,
                "",
                "",
                "a trend test that allows for autocorrelation between slices (Hamed and Rao)",
            ),
        ],
    };
}

impl Default for Emerging {
    fn default() -> Self {
        Self::DEFAULT
    }
}

const CATEGORY: &str = "ehsa";
const Z: &str = "ehsa_z";

/// Notice for slices that cut the months of reports that are dated by month.
const BY_MONTH: &str = "most reports are dated by month: slices of days have the month's share each, and look more alike than they \
                        were; --slice 1mo, up to the first day of a month, does not cut them";

fn share(found: &Histories, slices: usize) -> StatisticValue {
    StatisticValue::Real(round_to(slices as f64 / found.slices as f64, 4))
}

const COLUMNS: &[CellColumn<Histories>] = &[
    column(CATEGORY, "category of its history by Emerging Hot Spot Analysis", ColumnKind::Text, |found, row| {
        StatisticValue::Text(found.places[row].category.name())
    }),
    derived(
        "ehsa_code",
        "1 to 8 for hot spots, -1 to -8 for cold ones, 0 for none",
        ColumnKind::Whole,
        |found, row| StatisticValue::Whole(found.places[row].category.code().into()),
    ),
    column("ehsa_hot_share", "share of the slices in which it is hot, 0 to 1", ColumnKind::Share, |found, row| {
        share(found, found.places[row].hot)
    }),
    column("ehsa_cold_share", "share of the slices in which it is cold, 0 to 1", ColumnKind::Share, |found, row| {
        share(found, found.places[row].cold)
    }),
    column(
        "trend_z",
        "Mann–Kendall's z of its Gi*: above 0 where it grows hotter",
        ColumnKind::Real,
        |found, row| StatisticValue::Real(round_to(found.places[row].trend.z, 4)),
    ),
    column("trend_p", "its two-sided p", ColumnKind::Share, |found, row| probability(found.places[row].trend.p)),
    column(Z, "Gi* of each slice, the oldest first, with spaces between", ColumnKind::Text, |found, row| {
        let z: Vec<String> = found.z(row).iter().map(|z| round_to(*z, 2).to_string()).collect();
        StatisticValue::Text(z.join(" "))
    }),
];

impl Statistic for Emerging {
    fn info(&self) -> &'static StatisticInfo {
        &Self::INFO
    }

    fn boxed(&self) -> Box<dyn Statistic> {
        Box::new(*self)
    }

    fn set(&mut self, option: &str, value: &str) -> Result<(), InvalidValue> {
        let options = &mut self.options;
        match option {
            "rings" | "kernel" => return self.neighbours.set(option, value),
            "slice" | "slices" => return self.slices.set(option, value),
            "lag" => options.lag = parsed("lag", value)?,
            "edition" => options.edition = value.parse::<Edition>()?,
            "reference" => options.reference = value.parse::<Reference>()?,
            "significance" => options.significance = parsed("significance", value)?,
            "trend-significance" => options.trend_significance = parsed("trend-significance", value)?,
            "hamed-rao" => options.allows_for_autocorrelation = parsed("hamed-rao", value)?,
            _ => return Err(unknown(&Self::INFO, option)),
        }
        Ok(())
    }

    fn check(&self) -> Result<(), HotspotError> {
        self.neighbours.check()?;
        self.options.check(self.slices.max.unwrap_or(usize::MAX))
    }

    fn find(&self, inputs: StatisticInputs<'_>) -> Result<Hotspots, HotspotError> {
        let StatisticInputs { cube, area, method, scores, coverage, .. } = inputs;
        let options = self.options;
        let weights = self.neighbours.weights(area)?;
        let panel = Panel::of(cube, area, method, coverage, scores.as_of, self.slices)?;
        let found = emerging(&panel.values, panel.slices(), &weights, options)?;
        let (from, to) = (panel.borders[0], scores.as_of - 1);
        let counted = format!("reports in {} slices from {from} to {to}", panel.slices());
        let mut about = about_neighbours(self.id(), &counted, self.neighbours);
        about["slices"] = panel.borders[1..].iter().map(ToString::to_string).collect::<Vec<_>>().into();
        about["edition"] = options.edition.id().into();
        about["lag"] = options.lag.into();
        about["reference"] = options.reference.id().into();
        about["fdr_family"] = "all cells and slices".into();
        about["significance"] = options.significance.into();
        about["trend_significance"] = options.trend_significance.into();
        about["trend"] = if options.allows_for_autocorrelation { "hamed-rao" } else { "mann-kendall" }.into();
        let mut notices = notices(&found, &counted);
        if panel.uncovered_days > 0 {
            let days = panel.uncovered_days;
            notices.push(format!("days of the last slice after the last report, taken for quiet: {days}"));
        }
        if matches!(self.slices.every, Every::Days(_)) && is_by_month(cube) {
            notices.push(BY_MONTH.to_owned());
        }
        Ok(Hotspots::new(found, about, notices))
    }

    fn fill(&self) -> Option<StatisticFill> {
        let class = |category: &EmergingCategory| StatisticClass {
            value: category.name(),
            label: category.name(),
            listed: (format!("ehsa_code {}", category.code()), format!("{}: {}", category.name(), category.about())),
            colour: category.colour(),
            is_cold: category.code() < 0,
        };
        let classes = EmergingCategory::ALL.iter().rev().map(class).collect();
        let title = "Hot spots and their history";
        Some(StatisticFill { column: CATEGORY, title, classes, only_present: true })
    }
}

impl StatisticLayout for Emerging {
    fn columns(&self) -> Vec<StatisticColumn> {
        CellColumn::all(COLUMNS)
    }

    fn read(&self, saved: &SavedColumns<'_>, about: &Value) -> Result<Arc<dyn Findings>, SavedValueError> {
        let slices = about["slices"].as_array().map_or(0, Vec::len);
        let (names, zs) = (saved.texts(CATEGORY), saved.texts(Z));
        let (hot, cold) = (saved.shares("ehsa_hot_share"), saved.shares("ehsa_cold_share"));
        let (trend_z, trend_p) = (saved.reals("trend_z"), saved.shares("trend_p"));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share from 0 to 1 of few slices")]
        let number = |share: f64| (share * slices as f64).round() as usize;
        let (mut places, mut all) = (Vec::with_capacity(names.len()), Vec::with_capacity(names.len() * slices));
        for row in 0..names.len() {
            let category = EmergingCategory::ALL.into_iter().find(|known| names[row] == Some(&*known.name()));
            let text = zs[row].unwrap_or_default();
            let z: Option<Vec<f64>> = text.split(' ').map(|z| z.parse().ok().filter(|z: &f64| z.is_finite())).collect();
            let z = z.filter(|z| z.len() == slices).ok_or_else(|| {
                let expected = format!("{slices} numbers with spaces between, one a slice");
                SavedValueError { row, column: Z, found: text.to_owned(), expected }
            })?;
            all.extend(z);
            let trend =
                MannKendall { n: slices, s: 0, variance: 0.0, z: trend_z[row].unwrap_or_default(), p: trend_p[row] };
            let category = category.unwrap_or(EmergingCategory::NoPattern);
            places.push(History { category, hot: number(hot[row]), cold: number(cold[row]), trend });
        }
        Ok(Arc::new(Histories::saved(places, slices, all)))
    }

    fn memory(&self, cells: u64) -> Vec<MemoryNeed> {
        vec![MemoryNeed::of_slices(cells, self.slices)]
    }
}

impl Findings for Histories {
    fn columns(&self) -> Vec<FoundColumn<'_>> {
        CellColumn::of(COLUMNS, self, self.places.len())
    }

    fn is_hot(&self, row: usize) -> bool {
        self.places[row].category.code() > 0
    }
}

fn notices(found: &Histories, counted: &str) -> Vec<String> {
    let of = |category: &EmergingCategory| {
        let cells = found.places.iter().filter(|place| place.category == *category).count();
        (cells > 0).then(|| format!("{} {cells}", category.name().to_lowercase()))
    };
    let categories: Vec<String> = EmergingCategory::ALL.iter().filter_map(of).collect();
    let mut notices = vec![format!("{counted}: {}", categories.join(" · "))];
    if found.slices < 2 * MIN_SLICES {
        notices.push(format!("only {} slices: a single one decides much", found.slices));
    }
    notices
}
