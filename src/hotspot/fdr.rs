//! False discovery rate of many tests: Benjamini and Hochberg's q.

/// Benjamini–Hochberg's q of each of m probabilities that were found together.
///
/// Of the tests with q ≤ α, a share of at most α is expected to be false. This holds where tests are independent or
/// positively dependent, as those of neighbours are. With p₍₁₎ ≤ … ≤ p₍ₘ₎,
///
/// ```text
/// q₍ᵢ₎ = min over j ≥ i of (m p₍ⱼ₎ / j)
/// ```
///
/// q is in \[p, 1\], in the order of the input; equal p have equal q. The probabilities must be from 0 to 1; a test that could
/// not be made has p = 1. No probabilities give no q. O(m log m).
///
/// By hand: of 0.01, 0.02, 0.03 and 0.5 the first three have 4 · 0.03 / 3.
///
/// ```
/// let q = tensionmap::unstable::hotspot::benjamini_hochberg(&[0.02, 0.5, 0.01, 0.03]);
/// assert_eq!(q, [0.04, 0.5, 0.04, 0.04]);
/// ```
///
/// Reference: Benjamini and Hochberg, Controlling the false discovery rate, J. R. Stat. Soc. B 57 (1995) 289–300.
#[must_use]
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    // Numbers from 0 on sort as their bits do, and whole numbers sort fastest.
    let mut order: Vec<(u64, u32)> = (0..).zip(p).map(|(place, p)| (p.to_bits(), place)).collect();
    order.sort_unstable();
    let m = p.len() as f64;
    let mut q = vec![1.0; p.len()];
    let mut min = 1.0_f64;
    for (before, &(bits, place)) in order.iter().enumerate().rev() {
        min = min.min(m * f64::from_bits(bits) / (before + 1) as f64);
        q[place as usize] = min;
    }
    q
}
