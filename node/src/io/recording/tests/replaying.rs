//! What was recorded, played again.

use super::*;
use crate::io::audio::{Deck, PlayerCommand};
use crate::room::playback::Transport;

#[test]
fn recorded_sound_decodes_to_what_was_said() {
    let packets = packets(60);
    let mut decoder = Decoder::new().expect("libopus works");
    let loud = packets.iter().map(|packet| decoder.frame(packet));
    let power: f32 = loud.skip(10).flatten().map(|sample| sample * sample).sum();
    assert!((power / (50.0 * 960.0) - 0.125).abs() < 0.03, "a sine of 0.5 has power 1/8");
}

/// Sound with 40 ms of tone at each of these samples, as capture codes it.
fn marked(seconds: usize, marks: &[u64]) -> Vec<Vec<u8>> {
    let mut sound = vec![0.0; seconds * 48_000 + 960];
    for mark in marks {
        for i in 0..1920 {
            sound[*mark as usize + i] = 0.5 * (i as f32 * 0.13).sin();
        }
    }
    let mut encoder = Encoder::new().expect("libopus works");
    let frames = sound[crate::io::audio::LOOKAHEAD..].chunks_exact(960);
    frames.map(|chunk| encoder.encode(chunk.try_into().expect("a block")).expect("coded")).collect()
}

/// Plays a recording by a scripted clock at `speed`: when each entry was due and when each tone began
/// at the sink, in ms.
fn played(folder: &Path, stamps: &Stamps, speed: f32) -> (Vec<f64>, Vec<f64>) {
    let Recording { score, sound, .. } = Recording::open(folder, stamps).expect("recorded");
    let mut transport = Transport::new(&score);
    let mut deck = Deck::new(sound, score.length());
    deck.obey(PlayerCommand::Speed(speed));
    deck.obey(PlayerCommand::Play);
    let (mut due, mut heard) = (Vec::new(), Vec::new());
    let mut loud = f64::MIN;
    for number in 0_u64.. {
        let now = ms(number * 20);
        let (block, beat) = deck.block(now);
        transport.beat(beat);
        for (i, _) in block.iter().enumerate().filter(|(_, sample)| sample.abs() > 0.1) {
            let at = now.as_millis() as f64 + i as f64 / 48.0;
            if at > loud + 200.0 {
                heard.push(at);
            }
            loud = at;
        }
        let soon = ms(number * 20 + 20);
        due.extend(transport.due(soon).iter().map(|due| due.at.as_nanos() as f64 / 1e6));
        if transport.ends(soon) {
            return (due, heard);
        }
    }
    unreachable!("it ends")
}

type Stamps = std::collections::BTreeMap<EntryRef, (Epoch, MediaTime)>;

#[test]
fn a_replayed_action_meets_its_sound_at_each_speed() {
    let folder = tempfile::tempdir().expect("a folder");
    let marks: Vec<u64> = (1..9).map(|second| second * 48_000 + second * 371).collect();
    let packets = marked(10, &marks);
    let mut recorder = Recorder::open(folder.path(), ms(500)).expect("opened");
    feed(&mut recorder, &packets, 0..500, |_| false);
    let mut stamps = Stamps::new();
    for (seq, mark) in (1..).zip(&marks) {
        let entry = EntryRef { author: ANNA, seq };
        stamps.insert(entry, (EPOCH, MediaTime::from_samples(*mark)));
        // They came 60 ms before their sound was heard, the third one 2 s late.
        let late = if seq == 3 { 2_000 } else { 0 };
        recorder.applied(entry, ms(1000 + mark / 48 - 60 + late));
    }
    recorder.finish().expect("finished");
    for (speed, bound) in [(1.0, 3.0), (0.5, 20.0), (0.8, 20.0), (1.5, 20.0), (2.0, 20.0)] {
        let (due, heard) = played(folder.path(), &stamps, speed);
        assert_eq!((due.len(), heard.len()), (8, 8), "at {speed}");
        let off: Vec<f64> = due.iter().zip(&heard).map(|(due, heard)| due - heard).collect();
        println!("at {speed}: action − sound {off:.1?} ms");
        assert!(off.iter().all(|off| off.abs() < bound), "at {speed}: {off:?}");
        let first = (500.0 + marks[0] as f64 / 48.0) / f64::from(speed);
        assert!((heard[0] - first).abs() < bound, "at {speed}: {} for {first}", heard[0]);
    }
}

#[test]
fn a_recording_tells_when_who_spoke() {
    let folder = tempfile::tempdir().expect("a folder");
    // Noise is as long in bytes as speech, silence is not.
    let mut noise = 1_u32;
    let mut encoder = Encoder::new().expect("libopus works");
    let packets: Vec<Vec<u8>> = (0..500)
        .map(|frame| {
            let block = std::array::from_fn(|_| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let loud = (100..250).contains(&frame) || frame >= 400;
                if loud { (noise >> 16) as f32 / 65_536.0 - 0.5 } else { 0.0 }
            });
            encoder.encode(&block).expect("a block")
        })
        .collect();
    let mut recorder = Recorder::open(folder.path(), ms(1000)).expect("opened");
    feed(&mut recorder, &packets, 0..500, |_| false);
    recorder.finish().expect("finished");
    let recording = Recording::open(folder.path(), &Stamps::new()).expect("recorded");
    let seconds: Vec<_> = recording
        .spoken
        .iter()
        .map(|(_, from, to)| (from.samples() / 48_000, to.samples() / 48_000))
        .collect();
    assert_eq!(seconds, [(2, 5), (8, 10)]);
    let none = tempfile::tempdir().expect("a folder");
    let missing = Recording::open(none.path(), &Stamps::new());
    assert!(matches!(missing, Err(ReplayError::NotRecorded(_))));
}

/// Gaps are made up for as live, and a jump needs nothing from before it.
#[test]
fn any_place_sounds_as_it_was_heard() {
    use crate::room::playback::stretch::Input;
    let folder = tempfile::tempdir().expect("a folder");
    let packets = packets(150);
    let mut recorder = Recorder::open(folder.path(), ms(1000)).expect("opened");
    feed(&mut recorder, &packets, 0..150, |index| index == 70);
    recorder.finish().expect("finished");
    let mut sound = Recording::open(folder.path(), &Stamps::new()).expect("recorded").sound;
    let mut forwards = vec![0.0; 144_000];
    forwards.chunks_mut(960).zip(0..).for_each(|(block, i)| sound.read(i * 960, block));
    let mut decoder = Decoder::new().expect("libopus works");
    let live = (0..150).map(|frame| match frame {
        70 => decoder.recover(&packets[71]),
        frame => decoder.frame(&packets[frame]),
    });
    for (frame, (replayed, live)) in forwards.chunks(960).zip(live).enumerate() {
        assert!(replayed == live, "frame {frame}");
    }
    let mut again = vec![0.0; 960];
    sound.read(100 * 960 + 7, &mut again);
    let there = &forwards[100 * 960 + 7..101 * 960 + 7];
    let apart: f32 = again.iter().zip(there).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < 0.1, "{apart}");
    sound.read(-960, &mut again);
    assert_eq!(again, vec![0.0; 960], "before the beginning");
}
