//! Sound pages: a second of one author's frames as bytes with a name, so that it can be fetched
//! where it was missed and proved long after.
//!
//! A page holds 1 to 50 consecutive frames of one epoch; it ends with the media second. Its bytes
//! are canonical: the first sample as 8 bytes, then each packet behind its length as 2 bytes, all
//! big-endian, nothing else. Their BLAKE3 hash is in the author's log ([`SoundPage`]), signed with
//! the epoch, and that is what makes a relayed or recorded frame authentic.

use crate::limits::{FRAME_SAMPLES, OPUS_PACKET_BYTES, SAMPLE_RATE};
use crate::room::id::BlobId;
use crate::room::stanza::SoundPage;
use crate::room::time::{LocalTime, MediaTime};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Frames of a full page: one second.
pub const PAGE_FRAMES: usize = (SAMPLE_RATE as u64 / FRAME_SAMPLES) as usize;

/// Bytes of the largest page.
pub const PAGE_BYTES: usize = 8 + PAGE_FRAMES * (2 + OPUS_PACKET_BYTES);

/// Frames that a [`Collector`] keeps for pages not yet announced: 10 s, three times what an entry
/// takes to come by sync when gossip lost it.
const KEPT_FRAMES: usize = 10 * PAGE_FRAMES;

/// Announced pages that a [`Collector`] waits on: 10 s.
const KEPT_PAGES: usize = 10;

/// How long after its announcement a page may still be completed by frames on their way; later
/// ones were dropped by a queue and must be fetched.
const GRACE: Duration = Duration::from_secs(2);

/// The packets of one page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// First sample of the first frame; a multiple of 960.
    pub first: MediaTime,
    /// 1 to 50 packets of consecutive frames.
    pub packets: Vec<Vec<u8>>,
}

/// Why bytes are not a sound page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// More bytes than [`PAGE_BYTES`].
    #[error("sound page of {0} bytes is larger than allowed")]
    TooLarge(usize),
    /// The bytes end within a field.
    #[error("sound page is cut short")]
    CutShort,
    /// The first sample is not the start of a frame.
    #[error("sound page does not start with a frame")]
    Unaligned,
    /// A packet is empty or longer than an Opus packet can be.
    #[error("sound page holds a packet of {0} bytes")]
    Packet(usize),
    /// No packets, or more than a second of them.
    #[error("sound page holds {0} frames, expected 1 to 50")]
    Frames(usize),
    /// The bytes are another page than the one announced.
    #[error("sound page is not the one its author announced")]
    Other,
}

impl Page {
    /// The canonical bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.first.samples().to_be_bytes().to_vec();
        for packet in &self.packets {
            let len = u16::try_from(packet.len()).expect("Opus packets have at most 1275 bytes");
            bytes.extend(len.to_be_bytes());
            bytes.extend(packet);
        }
        bytes
    }

    /// Parses canonical bytes.
    ///
    /// # Errors
    /// [`PageError`] says which rule the bytes break.
    pub fn decode(bytes: &[u8]) -> Result<Self, PageError> {
        if bytes.len() > PAGE_BYTES {
            return Err(PageError::TooLarge(bytes.len()));
        }
        let (first, mut rest) = bytes.split_first_chunk().ok_or(PageError::CutShort)?;
        let first = MediaTime::from_samples(u64::from_be_bytes(*first));
        if first != first.frame_start() {
            return Err(PageError::Unaligned);
        }
        let mut packets = Vec::new();
        while !rest.is_empty() {
            let (len, tail) = rest.split_first_chunk().ok_or(PageError::CutShort)?;
            let len = usize::from(u16::from_be_bytes(*len));
            if len == 0 || len > OPUS_PACKET_BYTES {
                return Err(PageError::Packet(len));
            }
            let (packet, tail) = tail.split_at_checked(len).ok_or(PageError::CutShort)?;
            packets.push(packet.to_vec());
            rest = tail;
        }
        if packets.is_empty() || packets.len() > PAGE_FRAMES {
            return Err(PageError::Frames(packets.len()));
        }
        Ok(Self { first, packets })
    }

    /// Parses the bytes of an announced page.
    ///
    /// # Errors
    /// As [`Page::decode`], and [`PageError::Other`] when name, first sample or number of frames
    /// are not as announced.
    pub fn of(announced: &SoundPage, bytes: &[u8]) -> Result<Self, PageError> {
        let page = Self::decode(bytes)?;
        if page.announcement() != *announced { Err(PageError::Other) } else { Ok(page) }
    }

    /// What the author says about this page.
    #[must_use]
    pub fn announcement(&self) -> SoundPage {
        let frames = u32::try_from(self.packets.len()).expect("a page has at most 50 packets");
        SoundPage { first: self.first, frames, blob: BlobId::of(&self.encode()) }
    }

    /// Each frame with its first sample.
    pub fn frames(&self) -> impl Iterator<Item = (MediaTime, &[u8])> {
        let first = self.first;
        (0..).zip(&self.packets).map(move |(i, p)| (first.plus(i * FRAME_SAMPLES), p.as_slice()))
    }
}

/// A page that is ready: what to announce, and the bytes to keep for those who ask.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadyPage {
    /// Goes into the log.
    pub announcement: SoundPage,
    /// Goes into the blob store.
    pub bytes: Vec<u8>,
}

/// Makes pages of one's own frames. One pager per epoch.
#[derive(Debug, Default)]
pub struct Pager {
    open: Option<Page>,
}

impl Pager {
    /// A pager at the start of an epoch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one's next frame; `at` is its first sample. Gives the pages that it completes: the one
    /// it ends, or the one before a gap, or both. Frames that are no Opus packet are left out.
    pub fn push(&mut self, at: MediaTime, opus: &[u8]) -> Vec<ReadyPage> {
        if opus.is_empty() || opus.len() > OPUS_PACKET_BYTES || at != at.frame_start() {
            return Vec::new();
        }
        let mut ready = Vec::new();
        let end = |page: &Page| page.first.plus(page.packets.len() as u64 * FRAME_SAMPLES);
        if self.open.as_ref().is_some_and(|page| end(page) != at) {
            ready.extend(self.flush());
        }
        let page = self.open.get_or_insert_with(|| Page { first: at, packets: Vec::new() });
        page.packets.push(opus.to_vec());
        if end(page).samples() % u64::from(SAMPLE_RATE) == 0 {
            ready.extend(self.flush());
        }
        ready
    }

    /// Ends the page begun: the epoch ends, or nothing follows soon.
    pub fn flush(&mut self) -> Option<ReadyPage> {
        let page = self.open.take()?;
        Some(ReadyPage { announcement: page.announcement(), bytes: page.encode() })
    }
}

/// What became of an announced page at a listener.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Collected {
    /// All its frames came, and they are what the author signed: these are the page's bytes.
    Whole(ReadyPage),
    /// It has to be fetched: these frames (by first sample) did not come; none missing means that
    /// what came is not what the author signed.
    Fetch(SoundPage, Vec<MediaTime>),
}

/// Puts the pages of one author's epoch together from live frames.
#[derive(Debug, Default)]
pub struct Collector {
    frames: BTreeMap<MediaTime, Vec<u8>>,
    announced: VecDeque<(SoundPage, LocalTime)>,
}

impl Collector {
    /// An empty collector.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a live frame. The first of two different ones counts. Where there are too many, those
    /// with the lowest media time go: their announcement is overdue, and they can be fetched.
    pub fn frame(&mut self, at: MediaTime, opus: Vec<u8>) {
        if opus.is_empty() || opus.len() > OPUS_PACKET_BYTES {
            return;
        }
        self.frames.entry(at).or_insert(opus);
        if self.frames.len() > KEPT_FRAMES {
            self.frames.pop_first();
        }
    }

    /// Takes the author's announcement. When pages come faster than they can be settled, the
    /// oldest is given up as one to fetch.
    pub fn announce(&mut self, page: SoundPage, now: LocalTime) -> Option<Collected> {
        self.announced.push_back((page, now));
        (self.announced.len() > KEPT_PAGES).then(|| self.announced.pop_front()).flatten().map(
            |(page, _)| match self.collect(&page) {
                Ok(ready) => Collected::Whole(ready),
                Err(missing) => Collected::Fetch(page, missing),
            },
        )
    }

    /// Pages whose fate is known at `now`. Call about once a second.
    pub fn settle(&mut self, now: LocalTime) -> Vec<Collected> {
        self.settle_after(GRACE, now)
    }

    /// All pages announced so far: nothing more is waited for.
    pub fn close(&mut self, now: LocalTime) -> Vec<Collected> {
        self.settle_after(Duration::ZERO, now)
    }

    fn settle_after(&mut self, grace: Duration, now: LocalTime) -> Vec<Collected> {
        let mut settled = Vec::new();
        for (page, since) in std::mem::take(&mut self.announced) {
            match self.collect(&page) {
                Ok(ready) => settled.push(Collected::Whole(ready)),
                Err(missing) if missing.is_empty() || now.since(since) >= grace => {
                    settled.push(Collected::Fetch(page, missing));
                }
                Err(_) => {
                    self.announced.push_back((page, since));
                    continue;
                }
            }
            self.frames.retain(|at, _| *at < page.first || *at >= end(&page));
        }
        settled
    }

    /// The page from the frames at hand, or those that are missing.
    fn collect(&self, page: &SoundPage) -> Result<ReadyPage, Vec<MediaTime>> {
        let count = (page.frames as usize).min(PAGE_FRAMES) as u64;
        let places = (0..count).map(|i| page.first.plus(i * FRAME_SAMPLES));
        let missing: Vec<_> = places.clone().filter(|at| !self.frames.contains_key(at)).collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        let packets = places.map(|at| self.frames[&at].clone()).collect();
        let bytes = Page { first: page.first, packets }.encode();
        if BlobId::of(&bytes) == page.blob {
            Ok(ReadyPage { announcement: *page, bytes })
        } else {
            Err(Vec::new())
        }
    }
}

/// The sample behind a page.
fn end(page: &SoundPage) -> MediaTime {
    page.first.plus(u64::from(page.frames) * FRAME_SAMPLES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(index: u64) -> MediaTime {
        MediaTime::from_samples(index * FRAME_SAMPLES)
    }

    fn packet(index: u64) -> Vec<u8> {
        vec![0x48, index as u8, 3]
    }

    fn page(first: u64, frames: u64) -> ReadyPage {
        let packets = (first..first + frames).map(packet).collect();
        let page = Page { first: at(first), packets };
        ReadyPage { announcement: page.announcement(), bytes: page.encode() }
    }

    #[test]
    fn the_bytes_are_as_documented() {
        let page = Page { first: at(50), packets: vec![vec![1, 2], vec![3]] };
        assert_eq!(page.encode(), [0, 0, 0, 0, 0, 0, 0xbb, 0x80, 0, 2, 1, 2, 0, 1, 3]);
        assert_eq!(Page::decode(&page.encode()), Ok(page));
    }

    #[test]
    fn every_broken_rule_is_named() {
        let good = page(0, 2).bytes;
        assert_eq!(Page::decode(&good[..7]), Err(PageError::CutShort));
        assert_eq!(Page::decode(&good[..9]), Err(PageError::CutShort));
        assert_eq!(Page::decode(&good[..good.len() - 1]), Err(PageError::CutShort));
        assert_eq!(Page::decode(&good[..8]), Err(PageError::Frames(0)));
        assert_eq!(Page::decode(&page(0, 51).bytes), Err(PageError::Frames(51)));
        assert_eq!(Page::decode(&[0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1]), Err(PageError::Unaligned));
        assert_eq!(Page::decode(&[0; 10]), Err(PageError::Packet(0)));
        assert_eq!(Page::decode(&[0, 0, 0, 0, 0, 0, 0, 0, 5, 0]), Err(PageError::Packet(1280)));
        assert_eq!(Page::decode(&[0; PAGE_BYTES + 1]), Err(PageError::TooLarge(PAGE_BYTES + 1)));
        let other = page(1, 2).announcement;
        assert_eq!(Page::of(&other, &good), Err(PageError::Other));
    }

    #[test]
    fn a_page_ends_with_the_media_second() {
        let mut pager = Pager::new();
        let ready: Vec<_> = (30..160).flat_map(|i| pager.push(at(i), &packet(i))).collect();
        assert_eq!(ready, [page(30, 20), page(50, 50), page(100, 50)]);
        assert_eq!(pager.flush(), Some(page(150, 10)));
        assert_eq!(pager.flush(), None);
    }

    #[test]
    fn a_gap_ends_a_page() {
        let mut pager = Pager::new();
        assert!(pager.push(at(3), &packet(3)).is_empty());
        assert_eq!(pager.push(at(49), &packet(49)), [page(3, 1), page(49, 1)]);
    }

    #[test]
    fn a_listener_with_all_frames_has_the_page() {
        let mut collector = Collector::new();
        (0..50).rev().for_each(|i| collector.frame(at(i), packet(i)));
        collector.announce(page(0, 50).announcement, LocalTime::START);
        assert_eq!(collector.settle(LocalTime::START), [Collected::Whole(page(0, 50))]);
        assert_eq!(collector.settle(LocalTime::START), []);
        assert!(collector.frames.is_empty());
    }

    #[test]
    fn missing_frames_are_waited_for_and_then_named() {
        let mut collector = Collector::new();
        (0..50).filter(|i| i % 20 != 7).for_each(|i| collector.frame(at(i), packet(i)));
        let announcement = page(0, 50).announcement;
        collector.announce(announcement, LocalTime::START);
        assert_eq!(collector.settle(LocalTime::from_millis(1000)), []);
        let fetch = Collected::Fetch(announcement, vec![at(7), at(27), at(47)]);
        assert_eq!(collector.settle(LocalTime::from_millis(2000)), [fetch]);
    }

    #[test]
    fn who_leaves_waits_for_no_frames() {
        let mut collector = Collector::new();
        (0..49).for_each(|i| collector.frame(at(i), packet(i)));
        let announcement = page(0, 50).announcement;
        collector.announce(announcement, LocalTime::START);
        let fetch = Collected::Fetch(announcement, vec![at(49)]);
        assert_eq!(collector.close(LocalTime::START), [fetch]);
        assert_eq!(collector.close(LocalTime::START), []);
    }

    #[test]
    fn frames_that_the_author_did_not_sign_are_fetched_again() {
        let mut collector = Collector::new();
        (0..50).for_each(|i| collector.frame(at(i), packet(i + u64::from(i == 20))));
        let announcement = page(0, 50).announcement;
        collector.announce(announcement, LocalTime::START);
        assert_eq!(collector.settle(LocalTime::START), [Collected::Fetch(announcement, vec![])]);
    }

    #[test]
    fn a_collector_is_bounded() {
        let mut collector = Collector::new();
        (0..2000).for_each(|i| collector.frame(at(i), packet(i)));
        assert_eq!(collector.frames.len(), KEPT_FRAMES);
        for i in 0..100 {
            let given_up =
                collector.announce(page(5000 + i * 50, 50).announcement, LocalTime::START);
            assert_eq!(given_up.is_some(), i >= KEPT_PAGES as u64);
        }
    }

    proptest! {
        #[test]
        fn pages_come_back_as_they_were(
            first in 0u64..1 << 40,
            packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..200), 1..=50),
        ) {
            let page = Page { first: at(first), packets };
            prop_assert_eq!(Page::of(&page.announcement(), &page.encode()), Ok(page));
        }
    }

    #[test]
    fn fuzz_page_decode() {
        bolero::check!().with_max_len(4096).with_test_time(Duration::from_secs(1)).for_each(
            |bytes: &[u8]| {
                if let Ok(page) = Page::decode(bytes) {
                    assert_eq!(page.encode(), bytes, "accepted bytes are canonical");
                }
            },
        );
    }
}
