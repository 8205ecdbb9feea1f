//! docs/PROTOCOL.md is true: its limits and names are the program's, its examples are what the
//! program reads and writes, and no stanza or part lacks its place.

use moot_node::limits;
use moot_node::room::stanza::{Action, AudioFrame, Live, Payload, ns};
use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../docs/PROTOCOL.md");

fn examples() -> impl Iterator<Item = &'static str> {
    let blocks = PAGE.split("```xml\n").skip(1);
    blocks.map(|block| block.split_once("\n```").expect("the block ends").0)
}

#[test]
fn every_example_reads_and_writes_back() {
    for example in examples() {
        let again = if example.contains("<audio") {
            AudioFrame::parse(example).expect(example).to_xml()
        } else if example.contains("<live") {
            Live::parse(example).expect(example).to_xml()
        } else {
            Action::parse(example).expect(example).to_xml()
        };
        assert_eq!(again, example);
    }
}

#[test]
fn every_payload_has_an_example_under_its_name() {
    let shown: BTreeSet<_> = examples()
        .filter_map(|example| Action::parse(example).ok())
        .map(|action| action.payload.element().expect("an example is of this version"))
        .collect();
    assert_eq!(shown, BTreeSet::from(Payload::ELEMENTS));
    for name in Payload::ELEMENTS {
        assert!(PAGE.contains(&format!("\n### {name}\n")), "no heading for <{name}/>");
    }
    assert!(examples().any(|example| AudioFrame::parse(example).is_ok()));
    let signs: BTreeSet<_> = examples()
        .filter_map(|example| Live::parse(example).ok())
        .flat_map(|live| live.signs)
        .map(|sign| std::mem::discriminant(&sign))
        .map(|kind| format!("{kind:?}"))
        .collect();
    assert_eq!(signs.len(), 6, "an example of each sign");
}

#[cfg(feature = "io")]
#[test]
fn the_streams_are_the_programs() {
    use Protocol::{Admission, Audio, Blobs, Live, Sync};
    use moot_node::io::mesh::Protocol;
    for protocol in [Admission, Sync, Blobs, Audio, Live] {
        assert!(PAGE.contains(&format!("`{}`", protocol.name())), "{}", protocol.name());
    }
}

#[test]
fn the_namespaces_are_the_programs() {
    for namespace in [ns::CLIENT, ns::MOOT] {
        assert!(PAGE.contains(&format!("| `{namespace}` |")), "{namespace}");
    }
}

#[test]
fn every_part_has_its_heading_and_says_something() {
    for name in ["Sync", "Blobs", "Documents", "Sound", "Admission", "Gossip"] {
        let heading = format!("\n## {name}\n");
        let (_, rest) = PAGE.split_once(&heading).unwrap_or_else(|| panic!("no part {name}"));
        let body = rest.split_once("\n## ").map_or(rest, |(body, _)| body);
        assert!(body.lines().count() > 10, "{name} is empty");
    }
}

#[test]
fn the_limits_are_the_programs() {
    let source = include_str!("../src/limits.rs");
    let names = source.lines().filter_map(|line| line.strip_prefix("pub const ")?.split_once(':'));
    let value = |name: &str| -> u64 {
        match name {
            "SAMPLE_RATE" => limits::SAMPLE_RATE.into(),
            "FRAME_SAMPLES" => limits::FRAME_SAMPLES,
            "STANZA_BYTES" => limits::STANZA_BYTES as u64,
            "ENTRY_BYTES" => limits::ENTRY_BYTES as u64,
            "STANZA_DEPTH" => limits::STANZA_DEPTH as u64,
            "STANZA_ELEMENTS" => limits::STANZA_ELEMENTS as u64,
            "ATTRIBUTES" => limits::ATTRIBUTES as u64,
            "ATTRIBUTE_BYTES" => limits::ATTRIBUTE_BYTES as u64,
            "OPUS_PACKET_BYTES" => limits::OPUS_PACKET_BYTES as u64,
            "STROKE_POINTS" => limits::STROKE_POINTS as u64,
            "POINT_REACH" => limits::POINT_REACH.into(),
            "STROKE_WIDTH" => limits::STROKE_WIDTH.into(),
            "LIVE_BYTES" => limits::LIVE_BYTES as u64,
            "LIVE_SIGNS" => limits::LIVE_SIGNS as u64,
            "LIVE_POINTS" => limits::LIVE_POINTS as u64,
            "LIVE_RATE" => limits::LIVE_RATE.into(),
            "ROOM_CHARS" => limits::ROOM_CHARS as u64,
            "PRESSURE_LEVELS" => limits::PRESSURE_LEVELS.into(),
            "NOTE_CHARS" => limits::NOTE_CHARS as u64,
            "NOTE_SIZE" => limits::NOTE_SIZE.into(),
            "ERASE_MARKS" => limits::ERASE_MARKS as u64,
            "UNDO_REACH" => limits::UNDO_REACH as u64,
            "CHAT_CHARS" => limits::CHAT_CHARS as u64,
            "NAME_CHARS" => limits::NAME_CHARS as u64,
            "DOCUMENT_PAGES" => limits::DOCUMENT_PAGES.into(),
            "DOCUMENT_BYTES" => limits::DOCUMENT_BYTES,
            "PAGE_INDEX_BYTES" => limits::PAGE_INDEX_BYTES as u64,
            "PAGE_PIXELS" => limits::PAGE_PIXELS,
            "PAGE_IMAGE_BYTES" => limits::PAGE_IMAGE_BYTES,
            "PAGE_TEXT_BYTES" => limits::PAGE_TEXT_BYTES as u64,
            "DOCUMENT_TEXT_BYTES" => limits::DOCUMENT_TEXT_BYTES as u64,
            "DOCUMENT_STRUCTURE_BYTES" => limits::DOCUMENT_STRUCTURE_BYTES as u64,
            "HEADINGS" => limits::HEADINGS as u64,
            "HEADING_BYTES" => limits::HEADING_BYTES as u64,
            "HEADING_DEPTH" => limits::HEADING_DEPTH.into(),
            "DOCUMENT_LINKS" => limits::DOCUMENT_LINKS as u64,
            "LINK_BYTES" => limits::LINK_BYTES as u64,
            "LABEL_BYTES" => limits::LABEL_BYTES as u64,
            "NOTES_BYTES" => limits::NOTES_BYTES as u64,
            "BLOB_BYTES" => limits::BLOB_BYTES,
            "RANGE_BYTES" => limits::RANGE_BYTES,
            "MEMBERS" => limits::MEMBERS as u64,
            "DOCUMENTS" => limits::DOCUMENTS as u64,
            "ANNOUNCEMENTS" => limits::ANNOUNCEMENTS as u64,
            other => panic!("{other} is new: add it here and to the page"),
        }
    };
    for (name, _) in names {
        let row = format!("| `{name}` | {} |", value(name));
        assert!(PAGE.contains(&row), "the page lacks {row}");
    }
}
