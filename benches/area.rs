//! Polygons: the R-tree against a search of all, and areal interpolation.

use divan::Bencher;
use geo::{BoundingRect, Contains, Intersects, MultiPolygon};
use tensionmap::area::{PolygonIndex, Regions, interpolate};
use tensionmap::{LatLng, sample};

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
