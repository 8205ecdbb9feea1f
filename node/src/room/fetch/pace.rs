//! How much to ask for at once: as much as keeps a link busy and its queue short, after LEDBAT
//! (RFC 6817), driven by whoever receives.
//!
//! Whatever is asked for and not here yet is in flight, and what a link can't carry at once waits in
//! a queue in front of it. The voice, and a page that is turned to, wait behind that queue. So the
//! queue is what is measured: a part that takes longer from the asking to its coming than the
//! quickest one of that member has waited in it. The window grows while this is shorter than the
//! aim and shrinks while it is longer.
//!
//! There is a [`Pace`] for each member, whose way out may be the narrow place, and one for all
//! together, whose narrow place is one's own way in. They differ from RFC 6817 in that they grow and
//! shrink by a share of what arrives, not by a packet a round trip: on a laptop's network a round
//! trip takes from half a millisecond to a second, and a page is waited for.

use std::collections::VecDeque;
use std::time::Duration;

/// The wait that is aimed at while sound flows. A jitter buffer holds up to 200 ms and takes up what
/// varies by this much (measured: `document_meets_voice` of the scenarios).
const BESIDE_SOUND: Duration = Duration::from_millis(30);

/// The same in silence. A page that is turned to waits as long before it comes, and a laptop's radio
/// may sleep for 100 ms.
const IN_SILENCE: Duration = Duration::from_millis(120);

/// Bytes in flight at the start: 33 ms at 2 Mbit/s; doubled with each round trip.
const START: u64 = 2 * SMALLEST;

/// Fewest: one part after the other, for which a link of 1 Mbit/s takes much longer than for asking.
const LEAST: u64 = SMALLEST;

/// Most: 120 ms at 1 Gbit/s.
const MOST: u64 = 16 * 1024 * 1024;

/// Smallest part of a range: 32 ms at 1 Mbit/s. A question for it takes 120 bytes.
const SMALLEST: u64 = 4 * 1024;

/// Parts of which all have to tell of a queue before there is one (RFC 6817, `CURRENT_FILTER`): a
/// program that is not let run for a moment is none.
const FILTER: usize = 4;

#[derive(Debug)]
pub(super) struct Pace {
    window: u64,
    recent: VecDeque<Duration>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { window: START, recent: VecDeque::new() }
    }
}

impl Pace {
    /// Whether a part may be asked for when so many bytes are in flight.
    pub(super) fn has_room(&self, flying: u64) -> bool {
        flying == 0 || flying + self.part() <= self.window
    }

    /// Bytes to ask for in one part: a quarter of the window, so that something comes all the time.
    pub(super) fn part(&self) -> u64 {
        (self.window / 4).max(SMALLEST)
    }

    /// So many bytes have come that waited for `queued` in some queue, when `flying` were in flight.
    pub(super) fn arrived(&mut self, bytes: u64, queued: Duration, flying: u64, sound: bool) {
        if self.recent.len() == FILTER {
            self.recent.pop_front();
        }
        self.recent.push_back(queued);
        let aim = if sound { BESIDE_SOUND } else { IN_SILENCE }.as_secs_f64();
        let share = |wait: Duration| (1.0 - wait.as_secs_f64() / aim).max(-1.0);
        let least = self.recent.iter().min().copied().unwrap_or_default();
        // The last part alone is enough not to grow.
        let change = share(queued).max(share(least).min(0.0)) * bytes as f64;
        // What was not used says nothing about a wider one.
        if change < 0.0 || flying > self.window / 2 {
            self.window = self.window.saturating_add_signed(change as i64).clamp(LEAST, MOST);
        }
    }

    /// Something did not come.
    pub(super) fn lost(&mut self) {
        self.window = (self.window / 2).max(LEAST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in flight in the end over a link of `rate` bytes a second that is always asked for all
    /// that the window allows.
    fn settles(rate: f64, sound: bool) -> f64 {
        let mut pace = Pace::default();
        for _ in 0..2_000 {
            let flying = pace.window;
            let queued = Duration::from_secs_f64(flying as f64 / rate);
            pace.arrived(pace.part(), queued, flying, sound);
        }
        pace.window as f64 / rate
    }

    #[test]
    fn the_queue_is_as_long_as_it_is_meant_to_be_on_any_link() {
        for rate in [1e6, 2.5e6, 12.5e6, 100e6] {
            let (beside, alone) = (settles(rate, true), settles(rate, false));
            assert!((0.025..0.035).contains(&beside), "{rate}: {beside} s");
            assert!((0.1..0.13).contains(&alone), "{rate}: {alone} s");
        }
        assert!(settles(125e3, true) <= LEAST as f64 / 125e3, "as little as there is");
    }

    #[test]
    fn a_window_that_is_not_used_does_not_grow() {
        let mut pace = Pace::default();
        (0..1_000).for_each(|_| pace.arrived(1_000, Duration::ZERO, 1_000, false));
        assert_eq!(pace.window, START);
    }

    #[test]
    fn a_moment_without_a_processor_is_no_queue() {
        let mut pace = Pace::default();
        for n in 0..1_000 {
            let queued = Duration::from_millis(if n % 4 == 0 { 5 } else { 500 });
            pace.arrived(4_096, queued, pace.window, true);
        }
        assert!(pace.window > 50 * START, "{}", pace.window);
    }
}
