//! What a PDF says of itself beside its pages: outline, links, page labels. Runs in the worker process
//! only.

use super::render::Frame;
use crate::limits::{DOCUMENT_LINKS, DOCUMENT_PAGES, HEADING_DEPTH, HEADINGS, LINK_BYTES};
use crate::room::pages::{Heading, Link, LinkTarget, Structure};
use hayro::hayro_interpret::TransformExt;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{
    Array, Dict, MaybeRef, Name, Object, ObjectIdentifier, Rect, String as PdfString,
};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::Point;
use std::collections::{HashMap, HashSet};

/// Named destinations looked at: more than any book has, and a bound on work.
const NAMES: usize = 50_000;

/// Nodes of a tree of names or numbers looked at.
const NODES: usize = 10_000;

/// Bit of an annotation that is not shown (ISO 32000-1, table 165).
const HIDDEN: i32 = 2;

/// Everything of `pdf` that helps to find one's way in it.
pub(super) fn of(pdf: &Pdf) -> Structure {
    let Some(catalogue) = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id()) else {
        return Structure::default();
    };
    let pages = pdf.pages().iter().zip(1..=DOCUMENT_PAGES);
    let numbers = pages.filter_map(|(page, number)| Some((page.raw().obj_id()?, number))).collect();
    let reader = Reader { numbers, count: pdf.pages().len() as u32, names: names(&catalogue) };
    let mut links = Vec::new();
    for (page, number) in pdf.pages().iter().zip(1..=DOCUMENT_PAGES) {
        reader.links(page, number, &mut links);
    }
    let labels = labels(&catalogue, pdf.pages().len());
    Structure::new(labels, reader.outline(&catalogue), links)
}

/// A text string (ISO 32000-2, §7.9.2.2): UTF-16 or UTF-8 where it says so, else nearly Latin-1.
pub(super) fn words(bytes: &[u8]) -> String {
    let text = match bytes {
        [0xfe, 0xff, rest @ ..] => {
            let units = rest.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).map(|letter| letter.unwrap_or('\u{fffd}')).collect()
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        bytes => bytes.iter().map(|byte| latin(*byte)).collect::<String>(),
    };
    let visible = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().map(visible).collect::<String>().trim().to_owned()
}

/// PDFDocEncoding (ISO 32000-1, annex D.2), where it differs from Latin-1.
fn latin(byte: u8) -> char {
    const FROM_80: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚',
        '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', ' ', '€',
    ];
    let special = usize::from(byte).checked_sub(0x80).and_then(|place| FROM_80.get(place));
    special.copied().unwrap_or(char::from(byte))
}

struct Reader<'a> {
    numbers: HashMap<ObjectIdentifier, u32>,
    count: u32,
    names: HashMap<Vec<u8>, Array<'a>>,
}

impl<'a> Reader<'a> {
    fn links(&self, page: &Page<'a>, number: u32, links: &mut Vec<Link>) {
        let (width, height) = Frame::of(page).points();
        let placed = page.initial_transform(true).to_kurbo();
        let notes = page.raw().get::<Array<'a>>(b"Annots");
        for note in notes.iter().flat_map(|notes| notes.iter::<Dict<'a>>()) {
            if links.len() >= DOCUMENT_LINKS {
                return;
            }
            let link = note.get::<Name<'_>>(b"Subtype").is_some_and(|kind| &*kind == b"Link");
            let hidden = note.get::<i32>(b"F").is_some_and(|flags| flags & HIDDEN != 0);
            let (true, false, Some(area)) = (link, hidden, note.get::<Rect>(b"Rect")) else {
                continue;
            };
            let Some(to) = self.target(&note, number) else { continue };
            let corners = [(area.x0, area.y0), (area.x1, area.y1)];
            let [a, b] = corners.map(|(x, y)| placed * Point::new(x, y));
            let share =
                |at: f64, side: f64| ((at / side).clamp(0.0, 1.0) * 10_000.0).round() as u32;
            let (left, right) = (share(a.x.min(b.x), width), share(a.x.max(b.x), width));
            let (top, bottom) = (share(a.y.min(b.y), height), share(a.y.max(b.y), height));
            if left < right && top < bottom {
                links.push(Link {
                    page: number,
                    area: [left, top, right - left, bottom - top],
                    to,
                });
            }
        }
    }

    /// Where an annotation on page `here`, or a heading, leads.
    fn target(&self, from: &Dict<'a>, here: u32) -> Option<LinkTarget> {
        if let Some(goal) = from.get::<Object<'a>>(b"Dest") {
            return self.page_of(goal).map(LinkTarget::Page);
        }
        let action = from.get::<Dict<'a>>(b"A")?;
        match &*action.get::<Name<'_>>(b"S")? {
            b"GoTo" => self.page_of(action.get::<Object<'a>>(b"D")?).map(LinkTarget::Page),
            b"URI" => {
                let address = action.get::<PdfString<'_>>(b"URI")?;
                let short = address.len() <= LINK_BYTES;
                LinkTarget::address(std::str::from_utf8(&address).ok().filter(|_| short)?)
            }
            b"Named" => {
                let page = match &*action.get::<Name<'_>>(b"N")? {
                    b"NextPage" => here + 1,
                    b"PrevPage" => here.checked_sub(1)?,
                    b"FirstPage" => 1,
                    b"LastPage" => self.count,
                    _ => return None,
                };
                (1..=self.count).contains(&page).then_some(LinkTarget::Page(page))
            }
            _ => None,
        }
    }

    /// The page of a destination, which may have a name.
    fn page_of(&self, goal: Object<'a>) -> Option<u32> {
        let goal = match goal {
            Object::Array(goal) => goal,
            Object::Name(name) => self.names.get(&*name)?.clone(),
            Object::String(name) => self.names.get(&*name)?.clone(),
            Object::Dict(goal) => goal.get::<Array<'a>>(b"D")?,
            _ => return None,
        };
        match goal.raw_iter().next()? {
            MaybeRef::Ref(page) => self.numbers.get(&page.into()).copied(),
            // Some programs give the page's number instead, from 0 on.
            MaybeRef::NotRef(page) => {
                let number = u32::try_from(page.into_number()?.as_i64()).ok()?.checked_add(1)?;
                (number <= self.count).then_some(number)
            }
        }
    }

    fn outline(&self, catalogue: &Dict<'a>) -> Vec<Heading> {
        let first = |node: &Dict<'a>| node.get::<Dict<'a>>(b"First");
        let Some(root) = catalogue.get::<Dict<'a>>(b"Outlines") else { return Vec::new() };
        let (mut headings, mut seen) = (Vec::new(), HashSet::new());
        // What follows at each level.
        let mut levels: Vec<Option<Dict<'a>>> = vec![first(&root)];
        while let Some(level) = levels.last_mut() {
            let Some(node) = level.take().filter(|node| seen.insert(node.obj_id())) else {
                levels.pop();
                continue;
            };
            *level = node.get::<Dict<'a>>(b"Next");
            if headings.len() >= HEADINGS || seen.len() >= NODES {
                break;
            }
            let title = node.get::<PdfString<'_>>(b"Title").map(|title| words(&title));
            let depth = levels.len() as u8 - 1;
            if let (Some(title), Some(LinkTarget::Page(page))) = (title, self.target(&node, 1)) {
                headings.push(Heading { title, page, depth });
            }
            if levels.len() < usize::from(HEADING_DEPTH) {
                levels.push(first(&node));
            }
        }
        headings
    }
}

/// Destinations that have names, of both kinds there are.
fn names<'a>(catalogue: &Dict<'a>) -> HashMap<Vec<u8>, Array<'a>> {
    let goal = |value: Object<'a>| match value {
        Object::Array(goal) => Some(goal),
        Object::Dict(goal) => goal.get::<Array<'a>>(b"D"),
        _ => None,
    };
    let mut names = HashMap::new();
    if let Some(old) = catalogue.get::<Dict<'a>>(b"Dests") {
        for name in old.keys().take(NAMES) {
            if let Some(goal) = old.get::<Object<'a>>(&*name).and_then(goal) {
                names.insert(name.to_vec(), goal);
            }
        }
    }
    let tree = catalogue.get::<Dict<'a>>(b"Names").and_then(|n| n.get::<Dict<'a>>(b"Dests"));
    for leaf in leaves(tree, b"Names") {
        let mut items = leaf.iter::<Object<'a>>();
        while let (Some(name), Some(value)) = (items.next(), items.next()) {
            if names.len() >= NAMES {
                return names;
            }
            if let (Some(name), Some(goal)) = (name.into_string(), goal(value)) {
                names.insert(name.to_vec(), goal);
            }
        }
    }
    names
}

/// What each page is called; nothing when that is its number.
fn labels(catalogue: &Dict<'_>, pages: usize) -> Vec<String> {
    let mut ranges: Vec<(usize, Dict<'_>)> = Vec::new();
    for leaf in leaves(catalogue.get::<Dict<'_>>(b"PageLabels"), b"Nums") {
        let mut items = leaf.iter::<Object<'_>>();
        while let (Some(from), Some(range)) = (items.next(), items.next()) {
            let from = from.into_number().and_then(|from| usize::try_from(from.as_i64()).ok());
            if let (Some(from), Some(range)) = (from, range.into_dict()) {
                ranges.push((from, range));
            }
        }
    }
    ranges.sort_by_key(|(from, _)| *from);
    let label = |place: usize| {
        let after = ranges.partition_point(|(from, _)| *from <= place);
        let Some((from, range)) = after.checked_sub(1).and_then(|at| ranges.get(at)) else {
            return (place + 1).to_string();
        };
        let first = range.get::<i32>(b"St").and_then(|n| usize::try_from(n).ok()).unwrap_or(1);
        let number = first.saturating_add(place - from);
        let prefix = range.get::<PdfString<'_>>(b"P").map(|prefix| words(&prefix));
        let style = range.get::<Name<'_>>(b"S");
        let number = match style.as_deref() {
            Some(b"D") => number.to_string(),
            Some(b"R") => roman(number).to_uppercase(),
            Some(b"r") => roman(number),
            Some(b"A") => letters(number).to_uppercase(),
            Some(b"a") => letters(number),
            _ => String::new(),
        };
        prefix.unwrap_or_default() + &number
    };
    if ranges.is_empty() {
        return Vec::new();
    }
    (0..pages.min(DOCUMENT_PAGES as usize)).map(label).collect()
}

/// The arrays at the ends of a tree of names or numbers (ISO 32000-1, §7.9.6).
fn leaves<'a>(tree: Option<Dict<'a>>, key: &[u8]) -> Vec<Array<'a>> {
    let (mut waiting, mut seen, mut leaves) = (Vec::from_iter(tree), HashSet::new(), Vec::new());
    let mut looked_at = 0;
    while let Some(node) = waiting.pop() {
        looked_at += 1;
        let again = node.obj_id().is_some_and(|id| !seen.insert(id));
        if looked_at > NODES || (again && node.contains_key(b"Kids")) {
            continue;
        }
        leaves.extend(node.get::<Array<'a>>(key));
        let below = node.get::<Array<'a>>(b"Kids");
        waiting.extend(below.iter().flat_map(|below| below.iter::<Dict<'a>>()).take(NODES));
    }
    leaves
}

fn roman(mut number: usize) -> String {
    const SIGNS: [(usize, &str); 13] = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    // 3999 is the greatest that is written so; what a file counts beyond is a number.
    if number > 3999 {
        return number.to_string();
    }
    let mut text = String::new();
    for (value, sign) in SIGNS {
        while number >= value {
            text.push_str(sign);
            number -= value;
        }
    }
    text
}

/// a to z, then aa to zz and on (ISO 32000-1, table 159).
fn letters(number: usize) -> String {
    let Some(place) = number.checked_sub(1) else { return String::new() };
    let letter = char::from(b'a' + (place % 26) as u8);
    // A label has some letters, not thousands.
    std::iter::repeat_n(letter, (place / 26 + 1).min(16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_books_do() {
        assert_eq!([1, 4, 9, 14, 1999].map(roman), ["i", "iv", "ix", "xiv", "mcmxcix"]);
        assert_eq!(roman(1_000_000_000), "1000000000", "no page has as many m's");
        assert_eq!([1, 26, 27, 28].map(letters), ["a", "z", "aa", "bb"]);
        assert_eq!(letters(usize::MAX).len(), 16);
    }

    #[test]
    fn titles_come_in_three_encodings() {
        assert_eq!(words(b"\xfe\xff\x4f\x1a\x8b\xae"), "会议");
        assert_eq!(words(b"\xef\xbb\xbfna\xc3\xafve\r\nend"), "naïve  end");
        assert_eq!(words(b"caf\xe9 \x84 \x93ne"), "café — ﬁne");
        assert_eq!(words(b"\xfe\xff\xd8\x00\x00"), "\u{fffd}");
    }
}
