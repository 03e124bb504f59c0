//! Letters of drives, with which paths of Windows begin. Settings travel, so that they are known on every system.

/// The rest of a path after the letter of a drive on Windows.
pub(crate) fn without_drive(path: &str) -> Option<&str> {
    path.strip_prefix(|letter: char| letter.is_ascii_alphabetic())?.strip_prefix(':')
}

/// True for a text that begins like `C:\`: its first colon belongs to the path.
pub(crate) fn begins_with_drive(text: &str) -> bool {
    without_drive(text).is_some_and(|rest| rest.starts_with(['/', '\\']))
}
