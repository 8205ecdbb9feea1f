//! What a server may send before a stanza ends.

/// Bytes that one stanza may have. Prosody closes at 256 KiB, ejabberd's default is the same (measured; 262144 in its
/// configuration): four times that is nobody's stanza.
pub const STANZA_BYTES: usize = 1024 * 1024;
