//! Who was shown the door sees nothing that is said later; who was never in sees nothing at all.

use moot_tests::event::Line;
use moot_tests::gathering::{Gathering, NAMES, PATIENCE, holds};
use moot_tests::launch::Launch;
use moot_tests::net::Network;
use moot_tests::{pdf, turn, wait};
use std::time::Duration;

/// Said before the removal: the test must be able to see words where they are.
const BEFORE: &str = "albatross-before-removal";

/// Said after it.
const AFTER: &str = "cormorant-after-removal";

#[test]
fn a_removed_member_sees_nothing_said_later() {
    let _turn = turn::take();
    let network = Network::new(4);
    if !network.can("coming back by title") {
        return;
    }
    let mut meeting = Gathering::new(&network, "Confidential");
    let deck = meeting.file("deck.pdf");
    std::fs::write(&deck, pdf::deck(6)).expect("temporary folder is writable");
    meeting.host(|launch| launch.with("--document", &deck));
    meeting.all_join(|_, launch| launch);
    let removed = meeting.node(3);
    meeting.node(1).command(&format!("say {BEFORE}"));
    let says = |word: &'static str| move |line: &Line| line.is("chat") && line.text("text") == word;
    let _heard = removed.expect("what was said before", 0, PATIENCE, says(BEFORE));
    let peer = removed.peer();
    meeting.node(0).command(&format!("remove {}", NAMES[3]));
    let gone = |line: &Line| {
        line.is("member") && line.text("peer") == peer && line.text("state") == "removed"
    };
    for node in 0..3 {
        let _seen = meeting.node(node).expect("the removal", 0, PATIENCE, gone);
    }
    meeting.node(1).command(&format!("say {AFTER}"));
    meeting.node(0).command("page 5");
    for node in 0..3 {
        let _heard = meeting.node(node).expect("what is said after", 0, PATIENCE, says(AFTER));
    }
    // Comes back with all it has: the key, the addresses, the old roster.
    removed.kill();
    let told = meeting.node(3).lines();
    meeting.nodes[3] = Some(meeting.returning(3).start());
    let refused = meeting.node(3).event("refused", PATIENCE);
    println!("coming back: refused, {}", refused.text("reason"));
    assert_eq!(meeting.node(3).exit_code(PATIENCE), Some(3));
    let lines = meeting.node(3).lines();
    let all = told.iter().chain(&lines).map(|line| line.body.to_string());
    assert!(all.clone().any(|line| line.contains(BEFORE)), "the rig can see words");
    assert!(!all.clone().any(|line| line.contains(AFTER)), "told what was said later");
    assert!(!holds(&meeting.data(3), AFTER.as_bytes()), "its disk holds what was said later");
    let page_5 = |line: &Line| line.is("page") && line.count("page") == Some(5);
    assert!(!told.iter().chain(&lines).any(page_5), "saw a page that was turned to later");
    let _agreed = meeting.must_agree(Duration::from_secs(5));
    meeting.close();
}

#[test]
fn a_stranger_gets_nothing_but_the_door() {
    let _turn = turn::take();
    let network = Network::new(3);
    if !network.can("knocking without a link") {
        return;
    }
    let mut meeting = Gathering::new(&network, "Private");
    meeting.host(|launch| launch.with("--join", "ask"));
    let stranger = Launch::new(&network, 2, "Eve", &["join", "Private", "--name", "Eve"]);
    let folder = meeting.file("eve");
    let stranger = stranger.data(&folder).start();
    let asks = |line: &Line| line.is("member") && line.text("state") == "asking";
    let _asks = meeting.node(0).expect("a stranger at the door", 0, PATIENCE, asks);
    meeting.node(0).command(&format!("say {AFTER}"));
    // The door stays shut for as long as several rounds of anti-entropy take.
    wait::span(Duration::from_secs(6));
    for line in stranger.lines() {
        let harmless = ["ready", "found", "warning", "member"].iter().any(|event| line.is(event));
        assert!(harmless, "a stranger was told {}", line.body);
        assert!(!line.body.to_string().contains(AFTER));
    }
    assert!(!holds(&folder, AFTER.as_bytes()), "a stranger's disk holds what was said");
    meeting.node(0).command("refuse Eve");
    assert_eq!(stranger.exit_code(PATIENCE), Some(3), "{}", stranger.tail());
    meeting.close();
}
