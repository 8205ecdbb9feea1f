//! Events of the meeting become what the window shows. Pure: the same for live and replayed ones.

use crate::model::chat::Line;
use crate::model::marks::{Drawing, Laser, Mark, MarkKind};
use crate::model::meeting::{InStep, Reaction};
use crate::model::sound::End;
use crate::model::stage::Document;
use crate::model::toasts::{Toasts, Tone};
use crate::model::{MeetingView, Seconds};
use moot_node::node::{MemberState, News, Notice, SoundEnd};
use moot_node::room::id::BlobId;
use moot_node::room::stanza::PageTurn;
use moot_node::words;
use rust_i18n::t;

/// How long a reaction stays in view, seconds.
const REACTION: Seconds = 4.0;

/// How long a laser's tail is, seconds (design.md, Shapes).
const TAIL: Seconds = 0.3;

/// When things came: for the window, and for people.
#[derive(Clone, Debug)]
pub struct Came {
    /// For the window.
    pub now: Seconds,
    /// For people: "10:31"; none while catching up.
    pub clock: Option<String>,
}

/// Takes one event into the meeting.
pub fn fold(meeting: &mut MeetingView, toasts: &mut Toasts, news: News, came: &Came) {
    match news {
        News::Meeting { title, join, code, link, .. } => {
            meeting.title = title;
            meeting.join = join;
            meeting.code = code;
            meeting.link = link;
        }
        News::Member { peer, name, state } => meeting.people.stand(peer, &name, state),
        News::Hands(hands) => meeting.hands = hands,
        News::Floor { presenter } => {
            meeting.presenter = Some(presenter);
            if presenter == meeting.me {
                meeting.stage.leafed = None;
            }
        }
        News::Chat { entry, guest, text } => {
            let own = entry.author == meeting.me && guest.is_none();
            let line = Line { entry, guest, text, clock: came.clock.clone(), came: came.now };
            meeting.chat.add(line, own);
        }
        News::Reaction { author, kind } => {
            let until = came.now + REACTION;
            meeting.reactions.push(Reaction { author, feeling: kind, until });
        }
        News::DrawingAllowed(allowed) => meeting.drawing_allowed = allowed,
        News::Recording { member, on } => {
            if let Some(person) = meeting.people.get_mut(&member) {
                person.recording = on;
            }
            if member == meeting.me {
                meeting.sound.recording = on;
            }
        }
        News::Bridge { member, room } => {
            let name = meeting.people.name(&member);
            let words = match &room {
                Some(room) => t!("toast.bridge_on", name = name, room = room),
                None => t!("toast.bridge_off", name = name),
            };
            toasts.add(Tone::News, words.into_owned(), came.now);
            if let Some(person) = meeting.people.get_mut(&member) {
                person.bridges = room;
            }
        }
        News::Picture { member, colour } => {
            if let Some(person) = meeting.people.get_mut(&member) {
                person.chosen = colour;
            }
        }
        News::CompareCode { member, digits } => {
            meeting.compare.insert(member, digits.to_string());
        }
        News::Warning(notice @ Notice::SpeaksFrom { .. })
        | News::Warning(notice @ Notice::PlaysTo { .. })
        | News::Warning(notice @ Notice::Sound { .. }) => sound(meeting, toasts, &notice, came.now),
        News::Warning(notice) => {
            if notice == Notice::Howled {
                meeting.sound.muted = true;
            }
            let mut tone = Tone::Warning;
            if matches!(notice, Notice::Cancelled { .. }) {
                meeting.stage.converting = None;
                // As the person wished.
                tone = Tone::News;
            }
            toasts.add(tone, words::notice(&notice), came.now);
        }
        News::Error(notice) => {
            // If it is about the file that was to be opened, nothing of it is under way any more.
            meeting.stage.converting = None;
            toasts.add(Tone::Error, words::notice(&notice), came.now);
        }
        other => pages(meeting, other, came),
    }
}

/// A microphone or loudspeaker came or went. What nobody wonders at is shown where it belongs, not told.
fn sound(meeting: &mut MeetingView, toasts: &mut Toasts, notice: &Notice, now: Seconds) {
    let missing = |problem: &String| End::Missing(problem.clone());
    let (end, next, tone) = match notice {
        Notice::SpeaksFrom { device } => {
            (&mut meeting.ends.microphone, End::Open(device.clone()), Tone::News)
        }
        Notice::PlaysTo { device } => {
            (&mut meeting.ends.loudspeaker, End::Open(device.clone()), Tone::News)
        }
        Notice::Sound { end: SoundEnd::Source, problem } => {
            (&mut meeting.ends.microphone, missing(problem), Tone::Warning)
        }
        Notice::Sound { end: SoundEnd::Sink, problem } => {
            (&mut meeting.ends.loudspeaker, missing(problem), Tone::Warning)
        }
        _ => return,
    };
    if end.surprises(&next) {
        toasts.add(tone, words::notice(notice), now);
    }
    *end = next;
    // A sound file is no microphone, and is told by nothing.
    match &meeting.ends.microphone {
        End::Open(_) => meeting.sound.source = true,
        End::Missing(_) => meeting.sound.source = false,
        End::None => {}
    }
}

/// Documents, pages and what is drawn on them.
fn pages(meeting: &mut MeetingView, news: News, came: &Came) {
    match news {
        // Nothing is told of how much of it has come.
        News::Growing { document, name, pages, .. } => announced(meeting, document, name, pages, 0),
        News::Document { document, name, pages, bytes } => {
            announced(meeting, document, name, pages, bytes);
            meeting.stage.converting = None;
        }
        News::Replaced { document, by } => meeting.stage.replace(document, by),
        News::Saved { document, name } => {
            meeting.stage.saved.retain(|(known, _)| *known != document);
            meeting.stage.saved.push((document, name));
        }
        // The app asks for it.
        News::PasswordNeeded { .. } => meeting.stage.converting = None,
        News::Progress { document, have, total } => {
            let known = meeting.stage.documents.iter_mut().find(|known| known.id == document);
            if let Some(known) = known {
                (known.have, known.total) = (have, total);
            }
        }
        News::Converting { name, done, pages } => {
            let under_way = done < pages || pages == 0;
            meeting.stage.converting = under_way.then_some((name, done, pages));
        }
        // What the person wrote here themselves stays.
        News::SpeakerNotes { document, notes } => {
            for (page, note) in (1..).zip(notes).filter(|(_, note)| !note.is_empty()) {
                meeting.stage.notes.entry(PageTurn { document, page }).or_insert(note);
            }
        }
        News::Holds { peer, document, have, total, getting } => {
            let shown = meeting.stage.shown.is_none_or(|shown| shown.document == document);
            if let Some(person) = meeting.people.get_mut(&peer).filter(|_| shown) {
                person.holds = Some((have, total));
                person.getting = getting;
            }
        }
        News::Page { on, offset_ms, .. } => {
            meeting.stage.turn(on);
            forget_earlier(meeting, on.document);
            meeting.stage.arriving = None;
            meeting.step = InStep::of(offset_ms);
        }
        News::Stroke { entry, lamport, offset_ms, stroke, .. } => {
            let kind = MarkKind::Ink(stroke);
            add(meeting, Mark { entry, lamport, kind }, offset_ms);
        }
        News::Note { entry, lamport, offset_ms, note, .. } => {
            let kind = MarkKind::Note(note);
            add(meeting, Mark { entry, lamport, kind }, offset_ms);
        }
        News::Erased { stroke, .. } => meeting.marks.remove(stroke),
        other => live(meeting, other, came),
    }
}

fn announced(meeting: &mut MeetingView, id: BlobId, name: String, pages: u32, total: u64) {
    /// Width by height until a picture tells: a slide's.
    const SLIDE: f32 = 16.0 / 9.0;
    if meeting.stage.document(id).is_none() {
        let fresh = Document { id, name, pages, have: 0, total, aspect: SLIDE };
        meeting.stage.documents.push(fresh);
    }
}

/// Marks of earlier versions are on the newer one now, which is in view.
fn forget_earlier(meeting: &mut MeetingView, document: BlobId) {
    let replaced = meeting.stage.replaced.iter().filter(|(_, by)| **by == document);
    for (earlier, _) in replaced {
        meeting.marks.forget(*earlier);
    }
}

fn add(meeting: &mut MeetingView, mark: Mark, offset_ms: Option<f64>) {
    // The finished mark takes the place of what its author was drawing there.
    let (author, on) = (mark.entry.author, mark.on());
    meeting.marks.drawings.retain(|(by, _), drawing| *by != author || drawing.ink.on != on);
    meeting.marks.add(mark);
    meeting.step = InStep::of(offset_ms);
}

/// What is shown live and never kept.
fn live(meeting: &mut MeetingView, news: News, came: &Came) {
    match news {
        News::Laser { author, on, at: Some(at), .. } => {
            let laser = meeting.marks.lasers.entry(author);
            let laser = laser.or_insert_with(|| Laser { on, trail: Vec::new() });
            if laser.on != on {
                laser.trail.clear();
                laser.on = on;
            }
            laser.trail.retain(|(then, _)| came.now - then <= TAIL);
            laser.trail.push((came.now, at));
        }
        News::Laser { author, at: None, .. } => {
            meeting.marks.lasers.remove(&author);
        }
        News::Drawing { author, id, stroke } => {
            let known = meeting.marks.drawings.get_mut(&(author, id));
            match known.filter(|known| known.ink.on == stroke.on) {
                Some(known) => {
                    known.heard = came.now;
                    known.grow(stroke);
                }
                None => {
                    let drawing = Drawing { ink: stroke, heard: came.now };
                    meeting.marks.drawings.insert((author, id), drawing);
                }
            }
        }
        News::DrawingGone { author, id } => {
            meeting.marks.drawings.remove(&(author, id));
        }
        News::Microphone { member, open } => {
            if meeting.people.get(&member).is_none() {
                // Told before the member is: kept, but not listed yet.
                meeting.people.stand(member, "", MemberState::Left);
            }
            if let Some(person) = meeting.people.get_mut(&member) {
                person.muted = Some(!open);
            }
        }
        News::Levels { levels, own_muted_speech, own_clips } => {
            meeting.sound.muted_speech = own_muted_speech;
            meeting.sound.clips = own_clips;
            meeting.people.hear(&levels);
        }
        News::Room(state) => meeting.room = state,
        News::RoomSuggested { room, people } => {
            meeting.room_suggested = room.map(|room| (room, people));
        }
        // Entering and leaving are the app's; the rest is for scripts.
        _ => {}
    }
}
