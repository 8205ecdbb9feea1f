//! What goes wrong is said in a sentence, and the window goes on: the network pulled, a damaged file,
//! a full disk, no Chinese font, no sound device; and a closed lid.

use moot_tests::desk::{self, Desk};
use moot_tests::gathering::{Gathering, NAMES};
use moot_tests::net::Network;
use moot_tests::{shell, turn};
use std::path::{Path, PathBuf};
use std::time::Duration;

const SCREEN: (u32, u32) = (1440, 900);

/// The witness, who founded the meeting.
const WITNESS: usize = 1;

/// How long a lost connection may go unnoticed, and what is said come back, on a busy machine.
const LONG: Duration = Duration::from_secs(40);

/// Lines that a full disk may still take: where in its pages the log stands is chance (12 were too few once).
const LINES: usize = 180;

#[test]
fn a_window_says_what_goes_wrong_and_goes_on() {
    let _turn = turn::take();
    let network = Network::new(2);
    if !network.can("a window in trouble") || !desk::possible() {
        return;
    }
    let mut meeting = Gathering::new(&network, "Plans");
    meeting.host_on(WITNESS, |launch| launch);
    let small = SmallDisk::new(&meeting.file("small"));
    let fonts = meeting.file("fonts.conf");
    std::fs::write(
        &fonts,
        format!("<fontconfig><dir>{}</dir></fontconfig>", meeting.file("none").display()),
    )
    .expect("temporary folder is writable");
    let desk = Desk::new(&network, 0, SCREEN, &meeting.file(""));
    let mut desk = desk.with(format!("FONTCONFIG_FILE={}", fonts.display()));
    let data = small.folder.join("data").display().to_string();
    desk.open(&["--lang", "en", "--name", NAMES[0], "--data", &data, &meeting.link()]);
    desk.titled("Plans", LONG);
    no_font(&meeting, &desk);
    no_microphone(&desk);
    damaged_file(&meeting, &desk);
    pulled_network(&network, &meeting, &desk);
    closed_lid(&meeting, &desk);
    full_disk(&meeting, &desk, &small);
    meeting.close();
}

/// Somebody writes Chinese, and there is no face for it.
fn no_font(meeting: &Gathering<'_>, desk: &Desk) {
    meeting.node(WITNESS).command("say 你好");
    let _ = desk.reads_within("This system has no Chinese font", LONG);
    let _ = desk.look("trouble-font");
}

/// There is no sound device: the button says so, and the settings try none.
fn no_microphone(desk: &Desk) {
    desk.press("No microphone");
    let said = desk.reads_within("Nobody can hear you: no microphone was found", LONG);
    println!("  said: {}", said.name);
    let _ = desk.look("trouble-microphone");
    desk.key("ctrl+comma");
    desk.press("Say something and hear it");
    let _ = desk.reads_within("no microphone was found; plug one in", LONG);
    let _ = desk.look("trouble-settings");
    desk.key("Escape");
}

/// A file that is no PDF, and one that is not there.
fn damaged_file(meeting: &Gathering<'_>, desk: &Desk) {
    let file = meeting.file("damaged.pdf");
    std::fs::write(&file, "%PDF-1.7 and nothing more").expect("temporary folder is writable");
    for path in [file, meeting.file("missing.pdf")] {
        desk.key("ctrl+o");
        let _ = desk.sees("Path of the document");
        desk.type_text(&path.display().to_string());
        desk.key("Return");
        let name = path.file_name().expect("it has one").to_string_lossy().into_owned();
        let said = desk.reads_within(&format!("{name}”"), LONG);
        println!("  said: {}", said.name);
        let _ = desk.look(&format!("trouble-{name}"));
    }
}

/// The cable is pulled; what is done meanwhile reaches the others when it is back.
fn pulled_network(network: &Network, meeting: &Gathering<'_>, desk: &Desk) {
    network.split(&[&[WITNESS], &[0]]);
    let _ = desk.reads_within("Nobody else is within reach: has this laptop lost", LONG);
    let _ = desk.look("trouble-network");
    let node = meeting.node(WITNESS);
    let mark = node.mark();
    desk.press("Raise hand");
    network.heal();
    let _ = desk.reads_within("The others are within reach again.", LONG);
    let _ = node.expect("hand", mark, LONG, |line| line.is("hand") && line.body["up"] == true);
}

/// The lid is closed, and opened again: nothing that was said meanwhile is missing.
fn closed_lid(meeting: &Gathering<'_>, desk: &Desk) {
    let window = desk.process().expect("it is open").to_string();
    let tell = |signal| shell::run(&["kill", signal, &window]).expect("it is our own");
    let node = meeting.node(WITNESS);
    let mark = node.mark();
    tell("-STOP");
    let _ = node.expect("away", mark, LONG, |line| {
        line.text("name") == NAMES[0] && line.text("state") == "away"
    });
    node.command("say Good morning");
    tell("-CONT");
    let _ = desk.reads_within("Good morning", LONG);
}

/// What is written cannot be kept, and is written again when there is space.
fn full_disk(meeting: &Gathering<'_>, desk: &Desk, small: &SmallDisk) {
    small.fill();
    let node = meeting.node(WITNESS);
    let mark = node.mark();
    desk.press("Message");
    // The log's file has some room of its own, which is used up first.
    let refused = (0..LINES).find_map(|_| {
        desk.type_text(&"word ".repeat(20));
        desk.key("Return");
        desk.shows("The disk refused")
    });
    let said = refused.unwrap_or_else(|| desk.reads("The disk refused"));
    println!("  said: {}", said.name);
    let _ = desk.look("trouble-disk");
    small.free();
    desk.type_text("Again");
    desk.key("Return");
    let _ = node.expect("chat", mark, LONG, |line| line.text("text") == "Again");
}

/// A disk of a few megabytes, in memory.
struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// Room for identity, log and pages, and not much more.
    const SIZE: &str = "size=24m";

    fn new(folder: &Path) -> Self {
        std::fs::create_dir(folder).expect("temporary folder is writable");
        let place = folder.display().to_string();
        shell::run(&["mount", "-t", "tmpfs", "-o", Self::SIZE, "tmpfs", &place])
            .expect("who may make namespaces may mount");
        Self { folder: folder.to_owned() }
    }

    fn fill(&self) {
        let file = self.ballast().display().to_string();
        // Ends by the disk being full, which dd calls an error.
        let _full = shell::run(&["dd", "if=/dev/zero", &format!("of={file}"), "bs=4k"]);
    }

    fn free(&self) {
        std::fs::remove_file(self.ballast()).expect("it was written");
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let place = self.folder.display().to_string();
        let _gone_with_the_machine = shell::run(&["umount", "--lazy", &place]);
    }
}
