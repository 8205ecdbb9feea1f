//! `<erase/>` rubs out strokes and notes; `<undo/>` takes back something of one's own.

use super::error::StanzaError;
use super::tag::Tag;
use super::xml::Attributes;
use crate::limits::ERASE_MARKS;
use crate::room::id::EntryRef;
use std::fmt::Write;

/// Reads `<erase/>`: the first mark is in the attributes, those rubbed out with it in the text.
pub(super) fn read(attributes: &Attributes<'_>, text: &str) -> Result<Vec<EntryRef>, StanzaError> {
    let mut marks =
        vec![EntryRef { author: attributes.id("author")?, seq: attributes.number("seq")? }];
    for word in text.split_ascii_whitespace() {
        let mark = mark(word).filter(|_| marks.len() < ERASE_MARKS);
        marks.push(mark.ok_or(StanzaError::Invalid("erase"))?);
    }
    Ok(marks)
}

/// Writes `<erase/>`.
pub(super) fn write(marks: &[EntryRef], tag: Tag<'_>) {
    // `check` let no erase of nothing through; an empty tag is what nobody can read.
    let Some((first, more)) = marks.split_first() else { return tag.empty() };
    let tag = tag.plain("author", first.author).plain("seq", first.seq);
    if more.is_empty() {
        return tag.empty();
    }
    tag.holding(|out| {
        for (place, mark) in more.iter().enumerate() {
            let blank = if place == 0 { "" } else { " " };
            write!(out, "{blank}{}:{}", mark.author, mark.seq).expect("a String takes everything");
        }
    });
}

fn mark(word: &str) -> Option<EntryRef> {
    let (author, seq) = word.split_once(':')?;
    let digits = seq.bytes().all(|byte| byte.is_ascii_digit());
    let seq = seq.parse().ok().filter(|_| digits)?;
    Some(EntryRef { author: author.parse().ok()?, seq })
}

/// Reads `<undo/>`.
pub(super) fn read_undo(attributes: &Attributes<'_>) -> Result<u64, StanzaError> {
    attributes.number("seq")
}

/// Writes `<undo/>`.
pub(super) fn write_undo(seq: u64, tag: Tag<'_>) {
    tag.plain("seq", seq).empty();
}

/// Whether these can be marks: 1 to [`ERASE_MARKS`].
pub(super) fn check(marks: &[EntryRef]) -> Result<(), StanzaError> {
    if !(1..=ERASE_MARKS).contains(&marks.len()) {
        return Err(StanzaError::Invalid("erase"));
    }
    marks.iter().try_for_each(|mark| check_undo(mark.seq))
}

/// Whether an entry can have this number.
pub(super) fn check_undo(seq: u64) -> Result<(), StanzaError> {
    if seq == 0 { Err(StanzaError::Invalid("seq")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::room::id::MemberId;
    use crate::room::stanza::Payload;

    fn erase() -> Payload {
        Payload::Erase(vec![EntryRef { author: MemberId([0xcd; 32]), seq: 12 }])
    }

    fn sweep(marks: usize) -> Payload {
        let mark = |seq| EntryRef { author: MemberId([0xcd; 32]), seq };
        Payload::Erase((1..=marks as u64).map(mark).collect())
    }

    #[test]
    fn parses() {
        let xml = format!(r#"<erase author="{}" seq="12"/>"#, "cd".repeat(32));
        assert_eq!(parse(&xml), erase());
        let (one, two) = ("cd".repeat(32), "ef".repeat(32));
        let xml = format!("<erase author=\"{one}\" seq=\"1\">{one}:2\n {two}:3</erase>");
        let mark = |byte, seq| EntryRef { author: MemberId([byte; 32]), seq };
        assert_eq!(parse(&xml), Payload::Erase(vec![mark(0xcd, 1), mark(0xcd, 2), mark(0xef, 3)]));
        assert_eq!(parse(r#"<undo seq="9"/>"#), Payload::Undo(9));
    }

    #[test]
    fn writes_back() {
        for payload in [erase(), sweep(2), sweep(ERASE_MARKS), Payload::Undo(u64::MAX)] {
            assert_eq!(parse(&wire(&payload)), payload);
        }
    }

    #[test]
    fn rejects_the_malformed() {
        let good = wire(&erase());
        refuses(&good.replace("12", "0"), StanzaError::Invalid("seq"));
        refuses(&good.replace("cdcd", "cd"), StanzaError::Invalid("author"));
        let two = wire(&sweep(2));
        let word = format!("{}:2", "cd".repeat(32));
        for (from, to) in [(":2", ""), (":2", ":+2"), (":2", ":two"), ("cd:", "c:")] {
            let bent = two.replace(&word, &word.replace(from, to));
            refuses(&bent, StanzaError::Invalid("erase"));
        }
        refuses(&two.replace(":2", ":0"), StanzaError::Invalid("seq"));
        let many = two.replace(&word, &format!("{word} ").repeat(ERASE_MARKS));
        refuses(&many, StanzaError::Invalid("erase"));
        assert_eq!(sweep(0).check(), Err(StanzaError::Invalid("erase")));
        refuses(r#"<undo seq="0"/>"#, StanzaError::Invalid("seq"));
        refuses(r#"<undo seq="18446744073709551616"/>"#, StanzaError::Invalid("seq"));
        refuses("<undo/>", StanzaError::Missing("seq"));
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&erase()).len(), 91);
        assert_eq!(wire(&Payload::Undo(9)).len(), 15);
    }
}
