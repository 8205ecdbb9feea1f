//! *Try it alone*: one real window, without any network, sees a whole meeting: people, pages, strokes,
//! chat and hands. Afterwards nothing of it is left. Then `moot FILE FILE`: pictures become one document.

use moot_tests::desk::{self, Desk};
use moot_tests::gathering::{Gathering, NAMES};
use moot_tests::net::Network;
use moot_tests::{turn, wait};
use std::time::Duration;

/// The screen of most laptops, pixels.
const SCREEN: (u32, u32) = (1440, 900);

/// The demonstration does something every 4 s; it starts with a conversion.
const LONG: Duration = Duration::from_secs(60);

/// A wave below a line of the page has at least so many pixels of its colour.
const STROKE: usize = 100;

#[test]
fn the_demonstration_shows_a_whole_meeting() {
    let _turn = turn::take();
    let network = Network::new(1);
    if !network.can("a window alone") || !desk::possible() {
        return;
    }
    let meeting = Gathering::new(&network, "");
    let files = meeting.file("tmp");
    std::fs::create_dir(&files).expect("temporary folder is writable");
    let desk = Desk::new(&network, 0, SCREEN, &meeting.file(""));
    let mut desk = desk.with(format!("TMPDIR={}", files.display()));
    let data = meeting.data(0).display().to_string();
    desk.open(&["--demo", "--lang", "en", "--name", NAMES[0], "--data", &data]);
    desk.titled("A first look at Moot", LONG);
    let _ = desk.reads_within("Lin Wei 林伟, Presenting", LONG);
    let page = |name: &str| name.starts_with("Page ") && name.ends_with(" of 12");
    let first = desk.sees_some("page", LONG, page);
    // Each of these comes again and again, and stays for some seconds.
    let drawn = wait::find(LONG, || (desk.ink(first.place) > STROKE).then_some(()));
    let picture = desk.look("demo");
    assert!(drawn.is_some(), "a stroke is seen: {picture:?}");
    let _ = desk.reads_within("I can see the page.", LONG);
    let _ = desk.reads_within("Jonas Schmidt, Raised hand", LONG);
    let _ = desk.sees_some("another page", LONG, |name| page(name) && name != first.name);
    desk.press("Leave");
    let _ = desk.sees("Meetings on this network");
    // What the system's libraries put there is theirs.
    let ours = || {
        let entries = std::fs::read_dir(&files).expect("it is there").filter_map(Result::ok);
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("moot")).count()
    };
    let left = wait::find(LONG, || (ours() == 0).then_some(()));
    assert!(left.is_some(), "its files are gone");
    let names: Vec<String> = desk.things().into_iter().map(|thing| thing.name).collect();
    let kept = names.iter().any(|name| name.contains("A first look"));
    assert!(!kept, "it is no earlier meeting of this person's: {names:?}");
    let pictures = ["picture-1", "picture-2"].map(|name| desk.look(name).display().to_string());
    desk.kill();
    let [one, two] = &pictures;
    desk.open(&["--lang", "en", "--name", NAMES[0], "--data", &data, one, two]);
    desk.titled("Ada's meeting", LONG);
    let _ = desk.reads_within("Page 1 of 2", LONG);
}
