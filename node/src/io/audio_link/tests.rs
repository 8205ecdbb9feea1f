use super::*;
use tokio_util::compat::TokioAsyncReadCompatExt;

/// Two ends of a pipe that holds `bytes`.
fn pipe(bytes: usize) -> (Stream, Stream) {
    let (here, there) = tokio::io::duplex(bytes);
    (Stream::new(here.compat()), Stream::new(there.compat()))
}

/// A clock that a test sets, in milliseconds.
#[derive(Clone, Default)]
struct Clock(Arc<AtomicU64>);

impl Clock {
    fn set(&self, millis: u64) {
        self.0.store(millis, Ordering::Relaxed);
    }

    fn now(&self) -> LocalTime {
        LocalTime::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn reader(&self) -> impl Fn() -> LocalTime + Send + Sync + 'static {
        let clock = self.clone();
        move || clock.now()
    }
}

fn stanza(n: u64) -> Arc<[u8]> {
    format!("<audio n='{n}'/>").into_bytes().into()
}

#[tokio::test]
async fn frames_come_in_order_and_whole() {
    let (talker, listener) = pipe(64);
    let clock = Clock::default();
    let sender = AudioSender::start(talker, clock.reader());
    let mut receiver = AudioReceiver::new(listener);
    for n in 0..50 {
        assert!(sender.send(stanza(n), clock.now()));
        assert_eq!(receiver.next().await.expect("a frame"), format!("<audio n='{n}'/>"));
    }
    drop(sender);
    assert!(matches!(receiver.next().await, Err(AudioLinkError::Ended)));
}

#[tokio::test(start_paused = true)]
async fn a_stalled_listener_gets_no_stale_sound_and_holds_up_nobody() {
    let clock = Clock::default();
    // A pipe that holds two frames: the rest waits in the queue.
    let (talker, listener) = pipe(34);
    let (quick_talker, quick_listener) = pipe(1 << 16);
    let stalled = AudioSender::start(talker, clock.reader());
    let quick = AudioSender::start(quick_talker, clock.reader());
    let mut quick_receiver = AudioReceiver::new(quick_listener);
    for n in 0..100 {
        clock.set(n * 20);
        assert!(stalled.send(stanza(n), clock.now()));
        assert!(quick.send(stanza(n), clock.now()));
        assert!(quick_receiver.next().await.is_ok(), "the other listener hears each at once");
    }
    // Two seconds of stall end: what comes is what was under way, then only what is fresh.
    let mut receiver = AudioReceiver::new(listener);
    let mut heard = Vec::new();
    loop {
        let text = receiver.next().await.expect("a frame");
        let n: u64 = text.trim_matches(|c: char| !c.is_ascii_digit()).parse().expect("a number");
        heard.push(n);
        if n == 99 {
            break;
        }
    }
    let stale = heard.iter().filter(|n| (99 - **n) * 20 > 200).count();
    assert!(stale <= 3, "{stale} stale frames: {heard:?}");
    assert!(heard.len() <= 3 + WAITING, "{heard:?}");
    let Counts { sent, dropped } = stalled.counts();
    assert!(sent + dropped >= 99 && dropped >= 85, "{sent} sent, {dropped} dropped");
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_takes_everything_holds_little_stale_sound() {
    let clock = Clock::default();
    // Like a network buffer: room for a minute of sound.
    let (talker, listener) = pipe(1 << 20);
    let sender = AudioSender::start(talker, clock.reader());
    for n in 0..500 {
        clock.set(n * 20);
        assert!(sender.send(stanza(n), clock.now()));
        tokio::task::yield_now().await;
    }
    assert_eq!(sender.counts().sent, UNDER_WAY);
    let mut receiver = AudioReceiver::new(listener);
    for n in 0..UNDER_WAY {
        assert_eq!(receiver.next().await.expect("under way"), format!("<audio n='{n}'/>"));
    }
    assert_eq!(receiver.next().await.expect("fresh"), "<audio n='489'/>", "200 ms old");
}

#[tokio::test]
async fn what_is_too_old_is_not_sent_even_when_the_way_is_free() {
    let (talker, listener) = pipe(1 << 16);
    let clock = Clock::default();
    clock.set(1_000);
    let sender = AudioSender::start(talker, clock.reader());
    assert!(sender.send(stanza(1), LocalTime::from_millis(799)));
    assert!(sender.send(stanza(2), LocalTime::from_millis(800)));
    let mut receiver = AudioReceiver::new(listener);
    assert_eq!(receiver.next().await.expect("the fresh one"), "<audio n='2'/>");
    assert_eq!(sender.counts().dropped, 1);
}

#[tokio::test]
async fn the_talker_learns_that_the_listener_is_gone() {
    let (talker, listener) = pipe(64);
    let clock = Clock::default();
    let sender = AudioSender::start(talker, clock.reader());
    drop(listener);
    while sender.send(stanza(0), clock.now()) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_talker_cannot_size_our_memory() {
    let (mut talker, listener) = pipe(64);
    talker.write_all(&[0xff, 0xff]).await.expect("room in the pipe");
    let error = AudioReceiver::new(listener).next().await.expect_err("too large");
    assert!(matches!(error, AudioLinkError::TooLarge(0xffff)));
}

#[test]
fn hostile_bytes_never_panic() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    bolero::check!().with_test_time(Duration::from_secs(1)).for_each(|bytes: &[u8]| {
        runtime.block_on(async {
            let stream = Stream::new(futures::io::Cursor::new(bytes.to_vec()));
            let mut receiver = AudioReceiver::new(stream);
            while let Ok(stanza) = receiver.next().await {
                assert!(stanza.len() <= AUDIO_STANZA_BYTES);
            }
        });
    });
}
