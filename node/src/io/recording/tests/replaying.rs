//! What was recorded, played again.

use super::*;

#[test]
fn a_replay_has_the_frames_and_entries_in_their_relation() {
    let folder = tempfile::tempdir().expect("a folder");
    let packets = packets(100);
    let mut recorder = Recorder::open(folder.path(), ms(500)).expect("opened");
    let entry = |seq| EntryRef { author: BERT, seq };
    feed(&mut recorder, &packets, 0..100, |index| index == 30);
    recorder.applied(entry(1), ms(1005));
    recorder.applied(entry(2), ms(2010));
    recorder.finish().expect("finished");
    let mut replay = Replay::open(folder.path()).expect("recorded");
    assert_eq!(replay.length(), std::time::Duration::from_millis(1510));
    assert_eq!(replay.next_at(), Some(std::time::Duration::from_millis(500)));
    let events: Vec<_> = replay.collect();
    assert_eq!(events.len(), 99 + 2);
    assert!(events.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    let place = |seq| events.iter().position(|(_, event)| *event == ReplayEvent::Entry(entry(seq)));
    assert_eq!(place(1), Some(1), "behind the frame that was heard at 1 000 ms");
    for (at, event) in &events {
        if let ReplayEvent::Frame { at: sample, opus, .. } = event {
            let index = sample.samples() / FRAME_SAMPLES;
            assert_eq!(opus, &packets[index as usize]);
            assert_eq!(at.as_millis() as u64, 500 + index * 20);
        }
    }
    let none = tempfile::tempdir().expect("a folder");
    assert!(matches!(Replay::open(none.path()), Err(ReplayError::NotRecorded(_))));
}

#[test]
fn recorded_sound_decodes_to_what_was_said() {
    let packets = packets(60);
    let mut decoder = Decoder::new().expect("libopus works");
    let loud = packets.iter().map(|packet| decoder.frame(packet));
    let power: f32 = loud.skip(10).flatten().map(|sample| sample * sample).sum();
    assert!((power / (50.0 * 960.0) - 0.125).abs() < 0.03, "a sine of 0.5 has power 1/8");
}

/// In real time, a second: recording → replay → playout → due queue.
#[test]
fn a_replayed_action_meets_its_sound() {
    use crate::io::audio::{Frame, NullSink, Playout, PlayoutEvent};
    use crate::io::clock::Clock;
    use crate::room::playout::DueQueue;
    let folder = tempfile::tempdir().expect("a folder");
    let packets = packets(50);
    let mut recorder = Recorder::open(folder.path(), ms(1000)).expect("opened");
    feed(&mut recorder, &packets, 0..50, |_| false);
    // Anna acted at frame 25 and a half; here it was applied when that was heard.
    let acted = media(25).plus(480);
    recorder.applied(EntryRef { author: ANNA, seq: 1 }, ms(1000 + 25 * 20 + 10));
    recorder.finish().expect("finished");

    let clock = Clock::start();
    let (playout, mut events) =
        Playout::start(Box::new(NullSink), REPLAY_TUNING, clock).expect("a thread");
    let mut replay = Replay::open(folder.path()).expect("recorded");
    let (input, mut due, begun) = (playout.input(), DueQueue::new(None), clock.now());
    let offset = loop {
        let now = clock.now();
        assert!(now.since(begun).as_secs() < 5, "nothing came of it");
        while replay.next_at().is_some_and(|at| begun + at <= now) {
            match replay.next().expect("it has a time").1 {
                ReplayEvent::Entry(entry) => due.push(entry.author, EPOCH, acted, now, entry),
                ReplayEvent::Frame { author, epoch, at, opus } => {
                    due.arriving(author, epoch, now);
                    assert!(input.frame(Frame { author, epoch, at, opus, arrived: now }));
                }
            }
        }
        while let Ok(event) = events.try_recv() {
            if let PlayoutEvent::Played(played) = event {
                due.playout(played.author, played.epoch, played.first, played.at);
            }
        }
        if let Some(applied) = due.poll(clock.now()).first() {
            break applied.offset_ms.expect("its sound was heard");
        }
        std::thread::park_timeout(std::time::Duration::from_millis(1));
    };
    println!("replayed action: {offset:.2} ms after its sound");
    // Half a block behind the report that names it: a late thread costs its lateness.
    assert!((0.0..40.0).contains(&offset), "{offset}");
}
