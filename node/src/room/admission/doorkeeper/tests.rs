use super::super::newcomer::{KnockError, Newcomer, Next};
use super::super::{Message, Welcome};
use super::*;
use crate::room::seal::Keyring;
use serde_bytes::{ByteArray, ByteBuf};

const HOST: MemberId = MemberId([1; 32]);
const ADA: MemberId = MemberId([2; 32]);
const MEETING: MeetingId = MeetingId([3; 32]);

fn code(text: &str) -> Secret {
    Secret::Code(text.parse().expect("a code"))
}

fn door(policy: JoinPolicy) -> Doorkeeper {
    let Secret::Code(code) = code("123-456") else { unreachable!("made above") };
    Doorkeeper::new(HOST, MEETING, policy, code, LinkSecret::new([9; 16]))
}

fn at(millis: u64) -> LocalTime {
    LocalTime::from_millis(millis)
}

fn welcome(proof: Option<[u8; 32]>) -> Message {
    Message::Welcome(Box::new(Welcome {
        meeting: MEETING,
        keyring: ByteBuf::from(Keyring::found([5; 32]).encode()),
        code: None,
        link: ByteArray::new([9; 16]),
        entries: vec![],
        members: vec![],
        proof: proof.map(ByteArray::new),
    }))
}

fn newcomer(peer: MemberId, secret: Option<Secret>) -> (Newcomer, Knock) {
    let parties = Parties { newcomer: peer, host: HOST, meeting: MEETING };
    let (newcomer, knock) =
        Newcomer::knock(parties, "Ada".into(), secret.as_ref(), vec![], [6; 32]);
    let Message::Knock(knock) = knock else { unreachable!("a newcomer knocks") };
    (newcomer, knock)
}

/// A whole try; none when the door did not even ask.
fn attempt(
    door: &mut Doorkeeper,
    peer: MemberId,
    secret: Secret,
    now: LocalTime,
) -> Option<Verdict> {
    let (mut newcomer, knock) = newcomer(peer, Some(secret));
    let step = door.knock(peer, &knock, Acquaintance::Unknown, [7; 32], now);
    let Step::Challenge { half, challenge } = step else { return None };
    let next = newcomer.hear(Message::Challenge(ByteBuf::from(half))).expect("a fair challenge");
    let Next::Send(Message::Proof(proof)) = next else { panic!("a proof comes next: {next:?}") };
    let verdict = door.prove(&challenge, proof.into_array(), now);
    if let Verdict::Right { proof } = verdict {
        assert!(matches!(newcomer.hear(welcome(Some(proof))), Ok(Next::Enter(_))));
    }
    Some(verdict)
}

#[test]
fn the_right_code_and_the_link_let_in() {
    let mut door = door(JoinPolicy::Code);
    for secret in [code("123-456"), Secret::Link(LinkSecret::new([9; 16]))] {
        let verdict = attempt(&mut door, ADA, secret, at(0));
        assert!(matches!(verdict, Some(Verdict::Right { .. })), "{verdict:?}");
    }
}

#[test]
fn each_wrong_code_of_one_person_doubles_the_pause() {
    let mut door = door(JoinPolicy::Code);
    let mut now = 0;
    for failures in 1..=6 {
        let verdict = attempt(&mut door, ADA, code("000-000"), at(now));
        assert_eq!(verdict, Some(Verdict::Wrong { peer: ADA, failures }));
        let pause = 1000 << (failures - 1);
        assert_eq!(attempt(&mut door, ADA, code("123-456"), at(now + pause - 1)), None);
        now += pause;
    }
    assert!(matches!(
        attempt(&mut door, ADA, code("123-456"), at(now)),
        Some(Verdict::Right { .. })
    ));
}

#[test]
fn many_identities_together_are_slowed_and_forgiven() {
    let mut door = door(JoinPolicy::Code);
    let mut wrong = 0;
    for n in 0..200_u8 {
        let sybil = MemberId([n; 32]);
        if attempt(&mut door, sybil, code("000-000"), at(u64::from(n) * 100)).is_some() {
            wrong += 1;
        }
    }
    // Twenty seconds: the free ones and pauses of 1, 2, 4, 8, 16 s.
    assert!((10..=13).contains(&wrong), "{wrong} tries in 20 s");
    let later = at(20_000 + 60_000);
    assert!(attempt(&mut door, ADA, code("123-456"), later).is_some(), "a minute at most");
}

#[test]
fn an_hour_of_trying_stays_far_from_a_million() {
    let mut door = door(JoinPolicy::Code);
    let mut tries = 0;
    for second in 0..3600_u64 {
        for n in 0..4_u8 {
            let mut id = [n; 32];
            id[..8].copy_from_slice(&second.to_be_bytes());
            tries += u32::from(
                attempt(&mut door, MemberId(id), code("000-000"), at(second * 1000)).is_some(),
            );
        }
    }
    assert!(tries < 200, "{tries} tries in an hour");
    assert!(door.peers.len() <= REMEMBERED);
}

#[test]
fn tries_that_are_never_proved_do_not_lock_the_door() {
    let mut door = door(JoinPolicy::Code);
    for n in 0..100_u8 {
        let peer = MemberId([n; 32]);
        let (_, knock) = newcomer(peer, Some(code("000-000")));
        let _ = door.knock(peer, &knock, Acquaintance::Unknown, [7; 32], at(0));
    }
    assert_eq!(door.under_way.len(), UNDER_WAY);
    assert_eq!(attempt(&mut door, ADA, code("123-456"), at(0)), None);
    assert!(attempt(&mut door, ADA, code("123-456"), at(10_000)).is_some());
}

#[test]
fn policy_and_acquaintance_decide() {
    let (_, plain) = newcomer(ADA, None);
    let (_, with_code) = newcomer(ADA, Some(code("123-456")));
    let step = |policy, known, knock: &Knock| door(policy).knock(ADA, knock, known, [7; 32], at(0));
    use Acquaintance::{Member, Removed, Unknown};
    assert!(matches!(step(JoinPolicy::Open, Unknown, &plain), Step::Admit));
    assert!(matches!(step(JoinPolicy::Ask, Unknown, &with_code), Step::Ask));
    assert!(matches!(step(JoinPolicy::Code, Unknown, &plain), Step::Refuse(Refused::CodeNeeded)));
    assert!(matches!(step(JoinPolicy::Code, Member, &plain), Step::Admit));
    assert!(matches!(step(JoinPolicy::Open, Removed, &plain), Step::Refuse(Refused::Removed)));
    let elsewhere = Knock { meeting: MeetingId([8; 32]), ..plain };
    assert!(matches!(
        step(JoinPolicy::Open, Member, &elsewhere),
        Step::Refuse(Refused::OtherMeeting)
    ));
}

#[test]
fn who_does_not_know_the_code_is_no_member() {
    let (mut newcomer, knock) = newcomer(ADA, Some(code("123-456")));
    let Secret::Code(guess) = code("999-999") else { unreachable!("made above") };
    let mut impostor =
        Doorkeeper::new(HOST, MEETING, JoinPolicy::Code, guess, LinkSecret::new([0; 16]));
    let step = impostor.knock(ADA, &knock, Acquaintance::Unknown, [7; 32], at(0));
    let Step::Challenge { half, challenge } = step else { panic!("{step:?}") };
    assert!(newcomer.hear(Message::Challenge(ByteBuf::from(half))).is_ok());
    let proof = Some(*challenge.expected.host.as_bytes());
    assert_eq!(newcomer.hear(welcome(proof)).err(), Some(KnockError::Impostor));
}

#[test]
fn a_welcome_without_the_proof_or_for_another_meeting_is_an_impostors() {
    let (mut proving, knock) = newcomer(ADA, Some(code("123-456")));
    let step = door(JoinPolicy::Code).knock(ADA, &knock, Acquaintance::Unknown, [7; 32], at(0));
    let Step::Challenge { half, .. } = step else { panic!("{step:?}") };
    assert!(proving.hear(Message::Challenge(ByteBuf::from(half))).is_ok());
    assert_eq!(proving.hear(welcome(None)).err(), Some(KnockError::Impostor));
    let (mut plain, _) = newcomer(ADA, None);
    let Message::Welcome(mut other) = welcome(None) else { unreachable!("made above") };
    other.meeting = MeetingId([8; 32]);
    assert_eq!(plain.hear(Message::Welcome(other)).err(), Some(KnockError::Impostor));
}

#[test]
fn any_order_of_messages_ends_without_a_panic() {
    let messages = [
        Message::Waiting,
        Message::Challenge(ByteBuf::from([0x42; 33])),
        welcome(None),
        Message::Refused(Refused::Declined),
        Message::Proof(ByteArray::new([0; 32])),
        Message::Knock(newcomer(ADA, None).1),
    ];
    bolero::check!().with_test_time(std::time::Duration::from_secs(1)).for_each(
        |order: &[u8]| {
            let secret = order.first().filter(|byte| **byte > 127).map(|_| code("123-456"));
            let (mut newcomer, _) = newcomer(ADA, secret);
            for choice in order {
                let message = messages[usize::from(*choice) % messages.len()].clone();
                if newcomer.hear(message).is_err() {
                    return;
                }
            }
        },
    );
}
