//! A simulated room: many laptops in one process, a network and a power supply that chance disturbs,
//! and time that only counts. A seed that fails is a bug report that replays.
//!
//! The laptops run the product's own code that decides (stamp, replica, sync, meeting); what is
//! simulated is what touches the world: a disk that commits late and forgets what it had not, gossip
//! that is lost, repeated, delayed and bent, streams that break, clocks that drift.

mod air;
mod laptop;

pub use air::Weather;
pub use laptop::Laptop;

use crate::chance::Chance;
use air::Air;
use moot_node::room::entry::Entry;
use moot_node::room::id::MeetingId;
use std::collections::BTreeMap;

/// Simulated milliseconds since the meeting began.
pub type Millis = u64;

/// How often queued entries go to disk: the product's group commit.
const COMMIT_MS: Millis = 50;

/// How often a laptop syncs with one it reaches: as often as the product.
const SYNC_MS: Millis = 5000;

/// The quiet in the end: several rounds of sync for everybody.
const QUIET_MS: Millis = 60_000;

/// Something that happens at a time.
#[derive(Debug)]
enum Turn {
    Act(usize),
    Commit(usize),
    Sync(usize),
    Arrive(air::Parcel),
    Disturb,
    PowerBack(usize),
    Heal,
}

/// The room.
#[derive(Debug)]
pub struct Room {
    now: Millis,
    turns: BTreeMap<(Millis, u64), Turn>,
    count: u64,
    chance: Chance,
    weather: Weather,
    quiet: bool,
    air: Air,
    /// Who is in the room.
    pub laptops: Vec<Laptop>,
}

impl Room {
    /// `laptops` laptops; the first founds the meeting and admits the others.
    #[must_use]
    pub fn new(seed: u64, laptops: usize, weather: Weather) -> Self {
        let mut chance = Chance::new(seed);
        let (founder, meeting) = Laptop::founder(seed, laptops);
        let others = (1..laptops).map(|number| Laptop::newcomer(seed, number, meeting));
        let laptops: Vec<Laptop> = [founder].into_iter().chain(others).collect();
        let air = Air::new(laptops.len(), chance.bits());
        let turns = BTreeMap::new();
        let mut room =
            Self { now: 0, turns, count: 0, chance, weather, quiet: false, air, laptops };
        for laptop in 0..room.laptops.len() {
            room.later(0, Turn::Commit(laptop));
            let start = room.chance.between(0, SYNC_MS);
            room.later(start, Turn::Sync(laptop));
            room.later(start, Turn::Act(laptop));
        }
        room.later(1000, Turn::Disturb);
        room
    }

    /// The meeting's name.
    #[must_use]
    pub fn meeting(&self) -> MeetingId {
        self.laptops[0].meeting()
    }

    /// Lets `span` pass.
    pub fn pass(&mut self, span: Millis) {
        let end = self.now + span;
        while let Some(entry) = self.turns.first_entry().filter(|entry| entry.key().0 <= end) {
            let ((now, _), turn) = entry.remove_entry();
            self.now = now;
            self.take(turn);
        }
        self.now = end;
    }

    /// Ends all disturbance: everybody is powered and reachable, nobody acts; then waits until sync
    /// has had its time.
    pub fn calm_down(&mut self) {
        self.quiet = true;
        self.weather = Weather::calm();
        self.air.heal();
        for laptop in &mut self.laptops {
            laptop.power_on();
        }
        self.pass(QUIET_MS);
    }

    fn take(&mut self, turn: Turn) {
        match turn {
            Turn::Act(at) => {
                if !self.quiet {
                    self.laptops[at].act(&mut self.chance);
                    let next = self.chance.between(20, 800);
                    self.later(next, Turn::Act(at));
                }
            }
            Turn::Commit(at) => {
                let said = self.laptops[at].commit();
                self.gossip(at, &said);
                let next = self.laptops[at].drifted(COMMIT_MS);
                self.later(next, Turn::Commit(at));
            }
            Turn::Sync(at) => {
                let parcels = self.air.open_sync(at, &mut self.laptops, &mut self.chance);
                self.send(parcels);
                let next = self.laptops[at].drifted(SYNC_MS);
                self.later(next, Turn::Sync(at));
            }
            Turn::Arrive(parcel) => {
                let answers = self.air.arrive(parcel, &mut self.laptops);
                self.send(answers);
            }
            Turn::Disturb => self.disturb(),
            Turn::PowerBack(at) => self.laptops[at].power_on(),
            Turn::Heal => self.air.heal(),
        }
    }

    /// Tells everybody what `from` has said and kept.
    fn gossip(&mut self, from: usize, said: &[Entry]) {
        for entry in said {
            for to in (0..self.laptops.len()).filter(|to| *to != from) {
                for parcel in self.air.gossip(from, to, entry, &self.weather, &mut self.chance) {
                    self.send(vec![parcel]);
                }
            }
        }
    }

    fn send(&mut self, parcels: Vec<air::Parcel>) {
        for parcel in parcels {
            let delay = self.weather.delay(&mut self.chance);
            let arrival = self.air.in_order(&parcel, self.now + delay);
            self.later(arrival - self.now, Turn::Arrive(parcel));
        }
    }

    /// Cuts the network, pulls a plug or restores an old disk, as the weather has it.
    fn disturb(&mut self) {
        if self.chance.between(0, 1000) < self.weather.cut_permille {
            self.air.split(&mut self.chance);
            let span = self.chance.between(1000, 14_000);
            self.later(span, Turn::Heal);
        }
        let victim = self.chance.between(0, self.laptops.len() as u64) as usize;
        if self.chance.between(0, 1000) < self.weather.power_permille {
            self.laptops[victim].power_off();
            let span = self.chance.between(200, 3000);
            self.later(span, Turn::PowerBack(victim));
        }
        if self.chance.between(0, 1000) < self.weather.restore_permille {
            self.laptops[victim].restore_backup(&mut self.chance);
        }
        self.later(1000, Turn::Disturb);
    }

    fn later(&mut self, span: Millis, turn: Turn) {
        self.count += 1;
        self.turns.insert((self.now + span, self.count), turn);
    }
}
