//! Density surfaces: against the plain sum, an independent program, and what every one of them must keep.

use proptest::prelude::*;
use tensionmap::unstable::density::{Density, Frame, PixelCounts};

use crate::support::{own, rows, shuffled, stderr, stdout, tensionmap};

const EXTENT: [f64; 4] = [-1.20, 52.60, -1.10, 52.66];

fn points(path: &str) -> (Vec<f64>, Vec<f64>) {
    let number = |text: &String| text.parse::<f64>().unwrap();
    rows(&own(path)).iter().map(|row| (number(&row[0]), number(&row[1]))).unzip()
}

fn ordinate(lat: f64) -> f64 {
    lat.to_radians().tan().asinh()
}

/// The raw value of a pixel by its definition on the map, and how many points are near.
fn plain(frame: &Frame, lat: &[f64], lng: &[f64], bandwidth: f64, at: (usize, usize)) -> (f64, f64) {
    let span = bandwidth / frame.metres(at.1);
    let (mut sum, mut near) = (0.0, 0.0);
    for (lat, lng) in lat.iter().zip(lng) {
        let (column, row) = frame.place(lng.to_radians(), ordinate(*lat));
        let away = (column - at.0 as f64 - 0.5).hypot(row - at.1 as f64 - 0.5);
        sum += (1.0 - away * away / (span * span)).max(0.0).powi(2);
        near += f64::from(u8::from(away < span + 1.5));
    }
    (sum, near)
}

/// tests/reference/density.py adds up 200 points along great circles.
#[test]
fn an_independent_program_finds_the_same_surface() {
    let (lat, lng) = points("tests/reference/density_points.csv");
    let frame = Frame::of_pixel(EXTENT, 25.0).unwrap();
    let density = Density::quartic(frame, &lat, &lng, 500.0).unwrap();
    let (mut worst, mut most) = (0.0_f64, 0.0_f64);
    for line in rows(&own("tests/reference/density_expected.csv")) {
        let number = |column: usize| line[column].parse::<f64>().unwrap();
        let [row, column] = [0, 1].map(|column: usize| line[column].parse::<usize>().unwrap());
        let found = f64::from(density.raw()[row * density.frame().width() + column]);
        // Beside the bound, the scale of the map: 10⁻⁴ of the distance, where the kernel falls by 1.54 a bandwidth.
        let allowed = number(2) * (density.error_bound() + 1.6e-4) + 3e-5 * found;
        assert!((found - number(3)).abs() <= allowed, "row {row}, column {column}: {found} and not {}", number(3));
        (worst, most) = (worst.max((found - number(3)).abs()), most.max(number(3)));
    }
    assert!(most > 10.0 && worst < 0.005 * most, "off by {worst} where there are up to {most}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_pixel_is_off_by_more_than_the_bound(
        places in prop::collection::vec((52.58_f64..52.68, -1.22_f64..-1.08), 1..60),
        bandwidth in 300.0_f64..900.0,
    ) {
        let (lat, lng): (Vec<f64>, Vec<f64>) = places.into_iter().unzip();
        let frame = Frame::of_pixel(EXTENT, 100.0).unwrap();
        let density = Density::quartic(frame.clone(), &lat, &lng, bandwidth).unwrap();
        for row in 0..frame.height() {
            for column in 0..frame.width() {
                let (expected, near) = plain(&frame, &lat, &lng, bandwidth, (column, row));
                let found = f64::from(density.raw()[row * frame.width() + column]);
                let allowed = near * density.error_bound() + 3e-5 * found + 1e-6;
                prop_assert!((found - expected).abs() <= allowed, "{column}, {row}: {found} and not {expected}");
            }
        }
    }

    /// The table of rows against a tangent and a logarithm for each point; a point on an edge may fall to either side.
    #[test]
    fn points_fall_into_the_pixel_that_the_map_gives(lat in -80.0_f64..80.0, lng in -179.9_f64..179.9) {
        for (extent, width, height) in [([-180.0, -84.0, 180.0, 84.0], 1000, 1000), ([170.0, -80.0, -170.0, 80.0], 64, 500)] {
            let frame = Frame::of_size(extent, width, height).unwrap();
            let counts = PixelCounts::of(frame.clone(), &[lat], &[lng]);
            let turned = if extent[2] < extent[0] && lng < 0.0 { lng + 360.0 } else { lng };
            let (column, row) = frame.place(turned.to_radians(), ordinate(lat));
            let inside = column >= 0.0 && column < width as f64;
            let near_edge = |at: f64| (at - at.round()).abs() < 0.05;
            if !near_edge(column) && !near_edge(row) {
                let found = counts.values().iter().position(|&count| count == 1);
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of the frame")]
                let expected = inside.then(|| row as usize * width + column as usize);
                prop_assert_eq!(found, expected);
            }
        }
    }
}

/// With the pixel of margin on each side, a map of the world overlaps itself.
#[test]
fn a_map_of_the_world_counts_reports_at_its_edges() {
    let frame = Frame::of_size([-180.0, -84.0, 180.0, 84.0], 1000, 1000).unwrap();
    let counts = PixelCounts::of(frame, &[0.0; 4], &[-179.99, -179.75, 179.75, 179.99]);
    let columns: Vec<usize> =
        (0..1000).filter(|column| counts.values().iter().skip(*column).step_by(1000).any(|&n| n > 0)).collect();
    assert_eq!((columns, counts.inside()), (vec![0, 999], 4));
}

#[test]
fn the_scaled_surface_holds_all_reports() {
    // Well inside, so that nothing reaches over an edge.
    let places = (0..500).map(|k| (52.61 + f64::from(k % 23) * 0.0017, -1.18 + f64::from(k % 37) * 0.0016));
    let (lat, lng): (Vec<f64>, Vec<f64>) = places.unzip();
    let frame = Frame::of_pixel(EXTENT, 25.0).unwrap();
    let density = Density::quartic(frame.clone(), &lat, &lng, 500.0).unwrap();
    let lines = density.raw().chunks(frame.width()).enumerate();
    let reports: f64 = lines
        .map(|(row, line)| line.iter().map(|&raw| f64::from(raw)).sum::<f64>() * (frame.metres(row) / 1000.0).powi(2))
        .sum::<f64>()
        * density.per_km2();
    assert!((reports - 500.0).abs() < 0.5, "{reports} and not 500");
}

/// Bins and counters are as small as they can be, and start again at 0 when they are full.
#[test]
fn many_reports_at_one_place_are_all_counted() {
    const MANY: u32 = 300_000;
    let frame = Frame::of_pixel(EXTENT, 25.0).unwrap();
    let counts = PixelCounts::of(frame.clone(), &vec![52.63; MANY as usize], &vec![-1.15; MANY as usize]);
    assert_eq!((counts.inside(), counts.values().iter().max()), (u64::from(MANY), Some(&MANY)));
    let many =
        Density::quartic(frame.clone(), &vec![52.63; MANY as usize], &vec![-1.15; MANY as usize], 500.0).unwrap();
    let (expected, _) = plain(&frame, &[52.63], &[-1.15], 500.0, (frame.width() / 2, frame.height() / 2));
    let found = f64::from(many.raw()[frame.height() / 2 * frame.width() + frame.width() / 2]) / f64::from(MANY);
    assert!(expected > 0.9 && (found - expected).abs() < many.error_bound(), "{found} and not {expected}");
}

#[test]
fn what_lies_beside_the_frame_is_counted_as_outside_and_changes_nothing() {
    let frame = Frame::of_pixel(EXTENT, 25.0).unwrap();
    let (mut lat, mut lng) = points("tests/reference/density_points.csv");
    let expected = Density::quartic(frame.clone(), &lat, &lng, 500.0).unwrap();
    let inside = PixelCounts::of(frame.clone(), &lat, &lng).inside();
    for _ in 0..300 {
        lat.extend([10.0, 80.0, 52.63, 52.63, f64::NAN, 52.63]);
        lng.extend([-1.15, -1.15, -20.0, 20.0, -1.15, f64::INFINITY]);
    }
    assert!(Density::quartic(frame.clone(), &lat, &lng, 500.0).unwrap() == expected);
    let counts = PixelCounts::of(frame, &lat, &lng);
    assert_eq!((counts.inside(), counts.outside()), (inside, lat.len() as u64 - inside));
}

#[test]
fn neither_order_nor_threads_change_a_bit() {
    let (lat, lng) = points("tests/reference/density_points.csv");
    let both: Vec<(f64, f64)> = lat.iter().copied().zip(lng.iter().copied()).collect();
    let frame = Frame::of_pixel(EXTENT, 25.0).unwrap();
    let expected = Density::quartic(frame.clone(), &lat, &lng, 500.0).unwrap();
    for threads in [1, 2, 3] {
        let (lat, lng): (Vec<f64>, Vec<f64>) = shuffled(both.clone(), threads as u64).into_iter().unzip();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let found = pool.install(|| Density::quartic(frame.clone(), &lat, &lng, 500.0).unwrap());
        assert!(found == expected, "{threads} threads");
    }
}

#[test]
fn what_cannot_be_drawn_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("log.csv"), "lat,lon,date,category\n52.63,-1.13,2026-02-20,asb\n").unwrap();
    let cases = [
        (vec!["--bandwidth", "0"], "bandwidth \"0\" is not usable: expected 1 to 100,000 metres"),
        (
            vec!["--pixel", "300"],
            "pixel \"300\" is not usable: expected 7.8 to 250.0 metres for a bandwidth of 500: larger ones void the bound of \
             the error, smaller ones show nothing more",
        ),
        (
            vec!["--least", "1"],
            "least \"1\" is not usable: expected 3 or more: fewer would show single reports, and where people live",
        ),
        (vec!["-o", "density.jpg"], "density.jpg: its extension names no output; expected one of .png, .svg"),
        (
            vec!["--as-of", "2026-03-02", "--to", "2026-03-03"],
            "to \"2026-03-03\" is not usable: expected a day up to the as-of, 2026-03-02: nothing later is known",
        ),
        (
            vec!["--as-of", "2026-03-02", "--from", "2026-03-02"],
            "from \"2026-03-02\" is not usable: expected a day before the end of the window, 2026-03-02",
        ),
        (
            vec!["--as-of", "2025-03-02"],
            "window \"no reports\" is not usable: expected reports from 2025-02-02 up to 2025-03-02 that were known by \
             2025-03-02; choose --from and --to",
        ),
    ];
    for (args, expected) in cases {
        let output = tensionmap(folder.path(), &[&["density", "log.csv"], &args[..]].concat());
        assert!(stderr(&output).contains(expected), "{args:?}: {}", stderr(&output));
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(!folder.path().join("density.png").exists());
    }
    let large = Frame::of_pixel([-10.0, 40.0, 10.0, 60.0], 25.0).unwrap_err().to_string();
    assert!(
        large.contains("a raster of at most 25000000 pixels") && large.contains("metres or more, or a smaller area"),
        "{large}"
    );
}

#[test]
fn few_reports_are_not_drawn_and_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("log.csv"), "lat,lon,date,category\n52.63,-1.13,2026-02-20,asb\n").unwrap();
    let output = tensionmap(folder.path(), &["density", "log.csv", "-v"]);
    assert_eq!((output.status.code(), stdout(&output).trim()), (Some(0), "density.png"));
    assert!(stderr(&output).contains("no place has as many as 5 reports"), "{}", stderr(&output));
    for beside in ["density.png", "density.pgw", "density.png.aux.xml"] {
        assert!(folder.path().join(beside).exists(), "{beside}");
    }
    // No colour of the scale: greys, and the ink of text.
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(folder.path().join("density.png")).unwrap()))
            .read_info()
            .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    assert!(pixels.as_chunks::<3>().0.iter().all(|[red, _, blue]| red.abs_diff(*blue) < 40));
}
