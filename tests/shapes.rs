//! Cells and polygons against H3's own answers, h3o, brute force and arithmetic.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use geo::{Area, Coord, LineString, MultiPolygon, Polygon};
use h3o::geom::{ContainmentMode, TilerBuilder};
use proptest::prelude::*;
use tensionmap::Code;
use tensionmap::unstable::grid::EARTH_RADIUS_M;
use tensionmap::unstable::grid::{boundary, disk};
use tensionmap::unstable::polygon::Regions;
use tensionmap::{CellIndex, Containment, Input, LatLng, Resolution, StudyArea};

use crate::support::shared;

const MODES: [(&str, Containment); 3] =
    [("center", Containment::Centroid), ("full", Containment::Full), ("overlap", Containment::Overlapping)];

/// Cells that a mode gives, without the one that a polygon too small for it gets.
pub(crate) fn filled(polygons: &MultiPolygon, resolution: Resolution, mode: Containment) -> BTreeSet<CellIndex> {
    let area = StudyArea::of_polygons(polygons, resolution, mode).unwrap();
    if area.small().is_empty() { area.cells().iter().copied().collect() } else { BTreeSet::new() }
}

pub(crate) fn polygons(path: &Path) -> MultiPolygon {
    let parsed: geojson::GeoJson = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let geometry = match parsed {
        geojson::GeoJson::Geometry(geometry) => geometry,
        geojson::GeoJson::Feature(feature) => feature.geometry.unwrap(),
        geojson::GeoJson::FeatureCollection(_) => panic!("{} is a collection", path.display()),
    };
    match geometry.try_into().unwrap() {
        geo::Geometry::Polygon(polygon) => polygon.into(),
        geo::Geometry::MultiPolygon(polygons) => polygons,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn number(text: &str) -> u64 {
    u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap()
}

/// Every shape, resolution and mode as h3-py has it, but one: that shape goes round the south pole with a corner on it, and
/// h3-py, h3o and its plane ground all differ on it.
#[test]
fn polygons_are_filled_as_h3_fills_them() {
    let Some(path) = shared("h3-vectors/h3o/polyfill_reference.json") else { return };
    let reference: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let mut compared = 0;
    for (name, resolutions) in reference["shapes"].as_object().unwrap() {
        let shape = polygons(&path.with_file_name(format!("shapes/{name}.geojson")));
        for (resolution, modes) in resolutions.as_object().unwrap() {
            let resolution = Resolution::try_from(resolution.parse::<u8>().unwrap()).unwrap();
            for (id, mode) in MODES {
                if name == "h3o_issue23" {
                    let error = StudyArea::of_polygons(&shape, resolution, mode).unwrap_err();
                    let cause = std::error::Error::source(&error).unwrap().to_string();
                    assert!(cause.starts_with("it goes round a pole through a corner on it"), "{cause}");
                    continue;
                }
                let cells = filled(&shape, resolution, mode);
                let place = format!("{name} resolution {resolution} {id}");
                if let Some(expected) = modes[id].as_array() {
                    let expected: BTreeSet<CellIndex> =
                        expected.iter().map(|cell| cell.as_str().unwrap().parse().unwrap()).collect();
                    assert_eq!(cells, expected, "{place}");
                } else {
                    let hash = cells.iter().fold(0, |hash, &cell| hash ^ u64::from(cell));
                    assert_eq!(cells.len() as u64, modes[id]["count"].as_u64().unwrap(), "{place}");
                    assert_eq!(hash, number(modes[id]["xor_hash"].as_str().unwrap()), "{place}");
                }
                compared += 1;
            }
        }
    }
    assert!(compared > 400, "{compared}");
}

/// The counts of uber/h3's testPolygonToCells and testPolygonToCellsExperimental.
#[test]
fn counts_are_those_of_the_c_library() {
    let Some(folder) = shared("h3-vectors/h3o/shapes") else { return };
    for (name, expected) in [("SanFrancisco", [1253, 1175, 1334]), ("SanFranciscoHole", [1214, 1118, 1311])] {
        let shape = polygons(&folder.join(format!("{name}.geojson")));
        let counts = MODES.map(|(_, mode)| filled(&shape, Resolution::Nine, mode).len());
        assert_eq!(counts, expected, "{name}");
    }
}

/// A star with a hole: corners at random distances round a place, at most `size` degrees of latitude away.
fn star() -> impl Strategy<Value = (Polygon, f64)> {
    let place = (-180.0..180.0_f64, prop_oneof![-89.0..89.0_f64, 50.0..60.0_f64]);
    let size = (-4.0..1.3_f64).prop_map(|power| 10.0_f64.powf(power));
    let corners = prop::collection::vec(0.1..1.0_f64, 3..30);
    (place, size, corners, prop::bool::ANY).prop_map(|((lng, lat), size, corners, holed)| {
        let wide = 1.0 / f64::to_radians(lat).cos();
        let ring = |scale: f64| -> LineString {
            let count = corners.len() as f64;
            let corner = |(index, far): (usize, &f64)| {
                let (sin, cos) = (std::f64::consts::TAU * index as f64 / count).sin_cos();
                let x = (lng + size * scale * far * cos * wide).clamp(-180.0, 180.0);
                Coord { x, y: (lat + size * scale * far * sin).clamp(-90.0, 90.0) }
            };
            let mut ring: LineString = corners.iter().enumerate().map(corner).collect();
            ring.close();
            ring
        };
        (Polygon::new(ring(1.0), if holed { vec![ring(0.5)] } else { Vec::new() }), size)
    })
}

/// Resolution at which a star has some hundreds of cells, or fewer.
fn fitting(size: f64, finer: u8) -> Resolution {
    let mut resolution = 0;
    while resolution < 15 && 70.0 / 7.0_f64.sqrt().powi(i32::from(resolution)) > size {
        resolution += 1;
    }
    Resolution::try_from((resolution + finer).min(15)).unwrap()
}

fn tiled(polygon: &Polygon, resolution: Resolution, mode: ContainmentMode) -> BTreeSet<CellIndex> {
    let mut tiler = TilerBuilder::new(resolution).containment_mode(mode).disable_transmeridian_heuristic().build();
    tiler.add(polygon.clone()).unwrap();
    tiler.into_coverage().collect()
}

/// Crossings of a ray, in plain arithmetic.
fn inside(polygon: &Polygon, at: Coord) -> bool {
    let mut odd = false;
    for line in std::iter::once(polygon.exterior()).chain(polygon.interiors()).flat_map(LineString::lines) {
        if (line.start.y > at.y) != (line.end.y > at.y) {
            let x = line.start.x + (at.y - line.start.y) / (line.end.y - line.start.y) * (line.end.x - line.start.x);
            odd ^= x > at.x;
        }
    }
    odd
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// Anywhere, of any size: the cells whose centre lies inside, as h3o finds them, and what is full and met as well, away
    /// from where h3o cuts cells.
    #[test]
    fn stars_are_filled_as_h3o_fills_them((star, size) in star(), finer in 0..3_u8) {
        let resolution = fitting(size, finer);
        prop_assume!(star.unsigned_area() > 0.0);
        // What goes half round a pole is refused here, and has h3o check itself in vain.
        prop_assume!(star.exterior().lines().all(|edge| edge.delta().x.abs() < 180.0 && edge.start.y.abs() < 89.0));
        // A star that the map's edge bends may no longer hold its hole.
        prop_assume!(star.interiors().is_empty() || star.exterior().0.iter().all(|at| at.x.abs() < 180.0));
        let shape: MultiPolygon = star.clone().into();
        let centres = filled(&shape, resolution, Containment::Centroid);
        prop_assert_eq!(&centres, &tiled(&star, resolution, ContainmentMode::ContainsCentroid));
        let far = star.exterior().0.iter().all(|at| at.x.abs() + 3.0 * size < 175.0 && at.y.abs() + 3.0 * size < 80.0);
        if far && finer == 0 {
            let full = filled(&shape, resolution, Containment::Full);
            let met = filled(&shape, resolution, Containment::Overlapping);
            prop_assert_eq!(&full, &tiled(&star, resolution, ContainmentMode::ContainsBoundary));
            prop_assert_eq!(&met, &tiled(&star, resolution, ContainmentMode::Covers));
            prop_assert_eq!(&met, &filled(&shape, resolution, Containment::Covers));
            prop_assert!(full.is_subset(&centres) && centres.is_subset(&met));
        }
    }

    /// Stars of up to the size of a continent against a look at every cell of the globe.
    #[test]
    fn continents_are_filled_as_by_a_search_of_the_globe((star, _) in star(), resolution in 0..4_u8, grown in 10.0..80.0_f64) {
        let resolution = Resolution::try_from(resolution).unwrap();
        let middle = star.exterior().0[0];
        let scale = |ring: &LineString| -> LineString {
            let far = ring.0.iter().map(|at| (at.x - middle.x).abs().max((at.y - middle.y).abs())).fold(1e-9, f64::max);
            let corner = |at: &Coord| Coord {
                x: (middle.x + (at.x - middle.x) / far * grown).clamp(-180.0, 180.0),
                y: (middle.y + (at.y - middle.y) / far * grown).clamp(-90.0, 90.0),
            };
            ring.0.iter().map(corner).collect()
        };
        let star = Polygon::new(scale(star.exterior()), Vec::new());
        prop_assume!(star.unsigned_area() > 0.0);
        let expected: BTreeSet<CellIndex> = CellIndex::base_cells()
            .flat_map(|cell| cell.children(resolution))
            .filter(|&cell| {
                let at = h3o::LatLng::from(cell);
                inside(&star, Coord { x: at.lng(), y: at.lat() })
            })
            .collect();
        prop_assert_eq!(filled(&star.into(), resolution, Containment::Centroid), expected);
    }

    /// A disk is what a walk over neighbours finds, anywhere.
    #[test]
    fn disks_are_what_a_walk_finds(lat in -90.0..90.0_f64, lng in -180.0..180.0_f64, resolution in 0..16_u8, k in 0..5_u32) {
        let cell = LatLng::new(lat, lng).unwrap().cell(Resolution::try_from(resolution).unwrap());
        prop_assert_eq!(disk(cell, k), walked(cell, k));
    }

    /// Outlines are wound counter-clockwise, within the map, and hold the area of the cell.
    #[test]
    fn outlines_hold_the_ground_of_the_cell(lat in -90.0..90.0_f64, lng in -180.0..180.0_f64, resolution in 3..16_u8) {
        let cell = LatLng::new(lat, lng).unwrap().cell(Resolution::try_from(resolution).unwrap());
        sound(cell);
    }
}

fn walked(cell: CellIndex, k: u32) -> Vec<CellIndex> {
    let mut seen = BTreeSet::from([cell]);
    for _ in 0..k {
        // Neighbours share an edge.
        let next: Vec<CellIndex> = seen
            .iter()
            .flat_map(|&one| one.grid_ring::<Vec<_>>(1).into_iter().filter(move |&other| one != other))
            .collect();
        seen.extend(next);
    }
    seen.remove(&cell);
    seen.into_iter().collect()
}

fn sound(cell: CellIndex) {
    let outline = boundary::outline(cell);
    let [west, south, east, north] = boundary::bbox(cell);
    assert!(!outline.0.is_empty() && outline.0.len() <= 2, "{cell}");
    for part in &outline {
        assert!(part.signed_area() > 0.0, "{cell} winds clockwise");
        for at in part.exterior() {
            assert!((-180.0..=180.0).contains(&at.x) && (south..=north).contains(&at.y), "{cell} {at:?}");
            let within = if west <= east { (west..=east).contains(&at.x) } else { at.x >= west || at.x <= east };
            assert!(within, "{cell} {at:?} is not in {west} to {east}");
        }
        let widest = part.exterior().lines().map(|edge| (edge.end.x - edge.start.x).abs()).fold(0.0, f64::max);
        assert!(widest <= 180.0 || south <= -90.0 || north >= 90.0, "{cell} wraps round the world");
    }
    // Edges straight in longitude and latitude, against great circles: they differ by the square of a cell's size.
    let sine_area = |part: &Polygon| {
        let edge = |edge: geo::Line| {
            let (from, to) = (edge.start.y.to_radians(), edge.end.y.to_radians());
            let mean = if (from - to).abs() < 1e-9 { from.sin() } else { (from.cos() - to.cos()) / (to - from) };
            (edge.end.x - edge.start.x).to_radians() * mean
        };
        part.exterior().lines().map(edge).sum::<f64>().abs()
    };
    let area: f64 = outline.iter().map(sine_area).sum();
    let steep = 1.0 / (1.0 - (north.abs().max(south.abs()) / 90.0)).max(1e-3);
    if u8::from(cell.resolution()) < 10 && steep < 20.0 {
        let ratio = area / cell.area_rads2();
        assert!((ratio - 1.0).abs() < 0.02 * steep, "{cell}: {ratio}");
    }
}

/// Fewer neighbours only round a pentagon: a k-disk about one has 5k(k+1)/2 others.
#[test]
fn pentagons_have_five_neighbours() {
    for resolution in [0, 1, 4, 9, 15] {
        for pentagon in Resolution::try_from(resolution).unwrap().pentagons() {
            for k in 1..4 {
                let most = if resolution == 0 { 11 * usize::from(k < 3) } else { 5 * k * (k + 1) / 2 };
                if resolution > 0 || k == 1 {
                    let expected = if resolution == 0 { 5 } else { most };
                    let cells = disk(pentagon, u32::try_from(k).unwrap());
                    assert_eq!(cells.len(), expected, "{pentagon} {k}");
                    assert_eq!(cells, walked(pentagon, u32::try_from(k).unwrap()));
                }
            }
        }
    }
}

/// Both poles, and cells along longitude 180°.
#[test]
fn outlines_are_cut_where_the_map_ends() {
    for resolution in 0..16 {
        let resolution = Resolution::try_from(resolution).unwrap();
        for lat in [-90.0, 90.0] {
            let cell = LatLng::new(lat, 0.0).unwrap().cell(resolution);
            let [west, _, east, _] = boundary::bbox(cell);
            assert!(west <= -180.0 && east >= 180.0, "{cell}");
            assert!(boundary::outline(cell).exterior_coords().any(|at| at.y.abs() >= 90.0), "{cell}");
            if u8::from(resolution) > 2 {
                sound(cell);
            }
        }
        let crossing = (-80..=80).map(|lat| LatLng::new(f64::from(lat), 180.0).unwrap().cell(resolution));
        let cut = crossing.filter(|&cell| boundary::outline(cell).0.len() == 2).count();
        assert!(cut > 100, "resolution {resolution}: {cut}");
    }
    let whole: f64 =
        CellIndex::base_cells().flat_map(|cell| cell.children(Resolution::Two)).map(boundary::area_km2).sum();
    assert!((whole / (4.0 * std::f64::consts::PI * (EARTH_RADIUS_M / 1000.0).powi(2)) - 1.0).abs() < 1e-12, "{whole}");
}

/// The number of cells is known before they are filled, for compact and for thin shapes.
#[test]
fn cells_are_estimated_before_they_are_filled() {
    let ring = |corners: &[(f64, f64)]| Polygon::new(LineString::from(corners.to_vec()), Vec::new());
    let refused = |polygon: Polygon, resolution: Resolution| match StudyArea::of_polygons(
        &polygon.into(),
        resolution,
        Containment::Overlapping,
    )
    .unwrap_err()
    {
        tensionmap::unstable::error::GridError::TooManyCells { estimate, max, .. } => (estimate, max),
        other => panic!("{other}"),
    };
    // As good as without ground, and thousands of kilometres long.
    let (estimate, most) = refused(ring(&[(0.0, 0.0), (60.0, 40.0), (60.0, 40.000_001)]), Resolution::Fifteen);
    assert!(estimate > most && most == StudyArea::MAX_CELLS, "{estimate}");
    // Compact: 10° by 10° at the equator, 1.23 million km², has 0.105 km² cells on average.
    let (estimate, _) = refused(ring(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]), Resolution::Nine);
    assert!((9e6..1.8e7).contains(&(estimate as f64)), "{estimate}");
    // Just within the limit, and near it.
    let band = ring(&[(0.0, 52.0), (40.0, 52.0), (40.0, 52.000_1), (0.0, 52.000_1)]);
    let area = StudyArea::of_polygons(&band.into(), Resolution::Eleven, Containment::Overlapping).unwrap();
    assert!(area.cells().len() > 50_000, "{}", area.cells().len());
}

/// The whole map has every cell, in every mode.
#[test]
fn the_world_has_every_cell() {
    let world: MultiPolygon = geo::Rect::new((-180.0, -90.0), (180.0, 90.0)).to_polygon().into();
    for mode in Containment::ALL {
        for resolution in [Resolution::Zero, Resolution::One, Resolution::Three] {
            let area = StudyArea::of_polygons(&world, resolution, mode).unwrap();
            assert_eq!(area.cells().len() as u64, resolution.cell_count(), "{mode:?} {resolution}");
        }
    }
}

/// Every file of polygons that there is: cells that hold its ground and no more, or a named error.
#[test]
fn every_file_gives_cells_or_an_error() {
    let mut files = Vec::new();
    let folders =
        ["naturalearth-context", "geojson-corpus", "leicester/areas", "leicester/indicators", "spatial-stats"];
    for folder in folders.into_iter().chain(["ucdp-ged-car", "uk-asylum-support-la"]).filter_map(shared) {
        find(&folder, &mut files);
    }
    if files.is_empty() {
        return;
    }
    files.sort();
    let (mut filled, mut refused) = (0, 0);
    for file in &files {
        let regions = Regions::read(&Input::from(file), None).and_then(|mut regions| {
            let ground: f64 = regions.polygons.iter().map(boundary::ground_km2).sum();
            let resolution = match ground {
                0.0..1e5 => Resolution::Six,
                0.0..5e7 => Resolution::Four,
                _ => Resolution::Three,
            };
            let area = regions.study_area(resolution, Containment::Covers)?;
            let centres = regions.study_area(resolution, Containment::Centroid)?;
            Ok((regions, area, centres))
        });
        match regions {
            Ok((regions, area, centres)) => {
                let place = file.display();
                let ground: f64 = regions.polygons.iter().map(boundary::ground_km2).sum();
                let km2 = |area: &StudyArea| area.cells().iter().map(|&cell| boundary::area_km2(cell)).sum::<f64>();
                let overlaps = regions.account.warnings.contains_key(&Code::Overlap);
                assert!(overlaps || km2(&area) > ground * 0.999, "{place}: cells of {} km² for {ground}", km2(&area));
                // What wraps round the world would hold many times the ground.
                if centres.cells().len() > 300 && !overlaps {
                    let ratio = km2(&centres) / ground;
                    assert!((ratio - 1.0).abs() < 0.1, "{place}: {ratio}");
                }
                filled += 1;
            }
            Err(error) => {
                let message = error.to_string();
                assert!(message.contains(&*file.file_name().unwrap().to_string_lossy()), "{message}");
                refused += 1;
            }
        }
    }
    eprintln!("{filled} files filled, {refused} refused by name");
    assert!(filled > 40 && refused > 20, "{filled} {refused}");
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_string_lossy().into_owned();
        if path.is_dir() {
            find(&path, files);
        } else if [".geojson", ".json", ".geojson.gz"].iter().any(|end| name.ends_with(end)) {
            files.push(path);
        }
    }
}

trait Corners {
    fn exterior_coords(&self) -> impl Iterator<Item = Coord>;
}

impl Corners for MultiPolygon {
    fn exterior_coords(&self) -> impl Iterator<Item = Coord> {
        self.iter().flat_map(|part| part.exterior().0.iter().copied())
    }
}
