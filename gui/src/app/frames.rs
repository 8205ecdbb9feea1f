//! What each frame cost, for whoever measures: on standard error when `MOOT_LOG` asks for
//! `moot_gui::frames=trace`. The bench `window` reads it.

use eframe::egui_glow::CallbackFn;
use egui::{Context, LayerId, PaintCallback};
use moot_node::room::stanza::PageTurn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tracing::{Level, enabled, trace};

/// Counts the frames.
#[derive(Debug)]
pub(super) struct Frames {
    opened: Instant,
    number: u64,
    /// Processor time that this thread had taken when the panels had been drawn last.
    used: Option<Duration>,
    /// And when the frame began: its panels, and then its shapes, are the window's own work.
    begun: Option<Duration>,
    /// And when the last one's shapes were handed to OpenGL, nanoseconds: what follows is the driver's
    /// work, which without a graphics card is to draw it.
    handed_over: Arc<AtomicU64>,
    /// What the last frame took of it until then.
    own: Option<Duration>,
    /// The page that was turned to, and how many frames there had been.
    turned: Option<(PageTurn, u64)>,
}

impl Frames {
    /// None yet, in a window opened at this moment.
    pub(super) fn new(opened: Instant) -> Self {
        Self {
            opened,
            number: 0,
            used: None,
            begun: None,
            handed_over: Arc::default(),
            own: None,
            turned: None,
        }
    }

    /// A frame begins.
    pub(super) fn begins(&mut self) {
        if enabled!(target: "moot_gui::frames", Level::TRACE) {
            let handed_over = Duration::from_nanos(self.handed_over.load(Ordering::Relaxed));
            self.own = self.begun.and_then(|begun| handed_over.checked_sub(begun));
            self.begun = processor_time();
        }
    }

    /// Notes when this frame's shapes will be handed to OpenGL.
    pub(super) fn hand_over(&self, ctx: &Context) {
        if !enabled!(target: "moot_gui::frames", Level::TRACE) {
            return;
        }
        let note = Arc::clone(&self.handed_over);
        let callback = CallbackFn::new(move |_, _| {
            let now = processor_time().unwrap_or_default().as_nanos();
            note.store(u64::try_from(now).unwrap_or_default(), Ordering::Relaxed);
        });
        // The lowest layer: it is the first thing that is drawn.
        let first = PaintCallback { rect: ctx.content_rect(), callback: Arc::new(callback) };
        ctx.layer_painter(LayerId::background()).add(first);
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
            let own_ms = self.own.unwrap_or_default().as_secs_f64() * 1e3;
            let number = self.number;
            trace!(target: "moot_gui::frames", number, opened_ms, before_ms, used_ms, own_ms, "frame");
        }
        if let Some((on, then)) = self.turned.filter(|(on, _)| Some(*on) == shown) {
            self.turned = None;
            let frames = self.number - then;
            trace!(target: "moot_gui::frames", page = on.page, frames, "page shown");
        }
    }
}

/// Processor time this thread has taken.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it is not known")]
fn processor_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    let taken = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanos) = (taken.tv_sec.unsigned_abs(), taken.tv_nsec.unsigned_abs());
    Some(Duration::from_secs(seconds) + Duration::from_nanos(nanos))
}

/// It is not known here.
#[cfg(not(unix))]
const fn processor_time() -> Option<Duration> {
    None
}
