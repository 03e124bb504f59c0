//! Towns at random: several sources with pasts, gaps and ends of their own, so that there is something to compare with.

use proptest::prelude::*;
use tensionmap::unstable::score::{ComponentPoints, EvidenceRules};
use tensionmap::{Category, CellIndex, Day, Method, Strand};

use super::{middle, valued};
use crate::plain::{Report, World};

/// A world of some towns, and dates to look at it.
#[derive(Clone, Debug)]
pub(crate) struct Towns {
    pub(crate) world: World,
    pub(crate) dates: Vec<i32>,
}

/// One source: where and when it reports, and how.
#[derive(Clone, Debug)]
struct Plan {
    source: Option<&'static str>,
    /// Which towns, as bits.
    towns: u8,
    reports: u64,
    /// Days before the last date from which and until which it reports.
    from: i32,
    until: i32,
    /// Days before the last date of a gap, and its length.
    gap: Option<(i32, i32)>,
    interval: Interval,
    /// How many in ten come late.
    late: u64,
    /// Only on working days.
    works: bool,
    /// Days before the last date and number of reports of one cell and day.
    burst: Option<(i32, u64)>,
    seed: u64,
}

#[derive(Clone, Copy, Debug)]
enum Interval {
    Day,
    Month,
    Mixed,
}

/// Numbers that look random, the same for the same seed.
struct Draws(u64);

impl Draws {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }

    fn day(&mut self, end: i32) -> i32 {
        i32::try_from(self.below(u64::try_from(end.max(1)).unwrap())).unwrap()
    }
}

fn plan() -> impl Strategy<Value = Plan> {
    let source = prop::sample::select(vec![None, Some("council"), Some("police"), Some("school"), Some("tenants")]);
    let interval = prop_oneof![6 => Just(Interval::Day), 1 => Just(Interval::Month), 1 => Just(Interval::Mixed)];
    let until = prop_oneof![4 => Just(0), 1 => 1..120];
    let from = prop_oneof![1 => 60..140, 4 => 300..900];
    let reports = prop_oneof![1 => 1_u64..12, 4 => 40_u64..260];
    let gap = prop::option::weighted(0.3, (5..400, 5..120));
    let burst = prop::option::weighted(0.5, (1..60, 3_u64..12));
    let more = (1_u8..8, 0_u64..4, any::<bool>(), any::<u64>());
    (source, reports, from, until, gap, interval, burst, more).prop_map(
        |(source, reports, from, until, gap, interval, burst, (towns, late, works, seed))| Plan {
            source,
            towns,
            reports,
            from,
            until,
            gap,
            interval,
            late,
            works,
            burst,
            seed,
        },
    )
}

impl Plan {
    fn reports(&self, towns: &[CellIndex], as_of: i32) -> Vec<Report> {
        let mut draws = Draws(self.seed);
        let near = |town: CellIndex| {
            let mut cells: Vec<CellIndex> = town.grid_disk(2);
            cells.sort_unstable();
            cells
        };
        let own = (0..towns.len()).filter(|town| self.towns >> town & 1 == 1).map(|town| near(towns[town]));
        let mut own: Vec<Vec<CellIndex>> = own.collect();
        if own.is_empty() {
            own.push(near(towns[0]));
        }
        let (first, days) = (as_of - self.from, (self.from - self.until).max(1));
        let mut reports = Vec::new();
        let mut add = |draws: &mut Draws, town: usize, cell: usize, day: i32| {
            let is_month = match self.interval {
                Interval::Day => false,
                Interval::Month => true,
                Interval::Mixed => draws.below(2) == 0,
            };
            let (start, end) = match draws.below(12) {
                _ if is_month => (Day(day).first_of_month().0, Day(day).end_of_month().0),
                0 => (day, day + 1 + draws.day(40)),
                _ => (day, day + 1),
            };
            let late = if draws.below(10) < self.late { draws.day(60) - 10 } else { 0 };
            let category = Category::ALL[usize::try_from(draws.below(Category::ALL.len() as u64)).unwrap()];
            let coming = draws.below(40) == 0;
            let strand = match draws.below(8) {
                _ if coming => Strand::Potential,
                0 => Strand::Experienced,
                1 => Strand::Evidenced,
                _ => category.strand(),
            };
            let places: &[CellIndex] = &own[town];
            reports.push(Report {
                cell: places[cell % places.len()],
                start: if coming { start + 20 } else { start },
                end: if coming { end + 20 } else { end },
                known: end + late,
                category,
                strand,
                severity: (draws.below(3) == 0).then(|| u8::try_from(1 + draws.below(5)).unwrap()),
                grade: [None, Some(('1', 'A')), Some(('B', '3'))][usize::try_from(draws.below(3)).unwrap()],
                source: self.source.map(str::to_owned),
            });
        };
        for _ in 0..self.reports {
            let mut day = first + draws.day(days);
            if self.works && day.rem_euclid(7) % 7 > 4 {
                day -= 2;
            }
            if self.gap.is_some_and(|(ago, days)| (as_of - ago - days..as_of - ago).contains(&day)) {
                continue;
            }
            let town = usize::try_from(draws.below(own.len() as u64)).unwrap();
            // The first cells hold more than the last.
            let (one, other) = (draws.below(19), draws.below(19));
            add(&mut draws, town, usize::try_from(one * other / 19).unwrap(), day);
        }
        if let Some((ago, copies)) = self.burst {
            for _ in 0..copies {
                add(&mut draws, 0, 1, as_of - ago);
            }
        }
        reports
    }
}

/// The method with other numbers in range, more often than not its own.
fn method() -> impl Strategy<Value = Method> {
    let own = Method::tension_2().evidence.unwrap();
    let rules = (
        (0.5..5.0_f64, 0.0..1.0_f64, 5.0..60.0_f64, 0.0..0.1_f64, 0.5..2.0_f64),
        (0.0..1.0_f64, 0.5..2.0_f64, 0.5..2.0_f64, 7..40),
        (1.0..4.0_f64, 0.9..0.9999_f64, 0.0..0.1_f64),
        (2.0..12.0_f64, 0.5..4.0_f64, 2.0..20.0_f64, 0.2..0.8_f64, 0.5..0.95_f64),
    );
    let rules = rules.prop_map(move |(prior, neighbours, cut, rest)| EvidenceRules {
        prior_reports: prior.0,
        prior_exposure: prior.1,
        area_reports: prior.2,
        drift: prior.3,
        shape: prior.4,
        neighbour_share: neighbours.0,
        neighbours_from: neighbours.1,
        neighbours_full: neighbours.1 + neighbours.2,
        refit_days: neighbours.3,
        cut_least: cut.0.floor(),
        cut_quantile: cut.1,
        cut_rate: cut.2,
        full: rest.0,
        corroborated_from: rest.1,
        source_least: rest.2.floor(),
        source_share: rest.3,
        window_share: rest.4,
        ..own.clone()
    });
    (
        prop::option::weighted(0.3, rules),
        prop::option::weighted(0.5, 0.5..50.0_f64),
        prop_oneof![3 => Just(1.0), 1 => 0.0..1.0_f64],
        prop_oneof![3 => Just(0.0), 1 => 1.0..60.0_f64],
        1_u8..4,
    )
        .prop_map(|(rules, d_half, kept_share, context, weeks)| {
            let mut method = Method { d_half, kept_share, fall_after_weeks: weeks, ..Method::tension_2() };
            method.points.context = context;
            method.evidence = rules.or(method.evidence);
            method.check().unwrap();
            method
        })
}

/// Makes a method one with evidence that keeps its weights, half-lives and density.
pub(crate) fn by_evidence(method: &mut Method) {
    let (other, own) = (method.clone(), Method::tension_2());
    let points = ComponentPoints { context: other.points.context, ..own.points };
    let (window_days, baseline_days, baseline_least_days) =
        (own.window_days, own.baseline_days, own.baseline_least_days);
    *method = Method {
        name: own.name,
        evidence: own.evidence,
        levels: own.levels,
        points,
        window_days,
        baseline_days,
        baseline_least_days,
        ..other
    };
    method.check().unwrap();
}

pub(crate) fn towns() -> impl Strategy<Value = Towns> {
    let resolution = prop::sample::select(vec![6_u8, 7, 8, 9]);
    let declared = prop::option::weighted(0.15, prop::collection::vec((0..900, 30..500), 1..4));
    let anchored = prop::option::weighted(0.4, -40..400);
    let earlier = (1..40, 40..200, prop::bool::weighted(0.25));
    (
        (prop::collection::vec(middle(), 1..4), resolution, 19_700..20_500),
        prop::collection::vec(plan(), 1..6),
        method(),
        (declared, anchored, earlier, any::<u64>(), 0..4),
    )
        .prop_map(
            |((middles, resolution, as_of), plans, mut method, (declared, anchored, earlier, seed, study))| {
                let towns: Vec<CellIndex> =
                    middles.iter().map(|middle| middle.cell(resolution.try_into().unwrap())).collect();
                let reports: Vec<Report> = plans.iter().flat_map(|plan| plan.reports(&towns, as_of)).collect();
                method.anchor_date = anchored.map(|days| Day(as_of - days));
                let disk = |cell: CellIndex, k: u32| cell.grid_disk::<Vec<_>>(k);
                let mut cells: Vec<CellIndex> = match study {
                    0 => disk(towns[0], 1),
                    1 => towns.iter().flat_map(|&town| disk(town, 2)).collect(),
                    _ => reports.iter().flat_map(|report| disk(report.cell, 1)).chain(disk(towns[0], 1)).collect(),
                };
                cells.sort_unstable();
                cells.dedup();
                let span = |(ago, days): (i32, i32)| (Day(as_of + 20 - ago), Day(as_of + 20 - ago + days));
                let covered = declared.map(|spans| spans.into_iter().map(span).collect());
                let context = Some(valued(cells.len(), seed, 100.0));
                let world = World { reports, cells, method, residents: None, context, covered, areas: None };
                let first = Day(as_of - 1).first_of_month().0;
                let recent = if earlier.2 { first } else { as_of - earlier.0 };
                Towns { world, dates: vec![as_of - earlier.1, recent, as_of] }
            },
        )
}
