//! What the server sends, sorted: presences to the room's state, messages to the bridge, answers to whoever asked.

use super::worker::Worker;
use crate::arrival::{Arrival, Refusal};
use crate::io::archive::PAGE;
use crate::io::questions::Asker;
use crate::io::room::Reader;
use crate::io::stanzas;
use crate::xep::archive::Found;
use crate::xep::stanza_error::Condition;
use std::time::Instant;
use xmpp_parsers::iq::Iq;
use xmpp_parsers::message::{Message, MessageType};
use xmpp_parsers::stanza::Stanza;

impl Worker {
    pub(super) async fn stanza(&mut self, stanza: Stanza, now: Instant) {
        match stanza {
            Stanza::Presence(presence) => {
                let todo = self.room.presence(&presence, now);
                self.carry_out(todo).await;
            }
            Stanza::Message(message) => self.message(message, now).await,
            Stanza::Iq(iq) => self.iq(iq, now).await,
        }
    }

    async fn iq(&mut self, iq: Iq, now: Instant) {
        if let Some(reply) = stanzas::reply(&iq) {
            self.session.send(reply.into()).await;
            return;
        }
        match self.questions.answered(iq) {
            Some((Asker::Room(question), answer)) => {
                let todo = self.room.answered(question, answer, now);
                self.carry_out(todo).await;
            }
            // Whoever asked may have gone.
            Some((Asker::Caller(caller), answer)) => drop(caller.send(answer)),
            Some((Asker::Archive, answer)) => self.gathered(answer),
            None => {}
        }
    }

    async fn message(&mut self, message: Message, now: Instant) {
        let Some(from) = message.from.clone().filter(|from| from.to_bare() == *self.room.room())
        else {
            return;
        };
        self.room.heard(now);
        let (nick, id) = (self.room.nick().to_owned(), self.room.occupant_id().map(str::to_owned));
        let reader = Reader { room: self.room.room(), nick: &nick, occupant_id: id.as_deref() };
        match message.type_ {
            MessageType::Error => self.message_refused(&message).await,
            MessageType::Groupchat if self.room.is_in() => {
                let message = reader.live(message);
                if message.mine {
                    let ids = [message.id.as_deref(), message.origin_id.as_deref()];
                    let gap = ids.into_iter().flatten().any(|id| self.outbox.reflected(id, now));
                    if gap && !self.recovery.is_going_on() && self.gathering.is_none() {
                        let part = self.recovery.begin();
                        self.look_up(part, PAGE).await;
                    }
                }
                if let Some(id) = message.archive_id.as_ref().filter(|_| self.outbox.is_empty()) {
                    self.recovery.heard(id);
                }
                self.pending.push_back(Arrival::Message(message));
            }
            MessageType::Groupchat => {}
            _ => match from.resource() {
                Some(nick) => self.pending.push_back(Arrival::Whisper {
                    nick: nick.as_str().to_owned(),
                    body: message.bodies.into_values().next(),
                    payloads: message.payloads,
                }),
                None => {
                    if let Some(found) = Found::in_payloads(&message.payloads) {
                        let bytes = found.message.as_ref().and_then(stanzas::weigh).unwrap_or(0);
                        if let Some(gathering) = &mut self.gathering {
                            gathering.found(found, bytes, &reader);
                        }
                    }
                }
            },
        }
    }

    async fn message_refused(&mut self, message: &Message) {
        let Some(id) = message.id.as_ref().map(|id| id.0.clone()) else {
            return;
        };
        let condition = Condition::in_payloads(&message.payloads);
        let why = stanzas::refusal(&condition);
        if why == Refusal::NotInRoom {
            // It stays in the outbox, and is said again when we are back in.
            if self.room.is_in() {
                let todo = self.room.fell_out();
                self.carry_out(todo).await;
            }
            return;
        }
        self.outbox.refused(&id);
        self.pending.push_back(Arrival::Refused { id, why });
    }
}
