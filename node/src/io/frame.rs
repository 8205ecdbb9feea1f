//! Frames on a stream: a big-endian length of four bytes, then as many bytes.

use crate::room::wire::LENGTH_BYTES;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use std::io::{Error, ErrorKind};

/// Memory taken for a frame before its bytes come: what a peer claims must not size it.
const CAUTIOUS_BYTES: usize = 16 * 1024;

/// Reads one frame of at most `max` bytes; `None` at the end of the stream.
///
/// # Errors
/// [`ErrorKind::InvalidData`] for a longer frame, [`ErrorKind::UnexpectedEof`] for one cut short,
/// and whatever the stream says.
pub(crate) async fn read<R: AsyncRead + Unpin>(
    stream: &mut R,
    max: usize,
) -> Result<Option<Vec<u8>>, Error> {
    let mut length = [0; LENGTH_BYTES];
    let first = stream.read(&mut length).await?;
    if first == 0 {
        return Ok(None);
    }
    stream.read_exact(&mut length[first..]).await?;
    let length = u32::from_be_bytes(length) as usize;
    if length > max {
        return Err(ErrorKind::InvalidData.into());
    }
    let mut frame = Vec::with_capacity(length.min(CAUTIOUS_BYTES));
    stream.take(length as u64).read_to_end(&mut frame).await?;
    if frame.len() < length {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(frame))
}

/// Writes one frame in pieces of at most `piece` bytes, letting other tasks run in between, and
/// flushes.
///
/// # Errors
/// Whatever the stream says.
pub(crate) async fn write<W: AsyncWrite + Unpin>(
    stream: &mut W,
    frame: &[u8],
    piece: usize,
) -> Result<(), Error> {
    let length = u32::try_from(frame.len()).map_err(|_| Error::from(ErrorKind::InvalidInput))?;
    // The length goes with the first bytes: a write of its own costs a packet, and 40 ms where
    // Nagle's algorithm meets delayed acknowledgements.
    let (first, rest) = frame.split_at(frame.len().min(piece));
    stream.write_all(&[&length.to_be_bytes(), first].concat()).await?;
    for piece in rest.chunks(piece) {
        tokio::task::yield_now().await;
        stream.write_all(piece).await?;
    }
    stream.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::io::Cursor;

    #[tokio::test]
    async fn frames_come_back() {
        let mut bytes = Vec::new();
        for frame in [&b"one"[..], b"", &[7; 100_000]] {
            write(&mut bytes, frame, 1_000).await.unwrap();
        }
        let mut stream = Cursor::new(bytes);
        assert_eq!(read(&mut stream, 3).await.unwrap().unwrap(), b"one");
        assert_eq!(read(&mut stream, 3).await.unwrap().unwrap(), b"");
        assert_eq!(read(&mut stream, 100_000).await.unwrap().unwrap().len(), 100_000);
        assert_eq!(read(&mut stream, 3).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_long_or_short_frame_is_an_error() {
        let kind = |bytes: &'static [u8]| async move {
            read(&mut Cursor::new(bytes), 8).await.unwrap_err().kind()
        };
        assert_eq!(kind(&[0, 0, 0, 9]).await, ErrorKind::InvalidData);
        assert_eq!(kind(&[0xff; 12]).await, ErrorKind::InvalidData);
        assert_eq!(kind(&[0, 0, 0, 8, 1]).await, ErrorKind::UnexpectedEof);
        assert_eq!(kind(&[0, 0]).await, ErrorKind::UnexpectedEof);
    }
}
