//! What each frame cost, for whoever measures: on standard error when `MOOT_LOG` asks for
//! `moot_gui::frames=trace`. The bench `window` reads it.

use moot_node::room::stanza::PageTurn;
use std::time::{Duration, Instant};
use tracing::{Level, enabled, trace};

/// Counts the frames.
#[derive(Debug)]
pub(super) struct Frames {
    opened: Instant,
    number: u64,
    /// Processor time that this thread had taken when the panels had been drawn last.
    used: Option<Duration>,
    /// The page that was turned to, and how many frames there had been.
    turned: Option<(PageTurn, u64)>,
}

impl Frames {
    /// None yet, in a window opened at this moment.
    pub(super) const fn new(opened: Instant) -> Self {
        Self { opened, number: 0, used: None, turned: None }
    }

    /// The meeting turned to a page.
    pub(super) const fn turned(&mut self, on: PageTurn) {
        self.turned = Some((on, self.number));
    }

    /// The panels have been drawn. `before`: how long the whole frame before took by the wall clock,
    /// seconds; `shown`: the page on the stage, if its picture is here.
    pub(super) fn drawn(&mut self, before: Option<f32>, shown: Option<PageTurn>) {
        self.number += 1;
        if enabled!(target: "moot_gui::frames", Level::TRACE) {
            let opened_ms = self.opened.elapsed().as_secs_f64() * 1e3;
            let before_ms = before.unwrap_or_default() * 1e3;
            let used = processor_time();
            let since = used.zip(self.used).map(|(now, then)| now.saturating_sub(then));
            let used_ms = since.unwrap_or_default().as_secs_f64() * 1e3;
            self.used = used;
            let number = self.number;
            trace!(target: "moot_gui::frames", number, opened_ms, before_ms, used_ms, "frame");
        }
        if let Some((on, then)) = self.turned.filter(|(on, _)| Some(*on) == shown) {
            self.turned = None;
            let frames = self.number - then;
            trace!(target: "moot_gui::frames", page = on.page, frames, "page shown");
        }
    }
}

/// Processor time this thread has taken (Linux: the first number of its schedstat, ns).
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
