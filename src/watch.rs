//! Watch on a run: whether it was stopped from outside, and how much of an input is read.
//!
//! The threads of a run carry its watch, so that a stage asks [`check`] in its loops and hands nothing on.

use std::cell::RefCell;
use std::error::Error;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Watch on one run; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// Flag that somebody outside sets; several runs may share one.
    outside: Arc<AtomicBool>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    is_stopped: AtomicBool,
    /// Bytes read of the present input as it lies on disk, and all of them; 0 while these are not known.
    bytes: AtomicU64,
    total: AtomicU64,
}

thread_local! {
    static CARRIED: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// The run was stopped from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run was stopped before its end; no result was written")]
pub struct Cancelled;

/// Checks that the run of this thread goes on; so does a thread of no run.
///
/// # Errors
/// A run that was stopped.
pub(crate) fn check() -> Result<(), Cancelled> {
    CARRIED.with_borrow(|watch| watch.as_ref().map_or(Ok(()), Watch::check))
}

/// The watch of this thread's run.
pub(crate) fn carried() -> Watch {
    CARRIED.with_borrow(|watch| watch.clone().unwrap_or_default())
}

impl Watch {
    /// A watch on a flag as well.
    pub(crate) fn on(outside: Arc<AtomicBool>) -> Self {
        Self { outside, ..Self::default() }
    }

    /// Makes this the watch of the present thread.
    pub(crate) fn carry(self) {
        CARRIED.set(Some(self));
    }

    /// Stops this run, and no other that shares the flag.
    pub(crate) fn stop(&self) {
        self.shared.is_stopped.store(true, Ordering::Relaxed);
    }

    /// Checks that the run goes on.
    pub(crate) fn check(&self) -> Result<(), Cancelled> {
        let is_stopped = self.outside.load(Ordering::Relaxed) || self.shared.is_stopped.load(Ordering::Relaxed);
        if is_stopped { Err(Cancelled) } else { Ok(()) }
    }

    /// Begins an input of which nothing is read yet.
    pub(crate) fn begin_input(&self) {
        self.set_bytes(0);
        self.set_total(0);
    }

    /// Sets the bytes read of the present input.
    pub(crate) fn set_bytes(&self, bytes: u64) {
        self.shared.bytes.store(bytes, Ordering::Relaxed);
    }

    /// Sets the bytes that the present input has in all, 0 if unknown.
    pub(crate) fn set_total(&self, total: u64) {
        self.shared.total.store(total, Ordering::Relaxed);
    }

    /// Bytes read of the present input, and all of them where these are known. A file that is read twice counts once.
    pub(crate) fn bytes(&self) -> (u64, Option<u64>) {
        let (bytes, total) = (self.shared.bytes.load(Ordering::Relaxed), self.shared.total.load(Ordering::Relaxed));
        if total > 0 { (bytes.min(total), Some(total)) } else { (bytes, None) }
    }
}

/// A reader that counts, and fails once its run was stopped.
pub(crate) struct WatchedReader<R> {
    inner: R,
    watch: Watch,
}

impl<R> WatchedReader<R> {
    /// A reader watched by the run of this thread.
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, watch: carried() }
    }
}

impl<R: Read> Read for WatchedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.watch.check().map_err(io::Error::other)?;
        let n = self.inner.read(buffer)?;
        self.watch.shared.bytes.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// True if an error, or one of its causes, says that the run was stopped.
pub(crate) fn is_stop(error: &(dyn Error + 'static)) -> bool {
    // The source of an I/O error is that of the error within, and not that error itself.
    let within = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.is::<Cancelled>() || within.map_or_else(|| error.source().is_some_and(is_stop), |within| is_stop(within))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_stops_by_itself_or_with_all_that_share_a_flag() {
        let flag = Arc::new(AtomicBool::new(false));
        let (one, other) = (Watch::on(flag.clone()), Watch::on(flag.clone()));
        one.stop();
        assert_eq!((one.check(), other.check()), (Err(Cancelled), Ok(())));
        flag.store(true, Ordering::Relaxed);
        assert_eq!(other.check(), Err(Cancelled));
    }

    #[test]
    fn readers_count_and_stop() {
        let watch = Watch::default();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                watch.clone().carry();
                watch.set_total(10);
                let mut reader = WatchedReader::new(io::repeat(7));
                reader.read_exact(&mut [0; 4]).unwrap();
                assert_eq!(watch.bytes(), (4, Some(10)));
                watch.stop();
                assert!(is_stop(&reader.read(&mut [0; 4]).unwrap_err()));
                assert_eq!(check(), Err(Cancelled));
            });
        });
        assert_eq!(check(), Ok(()), "no run's thread");
    }
}
