//! Keeping time: a thread that wakes by absolute deadlines, so that waiting never drifts.

use crate::io::clock::Clock;
use crate::room::time::LocalTime;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::thread::{self, JoinHandle, Thread};

/// Tells a paced thread to stop, and waits until it has.
#[derive(Debug)]
pub(super) struct PacedThread {
    stop: Arc<AtomicBool>,
    resting: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Wakes a paced thread that rests. Clone it freely.
#[derive(Clone, Debug)]
pub(super) struct Alarm {
    resting: Arc<AtomicBool>,
    thread: Thread,
}

/// The thread's end of it.
#[derive(Debug)]
pub(super) struct Pace {
    clock: Clock,
    stop: Arc<AtomicBool>,
    resting: Arc<AtomicBool>,
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
        let (stop, resting) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let pace = Pace { clock, stop: Arc::clone(&stop), resting: Arc::clone(&resting) };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || run(pace))?;
        Ok(Self { stop, resting, thread: Some(thread) })
    }

    /// What wakes the thread when it rests; `None` once it was told to stop.
    pub(super) fn alarm(&self) -> Option<Alarm> {
        let thread = self.thread.as_ref()?.thread().clone();
        Some(Alarm { resting: Arc::clone(&self.resting), thread })
    }
}

impl Alarm {
    /// Wakes the thread if it rests. Call it after what it is woken for is in its queue.
    pub(super) fn ring(&self) {
        // Either the thread sees what was queued, or this sees that it rests.
        fence(Ordering::SeqCst);
        if self.resting.load(Ordering::Relaxed) {
            self.thread.unpark();
        }
    }

    /// Whether the thread rests, or is about to.
    #[cfg(test)]
    pub(super) fn rests(&self) -> bool {
        self.resting.load(Ordering::SeqCst)
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

    /// Rests, at no cost at all, until there is something to do; it is looked for at each [`Alarm`].
    /// `false`: stop now.
    pub(super) fn rest(&self, mut woken: impl FnMut() -> bool) -> bool {
        self.resting.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let mut stop = self.stop.load(Ordering::Acquire);
        while !stop && !woken() {
            thread::park();
            stop = self.stop.load(Ordering::Acquire);
        }
        self.resting.store(false, Ordering::Relaxed);
        !stop
    }

    pub(super) fn now(&self) -> LocalTime {
        self.clock.now()
    }
}
