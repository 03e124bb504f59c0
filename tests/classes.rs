//! Breaks of classes, beside mapclassify's.

use tensionmap::unstable::layer::Classes;

use crate::support::{own, rows};

/// `tests/reference/classes.py` says what the values are.
#[test]
fn breaks_agree_with_mapclassify() {
    let values: Vec<f64> = (1..=300).map(|k| f64::from(k * 7919 % 997).powi(2) / 100.0).collect();
    let mut held = 0;
    for row in rows(&own("tests/reference/classes.csv")) {
        let classes: Classes = format!("{}:{}", row[0], row[1]).parse().unwrap();
        let ours = classes.breaks(&values);
        let theirs: Vec<f64> = row[2].split(' ').map(|number| number.parse().unwrap()).collect();
        assert_eq!(ours.len(), theirs.len() + 1, "{classes:?}");
        for (ours, theirs) in ours[1..].iter().zip(&theirs) {
            assert!((ours - theirs).abs() < 1e-6, "{classes:?}: {ours} and {theirs}");
            held += 1;
        }
    }
    assert_eq!(held, 3 * (3 + 5 + 7 + 9));
}
