//! Looks at the first bytes of a file.

use memchr::memmem;

/// True if a part is in them, in any case.
pub(super) fn has(head: &[u8], part: &str) -> bool {
    memmem::find(&head.to_ascii_lowercase(), part.to_ascii_lowercase().as_bytes()).is_some()
}

/// True if they begin with a part, in any case.
pub(super) fn begins(head: &[u8], part: &str) -> bool {
    head.get(..part.len()).is_some_and(|first| first.eq_ignore_ascii_case(part.as_bytes()))
}

/// True if they begin as XML does.
pub(super) fn is_xml(head: &[u8]) -> bool {
    head.starts_with(b"<")
}
