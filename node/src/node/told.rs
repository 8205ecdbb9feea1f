//! Differences in the meeting as news: the same live and in a replay.

use super::event::News;
use crate::room::meeting::{Change, Meeting};
use crate::room::stanza::{GuestLine, Note, Payload, Stroke};
use std::sync::Arc;

/// What `change` tells people, `None` for what the session or the replay makes of it itself.
pub(super) fn news(change: &Change, meeting: &Meeting, offset_ms: Option<f64>) -> Option<News> {
    Some(match change {
        Change::Document { entry, .. } => match meeting.said(*entry)? {
            (_, Payload::Document(known)) => {
                let (document, name, pages) = (known.document, known.name.clone(), known.pages);
                match known.drawn {
                    Some(drawn) => News::Growing { document, name, drawn, pages },
                    None => News::Document { document, name, pages, bytes: known.bytes },
                }
            }
            _ => return None,
        },
        // One that moved with its page to a newer version is told again, with that page.
        Change::MarkAdded { mark, stamp } | Change::MarkMoved { mark, stamp } => {
            let (entry, media, lamport) = (*mark, stamp.at, stamp.lamport);
            match meeting.said(entry)?.1 {
                Payload::Stroke(stroke) => {
                    let on = meeting.lies_on(stroke.on);
                    let stroke = Arc::new(Stroke { on, ..stroke.clone() });
                    News::Stroke { on, entry, media, lamport, offset_ms, stroke }
                }
                Payload::Note(note) => {
                    let on = meeting.lies_on(note.on);
                    let note = Arc::new(Note { on, ..note.clone() });
                    News::Note { on, entry, media, lamport, offset_ms, note }
                }
                _ => return None,
            }
        }
        Change::Replaced { document, by } => News::Replaced { document: *document, by: *by },
        Change::MarkRemoved { mark, by, .. } => News::Erased { stroke: *mark, entry: *by },
        Change::Chat { entry, .. } => match meeting.said(*entry)? {
            (_, Payload::Chat(text)) => {
                News::Chat { entry: *entry, guest: None, text: text.clone() }
            }
            (_, Payload::Guest(GuestLine { guest, line })) => {
                News::Chat { entry: *entry, guest: Some(guest.clone()), text: line.clone() }
            }
            _ => return None,
        },
        // A line of somebody who was removed before it.
        Change::ChatRemoved { entry } => News::ChatGone { entry: *entry },
        Change::Hand { author, up } => News::Hand { author: *author, up: *up },
        Change::Floor { presenter } => News::Floor { presenter: (*presenter)? },
        Change::Reaction { entry, kind } => News::Reaction { author: entry.author, kind: *kind },
        Change::DrawingAllowed { allowed } => News::DrawingAllowed(*allowed),
        Change::Recording { member, on } => News::Recording { member: *member, on: *on },
        Change::Bridge { member, room } => News::Bridge { member: *member, room: room.clone() },
        Change::Picture { member, colour } => News::Picture { member: *member, colour: *colour },
        Change::Member { .. } | Change::Shown { .. } | Change::Fork { .. } => return None,
    })
}
