//! What people type and paste, read as a code or a link.
//!
//! People copy more than the code: "The code is 351-047, see you!" must do.

use moot_node::room::link::{Link, ParseLinkError};

/// Digits of a code (`moot_node::room::admission::Code`).
pub(super) const DIGITS: usize = 6;

/// The digits of the code in `text`: of the first group of exactly six, which may be parted in the
/// middle; else the first six digits there are, as of a code half typed.
pub(super) fn code_in(text: &str) -> String {
    let letters: Vec<char> = text.chars().map(ascii_digit).collect();
    let whole = (0..letters.len()).find_map(|from| six_from(&letters, from));
    whole.unwrap_or_else(|| letters.into_iter().filter(char::is_ascii_digit).take(DIGITS).collect())
}

/// Six digits that begin here and stand alone: three, at most three signs between, three.
fn six_from(letters: &[char], from: usize) -> Option<String> {
    const BETWEEN: usize = 3;
    let alone = |at: Option<&char>| at.is_none_or(|letter| !letter.is_ascii_digit());
    let three = |at: usize| {
        let three = letters.get(at..at + 3)?;
        three.iter().all(char::is_ascii_digit).then(|| three.iter().collect::<String>())
    };
    if !alone(from.checked_sub(1).and_then(|before| letters.get(before))) {
        return None;
    }
    let first = three(from)?;
    let signs = letters[from + 3..].iter().take_while(|sign| parts_digits(**sign)).count();
    let second = three(from + 3 + signs).filter(|_| signs <= BETWEEN)?;
    alone(letters.get(from + 6 + signs)).then_some(first + &second)
}

/// Full-width digits (as Chinese keyboards type them) are digits too.
fn ascii_digit(letter: char) -> char {
    match letter {
        '０'..='９' => char::from(b'0' + (letter as u32 - '０' as u32) as u8),
        other => other,
    }
}

fn parts_digits(letter: char) -> bool {
    letter.is_whitespace() || "-‐‑–—－.·_".contains(letter)
}

/// The digits as members see them: "351-047".
pub(super) fn dashed(digits: &str) -> String {
    match digits.split_at_checked(DIGITS / 2) {
        Some((first, second)) if !second.is_empty() => format!("{first}-{second}"),
        _ => digits.to_owned(),
    }
}

/// The `moot://` link in `text`; `None` when there is none.
pub(super) fn link_in(text: &str) -> Option<Result<Link, ParseLinkError>> {
    let from = text.find("moot://")?;
    let rest = &text[from..];
    let to = rest.find(|c: char| c.is_whitespace() || "<>\"'，。）)".contains(c));
    let link = rest[..to.unwrap_or(rest.len())].trim_end_matches(['.', ',', ';', '!']);
    Some(link.parse())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_in_what_people_paste() {
        for text in [
            "351-047",
            "351047",
            " 351 047 ",
            "351 – 047",
            "The code is 351-047, room 12.",
            "Room 12: 351-047 (at 10:30)",
            "会议码：３５１－０４７",
            "tel. 0171 2345678, code 351 047",
        ] {
            assert_eq!(code_in(text), "351047", "{text}");
        }
    }

    #[test]
    fn half_a_code_stays_half() {
        assert_eq!(code_in("35"), "35");
        assert_eq!(code_in("351-0"), "3510");
        assert_eq!(code_in("3510478"), "351047", "a seventh digit is not taken");
        assert_eq!(code_in("none"), "");
        assert_eq!([dashed("35"), dashed("351"), dashed("3510")], ["35", "351", "351-0"]);
    }

    #[test]
    fn links_are_found_in_sentences() {
        let id = "ab".repeat(32);
        for text in [
            format!("moot://{id}"),
            format!("Join here: moot://{id}. Bye"),
            format!("<moot://{id}>"),
        ] {
            let link = link_in(&text).expect("there is one").expect("whole");
            assert_eq!(link.meeting.to_string(), id, "{text}");
        }
        assert_eq!(link_in("351-047"), None);
        assert!(link_in("moot://abc").expect("there is one").is_err());
    }
}
