//! One stream with one member: a reader that verifies and stores, a writer that reads and serves.

use super::Wanted;
use super::assembly::Assembly;
use crate::io::blobs::{BlobError, Blobs};
use crate::io::frame;
use crate::room::fetch::{FRAME_BYTES, Held, Message, PARTS, Piece, Request};
use crate::room::id::{BlobId, MemberId};
use crate::room::ranges::{Outline, RangeSet};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Messages that wait to be written: 20 s of news, and nobody is waited for longer.
const FAST_LANE: usize = 2048;

/// Parts that wait to be served: twice what a member asks for at once, for it may give some up.
const SLOW_LANE: usize = 2 * PARTS;

/// Bytes written at once: other tasks, sound above all, run in between.
const PIECE_BYTES: usize = 16 * 1024;

/// Longest time one frame may take to leave: a range takes 16 s at 128 kbit/s.
const STALL: Duration = Duration::from_secs(20);

/// What the tasks of a stream need of the node.
#[derive(Debug, Clone)]
pub(super) struct Shop {
    pub(super) blobs: Blobs,
    pub(super) wanted: Wanted,
}

/// One stream, as its owner holds it. The stream ends with `stop`.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) member: MemberId,
    fast: mpsc::Sender<Parcel>,
    slow: mpsc::Sender<Parcel>,
    pub(super) stop: CancellationToken,
}

/// Something to write.
#[derive(Debug)]
pub(super) enum Parcel {
    Message(Message),
    Asked(Request),
}

/// What came from a member, verified and stored.
#[derive(Debug)]
pub(super) enum Arrival {
    Message(MemberId, Message),
    /// Of a range that is not whole yet.
    Part {
        from: MemberId,
        blob: BlobId,
        index: u32,
    },
    Outlined {
        from: MemberId,
        blob: BlobId,
        len: u64,
        ranges: RangeSet,
    },
    Stored {
        from: MemberId,
        blob: BlobId,
        index: u32,
        len: u64,
    },
    /// Its bytes were wrong.
    Wrong(MemberId),
    /// They were right and the disk refused them.
    Unkept {
        from: MemberId,
        blob: BlobId,
        piece: Piece,
        error: BlobError,
    },
    /// The stream ended.
    Closed(MemberId),
}

impl Link {
    /// Queues a parcel; `false` when the stream is stuck and should be given up.
    pub(super) fn send(&self, parcel: Parcel) -> bool {
        let lane = match &parcel {
            Parcel::Asked(request) if !request.urgent => &self.slow,
            Parcel::Message(_) | Parcel::Asked(_) => &self.fast,
        };
        lane.try_send(parcel).is_ok()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.stop.is_cancelled()
    }
}

/// Starts reader and writer.
pub(super) fn start<S>(
    member: MemberId,
    stream: S,
    shop: Shop,
    arrivals: mpsc::Sender<Arrival>,
    stop: CancellationToken,
    tasks: &TaskTracker,
) -> Link
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (reader, writer) = stream.split();
    let (fast, fast_lane) = mpsc::channel(FAST_LANE);
    let (slow, slow_lane) = mpsc::channel(SLOW_LANE);
    let writing = {
        let (blobs, stop) = (shop.blobs.clone(), stop.clone());
        async move {
            stop.run_until_cancelled(write(writer, fast_lane, slow_lane, blobs)).await;
            stop.cancel();
        }
    };
    let reading = {
        let stop = stop.clone();
        async move {
            stop.run_until_cancelled(read(member, reader, shop, &arrivals)).await;
            stop.cancel();
            // The owner may be gone first.
            let _ = arrivals.send(Arrival::Closed(member)).await;
        }
    };
    tasks.spawn(writing);
    tasks.spawn(reading);
    Link { member, fast, slow, stop }
}

async fn read<R: AsyncRead + Unpin>(
    from: MemberId,
    mut stream: R,
    shop: Shop,
    arrivals: &mpsc::Sender<Arrival>,
) {
    let mut assembly = Assembly::default();
    // Every way for the stream to end is the same to us; a frame too long is an end, too.
    while let Ok(Some(frame)) = frame::read(&mut stream, FRAME_BYTES).await {
        let arrival = match Message::decode(&frame) {
            Ok(message) => shop.accept(from, message, &mut assembly).await,
            Err(_) => Some(Arrival::Wrong(from)),
        };
        if let Some(arrival) = arrival
            && arrivals.send(arrival).await.is_err()
        {
            break;
        }
    }
}

async fn write<W: AsyncWrite + Unpin>(
    mut stream: W,
    mut fast: mpsc::Receiver<Parcel>,
    mut slow: mpsc::Receiver<Parcel>,
    blobs: Blobs,
) {
    loop {
        let parcel = tokio::select! {
            biased;
            parcel = fast.recv() => parcel,
            parcel = slow.recv() => parcel,
        };
        let message = match parcel {
            Some(Parcel::Message(message)) => message,
            Some(Parcel::Asked(request)) => serve(&blobs, request).await,
            None => break,
        };
        let frame = message.encode();
        let written = timeout(STALL, frame::write(&mut stream, &frame, PIECE_BYTES)).await;
        if !matches!(written, Ok(Ok(()))) {
            break;
        }
    }
    // The member has gone if this fails.
    let _ = timeout(STALL, stream.close()).await;
}

/// What was asked for from the store, or the admission that it is gone.
async fn serve(blobs: &Blobs, request: Request) -> Message {
    let Request { blob, piece, start, len, .. } = request;
    let found = match piece {
        Piece::Outline => blobs.outline(blob).await.map(|outline| {
            outline.map(|outline| Message::Outline {
                blob,
                len: outline.len(),
                values: outline.values().to_vec(),
            })
        }),
        Piece::Range(index) => blobs
            .read_part(blob, index, start, len)
            .await
            .map(|part| part.map(|(bytes, of)| Message::Part { blob, index, start, of, bytes })),
    };
    // A disk that fails to read one blob is no reason to stop serving the others.
    found.ok().flatten().unwrap_or(Message::Without(blob, piece))
}

impl Shop {
    /// Verifies and stores what brings bytes; passes on the rest.
    async fn accept(
        &self,
        from: MemberId,
        message: Message,
        assembly: &mut Assembly,
    ) -> Option<Arrival> {
        match message {
            Message::Outline { blob, len, values } => {
                if !self.wanted.contains(&blob) {
                    return None;
                }
                let Ok(outline) = Outline::verified(blob, len, values) else {
                    return Some(Arrival::Wrong(from));
                };
                Some(self.begin(from, outline).await)
            }
            Message::Part { blob, index, start, of, bytes } => {
                if !self.wanted.contains(&blob) {
                    return None;
                }
                let Some(bytes) = assembly.add((blob, index), start, of, bytes)? else {
                    return Some(Arrival::Part { from, blob, index });
                };
                Some(match self.blobs.write_range(blob, index, bytes).await {
                    Ok(written) => Arrival::Stored { from, blob, index, len: written.len },
                    Err(BlobError::Wrong | BlobError::NotBegun) => Arrival::Wrong(from),
                    Err(error) => Arrival::Unkept { from, blob, piece: Piece::Range(index), error },
                })
            }
            message => Some(Arrival::Message(from, message)),
        }
    }

    async fn begin(&self, from: MemberId, outline: Outline) -> Arrival {
        let (blob, count) = (outline.blob(), outline.ranges());
        let (len, ranges) = match self.blobs.begin(outline).await {
            Ok(Held::Some { len, ranges }) => (len, ranges),
            Ok(Held::All { len }) => (len, RangeSet::all(count)),
            Ok(Held::Nothing) => return Arrival::Wrong(from),
            Err(error) => return Arrival::Unkept { from, blob, piece: Piece::Outline, error },
        };
        Arrival::Outlined { from, blob, len, ranges }
    }
}
