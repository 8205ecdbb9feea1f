//! What helps to find one's way in a document: outline, links, and what its pages are called. A blob of its
//! own, as the index is what a newcomer waits for.

use super::PageIndexError;
use crate::limits::{
    DOCUMENT_LINKS, DOCUMENT_PAGES, DOCUMENT_STRUCTURE_BYTES, HEADING_BYTES, HEADING_DEPTH,
    HEADINGS, LABEL_BYTES, LINK_BYTES,
};
use serde::{Deserialize, Serialize};

/// The whole of a page's side, in the units of [`Link::area`].
const WHOLE: u32 = 10_000;

/// How a document hangs together; nothing of it needs to be there.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Structure {
    /// What each page is called, when that is not its number: none, or one a page.
    #[serde(rename = "l", default)]
    labels: Vec<String>,
    #[serde(rename = "o", default)]
    outline: Vec<Heading>,
    /// In the order of their pages.
    #[serde(rename = "k", default)]
    links: Vec<Link>,
}

/// A line of the table of contents.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Heading {
    /// What it says, on one line.
    #[serde(rename = "t")]
    pub title: String,
    /// Where it leads; the first is 1.
    #[serde(rename = "p")]
    pub page: u32,
    /// How many headings it lies below.
    #[serde(rename = "d")]
    pub depth: u8,
}

/// A part of a page that leads somewhere.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Link {
    /// On which page; the first is 1.
    #[serde(rename = "p")]
    pub page: u32,
    /// Left, top, width and height in 1/10 000 of the page's picture.
    #[serde(rename = "a")]
    pub area: [u32; 4],
    /// Where to.
    #[serde(rename = "to")]
    pub to: LinkTarget,
}

/// Where a link leads.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum LinkTarget {
    /// Another page of the same document.
    #[serde(rename = "p")]
    Page(u32),
    /// An address outside: `http`, `https` or `mailto`. Whoever follows it is asked first.
    #[serde(rename = "u")]
    Address(String),
}

impl LinkTarget {
    /// An address that may be followed: of a kind that opens nothing on this machine (`file:`, programs'
    /// own kinds), and in letters that look like what they are.
    #[must_use]
    pub fn address(text: &str) -> Option<Self> {
        let text = text.trim();
        let (kind, rest) = text.split_once(':')?;
        let kind = kind.to_ascii_lowercase();
        let known = match kind.as_str() {
            "http" | "https" => rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty()),
            "mailto" => !rest.is_empty(),
            _ => false,
        };
        // RFC 3986 §2: an address has visible ASCII only; the rest is escaped.
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        (known && plain && text.len() <= LINK_BYTES).then(|| Self::Address(text.to_owned()))
    }

    fn is_possible(&self) -> bool {
        match self {
            Self::Page(page) => (1..=DOCUMENT_PAGES).contains(page),
            Self::Address(text) => Self::address(text).as_ref() == Some(self),
        }
    }
}

impl Structure {
    /// From what a file says, cut to what is sent.
    #[must_use]
    pub fn new(labels: Vec<String>, outline: Vec<Heading>, links: Vec<Link>) -> Self {
        let plain = (1..).zip(&labels).all(|(n, label): (u32, _)| *label == n.to_string());
        let labels = if plain { Vec::new() } else { labels };
        let labels = labels.into_iter().take(DOCUMENT_PAGES as usize).map(|l| cut(&l, LABEL_BYTES));
        let titled = outline.into_iter().filter_map(|heading| {
            let title = cut(&heading.title, HEADING_BYTES);
            (!title.is_empty()).then_some(Heading { title, ..heading })
        });
        let mut structure = Self {
            labels: labels.collect(),
            outline: titled.filter(Heading::is_possible).take(HEADINGS).collect(),
            links: links.into_iter().filter(Link::is_possible).take(DOCUMENT_LINKS).collect(),
        };
        // Long addresses on many pages: the last ones are left out.
        while structure.encode().len() > DOCUMENT_STRUCTURE_BYTES {
            structure.links.truncate(structure.links.len() / 2);
            if structure.links.is_empty() {
                structure.outline.truncate(structure.outline.len() / 2);
            }
        }
        structure
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.outline.is_empty() && self.links.is_empty()
    }

    /// What page `number` is called in the document itself ("iv", "A-3"), when that is not its number.
    #[must_use]
    pub fn label(&self, number: u32) -> Option<&str> {
        let label = self.labels.get(usize::try_from(number.checked_sub(1)?).ok()?)?;
        (!label.is_empty() && *label != number.to_string()).then_some(label)
    }

    /// The table of contents, from the first heading to the last.
    #[must_use]
    pub fn outline(&self) -> &[Heading] {
        &self.outline
    }

    /// The links of page `number`.
    pub fn links(&self, number: u32) -> impl DoubleEndedIterator<Item = &Link> {
        self.links.iter().filter(move |link| link.page == number)
    }

    /// The bytes that [`Structure::decode`] takes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        serde_cbor::to_vec(self).expect("numbers and strings are CBOR")
    }

    /// Parses and checks what was received. Fields of later versions are skipped.
    ///
    /// # Errors
    /// [`PageIndexError::TooLarge`] or [`PageIndexError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, PageIndexError> {
        if bytes.len() > DOCUMENT_STRUCTURE_BYTES {
            return Err(PageIndexError::TooLarge(bytes.len()));
        }
        let structure: Self =
            serde_cbor::from_slice(bytes).map_err(|_| PageIndexError::Malformed)?;
        let possible = structure.labels.len() <= DOCUMENT_PAGES as usize
            && structure.labels.iter().all(|label| within(label, LABEL_BYTES))
            && structure.outline.len() <= HEADINGS
            && structure.outline.iter().all(Heading::is_possible)
            && structure.links.len() <= DOCUMENT_LINKS
            && structure.links.iter().all(Link::is_possible);
        if possible { Ok(structure) } else { Err(PageIndexError::Malformed) }
    }
}

impl Heading {
    fn is_possible(&self) -> bool {
        within(&self.title, HEADING_BYTES)
            && !self.title.is_empty()
            && (1..=DOCUMENT_PAGES).contains(&self.page)
            && self.depth < HEADING_DEPTH
    }
}

impl Link {
    /// Whether this place, in 1/10 000 of the page's picture, is on it.
    #[must_use]
    pub fn covers(&self, x: i32, y: i32) -> bool {
        let [left, top, width, height] = self.area;
        let inside = |at: i32, from: u32, long: u32| {
            u32::try_from(at).is_ok_and(|at| (from..=from + long).contains(&at))
        };
        inside(x, left, width) && inside(y, top, height)
    }

    fn is_possible(&self) -> bool {
        let [left, top, width, height] = self.area;
        let side = |from: u32, long: u32| from <= WHOLE && (1..=WHOLE - from).contains(&long);
        let page = (1..=DOCUMENT_PAGES).contains(&self.page);
        page && side(left, width) && side(top, height) && self.to.is_possible()
    }
}

fn within(text: &str, most: usize) -> bool {
    text.len() <= most && !text.chars().any(is_deceiving)
}

/// Letters that would break a line, or turn it round so that it reads as something else (the controls of
/// Unicode's bidirectional algorithm, UAX #9).
fn is_deceiving(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn cut(text: &str, most: usize) -> String {
    let mut text: String = text.chars().filter(|letter| !is_deceiving(*letter)).collect();
    text.truncate(text.floor_char_boundary(most));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(page: u32, area: [u32; 4], address: &str) -> Link {
        let to = LinkTarget::address(address).unwrap_or(LinkTarget::Page(1));
        Link { page, area, to }
    }

    fn sample() -> Structure {
        let heading = |title: &str, page, depth| Heading { title: title.into(), page, depth };
        Structure::new(
            ["i", "ii", "3"].map(str::to_owned).to_vec(),
            vec![heading("第一章", 1, 0), heading("Why\u{202e} not", 2, 1), heading("", 3, 0)],
            vec![link(2, [100, 200, 300, 400], "https://example.org/a?b=c")],
        )
    }

    #[test]
    fn it_comes_back_as_it_was_and_tells_what_a_view_asks() {
        let structure = sample();
        assert_eq!(Structure::decode(&structure.encode()), Ok(structure.clone()));
        assert_eq!([1, 2, 3, 4].map(|n| structure.label(n)), [Some("i"), Some("ii"), None, None]);
        let titles: Vec<_> = structure.outline().iter().map(|h| h.title.as_str()).collect();
        assert_eq!(titles, ["第一章", "Why not"]);
        assert_eq!((structure.links(1).count(), structure.links(2).count()), (0, 1));
        let on = structure.links(2).next().expect("one");
        assert!(on.covers(100, 600) && on.covers(400, 200));
        assert!(!on.covers(99, 300) && !on.covers(401, 300) && !on.covers(-1, 300));
    }

    #[test]
    fn pages_called_by_their_numbers_need_no_labels() {
        assert!(Structure::new(vec!["1".into(), "2".into()], Vec::new(), Vec::new()).is_empty());
    }

    #[test]
    fn only_harmless_addresses_are_followed() {
        for good in ["http://a.b", "HTTPS://example.org/%E4%BC%9A", "mailto:a@b.c"] {
            assert!(LinkTarget::address(good).is_some(), "{good}");
        }
        let long = format!("https://a/{}", "x".repeat(LINK_BYTES));
        for bad in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https:",
            "https://",
            "mailto:",
            "a.b",
            "https://exаmple.org",
            "https://a\nb",
            "smb://x/y",
            "vnd.x:y",
            &long,
        ] {
            assert_eq!(LinkTarget::address(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_breaks_a_bound_is_refused() {
        let broken = [
            Structure { labels: vec![String::new(); DOCUMENT_PAGES as usize + 1], ..sample() },
            Structure { labels: vec!["x".repeat(LABEL_BYTES + 1)], ..sample() },
            Structure {
                outline: vec![Heading { title: "a\nb".into(), page: 1, depth: 0 }],
                ..sample()
            },
            Structure {
                outline: vec![Heading { title: "a".into(), page: 0, depth: 0 }],
                ..sample()
            },
            Structure {
                outline: vec![Heading { title: "a".into(), page: 1, depth: HEADING_DEPTH }],
                ..sample()
            },
            Structure { links: vec![link(1, [9000, 0, 2000, 10], "")], ..sample() },
            Structure { links: vec![link(1, [0, 0, 0, 10], "")], ..sample() },
            Structure {
                links: vec![Link {
                    to: LinkTarget::Address("file:///x".into()),
                    ..link(1, [0, 0, 1, 1], "")
                }],
                ..sample()
            },
        ];
        for structure in broken {
            assert_eq!(
                Structure::decode(&structure.encode()),
                Err(PageIndexError::Malformed),
                "{structure:?}"
            );
        }
    }

    #[test]
    fn too_much_is_cut_and_still_sent() {
        let far = "https://a/".to_owned() + &"x".repeat(LINK_BYTES - 10);
        let links = (0..DOCUMENT_LINKS + 5).map(|_| link(1, [0, 0, 1, 1], &far)).collect();
        let structure = Structure::new(Vec::new(), Vec::new(), links);
        assert!(structure.links(1).count() > 100);
        assert_eq!(Structure::decode(&structure.encode()), Ok(structure));
    }

    #[test]
    fn fuzz_decode() {
        bolero::check!().with_test_time(std::time::Duration::from_secs(1)).for_each(|bytes| {
            if let Ok(structure) = Structure::decode(bytes) {
                assert_eq!(Structure::decode(&structure.encode()), Ok(structure));
            }
        });
    }
}
