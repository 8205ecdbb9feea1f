use super::*;
use crate::room::admission::{Code, LinkSecret};
use crate::room::id::MeetingId;
use crate::room::seal::Keyring;
use crate::room::stanza::JoinPolicy;
use serde_bytes::{ByteArray, ByteBuf};
use tokio_util::compat::TokioAsyncReadCompatExt;

const PARTIES: Parties =
    Parties { newcomer: MemberId([1; 32]), host: MemberId([2; 32]), meeting: MeetingId([3; 32]) };

fn code(text: &str) -> Code {
    text.parse().expect("a code")
}

fn visitor(secret: Option<&str>) -> Visitor {
    Visitor {
        parties: PARTIES,
        name: "Ada".into(),
        secret: secret.map(|text| Secret::Code(code(text))),
        voucher: vec![vec![1, 2, 3]],
    }
}

fn welcome() -> Welcome {
    Welcome {
        meeting: PARTIES.meeting,
        keyring: ByteBuf::from(Keyring::found([5; 32]).encode()),
        code: None,
        link: ByteArray::new([9; 16]),
        entries: vec![],
        members: vec![],
        proof: None,
    }
}

/// A door and the questions that it asks.
fn door(policy: JoinPolicy) -> (Door, mpsc::Receiver<DoorRequest>) {
    let (node, questions) = mpsc::channel(8);
    let link = LinkSecret::new([9; 16]);
    let keeper = Doorkeeper::new(PARTIES.host, PARTIES.meeting, policy, code("123-456"), link);
    (Door::new(keeper, node), questions)
}

/// Answers the door's questions as a node would; returns what it was asked, in order.
async fn node(
    mut questions: mpsc::Receiver<DoorRequest>,
    known: Acquaintance,
    people_say: bool,
) -> Vec<&'static str> {
    let mut asked = Vec::new();
    while let Some(question) = questions.recv().await {
        match question {
            DoorRequest::WhoIs { voucher, reply, .. } => {
                asked.push("who");
                assert_eq!(voucher, [[1, 2, 3]]);
                let _ = reply.send(known);
            }
            DoorRequest::Ask { name, reply, .. } => {
                asked.push("ask");
                assert_eq!(name, "Ada");
                let _ = reply.send(people_say);
            }
            DoorRequest::Admit { peer, reply, .. } => {
                asked.push("admit");
                assert_eq!(peer, PARTIES.newcomer);
                let _ = reply.send(welcome());
            }
            DoorRequest::WrongCode { failures, .. } => {
                asked.push("wrong");
                assert_eq!(failures, 1);
            }
        }
    }
    asked
}

fn streams() -> (Stream, Stream) {
    let (here, there) = tokio::io::duplex(1024);
    (Stream::new(here.compat()), Stream::new(there.compat()))
}

/// One visit: what the newcomer got, what the member saw, what the node was asked.
async fn visit(
    policy: JoinPolicy,
    known: Acquaintance,
    people_say: bool,
    secret: Option<&str>,
) -> (Result<Box<Welcome>, KnockError>, Visit, Vec<&'static str>) {
    let (door, questions) = door(policy);
    let (outside, inside) = streams();
    let answering = async move { door.answer(inside, PARTIES.newcomer, LocalTime::default).await };
    tokio::join!(
        knock(outside, visitor(secret), || ()),
        answering,
        node(questions, known, people_say),
    )
}

#[tokio::test]
async fn the_right_code_is_admitted_with_proof() {
    let (got, saw, asked) =
        visit(JoinPolicy::Code, Acquaintance::Unknown, false, Some("123-456")).await;
    assert!(got.expect("admitted").proof.is_some());
    assert_eq!((saw, asked), (Visit::Admitted, vec!["who", "admit"]));
}

#[tokio::test]
async fn the_wrong_code_is_refused_and_reported() {
    let (got, saw, asked) =
        visit(JoinPolicy::Code, Acquaintance::Unknown, false, Some("000-000")).await;
    assert_eq!(got, Err(KnockError::Refused(Refused::WrongCode)));
    assert_eq!((saw, asked), (Visit::Refused(Refused::WrongCode), vec!["who", "wrong"]));
}

#[tokio::test]
async fn no_code_where_one_is_needed() {
    let (got, _, asked) = visit(JoinPolicy::Code, Acquaintance::Unknown, false, None).await;
    assert_eq!(got, Err(KnockError::Refused(Refused::CodeNeeded)));
    assert_eq!(asked, ["who"]);
}

#[tokio::test]
async fn members_come_back_without_a_code_and_the_removed_do_not() {
    let (got, _, asked) = visit(JoinPolicy::Code, Acquaintance::Member, false, None).await;
    assert!(got.is_ok());
    assert_eq!(asked, ["who", "admit"]);
    let (got, _, asked) =
        visit(JoinPolicy::Code, Acquaintance::Removed, false, Some("123-456")).await;
    assert_eq!(got, Err(KnockError::Refused(Refused::Removed)));
    assert_eq!(asked, ["who"]);
}

#[tokio::test]
async fn people_decide_where_they_are_asked() {
    let (got, _, asked) = visit(JoinPolicy::Ask, Acquaintance::Unknown, true, None).await;
    assert!(got.is_ok());
    assert_eq!(asked, ["who", "ask", "admit"]);
    let (got, _, asked) = visit(JoinPolicy::Ask, Acquaintance::Unknown, false, None).await;
    assert_eq!(got, Err(KnockError::Refused(Refused::Declined)));
    assert_eq!(asked, ["who", "ask"]);
}

#[tokio::test(start_paused = true)]
async fn who_waits_hears_that_somebody_is_there_and_may_leave() {
    let (door, mut questions) = door(JoinPolicy::Ask);
    let (outside, inside) = streams();
    let answering =
        tokio::spawn(
            async move { door.answer(inside, PARTIES.newcomer, LocalTime::default).await },
        );
    let (heard, mut waits) = mpsc::channel(8);
    let knocking = tokio::spawn(knock(outside, visitor(None), move || {
        let _ = heard.try_send(());
    }));
    let Some(DoorRequest::WhoIs { reply, .. }) = questions.recv().await else {
        panic!("the first question")
    };
    reply.send(Acquaintance::Unknown).expect("the door waits");
    let Some(DoorRequest::Ask { mut reply, .. }) = questions.recv().await else {
        panic!("the second question")
    };
    // Far beyond the patience for a single message.
    for _ in 0..10 {
        waits.recv().await.expect("still waiting");
    }
    knocking.abort();
    reply.closed().await;
    assert_eq!(answering.await.expect("no panic"), Visit::Gone);
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_not_waited_for() {
    let (door, _questions) = door(JoinPolicy::Code);
    let (_silent, inside) = streams();
    assert_eq!(door.answer(inside, PARTIES.newcomer, LocalTime::default).await, Visit::Gone);
    let (outside, _silent) = streams();
    assert_eq!(knock(outside, visitor(None), || ()).await, Err(KnockError::Timeout));
}

#[tokio::test]
async fn an_announced_length_reserves_nothing() {
    let mut bytes = futures::io::Cursor::new([0xff, 0xff, 0xff, 0xff, 0]);
    let got = receive(&mut bytes, KNOCK_BYTES, PATIENCE).await;
    assert_eq!(got, Err(crate::room::admission::MessageError::TooLarge.into()));
    let mut short = futures::io::Cursor::new([0, 0, 0x10, 0, 0]);
    assert_eq!(receive(&mut short, KNOCK_BYTES, PATIENCE).await, Err(KnockError::Closed));
}
