//! Waiting in real time: scenarios watch other processes, whose time cannot be injected.

use std::time::{Duration, Instant};

/// How often a condition without a wake-up of its own is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Returns at `moment` (CLOCK_MONOTONIC), not before.
pub fn until(moment: Instant) {
    while let Some(left) = moment.checked_duration_since(Instant::now()).filter(|d| !d.is_zero()) {
        std::thread::park_timeout(left);
    }
}

/// Returns after `span`.
pub fn span(span: Duration) {
    until(Instant::now() + span);
}

/// Looks until `look` finds something or `limit` has passed.
pub fn find<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() >= deadline {
            return None;
        }
        span(LOOK_AGAIN);
    }
}
