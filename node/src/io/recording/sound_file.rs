//! Writing one author's epoch as Ogg Opus, and reading it back frame by frame.

use super::pages::{OggPage, Pages, Scanned};
use super::{OLD_PRE_SKIP, PRE_ROLL, PRE_SKIP, SECOND, media};
use crate::limits::{FRAME_SAMPLES, SAMPLE_RATE};
use crate::room::time::Epoch;
use ogg::{PacketWriteEndInfo, PacketWriter};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Segments that fit an Ogg page (RFC 3533 §6).
const SEGMENTS: usize = 255;

/// Table of contents of a lost frame before the first real one: hybrid, full band, 20 ms, mono.
const LOST: u8 = 15 << 3;

/// Number of the page of lost frames: behind the two headers.
pub(super) const PRE_ROLL_PAGE: u32 = 2;

/// Bytes of finished pages that are collected before they are written, when nobody waits for them.
const CHUNK: usize = 64 * 1024;

/// A file being written. Frames come in order; a media second is one page.
pub(super) struct SoundFile {
    file: File,
    /// Write a second out as soon as it is full, rather than when it suits.
    live: bool,
    ogg: PacketWriter<'static, Vec<u8>>,
    serial: u32,
    first: Option<u64>,
    /// The frame to come; `None` before the first.
    next: Option<u64>,
    page: Vec<Vec<u8>>,
    /// Table of contents of the last real frame, for those that are missing after it.
    toc: u8,
}

impl SoundFile {
    /// Creates the file and writes its headers.
    pub(super) fn create(path: &Path, epoch: Epoch, name: &str, live: bool) -> io::Result<Self> {
        let file = File::create(path)?;
        let ogg = PacketWriter::new(Vec::new());
        let mut sound = Self {
            file,
            live,
            ogg,
            serial: epoch.0,
            first: None,
            next: None,
            page: Vec::new(),
            toc: LOST,
        };
        sound.packet(head(), PacketWriteEndInfo::EndPage, 0)?;
        sound.packet(tags(name), PacketWriteEndInfo::EndPage, 0)?;
        sound.emit()?;
        Ok(sound)
    }

    /// The frame that the file begins with.
    pub(super) fn first(&self) -> Option<u64> {
        self.first
    }

    /// The frame that comes next; `None` before the first.
    pub(super) fn next(&self) -> Option<u64> {
        self.next
    }

    /// Writes frame `index`; frames between the last and this are lost ones. Earlier frames are not
    /// taken (`false`).
    pub(super) fn push(&mut self, index: u64, packet: &[u8]) -> io::Result<bool> {
        if self.first.is_none() {
            self.first = Some(index);
            self.pre_roll(index)?;
        }
        let next = *self.next.get_or_insert(index);
        if index < next {
            return Ok(false);
        }
        for _ in next..index {
            let lost = vec![self.toc];
            self.add(lost)?;
        }
        self.toc = packet.first().map_or(self.toc, |toc| toc & !3);
        self.add(packet.to_vec())?;
        if self.live {
            if (index + 1).is_multiple_of(SECOND) {
                self.write_page(PacketWriteEndInfo::EndPage)?;
            }
            self.emit()?;
        }
        Ok(true)
    }

    /// Writes out a second that has only begun.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.write_page(PacketWriteEndInfo::EndPage)?;
        self.emit()
    }

    /// Makes everything written so far survive a power cut.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Ends the stream and the file.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.write_page(PacketWriteEndInfo::EndStream)?;
        self.emit()?;
        self.file.sync_all()
    }

    /// What players skip: a page of lost frames before frame `first`.
    fn pre_roll(&mut self, first: u64) -> io::Result<()> {
        for frame in 1..=PRE_ROLL {
            let last = frame == PRE_ROLL;
            let end =
                if last { PacketWriteEndInfo::EndPage } else { PacketWriteEndInfo::NormalPacket };
            let granule = media(first).samples() + frame * FRAME_SAMPLES;
            self.packet(vec![LOST], end, granule)?;
        }
        Ok(())
    }

    fn add(&mut self, packet: Vec<u8>) -> io::Result<()> {
        let segments = |packet: &Vec<u8>| packet.len() / 255 + 1;
        let used: usize = self.page.iter().map(segments).sum();
        let starts_second = self.next.is_some_and(|next| next % SECOND == 0);
        if starts_second || used + segments(&packet) > SEGMENTS {
            self.write_page(PacketWriteEndInfo::EndPage)?;
        }
        self.page.push(packet);
        self.next = self.next.map(|next| next + 1);
        if self.ogg.inner().len() > CHUNK { self.emit() } else { Ok(()) }
    }

    fn write_page(&mut self, end: PacketWriteEndInfo) -> io::Result<()> {
        let ends_stream = end == PacketWriteEndInfo::EndStream;
        if self.page.is_empty() && !ends_stream {
            return Ok(());
        }
        let Some(next) = self.next else { return Ok(()) };
        if self.page.is_empty() {
            // A page that only says "end": one lost frame more.
            self.page.push(vec![self.toc]);
            self.next = Some(next + 1);
        }
        let end_of_page = media(self.next.unwrap_or(next)).samples();
        let packets = std::mem::take(&mut self.page);
        let first = end_of_page - packets.len() as u64 * FRAME_SAMPLES;
        let last = packets.len() - 1;
        for (i, packet) in packets.into_iter().enumerate() {
            let granule = first + (i as u64 + 1) * FRAME_SAMPLES + PRE_SKIP;
            let end = if i == last { end } else { PacketWriteEndInfo::NormalPacket };
            self.packet(packet, end, granule)?;
        }
        Ok(())
    }

    fn packet(&mut self, data: Vec<u8>, end: PacketWriteEndInfo, granule: u64) -> io::Result<()> {
        self.ogg.write_packet(data, self.serial, end, granule)
    }

    fn emit(&mut self) -> io::Result<()> {
        let bytes = std::mem::take(self.ogg.inner_mut());
        self.file.write_all(&bytes)
    }
}

/// OpusHead (RFC 7845 §5.1): version 1, one channel, pre-skip, 48 kHz, gain 0, mapping family 0.
fn head() -> Vec<u8> {
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend((PRE_SKIP as u16).to_le_bytes());
    head.extend(SAMPLE_RATE.to_le_bytes());
    head.extend([0, 0, 0]);
    head
}

/// OpusTags (RFC 7845 §5.2): who made the file, and whose voice it is.
fn tags(name: &str) -> Vec<u8> {
    let mut tags = b"OpusTags".to_vec();
    let mut field = |text: &str| {
        tags.extend(u32::try_from(text.len()).expect("names are short").to_le_bytes());
        tags.extend(text.as_bytes());
    };
    field("Moot");
    field(&format!("ARTIST={name}"));
    // The number of comments stands between the two: behind magic, length and vendor.
    tags.splice(16..16, 1_u32.to_le_bytes());
    tags
}

/// A recorded frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Recorded {
    pub(super) index: u64,
    /// `None`: it was lost.
    pub(super) packet: Option<Vec<u8>>,
}

/// The frames of a file in its order, damaged pages left out.
pub(super) fn frames(
    path: &Path,
) -> io::Result<impl Iterator<Item = io::Result<Recorded>> + use<>> {
    let pages = Pages::new(File::open(path)?).filter_map(|scanned| match scanned {
        Ok(Scanned::Page(page)) => Some(Ok(of_page(page))),
        Ok(Scanned::Damaged) => None,
        Err(error) => Some(Err(error)),
    });
    Ok(pages.flat_map(|page| match page {
        Ok(frames) => frames.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    }))
}

/// The frames of a sound page; none for headers and pre-roll.
pub(super) fn of_page(page: OggPage) -> Vec<Recorded> {
    let Some(first) = first_of_page(&page) else { return Vec::new() };
    let frame = |(index, packet): (u64, Vec<u8>)| Recorded {
        index,
        packet: (packet.len() > 1).then_some(packet),
    };
    (first..).zip(page.packets).map(frame).collect()
}

/// The first frame of a sound page; `None` for headers and pre-roll.
pub(super) fn first_of_page(page: &OggPage) -> Option<u64> {
    let end = match page.granule % FRAME_SAMPLES {
        0 if page.sequence > PRE_ROLL_PAGE => page.granule.checked_sub(PRE_SKIP)?,
        OLD_PRE_SKIP => page.granule - OLD_PRE_SKIP,
        _ => return None,
    };
    (end / FRAME_SAMPLES).checked_sub(page.packets.len() as u64)
}

/// The name in a file's tags, if it has one.
pub(super) fn name_of(path: &Path) -> Option<String> {
    const KEY: &[u8] = b"ARTIST=";
    let mut pages = Pages::new(File::open(path).ok()?);
    let Some(Ok(Scanned::Page(page))) = pages.nth(1) else { return None };
    let tags = page.packets.first()?;
    let at = tags.windows(KEY.len()).position(|window| window == KEY)?;
    String::from_utf8(tags[at + KEY.len()..].to_vec()).ok()
}
