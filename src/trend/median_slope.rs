//! Median slope of all pairs of a long series, without a look at most of them.
//!
//! Of points in order of time, a pair is flatter than a slope θ just if its residuals x − θt fall. One sort so counts the pairs
//! below θ, and two slopes close around the median leave few pairs to compute. The rounding of residuals is bounded. A median
//! nearer to an end is not taken, so that the result is that of computing every pair.
//!
//! Reference: Cole, Salowe, Steiger and Szemerédi, An optimal-time algorithm for slope selection, SIAM J. Comput. 18 (1989).

use super::pairs::{pairs, sort_counting, sort_showing};

/// Rounds of narrowing after which a bracket is given up.
const MAX_ROUNDS: usize = 48;
/// Pairs of which a first bracket is made.
const SAMPLED: usize = 1 << 13;
/// Pairs that are computed for each point.
const COMPUTED: u64 = 16;
/// Magnitudes between which differences and quotients keep their precision.
const MAX_SIZE: f64 = 1e100;

/// Points at rising times, with bounds of their sizes.
#[derive(Clone, Copy)]
struct Points<'a> {
    all: &'a [(f64, f64)],
    max_time: f64,
    max_value: f64,
    min_gap: f64,
}

/// End of a bracket: a slope, and the number of pairs with a smaller one.
#[derive(Clone, Copy)]
struct End {
    slope: f64,
    below: u64,
}

/// Residual of a point, compared without its place.
#[derive(Clone, Copy)]
struct PlacedValue {
    value: f64,
    place: usize,
}

impl PartialEq for PlacedValue {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other).is_some_and(std::cmp::Ordering::is_eq)
    }
}

impl PartialOrd for PlacedValue {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

/// The two slopes in the middle of those of all pairs, or the one twice.
///
/// `None` unless times rise and numbers are of usual sizes. Also where very many pairs share a slope other than 0.
pub(super) fn middle_slopes(points: &[(f64, f64)]) -> Option<[f64; 2]> {
    let min_gap = points.windows(2).map(|pair| pair[1].0 - pair[0].0).fold(f64::INFINITY, f64::min);
    let size = |part: fn(&(f64, f64)) -> f64| points.iter().map(part).map(f64::abs).fold(0.0, f64::max);
    let (max_time, max_value) = (size(|point| point.0), size(|point| point.1));
    if points.len() < 2 || !(min_gap > 1.0 / MAX_SIZE && max_time < MAX_SIZE && max_value < MAX_SIZE) {
        return None;
    }
    let mut values: Vec<f64> = points.iter().map(|point| point.1).collect();
    let (all, falling) = (pairs(points.len()), sort_counting(&mut values));
    #[allow(clippy::float_cmp, reason = "a tie is equality")]
    let tied: u64 = values.chunk_by(|a, b| a == b).map(|tied| pairs(tied.len())).sum();
    let rising = all - falling - tied;
    let points = Points { all: points, max_time, max_value, min_gap };
    let [first, last] = [(all - 1) / 2, all / 2];
    let of_rank = |rank: u64| match rank {
        _ if rank < falling => points.falling([falling - 1 - rank; 2], falling).map(|[slope, _]| slope),
        _ if rank < falling + tied => Some(0.0),
        _ => points.rising([rank - falling - tied; 2], rising).map(|[slope, _]| slope),
    };
    if last < falling {
        let [steeper, flatter] = points.falling([falling - 1 - last, falling - 1 - first], falling)?;
        Some([flatter, steeper])
    } else if first >= falling + tied {
        points.rising([first, last].map(|rank| rank - falling - tied), rising)
    } else {
        Some([of_rank(first)?, of_rank(last)?])
    }
}

impl Points<'_> {
    /// Slopes of two successive ranks among the pairs that fall, the flattest first.
    fn falling(&self, ranks: [u64; 2], falling: u64) -> Option<[f64; 2]> {
        let mirrored: Vec<(f64, f64)> = self.all.iter().map(|&(t, x)| (t, -x)).collect();
        let slopes = Points { all: &mirrored, ..*self }.rising(ranks, falling)?;
        Some(slopes.map(|slope| -slope))
    }

    /// Slopes of two successive ranks among the pairs that rise, the flattest first.
    fn rising(&self, ranks: [u64; 2], rising: u64) -> Option<[f64; 2]> {
        let all = pairs(self.all.len());
        let flat = all - rising;
        let [first, last] = ranks.map(|rank| flat + rank);
        let mut low = End { slope: 0.0, below: flat };
        let mut high = End { slope: 4.0 * self.max_value / self.min_gap, below: all };
        let sample = self.sample();
        for round in 0..MAX_ROUNDS {
            let inside = high.below - low.below;
            if inside <= COMPUTED * self.all.len() as u64 {
                return self.select(low, high, [first, last]);
            }
            // A slope just below the ranks, then one just above them: the ends close in from both sides.
            let margin = if round % 2 == 0 { -0.03 } else { 0.03 };
            let slope = match sample.len() {
                sampled @ 1.. if round < 2 => {
                    let share = (first - flat) as f64 / rising as f64 + margin;
                    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates at 0")]
                    sample[((share * sampled as f64) as usize).min(sampled - 1)]
                }
                _ => {
                    let share = (first - low.below) as f64 / inside as f64 + margin;
                    low.slope + share.clamp(0.02, 0.98) * (high.slope - low.slope)
                }
            };
            if !(low.slope < slope && slope < high.slope) {
                continue;
            }
            let end = End { slope, below: self.below(slope) };
            if end.below <= first {
                low = end;
            } else if end.below > last {
                high = end;
            }
        }
        None
    }

    /// Slopes of some rising pairs, sorted. Which pairs is a matter of chance that is the same each time.
    fn sample(&self) -> Vec<f64> {
        let mut seed = 20_261_201_u64;
        let mut place = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % self.all.len()
        };
        let mut slopes: Vec<f64> = (0..SAMPLED).map(|_| self.slope(place(), place())).collect();
        slopes.retain(|slope| *slope > 0.0);
        slopes.sort_unstable_by(f64::total_cmp);
        slopes
    }

    fn slope(&self, one: usize, other: usize) -> f64 {
        let [(t, x), (later, value)] = [one.min(other), one.max(other)].map(|place| self.all[place]);
        (value - x) / (later - t)
    }

    fn residuals(&self, slope: f64) -> impl Iterator<Item = f64> {
        self.all.iter().map(move |(t, x)| x - slope * t)
    }

    /// Number of pairs with a smaller slope, right for all but those within the [rounding](Self::rounding) of it.
    fn below(&self, slope: f64) -> u64 {
        sort_counting(&mut self.residuals(slope).collect::<Vec<f64>>())
    }

    /// Distance from a slope within which the rounding of residuals and of a pair's slope may matter.
    fn rounding(&self, slope: f64) -> f64 {
        // Residuals of slope 0 are the values themselves.
        if slope == 0.0 {
            return 0.0;
        }
        4.0 * f64::EPSILON * ((self.max_value + 2.0 * slope * self.max_time) / self.min_gap + 2.0 * slope)
    }

    /// Slopes of two ranks that a bracket contains; `None` where rounding at its ends may matter.
    fn select(&self, low: End, high: End, ranks: [u64; 2]) -> Option<[f64; 2]> {
        let mut order: Vec<PlacedValue> =
            (0..).zip(self.residuals(low.slope)).map(|(place, value)| PlacedValue { value, place }).collect();
        if low.slope == 0.0 {
            // Tied values do not rise: the later one comes first, so that its residual above is not greater.
            order.reverse();
        }
        order.sort_by(|a, b| a.value.total_cmp(&b.value));
        let above: Vec<f64> = self.residuals(high.slope).collect();
        for residual in &mut order {
            residual.value = above[residual.place];
        }
        let inside = high.below - low.below;
        let mut slopes = Vec::with_capacity(usize::try_from(inside).ok()?);
        sort_showing(&mut order, |earlier, later| {
            slopes.extend(earlier.iter().map(|other| self.slope(other.place, later.place)));
        });
        let mut of_rank = |rank: u64| {
            let rank = usize::try_from(rank - low.below).ok().filter(|rank| *rank < slopes.len())?;
            Some(*slopes.select_nth_unstable_by(rank, f64::total_cmp).1)
        };
        let found = [of_rank(ranks[0])?, of_rank(ranks[1])?];
        let sound = low.slope + self.rounding(low.slope)..=high.slope - self.rounding(high.slope);
        (slopes.len() as u64 == inside && found.iter().all(|slope| sound.contains(slope))).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sen::middle_of_all;
    use super::*;

    /// Numbers of a kind that scores have: decay, plateaus at 0, steps, ties.
    fn series(kind: usize, length: usize) -> Vec<(f64, f64)> {
        let mut seed = kind as u64;
        let mut random = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut score = 0.0;
        let day = |place: usize| (place + 20_000) as f64 / 7.0;
        (0..length)
            .map(day)
            .map(|t| {
                score = match kind % 7 {
                    0 => (score * 0.97 + 4.0 * random().powi(6)).min(100.0),
                    1 => {
                        if random() < 0.02 {
                            (random() * 9.0).floor()
                        } else {
                            score
                        }
                    }
                    2 => (random() * 3.0).floor(),
                    3 => score - 0.01 * random(),
                    4 => score + 0.02 * random(),
                    5 => {
                        if random() < 0.9 {
                            0.0
                        } else {
                            random() - 0.5
                        }
                    }
                    _ => (random() - 0.5) * 1e-9,
                };
                (t, (score * 1e9).round() / 1e9 + 0.0)
            })
            .collect()
    }

    #[test]
    fn the_middle_is_that_of_all_pairs() {
        let mut by_bracket = 0;
        for kind in 0..42 {
            let points = series(kind, [2, 3, 90, 400, 401, 1203][kind / 7]);
            let expected = middle_of_all(&points).map(|slopes| slopes.map(f64::to_bits));
            let found = middle_slopes(&points).map(|slopes| slopes.map(f64::to_bits));
            assert!(found.is_none() || found == expected, "kind {kind}: {found:?} is not {expected:?}");
            by_bracket += usize::from(found.is_some());
        }
        assert!(by_bracket >= 40, "{by_bracket} of 42 by a bracket");
    }

    #[test]
    fn series_that_a_bracket_cannot_hold_are_left_alone() {
        let line: Vec<(f64, f64)> = (0..1000).map(|t| (f64::from(t), f64::from(t) * 2.0)).collect();
        let (back, huge) = ([(1.0, 0.0), (0.0, 1.0), (2.0, 3.0)], [(0.0, 1e300), (1.0, -1e300), (2.0, 0.0)]);
        for points in [&line[..], &back, &huge, &line[..1], &[]] {
            assert_eq!(middle_slopes(points), None);
        }
    }
}
