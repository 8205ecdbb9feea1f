//! The recording as a whole: written, killed, healed, filled, replayed, verified, and read by others.

use super::*;
use crate::io::audio::{Deck, Decoder, Encoder, Played, PlayerCommand};
use crate::room::id::EntryRef;
use crate::room::playback::Transport;
use crate::room::sound::{Pager, ReadyPage};
use crate::room::time::LocalTime;
use std::process::Command;

const ANNA: MemberId = MemberId([0xa; 32]);
const BERT: MemberId = MemberId([0xb; 32]);
const EPOCH: Epoch = Epoch(0x1234_5678);

fn ms(millis: u64) -> LocalTime {
    LocalTime::from_millis(millis)
}

/// Real packets, `frames` of them, of a rising tone.
fn packets(frames: u64) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new().expect("libopus works");
    let mut phase = 0.0_f32;
    let tone = |frame: u64| {
        std::array::from_fn(|_| {
            phase += (200.0 + frame as f32) / 48_000.0;
            0.5 * (phase.fract() * std::f32::consts::TAU).sin()
        })
    };
    (0..frames).map(tone).map(|block| encoder.encode(&block).expect("a block")).collect()
}

fn pages(packets: &[Vec<u8>]) -> Vec<ReadyPage> {
    let mut pager = Pager::new();
    let full: Vec<_> = (0..).zip(packets).flat_map(|(i, p)| pager.push(media(i), p)).collect();
    full.into_iter().chain(pager.flush()).collect()
}

fn log(pages: &[ReadyPage]) -> Vec<(MemberId, Epoch, crate::room::stanza::SoundPage)> {
    pages.iter().map(|page| (ANNA, EPOCH, page.announcement)).collect()
}

/// Feeds frames `range`, in real order and time, without those that `lost` says.
fn feed(
    recorder: &mut Recorder,
    packets: &[Vec<u8>],
    range: std::ops::Range<u64>,
    lost: impl Fn(u64) -> bool,
) {
    for index in range.filter(|&index| !lost(index)) {
        let now = ms(1000 + index * 20);
        let packet = &packets[index as usize];
        recorder.frame(ANNA, EPOCH, media(index), packet, now).expect("disk");
        recorder.played(&Played { author: ANNA, epoch: EPOCH, first: media(index), at: now });
    }
}

fn file(folder: &Path) -> PathBuf {
    sound_folder(folder).join(format!("{}.opus", stem(ANNA, EPOCH)))
}

fn read(folder: &Path) -> Vec<(u64, Option<Vec<u8>>)> {
    let frames = sound_file::frames(&file(folder)).expect("a file");
    frames.map(|frame| frame.map(|f| (f.index, f.packet)).expect("readable")).collect()
}

fn whole(packets: &[Vec<u8>]) -> Vec<(u64, Option<Vec<u8>>)> {
    (0..).zip(packets.iter().cloned().map(Some)).collect()
}

#[test]
fn what_was_said_is_in_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let packets = packets(175);
    let mut recorder = Recorder::open(folder.path(), ms(0)).expect("opened");
    recorder.name(ANNA, "Anna Łukasiewicz");
    feed(&mut recorder, &packets, 0..175, |_| false);
    recorder.finish().expect("finished");
    assert_eq!(read(folder.path()), whole(&packets));
    assert_eq!(sound_file::name_of(&file(folder.path())).as_deref(), Some("Anna Łukasiewicz"));
    let pages = pages(&packets);
    let report = verify_sound(folder.path(), &log(&pages)).expect("readable");
    let all_right = SoundReport { recorded: true, proved: 4, ..SoundReport::default() };
    assert_eq!(report, all_right);
}

#[test]
fn other_programs_accept_the_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let packets = packets(250);
    let mut recorder = Recorder::open(folder.path(), ms(0)).expect("opened");
    recorder.name(ANNA, "Anna");
    // Begins within its epoch, and has a hole.
    feed(&mut recorder, &packets, 70..250, |index| (120..180).contains(&index));
    recorder.finish().expect("finished");
    accepted(&file(folder.path()), 70, 250);

    // What a kill leaves is accepted as well.
    let folder = tempfile::tempdir().expect("a folder");
    let mut recorder = Recorder::open(folder.path(), ms(0)).expect("opened");
    feed(&mut recorder, &packets, 0..230, |_| false);
    let killed = tempfile::tempdir().expect("a folder");
    let path = killed.path().join("killed.opus");
    std::fs::copy(file(folder.path()), &path).expect("copied");
    accepted(&path, 0, 200);
}

/// Asks ffprobe and opusinfo where they are installed.
fn accepted(path: &Path, first: u64, end: u64) {
    let probe = Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "packet=pts,duration", "-of", "csv=p=0"])
        .arg(path)
        .output();
    match probe {
        Err(error) => println!("skipped: ffprobe is not installed ({error})"),
        Ok(probe) => {
            assert_eq!(String::from_utf8_lossy(&probe.stderr), "", "ffprobe complains");
            let lines = String::from_utf8_lossy(&probe.stdout).into_owned();
            let times: Vec<i64> =
                lines.lines().filter_map(|line| line.split(',').next()?.parse().ok()).collect();
            assert_eq!(times.len() as u64, PRE_ROLL + end - first);
            let position = (first * FRAME_SAMPLES) as i64;
            assert_eq!(times[PRE_ROLL as usize], position, "position is media time");
        }
    }
    match Command::new("opusinfo").arg(path).output() {
        Err(error) => println!("skipped: opusinfo is not installed ({error})"),
        Ok(info) => {
            let text = String::from_utf8_lossy(&info.stdout).into_owned();
            println!("{text}");
            // What a kill leaves has no last page: opusinfo calls that normal and yet exits with 1.
            assert!(info.status.success() || text.contains("EOS not set"), "{text}");
            assert!(text.contains("Pre-skip: 3840"), "{text}");
            let complaint =
                text.lines().find(|line| line.contains("WARNING") && !line.contains("EOS not set"));
            assert_eq!(complaint, None, "{text}");
        }
    }
}

/// The first sample that a player gives is the first of the first frame.
#[test]
fn decoded_by_others_a_file_is_exact_to_the_sample() {
    for first in [0, 70] {
        let folder = tempfile::tempdir().expect("a folder");
        let packets = packets(150);
        let mut recorder = Recorder::open(folder.path(), ms(0)).expect("opened");
        feed(&mut recorder, &packets, first..150, |_| false);
        recorder.finish().expect("finished");
        let wav = folder.path().join("decoded.wav");
        let file = file(folder.path());
        match Command::new("opusdec").args(["--quiet", "--float"]).arg(&file).arg(&wav).output() {
            Err(error) => return println!("skipped: opusdec is not installed ({error})"),
            Ok(done) => assert!(done.status.success(), "{done:?}"),
        }
        let mut decoder = Decoder::new().expect("libopus works");
        let ours: Vec<f32> =
            packets[first as usize..].iter().flat_map(|packet| decoder.frame(packet)).collect();
        let bytes = std::fs::read(&wav).expect("written");
        let data = bytes.windows(4).position(|four| four == b"data").expect("a WAV") + 8;
        let theirs: Vec<f32> = bytes[data..]
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
            .collect();
        let alike = ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-3);
        assert!(alike && theirs.len() >= ours.len(), "from frame {first}: shifted");
    }
}

#[test]
fn files_from_before_the_pre_roll_are_read() {
    let old = pages::OggPage {
        granule: 48_000 + 312,
        offset: 0,
        sequence: 2,
        packets: vec![vec![72]; 50],
    };
    assert_eq!(sound_file::first_of_page(&old), Some(0));
    let new = pages::OggPage {
        granule: 48_000 + 3840,
        offset: 0,
        sequence: 3,
        packets: vec![vec![72]; 50],
    };
    assert_eq!(sound_file::first_of_page(&new), Some(0));
    let pre_roll =
        pages::OggPage { granule: 48_000, offset: 0, sequence: 2, packets: vec![vec![72]; 4] };
    assert_eq!(sound_file::first_of_page(&pre_roll), None);
}

#[test]
fn frames_may_come_in_any_order_within_a_second() {
    let folder = tempfile::tempdir().expect("a folder");
    let packets = packets(150);
    let mut recorder = Recorder::open(folder.path(), ms(0)).expect("opened");
    // The first frame begins the file, so it comes first.
    for index in [0]
        .into_iter()
        .chain((1..150).map(|i| if i < 148 { (i - 1) / 7 * 7 + 7 - (i - 1) % 7 } else { i }))
    {
        recorder.frame(ANNA, EPOCH, media(index), &packets[index as usize], ms(5)).expect("disk");
        recorder.frame(ANNA, EPOCH, media(index), &packets[index as usize], ms(5)).expect("disk");
    }
    recorder.finish().expect("finished");
    assert_eq!(read(folder.path()), whole(&packets));
}

#[test]
fn a_power_cut_at_any_byte_costs_the_open_second_and_recording_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let packets = packets(250);
    let mut recorder = Recorder::open(folder.path(), ms(0)).expect("opened");
    feed(&mut recorder, &packets, 0..149, |_| false);
    let written = std::fs::read(file(folder.path())).expect("there");
    assert_eq!(read(folder.path()).len(), 100, "full seconds are on disk at once");
    drop(recorder);
    for cut in (0..written.len()).step_by(97) {
        std::fs::write(file(folder.path()), &written[..cut]).expect("written");
        let before = read(folder.path());
        let mut recorder = Recorder::open(folder.path(), ms(0)).expect("healed");
        feed(&mut recorder, &packets, 150..250, |_| false);
        recorder.finish().expect("finished");
        let after = read(folder.path());
        assert_eq!(after[..before.len()], before, "cut at {cut}");
        assert_eq!(after[after.len() - 100..], whole(&packets)[150..], "cut at {cut}");
        std::fs::remove_file(sound_folder(folder.path()).join("timeline")).expect("there");
    }
}

#[test]
fn fetched_pages_fill_the_holes_even_after_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let packets = packets(300);
    let pages = pages(&packets);
    let mut recorder = Recorder::open(folder.path(), ms(0)).expect("opened");
    // Joined at frame 60; lost some, and all of the fourth second.
    feed(&mut recorder, &packets, 60..300, |i| i % 13 == 5 || (150..200).contains(&i));
    let fault = verify_sound(folder.path(), &log(&pages)).expect("readable").faults[0];
    assert_eq!((fault.first, fault.kind), (Some(media(0)), FaultKind::Missing));
    let offer = |recorder: &mut Recorder, page: &ReadyPage| {
        recorder.page_blob(ANNA, EPOCH, &page.announcement, &page.bytes, ms(9000)).expect("disk")
    };
    assert!(offer(&mut recorder, &pages[0]), "before the first live frame");
    assert!(offer(&mut recorder, &pages[3]));
    assert!(!offer(&mut recorder, &pages[3]), "once is enough");
    drop(recorder);
    let mut recorder = Recorder::open(folder.path(), ms(0)).expect("healed");
    assert!(!offer(&mut recorder, &pages[3]), "worked in");
    for page in &pages {
        offer(&mut recorder, page);
    }
    recorder.finish().expect("finished");
    assert_eq!(read(folder.path()), whole(&packets));
    assert!(verify_sound(folder.path(), &log(&pages)).expect("readable").faults.is_empty());
}

#[test]
fn a_page_that_is_not_the_announced_one_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let pages = pages(&packets(100));
    let mut recorder = Recorder::open(folder.path(), ms(0)).expect("opened");
    let wrong = recorder.page_blob(ANNA, EPOCH, &pages[0].announcement, &pages[1].bytes, ms(0));
    assert!(matches!(wrong, Err(RecordError::Page(_))));
}

#[test]
fn a_clock_that_jumps_a_year_does_not_fill_the_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut recorder = Recorder::open(folder.path(), ms(0)).expect("opened");
    for index in [0, 1 << 40, 1, (1 << 40) + 1, u64::MAX / FRAME_SAMPLES] {
        recorder.frame(ANNA, EPOCH, media(index), &[0x48, 1], ms(5)).expect("disk");
    }
    recorder.finish().expect("finished");
    assert_eq!(read(folder.path()).len(), 2);
}

#[test]
fn any_flipped_byte_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let packets = packets(150);
    let pages = pages(&packets);
    let mut recorder = Recorder::open(folder.path(), ms(0)).expect("opened");
    feed(&mut recorder, &packets, 0..150, |_| false);
    recorder.finish().expect("finished");
    let bytes = std::fs::read(file(folder.path())).expect("there");
    let mut last = None;
    for at in (0..bytes.len()).step_by(11) {
        let mut bent = bytes.clone();
        bent[at] ^= 0x10;
        std::fs::write(file(folder.path()), &bent).expect("written");
        let faults = verify_sound(folder.path(), &log(&pages)).expect("readable").faults;
        assert_eq!(faults.len(), 1, "byte {at}");
        assert_eq!(faults[0].kind, FaultKind::Altered, "byte {at}");
        assert!(last <= Some(faults[0].first), "byte {at}: {} after {last:?}", faults[0]);
        last = Some(faults[0].first);
    }
    assert_eq!(last, Some(Some(media(100))));
}

#[test]
fn missing_reordered_and_forged_pages_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let packets = packets(200);
    let pages = pages(&packets);
    let mut recorder = Recorder::open(folder.path(), ms(0)).expect("opened");
    feed(&mut recorder, &packets, 0..200, |_| false);
    recorder.finish().expect("finished");
    let bytes = std::fs::read(file(folder.path())).expect("there");
    let starts: Vec<_> = bytes
        .windows(4)
        .enumerate()
        .filter(|(_, window)| window == b"OggS")
        .map(|(at, _)| at)
        .chain([bytes.len()])
        .collect();
    let page = |n: usize| bytes[starts[n]..starts[n + 1]].to_vec();
    let check = |order: &[usize], first: u64, kind: FaultKind| {
        let bent: Vec<u8> = order.iter().flat_map(|&n| page(n)).collect();
        std::fs::write(file(folder.path()), bent).expect("written");
        let faults = verify_sound(folder.path(), &log(&pages)).expect("readable").faults;
        assert_eq!((faults[0].first, faults[0].kind), (Some(media(first)), kind), "{order:?}");
    };
    check(&[0, 1, 2, 3, 5, 6], 50, FaultKind::Missing);
    check(&[0, 1, 2, 3, 5, 4, 6], 50, FaultKind::Reordered);
    check(&[0, 1, 2, 3, 4, 5], 150, FaultKind::Missing);
    // A file that is whole in itself but is not what the author signed.
    let forged = tempfile::tempdir().expect("a folder");
    let mut recorder = Recorder::open(forged.path(), ms(0)).expect("opened");
    let mut other = packets.clone();
    other[60][5] ^= 1;
    feed(&mut recorder, &other, 0..200, |_| false);
    recorder.finish().expect("finished");
    let faults = verify_sound(forged.path(), &log(&pages)).expect("readable").faults;
    assert_eq!((faults[0].first, faults[0].kind), (Some(media(50)), FaultKind::Altered));
}

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
    let power = |samples: &[f32]| samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32;
    assert!((power(&forwards[70 * 960..71 * 960]) - 0.125).abs() < 0.05, "made up");
    let mut again = vec![0.0; 960];
    sound.read(100 * 960 + 7, &mut again);
    let there = &forwards[100 * 960 + 7..101 * 960 + 7];
    let apart: f32 = again.iter().zip(there).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < 0.1, "{apart}");
    sound.read(-960, &mut again);
    assert_eq!(again, vec![0.0; 960], "before the beginning");
}
