//! What kind of file it is: told by its content first, and by its name only where content is silent.
//!
//! Pure. Names lie (a download called `plan.pdf` may be a web page), and a wrong guess costs a
//! sentence that helps nobody.

use super::zip;

/// Bytes at the beginning that are looked at: readers of PDF accept the header within the first 1024
/// (ISO 32000-1, annex H.3.4.1), and an SVG may begin with a long comment.
const HEAD: usize = 4096;

/// What the parts of an office document may have together when unpacked: LibreOffice holds much of it
/// in memory. The largest honest deck known to us has 400 MB.
const UNPACKED_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// Parts of an office document. A deck of 500 slides has some 3000.
const PARTS: usize = 10_000;

/// What a file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Has pages already.
    Pdf,
    /// Is one page.
    Picture(Picture),
    /// Becomes pages by LibreOffice.
    Office(Office),
}

/// Pictures that are a page each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Picture {
    /// PNG (ISO 15948).
    Png,
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// WebP (RFC 9649).
    WebP,
    /// SVG 1.1.
    Svg,
}

/// What LibreOffice opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each is its file name's ending")]
pub(super) enum Office {
    Pptx,
    Ppt,
    Docx,
    Doc,
    Xlsx,
    Xls,
    Odp,
    Odt,
    Ods,
    Rtf,
    Html,
    Markdown,
    Text,
}

/// Why a file is nothing that can be shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Odd {
    /// It has no bytes.
    Empty,
    /// An office document that asks for a password.
    Locked,
    /// An office document whose parts are too many, or too large when unpacked.
    Bomb,
    /// Anything else.
    Unknown,
}

impl Kind {
    /// What `bytes` are; `name` is the file's.
    pub(super) fn of(bytes: &[u8], name: &str) -> Result<Self, Odd> {
        let head = &bytes[..bytes.len().min(HEAD)];
        let starts = |magic: &[u8]| bytes.starts_with(magic);
        if bytes.is_empty() {
            Err(Odd::Empty)
        } else if starts(b"\x89PNG\r\n\x1a\n") {
            Ok(Self::Picture(Picture::Png))
        } else if starts(b"\xff\xd8\xff") {
            Ok(Self::Picture(Picture::Jpeg))
        } else if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Ok(Self::Picture(Picture::WebP))
        } else if starts(b"{\\rtf") {
            Ok(Self::Office(Office::Rtf))
        } else if starts(b"PK\x03\x04") {
            package(bytes)
        } else if starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
            compound(bytes)
        } else if head.windows(5).take(1024).any(|window| window == b"%PDF-") {
            Ok(Self::Pdf)
        } else {
            written(bytes, head, name)
        }
    }

    /// Whether this is a picture, judging by its first bytes alone.
    pub(super) fn is_picture(head: &[u8], name: &str) -> bool {
        matches!(Self::of(head, name), Ok(Self::Picture(_)))
    }
}

impl Office {
    /// The ending by which LibreOffice recognises it. Text and Markdown come to it as HTML.
    pub(super) const fn ending(self) -> &'static str {
        match self {
            Self::Pptx => "pptx",
            Self::Ppt => "ppt",
            Self::Docx => "docx",
            Self::Doc => "doc",
            Self::Xlsx => "xlsx",
            Self::Xls => "xls",
            Self::Odp => "odp",
            Self::Odt => "odt",
            Self::Ods => "ods",
            Self::Rtf => "rtf",
            Self::Html | Self::Markdown | Self::Text => "html",
        }
    }
}

/// A zip archive: OpenDocument (its type comes first, OpenDocument 1.2 part 3 §3.3) or Office Open XML
/// (told by where its chief part lies).
fn package(bytes: &[u8]) -> Result<Kind, Odd> {
    let archive = zip::read(bytes, PARTS).ok_or(Odd::Unknown)?;
    if archive.more || archive.unpacked > UNPACKED_BYTES {
        return Err(Odd::Bomb);
    }
    if let Some(kind) = open_document(bytes) {
        return Ok(Kind::Office(kind));
    }
    let has = |part: &str| archive.names.iter().any(|name| name.starts_with(part));
    if !has("[Content_Types].xml") {
        return Err(Odd::Unknown);
    }
    let kinds = [("ppt/", Office::Pptx), ("word/", Office::Docx), ("xl/", Office::Xlsx)];
    let found = kinds.into_iter().find(|(folder, _)| has(folder));
    found.map(|(_, kind)| Kind::Office(kind)).ok_or(Odd::Unknown)
}

/// What the first entry of the archive, called `mimetype` and stored as it is, says.
fn open_document(bytes: &[u8]) -> Option<Office> {
    // The local header (APPNOTE 4.3.7): the name's and the extra field's lengths, the name, the rest.
    let extra = usize::from(u16::from_le_bytes(*bytes.get(28..)?.first_chunk()?));
    let named = bytes.get(30..)?.strip_prefix(b"mimetype")?;
    let media = named.get(extra..)?.strip_prefix(b"application/vnd.oasis.opendocument.")?;
    let kinds: [(&[u8], Office); 3] =
        [(b"presentation", Office::Odp), (b"text", Office::Odt), (b"spreadsheet", Office::Ods)];
    kinds.into_iter().find(|(word, _)| media.starts_with(word)).map(|(_, kind)| kind)
}

/// A compound file (MS-CFB): its streams have names in UTF-16.
fn compound(bytes: &[u8]) -> Result<Kind, Odd> {
    let has = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        // Directory entries begin at multiples of 128 bytes.
        bytes.chunks(128).any(|entry| entry.starts_with(&wide))
    };
    if has("EncryptedPackage") {
        return Err(Odd::Locked);
    }
    let kinds = [
        ("PowerPoint Document", Office::Ppt),
        ("WordDocument", Office::Doc),
        ("Workbook", Office::Xls),
        ("Book", Office::Xls),
    ];
    let found = kinds.into_iter().find(|(stream, _)| has(stream));
    found.map(|(_, kind)| Kind::Office(kind)).ok_or(Odd::Unknown)
}

/// Something people can read: SVG and HTML by how they begin, Markdown by its name, else plain text.
fn written(bytes: &[u8], head: &[u8], name: &str) -> Result<Kind, Odd> {
    let ending = name.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_lowercase());
    if !is_text(bytes, &ending) {
        return Err(Odd::Unknown);
    }
    let head = String::from_utf8_lossy(head).to_lowercase();
    let begin = head.trim_start_matches('\u{feff}').trim_start();
    if begin.starts_with("<!doctype html") || begin.starts_with("<html") {
        return Ok(Kind::Office(Office::Html));
    }
    if begin.starts_with('<') && begin.contains("<svg") {
        return Ok(Kind::Picture(Picture::Svg));
    }
    Ok(Kind::Office(match ending.as_str() {
        "html" | "htm" | "xhtml" => Office::Html,
        "md" | "markdown" => Office::Markdown,
        _ => Office::Text,
    }))
}

/// Whether this is text: UTF-8 or UTF-16 without control characters; in an older encoding only where
/// the name says that it is text, as any bytes could be that.
fn is_text(bytes: &[u8], ending: &str) -> bool {
    const TEXT: [&str; 9] = ["txt", "text", "md", "markdown", "html", "htm", "csv", "log", "svg"];
    let control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | b'\x0c');
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return bytes.len().is_multiple_of(2);
    }
    if bytes.iter().any(control) {
        return false;
    }
    // Cut within a letter where only the beginning of a file is looked at.
    let utf8 = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    utf8 || TEXT.contains(&ending)
}

#[cfg(test)]
mod tests {
    use super::super::zip::tests::archive;
    use super::*;

    fn kind(bytes: &[u8], name: &str) -> Result<Kind, Odd> {
        Kind::of(bytes, name)
    }

    #[test]
    fn content_speaks_before_the_name() {
        let png = Ok(Kind::Picture(Picture::Png));
        assert_eq!(kind(b"\x89PNG\r\n\x1a\nrest", "plan.pdf"), png);
        assert_eq!(kind(b"\xff\xd8\xff\xe0", "a.png"), Ok(Kind::Picture(Picture::Jpeg)));
        let webp = b"RIFF\x00\x00\x00\x00WEBPVP8 ";
        assert_eq!(kind(webp, ""), Ok(Kind::Picture(Picture::WebP)));
        assert_eq!(kind(b"junk first\n%PDF-1.7", "a.txt"), Ok(Kind::Pdf));
        assert_eq!(kind(b"{\\rtf1 hello}", "a.doc"), Ok(Kind::Office(Office::Rtf)));
        let page = b"\xef\xbb\xbf <!DOCTYPE HTML><p>";
        assert_eq!(kind(page, "plan.pdf"), Ok(Kind::Office(Office::Html)));
        let svg = b"<?xml version='1.0'?><!-- drawn --><svg xmlns='x'/>";
        assert_eq!(kind(svg, "a.xml"), Ok(Kind::Picture(Picture::Svg)));
    }

    #[test]
    fn the_name_speaks_where_content_is_silent() {
        for (name, wanted) in [
            ("a.md", Office::Markdown),
            ("A.MARKDOWN", Office::Markdown),
            ("a.htm", Office::Html),
            ("a.txt", Office::Text),
            ("noname", Office::Text),
        ] {
            assert_eq!(kind("# 会议\n".as_bytes(), name), Ok(Kind::Office(wanted)), "{name}");
        }
        // "会议" in GB 18030.
        let chinese = b"\xbb\xe1\xd2\xe9\n";
        assert_eq!(kind(chinese, "a.txt"), Ok(Kind::Office(Office::Text)));
        assert_eq!(kind(chinese, "a.bin"), Err(Odd::Unknown));
        assert_eq!(kind(b"\xff\xfea\0", "a.txt"), Ok(Kind::Office(Office::Text)));
    }

    #[test]
    fn packages_are_told_by_their_parts() {
        let open_xml = |folder: &str| {
            archive(&[("[Content_Types].xml", b"<x/>"), (&format!("{folder}/main.xml"), b"<x/>")])
        };
        assert_eq!(kind(&open_xml("ppt"), "a.zip"), Ok(Kind::Office(Office::Pptx)));
        assert_eq!(kind(&open_xml("word"), ""), Ok(Kind::Office(Office::Docx)));
        assert_eq!(kind(&open_xml("xl"), ""), Ok(Kind::Office(Office::Xlsx)));
        let media = b"application/vnd.oasis.opendocument.presentation-template";
        let open_document = archive(&[("mimetype", media), ("content.xml", b"<x/>")]);
        assert_eq!(kind(&open_document, "a.otp"), Ok(Kind::Office(Office::Odp)));
        assert_eq!(kind(&archive(&[("a.txt", b"x")]), "a.docx"), Err(Odd::Unknown));
        assert_eq!(kind(b"PK\x03\x04 and no more", "a.docx"), Err(Odd::Unknown));
    }

    #[test]
    fn a_package_with_too_many_parts_is_a_bomb() {
        let part = ("ppt/a", b"".as_slice());
        let mut parts = vec![("[Content_Types].xml", b"".as_slice())];
        parts.extend(std::iter::repeat_n(part, PARTS));
        assert_eq!(kind(&archive(&parts), "a.pptx"), Err(Odd::Bomb));
    }

    #[test]
    fn compound_files_are_told_by_their_streams() {
        let file = |stream: &str| {
            let mut bytes = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
            bytes.resize(512, 0);
            bytes.extend(stream.encode_utf16().flat_map(u16::to_le_bytes));
            bytes
        };
        assert_eq!(kind(&file("WordDocument"), ""), Ok(Kind::Office(Office::Doc)));
        assert_eq!(kind(&file("Workbook"), ""), Ok(Kind::Office(Office::Xls)));
        assert_eq!(kind(&file("PowerPoint Document"), ""), Ok(Kind::Office(Office::Ppt)));
        assert_eq!(kind(&file("EncryptedPackage"), "a.pptx"), Err(Odd::Locked));
        assert_eq!(kind(&file("Setup"), "a.msi"), Err(Odd::Unknown));
    }

    #[test]
    fn the_rest_is_nothing_to_show() {
        assert_eq!(kind(b"", "a.pdf"), Err(Odd::Empty));
        assert_eq!(kind(b"\x7fELF\x02\x01\x01\0\0", "a.txt"), Err(Odd::Unknown));
        assert_eq!(kind(b"GIF89a\x01\0\x01\0", "a.gif"), Err(Odd::Unknown));
    }

    #[test]
    fn fuzz_kind() {
        bolero::check!().with_test_time(std::time::Duration::from_secs(1)).for_each(|bytes| {
            let _ = Kind::of(bytes, "a.txt");
        });
    }
}
