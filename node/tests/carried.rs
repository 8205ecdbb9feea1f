//! Two nodes that no network connects: a carrier does, with a room in memory in the place of a
//! server's. Everything that a remote member does goes this way.
#![cfg(feature = "io")]

use moot_node::io::carrier::{Carrier, CarrierRole};
use moot_node::io::clock::Clock;
use moot_node::node::{
    Command, Config, DelayChoice, Entrance, Event, MemberState, News, Node, NodeHandle, Refusal,
    SinkChoice, SourceChoice,
};
use moot_node::room::carrier::{Carried, FromCarrier, Pipe, PipeId, Saying, ToCarrier, Wish};
use moot_node::room::id::{EntryRef, MemberId};
use moot_node::room::stanza::JoinPolicy;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender};

/// Everything here takes milliseconds, on a machine that has nothing else to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// A room as a server keeps one: who is there, and what was said.
#[derive(Clone, Default)]
struct Room(Arc<Mutex<Inside>>);

#[derive(Default)]
struct Inside {
    /// Everybody's way out; those who look for a meeting have no entry in `met` yet.
    there: BTreeMap<usize, (Option<MemberId>, Sender<FromCarrier>)>,
    met: BTreeMap<usize, Carried>,
    archive: Vec<(EntryRef, Vec<u8>)>,
    in_room: BTreeSet<EntryRef>,
    pipes: BTreeMap<PipeId, (usize, usize)>,
}

impl Room {
    /// A carrier into this room; the bridge speaks for those who are not there.
    fn carrier(&self, role: CarrierRole) -> Carrier {
        let (carrier, tell, mut orders) = Carrier::pair();
        let room = self.clone();
        let number = {
            let mut inside = room.inside();
            let number = inside.there.len();
            inside.there.insert(number, (None, tell));
            number
        };
        tokio::spawn(async move {
            while let Some(order) = orders.recv().await {
                for (to, message) in room.obey(number, role, order) {
                    let out = room.inside().there.get(&to).map(|(_, out)| out.clone());
                    if let Some(out) = out {
                        let _ = out.send(message).await;
                    }
                }
            }
            room.inside().there.remove(&number);
        });
        carrier
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().expect("nobody panics within")
    }

    fn obey(&self, me: usize, role: CarrierRole, order: ToCarrier) -> Vec<(usize, FromCarrier)> {
        let mut inside = self.inside();
        let others: Vec<usize> = inside.there.keys().copied().filter(|to| *to != me).collect();
        match order {
            ToCarrier::Seek(member) => {
                inside.there.get_mut(&me).expect("it is there").0 = Some(member);
                let mut told: Vec<_> =
                    inside.met.values().map(|met| (me, FromCarrier::Met(met.clone()))).collect();
                told.extend(inside.archive.iter().map(|(entry, sealed)| {
                    let sealed = sealed.clone().into();
                    (me, FromCarrier::Said { entry: *entry, sealed, live: false })
                }));
                told
            }
            ToCarrier::Carry(carried) => {
                inside.met.insert(me, carried.clone());
                let mut told: Vec<_> =
                    others.iter().map(|to| (*to, FromCarrier::Met(carried.clone()))).collect();
                told.push((me, FromCarrier::Open { room: "room@test".into() }));
                told.extend(inside.archive.iter().map(|(entry, sealed)| {
                    let sealed = sealed.clone().into();
                    (me, FromCarrier::Said { entry: *entry, sealed, live: false })
                }));
                told
            }
            ToCarrier::Kept(Saying { entry, sealed, .. }) => {
                let own = inside.there[&me].0 == Some(entry.author);
                let says = own || role == CarrierRole::Bridge;
                if !says || !inside.in_room.insert(entry) {
                    return Vec::new();
                }
                inside.archive.push((entry, sealed.to_vec()));
                let said =
                    |to| (to, FromCarrier::Said { entry, sealed: sealed.clone(), live: true });
                others.into_iter().map(said).collect()
            }
            ToCarrier::InRoom(entry) => {
                inside.in_room.insert(entry);
                Vec::new()
            }
            ToCarrier::Pipe(id, Pipe::Open(to)) => {
                let from = inside.there[&me].0.expect("it has said who it is");
                let of = |(number, (member, _)): (&usize, &(Option<MemberId>, _))| {
                    (*member == Some(to)).then_some(*number)
                };
                let Some(to) = inside.there.iter().find_map(of) else { return Vec::new() };
                inside.pipes.insert(id, (me, to));
                vec![(to, FromCarrier::Pipe(id, Pipe::Open(from)))]
            }
            ToCarrier::Pipe(id, pipe) => match inside.pipes.get(&id) {
                Some(&(one, other)) => {
                    let to = if one == me { other } else { one };
                    vec![(to, FromCarrier::Pipe(id, pipe))]
                }
                None => Vec::new(),
            },
            ToCarrier::Sound(sealed) => {
                others.into_iter().map(|to| (to, FromCarrier::Sound(sealed.clone()))).collect()
            }
            // A room without files.
            ToCarrier::Parcel { .. } | ToCarrier::Announce { .. } | ToCarrier::Fetch { .. } => {
                Vec::new()
            }
            ToCarrier::Beside(_) | ToCarrier::Leave => Vec::new(),
        }
    }
}

async fn start(
    data: &Path,
    name: &str,
    entrance: Entrance,
    carrier: (Carrier, CarrierRole),
) -> (NodeHandle, Receiver<Event>) {
    let config = Config {
        data: data.join(name),
        name: name.to_owned(),
        announce_name: false,
        discovery: false,
        entrance,
        listen: vec!["/ip4/127.0.0.1/udp/0/quic-v1".to_owned()],
        source: SourceChoice::None,
        sink: SinkChoice::None,
        processing: None,
        delay: DelayChoice::default(),
        room: None,
        headphones: false,
        muted: false,
        record: false,
        carrier: None,
        worker: "no documents here".into(),
    };
    let started = Node::start_carried(config, Clock::start(), carrier.0, carrier.1).await;
    started.expect("a free folder and a loopback interface")
}

/// What `wanted` makes of the first event it wants.
async fn told<T>(events: &mut Receiver<Event>, mut wanted: impl FnMut(News) -> Option<T>) -> T {
    let search = async {
        loop {
            let event = events.recv().await.expect("the node goes on");
            if let Some(found) = wanted(event.news) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, search).await.expect("told in time")
}

async fn hears(events: &mut Receiver<Event>, line: &str) -> Option<String> {
    told(events, |news| match news {
        News::Chat { text, guest, .. } if text == line => Some(guest),
        _ => None,
    })
    .await
}

async fn digest(node: &NodeHandle, events: &mut Receiver<Event>) -> ([u8; 32], u64) {
    node.send(Command::State).await.expect("it runs");
    told(events, |news| match news {
        News::State { digest, entries, .. } => Some((digest, entries)),
        _ => None,
    })
    .await
}

/// Anna's meeting, bridged, and its code.
async fn hosted(folder: &Path, room: &Room) -> (NodeHandle, Receiver<Event>, String) {
    let found =
        Entrance::Host { title: "Plans".to_owned(), join: JoinPolicy::Code, documents: Vec::new() };
    let carrier = (room.carrier(CarrierRole::Bridge), CarrierRole::Bridge);
    let (anna, mut events) = start(folder, "anna", found, carrier).await;
    let code = told(&mut events, |news| match news {
        News::Meeting { code, .. } => code,
        _ => None,
    })
    .await;
    let room = told(&mut events, |news| match news {
        News::Bridge { room, .. } => room,
        _ => None,
    })
    .await;
    assert_eq!(room, "room@test", "everybody is told");
    (anna, events, code)
}

fn joins(code: &str) -> Entrance {
    Entrance::Join { meeting: None, code: Some(code.to_owned()) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_joins_by_a_carrier_is_a_member_like_others() {
    let (folder, room) = (tempfile::tempdir().expect("writable"), Room::default());
    let (anna, mut hers, code) = hosted(folder.path(), &room).await;
    anna.send(Command::Say("before he came".to_owned())).await.expect("it runs");
    hears(&mut hers, "before he came").await;

    let carrier = (room.carrier(CarrierRole::Remote), CarrierRole::Remote);
    let (ben, mut his) = start(folder.path(), "ben", joins(&code), carrier).await;
    told(&mut his, |news| matches!(news, News::Joined { .. }).then_some(())).await;
    hears(&mut his, "before he came").await;
    anna.send(Command::Say("welcome".to_owned())).await.expect("it runs");
    hears(&mut his, "welcome").await;
    ben.send(Command::Say("glad to be here".to_owned())).await.expect("it runs");
    assert_eq!(hears(&mut hers, "glad to be here").await, None);
    ben.send(Command::Present).await.expect("it runs");
    told(&mut hers, |news| matches!(news, News::Floor { .. }).then_some(())).await;

    assert_eq!(digest(&anna, &mut hers).await, digest(&ben, &mut his).await);
    ben.shutdown().await;
    told(&mut hers, |news| match news {
        News::Member { state: MemberState::Left, .. } => Some(()),
        _ => None,
    })
    .await;
    anna.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_know_the_code_reads_nothing() {
    let (folder, room) = (tempfile::tempdir().expect("writable"), Room::default());
    let (anna, mut hers, code) = hosted(folder.path(), &room).await;
    anna.send(Command::Say("for us alone".to_owned())).await.expect("it runs");
    hears(&mut hers, "for us alone").await;
    let wrong = if code == "111-111" { "222-222" } else { "111-111" };
    let carrier = (room.carrier(CarrierRole::Remote), CarrierRole::Remote);
    let (_eve, mut events) = start(folder.path(), "eve", joins(wrong), carrier).await;
    let refused = told(&mut events, |news| match news {
        News::Refused(reason) => Some(reason),
        News::Chat { .. } | News::Joined { .. } => panic!("she got in"),
        _ => None,
    })
    .await;
    assert_eq!(refused, Refusal::WrongCode);
    let seen = room.inside().archive.clone();
    assert!(!seen.is_empty());
    for (_, sealed) in seen {
        assert!(!sealed.windows(12).any(|part| part == b"for us alone"), "it lies open");
    }
    anna.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_room_keeps_is_caught_up_with_when_nobody_is_there() {
    let (folder, room) = (tempfile::tempdir().expect("writable"), Room::default());
    let (anna, mut hers, code) = hosted(folder.path(), &room).await;
    let carrier = (room.carrier(CarrierRole::Remote), CarrierRole::Remote);
    let (ben, mut his) = start(folder.path(), "ben", joins(&code), carrier).await;
    told(&mut his, |news| matches!(news, News::Joined { .. }).then_some(())).await;
    ben.shutdown().await;
    for line in ["one", "two", "three"] {
        anna.send(Command::Say(line.to_owned())).await.expect("it runs");
        hears(&mut hers, line).await;
    }
    anna.shutdown().await;

    let carrier = (room.carrier(CarrierRole::Remote), CarrierRole::Remote);
    let again = Entrance::Join { meeting: Some("Plans".to_owned()), code: None };
    let (ben, mut his) = start(folder.path(), "ben", again, carrier).await;
    for line in ["one", "two", "three"] {
        hears(&mut his, line).await;
    }
    ben.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_guest_says_is_marked_so() {
    let (folder, room) = (tempfile::tempdir().expect("writable"), Room::default());
    let (anna, mut hers, _) = hosted(folder.path(), &room).await;
    let (_, out) = room.inside().there[&0].clone();
    let guest = |name: &str, line: &str| {
        let wish = Wish::Say(line.to_owned());
        FromCarrier::Guest { name: name.to_owned(), wish }
    };
    out.send(guest("\u{202e}annA", "a name that turns itself round")).await.expect("it runs");
    out.send(guest("Carol", "is page 3 final?")).await.expect("it runs");
    let by = told(&mut hers, |news| match news {
        News::Chat { guest, text, .. } => Some((guest, text)),
        _ => None,
    })
    .await;
    assert_eq!(by, (Some("Carol".to_owned()), "is page 3 final?".to_owned()));
    anna.shutdown().await;
}
