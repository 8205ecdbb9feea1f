//! Checking a recording against the log, second by second.
//!
//! Two things vouch for a recorded second: the checksum of its Ogg page (nothing changed on this
//! disk) and its author's signed announcement in the log (this is what she said).

use super::pages::{OggPage, Pages, Scanned};
use super::sound_file::of_page;
use super::timeline::parse;
use super::{recorded, sound_folder};
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
        let Scanned::Page(OggPage { granule, packets, .. }) = page else { continue };
        for frame in of_page(granule, packets) {
            frames.extend(frame.packet.map(|packet| (frame.index, packet)));
        }
    }
    Ok(Checked { frames, fault })
}

fn first_fault(pages: &[Scanned]) -> Option<Fault> {
    let present: BTreeSet<u32> = pages.iter().filter_map(Scanned::sequence).collect();
    let (mut sequence, mut end) = (0, None);
    for page in pages {
        // Headers are pages 0 and 1; the first sound page tells where sound begins.
        let begin =
            |page: &OggPage| page.granule.saturating_sub(page.packets.len() as u64 * FRAME_SAMPLES);
        let place = |sound: Option<u64>| {
            let first = end.or(sound).map(MediaTime::from_samples);
            if sequence < 2 { None } else { Some(first.unwrap_or(MediaTime::ZERO)) }
        };
        match page {
            Scanned::Damaged => {
                let next = pages.iter().filter_map(Scanned::sound).map(begin).min();
                return Some((place(next), FaultKind::Altered));
            }
            Scanned::Page(page) if page.sequence != sequence => {
                let elsewhere = present.contains(&sequence);
                let kind = if elsewhere { FaultKind::Reordered } else { FaultKind::Missing };
                return Some((place(Some(begin(page))), kind));
            }
            Scanned::Page(page) => {
                if sequence >= 2 {
                    end = Some(page.granule);
                }
                sequence += 1;
            }
        }
    }
    None
}

impl Scanned {
    fn sequence(&self) -> Option<u32> {
        match self {
            Self::Page(page) => Some(page.sequence),
            Self::Damaged => None,
        }
    }

    fn sound(&self) -> Option<&OggPage> {
        match self {
            Self::Page(page) if page.sequence >= 2 => Some(page),
            _ => None,
        }
    }
}
