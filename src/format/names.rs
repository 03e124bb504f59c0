//! Column names: folded for comparison, and listed for messages.

/// Lower case, with runs of anything but letters and digits as one `_`.
pub(crate) fn folded(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

/// The first 30 names of a list, and the number of the others.
pub(crate) fn listed(names: &[String]) -> String {
    const MAX_NAMES: usize = 30;
    if names.is_empty() {
        return "none".to_owned();
    }
    let more = if names.len() > MAX_NAMES { format!(", and {} more", names.len() - MAX_NAMES) } else { String::new() };
    names.iter().take(MAX_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ") + &more
}
