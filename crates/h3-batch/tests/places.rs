//! Points where an index can go wrong, as many as wanted, the same every time.

use h3o::{CellIndex, LatLng, Resolution};

/// A kind of point, by name.
pub(crate) const KINDS: [(&str, Kind); 11] = [
    ("town", town),
    ("globe", globe),
    ("cell borders", cell_borders),
    ("cell corners", cell_corners),
    ("cell centres", cell_centres),
    ("face borders", face_borders),
    ("face centres", face_centres),
    ("pentagons", pentagons),
    ("poles", poles),
    ("antimeridian", antimeridian),
    ("whole degrees", whole_degrees),
];

pub(crate) type Kind = fn(&mut Random, Resolution, &mut Vec<[f64; 2]>);

/// A multiplicative generator (Knuth's MMIX constants), its upper bits.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// 0 to 1.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn within(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.unit()
    }

    /// −`size` to `size`, of any smaller order of magnitude.
    fn tiny(&mut self, size: f64) -> f64 {
        let sign = if self.unit() < 0.5 { -1.0 } else { 1.0 };
        sign * size * 10_f64.powf(self.within(-7.0, 0.0))
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[(self.unit() * from.len() as f64) as usize % from.len()]
    }

    fn on_globe(&mut self) -> [f64; 2] {
        [self.within(-1.0, 1.0).asin().to_degrees(), self.within(-180.0, 180.0)]
    }

    fn cell(&mut self, resolution: Resolution) -> CellIndex {
        let [lat, lng] = self.on_globe();
        LatLng::new(lat, lng).unwrap().to_cell(resolution)
    }
}

fn town(random: &mut Random, _: Resolution, points: &mut Vec<[f64; 2]>) {
    points.push([random.within(52.5, 52.75), random.within(-1.3, -0.95)]);
}

fn globe(random: &mut Random, _: Resolution, points: &mut Vec<[f64; 2]>) {
    points.push(random.on_globe());
}

/// Within 1e-9° of a border, half of them of a cell that a face border or a pentagon is near.
fn cell_borders(random: &mut Random, resolution: Resolution, points: &mut Vec<[f64; 2]>) {
    let cell = if random.unit() < 0.5 {
        random.cell(resolution)
    } else {
        let mut near = Vec::new();
        face_borders(random, resolution, &mut near);
        LatLng::new(near[0][0], near[0][1]).unwrap().to_cell(resolution)
    };
    let corners: Vec<LatLng> = cell.boundary().iter().copied().collect();
    for k in 0..corners.len() {
        let (a, b) = (sphere(corners[k]), sphere(corners[(k + 1) % corners.len()]));
        for _ in 0..4 {
            let t = random.unit();
            points.push(nudged(random, degrees([0, 1, 2].map(|n| a[n] + t * (b[n] - a[n]))), 1e-9));
        }
    }
}

fn cell_corners(random: &mut Random, resolution: Resolution, points: &mut Vec<[f64; 2]>) {
    let corners: Vec<LatLng> = random.cell(resolution).boundary().iter().copied().collect();
    for corner in corners {
        points.push([corner.lat(), corner.lng()]);
        points.push(nudged(random, [corner.lat(), corner.lng()], 1e-9));
    }
}

fn cell_centres(random: &mut Random, resolution: Resolution, points: &mut Vec<[f64; 2]>) {
    let at = LatLng::from(random.cell(resolution));
    points.push([at.lat(), at.lng()]);
}

/// Within 1e-9° of an edge of the icosahedron, which runs between two adjacent pentagons.
fn face_borders(random: &mut Random, _: Resolution, points: &mut Vec<[f64; 2]>) {
    let vertices: Vec<[f64; 3]> = Resolution::Zero.pentagons().map(|cell| sphere(cell.into())).collect();
    let [a, b] = loop {
        let pair = [random.pick(&vertices), random.pick(&vertices)];
        if (0.4..0.5).contains(&dot(pair[0], pair[1])) {
            break pair;
        }
    };
    let t = random.unit();
    points.push(nudged(random, degrees([0, 1, 2].map(|n| a[n] + t * (b[n] - a[n]))), 1e-9));
}

fn face_centres(random: &mut Random, _: Resolution, points: &mut Vec<[f64; 2]>) {
    let vertices: Vec<[f64; 3]> = Resolution::Zero.pentagons().map(|cell| sphere(cell.into())).collect();
    let [a, b, c] = loop {
        let three = [0; 3].map(|_| random.pick(&vertices));
        if (0..3).all(|n| (0.4..0.5).contains(&dot(three[n], three[(n + 1) % 3]))) {
            break three;
        }
    };
    let size = 10_f64.powf(random.within(-8.0, 0.0));
    points.push(nudged(random, degrees([0, 1, 2].map(|n| a[n] + b[n] + c[n])), size));
}

/// On the borders of pentagons and their neighbours, and anywhere near a pentagon's centre.
fn pentagons(random: &mut Random, resolution: Resolution, points: &mut Vec<[f64; 2]>) {
    let pentagon = random.pick(&resolution.pentagons().collect::<Vec<_>>());
    let cells: Vec<CellIndex> = pentagon.grid_disk(2);
    let corners: Vec<LatLng> = random.pick(&cells).boundary().iter().copied().collect();
    for k in 0..corners.len() {
        let (a, b) = (sphere(corners[k]), sphere(corners[(k + 1) % corners.len()]));
        let t = random.unit();
        points.push(nudged(random, degrees([0, 1, 2].map(|n| a[n] + t * (b[n] - a[n]))), 1e-9));
    }
    let at = LatLng::from(pentagon);
    for _ in 0..8 {
        points.push(nudged(random, [at.lat(), at.lng()], 10.0));
    }
}

fn poles(random: &mut Random, _: Resolution, points: &mut Vec<[f64; 2]>) {
    let lat = 90.0 - random.tiny(1.0).abs();
    points.push([random.pick(&[lat, -lat, 90.0, -90.0]), random.within(-180.0, 180.0)]);
}

fn antimeridian(random: &mut Random, _: Resolution, points: &mut Vec<[f64; 2]>) {
    let lng = 180.0 + random.tiny(1e-3);
    points.push([random.within(-90.0, 90.0), random.pick(&[lng, -lng, 180.0, -180.0, 360.0, -360.0, 0.0])]);
}

fn whole_degrees(random: &mut Random, _: Resolution, points: &mut Vec<[f64; 2]>) {
    points.push([random.within(-90.5, 90.5).round(), random.within(-360.5, 360.5).round()]);
}

fn nudged(random: &mut Random, [lat, lng]: [f64; 2], size: f64) -> [f64; 2] {
    [lat + random.tiny(size), lng + random.tiny(size)]
}

fn sphere(at: LatLng) -> [f64; 3] {
    let ((z, r), (y, x)) = (at.lat_radians().sin_cos(), at.lng_radians().sin_cos());
    [x * r, y * r, z]
}

fn degrees([x, y, z]: [f64; 3]) -> [f64; 2] {
    [z.atan2(x.hypot(y)).to_degrees(), y.atan2(x).to_degrees()]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
