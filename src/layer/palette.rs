//! Palettes: ramps on which equal steps look equal, to colour-blind readers and in grey print too.

use std::str::FromStr;

use crate::invalid::{InvalidValue, named};

/// Colours in order, lowest class first.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// Its name.
    pub name: &'static str,
    /// Purpose, in one line.
    pub about: &'static str,
    /// True if it runs from a neutral middle to both ends.
    pub diverging: bool,
    ramp: Ramp,
}

#[derive(Clone, Copy, Debug)]
enum Ramp {
    /// Colours at equal steps; between them by straight lines.
    Anchors(&'static [[u8; 3]]),
    /// A gradient, from a share of its length to another.
    Gradient(colorous::Gradient, f64, f64),
}

/// Single-hue, light to dark.
const TENSION: &[[u8; 3]] =
    &[[0xfd, 0xee, 0xd3], [0xfb, 0xc9, 0x78], [0xf2, 0x96, 0x3a], [0xcf, 0x57, 0x12], [0x85, 0x28, 0x07]];

/// Every palette; the first is the default. On white paper dark means much, so the well-known ramps run from their light end.
pub const PALETTES: &[Palette] = &[
    Palette { name: "tension", about: "orange, light to dark", diverging: false, ramp: Ramp::Anchors(TENSION) },
    gradient("cividis", "yellow to blue, made for colour-blind readers", colorous::CIVIDIS, 1.0, 0.0),
    gradient("viridis", "yellow over green to purple", colorous::VIRIDIS, 1.0, 0.0),
    gradient("magma", "cream over red to black", colorous::MAGMA, 0.98, 0.1),
    Palette {
        diverging: true,
        ..gradient("purple-orange", "diverging: purple below, orange above", colorous::PURPLE_ORANGE, 0.05, 0.95)
    },
];

/// Sequential palette, from a share of a gradient to another.
const fn gradient(name: &'static str, about: &'static str, of: colorous::Gradient, from: f64, to: f64) -> Palette {
    Palette { name, about, diverging: false, ramp: Ramp::Gradient(of, from, to) }
}

impl Palette {
    /// Palette of densities of reports: not that of scores, so that the two are not confused.
    pub(crate) const DENSITY: Self = PALETTES[3];

    /// Default palette, sequential or diverging.
    #[must_use]
    pub fn usual(diverging: bool) -> Self {
        PALETTES.iter().copied().find(|palette| palette.diverging == diverging).unwrap_or(PALETTES[0])
    }

    /// The colour of class `k` of `n`, both ends included; of one class, the middle of a diverging ramp and else near the
    /// light end.
    ///
    /// ```
    /// use tensionmap::unstable::layer::Palette;
    /// let viridis: Palette = "viridis".parse()?;
    /// assert_eq!(viridis.colour(0, 5), [0xfd, 0xe7, 0x25]);
    /// # Ok::<(), tensionmap::InvalidValue>(())
    /// ```
    #[must_use]
    pub fn colour(self, k: usize, n: usize) -> [u8; 3] {
        let alone = if self.diverging { 0.5 } else { 0.25 };
        self.at(if n > 1 { k as f64 / (n - 1) as f64 } else { alone })
    }

    /// The colour at a share of its length, 0 to 1.
    #[must_use]
    pub fn at(self, share: f64) -> [u8; 3] {
        let share = share.clamp(0.0, 1.0);
        match self.ramp {
            Ramp::Gradient(gradient, from, to) => gradient.eval_continuous(from + (to - from) * share).as_array(),
            Ramp::Anchors(colours) => {
                let place = share * (colours.len() - 1) as f64;
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the colours")]
                let below = (place as usize).min(colours.len() - 2);
                let (low, high, part) = (colours[below], colours[below + 1], place - below as f64);
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two colours")]
                let mix = |low: f64, high: f64| (low + (high - low) * part).round() as u8;
                [0, 1, 2].map(|channel| mix(f64::from(low[channel]), f64::from(high[channel])))
            }
        }
    }
}

impl FromStr for Palette {
    type Err = InvalidValue;

    fn from_str(name: &str) -> Result<Self, InvalidValue> {
        named("palette", name, PALETTES.iter().map(|palette| (palette.name, *palette)))
    }
}

impl PartialEq for Palette {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// Colours for kinds without an order, which colour-blind readers can tell apart (Okabe & Ito, Color Universal Design, 2008).
pub(super) const KINDS: [[u8; 3]; 8] = [
    [0x56, 0xb4, 0xe9],
    [0xe6, 0x9f, 0x00],
    [0x00, 0x9e, 0x73],
    [0xf0, 0xe4, 0x42],
    [0x00, 0x72, 0xb2],
    [0xd5, 0x5e, 0x00],
    [0xcc, 0x79, 0xa7],
    [0x38, 0x38, 0x38],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of a matrix of linear colours.
    type Vision = [f64; 9];

    /// Colour vision without one kind of cone, on linear colours (Machado, Oliveira & Fernandes, IEEE Trans. Vis. Comput. Graph.
    /// 15 (2009) 1291–1298, severity 1): protanopia, deuteranopia, tritanopia.
    #[rustfmt::skip]
    const DEFICIENT: [(&str, Vision); 3] = [
        ("protanopia", [0.152_286, 1.052_583, -0.204_868, 0.114_503, 0.786_281, 0.099_216, -0.003_882, -0.048_116, 1.051_998]),
        ("deuteranopia", [0.367_322, 0.860_646, -0.227_968, 0.280_085, 0.672_501, 0.047_413, -0.011_820, 0.042_940, 0.968_881]),
        ("tritanopia", [1.255_528, -0.076_749, -0.178_779, -0.078_411, 0.930_809, 0.147_602, 0.004_733, 0.691_367, 0.303_900]),
    ];
    const USUAL: Vision = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];

    /// Lightness, and where between green and red, blue and yellow (CIE 1976 L*a*b*, D65).
    fn seen([red, green, blue]: [u8; 3], vision: Vision) -> [f64; 3] {
        let linear = [red, green, blue].map(|channel| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        let product = |row: &[f64], of: [f64; 3]| row.iter().zip(of).map(|(a, b)| a * b).sum::<f64>();
        let rgb = [0, 3, 6].map(|row| product(&vision[row..], linear).clamp(0.0, 1.0));
        let xyz = [[0.412_4, 0.357_6, 0.180_5], [0.212_6, 0.715_2, 0.072_2], [0.019_3, 0.119_2, 0.950_5]]
            .map(|row| product(&row, rgb));
        let f = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
        let [x, y, z] = [xyz[0] / 0.950_47, xyz[1], xyz[2] / 1.088_83].map(f);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    fn apart(a: [u8; 3], b: [u8; 3], vision: Vision) -> f64 {
        let (a, b) = (seen(a, vision), seen(b, vision));
        a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    }

    /// Up to seven classes: neighbours are plainly apart for every reader, and no two classes are mistaken for each
    /// other. A difference of 2.3 is just noticed side by side; classes are compared over a page.
    #[test]
    fn classes_can_be_told_apart_by_every_reader() {
        let visions = || std::iter::once(("usual", USUAL)).chain(DEFICIENT);
        for palette in PALETTES {
            for n in 2..=7 {
                for (vision, matrix) in visions() {
                    let colours: Vec<[u8; 3]> = (0..n).map(|k| palette.colour(k, n)).collect();
                    for (k, &colour) in colours.iter().enumerate() {
                        for &other in &colours[..k] {
                            let apart = apart(colour, other, matrix);
                            let name = palette.name;
                            assert!(apart > 9.0, "{name} {vision}: {colour:?} and {other:?} of {n}: {apart:.1}");
                        }
                    }
                }
            }
        }
    }

    /// In grey print as well: lightness goes one way, in steps that can be seen; on a diverging ramp towards both ends.
    #[test]
    fn lightness_goes_one_way() {
        for palette in PALETTES {
            for n in [3, 5, 7] {
                let light: Vec<f64> = (0..n).map(|k| seen(palette.colour(k, n), USUAL)[0]).collect();
                for (k, pair) in light.windows(2).enumerate() {
                    let darker = if palette.diverging && k < n / 2 { pair[1] - pair[0] } else { pair[0] - pair[1] };
                    assert!(darker > 4.5, "{}, class {k} of {n}: {light:?}", palette.name);
                }
                // Steps of one size, nearly: no false edge.
                if !palette.diverging {
                    let step = (light[0] - light[n - 1]) / (n - 1) as f64;
                    let worst = light.windows(2).map(|pair| (pair[0] - pair[1]) / step).fold(0.0, f64::max);
                    assert!(worst < 1.75, "{} of {n}: {light:?}", palette.name);
                }
            }
        }
    }

    #[test]
    fn kinds_can_be_told_apart() {
        for (vision, matrix) in std::iter::once(("usual", USUAL)).chain(DEFICIENT) {
            for (k, &colour) in KINDS.iter().enumerate() {
                for &other in &KINDS[..k] {
                    assert!(apart(colour, other, matrix) > 9.0, "{vision}: {colour:?} and {other:?}");
                }
            }
        }
        assert_eq!(
            "jet".parse::<Palette>().map_err(|error| error.to_string()),
            Err("palette \"jet\" is not usable: expected one of tension, cividis, viridis, magma, purple-orange"
                .to_owned())
        );
    }
}
