//! What a second of sound costs: it must stay far under a second of one core.
//!
//! `cargo bench -p moot-benches --bench sound`. A talker costs one `encode_second`; a listener one
//! `decode_second` and one `jitter_second` for each talker. Under 25 ms, 10 ms and 1 ms on the
//! machine of the issue (2 shared cores); copying the same bytes is the floor. A microphone's processing is
//! `voice_second`, a hundred pieces of 10 ms, beside `encode_second` of the same sound: under 25 ms.

use divan::{Bencher, black_box};
use moot_node::io::audio::{BLOCK, Block, Decoder, Encoder};
use moot_node::io::voice::{Chain, PIECE, Piece, QUIET, Sonora, Switches};
use moot_node::room::playout::{DelayChoice, JitterBuffer};
use moot_node::room::sound::{Page, Pager};
use moot_node::room::time::{LocalTime, MediaTime};

fn main() {
    divan::main();
}

/// A second of something like a voice: a gliding tone with overtones and noise.
fn blocks() -> Vec<Block> {
    let (mut phase, mut noise) = (0.0_f32, 1_u32);
    (0..50)
        .map(|block| {
            std::array::from_fn(|_| {
                phase = (phase + (120.0 + block as f32) / 48_000.0).fract();
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let tone: f32 = (1..8)
                    .map(|n| (phase * n as f32 * std::f32::consts::TAU).sin() / n as f32)
                    .sum();
                tone * 0.2 + ((noise >> 16) as f32 / 65_536.0 - 0.5) * 0.05
            })
        })
        .collect()
}

fn packets() -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new().expect("libopus works");
    blocks().iter().map(|block| encoder.encode(block).expect("a block")).collect()
}

#[divan::bench]
fn floor_copy_second(bencher: Bencher<'_, '_>) {
    let blocks = blocks();
    bencher.bench(|| black_box(&blocks).clone());
}

#[divan::bench]
fn encode_second(bencher: Bencher<'_, '_>) {
    let blocks = blocks();
    let mut encoder = Encoder::new().expect("libopus works");
    bencher.bench_local(|| {
        blocks.iter().map(|block| encoder.encode(block).expect("a block").len()).sum::<usize>()
    });
}

fn pieces() -> Vec<Piece> {
    let samples: Vec<f32> = blocks().concat();
    let piece = |part: &[f32]| {
        let mut piece = QUIET;
        piece.copy_from_slice(part);
        piece
    };
    samples.chunks_exact(PIECE).map(piece).collect()
}

/// Somebody speaks, and is heard from the loudspeaker as well.
#[divan::bench(args = [false, true])]
fn voice_second(bencher: Bencher<'_, '_>, noise: bool) {
    let pieces = pieces();
    let mut chain = Chain::new(Box::new(Sonora::new()));
    let switches = Switches { noise, gain: true, aloud: false, muted: false };
    bencher.bench_local(|| {
        let spoken = pieces.iter().zip(pieces.iter().rev()).filter(|(said, played)| {
            chain.piece(&mut said.map(|sample| sample * 0.5), played, switches).speech
        });
        spoken.count()
    });
}

#[divan::bench]
fn decode_second(bencher: Bencher<'_, '_>) {
    let packets = packets();
    let mut decoder = Decoder::new().expect("libopus works");
    bencher
        .bench_local(|| packets.iter().map(|packet| decoder.frame(packet)[BLOCK - 1]).sum::<f32>());
}

#[divan::bench]
fn jitter_second(bencher: Bencher<'_, '_>) {
    let packets = packets();
    let mut buffer = JitterBuffer::new(DelayChoice::default().tuning());
    let mut number = 0;
    bencher.bench_local(|| {
        for packet in &packets {
            let now = LocalTime::from_millis(1000 + number * 20);
            buffer.insert(now, MediaTime::from_samples(number * 960), packet.clone());
            black_box(buffer.pull(now));
            number += 1;
        }
    });
}

#[divan::bench]
fn page_second(bencher: Bencher<'_, '_>) {
    let packets = packets();
    bencher.bench_local(|| {
        let mut pager = Pager::new();
        let push =
            |(i, packet): (u64, &Vec<u8>)| pager.push(MediaTime::from_samples(i * 960), packet);
        let ready: Vec<_> = (0..).zip(&packets).flat_map(push).collect();
        Page::of(&ready[0].announcement, &ready[0].bytes).expect("its own page")
    });
}
