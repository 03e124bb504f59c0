//! Trends of series beside other programs: Mann–Kendall with Hamed and Rao's variance, Sen's slope with its interval, and many series
//! at once.

use tensionmap::unstable::trend::{hamed_rao, mann_kendall, mann_kendall_each, sen_interval, sen_slope};

use crate::hotspots::{list, near, number};
use crate::support::{own, rows};

/// pymannkendall's Hamed–Rao and scipy's Theil–Sen interval of the series in `mann_kendall.csv`.
#[test]
fn hamed_rao_and_the_slopes_interval_equal_others() {
    let mut corrected = 0;
    for row in rows(&own("tests/reference/hamed_rao.csv")) {
        let values: Vec<f64> = list(&row[5]);
        let points: Vec<(f64, f64)> = (0..).map(f64::from).zip(values.iter().copied()).collect();
        let sen = sen_interval(&points, 0.95).unwrap();
        for (found, column) in [(sen.lo, 3), (sen.hi, 4)] {
            near(found, row[column].parse().unwrap(), &format!("{values:?}"));
        }
        assert_eq!(Some(sen.slope), sen_slope(&points));
        let (found, plain) = (hamed_rao(&values), mann_kendall(&values));
        // Where the corrected variance is none, pymannkendall has NaN.
        match (number(&row[0]).filter(|variance| *variance > 0.0), number(&row[1])) {
            (Some(variance), Some(z)) => {
                near(found.variance, variance, &format!("{values:?}"));
                near(found.z, z, &format!("{values:?}"));
                near(found.p, row[2].parse().unwrap(), &format!("{values:?}"));
                corrected += usize::from(found != plain);
            }
            _ => assert_eq!(found, plain),
        }
    }
    assert!(corrected > 5, "{corrected}");
}

/// Monthly rainfall at Bogra, 1981 to 2010, the 360 values of pyMannKendall's own tests, of which seven are missing
/// (`tests/data/Monthly Rainfall.csv` there, MIT, © 2019 Md. Manjurul Hussain Shourov and Ishtiak Mahmud; `rainfall.csv` has a line a year). What is expected stands in these tests.
pub(crate) fn rainfall() -> Vec<f64> {
    let years = rows(&own("tests/reference/rainfall.csv"));
    years.iter().flat_map(|year| &year[1..]).map(|month| number(month).unwrap_or(f64::NAN)).collect()
}

#[test]
fn pymannkendalls_own_series_has_its_values() {
    let values = rainfall();
    let found = mann_kendall(&values);
    assert_eq!((values.len(), found.n, found.s), (360, 353, -1959));
    near(found.variance, 4_889_800.333_333_333, "variance");
    near(found.z, -0.885_456_284_258_991_6, "z");
    near(found.p, 0.375_910_587_405_068_33, "p");
    assert_eq!(mann_kendall_each(&values, 360), [found]);
    let points: Vec<(f64, f64)> = (0..).map(f64::from).zip(values.iter().copied()).collect();
    near(sen_slope(&points).unwrap(), -0.006_369_426_751_592_357, "slope of version 1.4.3");
    let found = hamed_rao(&values);
    near(found.variance, 257_403.386_784_624_13, "Hamed and Rao's variance");
    near(found.z, -3.859_273_515_045_842, "Hamed and Rao's z");
    near(found.p, 0.000_113_724_598_835_407_42, "Hamed and Rao's p");
}

/// geolibre counts ties as rises, and finds S = 6 and p = 0.025 in the first.
#[test]
fn ties_are_no_rises() {
    let found = mann_kendall(&[1.0, 1.0, 1.0, 2.0]);
    assert!(found.s == 3 && (found.z - 0.894_427_191).abs() < 1e-9 && (found.p - 0.371_093_37).abs() < 1e-8);
    let constant = mann_kendall(&[5.0; 20]);
    assert_eq!((constant.s, constant.z.to_string(), constant.p.to_string()), (0, "0".into(), "1".into()));
    assert_eq!(mann_kendall_each(&[5.0; 40], 20), [constant, constant]);
    // 10⁻¹⁷ − (−3) is 3 by rounding, and no tie with 0.
    let close = [-3.0, 1e-17, 0.0, 2.0];
    assert_eq!(mann_kendall_each(&close, 4), [mann_kendall(&close)]);
}
