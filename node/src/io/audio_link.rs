//! Sound to and from one member: audio stanzas on a stream of their own, fresh or not at all.
//!
//! A talker has one [`AudioSender`] for each listener, each with its own task: a slow listener
//! delays nobody. What has waited longer than it can be of use is dropped, oldest first.
//!
//! Transports take whatever they are given and can't give it back: a stall of 3 s ended with 141
//! stale frames over TCP and 178 over QUIC, each flushed (measured). So the listener says what it
//! has got, and no more than [`UNDER_WAY`] frames are under way at a time.
//!
//! Wire, from the talker: a length of 16 bits (big-endian) and as many bytes of stanza (UTF-8 XML),
//! repeated. From the listener: bytes that each count frames received since the last.

use crate::io::mesh::Stream;
use crate::room::time::LocalTime;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Bytes of one audio stanza: a packet of 1275 bytes in base64 and its element are under 2 KiB.
pub const AUDIO_STANZA_BYTES: usize = 4096;

/// A frame older than this can't be heard any more: the jitter buffer holds at most 200 ms.
pub const TOO_OLD: Duration = Duration::from_millis(200);

/// Frames waiting for one listener: what [`TOO_OLD`] lets live, 20 ms each, and one.
const WAITING: usize = 11;

/// Frames sent and not yet confirmed: 300 ms, of which a round trip and `CONFIRM` frames are
/// always open. More than this can't be stale after a stall.
pub const UNDER_WAY: u64 = 15;

/// The listener confirms every so many frames: 12.5 times a second.
const CONFIRM: u8 = 4;

/// How long one frame may hang in the transport before the listener counts as lost. Liveness
/// closes dead connections sooner; this is the last resort.
pub(super) const STALLED: Duration = Duration::from_secs(10);

/// What a listener's queue has done with its frames so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Written to the transport.
    pub sent: u64,
    /// Dropped: too old, or too many.
    pub dropped: u64,
}

/// The talker's end of one listener's stream; dropped, the stream is closed.
#[derive(Debug)]
pub struct AudioSender {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    wake: Notify,
    sent: AtomicU64,
    confirmed: AtomicU64,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<(LocalTime, Arc<[u8]>)>,
    closed: bool,
}

impl AudioSender {
    /// Starts the listener's task on the current tokio runtime. `clock` tells this process's
    /// monotonic time.
    pub fn start(stream: Stream, clock: impl Fn() -> LocalTime + Send + Sync + 'static) -> Self {
        let shared = Arc::new(Shared::default());
        tokio::spawn(write(stream, Arc::clone(&shared), clock));
        Self { shared }
    }

    /// Gives a stanza whose sound was captured at `captured`; never waits. False when the stream is
    /// gone: open another.
    pub fn send(&self, stanza: Arc<[u8]>, captured: LocalTime) -> bool {
        let mut queue = self.shared.lock();
        if queue.closed {
            return false;
        }
        if stanza.len() > AUDIO_STANZA_BYTES {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        queue.frames.push_back((captured, stanza));
        if queue.frames.len() > WAITING {
            queue.frames.pop_front();
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
        drop(queue);
        self.shared.wake.notify_one();
        true
    }

    /// What became of the frames so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            sent: self.shared.sent.load(Ordering::Relaxed),
            dropped: self.shared.dropped.load(Ordering::Relaxed),
        }
    }
}

impl Drop for AudioSender {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next frame that is still of use, when there is room; none when the talker is gone.
    async fn next(&self, clock: &impl Fn() -> LocalTime) -> Option<Arc<[u8]>> {
        loop {
            let under_way = self
                .sent
                .load(Ordering::Relaxed)
                .saturating_sub(self.confirmed.load(Ordering::Relaxed));
            if under_way < UNDER_WAY {
                let mut queue = self.lock();
                while let Some((captured, stanza)) = queue.frames.pop_front() {
                    if clock().since(captured) <= TOO_OLD {
                        return Some(stanza);
                    }
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                }
            }
            if self.lock().closed {
                return None;
            }
            self.wake.notified().await;
        }
    }
}

async fn write(stream: Stream, shared: Arc<Shared>, clock: impl Fn() -> LocalTime) {
    let (reader, mut writer) = stream.split();
    let talking = async {
        while let Some(stanza) = shared.next(&clock).await {
            let sending = tokio::time::timeout(STALLED, write_one(&mut writer, &stanza));
            if !matches!(sending.await, Ok(Ok(()))) {
                break;
            }
            shared.sent.fetch_add(1, Ordering::Relaxed);
        }
    };
    tokio::select! {
        () = talking => {}
        () = confirm(reader, &shared) => {}
    }
    shared.lock().closed = true;
    let _ = tokio::time::timeout(STALLED, writer.close()).await;
}

/// Counts what the listener says it has got, until it is gone.
async fn confirm(mut reader: impl AsyncRead + Unpin, shared: &Shared) {
    let mut counts = [0; 16];
    while let Ok(read @ 1..) = reader.read(&mut counts).await {
        let frames = counts[..read].iter().copied().map(u64::from).sum();
        shared.confirmed.fetch_add(frames, Ordering::Relaxed);
        shared.wake.notify_one();
    }
}

/// Writes one stanza behind its length.
pub(super) async fn write_one(
    stream: &mut (impl AsyncWrite + Unpin),
    stanza: &[u8],
) -> io::Result<()> {
    let length = u16::try_from(stanza.len()).map_err(io::Error::other)?;
    // One write: a length alone in a packet would cost as much as the frame.
    let message = [&length.to_be_bytes()[..], stanza].concat();
    stream.write_all(&message).await?;
    stream.flush().await
}

/// The listener's end.
#[derive(Debug)]
pub struct AudioReceiver {
    stream: Stream,
    unconfirmed: u8,
}

/// Why no more stanzas come.
#[derive(Debug, thiserror::Error)]
pub enum AudioLinkError {
    /// The talker closed the stream or the connection is gone.
    #[error("the talker's stream ended")]
    Ended,
    /// The talker announced more than a stanza can have.
    #[error(
        "the talker sent an audio stanza of {0} bytes; at most {AUDIO_STANZA_BYTES} are allowed"
    )]
    TooLarge(usize),
    /// The stanza is not UTF-8.
    #[error("the talker sent an audio stanza that is not text")]
    NotText,
}

impl AudioReceiver {
    /// Reads from an incoming stream.
    #[must_use]
    pub fn new(stream: Stream) -> Self {
        Self { stream, unconfirmed: 0 }
    }

    /// The next stanza as text. Not cancel-safe: give it a task of its own.
    ///
    /// # Errors
    /// [`AudioLinkError`]: drop the stream.
    pub async fn next(&mut self) -> Result<String, AudioLinkError> {
        let mut length = [0; 2];
        self.stream.read_exact(&mut length).await.map_err(|_| AudioLinkError::Ended)?;
        let length = usize::from(u16::from_be_bytes(length));
        if length > AUDIO_STANZA_BYTES {
            return Err(AudioLinkError::TooLarge(length));
        }
        let mut stanza = vec![0; length];
        self.stream.read_exact(&mut stanza).await.map_err(|_| AudioLinkError::Ended)?;
        self.unconfirmed += 1;
        if self.unconfirmed == CONFIRM {
            self.unconfirmed = 0;
            // A talker that has closed takes no word of it; what it sent is still heard.
            let _ = self.stream.write_all(&[CONFIRM]).await;
            let _ = self.stream.flush().await;
        }
        String::from_utf8(stanza).map_err(|_| AudioLinkError::NotText)
    }
}

#[cfg(test)]
mod tests;
