//! Bounds that peers must agree on: value, unit, reason. A peer's bytes never size our memory.
//!
//! Numbers that only tune one module stay beside their user.

/// Sampling rate of all media time and all sound, in Hz (Opus full band, RFC 6716 §2.1.3).
pub const SAMPLE_RATE: u32 = 48_000;

/// Samples in one Opus frame of 20 ms at [`SAMPLE_RATE`].
pub const FRAME_SAMPLES: u64 = 960;

/// Bytes of one stanza (UTF-8 XML). An entry must fit a gossipsub message of 64 KiB with its
/// envelope and seal; XMPP servers accept 256 KiB (research: Prosody, ejabberd).
pub const STANZA_BYTES: usize = 48 * 1024;

/// Bytes of one CBOR entry: a stanza, its envelope (~200 bytes) and room to grow.
pub const ENTRY_BYTES: usize = STANZA_BYTES + 1024;

/// Nesting of elements in one stanza. Ours need 4; unknown payloads get room.
pub const STANZA_DEPTH: usize = 16;

/// Elements in one stanza: a bound on work, not on meaning.
pub const STANZA_ELEMENTS: usize = 512;

/// Attributes of one element. Ours need 9.
pub const ATTRIBUTES: usize = 24;

/// Bytes of one attribute's value: a file name or title with escapes.
pub const ATTRIBUTE_BYTES: usize = 4096;

/// Bytes of one Opus packet of 20 ms (RFC 6716 §3.4, R2 of the framing rules).
pub const OPUS_PACKET_BYTES: usize = 1275;

/// Points of one stroke: 40 s of a 100 Hz pen.
pub const STROKE_POINTS: usize = 4096;

/// How far a stroke's point may lie from the page's corner, in 1/10 000 of the page: two pages
/// beside it. With [`STROKE_POINTS`] such jumps a stroke would not fit a stanza; a pen's do.
pub const POINT_REACH: u32 = 30_000;

/// Width of a stroke in 1/10 000 of the page's width: all of it.
pub const STROKE_WIDTH: u32 = 10_000;

/// Bytes of one live stanza: [`LIVE_POINTS`] jumps across [`POINT_REACH`], and the rest.
pub const LIVE_BYTES: usize = 4096;

/// Signs in one live stanza; a laser, a stroke in the making and a microphone are 3.
pub const LIVE_SIGNS: usize = 16;

/// Points of one live stanza: 2 s of a 100 Hz pen. More follow in the next.
pub const LIVE_POINTS: usize = 200;

/// Live stanzas a second from one member to another: as many as eyes follow smoothly.
pub const LIVE_RATE: u32 = 30;

/// Characters of the name of a room that people sit in: "Conference room 3, second floor".
pub const ROOM_CHARS: usize = 40;

/// Levels of a pen's pressure: one base64 digit a point, so that the longest stroke's fit one
/// attribute; at usual widths a level is a tenth of a pixel.
pub const PRESSURE_LEVELS: u8 = 64;

/// Characters of a note on a page: half a page of text; longer things are documents.
pub const NOTE_CHARS: usize = 2000;

/// Height of a note's lines in 1/10 000 of the page's width: a quarter of it.
pub const NOTE_SIZE: u32 = 2_500;

/// Marks that one erase rubs out; at 86 bytes each they fit a stanza. A longer sweep is several.
pub const ERASE_MARKS: usize = 256;

/// How many undos may stand on one another: an undo of an undo of … beyond this does nothing.
/// People toggle; a chain of a hundred thousand, where each new link turns all below, is an attack.
pub const UNDO_REACH: usize = 8;

/// Characters of a chat line: four pages of text; longer things are documents.
pub const CHAT_CHARS: usize = 8192;

/// Characters of a person's name, a meeting's title or a document's name.
pub const NAME_CHARS: usize = 200;

/// Pages of one document (research: documents §8).
pub const DOCUMENT_PAGES: u32 = 2000;

/// Bytes of one document as opened by the presenter (research: documents §8).
pub const DOCUMENT_BYTES: u64 = 256 * 1024 * 1024;

/// Bytes of one page index: 2000 pages at under 200 bytes, and room for later fields.
pub const PAGE_INDEX_BYTES: usize = 1024 * 1024;

/// Pixels of one page's image: a page 1920 wide and 4096 high; 32 MiB once decoded to RGBA.
pub const PAGE_PIXELS: u64 = 1920 * 4096;

/// Bytes of one page's image. The densest measured page takes 0.4 MB; noise takes 3 MB.
pub const PAGE_IMAGE_BYTES: u64 = 8 * 1024 * 1024;

/// Bytes of one page's text (UTF-8): twice the densest book page.
pub const PAGE_TEXT_BYTES: usize = 16 * 1024;

/// Bytes of a document's text altogether: two novels.
pub const DOCUMENT_TEXT_BYTES: usize = 2 * 1024 * 1024;

/// Bytes of a document's outline, links and labels: 2000 headings and 10 000 links of a manual take 0.9 MB.
pub const DOCUMENT_STRUCTURE_BYTES: usize = 1024 * 1024;

/// Headings of a document: a page each of the longest one.
pub const HEADINGS: usize = 2000;

/// Bytes of a heading: a long line.
pub const HEADING_BYTES: usize = 300;

/// Levels of headings: what HTML and most word processors have, and two for books in parts.
pub const HEADING_DEPTH: u8 = 8;

/// Links of a document: five a page of the longest one.
pub const DOCUMENT_LINKS: usize = 10_000;

/// Bytes of a link's address: what servers and browsers take without question (RFC 9110 §4.1 asks for 8000
/// of a server; printed ones are far shorter).
pub const LINK_BYTES: usize = 2048;

/// Bytes of a page's label: "Appendix A-12".
pub const LABEL_BYTES: usize = 32;

/// Bytes of the notes below one slide: a page of text. They never leave the presenter's machine.
pub const NOTES_BYTES: usize = 4 * 1024;

/// Bytes of one blob: the largest document.
pub const BLOB_BYTES: u64 = DOCUMENT_BYTES;

/// Bytes of one blob range on the wire: verified as one BLAKE3 subtree, so a power of two of KiB.
pub const RANGE_BYTES: u64 = 256 * 1024;

/// Members of one meeting that a node keeps state for. A room holds tens; a hall some hundreds.
pub const MEMBERS: usize = 512;

/// Documents of one meeting.
pub const DOCUMENTS: usize = 256;

/// Announcements that are looked at for which document takes the place of which: four versions of each
/// of the most documents, or an evening of saving one file again every 15 s.
pub const ANNOUNCEMENTS: usize = 1024;
