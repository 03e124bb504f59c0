//! Slips that move a position far away, and their reversal: axes swapped, a sign lost or added, a decimal point in another place.

/// A slip of the pen or of a program that moves a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slip {
    is_swapped: bool,
    /// Factors of latitude and longitude, after a swap.
    factors: [Factor; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Factor {
    Same,
    Negative,
    Tenth,
    Tenfold,
}

impl Factor {
    fn of(self, degrees: f64) -> f64 {
        match self {
            Self::Same => degrees,
            Self::Negative => -degrees,
            Self::Tenth => degrees / 10.0,
            Self::Tenfold => degrees * 10.0,
        }
    }
}

impl Slip {
    /// Every slip that is looked for, the likeliest first.
    const ALL: [Self; 11] = {
        use Factor::{Negative, Same, Tenfold, Tenth};
        const fn slip(is_swapped: bool, lat: Factor, lng: Factor) -> Slip {
            Slip { is_swapped, factors: [lat, lng] }
        }
        [
            slip(true, Same, Same),
            slip(false, Same, Negative),
            slip(false, Negative, Same),
            slip(false, Negative, Negative),
            slip(true, Same, Negative),
            slip(true, Negative, Same),
            slip(true, Negative, Negative),
            slip(false, Same, Tenth),
            slip(false, Same, Tenfold),
            slip(false, Tenth, Same),
            slip(false, Tenfold, Same),
        ]
    };

    /// The position without the slip; `None` if it is off the earth.
    pub(crate) fn undone(self, lat: f64, lng: f64) -> Option<(f64, f64)> {
        let (lat, lng) = if self.is_swapped { (lng, lat) } else { (lat, lng) };
        let (lat, lng) = (self.factors[0].of(lat), self.factors[1].of(lng));
        (lat.abs() < 90.0 && lng.abs() <= 180.0).then_some((lat, lng))
    }

    /// The likeliest slip without which at least half of the reports would be where they are expected.
    pub(crate) fn explaining(
        places: impl Iterator<Item = (f64, f64, u64)> + Clone,
        is_expected: impl Fn(f64, f64) -> bool,
    ) -> Option<Self> {
        let total: u64 = places.clone().map(|(_, _, count)| count).sum();
        Self::ALL.into_iter().find(|slip| {
            let is_back = |&(lat, lng, _): &(f64, f64, u64)| {
                // On a coordinate of 0, the sign and the place of the point mean nothing.
                slip.undone(lat, lng)
                    .is_some_and(|(to_lat, to_lng)| (to_lat, to_lng) != (lat, lng) && is_expected(to_lat, to_lng))
            };
            let back: u64 = places.clone().filter(is_back).map(|(_, _, count)| count).sum();
            back > 0 && back * 2 >= total
        })
    }

    /// Words on reading positions without it.
    pub(crate) fn remedy(self) -> String {
        let axis = |factor: Factor, name: &str| match factor {
            Factor::Same => None,
            Factor::Negative => Some(format!("the other sign of {name}")),
            Factor::Tenth | Factor::Tenfold => Some(format!("the decimal point of {name} in another place")),
        };
        let swapped = self.is_swapped.then(|| "latitude and longitude swapped".to_owned());
        let axes = [axis(self.factors[0], "latitude"), axis(self.factors[1], "longitude")];
        let parts: Vec<String> = swapped.into_iter().chain(axes.into_iter().flatten()).collect();
        format!("with {}", parts.join(" and "))
    }

    /// True if a decimal point is in another place, which is a coincidence where much ground is expected.
    pub(crate) fn is_of_digits(self) -> bool {
        self.factors.iter().any(|factor| matches!(factor, Factor::Tenth | Factor::Tenfold))
    }

    /// True if columns in the other order mend all of it.
    pub(crate) fn is_only_order(self) -> bool {
        self.is_swapped && self.factors == [Factor::Same; 2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slip_is_named_that_brings_positions_home() {
        let home = |lat: f64, lng: f64| (lat - 52.6).abs() < 0.2 && (lng + 1.1).abs() < 0.2;
        let named = |lat: f64, lng: f64| {
            let slip = Slip::explaining([(lat, lng, 3)].into_iter(), home);
            slip.map(Slip::remedy)
        };
        assert_eq!(named(-1.13, 52.63).as_deref(), Some("with latitude and longitude swapped"));
        assert_eq!(named(52.63, 1.13).as_deref(), Some("with the other sign of longitude"));
        assert_eq!(named(-52.63, -1.13).as_deref(), Some("with the other sign of latitude"));
        assert_eq!(
            named(1.13, 52.63).as_deref(),
            Some("with latitude and longitude swapped and the other sign of longitude")
        );
        assert_eq!(named(52.63, -11.3).as_deref(), Some("with the decimal point of longitude in another place"));
        assert_eq!(named(10.0, 10.0), None);
    }
}
