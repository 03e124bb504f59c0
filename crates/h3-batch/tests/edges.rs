//! Odd lengths, and numbers that are no place.

use h3_batch::{Path, Resolution, cells, cells_into};
use h3o::LatLng;

#[test]
fn any_number_of_points() {
    for n in [0, 1, 2, 7, 255, 256, 257, 1000] {
        let lat: Vec<f64> = (0..n).map(|k| f64::from(k) * 0.17 - 85.0).collect();
        let lng: Vec<f64> = (0..n).map(|k| f64::from(k) * 0.35 - 175.0).collect();
        for path in Path::available() {
            let mut out = vec![0; lat.len()];
            path.cells(&lat, &lng, Resolution::Seven, &mut out);
            for (k, cell) in out.iter().enumerate() {
                assert_eq!(*cell, u64::from(LatLng::new(lat[k], lng[k]).unwrap().to_cell(Resolution::Seven)));
            }
        }
    }
}

#[test]
fn what_is_not_finite_is_no_cell_and_spoils_no_neighbour() {
    let odd = [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::from_bits(0x7ff0_0000_0000_0019)];
    for path in Path::available() {
        for bad in odd {
            for (lat, lng) in [(bad, 10.0), (10.0, bad), (bad, bad)] {
                for n in [0, 3, 299] {
                    let (mut lats, mut lngs) = (vec![52.6; 300], vec![-1.1; 300]);
                    (lats[n], lngs[n]) = (lat, lng);
                    let mut out = vec![1; 300];
                    path.cells(&lats, &lngs, Resolution::Nine, &mut out);
                    let well = u64::from(LatLng::new(52.6, -1.1).unwrap().to_cell(Resolution::Nine));
                    for (k, cell) in out.into_iter().enumerate() {
                        assert_eq!(cell, if k == n { 0 } else { well }, "{path}, {lat}, {lng}");
                    }
                }
            }
        }
    }
}

#[test]
fn any_finite_number_is_what_h3o_makes_of_it() {
    let far =
        [90.0_f64.next_up(), -91.0, 180.0, 361.0, -720.5, 433_000.0, -1e18, f64::MAX, f64::MIN_POSITIVE, -0.0, 5e-324];
    for path in Path::available() {
        for (lat, lng) in far.iter().flat_map(|&lat| far.map(|lng| (lat, lng))) {
            let mut out = [0];
            path.cells(&[lat], &[lng], Resolution::Eleven, &mut out);
            let theirs = u64::from(LatLng::new(lat, lng).unwrap().to_cell(Resolution::Eleven));
            assert_eq!(out, [theirs], "{path}, {lat}, {lng}");
        }
    }
}

#[test]
#[should_panic(expected = "2 latitudes, 1 longitudes and room for 2 cells: expected as many of each")]
fn slices_of_different_lengths_are_refused() {
    let _ = cells(&[1.0, 2.0], &[1.0], Resolution::Nine);
}

#[test]
fn both_ways_to_ask_agree() {
    let mut out = [0; 2];
    cells_into(&[52.6, -33.9], &[-1.1, 151.2], Resolution::Three, &mut out);
    assert_eq!(cells(&[52.6, -33.9], &[-1.1, 151.2], Resolution::Three), out);
}
