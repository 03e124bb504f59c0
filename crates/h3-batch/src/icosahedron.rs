//! Faces of the icosahedron: their planes and hexagon axes.
//!
//! Nothing is copied from an H3 library. The twelve pentagons of resolution 0 sit on the icosahedron's vertices, so h3o's
//! own pentagon centres give the vertices, and three vertices a face. Which of the three a face's `i` axis points to is
//! free, because `table` learns what our coordinates mean from h3o's answers.

use h3o::{LatLng, Resolution};

/// Faces, and slots kept for them in a table that is indexed by a face (a power of two needs no bounds check).
pub(crate) const FACES: usize = 20;
pub(crate) const SLOTS: usize = 32;

pub(crate) type Vector = [f64; 3];

/// A face: its centre, and the plane axes `x` (towards a vertex) and `y` (90° counter-clockwise), all of length 1.
#[derive(Clone, Copy, Default)]
pub(crate) struct Face {
    pub(crate) centre: Vector,
    pub(crate) x: Vector,
    pub(crate) y: Vector,
    /// Centres of the faces beyond its three edges.
    pub(crate) beyond: [Vector; 3],
}

/// Position on the unit sphere of a latitude and longitude in radians.
pub(crate) fn on_sphere(lat: f64, lng: f64) -> Vector {
    let ((z, r), (y, x)) = (lat.sin_cos(), lng.sin_cos());
    [x * r, y * r, z]
}

/// Latitude and longitude, in degrees, of a direction.
pub(crate) fn to_degrees([x, y, z]: Vector) -> [f64; 2] {
    [z.atan2(x.hypot(y)).to_degrees(), y.atan2(x).to_degrees()]
}

pub(crate) fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// `a` + `k` · `b`.
pub(crate) fn add(a: Vector, k: f64, b: Vector) -> Vector {
    [a[0] + k * b[0], a[1] + k * b[1], a[2] + k * b[2]]
}

fn cross(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn unit(a: Vector) -> Vector {
    let length = dot(a, a).sqrt();
    a.map(|part| part / length)
}

/// The faces, so ordered that face `n + 10` is opposite to face `n`.
pub(crate) fn faces() -> [Face; FACES] {
    let vertices: Vec<Vector> = Resolution::Zero
        .pentagons()
        .map(|cell| {
            let at = LatLng::from(cell);
            on_sphere(at.lat_radians(), at.lng_radians())
        })
        .collect();
    // Adjacent vertices are 63.4° apart, all others 116.6° or more.
    let adjacent = |a: usize, b: usize| dot(vertices[a], vertices[b]) > 0.0;
    let mut triples = Vec::new();
    for a in 0..vertices.len() {
        for b in (a + 1..vertices.len()).filter(|&b| adjacent(a, b)) {
            triples.extend((b + 1..vertices.len()).filter(|&c| adjacent(a, c) && adjacent(b, c)).map(|c| [a, b, c]));
        }
    }
    let mut all: Vec<Face> = triples
        .iter()
        .map(|&[a, b, c]| {
            let centre = unit(add(add(vertices[a], 1.0, vertices[b]), 1.0, vertices[c]));
            let x = unit(add(vertices[a], -dot(vertices[a], centre), centre));
            Face { centre, x, y: cross(centre, x), beyond: [centre; 3] }
        })
        .collect();
    let centres: Vec<Vector> = all.iter().map(|face| face.centre).collect();
    for face in &mut all {
        // Centres of faces with a common edge are 41.8° apart, of those with a common vertex 70.5°.
        let mut beyond = centres.iter().filter(|&&other| (0.5..0.9).contains(&dot(face.centre, other)));
        face.beyond = std::array::from_fn(|_| beyond.next().copied().unwrap_or_default());
    }
    let mut ordered = [Face::default(); FACES];
    let mut halves = Vec::new();
    for face in all {
        if !halves.iter().any(|half: &Face| dot(half.centre, face.centre) < -0.9) {
            halves.push(face);
        } else if let Some(n) = halves.iter().position(|half| dot(half.centre, face.centre) < -0.9) {
            ordered[n + FACES / 2] = face;
        }
    }
    ordered[..halves.len()].copy_from_slice(&halves);
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faces_are_a_regular_icosahedrons() {
        let faces = faces();
        for (n, face) in faces.iter().enumerate() {
            assert!((dot(face.centre, faces[(n + FACES / 2) % FACES].centre) + 1.0).abs() < 1e-15);
            // cos 41.81° = √5/3 to each of three different neighbours.
            for (k, &other) in face.beyond.iter().enumerate() {
                assert!((dot(face.centre, other) - 5_f64.sqrt() / 3.0).abs() < 2e-15);
                assert!(dot(other, face.beyond[(k + 1) % 3]) < 0.5);
            }
        }
    }
}
