//! Four real windows and nobody else: one starts a meeting, three type its code. A real PDF, page turns,
//! ink and its undoing, a note, zoom, chat, a hand, the floor given away, a crash and the way back.
//! What one does, the others' windows show.

use moot_tests::desk::{self, Desk};
use moot_tests::gathering::{Gathering, NAMES, holds};
use moot_tests::net::Network;
use moot_tests::report::Report;
use moot_tests::{pdf, shell, turn, wait};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Little more than what people and chat are shown from, pixels: four larger windows take a software
/// renderer longer.
const SCREEN: (u32, u32) = (1160, 700);

/// How long something may take on a busy machine without a graphics card.
const SOON: Duration = Duration::from_secs(40);

/// A stroke across the page, or a note, changes at least so many pixels.
const INK: usize = 150;

/// A document that nobody made for this test (Debian package `libtasn1-doc`).
const MANUAL: &str = "/usr/share/doc/libtasn1-doc/libtasn1.pdf";

#[test]
fn four_windows_meet_by_code() {
    let _turn = turn::take();
    let network = Network::new(4);
    if !network.can("windows that find each other") || !desk::possible() {
        return;
    }
    let meeting = Gathering::new(&network, "Plans");
    let mut report = Report::new("window_four");
    let mut desks: Vec<Desk> = (0..4).map(|node| open(&network, &meeting, node)).collect();
    let began = Instant::now();
    meet(&desks);
    report.figure("seconds until four are in by code", began.elapsed().as_secs_f64(), "s");
    let pages = show(&desks, &manual(&meeting));
    draw(&desks, &pages);
    talk(&desks);
    give_floor(&desks, &pages);
    let began = Instant::now();
    come_back(&meeting, &mut desks, &pages);
    report.figure("seconds from the crash to the page", began.elapsed().as_secs_f64(), "s");
    leave(&desks);
    report.finish();
}

/// Ada starts a meeting; the others find it and type what her window shows.
fn meet(desks: &[Desk]) {
    desks[0].press("Start meeting");
    desks[0].titled("Ada's meeting", SOON);
    desks[0].key("ctrl+i");
    let code = desks[0].sees_some("code", SOON, is_code).name;
    desks[0].key("Escape");
    for desk in &desks[1..] {
        desk.press("Join: Ada's meeting");
        desk.type_text(&code);
        desk.key("Return");
    }
    for (desk, name) in desks.iter().zip(NAMES) {
        desk.titled("Ada's meeting", SOON);
        let others = NAMES[..desks.len()].iter().filter(|other| **other != name);
        others.for_each(|other| drop(desk.sees_some(other, SOON, |row| begins(row, other))));
    }
}

/// Ada opens a document and turns to page 3. Gives what each window then calls the page.
fn show(desks: &[Desk], file: &Path) -> String {
    let [ada, others @ ..] = desks else { unreachable!("four were opened") };
    ada.key("ctrl+o");
    let _ = ada.sees("Path of the document");
    ada.type_text(&file.display().to_string());
    ada.key("Return");
    let first = ada.sees_some("a first page", SOON, |name| name.starts_with("Page 1 of "));
    let pages = first.name.replacen("Page 1 ", "", 1);
    ada.key("Next");
    ada.key("Next");
    let page = ada.sees(&format!("Page 3 {pages}"));
    for desk in others {
        let _ = desk.reads_within(&format!("Page 3 {pages}"), SOON);
    }
    let same = wait::find(SOON, || {
        let all: Vec<_> = desks.iter().map(|desk| desk.pixels(page.inner())).collect();
        let varied = all[0].iter().any(|pixel| *pixel != all[0][0]);
        (varied && all.windows(2).all(|two| two[0] == two[1])).then_some(())
    });
    let pictures: Vec<_> = desks.iter().zip(NAMES).map(|(desk, n)| look(desk, "page", n)).collect();
    assert!(same.is_some(), "all four show the same page: {pictures:?}");
    pages
}

/// Ada draws a stroke and takes it back, writes a note, and looks closer.
fn draw(desks: &[Desk], pages: &str) {
    let [ada, others @ ..] = desks else { unreachable!("four were opened") };
    let page = ada.sees(&format!("Page 3 {pages}"));
    let seen = |desk: &Desk| desk.pixels(page.inner());
    let bare: Vec<_> = desks.iter().map(seen).collect();
    let all_have = |what: &str, wanted: &dyn Fn(usize) -> bool| {
        // Where the pointer is, a name or a brush may be.
        ada.point((2, 2));
        let drawn = |(desk, bare): (&Desk, &Vec<[u8; 3]>)| {
            wanted(seen(desk).iter().zip(bare).filter(|(now, then)| now != then).count())
        };
        let found = wait::find(SOON, || desks.iter().zip(&bare).all(drawn).then_some(()));
        assert!(found.is_some(), "{what} in all windows: {:?}", look(&others[0], what, NAMES[1]));
    };
    let (x, y) = page.middle();
    ada.key("p");
    let line: Vec<_> = (0..12).map(|n| (x - 90 + 15 * n, y + 8 * (n % 4))).collect();
    ada.drag(&line, || {});
    all_have("a stroke", &|pixels| pixels >= INK);
    ada.key("ctrl+z");
    all_have("no stroke", &|pixels| pixels == 0);
    ada.key("t");
    ada.click(x - 60, y + 40);
    let _ = ada.sees("Text note");
    ada.type_text("Where is the sluice, and who has its key?");
    ada.key("Return");
    all_have("a note", &|pixels| pixels >= INK);
    ada.key("Escape");
    ada.key("ctrl+plus");
    let _ = ada.reads("126 %");
    // So narrow a window tells it above the page, and one click there fits it again.
    ada.press("126 %");
    let gone = wait::find(SOON, || ada.shows("126 %").is_none().then_some(()));
    assert!(gone.is_some(), "the page fits again: {:?}", look(ada, "zoom", NAMES[0]));
}

/// Ben writes; Cai and Dan raise their hands, one after the other.
fn talk(desks: &[Desk]) {
    desks[1].press("Message");
    desks[1].type_text("Where is the sluice?");
    desks[1].key("Return");
    desks[2].press("Raise hand");
    for desk in desks {
        let _ = desk.reads_within("Cai, Raised hand", SOON);
        let _ = desk.reads_within("Where is the sluice?", SOON);
    }
    desks[3].press("Raise hand");
    let _ = desks[0].reads_within("Dan, Raised hand, number 2", SOON);
    let _ = look(&desks[0], "hands", NAMES[0]);
}

/// Ada gives Cai the floor; the pages are now Cai's to turn.
fn give_floor(desks: &[Desk], pages: &str) {
    desks[0].point(desks[0].reads("Cai, Raised hand").middle());
    desks[0].press("More about Cai");
    desks[0].press("Give the floor");
    let _ = desks[2].reads_within("Cai, You are presenting", SOON);
    desks[2].key("Next");
    for desk in desks {
        let _ = desk.reads_within(&format!("Page 4 {pages}"), SOON);
    }
}

/// Ben notes something for himself, and his power fails; he continues, and is where the others are.
fn come_back(meeting: &Gathering<'_>, desks: &mut [Desk], pages: &str) {
    desks[1].key("Escape");
    desks[1].key("F5");
    desks[1].press("Notes for page 4");
    desks[1].type_text("Ask about the key");
    let kept = || holds(&meeting.data(1), b"Ask about the key").then_some(());
    assert!(wait::find(SOON, kept).is_some(), "{:?}", look(&desks[1], "notes", NAMES[1]));
    desks[1].kill();
    let _ = desks[0].reads_within("Ben, Out of reach", SOON);
    start(meeting, &mut desks[1], 1);
    desks[1].press("Continue: Ada's meeting");
    let _ = desks[1].reads_within(&format!("Page 4 {pages}"), SOON);
    let back = |name: &str| begins(name, "Ben") && !name.contains("Out of reach");
    let _ = desks[0].sees_some("Ben again", SOON, back);
    let _ = look(&desks[1], "continued", NAMES[1]);
    desks[1].key("F5");
    desks[1].holds("Notes for page 4", "Ask about the key");
    desks[1].key("F5");
}

/// Dan leaves: nobody asks who does not present, and the others see it.
fn leave(desks: &[Desk]) {
    desks[3].press("Leave");
    let _ = desks[3].sees("Meetings on this network");
    let gone = || desks[0].shows("Dan, ").is_none().then_some(());
    assert!(wait::find(SOON, gone).is_some(), "{:?}", look(&desks[0], "left", NAMES[0]));
}

fn open(network: &Network, meeting: &Gathering<'_>, node: usize) -> Desk {
    let mut desk = Desk::new(network, node, SCREEN, &meeting.file(""));
    start(meeting, &mut desk, node);
    desk
}

fn start(meeting: &Gathering<'_>, desk: &mut Desk, node: usize) {
    let data = meeting.data(node).display().to_string();
    desk.open(&["--lang", "en", "--name", NAMES[node], "--data", &data]);
}

/// Six pages of the manual (all 36 take long to convert beside four windows), or where it or `mutool`
/// is not installed a deck.
fn manual(meeting: &Gathering<'_>) -> PathBuf {
    let file = meeting.file("Manual.pdf");
    let name = file.display().to_string();
    if shell::run(&["mutool", "clean", MANUAL, &name, "1,3-7"]).is_err() {
        println!("  no {MANUAL}, or no mutool: a deck instead");
        std::fs::write(&file, pdf::deck(6)).expect("temporary folder is writable");
    }
    file
}

fn look(desk: &Desk, what: &str, name: &str) -> PathBuf {
    desk.look(&format!("four-{}-{name}", what.replace(' ', "-")))
}

/// "351-047".
fn is_code(name: &str) -> bool {
    let digits = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    name.split_once('-').is_some_and(|(one, two)| digits(one) && digits(two))
}

/// A row of the list of people: "Ben, Raised hand".
fn begins(row: &str, name: &str) -> bool {
    row.split_once(", ").is_some_and(|(first, _)| first == name)
}
