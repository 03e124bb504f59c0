//! Transverse Mercator projection of the British National Grid on the ellipsoid of ETRS89.
//!
//! Redfearn's series as in Ordnance Survey, A Guide to Coordinate Systems in Great Britain, Annexe C, terms I to XIIA. Each is
//! written as nested powers. Functions of `libm` have the same bits on every platform.

use libm::sincos;

/// Semi-axes of GRS80 in metres, as the guide rounds them.
const SEMI_MAJOR_M: f64 = 6_378_137.0;
const SEMI_MINOR_M: f64 = 6_356_752.314_1;

/// Scale on the central meridian.
const SCALE: f64 = 0.999_601_271_7;

/// True origin, 49° N 2° W, with its sine and cosine, and its coordinates on the grid.
const ORIGIN_LAT: f64 = 49.0_f64.to_radians();
const ORIGIN_LNG: f64 = (-2.0_f64).to_radians();
const ORIGIN_SIN: f64 = 0.754_709_580_222_772;
const ORIGIN_COS: f64 = 0.656_059_028_990_507_3;
const ORIGIN_EASTING_M: f64 = 400_000.0;
const ORIGIN_NORTHING_M: f64 = -100_000.0;

/// Radius of the scaled equator in metres, squared eccentricity, third flattening.
const RADIUS_M: f64 = SEMI_MAJOR_M * SCALE;
const E2: f64 = 1.0 - SEMI_MINOR_M * SEMI_MINOR_M / (SEMI_MAJOR_M * SEMI_MAJOR_M);
const N: f64 = (SEMI_MAJOR_M - SEMI_MINOR_M) / (SEMI_MAJOR_M + SEMI_MINOR_M);

/// Easting and northing on ETRS89 of a longitude and latitude in degrees.
pub(super) fn project(lng: f64, lat: f64) -> (f64, f64) {
    let (lat, l) = (lat.to_radians(), lng.to_radians() - ORIGIN_LNG);
    let (sin, cos) = sincos(lat);
    let Curvature { nu, ratio, eta2 } = Curvature::at(sin);
    let (t2, c2, l2) = ((sin / cos) * (sin / cos), cos * cos, l * l);
    let t4 = t2 * t2;
    let iii = c2 / 24.0 * (5.0 - t2 + 9.0 * eta2);
    let iiia = c2 * c2 / 720.0 * (61.0 - 58.0 * t2 + t4);
    let v = c2 / 6.0 * (ratio - t2);
    let vi = c2 * c2 / 120.0 * (5.0 - 18.0 * t2 + t4 + 14.0 * eta2 - 58.0 * t2 * eta2);
    let north = meridian(lat, sin, cos) + nu * sin * cos * l2 * (0.5 + l2 * (iii + l2 * iiia));
    let east = nu * cos * l * (1.0 + l2 * (v + l2 * vi));
    (ORIGIN_EASTING_M + east, ORIGIN_NORTHING_M + north)
}

/// Longitude and latitude in degrees of an easting and northing on ETRS89.
pub(super) fn unproject(easting: f64, northing: f64) -> (f64, f64) {
    let north = northing - ORIGIN_NORTHING_M;
    let mut lat = ORIGIN_LAT + north / RADIUS_M;
    let (mut sin, mut cos) = sincos(lat);
    // Each round leaves a hundredth; the guide ends at 0.01 mm. A bound keeps it from turning for ever.
    for _ in 0..8 {
        let miss = north - meridian(lat, sin, cos);
        if miss.abs() < 1e-5 {
            break;
        }
        lat += miss / RADIUS_M;
        (sin, cos) = sincos(lat);
    }
    let Curvature { nu, ratio, eta2 } = Curvature::at(sin);
    let (t, d) = (sin / cos, (easting - ORIGIN_EASTING_M) / nu);
    let (t2, d2) = (t * t, d * d);
    let t4 = t2 * t2;
    let viii = (5.0 + 3.0 * t2 + eta2 - 9.0 * t2 * eta2) / 24.0;
    let ix = (61.0 + 90.0 * t2 + 45.0 * t4) / 720.0;
    let xi = (ratio + 2.0 * t2) / 6.0;
    let xii = (5.0 + 28.0 * t2 + 24.0 * t4) / 120.0;
    let xiia = (61.0 + 662.0 * t2 + 1320.0 * t4 + 720.0 * t4 * t2) / 5040.0;
    let lat = lat - t * ratio * d2 * (0.5 - d2 * (viii - d2 * ix));
    let lng = ORIGIN_LNG + d / cos * (1.0 - d2 * (xi - d2 * (xii - d2 * xiia)));
    (lng.to_degrees(), lat.to_degrees())
}

/// Curvature of the ellipsoid at a latitude.
struct Curvature {
    /// Transverse radius in metres, scaled.
    nu: f64,
    /// `nu` by the radius along the meridian, and its excess over 1.
    ratio: f64,
    eta2: f64,
}

impl Curvature {
    fn at(sin: f64) -> Self {
        let w = 1.0 - E2 * sin * sin;
        let ratio = w / (1.0 - E2);
        Self { nu: RADIUS_M / w.sqrt(), ratio, eta2: ratio - 1.0 }
    }
}

/// Metres along the meridian from the true origin to a latitude with this sine and cosine.
fn meridian(lat: f64, sin: f64, cos: f64) -> f64 {
    // Sine and cosine of the difference from the origin's latitude, cosine of the sum with it; multiples of the angles follow.
    let (sin_d, cos_d) = (sin * ORIGIN_COS - cos * ORIGIN_SIN, cos * ORIGIN_COS + sin * ORIGIN_SIN);
    let cos_s = cos * ORIGIN_COS - sin * ORIGIN_SIN;
    let double = 2.0 * sin_d * cos_d * (2.0 * cos_s * cos_s - 1.0);
    let triple = sin_d * (3.0 - 4.0 * sin_d * sin_d) * cos_s * (4.0 * cos_s * cos_s - 3.0);
    let first = 1.0 + N * (1.0 + 1.25 * N * (1.0 + N));
    let second = 3.0 * N * (1.0 + N * (1.0 + 0.875 * N));
    let third = 1.875 * N * N * (1.0 + N);
    let fourth = 35.0 / 24.0 * N * N * N;
    SEMI_MINOR_M * SCALE * (first * (lat - ORIGIN_LAT) - second * sin_d * cos_s + third * double - fourth * triple)
}
