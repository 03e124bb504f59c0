//! The columns that every layer has: how each is made from a cell, and put back into one.

use rayon::prelude::*;

use super::columns::{level, perhaps, real, text};
use super::{Kind, Layer, Provenance, Value};
use crate::incident::Category;
use crate::numbers::{at_most, cell_digits};
use crate::score::{CellScore, Level, LevelRule, Status};

/// A column that every layer has.
pub(super) struct Own {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) kind: Kind,
    pub(super) value: for<'a> fn(&'a Layer, &'a CellScore) -> Value<'a>,
    /// Puts a value that was read, of the column's kind or null, into the cell it belongs to; `None` where it cannot be one. What
    /// is made from other columns needs no reading: whoever reads it checks that it is what it would be made.
    pub(super) read: Option<Read>,
}

pub(super) type Read = fn(&mut CellScore, &[LevelRule], &Value<'_>) -> Option<()>;

const fn own(
    name: &'static str,
    about: &'static str,
    kind: Kind,
    value: for<'a> fn(&'a Layer, &'a CellScore) -> Value<'a>,
    read: Read,
) -> Own {
    Own { name, about, kind, value, read: Some(read) }
}

/// One that is made from others.
const fn derived(
    name: &'static str,
    about: &'static str,
    kind: Kind,
    value: for<'a> fn(&'a Layer, &'a CellScore) -> Value<'a>,
) -> Own {
    Own { name, about, kind, value, read: None }
}

/// A number of every cell, from 0 to `most`, with so many digits after the point.
macro_rules! number {
    ($name:literal, $about:literal, $digits:literal, $most:expr, $($place:tt)+) => {
        own(
            $name,
            $about,
            Kind::Real,
            |_, cell| real(cell.$($place)+, $digits),
            |cell, _, value| within(value, $most).map(|value| cell.$($place)+ = value),
        )
    };
}

/// The same of a rate ratio, which not every cell has.
macro_rules! ratio {
    ($name:literal, $about:literal, $digits:literal, $most:expr, $part:ident) => {
        own(
            $name,
            $about,
            Kind::Real,
            |_, cell| perhaps(cell.ratio, |ratio| real(ratio.$part.min(MOST_RATIO), $digits)),
            |cell, _, value| {
                if *value != Value::Null {
                    cell.ratio.get_or_insert_default().$part = within(value, $most)?;
                }
                Some(())
            },
        )
    };
}

/// A share of a strand. A trace is told as such: none at all is something else, and drawn otherwise.
macro_rules! share {
    ($name:literal, $about:literal, $strand:literal) => {
        own(
            $name,
            $about,
            Kind::Real,
            |_, cell| real(if cell.strands[$strand] > 0.0 { cell.strands[$strand].max(TRACE) } else { 0.0 }, 4),
            |cell, _, value| within(value, 1.0).map(|value| cell.strands[$strand] = value),
        )
    };
}

/// The smallest share that is told.
const TRACE: f64 = 1e-4;

/// A number from 0 to `most`.
pub(super) fn within(value: &Value<'_>, most: f64) -> Option<f64> {
    if let Value::Real(number) = *value { Some(number).filter(|number| (0.0..=most).contains(number)) } else { None }
}

/// Largest rate ratio that is written out: beyond it the past rate is as good as none, and more digits would say otherwise.
const MOST_RATIO: f64 = 1e6;

/// A level by the number that readers know it by.
pub(super) fn leveled(value: &Value<'_>, levels: &[LevelRule]) -> Option<Level> {
    let Value::Whole(number) = *value else { return None };
    Level::among(levels, u8::try_from(number).ok()?)
}

/// How many categories of a cell are told of.
const TOP: usize = 3;

/// `asb 45%, riot 30%` taken apart.
fn top(text: &str) -> Option<Vec<(Category, f64)>> {
    let share = |part: &str| {
        let (id, share) = part.strip_suffix('%')?.rsplit_once(' ')?;
        let percent = share.parse::<u32>().ok().filter(|percent| *percent <= 100)?;
        Some((id.parse().ok()?, f64::from(percent) / 100.0))
    };
    text.split(", ").filter(|part| !part.is_empty()).map(share).collect()
}

const ANY: f64 = f64::MAX;

/// The columns of every layer, in order.
pub(super) const OWN: [Own; 26] = [
    derived("h3", "H3 cell", Kind::Text, |_, cell| text(String::from_utf8_lossy(&cell_digits(cell.cell)).into_owned())),
    // Without data there is not even a score of nothing.
    own(
        "score",
        "tension score, 0 to 100 points",
        Kind::Real,
        |_, cell| perhaps((cell.status != Status::NoData).then_some(cell.score), |score| real(score, 2)),
        |cell, _, value| {
            if *value != Value::Null {
                cell.score = within(value, 100.0)?;
            }
            Some(())
        },
    ),
    own(
        "level",
        "computed level, 6 (calm) to 1; null where nothing was scored",
        Kind::Whole,
        |_, cell| perhaps(cell.level, level),
        |cell, levels, value| {
            let level = if *value == Value::Null { None } else { Some(leveled(value, levels)?) };
            (cell.level, cell.raw_level) = (level, level);
            Some(())
        },
    ),
    derived("rag", "computed level as a colour: green, amber or red", Kind::Text, |_, cell| {
        perhaps(cell.level, |level| text(level.rag().id()))
    }),
    own(
        "status",
        "what is known: scored, no_reports or no_data; silence is not calm",
        Kind::Text,
        |_, cell| text(cell.status.id()),
        |cell, _, value| {
            let Value::Text(word) = value else { return None };
            Status::ALL.into_iter().find(|status| status.id() == word).map(|status| cell.status = status)
        },
    ),
    own(
        "sparse",
        "few reports: fewer in the window than the method calls enough",
        Kind::Flag,
        |_, cell| Value::Flag(cell.sparse),
        |cell, _, value| {
            let Value::Flag(flag) = *value else { return None };
            cell.sparse = flag;
            Some(())
        },
    ),
    derived(
        "band",
        "class on the map: its range of scores, whether few reports, or why there is none",
        Kind::Text,
        |layer, cell| text(layer.symbol(cell).value.as_str()),
    ),
    number!("intensity", "points for intensity: weighted, decayed reports", 2, 100.0, intensity),
    number!("u_intensity", "intensity on its own scale, 0 to 1", 4, 1.0, u_intensity),
    number!("surge", "points for surge: credible excess over the place's own past", 2, 100.0, surge),
    number!("corroboration", "points for corroboration: strands and sources that agree", 2, 100.0, corroboration),
    number!("spread", "points for spread: neighbours that are rising too", 2, 100.0, spread),
    number!("density", "density of reports, weighted and decayed, per km² or per 1,000 residents", 3, ANY, density),
    number!("n_window", "reports in the window; months count by their share", 2, ANY, n_window),
    number!("n_baseline", "reports in the baseline", 2, ANY, n_baseline),
    ratio!(
        "n_expected",
        "reports to be expected: what the window would hold at the place's own normal",
        2,
        ANY,
        expected
    ),
    ratio!("rr", "rate ratio: current rate ÷ own past rate, median", 3, MOST_RATIO, rr),
    ratio!("rr_lo", "5 % quantile of the rate ratio", 3, MOST_RATIO, lo),
    ratio!("rr_hi", "95 % quantile of the rate ratio", 3, MOST_RATIO, hi),
    ratio!("p_exceed", "probability that the current rate is above the past one", 4, 1.0, p_exceed),
    share!("experienced", "share of the intensity that people experienced", 0),
    share!("evidenced", "share of the intensity that is evidenced", 1),
    share!("potential", "share of the intensity about what may come", 2),
    own(
        "top_categories",
        "the three categories with most of the intensity",
        Kind::Text,
        |_, cell| {
            let mut top = String::with_capacity(64);
            for (category, share) in cell.categories.iter().take(TOP) {
                let between = if top.is_empty() { "" } else { ", " };
                top += between;
                top += category.id();
                // A share of 0 to 100 %.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 100")]
                let percent = (share * 100.0).round_ties_even() as u8;
                top.extend([" ", &percent.to_string(), "%"]);
            }
            text(top)
        },
        |cell, _, value| {
            if let Value::Text(text) = value { top(text).map(|top| cell.categories = top) } else { None }
        },
    ),
    own(
        "sources",
        "distinct sources in the window",
        Kind::Whole,
        |_, cell| Value::Whole(cell.sources.into()),
        |cell, _, value| {
            let Value::Whole(number) = *value else { return None };
            u32::try_from(number).ok().map(|sources| cell.sources = sources)
        },
    ),
    derived("as_of", "as-of: everything before this day counts, nothing from it on", Kind::Text, |layer, _| {
        text(layer.provenance().as_of.as_str())
    }),
];

/// The cells as tables have them: a layer holds what may leave, so that a picture, a table and a layer that was read back say the
/// same to the last digit.
pub(super) fn as_told(layer: &Layer) -> Vec<CellScore> {
    let told = |cell: &CellScore| {
        let mut told = cell.clone();
        for own in OWN.iter().filter(|own| own.kind == Kind::Real) {
            own.read.and_then(|read| read(&mut told, &[], &(own.value)(layer, cell)));
        }
        told.categories.truncate(TOP);
        for (_, share) in &mut told.categories {
            *share = (*share * 100.0).round_ties_even() / 100.0;
        }
        settle(&mut told, layer.provenance());
        told
    };
    layer.scores.cells.par_iter().with_min_len(512).map(told).collect()
}

/// Fills in what no column has, but follows from those that there are.
pub(super) fn settle(cell: &mut CellScore, provenance: &Provenance) {
    if cell.status == Status::NoData {
        (cell.score, cell.context) = (0.0, 0.0);
        return;
    }
    let most = provenance.context_points.unwrap_or_default();
    cell.context = at_most((cell.score - cell.points_without_context()).clamp(0.0, most), 2);
}
