//! Pipes through whispers. A server may drop whispers when somebody's connection changes, so each is counted;
//! one that is missing ends its pipe, and what runs on it begins anew.

use moot_node::room::carrier::{Pipe, PipeId};
use std::collections::BTreeMap;

/// Pipes at one time: two for each of a hall's remote members.
const PIPES: usize = 128;

/// One pipe.
#[derive(Debug)]
struct End {
    /// The other end's name in the room.
    nick: String,
    /// Number of the next whisper from here.
    next: u64,
    /// Number of the next whisper to here.
    awaited: u64,
}

/// The pipes there are.
#[derive(Debug, Default)]
pub(super) struct Pipes(BTreeMap<PipeId, End>);

/// What comes of a whisper about a pipe.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// This, for the node.
    Pipe(Pipe),
    /// Nothing; the other end is to be told that there is no such pipe.
    Refused,
    /// Nothing.
    Nothing,
}

impl Pipes {
    /// The node opens a pipe to `nick`.
    pub(super) fn open(&mut self, id: PipeId, nick: &str) -> bool {
        let end = End { nick: nick.to_owned(), next: 0, awaited: 0 };
        self.0.len() < PIPES && self.0.insert(id, end).is_none()
    }

    /// What the node says on a pipe: to whom it goes, and its number.
    pub(super) fn say(&mut self, id: PipeId, what: &Pipe) -> Option<(String, u64)> {
        let end = self.0.get_mut(&id)?;
        let place = (end.nick.clone(), end.next);
        end.next += 1;
        if *what == Pipe::Close {
            self.0.remove(&id);
        }
        Some(place)
    }

    /// What somebody in the room whispers about a pipe.
    pub(super) fn hear(&mut self, nick: &str, id: PipeId, n: u64, what: Pipe) -> Heard {
        let Some(end) = self.0.get_mut(&id) else {
            return match what {
                Pipe::Open(_) if n == 0 && self.0.len() < PIPES => {
                    let end = End { nick: nick.to_owned(), next: 0, awaited: 1 };
                    self.0.insert(id, end);
                    Heard::Pipe(what)
                }
                Pipe::Close => Heard::Nothing,
                _ => Heard::Refused,
            };
        };
        if end.nick != nick {
            return Heard::Nothing;
        }
        if end.awaited != n || matches!(what, Pipe::Open(_)) {
            self.0.remove(&id);
            return Heard::Pipe(Pipe::Close);
        }
        end.awaited += 1;
        if what == Pipe::Close {
            self.0.remove(&id);
        }
        Heard::Pipe(what)
    }

    /// Everybody whose name is this is gone: their pipes end.
    pub(super) fn parted(&mut self, nick: &str) -> Vec<PipeId> {
        self.0.extract_if(.., |_, end| end.nick == nick).map(|(id, _)| id).collect()
    }

    /// All pipes end: the server has forgotten us, and perhaps whispers.
    pub(super) fn end(&mut self) -> Vec<PipeId> {
        std::mem::take(&mut self.0).into_keys().collect()
    }

    /// The other end has another name.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        for end in self.0.values_mut().filter(|end| end.nick == from) {
            to.clone_into(&mut end.nick);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moot_node::room::id::MemberId;
    use serde_bytes::ByteBuf;

    const ID: PipeId = PipeId(7);
    const OPEN: Pipe = Pipe::Open(MemberId([1; 32]));

    fn bytes() -> Pipe {
        Pipe::Bytes(ByteBuf::from([1, 2]))
    }

    #[test]
    fn whispers_are_counted() {
        let (mut one, mut other) = (Pipes::default(), Pipes::default());
        assert!(one.open(ID, "ben"));
        for what in [OPEN, bytes(), Pipe::Close] {
            let (to, n) = one.say(ID, &what).expect("open");
            assert_eq!(to, "ben");
            assert_eq!(other.hear("ann", ID, n, what.clone()), Heard::Pipe(what));
        }
        assert_eq!(one.say(ID, &bytes()), None, "closed");
        assert_eq!(other.hear("ann", ID, 3, bytes()), Heard::Refused);
    }

    #[test]
    fn a_missing_whisper_ends_its_pipe() {
        let mut pipes = Pipes::default();
        pipes.hear("ann", ID, 0, OPEN);
        assert_eq!(pipes.hear("ann", ID, 2, bytes()), Heard::Pipe(Pipe::Close));
        assert_eq!(pipes.hear("ann", ID, 3, bytes()), Heard::Refused);
    }

    #[test]
    fn nobody_speaks_on_another_ones_pipe() {
        let mut pipes = Pipes::default();
        pipes.hear("ann", ID, 0, OPEN);
        assert_eq!(pipes.hear("eve", ID, 1, bytes()), Heard::Nothing);
        assert_eq!(pipes.hear("ann", ID, 1, bytes()), Heard::Pipe(bytes()));
        assert_eq!(pipes.parted("eve"), []);
        assert_eq!(pipes.parted("ann"), [ID]);
    }

    #[test]
    fn there_is_a_bound() {
        let mut pipes = Pipes::default();
        for id in 0..PIPES as u64 {
            assert_eq!(pipes.hear("eve", PipeId(id), 0, OPEN), Heard::Pipe(OPEN));
        }
        assert_eq!(pipes.hear("eve", PipeId(u64::MAX), 0, OPEN), Heard::Refused);
    }
}
