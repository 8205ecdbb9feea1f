//! The voice that goes where there is room for one, and little: a thread that decodes what all say,
//! chooses whose it is ([`Foremost`]), and codes it at the rate of the way.
//!
//! What comes out lies [`super::LOOKAHEAD`] samples (6.5 ms) behind its media time: to feed the encoder that much ahead
//! would cost a frame of waiting, which is more than it mends.

use super::codec::{CodecError, Decoder, Encoder};
use crate::io::clock::Clock;
use crate::room::foremost::Foremost;
use crate::room::id::MemberId;
use crate::room::playout::level_of;
use crate::room::stanza::AudioFrame;
use std::collections::BTreeMap;
use std::sync::mpsc as sync;
use std::thread;

/// Frames that wait: half a second of eight talkers. What does not fit would be late.
const QUEUE: usize = 200;

/// Talkers that are decoded at a time. The rest are not heard far off.
const TALKERS: usize = 32;

enum Work {
    Frame(MemberId, AudioFrame),
    Bitrate(u32),
}

/// The running thread; it ends when this is dropped.
#[derive(Debug)]
pub struct Recoder {
    work: sync::SyncSender<Work>,
}

/// Why sound can't be coded anew.
#[derive(Debug, thiserror::Error)]
pub enum RecodeError {
    /// No encoder.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// No thread.
    #[error("the system gives no thread to code sound anew: {0}")]
    Thread(#[from] std::io::Error),
}

impl Recoder {
    /// Starts it at so many bits a second. `give` takes the frames that are carried, in order, and when nobody's are any more
    /// (`None`); it must not block.
    ///
    /// # Errors
    /// [`RecodeError`].
    pub fn start(
        bitrate: u32,
        clock: Clock,
        give: impl Fn(MemberId, Option<AudioFrame>) + Send + 'static,
    ) -> Result<Self, RecodeError> {
        let (work, todo) = sync::sync_channel(QUEUE);
        let encoder = Encoder::narrow(bitrate)?;
        let (talkers, foremost) = (BTreeMap::new(), Foremost::default());
        let mut recoding =
            Recoding { clock, bitrate, encoder, coded: None, carried: false, talkers, foremost };
        thread::Builder::new().name("recode".to_owned()).spawn(move || {
            while let Ok(work) = todo.recv() {
                if let Some((author, frame)) = recoding.does(work) {
                    give(author, frame);
                }
            }
        })?;
        Ok(Self { work })
    }

    /// Hands over a frame, at once; what does not fit is dropped.
    pub fn frame(&self, author: MemberId, frame: AudioFrame) {
        let _ = self.work.try_send(Work::Frame(author, frame));
    }

    /// Another rate from here on.
    pub fn set_bitrate(&self, bitrate: u32) {
        // Full: a busy machine drops frames, too, and the next change tries again.
        let _ = self.work.try_send(Work::Bitrate(bitrate));
    }
}

struct Recoding {
    clock: Clock,
    bitrate: u32,
    encoder: Encoder,
    /// Whose voice the encoder coded last: another begins anew.
    coded: Option<MemberId>,
    /// Whether the last frame of that one was carried.
    carried: bool,
    talkers: BTreeMap<MemberId, Decoder>,
    foremost: Foremost,
}

impl Recoding {
    fn does(&mut self, work: Work) -> Option<(MemberId, Option<AudioFrame>)> {
        match work {
            Work::Bitrate(bitrate) => {
                self.bitrate = bitrate;
                let _ = self.encoder.set_bitrate(bitrate);
                None
            }
            Work::Frame(author, frame) => self.frame(author, &frame),
        }
    }

    fn frame(
        &mut self,
        author: MemberId,
        frame: &AudioFrame,
    ) -> Option<(MemberId, Option<AudioFrame>)> {
        if self.talkers.len() >= TALKERS && !self.talkers.contains_key(&author) {
            self.talkers.clear();
        }
        let decoder = match self.talkers.entry(author) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(new) => new.insert(Decoder::new().ok()?),
        };
        let block = decoder.frame(&frame.opus);
        if !self.foremost.block(author, level_of(&block), self.clock.now()) {
            let ends = self.coded == Some(author) && std::mem::take(&mut self.carried);
            return ends.then_some((author, None));
        }
        self.carried = true;
        if self.coded.replace(author) != Some(author) {
            self.encoder = Encoder::narrow(self.bitrate).ok()?;
        }
        let opus = self.encoder.encode(&block).ok()?;
        let AudioFrame { epoch, at, resumes, .. } = *frame;
        Some((author, Some(AudioFrame { epoch, at, opus, resumes })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::audio::{Fill, SILENT, Source, ToneSource};
    use crate::limits::FRAME_SAMPLES;
    use crate::room::time::{Epoch, MediaTime};

    const ANN: MemberId = MemberId([1; 32]);
    const BEN: MemberId = MemberId([2; 32]);

    /// A second of a tone, as it comes from a talker.
    fn tone() -> Vec<AudioFrame> {
        let (mut source, mut encoder) = (ToneSource::default(), Encoder::new().expect("libopus"));
        let frame = |n: u64| {
            let mut block = SILENT;
            assert_eq!(source.fill(&mut block), Ok(Fill::Sound));
            let at = MediaTime::from_samples(n * FRAME_SAMPLES);
            let opus = encoder.encode(&block).expect("a block");
            AudioFrame { epoch: Epoch(1), at, opus, resumes: false }
        };
        (0..50).map(frame).collect()
    }

    #[test]
    fn one_voice_comes_out_at_the_rate_and_where_it_was() {
        let (give, carried) = sync::channel();
        let recoder = Recoder::start(8_000, Clock::start(), move |author, frame| {
            let _ = give.send((author, frame.expect("the tone goes on")));
        })
        .expect("a thread");
        let said = tone();
        for frame in &said {
            recoder.frame(ANN, frame.clone());
            recoder.frame(BEN, frame.clone());
        }
        drop(recoder);
        let carried: Vec<_> = carried.iter().collect();
        assert_eq!(carried.len(), said.len(), "all of one, nothing of the other");
        assert!(carried.iter().all(|(author, _)| *author == ANN));
        let bytes: usize = carried.iter().map(|(_, frame)| frame.opus.len()).sum();
        assert!((500..1500).contains(&bytes), "8 kbit/s are 1000 bytes a second: {bytes}");
        let mut decoder = Decoder::new().expect("libopus");
        let heard: Vec<f32> =
            carried.iter().flat_map(|(_, frame)| decoder.frame(&frame.opus)).collect();
        let loud = heard[24_000..].iter().map(|sample| sample * sample).sum::<f32>() / 24_000.0;
        assert!(loud.sqrt() > 0.05, "the tone is there: {}", loud.sqrt());
        assert!(carried.iter().zip(&said).all(|((_, out), into)| out.at == into.at));
    }
}
