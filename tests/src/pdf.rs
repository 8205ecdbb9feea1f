//! Writes PDFs for tests: honest decks of any length and weight, and hostile files.
//!
//! A simple writer of ISO 32000-1 objects. Equal arguments give equal bytes.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::fmt::Write as _;
use std::io::Write as _;

/// A slide of 16:9 in points.
const SLIDE: (u32, u32) = (960, 540);

/// A deck of `pages` slides: a title with the page's number, lines of text, and vector drawings.
/// Every page says "Page N of M", so that text extraction can be checked.
#[must_use]
pub fn deck(pages: u32) -> Vec<u8> {
    let mut file = Writer::new();
    for number in 1..=pages {
        file.page(SLIDE, &slide(number, pages), "");
    }
    file.finish("")
}

/// A deck of about `bytes` bytes, at least one page, each with a picture of noise that no encoder
/// makes smaller. `bytes` per page is about 1 MB.
#[must_use]
pub fn heavy(bytes: usize) -> Vec<u8> {
    /// Side of a page's picture in pixels; three bytes each.
    const SIDE: usize = 590;
    noisy((bytes / (SIDE * SIDE * 3)).max(1) as u32, SIDE)
}

/// A deck of `pages` slides, each with a picture of noise of `side` × `side` pixels: the more there are,
/// the more bytes a page has.
#[must_use]
pub fn noisy(pages: u32, side: usize) -> Vec<u8> {
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let mut file = Writer::new();
    for number in 1..=pages {
        let pixels: Vec<u8> = (0..side * side * 3).map(|_| noise.byte()).collect();
        let head = format!(
            "/Type /XObject /Subtype /Image /Width {side} /Height {side} \
             /ColorSpace /DeviceRGB /BitsPerComponent 8"
        );
        let image = file.stream(&head, &pixels);
        let mut content = slide(number, pages);
        content.push_str("q 400 0 0 400 520 40 cm /Im Do Q\n");
        file.page(SLIDE, &content, &format!("/XObject << /Im {image} 0 R >>"));
    }
    file.finish("")
}

/// One page whose drawing instructions are packed 1 to 690: 2 MB that unpack to 1.4 GB of one
/// endless line, whose points take more than 10 GB once parsed.
#[must_use]
pub fn bomb() -> Vec<u8> {
    const UNPACKED: usize = 1400 << 20;
    let block = b"1 1 l\n".repeat(1 << 18);
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    for _ in 0..UNPACKED / block.len() {
        packer.write_all(&block).expect("a vector takes everything");
    }
    let packed = packer.finish().expect("a vector takes everything");
    let mut file = Writer::new();
    let content = file.raw_stream("/Filter /FlateDecode", &packed);
    file.page_of(SLIDE, content, "");
    file.finish("")
}

/// A good page, a page whose picture claims `side` × `side` pixels (packed to a thousandth), and a
/// good page.
#[must_use]
pub fn image_bomb(side: usize) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    let row = vec![0x55; side];
    for _ in 0..side {
        packer.write_all(&row).expect("a vector takes everything");
    }
    let packed = packer.finish().expect("a vector takes everything");
    let mut file = Writer::new();
    let head = format!(
        "/Type /XObject /Subtype /Image /Width {side} /Height {side} /ColorSpace /DeviceGray \
         /BitsPerComponent 8 /Filter /FlateDecode"
    );
    let image = file.raw_stream(&head, &packed);
    file.page(SLIDE, &slide(1, 3), "");
    file.page(SLIDE, "q 960 0 0 540 0 0 cm /Im Do Q\n", &format!("/XObject << /Im {image} 0 R >>"));
    file.page(SLIDE, &slide(3, 3), "");
    file.finish("")
}

/// A deck that asks for a password (standard handler, revision 3): its check value fits none.
#[must_use]
pub fn encrypted() -> Vec<u8> {
    let mut file = Writer::new();
    file.page(SLIDE, &slide(1, 1), "");
    let check = "5a".repeat(32);
    let encrypt = file.object(&format!(
        "<< /Filter /Standard /V 2 /R 3 /Length 128 /P -3904 /O <{check}> /U <{check}> >>"
    ));
    let id = "00112233445566778899aabbccddeeff";
    file.finish(&format!("/Encrypt {encrypt} 0 R /ID [<{id}> <{id}>]"))
}

/// One page of `width` × `height` points.
#[must_use]
pub fn sized(width: u32, height: u32) -> Vec<u8> {
    let mut file = Writer::new();
    file.page((width, height), "1 0 0 rg 0 0 100000 100000 re f\n", "");
    file.finish("")
}

/// One page in a Chinese font that the file names and does not contain: "会议会议" and a black
/// square beneath, so that a page without the text is not blank altogether.
#[must_use]
pub fn chinese() -> Vec<u8> {
    let mut file = Writer::new();
    let descriptor = file.object(
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] \
         /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    );
    let glyphs = file.object(&format!(
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 \
         /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> \
         /FontDescriptor {descriptor} 0 R >>"
    ));
    let font = file.object(&format!(
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light-UniGB-UCS2-H \
         /Encoding /UniGB-UCS2-H /DescendantFonts [{glyphs} 0 R] >>"
    ));
    let content = "BT /Zh 120 Tf 100 300 Td <4F1A8BAE4F1A8BAE> Tj ET\n0 g 100 50 50 50 re f\n";
    file.page_with_fonts(SLIDE, content, "", &format!("/Zh {font} 0 R"));
    file.finish("")
}

/// Without any pages.
#[must_use]
pub fn empty() -> Vec<u8> {
    Writer::new().finish("")
}

/// `file` with a few bytes changed, moved or cut off, as `seed` decides.
#[must_use]
pub fn mutated(file: &[u8], seed: u64) -> Vec<u8> {
    let mut noise = Noise(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut bytes = file.to_vec();
    for _ in 0..=noise.below(8) {
        let (from, to) = (noise.below(bytes.len()), noise.below(bytes.len()));
        match noise.below(5) {
            0 => bytes[from] ^= 1 << noise.below(8),
            1 => bytes[from] = noise.byte(),
            2 => {
                let length = noise.below(256).min(bytes.len() - from.max(to));
                bytes.copy_within(from..from + length, to);
            }
            3 => {
                let digits = |byte: &u8| byte.is_ascii_digit();
                if let Some(place) = bytes[from..].iter().position(digits) {
                    bytes[from + place] = b'0' + noise.below(10) as u8;
                }
            }
            _ => bytes.truncate(bytes.len() - bytes.len().min(1000) * noise.below(10) / 20 - 1),
        }
        if bytes.len() < 16 {
            break;
        }
    }
    bytes
}

fn slide(number: u32, pages: u32) -> String {
    let mut content = format!(
        "0.93 0.95 1 rg 0 0 960 540 re f 0.1 0.2 0.5 rg 0 460 960 80 re f\n\
         BT 1 g /F1 36 Tf 40 486 Td (Page {number} of {pages}) Tj ET\n"
    );
    for line in 0..8 {
        let y = 400 - line * 40;
        let words = ["dike", "gauge", "pump", "sluice", "water", "level", "crew", "shift"];
        let word = words[((number + line) % 8) as usize];
        let _ = writeln!(
            content,
            "BT 0 g /F2 20 Tf 60 {y} Td (\\267 The {word} on line {line}.) Tj ET"
        );
    }
    for bar in 0..6 {
        let height = (number * 37 + bar * 53) % 200 + 20;
        let (x, red) = (560 + bar * 60, f64::from(bar) / 6.0);
        let _ = writeln!(content, "{red:.2} 0.4 0.6 rg {x} 60 40 {height} re f");
    }
    content.push_str("1 0 0 RG 3 w 560 300 m 640 420 760 180 900 380 c S\n");
    content
}

/// A file of these objects, the first of which is the catalogue.
#[must_use]
pub fn of<T: AsRef<str>>(objects: &[T]) -> Vec<u8> {
    let mut file = Writer::after(0);
    for object in objects {
        file.object(object.as_ref());
    }
    file.end("")
}

/// Collects objects and writes the cross-reference table.
struct Writer {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
    pages: Vec<usize>,
}

/// Objects 1 to 4: catalogue, page tree, two fonts.
const RESERVED: usize = 4;

impl Writer {
    fn new() -> Self {
        Self::after(RESERVED)
    }

    /// With so many objects that are written last.
    fn after(reserved: usize) -> Self {
        let bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        Self { bytes, offsets: vec![0; reserved], pages: Vec::new() }
    }

    fn page(&mut self, size: (u32, u32), content: &str, resources: &str) {
        self.page_with_fonts(size, content, resources, "");
    }

    fn page_with_fonts(&mut self, size: (u32, u32), content: &str, resources: &str, fonts: &str) {
        let content = self.stream("", content.as_bytes());
        self.page_of(
            size,
            content,
            &format!("{resources} /Font << /F1 3 0 R /F2 4 0 R {fonts} >>"),
        );
    }

    fn page_of(&mut self, (width, height): (u32, u32), content: usize, resources: &str) {
        let page = self.object(&format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] \
             /Contents {content} 0 R /Resources << {resources} >> >>"
        ));
        self.pages.push(page);
    }

    /// A stream, deflated when that makes it smaller.
    fn stream(&mut self, head: &str, content: &[u8]) -> usize {
        let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(content).expect("a vector takes everything");
        let packed = packer.finish().expect("a vector takes everything");
        if packed.len() < content.len() {
            self.raw_stream(&format!("{head} /Filter /FlateDecode"), &packed)
        } else {
            self.raw_stream(head, content)
        }
    }

    fn raw_stream(&mut self, head: &str, bytes: &[u8]) -> usize {
        let length = bytes.len();
        let mut body = format!("<< {head} /Length {length} >>\nstream\n").into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\nendstream");
        self.object_bytes(&body)
    }

    fn object(&mut self, body: &str) -> usize {
        self.object_bytes(body.as_bytes())
    }

    fn object_bytes(&mut self, body: &[u8]) -> usize {
        self.offsets.push(0);
        let number = self.offsets.len();
        self.put(number, body);
        number
    }

    fn put(&mut self, number: usize, body: &[u8]) {
        self.offsets[number - 1] = self.bytes.len();
        self.bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        self.bytes.extend_from_slice(body);
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    fn finish(mut self, trailer: &str) -> Vec<u8> {
        let kids: Vec<String> = self.pages.iter().map(|page| format!("{page} 0 R")).collect();
        let tree = format!("<< /Type /Pages /Count {} /Kids [{}] >>", kids.len(), kids.join(" "));
        self.put(1, b"<< /Type /Catalog /Pages 2 0 R >>");
        self.put(2, tree.as_bytes());
        let font = |name| {
            format!(
                "<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>"
            )
        };
        self.put(3, font("Helvetica-Bold").as_bytes());
        self.put(4, font("Times-Roman").as_bytes());
        self.end(trailer)
    }

    /// The table of objects, and what follows it.
    fn end(mut self, trailer: &str) -> Vec<u8> {
        let (start, size) = (self.bytes.len(), self.offsets.len() + 1);
        let mut table = format!("xref\n0 {size}\n0000000000 65535 f \n");
        for offset in &self.offsets {
            let _ = writeln!(table, "{offset:010} 00000 n ");
        }
        let _ = write!(
            table,
            "trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n"
        );
        self.bytes.extend_from_slice(table.as_bytes());
        self.bytes
    }
}

/// xorshift64 (Marsaglia 2003): noise that is the same everywhere.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn byte(&mut self) -> u8 {
        (self.next() >> 32) as u8
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 16) as usize % bound.max(1)
    }
}
