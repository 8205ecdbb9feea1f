//! Who is in the meeting.

use super::look::{PEOPLE, colour_of};
use egui::Color32;
use moot_node::node::MemberState;
use moot_node::room::id::MemberId;
use std::collections::BTreeMap;

/// Somebody in the meeting, or at its door.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Whose device.
    pub id: MemberId,
    /// What they are called.
    pub name: String,
    /// Where they stand.
    pub state: MemberState,
    /// How loud they are now, 0–100; 0 at rest.
    pub level: u8,
    /// Their microphone is closed; `None` while not known.
    pub muted: Option<bool>,
    /// How loud this laptop plays them, per cent, 0–200.
    pub volume: u8,
    /// This laptop plays nothing of theirs.
    pub silenced: bool,
    /// Bytes of the document on show that they have, and all of its bytes; `None` while not known.
    pub holds: Option<(u64, u64)>,
    /// The page on show, if it is still on its way to them, and per cent of it that have come.
    pub getting: Option<(u32, u8)>,
    /// Keeps everybody's sound.
    pub recording: bool,
    /// The room elsewhere that they connect the meeting with.
    pub bridges: Option<String>,
    /// Which of [`PEOPLE`] they chose for their picture; counted on from the beginning past its end.
    pub chosen: Option<u8>,
}

impl Person {
    /// Somebody of whom only this much is known.
    #[must_use]
    pub fn new(id: MemberId, name: impl Into<String>, state: MemberState) -> Self {
        Self {
            id,
            name: name.into(),
            state,
            level: 0,
            muted: None,
            volume: 100,
            silenced: false,
            holds: None,
            getting: None,
            recording: false,
            bridges: None,
            chosen: None,
        }
    }

    /// The colour of their picture, the same on every laptop: what they chose, or what their id says.
    #[must_use]
    pub fn colour(&self) -> Color32 {
        let chosen = self.chosen.map(|n| PEOPLE[usize::from(n) % PEOPLE.len()]);
        chosen.unwrap_or_else(|| colour_of(&self.id))
    }

    /// Takes part now, and is within reach.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.state == MemberState::Here
    }
}

/// Everybody, in the order of the list: here first, then away; among them by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct People {
    all: BTreeMap<MemberId, Person>,
}

impl People {
    /// The person with this id.
    #[must_use]
    pub fn get(&self, id: &MemberId) -> Option<&Person> {
        self.all.get(id)
    }

    /// The person with this id, to change.
    pub fn get_mut(&mut self, id: &MemberId) -> Option<&mut Person> {
        self.all.get_mut(id)
    }

    /// Takes in somebody, or what is new of them; keeps what this laptop chose for them.
    pub fn stand(&mut self, id: MemberId, name: &str, state: MemberState) {
        let person = self.all.entry(id).or_insert_with(|| Person::new(id, name, state));
        if !name.is_empty() {
            name.clone_into(&mut person.name);
        }
        person.state = state;
        if state != MemberState::Here {
            person.level = 0;
        }
    }

    /// Takes in how loud everybody is now; who is missing is silent.
    pub fn hear(&mut self, levels: &[(MemberId, u8)]) {
        for person in self.all.values_mut() {
            let heard = levels.iter().find(|(id, _)| *id == person.id);
            person.level = heard.map_or(0, |(_, level)| *level);
        }
    }

    /// The members to be listed: neither gone nor removed nor still at the door.
    pub fn listed(&self) -> Vec<&Person> {
        let mut listed: Vec<_> = self
            .all
            .values()
            .filter(|p| matches!(p.state, MemberState::Here | MemberState::Away))
            .collect();
        listed.sort_by(|a, b| (!a.is_here(), &a.name, a.id).cmp(&(!b.is_here(), &b.name, b.id)));
        listed
    }

    /// Who waits to be let in.
    pub fn asking(&self) -> impl Iterator<Item = &Person> {
        self.all.values().filter(|p| p.state == MemberState::Asking)
    }

    /// How many are here.
    #[must_use]
    pub fn here(&self) -> usize {
        self.all.values().filter(|p| p.is_here()).count()
    }

    /// Everybody ever heard of.
    pub fn everybody(&self) -> impl Iterator<Item = &Person> {
        self.all.values()
    }

    /// What somebody is called; a piece of their id while the name is not known.
    #[must_use]
    pub fn name(&self, id: &MemberId) -> String {
        match self.get(id) {
            Some(person) if !person.name.is_empty() => person.name.clone(),
            _ => id.to_string().chars().take(8).collect(),
        }
    }
}
