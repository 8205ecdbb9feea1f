//! One recorded epoch as sound: any sample of it, decoded as a listener heard it.

use super::pages::{OggPage, Pages, Scanned};
use super::sound_file::{first_of_page, of_page};
use crate::io::audio::{BLOCK, Block, CodecError, Decoder, SILENT};
use crate::limits::FRAME_SAMPLES;
use crate::room::playback::Voiced;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Frames decoded before the first that is wanted, so that the decoder settles: 80 ms (RFC 7845
/// §4.6).
const LEAD_IN: u64 = 4;

/// Missing frames in a row that are made up for: 200 ms, as live; then it is silent.
const MADE_UP: u32 = 10;

/// Mean bytes of a second's frames above which somebody speaks in it: at 32 kbit/s speech takes 50
/// and more, a quiet room 10 to 30 (VBR).
const SPOKEN: usize = 40;

/// One Ogg page of a file.
#[derive(Clone, Copy, Debug)]
struct Leaf {
    offset: u64,
    /// Its first frame.
    first: u64,
    /// How many.
    frames: u64,
    spoken: bool,
}

/// What a file holds.
#[derive(Debug)]
pub(super) struct Index {
    path: PathBuf,
    leaves: Vec<Leaf>,
    voiced: Voiced,
}

impl Index {
    /// Reads the whole file once. Damaged pages are passed over.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let (mut leaves, mut voiced) = (Vec::new(), Voiced::new());
        for scanned in Pages::new(File::open(path)?) {
            let Scanned::Page(page) = scanned? else { continue };
            let Some(first) = first_of_page(&page) else { continue };
            // A page out of order was put there by somebody else: `verify` names it.
            if leaves.last().is_some_and(|last: &Leaf| first < last.first + last.frames) {
                continue;
            }
            leaves.push(leaf(&page, first));
            for frame in of_page(page).into_iter().filter(|frame| frame.packet.is_some()) {
                match voiced.last_mut() {
                    Some(run) if run.end == frame.index => run.end += 1,
                    _ => voiced.push(frame.index..frame.index + 1),
                }
            }
        }
        Ok(Self { path: path.to_owned(), leaves, voiced })
    }

    /// The frames that are there.
    pub(super) fn voiced(&self) -> &Voiced {
        &self.voiced
    }

    /// Samples in which somebody speaks, by the second.
    pub(super) fn spoken(&self) -> impl Iterator<Item = Range<u64>> {
        let spoken = self.leaves.iter().filter(|leaf| leaf.spoken);
        spoken.map(|leaf| leaf.first * FRAME_SAMPLES..(leaf.first + leaf.frames) * FRAME_SAMPLES)
    }

    /// The page of a frame.
    fn leaf(&self, frame: u64) -> Option<Leaf> {
        let behind = self.leaves.partition_point(|leaf| leaf.first <= frame);
        let leaf = self.leaves.get(behind.checked_sub(1)?)?;
        (frame < leaf.first + leaf.frames).then_some(*leaf)
    }
}

fn leaf(page: &OggPage, first: u64) -> Leaf {
    let there: Vec<usize> = page.packets.iter().map(Vec::len).filter(|len| *len > 1).collect();
    let spoken = there.iter().sum::<usize>() >= SPOKEN * there.len().max(1);
    Leaf { offset: page.offset, first, frames: page.packets.len() as u64, spoken }
}

/// Decodes an epoch.
pub(super) struct Voice {
    index: Index,
    file: File,
    /// The page read last: its packets by frame.
    page: BTreeMap<u64, Vec<u8>>,
    page_offset: Option<u64>,
    decoder: Decoder,
    /// The frame decoded last, and what it sounds like.
    decoded: Option<u64>,
    block: Block,
    /// Frames missing in a row.
    missing: u32,
}

impl Voice {
    pub(super) fn new(index: Index) -> Result<Self, VoiceError> {
        Ok(Self {
            file: File::open(&index.path)?,
            index,
            page: BTreeMap::new(),
            page_offset: None,
            decoder: Decoder::new()?,
            decoded: None,
            block: SILENT,
            missing: 0,
        })
    }

    /// Adds the samples from `sample` on to `sum`.
    pub(super) fn add(&mut self, sample: u64, sum: &mut [f32]) {
        let mut sample = sample;
        let mut rest = sum;
        while !rest.is_empty() {
            let (frame, into) = (sample / FRAME_SAMPLES, (sample % FRAME_SAMPLES) as usize);
            let here = rest.len().min(BLOCK - into);
            let (now, later) = rest.split_at_mut(here);
            self.decode(frame);
            for (sum, voice) in now.iter_mut().zip(&self.block[into..]) {
                *sum += voice;
            }
            sample += here as u64;
            rest = later;
        }
    }

    /// Makes `frame` the one decoded last.
    fn decode(&mut self, frame: u64) {
        match self.decoded {
            Some(last) if last == frame => return,
            Some(last) if last + 1 == frame => {}
            _ => {
                // A jump: what was decoded before says nothing about what comes.
                if let Ok(fresh) = Decoder::new() {
                    self.decoder = fresh;
                }
                self.missing = MADE_UP;
                for before in frame.saturating_sub(LEAD_IN)..frame {
                    self.step(before);
                }
            }
        }
        self.step(frame);
        self.decoded = Some(frame);
    }

    fn step(&mut self, frame: u64) {
        if let Some(packet) = self.packet(frame) {
            self.missing = 0;
            self.block = self.decoder.frame(&packet);
            return;
        }
        self.missing = self.missing.saturating_add(1);
        self.block = match self.missing {
            1 => match self.packet(frame + 1) {
                Some(follower) => self.decoder.recover(&follower),
                None => self.decoder.conceal(),
            },
            2..=MADE_UP => self.decoder.conceal(),
            _ => SILENT,
        };
    }

    /// The packet of a frame; `None` when it was lost, or its page is damaged by now.
    fn packet(&mut self, frame: u64) -> Option<Vec<u8>> {
        let leaf = self.index.leaf(frame)?;
        if self.page_offset != Some(leaf.offset) {
            self.page_offset = Some(leaf.offset);
            self.page.clear();
            let mut pages = Pages::from(&self.file, leaf.offset).ok()?;
            if let Some(Ok(Scanned::Page(page))) = pages.next() {
                let frames = of_page(page).into_iter();
                self.page.extend(frames.filter_map(|frame| Some((frame.index, frame.packet?))));
            }
        }
        self.page.get(&frame).cloned()
    }
}

/// Why an epoch can't be heard.
#[derive(Debug, thiserror::Error)]
pub(super) enum VoiceError {
    #[error(transparent)]
    File(#[from] io::Error),
    #[error(transparent)]
    Codec(#[from] CodecError),
}
