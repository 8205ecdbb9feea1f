//! Live signs to and from one member: a stream of their own beside the sound's, so that neither
//! ever waits for a lost packet of the other.
//!
//! Wire and flow as in [`super::audio_link`]: stanzas behind their length, confirmed by counting,
//! few under way at a time. What can't go yet waits in an [`Outbox`], where newer replaces older.

use super::audio_link::{AudioReceiver, STALLED, UNDER_WAY, write_one};
use crate::io::mesh::Stream;
use crate::room::live::{Allowance, Next, Outbox};
use crate::room::stanza::{Live, PageTurn, Sign};
use crate::room::time::{LocalTime, MediaTime};
use futures::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// This node's end of one listener's stream; dropped, the stream is closed.
#[derive(Debug)]
pub struct LiveSender {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// `None` once the stream is closed.
    outbox: Mutex<Option<Outbox>>,
    wake: Notify,
    confirmed: AtomicU64,
}

impl LiveSender {
    /// Starts the listener's task on the current tokio runtime; `outbox` holds the first words.
    /// `clock` tells this process's monotonic time.
    pub fn start(
        stream: Stream,
        outbox: Outbox,
        clock: impl Fn() -> LocalTime + Send + Sync + 'static,
    ) -> Self {
        let shared = Arc::new(Shared {
            outbox: Mutex::new(Some(outbox)),
            wake: Notify::new(),
            confirmed: AtomicU64::new(0),
        });
        tokio::spawn(write(stream, Arc::clone(&shared), clock));
        Self { shared }
    }

    /// Shows a sign made at media time `at`; never waits.
    pub fn put(&self, at: MediaTime, sign: Sign) {
        if let Some(outbox) = self.shared.lock().as_mut() {
            outbox.put(at, sign);
        }
        self.shared.wake.notify_one();
    }

    /// A stroke on this page goes into the log ([`Outbox::finished`]).
    pub fn finished(&self, on: PageTurn) {
        if let Some(outbox) = self.shared.lock().as_mut() {
            outbox.finished(on);
        }
    }

    /// Whether the stream still is there; else open another.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.shared.lock().is_some()
    }
}

impl Drop for LiveSender {
    fn drop(&mut self) {
        *self.shared.lock() = None;
        self.shared.wake.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Option<Outbox>> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next stanza, when it is due and there is room; none when this node's end is gone.
    async fn next(&self, sent: u64, clock: &impl Fn() -> LocalTime) -> Option<Live> {
        loop {
            let under_way = sent.saturating_sub(self.confirmed.load(Ordering::Relaxed));
            let next = match self.lock().as_mut() {
                None => return None,
                Some(_) if under_way >= UNDER_WAY => Next::Nothing,
                Some(outbox) => outbox.next(clock()),
            };
            match next {
                Next::Send(live) => return Some(live),
                Next::Wait(until) => {
                    let _ = tokio::time::timeout(until.since(clock()), self.wake.notified()).await;
                }
                Next::Nothing => self.wake.notified().await,
            }
        }
    }
}

async fn write(stream: Stream, shared: Arc<Shared>, clock: impl Fn() -> LocalTime) {
    let (reader, mut writer) = stream.split();
    let telling = async {
        let mut sent = 0;
        while let Some(live) = shared.next(sent, &clock).await {
            let stanza = live.to_xml();
            let sending = write_one(&mut writer, stanza.as_bytes());
            if !matches!(tokio::time::timeout(STALLED, sending).await, Ok(Ok(()))) {
                break;
            }
            sent += 1;
        }
    };
    tokio::select! {
        () = telling => {}
        () = confirm(reader, &shared) => {}
    }
    *shared.lock() = None;
    let _ = tokio::time::timeout(STALLED, writer.close()).await;
}

/// Counts what the listener says it has got, until it is gone.
async fn confirm(mut reader: impl AsyncRead + Unpin, shared: &Shared) {
    let mut counts = [0; 16];
    while let Ok(read @ 1..) = reader.read(&mut counts).await {
        let stanzas = counts[..read].iter().copied().map(u64::from).sum();
        shared.confirmed.fetch_add(stanzas, Ordering::Relaxed);
        shared.wake.notify_one();
    }
}

/// The listener's end.
#[derive(Debug)]
pub struct LiveReceiver {
    stanzas: AudioReceiver,
    allowance: Allowance,
}

impl LiveReceiver {
    /// Reads from an incoming stream.
    #[must_use]
    pub fn new(stream: Stream) -> Self {
        Self { stanzas: AudioReceiver::new(stream), allowance: Allowance::default() }
    }

    /// The next stanza; what exceeds the member's [`Allowance`] is dropped unread. `None` when the
    /// stream ended or was no such stream. `clock` tells this process's monotonic time. Not
    /// cancel-safe: give it a task of its own.
    pub async fn next(&mut self, clock: impl Fn() -> LocalTime) -> Option<Live> {
        loop {
            let stanza = self.stanzas.next().await.ok()?;
            if self.allowance.take(clock()) {
                return Live::parse(&stanza).ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::LIVE_RATE;
    use crate::room::id::BlobId;
    use crate::room::stanza::{Laser, Point};
    use crate::room::time::Epoch;
    use std::time::Duration;
    use tokio::time::Instant;
    use tokio_util::compat::TokioAsyncReadCompatExt;

    /// Two ends of a pipe that holds `bytes`.
    fn pipe(bytes: usize) -> (Stream, Stream) {
        let (here, there) = tokio::io::duplex(bytes);
        (Stream::new(here.compat()), Stream::new(there.compat()))
    }

    /// Tokio's time, which tests pause; far from the process's start.
    fn clock() -> impl Fn() -> LocalTime + Clone + Send + Sync + 'static {
        let zero = Instant::now();
        move || LocalTime::from_millis(60_000) + zero.elapsed()
    }

    fn laser(x: i32) -> Sign {
        let on = PageTurn { document: BlobId([1; 32]), page: 2 };
        Sign::Laser(Laser { on, at: Point { x, y: 0 } })
    }

    fn outbox() -> Outbox {
        Outbox::new(Epoch(7), MediaTime::ZERO, true)
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_words_come_first_and_moves_at_the_rate() {
        let (here, there) = pipe(1 << 16);
        let clock = clock();
        let sender = LiveSender::start(here, outbox(), clock.clone());
        let mut receiver = LiveReceiver::new(there);
        let first = receiver.next(&clock).await.expect("the first words");
        assert_eq!(first.signs, [Sign::Microphone(true)]);
        let moving = async {
            for x in 0..1000 {
                sender.put(MediaTime::from_samples(48), laser(x));
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let began = Instant::now();
        let mut seen = 0;
        let seeing = async {
            loop {
                let live = receiver.next(&clock).await.expect("a move");
                seen += 1;
                if live.signs == [laser(999)] {
                    break;
                }
            }
        };
        tokio::join!(moving, seeing);
        assert!(began.elapsed() <= Duration::from_millis(1040));
        assert!((28..=LIVE_RATE + 1).contains(&seen), "{seen} in a second");
    }

    #[tokio::test(start_paused = true)]
    async fn behind_a_stall_comes_the_newest() {
        let (here, there) = pipe(1 << 20);
        let clock = clock();
        let sender = LiveSender::start(here, outbox(), clock.clone());
        for x in 0..300 {
            sender.put(MediaTime::from_samples(48), laser(x));
            tokio::time::sleep(Duration::from_millis(34)).await;
        }
        sender.put(MediaTime::from_samples(48), Sign::Microphone(false));
        let mut receiver = LiveReceiver::new(there);
        let mut stale = 0;
        loop {
            let live = receiver.next(&clock).await.expect("something");
            if live.signs == [Sign::Microphone(false), laser(299)] {
                break;
            }
            stale += 1;
        }
        assert!(stale <= UNDER_WAY, "{stale}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_dropped_and_what_follows_it_is_read() {
        // Room for the confirmations, which nobody reads.
        let (mut here, there) = pipe(1 << 14);
        let clock = clock();
        let stanza = |x| {
            let at = MediaTime::ZERO;
            Live { epoch: Epoch(7), at, signs: vec![laser(x)] }.to_xml()
        };
        let flood = async {
            for x in 0..5000 {
                write_one(&mut here, stanza(x).as_bytes()).await.expect("taken");
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            write_one(&mut here, stanza(9999).as_bytes()).await.expect("taken");
        };
        let mut receiver = LiveReceiver::new(there);
        let mut read = 0;
        let reading = async {
            while receiver.next(&clock).await.expect("a stanza").signs != [laser(9999)] {
                read += 1;
            }
        };
        tokio::join!(flood, reading);
        assert!(read <= LIVE_RATE, "{read} of 5000 at once");
    }

    #[tokio::test]
    async fn who_is_gone_is_noticed() {
        let (here, there) = pipe(64);
        let sender = LiveSender::start(here, outbox(), clock());
        drop(there);
        while sender.is_open() {
            tokio::task::yield_now().await;
        }
    }

    #[test]
    fn hostile_bytes_never_panic() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        bolero::check!().with_test_time(Duration::from_secs(1)).for_each(|bytes: &[u8]| {
            runtime.block_on(async {
                let stream = Stream::new(futures::io::Cursor::new(bytes.to_vec()));
                let mut receiver = LiveReceiver::new(stream);
                while receiver.next(|| LocalTime::START).await.is_some() {}
            });
        });
    }
}
