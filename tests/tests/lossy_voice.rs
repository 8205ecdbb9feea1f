//! What is left of a voice in networks that lose packets, one by one and in bursts: by the stream that it has, and by the
//! datagrams that it could have. Nothing here hangs on the machine.
//!
//! `cargo test -p moot-tests --test lossy_voice -- --ignored --nocapture` prints the table of docs/DECISIONS.md. `MOOT_LOSSY=FOLDER`
//! keeps what was said and heard as WAV files, for other measures than STOI.

use moot_node::room::playout::DelayChoice;
use moot_tests::acoustics::{lag, level, stoi};
use moot_tests::lossy::{Listened, Network, Way, listen, packets};
use moot_tests::{speech, wav};
use std::path::PathBuf;

/// Seconds that are said.
const SECONDS: usize = 60;

/// Samples of a second.
const SECOND: usize = 48_000;

/// How much is compared at a time: 3 s, within which the delay seldom changes.
const WINDOW: usize = 3 * SECOND;

/// So much later, at most, is listened for what was said: half a second.
const LATEST: usize = SECOND / 2;

/// Windows that are quieter than this are pauses, in dBFS.
const PAUSE_DB: f64 = -45.0;

/// The ways that are compared.
const WAYS: [Way; 4] = [
    Way::Stream,
    Way::Datagrams { again: 0 },
    Way::Datagrams { again: 1 },
    Way::Datagrams { again: 2 },
];

/// How much is understood, at the mean of all windows, each compared where it is most alike.
fn understood(said: &[f32], heard: &[f32]) -> f64 {
    let windows = said.chunks_exact(WINDOW).enumerate().filter_map(|(number, said)| {
        let from = number * WINDOW;
        let heard = heard.get(from..(from + WINDOW + LATEST).min(heard.len()))?;
        if level(said) < PAUSE_DB || heard.len() < WINDOW {
            return None;
        }
        let late = usize::try_from(lag(said, heard)).unwrap_or(0).min(heard.len() - 1);
        let heard = &heard[late..];
        let length = heard.len().min(said.len());
        Some(stoi(&said[..length], &heard[..length]))
    });
    let scores: Vec<f64> = windows.collect();
    scores.iter().sum::<f64>() / scores.len() as f64
}

fn keep(name: &str, sound: &[f32]) {
    if let Some(folder) = std::env::var_os("MOOT_LOSSY") {
        let file = PathBuf::from(folder).join(name).with_extension("wav");
        wav::write(&file, sound).expect("the folder is there");
    }
}

#[test]
#[ignore = "two minutes of a processor: for the table"]
fn a_stream_loses_least_of_a_voice_in_bursts_and_datagrams_hear_it_sooner_on_long_ways() {
    let said = speech::with_clicks(SECONDS as f64, &[]);
    let packets = packets(&said);
    keep("said", &said);
    println!(
        "made up + restored from the next frame, mean delay, STOI. Stream | datagrams with 0, 1, 2 frames again"
    );
    for bursty in [false, true] {
        for loss in [0.0, 0.01, 0.05, 0.1] {
            for round_trip in [2.0, 20.0, 150.0] {
                let network = Network { loss, bursty, round_trip };
                let heard = WAYS.map(|way| listen(&packets, network, way, DelayChoice::Usual));
                let kind = if bursty { "bursts" } else { "single" };
                let name = format!("{kind}-{:.0}-{round_trip:.0}", loss * 100.0);
                let tell = |(way, heard): (usize, &Listened)| {
                    keep(&format!("{name}-{way}"), &heard.sound);
                    let Listened { concealed, recovered, delay_ms, sound } = heard;
                    let stoi = understood(&said, sound);
                    format!("{concealed:5.2} + {recovered:4.2} %, {delay_ms:3.0} ms, {stoi:.3}")
                };
                let row: Vec<_> = heard.iter().enumerate().map(tell).collect();
                println!("{kind} {:3.0} % {round_trip:3.0} ms: {}", loss * 100.0, row.join(" | "));
                decided(network, &heard);
            }
        }
    }
}

/// What the decision for streams rests on.
fn decided(network: Network, heard: &[Listened; 4]) {
    let [stream, .., twice] = heard;
    if network.loss == 0.0 {
        assert!(heard.iter().all(|heard| heard.concealed + heard.recovered == 0.0));
        assert!(stream.delay_ms < 45.0 + network.round_trip / 2.0, "{} ms", stream.delay_ms);
    } else if network.round_trip <= 20.0 {
        assert!(stream.concealed < 2.0, "{network:?}: {} % made up", stream.concealed);
        if network.bursty {
            assert!(stream.concealed < twice.concealed, "{network:?}");
        }
    }
}
