//! Polygons: the R-tree against a search of all, and areal interpolation.

use divan::Bencher;
use divan::counter::ItemsCount;
use geo::{Area, BooleanOps, BoundingRect, Contains, Intersects, MultiPolygon};
use tensionmap::IndicatorKind;
use tensionmap::unstable::grid::boundary;
use tensionmap::unstable::indicator::{interpolate, masses};
use tensionmap::unstable::polygon::{DistanceIndex, Locator, PointIndex, PolygonIndex, Regions};
use tensionmap::{Containment, Input, LatLng, Resolution, StudyArea, sample};

fn regions() -> Vec<MultiPolygon> {
    Regions::read(&sample::population().input, None).unwrap().polygons
}

fn points() -> Vec<LatLng> {
    let (lat, lng) = super::positions(2000);
    lat.iter().zip(lng).map(|(lat, lng)| LatLng::new(lat + 2.13, lng + 3.43).unwrap()).collect()
}

#[divan::bench]
fn points_in_polygons_rtree(bencher: Bencher) {
    let (polygons, points) = (regions(), points());
    let index = PolygonIndex::new(&polygons);
    bencher.bench_local(|| points.iter().map(|&at| index.containing(at).len()).sum::<usize>());
}

#[divan::bench]
fn points_in_polygons_all(bencher: Bencher) {
    let (polygons, points) = (regions(), points());
    let boxes: Vec<_> = polygons.iter().filter_map(BoundingRect::bounding_rect).collect();
    let inside = |at: &LatLng| {
        let point = geo::Point::new(at.lng(), at.lat());
        boxes
            .iter()
            .zip(&polygons)
            .filter(|(bounds, polygon)| bounds.intersects(&point) && polygon.contains(&point))
            .count()
    };
    bencher.bench_local(|| points.iter().map(inside).sum::<usize>());
}

#[divan::bench]
fn interpolate_sample(bencher: Bencher) {
    let cells: Vec<_> = super::sample().scores.cells.iter().map(|cell| cell.cell).collect();
    bencher.bench_local(|| interpolate(&sample::deprivation(), &cells).unwrap());
}

/// Shares by the boolean operations of `geo`, for every pair whose boxes intersect.
#[divan::bench(max_time = 4)]
fn interpolate_sample_boolean_ops(bencher: Bencher) {
    let cells: Vec<_> = super::sample().scores.cells.iter().map(|cell| cell.cell).collect();
    bencher.bench_local(|| {
        let mut regions = Regions::read(&sample::deprivation().input, None).unwrap();
        let values = regions.values("deprivation").unwrap();
        let boxes: Vec<_> = regions.polygons.iter().filter_map(BoundingRect::bounding_rect).collect();
        let mean = |&cell: &tensionmap::CellIndex| {
            let outline = boundary::outline(cell);
            let bounds = outline.bounding_rect().unwrap();
            let near = (0..boxes.len()).filter(|&index| boxes[index].intersects(&bounds));
            let shares =
                near.map(|index| (outline.intersection(&regions.polygons[index]).unsigned_area(), values[index]));
            let (ground, sum) =
                shares.fold((0.0, 0.0), |(ground, sum), (area, value)| (ground + area, sum + area * value));
            sum / ground
        };
        cells.iter().map(mean).collect::<Vec<f64>>()
    });
}

/// Polygons of `../shared/peers/gen.py`, in the folder `TENSIONMAP_PEERS`.
fn peers() -> Option<Input> {
    let folder = std::env::var("TENSIONMAP_PEERS").ok();
    if folder.is_none() {
        eprintln!("skipped: TENSIONMAP_PEERS does not name the folder of lsoa.geojson");
    }
    Some(Input::from(&std::path::Path::new(&folder?).join("lsoa.geojson")))
}

/// 2,000 polygons onto the 49,488 cells of resolution 10 of `t4_polyfill_interp.py`: projection, tree, cutting and means, on
/// one thread, so that its time is its CPU time. With `compared`, also the search for overlaps, which the peers do not make.
#[divan::bench(args = [false, true], sample_count = 11, sample_size = 1)]
fn interpolate_peers(bencher: Bencher, compared: bool) {
    let Some(input) = peers() else { return };
    let bounds = geo::Rect::new((-1.30, 52.50), (-0.95, 52.75)).to_polygon().into();
    let area = StudyArea::of_polygons(&bounds, Resolution::Ten, Containment::Overlapping).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let read = || {
        let mut regions = Regions::read(&input, None).unwrap();
        if !compared {
            regions.compare();
        }
        regions
    };
    let spread = |mut regions: Regions| {
        let spread = regions.spread("imd", IndicatorKind::Intensive, None, area.cells()).unwrap();
        assert_eq!(spread.values.len(), 49_488);
        spread
    };
    bencher.with_inputs(read).bench_local_values(|regions| pool.install(|| spread(regions)));
}

const MANY: usize = 1_000_000;

/// A million points in two thousand areas, the index built each time.
#[divan::bench(sample_count = 5)]
fn join_locator(bencher: Bencher) {
    let (areas, points) = (super::areas(), super::places(MANY));
    bencher
        .counter(ItemsCount::new(MANY))
        .bench_local(|| Locator::new(&areas).join(&points).into_iter().flatten().count());
}

#[divan::bench(sample_count = 5)]
fn join_rtree(bencher: Bencher) {
    let (areas, points) = (super::areas(), super::places(MANY));
    bencher.counter(ItemsCount::new(MANY)).bench_local(|| {
        let index = PolygonIndex::new(&areas);
        points.iter().filter(|&&at| !index.containing(at).is_empty()).count()
    });
}

#[divan::bench(sample_count = 5)]
fn masses_of_cells(bencher: Bencher) {
    let areas = super::areas();
    let resolution = tensionmap::Resolution::Nine;
    let cells = tensionmap::StudyArea::of_areas(&areas, resolution, tensionmap::Containment::Covers).unwrap();
    let cells: Vec<_> = cells.cells().iter().map(|&cell| (cell, 1.0)).collect();
    bencher.counter(ItemsCount::new(cells.len())).bench_local(|| masses(&cells, &areas));
}

/// Points within 500 m of a hundred places, of a hundred thousand.
#[divan::bench]
fn within_rtree(bencher: Bencher) {
    let points = super::places(100_000);
    let index = PointIndex::new(&points);
    bencher.bench_local(|| points[..100].iter().map(|&at| index.within(at, 500.0).len()).sum::<usize>());
}

#[divan::bench(sample_count = 5)]
fn within_all(bencher: Bencher) {
    let points = super::places(100_000);
    let points: Vec<_> = points.iter().map(|at| h3o::LatLng::new(at.lat(), at.lng()).unwrap()).collect();
    let near = |at: &h3o::LatLng| points.iter().filter(|point| at.distance_m(**point) <= 500.0).count();
    bencher.bench_local(|| points[..100].iter().map(near).sum::<usize>());
}

#[divan::bench]
fn nearest_rtree(bencher: Bencher) {
    let index = PointIndex::new(&super::places(100_000));
    let places = points();
    bencher.bench_local(|| places.iter().filter_map(|&at| index.nearest(at)).count());
}

/// The nearest of two thousand areas to a hundred places, the index built before, and built each time.
#[divan::bench]
fn nearest_area(bencher: Bencher) {
    let (areas, places) = (super::areas(), beside());
    let index = DistanceIndex::new(&areas);
    bencher
        .counter(ItemsCount::new(places.len()))
        .bench_local(|| places.iter().filter_map(|&at| index.nearest(at)).count());
}

#[divan::bench]
fn nearest_area_index(bencher: Bencher) {
    let areas = super::areas();
    bencher.bench_local(|| DistanceIndex::new(&areas));
}

/// Distances by geo, to great circles between the ends of edges, metres beside ours.
#[divan::bench(sample_count = 5)]
fn nearest_area_all(bencher: Bencher) {
    use geo::{Closest, Distance, Haversine, HaversineClosestPoint};
    let (areas, places) = (super::areas(), beside());
    let metres = |area: &geo::MultiPolygon, at: geo::Point| match area.haversine_closest_point(&at) {
        Closest::Intersection(_) => 0.0,
        Closest::SinglePoint(to) => Haversine.distance(at, to),
        Closest::Indeterminate => f64::INFINITY,
    };
    let nearest = |at: &LatLng| {
        let at = geo::Point::new(at.lng(), at.lat());
        areas.iter().map(|area| metres(area, at)).fold(f64::INFINITY, f64::min)
    };
    bencher.counter(ItemsCount::new(places.len())).bench_local(|| places.iter().map(nearest).sum::<f64>());
}

/// A hundred places half a degree north and east of those among the areas.
fn beside() -> Vec<LatLng> {
    let beside = |at: &LatLng| LatLng::new(at.lat() + 0.5, at.lng() + 0.5).unwrap();
    super::places(100).iter().map(beside).collect()
}
