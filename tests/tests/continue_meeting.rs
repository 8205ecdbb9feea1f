//! What a lobby offers: meetings with the people in them, earlier meetings to go on with, and who
//! waits at the door.

use moot_tests::event::Line;
use moot_tests::gathering::{Gathering, NAMES, PATIENCE};
use moot_tests::launch::Launch;
use moot_tests::net::Network;
use moot_tests::turn;
use std::time::Duration;

/// After the power failed for everybody, the first one back is in the meeting alone; others find it
/// there and come in, and nobody is ever told about by number.
#[test]
fn a_meeting_goes_on_from_one_member_alone() {
    let _turn = turn::take();
    let network = Network::new(3);
    if !network.can("coming back by id") {
        return;
    }
    let mut meeting = Gathering::new(&network, "Long meeting");
    meeting.host(|launch| launch);
    meeting.some_join(1..2, |_, launch| launch);
    meeting.node(1).command("say written down");
    meeting.node(1).command("hand up");
    let _seen = meeting.node(0).event("hand", PATIENCE);
    meeting.node(0).kill();
    meeting.node(1).kill();
    let words = ["join", &meeting.id(), "--name", "Benedict"];
    let back = Launch::new(&network, 1, NAMES[1], &words).data(&meeting.data(1)).start();
    let _in = back.event("joined", Duration::from_secs(8));
    let _chat = back.event("chat", PATIENCE);
    let renamed = |line: &Line| line.is("member") && line.text("name") == "Benedict";
    let _renamed = back.expect("the new name", 0, PATIENCE, renamed);
    let lines = back.lines();
    let at = |kind: &str| lines.iter().position(|line| line.is(kind)).expect(kind);
    let own = |line: &Line| line.is("member") && line.text("peer") == back.peer();
    let told = lines.iter().position(own).expect("oneself is told of");
    assert!(told < at("hand") && told < at("chat"), "people come before what they did");
    meeting.nodes[0] = None;
    meeting.nodes[1] = Some(back);
    meeting.some_join(2..3, |_, launch| launch);
    let find = Launch::new(&network, 0, "find", &["find"]).start();
    let all = |line: &Line| line.is("found") && line.body["members"] == 2;
    let found = find.expect("both members", 0, Duration::from_secs(3), all);
    assert_eq!(found.body["people"], serde_json::json!(["Benedict", NAMES[2]]));
    let _agreed = meeting.must_agree(Duration::from_secs(5));
    meeting.node(2).command("rename Caius");
    let renamed = |line: &Line| line.is("member") && line.text("name") == "Caius";
    let _renamed = meeting.node(1).expect("the new name", 0, PATIENCE, renamed);
    // Both screens show the same digits.
    let (one, other) = (meeting.node(1).peer(), meeting.node(2).peer());
    meeting.node(1).command(&format!("compare {other}"));
    meeting.node(2).command(&format!("compare {one}"));
    let digits =
        |node: usize| meeting.node(node).event("compare", PATIENCE).text("digits").to_owned();
    assert_eq!(digits(1), digits(2));
    meeting.close();
}

/// Names are anybody's choice: a whole id means its owner. Who gives up waiting is told of.
#[test]
fn who_waits_is_answered_by_id_and_told_when_they_give_up() {
    let _turn = turn::take();
    let network = Network::new(3);
    if !network.can("asking by title") {
        return;
    }
    let mut meeting = Gathering::new(&network, "Door meeting");
    meeting.host(|launch| launch.with("--join", "ask"));
    meeting.join(1, |launch| launch.flag("--hide-name"));
    let asks = |line: &Line| line.is("member") && line.text("state") == "asking";
    let asked = meeting.node(0).expect("somebody at the door", 0, PATIENCE, asks);
    // Somebody else who calls themselves by the first one's id.
    let words = ["join", &meeting.title, "--name", asked.text("peer")];
    let rogue = Launch::new(&network, 2, "Rogue", &words).data(&meeting.data(2)).start();
    let rogues = |line: &Line| asks(line) && line.text("name") == asked.text("peer");
    let _second = meeting.node(0).expect("the rogue at the door", 0, PATIENCE, rogues);
    meeting.node(0).command(&format!("admit {}", asked.text("peer")));
    meeting.joined(1, PATIENCE);
    assert!(rogue.lines().iter().all(|line| !line.is("joined")));
    rogue.kill();
    let gone = |line: &Line| line.is("member") && line.text("state") == "left";
    let gone = meeting.node(0).expect("they gave up", 0, PATIENCE, gone);
    assert_eq!(gone.text("peer"), rogue.peer());
    meeting.node(1).command("next");
    let told = meeting.node(1).event("error", PATIENCE);
    assert_eq!(told.text("kind"), "not_presenting");
    meeting.node(0).command("next");
    let told = meeting.node(0).event("error", PATIENCE);
    assert_eq!(told.text("kind"), "no_document");
    meeting.close();
}

/// A second program with one data folder is told so, at once.
#[test]
fn one_data_folder_is_one_program_s() {
    let _turn = turn::take();
    let network = Network::new(1);
    let mut meeting = Gathering::new(&network, "Only meeting");
    meeting.host(|launch| launch);
    let words = ["host", "--name", "Twin"];
    let twin = Launch::new(&network, 0, "Twin", &words).data(&meeting.data(0)).start();
    let told = twin.event("error", PATIENCE);
    assert_eq!(told.text("kind"), "start");
    assert!(told.text("message").contains("Another Moot program"), "{}", told.text("message"));
    assert_eq!(twin.exit_code(PATIENCE), Some(1));
    meeting.close();
}
