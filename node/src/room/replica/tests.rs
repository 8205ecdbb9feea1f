use super::*;
use crate::room::id::MeetingId;
use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use std::collections::BTreeSet;

const MEETING: MeetingId = MeetingId([7; 32]);

fn key(author: u8) -> SigningKey {
    SigningKey::from_bytes(&[author + 1; 32])
}

fn member(author: u8) -> MemberId {
    MemberId(key(author).verifying_key().to_bytes())
}

/// `count` entries that continue `before`; `branch` tells histories apart.
fn write(author: u8, before: Option<&Entry>, count: u64, branch: u32) -> Vec<Entry> {
    let (mut seq, mut prev) = before.map_or((0, EntryHash::NONE), |e| (e.seq(), e.hash()));
    (0..count)
        .map(|_| {
            seq += 1;
            let stanza = format!("<message b='{branch}' n='{seq}'/>");
            let entry = Entry::sign(&key(author), &MEETING, seq, prev, stanza);
            prev = entry.hash();
            entry
        })
        .collect()
}

/// A replica with the log that a node keeps beside it.
#[derive(Default)]
struct Node {
    replica: Replica,
    log: BTreeMap<EntryRef, Entry>,
}

impl Node {
    fn holding(entries: &[Entry]) -> Self {
        let mut node = Self::default();
        entries.iter().for_each(|entry| node.receive(entry.clone()));
        node
    }

    fn receive(&mut self, entry: Entry) {
        match self.replica.insert(entry.clone()) {
            Inserted::New(new) => {
                for entry in new {
                    self.log.insert(EntryRef { author: entry.author(), seq: entry.seq() }, entry);
                }
            }
            Inserted::Conflict { held } => {
                let _ = self.replica.prove(Proof::new(self.log[&held].clone(), entry).unwrap());
            }
            Inserted::Fork(proof) => {
                let _ = self.replica.prove(*proof);
            }
            Inserted::Duplicate | Inserted::Waiting { .. } | Inserted::Refused(_) => {}
        }
    }

    /// What counts: the chains and the lowest forks.
    fn content(&self) -> (HaveVector, BTreeSet<EntryHash>) {
        let held = self.log.iter().filter(|(at, _)| at.seq <= self.replica.height(&at.author));
        (self.replica.have(), held.map(|(_, entry)| entry.hash()).collect())
    }
}

/// What one says to the other in a round.
#[derive(Default)]
struct Said {
    proofs: Vec<Proof>,
    entries: Vec<Entry>,
    probes: Vec<Probe>,
}

impl Node {
    /// What there is to say to a peer that holds `remote` and asked `asked` in the last round.
    fn say(&self, remote: &HaveVector, asked: Vec<Probe>) -> Said {
        let Plan { proofs, mut ranges, mut probes } = compare(&self.replica, remote);
        for probe in asked {
            match self.replica.answer(&probe) {
                ProbeAnswer::Send(range) => ranges.push(range),
                ProbeAnswer::Narrower(narrower) => probes.push(narrower),
                ProbeAnswer::Nothing => {}
            }
        }
        let places = ranges
            .iter()
            .flat_map(|r| (r.first..=r.last).map(|seq| EntryRef { author: r.author, seq }));
        let entries = places.map(|at| self.log[&at].clone()).collect();
        Said { proofs, entries, probes }
    }

    fn hear(&mut self, said: Said) -> Vec<Probe> {
        said.proofs
            .into_iter()
            .for_each(|proof| assert_ne!(self.replica.prove(proof), Proved::Refused));
        said.entries.into_iter().for_each(|entry| self.receive(entry));
        said.probes
    }
}

impl Said {
    fn is_empty(&self) -> bool {
        self.proofs.is_empty() && self.entries.is_empty() && self.probes.is_empty()
    }
}

/// Rounds, as `room::sync` holds them, until neither has anything to say.
fn meet(a: &mut Node, b: &mut Node) {
    let (mut asked_a, mut asked_b) = (Vec::new(), Vec::new());
    for _ in 0..32 {
        let from_a = a.say(&b.replica.have(), asked_a);
        let from_b = b.say(&a.replica.have(), asked_b);
        if from_a.is_empty() && from_b.is_empty() {
            return;
        }
        asked_a = a.hear(from_b);
        asked_b = b.hear(from_a);
    }
    panic!("after 32 rounds the two have still something to say");
}

fn assert_agree(a: &Node, b: &Node) {
    assert_eq!(a.content(), b.content());
}

#[test]
fn both_empty_have_nothing_to_say() {
    assert_eq!(compare(&Replica::new(), &HaveVector::new()), Plan::default());
}

#[test]
fn equal_logs_have_nothing_to_say() {
    let log = write(0, None, 5, 0);
    let (a, b) = (Node::holding(&log), Node::holding(&log));
    assert_eq!(compare(&a.replica, &b.replica.have()), Plan::default());
}

#[test]
fn a_peer_that_never_heard_of_an_author_gets_all() {
    let a = Node::holding(&write(0, None, 5, 0));
    let plan = compare(&a.replica, &HaveVector::new());
    assert_eq!(plan.ranges, vec![Range { author: member(0), first: 1, last: 5 }]);
}

#[test]
fn a_peer_that_is_behind_gets_the_rest() {
    let log = write(0, None, 5, 0);
    let (a, b) = (Node::holding(&log), Node::holding(&log[..3]));
    let plan = compare(&a.replica, &b.replica.have());
    assert_eq!(plan.ranges, vec![Range { author: member(0), first: 4, last: 5 }]);
    assert_eq!(compare(&b.replica, &a.replica.have()), Plan::default());
}

#[test]
fn each_is_ahead_in_one_log() {
    let (one, two) = (write(0, None, 4, 0), write(1, None, 4, 0));
    let mut a = Node::holding(&[&one[..], &two[..1]].concat());
    let mut b = Node::holding(&[&one[..2], &two[..]].concat());
    meet(&mut a, &mut b);
    assert_agree(&a, &b);
    assert_eq!(a.replica.entries(), 8);
}

#[test]
fn early_entries_wait_and_come_in_order() {
    let log = write(0, None, 4, 0);
    let mut replica = Replica::new();
    assert_eq!(replica.insert(log[3].clone()), Inserted::Waiting { missing: 3 });
    assert_eq!(replica.insert(log[1].clone()), Inserted::Waiting { missing: 1 });
    assert_eq!(replica.insert(log[1].clone()), Inserted::Duplicate);
    assert_eq!(replica.insert(log[0].clone()), Inserted::New(log[..2].to_vec()));
    assert_eq!(replica.insert(log[2].clone()), Inserted::New(log[2..].to_vec()));
    assert_eq!(replica.waiting(), 0);
    assert_eq!(replica.head(&member(0)), log[3].hash());
}

#[test]
fn the_waiting_room_is_bounded() {
    let log = write(0, None, 300, 0);
    let mut replica = Replica::new();
    let waits = log[1..].iter().map(|e| replica.insert(e.clone()));
    let refused = waits.filter(|i| *i == Inserted::Refused(Refused::Waiting)).count();
    assert_eq!((replica.waiting(), refused), (256, 43));
    let Inserted::New(new) = replica.insert(log[0].clone()) else { panic!("the first is next") };
    assert_eq!(new.len(), 257);
}

#[test]
fn two_entries_with_one_number_are_a_conflict() {
    let (log, twin) = (write(0, None, 3, 0), write(0, None, 1, 1));
    let mut replica = Node::holding(&log).replica;
    let held = EntryRef { author: member(0), seq: 1 };
    assert_eq!(replica.insert(twin[0].clone()), Inserted::Conflict { held });
    assert_eq!(replica.height(&member(0)), 3, "nothing changes until it is proved");
    assert_eq!(replica.prove(Proof::new(log[0].clone(), twin[0].clone()).unwrap()), Proved::New);
    assert_eq!(replica.height(&member(0)), 0);
    assert_eq!(replica.insert(log[0].clone()), Inserted::Duplicate);
}

#[test]
fn two_waiting_entries_with_one_number_are_a_fork() {
    let log = write(0, None, 2, 0);
    let twin = write(0, Some(&log[0]), 1, 1);
    let mut replica = Replica::new();
    let _ = replica.insert(log[1].clone());
    let proof = Proof::new(log[1].clone(), twin[0].clone()).unwrap();
    assert_eq!(replica.insert(twin[0].clone()), Inserted::Fork(Box::new(proof.clone())));
    assert_eq!(replica.prove(proof), Proved::New);
    assert_eq!(replica.waiting(), 0);
}

#[test]
fn an_entry_of_another_branch_does_not_link() {
    let (log, branch) = (write(0, None, 2, 0), write(0, None, 3, 1));
    let mut replica = Node::holding(&log).replica;
    assert_eq!(replica.insert(branch[2].clone()), Inserted::Refused(Refused::Unlinked));
}

#[test]
fn a_lower_fork_replaces_a_higher_one() {
    let log = write(0, None, 4, 0);
    let high = Proof::new(log[3].clone(), write(0, Some(&log[2]), 1, 1).remove(0)).unwrap();
    let low = Proof::new(log[1].clone(), write(0, Some(&log[0]), 1, 2).remove(0)).unwrap();
    let mut replica = Node::holding(&log).replica;
    assert_eq!(replica.prove(high.clone()), Proved::New);
    assert_eq!(replica.height(&member(0)), 3);
    assert_eq!(replica.prove(low.clone()), Proved::New);
    assert_eq!(replica.prove(high), Proved::Known);
    assert_eq!((replica.height(&member(0)), replica.fork(&member(0))), (1, Some(&low)));
}

#[test]
fn a_proof_may_come_before_the_entries_below_it() {
    let log = write(0, None, 3, 0);
    let proof = Proof::new(log[2].clone(), write(0, Some(&log[1]), 1, 1).remove(0)).unwrap();
    let mut node = Node::default();
    assert_eq!(node.replica.prove(proof), Proved::New);
    log.iter().for_each(|entry| node.receive(entry.clone()));
    assert_eq!(node.replica.height(&member(0)), 2);
}

#[test]
fn branches_of_one_height_are_found_to_part() {
    let trunk = write(0, None, 1_000, 0);
    let (left, right) = (write(0, trunk.last(), 500, 1), write(0, trunk.last(), 500, 2));
    let mut a = Node::holding(&[&trunk[..], &left].concat());
    let mut b = Node::holding(&[&trunk[..], &right].concat());
    meet(&mut a, &mut b);
    assert_agree(&a, &b);
    assert_eq!(a.replica.fork(&member(0)).map(Proof::seq), Some(1_001));
    assert_eq!(a.replica.height(&member(0)), 1_000);
}

#[test]
fn branches_of_unequal_height_are_found_to_part() {
    let trunk = write(0, None, 10, 0);
    let (left, right) = (write(0, trunk.last(), 1, 1), write(0, trunk.last(), 300, 2));
    let mut a = Node::holding(&[&trunk[..], &left].concat());
    let mut b = Node::holding(&[&trunk[..], &right].concat());
    meet(&mut a, &mut b);
    assert_agree(&a, &b);
    assert_eq!(b.replica.fork(&member(0)).map(Proof::seq), Some(11));
}

#[test]
fn a_third_replica_learns_the_fork_from_either() {
    let (left, right) = (write(0, None, 2, 1), write(0, None, 2, 2));
    let (mut a, mut b) = (Node::holding(&left), Node::holding(&right));
    meet(&mut a, &mut b);
    let mut c = Node::holding(&left);
    meet(&mut b, &mut c);
    assert_agree(&a, &c);
}

#[test]
fn what_a_peer_knows_to_be_forked_is_not_sent() {
    let a = Node::holding(&write(0, None, 9, 0));
    let have = Have { height: 2, head: a.replica.chains[&member(0)].hashes[1], fork: Some(5) };
    let plan = compare(&a.replica, &[(member(0), have)].into());
    assert_eq!(plan.ranges, vec![Range { author: member(0), first: 3, last: 4 }]);
}

#[test]
fn senseless_claims_lead_nowhere() {
    let a = Node::holding(&write(0, None, 3, 0));
    let have = Have { height: u64::MAX, head: EntryHash::NONE, fork: Some(0) };
    assert_eq!(compare(&a.replica, &[(member(0), have)].into()), Plan::default());
    for points in [vec![(0, EntryHash::NONE)], vec![(u64::MAX, EntryHash::NONE)], vec![]] {
        let probe = Probe { author: member(0), equal: u64::MAX, points };
        assert_eq!(a.replica.answer(&probe), ProbeAnswer::Nothing);
    }
    let probe = Probe { author: member(0), equal: u64::MAX, points: vec![(2, EntryHash::NONE)] };
    assert_eq!(a.replica.answer(&probe), ProbeAnswer::Nothing);
}

#[test]
fn only_so_many_authors() {
    let mut replica = Replica::new();
    for author in 0..=MEMBERS {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&(author as u64 + 1).to_be_bytes());
        let key = SigningKey::from_bytes(&seed);
        let entry = Entry::sign(&key, &MEETING, 1, EntryHash::NONE, "<message/>".into());
        let taken = matches!(replica.insert(entry), Inserted::New(_));
        assert_eq!(taken, author < MEMBERS);
    }
}

/// One author's history: a trunk and branches that leave it, each `(where, how long)`.
#[derive(Debug, Clone)]
struct History {
    trunk: u64,
    branches: Vec<(u64, u64)>,
}

fn histories() -> impl Strategy<Value = Vec<History>> {
    let branches = prop::collection::vec((0..12u64, 1..6u64), 0..3);
    let history = (1..12u64, branches).prop_map(|(trunk, branches)| History { trunk, branches });
    prop::collection::vec(history, 1..4)
}

fn lines_of(author: u8, history: &History) -> Vec<Vec<Entry>> {
    let trunk = write(author, None, history.trunk, 0);
    let mut lines = vec![trunk.clone()];
    for (n, (at, length)) in (1..).zip(&history.branches) {
        let stem = &trunk[..trunk.len().min(*at as usize)];
        lines.push([stem, &write(author, stem.last(), *length, n)].concat());
    }
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever each replica heard by gossip, in whatever order, and whoever meets whom: once
    /// every pair has met, all hold the same chains and the same lowest forks.
    #[test]
    fn replicas_converge_whatever_they_heard_and_whoever_meets_whom(
        histories in histories(),
        heard in prop::collection::vec((0..5usize, 0..4usize, 0..4usize, 0..20usize), 0..120),
        meetings in prop::collection::vec((0..5usize, 0..5usize), 0..12),
    ) {
        let lines: Vec<Vec<Vec<Entry>>> =
            (0..).zip(&histories).map(|(author, history)| lines_of(author, history)).collect();
        let mut nodes: Vec<Node> = (0..5).map(|_| Node::default()).collect();
        // Every line of history is held by somebody, or nobody could tell of it.
        for (author, lines) in lines.iter().enumerate() {
            for (n, line) in lines.iter().enumerate() {
                line.iter().for_each(|entry| nodes[(author + n) % 5].receive(entry.clone()));
            }
        }
        for (node, author, line, at) in heard {
            let lines = &lines[author % lines.len()];
            let line = &lines[line % lines.len()];
            nodes[node].receive(line[at % line.len()].clone());
        }
        let all_pairs = (0..5).flat_map(|a| (0..5).map(move |b| (a, b)));
        // Twice round: what the last pair finds out has to travel.
        for (a, b) in meetings.into_iter().chain(all_pairs.clone()).chain(all_pairs) {
            if let Ok([a, b]) = nodes.get_disjoint_mut([a, b]) {
                meet(a, b);
            }
        }
        for node in &nodes[1..] {
            prop_assert_eq!(node.content(), nodes[0].content());
        }
        let lowest = |history: &History| {
            history.branches.iter().map(|(at, _)| history.trunk.min(*at) + 1).min()
        };
        for (author, history) in (0..).zip(&histories) {
            let fork = nodes[0].replica.fork(&member(author)).map(Proof::seq);
            let expected = lowest(history).filter(|seq| {
                // A branch that begins beyond the trunk continues it, and two such branches fork.
                *seq <= history.trunk
                    || history.branches.iter().filter(|(at, _)| *at >= history.trunk).count() > 1
            });
            prop_assert_eq!(fork, expected);
        }
    }
}
