//! Libraries that panic on damaged files.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a reader of another library. If it panics over a damaged file, that is an error of the file. Its text is about the insides
/// of the library and says nothing to people.
pub(super) fn caught<T>(read: impl FnOnce() -> T) -> Result<T, String> {
    // A panic ends the reader too, so nothing is left half done.
    catch_unwind(AssertUnwindSafe(read)).map_err(|_panic| "the file is damaged: its decoder stopped".to_owned())
}
