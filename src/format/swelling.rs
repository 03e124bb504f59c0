//! Compressed streams that swell beyond reason: no output grows without bound from a small input.

use std::io::{self, Read};

/// Counts the bytes that enter a decompressor.
pub(super) struct Counted<R> {
    inner: R,
    pub(super) read: u64,
}

impl<R> Counted<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, read: 0 }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read += n as u64;
        Ok(n)
    }
}

/// A decompressor that stops at an implausible ratio of output to input.
pub(super) struct Swelling<R> {
    inner: R,
    written: u64,
    read: fn(&R) -> u64,
}

impl<R> Swelling<R> {
    /// `read` is the number of bytes that a decompressor has taken.
    pub(super) fn new(inner: R, read: fn(&R) -> u64) -> Self {
        Self { inner, written: 0, read }
    }
}

/// Maximal bytes of output for a byte of input. Text files shrink to a tenth, repetitive ones to a fiftieth.
const MAX_RATIO: u64 = 100;

/// Output up to this size is always allowed: the ratio of a small file means little.
const ALWAYS_ALLOWED_BYTES: u64 = 16 << 20;

/// True for an implausible ratio of output to input.
pub(super) fn is_swollen(read: u64, written: u64) -> bool {
    written > ALWAYS_ALLOWED_BYTES && written / read.max(1) > MAX_RATIO
}

#[derive(Debug, thiserror::Error)]
#[error("{read} compressed bytes became more than {written}")]
pub(super) struct TooMuch {
    pub(super) read: u64,
    pub(super) written: u64,
}

impl<R: Read> Read for Swelling<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.written += n as u64;
        let read = (self.read)(&self.inner);
        if is_swollen(read, self.written) {
            return Err(io::Error::other(TooMuch { read, written: self.written }));
        }
        Ok(n)
    }
}
