//! Opus (RFC 6716): 20 ms blocks to packets and back.

use super::{BLOCK, Block};
use crate::limits::{OPUS_PACKET_BYTES, SAMPLE_RATE};
use opus::{Application, Bitrate, Channels, Signal};

/// Samples by which this encoder's sound comes out of a decoder later than it went in: libopus's
/// look-ahead at 48 kHz for speech (2.5 ms window and 4 ms alignment of its two halves; measured,
/// research: audio §2). Capture sends that much ahead, so that what a packet decodes to starts at
/// exactly its media time; see `capture.rs`.
pub const LOOKAHEAD: usize = 312;

/// Bits a second: speech is transparent at 32 kbit/s with redundancy (PESQ 4.40; research §2).
pub(super) const BITRATE: u32 = 32_000;

/// Effort of the encoder: 0.22 ms a frame, 1.1 % of a core (research §2).
const COMPLEXITY: i32 = 9;

/// Loss in percent that the redundancy is made for (research §2).
const EXPECTED_LOSS: i32 = 10;

/// Opus could not be set up or refused a block.
#[derive(Debug, thiserror::Error)]
#[error("the Opus codec failed: {0}")]
pub struct CodecError(#[from] opus::Error);

/// Loss in percent from which on redundancy is of use: on a way that loses nothing it is only dear.
const LOSSLESS: i32 = 0;

/// Makes packets.
#[derive(Debug)]
pub struct Encoder {
    opus: opus::Encoder,
    packet: Box<[u8; OPUS_PACKET_BYTES]>,
}

impl Encoder {
    /// An encoder for speech: 48 kHz mono, 20 ms, 32 kbit/s VBR, in-band FEC. DTX stays off, so
    /// that every frame exists and a missing one is a lost one.
    ///
    /// # Errors
    /// When libopus has no memory.
    pub fn new() -> Result<Self, CodecError> {
        let mut opus = opus::Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Voip)?;
        opus.set_signal(Signal::Voice)?;
        opus.set_bitrate(Bitrate::Bits(BITRATE as i32))?;
        opus.set_vbr(true)?;
        opus.set_complexity(COMPLEXITY)?;
        opus.set_inband_fec(true)?;
        opus.set_packet_loss_perc(EXPECTED_LOSS)?;
        opus.set_dtx(false)?;
        Ok(Self { opus, packet: Box::new([0; OPUS_PACKET_BYTES]) })
    }

    /// An encoder for a way that is narrow, and loses nothing: `bitrate` bits a second, no redundancy.
    ///
    /// # Errors
    /// When libopus has no memory.
    pub fn narrow(bitrate: u32) -> Result<Self, CodecError> {
        let mut encoder = Self::new()?;
        encoder.opus.set_inband_fec(false)?;
        encoder.opus.set_packet_loss_perc(LOSSLESS)?;
        encoder.set_bitrate(bitrate)?;
        Ok(encoder)
    }

    /// Another bit rate, in bits a second, from the next block on.
    ///
    /// # Errors
    /// When Opus has no such rate (RFC 6716 §2.1.1: 6000 and above).
    pub fn set_bitrate(&mut self, bitrate: u32) -> Result<(), CodecError> {
        Ok(self.opus.set_bitrate(Bitrate::Bits(bitrate as i32))?)
    }

    /// One block as a packet.
    ///
    /// # Errors
    /// When libopus refuses, which it has no reason to.
    pub fn encode(&mut self, block: &Block) -> Result<Vec<u8>, CodecError> {
        let len = self.opus.encode_float(block, self.packet.as_mut_slice())?;
        Ok(self.packet[..len].to_vec())
    }
}

/// Makes sound of one talker's packets. What a packet means depends on those before it, so a block
/// is decoded for each that is played, made up ones included.
#[derive(Debug)]
pub struct Decoder {
    opus: opus::Decoder,
}

impl Decoder {
    /// A decoder at the start of a talker's sound.
    ///
    /// # Errors
    /// When libopus has no memory.
    pub fn new() -> Result<Self, CodecError> {
        Ok(Self { opus: opus::Decoder::new(SAMPLE_RATE, Channels::Mono)? })
    }

    /// The block of a packet. A packet that libopus refuses is made up for like a lost one.
    pub fn frame(&mut self, packet: &[u8]) -> Block {
        self.decode(packet, false).unwrap_or_else(|| self.conceal())
    }

    /// The block before `follower`, from the redundancy in it.
    pub fn recover(&mut self, follower: &[u8]) -> Block {
        self.decode(follower, true).unwrap_or_else(|| self.conceal())
    }

    /// A block in place of one that did not come: the sound goes on and fades (PLC).
    pub fn conceal(&mut self) -> Block {
        self.decode(&[], false).unwrap_or(super::SILENT)
    }

    fn decode(&mut self, packet: &[u8], fec: bool) -> Option<Block> {
        let mut block = super::SILENT;
        let samples = self.opus.decode_float(packet, &mut block, fec).ok()?;
        (samples == BLOCK && block.iter().all(|sample| sample.is_finite())).then_some(block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_look_ahead_is_what_libopus_says() {
        let mut encoder = Encoder::new().expect("libopus works");
        let said = encoder.opus.get_lookahead().expect("a number");
        assert_eq!(usize::try_from(said), Ok(LOOKAHEAD));
    }

    #[test]
    fn the_bit_rate_is_kept() {
        let mut encoder = Encoder::new().expect("libopus works");
        let mut noise = 1_u32;
        let bytes: usize = (0..250)
            .map(|_| {
                let block = std::array::from_fn(|_| {
                    noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (noise >> 16) as f32 / 65_536.0 - 0.5
                });
                encoder.encode(&block).expect("a block").len()
            })
            .sum();
        let bits_a_second = bytes as f64 * 8.0 / 5.0;
        assert!((28_000.0..36_000.0).contains(&bits_a_second), "{bits_a_second} bit/s");
    }

    #[test]
    fn fuzz_decoder() {
        let decoder = std::sync::Mutex::new(Decoder::new().expect("libopus works"));
        let decoder = std::panic::AssertUnwindSafe(decoder);
        bolero::check!()
            .with_max_len(OPUS_PACKET_BYTES)
            .with_test_time(std::time::Duration::from_secs(1))
            .for_each(|packet: &[u8]| {
                let mut decoder = decoder.lock().expect("never held over a panic");
                for block in [decoder.frame(packet), decoder.recover(packet)] {
                    assert!(block.iter().all(|sample| sample.is_finite()));
                }
            });
    }
}
