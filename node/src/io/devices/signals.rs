//! What a device's callback tells its source or sink, without waiting for it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// What `MOOT_LOG` asks for (`moot_node::delay=debug`) to be told each second where delay comes from.
pub(super) const STAGES: &str = "moot_node::delay";

/// Shared by a callback and the thread that moves samples the other way.
#[derive(Clone, Debug, Default)]
pub(super) struct Signals(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Between the air and the callback, in microseconds.
    latency: AtomicU32,
    /// Samples that a callback wanted and did not find.
    lacked: AtomicU32,
    /// Why no callback comes any more.
    failure: OnceLock<String>,
}

impl Signals {
    /// From the callback: how long sound takes between it and the air, as the system says.
    pub(super) fn latency_is(&self, latency: Duration) {
        let micros = u32::try_from(latency.as_micros()).unwrap_or(u32::MAX);
        self.0.latency.store(micros, Ordering::Relaxed);
    }

    /// How long sound takes between the callback and the air.
    pub(super) fn latency(&self) -> Duration {
        Duration::from_micros(u64::from(self.0.latency.load(Ordering::Relaxed)))
    }

    /// From the callback: so many samples were not there.
    pub(super) fn lacks(&self, samples: usize) {
        let samples = u32::try_from(samples).unwrap_or(u32::MAX);
        // A loudspeaker that rests lacks samples all the time: days of them are no more than a number that wraps.
        self.0.lacked.fetch_add(samples, Ordering::Relaxed);
    }

    /// Samples that were not there since this was asked last.
    pub(super) fn lacked(&self) -> usize {
        self.0.lacked.swap(0, Ordering::Relaxed) as usize
    }

    /// What a stream's error callback is told. What the system goes on after is no failure.
    pub(super) fn problem(&self, error: &cpal::Error) {
        use cpal::ErrorKind::{DeviceChanged, RealtimeDenied, Xrun};
        if !matches!(error.kind(), DeviceChanged | RealtimeDenied | Xrun) {
            // The first reason is the reason.
            let _ = self.0.failure.set(error.to_string());
        }
    }

    /// Why no callback comes any more, if so.
    pub(super) fn failure(&self) -> Option<&str> {
        self.0.failure.get().map(String::as_str)
    }
}
