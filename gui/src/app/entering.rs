//! From the lobby into a meeting, and out again.

use super::App;
use crate::link::{self, Came, Notes};
use crate::model::lobby::EnteringState;
use crate::model::toasts::Tone;
use crate::model::{MeetingView, Screen, Sheet};
use moot_node::node::{Command, Entrance, Event, MemberState, News, Notice, Refusal};
use moot_node::room::id::MeetingId;
use moot_node::room::stanza::PageTurn;
use moot_node::words;
use rust_i18n::t;

impl App {
    /// The node tells something: entering, leaving, or the meeting itself.
    pub(super) fn on_event(&mut self, event: Event) {
        match event.news {
            News::Ready { peer, .. } => self.me = Some(peer),
            News::Refused(refusal) => {
                let code = matches!(refusal, Refusal::WrongCode | Refusal::CodeNeeded);
                self.on_refusal(words::refusal(refusal), code);
            }
            News::Error(Notice::NotFound { .. }) if self.model.meeting.is_none() => {
                self.on_refusal(t!("window.not_found").into_owned(), false);
            }
            News::Left => self.on_stopped(),
            news => {
                if let News::Meeting { id, title, .. } = &news
                    && let Some(me) = self.me
                    && self.model.meeting.is_none()
                {
                    let mut meeting = MeetingView::new(*id, title.clone(), me, self.model.now);
                    meeting.sound.source = self.model.settings.source.is_some();
                    // As the node begins (`Link::enter`).
                    meeting.sound.muted = !meeting.sound.source;
                    // The demonstration is there to be heard.
                    meeting.sound.deafened = !self.demo && !self.model.settings.listening;
                    meeting.demo = self.demo;
                    let deafened = meeting.sound.deafened;
                    self.enter_meeting(meeting);
                    if deafened {
                        self.send(Command::Deafen(true));
                    }
                }
                let noted = matches!(news, News::SpeakerNotes { .. } | News::Replaced { .. });
                self.fold(news);
                if let Some(meeting) = self.model.meeting.as_ref().filter(|_| noted) {
                    self.link.keep_notes(meeting.stage.notes.clone());
                }
            }
        }
    }

    fn fold(&mut self, news: News) {
        // Who records has decided so.
        let others = |member| self.model.meeting.as_ref().is_some_and(|m| m.me != member);
        let consent = matches!(&news, News::Recording { on: true, member } if others(*member))
            .then(|| self.recorded());
        let asking = match &news {
            News::Member { name, state: MemberState::Asking, .. } => Some(name.clone()),
            _ => None,
        };
        let locked = match &news {
            News::PasswordNeeded { name, wrong } => {
                Some(Sheet::Password { name: name.clone(), wrong: *wrong })
            }
            _ => None,
        };
        if let News::Page { on, .. } = &news {
            self.frames.turned(*on);
        }
        let now = self.model.now;
        let Some(meeting) = &mut self.model.meeting else { return };
        // When something was said before this node came, nobody's calendar tells.
        let clock = self.caught_up.then(|| self.model.clock.clone());
        // A node tells its own microphone when it has told what was said so far.
        let caught_up = matches!(&news, News::Microphone { member, .. } if *member == meeting.me);
        let just_caught_up = caught_up && !self.caught_up;
        self.caught_up |= caught_up;
        let company = meeting.people.here() > 1;
        link::fold(meeting, &mut self.model.toasts, news, &Came { now, clock });
        if company && meeting.cut_off() {
            self.cut_off = true;
            self.model.toasts.add(Tone::Warning, t!("window.cut_off"), now);
        } else if self.cut_off && meeting.people.here() > 1 {
            self.cut_off = false;
            self.model.toasts.add(Tone::News, t!("window.back_together"), now);
        }
        if meeting.presenting() {
            for choice in std::mem::take(&mut self.to_open) {
                self.send(Command::Document(choice));
            }
        }
        if just_caught_up {
            self.tell_colour();
        }
        if let Some(sheet) = locked {
            self.model.sheet = Some(sheet);
        }
        if let Some(name) = asking {
            let words = t!("window.asks", name = name);
            self.model.toasts.add(Tone::News, words, now);
        }
        if consent == Some(false) && self.recorded() {
            self.model.toasts.add(Tone::News, t!("window.consent"), now);
        }
    }

    /// Tells everybody the colour of one's picture, unless the meeting knows it.
    fn tell_colour(&mut self) {
        let Some(meeting) = &self.model.meeting else { return };
        let known = meeting.people.get(&meeting.me).and_then(|person| person.chosen);
        if let Some(colour) = self.model.settings.colour.filter(|chosen| known != Some(*chosen)) {
            self.send(Command::Picture(colour));
        }
    }

    fn recorded(&self) -> bool {
        self.model.meeting.as_ref().is_some_and(MeetingView::recorded)
    }

    /// Keeps what the person wants to say about a page.
    pub(super) fn note(&mut self, on: PageTurn, words: String) {
        let Some(meeting) = &mut self.model.meeting else { return };
        meeting.stage.notes.insert(on, words);
        self.link.keep_notes(meeting.stage.notes.clone());
    }

    /// What was noted in the meeting before.
    pub(super) fn on_notes(&mut self, of: MeetingId, notes: Result<Notes, String>) {
        let Some(meeting) = self.model.meeting.as_mut().filter(|meeting| meeting.id == of) else {
            return;
        };
        match notes {
            Ok(notes) => {
                let notes = notes.into_iter().map(|(on, words)| (meeting.stage.lies_on(on), words));
                let notes: Notes = notes.collect();
                meeting.stage.notes.extend(notes);
            }
            Err(problem) => {
                let words = t!("window.notes_unkept", problem = problem);
                self.model.toasts.add(Tone::Error, words, self.model.now);
            }
        }
    }

    fn enter_meeting(&mut self, meeting: MeetingView) {
        // The demonstration leaves nothing behind.
        if !self.demo {
            self.link.open_notes(meeting.id);
        }
        self.model.meeting = Some(meeting);
        self.caught_up = false;
        self.cut_off = false;
        self.to_open.clear();
        self.model.lobby.entering = None;
        self.model.screen = Screen::Meeting;
        self.model.sheet = None;
    }

    /// It was not let in, or could not begin.
    pub(super) fn on_refusal(&mut self, problem: String, code: bool) {
        if let Some(entering) = &mut self.model.lobby.entering {
            entering.state = EnteringState::Failed { problem, code };
        } else {
            self.model.toasts.add(Tone::Error, problem, self.model.now);
        }
        if self.model.meeting.is_some() {
            self.return_to_lobby();
        }
    }

    /// The node has left.
    pub(super) fn on_stopped(&mut self) {
        if self.model.meeting.is_some() {
            self.return_to_lobby();
        }
    }

    /// Leaves the meeting or closes the player.
    pub(super) fn leave(&mut self) {
        if self.model.screen == Screen::Player {
            return self.obey(crate::command::Play::Close.into());
        }
        self.link.leave();
        self.return_to_lobby();
    }

    fn return_to_lobby(&mut self) {
        self.model.meeting = None;
        self.model.screen = Screen::Lobby;
        self.model.sheet = None;
        self.demo = false;
        self.link.close_notes();
        self.pictures.source().close();
        self.pictures.clear();
        self.link.refresh();
    }

    /// Opens the system's dialog, and the path field where there is none.
    pub(super) fn open_document(&mut self) {
        self.link.choose_files();
    }

    /// There is no dialog to choose files in: ask for the path.
    pub(super) fn on_no_dialog(&mut self) {
        self.field_opens = true;
        self.model.sheet = Some(Sheet::OpenPath);
    }

    /// The demonstration stands: join it, by link.
    pub(super) fn on_demo(&mut self, link: Result<String, String>) {
        match link {
            Ok(link) => {
                self.demo = true;
                let entrance = Entrance::Join { meeting: Some(link), code: None };
                self.link.enter_demo(entrance, &self.model.settings);
            }
            Err(problem) => {
                let words = t!("window.demo_failed", problem = problem);
                self.on_refusal(words.into_owned(), false);
            }
        }
    }
}
