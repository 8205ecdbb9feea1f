//! Memory that is let go of goes back to the system.
//!
//! glibc keeps what it thinks will be wanted again: as soon as the first decoded page (6 MB) has been
//! freed, it takes blocks of that size from heaps of its own, whose gaps stay. With a deck of 200 pages
//! and 1 000 strokes 100 of 350 MB were such gaps (bench `window`). With a fixed size from which a
//! block is the system's own there are none. That can be said by the environment alone, which is read
//! before a program begins (`mallopt` is unsafe code, and too late for other threads): so the program
//! begins once more, in its own place, which takes a few milliseconds.

/// Blocks of this many bytes are the system's own: pages, thumbnails' sheets and ink are larger, what
/// each frame makes anew is smaller (from 256 KiB on, frames took half as long again).
#[cfg(any(test, all(target_os = "linux", target_env = "gnu")))]
const OWN_BLOCK: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "1048576");

/// Bytes at the end of the heap that are kept: what frames take and give back all the time.
#[cfg(any(test, all(target_os = "linux", target_env = "gnu")))]
const KEPT: (&str, &str) = ("MALLOC_TRIM_THRESHOLD_", "4194304");

/// Begins once more with these settings, if the program was not begun with any. Call it first of all,
/// before there are threads; it returns where there is nothing to be done, or nothing can be done.
pub fn settle() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    if settings_wanted(|key| std::env::var_os(key).is_some()) {
        use std::os::unix::process::CommandExt;
        let mut words = std::env::args_os();
        let (Some(name), Ok(program)) = (words.next(), std::env::current_exe()) else { return };
        let mut again = std::process::Command::new(program);
        again.arg0(name).args(words).env(OWN_BLOCK.0, OWN_BLOCK.1).env(KEPT.0, KEPT.1);
        // Only comes back when it failed: then more memory is used, and nothing else is lost.
        let _ = again.exec();
    }
}

/// Whether neither this program has begun once more already nor a person has settled it otherwise.
#[cfg(any(test, all(target_os = "linux", target_env = "gnu")))]
fn settings_wanted(is_set: impl Fn(&str) -> bool) -> bool {
    ![OWN_BLOCK.0, KEPT.0, "GLIBC_TUNABLES"].into_iter().any(is_set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_once_more_and_not_again() {
        assert!(settings_wanted(|_| false));
        assert!(!settings_wanted(|key| key == OWN_BLOCK.0 || key == KEPT.0));
        assert!(!settings_wanted(|key| key == "GLIBC_TUNABLES"), "somebody knows better");
    }
}
