//! A recorded meeting again: the same entries and frames through the same queue, view and playout.

use super::config::SinkChoice;
use super::entrance::LOG;
use super::event::{Event, News};
use super::library::{picture, read};
use super::talk::Ends;
use super::tell::Teller;
use super::told;
use super::view::{Applied, View};
use crate::io::audio::{Frame, Playout, PlayoutEvent};
use crate::io::blobs::Blobs;
use crate::io::clock::Clock;
use crate::io::log::{self, LogError};
use crate::io::pages::{CACHE_BYTES, PageCache};
use crate::io::profile::known_meeting;
use crate::io::recording::{REPLAY_TUNING, Replay, ReplayError, ReplayEvent};
use crate::node::config::SourceChoice;
use crate::room::entry::Entry;
use crate::room::id::{BlobId, EntryRef, MemberId};
use crate::room::pages::PageIndex;
use crate::room::stanza::{Action, Payload};
use crate::room::time::LocalTime;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long the last sounds and actions take to come out at the end.
const TAIL: Duration = Duration::from_millis(700);

/// Why a folder can't be replayed.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// Not the folder of a meeting.
    #[error("{0} is not the folder of a meeting; they are in DATA/meetings")]
    NoMeeting(PathBuf),
    /// Its recording.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// Its log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The sink.
    #[error("the sound can't be played: {0}")]
    Sound(String),
}

/// Replays the meeting in `folder` in real time, telling what a listener would have been told.
///
/// # Errors
/// [`PlayError`].
pub async fn replay(
    folder: PathBuf,
    sink: SinkChoice,
    events: mpsc::Sender<Event>,
    clock: Clock,
) -> Result<(), PlayError> {
    let opened = tokio::task::spawn_blocking(move || open(&folder, &sink)).await;
    let (projector, replay, ends) =
        opened.map_err(|error| PlayError::Sound(error.to_string()))??;
    let (playout, played) = Playout::start(ends.into_sink(), REPLAY_TUNING, clock)
        .map_err(|error| PlayError::Sound(error.to_string()))?;
    let teller = Teller::to(clock, events);
    Projection { clock, teller, projector, playout, played, applied: BTreeSet::new() }
        .run(replay)
        .await;
    Ok(())
}

/// What a replay shows from.
struct Projector {
    view: View,
    entries: BTreeMap<EntryRef, (Entry, Action)>,
    indexes: BTreeMap<BlobId, PageIndex>,
    cache: PageCache,
}

fn open(folder: &Path, sink: &SinkChoice) -> Result<(Projector, Replay, Ends), PlayError> {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let meeting = known_meeting(&folder).ok_or_else(|| PlayError::NoMeeting(folder.clone()))?.id;
    let replay = Replay::open(&folder)?;
    let said = log::entries_in(&folder.join(LOG), &meeting)?;
    // Where the data folder keeps what all its meetings share.
    let shared = folder.ancestors().nth(2).unwrap_or(&folder).join("blobs");
    let blobs = Blobs::open(&shared).ok();
    let path = move |blob: &BlobId| blobs.as_ref().map(|blobs| blobs.path(blob));
    let mut indexes = BTreeMap::new();
    let mut entries = BTreeMap::new();
    for entry in said {
        let Ok(action) = Action::parse(entry.stanza()) else { continue };
        if let Payload::Document(announced) = &action.payload {
            let bytes = path(&announced.document).and_then(|path| std::fs::read(path).ok());
            let index = bytes.and_then(|bytes| PageIndex::decode(&bytes).ok());
            indexes.extend(index.map(|index| (announced.document, index)));
        }
        entries.insert(EntryRef { author: entry.author(), seq: entry.seq() }, (entry, action));
    }
    let missing = || std::io::Error::from(std::io::ErrorKind::NotFound);
    let cache =
        PageCache::new(move |blob: &BlobId| read(&path(blob).ok_or_else(missing)?), CACHE_BYTES);
    let ends = Ends::open(&SourceChoice::None, sink).map_err(PlayError::Sound)?;
    // Nobody's own actions are special in a replay.
    let view = View::new(meeting, MemberId([0; 32]));
    Ok((Projector { view, entries, indexes, cache }, replay, ends))
}

struct Projection {
    clock: Clock,
    teller: Teller,
    projector: Projector,
    playout: Playout,
    played: mpsc::Receiver<PlayoutEvent>,
    applied: BTreeSet<EntryRef>,
}

impl Projection {
    async fn run(mut self, replay: Replay) {
        let timed: Vec<_> = replay.collect();
        self.before(&timed).await;
        let start = self.clock.now();
        let mut schedule = timed.into_iter().peekable();
        loop {
            let next = schedule.peek().map(|(at, _)| start + *at);
            let Some(next) = next else { break };
            self.wait(next).await;
            if let Some((_, event)) = schedule.next() {
                self.happen(event).await;
            }
        }
        self.wait(self.clock.now() + TAIL).await;
    }

    /// What was said before the recording began is there from the start.
    async fn before(&mut self, timed: &[(Duration, ReplayEvent)]) {
        let later: BTreeSet<_> = timed
            .iter()
            .filter_map(|(_, event)| match event {
                ReplayEvent::Entry(entry) => Some(*entry),
                ReplayEvent::Frame { .. } => None,
            })
            .collect();
        let early: Vec<_> =
            self.projector.entries.keys().filter(|e| !later.contains(e)).copied().collect();
        for entry in early {
            self.take(entry).await;
        }
    }

    async fn happen(&mut self, event: ReplayEvent) {
        match event {
            ReplayEvent::Entry(entry) => self.take(entry).await,
            ReplayEvent::Frame { author, epoch, at, opus } => {
                let arrived = self.clock.now();
                self.projector.view.arriving(author, epoch, arrived);
                self.playout.input().frame(Frame { author, epoch, at, opus, arrived });
            }
        }
    }

    /// Plays until `until`.
    async fn wait(&mut self, until: LocalTime) {
        loop {
            let now = self.clock.now();
            if now >= until {
                return;
            }
            let due = self.projector.view.next_wake(now).map_or(until, |due| due.min(until));
            tokio::select! {
                biased;
                Some(event) = self.played.recv() => self.heard(event).await,
                () = tokio::time::sleep_until(self.clock.instant(due).into()) => {}
            }
            let applied = self.projector.view.poll(self.clock.now());
            self.report(applied).await;
        }
    }

    async fn heard(&mut self, event: PlayoutEvent) {
        match event {
            PlayoutEvent::Played(played) => {
                let view = &mut self.projector.view;
                view.playout(played.author, played.epoch, played.first, played.at);
            }
            PlayoutEvent::Heard(talkers) => {
                for (author, heard) in talkers {
                    self.teller.tell(News::Audio { author, heard }).await;
                }
            }
            // Nobody is shown how loud a recording's voices are.
            PlayoutEvent::Levels(_) => {}
            PlayoutEvent::Failed(problem) => {
                self.teller.warn(super::event::Notice::Sound { problem }).await;
            }
        }
    }

    async fn take(&mut self, entry: EntryRef) {
        if !self.applied.insert(entry) {
            return;
        }
        let Some((entry, action)) = self.projector.entries.get(&entry).cloned() else { return };
        let now = self.clock.now();
        let applied = self.projector.view.take(entry, action, now);
        self.report(applied).await;
    }

    async fn report(&mut self, applied: Vec<Applied>) {
        for Applied { change, offset_ms, at } in applied {
            let news = told::news(&change, self.projector.view.meeting(), offset_ms);
            let Some(news) = news else { continue };
            self.teller.tell_at(at, news).await;
        }
        self.show().await;
    }

    async fn show(&mut self) {
        let Some(turn) = self.projector.view.awaited() else { return };
        self.projector.view.shown();
        let index = self.projector.indexes.get(&turn.on.document);
        let page = |page| index.and_then(|index| picture(index, page));
        if let Some(blob) = page(turn.on.page) {
            // A picture that is not here is told of all the same: the relation is what is replayed.
            let _ = self.projector.cache.get(blob).await;
        }
        let near = [turn.on.page.checked_add(1), turn.on.page.checked_add(2)];
        self.projector.cache.prefetch(near.into_iter().flatten().filter_map(page));
        let now = self.clock.now();
        let (entry, media) = (turn.entry, turn.stamp.at);
        let news = News::Page { on: turn.on, entry, media, offset_ms: turn.offset_at(now) };
        self.teller.tell_at(now, news).await;
    }
}
