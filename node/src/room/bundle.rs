//! Frames of one talker that travel together where each message costs: in a room on a server that
//! lets an account say 3 kB/s, an envelope of 200 bytes around every 20 ms of sound is more than the sound.
//!
//! A packed layout, not XML and not CBOR, since bytes are dear:
//!
//! ```text
//! author 32 | epoch 4 | first sample 8 | resumes 1 | (length 1 | Opus packet)*        numbers big-endian
//! ```

use super::id::MemberId;
use super::stanza::AudioFrame;
use super::time::{Epoch, MediaTime};
use super::wire::Malformed;
use crate::limits::FRAME_SAMPLES;

/// Frames of a bundle: 320 ms. More would be heard later than actions wait for their sound.
pub const FRAMES: usize = 16;

/// Bytes of a packet that can be bundled: 20 ms at 100 kbit/s.
pub const PACKET_BYTES: usize = 255;

/// Bytes before the first packet.
const HEAD_BYTES: usize = 32 + 4 + 8 + 1;

/// Bytes of the largest bundle.
pub const BUNDLE_BYTES: usize = HEAD_BYTES + FRAMES * (1 + PACKET_BYTES);

/// Frames of one talker that follow each other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bundle {
    /// Who talks.
    pub author: MemberId,
    /// The talker's microphone session.
    pub epoch: Epoch,
    /// First sample of the first frame.
    pub first: MediaTime,
    /// The first frame is the first one after a pause.
    pub resumes: bool,
    /// The Opus packets, 1 to [`FRAMES`].
    pub packets: Vec<Vec<u8>>,
}

impl Bundle {
    /// As bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(BUNDLE_BYTES);
        bytes.extend(self.author.0);
        bytes.extend(self.epoch.0.to_be_bytes());
        bytes.extend(self.first.samples().to_be_bytes());
        bytes.push(self.resumes.into());
        for packet in &self.packets {
            // The bundler takes no longer ones.
            bytes.push(u8::try_from(packet.len()).unwrap_or(u8::MAX));
            bytes.extend(&packet[..packet.len().min(PACKET_BYTES)]);
        }
        bytes
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`Malformed`]: these are none, or a value is out of its range.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let (author, rest) = split::<32>(bytes)?;
        let (epoch, rest) = split::<4>(rest)?;
        let (first, rest) = split::<8>(rest)?;
        let ([resumes @ 0..=1], mut rest) = split::<1>(rest)? else { return Err(Malformed) };
        let first = MediaTime::from_samples(u64::from_be_bytes(first));
        let mut packets = Vec::new();
        while let Some((length, after)) = rest.split_first() {
            let length = usize::from(*length);
            if length == 0 || length > after.len() || packets.len() == FRAMES {
                return Err(Malformed);
            }
            packets.push(after[..length].to_vec());
            rest = &after[length..];
        }
        let last = first.samples().checked_add(packets.len() as u64 * FRAME_SAMPLES);
        if packets.is_empty() || first.frame_start() != first || last.is_none() {
            return Err(Malformed);
        }
        let (author, epoch) = (MemberId(author), Epoch(u32::from_be_bytes(epoch)));
        Ok(Self { author, epoch, first, resumes: resumes == 1, packets })
    }

    /// The frames in it.
    pub fn frames(self) -> impl Iterator<Item = AudioFrame> {
        let Self { epoch, first, resumes, packets, .. } = self;
        packets.into_iter().enumerate().map(move |(n, opus)| {
            let at = first.plus(n as u64 * FRAME_SAMPLES);
            AudioFrame { epoch, at, opus, resumes: resumes && n == 0 }
        })
    }

    /// Where the next frame would begin.
    fn end(&self) -> MediaTime {
        self.first.plus(self.packets.len() as u64 * FRAME_SAMPLES)
    }
}

fn split<const N: usize>(bytes: &[u8]) -> Result<([u8; N], &[u8]), Malformed> {
    bytes.split_first_chunk::<N>().map(|(head, rest)| (*head, rest)).ok_or(Malformed)
}

/// Puts frames together as they come.
#[derive(Debug, Default)]
pub struct Bundler {
    begun: Option<Bundle>,
    /// Where the talker last bundled would go on.
    next: Option<(MemberId, Epoch, MediaTime)>,
}

impl Bundler {
    /// Takes a frame; gives what is complete with it: `frames` together, and what was begun before a
    /// pause or by somebody else.
    pub fn push(&mut self, author: MemberId, frame: AudioFrame, frames: usize) -> Vec<Bundle> {
        let AudioFrame { epoch, at, opus, .. } = frame;
        if opus.is_empty() || opus.len() > PACKET_BYTES {
            return Vec::new();
        }
        let goes_on = self.next == Some((author, epoch, at));
        let mut complete = Vec::new();
        if !goes_on {
            complete.extend(self.flush());
        }
        let mut begun = self.begun.take().unwrap_or_else(|| Bundle {
            author,
            epoch,
            first: at,
            resumes: !goes_on,
            packets: Vec::new(),
        });
        begun.packets.push(opus);
        self.next = Some((author, epoch, begun.end()));
        if begun.packets.len() >= frames.clamp(1, FRAMES) {
            complete.push(begun);
        } else {
            self.begun = Some(begun);
        }
        complete
    }

    /// What was begun: nothing follows soon.
    pub fn flush(&mut self) -> Option<Bundle> {
        self.begun.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MemberId = MemberId([1; 32]);
    const BEN: MemberId = MemberId([2; 32]);

    fn frame(n: u64) -> AudioFrame {
        let at = MediaTime::from_samples(n * FRAME_SAMPLES);
        AudioFrame { epoch: Epoch(7), at, opus: vec![n as u8 + 1; 20], resumes: false }
    }

    #[test]
    fn frames_come_back() {
        let mut bundler = Bundler::default();
        let mut bundles = Vec::new();
        for n in 5..13 {
            bundles.extend(bundler.push(ANN, frame(n), 4));
        }
        assert_eq!(bundles.len(), 2);
        let back: Vec<_> = bundles
            .into_iter()
            .map(|bundle| Bundle::decode(&bundle.encode()).expect("a bundle"))
            .flat_map(Bundle::frames)
            .collect();
        let sent = (5..13).map(|n| AudioFrame { resumes: n == 5, ..frame(n) }).collect::<Vec<_>>();
        assert_eq!(back, sent);
    }

    #[test]
    fn a_pause_or_another_talker_ends_a_bundle() {
        let mut bundler = Bundler::default();
        assert_eq!(bundler.push(ANN, frame(0), 4), []);
        let first = bundler.push(ANN, frame(9), 4);
        assert!(first.len() == 1 && first[0].packets.len() == 1 && first[0].resumes);
        let second = bundler.push(BEN, frame(10), 4);
        assert!(second.len() == 1 && second[0].author == ANN && second[0].resumes);
        let third = bundler.flush().expect("what was begun");
        assert!(third.author == BEN && third.resumes);
    }

    #[test]
    fn what_is_out_of_bounds_is_refused() {
        let mut bundler = Bundler::default();
        let long = AudioFrame { opus: vec![1; PACKET_BYTES + 1], ..frame(0) };
        assert_eq!(bundler.push(ANN, long, 1), []);
        let good = bundler.push(ANN, frame(1), 1).remove(0).encode();
        assert_eq!(good.len(), HEAD_BYTES + 21, "what an envelope costs");
        for end in 0..good.len() {
            assert_eq!(Bundle::decode(&good[..end]), Err(Malformed), "cut at {end}");
        }
        let mut odd = good.clone();
        odd[43] ^= 1;
        assert_eq!(Bundle::decode(&odd), Err(Malformed), "no frame begins there");
        let many = [&good[..HEAD_BYTES], &[1, 9].repeat(FRAMES + 1)].concat();
        assert_eq!(Bundle::decode(&many), Err(Malformed));
    }

    #[test]
    fn any_bytes_are_a_bundle_or_refused() {
        bolero::check!().for_each(|bytes: &[u8]| {
            if let Ok(bundle) = Bundle::decode(bytes) {
                assert_eq!(bundle.encode(), bytes);
                assert!(bundle.frames().count() <= FRAMES);
            }
        });
    }
}
