//! What a statistic of hot spots found, as columns of a layer.

use serde_json::Value as Json;

use super::columns::{perhaps, real, text};
use super::saved::Rows;
use super::{Column, Kind, Layer, LayerError, Value};
use crate::hotspot::{
    Bin, Category, Cluster, Clusters, Found, Histories, History, Hotspots, LocalG, LocalMoran, MannKendall, Quadrant,
    Scanned,
};
use crate::incident::Day;
use crate::numbers::{at_most, significant};

/// Names of the values, by statistic.
const GI: [&str; 6] = ["gi_z", "gi_p", "gi_q", "gi_bin", "gi_defined", "gi_p_permuted"];
const MORAN: [&str; 4] = ["moran_i", "moran_quadrant", "moran_p", "moran_q"];
const EMERGING: [&str; 7] = ["ehsa", "ehsa_code", "ehsa_hot_share", "ehsa_cold_share", "trend_z", "trend_p", "ehsa_z"];
const SCAN: [&str; 8] = [
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

/// What was found, read back from a saved layer; near repeats are of no cell and have no columns.
pub(super) fn read(rows: &Rows, about: Option<&Json>) -> Result<Option<Hotspots>, LayerError> {
    let Some(about) = about else { return Ok(None) };
    let found = match about["statistic"].as_str() {
        Some("gi") => Found::Gi(gi_of(rows)?),
        Some("moran") => Found::Moran(moran_of(rows)?),
        Some("emerging") => Found::Emerging(emerging_of(rows, about)?),
        Some("scan") => Found::Scan(scan_of(rows, about)?),
        _ => return Ok(None),
    };
    Ok(Some(Hotspots { found, about: about.clone(), notices: Vec::new() }))
}

fn gi_of(rows: &Rows) -> Result<Vec<LocalG>, LayerError> {
    let [z, p, q, bin, defined, permuted] = GI;
    let permuted = if rows.has(permuted) { rows.reals(permuted)? } else { vec![None; rows.cells.len()] };
    let (z, p, q, bin, defined) =
        (rows.reals(z)?, rows.shares(p)?, rows.shares(q)?, rows.wholes(bin)?, rows.flags(defined)?);
    let cell = |row: usize| {
        let z = z[row].unwrap_or_default();
        // A q that was rounded onto the end of a class belongs to the side on which it was.
        let sides = [q[row], q[row].next_up(), q[row].next_down()];
        let q = sides.into_iter().find(|&q| Some(i64::from(Bin::of(z, q).number)) == bin[row]).unwrap_or(q[row]);
        LocalG { z, p: p[row], q, p_permuted: permuted[row], is_defined: defined[row] }
    };
    Ok((0..rows.cells.len()).map(cell).collect())
}

fn moran_of(rows: &Rows) -> Result<Vec<LocalMoran>, LayerError> {
    let [i, quadrant, p, q] = MORAN;
    let (i, quadrant, p, q) = (rows.reals(i)?, rows.texts(quadrant)?, rows.shares(p)?, rows.shares(q)?);
    let cell = |row: usize| LocalMoran {
        i: i[row].unwrap_or_default(),
        quadrant: Quadrant::ALL.into_iter().find(|known| quadrant[row].as_deref() == Some(known.id())),
        p: p[row],
        q: q[row],
    };
    Ok((0..rows.cells.len()).map(cell).collect())
}

fn emerging_of(rows: &Rows, about: &Json) -> Result<Histories, LayerError> {
    let [name, _, hot, cold, trend_z, trend_p, z] = EMERGING;
    let slices = about["slices"].as_array().map_or(0, Vec::len);
    let (names, zs) = (rows.texts(name)?, rows.texts(z)?);
    let (hot, cold, trend_z, trend_p) =
        (rows.shares(hot)?, rows.shares(cold)?, rows.reals(trend_z)?, rows.shares(trend_p)?);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share from 0 to 1 of few slices")]
    let part = |share: f64| (share * slices as f64).round() as usize;
    let (mut places, mut all) = (Vec::with_capacity(names.len()), Vec::with_capacity(names.len() * slices));
    for row in 0..names.len() {
        let category = Category::ALL.into_iter().find(|known| names[row].as_deref() == Some(&*known.name()));
        let told = zs[row].as_deref().unwrap_or_default();
        let z: Option<Vec<f64>> = told.split(' ').map(|z| z.parse().ok().filter(|z: &f64| z.is_finite())).collect();
        let z = z.filter(|z| z.len() == slices).ok_or_else(|| {
            let expected = format!("{slices} numbers with spaces between, one a slice");
            rows.refused(row, EMERGING[6], &text(told), expected)
        })?;
        all.extend(z);
        let trend =
            MannKendall { n: slices, s: 0, variance: 0.0, z: trend_z[row].unwrap_or_default(), p: trend_p[row] };
        let category = category.unwrap_or(Category::NoPattern);
        places.push(History { category, hot: part(hot[row]), cold: part(cold[row]), trend });
    }
    Ok(Histories::told(places, slices, all))
}

fn scan_of(rows: &Rows, about: &Json) -> Result<Scanned, LayerError> {
    let [number, _, llr, _, expected, risk, ..] = SCAN;
    let (numbers, llr, expected, risk) =
        (rows.wholes(number)?, rows.reals(llr)?, rows.reals(expected)?, rows.reals(risk)?);
    let told = about["clusters"].as_array().map_or(&[][..], Vec::as_slice);
    let day = |cluster: &Json, which: &str| {
        cluster[which].as_str().and_then(|day| day.parse::<Day>().ok()).unwrap_or_default()
    };
    let whole = |value: &Json| value.as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or_default();
    let mut borders: Vec<Day> = told.iter().flat_map(|cluster| [day(cluster, "from"), day(cluster, "to")]).collect();
    borders.sort_unstable();
    borders.dedup();
    let border = |day: Day| borders.binary_search(&day).unwrap_or_default();
    let place = |number: Option<i64>| usize::try_from(number?).ok()?.checked_sub(1).filter(|&place| place < told.len());
    let cluster_of: Vec<Option<usize>> = numbers.into_iter().map(place).collect();
    let cluster = |(place, told): (usize, &Json)| {
        let cells: Vec<usize> = (0..cluster_of.len()).filter(|&row| cluster_of[row] == Some(place)).collect();
        // What tables round otherwise than the provenance, as tables have it, where there is a cell to tell.
        let of =
            |column: &[Option<f64>], name: &str| cells.first().map_or_else(|| told[name].as_f64(), |&row| column[row]);
        let centre = told["centre"].as_str().and_then(|cell| cell.parse().ok());
        let centre = centre.and_then(|cell| rows.cells.binary_search_by_key(&cell, |(cell, _)| *cell).ok());
        Cluster {
            centre: centre.or(cells.first().copied()).unwrap_or_default(),
            radius: whole(&told["radius"]),
            from: border(day(told, "from")),
            to: border(day(told, "to")),
            observed: whole(&told["observed"]),
            expected: of(&expected, "expected").unwrap_or_default(),
            llr: of(&llr, "llr").unwrap_or_default(),
            relative_risk: of(&risk, "relative_risk"),
            p: told["p"].as_f64().unwrap_or(1.0),
            cells,
        }
    };
    let clusters = told.iter().enumerate().map(cluster).collect();
    let cases = about["counted"].as_str().and_then(|text| text.split(' ').next()?.parse().ok()).unwrap_or_default();
    Ok(Scanned { found: Clusters { clusters, cases, replicates: Vec::new() }, cluster_of, borders })
}

/// A probability, which may be tiny.
fn probability(value: f64) -> Value<'static> {
    Value::Real(significant(value, 4))
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
            Kind::Real,
            |row| real(cells[row].z, 4),
        ),
        Column::new(p, "its two-sided p by the normal distribution", Kind::Real, |row| probability(cells[row].p)),
        Column::new(q, "its q by Benjamini and Hochberg among all cells", Kind::Real, |row| probability(cells[row].q)),
        Column::new(bin, "1, 2, 3 where q is at most 0.1, 0.05, 0.01; below 0 for cold spots", Kind::Whole, |row| {
            Value::Whole(cells[row].bin().into())
        }),
        Column::new(defined, "whether z is defined; if not, z is 0 and p 1", Kind::Flag, |row| {
            Value::Flag(cells[row].is_defined)
        }),
    ]);
    if cells.iter().any(|cell| cell.p_permuted.is_some()) {
        columns.push(Column::new(permuted, "its two-sided p by conditional permutation", Kind::Real, |row| {
            perhaps(cells[row].p_permuted, probability)
        }));
    }
}

fn moran<'a>(cells: &'a [LocalMoran], columns: &mut Vec<Column<'a>>) {
    let [i, quadrant, p, q] = MORAN;
    columns.extend([
        Column::new(i, "local Moran: above 0 where a cell is like its neighbours", Kind::Real, |row| {
            real(cells[row].i, 4)
        }),
        Column::new(quadrant, "HH, LL, HL or LH: the cell, then its neighbours, beside the mean", Kind::Text, |row| {
            perhaps(cells[row].quadrant, |quadrant| text(quadrant.id()))
        }),
        Column::new(p, "its two-sided p by conditional permutation", Kind::Real, |row| probability(cells[row].p)),
        Column::new(q, "its q by Benjamini and Hochberg among all cells", Kind::Real, |row| probability(cells[row].q)),
    ]);
}

fn emerging<'a>(found: &'a Histories, columns: &mut Vec<Column<'a>>) {
    let [name, code, hot, cold, trend_z, trend_p, z] = EMERGING;
    let place = |row: usize| &found.places[row];
    let share = |slices: usize| real(slices as f64 / found.slices as f64, 4);
    columns.extend([
        Column::new(name, "category of its history by Emerging Hot Spot Analysis", Kind::Text, move |row| {
            text(place(row).category.name())
        }),
        Column::new(code, "1 to 8 for hot spots, -1 to -8 for cold ones, 0 for none", Kind::Whole, move |row| {
            Value::Whole(place(row).category.code().into())
        }),
        Column::new(hot, "share of the slices in which it is hot, 0 to 1", Kind::Real, move |row| {
            share(place(row).hot)
        }),
        Column::new(cold, "share of the slices in which it is cold, 0 to 1", Kind::Real, move |row| {
            share(place(row).cold)
        }),
        Column::new(trend_z, "Mann–Kendall's z of its Gi*: above 0 where it grows hotter", Kind::Real, move |row| {
            real(place(row).trend.z, 4)
        }),
        Column::new(trend_p, "its two-sided p", Kind::Real, move |row| probability(place(row).trend.p)),
        Column::new(z, "Gi* of each slice, the oldest first, with spaces between", Kind::Text, |row| {
            let shown: Vec<String> = found.z(row).iter().map(|z| at_most(*z, 2).to_string()).collect();
            text(shown.join(" "))
        }),
    ]);
}

fn scan<'a>(scanned: &'a Scanned, columns: &mut Vec<Column<'a>>) {
    let [number, p, llr, observed, expected, risk, from, to] = SCAN;
    let within = |row: usize| Some(&scanned.found.clusters[scanned.cluster_of[row]?]);
    let of = move |row: usize, value: fn(&Cluster) -> Value<'static>| perhaps(within(row), value);
    let day = move |row: usize, slice: fn(&Cluster) -> usize, back: i32| {
        perhaps(within(row), |cluster| text((scanned.borders[slice(cluster)] - back).to_string()))
    };
    columns.extend([
        Column::new(number, "cluster of a space-time scan the cell is in, the most likely first", Kind::Whole, |row| {
            perhaps(scanned.cluster_of[row], |number| Value::Whole(i64::try_from(number + 1).unwrap_or(i64::MAX)))
        }),
        Column::new(p, "its p by random worlds, which allows for having looked everywhere", Kind::Real, move |row| {
            of(row, |cluster| probability(cluster.p))
        }),
        Column::new(llr, "its log-likelihood ratio", Kind::Real, move |row| of(row, |cluster| real(cluster.llr, 4))),
        Column::new(observed, "reports in it", Kind::Whole, move |row| {
            of(row, |cluster| Value::Whole(cluster.observed.into()))
        }),
        Column::new(expected, "reports it should hold", Kind::Real, move |row| {
            of(row, |cluster| real(cluster.expected, 4))
        }),
        Column::new(risk, "observed ÷ expected in it, divided by the same outside", Kind::Real, move |row| {
            perhaps(within(row).and_then(|cluster| cluster.relative_risk), |risk| real(risk, 3))
        }),
        Column::new(from, "its first day", Kind::Text, move |row| day(row, |cluster| cluster.from, 0)),
        Column::new(to, "its last day", Kind::Text, move |row| day(row, |cluster| cluster.to, 1)),
    ]);
}
