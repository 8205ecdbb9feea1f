//! What a list of earlier meetings shows, in a small file beside each meeting's log: a list must
//! not have to replay logs.
//!
//! It is only for showing. A meeting whose file is missing or damaged is as good as any other.

use super::profile::{ProfileError, read_at_most, write_whole};
use crate::limits::NAME_CHARS;
use crate::room::time::WallTime;
use serde::{Deserialize, Serialize};
use std::path::Path;

const SUMMARY: &str = "summary.cbor";

/// Names that are kept: more than a line of a list shows.
pub const NAMES: usize = 32;

/// Bytes of the file at most: each character has at most four in UTF-8, and little else is there.
const BYTES: u64 = (NAMES * NAME_CHARS * 4) as u64 + 1024;

/// A meeting in short, as it was when this node was in it last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// When, by this machine's calendar.
    pub last_used: WallTime,
    /// What the other members were called, at most [`NAMES`] of them.
    pub members: Vec<String>,
    /// How many others there were.
    pub others: u32,
    /// How it ended for this node.
    pub left: LeftHow,
}

/// How a node's last stay in a meeting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeftHow {
    /// It said good-bye.
    Left,
    /// It was shown the door.
    Removed,
    /// It did not end: the program was killed, the power failed, or it goes on just now.
    Cut,
}

impl Summary {
    /// The summary in a meeting's folder, if it makes sense. Blocks.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Self> {
        let bytes = read_at_most(&folder.join(SUMMARY), BYTES).ok()?;
        serde_cbor::from_slice(&bytes).ok()
    }

    /// Writes it to a meeting's folder, whole or not at all. Blocks.
    ///
    /// # Errors
    /// [`ProfileError::Disk`].
    pub fn write(&self, folder: &Path) -> Result<(), ProfileError> {
        let bytes = serde_cbor::to_vec(self).expect("plain data, and memory is the only limit");
        write_whole(&folder.join(SUMMARY), &bytes, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> Summary {
        Summary {
            last_used: WallTime(7),
            members: vec!["李雷".into()],
            others: 1,
            left: LeftHow::Cut,
        }
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Summary::read(folder.path()), None);
        summary().write(folder.path()).unwrap();
        assert_eq!(Summary::read(folder.path()), Some(summary()));
    }

    #[test]
    fn the_longest_fits() {
        let folder = tempfile::tempdir().unwrap();
        let long = Summary { members: vec!["𠮷".repeat(NAME_CHARS); NAMES], ..summary() };
        long.write(folder.path()).unwrap();
        assert_eq!(Summary::read(folder.path()), Some(long));
    }

    #[test]
    fn rubbish_is_none() {
        let folder = tempfile::tempdir().unwrap();
        for bytes in [&b""[..], b"rubbish", &[0x9f; 64], &[0xff; 1 << 16]] {
            std::fs::write(folder.path().join(SUMMARY), bytes).unwrap();
            assert_eq!(Summary::read(folder.path()), None);
        }
    }
}
