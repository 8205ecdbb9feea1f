//! Scenarios take turns: eight nodes fill a small machine, and figures measured side by side lie.

use std::fs::File;

/// The right to use the machine; given back on drop, or when the process ends.
#[derive(Debug)]
pub struct Turn {
    _lock: File,
}

/// Waits for the scenario before to finish, in this process or another of the same build.
#[must_use]
pub fn take() -> Turn {
    let folder = crate::report::folder();
    let lock = File::create(folder.join("turn.lock")).expect("target folder is writable");
    lock.lock().expect("the system has file locks");
    Turn { _lock: lock }
}
