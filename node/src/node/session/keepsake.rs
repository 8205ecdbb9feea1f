//! What this node keeps of the meeting for its list of earlier ones.

use super::Session;
use crate::io::clock;
use crate::io::profile;
use crate::io::summary::{LeftHow, NAMES, Summary};
use crate::node::event::Notice;
use crate::room::meeting::Status;
use std::path::PathBuf;
use tokio::task::JoinHandle;

/// Where it is kept, and what was written last.
pub(in crate::node) struct Keepsake {
    data: PathBuf,
    folder: PathBuf,
    written: Option<(Vec<String>, u32)>,
    writing: Option<JoinHandle<()>>,
}

impl Keepsake {
    /// For the meeting in `folder` of the data folder `data`.
    pub(in crate::node) fn new(data: PathBuf, folder: PathBuf) -> Self {
        Self { data, folder, written: None, writing: None }
    }
}

impl Session {
    /// Once a second: writes the summary when it would read differently. Should this be the last,
    /// the node was cut off.
    pub(super) fn keep_summary(&mut self) {
        let under_way = self.keepsake.writing.as_ref().is_some_and(|task| !task.is_finished());
        let now = self.others();
        if under_way || self.keepsake.written.as_ref() == Some(&now) {
            return;
        }
        self.keepsake.written = Some(now);
        let (summary, folder) = (self.summary(LeftHow::Cut), self.keepsake.folder.clone());
        self.keepsake.writing = Some(tokio::task::spawn_blocking(move || {
            if let Err(error) = summary.write(&folder) {
                tracing::warn!(%error, "the list of earlier meetings will not be up to date");
            }
        }));
    }

    /// Writes how it ended.
    pub(super) async fn finish_summary(&mut self, left: LeftHow) {
        if let Some(writing) = self.keepsake.writing.take() {
            let _ = writing.await;
        }
        let (summary, folder) = (self.summary(left), self.keepsake.folder.clone());
        let _ = tokio::task::spawn_blocking(move || summary.write(&folder)).await;
    }

    /// Is called `name` from now on, in this meeting, on the network, and at the next start.
    pub(super) async fn be_called(&mut self, name: String) {
        self.name.clone_from(&name);
        self.announce().await;
        let data = self.keepsake.data.clone();
        let kept = tokio::task::spawn_blocking(move || profile::remember_name(&data, &name)).await;
        if let Ok(Err(error)) = kept {
            self.teller.warn(Notice::Storage { problem: error.to_string() }).await;
        }
    }

    fn summary(&self, left: LeftHow) -> Summary {
        let (members, others) = self.others();
        Summary { last_used: clock::wall(), members, others, left }
    }

    /// The first of the other members' names, and how many others there are.
    fn others(&self) -> (Vec<String>, u32) {
        let meeting = self.view.meeting();
        let others =
            || meeting.members().filter(|m| m.id != self.me && m.status != Status::Removed);
        let names = others().map(|member| member.name.to_owned()).take(NAMES).collect();
        (names, u32::try_from(others().count()).unwrap_or(u32::MAX))
    }
}
