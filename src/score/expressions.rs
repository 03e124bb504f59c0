//! The method's windows and decays as polars expressions, for frames of any kind. The kernels are tested against them.
//!
//! Input columns are those of a cube's frame: `start`, `end` (the interval `[start, end)`), `known` and `n`. Days are whole numbers
//! since 1970-01-01. Results are `f64`, never null for a valid interval.
//!
//! ```
//! use tensionmap::polars::prelude::{IntoLazy, col, df};
//! use tensionmap::unstable::score::expressions::{count, decay, known_at};
//! use tensionmap::Day;
//! let counts = df!("cell" => [1_u64, 1, 2], "start" => [0, 9, 9], "end" => [10, 10, 10], "known" => [10, 10, 11], "n" => [20_u32, 1, 5])?;
//! let at = Day(10);
//! let of_cells = counts.lazy().filter(known_at(at)).group_by([col("cell")]).agg([
//!     count(at - 2, at).sum().alias("last two days"),
//!     (col("n") * decay(at, 14.0)).sum().alias("decayed"),
//! ]);
//! let found = of_cells.collect()?;
//! assert_eq!(found.height(), 1); // the row known on day 11 is left out
//! assert_eq!(found.column("last two days")?.f64()?.get(0), Some(2.0 / 10.0 * 20.0 + 1.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::f64::consts::LN_2;

use polars::prelude::{DataType, Expr, col, lit, when};

use crate::incident::Day;

/// True if a row is known at a date: `known ≤ T`. This filter keeps a score from looking ahead.
pub fn known_at(as_of: Day) -> Expr {
    col("known").lt_eq(lit(as_of.0))
}

/// Share of the interval in `[from, to)`, 0 to 1.
pub fn share(from: Day, to: Day) -> Expr {
    let (start, end) = (later(col("start"), from), earlier(col("end"), to));
    let inside = end - start;
    when(inside.clone().gt(lit(0))).then(number(inside) / length()).otherwise(lit(0.0))
}

/// Reports in `[from, to)`: `n` times the share of the interval in it. Its sums are O and `n_B`.
pub fn count(from: Day, to: Day) -> Expr {
    number(col("n")) * share(from, to)
}

/// Remaining weight of a past report at a date, 0 to 1: [`decay`](super::decay) by row.
pub fn decay(as_of: Day, half_life: f64) -> Expr {
    let left = |day: Expr| halved(lit(as_of.0) - day, half_life);
    let newest = left(earlier(col("end"), as_of));
    let oldest = left(col("start"));
    let mean = lit(half_life / LN_2) * (newest - oldest) / length();
    when(col("start").lt(lit(as_of.0))).then(mean).otherwise(lit(0.0))
}

/// Nearness of a dated event at a date, 0 to 1: [`nearness`](super::nearness) by row.
pub fn nearness(as_of: Day, half_life: f64, grace: i32) -> Expr {
    let (to_start, since_end) = (col("start") - lit(as_of.0), lit(as_of.0) - col("end"));
    let gap = when(to_start.clone().gt(since_end.clone())).then(to_start).otherwise(since_end.clone());
    let gap = when(gap.clone().gt(lit(0))).then(gap).otherwise(lit(0));
    when(since_end.gt(lit(grace))).then(lit(0.0)).otherwise(halved(gap, half_life))
}

/// 2^(−days/h).
fn halved(days: Expr, half_life: f64) -> Expr {
    lit(2.0).pow(number(days) / lit(-half_life))
}

fn length() -> Expr {
    number(col("end") - col("start"))
}

fn number(expr: Expr) -> Expr {
    expr.cast(DataType::Float64)
}

fn earlier(day: Expr, limit: Day) -> Expr {
    when(day.clone().lt(lit(limit.0))).then(day).otherwise(lit(limit.0))
}

fn later(day: Expr, limit: Day) -> Expr {
    when(day.clone().gt(lit(limit.0))).then(day).otherwise(lit(limit.0))
}
