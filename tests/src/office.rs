//! Office documents, pictures and text for tests: most are made by LibreOffice itself out of plain
//! ones, so that they are what people bring.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A presentation of `slides` slides, in one XML file (OpenDocument 1.2, flat): each says "Slide N".
#[must_use]
pub fn flat_slides(slides: u32) -> String {
    let pages: String = (1..=slides)
        .map(|number| {
            format!(
                "<draw:page draw:name='p{number}' draw:master-page-name='Default'><draw:frame \
                 svg:x='2cm' svg:y='2cm' svg:width='20cm' svg:height='3cm'><draw:text-box><text:p>\
                 Slide {number} of {slides}</text:p></draw:text-box></draw:frame></draw:page>"
            )
        })
        .collect();
    let names = ["office", "style", "text", "draw", "presentation"];
    let spaces: String = names
        .iter()
        .map(|n| {
            let word = if *n == "draw" { "drawing" } else { n };
            format!(" xmlns:{n}='urn:oasis:names:tc:opendocument:xmlns:{word}:1.0'")
        })
        .collect();
    format!(
        "<?xml version='1.0' encoding='UTF-8'?><office:document{spaces} \
         xmlns:svg='urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0' \
         xmlns:fo='urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0' \
         office:version='1.2' office:mimetype='application/vnd.oasis.opendocument.presentation'>\
         <office:automatic-styles><style:page-layout style:name='L'><style:page-layout-properties \
         fo:page-width='28cm' fo:page-height='15.75cm'/></style:page-layout>\
         </office:automatic-styles><office:master-styles><style:master-page style:name='Default' \
         style:page-layout-name='L'/></office:master-styles><office:body><office:presentation>\
         {pages}</office:presentation></office:body></office:document>"
    )
    // LibreOffice recognises the file by its type in these.
    .replace('\'', "\"")
}

/// Whether LibreOffice is installed.
#[must_use]
pub fn installed() -> bool {
    let runs = Command::new("soffice").arg("--version").stdout(Stdio::null()).status();
    runs.is_ok_and(|status| status.success())
}

/// Writes `text` as `name` into `folder` and lets LibreOffice save it as `ending`, by this filter if
/// the ending alone leaves it open.
///
/// # Panics
/// When LibreOffice does not do it.
#[must_use]
pub fn saved_as(folder: &Path, name: &str, text: &str, ending: &str) -> PathBuf {
    let source = folder.join(name);
    std::fs::write(&source, text).expect("temporary folder is writable");
    let profile = folder.join("profile");
    let mut office = Command::new("soffice");
    office.arg(format!("-env:UserInstallation=file://{}", profile.display()));
    // A web page is opened as a text document: it would else be saved as a web page again.
    if name.ends_with(".html") {
        office.arg("--infilter=HTML (StarWriter)");
    }
    office.args(["--headless", "--convert-to", ending, "--outdir"]).arg(folder).arg(&source);
    let done = office.stdout(Stdio::null()).stderr(Stdio::null()).status();
    let made = source.with_extension(ending.split(':').next().unwrap_or(ending));
    assert!(done.is_ok_and(|status| status.success()) && made.is_file(), "{}", made.display());
    made
}

/// A PNG of `width` × `height` pixels of one colour.
#[must_use]
pub fn png(width: u32, height: u32, colour: [u8; 3]) -> Vec<u8> {
    let row: Vec<u8> = [0].into_iter().chain(colour.repeat(width as usize)).collect();
    rows(width, height, 2, &row)
}

/// A PNG of `side` × `side` grey pixels that packs a thousandfold.
#[must_use]
pub fn png_bomb(side: u32) -> Vec<u8> {
    rows(side, side, 0, &vec![0; side as usize + 1])
}

/// A PNG (ISO 15948) of `height` equal rows of this colour type, eight bits deep.
fn rows(width: u32, height: u32, colour_type: u8, row: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..height {
        packer.write_all(row).expect("a vector takes everything");
    }
    let packed = packer.finish().expect("a vector takes everything");
    let mut head = [width.to_be_bytes(), height.to_be_bytes()].concat();
    head.extend([8, colour_type, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, content) in [(b"IHDR", head), (b"IDAT", packed), (b"IEND", Vec::new())] {
        let mut sum = flate2::Crc::new();
        sum.update(kind);
        sum.update(&content);
        bytes.extend((content.len() as u32).to_be_bytes());
        bytes.extend_from_slice(kind);
        bytes.extend_from_slice(&content);
        bytes.extend(sum.sum().to_be_bytes());
    }
    bytes
}

/// An SVG of 160 × 90 pixels with this inside.
#[must_use]
pub fn svg(inside: &str) -> String {
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' \
         width='160' height='90'>{inside}</svg>"
    )
}

/// An SVG that is nine levels of ten copies of each other: a milliard squares.
#[must_use]
pub fn svg_bomb() -> String {
    let level = |n: u32| {
        let copy = format!("<use xlink:href='#l{}'/>", n - 1);
        format!("<g id='l{n}'>{}</g>", copy.repeat(10))
    };
    let levels: String = (1..10).map(level).collect();
    svg(&format!(
        "<defs><rect id='l0' width='1' height='1'/>{levels}</defs><use xlink:href='#l9'/>"
    ))
}

/// An SVG whose text is entities of entities, "a billion laughs".
#[must_use]
pub fn svg_laughs() -> String {
    let entity = |n: u32| format!("<!ENTITY l{n} '{}'>", format!("&l{};", n - 1).repeat(10));
    let entities: String = (1..10).map(entity).collect();
    format!("<!DOCTYPE svg [<!ENTITY l0 'ha'>{entities}]>{}", svg("<text x='5' y='50'>&l9;</text>"))
}

/// A word-processor file (Office Open XML) whose text unpacks to `bytes` spaces. It says so, unless
/// it `lies`.
#[must_use]
pub fn zip_bomb(bytes: usize, lies: bool) -> Vec<u8> {
    const BLOCK: usize = 1 << 20;
    let types = "<?xml version='1.0'?><Types xmlns='http://schemas.openxmlformats.org/package/2006/\
                 content-types'><Default Extension='rels' ContentType='application/\
                 vnd.openxmlformats-package.relationships+xml'/><Override PartName='/word/\
                 document.xml' ContentType='application/vnd.openxmlformats-officedocument.\
                 wordprocessingml.document.main+xml'/></Types>";
    let relations = "<?xml version='1.0'?><Relationships xmlns='http://schemas.openxmlformats.org/\
                     package/2006/relationships'><Relationship Id='r1' Type='http://schemas.\
                     openxmlformats.org/officeDocument/2006/relationships/officeDocument' \
                     Target='word/document.xml'/></Relationships>";
    let (begin, end) = (
        "<?xml version='1.0'?><w:document xmlns:w='http://schemas.openxmlformats.org/\
         wordprocessingml/2006/main'><w:body><w:p><w:r><w:t>",
        "</w:t></w:r></w:p></w:body></w:document>",
    );
    let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), Compression::best());
    let mut sum = flate2::Crc::new();
    let mut put = |bytes: &[u8]| {
        sum.update(bytes);
        packer.write_all(bytes).expect("a vector takes everything");
    };
    put(begin.as_bytes());
    let block = b"ha ".repeat(BLOCK / 3);
    for _ in 0..bytes / block.len() {
        put(&block);
    }
    put(end.as_bytes());
    let length = begin.len() + bytes / block.len() * block.len() + end.len();
    let text = packer.finish().expect("a vector takes everything");
    let claimed = if lies { 1000 } else { length as u32 };
    let stored = |name, bytes: &str| {
        let mut sum = flate2::Crc::new();
        sum.update(bytes.as_bytes());
        let packed = bytes.as_bytes().to_vec();
        Part { name, method: 0, sum: sum.sum(), length: packed.len() as u32, packed }
    };
    archive(&[
        stored("[Content_Types].xml", types),
        stored("_rels/.rels", relations),
        Part {
            name: "word/document.xml",
            method: 8,
            sum: sum.sum(),
            length: claimed,
            packed: text,
        },
    ])
}

/// A part of a zip archive: its method (0: stored, 8: deflated), checksum, and length as claimed.
struct Part {
    name: &'static str,
    method: u16,
    sum: u32,
    length: u32,
    packed: Vec<u8>,
}

/// A zip archive (PKWARE APPNOTE 6.3) of these parts.
fn archive(parts: &[Part]) -> Vec<u8> {
    let (mut bytes, mut table) = (Vec::new(), Vec::new());
    for Part { name, method, sum, length, packed } in parts {
        let place = bytes.len() as u32;
        let mut common = [20_u16, 0, *method, 0, 0x21].map(u16::to_le_bytes).concat();
        common.extend([*sum, packed.len() as u32, *length].map(u32::to_le_bytes).concat());
        common.extend([name.len() as u16, 0].map(u16::to_le_bytes).concat());
        bytes.extend([b"PK\x03\x04".as_slice(), &common, name.as_bytes(), packed].concat());
        table.extend([b"PK\x01\x02\x14\0".as_slice(), &common, &[0; 10]].concat());
        table.extend([place.to_le_bytes().as_slice(), name.as_bytes()].concat());
    }
    let (at, count) = (bytes.len() as u32, parts.len() as u16);
    bytes.extend_from_slice(&table);
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    bytes.extend([count, count].map(u16::to_le_bytes).concat());
    bytes.extend([table.len() as u32, at].map(u32::to_le_bytes).concat());
    bytes.extend_from_slice(&[0, 0]);
    bytes
}
