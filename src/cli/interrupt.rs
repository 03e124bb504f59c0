//! Ctrl-C, a closed terminal, a request to end: the run is asked to stop, and is ended within a second if it does not.

use std::process;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

#[cfg(unix)]
use signal_hook::consts::SIGHUP;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::register_usize;

use super::console::Console;
use crate::error::Cancelled;
use crate::output;

/// Signals with the exit codes that shells give programs ended by them.
const SIGNALS: &[(i32, u8)] = &[
    (SIGINT, 130),
    (SIGTERM, 143),
    // Windows has none for a terminal that is closed.
    #[cfg(unix)]
    (SIGHUP, 129),
    #[cfg(windows)]
    (SIGBREAK, 130),
];
/// Ctrl-Break in the C library of Windows.
#[cfg(windows)]
const SIGBREAK: i32 = 21;
/// Time between two looks for a signal.
const PAUSE: Duration = Duration::from_millis(20);
/// Time that a run has to end by itself: a page being drawn, or a pipe that sends nothing, would not.
const GRACE: Duration = Duration::from_millis(300);

/// Exit code of the signal that came; 0 before.
static SIGNAL: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);
/// Flag that stops the run.
static FLAG: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Flag by which engines are told to stop.
pub(super) fn flag() -> Arc<AtomicBool> {
    FLAG.clone()
}

/// Exit code of a stopped run.
pub(super) fn exit_code() -> u8 {
    SIGNALS.iter().find(|(_, code)| usize::from(*code) == SIGNAL.load(Ordering::Relaxed)).map_or(130, |(_, code)| *code)
}

/// Watches for signals from here on. Where one cannot be watched for, it ends the program as usual.
pub(super) fn watch_signals(console: Console) {
    let ignored = ignored();
    for (signal, code) in SIGNALS.iter().filter(|(signal, _)| ignored >> (signal - 1) & 1 == 0) {
        let _ends_as_usual = register_usize(*signal, SIGNAL.clone(), (*code).into());
    }
    thread::spawn(move || {
        while SIGNAL.load(Ordering::Relaxed) == 0 {
            thread::sleep(PAUSE);
        }
        FLAG.store(true, Ordering::Relaxed);
        thread::sleep(GRACE);
        output::abandon_all();
        console.error(&Cancelled.into());
        #[expect(clippy::exit, reason = "the thread that works cannot be ended in any other way")]
        process::exit(exit_code().into());
    });
}

/// Signals, by bit, that this program was started to ignore, as `nohup` does with that of a closed terminal. Linux alone tells.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
