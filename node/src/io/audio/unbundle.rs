//! Bundles taken apart at the pace at which they were said: a jitter buffer that got a quarter of a second of
//! sound at once would take it for a stall, and wait for the next.

use crate::io::clock::Clock;
use crate::limits::FRAME_SAMPLES;
use crate::room::bundle::Bundle;
use crate::room::id::MemberId;
use crate::room::stanza::AudioFrame;
use crate::room::time::{LocalTime, samples_to_span};
use std::collections::BTreeMap;
use tokio::sync::mpsc;

/// Bundles that wait to be taken apart.
const BUNDLES: usize = 32;

/// Frames that wait for their moment: five seconds of eight talkers. More are a flood.
const FRAMES: usize = 2000;

/// The way in, for bundles as they come. The task ends when this is dropped.
#[derive(Clone, Debug)]
pub struct Unbundler {
    bundles: mpsc::Sender<(Bundle, LocalTime)>,
}

impl Unbundler {
    /// Starts the task on the current tokio runtime; `give` takes each frame at its moment.
    pub fn start(clock: Clock, give: impl Fn(MemberId, AudioFrame) + Send + 'static) -> Self {
        let (bundles, come) = mpsc::channel(BUNDLES);
        tokio::spawn(run(come, clock, give));
        Self { bundles }
    }

    /// A bundle came at `arrived`; what does not fit is dropped.
    pub fn take(&self, bundle: Bundle, arrived: LocalTime) {
        let _ = self.bundles.try_send((bundle, arrived));
    }
}

async fn run(
    mut come: mpsc::Receiver<(Bundle, LocalTime)>,
    clock: Clock,
    give: impl Fn(MemberId, AudioFrame),
) {
    let mut waiting = Waiting::default();
    loop {
        while let Some((author, frame)) = waiting.next(clock.now()) {
            give(author, frame);
        }
        let due = waiting.due().map(|due| clock.instant(due));
        let due = async {
            match due {
                Some(due) => tokio::time::sleep_until(due.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            bundle = come.recv() => match bundle {
                Some((bundle, arrived)) => waiting.take(bundle, arrived),
                None => return,
            },
            () = due => {}
        }
    }
}

/// Frames by their moment. Pure.
#[derive(Debug, Default)]
struct Waiting {
    frames: BTreeMap<(LocalTime, u64), (MemberId, AudioFrame)>,
    taken: u64,
}

impl Waiting {
    fn take(&mut self, bundle: Bundle, arrived: LocalTime) {
        let author = bundle.author;
        for (n, frame) in bundle.frames().enumerate() {
            if self.frames.len() >= FRAMES {
                break;
            }
            let at = arrived + samples_to_span(n as u64 * FRAME_SAMPLES);
            self.frames.insert((at, self.taken), (author, frame));
            self.taken += 1;
        }
    }

    fn due(&self) -> Option<LocalTime> {
        self.frames.keys().next().map(|(at, _)| *at)
    }

    fn next(&mut self, now: LocalTime) -> Option<(MemberId, AudioFrame)> {
        let first = self.frames.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::time::{Epoch, MediaTime};

    const ANN: MemberId = MemberId([1; 32]);

    fn bundle(first: u64) -> Bundle {
        let first = MediaTime::from_samples(first * FRAME_SAMPLES);
        let packets = vec![vec![1]; 12];
        Bundle { author: ANN, epoch: Epoch(1), first, resumes: false, packets }
    }

    #[test]
    fn frames_come_one_by_one_and_the_next_bundle_goes_on() {
        let mut waiting = Waiting::default();
        let ms = LocalTime::from_millis;
        waiting.take(bundle(0), ms(240));
        waiting.take(bundle(12), ms(480));
        let mut given = Vec::new();
        while let Some(due) = waiting.due() {
            assert_eq!(waiting.next(LocalTime::from_nanos(due.as_nanos() - 1)), None);
            let (_, frame) = waiting.next(due).expect("it is due");
            given.push((frame.at.samples() / FRAME_SAMPLES, due));
        }
        let expected: Vec<_> = (0..24).map(|n| (n, ms(240 + 20 * n))).collect();
        assert_eq!(given, expected);
    }

    #[test]
    fn a_flood_costs_no_more_than_the_bound() {
        let mut waiting = Waiting::default();
        (0..1000).for_each(|n| waiting.take(bundle(12 * n), LocalTime::START));
        assert_eq!(waiting.frames.len(), FRAMES);
    }
}
