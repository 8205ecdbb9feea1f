//! Lines from standard input, without ever blocking the program's end.
//!
//! A read from a terminal or a pipe can't be cancelled, so a thread of its own does it and is left
//! behind when the program exits.

use std::io::{BufRead, BufReader, Read};
use tokio::sync::mpsc;

/// Bytes of one line at most: the longest stroke (4096 points of 16 bytes) fits twice.
const LINE_BYTES: u64 = 128 * 1024;

/// Lines that wait for a busy meeting; more wait in the pipe.
const LINES: usize = 64;

/// A line, or that it was too long or no UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Without its newline.
    Text(String),
    /// It can't be a command.
    Unreadable,
}

/// The lines of standard input. The channel closes at the end of input.
pub(crate) fn lines() -> mpsc::Receiver<Line> {
    let (sender, receiver) = mpsc::channel(LINES);
    let reading = std::thread::Builder::new().name("stdin".into()).spawn(move || {
        read_lines(BufReader::new(std::io::stdin()), |line| sender.blocking_send(line).is_ok());
    });
    if let Err(problem) = reading {
        tracing::warn!(%problem, "no thread for standard input: it is not read");
    }
    receiver
}

/// Hands each line to `take` until it returns false or the input ends.
fn read_lines(mut input: impl BufRead, mut take: impl FnMut(Line) -> bool) {
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match input.by_ref().take(LINE_BYTES).read_until(b'\n', &mut bytes) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let whole = bytes.ends_with(b"\n") || (bytes.len() as u64) < LINE_BYTES;
        let line = if whole { text(&bytes) } else { Line::Unreadable };
        if !take(line) || (!whole && !skip_line(&mut input)) {
            return;
        }
    }
}

fn text(bytes: &[u8]) -> Line {
    match std::str::from_utf8(bytes) {
        Ok(text) => Line::Text(text.trim_end_matches(['\r', '\n']).to_owned()),
        Err(_) => Line::Unreadable,
    }
}

/// Drops the rest of an overlong line; false at the end of input.
fn skip_line(input: &mut impl BufRead) -> bool {
    loop {
        let Ok(bytes) = input.fill_buf() else { return false };
        if bytes.is_empty() {
            return false;
        }
        let newline = bytes.iter().position(|&b| b == b'\n');
        let used = newline.map_or(bytes.len(), |at| at + 1);
        input.consume(used);
        if newline.is_some() {
            return true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(input: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        read_lines(input, |line| {
            lines.push(line);
            true
        });
        lines
    }

    #[test]
    fn each_line_comes_without_its_end() {
        let text = |t: &str| Line::Text(t.into());
        assert_eq!(lines_of(b"next\r\n\nsay hi"), [text("next"), text(""), text("say hi")]);
    }

    #[test]
    fn an_endless_line_is_dropped_and_the_next_is_read() {
        let mut input = vec![b'x'; LINE_BYTES as usize * 3];
        input.extend_from_slice(b"\nnext\n");
        assert_eq!(lines_of(&input), [Line::Unreadable, Line::Text("next".into())]);
    }

    #[test]
    fn bytes_that_are_no_text_are_said_to_be() {
        assert_eq!(lines_of(b"say \xff\nnext"), [Line::Unreadable, Line::Text("next".into())]);
    }
}
