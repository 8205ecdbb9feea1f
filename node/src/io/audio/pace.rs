//! Keeping time: a thread that wakes by absolute deadlines, so that waiting never drifts.

use crate::io::clock::Clock;
use crate::room::time::LocalTime;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// Tells a paced thread to stop, and waits until it has.
#[derive(Debug)]
pub(super) struct PacedThread {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// The thread's end of it.
#[derive(Debug)]
pub(super) struct Pace {
    clock: Clock,
    stop: Arc<AtomicBool>,
}

impl PacedThread {
    /// Starts `run` on its own thread.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub(super) fn spawn(
        name: &str,
        clock: Clock,
        run: impl FnOnce(Pace) + Send + 'static,
    ) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let pace = Pace { clock, stop: Arc::clone(&stop) };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || run(pace))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for PacedThread {
    /// The thread ends within the block it is in; joining it closes its files.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic there was a bug and has been printed; stopping goes on.
            drop(thread.join());
        }
    }
}

impl Pace {
    /// Sleeps until `deadline`. `false`: stop now. Parking may end early, so it is repeated; it is
    /// never spun on, so a late wake-up costs its lateness and nothing else.
    pub(super) fn until(&self, deadline: LocalTime) -> bool {
        loop {
            if self.stop.load(Ordering::Acquire) {
                return false;
            }
            let left = self.clock.until(deadline);
            if left.is_zero() {
                return true;
            }
            thread::park_timeout(left);
        }
    }

    pub(super) fn now(&self) -> LocalTime {
        self.clock.now()
    }
}
