//! What a presenter wrote below the slides of a PPTX or ODP. Runs in the worker process only.
//!
//! It is for the presenter alone: it goes into no blob and no log.

use super::wire::{self, Reply};
use super::zip;
use crate::limits::{DOCUMENT_BYTES, DOCUMENT_PAGES, NOTES_BYTES};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// Bytes of one part of a file, unpacked: the text of two thousand slides.
const PART_BYTES: usize = 64 * 1024 * 1024;

/// Parts of a file: seven a slide.
const PARTS: usize = 16 * DOCUMENT_PAGES as usize;

/// Elements of a part that are looked at: 64 MB of the smallest.
const ELEMENTS: usize = 8_000_000;

/// What stands on a page of notes besides the notes, by the words of PPTX (ECMA-376, ST_PlaceholderType) and
/// ODP (OpenDocument 1.2, §19.389).
const FURNITURE: [&str; 10] = [
    "sldNum",
    "hdr",
    "ftr",
    "dt",
    "sldImg",
    "header",
    "footer",
    "date-time",
    "page-number",
    "page",
];

/// Tells the notes of the slides that are shown, in their order.
pub(super) fn tell(file: &Path, replies: &mut impl Write) -> io::Result<()> {
    let mut bytes = Vec::new();
    File::open(file)?.take(DOCUMENT_BYTES).read_to_end(&mut bytes)?;
    wire::write(replies, &Reply::Notes(of(&bytes)))
}

/// The notes of each slide that is shown; nothing where no slide has any.
fn of(bytes: &[u8]) -> Vec<String> {
    let Some(archive) = zip::Parts::read(bytes, PARTS) else { return Vec::new() };
    let part = |name: &str| -> Option<String> {
        let bytes = archive.unpack(name, PART_BYTES)?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    let notes = match part("ppt/presentation.xml") {
        Some(deck) => powerpoint(&deck, &part),
        None => part("content.xml").map_or_else(Vec::new, |content| impress(&content)),
    };
    let some = notes.iter().any(|note| !note.is_empty());
    if some { notes } else { Vec::new() }
}

fn powerpoint(deck: &str, part: &impl Fn(&str) -> Option<String>) -> Vec<String> {
    let links = part("ppt/_rels/presentation.xml.rels").map(|rels| relations(&rels));
    let links = links.unwrap_or_default();
    let mut slides = Vec::new();
    elements(deck, |event, name| {
        if let (Seen::Begins(element), "sldId") = (&event, name)
            && let Some(link) = attribute(element, "r:id").and_then(|id| links.get(&id))
        {
            slides.push(beside("ppt/presentation.xml", &link.target));
        }
    });
    slides.truncate(DOCUMENT_PAGES as usize);
    slides.iter().filter_map(|slide| note_of(slide, part)).collect()
}

/// What is below this slide; `None`: it is hidden.
fn note_of(slide: &str, part: &impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut hidden = false;
    elements(&part(slide).unwrap_or_default(), |event, name| {
        if let (Seen::Begins(element), "sld") = (&event, name) {
            hidden = attribute(element, "show").is_some_and(|show| show == "0" || show == "false");
        }
    });
    if hidden {
        return None;
    }
    let (folder, file) = slide.rsplit_once('/').unwrap_or(("", slide));
    let links = part(&format!("{folder}/_rels/{file}.rels")).map(|rels| relations(&rels));
    let links = links.unwrap_or_default();
    let link = links.values().find(|link| link.kind.ends_with("/notesSlide"));
    let notes = link.and_then(|link| part(&beside(slide, &link.target)));
    Some(notes.map_or_else(String::new, |notes| body(&notes)))
}

/// The text in the shapes of a notes page that are for it: not its number, date or picture of the slide.
fn body(page: &str) -> String {
    let (mut text, mut shape, mut wanted, mut run) = (String::new(), String::new(), false, false);
    elements(page, |event, name| match (event, name) {
        (Seen::Begins(_), "sp") => {
            shape.clear();
            wanted = true;
        }
        (Seen::Begins(element), "ph") => {
            wanted =
                !attribute(&element, "type").is_some_and(|kind| FURNITURE.contains(&kind.as_str()));
        }
        (Seen::Begins(_), "t") => run = true,
        (Seen::Ends, "t") => run = false,
        (Seen::Begins(_), "br") | (Seen::Ends, "p") => shape.push('\n'),
        (Seen::Text(words), _) if run => shape.push_str(&words),
        (Seen::Ends, "sp") if wanted => text.push_str(&shape),
        _ => {}
    });
    cut(&text)
}

fn impress(content: &str) -> Vec<String> {
    let (mut notes, mut hidden) = (Vec::new(), HashSet::new());
    let (mut style, mut shown, mut in_notes, mut wanted, mut text) =
        (None, false, false, false, String::new());
    elements(content, |event, name| match (event, name) {
        (Seen::Begins(element), "style") => style = attribute(&element, "style:name"),
        (Seen::Begins(element), "drawing-page-properties") => {
            let gone = attribute(&element, "presentation:visibility");
            if let Some(style) = style.clone().filter(|_| gone.is_some_and(|way| way == "hidden")) {
                hidden.insert(style);
            }
        }
        (Seen::Begins(element), "page") => {
            let style = attribute(&element, "draw:style-name");
            shown = !style.is_some_and(|style| hidden.contains(&style));
            text.clear();
        }
        (Seen::Begins(_), "notes") => (in_notes, wanted) = (true, true),
        (Seen::Ends, "notes") => in_notes = false,
        (Seen::Begins(element), "frame") => {
            wanted = !attribute(&element, "presentation:class")
                .is_some_and(|class| FURNITURE.contains(&class.as_str()));
        }
        (Seen::Ends, "frame") => wanted = true,
        (Seen::Text(words), _) if in_notes && wanted => text.push_str(&words),
        (Seen::Begins(_), "line-break") | (Seen::Ends, "p" | "h") if in_notes && wanted => {
            text.push('\n');
        }
        (Seen::Begins(_), "s") if in_notes && wanted => text.push(' '),
        (Seen::Ends, "page") if shown && notes.len() < DOCUMENT_PAGES as usize => {
            notes.push(cut(&text));
        }
        _ => {}
    });
    notes
}

fn cut(text: &str) -> String {
    let text = text.trim();
    text[..text.floor_char_boundary(NOTES_BYTES)].to_owned()
}

/// Where a part leads.
struct Relation {
    kind: String,
    target: String,
}

fn relations(part: &str) -> HashMap<String, Relation> {
    let mut links = HashMap::new();
    elements(part, |event, name| {
        if let (Seen::Begins(element), "Relationship") = (event, name)
            && let Some(id) = attribute(&element, "Id")
        {
            let of = |key: &str| attribute(&element, key).unwrap_or_default();
            links.insert(id, Relation { kind: of("Type"), target: of("Target") });
        }
    });
    links
}

/// The name of a part that is named from another one's place.
fn beside(from: &str, target: &str) -> String {
    if let Some(whole) = target.strip_prefix('/') {
        return whole.to_owned();
    }
    let mut place: Vec<&str> = from.split('/').collect();
    place.pop();
    for step in target.split('/') {
        match step {
            ".." => drop(place.pop()),
            "." => {}
            step => place.push(step),
        }
    }
    place.join("/")
}

/// What is met in a part.
enum Seen<'x> {
    Begins(BytesStart<'x>),
    Ends,
    Text(String),
}

/// Walks through a part, with the local name of each element; stops where it is no XML any more.
fn elements(part: &str, mut see: impl FnMut(Seen<'_>, &str)) {
    let mut reader = Reader::from_str(part);
    for _ in 0..ELEMENTS {
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                let name = element.local_name().as_ref().to_owned();
                see(Seen::Begins(element), &name);
            }
            Ok(Event::Empty(element)) => {
                let name = element.local_name().as_ref().to_owned();
                see(Seen::Begins(element), &name);
                see(Seen::Ends, &name);
            }
            Ok(Event::End(element)) => see(Seen::Ends, element.local_name().as_ref()),
            Ok(Event::Text(text)) => {
                see(Seen::Text(AsRef::<str>::as_ref(&text).to_owned()), "");
            }
            // The five entities of XML and numbers; a file's own ones are not looked up.
            Ok(Event::GeneralRef(name)) => {
                if let Some(letter) = letter(&name) {
                    see(Seen::Text(letter.to_string()), "");
                }
            }
            Ok(Event::Eof) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

fn letter(name: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Ok(Some(letter)) = name.resolve_char_ref() {
        return Some(letter);
    }
    match name.as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

fn attribute(element: &BytesStart<'_>, key: &str) -> Option<String> {
    let found = element.attributes().flatten().find(|a| a.key.as_ref() == key)?;
    Some(found.value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use zip::tests::archive;

    const RELS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    #[test]
    fn notes_of_a_pptx_follow_the_order_of_the_slides_and_skip_hidden_ones() {
        let slide = |n: u32| {
            format!(
                r#"<Relationships><Relationship Id="r1" Type="{RELS}/notesSlide" Target="../notesSlides/notesSlide{n}.xml"/></Relationships>"#
            )
        };
        let (first, second) = (slide(7), slide(8));
        let note = r#"<p:notes xmlns:p="p" xmlns:a="a"><p:sp><p:nvPr><p:ph type="sldNum"/></p:nvPr><a:p><a:t>3</a:t></a:p></p:sp>
            <p:sp><p:nvPr><p:ph type="body" idx="1"/></p:nvPr><a:p><a:t>Say &lt;hello&gt; </a:t><a:t>&amp; 你好</a:t></a:p><a:p><a:t>Then wait</a:t></a:p></p:sp></p:notes>"#;
        let parts: [(&str, &[u8]); 8] = [
            ("ppt/presentation.xml", br#"<p:presentation><p:sldIdLst><p:sldId id="256" r:id="rId3"/><p:sldId id="257" r:id="rId2"/><p:sldId id="258" r:id="rId4"/></p:sldIdLst></p:presentation>"#),
            ("ppt/_rels/presentation.xml.rels", br#"<Relationships><Relationship Id="rId2" Type="x/slide" Target="slides/slide1.xml"/><Relationship Id="rId3" Type="x/slide" Target="slides/slide2.xml"/><Relationship Id="rId4" Type="x/slide" Target="/ppt/slides/slide3.xml"/></Relationships>"#),
            ("ppt/slides/slide1.xml", br#"<p:sld show="1"/>"#),
            ("ppt/slides/slide2.xml", br#"<p:sld show="0"/>"#),
            ("ppt/slides/slide3.xml", br#"<p:sld/>"#),
            ("ppt/slides/_rels/slide1.xml.rels", first.as_bytes()),
            ("ppt/slides/_rels/slide2.xml.rels", second.as_bytes()),
            ("ppt/notesSlides/notesSlide7.xml", note.as_bytes()),
        ];
        assert_eq!(of(&archive(&parts)), ["Say <hello> & 你好\nThen wait", ""]);
    }

    #[test]
    fn notes_of_an_odp_are_those_of_the_pages_that_are_shown() {
        let content = r#"<office:document-content><style:style style:name="dp2"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>
            <draw:page draw:style-name="dp1"><draw:frame><text:p>On the slide</text:p></draw:frame><presentation:notes><draw:page-thumbnail/><draw:frame presentation:class="notes"><draw:text-box><text:p>先说<text:s/>你好</text:p><text:p>Then wait</text:p></draw:text-box></draw:frame></presentation:notes></draw:page>
            <draw:page draw:style-name="dp2"><presentation:notes><draw:frame presentation:class="notes"><text:p>hidden</text:p></draw:frame></presentation:notes></draw:page>
            <draw:page draw:style-name="dp1"/></office:document-content>"#;
        let bytes = archive(&[("content.xml", content.as_bytes())]);
        assert_eq!(of(&bytes), ["先说 你好\nThen wait", ""]);
    }

    #[test]
    fn a_deck_without_notes_and_rubbish_have_none() {
        assert!(of(b"rubbish").is_empty());
        assert!(of(&archive(&[("content.xml", b"<draw:page/><draw:page/>")])).is_empty());
        assert!(of(&archive(&[("ppt/presentation.xml", b"<p:sldId r:id='x'")])).is_empty());
    }

    #[test]
    fn names_are_told_from_another_parts_place() {
        assert_eq!(beside("ppt/slides/a.xml", "../notes/b.xml"), "ppt/notes/b.xml");
        assert_eq!(beside("a.xml", "../../b.xml"), "b.xml");
    }

    #[test]
    fn fuzz_of() {
        bolero::check!().with_test_time(std::time::Duration::from_secs(1)).for_each(|bytes| {
            let _ = of(&archive(&[("content.xml", bytes)]));
        });
    }
}
