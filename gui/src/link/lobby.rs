//! The lobby: meetings nearby, earlier ones, recordings.

use super::Report;
use crate::model::lobby::{EarlierMeeting, FoundMeeting, NothingFound, Recording};
use moot_node::io::profile;
use moot_node::node::history::{self, LeftHow};
use moot_node::node::lobby::{Diagnosis, Lobby, LobbyEvent, LobbyHandle, Nearby};
use moot_node::node::recordings::{self, RecordingSummary};
use moot_node::room::id::MemberId;
use moot_node::words;
use std::path::{Path, PathBuf};
use tokio::runtime::Handle;
use tokio::sync::mpsc::Sender;

/// What the lobby is told.
#[derive(Debug)]
pub enum LobbyReport {
    /// Of meetings nearby.
    Nearby(LobbyEvent),
    /// Meetings this device was in.
    Earlier(Vec<EarlierMeeting>),
    /// Kept meetings with their sound.
    Recordings(Vec<Recording>),
    /// Whose device this is, if it has ever been in a meeting.
    Own(Option<MemberId>),
    /// Something could not be done, in words.
    Trouble(String),
}

/// Watches the network while the lobby is in view.
#[derive(Default)]
pub(super) struct Watch {
    open: Option<LobbyHandle>,
    /// What is on disk is to be read again.
    stale: bool,
}

/// Where its tasks run, and whom they tell.
pub(super) struct Desk<'a> {
    pub(super) runtime: &'a Handle,
    pub(super) sender: &'a Sender<Report>,
    pub(super) ctx: &'a egui::Context,
    pub(super) data: &'a Path,
}

impl Watch {
    /// Begins or ends to watch.
    pub(super) fn set(&mut self, wanted: bool, desk: &Desk<'_>) {
        if !wanted {
            self.open = None;
            self.stale = true;
            return;
        }
        if self.open.is_none() {
            self.open = Some(watch(desk));
            self.stale = true;
        }
        if std::mem::take(&mut self.stale) {
            let data = desk.data.to_owned();
            desk.report(move || LobbyReport::Own(profile::member_in(&data)));
            let data = desk.data.to_owned();
            desk.report(move || LobbyReport::Earlier(earlier(&data)));
            // These take longer: each one's log is read.
            let data = desk.data.to_owned();
            desk.report(move || LobbyReport::Recordings(recorded(&data)));
        }
    }

    /// What is on disk has changed.
    pub(super) fn refresh(&mut self) {
        self.stale = true;
    }
}

impl Desk<'_> {
    /// Does what takes a moment of the disk, and reports it.
    pub(super) fn report(&self, work: impl FnOnce() -> LobbyReport + Send + 'static) {
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        self.runtime.spawn_blocking(move || {
            let _ = sender.blocking_send(Report::Lobby(work()));
            ctx.request_repaint();
        });
    }
}

/// Deletes an earlier meeting, and tells what is left.
pub(super) fn forget(data: &Path, meeting: &moot_node::room::id::MeetingId) -> LobbyReport {
    match history::forget(data, meeting) {
        Ok(()) => LobbyReport::Earlier(earlier(data)),
        Err(error) => LobbyReport::Trouble(words::forget_error(&error)),
    }
}

/// Deletes a recording, and tells what is left.
pub(super) fn delete(data: &Path, folder: &Path) -> LobbyReport {
    match recordings::delete(folder) {
        Ok(()) => LobbyReport::Recordings(recorded(data)),
        Err(error) => LobbyReport::Trouble(words::delete_error(&error)),
    }
}

fn watch(desk: &Desk<'_>) -> LobbyHandle {
    let _inside = desk.runtime.enter();
    let (lobby, mut events) = Lobby::open();
    let (sender, ctx) = (desk.sender.clone(), desk.ctx.clone());
    desk.runtime.spawn(async move {
        while let Some(event) = events.recv().await {
            if sender.send(Report::Lobby(LobbyReport::Nearby(event))).await.is_err() {
                return;
            }
            ctx.request_repaint();
        }
    });
    lobby
}

fn earlier(data: &Path) -> Vec<EarlierMeeting> {
    let kept = history::list(data).into_iter();
    let shown = kept.map(|kept| EarlierMeeting {
        id: kept.id,
        title: kept.title,
        last_used: Some(kept.last_used.0 / 1000),
        members: kept.members,
        interrupted: kept.left_how == Some(LeftHow::Cut),
    });
    shown.collect()
}

fn recorded(data: &Path) -> Vec<Recording> {
    recordings::list(data).into_iter().map(Recording::from).collect()
}

impl From<RecordingSummary> for Recording {
    fn from(kept: RecordingSummary) -> Self {
        let cleaned = |names: &[String]| names.iter().map(|name| words::clean(name)).collect();
        Self {
            meeting: kept.id,
            title: words::clean(&kept.title),
            started: kept.started.map(|at| at.0 / 1000),
            duration: kept.duration,
            members: cleaned(&kept.members),
            documents: cleaned(&kept.documents),
            bytes: kept.bytes,
            problem: kept.problem.as_ref().map(words::recording_problem),
            folder: kept.folder,
        }
    }
}

/// Takes a report into what the lobby shows.
pub fn fold_lobby(lobby: &mut crate::model::Lobby, report: LobbyReport) {
    match report {
        LobbyReport::Nearby(LobbyEvent::Found(near) | LobbyEvent::Changed(near)) => {
            lobby.nothing_found = None;
            let fresh = found(lobby, &near);
            match lobby.found.iter_mut().find(|known| known.id == fresh.id) {
                Some(known) => *known = fresh,
                None => lobby.found.push(fresh),
            }
        }
        LobbyReport::Nearby(LobbyEvent::Gone { id }) => lobby.found.retain(|known| known.id != id),
        LobbyReport::Nearby(LobbyEvent::NothingYet(why)) => {
            lobby.nothing_found = Some(match why {
                Diagnosis::NoNetwork => NothingFound::NoNetwork,
                Diagnosis::NobodyHere => NothingFound::Nobody,
                Diagnosis::NoMulticast | Diagnosis::Blocked | Diagnosis::Unavailable(_) => {
                    NothingFound::MulticastBlocked
                }
            });
        }
        LobbyReport::Earlier(earlier) => {
            lobby.earlier = earlier;
            let known: Vec<_> = lobby.earlier.iter().map(|known| known.id).collect();
            for found in &mut lobby.found {
                found.member = known.contains(&found.id);
            }
        }
        LobbyReport::Own(me) => lobby.me = me,
        LobbyReport::Recordings(recordings) => lobby.recordings = recordings,
        LobbyReport::Trouble(_) => {}
    }
}

fn found(lobby: &crate::model::Lobby, near: &Nearby) -> FoundMeeting {
    FoundMeeting {
        id: near.id,
        title: words::clean(&near.title),
        join: near.join,
        people: near.people.iter().map(|name| words::clean(name)).collect(),
        count: near.members,
        member: lobby.earlier.iter().any(|known| known.id == near.id),
    }
}

/// The folder of identity, meetings and documents when nothing else was chosen.
pub(super) fn usual_data() -> PathBuf {
    profile::default_root().unwrap_or_else(|| PathBuf::from("moot-data"))
}
