//! What lies between the laptops: gossip that may be lost, and streams that break when a link does.

use super::Millis;
use super::laptop::Laptop;
use crate::chance::Chance;
use moot_node::room::entry::Entry;
use moot_node::room::replica::compare;
use moot_node::room::sync::{Hello, Message, Next, Received, SyncSession};
use std::collections::BTreeMap;

/// What chance does to the network and the power supply; shares are in 1/1000.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// Longest delay of a packet, in milliseconds.
    pub delay_ms: Millis,
    /// Gossip that never comes.
    pub loss_permille: u64,
    /// Gossip that comes twice.
    pub repeat_permille: u64,
    /// Gossip that comes with a bit turned.
    pub bend_permille: u64,
    /// Seconds in which the network falls in two.
    pub cut_permille: u64,
    /// Seconds in which a plug is pulled.
    pub power_permille: u64,
    /// Seconds in which somebody goes on from an old copy of their disk.
    pub restore_permille: u64,
}

impl Weather {
    /// A quiet room: only delay.
    #[must_use]
    pub const fn calm() -> Self {
        Self {
            delay_ms: 5,
            loss_permille: 0,
            repeat_permille: 0,
            bend_permille: 0,
            cut_permille: 0,
            power_permille: 0,
            restore_permille: 0,
        }
    }

    /// How long a packet travels.
    pub(super) fn delay(&self, chance: &mut Chance) -> Millis {
        chance.between(1, self.delay_ms + 1)
    }
}

/// A packet or a stream's frame on its way.
#[derive(Debug)]
pub(super) struct Parcel {
    from: usize,
    to: usize,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Gossip(Vec<u8>),
    Frame { session: u64, bytes: Vec<u8> },
}

/// The network.
#[derive(Debug)]
pub(super) struct Air {
    /// Which part of a split each laptop is in.
    part: Vec<u64>,
    sessions: BTreeMap<u64, Session>,
    count: u64,
}

/// Two laptops syncing over a stream.
#[derive(Debug)]
struct Session {
    ends: [usize; 2],
    sides: [SyncSession; 2],
    /// How often each end had lost its power when the stream was opened.
    lives: [u32; 2],
    /// When the last frame to each end arrives: streams keep order.
    arrival: [Millis; 2],
}

impl Air {
    pub(super) fn new(laptops: usize, first_session: u64) -> Self {
        Self { part: vec![0; laptops], sessions: BTreeMap::new(), count: first_session >> 1 }
    }

    pub(super) fn split(&mut self, chance: &mut Chance) {
        self.part.iter_mut().for_each(|part| *part = chance.between(0, 2));
    }

    pub(super) fn heal(&mut self) {
        self.part.fill(0);
    }

    /// The copies of `entry` that leave for `to`.
    pub(super) fn gossip(
        &self,
        from: usize,
        to: usize,
        entry: &Entry,
        weather: &Weather,
        chance: &mut Chance,
    ) -> Vec<Parcel> {
        let mut happens = |permille| chance.between(0, 1000) < permille;
        if happens(weather.loss_permille) {
            return Vec::new();
        }
        let copies = 1 + usize::from(happens(weather.repeat_permille));
        let mut bytes = entry.encode();
        if happens(weather.bend_permille) {
            let bit = chance.between(0, bytes.len() as u64 * 8) as usize;
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        let parcel = || Parcel { from, to, content: Content::Gossip(bytes.clone()) };
        (0..copies).map(|_| parcel()).collect()
    }

    /// Laptop `from` opens a stream to one that it reaches, and says its first words.
    pub(super) fn open_sync(
        &mut self,
        from: usize,
        laptops: &mut [Laptop],
        chance: &mut Chance,
    ) -> Vec<Parcel> {
        let to = chance.between(0, laptops.len() as u64) as usize;
        if from == to || !self.link(from, to, laptops) {
            return Vec::new();
        }
        self.count += 1;
        let lives = [laptops[from].lives(), laptops[to].lives()];
        let sides = [SyncSession::new(), SyncSession::new()];
        let session = Session { ends: [from, to], sides, lives, arrival: [0; 2] };
        self.sessions.insert(self.count, session);
        let mut parcels = self.pump(self.count, 0, laptops);
        parcels.extend(self.pump(self.count, 1, laptops));
        parcels
    }

    /// Delivers a parcel, when its link still stands; gives what is sent in answer.
    pub(super) fn arrive(&mut self, parcel: Parcel, laptops: &mut [Laptop]) -> Vec<Parcel> {
        let stands = self.link(parcel.from, parcel.to, laptops);
        match parcel.content {
            Content::Gossip(bytes) => {
                if stands {
                    laptops[parcel.to].learn(&bytes);
                }
                Vec::new()
            }
            Content::Frame { session, bytes } => {
                let whole = stands
                    && self.sessions.get(&session).is_some_and(|session| {
                        session
                            .ends
                            .iter()
                            .zip(session.lives)
                            .all(|(e, l)| laptops[*e].lives() == l)
                    });
                if !whole {
                    self.sessions.remove(&session);
                    return Vec::new();
                }
                self.frame(session, parcel.to, &bytes, laptops)
            }
        }
    }

    /// When a parcel that would come at `arrival` comes: not before those sent before it.
    pub(super) fn in_order(&mut self, parcel: &Parcel, arrival: Millis) -> Millis {
        let Content::Frame { session, .. } = parcel.content else { return arrival };
        let Some(session) = self.sessions.get_mut(&session) else { return arrival };
        let end = usize::from(session.ends[1] == parcel.to);
        session.arrival[end] = session.arrival[end].max(arrival);
        session.arrival[end]
    }

    fn link(&self, a: usize, b: usize, laptops: &[Laptop]) -> bool {
        self.part[a] == self.part[b] && laptops[a].has_power() && laptops[b].has_power()
    }

    fn frame(&mut self, id: u64, to: usize, bytes: &[u8], laptops: &mut [Laptop]) -> Vec<Parcel> {
        let Some(session) = self.sessions.get_mut(&id) else { return Vec::new() };
        let side = usize::from(session.ends[1] == to);
        let message = Message::decode(bytes).expect("a peer's own encoding is well-formed");
        let received = session.sides[side].receive(message).expect("honest peers keep their turn");
        match received {
            Received::Entries(entries) => entries.iter().for_each(|entry| laptops[to].learn(entry)),
            Received::Proof(entries) => laptops[to].learn_proof(&entries),
            Received::Nothing | Received::Hello(_) => {}
        }
        self.pump(id, side, laptops)
    }

    /// Drives one side until it waits: the contract of [`SyncSession`].
    fn pump(&mut self, id: u64, side: usize, laptops: &mut [Laptop]) -> Vec<Parcel> {
        let Some(session) = self.sessions.get_mut(&id) else { return Vec::new() };
        let (from, to) = (session.ends[side], session.ends[1 - side]);
        let (sync, laptop) = (&mut session.sides[side], &mut laptops[from]);
        let mut parcels = Vec::new();
        loop {
            let message = match sync.next_step() {
                Next::Hello => sync.hello(Hello::default()),
                Next::Have => sync.have(laptop.replica().have()),
                Next::Send(message) => message,
                Next::Plan(theirs) => {
                    sync.plan(compare(laptop.replica(), &theirs));
                    continue;
                }
                Next::Answer(probe) => {
                    sync.answer(laptop.replica().answer(&probe));
                    continue;
                }
                Next::Read(range) => {
                    sync.read(laptop.read(range));
                    continue;
                }
                Next::Receive | Next::Finished => return parcels,
            };
            let content = Content::Frame { session: id, bytes: message.encode() };
            parcels.push(Parcel { from, to, content });
        }
    }
}
