//! Ties of a run to the program around it: its wish to stop, its callback, and its own encoders.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use crate::output::OwnEncoders;
use crate::watch::{Cancelled, Watch};

/// Where a run stands, as [`Builder::on_progress`](super::Builder::on_progress) tells it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// Reports are being read; told after every batch of some thousand.
    Reading {
        /// Name of the input.
        input: &'a str,
        /// Bytes of this input read so far, as they lie on disk; 0 for a table in memory.
        bytes: u64,
        /// All bytes of this input, where they are known: not of a pipe, nor of formats that are not read from the front.
        total: Option<u64>,
        /// Records accepted so far, of all inputs.
        accepted: u64,
    },
    /// Reports are counted; the study area, indicators and context follow.
    Preparing {
        /// Indicators to bring onto the cells.
        indicators: usize,
    },
    /// Dates are being scored; one, unless it is a series.
    Scoring {
        /// Dates that are ready.
        done: usize,
        /// Dates in all.
        total: usize,
    },
    /// A statistic is being computed beside the score.
    Testing {
        /// Its name, such as `scan`.
        statistic: &'static str,
    },
    /// Results are being drawn and written.
    Writing {
        /// Number of results.
        results: usize,
    },
}

type Callback = dyn FnMut(Progress<'_>) -> ControlFlow<()> + Send;

/// The program around a run; clones share all of it.
#[derive(Clone, Default)]
pub(super) struct Embedder {
    pub(super) watch: Watch,
    /// Callback that is told of progress.
    pub(super) callback: Option<Arc<Mutex<Callback>>>,
    pub(super) encoders: OwnEncoders,
}

impl Embedder {
    /// Tells where the run stands. It is stopped if the callback breaks.
    pub(super) fn tell(&self, progress: Progress<'_>) -> Result<(), Cancelled> {
        if let Some(callback) = &self.callback {
            let mut callback = callback.lock().unwrap_or_else(PoisonError::into_inner);
            if callback(progress).is_break() {
                self.watch.stop();
            }
        }
        self.watch.check()
    }
}

impl fmt::Debug for Embedder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { watch, encoders, .. } = self;
        out.debug_struct("Embedder").field("watch", watch).field("encoders", encoders).finish_non_exhaustive()
    }
}
