//! Statistics of hot spots against other programs, and their invariants for any input.

use proptest::prelude::*;
use tensionmap::LocalG;
use tensionmap::unstable::hotspot::{
    Bin, GiFormula, GiOptions, Global, Kernel, Permutations, Quadrant, Weights, benjamini_hochberg, general_g,
    getis_ord, getis_ord_layers, local_moran, morans_i,
};
use tensionmap::unstable::trend::{mann_kendall, mann_kendall_each};
use tensionmap::{CellIndex, StudyArea};

use crate::support::{own, rows, shared};

pub(crate) fn number(text: &str) -> Option<f64> {
    (!text.is_empty()).then(|| text.parse().unwrap())
}

pub(crate) fn list<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> Vec<T> {
    text.split_whitespace().map(|word| word.parse().unwrap()).collect()
}

/// A fixture of `tests/reference/local_statistics.csv`: its rows, values and neighbours.
pub(crate) fn fixture(case: &str) -> (Vec<Vec<String>>, Vec<f64>, Weights) {
    let rows: Vec<_> =
        rows(&own("tests/reference/local_statistics.csv")).into_iter().filter(|row| row[0] == case).collect();
    let values = rows.iter().map(|row| row[2].parse().unwrap()).collect();
    let near: Vec<Vec<usize>> = rows.iter().map(|row| list(&row[3])).collect();
    (rows, values, Weights::of_lists(&near).unwrap())
}

pub(crate) fn options(with_self: bool, formula: GiFormula) -> GiOptions {
    GiOptions { without_self: !with_self, formula, permutations: None }
}

pub(crate) fn near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{what}: {found} is not {expected}");
}

fn defined(found: &[LocalG], row: usize) -> Option<f64> {
    found[row].is_defined.then(|| found[row].z)
}

pub(crate) const CASES: [&str; 3] = ["six", "counts", "reals"];

/// esda's readings B and R with and without the place itself, and Ord and Getis's own formula where weights differ.
#[test]
fn gi_equals_esdas_and_the_formula() {
    for case in CASES {
        let (rows, values, weights) = fixture(case);
        for (column, with_self, formula) in [
            (4, false, GiFormula::OrdGetis),
            (5, true, GiFormula::OrdGetis),
            (4, false, GiFormula::EsdaBinary),
            (5, true, "spdep".parse().unwrap()),
            (6, false, GiFormula::EsdaRow),
            (7, true, GiFormula::EsdaRow),
        ] {
            let found = getis_ord(&values, &weights, options(with_self, formula)).unwrap();
            for (place, row) in rows.iter().enumerate() {
                let what = format!("{case} {place} {with_self} {formula:?}");
                match (number(&row[column]), defined(&found, place)) {
                    (Some(expected), Some(z)) => near(z, expected, &what),
                    (expected, z) => assert_eq!(expected, z, "{what}"),
                }
            }
        }
    }
}

/// The six points in `peers.md` §4, to its digits: esda's row-standardised z is not Ord and Getis's.
#[test]
fn the_six_points_tell_the_readings_apart() {
    let (_, values, weights) = fixture("six");
    let z = |with_self, formula| -> Vec<f64> {
        getis_ord(&values, &weights, options(with_self, formula)).unwrap().iter().map(|cell| cell.z).collect()
    };
    for (found, expected) in [
        (z(true, GiFormula::OrdGetis), [-1.397_276, -0.289_178, 0.650_650, -0.289_178, 1.234_521, 2.024_243]),
        (z(true, GiFormula::EsdaRow), [-0.624_881, -0.091_446, 0.411_507, -0.091_446, 0.246_904, 1.280_244]),
        (z(false, GiFormula::OrdGetis), [-1.013_673, -0.043_616, 1.315_587, -0.314_127, 1.153_740, 1.778_339]),
    ] {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}");
    }
}

/// Weights that fall with distance, against the formula over all pairs of cells.
#[test]
fn gi_of_weights_that_differ_is_the_formulas() {
    let middle: CellIndex = "8819434d93fffff".parse().unwrap();
    let area = StudyArea::of_cells(middle.grid_disk::<Vec<_>>(4));
    for kernel in Kernel::ALL {
        let weights = Weights::rings(&area, 2, kernel).unwrap();
        let values: Vec<f64> = (0..area.cells().len()).map(|row| (row * row % 11) as f64).collect();
        let found = getis_ord(&values, &weights, GiOptions::default()).unwrap();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let deviation = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
        for (row, cell) in area.cells().iter().enumerate() {
            let (mut sum, mut w, mut q) = (0.0, 0.0, 0.0);
            for (other, value) in area.cells().iter().zip(&values) {
                let distance = cell.grid_distance(*other).unwrap();
                if distance <= 2 {
                    let weight = kernel.weight(u32::try_from(distance).unwrap(), 2);
                    (sum, w, q) = (sum + weight * value, w + weight, q + weight * weight);
                }
            }
            let expected = (sum - mean * w) / (deviation * ((n * q - w * w) / (n - 1.0)).sqrt());
            near(found[row].z, expected, kernel.id());
        }
    }
}

/// Columbus and St Louis: esda, which R's spdep equals to 5 · 10⁻¹¹ (`../shared/data/spatial-stats`).
#[test]
fn textbook_data_has_its_published_values() {
    for (name, ids) in [("columbus", 49), ("stl", 78)] {
        let (Some(reference), Some(gal), Some(json)) = (
            shared(&format!("spatial-stats/{name}_reference.csv")),
            shared(&format!("spatial-stats/{name}.gal")),
            shared("spatial-stats/reference_values.json"),
        ) else {
            return;
        };
        let (names, weights) = Weights::from_gal(&std::fs::read_to_string(gal).unwrap()).unwrap();
        let rows = rows(&reference);
        assert_eq!((names.len(), rows.len()), (ids, ids));
        assert!(names.iter().zip(&rows).all(|(name, row)| *name == row[0]));
        let values: Vec<f64> = rows.iter().map(|row| row[1].parse().unwrap()).collect();
        let of = |with_self| getis_ord(&values, &weights, options(with_self, GiFormula::OrdGetis)).unwrap();
        let moran = local_moran(&values, &weights, Permutations::default()).unwrap();
        for (place, row) in rows.iter().enumerate() {
            assert_eq!(weights.of(place).len().to_string(), row[2]);
            let expected = |column: usize| row[column].parse::<f64>().unwrap();
            near(of(false)[place].z, expected(3), "gi");
            near(of(true)[place].z, expected(4), "gi*");
            near(moran[place].i, expected(5), "moran");
        }
        let known: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
        let Global { value, expected, variance, z, .. } = morans_i(&values, &weights.row_standardised()).unwrap();
        for (found, key) in
            [(value, "moran_I_row_standardised"), (expected, "EI"), (variance, "VI_rand"), (z, "z_rand")]
        {
            near(found, known[name][key].as_f64().unwrap(), key);
        }
    }
}

/// House prices of Baltimore, their neighbours by distance, and esda's results (`tests/reference/baltimore.py`).
pub(crate) fn baltimore() -> Option<(Vec<f64>, Weights, Vec<Vec<String>>)> {
    let path = shared("spatial-stats/baltimore.geojson")?;
    let houses: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let price = |house: &serde_json::Value| house["properties"]["PRICE"].as_f64().unwrap();
    let values: Vec<f64> = houses["features"].as_array().unwrap().iter().map(price).collect();
    let rows = rows(&own("tests/reference/baltimore.csv"));
    let weights = Weights::of_lists(&rows.iter().map(|row| list(&row[0])).collect::<Vec<_>>()).unwrap();
    Some((values, weights, rows))
}

#[test]
fn baltimores_prices_have_esdas_values() {
    let Some((values, weights, rows)) = baltimore() else { return };
    let of = |with_self| getis_ord(&values, &weights, options(with_self, GiFormula::OrdGetis)).unwrap();
    let (plain, star) = (of(false), of(true));
    let moran = local_moran(&values, &weights, Permutations::default()).unwrap();
    assert_eq!(rows.len(), 211);
    for (place, row) in rows.iter().enumerate() {
        assert_eq!(number(&row[1]).is_some(), plain[place].is_defined);
        near(plain[place].z, number(&row[1]).unwrap_or(0.0), "gi");
        near(star[place].z, number(&row[2]).unwrap(), "gi*");
        near(moran[place].i, number(&row[3]).unwrap_or(0.0), "moran");
    }
}

/// esda's documented example: of the homicides of St Louis no local Moran passes at 0.1, so that its `fdr` gives 0.1/78 =
/// 0.001282051282051282, the bound of Bonferroni.
#[test]
fn esdas_example_of_fdr() {
    let (Some(reference), Some(gal)) = (shared("spatial-stats/stl_reference.csv"), shared("spatial-stats/stl.gal"))
    else {
        return;
    };
    let (_, weights) = Weights::from_gal(&std::fs::read_to_string(gal).unwrap()).unwrap();
    let values: Vec<f64> = rows(&reference).iter().map(|row| row[1].parse().unwrap()).collect();
    let found = local_moran(&values, &weights, Permutations::default()).unwrap();
    assert!(found.iter().all(|cell| cell.q > 0.1));
    let most = found.iter().map(|cell| cell.p).fold(1.0, f64::min);
    assert!(most >= 0.1 / 78.0 && (0.1_f64 / 78.0 - 0.001_282_051_282_051_282).abs() < 1e-15);
}

/// A month of Leicester in cells of resolution 8, zeros too: esda, which R's spdep equals to 5 · 10⁻¹⁰.
#[test]
fn leicesters_gi_is_esdas() {
    let Some(path) = shared("leicester/reference/gi_star_2022-09_r8.csv") else { return };
    let rows = rows(&path);
    let cells: Vec<CellIndex> = rows.iter().map(|row| row[0].parse().unwrap()).collect();
    let area = StudyArea::of_cells(cells.iter().copied());
    assert_eq!(area.cells(), cells);
    let values: Vec<f64> = rows.iter().map(|row| row[1].parse().unwrap()).collect();
    let weights = Weights::rings(&area, 1, Kernel::Binary).unwrap();
    let star = getis_ord(&values, &weights, GiOptions::default()).unwrap();
    let plain = getis_ord(&values, &weights, options(false, GiFormula::OrdGetis)).unwrap();
    for (place, row) in rows.iter().enumerate() {
        assert_eq!(weights.of(place).len().to_string(), row[2]);
        near(star[place].z, row[3].parse().unwrap(), "gi*");
        near(plain[place].z, row[4].parse().unwrap(), "gi");
    }
}

/// Without its quiet cells an area has another mean, and other hot spots.
#[test]
fn zeros_matter() {
    let middle: CellIndex = "8819434d93fffff".parse().unwrap();
    let area = StudyArea::of_cells(middle.grid_disk::<Vec<_>>(5));
    let busy: Vec<CellIndex> = middle.grid_disk(1);
    let value = |cell: &CellIndex| if busy.contains(cell) { 4.0 } else { 0.0 };
    let z_of = |area: &StudyArea| {
        let values: Vec<f64> = area.cells().iter().map(value).collect();
        let weights = Weights::rings(area, 1, Kernel::Binary).unwrap();
        getis_ord(&values, &weights, GiOptions::default()).unwrap()[area.row(middle).unwrap()]
    };
    assert!(z_of(&area).z > 5.0 && z_of(&area).bin() == 3);
    let occupied = z_of(&StudyArea::of_cells(busy.iter().copied()));
    assert!(!occupied.is_defined && occupied.z.abs() <= 0.0);
}

#[test]
fn global_statistics_equal_esdas() {
    for row in rows(&own("tests/reference/global_statistics.csv")) {
        let (_, values, weights) = fixture(&row[0]);
        let found = match row[1].as_str() {
            "moran-b" => morans_i(&values, &weights),
            "moran-r" => morans_i(&values, &weights.row_standardised()),
            _ => general_g(&values, &weights),
        }
        .unwrap();
        let found = [found.value, found.expected, found.variance, found.z, found.p];
        for (found, expected) in found.into_iter().zip(&row[2..]) {
            near(found, expected.parse().unwrap(), &format!("{} {}", row[0], row[1]));
        }
    }
}

#[test]
fn local_moran_equals_esdas() {
    for case in CASES {
        let (rows, values, weights) = fixture(case);
        let found = local_moran(&values, &weights, Permutations::default()).unwrap();
        for (place, row) in rows.iter().enumerate() {
            if weights.of(place).is_empty() {
                // esda calls a place without neighbours low among low.
                assert_eq!((found[place].quadrant, found[place].p.to_string()), (None, "1".into()));
                continue;
            }
            near(found[place].i, number(&row[9]).unwrap(), case);
            let quadrant = Quadrant::ALL[row[10].parse::<usize>().unwrap() - 1];
            assert_eq!(found[place].quadrant, Some(quadrant), "{case} {place}");
        }
    }
}

/// p of 19,999 draws against as many of esda's: within five standard errors of the difference.
#[test]
fn permutations_equal_esdas_within_chance() {
    for case in CASES {
        let (rows, values, weights) = fixture(case);
        let permutations = Permutations { draws: 19_999, seed: 7 };
        let star = GiOptions { permutations: Some(permutations), ..GiOptions::default() };
        let gi = getis_ord(&values, &weights, star).unwrap();
        let without = getis_ord(&values, &weights, GiOptions { without_self: true, ..star }).unwrap();
        let moran = local_moran(&values, &weights, permutations).unwrap();
        for (place, row) in rows.iter().enumerate().filter(|(place, _)| !weights.of(*place).is_empty()) {
            for (found, column) in [(gi[place].p_permuted.unwrap(), 8), (moran[place].p, 11)] {
                let theirs = number(&row[column]).unwrap();
                let error = (2.0 * theirs * (2.0 - theirs) / 19_999.0).sqrt();
                assert!((found - theirs).abs() < 5.0 * error + 2e-4, "{case} {place}: {found} is not {theirs}");
            }
            // The place keeps its own value, so that Gi and Gi* have one p.
            assert_eq!(gi[place].p_permuted, without[place].p_permuted);
        }
    }
}

#[test]
fn q_equals_statsmodels() {
    let table = rows(&own("tests/reference/benjamini_hochberg.csv"));
    let p: Vec<f64> = table.iter().map(|row| row[0].parse().unwrap()).collect();
    for (found, row) in benjamini_hochberg(&p).into_iter().zip(&table) {
        near(found, row[1].parse().unwrap(), &row[0]);
    }
    assert!(benjamini_hochberg(&[]).is_empty());
}

/// esda's documented example: of St Louis' homicides at 0.1, its threshold is α/n · k for the k that pass, or α/n where none
/// does. q ≤ α is equivalent, place by place.
#[test]
fn q_passes_what_esdas_fdr_passes() {
    for case in ["counts", "reals"] {
        let (_, values, weights) = fixture(case);
        let p: Vec<f64> =
            local_moran(&values, &weights, Permutations::default()).unwrap().iter().map(|m| m.p).collect();
        for alpha in [0.05, 0.1, 0.3] {
            let mut sorted = p.clone();
            sorted.sort_by(f64::total_cmp);
            let n = p.len() as f64;
            let ranks = (1..).map(f64::from).zip(&sorted);
            // Benjamini and Hochberg have ≤ where esda has <.
            let threshold = ranks.filter(|(rank, p)| **p <= rank * alpha / n).map(|(rank, _)| rank * alpha / n).last();
            let passes: Vec<bool> = p.iter().map(|p| threshold.is_some_and(|threshold| *p <= threshold)).collect();
            assert_eq!(
                benjamini_hochberg(&p).iter().map(|q| *q <= alpha).collect::<Vec<_>>(),
                passes,
                "{case} {alpha}"
            );
        }
    }
}

/// Equal values, one cell, an area of islands, a neighbourhood that is everything: z = 0 and p = 1, never NaN.
#[test]
fn what_is_not_defined_is_flagged() {
    let row = |n: usize| {
        let near = |k: usize| [k.checked_sub(1), Some(k + 1).filter(|next| *next < n)].into_iter().flatten().collect();
        Weights::of_lists(&(0..n).map(near).collect::<Vec<_>>()).unwrap()
    };
    let islands = Weights::of_lists(&vec![Vec::new(); 5]).unwrap();
    let counts = [3.0, 0.0, 0.0, 1.0, 2.0];
    for (values, weights, with_self, all) in [
        (&[0.1; 5][..], &row(5), true, 0),
        (&[0.1; 5], &row(5), false, 0),
        (&[7.0], &row(1), true, 0),
        (&[], &row(0), true, 0),
        (&counts, &islands, true, 5),
        (&counts, &islands, false, 0),
        (&[1.0, 2.0, 3.0], &row(3), true, 2),
        (&[0.0, 0.0, 0.0, 0.0, 9.0], &row(5), false, 4),
    ] {
        for formula in [GiFormula::OrdGetis, GiFormula::EsdaBinary, GiFormula::EsdaRow] {
            let permutations = Some(Permutations { draws: 99, seed: 1 });
            let found =
                getis_ord(values, weights, GiOptions { without_self: !with_self, formula, permutations }).unwrap();
            let defined = found.iter().filter(|cell| cell.is_defined).count();
            assert!(formula == GiFormula::EsdaRow || defined == all, "{values:?} {with_self} {formula:?}: {defined}");
            for cell in found {
                assert!([cell.z, cell.p, cell.q, cell.p_permuted.unwrap()].iter().all(|x| x.is_finite()), "{cell:?}");
                assert!(cell.is_defined || (cell.z.abs() <= 0.0 && cell.p >= 1.0 && cell.bin() == 0), "{cell:?}");
            }
        }
        let z = getis_ord_layers(values, 1, weights).unwrap();
        assert!(z.iter().all(|z| z.is_finite()));
        let moran = local_moran(values, weights, Permutations::default()).unwrap();
        assert!(moran.iter().all(|cell| [cell.i, cell.p, cell.q].iter().all(|x| x.is_finite())));
        for global in [morans_i(values, weights).unwrap(), general_g(values, weights).unwrap()] {
            let Global { value, expected, variance, z, p } = global;
            assert!([value, expected, variance, z, p].iter().all(|x| x.is_finite()), "{global:?}");
        }
    }
}

#[test]
fn what_is_no_number_is_refused() {
    let pair = Weights::of_lists(&[vec![1], vec![0]]).unwrap();
    let refused = |values: &[f64]| getis_ord(values, &pair, GiOptions::default()).unwrap_err().to_string();
    assert_eq!(
        refused(&[1.0, f64::NAN]),
        "value 1 is NaN; expected a finite number for every place, 0 where nothing was counted"
    );
    assert_eq!(refused(&[1.0]), "got 1 values for 2 places; expected 2, one per place and slice");
    assert_eq!(
        general_g(&[1.0, -2.0], &pair).unwrap_err().to_string(),
        "value 1 is -2; the general G is only defined for values of 0 or more, such as counts"
    );
    assert!(local_moran(&[f64::INFINITY, 0.0], &pair, Permutations::default()).is_err());
    for draws in [0, 8, 100_000] {
        let permutations = Some(Permutations { draws, seed: 1 });
        assert_eq!(
            getis_ord(&[1.0, 2.0], &pair, GiOptions { permutations, ..GiOptions::default() }).unwrap_err().to_string(),
            format!("permutations \"{draws}\" is not usable: expected 9 to 99999, such as 999")
        );
    }
    assert_eq!(
        "arcgis".parse::<GiFormula>().unwrap_err().to_string(),
        "reading \"arcgis\" is not usable: expected one of ord-getis, spdep, esda-b, esda-r"
    );
}

#[test]
fn bins_go_by_q_and_side() {
    for (z, q, bin) in [(3.0, 0.01, 3), (3.0, 0.010_001, 2), (3.0, 0.05, 2), (3.0, 0.1, 1), (3.0, 0.100_1, 0)] {
        assert_eq!((Bin::of(z, q).number, Bin::of(-z, q).number), (bin, -bin));
    }
    assert_eq!(Bin::of(0.0, 0.0).number, 0);
    assert_eq!(Bin::ALL.map(|bin| bin.number), [-3, -2, -1, 0, 1, 2, 3]);
}

/// The same p for any number of threads, and other p for another seed.
#[test]
fn threads_do_not_show() {
    let (_, values, weights) = fixture("counts");
    let panel: Vec<f64> = (0..values.len() * 30).map(|k| values[k / 30] + (k * k % 17) as f64).collect();
    let all = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let permutations = Permutations { draws: 999, seed };
            let star = GiOptions { permutations: Some(permutations), ..GiOptions::default() };
            (
                getis_ord(&values, &weights, star).unwrap(),
                local_moran(&values, &weights, permutations).unwrap(),
                getis_ord_layers(&panel, 30, &weights).unwrap(),
                mann_kendall_each(&panel, 30),
            )
        })
    };
    let one = all(1, 1);
    assert!(one == all(2, 1) && one == all(8, 1) && one.1 != all(1, 2).1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Layers together are what each is alone; series together likewise, whatever the numbers, NaN too.
    #[test]
    fn together_is_as_alone(
        layers in 1..6_usize,
        values in prop::collection::vec(prop_oneof![(0..4).prop_map(f64::from), -1e3..1e3, Just(-0.0), Just(5e4)], 80 * 6),
        with_nan in any::<bool>(),
    ) {
        let (_, _, weights) = fixture("counts");
        let mut panel = values[..80 * layers].to_vec();
        let z = getis_ord_layers(&panel, layers, &weights).unwrap();
        for layer in 0..layers {
            let of_layer: Vec<f64> = panel.iter().skip(layer).step_by(layers).copied().collect();
            for (place, alone) in getis_ord(&of_layer, &weights, GiOptions::default()).unwrap().iter().enumerate() {
                prop_assert!((z[place * layers + layer] - alone.z).abs() <= 1e-9 * alone.z.abs().max(1.0));
            }
        }
        if with_nan {
            panel[0] = f64::NAN;
        }
        let alone: Vec<_> = panel.chunks(layers).map(mann_kendall).collect();
        prop_assert_eq!(mann_kendall_each(&panel, layers), alone);
    }

    /// Adding to all values, or scaling them, changes no z; turning them round turns z round.
    #[test]
    fn units_do_not_matter(
        values in prop::collection::vec(0..50_u8, 80),
        shift in -100..100_i32,
        scale in 1..9_i32,
    ) {
        let (_, _, weights) = fixture("counts");
        let of = |change: &dyn Fn(f64) -> f64| {
            let values: Vec<f64> = values.iter().map(|value| change(f64::from(*value))).collect();
            let star = GiOptions { permutations: Some(Permutations { draws: 99, seed: 3 }), ..GiOptions::default() };
            getis_ord(&values, &weights, star).unwrap()
        };
        let (plain, other) = (of(&|x| x), of(&|x| x * f64::from(scale) + f64::from(shift)));
        let mirrored = of(&|x| -x);
        for ((plain, other), mirrored) in plain.iter().zip(&other).zip(&mirrored) {
            prop_assert!((plain.z - other.z).abs() < 1e-9 && (plain.z + mirrored.z).abs() < 1e-9);
            prop_assert_eq!(plain.p_permuted, other.p_permuted);
            prop_assert_eq!(plain.p_permuted, mirrored.p_permuted);
        }
    }
}
