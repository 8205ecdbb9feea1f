use super::*;
use crate::room::entry::Entry;
use crate::room::id::{EntryHash, EntryRef, MemberId};
use crate::room::replica::{Inserted, Proof, Replica, compare};
use crate::room::samples::{MEETING, write};
use ed25519_dalek::SigningKey;
use std::collections::BTreeMap;
use std::time::Duration;

/// A node with nothing but a replica, a log and one side of a sync.
#[derive(Default)]
struct Side {
    replica: Replica,
    log: BTreeMap<EntryRef, Entry>,
    session: SyncSession,
    hello: Option<Hello>,
    sent_entries: usize,
}

impl Side {
    fn holding(entries: &[Entry]) -> Self {
        let mut side = Self::default();
        entries.iter().for_each(|entry| side.insert(entry.clone()));
        side
    }

    fn insert(&mut self, entry: Entry) {
        match self.replica.insert(entry.clone()) {
            Inserted::New(new) => self.log.extend(
                new.into_iter().map(|e| (EntryRef { author: e.author(), seq: e.seq() }, e)),
            ),
            Inserted::Conflict { held } => {
                let proof = Proof::new(self.log[&held].clone(), entry).unwrap();
                let _ = self.replica.prove(proof);
            }
            _ => {}
        }
    }

    /// Does what the session asks until it sends something, waits or ends.
    fn step(&mut self) -> Next {
        loop {
            match self.session.next_step() {
                Next::Hello => {
                    let keyring = vec![vec![1, 2, 3]];
                    return Next::Send(self.session.hello(Hello { keyring, ..Hello::default() }));
                }
                Next::Have => return Next::Send(self.session.have(self.replica.have())),
                Next::Plan(theirs) => self.session.plan(compare(&self.replica, &theirs)),
                Next::Answer(probe) => self.session.answer(self.replica.answer(&probe)),
                Next::Read(range) => {
                    let author = range.author;
                    let mut bytes = 0;
                    let entries: Vec<_> = (range.first..=range.last)
                        .map(|seq| self.log[&EntryRef { author, seq }].encode())
                        .take_while(|entry| {
                            bytes += entry.len();
                            bytes <= BATCH_BYTES
                        })
                        .collect();
                    self.sent_entries += entries.len();
                    self.session.read(entries);
                }
                other => return other,
            }
        }
    }

    fn receive(&mut self, message: Message) {
        match self.session.receive(message).expect("both keep to the protocol") {
            Received::Nothing => {}
            Received::Hello(hello) => self.hello = Some(hello),
            Received::Entries(entries) => entries
                .iter()
                .for_each(|bytes| self.insert(Entry::decode(&MEETING, bytes).unwrap())),
            Received::Proof(entries) => {
                let _ = self.replica.prove(decode_proof(&MEETING, &entries).unwrap());
            }
        }
    }
}

/// Lets the two talk, `lead` deciding who goes first when both can. Returns (messages, bytes).
fn talk(a: &mut Side, b: &mut Side, mut lead: u64) -> (usize, usize) {
    let (mut to_a, mut to_b) = (VecDeque::new(), VecDeque::new());
    let (mut messages, mut bytes) = (0, 0);
    for _ in 0..100_000 {
        lead = lead.rotate_right(1);
        let (me, inbox, outbox) = if lead & 1 == 0 {
            (&mut *a, &mut to_a, &mut to_b)
        } else {
            (&mut *b, &mut to_b, &mut to_a)
        };
        match me.step() {
            Next::Send(message) => {
                messages += 1;
                bytes += message.encode().len();
                outbox.push_back(Message::decode(&message.encode()).unwrap());
            }
            Next::Receive => {
                if let Some(message) = inbox.pop_front() {
                    me.receive(message);
                }
            }
            Next::Finished => {
                let both = a.step() == Next::Finished && b.step() == Next::Finished;
                if both && to_a.is_empty() && to_b.is_empty() {
                    assert_eq!(a.replica.have(), b.replica.have());
                    return (messages, bytes);
                }
            }
            other => panic!("{other:?} was not handled"),
        }
    }
    panic!("the two never came to an end");
}

#[test]
fn equal_replicas_are_done_after_one_round() {
    let log = write(1, None, 5, "x");
    let (mut a, mut b) = (Side::holding(&log), Side::holding(&log));
    let (messages, bytes) = talk(&mut a, &mut b, 0x5555_5555_5555_5555);
    assert_eq!(messages, 6, "hello, have and done from each");
    assert!(bytes < 400, "{bytes} bytes");
    assert_eq!(b.hello.unwrap().keyring, vec![vec![1, 2, 3]]);
}

#[test]
fn each_gets_what_it_lacks() {
    let mut a = Side::holding(&write(1, None, 9, "x"));
    let mut b = Side::holding(&write(2, None, 7, "y"));
    talk(&mut a, &mut b, 0x5555_5555_5555_5555);
    assert_eq!((a.replica.entries(), a.sent_entries, b.sent_entries), (16, 9, 7));
}

#[test]
fn a_long_log_goes_in_batches() {
    let mut a = Side::holding(&write(1, None, 2_000, &"long ".repeat(200)));
    let mut b = Side::default();
    let (messages, _) = talk(&mut a, &mut b, 0x5555_5555_5555_5555);
    assert!(messages > 16, "2.4 MB went in {messages} messages");
    assert_eq!(a.sent_entries, 2_000, "each once");
}

#[test]
fn a_fork_is_found_and_both_know_it() {
    let trunk = write(1, None, 3_000, "x");
    let left = [&trunk[..], &write(1, trunk.last(), 40, "left")].concat();
    let right = [&trunk[..], &write(1, trunk.last(), 40, "right")].concat();
    for lead in [0x5555_5555_5555_5555, 0x1111_1111_1111_1111, 0xeeee_eeee_eeee_eeee, 0x00ff] {
        let (mut a, mut b) = (Side::holding(&left), Side::holding(&right));
        let (messages, bytes) = talk(&mut a, &mut b, lead);
        let author = trunk[0].author();
        assert_eq!(a.replica.fork(&author).map(Proof::seq), Some(3_001));
        assert_eq!(b.replica.fork(&author).map(Proof::seq), Some(3_001));
        assert!(bytes < 30_000, "{messages} messages, {bytes} bytes");
    }
}

#[test]
fn what_the_log_no_longer_holds_is_left_out() {
    let mut a = Side::holding(&write(1, None, 3, "x"));
    let mut session = SyncSession::new();
    let _ = session.hello(Hello::default());
    let _ = session.have(a.replica.have());
    session.plan(compare(&a.replica, &HaveVector::new()));
    assert!(matches!(session.next_step(), Next::Read(_)));
    session.read(Vec::new());
    assert_eq!(session.next_step(), Next::Send(Message::Done));
    assert!(!session.busy, "nothing was sent");
    a.session = session;
}

#[test]
fn a_message_out_of_turn_is_refused() {
    let mut session = SyncSession::new();
    assert_eq!(session.receive(Message::Done), Err(OutOfTurn), "before hello");
    assert!(session.receive(Message::Hello(Hello::default())).is_ok());
    assert_eq!(session.receive(Message::Hello(Hello::default())), Err(OutOfTurn), "twice");
    assert_eq!(session.receive(Message::Entries(vec![])), Err(OutOfTurn), "before have");
    assert!(session.receive(Message::Have(HaveVector::new())).is_ok());
    assert_eq!(session.receive(Message::Have(HaveVector::new())), Err(OutOfTurn), "twice");
    assert!(session.receive(Message::Done).is_ok());
    assert_eq!(session.receive(Message::Entries(vec![])), Err(OutOfTurn), "after done");
}

#[test]
fn a_peer_that_never_ends_does_not_hold_us() {
    let mut side = Side::default();
    let mut sent_done = 0;
    side.receive(Message::Hello(Hello::default()));
    for _ in 0..ROUNDS {
        side.receive(Message::Have(HaveVector::new()));
        side.receive(Message::Entries(vec![]));
        side.receive(Message::Done);
        while let Next::Send(message) = side.step() {
            sent_done += usize::from(message == Message::Done);
        }
    }
    assert_eq!((side.step(), sent_done), (Next::Finished, ROUNDS as usize));
}

#[test]
fn any_sequence_of_messages_leaves_the_session_sound() {
    bolero::check!().with_type::<Vec<(u8, u8)>>().with_test_time(Duration::from_secs(1)).for_each(
        |script| {
            let mut side = Side::holding(&write(1, None, 3, "x"));
            let author = MemberId(SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes());
            for (what, n) in script {
                let n = u64::from(*n);
                let head = EntryHash([*what; 32]);
                let message = match what % 7 {
                    0 => Message::Hello(Hello::default()),
                    1 => {
                        let have = crate::room::replica::Have { height: n, head, fork: Some(n) };
                        Message::Have([(author, have)].into())
                    }
                    2 => Message::Entries(vec![]),
                    3 => Message::Done,
                    4 => Message::Probe(Probe { author, equal: n, points: vec![(n, head)] }),
                    _ => {
                        let _ = side.step();
                        continue;
                    }
                };
                if side.session.receive(message).is_err() {
                    break;
                }
            }
        },
    );
}
