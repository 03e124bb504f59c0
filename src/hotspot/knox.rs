//! Knox's test of near repeats: pairs of reports near in both space and time, against chance.

use rayon::prelude::*;

use super::permutation::Random;
use super::{HotspotError, Permutations};
use crate::grid::LatLng;
use crate::incident::Day;
use crate::invalid::InvalidValue;
use crate::watch::{self, Cancelled};

/// Bands of distance and time that [`knox`] counts pairs in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bands {
    /// Ends of the bands of distance in metres, rising: `[100.0, 200.0]` are 0 to 100 m and more than 100 to 200 m.
    pub metres: Vec<f64>,
    /// Ends of the bands of time in days, rising: `[7, 14]` are 0 to 6 and 7 to 13 days apart.
    pub days: Vec<u32>,
}

impl Bands {
    /// Checks that both lists of ends rise.
    ///
    /// # Errors
    /// An empty list; an end that is not above the one before it, or not finite.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let rise = |ends: &[f64]| {
            let from_0 = ends.first().is_some_and(|first| *first >= 0.0);
            from_0 && ends.iter().all(|end| end.is_finite()) && ends.windows(2).all(|pair| pair[0] < pair[1])
        };
        let days: Vec<f64> = self.days.iter().map(|&days| f64::from(days)).collect();
        if !rise(&self.metres) {
            let expected = "ends of bands of distance in metres, rising, such as 100,200,400";
            return Err(InvalidValue::expecting("metres", listed(&self.metres), expected));
        }
        if !rise(&days) || self.days.first() == Some(&0) {
            let expected = "ends of bands of time in days, rising, such as 7,14,28";
            return Err(InvalidValue::expecting("days", listed(&self.days), expected));
        }
        Ok(())
    }
}

/// Pairs of reports in a band of distance and one of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pairs {
    /// Number of pairs.
    pub observed: u64,
    /// Expected number of pairs: pairs in the band of distance × pairs in that of time ÷ all pairs.
    pub expected: f64,
    /// Observed ÷ expected; absent where none are expected.
    pub ratio: Option<f64>,
    /// Share of permutations of the dates, the true one among them, with as many pairs or more, above 0 to 1.
    pub p: f64,
}

/// Result of [`knox`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct KnoxTable {
    /// The bands.
    pub bands: Bands,
    /// Number of reports.
    pub events: usize,
    /// By band of distance, then of time.
    pub pairs: Vec<Pairs>,
}

impl KnoxTable {
    /// The pairs in a band of distance and one of time, by their indices.
    ///
    /// # Panics
    /// When there is no such band.
    #[must_use]
    pub fn at(&self, metres: usize, days: usize) -> Pairs {
        self.pairs[metres * self.bands.days.len() + days]
    }
}

/// Knox's test of near repeats, band by band.
///
/// Each pair of reports counts once, by its distance on the sphere and the days between. The p is by permutation: the
/// dates are permuted among the reports, places stay. O(places² + draws × pairs in reach), of distinct places.
///
/// With fewer than two reports, or where all have one date or one place, nothing can differ: each p is 1.
///
/// # Errors
/// Bands or permutations out of range.
///
/// # Example
/// Two pairs, each at one place and a day apart, three months from each other:
///
/// ```
/// use tensionmap::{Day, LatLng};
/// use tensionmap::unstable::hotspot::{Bands, Permutations, knox};
/// let (here, there) = (LatLng::new(54.7, 2.3)?, LatLng::new(54.8, 2.3)?);
/// let events = [(here, Day(0)), (here, Day(1)), (there, Day(90)), (there, Day(91))];
/// let bands = Bands { metres: vec![100.0], days: vec![7] };
/// let found = knox(&events, &bands, Permutations::default())?;
/// // Of six pairs two are near in space, two in time: 2 · 2 / 6 are expected to be both.
/// assert_eq!((found.at(0, 0).observed, found.at(0, 0).expected), (2, 4.0 / 6.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # References
/// Knox, The detection of space-time interactions, J. R. Stat. Soc. C 13 (1964) 25–30; Johnson et al., Space-time patterns of risk: a
/// cross national assessment of residential burglary victimization, J. Quant. Criminol. 23 (2007) 201–219.
pub fn knox(events: &[(LatLng, Day)], bands: &Bands, permutations: Permutations) -> Result<KnoxTable, HotspotError> {
    bands.check()?;
    permutations.check()?;
    let mut events = events.to_vec();
    let place = |at: LatLng| (at.lat(), at.lng());
    // By latitude, so that the places in reach lie side by side; the order of the input does not show.
    events.sort_unstable_by(|a, b| {
        let ((a_lat, a_lng), (b_lat, b_lng)) = (place(a.0), place(b.0));
        a_lat.total_cmp(&b_lat).then(a_lng.total_cmp(&b_lng)).then(a.1.cmp(&b.1))
    });
    let days: Vec<i32> = events.iter().map(|(_, day)| day.0).collect();
    let mut starts = vec![0];
    let mut places = Vec::new();
    for group in events.chunk_by(|a, b| place(a.0) == place(b.0)) {
        places.push(group[0].0);
        starts.push(starts[starts.len() - 1] + group.len());
    }
    let near = pairs_in_reach(&places, &bands.metres);
    let count = |days: &[i32]| counted(days, &starts, &near, bands);
    let observed = count(&days);
    let of_draw = |days: &mut Vec<i32>, number: u32| {
        watch::check()?;
        days.sort_unstable();
        Random::new(permutations.seed, number).shuffle(days);
        let drawn = count(days);
        Ok(drawn.iter().zip(&observed).map(|(drawn, observed)| u32::from(drawn >= observed)).collect())
    };
    let none = || vec![0_u32; observed.len()];
    let add = |a: Vec<u32>, b: Vec<u32>| Ok::<Vec<u32>, Cancelled>(a.iter().zip(&b).map(|(a, b)| a + b).collect());
    let as_many = (0..permutations.draws).into_par_iter().map_init(|| days.clone(), of_draw).try_reduce(none, add)?;

    let mut in_space = vec![0_u64; bands.metres.len()];
    for &(a, b, band) in &near {
        let [n, m] = [a, b].map(|place| (starts[place as usize + 1] - starts[place as usize]) as u64);
        in_space[band as usize] += if a == b { n * (n - 1) / 2 } else { n * m };
    }
    let in_time = in_time(&days, &bands.days);
    let n = events.len() as f64;
    let all = n * (n - 1.0) / 2.0;
    let pairs = |(number, &observed): (usize, &u64)| {
        let (metres, days) = (number / bands.days.len(), number % bands.days.len());
        let expected = if all > 0.0 { in_space[metres] as f64 * in_time[days] as f64 / all } else { 0.0 };
        let p = f64::from(1 + as_many[number]) / f64::from(1 + permutations.draws);
        Pairs { observed, expected, ratio: (expected > 0.0).then(|| observed as f64 / expected), p }
    };
    let pairs = observed.iter().enumerate().map(pairs).collect();
    Ok(KnoxTable { bands: bands.clone(), events: events.len(), pairs })
}

/// Pairs of places in reach of each other, with their band of distance; a place makes a pair with itself.
/// Places are sorted by latitude.
fn pairs_in_reach(places: &[LatLng], metres: &[f64]) -> Vec<(u32, u32, u32)> {
    let reach = metres.last().copied().unwrap_or_default();
    // A degree of latitude is a little over 111 km on h3o's sphere; a reach slightly too long is harmless.
    let degrees = reach / 111_000.0;
    let of = |first: usize| {
        let others = places[first..].iter().take_while(move |place| place.lat() - places[first].lat() <= degrees);
        others.enumerate().filter_map(move |(more, &place)| {
            let distance = if more == 0 { 0.0 } else { places[first].metres_to(place) };
            let band = metres.partition_point(|end| *end < distance);
            let number = |place: usize| u32::try_from(place).ok();
            (band < metres.len()).then_some((number(first)?, number(first + more)?, number(band)?))
        })
    };
    (0..places.len()).into_par_iter().flat_map_iter(of).collect()
}

/// Pairs of reports by band of distance and time.
fn counted(days: &[i32], starts: &[usize], near: &[(u32, u32, u32)], bands: &Bands) -> Vec<u64> {
    let width = bands.days.len();
    let mut within = vec![0_u64; bands.metres.len() * width];
    for &(a, b, band) in near {
        let [a_days, b_days] = [a, b].map(|place| &days[starts[place as usize]..starts[place as usize + 1]]);
        let sums = &mut within[band as usize * width..][..width];
        for (nth, day) in a_days.iter().enumerate() {
            let others = if a == b { &a_days[nth + 1..] } else { b_days };
            for (sum, end) in sums.iter_mut().zip(&bands.days) {
                *sum += u64::from(others.iter().map(|other| u32::from(day.abs_diff(*other) < *end)).sum::<u32>());
            }
        }
    }
    // The sums so far are of all pairs nearer than each end.
    for sums in within.chunks_exact_mut(width) {
        for band in (1..width).rev() {
            sums[band] -= sums[band - 1];
        }
    }
    within
}

/// All pairs by band of time, at any distance.
fn in_time(days: &[i32], ends: &[u32]) -> Vec<u64> {
    let mut days = days.to_vec();
    days.sort_unstable();
    let nearer = |end: &u32| -> u64 {
        let mut first = 0;
        let of = |(nth, day): (usize, &i32)| {
            while day.abs_diff(days[first]) >= *end {
                first += 1;
            }
            (nth - first) as u64
        };
        days.iter().enumerate().map(of).sum()
    };
    let mut sums: Vec<u64> = ends.iter().map(nearer).collect();
    for band in (1..sums.len()).rev() {
        sums[band] -= sums[band - 1];
    }
    sums
}
/// Numbers as the settings have them.
fn listed(numbers: &[impl ToString]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
