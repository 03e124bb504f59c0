//! Disclosure: the one door between a product and everything that leaves. Encoders, summaries, notices and manifests
//! are made from a [`Release`], which only a [`Profile`] can make.

use std::borrow::Cow;

use crate::layer::{CoverageTable, DensityLayer, ExplainedCell, Layer, NearRepeatsTable, SeriesTable};

/// Rules by which a product may leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Profile {
    /// For readers who may see every number of the product. Nothing is suppressed.
    #[default]
    Internal,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 1] = [Self::Internal];

    /// Name used in settings and provenance.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Internal => "internal",
        }
    }

    /// Readers it is for, in a line.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Internal => "for readers who may see every number; nothing is suppressed",
        }
    }

    /// Applies the profile to a product.
    ///
    /// ```
    /// use tensionmap::{Engine, Profile, sample};
    /// let run = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.run()?;
    /// let release = Profile::Internal.release(&run.layer);
    /// assert_eq!(release.product().scores().cells.len(), run.scores.cells.len());
    /// # Ok::<(), tensionmap::Error>(())
    /// ```
    #[must_use]
    pub fn release<T: Disclose>(self, product: &T) -> Release<'_, T> {
        Release { product: product.disclosed(self), notices: &[], profile: self }
    }
}

/// A product that profiles know how to release.
pub trait Disclose: Clone {
    /// The product with everything left out or coarsened that the profile does not let through; borrowed where that is nothing.
    fn disclosed(&self, profile: Profile) -> Cow<'_, Self>;
}

/// A product as a profile lets it leave. Only [`Profile::release`] makes one, and encoders take nothing else.
///
/// ```compile_fail,E0451
/// use tensionmap::{Profile, Release};
/// fn past_the_rules(layer: &tensionmap::Layer) -> Release<'_, tensionmap::Layer> {
///     Release { product: std::borrow::Cow::Borrowed(layer), notices: &[], profile: Profile::Internal }
/// }
/// ```
#[derive(Debug)]
pub struct Release<'a, T: Clone> {
    product: Cow<'a, T>,
    notices: &'a [String],
    profile: Profile,
}

impl<'a, T: Clone> Release<'a, T> {
    /// Adds the notices of the run, as far as the profile lets them leave.
    #[must_use]
    pub(crate) fn with_notices(mut self, notices: &'a [String]) -> Self {
        match self.profile {
            Profile::Internal => self.notices = notices,
        }
        self
    }

    /// Automatic choices and limits that a reader must know, in words.
    #[must_use]
    pub fn notices(&self) -> &[String] {
        self.notices
    }

    /// The product as it may be seen.
    #[must_use]
    pub fn product(&self) -> &T {
        &self.product
    }

    /// The profile that was applied.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }
}

/// Products that the internal profile releases as they are.
macro_rules! released_as_they_are {
    ($($product:ty),+ $(,)?) => {$(
        impl Disclose for $product {
            fn disclosed(&self, profile: Profile) -> Cow<'_, Self> {
                match profile {
                    Profile::Internal => Cow::Borrowed(self),
                }
            }
        }
    )+};
}

released_as_they_are!(Layer, SeriesTable, CoverageTable, ExplainedCell, DensityLayer, NearRepeatsTable);
