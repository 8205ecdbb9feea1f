//! The jitter buffer case by case, and under hostile input.

use super::jitter::*;
use crate::limits::FRAME_SAMPLES;
use crate::room::time::{LocalTime, MediaTime};
use proptest::prelude::*;
use std::time::Duration;

/// A SILK wideband 20 ms packet without redundancy.
fn packet(tag: u8) -> Vec<u8> {
    vec![9 << 3, 0, tag]
}

fn at(index: u64) -> MediaTime {
    MediaTime::from_samples(index * FRAME_SAMPLES)
}

fn ms(millis: u64) -> LocalTime {
    LocalTime::from_millis(millis)
}

/// A buffer that has played frames 0..`frames`, one each 20 ms from 1 000 ms on, and the time
/// of the next pull.
fn running(frames: u64) -> (JitterBuffer, u64) {
    let mut buffer = JitterBuffer::new(Tuning::steady(Duration::from_millis(20)));
    for i in 0..=frames {
        buffer.insert(ms(1000 + 20 * i), at(i), packet(i as u8));
        let pull = buffer.pull(ms(1000 + 20 * i));
        assert_eq!(pull.first, i.checked_sub(1).map(at), "block {i}");
    }
    (buffer, 1000 + 20 * (frames + 1))
}

#[test]
fn frames_that_come_by_the_clock_are_all_heard() {
    let (buffer, _) = running(1000);
    assert_eq!(buffer.counters().concealed + buffer.counters().late, 0);
    assert!((buffer.counters().delay_ms - 20.0).abs() < 0.1);
}

#[test]
fn a_lost_frame_with_followers_is_made_up_and_time_goes_on() {
    let (mut buffer, now) = running(10);
    buffer.insert(ms(now), at(12), packet(12));
    assert_eq!(buffer.pull(ms(now)).play, Play::Frame(packet(10)));
    let made_up = buffer.pull(ms(now + 20));
    assert_eq!(made_up, Pull { first: Some(at(11)), play: Play::Conceal });
    assert_eq!(buffer.pull(ms(now + 40)).first, Some(at(12)));
    assert_eq!(buffer.counters().concealed, 1);
}

#[test]
fn a_lost_frame_is_taken_from_the_next_ones_redundancy() {
    let (mut buffer, now) = running(10);
    let follower = vec![9 << 3, 0x40, 1];
    buffer.insert(ms(now), at(12), follower.clone());
    buffer.pull(ms(now));
    assert_eq!(buffer.pull(ms(now + 20)).play, Play::Fec(follower.clone()));
    assert_eq!(buffer.pull(ms(now + 40)).play, Play::Frame(follower));
    assert_eq!((buffer.counters().recovered, buffer.counters().concealed), (1, 0));
}

#[test]
fn a_late_frame_is_waited_for_and_heard() {
    let (mut buffer, now) = running(10);
    buffer.pull(ms(now));
    assert_eq!(buffer.pull(ms(now + 20)), Pull { first: None, play: Play::Conceal });
    buffer.insert(ms(now + 30), at(11), packet(11));
    assert_eq!(buffer.pull(ms(now + 40)).first, Some(at(11)));
    assert_eq!((buffer.counters().concealed, buffer.counters().late), (1, 0));
}

#[test]
fn after_a_stall_of_ten_seconds_playout_is_at_the_live_edge() {
    let (mut buffer, mut now) = running(100);
    for _ in 0..500 {
        buffer.pull(ms(now));
        now += 20;
    }
    let live = 100 + 501;
    for i in 101..=live {
        buffer.insert(ms(now), at(i), packet(i as u8));
    }
    let heard: Vec<_> = (0..20)
        .filter_map(|i| {
            buffer.insert(ms(now + 20 * i), at(live + i), packet(0));
            buffer.pull(ms(now + 20 * i)).first
        })
        .collect();
    let first = heard[0].samples() / FRAME_SAMPLES;
    assert!(live - first <= 3, "resumed {} frames behind", live - first);
    assert!(heard.windows(2).all(|w| w[1] == w[0].plus(FRAME_SAMPLES)), "{heard:?}");
    assert!(buffer.counters().late > 450, "{:?}", buffer.counters());
}

#[test]
fn the_end_of_speech_is_not_counted_as_concealed() {
    let (mut buffer, now) = running(50);
    for i in 0..100 {
        buffer.pull(ms(now + 20 * i));
    }
    assert_eq!(buffer.counters().concealed, 0);
    assert_eq!(buffer.pull(ms(now + 2000)), SILENCE);
}

#[test]
fn a_pause_is_not_counted_as_concealed() {
    for (paused, gap) in [(true, 50), (false, 50), (true, 5), (false, 5)] {
        let (mut buffer, now) = running(50);
        (0..gap).for_each(|i| drop(buffer.pull(ms(now + 20 * i))));
        if paused {
            buffer.resumes(at(50 + gap));
        }
        for i in 0..20 {
            let later = ms(now + 20 * (gap + i));
            buffer.insert(later, at(50 + gap + i), packet(1));
            buffer.pull(later);
        }
        let concealed = buffer.counters().concealed;
        assert_eq!(concealed == 0, paused, "{concealed}");
    }
}

#[test]
fn duplicates_and_late_frames_are_told_apart() {
    let (mut buffer, now) = running(10);
    assert_eq!(buffer.insert(ms(now), at(5), packet(5)), Arrival::Duplicate);
    assert_eq!(buffer.insert(ms(now), at(10), packet(10)), Arrival::Duplicate);
    buffer.insert(ms(now), at(12), packet(12));
    buffer.pull(ms(now));
    buffer.pull(ms(now + 20));
    assert_eq!(buffer.insert(ms(now + 25), at(11), packet(11)), Arrival::Late);
    assert_eq!(buffer.counters().late, 1);
}

#[test]
fn one_frame_from_the_far_future_changes_nothing() {
    let (mut buffer, now) = running(50);
    let far = MediaTime::from_samples(FRAME_SAMPLES << 30);
    assert_eq!(buffer.insert(ms(now), far, packet(0)), Arrival::Refused);
    assert_eq!(
        buffer.insert(ms(now), MediaTime::from_samples(u64::MAX), packet(0)),
        Arrival::Refused
    );
    buffer.insert(ms(now), at(51), packet(51));
    assert_eq!(buffer.pull(ms(now)).first, Some(at(50)));
    assert_eq!(buffer.pull(ms(now + 20)).first, Some(at(51)));
}

#[test]
fn a_talker_whose_clock_jumped_is_heard_again() {
    let (mut buffer, now) = running(50);
    for i in 0..20 {
        buffer.insert(ms(now + 20 * i), at(1_000_000 + i), packet(0));
        buffer.pull(ms(now + 20 * i));
    }
    assert!(buffer.pull(ms(now + 400)).first > Some(at(1_000_000)));
}

#[test]
fn a_way_that_became_longer_is_believed_after_a_second() {
    let (mut buffer, now) = running(50);
    let heard = (0..100)
        .filter_map(|i| {
            buffer.insert(ms(now + 500 + 20 * i), at(51 + i), packet(0));
            buffer.pull(ms(now + 500 + 20 * i)).first
        })
        .count();
    assert!(heard > 40, "{heard}");
}

proptest! {
    /// Whatever comes whenever: no panic, bounded memory, media time only moves on (between
    /// restarts), and each frame is heard at most once.
    #[test]
    fn hostile_frames_are_survived(
        frames in prop::collection::vec((0u64..60, any::<u64>(), 0u8..4), 1..400)
    ) {
        let mut buffer = JitterBuffer::new(Tuning::default());
        let mut now = 0;
        for (i, (wait, at, kind)) in (0u64..).zip(frames) {
            now += wait;
            let at = match kind {
                0 => i * FRAME_SAMPLES,
                1 => at % 1_000 * FRAME_SAMPLES,
                2 => at / FRAME_SAMPLES * FRAME_SAMPLES,
                _ => at,
            };
            buffer.insert(ms(now), MediaTime::from_samples(at), packet(i as u8));
            prop_assert!(buffer.held() <= HELD);
            for block in 0..wait / 20 {
                buffer.pull(ms(now + block * 20));
            }
        }
    }

    /// Any order and repetition within a second: heard frames come in order, once, unmodified.
    #[test]
    fn frames_are_heard_once_and_in_order(order in prop::collection::vec(0u64..40, 1..200)) {
        let mut buffer = JitterBuffer::new(Tuning::default());
        let mut heard = Vec::new();
        for (i, index) in (0u64..).zip(order) {
            buffer.insert(ms(i * 4), at(index), packet(index as u8));
            if i % 5 > 0 {
                continue;
            }
            match buffer.pull(ms(i * 4)) {
                Pull { first, play: Play::Frame(p) } => heard.push((first, p)),
                Pull { first, play: Play::Join(p, q) } => {
                    heard.push((first, p));
                    heard.push((first.map(|t| t.plus(FRAME_SAMPLES)), q));
                }
                _ => {}
            }
        }
        for pair in heard.windows(2) {
            prop_assert!(pair[0].0 < pair[1].0);
        }
        for (first, p) in heard {
            prop_assert_eq!(Some(at(u64::from(p[2]))), first);
        }
    }
}
