//! A recorded meeting: files that other programs accept, whole where live frames were lost, replayed
//! with page and sound in the same relation, and proof against a flipped byte.

use moot_tests::chance::Chance;
use moot_tests::event::Line;
use moot_tests::gathering::{Gathering, NAMES, PATIENCE, files, holds};
use moot_tests::launch::Launch;
use moot_tests::listen::Listener;
use moot_tests::net::Network;
use moot_tests::offsets::{HEAD, Offsets};
use moot_tests::report::Report;
use moot_tests::talk::{LEAD_IN_SECS, Talk};
use moot_tests::{shell, turn, wait};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Pages of the deck on show.
const PAGES: u32 = 10;

/// Seconds of actions.
const SECONDS: f64 = 20.0;

/// Steps of 16 bits by which opusdec's output may differ from our decoder's: it rounds, shapes its
/// noise, and is another build of libopus (17 measured). A frame that is missing differs by hundreds.
const ROUNDING: f64 = 64.0;

/// Said once, so that a byte of a certain entry can be found on disk.
const WORD: &str = "pelican-in-the-record";

#[test]
fn a_recording_is_whole_accepted_replayed_and_proved() {
    let _turn = turn::take();
    let network = Network::new(3);
    if !network.can("losing frames") {
        return;
    }
    let talk = Talk::new(&mut Chance::from_env(10), SECONDS, 20, u64::from(PAGES));
    let mut meeting = Gathering::new(&network, "Recorded");
    let ears = talk.open_with(&mut meeting, PAGES, 1..3, |_, launch| launch.flag("--record"));
    // What the recorder misses live it must fetch afterwards.
    network.loss(2, 200);
    meeting.node(1).command(&format!("say {WORD}"));
    talk.over(&meeting);
    network.loss(2, 0);
    meeting.must_agree(Duration::from_secs(5));
    wait::span(Duration::from_secs(8));
    meeting.close();
    drop(ears);
    let mut report = Report::new("recording");
    let folder = meeting.data(2).join("meetings").join(meeting.id());
    let sounds = sounds(&folder);
    assert!(!sounds.is_empty(), "no sound below {}: {:?}", folder.display(), files(&folder));
    accepted(&sounds, &talk, &mut report);
    replayed(&network, &meeting, &folder, &talk, &mut report);
    proved(&network, &folder, &sounds);
    report.finish();
}

/// The Ogg files of a meeting's folder, largest last.
fn sounds(folder: &Path) -> Vec<PathBuf> {
    let starts_ogg =
        |file: &PathBuf| std::fs::read(file).is_ok_and(|bytes| bytes.starts_with(b"OggS"));
    let mut sounds: Vec<PathBuf> = files(folder).into_iter().filter(starts_ogg).collect();
    sounds.sort_by_key(|file| std::fs::metadata(file).map_or(0, |data| data.len()));
    sounds
}

/// Other people's programs read the files, and every click is in them where it was spoken.
fn accepted(sounds: &[PathBuf], talk: &Talk, report: &mut Report) {
    let talked = sounds.last().expect("there is one").display().to_string();
    for file in sounds.iter().map(|file| file.display().to_string()) {
        if shell::find("opusinfo").is_some() {
            let said = shell::run(&["opusinfo", &file]).expect("opusinfo accepts the file");
            assert!(!said.to_lowercase().contains("warning"), "{said}");
        }
        if shell::find("ffprobe").is_some() {
            let line =
                ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"];
            let seconds =
                shell::run(&[&line[..], &[&file]].concat()).expect("ffprobe accepts the file");
            println!("  {file}: {} s", seconds.trim());
        }
    }
    if shell::find("opusdec").is_none() {
        println!("skipped: opus-tools is not installed");
        return;
    }
    let out = tempfile::tempdir().expect("temporary folder is writable");
    let wav = out.path().join("recorded.wav");
    shell::run(&["opusdec", "--quiet", &talked, &wav.display().to_string()]).expect("opusdec");
    let (_, samples) = moot_tests::wav::read(&wav).expect("opusdec writes WAV");
    // Each frame of the talk is in the file, in its place, as the talker's codec made it.
    let alone = talk.coded();
    let (from, until) = (LEAD_IN_SECS, LEAD_IN_SECS + SECONDS);
    let during = (from * 48_000.0) as usize..(until * 48_000.0) as usize;
    assert!(samples.len() >= during.end, "the file ends after {} samples", samples.len());
    let pairs = samples[during.clone()].iter().zip(&alone[during]);
    let farthest = pairs.map(|(there, here)| (there - here).abs()).fold(0.0, f32::max);
    let steps = f64::from(farthest) * 32_768.0;
    report.at_most("|recording − the codec alone|, max", steps, ROUNDING, "steps of 16 bits");
    let clicks = moot_tests::click::pair(&talk.clicks, &moot_tests::click::find(&samples));
    let heard = 100.0 * clicks.len() as f64 / talk.clicks.len() as f64;
    // 20 % of the frames never came live; a recording made of what came would miss many clicks.
    report.at_least("clicks in the recording of the laptop that lost 20 %", heard, 100.0, "%");
    // Sample n of the file is sample n of the source: only the instrument's own error is left.
    let moved = clicks.iter().map(|(i, f)| *f as f64 - talk.clicks[*i] as f64);
    let moved = moot_tests::stats::Sample::of(moved.map(|samples| samples / 48.0)).absolute();
    report.at_most("|file position − media time|, median", moved.median(), 0.1, "ms");
    report.at_most("|file position − media time|, max", moved.max(), 0.5, "ms");
}

/// `play` shows each action when its click sounds.
fn replayed(
    network: &Network,
    meeting: &Gathering<'_>,
    folder: &Path,
    talk: &Talk,
    report: &mut Report,
) {
    let ear = Listener::at(&meeting.file("replay.wav"));
    let player = Launch::new(network, 2, "play", &["play"]).with_word(folder);
    let player = player.with("--sink", ear.path()).start();
    let limit = Duration::from_secs_f64(LEAD_IN_SECS + SECONDS + 30.0);
    assert_eq!(player.exit_code(limit), Some(0), "{}", player.tail());
    let offsets = Offsets::measure(&talk.clicks, &player.lines(), &ear.finish());
    report.table(&HEAD, &[offsets.row("play")]);
    let size = offsets.measured().absolute();
    report.at_most("replay: |action − sound|, median", size.median(), 10.0, "ms");
    report.at_most("replay: |action − sound|, p99", size.p99(), 40.0, "ms");
    report.at_most("replay: actions that never showed", offsets.missing as f64, 0.0, "");
    report.at_most("replay: clicks not heard", offsets.unheard as f64, 0.0, "");
}

/// `verify` passes the folder as it is, and names what one flipped byte has altered.
fn proved(network: &Network, folder: &Path, sounds: &[PathBuf]) {
    let (code, said) = verify(network, folder);
    assert_eq!(code, Some(0), "a clean folder: {said}");
    let sound = sounds.last().expect("there is one");
    let middle = std::fs::metadata(sound).expect("just read").len() as usize / 2;
    let (code, said) = with_flipped(sound, middle, || verify(network, folder));
    println!("  sound byte {middle}: {said}");
    assert_eq!(code, Some(1), "a flipped byte of sound: {said}");
    let entry = files(folder).into_iter().find(|file| {
        std::fs::read(file).is_ok_and(|bytes| find(&bytes, WORD.as_bytes()).next().is_some())
    });
    let log = entry.expect("the log holds what was said");
    let bytes = std::fs::read(&log).expect("just read");
    let places: Vec<usize> = find(&bytes, WORD.as_bytes()).collect();
    // Old copies of a database page may hold the words as well; the living one must be noticed.
    let verdicts: Vec<(Option<i32>, String)> =
        places.iter().map(|at| with_flipped(&log, at + 3, || verify(network, folder))).collect();
    println!("  entry bytes {places:?}: {verdicts:?}");
    assert!(verdicts.iter().any(|(code, _)| *code == Some(1)), "no flipped byte was noticed");
    let (code, said) = verify(network, folder);
    assert_eq!(code, Some(0), "whole again: {said}");
    assert!(holds(folder, WORD.as_bytes()));
}

fn verify(network: &Network, folder: &Path) -> (Option<i32>, String) {
    let verify = Launch::new(network, 0, "verify", &["verify"]).with_word(folder).start();
    let code = verify.exit_code(PATIENCE);
    let said = verify.lines().iter().map(|line: &Line| line.body.to_string()).collect::<Vec<_>>();
    (code, said.join(" "))
}

/// Runs `check` while the byte at `place` of `file` has one bit turned.
fn with_flipped<T>(file: &Path, place: usize, check: impl FnOnce() -> T) -> T {
    let whole = std::fs::read(file).expect("readable");
    let mut bent = whole.clone();
    bent[place] ^= 1;
    std::fs::write(file, bent).expect("writable");
    let result = check();
    std::fs::write(file, whole).expect("writable");
    result
}

fn find<'a>(bytes: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    bytes.windows(needle.len()).enumerate().filter(move |(_, w)| *w == needle).map(|(at, _)| at)
}

#[test]
fn who_recorded_nothing_has_no_sound_on_disk() {
    let _turn = turn::take();
    let network = Network::new(2);
    let mut meeting = Gathering::new(&network, "Unrecorded");
    meeting.host(|launch| launch.with("--source", "tone"));
    meeting.all_join(|_, launch| launch);
    let _heard = meeting.node(1).event("audio", PATIENCE);
    wait::span(Duration::from_secs(3));
    meeting.close();
    for node in [0, 1] {
        let sounds = sounds(&meeting.data(node));
        assert!(sounds.is_empty(), "{} kept {sounds:?} unasked", NAMES[node]);
    }
}
