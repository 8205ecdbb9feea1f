//! Stanzas of ours, and answers to what others ask. Pure.

use crate::arrival::{GroupMessage, Refusal};
use crate::xep::hints::Hint;
use crate::xep::stanza_error::Condition;
use crate::xep::{disco, ids, muc, ns};
use xmpp_parsers::iq::Iq;
use xmpp_parsers::jid::{BareJid, Jid};
use xmpp_parsers::message::{Id, Lang, Message};
use xmpp_parsers::minidom::{Element, Node};
use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};

/// Bytes that a message of ours may have. Prosody takes 200 kB and ends the connection at 256 KiB (measured), after which
/// the message would be sent again on the next one, for ever.
pub const SAY_BYTES: usize = 200_000;

/// A message to all, and its bytes; `None` when it is too large or no XML can carry it.
pub(crate) fn to_all(room: &BareJid, message: GroupMessage) -> Option<(Message, usize)> {
    let mut stanza = Message::groupchat(Jid::from(room.clone()));
    let mut bytes = message.body.as_ref().map_or(0, String::len);
    stanza.payloads = message.payloads;
    if message.store {
        stanza.payloads.extend([ids::origin(&message.id), Hint::Store.element()]);
    } else {
        // Sound is said so, and bytes are dear. No room's message is copied (XEP-0280 §6.1).
        stanza.payloads.push(Hint::NoStore.element());
    }
    stanza.id = Some(Id(message.id));
    if let Some(body) = message.body {
        stanza.bodies.insert(Lang::default(), clean(&body));
    }
    bytes += written(&stanza.payloads)?;
    (bytes <= SAY_BYTES).then_some((stanza, bytes))
}

/// A message to one occupant, which nobody keeps, and its bytes; `None` as above.
pub(crate) fn to_one(
    room: &BareJid,
    nick: &str,
    payloads: Vec<Element>,
) -> Option<(Message, usize)> {
    let to = room.with_resource_str(nick).ok()?;
    let mut stanza = Message::chat(Jid::from(to));
    stanza.payloads = payloads;
    stanza.payloads.extend([Hint::NoStore.element(), Hint::NoCopy.element(), muc::private()]);
    let bytes = written(&stanza.payloads)?;
    (bytes <= SAY_BYTES).then_some((stanza, bytes))
}

/// Bytes of an element as it is written, at least about; `None` when it holds what XML can't carry, on which the
/// library would panic.
pub(crate) fn weigh(element: &Element) -> Option<usize> {
    let name = element.name().len() + element.ns().len();
    let mut bytes = 2 * name + "<xmlns=''></>".len();
    for ((_, name), value) in element.attrs() {
        bytes += name.as_str().len() + "=''".len() + weigh_text(value)?;
    }
    for node in element.nodes() {
        bytes += match node {
            Node::Element(child) => weigh(child)?,
            Node::Text(text) => weigh_text(text)?,
        };
    }
    Some(bytes)
}

fn weigh_text(text: &str) -> Option<usize> {
    let written =
        |c: char| if matches!(c, '&' | '<' | '>' | '"' | '\'') { 6 } else { c.len_utf8() };
    text.chars().try_fold(0, |bytes, c| is_xml(c).then(|| bytes + written(c)))
}

/// `text` without what XML can't carry.
pub(crate) fn clean(text: &str) -> String {
    text.chars().filter(|c| is_xml(*c)).collect()
}

fn written(payloads: &[Element]) -> Option<usize> {
    payloads.iter().map(weigh).sum()
}

/// XML 1.0 §2.2: what a document may contain.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Why the room did not take a message (XEP-0045 §7.4 to §7.9).
pub(crate) fn refusal(condition: &Condition) -> Refusal {
    match condition.name.as_str() {
        _ if condition.wants_encryption() => Refusal::EncryptionRequired,
        "not-acceptable" => Refusal::NotInRoom,
        "forbidden" => Refusal::NoVoice,
        "resource-constraint" => Refusal::TooFast,
        _ => Refusal::Other(condition.words()),
    }
}

/// What we answer when somebody asks us something: that we are here, what we are, and that we know nothing else.
pub(crate) fn reply(iq: &Iq) -> Option<Iq> {
    let (from, id, get, payload) = match iq {
        Iq::Get { from, id, payload, .. } => (from, id, true, payload),
        Iq::Set { from, id, payload, .. } => (from, id, false, payload),
        _ => return None,
    };
    let (to, id) = (from.clone(), id.clone());
    let result = |payload| Some(Iq::Result { from: None, to: to.clone(), id: id.clone(), payload });
    if get && payload.is("ping", ns::PING) {
        return result(None);
    }
    if get && payload.is("query", ns::DISCO_INFO) && payload.attr("node").is_none() {
        return result(Some(disco::ours()));
    }
    let condition = DefinedCondition::ServiceUnavailable;
    let error = StanzaError::new(ErrorType::Cancel, condition, "en", "");
    Some(Iq::Error { from: None, to, id, error, payload: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str, payloads: Vec<Element>) -> Option<(Message, usize)> {
        let room = BareJid::new("s@c.test").expect("an address");
        let message = GroupMessage {
            id: "p1".to_owned(),
            body: Some(body.to_owned()),
            payloads,
            store: true,
        };
        to_all(&room, message)
    }

    #[test]
    fn what_xml_cannot_carry_is_left_out_or_refused() {
        let (stanza, _) = message("a\u{0}\u{b}b\n\u{ffff}安", Vec::new()).expect("fine");
        assert_eq!(stanza.bodies.into_values().next().as_deref(), Some("ab\n安"));
        let text = Element::builder("act", "urn:moot:1").append("\u{1}").build();
        assert!(message("x", vec![text]).is_none());
    }

    #[test]
    fn too_large_is_never_sent() {
        let act =
            |bytes: usize| Element::builder("act", "urn:moot:1").append("x".repeat(bytes)).build();
        assert!(message("x", vec![act(SAY_BYTES - 1000)]).is_some());
        assert!(message("x", vec![act(SAY_BYTES)]).is_none());
        assert!(message(&"x".repeat(SAY_BYTES), Vec::new()).is_none());
    }

    #[test]
    fn whispers_are_kept_nowhere() {
        let room = BareJid::new("s@c.test").expect("an address");
        let (stanza, _) = to_one(&room, "Anna 2", Vec::new()).expect("a name");
        assert!(Hint::NoStore.is_in(&stanza.payloads) && Hint::NoCopy.is_in(&stanza.payloads));
        assert_eq!(to_one(&room, "", Vec::new()), None);
    }

    #[test]
    fn we_answer_pings_and_refuse_what_we_do_not_know() {
        let asked = |payload: &str| {
            let from = "s@c.test/Ben".parse().ok();
            let payload = payload.parse().expect("well-formed");
            reply(&Iq::Get { from, to: None, id: "1".to_owned(), payload })
        };
        assert!(matches!(
            asked("<ping xmlns='urn:xmpp:ping'/>"),
            Some(Iq::Result { payload: None, .. })
        ));
        assert!(matches!(asked("<vCard xmlns='vcard-temp'/>"), Some(Iq::Error { .. })));
        let iq = Iq::Result { from: None, to: None, id: "1".to_owned(), payload: None };
        assert_eq!(reply(&iq), None);
    }
}
