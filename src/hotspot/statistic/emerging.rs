//! Emerging Hot Spot Analysis of the reports in slices of time, by name.

use h3o::CellIndex;
use serde_json::Value;

use super::super::found::{CellColumn, cell_columns, class_counts, number, probability, real, words};
use super::super::inputs::about_neighbours;
use super::super::options::{KERNEL, OptionRow, RINGS, SLICE, SLICES, StatisticOptions, option, switch};
use super::super::{
    EmergingCategory, EmergingOptions, Findings, FoundColumn, Histories, History, HotspotError, Hotspots, MIN_SLICES,
    Neighbours, Panel, Slices, StatisticClass, StatisticFill, StatisticInputs, emerging,
};
use super::{CellStatistic, MemoryNeed};
use crate::incident::Every;
use crate::rounding::round_to;
use crate::score::columns::{ColumnSchema, ColumnValue, text};
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
}

impl StatisticOptions for Emerging {
    const ID: &'static str = "emerging";
    const ABOUT: &'static str =
        "Emerging Hot Spot Analysis: hot and cold spots that are new, last or fade, week by week";
    const OPTIONS: &'static [OptionRow<Self>] = &[
        RINGS.sets(|one| &mut one.neighbours.rings),
        KERNEL.sets(|one| &mut one.neighbours.kernel),
        SLICE.sets(|one| &mut one.slices.every),
        SLICES.sets(|one| &mut one.slices.max),
        option("lag", "N", "1", "slices before its own that a neighbourhood reaches back")
            .sets(|one| &mut one.options.lag),
        option("edition", "NAME", "esri-3", "rules of the categories, esri-3 or esri-2")
            .sets(|one| &mut one.options.edition),
        option(
            "reference",
            "cube|neighbourhood",
            "cube",
            "compare with all slices (cube) or those of the neighbourhood",
        )
        .sets(|one| &mut one.options.reference),
        option("significance", "Q", "0.05", "maximum q of a slice that is hot or cold")
            .sets(|one| &mut one.options.significance),
        option("trend-significance", "P", "0.05", "maximum p of a trend")
            .sets(|one| &mut one.options.trend_significance),
        switch("hamed-rao", "a trend test that allows for autocorrelation between slices (Hamed and Rao)")
            .sets(|one| &mut one.options.allows_for_autocorrelation),
    ];
}

const CATEGORY: &str = "ehsa";

/// Notice for slices that cut the months of reports that are dated by month.
const BY_MONTH: &str = "most reports are dated by month: slices of days have the month's share each, and look more alike than they \
                        were; --slice 1mo, up to the first day of a month, does not cut them";

/// Schema of a share of the slices.
const fn share(name: &'static str, about: &'static str) -> ColumnSchema {
    ColumnSchema::real(name, "share", (0.0, 1.0), |share| round_to(share, 4), about)
}

impl Histories {
    fn share(&self, slices: usize) -> ColumnValue<'static> {
        ColumnValue::Real(slices as f64 / self.slices as f64)
    }

    /// Number of slices from their share.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share from 0 to 1 of few slices")]
    fn slices_of(&self, share: &ColumnValue<'_>) -> Option<usize> {
        real(share).map(|share| (share * self.slices as f64).round() as usize)
    }
}

impl CellStatistic for Emerging {
    type Found = Histories;
    const COLUMNS: &'static [CellColumn<Histories>] = cell_columns! { Histories, |found, row|
        custom ColumnSchema::text(CATEGORY, "category of its history by Emerging Hot Spot Analysis")
            => text(found.places[row].category.name()),
            |found, row, value| {
                let category = EmergingCategory::ALL.into_iter().find(|known| words(value) == Some(&*known.name()));
                category.map(|category| found.places[row].category = category)
            };
        derived ColumnSchema::whole("ehsa_code", "", (-8.0, 8.0), "1 to 8 for hot spots, -1 to -8 for cold ones, 0 for none")
            => ColumnValue::Whole(found.places[row].category.code().into());
        custom share("ehsa_hot_share", "share of the slices in which it is hot, 0 to 1")
            => found.share(found.places[row].hot),
            |found, row, value| found.slices_of(value).map(|hot| found.places[row].hot = hot);
        custom share("ehsa_cold_share", "share of the slices in which it is cold, 0 to 1")
            => found.share(found.places[row].cold),
            |found, row, value| found.slices_of(value).map(|cold| found.places[row].cold = cold);
        field number("trend_z", "", f64::MIN, "Mann–Kendall's z of its Gi*: above 0 where it grows hotter") => found.places[row].trend.z;
        field probability("trend_p", "its two-sided p") => found.places[row].trend.p;
        custom ColumnSchema::text("ehsa_z", "Gi* of each slice, the oldest first, with spaces between")
            => text(found.z(row).iter().map(|z| round_to(*z, 2).to_string()).collect::<Vec<_>>().join(" ")),
            |found, row, value| {
                let finite = |z: &str| z.parse().ok().filter(|z: &f64| z.is_finite());
                let z: Vec<f64> = words(value)?.split(' ').map(finite).collect::<Option<_>>()?;
                (z.len() == found.slices).then(|| found.z[row * z.len()..][..z.len()].copy_from_slice(&z))
            };
    };

    fn check_options(&self) -> Result<(), HotspotError> {
        self.neighbours.check()?;
        self.options.check(self.slices.max.unwrap_or(usize::MAX))
    }

    fn compute(&self, inputs: StatisticInputs<'_>) -> Result<Hotspots, HotspotError> {
        let StatisticInputs { cube, area, method, scores, coverage, .. } = inputs;
        let options = self.options;
        let weights = self.neighbours.weights(area)?;
        let panel = Panel::of(cube, area, method, coverage, scores.as_of, self.slices)?;
        let found = emerging(&panel.values, panel.slices(), &weights, options)?;
        let (from, to) = (panel.borders[0], scores.as_of - 1);
        let counted = format!("reports in {} slices from {from} to {to}", panel.slices());
        let mut about = about_neighbours(Self::ID, &counted, self.neighbours);
        about["slices"] = panel.borders[1..].iter().map(ToString::to_string).collect::<Vec<_>>().into();
        about["edition"] = options.edition.id().into();
        about["lag"] = options.lag.into();
        about["reference"] = options.reference.id().into();
        about["fdr_family"] = "all cells and slices".into();
        about["significance"] = options.significance.into();
        about["trend_significance"] = options.trend_significance.into();
        about["trend"] = if options.allows_for_autocorrelation { "hamed-rao" } else { "mann-kendall" }.into();
        let cells = |category: &_| found.places.iter().filter(|place| place.category == *category).count();
        let categories = EmergingCategory::ALL.iter().map(|category| (category.name(), cells(category)));
        let mut notices = vec![format!("{counted}: {}", class_counts(categories))];
        if found.slices < 2 * MIN_SLICES {
            notices.push(format!("only {} slices: a single one decides much", found.slices));
        }
        if panel.uncovered_days > 0 {
            let days = panel.uncovered_days;
            notices.push(format!("days of the last slice after the last report, taken for quiet: {days}"));
        }
        if matches!(self.slices.every, Every::Days(_)) && cube.is_by_month() {
            notices.push(BY_MONTH.to_owned());
        }
        Ok(Hotspots::new(found, about, notices))
    }

    fn blank(cells: &[CellIndex], about: &Value) -> Histories {
        let slices = about["slices"].as_array().map_or(0, Vec::len);
        let trend = MannKendall { n: slices, s: 0, variance: 0.0, z: 0.0, p: 1.0 };
        let place = History { category: EmergingCategory::NoPattern, hot: 0, cold: 0, trend };
        let z = vec![0.0; cells.len() * slices];
        Histories { places: vec![place; cells.len()], slices, z, signs: Vec::new() }
    }

    fn legend() -> Option<StatisticFill> {
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

    fn needs(&self, cells: u64) -> Vec<MemoryNeed> {
        vec![MemoryNeed::of_slices(cells, self.slices)]
    }
}

impl Findings for Histories {
    fn columns(&self) -> Vec<FoundColumn<'_>> {
        CellColumn::of(Emerging::COLUMNS, self, self.places.len())
    }

    fn is_hot(&self, row: usize) -> bool {
        self.places[row].category.code() > 0
    }
}
