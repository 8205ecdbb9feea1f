//! Events as sentences for people. Lines that a second-by-second script wants are left out here.

use super::print_json::standing;
use moot_node::node::{Event, MemberState, News, RoomState};
use moot_node::room::id::{BlobId, EntryRef, MemberId};
use moot_node::room::stanza::Feeling;
use moot_node::words::{self, clean};
use rust_i18n::t;
use std::collections::{BTreeMap, BTreeSet};

/// Remembers what things are called, so that events that carry only ids read well.
#[derive(Debug, Default)]
pub(crate) struct Narrator {
    people: BTreeMap<MemberId, String>,
    documents: BTreeMap<BlobId, String>,
    /// Documents of which more will be told.
    growing: BTreeSet<BlobId>,
    /// The turn that was told last: it is told again when its page stands in another version.
    turned: Option<(EntryRef, u32)>,
    /// The room as told last, but for its microphone.
    seat: Option<RoomState>,
}

/// A sentence, and where it belongs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Saying {
    /// What happens in the meeting.
    News(String),
    /// What went wrong: to standard error.
    Trouble(String),
}

impl Narrator {
    /// The sentence for `event`, if it is worth one.
    pub(crate) fn tell(&mut self, event: &Event) -> Option<Saying> {
        let text = match &event.news {
            News::Ready { peer, data } => {
                t!("text.ready", peer = peer.short(), data = data.display())
            }
            News::Meeting { title, code, link, .. } => return Some(meeting(title, code, link)),
            News::Found { id, title, people, .. } => {
                let people = if people.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", clean(&people.join(", ")))
                };
                t!("text.found", id = id.short(), title = clean(title), people = people)
            }
            News::Joined { title, .. } => t!("text.joined", title = clean(title)),
            News::Member { peer, name, state } => {
                self.people.insert(*peer, clean(name));
                member(&clean(name), *state)
            }
            News::Growing { document, name, drawn, pages } => {
                self.documents.insert(*document, clean(name));
                self.growing.insert(*document);
                t!("text.growing", name = clean(name), drawn = drawn, pages = pages)
            }
            News::Document { document, name, pages, .. } => {
                self.documents.insert(*document, clean(name));
                t!("text.document", name = clean(name), pages = pages)
            }
            // It is the same one, of which more is there: that was told.
            News::Replaced { document, .. } if self.growing.contains(document) => return None,
            News::Replaced { by, .. } => t!("text.replaced", name = self.document(by)),
            News::Saved { name, .. } => t!("text.saved", name = clean(name)),
            News::PasswordNeeded { name, wrong: false } => t!("text.password", name = clean(name)),
            News::PasswordNeeded { name, wrong: true } => {
                t!("text.wrong_password", name = clean(name))
            }
            News::Page { on, entry, .. } => {
                if self.turned.replace((*entry, on.page)) == Some((*entry, on.page)) {
                    return None;
                }
                let (name, page) = (self.person(&entry.author), on.page);
                let document = self.documents.get(&on.document).map_or("?", String::as_str);
                t!("text.page", name = name, page = page, document = document)
            }
            News::Stroke { on, entry, .. } => {
                t!("text.stroke", name = self.person(&entry.author), page = on.page)
            }
            News::Note { on, entry, note, .. } => {
                let (name, text) = (self.person(&entry.author), clean(&note.text));
                t!("text.note", name = name, page = on.page, text = text)
            }
            News::Erased { entry, .. } => {
                t!("text.erased", name = self.person(&entry.author))
            }
            News::Chat { entry, guest: None, text } => {
                t!("text.chat", name = self.person(&entry.author), text = clean(text))
            }
            News::Chat { entry, guest: Some(guest), text } => {
                let (guest, by) = (clean(guest), self.person(&entry.author));
                t!("text.chat_guest", guest = guest, name = by, text = clean(text))
            }
            News::Bridge { member, room: Some(room) } => {
                t!("text.bridge_on", name = self.person(member), room = clean(room))
            }
            News::Bridge { member, room: None } => {
                t!("text.bridge_off", name = self.person(member))
            }
            News::Hand { author, up: true } => t!("text.hand_up", name = self.person(author)),
            News::Hand { author, up: false } => t!("text.hand_down", name = self.person(author)),
            News::Reaction { author, kind } => {
                t!(reaction_key(*kind), name = self.person(author))
            }
            News::DrawingAllowed(true) => t!("text.drawing_allowed"),
            News::DrawingAllowed(false) => t!("text.drawing_forbidden"),
            News::Recording { member, on: true } => {
                t!("text.recording_on", name = self.person(member))
            }
            News::Recording { member, on: false } => {
                t!("text.recording_off", name = self.person(member))
            }
            News::Floor { presenter } => t!("text.floor", name = self.person(presenter)),
            News::Microphone { member, open: true } => {
                t!("text.microphone_open", name = self.person(member))
            }
            News::Microphone { member, open: false } => {
                t!("text.microphone_muted", name = self.person(member))
            }
            News::Room(state) => {
                // Who speaks takes the microphone along: that is no news to read.
                let seat = RoomState { microphone: None, ..state.clone() };
                if self.seat.replace(seat.clone()).as_ref() == Some(&seat) {
                    return None;
                }
                self.room(state).into()
            }
            News::RoomSuggested { room: Some(room), people } => {
                t!(
                    "text.room_suggested",
                    people = self.persons(people),
                    room = clean(room.as_str())
                )
            }
            News::RoomSuggested { room: None, .. } => return None,
            News::State { digest, entries, page, presenter } => {
                let digest = MemberId(*digest).short();
                let page = page.map_or_else(|| "–".to_owned(), |on| on.page.to_string());
                let name = presenter.map_or_else(|| "–".to_owned(), |p| self.person(&p));
                t!("text.state", digest = digest, entries = entries, page = page, name = name)
            }
            News::CompareCode { member, digits } => {
                t!("text.compare", name = self.person(member), digits = digits)
            }
            News::SpeakerNotes { notes, .. } => {
                let count = notes.iter().filter(|note| !note.is_empty()).count();
                t!("text.speaker_notes", count = count)
            }
            News::Left => t!("text.left"),
            News::Refused(refusal) => return Some(Saying::Trouble(words::refusal(*refusal))),
            News::Warning(notice) => return Some(warning(&words::notice(notice))),
            News::Error(notice) => return Some(Saying::Trouble(words::notice(notice))),
            // Shown as bars on a terminal; a second-by-second tally says nothing to people; what moves
            // can't be said in lines, whose hand moved was said, and a line that was read can't be
            // unread.
            News::Progress { .. }
            | News::Holds { .. }
            | News::Converting { .. }
            | News::Audio { .. }
            | News::Laser { .. }
            | News::Drawing { .. }
            | News::DrawingGone { .. }
            | News::Levels { .. }
            | News::Hands(_)
            | News::Picture { .. }
            | News::ChatGone { .. }
            | News::Replay(_) => return None,
        };
        Some(Saying::News(text.into_owned()))
    }

    /// What a document is called, once it was announced.
    pub(crate) fn document(&self, document: &BlobId) -> String {
        self.documents.get(document).cloned().unwrap_or_else(|| document.short())
    }

    /// What is on in the room, and why.
    fn room(&self, state: &RoomState) -> String {
        let name = state.room.as_ref().map(|room| clean(room.as_str()));
        let name = match (name, state.mates.is_empty()) {
            (None, _) => return t!("text.room_none").into_owned(),
            (Some(name), true) => return t!("text.room_alone", room = name).into_owned(),
            (Some(name), false) => name,
        };
        let people = self.persons(&state.mates);
        let rules = match state.loudspeaker {
            _ if state.headphones => t!("text.room_headphones"),
            None => t!("text.room_silent"),
            Some(member) if state.mates.contains(&member) => {
                t!("text.room_there", name = self.person(&member))
            }
            Some(_) => t!("text.room_here"),
        };
        t!("text.room", room = name, people = people, rules = rules).into_owned()
    }

    fn persons(&self, members: &[MemberId]) -> String {
        members.iter().map(|member| self.person(member)).collect::<Vec<_>>().join(", ")
    }

    fn person(&self, member: &MemberId) -> String {
        self.people.get(member).cloned().unwrap_or_else(|| member.short())
    }
}

fn meeting(title: &str, code: &Option<String>, link: &str) -> Saying {
    let mut text = t!("text.meeting", title = clean(title)).into_owned();
    if let Some(code) = code {
        text += "\n";
        text += &t!("text.code", code = clean(code));
    }
    text += "\n";
    text += &t!("text.link", link = clean(link));
    Saying::News(text)
}

fn member(name: &str, state: MemberState) -> std::borrow::Cow<'static, str> {
    t!(format!("text.member_{}", standing(state)), name = name)
}

fn reaction_key(kind: Feeling) -> String {
    format!("text.reaction_{}", kind.as_str())
}

fn warning(text: &str) -> Saying {
    Saying::Trouble(t!("text.warning", text = text).into_owned())
}

/// The keys of `locales/` that are put together here, for the test of locales.
#[cfg(test)]
pub(super) fn composed_keys() -> Vec<String> {
    use MemberState::{Asking, Away, Here, Left, Removed};
    let members =
        [Asking, Here, Away, Left, Removed].map(|s| format!("text.member_{}", standing(s)));
    members.into_iter().chain(Feeling::ALL.map(reaction_key)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, ANN};
    use super::*;
    use moot_node::room::stanza::PageTurn;
    use moot_node::room::time::{LocalTime, MediaTime};

    fn event(news: News) -> Event {
        Event { at: LocalTime::START, news }
    }

    #[test]
    fn people_are_called_by_name_once_they_are_known() {
        let mut narrator = Narrator::default();
        let floor = event(News::Floor { presenter: ANN });
        let Some(Saying::News(before)) = narrator.tell(&floor) else { panic!("no sentence") };
        assert!(before.contains(&ANN.short()), "{before}");
        narrator.tell(&event(News::Member {
            peer: ANN,
            name: "Ann".into(),
            state: MemberState::Here,
        }));
        let Some(Saying::News(after)) = narrator.tell(&floor) else { panic!("no sentence") };
        assert!(after.contains("Ann"), "{after}");
    }

    #[test]
    fn every_event_reads_as_a_sentence_without_escapes() {
        let mut narrator = Narrator::default();
        for event in samples::every_event() {
            match narrator.tell(&event) {
                Some(Saying::News(text) | Saying::Trouble(text)) => {
                    assert!(!text.contains("%{") && !text.contains("text."), "{text}");
                    assert!(!text.contains('\u{1b}'), "{text}");
                }
                None => assert!(matches!(
                    event.news,
                    // Of a growing one, and the same turn once more.
                    News::Replaced { .. }
                        | News::Page { .. }
                        | News::Progress { .. }
                        | News::Holds { .. }
                        | News::Converting { .. }
                        | News::Audio { .. }
                        | News::Laser { .. }
                        | News::Drawing { .. }
                        | News::DrawingGone { .. }
                        | News::Levels { .. }
                        | News::RoomSuggested { room: None, .. }
                        | News::Hands(_)
                        | News::Picture { .. }
                        | News::ChatGone { .. }
                        | News::Replay(_)
                )),
            }
        }
    }

    #[test]
    fn a_document_that_grows_is_told_of_without_its_versions() {
        let mut narrator = Narrator::default();
        let (draft, whole) = (BlobId([1; 32]), BlobId([2; 32]));
        let name = || "talk.pdf".to_owned();
        let growing = event(News::Growing { document: draft, name: name(), drawn: 12, pages: 40 });
        let Some(Saying::News(text)) = narrator.tell(&growing) else { panic!("no sentence") };
        assert!(text.contains("talk.pdf") && text.contains("12") && text.contains("40"), "{text}");
        let entry = EntryRef { author: ANN, seq: 5 };
        let turned = |document| {
            let (on, media) = (PageTurn { document, page: 1 }, MediaTime::from_samples(0));
            event(News::Page { on, entry, media, offset_ms: None })
        };
        assert!(narrator.tell(&turned(draft)).is_some());
        let all = News::Document { document: whole, name: name(), pages: 40, bytes: 9 };
        assert!(narrator.tell(&event(all)).is_some());
        let replaced = |document, by| event(News::Replaced { document, by });
        assert_eq!(narrator.tell(&replaced(draft, whole)), None);
        assert_eq!(narrator.tell(&turned(whole)), None, "nobody turned");
        let saved = BlobId([3; 32]);
        assert!(narrator.tell(&replaced(whole, saved)).is_some(), "it was saved again");
    }

    #[test]
    fn trouble_goes_to_standard_error() {
        let mut narrator = Narrator::default();
        let refused = event(News::Refused(moot_node::node::Refusal::WrongCode));
        assert!(matches!(narrator.tell(&refused), Some(Saying::Trouble(_))));
    }
}
