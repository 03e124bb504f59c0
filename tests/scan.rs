//! The space-time scan against a search of every cylinder, in cities with a planted cluster, and in many without one.

use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use tensionmap::unstable::hotspot::{Clusters, Dispersion, ExpectedCases, Permutations, ScanOptions, scan};
use tensionmap::{CellIndex, StudyArea};

use crate::worlds::config;

/// Cells about a place in the North Sea, up to `k` steps.
fn disk(k: u32) -> StudyArea {
    let middle: CellIndex = "8819631b47fffff".parse().unwrap();
    StudyArea::of_cells(middle.grid_disk::<Vec<CellIndex>>(k))
}

/// Rows of the cells at most `k` steps from one.
fn near(area: &StudyArea, centre: usize, k: u32) -> Vec<usize> {
    let cell = area.cells()[centre];
    let is_near = |row: &usize| area.cells()[*row].grid_distance(cell).unwrap().unsigned_abs() <= k;
    (0..area.cells().len()).filter(is_near).collect()
}

struct Random(u64);

impl Random {
    /// A number above 0, up to 1.
    fn share(&mut self) -> f64 {
        (self.below(1 << 31) + 1) as f64 / (1_u64 << 31) as f64
    }

    /// A draw from the Poisson distribution, by Knuth's product of shares.
    fn poisson(&mut self, mean: f64) -> usize {
        let (mut product, mut n) = (self.share(), 0);
        while product > (-mean).exp() {
            product *= self.share();
            n += 1;
        }
        n
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize * end) >> 31
    }
}

/// As many reports in a city whose first cells are busier than its last, each day alike.
fn city(area: &StudyArea, slices: usize, reports: usize, random: &mut Random) -> Vec<u32> {
    let places = area.cells().len();
    let mut cases = vec![0; places * slices];
    for _ in 0..reports {
        let place = random.below(places).min(random.below(2 * places));
        cases[place * slices + random.below(slices)] += 1;
    }
    cases
}

fn draws(draws: u32, seed: u64) -> ScanOptions {
    ScanOptions { replicates: Permutations { draws, seed }, ..ScanOptions::default() }
}

/// The largest ratio of all cylinders, each looked at by itself.
fn plain(
    area: &StudyArea,
    cases: &[u32],
    slices: usize,
    at_risk: Option<(&[f64], &[f64])>,
    options: ScanOptions,
) -> f64 {
    let (places, total) = (area.cells().len(), f64::from(cases.iter().sum::<u32>()));
    let sum = |rows: &[usize], from: usize, to: usize| {
        rows.iter().map(|row| f64::from(cases[row * slices + from..row * slices + to].iter().sum::<u32>())).sum::<f64>()
    };
    let all: Vec<usize> = (0..places).collect();
    let mut most = 0.0_f64;
    for (centre, k) in (0..places).flat_map(|centre| (0..=options.rings.min(6)).map(move |k| (centre, k))) {
        let rows = near(area, centre, k);
        let share = match at_risk {
            None => sum(&rows, 0, slices) / total,
            Some((at_risk, _)) => rows.iter().map(|row| at_risk[*row]).sum::<f64>() / at_risk.iter().sum::<f64>(),
        };
        if share > options.space + 1e-9 {
            continue;
        }
        for (from, to) in (0..slices).flat_map(|from| (from + 1..=slices).map(move |to| (from, to))) {
            let is_asked = options.retrospective || to == slices;
            if !is_asked || (to - from) as f64 > (slices as f64 * options.time).max(1.0) {
                continue;
            }
            let over_time = match at_risk {
                None => sum(&all, from, to) / total,
                Some((_, over_time)) => over_time[from..to].iter().sum::<f64>() / over_time.iter().sum::<f64>(),
            };
            let (c, e) = (sum(&rows, from, to), share * over_time * total);
            if c >= 2.0 && c > e {
                let outside = if c < total { (total - c) * ((total - c) / (total - e)).ln() } else { 0.0 };
                most = most.max(c * (c / e).ln() + outside);
            }
        }
    }
    most
}

/// Invariants of any result.
fn is_sound(found: &Clusters, area: &StudyArea, cases: &[u32], slices: usize) {
    let mut seen = vec![false; area.cells().len()];
    for cluster in &found.clusters {
        assert_eq!(cluster.cells, near(area, cluster.centre, cluster.radius));
        let count = |row: &usize| cases[row * slices + cluster.from..row * slices + cluster.to].iter().sum::<u32>();
        assert_eq!(cluster.observed, cluster.cells.iter().map(count).sum::<u32>());
        assert!(f64::from(cluster.observed) > cluster.expected && cluster.expected > 0.0 && cluster.llr > 0.0);
        assert!(cluster.p > 0.0 && cluster.p <= 1.0 && cluster.relative_risk.is_none_or(f64::is_finite));
        assert!(cluster.cells.iter().all(|row| !std::mem::replace(&mut seen[*row], true)), "clusters overlap");
    }
    assert!(found.clusters.windows(2).all(|pair| pair[0].llr >= pair[1].llr));
    assert!(found.clusters.iter().skip(1).all(|cluster| cluster.p <= 0.05));
}

proptest! {
    #![proptest_config(config(200))]

    /// In tiny worlds, with holes, of both models, looking back or not.
    #[test]
    fn the_most_likely_cluster_is_that_of_a_plain_search(
        seed in 0_u64..1 << 40,
        slices in 2_usize..9,
        reports in 0_usize..40,
        (retrospective, by_risk) in (any::<bool>(), any::<bool>()),
        (space, time, rings) in (0.1_f64..=0.5, 0.1_f64..=0.5, 0_u32..5),
    ) {
        let mut random = Random(seed);
        let mut cells = disk(2).cells().to_vec();
        cells.retain(|_| random.below(4) > 0);
        prop_assume!(cells.len() > 1);
        let area = StudyArea::of_cells(cells);
        let cases = city(&area, slices, reports, &mut random);
        let options = ScanOptions { retrospective, space, time, rings, ..draws(9, seed) };
        let mut risks = |n: usize| (0..n).map(|_| 1.0 + random.below(4) as f64).collect::<Vec<f64>>();
        let (places, over_time) = (risks(area.cells().len()), risks(slices));
        let at_risk = Some((&places[..], &over_time[..])).filter(|_| by_risk);
        let expected = at_risk.map_or(ExpectedCases::Permutation, |(places, slices)| ExpectedCases::AtRisk { places, slices });
        let found = scan(&area, &cases, slices, expected, options).unwrap();
        is_sound(&found, &area, &cases, slices);
        let most = plain(&area, &cases, slices, at_risk, options);
        let llr = found.clusters.first().map_or(0.0, |cluster| cluster.llr);
        prop_assert!((llr - most).abs() < 1e-9 * most.max(1.0), "{} is not {}", llr, most);
    }
}

/// By hand: two cells with 4 and 6 of 10 reports on 2 days, 3 and 1 of the first cell's on the days, 1 and 5 of the other's. The
/// second cell is more than half; of the first, day 1 holds 3 where 4 · 4 / 10 are expected.
#[test]
fn a_cluster_by_hand() {
    let cells = disk(1).cells()[..2].to_vec();
    let area = StudyArea::of_cells(cells);
    let options = ScanOptions { retrospective: true, ..draws(99, 1) };
    let found = scan(&area, &[3, 1, 1, 5], 2, ExpectedCases::Permutation, options).unwrap();
    let cluster = &found.clusters[0];
    assert_eq!((cluster.cells.as_slice(), cluster.from, cluster.to, cluster.observed), (&[0][..], 0, 1, 3));
    // 3 ln(3 / 1.6) + 7 ln(7 / 8.4), and (3 / 1.6) / (7 / 8.4), from a pocket calculator.
    assert!((cluster.expected - 1.6).abs() < 1e-12 && (cluster.llr - 0.609_575_1).abs() < 1e-6, "{cluster:?}");
    assert!((cluster.relative_risk.unwrap() - 2.25).abs() < 1e-12);
}

/// Twenty cities, in each of which a disk of seven cells has six more reports a cell in the last six days, or in six days before.
#[test]
fn clusters_that_were_put_in_are_found() {
    let (area, slices) = (disk(4), 60);
    let places = vec![1.0; area.cells().len()];
    let mut exact = 0;
    for round in 0..20 {
        let mut random = Random(round);
        let (centre, retrospective) = (random.below(area.cells().len()), round % 2 == 1);
        let to = if retrospective { 20 + random.below(30) } else { slices };
        let rows = near(&area, centre, 1);
        let by_risk = round % 4 > 1;
        let mut cases = if by_risk { vec![0; places.len() * slices] } else { city(&area, slices, 500, &mut random) };
        if by_risk {
            (0..500).for_each(|_| cases[random.below(places.len()) * slices + random.below(slices)] += 1);
        }
        for _ in 0..rows.len() * 6 {
            cases[rows[random.below(rows.len())] * slices + to - 6 + random.below(6)] += 1;
        }
        let over_time = vec![1.0; slices];
        let at_risk = ExpectedCases::AtRisk { places: &places, slices: &over_time };
        let expected = if by_risk { at_risk } else { ExpectedCases::Permutation };
        let found = scan(&area, &cases, slices, expected, ScanOptions { retrospective, ..draws(99, round) }).unwrap();
        is_sound(&found, &area, &cases, slices);
        let cluster = &found.clusters[0];
        let common = cluster.cells.iter().filter(|row| rows.contains(row)).count();
        let all = cluster.cells.len() + rows.len() - common;
        assert!(2 * common >= all, "{round}: {common} of {all} cells");
        exact += u32::from(common == all);
        assert!(cluster.from.abs_diff(to - 6) <= 2 && cluster.to.abs_diff(to) <= 2, "{round}: {cluster:?}");
        assert!(cluster.p <= 0.01, "{round}: {}", cluster.p);
    }
    // Where no chance report lies beside it, the disk is exactly that which was put in.
    assert!(exact >= 12, "{exact}");
}

/// Daily reports of cells without a cluster, and those of the year before: busy cells and quiet ones, up to half a report a day.
struct Calm {
    area: StudyArea,
    /// Reports a day.
    rates: Vec<f64>,
    /// Shape of the gamma factor of each cell and week, whose variance is 1 / shape; `None` for no factor.
    shape: Option<u32>,
    /// Mean number of reports that follow each report in its cell within two weeks.
    repeats: f64,
}

impl Calm {
    const DAYS: usize = 70;
    const YEAR: usize = 364;
    /// Reports of chance alone.
    fn poisson() -> Self {
        Self::new(None, 0.0)
    }

    /// Reports that follow each other, 15 %, at rates that rise and fall by themselves, with a variance of 5 %.
    fn over_dispersed() -> Self {
        Self::new(Some(20), 0.15)
    }

    fn new(shape: Option<u32>, repeats: f64) -> Self {
        let area = disk(3);
        let rates = (0..area.cells().len()).map(|cell| 0.02 * 25.0_f64.powf((cell * 23 % 37) as f64 / 36.0)).collect();
        Self { area, rates, shape, repeats }
    }

    /// Reports of each cell in the year before, and by cell and day.
    fn reports(&self, random: &mut Random) -> (Vec<f64>, Vec<u32>) {
        let (mut before, mut cases) = (Vec::new(), Vec::new());
        for rate in &self.rates {
            let mut days = vec![0; Self::YEAR + Self::DAYS];
            let (all, mut factor) = (days.len(), 1.0);
            let first = random.below(7);
            for day in 0..all {
                if let Some(shape) = self.shape.filter(|_| day == 0 || (day + first).is_multiple_of(7)) {
                    // A gamma of a whole shape is a sum of exponentials.
                    factor = (0..shape).map(|_| -random.share().ln()).sum::<f64>() / f64::from(shape);
                }
                for _ in 0..random.poisson(rate * factor) {
                    days[day] += 1;
                    for _ in 0..random.poisson(self.repeats) {
                        let later = day + random.below(15);
                        days[later.min(all - 1)] += u32::from(later < all);
                    }
                }
            }
            before.push(f64::from(days[..Self::YEAR].iter().sum::<u32>()));
            cases.extend(&days[Self::YEAR..]);
        }
        (before, cases)
    }

    /// p of the most likely cluster in each of so many runs, after `more` reports in the last week about a cell.
    fn p(&self, model: &str, dispersion: Dispersion, runs: u64, more: usize) -> Vec<f64> {
        let p = |run: u64| {
            let mut random = Random(1000 + 7919 * run);
            let (before, mut cases) = self.reports(&mut random);
            let rows = near(&self.area, random.below(self.area.cells().len()), 1);
            for _ in 0..more {
                cases[rows[random.below(rows.len())] * Self::DAYS + Self::DAYS - 1 - random.below(7)] += 1;
            }
            let slices = &[1.0; Self::DAYS];
            let expected = match model {
                "permutation" => ExpectedCases::Permutation,
                "poisson-past" => ExpectedCases::Past { before: &before, slices },
                _ => ExpectedCases::AtRisk { places: &self.rates, slices },
            };
            let options = ScanOptions { dispersion, rings: 2, time: 0.3, ..draws(19, run) };
            let found = scan(&self.area, &cases, Self::DAYS, expected, options).unwrap();
            found.clusters.first().map_or(1.0, |found| found.p)
        };
        (0..runs).into_par_iter().map(p).collect()
    }
}

/// Share of p up to a maximum.
fn share(all: &[f64], max: f64) -> f64 {
    all.iter().filter(|p| **p <= max + 1e-9).count() as f64 / all.len() as f64
}

/// Kolmogorov and Smirnov's D of p by 19 worlds: the largest difference from a share k / 20 of p up to k / 20.
fn off(all: &[f64]) -> f64 {
    (1..=20).map(|k| f64::from(k) / 20.0).map(|k| (share(all, k) - k).abs()).fold(0.0, f64::max)
}

const MODELS: [&str; 3] = ["permutation", "poisson-past", "poisson-residents"];

/// Where there is no cluster, p is as likely to be up to 0.1 as it should be, and so on: Kolmogorov and Smirnov's test. Worlds
/// of chance alone pass where the reports are of chance alone, and fail where they are not.
#[test]
fn p_is_uniform_without_a_cluster() {
    let p_of = |calm: &Calm, model, dispersion| calm.p(model, dispersion, 500, 0);
    let (chance, over_dispersed) = (Calm::poisson(), Calm::over_dispersed());
    // The 99 % point of D for 500 runs.
    let critical = 1.628 / 500.0_f64.sqrt();
    for model in MODELS {
        let fitted = p_of(&over_dispersed, model, Dispersion::Fitted);
        assert!(off(&fitted) < critical, "{model}: {}", off(&fitted));
        // A fit is never below chance, so that p of reports of chance alone is right or a little too large.
        let calm = p_of(&chance, model, Dispersion::Fitted);
        let too_often = (1..=20).map(|k| f64::from(k) / 20.0).map(|k| share(&calm, k) - k).fold(0.0, f64::max);
        assert!(too_often < critical && off(&calm) < 0.1, "{model}: {too_often} {}", off(&calm));
    }
    let exact = p_of(&chance, "permutation", Dispersion::Poisson);
    assert!(off(&exact) < critical, "{}", off(&exact));
    let too_small = p_of(&over_dispersed, "permutation", Dispersion::Poisson);
    assert!(off(&too_small) > critical && share(&too_small, 0.05) > 0.08, "{}", off(&too_small));
}

/// 28 more reports about a cell in the last week are found, though random worlds scatter as the reports do.
#[test]
fn over_dispersion_leaves_clusters_to_be_found() {
    for model in MODELS {
        let p = Calm::over_dispersed().p(model, Dispersion::Fitted, 50, 28);
        assert!(share(&p, 0.05) >= 0.9, "{model}: {}", share(&p, 0.05));
    }
}

#[test]
fn threads_do_not_show_in_a_scan() {
    let area = disk(3);
    // Two reports at once, so that they are over-dispersed.
    let cases: Vec<u32> = city(&area, 30, 150, &mut Random(5)).iter().map(|n| 2 * n).collect();
    let places: Vec<f64> = (0..area.cells().len()).map(|row| 1.0 + row as f64).collect();
    let over_time = [1.0; 30];
    let slices = &over_time;
    for expected in [
        ExpectedCases::Permutation,
        ExpectedCases::AtRisk { places: &places, slices },
        ExpectedCases::Past { before: &places, slices },
    ] {
        let of = |threads| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| scan(&area, &cases, 30, expected, draws(199, 7)).unwrap())
        };
        let one = of(1);
        assert!(one == of(2) && one == of(8));
        assert!(
            one.replicates.iter().all(|llr| llr.is_finite()) && (one.replicates[0] - one.replicates[1]).abs() > 1e-6
        );
    }
}

/// A second planted cluster is reported too, and shares no cell with the first.
#[test]
fn a_second_cluster_is_reported() {
    let (area, slices) = (disk(5), 40);
    let mut cases = city(&area, slices, 400, &mut Random(11));
    let far = |row: &usize| area.cells()[*row].grid_distance(area.cells()[0]).unwrap() == 8;
    let other = (0..area.cells().len()).find(far).unwrap();
    for (row, more) in [(0, 14), (other, 9)] {
        (0..more).for_each(|k| cases[row * slices + slices - 1 - k % 3] += 1);
    }
    let found = scan(&area, &cases, slices, ExpectedCases::Permutation, draws(199, 3)).unwrap();
    is_sound(&found, &area, &cases, slices);
    assert!(found.clusters.len() >= 2, "{:?}", found.clusters);
    assert!(found.clusters[0].cells.contains(&0) && found.clusters[1].cells.contains(&other));
}

#[test]
fn what_cannot_be_scanned_is_refused_or_has_no_cluster() {
    let (area, one) = (disk(1), disk(0));
    let none = |cases: &[u32], expected| scan(&area, cases, 4, expected, draws(9, 1)).unwrap().clusters.is_empty();
    // No report; all on one day; all in one cell.
    assert!(none(&[0; 28], ExpectedCases::Permutation) && none(&[0, 0, 0, 5].repeat(7), ExpectedCases::Permutation));
    assert!(none(&[&[1, 2, 3, 4][..], &[0; 24]].concat(), ExpectedCases::Permutation));
    // All in one cell and on the last day are a cluster where something is known to be at risk; nothing is outside.
    let at_risk = |places| ExpectedCases::AtRisk { places, slices: &[1.0; 4] };
    let found = scan(&area, &[&[0, 0, 0, 4][..], &[0; 24]].concat(), 4, at_risk(&[1.0; 7]), draws(99, 1)).unwrap();
    assert_eq!((found.clusters[0].observed, found.clusters[0].relative_risk), (4, None));
    assert!((found.clusters[0].llr - 4.0 * 28.0_f64.ln()).abs() < 1e-12);

    let refused = |area: &StudyArea, cases: &[u32], slices: usize, expected, options| {
        scan(area, cases, slices, expected, options).unwrap_err().to_string()
    };
    let (all, usual) = (ExpectedCases::Permutation, draws(9, 1));
    let few = "are too few to scan; expected two or more of both";
    assert_eq!(refused(&one, &[1, 2, 3], 3, all, usual), format!("1 cells in 3 slices of time {few}"));
    assert_eq!(refused(&area, &[1; 7], 1, all, usual), format!("7 cells in 1 slices of time {few}"));
    assert_eq!(
        refused(&area, &[1; 27], 4, all, usual),
        "got 27 values for 7 places; expected 28, one per place and slice"
    );
    assert_eq!(
        refused(&area, &[u32::MAX; 28], 4, all, usual),
        "120259084260 reports are more than a scan can take (4294967295); take fewer --slices"
    );
    for (places, message) in [
        (&[1.0; 6][..], "got 6 at-risk values for 7 places; give one per place"),
        (
            &[1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0],
            "the at-risk value of place 2 is 0; expected a number above 0, since any place may have reports",
        ),
        (
            &[f64::NAN; 7],
            "the at-risk value of place 0 is NaN; expected a number above 0, since any place may have reports",
        ),
    ] {
        assert_eq!(refused(&area, &[1; 28], 4, at_risk(places), usual), message);
    }
    for (options, message) in [
        (ScanOptions { space: 0.6, ..usual }, "space \"0.6\" is not usable: expected a share above 0, up to 0.5"),
        (ScanOptions { time: 0.0, ..usual }, "time \"0\" is not usable: expected a share above 0, up to 0.5"),
        (ScanOptions { time: f64::NAN, ..usual }, "time \"NaN\" is not usable: expected a share above 0, up to 0.5"),
        (ScanOptions { rings: 101, ..usual }, "rings \"101\" is not usable: expected 0 to 100 steps on the grid"),
        (draws(5, 1), "permutations \"5\" is not usable: expected 9 to 99999, such as 999"),
    ] {
        assert_eq!(refused(&area, &[1; 28], 4, all, options), message);
    }
}
