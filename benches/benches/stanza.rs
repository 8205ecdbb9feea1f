//! What a stanza and its envelope cost, each beside the floor it stands on.
//!
//! `cargo bench -p moot-benches --bench stanza`

use divan::{Bencher, black_box};
use ed25519_dalek::{Signer, SigningKey, Verifier};
use moot_node::room::entry::Entry;
use moot_node::room::id::{BlobId, MeetingId};
use moot_node::room::stamp::Stamper;
use moot_node::room::stanza::{Action, AudioFrame, PageTurn, Payload, Point, Stroke, Tool};
use moot_node::room::time::{Epoch, MediaTime};

const MEETING: MeetingId = MeetingId([7; 32]);

fn main() {
    divan::main();
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn said(payload: Payload) -> (Entry, Action) {
    let at = MediaTime::from_samples(4_812_340);
    Stamper::new(key(), MEETING).stamp(payload, Epoch(5), at).expect("sayable")
}

fn page() -> Payload {
    Payload::Page(PageTurn { document: BlobId([3; 32]), page: 7 })
}

/// Two seconds of a 100 Hz pen.
fn stroke() -> Payload {
    Payload::Stroke(Stroke {
        on: PageTurn { document: BlobId([3; 32]), page: 7 },
        points: (0..200).map(|i| Point { x: 1000 + i * 13, y: 5000 - i * i / 9 }).collect(),
        pressure: Vec::new(),
        colour: [0xe5, 0x48, 0x4d, 0xff],
        width: 30,
        tool: Tool::Pen,
    })
}

fn frame() -> AudioFrame {
    // 20 ms at 32 kbit/s.
    let opus = (0..80).map(|i| i * 3).collect();
    AudioFrame { epoch: Epoch(5), at: MediaTime::from_samples(4_812_480), opus, resumes: false }
}

#[divan::bench]
fn encode_page(bencher: Bencher<'_, '_>) {
    let (_, action) = said(page());
    bencher.bench(|| black_box(&action).to_xml());
}

#[divan::bench]
fn decode_page(bencher: Bencher<'_, '_>) {
    let (entry, _) = said(page());
    bencher.bench(|| Action::parse(black_box(entry.stanza())));
}

#[divan::bench]
fn encode_stroke_200_points(bencher: Bencher<'_, '_>) {
    let (_, action) = said(stroke());
    bencher.bench(|| black_box(&action).to_xml());
}

#[divan::bench]
fn decode_stroke_200_points(bencher: Bencher<'_, '_>) {
    let (entry, _) = said(stroke());
    bencher.bench(|| Action::parse(black_box(entry.stanza())));
}

#[divan::bench]
fn encode_audio(bencher: Bencher<'_, '_>) {
    let frame = frame();
    bencher.bench(|| black_box(&frame).to_xml());
}

#[divan::bench]
fn decode_audio(bencher: Bencher<'_, '_>) {
    let xml = frame().to_xml();
    bencher.bench(|| AudioFrame::parse(black_box(&xml)));
}

/// Decodes and verifies a page turn's envelope.
#[divan::bench]
fn envelope_verify(bencher: Bencher<'_, '_>) {
    let bytes = said(page()).0.encode();
    bencher.bench(|| Entry::decode(&MEETING, black_box(&bytes)));
}

/// The floor of [`envelope_verify`]: the signature alone.
#[divan::bench]
fn floor_of_envelope_verify(bencher: Bencher<'_, '_>) {
    let key = key();
    let signature = key.sign(&[5; 32]);
    let public = key.verifying_key();
    bencher.bench(|| public.verify(black_box(&[5; 32]), &signature));
}
