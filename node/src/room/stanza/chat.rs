//! `<chat/>`: the message's `<body/>` is a line of chat (RFC 6121 §5.2.3), so that any XMPP client
//! can read it.

use super::error::StanzaError;
use super::xml::is_character;
use crate::limits::CHAT_CHARS;

/// Whether `line` may be said: 1 to [`CHAT_CHARS`] characters that XML can carry, not all blank.
pub(super) fn check(line: &str) -> Result<(), StanzaError> {
    if line.chars().nth(CHAT_CHARS).is_some() {
        return Err(StanzaError::TooLong { what: "body", max: CHAT_CHARS });
    }
    if !line.chars().all(is_character) {
        return Err(StanzaError::Character);
    }
    if line.trim().is_empty() { Err(StanzaError::Invalid("body")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{action, stanza};
    use super::*;
    use crate::room::stanza::{Action, Payload};

    fn chat(body: &str) -> Result<Payload, StanzaError> {
        let xml = stanza("<chat/>").replace("<act", &format!("{body}<act"));
        Action::parse(&xml).map(|action| action.payload)
    }

    #[test]
    fn parses() {
        let line = "Is 3 < 4 & \"x\"?\nYes 你好";
        let body = "<body>Is 3 &lt; 4 &amp; &quot;x&quot;?\r\n<![CDATA[Yes]]> &#x4f60;好</body>";
        assert_eq!(chat(body), Ok(Payload::Chat(line.into())));
    }

    #[test]
    fn writes_back() {
        for line in ["hello", " a\tb\r\nc\rd ", "]]> <!-- &amp; <body>", "\u{1F600}\u{fffd}"] {
            let action = action(Payload::Chat(line.into()));
            assert_eq!(Action::parse(&action.to_xml()), Ok(action), "{line:?}");
        }
    }

    #[test]
    fn rejects_the_malformed() {
        assert_eq!(chat(""), Err(StanzaError::Element("body")));
        assert_eq!(chat("<body>a</body><body>b</body>"), Err(StanzaError::Element("body")));
        assert_eq!(chat("<body xmlns='urn:x'>a</body>"), Err(StanzaError::Element("body")));
        assert_eq!(chat("<body> \n</body>"), Err(StanzaError::Invalid("body")));
        assert_eq!(chat("<body>&#7;</body>"), Err(StanzaError::Character));
        assert_eq!(chat("<body>\u{7}</body>"), Err(StanzaError::Character));
        assert_eq!(chat("<body>&nbsp;</body>"), Err(StanzaError::Forbidden("an entity")));
        let long = format!("<body>{}</body>", "a".repeat(CHAT_CHARS + 1));
        assert_eq!(chat(&long), Err(StanzaError::TooLong { what: "body", max: CHAT_CHARS }));
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(action(Payload::Chat("hello".into())).to_xml().len(), 157);
        // The longest line still fits a stanza, whatever it is made of.
        for c in ["&", "\"", "\u{1F600}"] {
            let longest = action(Payload::Chat(c.repeat(CHAT_CHARS)));
            assert_eq!(Action::parse(&longest.to_xml()), Ok(longest));
        }
    }
}
