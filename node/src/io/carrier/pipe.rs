//! Bytes between two members by way of their carriers: a stream with windows, so that who reads
//! slowly is waited for and holds no more than [`WINDOW`].

use crate::room::carrier::{PIPE_BYTES, Pipe, PipeId, ToCarrier};
use futures::io::{AsyncRead, AsyncWrite};
use serde_bytes::ByteBuf;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use tokio_util::sync::PollSender;

/// Bytes that may be under way to one reader: some seconds at what servers let an account send
/// (3 to 10 kB/s; research: federation §1), so that a pipe does not wait for its credit.
pub(super) const WINDOW: usize = 64 * 1024;

/// One end of a pipe. Dropped, the other end is told.
#[derive(Debug)]
pub struct Bytes {
    id: PipeId,
    shared: Arc<Shared>,
    orders: PollSender<ToCarrier>,
    /// Bytes read for which no credit was given yet.
    read: usize,
}

/// What the switch and the two halves of a stream have in common.
#[derive(Debug, Default)]
pub(super) struct Shared(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    arrived: VecDeque<u8>,
    credit: usize,
    closed: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Shared {
    /// A pipe that may be written at once.
    pub(super) fn new() -> Arc<Self> {
        let state = State { credit: WINDOW, ..State::default() };
        Arc::new(Self(Mutex::new(state)))
    }

    /// Something came on this pipe; false when it must be given up: more than was allowed.
    pub(super) fn take(&self, what: &Pipe) -> bool {
        let mut state = self.state();
        match what {
            Pipe::Open(_) => return false,
            Pipe::Bytes(bytes) => {
                if state.arrived.len() + bytes.len() > WINDOW {
                    state.end();
                    return false;
                }
                state.arrived.extend(bytes.iter());
                state.reader.take().into_iter().for_each(Waker::wake);
            }
            Pipe::Credit(more) => {
                state.credit = (state.credit + *more as usize).min(WINDOW);
                state.writer.take().into_iter().for_each(Waker::wake);
            }
            Pipe::Close => state.end(),
        }
        true
    }

    pub(super) fn close(&self) {
        self.state().end();
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn end(&mut self) {
        self.closed = true;
        self.reader.take().into_iter().for_each(Waker::wake);
        self.writer.take().into_iter().for_each(Waker::wake);
    }
}

impl Bytes {
    pub(super) fn new(id: PipeId, shared: Arc<Shared>, orders: PollSender<ToCarrier>) -> Self {
        Self { id, shared, orders, read: 0 }
    }

    /// Tells the other side that it may send what was read; later if the carrier is busy.
    fn give_credit(&mut self, cx: &mut Context<'_>) {
        let Ok(credit) = u32::try_from(self.read) else { return };
        if self.read >= WINDOW / 2 && matches!(self.orders.poll_reserve(cx), Poll::Ready(Ok(()))) {
            let _ = self.orders.send_item(ToCarrier::Pipe(self.id, Pipe::Credit(credit)));
            self.read = 0;
        }
    }
}

impl AsyncRead for Bytes {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let count = {
            let mut state = self.shared.state();
            if state.arrived.is_empty() {
                if state.closed {
                    return Poll::Ready(Ok(0));
                }
                state.reader = Some(cx.waker().clone());
                drop(state);
                self.give_credit(cx);
                return Poll::Pending;
            }
            let count = buffer.len().min(state.arrived.len());
            for (to, from) in buffer.iter_mut().zip(state.arrived.drain(..count)) {
                *to = from;
            }
            count
        };
        self.read += count;
        self.give_credit(cx);
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for Bytes {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        ready!(self.orders.poll_reserve(cx)).map_err(|_| gone())?;
        let count = {
            let mut state = self.shared.state();
            if state.closed {
                return Poll::Ready(Err(gone()));
            }
            if state.credit == 0 {
                state.writer = Some(cx.waker().clone());
                return Poll::Pending;
            }
            let count = bytes.len().min(state.credit).min(PIPE_BYTES);
            state.credit -= count;
            count
        };
        let piece = Pipe::Bytes(ByteBuf::from(&bytes[..count]));
        let id = self.id;
        self.orders.send_item(ToCarrier::Pipe(id, piece)).map_err(|_| gone())?;
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.shared.state().closed && ready!(self.orders.poll_reserve(cx)).is_ok() {
            let id = self.id;
            let _ = self.orders.send_item(ToCarrier::Pipe(id, Pipe::Close));
        }
        self.shared.close();
        Poll::Ready(Ok(()))
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        if !self.shared.state().closed {
            self.shared.close();
            // A carrier too busy to be told notices by what it sends in vain.
            if let Some(orders) = self.orders.get_ref() {
                let _ = orders.try_send(ToCarrier::Pipe(self.id, Pipe::Close));
            }
        }
    }
}
