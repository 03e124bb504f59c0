//! Small worlds at random: a few neighbourhoods anywhere on the globe, up to some eighty reports, any method in range.

mod edges;
mod evidence;
mod evidence_edges;
mod properties;
mod towns;

pub(crate) use towns::{Towns, by_evidence, towns};

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use tensionmap::unstable::cube::CubeBuilder;
use tensionmap::unstable::incident::ReportClass;
use tensionmap::unstable::score::{ComponentPoints, Covariates, Coverage, DensityUnit, HalfLives};
use tensionmap::{Category, CellIndex, Cube, Day, Incident, LatLng, Method, Resolution, Severity, Strand, When};

use crate::plain::{Report, World};

/// As many cases, or as `PROPTEST_CASES` says; failures are kept.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/worlds.proptest-regressions");
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct(SEEDS)) as Box<_>);
    let asked = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { asked.cases } else { cases };
    ProptestConfig { failure_persistence, cases, max_shrink_iters: 2000, ..asked }
}

/// A world and when to look at it.
#[derive(Clone, Debug)]
pub(crate) struct Small {
    pub(crate) world: World,
    pub(crate) as_of: i32,
    /// Days before `as_of` of two more dates.
    pub(crate) earlier: [i32; 2],
}

impl World {
    pub(crate) fn cube(&self) -> Cube {
        count(self.resolution(), &self.reports)
    }

    pub(crate) fn resolution(&self) -> Resolution {
        self.cells[0].resolution()
    }

    pub(crate) fn coverage(&self) -> Option<Coverage> {
        self.covered.as_ref().map(|spans| Coverage::of(spans.iter().copied()))
    }

    pub(crate) fn covariates<'a>(&'a self, covered: Option<&'a Coverage>) -> Covariates<'a> {
        Covariates {
            residents: self.residents.as_deref(),
            context: self.context.as_deref(),
            covered,
            areas: self.areas.as_ref(),
        }
    }
}

/// Counts reports one by one.
pub(crate) fn count(resolution: Resolution, reports: &[Report]) -> Cube {
    let mut cube = CubeBuilder::new(resolution, "UTC");
    for report in reports {
        let centre = h3o::LatLng::from(report.cell);
        let class = ReportClass {
            category: report.category,
            strand: report.strand,
            severity: report.severity.map(|severity| Severity::new(severity).unwrap()),
            grade: report.grade.map(|(source, information)| format!("{source}{information}").parse().unwrap()),
            source: report.source.clone(),
        };
        cube.add_one(&Incident {
            at: LatLng::new(centre.lat(), centre.lng()).unwrap(),
            when: When { start: Day(report.start), end: Day(report.end) },
            known: Day(report.known),
            class,
        });
    }
    cube.build().unwrap()
}

/// An ordinary report of one day.
pub(crate) fn report(cell: CellIndex, day: i32) -> Report {
    Report {
        cell,
        start: day,
        end: day + 1,
        known: day + 1,
        category: Category::PublicOrder,
        strand: Strand::Evidenced,
        severity: None,
        grade: None,
        source: None,
    }
}

/// The middle of a neighbourhood.
#[derive(Clone, Copy, Debug)]
enum Middle {
    At(f64, f64),
    Pentagon(usize),
}

impl Middle {
    fn cell(self, resolution: Resolution) -> CellIndex {
        match self {
            Self::At(lat, lng) => LatLng::new(lat, lng).unwrap().cell(resolution),
            Self::Pentagon(which) => resolution.pentagons().nth(which).unwrap(),
        }
    }
}

fn middle() -> impl Strategy<Value = Middle> {
    prop_oneof![
        3 => (-80.0..80.0, -180.0..180.0).prop_map(|(lat, lng)| Middle::At(lat, lng)),
        2 => (0_usize..12).prop_map(Middle::Pentagon),
        1 => (-70.0..70.0, -0.01..0.01_f64).prop_map(|(lat, off)| Middle::At(lat, if off < 0.0 { off + 180.0 } else { off - 180.0 })),
        1 => prop::sample::select(vec![Middle::At(90.0, 0.0), Middle::At(-90.0, 0.0)]),
    ]
}

/// A report before it is placed: which neighbourhood and cell, how long ago, what kind of interval, when it was known.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    middle: usize,
    cell: usize,
    /// Per mille of the span, squared: the nearer to 0 the later.
    age: i32,
    interval: Interval,
    /// Days from its end, or for some before it, until it is known.
    late: i32,
    category: Category,
    strand: Option<Strand>,
    severity: Option<u8>,
    grade: Option<(char, char)>,
    source: Option<&'static str>,
    copies: usize,
}

#[derive(Clone, Copy, Debug)]
enum Interval {
    Day,
    Days(i32),
    Month,
    Year,
    /// An event that may lie ahead.
    Coming,
}

fn raw() -> impl Strategy<Value = Raw> {
    const GRADES: [(char, char); 9] =
        [('1', 'A'), ('1', 'B'), ('2', 'C'), ('3', 'D'), ('2', 'E'), ('A', '1'), ('B', '5'), ('F', '6'), ('E', '3')];
    let interval = prop_oneof![
        8 => Just(Interval::Day),
        2 => (2..45).prop_map(Interval::Days),
        2 => Just(Interval::Month),
        1 => Just(Interval::Year),
        2 => Just(Interval::Coming),
    ];
    let late = prop_oneof![4 => Just(0), 1 => 1..90, 1 => -60..0];
    let source = prop::sample::select(vec!["police", "council", "school", "mosque", "tenants"]);
    (
        (0_usize..3, 0_usize..19, 0..1000, interval, late),
        prop::sample::select(Category::ALL),
        prop::option::weighted(0.3, prop::sample::select(Strand::ALL.to_vec())),
        prop::option::weighted(0.4, prop_oneof![1_u8..=5, Just(5)]),
        prop::option::weighted(0.4, prop::sample::select(GRADES.to_vec())),
        prop::option::weighted(0.7, source),
        prop_oneof![3 => Just(1_usize), 1 => 2_usize..6],
    )
        .prop_map(|((middle, cell, age, interval, late), category, strand, severity, grade, source, copies)| Raw {
            middle,
            cell,
            age,
            interval,
            late,
            category,
            strand,
            severity,
            grade,
            source,
            copies,
        })
}

impl Raw {
    /// The same report in a world that ends at `as_of` and reaches back `span` days.
    pub(crate) fn place(&self, middles: &[CellIndex], as_of: i32, span: i32) -> Report {
        let mut near: Vec<CellIndex> = middles[self.middle % middles.len()].grid_disk(2);
        near.sort_unstable();
        let day = as_of - 1 - self.age * self.age / 1000 * span / 1000;
        let (start, end) = match self.interval {
            Interval::Day => (day, day + 1),
            Interval::Days(days) => (day, day + days),
            Interval::Month => (Day(day).first_of_month().0, Day(day).end_of_month().0),
            Interval::Year => (day - 180, day + 185),
            Interval::Coming => (as_of - 15 + self.age * 60 / 1000, as_of - 13 + self.age * 61 / 1000),
        };
        let is_coming = matches!(self.interval, Interval::Coming);
        Report {
            // The first cells hold more than the last.
            cell: near[self.cell * self.cell / 19 % near.len()],
            start,
            end,
            known: if is_coming { start - 30 + self.late } else { end + self.late },
            category: self.category,
            strand: if is_coming { Strand::Potential } else { self.strand.unwrap_or(self.category.strand()) },
            severity: self.severity,
            grade: self.grade,
            source: self.source.map(str::to_owned),
        }
    }
}

/// Any method that passes its own check.
fn method() -> impl Strategy<Value = Method> {
    let numbers = (
        [2.0..60.0_f64, 2.0..60.0, 2.0..60.0],
        0..15,
        prop::sample::select(vec![7, 14, 28, 28, 28, 31]),
        (0..380, 0..60),
        (1.0..60.0, 0.1..3.0),
        prop::sample::select(vec![0.02, 0.25, 0.25, 1.0, 1e9]),
        (0_u8..8, 0.5..0.99, 0.02..0.6),
    );
    let kept = prop_oneof![1 => Just(1.0), 1 => 0.0..1.0];
    let context = prop_oneof![2 => Just(0.0), 1 => 1.0..100.0];
    let cuts = prop_oneof![2 => Just([45.0, 75.0, 90.0]), 1 => [0.0..100.0, 0.0..100.0, 0.0..100.0]];
    let levels = ([1.0..25.0, 1.0..20.0, 1.0..20.0], [0.0..0.99, 0.0..0.99, 0.0..0.99], any::<[bool; 6]>());
    let more = (
        kept,
        context,
        cuts,
        prop::sample::select(vec!["tension", "tension", "count", "cchi-sqrt"]),
        (1_u8..=3, any::<bool>(), 1.0..2000.0),
        prop::option::weighted(0.5, 0.1..200.0),
        prop::option::of(levels),
    );
    (numbers, more).prop_map(|(numbers, more)| {
        let ([experienced, evidenced, potential], grace, window, (extra, least), (kappa, shape), cap, shares) = numbers;
        let (kept, context, mut cuts, table, (fall, is_per_resident, residents), d_half, levels) = more;
        cuts.sort_by(f64::total_cmp);
        let [surge, intensity, corroboration] = [cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1]];
        let mut method = Method {
            d_half,
            half_life_days: HalfLives { experienced, evidenced, potential },
            potential_grace_days: grace,
            window_days: window,
            baseline_days: window + extra,
            baseline_least_days: window + least,
            prior_days: kappa,
            prior_shape: shape,
            cap_share: cap,
            density: if is_per_resident { DensityUnit::PerThousandResidents } else { DensityUnit::PerKm2 },
            least_residents: residents,
            kept_share: kept,
            sparse_below: f64::from(shares.0),
            spread_p: shares.1,
            strand_share: shares.2,
            points: ComponentPoints { surge, intensity, corroboration, spread: 100.0 - cuts[2], context },
            fall_after_weeks: fall,
            ..Method::tension_1().weighed_by(table).unwrap()
        };
        if let Some((steps, p_exceed, needs)) = levels {
            let mut score = 0.0;
            for (rank, step) in steps.into_iter().enumerate() {
                score += step;
                let level = &mut method.levels[rank + 1];
                level.score = Some(score);
                level.p_exceed = p_exceed[rank];
                (level.enough_reports, level.corroborated) = (needs[rank], needs[rank + 3]);
            }
        }
        method.check().unwrap();
        method
    })
}

/// What a cell has of something: the same for the same seed and row; a tenth have nothing.
pub(crate) fn valued(rows: usize, seed: u64, most: f64) -> Vec<Option<f64>> {
    let value = |row: u64| {
        let mixed = (seed ^ row.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40;
        (!mixed.is_multiple_of(10)).then(|| most * (mixed % 1000) as f64 / 999.0)
    };
    (0..rows as u64).map(value).collect()
}

/// The neighbourhoods of a world and how far back it reaches.
type Frame = (Vec<CellIndex>, i32, i32);

pub(crate) fn frame() -> impl Strategy<Value = Frame> {
    let resolutions = [Resolution::Six, Resolution::Seven, Resolution::Eight, Resolution::Nine];
    (
        prop::collection::vec(middle(), 1..4),
        prop::sample::select(resolutions.to_vec()),
        19_700..20_500,
        prop::sample::select(vec![20, 92, 250, 500, 1100]),
    )
        .prop_map(|(middles, resolution, as_of, span)| {
            (middles.into_iter().map(|middle| middle.cell(resolution)).collect(), as_of, span)
        })
}

pub(crate) fn small() -> impl Strategy<Value = Small> {
    small_with(prop::option::weighted(0.4, prop::collection::vec((0..1200, 5..400), 1..6)).boxed())
}

/// A small world with this coverage: spans by how many days before `as_of` + 30 they begin, and their length.
fn small_with(covered: BoxedStrategy<Option<Vec<(i32, i32)>>>) -> impl Strategy<Value = Small> {
    let gap = prop::option::weighted(0.4, (20..400, 20..100));
    let given = (covered, any::<u64>(), any::<bool>());
    (frame(), prop::collection::vec(raw(), 0..40), method(), gap, 0..6, given, [0..120, 0..30]).prop_map(
        |((middles, as_of, span), raw, method, gap, study, (covered, seed, has_context), earlier)| {
            let copies = raw.iter().flat_map(|raw| std::iter::repeat_n(raw, raw.copies)).take(80);
            let mut reports: Vec<Report> = copies.map(|raw| raw.place(&middles, as_of, span)).collect();
            if let Some((ago, days)) = gap {
                reports.retain(|report| !(as_of - ago - days..as_of - ago).contains(&report.start));
            }
            let around = |cell: CellIndex, k: u32| cell.grid_disk::<Vec<_>>(k);
            let cells: BTreeSet<CellIndex> = match study {
                0..3 => reports.iter().map(|one| one.cell).chain(middles).flat_map(|cell| around(cell, 1)).collect(),
                3 => middles.into_iter().flat_map(|cell| around(cell, 1)).collect(),
                4 => middles.into_iter().flat_map(|cell| around(cell, 3)).collect(),
                _ => [middles[0]].into(),
            };
            let covered = covered.map(|spans| {
                let span = |(ago, days): (i32, i32)| (Day(as_of + 30 - ago), Day(as_of + 30 - ago + days));
                spans.into_iter().map(span).collect()
            });
            let context = (has_context || method.points.context > 0.0).then(|| valued(cells.len(), !seed, 100.0));
            let residents = Some(valued(cells.len(), seed, 3000.0));
            let cells = cells.into_iter().collect();
            Small { world: World { reports, cells, method, residents, context, covered, areas: None }, as_of, earlier }
        },
    )
}
