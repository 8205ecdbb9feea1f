//! Laptops of a meeting whose words to each other take time.

use super::*;
use std::collections::VecDeque;

/// A level of lively speech near by.
pub(super) const LOUD: u8 = 80;

/// The same from 9 dB further away.
pub(super) const FAR: u8 = 57;

pub(super) fn id(n: usize) -> MemberId {
    MemberId([n as u8 + 1; 32])
}

pub(super) fn room(name: &str) -> Option<RoomName> {
    RoomName::new(name)
}

pub(super) fn ms(millis: u64) -> LocalTime {
    LocalTime::from_millis(10_000 + millis)
}

/// Laptops of a meeting, and their words on the way to each other.
pub(super) struct Meeting {
    pub(super) now: u64,
    /// Milliseconds from any laptop to any other.
    pub(super) delay: u64,
    pub(super) groups: Vec<Group>,
    pub(super) rules: Vec<Rules>,
    /// What each laptop's microphone hears.
    pub(super) levels: Vec<u8>,
    pub(super) wires: VecDeque<(u64, usize, Seat)>,
    /// The longest time for which no microphone of the room was open, and for which several were.
    pub(super) gap: u64,
    pub(super) overlap: u64,
    so_long: (u64, u64),
}

impl Meeting {
    /// The first `here` of `all` sit in one room. Each knows that the others are within reach.
    pub(super) fn new(all: usize, here: usize, delay: u64) -> Self {
        let own = |n| Own {
            room: if n < here { room("Elbe") } else { None },
            headphones: false,
            plays: true,
            speaks: true,
        };
        let groups = (0..all).map(|n| Group::new(id(n), own(n))).collect();
        let mut meeting = Self {
            now: 0,
            delay,
            groups,
            rules: vec![Rules::default(); all],
            levels: vec![0; all],
            wires: VecDeque::new(),
            gap: 0,
            overlap: 0,
            so_long: (0, 0),
        };
        for n in 0..all {
            (0..all).for_each(|m| meeting.groups[n].arrives(id(m), ms(0)));
        }
        meeting
    }

    /// One that knows itself: the turns are taken.
    pub(super) fn settled(all: usize, here: usize, delay: u64) -> Self {
        let mut meeting = Self::new(all, here, delay);
        meeting.run(1000);
        (meeting.gap, meeting.overlap) = (0, 0);
        meeting
    }

    /// Lets time pass: laptops look after a word has come, and with each block of their own.
    pub(super) fn run(&mut self, millis: u64) {
        for _ in 0..millis {
            self.now += 1;
            while self.wires.front().is_some_and(|(due, ..)| *due <= self.now) {
                let Some((_, from, seat)) = self.wires.pop_front() else { break };
                for n in (0..self.groups.len()).filter(|n| *n != from) {
                    self.groups[n].sits(id(from), seat.clone(), ms(self.now));
                }
            }
            for n in 0..self.groups.len() {
                if (self.now + n as u64 * 7).is_multiple_of(20) {
                    let level = self.levels[n];
                    self.groups[n].heard(level, level > 20);
                }
                self.rules[n] = self.groups[n].settle(ms(self.now));
                if let Some(seat) = self.groups[n].says(ms(self.now)) {
                    self.wires.push_back((self.now + self.delay, n, seat));
                }
            }
            let open = self.open().len();
            let (none, several) = self.so_long;
            self.so_long =
                (if open == 0 { none + 1 } else { 0 }, if open > 1 { several + 1 } else { 0 });
            self.gap = self.gap.max(self.so_long.0);
            self.overlap = self.overlap.max(self.so_long.1);
        }
    }

    /// Who of the room's plays voices from outside aloud.
    pub(super) fn playing(&self) -> Vec<usize> {
        self.sharing(|n| self.groups[n].own.plays && self.rules[n].ears.aloud)
    }

    /// Whose microphone of the room's is open.
    pub(super) fn open(&self) -> Vec<usize> {
        self.sharing(|n| self.groups[n].own.speaks && !self.rules[n].closed)
    }

    pub(super) fn sharing(&self, is: impl Fn(usize) -> bool) -> Vec<usize> {
        let sits =
            |n: &usize| self.groups[*n].own.room == room("Elbe") && !self.groups[*n].own.headphones;
        (0..self.groups.len()).filter(sits).filter(|n| is(*n)).collect()
    }

    /// `n` speaks, and the others of the room hear it from afar.
    pub(super) fn speaks(&mut self, n: usize) {
        self.levels = vec![FAR; self.levels.len()];
        self.levels[n] = LOUD;
    }

    pub(super) fn presents(&mut self, n: usize) {
        self.groups.iter_mut().for_each(|group| group.presents(Some(id(n))));
    }
}
