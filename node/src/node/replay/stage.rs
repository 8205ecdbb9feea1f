//! The meeting as a replay shows it: folded from the log, up to any place.

use super::PlayError;
use crate::io::blobs::Blobs;
use crate::io::log;
use crate::io::pages::{CACHE_BYTES, PageCache};
use crate::io::profile::known_meeting;
use crate::io::recording::Recording;
use crate::node::entrance::LOG;
use crate::node::event::{MemberState, News};
use crate::node::library::{picture, read};
use crate::node::told;
use crate::room::entry::Entry;
use crate::room::id::{BlobId, EntryRef, MeetingId, MemberId};
use crate::room::meeting::{Change, Meeting, Status};
use crate::room::pages::PageIndex;
use crate::room::playback::Position;
use crate::room::stanza::{Action, PageTurn, Payload};
use crate::room::time::{Epoch, MediaTime};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Page turns that are decoded before they are due: as many pages as the cache keeps as pixels.
const AHEAD: usize = 3;

/// Everything that was said.
pub(super) struct Script {
    meeting: MeetingId,
    entries: BTreeMap<EntryRef, (Entry, Action)>,
    indexes: BTreeMap<BlobId, PageIndex>,
    blobs: Option<Blobs>,
}

/// Opens log and recording of a meeting's folder. Blocks.
pub(super) fn open(folder: &Path) -> Result<(Script, Recording), PlayError> {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let meeting = known_meeting(&folder).ok_or_else(|| PlayError::NoMeeting(folder.clone()))?.id;
    // Where the data folder keeps what all its meetings share.
    let shared = folder.ancestors().nth(2).unwrap_or(&folder).join("blobs");
    let blobs = Blobs::open(&shared).ok();
    let path = |blob: &BlobId| Some(blobs.as_ref()?.path(blob));
    let (mut entries, mut indexes) = (BTreeMap::new(), BTreeMap::new());
    for entry in log::entries_in(&folder.join(LOG), &meeting)? {
        let Ok(action) = Action::parse(entry.stanza()) else { continue };
        if let Payload::Document(announced) = &action.payload {
            let bytes = path(&announced.document).and_then(|path| std::fs::read(path).ok());
            let index = bytes.and_then(|bytes| PageIndex::decode(&bytes).ok());
            indexes.extend(index.map(|index| (announced.document, index)));
        }
        entries.insert(EntryRef { author: entry.author(), seq: entry.seq() }, (entry, action));
    }
    let stamp = |(_, action): &(Entry, Action)| (action.stamp.epoch, action.stamp.at);
    let stamps = entries.iter().map(|(entry, said)| (*entry, stamp(said))).collect();
    let recording = Recording::open(&folder, &stamps)?;
    Ok((Script { meeting, entries, indexes, blobs }, recording))
}

impl Script {
    /// The meeting with nothing said.
    pub(super) fn blank(&self) -> Meeting {
        Meeting::new(self.meeting)
    }

    /// Says one entry.
    pub(super) fn say(&self, meeting: &mut Meeting, entry: EntryRef) -> Vec<Change> {
        let said = self.entries.get(&entry);
        said.map_or_else(Vec::new, |(entry, action)| meeting.apply(entry, action))
    }

    fn picture(&self, on: PageTurn) -> Option<BlobId> {
        picture(self.indexes.get(&on.document)?, on.page)
    }

    /// The picture that an entry turns to.
    fn turns_to(&self, entry: &EntryRef) -> Option<BlobId> {
        let (_, action) = self.entries.get(entry)?;
        let Payload::Page(on) = action.payload else { return None };
        self.picture(on)
    }
}

/// A page that is to be shown: document and page, the entry that turned to it, and its media time.
pub(super) type Turned = (PageTurn, EntryRef, MediaTime);

/// The meeting as far as it was replayed.
pub(super) struct Stage {
    script: Arc<Script>,
    meeting: Meeting,
    turned: Option<Turned>,
    hands: Vec<MemberId>,
    /// Pictures that are turned to, with the number of the entry in the order in which they are said.
    turns: Vec<(usize, BlobId)>,
    cache: PageCache,
}

impl Stage {
    /// A meeting with nothing said, of which `entries` will be said in this order.
    pub(super) fn new(script: Arc<Script>, entries: &[(Position, EntryRef)]) -> Self {
        let blobs = script.blobs.clone();
        let path = move |blob: &BlobId| -> Option<PathBuf> { Some(blobs.as_ref()?.path(blob)) };
        let missing = || std::io::Error::from(std::io::ErrorKind::NotFound);
        let pictures = move |blob: &BlobId| read(&path(blob).ok_or_else(missing)?);
        let cache = PageCache::new(pictures, CACHE_BYTES);
        let turn = |(number, (_, entry)): (usize, &(Position, EntryRef))| {
            Some((number, script.turns_to(entry)?))
        };
        let turns = entries.iter().enumerate().filter_map(turn).collect();
        let meeting = script.blank();
        Self { script, meeting, turned: None, hands: Vec::new(), turns, cache }
    }

    /// The epoch and media time that an entry is stamped with.
    pub(super) fn stamp(&self, entry: EntryRef) -> Option<(Epoch, MediaTime)> {
        let (_, action) = self.script.entries.get(&entry)?;
        Some((action.stamp.epoch, action.stamp.at))
    }

    /// Says one entry; gives what is told of it. A page that it turns to follows by
    /// [`Stage::turned`].
    pub(super) fn apply(&mut self, entry: EntryRef, offset_ms: Option<f64>) -> Vec<News> {
        let changes = self.script.say(&mut self.meeting, entry);
        let mut told = Vec::new();
        for change in &changes {
            match change {
                Change::Shown { page } => {
                    self.turned = page.map(|(on, entry, stamp)| (on, entry, stamp.at));
                }
                change => told.extend(news(change, &self.meeting, offset_ms)),
            }
        }
        told.extend(self.queue());
        told
    }

    /// The page that was turned to, once its picture is decoded. One whose picture is not here is
    /// told of all the same: the relation is what is replayed.
    pub(super) async fn turned(&mut self) -> Option<Turned> {
        let turned = self.turned.take()?;
        let (on, ..) = turned;
        if let Some(blob) = self.script.picture(on) {
            let _ = self.cache.get(blob).await;
        }
        Some(turned)
    }

    /// Decodes what is turned to next, when so many entries are said.
    pub(super) fn look_ahead(&self, said: usize) {
        let next = self.turns.partition_point(|(number, _)| *number < said);
        let ahead = self.turns[next..].iter().take(AHEAD);
        self.cache.prefetch(ahead.map(|(_, picture)| *picture));
    }

    /// The meeting anew, of these entries; gives all that is to be told of it, the page on show last.
    pub(super) async fn rebuild(&mut self, entries: Vec<EntryRef>) -> Vec<News> {
        let script = Arc::clone(&self.script);
        let folding = tokio::task::spawn_blocking(move || {
            let mut meeting = script.blank();
            let mut changes = Vec::new();
            for entry in entries {
                changes.extend(script.say(&mut meeting, entry));
            }
            (told(&changes, &meeting), meeting)
        });
        // A panic in it was reported by its thread; then the view stays as it was.
        let Ok((mut told, meeting)) = folding.await else { return Vec::new() };
        self.meeting = meeting;
        self.hands.clear();
        told.extend(self.queue());
        self.turned = self.meeting.shown().map(|(on, entry, stamp)| (on, entry, stamp.at));
        if let Some((on, entry, media)) = self.turned().await {
            told.push(News::Page { on, entry, media, offset_ms: None });
        }
        told
    }

    /// The queue of raised hands, when it differs from what was told last.
    fn queue(&mut self) -> Option<News> {
        let hands: Vec<_> = self.meeting.hands().into_iter().map(|(who, _)| who).collect();
        (self.hands != hands).then(|| {
            self.hands.clone_from(&hands);
            News::Hands(hands)
        })
    }
}

/// What is told of a change.
fn news(change: &Change, meeting: &Meeting, offset_ms: Option<f64>) -> Option<News> {
    match change {
        Change::Member { member, name, status } => {
            let state = match status {
                Status::Member => MemberState::Here,
                Status::Left => MemberState::Left,
                Status::Removed => MemberState::Removed,
            };
            Some(News::Member { peer: *member, name: name.clone(), state })
        }
        change => told::news(change, meeting, offset_ms),
    }
}

/// What is told of a meeting that is not watched coming about: no marks that are gone again, no
/// reactions of long ago.
fn told(changes: &[Change], meeting: &Meeting) -> Vec<News> {
    let mut pages = BTreeSet::new();
    for change in changes {
        let Change::MarkAdded { mark, .. } = change else { continue };
        match meeting.said(*mark) {
            Some((_, Payload::Stroke(stroke))) => pages.insert(stroke.on),
            Some((_, Payload::Note(note))) => pages.insert(note.on),
            _ => false,
        };
    }
    let strokes = pages.iter().flat_map(|page| meeting.strokes(*page).map(|(mark, _)| mark));
    let notes = pages.iter().flat_map(|page| meeting.notes(*page).map(|(mark, _)| mark));
    let mut visible: BTreeSet<EntryRef> = strokes.chain(notes).collect();
    let lasting = changes.iter().filter(|change| match change {
        // A mark that was taken away and brought back has several changes: once is enough.
        Change::MarkAdded { mark, .. } => visible.remove(mark),
        // Whichever version it was made on, it is told where it lies at last.
        Change::MarkMoved { .. } => false,
        Change::MarkRemoved { .. } | Change::Reaction { .. } => false,
        _ => true,
    });
    lasting.filter_map(|change| news(change, meeting, None)).collect()
}
