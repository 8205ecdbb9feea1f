//! Looks that belong to people, not to a theme.

use egui::Color32;
use moot_node::room::id::MemberId;

/// The colours of people's pictures (design.md, Colours).
pub const PEOPLE: [Color32; 6] = [
    Color32::from_rgb(0x5B, 0x6C, 0xD9),
    Color32::from_rgb(0x2B, 0x8A, 0x6B),
    Color32::from_rgb(0xB5, 0x67, 0x3A),
    Color32::from_rgb(0x9A, 0x4F, 0xA8),
    Color32::from_rgb(0x3C, 0x7F, 0xA6),
    Color32::from_rgb(0x7A, 0x7F, 0x8C),
];

/// Picked by a hash of the person's id, so that a person has the same colour on every laptop: the
/// id is a public key, of which one byte is as good as a hash.
#[must_use]
pub fn colour_of(id: &MemberId) -> Color32 {
    let byte = id.as_bytes().last().copied().unwrap_or_default();
    PEOPLE[usize::from(byte) % PEOPLE.len()]
}

/// Up to two initials: of the first and last word, or the first letter alone. Chinese names show
/// their first character.
#[must_use]
pub fn initials(name: &str) -> String {
    let latin: Vec<_> = name.split_whitespace().filter(|w| starts_with_letter(w)).collect();
    let (Some(first), last) = (latin.first(), latin.last()) else {
        return name.trim().chars().next().map(String::from).unwrap_or_default();
    };
    let first = first.chars().next();
    let last = last.filter(|_| latin.len() > 1).and_then(|w| w.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// A letter of an alphabet that has capitals.
fn starts_with_letter(word: &str) -> bool {
    word.chars().next().is_some_and(|c| c.is_alphabetic() && (c.is_uppercase() || c.is_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_of_names_in_two_scripts() {
        assert_eq!(initials("Lin Wei 林伟"), "LW");
        assert_eq!(initials("amara okafor"), "AO");
        assert_eq!(initials("Ben"), "B");
        assert_eq!(initials("张敏"), "张");
        assert_eq!(initials("Anna Maria de Vries"), "AV");
        assert_eq!(initials("  "), "");
    }
}
