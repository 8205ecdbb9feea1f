//! What each command does: a change of what the window shows, or a word to the node.

use super::App;
use crate::command::{Command, Copying, Enter, InRoom, OnPage, Window, WithPeople};
use crate::link::carry;
use crate::model::lobby::{Entering, EnteringState};
use crate::model::toasts::Tone;
use crate::model::{MeetingView, Screen, Sheet};
use moot_node::io::document::Original;
use moot_node::node::{Command as Node, DocumentChoice, Entrance, Rehearsing};
use moot_node::room::id::BlobId;
use moot_node::room::stanza::{Drawing, PageTurn};
use rust_i18n::t;

impl App {
    /// Carries it out.
    pub(super) fn obey(&mut self, command: Command) {
        match command {
            Command::Do(deed) => self.do_deed(deed),
            Command::Enter(enter) => self.enter(enter),
            Command::Page(on_page) => self.on_page(on_page),
            Command::People(with) => self.with_people(&with),
            Command::Room(in_room) => self.in_room(in_room),
            Command::Say(text) => self.send(Node::Say(text)),
            Command::Play(play) => self.play(play),
            Command::Window(window) => self.window(window),
        }
    }

    /// Hands the node a command; says so when it can't take it.
    pub(super) fn send(&mut self, command: Node) {
        if self.model.meeting.is_some() && !self.link.send(command) {
            let words = t!("window.busy");
            self.model.toasts.add(Tone::Error, words, self.model.now);
        }
    }

    fn enter(&mut self, enter: Enter) {
        let entrance = match enter {
            Enter::Start { title, joining, documents } => {
                self.entering(&title);
                let documents = carry::originals(documents);
                Entrance::Host { title, join: joining.into(), documents }
            }
            Enter::Join { meeting, title, code } => {
                self.entering(&title);
                Entrance::Join { meeting: Some(meeting.to_string()), code }
            }
            Enter::Link(link) => {
                self.entering(&t!("window.by_link"));
                Entrance::Join { meeting: Some(link.trim().to_owned()), code: None }
            }
            Enter::Continue(meeting) => {
                let known = self.model.lobby.earlier.iter().find(|known| known.id == meeting);
                let title = known.map(|known| known.title.clone()).unwrap_or_default();
                self.entering(&title);
                Entrance::Continue { meeting }
            }
            Enter::Demo => {
                self.entering(&t!("window.demo_title"));
                return self.link.begin_demo();
            }
            Enter::GiveUp => {
                self.model.lobby.entering = None;
                return self.link.leave();
            }
            Enter::Forget(meeting) => return self.link.forget(meeting),
            Enter::OpenRecording(folder) => return self.open_recording(folder),
            Enter::DeleteRecording(folder) => return self.link.delete_recording(folder),
        };
        self.link.keep(&self.model.settings);
        self.link.enter(entrance, &self.model.settings);
    }

    fn entering(&mut self, title: &str) {
        let entering = Entering { title: title.to_owned(), state: EnteringState::Knocking };
        self.model.lobby.entering = Some(entering);
    }

    fn on_page(&mut self, on_page: OnPage) {
        match on_page {
            OnPage::Go(page) => self.go(page),
            OnPage::Show(document) => self.show(PageTurn { document, page: 1 }),
            OnPage::Open(file) => {
                self.model.sheet = self.model.sheet.take().filter(|s| *s != Sheet::OpenPath);
                self.open(DocumentChoice::File(file));
            }
            OnPage::OpenPictures(files) => self.open(DocumentChoice::Pictures(files)),
            OnPage::Unlock(password) => {
                self.model.sheet = None;
                self.send(Node::Password(password));
            }
            OnPage::Update(document) => self.update(Some(document)),
            OnPage::NotNow(document) => {
                self.meeting(|m| m.stage.saved.retain(|(saved, _)| *saved != document));
            }
            OnPage::GiveUpConverting => self.send(Node::Cancel),
            OnPage::Draw(ink) => self.send(carry::draw(ink)),
            OnPage::Drawing(id, stroke) => {
                // One that gets lost costs nothing: the finished stroke follows.
                let _ = self.link.send(Node::Drawing(Drawing { id, stroke }));
            }
            OnPage::Note(note) => self.send(carry::note(note)),
            OnPage::Notes(on, words) => self.note(on, words),
            OnPage::Erase(marks) => self.send(Node::Erase(marks)),
            OnPage::Laser(on, at) => {
                let _ = self.link.send(Node::Laser { on: Some(on), at });
            }
            OnPage::Zoom(factor, around) => {
                self.meeting(|m| m.stage.zoom_around(factor, around));
            }
            OnPage::Pan(by) => self.meeting(|m| {
                let middle = m.stage.middle + by;
                m.stage.middle = middle.clamp(egui::Vec2::ZERO, egui::Vec2::splat(1.0));
            }),
            OnPage::Fit(fit) => self.meeting(|m| m.stage.fit(fit)),
            OnPage::SaveCopy(copying) => self.save_copy(copying),
            OnPage::Search(query) => self.search(query),
            OnPage::Ink(ink) => self.meeting(|m| m.tools.ink = ink),
            OnPage::Width(width) => self.meeting(|m| m.tools.width = width),
        }
    }

    /// Has the file that was saved again, of this document or the last one, take its place.
    pub(super) fn update(&mut self, document: Option<BlobId>) {
        let mut name = None;
        self.meeting(|m| {
            let of = |(saved, _): &(BlobId, String)| document.is_none_or(|wanted| *saved == wanted);
            if let Some(at) = m.stage.saved.iter().rposition(of) {
                name = Some(m.stage.saved.remove(at).1);
            }
        });
        self.send(Node::Update(name));
    }

    /// Saves a copy of the document in view.
    fn save_copy(&mut self, copying: Copying) {
        self.model.sheet = None;
        let Some(view) = self.view() else { return };
        let Some(document) = view.stage.current() else { return };
        let (id, name) = (document.id.to_string(), document.name.clone());
        let folder = match (self.model.screen, &self.model.player) {
            (Screen::Player, Some(player)) => player.folder.clone(),
            _ => self.link.folder_of(&view.id),
        };
        self.link.save_copy(folder, id, name, copying);
    }

    /// Opens a file for everybody. Who shows something presents: the floor is taken first, and the
    /// file waits for it.
    fn open(&mut self, choice: DocumentChoice) {
        let Some(meeting) = &mut self.model.meeting else { return };
        let name = match &choice {
            DocumentChoice::File(file) => Original::from(file).name(),
            DocumentChoice::Pictures(files) => Original::pictures(files.clone()).name(),
            DocumentChoice::Named(name) => name.clone(),
        };
        meeting.stage.converting = Some((name, 0, 0));
        if meeting.presenting() {
            self.send(Node::Document(choice));
        } else {
            self.to_open.push(choice);
            self.send(Node::Present);
        }
    }

    /// The presenter turns everybody's page, others leaf; the player goes to when it was shown.
    fn go(&mut self, page: u32) {
        let at = self.view().and_then(|view| view.stage.page());
        match (self.model.screen, at) {
            (Screen::Meeting, Some(on)) => self.show(PageTurn { page, ..on }),
            (Screen::Player, Some(on)) => self.play_page(PageTurn { page, ..on }),
            _ => {}
        }
    }

    fn show(&mut self, on: PageTurn) {
        let Some(meeting) = &mut self.model.meeting else { return };
        if !meeting.presenting() {
            return meeting.stage.leaf(on);
        }
        meeting.stage.leafed = None;
        let shown = meeting.stage.shown.map(|shown| shown.document);
        if shown == Some(on.document) {
            self.turning = Some((on, self.model.now));
            self.send(Node::Page(on.page));
        } else if let Some(document) = meeting.stage.document(on.document) {
            let command = carry::show(&document.name);
            self.send(command);
        }
    }

    fn in_room(&mut self, in_room: InRoom) {
        if let InRoom::Sit(_) = in_room {
            self.meeting(|m| m.room_suggested = None);
        }
        let loudspeaker_off = self.model.meeting.as_ref().is_some_and(|m| m.sound.deafened);
        if in_room == InRoom::PlayHere && loudspeaker_off {
            self.toggle_speaker();
        }
        self.send(match in_room {
            InRoom::Sit(room) => Node::Room(room),
            InRoom::Headphones(on) => Node::Headphones(on),
            InRoom::PlayHere => Node::LoudspeakerHere(true),
        });
    }

    fn with_people(&mut self, with: &WithPeople) {
        match *with {
            WithPeople::Volume(member, percent) => {
                self.meeting(|m| {
                    if let Some(person) = m.people.get_mut(&member) {
                        person.volume = percent;
                    }
                });
            }
            WithPeople::Silence(member, on) => {
                self.meeting(|m| {
                    if let Some(person) = m.people.get_mut(&member) {
                        person.silenced = on;
                    }
                });
            }
            WithPeople::Remove(_) => self.model.sheet = None,
            _ => {}
        }
        self.send(carry::people(with));
    }

    fn window(&mut self, window: Window) {
        match window {
            Window::Sheet(sheet) => self.model.sheet = sheet,
            Window::Settings(settings) => {
                let before = std::mem::replace(&mut self.model.settings, *settings);
                let renamed = self.model.settings.name != before.name;
                self.link.keep(&self.model.settings);
                if renamed && self.model.meeting.is_some() {
                    self.send(Node::Rename(self.model.settings.name.clone()));
                }
                self.change_devices(&before);
            }
            Window::Copy(words) => {
                self.ctx.copy_text(words);
                self.model.toasts.add(Tone::News, t!("window.copied"), self.model.now);
            }
            Window::Rehearse => {
                self.model.rehearsal = Some(Rehearsing::Listening { level: 0 });
                self.link.rehearse(&self.model.settings);
            }
            Window::Documents => {
                self.model.stored = None;
                self.model.sheet = Some(Sheet::Documents);
                self.link.list_stored();
            }
            Window::RemoveStored(document) => self.link.remove_stored(document),
            Window::Browse(address) => {
                self.model.sheet =
                    self.model.sheet.take().filter(|s| !matches!(s, Sheet::ConfirmBrowse(_)));
                self.ctx.open_url(egui::OpenUrl::new_tab(address));
            }
            Window::Dismiss(text) => self.model.toasts.dismiss(&text),
            Window::ChatInView(in_view) => {
                self.meeting(|m: &mut MeetingView| m.chat.look(in_view));
            }
        }
    }
}
