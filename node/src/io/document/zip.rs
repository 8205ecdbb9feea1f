//! A zip archive (PKWARE APPNOTE 6.3): its table of contents, as far as telling kinds and bombs apart needs
//! it, and single parts of it. Pure.

use std::collections::HashMap;

/// The end of the table of contents, without the comment behind it.
const END: usize = 22;

/// One line of the table, without names and extra fields.
const LINE: usize = 46;

/// The head of a part, without its name and extra field.
const HEAD: usize = 30;

/// What an archive says it has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Archive {
    /// Names of its parts.
    pub(super) names: Vec<String>,
    /// Bytes of all parts together once unpacked, as it claims.
    pub(super) unpacked: u64,
    /// There are more parts than were asked for.
    pub(super) more: bool,
}

/// Reads the table of contents, of `most` parts at most; `None` when there is none.
pub(super) fn read(bytes: &[u8], most: usize) -> Option<Archive> {
    let end = end(bytes)?;
    let (parts, mut at) = (u16_at(bytes, end + 10)?, u32_at(bytes, end + 16)? as usize);
    let mut archive = Archive { names: Vec::new(), unpacked: 0, more: false };
    // 0xffff: more than the field can say.
    let parts = if parts == u16::MAX { usize::MAX } else { usize::from(parts) };
    for _ in 0..parts {
        let line = bytes.get(at..at.checked_add(LINE)?)?;
        if !line.starts_with(b"PK\x01\x02") {
            break;
        }
        if archive.names.len() == most {
            archive.more = true;
            break;
        }
        let [name, extra, comment] = [28, 30, 32].map(|field| u16_at(line, field).map(usize::from));
        let (name, extra, comment) = (name?, extra?, comment?);
        let name_at = at + LINE;
        let extra_at = name_at + name;
        archive.names.push(String::from_utf8_lossy(bytes.get(name_at..extra_at)?).into_owned());
        let size = match u32_at(line, 24)? {
            u32::MAX => long_size(bytes.get(extra_at..extra_at + extra)?),
            size => u64::from(size),
        };
        archive.unpacked = archive.unpacked.saturating_add(size);
        at = extra_at + extra + comment;
    }
    (!archive.names.is_empty()).then_some(archive)
}

/// An archive whose parts can be taken out, one by one.
pub(super) struct Parts<'a> {
    bytes: &'a [u8],
    /// By name: how it is packed, its packed bytes, where its own head is.
    places: HashMap<String, (u16, usize, usize)>,
}

impl<'a> Parts<'a> {
    /// Reads the table of contents, of `most` parts at most; `None` when there is none.
    pub(super) fn read(bytes: &'a [u8], most: usize) -> Option<Self> {
        let mut at = u32_at(bytes, end(bytes)? + 16)? as usize;
        let mut places = HashMap::new();
        while let Some(line) = bytes.get(at..at.checked_add(LINE)?)
            && line.starts_with(b"PK\x01\x02")
            && places.len() < most
        {
            let [name, extra, comment] = [28, 30, 32].map(|field| u16_at(line, field));
            let (name, extra, comment) = (name? as usize, extra? as usize, comment? as usize);
            let called = bytes.get(at + LINE..at + LINE + name)?;
            let place = (u16_at(line, 10)?, u32_at(line, 20)? as usize, u32_at(line, 42)? as usize);
            places.insert(String::from_utf8_lossy(called).into_owned(), place);
            at += LINE + name + extra + comment;
        }
        (!places.is_empty()).then_some(Self { bytes, places })
    }

    /// A part, if it is there, packed in a usual way, and of at most `most` bytes.
    pub(super) fn unpack(&self, name: &str, most: usize) -> Option<Vec<u8>> {
        let (way, packed, at) = *self.places.get(name)?;
        let head = self.bytes.get(at..at.checked_add(HEAD)?)?;
        let begin = at + HEAD + usize::from(u16_at(head, 26)?) + usize::from(u16_at(head, 28)?);
        let packed = self.bytes.get(begin..begin.checked_add(packed)?)?;
        match way {
            0 => (packed.len() <= most).then(|| packed.to_vec()),
            8 => miniz_oxide::inflate::decompress_to_vec_with_limit(packed, most).ok(),
            _ => None,
        }
    }
}

/// Where the end of the table begins: the last place that looks like it.
fn end(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(END)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    (first..=last).rev().find(|at| bytes[*at..].starts_with(b"PK\x05\x06"))
}

/// The size in the extra field for archives beyond 4 GB (APPNOTE 4.5.3), whose first number it is.
fn long_size(mut extra: &[u8]) -> u64 {
    while let (Some(kind), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let field = extra.get(4..).unwrap_or_default();
        if kind == 1 {
            let size = field.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
            return size.unwrap_or(u64::MAX);
        }
        extra = field.get(usize::from(length)..).unwrap_or_default();
    }
    u64::MAX
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An archive of these parts, stored as they are, without checksums.
    pub(in super::super) fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut bytes, mut table) = (Vec::new(), Vec::new());
        for (name, content) in parts {
            let place = bytes.len() as u32;
            let sizes = [0, content.len() as u32, content.len() as u32].map(u32::to_le_bytes);
            let lengths = [name.len() as u16, 0].map(u16::to_le_bytes).concat();
            bytes.extend_from_slice(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0");
            bytes.extend([sizes.concat(), lengths.clone(), name.as_bytes().to_vec()].concat());
            bytes.extend_from_slice(content);
            table.extend_from_slice(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0");
            table.extend([sizes.concat(), lengths, vec![0; 10]].concat());
            table.extend([place.to_le_bytes().to_vec(), name.as_bytes().to_vec()].concat());
        }
        let (at, count) = (bytes.len() as u32, parts.len() as u16);
        bytes.extend_from_slice(&table);
        bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        bytes.extend([count, count].map(u16::to_le_bytes).concat());
        bytes.extend([table.len() as u32, at].map(u32::to_le_bytes).concat());
        bytes.extend_from_slice(&[0, 0]);
        bytes
    }

    #[test]
    fn the_table_is_read() {
        let bytes = archive(&[("a", b"12345"), ("dir/b", b"678")]);
        let wanted = Archive { names: vec!["a".into(), "dir/b".into()], unpacked: 8, more: false };
        assert_eq!(read(&bytes, 10), Some(wanted));
        let cut = read(&bytes, 1).expect("a table");
        assert!(cut.more && cut.names == ["a"], "{cut:?}");
    }

    #[test]
    fn a_size_beyond_four_gigabytes_is_in_the_extra_field() {
        let mut extra = b"\x99\x99\x02\0xx\x01\0\x10\0".to_vec();
        extra.extend((5_u64 << 30).to_le_bytes());
        assert_eq!(long_size(&extra), 5 << 30);
        assert_eq!(long_size(b"\x01\0\x10\0xx"), u64::MAX, "cut off");
        assert_eq!(long_size(b""), u64::MAX, "missing");
    }

    #[test]
    fn bytes_without_a_table_are_no_archive() {
        assert_eq!(read(b"", 10), None);
        assert_eq!(read(b"PK\x05\x06", 10), None);
        let bytes = archive(&[("a", b"12345")]);
        for end in 0..bytes.len() {
            assert_eq!(read(&bytes[..end], 10), None, "cut at {end}");
        }
    }

    #[test]
    fn parts_come_out_packed_or_not_and_never_larger_than_asked() {
        let bytes = archive(&[("a", b"12345"), ("dir/b", b"678")]);
        let parts = Parts::read(&bytes, 10).expect("a table");
        assert_eq!(parts.unpack("dir/b", 10).as_deref(), Some(&b"678"[..]));
        assert_eq!((parts.unpack("a", 4), parts.unpack("c", 10)), (None, None));
        let packed = miniz_oxide::deflate::compress_to_vec(&[7; 1000], 6);
        let mut bytes = archive(&[("a", &packed)]);
        let line = bytes.windows(4).position(|four| four == b"PK\x01\x02").expect("a line");
        bytes[line + 10] = 8;
        let parts = Parts::read(&bytes, 10).expect("a table");
        assert_eq!(parts.unpack("a", 1000), Some(vec![7; 1000]));
        assert_eq!(parts.unpack("a", 999), None);
    }

    #[test]
    fn fuzz_read() {
        bolero::check!().with_test_time(std::time::Duration::from_secs(1)).for_each(|bytes| {
            let _ = read(bytes, 100);
            if let Some(parts) = Parts::read(bytes, 100) {
                let names: Vec<_> = parts.places.keys().cloned().collect();
                names.iter().for_each(|name| drop(parts.unpack(name, 1000)));
            }
        });
    }
}
