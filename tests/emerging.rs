//! Emerging Hot Spot Analysis: every category and boundary in both editions, histories of another program, and invariants.

use proptest::prelude::*;
use tensionmap::Histories;
use tensionmap::unstable::hotspot::{
    Direction, Edition, EmergingCategory, EmergingOptions, Kernel, Pattern, Reference, Weights, emerging,
};
use tensionmap::unstable::trend::mann_kendall;
use tensionmap::{CellIndex, StudyArea};

use crate::hotspots::list;
use crate::support::{own, rows};

/// `+` hot, `-` cold, anything else neither; a number repeats the sign before it.
fn history(text: &str) -> Vec<Direction> {
    let mut signs: Vec<Direction> = Vec::new();
    for word in text.split_whitespace() {
        let (sign, times) = word.split_at(1);
        let sign = match sign {
            "+" => Direction::Up,
            "-" => Direction::Down,
            _ => Direction::Flat,
        };
        signs.extend(vec![sign; if times.is_empty() { 1 } else { times.parse().unwrap() }]);
    }
    signs
}

fn mirrored(history: &[Direction]) -> Vec<Direction> {
    history.iter().map(|sign| sign.mirrored()).collect()
}

/// Every category, and both sides of every boundary: history, trend, then what editions 3 and 2 call it. The rules are those of
/// `peers.md` §3 and, where ESRI's overlap, the precedence of `EmergingCategory::of`. Each row is also tried mirrored.
#[test]
fn every_category_and_every_boundary() {
    use Direction::{Down, Flat, Up};
    use Pattern::{Consecutive, Diminishing, Historical, Intensifying, New, Oscillating, Persistent, Sporadic};
    let (hot, none) = (EmergingCategory::Hot, EmergingCategory::NoPattern);
    for (text, trend, third, second) in [
        // Nothing, and nothing any more.
        (".10", Flat, none, none),
        (".10", Up, none, none),
        ("+ .9", Flat, none, hot(Sporadic)),
        (".8 + .", Flat, none, hot(Sporadic)),
        ("+8 .2", Flat, none, hot(Sporadic)),
        ("- + .8", Flat, none, none),
        // New: the last slice only.
        (".9 +", Flat, hot(New), hot(New)),
        (".9 +", Down, hot(New), hot(New)),
        // New beside consecutive, by the length of the run.
        (".8 +2", Flat, hot(Consecutive), hot(Consecutive)),
        // New beside sporadic, by what was before.
        ("+ .8 +", Flat, hot(Sporadic), hot(Sporadic)),
        // New beside oscillating, by the slices before: that it was cold is the more useful fact.
        ("- .8 +", Flat, hot(Oscillating), hot(Oscillating)),
        // Consecutive beside sporadic, by the gap.
        (". +8 .", Flat, none, hot(Sporadic)),
        ("+ . +8", Flat, hot(Persistent), hot(Persistent)),
        ("+ .2 +7", Flat, hot(Sporadic), hot(Sporadic)),
        (".2 +8", Flat, hot(Consecutive), hot(Consecutive)),
        // Consecutive beside oscillating.
        ("- . +8", Flat, hot(Oscillating), hot(Oscillating)),
        // Consecutive beside those that last: 90 % of the slices.
        (". +9", Flat, hot(Persistent), hot(Persistent)),
        (".2 +13", Flat, hot(Consecutive), hot(Consecutive)),
        (". +14", Flat, hot(Persistent), hot(Persistent)),
        // Those that last, by their trend.
        ("+10", Up, hot(Intensifying), hot(Intensifying)),
        ("+10", Flat, hot(Persistent), hot(Persistent)),
        ("+10", Down, hot(Diminishing), hot(Diminishing)),
        // Historical: they lasted, and the last slice is not hot.
        ("+9 .", Flat, hot(Historical), hot(Historical)),
        ("+9 .", Up, hot(Historical), hot(Historical)),
        ("+9 -", Flat, hot(Historical), hot(Historical)),
        // Nine in ten come before what was cold.
        ("- +9", Flat, hot(Persistent), hot(Persistent)),
        ("-2 +8", Flat, hot(Oscillating), hot(Oscillating)),
        // Sporadic beside oscillating, by cold.
        ("+ . + . + . + . . +", Flat, hot(Sporadic), hot(Sporadic)),
        ("+ . + - + . + . . +", Flat, hot(Oscillating), hot(Oscillating)),
        // Sporadic in edition 2 needs not end hot, but may never be cold.
        ("+ . + . + . + . . .", Flat, none, hot(Sporadic)),
        ("+ . + - + . + . . .", Flat, none, none),
    ] {
        let history = history(text);
        for (edition, expected) in [(Edition::Esri3, third), (Edition::Esri2, second)] {
            assert_eq!(EmergingCategory::of(&history, trend, edition), expected, "{text} {trend:?} {edition:?}");
            let mirror = EmergingCategory::of(&mirrored(&history), trend.mirrored(), edition);
            assert_eq!(mirror, expected.mirrored(), "mirrored {text} {trend:?} {edition:?}");
        }
    }
}

/// xarray-spatial's published vectors, where its rules are ESRI's, with its 95 % for hot.
#[test]
fn xarray_spatials_vectors() {
    for (text, code) in [(".9 +", 1), (".7 +3", 2), ("+9 .", 8), (". - . + . - . . . +", 7), (". . + . . . . . . +", 6)]
    {
        assert_eq!(EmergingCategory::of(&history(text), Direction::Flat, Edition::Esri3).code(), code, "{text}");
    }
}

/// sfdep and `PyEhsa` call an all-cold series that warms an intensifying hot spot.
#[test]
fn all_cold_and_warming_is_a_diminishing_cold_spot() {
    let category = EmergingCategory::of(&history("-12"), Direction::Up, Edition::Esri3);
    assert_eq!(
        (category, category.name().as_str()),
        (EmergingCategory::Cold(Pattern::Diminishing), "Diminishing cold spot")
    );
}

/// sfdep and `PyEhsa` call 11 hot slices of 12 with a quiet last one persistent.
#[test]
fn hot_until_the_last_slice_is_historical() {
    assert_eq!(
        EmergingCategory::of(&history("+11 ."), Direction::Flat, Edition::Esri3),
        EmergingCategory::Hot(Pattern::Historical)
    );
}

/// xarray-spatial takes 13 of 15 slices for 90 %. Whole numbers decide it exactly.
#[test]
fn ninety_per_cent_is_exact_from_10_to_30_slices() {
    for n in 10..=30_usize {
        let enough = (9 * n).div_ceil(10);
        for (hot, lasts) in [(enough, true), (enough - 1, false)] {
            let history = [vec![Direction::Flat; n - hot], vec![Direction::Up; hot]].concat();
            let found = EmergingCategory::of(&history, Direction::Flat, Edition::Esri3);
            let expected = if lasts { Pattern::Persistent } else { Pattern::Consecutive };
            assert_eq!(found, EmergingCategory::Hot(expected), "{hot} of {n}");
        }
    }
    assert_eq!((9 * 15_usize).div_ceil(10), 14);
}

/// geolibre tests for oscillating before the 90 % rule.
#[test]
fn ninety_per_cent_comes_before_oscillating() {
    assert_eq!(
        EmergingCategory::of(&history("- +9"), Direction::Up, Edition::Esri3),
        EmergingCategory::Hot(Pattern::Intensifying)
    );
}

#[test]
fn the_registry_is_whole() {
    let mut codes: Vec<i8> = EmergingCategory::ALL.iter().map(|category| category.code()).collect();
    codes.sort_unstable();
    assert_eq!(codes, (-8..=8).collect::<Vec<_>>());
    let mut colours: Vec<[u8; 3]> = EmergingCategory::ALL.iter().map(|category| category.colour()).collect();
    colours.sort_unstable();
    colours.dedup();
    assert_eq!(colours.len(), 17);
    let cold = EmergingCategory::Cold(Pattern::Oscillating);
    assert_eq!(cold.about(), "cold in the last slice, hot in one before, and cold in fewer than 90 % of all");
    assert!(EmergingCategory::ALL.iter().all(|category| category.mirrored().mirrored() == *category));
}

fn reference() -> (Vec<Vec<String>>, Vec<f64>, Weights) {
    let rows = rows(&own("tests/reference/emerging.csv"));
    let near: Vec<Vec<usize>> = rows.iter().map(|row| list(&row[0])).collect();
    let panel = rows.iter().flat_map(|row| list::<f64>(&row[1])).collect();
    (rows, panel, Weights::of_lists(&near).unwrap())
}

/// Gi* in space and time as matrices in numpy, q by statsmodels, trends by pymannkendall, categories by rules written anew.
#[test]
fn histories_equal_another_programs() {
    let (rows, panel, weights) = reference();
    let found = emerging(&panel, 14, &weights, EmergingOptions::default()).unwrap();
    let mut kinds = std::collections::BTreeSet::new();
    for (place, row) in rows.iter().enumerate() {
        for (z, expected) in found.z(place).iter().zip(list::<f64>(&row[2])) {
            assert!((z - expected).abs() < 1e-9 * expected.abs().max(1.0), "{place}: {z} is not {expected}");
        }
        let signs = found.signs(place).iter().map(|sign| match sign {
            Direction::Down => '-',
            Direction::Flat => '0',
            Direction::Up => '+',
        });
        assert_eq!(signs.collect::<String>(), row[3], "{place}");
        let of = &found.places[place];
        for (value, column) in [(of.trend.z, 4), (of.trend.p, 5)] {
            assert!((value - row[column].parse::<f64>().unwrap()).abs() < 1e-9, "{place}");
        }
        assert_eq!(of.category.code().to_string(), row[6], "{place}");
        kinds.insert(of.category.code());
    }
    assert!(kinds.len() >= 8, "{kinds:?}");
}

/// A study area of cells with a panel of small counts.
fn world(values: &[u8], slices: usize) -> (StudyArea, Weights, Vec<f64>) {
    let middle: CellIndex = "8819434d93fffff".parse().unwrap();
    let area = StudyArea::of_cells(middle.grid_disk::<Vec<_>>(3));
    let weights = Weights::rings(&area, 1, Kernel::Binary).unwrap();
    // Few cells hold much: histories of every kind come up.
    let count = |value: &u8| f64::from(*value) * if value.is_multiple_of(5) { 9.0 } else { 1.0 };
    let panel: Vec<f64> = values.iter().take(37 * slices).map(count).collect();
    (area, weights, panel)
}

fn categories(found: &Histories) -> Vec<EmergingCategory> {
    found.places.iter().map(|place| place.category).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Exactly one rule of the six applies, and it is the one that is taken: each is written here on its own.
    #[test]
    fn exactly_one_category_applies(
        signs in prop::collection::vec(0..3_u8, 10..40),
        trend in 0..3_u8,
        runs in 0..40_usize,
        second in any::<bool>(),
    ) {
        let sign = |kind: u8| [Direction::Down, Direction::Flat, Direction::Up][kind as usize];
        let mut history: Vec<Direction> = signs.into_iter().map(sign).collect();
        // Long runs at the end, which chance seldom makes.
        let n = history.len();
        let last = history[n - 1];
        history[n.saturating_sub(runs)..].fill(last);
        let edition = if second { Edition::Esri2 } else { Edition::Esri3 };
        let trend = sign(trend);
        let mut applies = Vec::new();
        for (side, of) in [(Direction::Up, EmergingCategory::Hot as fn(Pattern) -> EmergingCategory), (Direction::Down, EmergingCategory::Cold)] {
            let count = |wanted: Direction| history.iter().filter(|sign| **sign == wanted).count();
            let (own, other) = (count(side), count(side.mirrored()));
            let ends = last == side;
            let most = 10 * own >= 9 * n;
            let other_lasts = 10 * other >= 9 * n;
            let run = history.iter().rev().take_while(|sign| **sign == side).count();
            let passes = !most && !other_lasts;
            for (pattern, is_so) in [
                (Pattern::Intensifying, most && ends && trend == side),
                (Pattern::Persistent, most && ends && trend == Direction::Flat),
                (Pattern::Diminishing, most && ends && trend == side.mirrored()),
                (Pattern::Historical, most && !ends),
                (Pattern::Oscillating, passes && ends && other > 0),
                (Pattern::New, passes && ends && other == 0 && own == 1),
                (Pattern::Consecutive, passes && ends && other == 0 && own > 1 && own == run),
                (Pattern::Sporadic, passes && other == 0 && if ends { own > run } else { second && own > 0 }),
            ] {
                if is_so {
                    applies.push(of(pattern));
                }
            }
        }
        prop_assert!(applies.len() <= 1, "{applies:?}");
        let found = EmergingCategory::of(&history, trend, edition);
        prop_assert_eq!(found, applies.first().copied().unwrap_or_default());
        prop_assert_eq!(EmergingCategory::of(&mirrored(&history), trend.mirrored(), edition), found.mirrored());
    }

    /// Mirrored counts have mirrored categories, with everything between.
    #[test]
    fn mirrored_input_has_mirrored_categories(
        values in prop::collection::vec(0..20_u8, 37 * 20), slices in 10..20_usize, lag in 0..3_usize, local in any::<bool>(),
    ) {
        let (_, weights, panel) = world(&values, slices);
        let reference = if local { Reference::Neighbourhood } else { Reference::Cube };
        let options = EmergingOptions { lag, reference, significance: 0.2, ..EmergingOptions::default() };
        let found = emerging(&panel, slices, &weights, options).unwrap();
        let mirror: Vec<f64> = panel.iter().map(|value| 200.0 - value).collect();
        let other = emerging(&mirror, slices, &weights, options).unwrap();
        for (one, other) in found.places.iter().zip(&other.places) {
            prop_assert_eq!((one.hot, one.cold), (other.cold, other.hot));
            prop_assert!((one.trend.z + other.trend.z).abs() < 1e-9);
            prop_assert_eq!(one.category.mirrored(), other.category);
        }
    }

    /// The same map somewhere else is the same map.
    #[test]
    fn a_shift_in_space_changes_nothing(values in prop::collection::vec(0..20_u8, 37 * 12), steps in 1..9_usize) {
        let (area, weights, panel) = world(&values, 12);
        let found = emerging(&panel, 12, &weights, EmergingOptions { significance: 0.2, ..EmergingOptions::default() }).unwrap();
        // By local coordinates, which keep what lies beside what.
        let origin = area.cells()[0];
        let shift = |cell: &CellIndex| -> CellIndex {
            let mut at = cell.to_local_ij(origin).unwrap();
            at.coord.i += i32::try_from(steps).unwrap() * 9;
            at.try_into().unwrap()
        };
        let moved = StudyArea::of_cells(area.cells().iter().map(shift));
        let mut other = vec![0.0; panel.len()];
        for (row, cell) in area.cells().iter().enumerate() {
            let place = moved.row(shift(cell)).unwrap();
            other[place * 12..][..12].copy_from_slice(&panel[row * 12..][..12]);
        }
        let weights = Weights::rings(&moved, 1, Kernel::Binary).unwrap();
        let there = emerging(&other, 12, &weights, EmergingOptions { significance: 0.2, ..EmergingOptions::default() }).unwrap();
        for (row, cell) in area.cells().iter().enumerate() {
            let place = moved.row(shift(cell)).unwrap();
            prop_assert_eq!(found.z(row), there.z(place));
            prop_assert_eq!(found.places[row], there.places[place]);
        }
    }

    /// geolibre's window reads the future. Here what happens in later slices changes no earlier z, where these are compared with
    /// their own time; and with the whole cube no sum of an earlier neighbourhood.
    #[test]
    fn no_slice_looks_ahead(values in prop::collection::vec(0..20_u8, 37 * 12), from in 1..12_usize, more in 1..99_u8) {
        let (_, weights, panel) = world(&values, 12);
        let mut later = panel.clone();
        for row in later.chunks_mut(12) {
            row[from..].iter_mut().for_each(|value| *value = f64::from(more) - *value);
        }
        let options = EmergingOptions { reference: Reference::Neighbourhood, lag: 2, ..EmergingOptions::default() };
        let (one, other) = (
            emerging(&panel, 12, &weights, options).unwrap(),
            emerging(&later, 12, &weights, options).unwrap(),
        );
        for place in 0..37 {
            for (a, b) in one.z(place)[..from].iter().zip(&other.z(place)[..from]) {
                prop_assert!((a - b).abs() < 1e-9, "{a} {b}");
            }
        }
    }
}

/// Constant counts, one place, an area of islands: no pattern, no NaN.
#[test]
fn what_says_nothing_has_no_pattern() {
    let islands = |n: usize| Weights::of_lists(&vec![Vec::new(); n]).unwrap();
    for (panel, n) in [(vec![0.1; 30], 3), (vec![0.0; 10], 1), (vec![7.0; 100], 10), (Vec::new(), 0)] {
        let slices = panel.len().checked_div(n).unwrap_or(10);
        let found = emerging(&panel, slices, &islands(n), EmergingOptions::default()).unwrap();
        assert_eq!(categories(&found), vec![EmergingCategory::NoPattern; n]);
        assert!((0..n).all(|place| found.z(place).iter().all(|z| z.abs() <= 0.0)));
        assert!(found.places.iter().all(|place| place.trend == mann_kendall(&vec![0.0; slices])));
    }
    // One place through time is compared with itself.
    let one: Vec<f64> = (0..20).map(f64::from).collect();
    let found = emerging(&one, 20, &islands(1), EmergingOptions { lag: 0, ..EmergingOptions::default() }).unwrap();
    assert!(found.z(0).iter().all(|z| z.is_finite()) && found.places[0].trend.z > 5.0);
}

#[test]
fn what_cannot_be_analysed_is_refused() {
    let weights = Weights::of_lists(&[vec![1], vec![0]]).unwrap();
    let refused = |panel: &[f64], slices: usize, options: EmergingOptions| {
        emerging(panel, slices, &weights, options).unwrap_err().to_string()
    };
    let usual = EmergingOptions::default();
    assert_eq!(refused(&[0.0; 18], 9, usual), "a history of 9 slices is too short for a category; expected 10 or more");
    assert_eq!(refused(&[0.0; 19], 10, usual), "got 19 values for 2 places; expected 20, one per place and slice");
    assert_eq!(
        refused(&[f64::NAN; 20], 10, usual),
        "value 0 is NaN; expected a finite number for every place, 0 where nothing was counted"
    );
    assert_eq!(
        refused(&[0.0; 20], 10, EmergingOptions { lag: 10, ..usual }),
        "lag \"10\" is not usable: expected fewer than the 10 slices"
    );
    for significance in [0.0, 1.0, f64::NAN] {
        assert_eq!(
            refused(&[0.0; 20], 10, EmergingOptions { significance, ..usual }),
            format!(
                "significance \"{significance}\" is not usable: expected a probability between 0 and 1, such as 0.05"
            )
        );
    }
    assert_eq!(
        "esri-4".parse::<Edition>().unwrap_err().to_string(),
        "edition \"esri-4\" is not usable: expected one of esri-3, esri-2; did you mean `esri-3`?"
    );
    assert_eq!(
        "slice".parse::<Reference>().unwrap_err().to_string(),
        "reference \"slice\" is not usable: expected one of cube, neighbourhood"
    );
}
