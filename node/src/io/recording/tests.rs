//! The recording as a whole: written, killed, healed, filled, replayed, verified, and read by others.

mod replaying;

use super::*;
use crate::io::audio::{Decoder, Encoder, Played};
use crate::room::id::EntryRef;
use crate::room::sound::{Pager, ReadyPage};
use crate::room::time::LocalTime;
use std::process::Command;

const ANNA: MemberId = MemberId([0xa; 32]);
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
