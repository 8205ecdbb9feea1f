//! A folder for the length of one conversion.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the folders of this process.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// A folder that goes with its last use.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    /// A new, empty folder inside `parent`. What an earlier process left there goes: only one at a
    /// time uses a data folder. Blocks.
    pub(super) fn new(parent: &Path) -> io::Result<Self> {
        let own = format!("work-{}-", std::process::id());
        for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("work-") && !name.starts_with(&own) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = parent.join(format!("{own}{count}"));
        // Left by an earlier process that had the same number.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        // LibreOffice is told of it by an absolute address.
        Ok(Self { folder: std::path::absolute(folder)? })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let folder = std::mem::take(&mut self.folder);
        let remove = move || {
            // What is left, the next one removes.
            let _ = std::fs::remove_dir_all(folder);
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_and_takes_what_others_left() {
        let parent = tempfile::tempdir().expect("a scratch folder");
        let left = parent.path().join("work-1-0");
        std::fs::create_dir(&left).expect("a folder");
        let (one, two) = (Scratch::new(parent.path()), Scratch::new(parent.path()));
        let (one, two) = (one.expect("a folder"), two.expect("another"));
        assert!(one.path() != two.path() && one.path().is_dir() && two.path().is_dir());
        assert!(!left.exists());
        let folder = one.path().to_owned();
        drop(one);
        assert!(!folder.exists() && two.path().is_dir());
    }
}
