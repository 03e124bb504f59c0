//! Libraries that panic on damaged files.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a reader of another library. If it panics over a damaged file, the text of the panic is an error of the file.
pub(super) fn caught<T>(read: impl FnOnce() -> T) -> Result<T, String> {
    // A panic ends the reader too, so nothing is left half done.
    catch_unwind(AssertUnwindSafe(read)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        let text = text.unwrap_or("no reason given").lines().collect::<Vec<_>>().join(";");
        format!("the file is damaged: its decoder stopped with `{text}`")
    })
}
