//! Documents that are kept on this machine, whichever meeting showed them: listed and removed.

use super::entrance::LOG;
use crate::io::blobs::{BlobError, Blobs};
use crate::io::log;
use crate::io::profile::{self, KnownMeeting};
use crate::limits::PAGE_INDEX_BYTES;
use crate::room::id::{BlobId, MeetingId};
use crate::room::pages::PageIndex;
use crate::room::stanza::{Action, DocumentAnnouncement, Payload};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Digits of an id that people see and may type.
const SHORT_ID: usize = 8;

/// A document of which something is on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDocument {
    /// Which.
    pub id: BlobId,
    /// What people call it; `None` when no meeting that is kept here has it any more.
    pub name: Option<String>,
    /// How many pages it has.
    pub pages: u32,
    /// Bytes of it on this machine. Some of them may belong to another document, too.
    pub bytes: u64,
    /// Bytes of all of it, as far as that is known.
    pub total: u64,
    /// The kept meetings that have it, the one opened last first.
    pub meetings: Vec<Showing>,
}

/// A meeting that has a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Showing {
    /// Which.
    pub id: MeetingId,
    /// What people call it.
    pub title: String,
    /// Whether a program is in it now.
    pub open: bool,
}

/// Why a document was not removed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoveError {
    /// A meeting of this title has it, or may have it, and somebody is in that meeting now.
    #[error("the meeting {0:?} is open and shows it; leave the meeting first")]
    InUse(String),
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] BlobError),
}

/// The documents kept in the data folder: those of the meeting opened last first, those of no meeting
/// in the end. Reads each meeting's log (half a second for 100 000 entries); takes no lock, so it works
/// while a node runs.
///
/// # Errors
/// [`BlobError::Io`], when the folder of documents can't be read.
pub async fn list(data: &Path) -> Result<Vec<StoredDocument>, BlobError> {
    Ok(survey(data).await?.kept.into_iter().map(|kept| kept.document).collect())
}

/// Of these documents those of this id (or its first 8 or more digits); if there is none, those of
/// this name.
#[must_use]
pub fn named<'a>(documents: &'a [StoredDocument], what: &str) -> Vec<&'a StoredDocument> {
    let by_id =
        |known: &&StoredDocument| what.len() >= SHORT_ID && known.id.to_string().starts_with(what);
    let found: Vec<_> = documents.iter().filter(by_id).collect();
    if !found.is_empty() {
        return found;
    }
    documents.iter().filter(|known| known.name.as_deref() == Some(what)).collect()
}

/// Removes what no other document needs of this one; the bytes that are free now. Meetings that have it
/// keep what was said and drawn, and get it again when they are entered while somebody has it.
///
/// # Errors
/// [`RemoveError`]. Cut off in the middle, it can be removed again.
pub async fn remove(data: &Path, document: &BlobId) -> Result<u64, RemoveError> {
    let Survey { kept, unreadable } = survey(data).await?;
    // What can't be read may have it.
    if let Some(open) = unreadable.into_iter().find(|meeting| meeting.open) {
        return Err(RemoveError::InUse(open.title));
    }
    let (doomed, others): (Vec<_>, Vec<_>) =
        kept.into_iter().partition(|kept| kept.document.id == *document);
    let Some(doomed) = doomed.into_iter().next() else { return Ok(0) };
    if let Some(open) = doomed.document.meetings.iter().find(|meeting| meeting.open) {
        return Err(RemoveError::InUse(open.title.clone()));
    }
    let needed: BTreeSet<BlobId> = others.into_iter().flat_map(|kept| kept.parts).collect();
    let blobs = Blobs::open(&profile::blobs_in(data))?;
    let mut freed = 0;
    // The index last: without it nobody would know of the rest.
    for blob in doomed.parts.into_iter().filter(|blob| !needed.contains(blob)) {
        freed += blobs.on_disk(&blob);
        blobs.remove(blob).await?;
    }
    Ok(freed)
}

/// What is known of documents in the data folder.
#[derive(Debug, Default)]
struct Survey {
    kept: Vec<Kept>,
    /// Meetings whose log can't be read.
    unreadable: Vec<Showing>,
}

#[derive(Debug)]
struct Kept {
    document: StoredDocument,
    /// All that its index names, as far as that is here, and the index last.
    parts: Vec<BlobId>,
}

async fn survey(data: &Path) -> Result<Survey, BlobError> {
    let folder = profile::blobs_in(data);
    if !folder.is_dir() {
        return Ok(Survey::default());
    }
    let blobs = Blobs::open(&folder)?;
    let names = blobs.list().await?;
    let data = data.to_owned();
    let look = move || look(&data, &blobs, names);
    tokio::task::spawn_blocking(look).await.map_err(|panic| BlobError::Io(panic.to_string()))
}

/// Blocks.
fn look(data: &Path, blobs: &Blobs, names: Vec<(BlobId, u64)>) -> Survey {
    let mut survey = Survey::default();
    let mut places: BTreeMap<BlobId, usize> = BTreeMap::new();
    for known in profile::meetings(data) {
        let folder = profile::meeting_folder(data, &known.id);
        let open = log::is_in_use(&folder.join(LOG));
        let showing = Showing { id: known.id, title: known.title.clone(), open };
        let Some(announced) = announced(&folder, &known) else {
            survey.unreadable.push(showing);
            continue;
        };
        for (document, drafts) in announced {
            let place = *places.entry(document.document).or_insert_with(|| {
                survey.kept.push(of_a_meeting(blobs, &document));
                survey.kept.len() - 1
            });
            let kept = &mut survey.kept[place];
            kept.document.meetings.push(showing.clone());
            // They are parts of it; and its own index stays the last.
            for draft in drafts.into_iter().filter(|draft| blobs.on_disk(draft) > 0) {
                if places.insert(draft, place).is_none() {
                    kept.parts.insert(0, draft);
                }
            }
        }
    }
    for (id, len) in names {
        if !places.contains_key(&id)
            && len <= PAGE_INDEX_BYTES as u64
            && let Some(index) = index(blobs, &id)
        {
            survey.kept.push(of_no_meeting(blobs, id, len, &index));
        }
    }
    survey.kept.retain(|kept| kept.document.bytes > 0);
    survey
}

/// The documents of a meeting, earlier versions included, with the drafts of each; `None` when its log
/// can't be read.
fn announced(
    folder: &Path,
    known: &KnownMeeting,
) -> Option<Vec<(DocumentAnnouncement, Vec<BlobId>)>> {
    let path = folder.join(LOG);
    if !path.exists() {
        return Some(Vec::new());
    }
    let entries = log::entries_in(&path, &known.id).ok()?;
    let said =
        entries.iter().filter_map(|entry| match Action::parse(entry.stanza()).ok()?.payload {
            Payload::Document(document) => Some((document.document, document)),
            _ => None,
        });
    // Each once, whoever announced it.
    Some(with_drafts(said.collect()))
}

/// Each document but drafts of another, with its drafts.
fn with_drafts(
    said: BTreeMap<BlobId, DocumentAnnouncement>,
) -> Vec<(DocumentAnnouncement, Vec<BlobId>)> {
    let mut drafts: BTreeMap<BlobId, Vec<BlobId>> = BTreeMap::new();
    for earlier in said.values().filter(|earlier| earlier.drawn.is_some()) {
        let of = whole_of(&said, earlier.document);
        if of != earlier.document {
            drafts.entry(of).or_default().push(earlier.document);
        }
    }
    let of_a_whole: BTreeSet<BlobId> = drafts.values().flatten().copied().collect();
    let listed = said.into_values().filter(|said| !of_a_whole.contains(&said.document));
    let with_drafts = |said: DocumentAnnouncement| {
        let drafts = drafts.remove(&said.document).unwrap_or_default();
        (said, drafts)
    };
    listed.map(with_drafts).collect()
}

/// What was announced in the end in the place of a draft; itself, if nothing was.
fn whole_of(said: &BTreeMap<BlobId, DocumentAnnouncement>, draft: BlobId) -> BlobId {
    let mut now = draft;
    // Anybody may have said anything: no more steps than there are documents.
    for _ in said {
        if said.get(&now).is_none_or(|known| known.drawn.is_none()) {
            break;
        }
        let next = said.values().find(|later| later.replaces == Some(now));
        let Some(next) = next else { break };
        now = next.document;
    }
    now
}

fn of_a_meeting(blobs: &Blobs, announced: &DocumentAnnouncement) -> Kept {
    let id = announced.document;
    let parts = index(blobs, &id).map_or_else(|| vec![id], |index| parts(id, &index));
    let document = StoredDocument {
        id,
        name: Some(announced.name.clone()),
        pages: announced.pages,
        bytes: bytes(blobs, &parts),
        total: announced.bytes,
        meetings: Vec::new(),
    };
    Kept { document, parts }
}

fn of_no_meeting(blobs: &Blobs, id: BlobId, len: u64, index: &PageIndex) -> Kept {
    let parts = parts(id, index);
    let document = StoredDocument {
        id,
        name: None,
        pages: u32::try_from(index.pages.len()).unwrap_or(u32::MAX),
        bytes: bytes(blobs, &parts),
        total: index.bytes() + len,
        meetings: Vec::new(),
    };
    Kept { document, parts }
}

fn bytes(blobs: &Blobs, parts: &[BlobId]) -> u64 {
    parts.iter().map(|blob| blobs.on_disk(blob)).sum()
}

fn parts(id: BlobId, index: &PageIndex) -> Vec<BlobId> {
    index.fetch_order(1).into_iter().map(|part| part.blob).chain([id]).collect()
}

/// The page index of this name, if there is such a blob and it is one.
fn index(blobs: &Blobs, id: &BlobId) -> Option<PageIndex> {
    let mut file = File::open(blobs.path(id)).ok()?;
    // Most blobs are pictures: one byte tells. An index is a CBOR map (RFC 8949, major type 5).
    let mut bytes = vec![0];
    file.read_exact(&mut bytes).ok()?;
    if bytes[0] >> 5 != 5 {
        return None;
    }
    file.take(PAGE_INDEX_BYTES as u64).read_to_end(&mut bytes).ok()?;
    PageIndex::decode(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::log::Log;
    use crate::io::profile::Profile;
    use crate::room::pages::{BlobRef, Page, PageSize, Picture};
    use crate::room::time::WallTime;

    /// A document of these pages and a file; its name.
    async fn document(blobs: &Blobs, file: &[u8], pages: &[&[u8]]) -> BlobId {
        let image = |bytes: &&[u8]| Page {
            size: PageSize::from_points(960.0, 540.0),
            picture: Picture::Image { file: BlobRef::of(bytes), width: 1920, height: 1080 },
        };
        let images = pages.iter().map(image).collect();
        let index = PageIndex::new(BlobRef::of(file), "test", None, images).unwrap();
        for bytes in pages.iter().chain([&file]) {
            blobs.put(bytes.to_vec()).await.unwrap();
        }
        blobs.put(index.encode()).await.unwrap()
    }

    #[tokio::test]
    async fn what_another_document_needs_stays() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(list(data.path()).await, Ok(Vec::new()));
        assert!(!profile::blobs_in(data.path()).exists(), "looking makes nothing");
        let blobs = Blobs::open(&profile::blobs_in(data.path())).unwrap();
        let one = document(&blobs, b"first file", &[b"RIFF title", b"RIFF both"]).await;
        let two = document(&blobs, b"second file", &[b"RIFF both", b"RIFF end"]).await;
        blobs.put(b"a second of sound".to_vec()).await.unwrap();
        let listed = list(data.path()).await.unwrap();
        assert_eq!(listed.len(), 2, "{listed:?}");
        let first = named(&listed, &one.to_string()[..8])[0];
        assert_eq!((first.pages, first.name.clone(), first.bytes), (2, None, first.total));
        let freed = remove(data.path(), &one).await.unwrap();
        assert_eq!(freed, first.bytes - b"RIFF both".len() as u64);
        let listed = list(data.path()).await.unwrap();
        assert_eq!(listed.iter().map(|known| known.id).collect::<Vec<_>>(), [two]);
        assert_eq!(listed[0].bytes, listed[0].total);
        remove(data.path(), &two).await.unwrap();
        assert_eq!(blobs.list().await.unwrap().len(), 1, "the sound");
        assert_eq!(remove(data.path(), &two).await, Ok(0));
    }

    #[test]
    fn drafts_are_parts_of_the_whole() {
        let id = |id: u8| BlobId([id; 32]);
        let said = |document: u8, replaces: Option<u8>, drawn| DocumentAnnouncement {
            document: id(document),
            name: "plans.pdf".into(),
            pages: 9,
            bytes: 99,
            replaces: replaces.map(id),
            drawn,
        };
        // Two drafts and the whole, which was saved again; one that was cancelled; two of somebody who lies.
        let all = [
            said(9, None, Some(1)),
            said(2, Some(9), Some(4)),
            said(3, Some(2), None),
            said(4, Some(3), None),
            said(5, None, Some(2)),
            said(6, Some(7), Some(2)),
            said(7, Some(6), Some(2)),
        ];
        let known = all.map(|said| (said.document, said)).into_iter().collect();
        let listed = with_drafts(known);
        let listed = listed.into_iter().map(|(said, drafts)| (said.document.0[0], drafts));
        let listed: BTreeMap<_, _> = listed.collect();
        assert_eq!(listed[&3], [id(2), id(9)]);
        assert_eq!((&listed[&4][..], &listed[&5][..]), (&[][..], &[][..]));
        assert!(!listed.contains_key(&2) && !listed.contains_key(&9));
    }

    #[tokio::test]
    async fn a_meeting_that_is_open_and_can_not_be_read_keeps_all() {
        let data = tempfile::tempdir().unwrap();
        let profile = Profile::open(data.path()).unwrap();
        let blobs = Blobs::open(&profile.blobs()).unwrap();
        let one = document(&blobs, b"file", &[b"RIFF title"]).await;
        let id = MeetingId([1; 32]);
        let folder = profile.keep_meeting(id, "Plans", WallTime(5)).unwrap();
        let (log, _) = Log::open(&folder.join(LOG), &id).unwrap();
        let all = list(data.path()).await.unwrap();
        assert_eq!(all.len(), 1);
        // Its bytes are no log any more, and the program that is in it holds them.
        std::fs::write(folder.join(LOG), b"rubbish").unwrap();
        assert_eq!(remove(data.path(), &one).await, Err(RemoveError::InUse("Plans".into())));
        drop(log);
    }
}
