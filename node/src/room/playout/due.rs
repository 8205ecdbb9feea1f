//! Which action falls due with which sound.
//!
//! An action carries its author's media time. A listener applies it when *their own playout* of
//! that author gets there. The queue is told what leaves the loudspeaker when
//! ([`DueQueue::playout`]), is polled, and says when to be polled next.
//!
//! Rules, in this order: an author's actions keep their order; without sound an action applies at
//! once; before its sound it is held, after it it applies at once; nothing is held longer than
//! [`HOLD`] beyond the moment its sound should have been heard.

use crate::limits::FRAME_SAMPLES;
use crate::room::id::MemberId;
use crate::room::time::{Epoch, LocalTime, MediaTime, samples_to_span};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How long an action waits for sound that does not come: page turns must never wait on lost
/// audio (DESIGN, Time). Also how long a talker counts as heard after the last block.
pub const HOLD: Duration = Duration::from_millis(500);

/// How long an action can wait in all, whatever its stamp says: honest ones are at most the jitter
/// buffer's ceiling (200 ms) and a stall ([`HOLD`]) ahead of their sound.
const HOLD_IN_ALL: Duration = Duration::from_secs(1);

/// Actions of one author held at a time: a pen makes 100 a second, and nothing is held longer
/// than [`HOLD_IN_ALL`]. More are let go, oldest first.
const HELD: usize = 1024;

/// An action to be applied now.
#[derive(Clone, Debug, PartialEq)]
pub struct Due<T> {
    /// What was pushed.
    pub item: T,
    /// Now minus the moment its sound is at the sink, in milliseconds; `None` when its sound is
    /// not heard here.
    pub offset_ms: Option<f64>,
}

/// Holds actions until their sound is heard.
#[derive(Debug)]
pub struct DueQueue<T> {
    own: Option<MemberId>,
    authors: BTreeMap<MemberId, Author<T>>,
}

#[derive(Debug)]
struct Author<T> {
    sound: Option<Sound>,
    /// Frames of this epoch arrive, and when the last one did.
    arriving: Option<(Epoch, LocalTime)>,
    held: VecDeque<Held<T>>,
}

/// The block of an author that was reported last.
#[derive(Debug, Clone, Copy)]
struct Sound {
    epoch: Epoch,
    /// Where unbroken playout began: actions before it have no sound here.
    began: MediaTime,
    first: MediaTime,
    at: LocalTime,
}

#[derive(Debug)]
struct Held<T> {
    epoch: Epoch,
    at: MediaTime,
    since: LocalTime,
    item: T,
}

enum Verdict {
    Apply(Option<f64>),
    Wait(LocalTime),
}

impl<T> DueQueue<T> {
    /// An empty queue. Actions of `own` apply at once: their author sees what she does.
    #[must_use]
    pub fn new(own: Option<MemberId>) -> Self {
        Self { own, authors: BTreeMap::new() }
    }

    /// Takes an action of `author`, stamped `epoch` and `at`. Push an author's actions in order.
    pub fn push(&mut self, author: MemberId, epoch: Epoch, at: MediaTime, now: LocalTime, item: T) {
        self.author(author).held.push_back(Held { epoch, at, since: now, item });
    }

    /// Frames of this epoch arrive (they need not be heard yet). So an action that overtakes the
    /// first words of a talker waits for them; without this it would apply at once.
    pub fn arriving(&mut self, author: MemberId, epoch: Epoch, now: LocalTime) {
        self.author(author).arriving = Some((epoch, now));
    }

    /// The 20 ms block whose first sample is `first` is due at the sink at local time `at`.
    pub fn playout(&mut self, author: MemberId, epoch: Epoch, first: MediaTime, at: LocalTime) {
        let author = self.author(author);
        let began = match author.sound {
            Some(before) if before.epoch == epoch && before.heard(at) => before.began,
            _ => first,
        };
        author.sound = Some(Sound { epoch, began, first, at });
    }

    /// Everything to be applied at `now`, each author's actions in their order.
    pub fn poll(&mut self, now: LocalTime) -> Vec<Due<T>> {
        let mut due = Vec::new();
        for (id, author) in &mut self.authors {
            let own = Some(*id) == self.own;
            while let Some(verdict) = author.verdict(own, now) {
                let Verdict::Apply(offset_ms) = verdict else { break };
                let held = author.held.pop_front().expect("the verdict was about the front");
                due.push(Due { item: held.item, offset_ms });
            }
        }
        self.authors.retain(|_, author| !author.idle(now));
        due
    }

    /// When to poll next, were nothing to happen before; `None` when nothing is held. Reports and
    /// pushes may bring it nearer.
    #[must_use]
    pub fn next_wake(&self, now: LocalTime) -> Option<LocalTime> {
        let wake = |(id, author): (&MemberId, &Author<T>)| {
            Some(match author.verdict(Some(*id) == self.own, now)? {
                Verdict::Apply(_) => now,
                Verdict::Wait(until) => until,
            })
        };
        self.authors.iter().filter_map(wake).min()
    }

    /// Number of actions held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.authors.values().map(|author| author.held.len()).sum()
    }

    fn author(&mut self, id: MemberId) -> &mut Author<T> {
        self.authors.entry(id).or_insert_with(|| Author {
            sound: None,
            arriving: None,
            held: VecDeque::new(),
        })
    }
}

impl<T> Author<T> {
    /// What is to happen to the oldest held action; `None` when none is held.
    fn verdict(&self, own: bool, now: LocalTime) -> Option<Verdict> {
        let held = self.held.front()?;
        if own || self.held.len() > HELD {
            return Some(Verdict::Apply(None));
        }
        let sound = self.sound.filter(|s| s.epoch == held.epoch && s.heard(now));
        Some(match sound {
            Some(sound) => sound.verdict(held, now),
            None => self.without_sound(held, now),
        })
    }

    fn without_sound(&self, held: &Held<T>, now: LocalTime) -> Verdict {
        match self.arriving {
            Some((epoch, last)) if epoch == held.epoch => {
                wait_until((last + HOLD).min(held.since + HOLD), now, None)
            }
            _ => Verdict::Apply(None),
        }
    }

    fn idle(&self, now: LocalTime) -> bool {
        let arriving = self.arriving.is_some_and(|(_, last)| now < last + HOLD);
        self.held.is_empty() && !arriving && !self.sound.is_some_and(|sound| sound.heard(now))
    }
}

impl Sound {
    /// Whether the talker is still being heard at `now`.
    fn heard(&self, now: LocalTime) -> bool {
        now <= self.at + samples_to_span(FRAME_SAMPLES) + HOLD
    }

    /// When sample `at` is at the sink, by this block.
    fn mapped(&self, at: MediaTime) -> LocalTime {
        let (at, first) = (at.samples(), self.first.samples());
        match at.checked_sub(first) {
            Some(ahead) => self.at + samples_to_span(ahead),
            None => self.at - samples_to_span(first - at),
        }
    }

    fn verdict<T>(&self, held: &Held<T>, now: LocalTime) -> Verdict {
        let mapped = self.mapped(held.at);
        let latest = held.since + HOLD_IN_ALL;
        if held.at < self.first.plus(FRAME_SAMPLES) {
            // Even a sound that is just about to come is not waited for longer than that.
            if mapped > latest {
                return wait_until(latest, now, None);
            }
            let offset = (held.at >= self.began).then(|| now.millis_after(mapped));
            return wait_until(mapped, now, offset);
        }
        let patience = (mapped + HOLD).min(latest);
        // One nanosecond later the sound counts as gone.
        let silence = self.at + samples_to_span(FRAME_SAMPLES) + HOLD + Duration::from_nanos(1);
        wait_until(patience.min(silence), now, None)
    }
}

fn wait_until(moment: LocalTime, now: LocalTime, offset_ms: Option<f64>) -> Verdict {
    if now >= moment { Verdict::Apply(offset_ms) } else { Verdict::Wait(moment) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ME: MemberId = MemberId([1; 32]);
    const ANNA: MemberId = MemberId([2; 32]);
    const EPOCH: Epoch = Epoch(7);

    fn ms(millis: u64) -> LocalTime {
        LocalTime::from_millis(millis)
    }

    fn media(millis: u64) -> MediaTime {
        MediaTime::from_samples(millis * 48)
    }

    fn queue() -> DueQueue<&'static str> {
        DueQueue::new(Some(ME))
    }

    #[test]
    fn without_sound_an_action_applies_at_once() {
        let mut queue = queue();
        queue.push(ANNA, EPOCH, media(100), ms(10), "turn");
        assert_eq!(queue.next_wake(ms(10)), Some(ms(10)));
        assert_eq!(queue.poll(ms(10)), [Due { item: "turn", offset_ms: None }]);
        assert_eq!(queue.next_wake(ms(10)), None);
    }

    #[test]
    fn sound_of_another_epoch_is_no_sound() {
        let mut queue = queue();
        queue.playout(ANNA, Epoch(8), media(0), ms(0));
        queue.push(ANNA, EPOCH, media(100), ms(10), "turn");
        assert_eq!(queue.poll(ms(10)).len(), 1);
    }

    #[test]
    fn an_action_waits_for_its_sample() {
        let mut queue = queue();
        queue.playout(ANNA, EPOCH, media(1000), ms(5000));
        queue.push(ANNA, EPOCH, media(1025), ms(5000), "turn");
        assert!(queue.poll(ms(5024)).is_empty(), "its block is not reported yet");
        queue.playout(ANNA, EPOCH, media(1020), ms(5020));
        assert_eq!(queue.next_wake(ms(5020)), Some(ms(5025)));
        assert!(queue.poll(ms(5024)).is_empty());
        assert_eq!(queue.poll(ms(5026)), [Due { item: "turn", offset_ms: Some(1.0) }]);
    }

    #[test]
    fn an_action_behind_its_sound_applies_at_once_and_says_how_late() {
        let mut queue = queue();
        queue.playout(ANNA, EPOCH, media(900), ms(4900));
        queue.playout(ANNA, EPOCH, media(1000), ms(5000));
        queue.push(ANNA, EPOCH, media(950), ms(5000), "turn");
        assert_eq!(queue.poll(ms(5010)), [Due { item: "turn", offset_ms: Some(60.0) }]);
    }

    #[test]
    fn an_action_from_before_the_first_sound_heard_has_no_offset() {
        let mut queue = queue();
        queue.playout(ANNA, EPOCH, media(1000), ms(5000));
        queue.push(ANNA, EPOCH, media(10), ms(5000), "turn");
        assert_eq!(queue.poll(ms(5000)), [Due { item: "turn", offset_ms: None }]);
    }

    #[test]
    fn sound_that_stalls_holds_no_longer_than_half_a_second() {
        let mut queue = queue();
        queue.playout(ANNA, EPOCH, media(1000), ms(5000));
        queue.push(ANNA, EPOCH, media(1100), ms(5010), "turn");
        let wake = queue.next_wake(ms(5010)).expect("held");
        assert!(queue.poll(ms(5500)).is_empty());
        assert!(wake <= ms(5600), "{wake:?}");
        assert_eq!(queue.poll(wake), [Due { item: "turn", offset_ms: None }]);
    }

    #[test]
    fn a_stamp_from_the_far_future_holds_no_longer_than_a_second() {
        let mut queue = queue();
        queue.push(ANNA, EPOCH, MediaTime::from_samples(u64::MAX), ms(0), "turn");
        for i in 0..49 {
            queue.playout(ANNA, EPOCH, media(20 * i), ms(20 * i));
            assert!(queue.poll(ms(20 * i)).is_empty());
        }
        assert_eq!(queue.poll(ms(1000)).len(), 1);
    }

    #[test]
    fn an_action_that_overtakes_the_first_words_waits_for_them() {
        let mut queue = queue();
        queue.arriving(ANNA, EPOCH, ms(100));
        queue.push(ANNA, EPOCH, media(30), ms(110), "turn");
        assert!(queue.poll(ms(160)).is_empty());
        queue.playout(ANNA, EPOCH, media(20), ms(180));
        assert_eq!(queue.next_wake(ms(180)), Some(ms(190)));
        assert_eq!(queue.poll(ms(190)), [Due { item: "turn", offset_ms: Some(0.0) }]);
    }

    #[test]
    fn ones_own_actions_apply_at_once() {
        let mut queue = queue();
        queue.playout(ME, EPOCH, media(0), ms(0));
        queue.push(ME, EPOCH, media(500), ms(0), "turn");
        assert_eq!(queue.poll(ms(0)), [Due { item: "turn", offset_ms: None }]);
    }

    #[test]
    fn an_authors_order_is_kept_though_stamps_run_backwards() {
        let mut queue = queue();
        queue.playout(ANNA, EPOCH, media(1000), ms(5000));
        queue.push(ANNA, EPOCH, media(1015), ms(5000), "first");
        queue.push(ANNA, EPOCH, media(500), ms(5000), "second");
        assert!(queue.poll(ms(5001)).is_empty());
        let items: Vec<_> = queue.poll(ms(5015)).into_iter().map(|due| due.item).collect();
        assert_eq!(items, ["first", "second"]);
    }

    #[test]
    fn a_flood_of_actions_is_let_go() {
        let mut queue = DueQueue::new(None);
        queue.playout(ANNA, EPOCH, media(0), ms(0));
        for i in 0..5000 {
            queue.push(ANNA, EPOCH, media(400), ms(0), i);
        }
        queue.poll(ms(0));
        assert_eq!(queue.held(), HELD);
    }

    proptest! {
        /// Whatever is pushed and reported: everything comes out, each author's actions in order,
        /// none later than a second, and none before its sound while that sound is heard.
        #[test]
        fn actions_meet_their_sound(
            script in prop::collection::vec((0u64..30, 0u8..4, 0u64..2000, any::<bool>()), 1..300)
        ) {
            let mut queue = DueQueue::new(None);
            let (mut now, mut next, mut reported) = (1000, 0, None);
            let mut pushed: Vec<(u64, u64)> = Vec::new();
            let mut applied = 0;
            for (wait, action, stamp, alive) in script {
                now += wait;
                match action {
                    0 => {
                        queue.push(ANNA, EPOCH, media(stamp), ms(now), pushed.len());
                        pushed.push((stamp, now));
                    }
                    _ if alive => {
                        queue.playout(ANNA, EPOCH, media(next), ms(now));
                        reported = Some((next, now));
                        next += 20;
                    }
                    _ => {}
                }
                for due in queue.poll(ms(now)) {
                    prop_assert_eq!(due.item, applied);
                    let (stamp, since) = pushed[applied];
                    applied += 1;
                    // A second, the rest of a block, and the step of this test.
                    prop_assert!(now - since <= 1000 + 20 + 30, "held {} ms", now - since);
                    if let (Some(offset), Some((first, at))) = (due.offset_ms, reported) {
                        prop_assert!(stamp < first + 20, "its sound was not reported yet");
                        let sound = at as f64 + stamp as f64 - first as f64;
                        prop_assert_eq!(offset, now as f64 - sound);
                        prop_assert!(offset >= 0.0);
                    }
                }
                let wake = queue.next_wake(ms(now));
                prop_assert_eq!(wake.is_some(), queue.held() > 0);
                prop_assert!(wake.is_none_or(|wake| wake > ms(now)));
            }
            prop_assert_eq!(queue.poll(ms(now + 1001)).len(), pushed.len() - applied);
        }
    }
}
