//! Real microphones and loudspeakers, as far as a machine without a room has them: two laptops at one
//! PulseAudio, one of which hears a mouth and the other of which speaks into an ear.

use moot_tests::chance::Chance;
use moot_tests::gathering::{Gathering, PATIENCE};
use moot_tests::launch::Launch;
use moot_tests::net::Network;
use moot_tests::report::Report;
use moot_tests::sound_card::{self, SoundCard};
use moot_tests::stats::Sample;
use moot_tests::{acoustics, click, speech, turn, wav};
use std::path::PathBuf;
use std::time::Duration;

/// Seconds that are said.
const SECONDS: f64 = 20.0;

/// Clicks among them.
const CLICKS: usize = 30;

/// Seconds in which the loudspeaker alone is heard, and then somebody beside it.
const ALONE: f64 = 7.0;

/// Samples of a millisecond.
const MS: f64 = 48.0;

/// How long a device that is back may take to be used again.
const BACK: Duration = Duration::from_secs(10);

/// Says clicks for some seconds, notes how long after them they are heard, and gives what was said.
fn mouth_to_ear(
    meeting: &Gathering<'_>,
    card: &SoundCard,
    report: &mut Report,
    seconds: f64,
    count: usize,
) -> PathBuf {
    let clicks = click::plan(&mut Chance::from_env(11), 2.0, seconds - 2.0, count);
    let talk = meeting.file("talk.wav");
    speech::write(&talk, seconds, &clicks);
    let tape = card.tape(&meeting.file("tape.raw"));
    card.say(&talk);
    let (mouth, ear) = tape.finish();
    let (said, heard) = (click::find(&mouth), click::find(&ear));
    let way = |said: &usize| {
        let after = heard.iter().find(|heard| **heard > *said)?;
        Some((after - said) as f64 / MS).filter(|ms| *ms < 500.0)
    };
    let ways = Sample::of(said.iter().filter_map(way));
    report.at_least("clicks said", said.len() as f64, count as f64, "");
    report.at_least("of them heard", ways.len() as f64, count as f64 * 0.9, "");
    report.at_most("from mouth to ear, median", ways.median(), 75.0, "ms");
    report.at_most("from mouth to ear, p95", ways.rank(95.0), ways.median() + 15.0, "ms");
    talk
}

#[test]
fn a_processed_microphone_is_heard_a_little_later() {
    let _turn = turn::take();
    if !sound_card::possible() {
        return;
    }
    let network = Network::new(2);
    let mut meeting = Gathering::new(&network, "Processed");
    let card = SoundCard::new(&meeting.file(""));
    let at_card = |launch: Launch| launch.env("PULSE_SERVER", &card.address());
    meeting.host(|launch| at_card(launch).flag("--source").flag("mic:mic"));
    meeting.join(1, |launch| at_card(launch).flag("--sink").flag("speaker:ear"));
    meeting.joined(1, PATIENCE);
    let mut report = Report::new("devices-processed");
    mouth_to_ear(&meeting, &card, &mut report, SECONDS / 2.0, CLICKS / 3);
    meeting.close();
    report.finish();
}

#[test]
fn what_the_loudspeaker_plays_is_not_sent_back() {
    let _turn = turn::take();
    if !sound_card::possible() {
        return;
    }
    let network = Network::new(2);
    let mut meeting = Gathering::new(&network, "Echo");
    let card = SoundCard::new(&meeting.file(""));
    let (talk, near) = (meeting.file("talk.wav"), meeting.file("near.wav"));
    let heard = meeting.file("heard.wav");
    // Ben talks all the time; beside Ann's loudspeaker somebody begins to speak after a while.
    speech::write(&talk, 2.0 * ALONE, &[]);
    let words = speech::with_clicks(ALONE, &[]);
    let silence = std::iter::repeat_n(0.0, words.len());
    let words: Vec<f32> = silence.chain(words.iter().rev().copied()).collect();
    wav::write(&near, &words).expect("temporary folder is writable");
    let at_card = |launch: Launch| launch.env("PULSE_SERVER", &card.address());
    meeting.host(|launch| {
        let launch = at_card(launch).flag("--source").flag("mic:mic");
        launch.flag("--sink").flag("speaker:beside")
    });
    meeting.join(1, |launch| launch.with("--source", &talk).with("--sink", &heard));
    meeting.joined(1, PATIENCE);
    card.say(&near);
    meeting.close();
    let mut report = Report::new("devices-echo");
    let said = acoustics::level(&speech::with_clicks(ALONE, &[]));
    let (_, heard) = wav::read(&heard).expect("what Ben heard");
    // He hears from when he is there, and the silence before the words begins a little later.
    let second = |from: f64, to: f64| {
        let at = |seconds: f64| ((seconds * 1000.0 * MS) as usize).min(heard.len());
        acoustics::level(&heard[at(from)..at(to)]) - said
    };
    report.at_most("of what was played is sent back", second(0.5, ALONE - 1.0), -25.0, "dB");
    report.at_least("of words beside it", second(ALONE + 2.0, 2.0 * ALONE - 0.5), -12.0, "dB");
    report.finish();
}

#[test]
fn from_mouth_to_ear_by_devices_that_come_and_go() {
    let _turn = turn::take();
    if !sound_card::possible() {
        return;
    }
    let network = Network::new(2);
    let mut meeting = Gathering::new(&network, "Devices");
    let card = SoundCard::new(&meeting.file(""));
    let at_card = |launch: Launch| launch.env("PULSE_SERVER", &card.address());
    // Silence between clicks is to be heard as well.
    let plain = |launch: Launch| launch.flag("--processing").flag("off");
    meeting.host(|launch| plain(at_card(launch)).flag("--source").flag("mic:mic"));
    meeting.join(1, |launch| at_card(launch).flag("--sink").flag("speaker:ear"));
    meeting.joined(1, PATIENCE);
    let mut report = Report::new("devices");

    let talk = mouth_to_ear(&meeting, &card, &mut report, SECONDS, CLICKS);

    for (node, what) in [(0, "speaks_from"), (1, "plays_to")] {
        let mark = meeting.node(node).mark();
        if node == 0 {
            card.unplug_microphone();
        } else {
            card.unplug_loudspeaker();
        }
        let told = |kind: &'static str| {
            move |line: &moot_tests::event::Line| line.is("warning") && line.text("kind") == kind
        };
        assert!(meeting.node(node).wait(mark, PATIENCE, told("sound")).is_some(), "it is told");
        let plugged = std::time::Instant::now();
        if node == 0 {
            card.plug_microphone();
        } else {
            card.plug_loudspeaker();
        }
        let back = meeting.node(node).wait(mark, BACK, told(what)).expect("it comes back");
        let after = back.at.duration_since(plugged).as_secs_f64();
        report.at_most(&format!("{what} again after"), after, 1.0, "s");
    }
    let tape = card.tape(&meeting.file("tape.raw"));
    card.say(&talk);
    let (_, ear) = tape.finish();
    report.at_least(
        "clicks heard by devices that are back",
        click::find(&ear).len() as f64,
        CLICKS as f64 * 0.9,
        "",
    );
    meeting.close();
    report.finish();
}
