//! What a statistic of hot spots found, from the rows of a saved layer.

use serde_json::Value as Json;

use super::super::hotspots::{EMERGING, GI, MORAN, SCAN};
use super::LayerError;
use super::rows::SavedRows;
use crate::hotspot::{
    Bin, Category, Cluster, Clusters, Found, Histories, History, Hotspots, LocalG, LocalMoran, MannKendall, Quadrant,
    Scanned,
};
use crate::incident::Day;
use crate::score::columns::text;

/// What was found, read back from a saved layer; near repeats are of no cell and have no columns.
pub(super) fn read(rows: &SavedRows, about: Option<&Json>) -> Result<Option<Hotspots>, LayerError> {
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

fn gi_of(rows: &SavedRows) -> Result<Vec<LocalG>, LayerError> {
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

fn moran_of(rows: &SavedRows) -> Result<Vec<LocalMoran>, LayerError> {
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

fn emerging_of(rows: &SavedRows, about: &Json) -> Result<Histories, LayerError> {
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
            rows.invalid(row, EMERGING[6], &text(told), expected)
        })?;
        all.extend(z);
        let trend =
            MannKendall { n: slices, s: 0, variance: 0.0, z: trend_z[row].unwrap_or_default(), p: trend_p[row] };
        let category = category.unwrap_or(Category::NoPattern);
        places.push(History { category, hot: part(hot[row]), cold: part(cold[row]), trend });
    }
    Ok(Histories::told(places, slices, all))
}

fn scan_of(rows: &SavedRows, about: &Json) -> Result<Scanned, LayerError> {
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
