//! Words in a document. Pure: text in, hits out.
//!
//! What a PDF draws is not what people type: lines end within sentences, words within lines, letters
//! are joined (ﬁ) or wide (Ａ). Both sides are folded before they are compared.

use icu_normalizer::DecomposingNormalizerBorrowed;
use std::ops::Range;

/// Pages found at most: more than anybody leafs through.
pub const HITS: usize = 500;

/// Letters of an excerpt before and after what was found.
const AROUND: usize = 40;

/// Letters of a query at most: a sentence.
const QUERY: usize = 200;

/// A page that says what was looked for. Where on the page is not known: a page's text has no
/// positions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hit {
    /// Which; the first is 1.
    pub page: u32,
    /// How often.
    pub count: u32,
    /// The first of them and the words around it, on one line.
    pub excerpt: String,
    /// Where in `excerpt` it is, in bytes.
    pub found: Range<usize>,
}

/// The `pages` that say `query`, at most [`HITS`].
pub(super) fn search<'a>(pages: impl Iterator<Item = (u32, &'a str)>, query: &str) -> Vec<Hit> {
    let query: String = query.chars().take(QUERY).collect();
    let query = Folded::of(&query).text;
    if query.is_empty() {
        return Vec::new();
    }
    pages.filter_map(|(page, text)| hit(page, text, &query)).take(HITS).collect()
}

fn hit(page: u32, text: &str, query: &str) -> Option<Hit> {
    let folded = Folded::of(text);
    let mut found = folded.text.match_indices(query).map(|(begin, _)| begin);
    let first = found.next()?;
    let count = 1 + u32::try_from(found.count()).unwrap_or(u32::MAX - 1);
    let begin = folded.origin[first];
    // A letter may have become several: take all of the last one.
    let last = folded.origin[first + query.len() - 1];
    let end = last + text[last..].chars().next().map_or(0, char::len_utf8);
    let before = text[..begin].char_indices().rev().nth(AROUND - 1);
    let after = text[end..].char_indices().nth(AROUND);
    let mut excerpt = String::from(if before.is_some_and(|(at, _)| at > 0) { "…" } else { "" });
    push_line(&mut excerpt, &text[before.map_or(0, |(at, _)| at)..begin]);
    let from = excerpt.len();
    push_line(&mut excerpt, &text[begin..end]);
    let found = from..excerpt.len();
    push_line(&mut excerpt, &text[end..after.map_or(text.len(), |(at, _)| end + at)]);
    excerpt.push_str(if after.is_some() { "…" } else { "" });
    Some(Hit { page, count, excerpt, found })
}

/// Appends text with one space for any run of them.
fn push_line(line: &mut String, text: &str) {
    for letter in text.chars() {
        match letter.is_whitespace() || letter.is_control() {
            true if line.ends_with(' ') => {}
            true => line.push(' '),
            false => line.push(letter),
        }
    }
}

/// Text as it is compared, and where each of its bytes comes from.
#[derive(Default)]
struct Folded {
    text: String,
    origin: Vec<usize>,
}

impl Folded {
    fn of(text: &str) -> Self {
        let normalizer = DecomposingNormalizerBorrowed::new_nfkd();
        let mut folded = Self::default();
        let (mut space, mut plain) = (None, Vec::new());
        let mut letters = text.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            if letter.is_whitespace() {
                space.get_or_insert(at);
                continue;
            }
            let next = letters.peek().map(|(_, next)| *next);
            match letter {
                // A word that goes on in the next line.
                '-' | '\u{2010}'
                    if next == Some('\n') && folded.ends_in_word() && space.is_none() =>
                {
                    letters.next();
                    continue;
                }
                // Soft hyphen, and marks that only say how to set the text.
                '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => continue,
                _ => {}
            }
            plain.clear();
            if letter.is_ascii() {
                plain.push(letter.to_ascii_lowercase());
            } else {
                let parts = normalizer.normalize_iter(std::iter::once(letter));
                plain.extend(parts.flat_map(char::to_lowercase).filter(|part| !is_accent(*part)));
            }
            let Some(first) = plain.first() else { continue };
            if let Some(space) = space.take()
                && !folded.text.is_empty()
                && !is_spaceless(*first)
                && !folded.text.chars().next_back().is_some_and(is_spaceless)
            {
                folded.push(' ', space);
            }
            for part in &plain {
                folded.push(*part, at);
            }
        }
        folded
    }

    fn push(&mut self, letter: char, origin: usize) {
        self.text.push(letter);
        self.origin.resize(self.text.len(), origin);
    }

    fn ends_in_word(&self) -> bool {
        self.text.chars().next_back().is_some_and(char::is_alphabetic)
    }
}

/// Combining Diacritical Marks (Unicode block): accents once they are taken apart.
fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// Scripts whose words need no spaces, so that one more or less says nothing: Han, kana and their
/// punctuation (Unicode blocks); wide and narrow forms are folded before.
fn is_spaceless(letter: char) -> bool {
    matches!(u32::from(letter), 0x2e80..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(text: &str, query: &str) -> Option<Hit> {
        search([(7, text)].into_iter(), query).pop()
    }

    fn says(text: &str, query: &str) -> bool {
        one(text, query).is_some()
    }

    #[test]
    fn case_accents_and_widths_make_no_difference() {
        assert!(says("Überflutung am Deich", "uberFLUTUNG"));
        assert!(says("naïve café", "NAIVE CAFÉ"));
        assert!(says("cafe\u{301}", "café"), "composed or not");
        assert!(says("the ﬁrst ﬂoor", "first floor"), "joined letters");
        assert!(says("ＡＢＣ　１２３", "abc 123") && says("ABC", "ａｂｃ"), "wide letters");
        assert!(!says("dike", "dyke"));
    }

    #[test]
    fn lines_end_anywhere() {
        assert!(says("the dike\nwatch", "dike watch"));
        assert!(says("the commit-\ntee meets", "committee"));
        assert!(says("a well-known fact", "well-known"));
        assert!(says("from 3 -\n5 pm", "3 - 5"), "a dash is no hyphen");
        assert!(says("soft\u{ad}ware", "software"));
    }

    #[test]
    fn chinese_and_japanese_are_found_across_lines_and_spaces() {
        assert!(says("水位会\n议纪要", "会议"));
        assert!(says("请看 PDF 文件", "PDF文件") && says("请看PDF文件", "pdf 文件"));
        assert!(says("ガイド", "ガイド") && says("ｶﾞｲﾄﾞ", "ガイド"), "narrow kana");
        let hit = one("第一行\n水位会\n议纪要", "会议").expect("found");
        assert_eq!(&hit.excerpt[hit.found], "会 议");
    }

    #[test]
    fn an_excerpt_shows_the_words_around() {
        let text = format!("{} the\nDike   holds. {}", "before ".repeat(20), "after ".repeat(20));
        let hit = one(&text, "dike holds").expect("found");
        assert_eq!((hit.page, hit.count), (7, 1));
        assert_eq!(&hit.excerpt[hit.found.clone()], "Dike holds");
        assert!(hit.excerpt.starts_with('…') && hit.excerpt.ends_with('…'), "{}", hit.excerpt);
        assert!(hit.excerpt.contains("before the Dike holds. after"), "{}", hit.excerpt);
        let whole = one("dike", "dike").expect("found");
        assert_eq!((whole.excerpt.as_str(), whole.found), ("dike", 0..4));
    }

    #[test]
    fn every_page_is_told_once_with_its_count() {
        let pages = [(1, "pump, pump and pump"), (2, "nothing"), (3, "Pump")];
        let hits = search(pages.into_iter(), "pump");
        let told: Vec<_> = hits.iter().map(|hit| (hit.page, hit.count)).collect();
        assert_eq!(told, [(1, 3), (3, 1)]);
        assert!(search(pages.into_iter(), " \n").is_empty(), "nothing is found everywhere");
    }

    proptest! {
        #[test]
        fn any_text_may_be_searched(text: String, query: String, begin: prop::sample::Index) {
            let _ = one(&text, &query);
            let letters: Vec<char> = text.chars().collect();
            if !letters.is_empty() {
                let part: String = letters[begin.index(letters.len())..].iter().take(5).collect();
                if let Some(hit) = one(&text, &part) {
                    prop_assert!(hit.excerpt.get(hit.found).is_some());
                }
            }
        }
    }
}
