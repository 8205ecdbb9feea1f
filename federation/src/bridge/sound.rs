//! Sound in the room: who would hear it there, how much it takes, bundles to it and from it.

use super::{Bridge, Do, wire};
use crate::arrival::{GroupMessage, RoomMessage};
use moot_node::room::carrier::{FromCarrier, SoundWay};
use moot_node::room::id::MemberId;
use moot_node::room::time::LocalTime;
use serde_bytes::ByteBuf;
use std::time::Duration;

/// What the node was told last of what is heard here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Hears {
    way: Option<SoundWay>,
    there: Vec<MemberId>,
    files: Option<bool>,
}

impl Bridge {
    /// A bundle said by this connection took so long to come back from the room.
    pub fn measured(&mut self, echo: Duration, alone: bool, now: LocalTime) -> Vec<Do> {
        self.ladder.measured(echo, alone, now);
        self.due(now)
    }

    /// Tells the node when how much, or who, has changed.
    pub(super) fn tell_hears(&mut self, todo: &mut Vec<Do>) {
        let heard = self.may_say() && self.roster.is_anybody_far();
        let way = heard.then(|| self.ladder.way(self.speaks));
        let there = if heard { self.roster.members() } else { Vec::new() };
        let hears = Hears { way, there, files: self.files.taken };
        if self.hears != hears {
            todo.push(Do::Tell(FromCarrier::Hears {
                way,
                there: hears.there.clone(),
                files: hears.files,
            }));
            self.hears = hears;
        }
    }

    /// A bundle of the node's, to be said now or not at all.
    pub(super) fn say_sound(&mut self, sealed: &[u8], todo: &mut Vec<Do>) {
        if self.hears.way.is_some() {
            let payloads = vec![wire::sound(sealed)];
            let message = GroupMessage { id: self.id(), body: None, payloads, store: false };
            todo.push(Do::Sound(message));
        }
    }

    /// Whether the message brings a bundle. Of an archive it would be sound of long ago.
    pub(super) fn hear_sound(&self, message: &RoomMessage, todo: &mut Vec<Do>) -> bool {
        let Some(sealed) = wire::read_sound(&message.payloads) else { return false };
        if !message.mine && !message.delayed && self.joined {
            todo.push(Do::Tell(FromCarrier::Sound(ByteBuf::from(sealed))));
        }
        true
    }
}
