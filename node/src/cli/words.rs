//! What is said to people, in their language: notices, refusals, and text that came from others.

use super::print_json::reason;
use moot_node::node::{Notice, Refusal};
use rust_i18n::t;

/// A notice as a sentence that says what happened and what to do.
pub(crate) fn notice(notice: &Notice) -> String {
    let text = match notice {
        Notice::WrongCode { peer, failures } => {
            t!("notice.wrong_code", peer = peer.short(), failures = failures)
        }
        Notice::Fork { name, author, seq } => {
            t!("notice.fork", name = clean(name), peer = author.short(), seq = seq)
        }
        Notice::Healed { what } => t!("notice.healed", what = clean(what)),
        Notice::Document { name, problem } => {
            t!("notice.document", name = clean(name), problem = clean(problem))
        }
        Notice::Unknown { what } => t!("notice.unknown", what = clean(what)),
        Notice::NotPresenting => t!("notice.not_presenting"),
        Notice::NoSuchPage { page, pages } => {
            t!("notice.no_such_page", page = page, pages = pages)
        }
        Notice::Storage { problem } => t!("notice.storage", problem = clean(problem)),
        Notice::Sound { problem } => t!("notice.sound", problem = clean(problem)),
        Notice::SoundAwaited { seconds } => t!("notice.sound_awaited", seconds = seconds),
        Notice::Network { problem } => t!("notice.network", problem = clean(problem)),
        Notice::NotFound { what: Some(what) } => t!("notice.not_found", what = clean(what)),
        Notice::NotFound { what: None } => t!("notice.none_found"),
    };
    text.into_owned()
}

/// A notice's word for scripts, the same in each language.
pub(crate) const fn notice_kind(notice: &Notice) -> &'static str {
    match notice {
        Notice::WrongCode { .. } => "wrong_code",
        Notice::Fork { .. } => "fork",
        Notice::Healed { .. } => "healed",
        Notice::Document { .. } => "document",
        Notice::Unknown { .. } => "unknown",
        Notice::NotPresenting => "not_presenting",
        Notice::NoSuchPage { .. } => "no_such_page",
        Notice::Storage { .. } => "storage",
        Notice::Sound { .. } => "sound",
        Notice::SoundAwaited { .. } => "sound_awaited",
        Notice::Network { .. } => "network",
        Notice::NotFound { .. } => "not_found",
    }
}

/// Why one was not let in, and what to do.
pub(crate) fn refusal(refusal: Refusal) -> String {
    t!(format!("refusal.{}", reason(refusal))).into_owned()
}

/// Text from outside without what could move a terminal's cursor, forge a line or turn the
/// direction of writing: control characters (Unicode category Cc, but the tab) and the bidirectional
/// controls of UAX #9.
pub(crate) fn clean(text: &str) -> String {
    let shown = |c: char| match c {
        '\t' | '\n' => ' ',
        '\u{061c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn every_notice_and_refusal_has_a_sentence() {
        let texts = samples::every_notice().iter().map(notice).collect::<Vec<_>>();
        for text in texts.into_iter().chain(samples::every_refusal().map(refusal)) {
            assert!(text.contains(' ') && !text.contains("%{"), "{text}");
        }
    }

    #[test]
    fn a_peers_text_cannot_play_with_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\nc\u{202e}d\u{9b}"), "a\u{fffd}[2Jb c\u{fffd}d\u{fffd}");
        assert_eq!(clean("李雷 ❤ é"), "李雷 ❤ é");
        let name = "Ann\u{1b}[31m".to_owned();
        assert!(!notice(&Notice::Unknown { what: name }).contains('\u{1b}'));
    }
}
