//! Leaving: by command, by Ctrl-C, by SIGTERM; not by the end of input.

use moot_tests::event::Line;
use moot_tests::gathering::{Gathering, PATIENCE};
use moot_tests::net::Network;
use moot_tests::process::STOP_LIMIT;
use moot_tests::{turn, wait};
use std::time::Duration;

#[test]
fn signals_and_leave_end_a_node_cleanly_and_the_end_of_input_does_not() {
    let _turn = turn::take();
    let network = Network::new(4);
    let mut meeting = Gathering::new(&network, "Shutdown");
    meeting.host(|launch| launch);
    meeting.all_join(|_, launch| launch);
    for node in meeting.present() {
        node.close_input();
    }
    // The end of input would end them within this time if it ended anything.
    wait::span(Duration::from_secs(1));
    assert_eq!(meeting.present().count(), 4, "the end of input ended somebody");
    let peer = meeting.node(1).peer();
    for (node, signal) in [(1, "TERM"), (2, "INT"), (0, "TERM")] {
        let node = meeting.node(node);
        node.signal(signal);
        assert_eq!(node.exit_code(STOP_LIMIT), Some(0), "after SIG{signal}\n{}", node.tail());
        let last = node.lines().pop().expect("it printed something");
        assert!(last.is("left"), "{} after SIG{signal}", last.body);
    }
    let left = |line: &Line| {
        line.is("member") && line.text("peer") == peer && line.text("state") == "left"
    };
    let _told = meeting.node(3).expect("the first one's good-bye", 0, PATIENCE, left);
    assert!(meeting.node(3).runs(), "the last one stays when all others have left");
    meeting.node(3).signal("INT");
    assert_eq!(meeting.node(3).exit_code(STOP_LIMIT), Some(0));
}

#[test]
fn a_signal_ends_a_node_that_is_still_looking() {
    let _turn = turn::take();
    let network = Network::new(1);
    let words = ["host", "--title", "Alone", "--name", "Ada"];
    let folder = tempfile::tempdir().expect("temporary folder is writable");
    let node =
        moot_tests::launch::Launch::new(&network, 0, "Ada", &words).data(folder.path()).start();
    let _ready = node.event("ready", PATIENCE);
    node.signal("TERM");
    assert_eq!(node.exit_code(STOP_LIMIT), Some(0), "{}", node.tail());
}
