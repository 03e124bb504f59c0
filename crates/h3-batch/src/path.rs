//! Compilations of the kernel for three kinds of processor, and the choice between them: the crate's only unsafe code.

use std::fmt;
use std::sync::LazyLock;

use h3o::Resolution;

use crate::kernel::KERNEL;

/// A compilation of the kernel. All give the same cells in different times.
///
/// ```
/// use h3_batch::{Path, Resolution};
/// for path in Path::available() {
///     let mut cell = [0];
///     path.cells(&[48.864716], &[2.349014], Resolution::Five, &mut cell);
///     assert_eq!(cell, [0x851f_b467_fff_ffff], "{path}");
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path(Instructions);

/// A value other than `Portable` is made in [`Path::available`] alone, after the processor was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instructions {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

static BEST: LazyLock<Path> = LazyLock::new(|| Path::available().next().unwrap_or(Path(Instructions::Portable)));

impl Path {
    /// The paths this processor can take, the fastest first.
    pub fn available() -> impl Iterator<Item = Self> {
        [
            #[cfg(target_arch = "x86_64")]
            (has_avx2() && has_avx512()).then_some(Self(Instructions::Avx512)),
            #[cfg(target_arch = "x86_64")]
            has_avx2().then_some(Self(Instructions::Avx2)),
            Some(Self(Instructions::Portable)),
        ]
        .into_iter()
        .flatten()
    }

    /// The fastest of them, which [`cells`](crate::cells) takes.
    #[must_use]
    pub fn best() -> Self {
        *BEST
    }

    /// [`cells_into`](crate::cells_into) on this path. Returns the number of points left to h3o, because they are too close to
    /// a border or outside the range of the vector path.
    ///
    /// # Panics
    /// When the three slices differ in length.
    #[allow(unsafe_code, reason = "functions that use instructions the processor was found to have")]
    pub fn cells(self, lat: &[f64], lng: &[f64], resolution: Resolution, out: &mut [u64]) -> usize {
        assert!(
            lat.len() == out.len() && lng.len() == out.len(),
            "{} latitudes, {} longitudes and room for {} cells: expected as many of each",
            lat.len(),
            lng.len(),
            out.len()
        );
        match self.0 {
            Instructions::Portable => portable(lat, lng, resolution, out),
            // SAFETY: this variant exists only where `has_avx2` was true.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { avx2(lat, lng, resolution, out) },
            // SAFETY: this variant exists only where `has_avx2` and `has_avx512` were true.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe { avx512(lat, lng, resolution, out) },
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.0 {
            Instructions::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => "AVX-512",
        })
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512bw")
}

fn portable(lat: &[f64], lng: &[f64], resolution: Resolution, out: &mut [u64]) -> usize {
    // Processors for which every build has the instruction.
    const FMA: bool = cfg!(any(target_feature = "fma", target_arch = "aarch64"));
    KERNEL.cells::<FMA>(resolution, lat, lng, out)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2(lat: &[f64], lng: &[f64], resolution: Resolution, out: &mut [u64]) -> usize {
    KERNEL.cells::<true>(resolution, lat, lng, out)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512vl,avx512dq,avx512bw")]
fn avx512(lat: &[f64], lng: &[f64], resolution: Resolution, out: &mut [u64]) -> usize {
    KERNEL.cells::<true>(resolution, lat, lng, out)
}
