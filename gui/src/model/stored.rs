//! Documents that are kept on this laptop, whichever meeting showed them.

use moot_node::room::id::BlobId;

/// A document of which something is on this laptop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stored {
    /// Which.
    pub id: BlobId,
    /// What people call it; `None` when no meeting that is kept here has it any more.
    pub name: Option<String>,
    /// Number of its pages.
    pub pages: u32,
    /// Bytes of it on this laptop.
    pub bytes: u64,
    /// Titles of the kept meetings that have it.
    pub meetings: Vec<String>,
    /// The one of them that somebody is in now: until it is left the document stays.
    pub open_in: Option<String>,
}
