//! Who may speak: the founding, admissions and removals replayed in canonical order.
//!
//! * The founder is a member from the founding on. Any member may admit and remove.
//! * An admitted author's first window counts from their first entry on; a removal closes it after
//!   the entry that it names; a later admission opens another, for what is said after it.
//! * A removal also takes back what the removed member admitted or removed after the entry it
//!   names, though it may stand earlier in canonical order: who is shown the door must not be able
//!   to let themselves in by the window with entries dated before it.
//! * For the same reason, of two members who remove each other, neither having seen the other's
//!   removal, the one who was admitted first stays.

use super::Key;
use crate::limits::MEMBERS;
use crate::room::id::MemberId;
use crate::room::stanza::{Admission, Removal};
use std::collections::{BTreeMap, BTreeSet};

/// An entry that changes who may speak.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Control {
    /// The meeting's founding, with the founder's name.
    Found(String),
    /// An admission.
    Admit(Admission),
    /// A removal.
    Remove(Removal),
}

/// A stretch of an author's log that counts.
#[derive(Clone, PartialEq, Debug)]
struct Window {
    /// The admission.
    from: Key,
    /// Whether it was the author's first: then what they said before counts too.
    first: bool,
    /// The removal.
    before: Option<Key>,
    /// The last number that counts.
    upto: u64,
}

/// What of one author counts.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Gate {
    windows: Vec<Window>,
    open: bool,
    /// How many were admitted before.
    rank: usize,
    /// The name that the last admission gave, and its place.
    name: (Key, String),
}

impl Gate {
    /// Whether this author's entry counts.
    pub(super) fn admits(&self, key: &Key) -> bool {
        self.windows.iter().any(|window| {
            key.seq <= window.upto
                && (window.first || *key > window.from)
                && window.before.is_none_or(|before| *key < before)
        })
    }

    /// Whether the author was a member at `key`.
    fn is_open_at(&self, key: &Key) -> bool {
        let within = |w: &Window| *key > w.from && w.before.is_none_or(|before| *key < before);
        self.windows.iter().any(within)
    }

    /// Whether the author is a member and said this since the last time they were let in.
    pub(super) fn is_current(&self, key: &Key) -> bool {
        let since = |window: &Window| window.first || *key > window.from;
        self.open && self.windows.last().is_some_and(since)
    }

    /// Whether the author is a member.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// The name that the last admission gave, and the admission's place.
    pub(super) fn name(&self) -> (&Key, &str) {
        (&self.name.0, &self.name.1)
    }
}

/// Somebody comes in or goes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Passage {
    pub(super) key: Key,
    pub(super) member: MemberId,
    pub(super) inward: bool,
}

/// Who may speak.
#[derive(Default, Debug)]
pub(super) struct Membership {
    gates: BTreeMap<MemberId, Gate>,
    passages: Vec<Passage>,
    /// What each member admitted and removed.
    acts: BTreeMap<MemberId, Vec<Key>>,
    /// Whether anything was taken back.
    taken_back: bool,
}

impl Membership {
    /// Replays `controls`.
    pub(super) fn replay(controls: &BTreeMap<Key, Control>) -> Self {
        let mut void = BTreeSet::new();
        loop {
            // Each round that does not end takes back at least one entry more: there are at most
            // as many rounds as controls, and two in a peaceful meeting.
            match Self::round(controls, &void) {
                Ok(now) => return Self { taken_back: !void.is_empty(), ..now },
                Err(taken_back) => void.extend(taken_back),
            }
        }
    }

    /// Whether a control that arrives late changes nothing, as most repeated admissions do: its
    /// author may not say it at its place, or it asks for what is so already. Where something was
    /// taken back that cannot be told without a replay: an idle entry may have mattered before.
    pub(super) fn is_idle(&self, key: &Key, control: &Control) -> bool {
        let open = |member| self.gates.get(member).is_some_and(|gate: &Gate| gate.is_open_at(key));
        match control {
            _ if self.taken_back => false,
            Control::Found(_) => false,
            Control::Admit(admission) => !open(&key.author) || open(&admission.member),
            Control::Remove(removal) => {
                !self.gates.contains_key(&key.author)
                    || (open(&key.author) && !open(&removal.member))
            }
        }
    }

    /// The gate of `author`; `None` for who never was a member.
    pub(super) fn gate(&self, author: &MemberId) -> Option<&Gate> {
        self.gates.get(author)
    }

    /// Whether `author` is a member now.
    pub(super) fn is_member(&self, author: &MemberId) -> bool {
        self.gates.get(author).is_some_and(Gate::is_open)
    }

    /// Everybody who is or was a member.
    pub(super) fn everybody(&self) -> impl Iterator<Item = (&MemberId, &Gate)> {
        self.gates.iter()
    }

    /// Who came and went, in canonical order.
    pub(super) fn passages(&self) -> &[Passage] {
        &self.passages
    }

    /// Whose gate differs between the two.
    pub(super) fn differing(&self, other: &Self) -> Vec<MemberId> {
        let everybody: BTreeSet<_> = self.gates.keys().chain(other.gates.keys()).collect();
        let differs = |member: &&MemberId| self.gate(member) != other.gate(member);
        everybody.into_iter().filter(differs).copied().collect()
    }

    /// One replay without the `void` entries; the error says which more to leave out.
    fn round(controls: &BTreeMap<Key, Control>, void: &BTreeSet<Key>) -> Result<Self, Vec<Key>> {
        let mut now = Self::default();
        for (key, control) in controls.iter().filter(|(key, _)| !void.contains(key)) {
            match control {
                Control::Found(name) => now.open(key.author, *key, name),
                Control::Admit(admission) if now.is_member(&key.author) => {
                    now.open(admission.member, *key, &admission.name);
                    now.acts.entry(key.author).or_default().push(*key);
                }
                Control::Remove(removal) if now.is_member(&key.author) => {
                    now.close(*key, removal)?;
                    now.acts.entry(key.author).or_default().push(*key);
                }
                Control::Remove(removal) => now.contest(key, removal)?,
                Control::Admit(_) => {}
            }
        }
        Ok(now)
    }

    fn open(&mut self, member: MemberId, key: Key, name: &str) {
        let rank = self.gates.len();
        let first = !self.gates.contains_key(&member);
        if self.is_member(&member) || (first && rank == MEMBERS) {
            return;
        }
        let name = (key, name.to_owned());
        let fresh = Gate { windows: Vec::new(), open: false, rank, name: name.clone() };
        let gate = self.gates.entry(member).or_insert(fresh);
        gate.windows.push(Window { from: key, first, before: None, upto: u64::MAX });
        (gate.open, gate.name) = (true, name);
        self.passages.push(Passage { key, member, inward: true });
    }

    fn close(&mut self, key: Key, removal: &Removal) -> Result<(), Vec<Key>> {
        let Removal { member, upto } = *removal;
        let Some(gate) = self.gates.get_mut(&member).filter(|gate| gate.open) else {
            return Ok(());
        };
        // Nobody can take back the founding: it is what makes this the meeting.
        let upto = if gate.rank == 0 { upto.max(1) } else { upto };
        let Some(window) = gate.windows.last_mut() else { return Ok(()) };
        let unseen = |act: &&Key| act.seq > upto && **act > window.from;
        let acts = self.acts.get(&member).map_or(&[][..], Vec::as_slice);
        let taken_back: Vec<Key> = acts.iter().filter(unseen).copied().collect();
        if !taken_back.is_empty() {
            return Err(taken_back);
        }
        (window.before, window.upto) = (Some(key), upto);
        gate.open = false;
        self.passages.push(Passage { key, member, inward: false });
        Ok(())
    }

    /// A removal by somebody who is not a member at this place: if they were removed by the very
    /// member they remove, in an entry that they had not seen, and were here first, that entry is
    /// taken back.
    fn contest(&self, key: &Key, removal: &Removal) -> Result<(), Vec<Key>> {
        let by = self.gates.get(&key.author).and_then(|gate| gate.windows.last()?.before);
        let rank = |member| self.gates.get(member).map(|gate| gate.rank);
        match by {
            Some(by)
                if by.author == removal.member
                    && by.seq > removal.upto
                    && rank(&key.author) < rank(&removal.member) =>
            {
                Err(vec![by])
            }
            _ => Ok(()),
        }
    }
}
