//! Whether a file that was opened has been saved again.
//!
//! Files are looked at from outside, again and again: the system's own notices don't come from network drives,
//! and a look costs 20 µs. Programs write a file in several goes, or put another in its place: only what has
//! been at rest for a while is read.

use super::original::{self, Original};
use crate::limits::DOCUMENT_PAGES;
use crate::room::id::BlobId;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio::time::MissedTickBehavior;

/// Between two looks; a file that is the same in two of them is at rest. Writing 100 MB takes less than a
/// second, and nobody has turned back to the meeting's window sooner.
const EVERY: Duration = Duration::from_secs(2);

/// Files of a folder that are looked at: twice what can be shown of it.
const FILES: usize = 2 * DOCUMENT_PAGES as usize;

/// How files look from outside: name, bytes and time of the last change of each.
type Look = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// Tells looks at files that are at rest, each once.
#[derive(Default)]
struct Rest {
    last: Option<Look>,
    told: Option<Look>,
}

impl Rest {
    /// Takes the next look; `None`: not all files are there. True when they are at rest and were not so when
    /// this was true last.
    fn is_new(&mut self, look: Option<Look>) -> bool {
        let rests = look.is_some() && self.last == look;
        let new = rests && self.told != look;
        if new {
            self.told.clone_from(&look);
        }
        self.last = look;
        new
    }
}

/// Waits until the bytes of `original` are not those called `known` any more, and at rest; returns what they are
/// called. Saving them unchanged is no change. Nothing is read that looks as before.
pub async fn saved_again(original: &Original, known: BlobId) -> BlobId {
    let mut looks = tokio::time::interval(EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut rest = Rest::default();
    loop {
        looks.tick().await;
        let files = original.files.clone();
        let looking = tokio::task::spawn_blocking(move || look_at(&files));
        if !rest.is_new(looking.await.ok().flatten()) {
            continue;
        }
        let files = original.clone();
        let reading = tokio::task::spawn_blocking(move || original::take(&files).map(|t| t.key()));
        // What can't be read, or is nothing that can be shown, is not offered.
        if let Ok(Ok(key)) = reading.await
            && key != known
        {
            return key;
        }
    }
}

/// Blocks.
fn look_at(files: &[PathBuf]) -> Option<Look> {
    match files {
        [folder] if folder.is_dir() => {
            let entries = std::fs::read_dir(folder).ok()?.take(FILES);
            let mut look: Look =
                entries.filter_map(|entry| look_at_one(&entry.ok()?.path())).collect();
            look.sort();
            Some(look)
        }
        files => files.iter().map(|file| look_at_one(file)).collect(),
    }
}

fn look_at_one(file: &Path) -> Option<(PathBuf, u64, Option<SystemTime>)> {
    let seen = file.metadata().ok()?;
    Some((file.to_owned(), seen.len(), seen.modified().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(bytes: u64) -> Option<Look> {
        Some(vec![("plans.pdf".into(), bytes, None)])
    }

    #[test]
    fn a_file_that_is_still_written_is_left_alone() {
        let mut rest = Rest::default();
        let looks = [look(1), look(1), look(1), look(2), look(3), None, look(4), look(4), look(4)];
        let told = looks.map(|look| rest.is_new(look));
        assert_eq!(told, [false, true, false, false, false, false, false, true, false]);
    }

    #[test]
    fn a_file_that_is_gone_is_not_at_rest() {
        let mut rest = Rest::default();
        assert_eq!([None, None].map(|look| rest.is_new(look)), [false, false]);
    }

    #[tokio::test(start_paused = true)]
    async fn other_bytes_are_told_and_the_same_ones_are_not() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let file = folder.path().join("plan.txt");
        std::fs::write(&file, "first").expect("a scratch file");
        let original = Original::from(&file);
        let first = BlobId::of(b"first");
        let again = saved_again(&original, BlobId::of(b"what it was made of")).await;
        assert_eq!(again, first, "what was changed while it was converted");
        let change = async {
            // Written anew with the same bytes, and looked at a few times.
            std::fs::write(&file, "first").expect("a scratch file");
            tokio::time::sleep(EVERY * 5).await;
            std::fs::write(&file, "second").expect("a scratch file");
        };
        let (again, ()) = tokio::join!(saved_again(&original, first), change);
        assert_eq!(again, BlobId::of(b"second"));
    }
}
