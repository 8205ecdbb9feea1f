//! What each frame cost, for whoever measures: on standard error when `MOOT_LOG` asks for
//! `moot_gui::frames=trace`. The bench `window` reads it.

use moot_node::room::stanza::PageTurn;
use std::time::Instant;
use tracing::trace;

/// Counts the frames.
#[derive(Debug)]
pub(super) struct Frames {
    opened: Instant,
    number: u64,
    /// The page that was turned to, and how many frames there had been.
    turned: Option<(PageTurn, u64)>,
}

impl Frames {
    /// None yet, in a window opened at this moment.
    pub(super) const fn new(opened: Instant) -> Self {
        Self { opened, number: 0, turned: None }
    }

    /// The meeting turned to a page.
    pub(super) const fn turned(&mut self, on: PageTurn) {
        self.turned = Some((on, self.number));
    }

    /// The panels have been drawn. `before`: what the whole frame before took of the UI thread,
    /// seconds; `shown`: the page on the stage, if its picture is here.
    pub(super) fn drawn(&mut self, before: Option<f32>, shown: Option<PageTurn>) {
        self.number += 1;
        let opened_ms = self.opened.elapsed().as_secs_f64() * 1e3;
        let before_ms = before.unwrap_or_default() * 1e3;
        trace!(target: "moot_gui::frames", number = self.number, opened_ms, before_ms, "frame");
        if let Some((on, then)) = self.turned.filter(|(on, _)| Some(*on) == shown) {
            self.turned = None;
            let frames = self.number - then;
            trace!(target: "moot_gui::frames", page = on.page, frames, "page shown");
        }
    }
}
