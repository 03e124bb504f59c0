//! OSTN15 against Ordnance Survey's data file and published test points.

use sha2::{Digest, Sha256};

use super::shifts::{COLUMNS, MIDDLE_MM, PACKED, ROWS, unpacked};
use super::*;

/// Test points TP01 to TP40 that Ordnance Survey publishes with OSTN15: latitude and longitude on ETRS89, easting and northing.
const POINTS: [[f64; 4]; 40] = [
    [49.92226394, -6.29977752, 91492.146, 11318.804],
    [49.96006138, -5.2030461, 170370.718, 11572.405],
    [50.43885826, -4.108645636, 250359.811, 62016.569],
    [50.57563665, -1.297822772, 449816.371, 75335.861],
    [50.93127938, -1.450514337, 438710.92, 114792.25],
    [51.4007822, -3.551283492, 292184.87, 168003.465],
    [51.37447026, 1.444547304, 639821.835, 169565.858],
    [51.42754743, -2.544076183, 362269.991, 169978.69],
    [51.48936565, -0.119925572, 530624.974, 178388.464],
    [51.85890896, -4.30852477, 241124.584, 220332.641],
    [51.89436637, 0.89724327, 599445.59, 225722.826],
    [52.25529382, -2.154586144, 389544.19, 261912.153],
    [52.25160951, -0.91248957, 474335.969, 262047.755],
    [52.75136687, 0.401535471, 562180.547, 319784.995],
    [52.96219109, -1.197476559, 454002.834, 340834.943],
    [53.3448028, -2.640493208, 357455.843, 383290.436],
    [53.41628516, -4.289180698, 247958.971, 393492.909],
    [53.41630925, -4.289177929, 247959.241, 393495.583],
    [53.77911026, -3.040454907, 331534.564, 431920.794],
    [53.8002152, -1.663791682, 422242.186, 433818.701],
    [54.08666318, -4.634521682, 227778.33, 468847.388],
    [54.11685144, -0.077731332, 525745.67, 470703.214],
    [54.32919541, -4.388491181, 244780.636, 495254.887],
    [54.8954234, -2.938277411, 339921.145, 556034.761],
    [54.97912274, -1.616576852, 424639.355, 565012.703],
    [55.85399953, -4.296490163, 256340.925, 664697.269],
    [55.92478266, -3.294792193, 319188.434, 670947.534],
    [57.00606696, -5.828366919, 167634.202, 797067.144],
    [57.13902519, -2.048560307, 397160.491, 805349.736],
    [57.48625001, -4.219263986, 267056.768, 846176.972],
    [57.81351838, -8.578544561, 9587.909, 899448.996],
    [58.21262247, -7.592555606, 71713.132, 938516.404],
    [58.51560361, -6.260914555, 151968.652, 966483.78],
    [58.58120461, -3.726310221, 299721.891, 967202.992],
    [59.03743871, -3.214540011, 330398.323, 1017347.016],
    [59.09335035, -4.417576746, 261596.778, 1025447.602],
    [59.09671617, -5.827993398, 180862.461, 1029604.114],
    [59.53470794, -1.625169661, 421300.525, 1072147.239],
    [59.85409914, -1.274869104, 440725.073, 1107878.448],
    [60.13308092, -2.073828228, 395999.668, 1138728.951],
];

/// SHA-256 computed from Ordnance Survey's file OSTN15_OSGM15_DataFile.txt by a program of its own,
/// of each point's shifts in millimetres as little-endian 32-bit integers.
const DIGEST: &str = "e0968206727fa49eb22c32c11e0d907e14f27fe707f562e39e6edb4cbbfae8c8";

/// Differences of the packed file before compression.
fn packed(shifts: &[[i16; 2]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for axis in 0..2 {
        for (index, shift) in shifts.iter().enumerate() {
            let at = |back: usize, is_there: bool| if is_there { shifts[index - back][axis] } else { 0 };
            let (has_west, has_south) = (index % COLUMNS > 0, index >= COLUMNS);
            let expected = at(1, has_west)
                .wrapping_add(at(COLUMNS, has_south))
                .wrapping_sub(at(COLUMNS + 1, has_west && has_south));
            let difference = shift[axis].wrapping_sub(expected);
            let mut bits = ((difference << 1) ^ (difference >> 15)) as u16;
            while bits >= 0x80 {
                bytes.push(bits as u8 | 0x80);
                bits >>= 7;
            }
            bytes.push(bits as u8);
        }
    }
    bytes
}

/// Shifts of Ordnance Survey's file: a line has id, easting, northing, two shifts in metres with three decimals, and more.
fn shifts_of(text: &str) -> Vec<[i16; 2]> {
    let millimetres = |word: &str| word.replace('.', "").parse::<i32>().expect("a shift with three decimals");
    let shift = |(index, line): (usize, &str)| {
        let words: Vec<&str> = line.split(',').collect();
        assert_eq!(words[0], (index + 1).to_string());
        assert_eq!(words[1..3], [index % COLUMNS * 1000, index / COLUMNS * 1000].map(|metres| metres.to_string()));
        [0, 1].map(|axis| i16::try_from(millimetres(words[3 + axis]) - MIDDLE_MM[axis]).expect("within 16 bits"))
    };
    text.lines().skip(1).enumerate().map(shift).collect()
}

/// `shifts.zlib` is made by this test: `TENSIONMAP_BLESS=1 OSTN15=OSTN15_OSGM15_DataFile.txt cargo test --lib ostn15` writes it from
/// Ordnance Survey's file. Without them it is checked to be a packing of what it unpacks into.
#[test]
fn the_packed_file_is_made_here() {
    let shifts = match std::env::var_os("OSTN15").filter(|_| std::env::var_os("TENSIONMAP_BLESS").is_some()) {
        Some(path) => {
            let shifts = shifts_of(&std::fs::read_to_string(path).expect("Ordnance Survey's file"));
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
            std::io::Write::write_all(&mut encoder, &packed(&shifts)).expect("memory");
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/grid/ostn15/shifts.zlib");
            std::fs::write(path, encoder.finish().expect("memory")).expect("written");
            shifts
        }
        None => unpacked(PACKED).expect("sound"),
    };
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut flate2::bufread::ZlibDecoder::new(PACKED), &mut bytes).expect("sound");
    assert!(bytes == packed(&shifts));
}

#[test]
fn shifts_are_ordnance_surveys_to_the_millimetre() {
    let shifts = unpacked(PACKED).expect("sound");
    assert_eq!(shifts.len(), COLUMNS * ROWS);
    let mut digest = Sha256::new();
    for shift in &shifts {
        for axis in 0..2 {
            digest.update((MIDDLE_MM[axis] + i32::from(shift[axis])).to_le_bytes());
        }
    }
    let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, DIGEST);
    // The iteration of the way back rests on this: neighbours differ by less than 0.25 m.
    let differ = |a: [i16; 2], b: [i16; 2]| a[0].abs_diff(b[0]).max(a[1].abs_diff(b[1]));
    let rows = shifts.chunks_exact(COLUMNS);
    let along = rows.flat_map(|row| row.windows(2)).map(|pair| differ(pair[0], pair[1])).max();
    let across = shifts.iter().zip(&shifts[COLUMNS..]).map(|(south, north)| differ(*south, *north)).max();
    assert!(along.max(across) < Some(250), "{along:?} {across:?}");
    assert!(unpacked(&PACKED[..PACKED.len() / 2]).is_none());
}

/// Published coordinates are rounded to a millimetre, and degrees to as much, so that one of them may lie on either side.
#[test]
fn published_points_are_met_to_the_millimetre() {
    let mut exact = 0;
    for [lat, lng, easting, northing] in POINTS {
        let (east, north) = from_wgs84(lng, lat).expect("on the grid");
        assert!(
            (east - easting).abs() < 1.1e-3 && (north - northing).abs() < 1.1e-3,
            "{east} {north} {easting} {northing}"
        );
        exact += i32::from((east, north) == (easting, northing));
        // Back to the degrees, which a millimetre changes by up to 1.8·10⁻⁸.
        let (back_lng, back_lat) = to_wgs84(easting, northing).expect("on the grid");
        assert!((back_lat - lat).abs() < 1e-7 && (back_lng - lng).abs() < 2e-7, "{back_lng} {back_lat} {lng} {lat}");
    }
    assert_eq!(exact, 35);
}

#[test]
fn beyond_the_grid_there_are_no_positions() {
    for (easting, northing) in [
        (-1.0, 500_000.0),
        (700_001.0, 500_000.0),
        (300_000.0, -1.0),
        (300_000.0, 1_250_001.0),
        (300_000.0, 1_249_999.0),
        (0.0, 0.0),
        (9e9, 0.0),
        (f64::NAN, 0.0),
        (0.0, f64::INFINITY),
    ] {
        assert_eq!(to_wgs84(easting, northing), None, "{easting} {northing}");
    }
    // Cork lies west of the grid, the Dogger Bank on it and far from land, Paris beyond, Sydney on the other side of the earth.
    for (lng, lat) in [(-8.47, 51.9), (2.3, 54.77), (2.35, 48.86), (151.2, -33.9), (f64::NAN, 52.0), (0.0, f64::NAN)] {
        assert_eq!(from_wgs84(lng, lat), None, "{lng} {lat}");
    }
    // Bishop Rock, Soay of St Kilda, Out Stack and Lowestoft are the ends of Great Britain.
    for (lng, lat) in [(-6.445, 49.873), (-8.63, 57.83), (-0.875, 60.861), (1.763, 52.481)] {
        let (easting, northing) = from_wgs84(lng, lat).expect("on the grid");
        let (back_lng, back_lat) = to_wgs84(easting, northing).expect("on the grid");
        assert!((back_lng - lng).abs() < 2e-7 && (back_lat - lat).abs() < 1e-7, "{back_lng} {back_lat}");
    }
}
