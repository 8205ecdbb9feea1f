//! Stub until the generator is merged.

/// A deck of `pages` pages, each with its number on it.
#[must_use]
pub fn deck(_pages: usize) -> Vec<u8> {
    Vec::new()
}

/// A document of about `bytes` bytes.
#[must_use]
pub fn heavy(_bytes: usize) -> Vec<u8> {
    Vec::new()
}

/// A small file that would take 16 GB.
#[must_use]
pub fn bomb() -> Vec<u8> {
    Vec::new()
}
