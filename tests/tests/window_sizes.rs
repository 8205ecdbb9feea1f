//! Four real windows of all sizes in one meeting, light and dark, English and Chinese: each shows the
//! page, and no button lies over another or outside the window.

use moot_tests::desk::{self, Desk};
use moot_tests::gathering::{Gathering, NAMES};
use moot_tests::net::Network;
use moot_tests::reader::Thing;
use moot_tests::{pdf, turn, wait};
use std::time::Duration;

/// How long joining and the first page may take on a busy machine without a graphics card.
const LONG: Duration = Duration::from_secs(40);

/// The witness, who also presents.
const PRESENTER: usize = 4;

/// A window: its screen in pixels, pixels per point, its language, and what it calls the page.
struct Window {
    screen: (u32, u32),
    scale: u32,
    language: &'static str,
    page: &'static str,
}

const WINDOWS: [Window; 4] = [
    Window { screen: (1440, 900), scale: 1, language: "en", page: "Page 1 of 3" },
    Window { screen: (1024, 700), scale: 1, language: "zh", page: "第 1 页，共 3 页" },
    Window { screen: (3840, 2160), scale: 2, language: "zh", page: "第 1 页，共 3 页" },
    Window { screen: (720, 520), scale: 1, language: "en", page: "Page 1 of 3" },
];

#[test]
fn four_windows_of_all_sizes_show_the_page() {
    let _turn = turn::take();
    let network = Network::new(WINDOWS.len() + 1);
    if !network.can("windows in one meeting") || !desk::possible() {
        return;
    }
    let mut meeting = Gathering::new(&network, "Plans");
    meeting.host_on(PRESENTER, |launch| launch);
    let deck = meeting.file("Dike.pdf");
    std::fs::write(&deck, pdf::deck(3)).expect("temporary folder is writable");
    let _ = meeting.node(PRESENTER).event("floor", LONG);
    meeting.node(PRESENTER).command(&format!("document {}", deck.display()));
    let _ = meeting.node(PRESENTER).whole_page();
    let link = meeting.link();
    let desks: Vec<Desk> = WINDOWS
        .iter()
        .enumerate()
        .map(|(node, window)| {
            let desk = Desk::new(&network, node, window.screen, &meeting.file(""));
            let mut desk = desk.with(format!("WINIT_X11_SCALE_FACTOR={}", window.scale));
            let data = meeting.data(node).display().to_string();
            desk.open(&["--lang", window.language, "--name", NAMES[node], "--data", &data, &link]);
            desk
        })
        .collect();
    for (window, desk) in WINDOWS.iter().zip(&desks) {
        let _ = desk.reads_within(window.page, LONG);
        for theme in ["dark", "light"] {
            let (wide, high) = window.screen;
            let picture = desk.look(&format!("{wide}x{high}-{}-{theme}", window.language));
            let faults = faults(&desk.things(), window.screen);
            assert!(faults.is_empty(), "{picture:?}: {faults:?}");
            let nameless = desk.nameless();
            assert!(nameless.is_empty(), "{picture:?}: without a name: {nameless:?}");
            let corner = || desk.pixels((2, 2, 1, 1));
            let before = corner();
            desk.key("ctrl+shift+d");
            let changed = wait::find(LONG, || (corner() != before).then_some(()));
            assert!(changed.is_some(), "light and dark differ");
        }
    }
    let _ = meeting.node(PRESENTER).expect("four others", 0, LONG, |line| {
        line.is("member") && line.text("name") == NAMES[3] && line.text("state") == "here"
    });
    meeting.close();
}

/// Buttons that lie over another, or not in the window.
fn faults(things: &[Thing], (wide, high): (u32, u32)) -> Vec<String> {
    // Thumbnails and people are in lists, whose ends are cut off by what is above and below.
    let listed = |name: &str| name.starts_with("Go to page") || name.starts_with("转到第");
    let buttons: Vec<&Thing> =
        things.iter().filter(|thing| thing.is_pressed() && !listed(&thing.name)).collect();
    let mut faults: Vec<String> = Vec::new();
    for (n, one) in buttons.iter().enumerate() {
        let (x, y, w, h) = one.place;
        let inside = |from: i32, length: i32, all: u32| {
            from >= 0 && u32::try_from(from + length).is_ok_and(|end| end <= all)
        };
        if !inside(x, w, wide) || !inside(y, h, high) {
            faults.push(format!("{} is not in the window: {:?}", one.name, one.place));
        }
        let over = buttons[n + 1..].iter().filter(|other| one.overlaps(other));
        faults.extend(over.map(|other| format!("{} lies over {}", one.name, other.name)));
    }
    if buttons.len() < 8 {
        faults.push(format!("only {} buttons are found", buttons.len()));
    }
    faults
}
