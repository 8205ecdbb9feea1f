//! Checking a recording against the log, second by second.
//!
//! Two things vouch for a recorded second: the checksum of its Ogg page (nothing changed on this
//! disk) and its author's signed announcement in the log (this is what she said).

use super::pages::{OggPage, Pages, Scanned};
use super::sound_file::{PRE_ROLL_PAGE, first_of_page, of_page};
use super::timeline::parse;
use super::{SECOND, media, recorded, sound_folder};
use crate::limits::FRAME_SAMPLES;
use crate::room::id::MemberId;
use crate::room::sound::Page;
use crate::room::stanza::SoundPage;
use crate::room::time::{Epoch, MediaTime};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;

/// What is wrong with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// Its bytes are not those that were written, or not those that the author signed.
    Altered,
    /// It, or a frame of it, is not there.
    Missing,
    /// It stands in another place.
    Reordered,
}

/// The first page of an epoch that is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SoundFault {
    /// Whose sound.
    pub author: MemberId,
    /// Which epoch.
    pub epoch: Epoch,
    /// The page's first sample; `None`: the file's header pages.
    pub first: Option<MediaTime>,
    /// What is wrong.
    pub kind: FaultKind,
}

impl fmt::Display for SoundFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            FaultKind::Altered => "altered",
            FaultKind::Missing => "missing",
            FaultKind::Reordered => "reordered",
        };
        let (author, epoch) = (self.author.short(), self.epoch);
        match self.first {
            Some(first) => {
                let seconds = first.samples() as f64 / 48_000.0;
                write!(f, "audio page of {author}, epoch {epoch}, at {seconds:.2} s: {kind}")
            }
            None => write!(f, "audio file header of {author}, epoch {epoch}: {kind}"),
        }
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SoundReport {
    /// Whether there is a recording at all.
    pub recorded: bool,
    /// Pages of the log whose sound is here and right.
    pub proved: u64,
    /// Recorded frames that no page of the log vouches for (their announcement was never received).
    pub unproved: u64,
    /// The first fault of each epoch, in the order of author and epoch.
    pub faults: Vec<SoundFault>,
    /// The first broken line of the timeline, counted from 1.
    pub timeline: Option<usize>,
}

/// Checks the recording in a meeting's folder against all sound pages of its log. Pages of epochs
/// that are not recorded here count as missing; a meeting without recording has no faults.
///
/// # Errors
/// When a file can't be read.
pub fn verify_sound(
    meeting: &Path,
    log: &[(MemberId, Epoch, SoundPage)],
) -> io::Result<SoundReport> {
    let folder = sound_folder(meeting);
    let timeline = match std::fs::read(folder.join("timeline")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(SoundReport::default()),
        bytes => bytes?,
    };
    let (records, whole) = parse(&timeline);
    let mut report = SoundReport {
        recorded: true,
        timeline: (whole < timeline.len()).then(|| records.len() + 1),
        ..SoundReport::default()
    };
    let mut pages: BTreeMap<_, Vec<SoundPage>> = BTreeMap::new();
    for (author, epoch, page) in log {
        pages.entry((*author, *epoch)).or_default().push(*page);
    }
    for (author, epoch, path) in recorded(&folder)? {
        let mut pages = pages.remove(&(author, epoch)).unwrap_or_default();
        pages.sort_by_key(|page| page.first);
        let file = read(&path)?;
        let in_log = report.compare(&file.frames, &pages);
        let fault = [file.fault, in_log].into_iter().flatten().min_by_key(|(first, _)| *first);
        report.faults.extend(fault.map(|(first, kind)| SoundFault { author, epoch, first, kind }));
    }
    for ((author, epoch), pages) in pages {
        let first = pages.iter().map(|page| page.first).min();
        report.faults.push(SoundFault { author, epoch, first, kind: FaultKind::Missing });
    }
    report.faults.sort();
    Ok(report)
}

/// A fault without its file: the page's first sample, and what is wrong.
type Fault = (Option<MediaTime>, FaultKind);

impl SoundReport {
    /// Compares one epoch's recorded frames with its pages in the log; gives the first fault.
    fn compare(&mut self, frames: &BTreeMap<u64, Vec<u8>>, log: &[SoundPage]) -> Option<Fault> {
        let (mut fault, mut vouched) = (None, BTreeSet::new());
        for announced in log {
            let first = announced.first.samples() / FRAME_SAMPLES;
            let places = first..first.saturating_add(u64::from(announced.frames));
            let packets: Option<Vec<_>> = places.clone().map(|i| frames.get(&i).cloned()).collect();
            vouched.extend(places);
            let kind = match packets {
                None => FaultKind::Missing,
                Some(packets) => {
                    let page = Page { first: announced.first, packets };
                    if page.announcement() == *announced {
                        self.proved += 1;
                        continue;
                    }
                    FaultKind::Altered
                }
            };
            fault = fault.or(Some((Some(announced.first), kind)));
        }
        self.unproved += frames.keys().filter(|index| !vouched.contains(index)).count() as u64;
        fault
    }
}

/// One file's frames, and the first place where the file itself is wrong.
struct Checked {
    frames: BTreeMap<u64, Vec<u8>>,
    fault: Option<Fault>,
}

fn read(path: &Path) -> io::Result<Checked> {
    let pages: Vec<_> = Pages::new(File::open(path)?).collect::<io::Result<_>>()?;
    let fault = first_fault(&pages);
    let mut frames = BTreeMap::new();
    for page in pages {
        let Scanned::Page(page) = page else { continue };
        for frame in of_page(page) {
            frames.extend(frame.packet.map(|packet| (frame.index, packet)));
        }
    }
    Ok(Checked { frames, fault })
}

fn first_fault(pages: &[Scanned]) -> Option<Fault> {
    let present: BTreeSet<u32> = pages.iter().filter_map(Scanned::sequence).collect();
    // Headers are pages 0 and 1, page 2 is the pre-roll; the first with sound tells where it begins.
    let (mut expected, mut end) = (0, None);
    for page in pages {
        let kind = match page {
            Scanned::Page(page) if page.sequence == expected => {
                expected += 1;
                end = page.end().or(end);
                continue;
            }
            Scanned::Page(_) if present.contains(&expected) => FaultKind::Reordered,
            Scanned::Page(_) => FaultKind::Missing,
            Scanned::Damaged => FaultKind::Altered,
        };
        // Where nothing precedes it, a page's second is the one before the first that is whole.
        let follower = || pages.iter().filter_map(Scanned::first).min();
        let first = end.or_else(|| follower().map(|frame| frame.saturating_sub(SECOND)));
        return Some(((expected > PRE_ROLL_PAGE).then(|| media(first.unwrap_or(0))), kind));
    }
    None
}

impl OggPage {
    /// The frame behind its last; `None` for a header page.
    fn end(&self) -> Option<u64> {
        Some(first_of_page(self)? + self.packets.len() as u64)
    }
}

impl Scanned {
    fn sequence(&self) -> Option<u32> {
        match self {
            Self::Page(page) => Some(page.sequence),
            Self::Damaged => None,
        }
    }

    /// The first frame of a whole sound page.
    fn first(&self) -> Option<u64> {
        match self {
            Self::Page(page) => first_of_page(page),
            Self::Damaged => None,
        }
    }
}
