//! What is heard in the room, and what of it the meeting hears.

use super::guests::{Ask, Pace};
use super::pipes::Heard;
use super::{Archive, Bridge, Do, tell_pipe, wire};
use crate::arrival::RoomMessage;
use crate::xep::fallback;
use moot_node::limits::CHAT_CHARS;
use moot_node::room::carrier::{FromCarrier, Pipe, Wish};
use moot_node::room::time::LocalTime;
use serde_bytes::ByteBuf;
use xmpp_parsers::minidom::Element;

impl Bridge {
    pub(super) fn hear(&mut self, message: RoomMessage, now: LocalTime, todo: &mut Vec<Do>) {
        let ours = self.hear_sound(&message, todo)
            || self.hear_parcel(&message, todo)
            || self.hear_entry(&message, !message.delayed, todo);
        if ours || message.mine || message.delayed {
            return;
        }
        let RoomMessage { from_nick: Some(nick), body: Some(body), payloads, .. } = message else {
            return;
        };
        // A line beside an element of ours is for people without Moot, whoever wrote it.
        let ours = self.roster.has_moot(&nick) || fallback::is_for(&payloads, wire::NS);
        if self.talks() && !ours {
            self.hear_guest(nick, &body, now, todo);
        }
    }

    /// Whether the message brings an entry.
    pub(super) fn hear_entry(
        &mut self,
        message: &RoomMessage,
        live: bool,
        todo: &mut Vec<Do>,
    ) -> bool {
        // What comes live while the archive is still being read lies behind what is not read yet.
        if let Some(id) = &message.archive_id
            && (!live || self.archive == Archive::Known)
        {
            self.last = Some(id.clone());
        }
        let Some((entry, sealed)) = wire::read_entry(&message.payloads) else { return false };
        if message.mine {
            self.sayings.is_in_room(entry);
        }
        if !message.mine || !live {
            let sealed = ByteBuf::from(sealed);
            todo.push(Do::Tell(FromCarrier::Said { entry, sealed, live }));
        }
        true
    }

    fn hear_guest(&mut self, nick: String, body: &str, now: LocalTime, todo: &mut Vec<Do>) {
        match self.paces.take(&nick, now) {
            Pace::Taken => {}
            Pace::TooFast => {
                let line = self.settings.language.too_fast(&nick);
                return todo.push(self.say_line(line));
            }
            Pace::Ignored => return,
        }
        let Some(lines) = &self.lines else { return };
        let wish = match Ask::of(body) {
            Ask::Help => return todo.push(self.say_line(self.settings.language.help())),
            Ask::Page => return todo.push(self.say_line(lines.on_show())),
            Ask::Who => return todo.push(self.say_line(lines.who())),
            Ask::Hand(up) => Wish::Hand(up),
            Ask::Nothing => Wish::Say(body.chars().take(CHAT_CHARS).collect()),
        };
        todo.push(Do::Tell(FromCarrier::Guest { name: nick, wish }));
    }

    pub(super) fn overhear(&mut self, nick: &str, payloads: &[Element], todo: &mut Vec<Do>) {
        let Some((id, n, what)) = wire::read_pipe(payloads) else { return };
        match self.pipes.hear(nick, id, n, what) {
            Heard::Pipe(Pipe::Open(_)) => match self.roster.member(nick) {
                Some(member) => todo.push(tell_pipe(id, Pipe::Open(member))),
                None => {
                    self.pipes.say(id, &Pipe::Close);
                }
            },
            Heard::Pipe(pipe) => todo.push(tell_pipe(id, pipe)),
            Heard::Refused => {
                todo.push(Do::Whisper(nick.to_owned(), wire::pipe(id, 0, &Pipe::Close)));
            }
            Heard::Nothing => {}
        }
    }
}
