//! Look at the positions of all files together: strays, a time zone elsewhere, a study area elsewhere.

use geo::{BoundingRect, MultiPolygon};
use h3o::{CellIndex, LatLng};
use jiff::tz::TimeZone;

use super::Engine;
use crate::code::Code;
use crate::config::Plan;
use crate::cube::Cube;
use crate::error::Error;
use crate::grid::StudyArea;
use crate::incident::Day;
use crate::ingest::{
    Bbox, Bulk, FileTally, IngestError, Ledger, Outside, Slip, SquareCount, grids_in, sides_of, zone_places,
};
use crate::rounding::round_to;

/// Strays that a notice lists by line.
const MAX_LISTED: usize = 5;

/// Look at all positions, before anything is made of them.
impl Engine {
    /// Notes strays in the accounts of their files, and a time zone whose places are elsewhere.
    ///
    /// # Errors
    /// Positions that would be in the stated time zone with axes swapped or another sign.
    pub(super) fn look_over(&mut self) -> Result<Bulk, Error> {
        let bulk = Bulk::of(self.ledger.files.iter().flat_map(|file| &file.whereabouts).copied());
        if let Some(bbox) = bulk.bbox().filter(|_| !bulk.strays.is_empty()) {
            self.ledger.files.iter_mut().for_each(|file| note_strays(file, &bulk, bbox));
        }
        if let Some(notice) = zone_notice(&bulk, &self.plan, &self.ledger)? {
            // One of a run, beside the notices of its first file.
            if let Some(file) = self.ledger.files.first_mut() {
                file.notices.push(notice);
            }
        }
        Ok(bulk)
    }
}

/// Notes the strays of one file.
fn note_strays(file: &mut FileTally, bulk: &Bulk, bbox: Bbox) {
    let (mut count, mut listed, mut reasons, mut is_framed) = (0, Vec::new(), Vec::new(), false);
    for group in &bulk.strays {
        let own = file.whereabouts.iter().filter(|square| group.holds(square.key()));
        let own: Vec<&SquareCount> = own.collect();
        if own.is_empty() {
            continue;
        }
        is_framed |= group.km < Bulk::NEAR_KM;
        count += own.iter().map(|square| square.count).sum::<u64>();
        for square in own {
            let place = square.line.map_or_else(|| format!("record {}", square.record), |line| format!("line {line}"));
            let [lat, lng] = [square.lat, square.lng].map(|degrees| round_to(degrees, 7));
            listed.push(format!("{place} at {lat}, {lng}, {:.0} km away", group.km));
        }
        let reason = match group.slip {
            _ if group.is_zero => Some("a coordinate of 0 stands for a missing one".to_owned()),
            Some(slip) => Some(format!("{} it would be among them", slip.remedy())),
            None => None,
        };
        reasons.extend(reason.filter(|reason| !reasons.contains(reason)));
    }
    if count == 0 {
        return;
    }
    file.warn(Code::Stray, count);
    let more = listed.len().saturating_sub(MAX_LISTED);
    listed.truncate(MAX_LISTED);
    let more = if more > 0 { format!("; and {more} more places") } else { String::new() };
    let reasons: String = reasons.iter().map(|reason| format!("; {reason}")).collect();
    let framed = if is_framed { "" } else { ", but no map is framed on them" };
    let lie = if count == 1 { "lies" } else { "lie" };
    file.notices.push(format!(
        "{}: {count} of {} positions {lie} far from all others: {}{more}{reasons}. They count{framed}; --bbox {bbox} quarantines them",
        file.name,
        file.accepted,
        listed.join("; ")
    ));
}

/// Notice on a time zone in which few reports are, while another fits.
fn zone_notice(bulk: &Bulk, plan: &Plan, ledger: &Ledger) -> Result<Option<String>, IngestError> {
    let Some(bbox) = zone_places::bbox(&plan.time_zone).filter(|_| plan.reading.bbox.is_none()) else {
        return Ok(None);
    };
    let squares = bulk.squares();
    let places = squares.iter().map(|square| (square.lat, square.lng, square.count));
    let total = bulk.total;
    let outside: u64 = places.clone().filter(|&(lat, lng, _)| !bbox.holds(lat, lng)).map(|(_, _, count)| count).sum();
    let Some(largest) = squares.iter().max_by_key(|square| square.count).filter(|_| outside * 2 > total) else {
        return Ok(None);
    };
    let (lat, lng) = (largest.lat, largest.lng);
    let found = if !(-60.0..=84.0).contains(&lat) {
        let slip = Slip::explaining(places, |lat, lng| !zone_places::around(lat, lng).is_empty());
        slip.filter(|slip| !slip.is_of_digits()).map(|slip| ("the latitudes where people live".to_owned(), slip))
    } else if plan.is_zone_stated {
        let slip = Slip::explaining(places, |lat, lng| bbox.holds(lat, lng)).filter(|slip| !slip.is_of_digits());
        slip.map(|slip| (format!("the time zone {}", plan.time_zone), slip))
    } else {
        None
    };
    if let (Some((expected, slip)), Some(own)) = (found, bulk.bbox()) {
        let (files, place) = (names(ledger), format!("{lat}, {lng}"));
        let outside = Box::new(Outside { files, count: outside, total, place });
        let (remedy, way) = (slip.remedy(), way(slip, ledger));
        return Err(IngestError::SuspectPlace { outside, expected, remedy, way, bbox: own });
    }
    let zones = zone_places::around(lat, lng);
    let Some(nearest) = zones.first().filter(|zone| !have_one_clock(zone, &plan.time_zone)) else { return Ok(None) };
    let how = if plan.is_zone_stated { "the time zone given" } else { "the default time zone" };
    let others = match &zones[1..] {
        [] => String::new(),
        others => format!(" (or {})", others.join(" or ")),
    };
    // Far from every large town, while a slip leads to one: people must say which of both is right.
    let far = Slip::explaining(std::iter::once((lat, lng, 1)), zone_places::is_near_town);
    let far = far.filter(|slip| !slip.is_of_digits() && !zone_places::is_near_town(lat, lng));
    let slip = far.and_then(|slip| {
        let (lat, lng) = slip.undone(lat, lng)?;
        Some(format!("; {} they would be in {}", slip.remedy(), zone_places::around(lat, lng).first()?))
    });
    Ok(Some(format!(
        "{outside} of {total} reports are outside {}, {how}, such as one at {lat}, {lng}: days are counted by its clock; \
         --timezone {nearest} fits{others}{}",
        plan.time_zone,
        slip.unwrap_or_default()
    )))
}

/// True if two time zones have the same clock in winter and in summer.
fn have_one_clock(a: &str, b: &str) -> bool {
    let offsets = |name: &str| {
        let zone = TimeZone::get(name).ok()?;
        // Middle of January and of July 2025.
        let at = |second: i64| Some(zone.to_offset(jiff::Timestamp::from_second(second).ok()?));
        Some([at(1_736_899_200)?, at(1_752_537_600)?])
    };
    offsets(a).is_some_and(|offset| offsets(b) == Some(offset))
}

/// The way to read files without a slip.
fn way(slip: Slip, ledger: &Ledger) -> String {
    let order = ledger.files.first().map(|file| file.other_order.clone()).filter(|order| !order.is_empty());
    order.filter(|_| slip.is_only_order()).unwrap_or_else(|| "correct the file".to_owned())
}

/// Names of the files of reports.
fn names(ledger: &Ledger) -> String {
    let names: Vec<&str> = ledger.files.iter().take(3).map(|file| file.name.as_str()).collect();
    let more = ledger.files.len().saturating_sub(names.len());
    if more > 0 { format!("{} and {more} more", names.join(", ")) } else { names.join(", ") }
}

/// Stops a run with most reports outside the study area, unless they lie all round it or the settings allow it. `inside` is the number
/// of the others, or an upper bound of it.
///
/// # Errors
/// [`IngestError::OutsideArea`].
pub(super) fn check_area(
    bulk: &Bulk,
    [inside, total]: [u64; 2],
    areas: &[MultiPolygon],
    plan: &Plan,
    ledger: &Ledger,
) -> Result<(), IngestError> {
    if plan.keeps_outside || total == 0 || inside * 2 >= total {
        return Ok(());
    }
    let boxes = boxes_of(areas);
    let near: Vec<Bbox> = boxes.iter().map(|bbox| bbox.widened(0.05)).collect();
    let is_in = |lat: f64, lng: f64| near.iter().any(|bbox| bbox.holds(lat, lng));
    let squares = bulk.squares();
    let places = squares.iter().map(|square| (square.lat, square.lng, square.count));
    let slip = Slip::explaining(places.clone(), is_in);
    let is_around = || squares.iter().any(|square| boxes.iter().any(|bbox| meets(square, *bbox)));
    if inside > 0 && slip.is_none() && is_around() {
        return Ok(());
    }
    let example = squares.iter().filter(|square| !is_in(square.lat, square.lng)).max_by_key(|square| square.count);
    let place =
        example.or(squares.first()).map_or_else(String::new, |square| format!("{}, {}", square.lat, square.lng));
    let middle = boxes.first().map(|bbox| bbox.middle());
    let area_slip = middle
        .and_then(|(lat, lng)| Slip::explaining([(lat, lng, 1)].into_iter(), |lat, lng| bulk.is_around(lat, lng)));
    let grids: Vec<String> =
        ledger.files.iter().filter_map(|file| file.assumed_grid).flat_map(|at| grids_in(at, &near)).collect();
    // Each is the other's mirror image: the one where nobody lives is wrong.
    let is_peopled = |lat: f64, lng: f64| !zone_places::around(lat, lng).is_empty();
    let is_area_odd = middle.is_some_and(|(lat, lng)| !is_peopled(lat, lng))
        && example.is_some_and(|square| is_peopled(square.lat, square.lng));
    let advice = match (slip.filter(|_| !is_area_odd), area_slip) {
        (Some(slip), _) => format!("they would be in it {}: {}; ", slip.remedy(), way(slip, ledger)),
        (None, Some(slip)) => {
            format!("the study area would be where the reports are {}: correct its file; ", slip.remedy())
        }
        (None, None) if !grids.is_empty() => {
            format!("another reference system would put them there: {}; ", grids.join(", or "))
        }
        (None, None) => "give the study area of these reports, or the reports of this area; ".to_owned(),
    };
    let area = hull(&boxes).map_or_else(String::new, |bbox| bbox.to_string());
    let outside = Box::new(Outside { files: names(ledger), count: total - inside, total, place });
    Err(IngestError::OutsideArea { outside, area, advice })
}

/// Upper bound of the reports in areas, from squares.
pub(super) fn inside_at_most(bulk: &Bulk, areas: &[MultiPolygon]) -> u64 {
    let boxes = boxes_of(areas);
    let is_in = |square: &&SquareCount| boxes.iter().any(|bbox| meets(square, *bbox));
    bulk.squares().iter().filter(is_in).map(|square| square.count).sum()
}

/// Boxes of the polygons of areas.
fn boxes_of(areas: &[MultiPolygon]) -> Vec<Bbox> {
    let rects = areas.iter().flatten().filter_map(BoundingRect::bounding_rect);
    rects.map(|rect| Bbox::new([rect.min().x, rect.min().y, rect.max().x, rect.max().y])).collect()
}

/// True if a square shares ground with a box that does not cross longitude 180°.
fn meets(square: &SquareCount, bbox: Bbox) -> bool {
    let [west, south, east, north] = sides_of(square.key());
    let [box_west, box_south, box_east, box_north] = bbox.sides();
    west <= box_east && box_west <= east && south <= box_north && box_south <= north
}

/// Box round boxes that do not cross longitude 180°, to three decimals.
fn hull(boxes: &[Bbox]) -> Option<Bbox> {
    let sides = boxes.iter().map(|bbox| bbox.sides());
    let all = sides.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])?;
    Some(Bbox::new(all.map(|degrees| (degrees * 1000.0).round() / 1000.0)))
}

/// Cells with a report known by a day, and their whereabouts.
pub(super) fn bulk_of(cube: &Cube, day: Day) -> (Vec<CellIndex>, Bulk) {
    let (cells, squares): (Vec<CellIndex>, Vec<SquareCount>) = cube
        .counts_known_by(day)
        .map(|(cell, count)| {
            let at = LatLng::from(cell);
            (cell, SquareCount { count, lat: at.lat(), lng: at.lng(), record: 0, line: None })
        })
        .unzip();
    (cells, Bulk::of(squares))
}

/// Cells with reports and their neighbours, without those of strays. Only what was known then decides.
pub(super) fn observed_area(cube: &Cube, as_of: Day) -> StudyArea {
    let (cells, bulk) = bulk_of(cube, as_of);
    let is_stray = bulk.strays_near();
    let is_kept = |cell: &CellIndex| {
        let at = LatLng::from(*cell);
        bulk.strays.is_empty() || !is_stray(at.lat(), at.lng())
    };
    StudyArea::observed(cells.into_iter().filter(is_kept))
}
