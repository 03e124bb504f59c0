//! The anchor D½: the density at which the intensity component is half full. It makes maps of different dates comparable.

/// D½ with its origin.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Anchor {
    /// Frozen in the method file: maps of different dates are comparable.
    Frozen(f64),
    /// Calibrated by this run on history before the current window.
    Calibrated(f64),
    /// Calibrated on the current window for lack of history: the map is not comparable with any other.
    Current(f64),
    /// No report anywhere.
    None,
}

impl Anchor {
    /// D½ in the unit of [`Method::density`](super::Method::density).
    #[must_use]
    pub fn d_half(self) -> Option<f64> {
        match self {
            Self::Frozen(value) | Self::Calibrated(value) | Self::Current(value) => Some(value),
            Self::None => None,
        }
    }

    /// The anchor of a saved layer, by the text of [`Self::about`].
    pub(crate) fn from_about(about: &str, d_half: Option<f64>) -> Option<Self> {
        let with = |value| [Self::Frozen(value), Self::Calibrated(value), Self::Current(value)];
        d_half.map_or([Self::None; 3], with).into_iter().find(|anchor| anchor.about() == about)
    }

    /// Origin, for captions.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Frozen(_) => "frozen in the method file",
            Self::Calibrated(_) => "calibrated by this run on its own history",
            Self::Current(_) => "from the current window for want of history: compares with no other map",
            Self::None => "not needed: no reports",
        }
    }
}
