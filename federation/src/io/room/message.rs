//! Messages of the room, live and from its archive, as one type.

use crate::arrival::{ArchiveId, RoomMessage};
use crate::xep::archive::Found;
use crate::xep::{delay, ids, ns};
use xmpp_parsers::jid::{BareJid, Jid};
use xmpp_parsers::message::Message;
use xmpp_parsers::minidom::Element;

/// Elements of one message that are handed on: what is sent by programs has fewer than ten.
const PAYLOADS: usize = 32;

/// Reads messages of one room as one of its occupants.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    /// The room.
    pub(crate) room: &'a BareJid,
    /// Our name there now.
    pub(crate) nick: &'a str,
    /// Who we are there under any name, where the room says it.
    pub(crate) occupant_id: Option<&'a str>,
}

impl Reader<'_> {
    /// A message that just came.
    pub(crate) fn live(&self, message: Message) -> RoomMessage {
        let from_nick = self.nick_of(message.from.as_ref());
        let said_at = delay::told_by(&message.payloads, self.room).map(str::to_owned);
        let mine = said_at.is_none() && from_nick.as_deref() == Some(self.nick);
        let archive_id = ids::given_by(&message.payloads, self.room);
        RoomMessage {
            mine,
            id: message.id.map(|id| id.0),
            origin_id: ids::origin_of(&message.payloads).map(str::to_owned),
            archive_id: archive_id.map(|id| ArchiveId(id.to_owned())),
            occupant_id: ids::occupant_of(&message.payloads).map(str::to_owned),
            delayed: said_at.is_some(),
            said_at,
            body: message.bodies.into_values().next(),
            subject: message.subjects.into_values().next(),
            payloads: bounded(message.payloads),
            from_nick,
        }
    }

    /// A message from the archive; `None` when it is of no use to anybody: not said by the room or in it.
    pub(crate) fn found(&self, found: Found) -> Option<RoomMessage> {
        let message = found.message?;
        let from: Option<Jid> = message.attr("from").and_then(|from| from.parse().ok());
        if from.as_ref().is_none_or(|from| from.to_bare() != *self.room) {
            return None;
        }
        let child = |name: &str| message.get_child(name, ns::CLIENT).map(Element::text);
        let (body, subject) = (child("body"), child("subject"));
        let id = message.attr("id").map(str::to_owned);
        let ours = |element: &&Element| !element.has_ns(ns::CLIENT);
        let payloads: Vec<Element> = message.children().filter(ours).cloned().collect();
        let occupant_id = ids::occupant_of(&payloads).map(str::to_owned);
        Some(RoomMessage {
            from_nick: self.nick_of(from.as_ref()),
            // A name may have been somebody else's then.
            mine: occupant_id.is_some() && occupant_id.as_deref() == self.occupant_id,
            id,
            origin_id: ids::origin_of(&payloads).map(str::to_owned),
            archive_id: Some(found.id),
            occupant_id,
            said_at: found.said_at,
            delayed: true,
            body,
            subject,
            payloads: bounded(payloads),
        })
    }

    fn nick_of(&self, from: Option<&Jid>) -> Option<String> {
        from?.resource().map(|nick| nick.as_str().to_owned())
    }
}

fn bounded(mut payloads: Vec<Element>) -> Vec<Element> {
    payloads.truncate(PAYLOADS);
    payloads
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANZA: &str = "<message xmlns='jabber:client' type='groupchat' id='p1' from='s@c.test/Anna'>\
        <body>Slide 12</body><act xmlns='urn:moot:1' seq='17'/><origin-id xmlns='urn:xmpp:sid:0' id='p1'/>\
        <stanza-id xmlns='urn:xmpp:sid:0' by='s@c.test' id='42'/><stanza-id xmlns='urn:xmpp:sid:0' by='evil' id='0'/>\
        <occupant-id xmlns='urn:xmpp:occupant-id:0' id='o1'/></message>";

    fn parsed(text: &str) -> Element {
        text.parse().expect("well-formed")
    }

    #[test]
    fn live_and_found_are_the_same() {
        let room = BareJid::new("s@c.test").expect("an address");
        let reader = Reader { room: &room, nick: "Anna", occupant_id: Some("o1") };
        let live = reader.live(parsed(STANZA).try_into().expect("a message"));
        let found = Found {
            question: None,
            id: ArchiveId("42".to_owned()),
            said_at: Some("2026-11-22T08:00:00Z".to_owned()),
            message: Some(parsed(STANZA)),
        };
        let mut found = reader.found(found).expect("a message");
        assert!(found.delayed && !live.delayed && live.mine);
        (found.delayed, found.said_at) = (false, None);
        assert_eq!(live, found);
        assert_eq!(live.archive_id, Some(ArchiveId("42".to_owned())));
        assert_eq!(live.payloads.len(), 5);
    }

    #[test]
    fn what_the_archive_says_of_others_is_not_ours() {
        let room = BareJid::new("s@c.test").expect("an address");
        let reader = Reader { room: &room, nick: "Anna", occupant_id: Some("o2") };
        let found = |text: &str| {
            let id = ArchiveId("1".to_owned());
            reader.found(Found { question: None, id, said_at: None, message: Some(parsed(text)) })
        };
        assert!(!found(STANZA).expect("a message").mine, "the same name, another person");
        assert_eq!(found("<message xmlns='jabber:client' from='other@c.test/Anna'/>"), None);
        assert_eq!(found("<message xmlns='jabber:client'/>"), None);
        assert_eq!(found("<message xmlns='jabber:client' from='@@@'/>"), None);
    }
}
