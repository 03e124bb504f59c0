//! One position that holds many reports among others that hold few, as stand-ins for places that were not found do.

/// Counts of positions, by a hash that several may share; each slot keeps the one it met most.
#[derive(Debug)]
pub(super) struct Piles {
    slots: Vec<PileSlot>,
    /// Reports looked at.
    seen: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct PileSlot {
    at: (f64, f64),
    /// Reports of this position less those of others, a lower bound of the former.
    votes: u64,
    /// Reports of all positions of the slot.
    hits: u64,
}

impl PileSlot {
    /// Estimate of the reports of its position.
    fn count(self) -> u64 {
        u64::midpoint(self.votes, self.hits)
    }
}

/// A position with many reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pile {
    pub(crate) lat: f64,
    pub(crate) lng: f64,
    /// Share of the reports, from 0 to 1.
    pub(crate) share: f64,
}

impl Piles {
    const BITS: u32 = 10;
    /// Reports looked at of each batch.
    const SAMPLE: usize = 1 << 11;

    pub(super) fn new() -> Self {
        Self { slots: vec![PileSlot::default(); 1 << Self::BITS], seen: 0 }
    }

    /// Looks at the first positions of a batch.
    pub(super) fn see(&mut self, lat: &[f64], lng: &[f64]) {
        for (&lat, &lng) in lat.iter().zip(lng).take(Self::SAMPLE) {
            let hash = (lat.to_bits() ^ lng.to_bits().rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let slot = &mut self.slots[(hash >> (u64::BITS - Self::BITS)) as usize];
            slot.hits += 1;
            self.seen += 1;
            if slot.at == (lat, lng) {
                slot.votes += 1;
            } else if slot.votes == 0 {
                (slot.at, slot.votes) = ((lat, lng), 1);
            } else {
                slot.votes -= 1;
            }
        }
    }

    /// The position with a fifth of the reports or more, three times as many as any other.
    pub(super) fn largest(&self) -> Option<Pile> {
        const LEAST_REPORTS: u64 = 20;
        const LEAST_PLACES: usize = 10;
        let mut filled: Vec<PileSlot> = self.slots.iter().copied().filter(|slot| slot.hits > 0).collect();
        filled.sort_by_key(|slot| std::cmp::Reverse(slot.count()));
        let (first, second) = (filled.first()?, filled.get(1)?);
        let is_pile = self.seen >= LEAST_REPORTS
            && filled.len() > LEAST_PLACES
            && first.count() * 5 >= self.seen
            && first.count() >= 3 * second.count();
        is_pile.then(|| Pile { lat: first.at.0, lng: first.at.1, share: first.count() as f64 / self.seen as f64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn largest(piled: usize, of: usize, places: usize) -> Option<Pile> {
        let mut piles = Piles::new();
        for number in 0..of {
            let at = if number < piled { 0.5 } else { 1.0 + (number % places) as f64 };
            piles.see(&[at], &[at]);
        }
        piles.largest()
    }

    #[test]
    fn a_position_with_a_fifth_of_all_reports_is_a_pile() {
        let pile = largest(250, 1000, 400).expect("a pile");
        assert_eq!((pile.lat, (pile.share * 100.0).round()), (0.5, 25.0));
        assert_eq!(largest(150, 1000, 400), None);
        // A few places with many reports each are no piles, nor are few reports.
        assert_eq!(largest(250, 1000, 8), None);
        assert_eq!(largest(5, 19, 14), None);
    }
}
