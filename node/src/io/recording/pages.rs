//! Reading Ogg pages (RFC 3533 §6) so that damage is found and stepped over.
//!
//! The `ogg` crate reads packets and stops at the first bad page; healing and verifying need to
//! know which page was bad and what follows it. We write no packet that spans pages.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};

/// Bytes of a page header before its segment table.
const HEADER: usize = 27;

/// One page, or what is in its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scanned {
    /// A page whose checksum is right.
    Page(OggPage),
    /// Bytes up to the next page's beginning (or the end) that are no page.
    Damaged,
}

/// A page with a right checksum.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OggPage {
    /// Sample behind the last packet; 0 for the header pages.
    pub(super) granule: u64,
    /// Where it begins in the file, in bytes.
    pub(super) offset: u64,
    /// Page number.
    pub(super) sequence: u32,
    /// The packets that begin and end in the page.
    pub(super) packets: Vec<Vec<u8>>,
}

/// Iterates over a file's pages, damaged ones included.
pub(super) struct Pages<R> {
    file: BufReader<R>,
    /// Where the next page should begin, in bytes.
    at: u64,
    ended: bool,
}

impl<R: Read + Seek> Pages<R> {
    pub(super) fn new(file: R) -> Self {
        Self { file: BufReader::new(file), at: 0, ended: false }
    }

    /// From the page at `offset` on.
    pub(super) fn from(mut file: R, offset: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(offset))?;
        Ok(Self { file: BufReader::new(file), at: offset, ended: false })
    }

    fn read(&mut self) -> io::Result<Option<Scanned>> {
        if self.file.fill_buf()?.is_empty() {
            return Ok(None);
        }
        match self.page() {
            Ok(Some((page, bytes))) => {
                self.at += bytes;
                Ok(Some(Scanned::Page(page)))
            }
            Ok(None) => self.recover().map(Some),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => self.recover().map(Some),
            Err(error) => Err(error),
        }
    }

    /// The page that begins here and its length in bytes; `None` when there is none.
    fn page(&mut self) -> io::Result<Option<(OggPage, u64)>> {
        let mut head = [0; HEADER];
        self.file.read_exact(&mut head)?;
        if &head[..5] != b"OggS\0" {
            return Ok(None);
        }
        let mut lacing = vec![0; usize::from(head[26])];
        self.file.read_exact(&mut lacing)?;
        let mut body = vec![0; lacing.iter().map(|&len| usize::from(len)).sum()];
        self.file.read_exact(&mut body)?;
        let bytes = (HEADER + lacing.len() + body.len()) as u64;
        let stated = u32::from_le_bytes([head[22], head[23], head[24], head[25]]);
        head[22..26].fill(0);
        if crc(crc(crc(0, &head), &lacing), &body) != stated {
            return Ok(None);
        }
        let granule = u64::from_le_bytes(std::array::from_fn(|i| head[6 + i]));
        let sequence = u32::from_le_bytes(std::array::from_fn(|i| head[18 + i]));
        Ok(Some((
            OggPage { granule, offset: self.at, sequence, packets: packets(&lacing, &body) },
            bytes,
        )))
    }

    /// Goes to the next page behind damage, or to the end.
    fn recover(&mut self) -> io::Result<Scanned> {
        self.at += 1;
        self.file.seek(SeekFrom::Start(self.at))?;
        let mut window = [0; 4];
        let mut filled = 0;
        for byte in self.file.by_ref().bytes() {
            window.rotate_left(1);
            window[3] = byte?;
            (self.at, filled) = (self.at + 1, filled + 1);
            if filled >= 4 && &window == b"OggS" {
                self.at -= 4;
                break;
            }
        }
        self.file.seek(SeekFrom::Start(self.at))?;
        Ok(Scanned::Damaged)
    }
}

impl<R: Read + Seek> Iterator for Pages<R> {
    type Item = io::Result<Scanned>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let item = self.read().transpose();
        self.ended = !matches!(item, Some(Ok(_)));
        item
    }
}

fn packets(lacing: &[u8], body: &[u8]) -> Vec<Vec<u8>> {
    let (mut packets, mut from, mut len) = (Vec::new(), 0, 0);
    for &segment in lacing {
        len += usize::from(segment);
        if segment < 255 {
            packets.push(body[from..from + len].to_vec());
            (from, len) = (from + len, 0);
        }
    }
    packets
}

/// Ogg's checksum: CRC-32 with polynomial 0x04C1_1DB7, from 0, bits not reflected (RFC 3533 §6).
fn crc(from: u32, bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut i = 0;
        while i < 256 {
            let (mut value, mut bit) = ((i as u32) << 24, 0);
            while bit < 8 {
                value = (value << 1) ^ if value >> 31 == 1 { 0x04C1_1DB7 } else { 0 };
                bit += 1;
            }
            table[i] = value;
            i += 1;
        }
        table
    };
    bytes.iter().fold(from, |crc, &byte| (crc << 8) ^ TABLE[((crc >> 24) as u8 ^ byte) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;
    use ogg::{PacketWriteEndInfo, PacketWriter};
    use std::io::Cursor;

    fn file() -> Vec<u8> {
        let mut writer = PacketWriter::new(Vec::new());
        for page in 0..4_u8 {
            for packet in 0..3_u8 {
                let end = match packet {
                    2 => PacketWriteEndInfo::EndPage,
                    _ => PacketWriteEndInfo::NormalPacket,
                };
                let data = vec![page; 100 * usize::from(packet) + 200];
                writer.write_packet(data, 7, end, u64::from(page) * 2880).expect("memory");
            }
        }
        writer.into_inner()
    }

    fn scan(bytes: Vec<u8>) -> Vec<Scanned> {
        Pages::new(Cursor::new(bytes)).map(|page| page.expect("memory")).collect()
    }

    #[test]
    fn what_the_ogg_crate_writes_is_read() {
        let pages = scan(file());
        assert_eq!(pages.len(), 4);
        let Scanned::Page(page) = &pages[3] else { panic!("damaged") };
        assert_eq!((page.granule, page.sequence), (8640, 3));
        assert_eq!(page.packets, [vec![3; 200], vec![3; 300], vec![3; 400]]);
    }

    #[test]
    fn any_flipped_bit_costs_its_page_and_no_other() {
        let bytes = file();
        for at in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[at] ^= 1 << (at % 8);
            let pages = scan(bent);
            let whole = pages.iter().filter(|page| matches!(page, Scanned::Page(_))).count();
            assert_eq!(whole, 3, "byte {at}");
            assert!(pages.contains(&Scanned::Damaged), "byte {at}");
        }
    }

    #[test]
    fn fuzz_pages() {
        let whole = file();
        bolero::check!()
            .with_max_len(512)
            .with_test_time(std::time::Duration::from_secs(1))
            .for_each(|bytes: &[u8]| {
                scan(bytes.to_vec());
                let mut bent = whole.clone();
                let at = bytes.len() * 3 % bent.len();
                bent.splice(at..at, bytes.iter().copied());
                let pages = scan(bent).into_iter();
                assert!(pages.filter(|page| matches!(page, Scanned::Page(_))).count() >= 2);
            });
    }
}
