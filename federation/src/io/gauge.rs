//! What a server may send before a stanza ends.
//!
//! A stream of stanzas has no length, and the library behind us builds each stanza as a tree before anybody can look at
//! it. So the bytes are watched on their way in: only where elements begin and end, which in XMPP is simple, because
//! comments, processing instructions and document types are forbidden (RFC 6120 §11.1) and refused by the parser behind.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that one stanza may have. Prosody refuses more than 256 KiB (measured), ejabberd's packaged configuration the
/// same: four times that is nobody's stanza.
pub const STANZA_BYTES: usize = 1024 * 1024;

/// Elements inside each other, the stream itself included. A room's archive nests 7; trees are dropped recursively,
/// so a server could otherwise overflow the stack.
pub const DEPTH: usize = 64;

/// Why no more is read.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unbearable {
    /// A server sent too much without ending a stanza, or nested it too deep.
    #[error("too much at once")]
    TooMuch,
    /// It does not begin as XML does. The parser behind would wait for more.
    #[error("not XML")]
    NotXml,
}

/// Begins the count anew when the stream itself begins anew (RFC 6120 §4.3.3): then a second header comes inside the
/// first, which never ends.
#[derive(Clone, Debug, Default)]
pub struct Restart(Arc<AtomicBool>);

impl Restart {
    /// What is read from now on belongs to a new stream.
    pub fn now(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A connection whose other end can't send endless stanzas: reading fails with [`Unbearable`] inside.
#[derive(Debug)]
pub struct Gauge<S> {
    inner: S,
    meter: Meter,
    restart: Restart,
}

impl<S> Gauge<S> {
    /// Watches `inner`; the other value is for [`Restart::now`].
    pub fn new(inner: S) -> (Self, Restart) {
        let restart = Restart::default();
        (Self { inner, meter: Meter::default(), restart: restart.clone() }, restart)
    }

    /// The connection itself.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gauge<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        std::task::ready!(Pin::new(&mut this.inner).poll_read(cx, buf))?;
        if this.restart.0.swap(false, Ordering::AcqRel) {
            this.meter = Meter::default();
        }
        let read = this.meter.feed(&buf.filled()[before..]);
        Poll::Ready(read.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gauge<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// Where in the XML we are, and how much of the present stanza was seen.
#[derive(Debug, Default)]
struct Meter {
    place: Place,
    depth: usize,
    bytes: usize,
}

/// Where in the XML we are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Text,
    /// After `<`.
    Opened,
    /// Inside a start tag; whether the last character was `/`.
    Start(bool),
    /// Inside an attribute's value, with this quote.
    Value(u8),
    /// Inside an end tag.
    End,
    /// Inside `<? … ?>`, which only the declaration before the header is.
    Declaration,
    /// Inside `<![CDATA[ … ]]>`: how many `]` were just seen.
    Verbatim(u8),
}

impl Meter {
    fn feed(&mut self, bytes: &[u8]) -> Result<(), Unbearable> {
        for &byte in bytes {
            self.bytes += 1;
            self.place = self.step(byte);
            if self.bytes > STANZA_BYTES || self.depth > DEPTH {
                return Err(Unbearable::TooMuch);
            }
            if self.depth == 0
                && self.place == Place::Text
                && byte != b'>'
                && !byte.is_ascii_whitespace()
            {
                return Err(Unbearable::NotXml);
            }
        }
        Ok(())
    }

    fn step(&mut self, byte: u8) -> Place {
        match (self.place, byte) {
            (Place::Text, b'<') => Place::Opened,
            (Place::Text, _) => Place::Text,
            (Place::Opened, b'/') => Place::End,
            (Place::Opened, b'?') => Place::Declaration,
            (Place::Opened, b'!') => Place::Verbatim(0),
            (Place::Opened, _) => Place::Start(false),
            (Place::Start(_), quote @ (b'"' | b'\'')) => Place::Value(quote),
            (Place::Start(_), b'/') => Place::Start(true),
            (Place::Start(empty), b'>') => self.leave(if empty { 0 } else { 1 }),
            (Place::Start(_), _) => Place::Start(false),
            (Place::Value(quote), byte) if byte == quote => Place::Start(false),
            (Place::End, b'>') => self.leave(-1),
            (Place::Declaration, b'>') => Place::Text,
            (Place::Verbatim(2), b'>') => Place::Text,
            (Place::Verbatim(seen), b']') => Place::Verbatim(2.min(seen + 1)),
            (Place::Verbatim(_), _) => Place::Verbatim(0),
            (place, _) => place,
        }
    }

    /// A tag ended; whatever stands directly in the stream then is whole.
    fn leave(&mut self, deeper: isize) -> Place {
        self.depth = self.depth.saturating_add_signed(deeper);
        if self.depth <= 1 {
            self.bytes = 0;
        }
        Place::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    const HEADER: &[u8] = b"<?xml version='1.0'?><stream:stream to='a>b' xmlns='jabber:client'>";

    fn fed(parts: &[&[u8]]) -> Result<Meter, Unbearable> {
        let mut meter = Meter::default();
        parts.iter().try_for_each(|part| meter.feed(part))?;
        Ok(meter)
    }

    #[test]
    fn many_stanzas_are_no_trouble() {
        let stanza =
            b"<message from=\"a/'>'\"><body>x<![CDATA[</message><a>]]]></body><y/></message>";
        let mut meter = fed(&[HEADER]).expect("a header");
        for _ in 0..2 * STANZA_BYTES / stanza.len() {
            meter.feed(stanza).expect("one stanza is small");
            assert_eq!((meter.depth, meter.bytes), (1, 0));
        }
    }

    #[test]
    fn one_endless_stanza_fails() {
        let long = vec![b'x'; STANZA_BYTES];
        assert_eq!(fed(&[HEADER, b"<message><body>", &long]).err(), Some(Unbearable::TooMuch));
        assert_eq!(
            fed(&[HEADER, b"<message a='", &long]).err(),
            Some(Unbearable::TooMuch),
            "an attribute"
        );
        assert_eq!(fed(&[b"HTTP/1.1 400"]).err(), Some(Unbearable::NotXml));
        assert!(fed(&[b" \n", HEADER, b"</stream:stream> "]).is_ok());
        assert!(fed(&[HEADER, b"<m><body>", &long[32..], b"</body></m>"]).is_ok());
    }

    #[test]
    fn deep_nesting_fails() {
        let deep = b"<a>".repeat(DEPTH);
        assert_eq!(fed(&[HEADER, &deep]).err(), Some(Unbearable::TooMuch));
        assert!(fed(&[HEADER, &deep[3..]]).is_ok());
        assert!(fed(&[HEADER, b"<m>", &b"<a/>".repeat(DEPTH * 2), b"</m>"]).is_ok());
    }

    #[test]
    fn cut_anywhere_it_counts_the_same() {
        let all = [HEADER, b"<m a='/>'><b/>&lt;</m><n><o><![CDATA[x>]]></o>"].concat();
        let whole = fed(&[&all]).expect("fine");
        for at in 0..all.len() {
            let cut = fed(&[&all[..at], &all[at..]]).expect("fine");
            assert_eq!((cut.place, cut.depth, cut.bytes), (whole.place, whole.depth, whole.bytes));
        }
        assert_eq!(whole.depth, 2);
    }

    #[tokio::test]
    async fn a_new_stream_begins_anew() {
        let (mut server, client) = tokio::io::duplex(1 << 16);
        let (mut gauge, restart) = Gauge::new(client);
        for _ in 0..2 * DEPTH {
            tokio::io::AsyncWriteExt::write_all(&mut server, HEADER).await.expect("room");
            let mut read = vec![0; HEADER.len()];
            gauge.read_exact(&mut read).await.expect("each header is the first");
            assert_eq!(gauge.meter.depth, 1);
            restart.now();
        }
    }
}
