//! Strays: one or few positions far from all others, or far groups that a slip explains. All others are the bulk.

use h3o::LatLng;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Bbox;
use super::mirror::Slip;
use super::whereabouts::{ROUND, SquareCount, SquareKey, sides_of, square_of};

/// Groups beyond which the data is scattered, so that none of them strays.
const MAX_GROUPS: usize = 200;

/// Reports of one far group.
#[derive(Clone, Debug)]
pub(crate) struct StrayGroup {
    pub(crate) squares: Vec<SquareCount>,
    /// Distance to the nearest square of the bulk, in km.
    pub(crate) km: f64,
    /// Slip without which it would be among the others.
    pub(crate) slip: Option<Slip>,
    /// True if one of its coordinates is 0.
    pub(crate) is_zero: bool,
}

impl StrayGroup {
    /// True if it has a square.
    pub(crate) fn holds(&self, key: SquareKey) -> bool {
        self.squares.iter().any(|square| square.key() == key)
    }
}

/// Where most reports are, and what is far from there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bulk {
    squares: FxHashMap<SquareKey, SquareCount>,
    pub(crate) total: u64,
    pub(crate) strays: Vec<StrayGroup>,
}

impl Bulk {
    /// Distance in km up to which squares are of one group.
    pub(crate) const NEAR_KM: f64 = 100.0;

    /// Pairs of squares up to which the distance of a group is measured; strays are few and a town is small.
    const MAX_PAIRS: usize = 1 << 20;

    /// Parts squares into the bulk and strays. Squares may come several times; their counts add.
    pub(crate) fn of(counts: impl IntoIterator<Item = SquareCount>) -> Self {
        let mut squares = FxHashMap::<SquareKey, SquareCount>::default();
        for square in counts {
            squares.entry(square.key()).and_modify(|known| known.count += square.count).or_insert(square);
        }
        let total = squares.values().map(|square| square.count).sum();
        let mut groups = groups(&squares);
        if groups.len() < 2 || groups.len() > MAX_GROUPS {
            return Self { squares, total, strays: Vec::new() };
        }
        let rest = groups.split_off(1);
        let main = groups.into_iter().flatten().map(|square| (square.key(), square)).collect();
        Self { squares: main, total, strays: Vec::new() }.with(rest)
    }

    /// The groups of strays among these groups, the largest first; the others join the bulk.
    fn with(mut self, groups: Vec<Vec<SquareCount>>) -> Self {
        // A second town does not stray; of few reports, fewer still can.
        let few = (self.total / 500).max(3).min(self.total / 10);
        let (mut unexplained, mut strays) = (0, Vec::new());
        for group in groups {
            let count: u64 = group.iter().map(|square| square.count).sum();
            let places = group.iter().map(|square| (square.lat, square.lng, square.count));
            let is_zero = group.iter().all(|square| square.lat == 0.0 || square.lng == 0.0);
            let slip = Slip::explaining(places, |lat, lng| self.is_near(square_of(lat, lng)));
            let is_wide = group.len() * self.squares.len() > Self::MAX_PAIRS;
            if is_wide || count > few && slip.is_none() && !is_zero {
                self.squares.extend(group.into_iter().map(|square| (square.key(), square)));
                continue;
            }
            let km = self.distance(&group);
            let reach = self.diameter().max(Self::NEAR_KM);
            let slip = slip.filter(|_| km > reach);
            let is_few = count <= few && km > (2.0 * self.diameter()).max(Self::NEAR_KM);
            if slip.is_some() || is_few || is_zero && (count <= few || km > reach) {
                unexplained += if slip.is_none() && !is_zero { count } else { 0 };
                strays.push((group, StrayGroup { squares: Vec::new(), km, slip, is_zero }));
            } else {
                self.squares.extend(group.into_iter().map(|square| (square.key(), square)));
            }
        }
        for (group, stray) in strays {
            // Many small groups are scattered reports, not strays.
            if unexplained > few && stray.slip.is_none() && !stray.is_zero {
                self.squares.extend(group.into_iter().map(|square| (square.key(), square)));
            } else {
                self.strays.push(StrayGroup { squares: group, ..stray });
            }
        }
        self
    }

    /// True if a square is of the bulk or touches one that is.
    fn is_near(&self, (row, column): SquareKey) -> bool {
        (-1..=1)
            .any(|up| (-1..=1).any(|right| self.squares.contains_key(&(row + up, (column + right).rem_euclid(ROUND)))))
    }

    /// Distance from a group to the bulk, in km.
    fn distance(&self, group: &[SquareCount]) -> f64 {
        let of_pair = |a: &SquareCount, b: &SquareCount| kilometres((a.lat, a.lng), (b.lat, b.lng));
        let nearest = group.iter().flat_map(|square| self.squares.values().map(move |other| of_pair(square, other)));
        nearest.fold(f64::INFINITY, f64::min)
    }

    /// Diagonal of the box of the bulk, in km.
    fn diameter(&self) -> f64 {
        let Some([west, south, east, north]) = self.sides() else { return 0.0 };
        let side = 0.25;
        if east - west > 180.0 {
            return 20_000.0;
        }
        kilometres((south + side / 2.0, west + side / 2.0), (north - side / 2.0, east - side / 2.0))
    }

    /// West, south, east and north of its squares; an east beyond 180 is across that longitude.
    fn sides(&self) -> Option<[f64; 4]> {
        let rows = || self.squares.keys().map(|&(row, _)| row);
        let (south, north) = (rows().min()?, rows().max()?);
        let mut columns: Vec<i32> = self.squares.keys().map(|&(_, column)| column).collect();
        columns.sort_unstable();
        columns.dedup();
        // The widest gap is outside.
        let gap = |index: usize| {
            let next = columns.get(index + 1).map_or(columns[0] + ROUND, |&next| next);
            next - columns[index]
        };
        let widest = (0..columns.len()).max_by_key(|&index| (gap(index), index))?;
        let east = columns[widest];
        let west = columns[(widest + 1) % columns.len()];
        let east = if east < west { east + ROUND } else { east };
        let ([west, south, ..], [.., east, north]) = (sides_of((south, west)), sides_of((north, east)));
        Some([west, south, east, north])
    }

    /// Box that holds the bulk.
    pub(crate) fn bbox(&self) -> Option<Bbox> {
        let [west, south, east, north] = self.sides()?;
        Some(Bbox::new([west, south, if east > 180.0 { east - 360.0 } else { east }, north]))
    }

    /// All squares, sorted, strays too.
    pub(crate) fn squares(&self) -> Vec<SquareCount> {
        let strays = self.strays.iter().flat_map(|group| &group.squares);
        let mut squares: Vec<SquareCount> = self.squares.values().chain(strays).copied().collect();
        squares.sort_unstable_by_key(SquareCount::key);
        squares
    }

    /// True if a position is among the bulk.
    pub(crate) fn is_around(&self, lat: f64, lng: f64) -> bool {
        self.is_near(square_of(lat, lng))
    }

    /// Test of positions near strays and away from the bulk, as the centres of their cells are.
    pub(crate) fn strays_near(&self) -> impl Fn(f64, f64) -> bool + use<> {
        let keys = self.strays.iter().flat_map(|group| &group.squares).map(SquareCount::key);
        let round = |(row, column): SquareKey| {
            (-1..=1).flat_map(move |up| (-1..=1).map(move |right| (row + up, (column + right).rem_euclid(ROUND))))
        };
        let near: FxHashSet<SquareKey> = keys.flat_map(round).collect();
        move |lat, lng| near.contains(&square_of(lat, lng))
    }
}

/// Groups of squares that are near each other, the largest first.
fn groups(squares: &FxHashMap<SquareKey, SquareCount>) -> Vec<Vec<SquareCount>> {
    let mut keys: Vec<SquareKey> = squares.keys().copied().collect();
    keys.sort_unstable();
    let mut seen = FxHashSet::<SquareKey>::default();
    let mut groups = Vec::new();
    // A coordinate of 0 with nothing around it is a group of its own, however near the others are.
    let (zeros, keys): (Vec<SquareKey>, Vec<SquareKey>) = keys.into_iter().partition(|key| is_lone_zero(squares, *key));
    for key in zeros {
        seen.insert(key);
        groups.push(vec![squares[&key]]);
    }
    for &key in &keys {
        if !seen.insert(key) {
            continue;
        }
        let (mut group, mut waiting) = (Vec::new(), vec![key]);
        while let Some(at) = waiting.pop() {
            group.push(squares[&at]);
            let near = neighbours(at).filter(|near| squares.contains_key(near));
            waiting.extend(near.filter(|near| seen.insert(*near)));
        }
        group.sort_unstable_by_key(SquareCount::key);
        groups.push(group);
    }
    let count = |group: &Vec<SquareCount>| group.iter().map(|square| square.count).sum::<u64>();
    groups.sort_by_key(|group| (std::cmp::Reverse(count(group)), group[0].key()));
    groups
}

/// True for a square whose reports begin with a coordinate of 0, and around which there are none.
fn is_lone_zero(squares: &FxHashMap<SquareKey, SquareCount>, (row, column): SquareKey) -> bool {
    let square = squares[&(row, column)];
    let mut around = (-1..=1).flat_map(|up| (-1..=1).map(move |right| (row + up, (column + right).rem_euclid(ROUND))));
    (square.lat == 0.0 || square.lng == 0.0) && around.all(|at| at == (row, column) || !squares.contains_key(&at))
}

/// Squares within [`Bulk::NEAR_KM`] of a square.
fn neighbours((row, column): SquareKey) -> impl Iterator<Item = SquareKey> {
    const KM_PER_SQUARE: f64 = 27.8;
    let up = (Bulk::NEAR_KM / KM_PER_SQUARE) as i32;
    let [_, south, _, north] = sides_of((row, column));
    let wide = KM_PER_SQUARE * (f64::midpoint(south, north)).to_radians().cos();
    let right = ((Bulk::NEAR_KM / wide) as i32).min(ROUND / 2);
    (-up..=up).flat_map(move |up| (-right..=right).map(move |right| (row + up, (column + right).rem_euclid(ROUND))))
}

/// Great-circle distance between latitudes and longitudes.
pub(crate) fn kilometres(a: (f64, f64), b: (f64, f64)) -> f64 {
    let at = |(lat, lng): (f64, f64)| LatLng::new(lat, lng).ok();
    at(a).zip(at(b)).map_or(0.0, |(a, b)| a.distance_km(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(places: &[(f64, f64, u64)]) -> Bulk {
        let square = |&(lat, lng, count): &(f64, f64, u64)| SquareCount { count, lat, lng, record: 1, line: None };
        Bulk::of(places.iter().map(square))
    }

    #[test]
    fn one_far_position_strays_and_a_second_town_does_not() {
        let city = [(52.6, -1.1, 60), (52.8, -1.1, 20)];
        let with = |more: &[(f64, f64, u64)]| bulk(&[&city[..], more].concat());
        assert!(with(&[]).strays.is_empty());
        assert_eq!(with(&[(52.63, 1.13, 1)]).strays.len(), 1);
        assert_eq!(with(&[(10.0, 40.0, 2)]).strays.len(), 1);
        // Another town, and the next village.
        assert!(with(&[(51.5, -0.1, 20)]).strays.is_empty());
        assert!(with(&[(53.2, -1.0, 1)]).strays.is_empty());
        let kept = with(&[(52.63, 1.13, 1)]);
        assert_eq!(kept.bbox().unwrap().to_string(), "-1.25,52.5,-1,53");
        assert!(kept.strays_near()(52.63, 1.13) && !kept.strays_near()(52.6, -1.1));
    }

    #[test]
    fn a_large_group_strays_only_where_a_slip_explains_it() {
        let swapped = bulk(&[(41.8, -87.6, 70), (-87.6, 41.8, 30)]);
        assert!(swapped.strays[0].slip.is_some_and(Slip::is_only_order));
        assert!(bulk(&[(41.8, -87.6, 70), (34.0, -118.2, 30)]).strays.is_empty());
    }

    #[test]
    fn the_antimeridian_parts_nothing() {
        let fiji = bulk(&[(-17.8, 177.6, 40), (-17.0, -179.9, 10), (-16.8, 179.9, 10)]);
        assert!(fiji.strays.is_empty());
        assert_eq!(fiji.bbox().unwrap().to_string(), "177.5,-18,-179.75,-16.75");
    }
}
