//! Events as one JSON object a line, for scripts. docs/CLI.md is the catalogue; a test compares.

use moot_node::node::{Event, MemberState, News, Notice, ReplayNews};
use moot_node::room::id::{EntryRef, MemberId};
use moot_node::room::stanza::{JoinPolicy, Note, PageTurn, RoomName, Stroke};
use moot_node::room::time::{LocalTime, MediaTime};
use moot_node::words;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// Fields of one object, in the order they are written.
type Fields = Vec<(&'static str, Value)>;

/// One line: `event` and `t_ms` first, then what this event tells.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    event: &'static str,
    at: LocalTime,
    fields: Fields,
}

impl Line {
    /// A line of the program's own, such as the summary of a demo.
    pub(crate) fn new(event: &'static str, at: LocalTime, fields: Fields) -> Self {
        Self { event, at, fields }
    }

    /// The line that tells `event`, if it is worth one.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        // Fifteen lines a second that say nothing a script could act on.
        if matches!(event.news, News::Levels { .. }) {
            return None;
        }
        let (name, fields) = told(&event.news);
        Some(Self { event: name, at: event.at, fields })
    }
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len() + 2))?;
        map.serialize_entry("event", self.event)?;
        // Microseconds are enough to compare an event with its sound (a sample is 21 of them).
        map.serialize_entry("t_ms", &((self.at.as_nanos() / 1000) as f64 / 1000.0))?;
        for (name, value) in &self.fields {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| std::fmt::Error)?)
    }
}

/// `fields! { id, "pages": 3 }`: names with what they hold; ids are written as 64 hex digits.
macro_rules! fields {
    ($($name:literal : $value:expr),* $(,)?) => {
        vec![$(($name, serde_json::json!($value))),*]
    };
}
pub(crate) use fields;

fn told(news: &News) -> (&'static str, Fields) {
    match news {
        News::Ready { peer, data } => {
            ("ready", fields! { "peer": peer.to_string(), "data": data.to_string_lossy() })
        }
        News::Meeting { id, title, join, code, link } => (
            "meeting",
            fields! {
                "id": id.to_string(), "title": title, "code": code, "link": link,
                "join": policy(*join),
            },
        ),
        News::Found { id, title, join, people, members } => (
            "found",
            fields! {
                "id": id.to_string(), "title": title, "join": policy(*join), "people": people,
                "members": members,
            },
        ),
        News::Joined { id, title } => ("joined", fields! { "id": id.to_string(), "title": title }),
        News::Refused(refusal) => ("refused", fields! { "reason": words::refusal_kind(*refusal) }),
        News::Member { peer, name, state } => (
            "member",
            fields! { "peer": peer.to_string(), "name": name, "state": standing(*state) },
        ),
        News::Growing { document, name, drawn, pages } => (
            "growing",
            fields! { "id": document.to_string(), "name": name, "drawn": drawn, "pages": pages },
        ),
        News::Document { document, name, pages, bytes } => (
            "document",
            fields! { "id": document.to_string(), "name": name, "pages": pages, "bytes": bytes },
        ),
        News::Replaced { document, by } => {
            ("replaced", fields! { "document": document.to_string(), "by": by.to_string() })
        }
        News::Saved { document, name } => {
            ("saved", fields! { "document": document.to_string(), "name": name })
        }
        News::Progress { document, have, total } => {
            ("progress", fields! { "document": document.to_string(), "have": have, "total": total })
        }
        News::Holds { peer, document, have, total, getting } => (
            "holds",
            fields! {
                "peer": peer.to_string(), "document": document.to_string(), "have": have,
                "total": total, "page": getting.map(|(page, _)| page),
                "percent": getting.map(|(_, percent)| percent),
            },
        ),
        News::Converting { name, done, pages } => {
            ("converting", fields! { "name": name, "done": done, "pages": pages })
        }
        News::SpeakerNotes { document, notes } => {
            ("speaker_notes", fields! { "document": document.to_string(), "notes": notes })
        }
        News::PasswordNeeded { name, wrong } => {
            ("password", fields! { "name": name, "wrong": wrong })
        }
        News::Page { on, entry, media, offset_ms } => {
            ("page", timed(on, entry, *media, *offset_ms))
        }
        News::Stroke { on, entry, media, lamport, offset_ms, stroke } => {
            ("stroke", drawn(timed(on, entry, *media, *offset_ms), *lamport, stroke))
        }
        News::Note { on, entry, media, lamport, offset_ms, note } => {
            ("note", written(timed(on, entry, *media, *offset_ms), *lamport, note))
        }
        News::Erased { stroke, entry } => (
            "erased",
            fields! {
                "author": entry.author.to_string(), "seq": entry.seq,
                "stroke_author": stroke.author.to_string(), "stroke_seq": stroke.seq,
            },
        ),
        News::Chat { entry, guest, text } => (
            "chat",
            fields! {
                "author": entry.author.to_string(), "seq": entry.seq, "guest": guest, "text": text,
            },
        ),
        News::Bridge { member, room } => {
            ("bridge", fields! { "member": member.to_string(), "room": room })
        }
        News::ChatGone { entry } => {
            ("chat_gone", fields! { "author": entry.author.to_string(), "seq": entry.seq })
        }
        News::Hands(hands) => ("hands", fields! { "members": ids(hands) }),
        News::Reaction { author, kind } => {
            ("reaction", fields! { "author": author.to_string(), "kind": kind.as_str() })
        }
        News::DrawingAllowed(allowed) => ("drawing_allowed", fields! { "allowed": allowed }),
        News::Recording { member, on } => {
            ("recording", fields! { "member": member.to_string(), "on": on })
        }
        News::Picture { member, colour } => {
            ("picture", fields! { "member": member.to_string(), "colour": colour })
        }
        News::Hand { author, up } => ("hand", fields! { "author": author.to_string(), "up": up }),
        News::Floor { presenter } => ("floor", fields! { "presenter": presenter.to_string() }),
        News::Laser { author, on, at, media, offset_ms } => (
            "laser",
            fields! {
                "author": author.to_string(), "document": on.document.to_string(),
                "page": on.page, "x": at.map(|at| fraction(at.x)), "y": at.map(|at| fraction(at.y)),
                "at": media.samples(), "offset_ms": offset_ms.map(milliseconds),
            },
        ),
        News::Drawing { author, id, stroke } => (
            "drawing",
            fields! {
                "author": author.to_string(), "drawing": id,
                "document": stroke.on.document.to_string(), "page": stroke.on.page,
                "points": stroke.points.len(),
            },
        ),
        News::DrawingGone { author, id } => {
            ("drawing_gone", fields! { "author": author.to_string(), "drawing": id })
        }
        News::Microphone { member, open } => {
            ("microphone", fields! { "member": member.to_string(), "open": open })
        }
        News::Room(state) => (
            "room",
            fields! {
                "room": state.room.as_ref().map(RoomName::as_str), "members": ids(&state.mates),
                "headphones": state.headphones,
                "loudspeaker": state.loudspeaker.map(|member| member.to_string()),
                "microphone": state.microphone.map(|member| member.to_string()),
            },
        ),
        News::RoomSuggested { room, people } => (
            "room_suggested",
            fields! { "room": room.as_ref().map(RoomName::as_str), "members": ids(people) },
        ),
        // Left out by [`Line::of`].
        News::Levels { .. } => ("levels", fields! {}),
        News::Audio { author, heard } => (
            "audio",
            fields! {
                "author": author.to_string(), "received": heard.received,
                "concealed": heard.concealed, "late": heard.late,
                "delay_ms": milliseconds(heard.delay_ms),
            },
        ),
        News::State { digest, entries, page, presenter } => (
            "state",
            fields! {
                "digest": hex(digest), "entries": entries, "page": page.map(|on| on.page),
                "document": page.map(|on| on.document.to_string()),
                "presenter": presenter.map(|member| member.to_string()),
            },
        ),
        News::CompareCode { member, digits } => {
            ("compare", fields! { "peer": member.to_string(), "digits": digits.to_string() })
        }
        News::Warning(notice) => ("warning", message(notice)),
        News::Error(notice) => ("error", message(notice)),
        News::Replay(replay) => replayed(replay),
        News::Left => ("left", fields! {}),
    }
}

fn replayed(news: &ReplayNews) -> (&'static str, Fields) {
    match news {
        ReplayNews::Reset => ("reset", fields! {}),
        ReplayNews::Position { at, playing, speed } => {
            ("position", fields! { "at_ms": at.as_millis(), "playing": playing, "speed": speed })
        }
        ReplayNews::Ended => ("ended", fields! {}),
    }
}

fn timed(on: &PageTurn, entry: &EntryRef, media: MediaTime, offset_ms: Option<f64>) -> Fields {
    fields! {
        "document": on.document.to_string(), "page": on.page,
        "author": entry.author.to_string(), "seq": entry.seq,
        "at": media.samples(), "offset_ms": offset_ms.map(milliseconds),
    }
}

fn drawn(mut fields: Fields, lamport: u64, stroke: &Stroke) -> Fields {
    let points: Vec<_> = stroke.points.iter().map(|p| [fraction(p.x), fraction(p.y)]).collect();
    fields.extend(fields! {
        "lamport": lamport, "tool": stroke.tool.as_str(), "colour": colour(stroke.colour),
        "width": f64::from(stroke.width) / 10.0, "points": points, "pressure": stroke.pressure,
    });
    fields
}

fn written(mut fields: Fields, lamport: u64, note: &Note) -> Fields {
    fields.extend(fields! {
        "lamport": lamport, "x": fraction(note.at.x), "y": fraction(note.at.y),
        "colour": colour(note.colour), "size": f64::from(note.size) / 10.0, "text": note.text,
    });
    fields
}

fn ids(members: &[MemberId]) -> Vec<String> {
    members.iter().map(ToString::to_string).collect()
}

/// A place on a page as commands write it.
fn fraction(place: i32) -> f64 {
    f64::from(place) / 10_000.0
}

/// A colour as commands write it.
fn colour(rgba: [u8; 4]) -> String {
    format!("#{:08x}", u32::from_be_bytes(rgba))
}

fn message(notice: &Notice) -> Fields {
    fields! { "message": words::notice(notice), "kind": words::notice_kind(notice) }
}

/// Milliseconds to a thousandth, so that lines stay short.
fn milliseconds(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn policy(join: JoinPolicy) -> &'static str {
    match join {
        JoinPolicy::Open => "open",
        JoinPolicy::Code => "code",
        JoinPolicy::Ask => "ask",
    }
}

/// A standing's word, for scripts and for `locales/`.
pub(crate) const fn standing(state: MemberState) -> &'static str {
    match state {
        MemberState::Asking => "asking",
        MemberState::Here => "here",
        MemberState::Away => "away",
        MemberState::Left => "left",
        MemberState::Removed => "removed",
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn parsed(event: &Event) -> serde_json::Map<String, Value> {
        let line = Line::of(event).expect("a line").to_string();
        assert!(!line.contains('\n'), "one object is one line: {line}");
        serde_json::from_str(&line).unwrap()
    }

    /// Field names are a contract with scripts: as the issue and docs/CLI.md give them.
    #[test]
    fn each_event_has_the_agreed_fields() {
        let agreed: &[(&str, &str)] = &[
            ("ready", "peer data"),
            ("meeting", "id title code link join"),
            ("found", "id title join people members"),
            ("joined", "id title"),
            ("refused", "reason"),
            ("member", "peer name state"),
            ("growing", "id name drawn pages"),
            ("document", "id name pages bytes"),
            ("replaced", "document by"),
            ("saved", "document name"),
            ("progress", "document have total"),
            ("holds", "peer document have total page percent"),
            ("converting", "name done pages"),
            ("speaker_notes", "document notes"),
            ("password", "name wrong"),
            ("page", "document page author seq at offset_ms"),
            (
                "stroke",
                "document page author seq at offset_ms lamport tool colour width points pressure",
            ),
            ("note", "document page author seq at offset_ms lamport x y colour size text"),
            ("chat_gone", "author seq"),
            ("hands", "members"),
            ("reaction", "author kind"),
            ("drawing_allowed", "allowed"),
            ("recording", "member on"),
            ("picture", "member colour"),
            ("erased", "author seq stroke_author stroke_seq"),
            ("chat", "author guest seq text"),
            ("bridge", "member room"),
            ("hand", "author up"),
            ("floor", "presenter"),
            ("compare", "peer digits"),
            ("laser", "author document page x y at offset_ms"),
            ("drawing", "author drawing document page points"),
            ("drawing_gone", "author drawing"),
            ("microphone", "member open"),
            ("room", "room members headphones loudspeaker microphone"),
            ("room_suggested", "room members"),
            ("audio", "author received concealed late delay_ms"),
            ("state", "digest entries page document presenter"),
            ("warning", "message kind"),
            ("error", "message kind"),
            ("reset", ""),
            ("position", "at_ms playing speed"),
            ("ended", ""),
            ("left", ""),
        ];
        let mut told = std::collections::BTreeSet::new();
        for event in samples::every_event().iter().filter(|event| Line::of(event).is_some()) {
            let line = parsed(event);
            let name = line["event"].as_str().unwrap().to_owned();
            let (_, fields) = agreed.iter().find(|(n, _)| *n == name).expect("an agreed event");
            let mut wanted: Vec<_> = fields.split_whitespace().chain(["event", "t_ms"]).collect();
            wanted.sort_unstable();
            assert_eq!(line.keys().collect::<Vec<_>>(), wanted, "{name}");
            told.insert(name);
        }
        assert_eq!(told.len(), agreed.len(), "a sample of each: {told:?}");
    }

    #[test]
    fn the_event_comes_first_and_time_is_in_milliseconds() {
        let event = Event { at: LocalTime::from_nanos(1_234_567_890), news: News::Left };
        let line = Line::of(&event).expect("a line").to_string();
        assert_eq!(line, r#"{"event":"left","t_ms":1234.567}"#);
    }

    #[test]
    fn names_are_64_hex_digits_and_absence_is_null() {
        for event in samples::every_event().iter().filter(|event| Line::of(event).is_some()) {
            let line = parsed(event);
            for name in ["peer", "member", "author", "document", "presenter", "digest"] {
                if let Some(Value::String(text)) = line.get(name) {
                    assert_eq!(text.len(), 64, "{name} of {line:?}");
                }
            }
        }
        let silent = samples::every_event()
            .into_iter()
            .find(|event| matches!(event.news, News::Page { offset_ms: None, .. }));
        assert_eq!(parsed(&silent.expect("a page without sound"))["offset_ms"], Value::Null);
    }
}
