//! OSTN15 against Ordnance Survey's data file and published test points.

use sha2::{Digest, Sha256};

use super::shifts::{COLUMNS, MIDDLE_MM, PACKED, ROWS, unpacked};
use super::*;

/// Test points TP01 to TP40 that Ordnance Survey publishes with OSTN15: latitude and longitude on ETRS89, easting and northing.
const POINTS: [[f64; 4]; 40] = [
    [49.922_263_94, -6.299_777_52, 91_492.146, 11_318.804],
    [49.960_061_38, -5.203_046_1, 170_370.718, 11_572.405],
    [50.438_858_26, -4.108_645_636, 250_359.811, 62_016.569],
    [50.575_636_65, -1.297_822_772, 449_816.371, 75_335.861],
    [50.931_279_38, -1.450_514_337, 438_710.92, 114_792.25],
    [51.400_782_2, -3.551_283_492, 292_184.87, 168_003.465],
    [51.374_470_26, 1.444_547_304, 639_821.835, 169_565.858],
    [51.427_547_43, -2.544_076_183, 362_269.991, 169_978.69],
    [51.489_365_65, -0.119_925_572, 530_624.974, 178_388.464],
    [51.858_908_96, -4.308_524_77, 241_124.584, 220_332.641],
    [51.894_366_37, 0.897_243_27, 599_445.59, 225_722.826],
    [52.255_293_82, -2.154_586_144, 389_544.19, 261_912.153],
    [52.251_609_51, -0.912_489_57, 474_335.969, 262_047.755],
    [52.751_366_87, 0.401_535_471, 562_180.547, 319_784.995],
    [52.962_191_09, -1.197_476_559, 454_002.834, 340_834.943],
    [53.344_802_8, -2.640_493_208, 357_455.843, 383_290.436],
    [53.416_285_16, -4.289_180_698, 247_958.971, 393_492.909],
    [53.416_309_25, -4.289_177_929, 247_959.241, 393_495.583],
    [53.779_110_26, -3.040_454_907, 331_534.564, 431_920.794],
    [53.800_215_2, -1.663_791_682, 422_242.186, 433_818.701],
    [54.086_663_18, -4.634_521_682, 227_778.33, 468_847.388],
    [54.116_851_44, -0.077_731_332, 525_745.67, 470_703.214],
    [54.329_195_41, -4.388_491_181, 244_780.636, 495_254.887],
    [54.895_423_4, -2.938_277_411, 339_921.145, 556_034.761],
    [54.979_122_74, -1.616_576_852, 424_639.355, 565_012.703],
    [55.853_999_53, -4.296_490_163, 256_340.925, 664_697.269],
    [55.924_782_66, -3.294_792_193, 319_188.434, 670_947.534],
    [57.006_066_96, -5.828_366_919, 167_634.202, 797_067.144],
    [57.139_025_19, -2.048_560_307, 397_160.491, 805_349.736],
    [57.486_250_01, -4.219_263_986, 267_056.768, 846_176.972],
    [57.813_518_38, -8.578_544_561, 9_587.909, 899_448.996],
    [58.212_622_47, -7.592_555_606, 71_713.132, 938_516.404],
    [58.515_603_61, -6.260_914_555, 151_968.652, 966_483.78],
    [58.581_204_61, -3.726_310_221, 299_721.891, 967_202.992],
    [59.037_438_71, -3.214_540_011, 330_398.323, 1_017_347.016],
    [59.093_350_35, -4.417_576_746, 261_596.778, 1_025_447.602],
    [59.096_716_17, -5.827_993_398, 180_862.461, 1_029_604.114],
    [59.534_707_94, -1.625_169_661, 421_300.525, 1_072_147.239],
    [59.854_099_14, -1.274_869_104, 440_725.073, 1_107_878.448],
    [60.133_080_92, -2.073_828_228, 395_999.668, 1_138_728.951],
];

/// SHA-256 computed from Ordnance Survey's file `OSTN15_OSGM15_DataFile.txt` by a program of its own,
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
            let mut bits = ((difference << 1) ^ (difference >> 15)).cast_unsigned();
            while bits >= 0x80 {
                bytes.push(bits.to_le_bytes()[0] | 0x80);
                bits >>= 7;
            }
            bytes.push(bits.to_le_bytes()[0]);
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
