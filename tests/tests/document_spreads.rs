//! A document reaches everybody from everybody, the page on show first, and is never sent twice to
//! who has it.

use moot_tests::event::Line;
use moot_tests::gathering::Gathering;
use moot_tests::net::Network;
use moot_tests::process::Node;
use moot_tests::report::Report;
use moot_tests::stats::Sample;
use moot_tests::{pdf, turn, wait};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Bytes of the file: with its page pictures the document has more than twice as many.
const FILE_BYTES: usize = 20_000_000;

/// How long converting and spreading may take on a small machine; not what is measured.
const LONG: Duration = Duration::from_secs(180);

/// Bytes of everything else that a meeting sends while a document spreads, per node and second:
/// gossip's heartbeats, keep-alives, have-vectors; generous.
const CHATTER: f64 = 20_000.0;

#[test]
fn eight_laptops_share_a_document() {
    let _turn = turn::take();
    let network = Network::new(8);
    if !network.can("counting bytes") {
        return;
    }
    let mut meeting = Gathering::new(&network, "Heavy deck");
    let file = meeting.file("heavy.pdf");
    std::fs::write(&file, pdf::heavy(FILE_BYTES)).expect("temporary folder is writable");
    meeting.host(|launch| launch);
    meeting.all_join(|_, launch| launch);
    wait::span(Duration::from_secs(2));
    let before = network.sent_bytes(0);
    meeting.node(0).command(&format!("document {}", file.display()));
    let told = |line: &Line| line.is("growing") || line.is("document");
    let drafted = meeting.node(0).expect("something of the document", 0, LONG, told);
    let announced = meeting.node(0).event("document", LONG);
    let bytes = announced.number("bytes");
    let mut report = Report::new("document_spreads");
    let first_page = |line: &Line| line.is("page") && line.count("page") == Some(1);
    let shown = (0..8).map(|node| {
        let page = meeting.node(node).expect("first page", 0, LONG, first_page);
        page.at.saturating_duration_since(drafted.at).as_secs_f64()
    });
    let shown = Sample::of(shown.collect::<Vec<_>>());
    let document = announced.text("id");
    let complete = (1..8).map(|node| meeting.node(node).complete(document, LONG));
    let after = |line: Line| line.at.saturating_duration_since(announced.at).as_secs_f64();
    let spread = Sample::of(complete.map(after));
    let sent = (network.sent_bytes(0) - before) as f64;
    report.at_least("document", bytes / 1e6, 20.0, "MB");
    report.at_most("first page on the last screen", shown.max(), 1.0, "s");
    report.figure("complete on the last laptop", spread.max(), "s");
    report.at_most("presenter's upload", sent / bytes, 2.0, "copies");
    report.figure("equal digests", meeting.must_agree(Duration::from_secs(5)), "s");
    meeting.close();
    drop(meeting_again(&network, meeting, bytes, &mut report));
    report.finish();
}

/// The next meeting of the same people shows the same file.
fn meeting_again<'a>(
    network: &'a Network,
    mut meeting: Gathering<'a>,
    bytes: f64,
    report: &mut Report,
) -> Gathering<'a> {
    meeting.title = "Heavy deck again".into();
    let file = meeting.file("heavy.pdf");
    let before = network.sent_bytes(0);
    meeting.host(|launch| launch.with("--document", &file));
    let start = meeting.node(0).started;
    meeting.all_join(|_, launch| launch);
    let _announced = meeting.node(0).event("document", LONG);
    for node in meeting.present() {
        let _shown = node.event("page", LONG);
    }
    wait::span(Duration::from_secs(3));
    let sent = (network.sent_bytes(0) - before) as f64;
    let chatter = CHATTER * 8.0 * start.elapsed().as_secs_f64();
    report.at_most("sent for the same deck in the next meeting", sent, chatter, "bytes");
    report.figure("that is", sent / bytes, "copies");
    meeting.close();
    meeting
}

#[test]
fn a_killed_node_resumes_where_it_was() {
    let _turn = turn::take();
    let network = Network::new(2);
    if !network.can("counting bytes") {
        return;
    }
    let mut meeting = Gathering::new(&network, "Resumed deck");
    let file = meeting.file("heavy.pdf");
    std::fs::write(&file, pdf::heavy(FILE_BYTES / 4)).expect("temporary folder is writable");
    meeting.host(|launch| launch.with("--document", &file));
    let whole = meeting.node(0).event("document", LONG);
    let (bytes, document) = (whole.number("bytes"), whole.text("id").to_owned());
    network.rate(1, Some("20mbit"));
    meeting.all_join(|_, launch| launch);
    let half = |line: &Line| line.is("progress") && line.number("have") > bytes / 2.0;
    let had = meeting.node(1).expect("half of the document", 0, LONG, half).number("have");
    meeting.node(1).kill();
    meeting.nodes[1] = Some(meeting.returning(1).start());
    let node = meeting.node(1);
    let resumed = node.event("progress", LONG).number("have");
    let _done = node.complete(&document, LONG);
    let received = network.received_bytes(1) as f64;
    let mut report = Report::new("document_resumes");
    report.figure("reported before the kill", had / bytes, "of the document");
    report.at_least("had after the restart", resumed / bytes, 0.9 * had / bytes, "of the document");
    report.at_most("received in both lives", received / bytes, 1.25, "copies");
    meeting.close();
    report.finish();
}

#[test]
fn a_full_disk_holds_up_documents_and_nothing_else() {
    let _turn = turn::take();
    let network = Network::new(2);
    if !network.can("a disk of its own") {
        return;
    }
    let mut meeting = Gathering::new(&network, "Full disk");
    // A little more than documents leave free, and less than this one takes.
    let Some(disk) = Disk::mount(&meeting.data(1), FULL_MB) else {
        println!("skipped: a disk of its own needs the right to mount");
        return;
    };
    let file = meeting.file("heavy.pdf");
    std::fs::write(&file, pdf::heavy(FILE_BYTES / 2)).expect("temporary folder is writable");
    meeting.host(|launch| launch);
    meeting.all_join(|_, launch| launch);
    meeting.node(0).command(&format!("document {}", file.display()));
    let node = meeting.node(1);
    let full = |line: &Line| line.is("warning") && line.text("kind") == "disk_full";
    let told = node.expect("a word about the disk", 0, LONG, full);
    meeting.node(0).command("say Still here?");
    let heard = |line: &Line| line.is("chat") && line.text("text") == "Still here?";
    let heard = node.expect("chat", 0, LONG, heard);
    let mut report = Report::new("document_disk_full");
    report.figure("equal digests on a full disk", meeting.must_agree(Duration::from_secs(5)), "s");
    wait::span(Duration::from_secs(12));
    let warnings = node.lines().iter().filter(|line| full(line)).count();
    report.at_most("warnings while it tries again", warnings as f64, 1.0, "");
    disk.resize(4 * FULL_MB);
    let room = Instant::now();
    let document = meeting.node(0).event("document", LONG).text("id").to_owned();
    let done = node.complete(&document, LONG);
    report.figure("chat after the warning", (heard.at - told.at).as_secs_f64(), "s");
    let after = done.at.saturating_duration_since(room).as_secs_f64();
    report.at_most("document whole after there was space", after, 20.0, "s");
    meeting.close();
    report.finish();
}

/// Megabytes of a disk on which documents have hardly any room: they leave 64 MiB free.
const FULL_MB: u32 = 70;

/// A disk in memory, gone on drop.
struct Disk(PathBuf);

impl Disk {
    fn mount(folder: &Path, megabytes: u32) -> Option<Self> {
        std::fs::create_dir_all(folder).expect("temporary folder is writable");
        let disk = Self(folder.to_owned());
        let size = format!("size={megabytes}m");
        let mounted = disk.run("mount", &["-t", "tmpfs", "-o", &size, "tmpfs"]);
        mounted.then_some(disk)
    }

    fn resize(&self, megabytes: u32) {
        assert!(self.run("mount", &["-o", &format!("remount,size={megabytes}m")]), "it grows");
    }

    fn run(&self, program: &str, words: &[&str]) -> bool {
        let ended = Command::new(program).args(words).arg(&self.0).stderr(Stdio::null()).status();
        ended.is_ok_and(|status| status.success())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // The node may not have ended yet: detached now, gone with it.
        self.run("umount", &["-l"]);
    }
}

/// Pages of a deck that is turned about in while it comes.
const PAGES: u32 = 200;

/// Side of their pictures of noise: a page has some 100 KB.
const SIDE: usize = 150;

#[test]
#[ignore = "takes minutes: 200 pages are drawn, and come over slow links"]
fn a_page_far_ahead_is_shown_while_the_deck_arrives() {
    let _turn = turn::take();
    let network = Network::new(8);
    if !network.can("slow links") {
        return;
    }
    let mut meeting = Gathering::new(&network, "Long deck");
    let file = meeting.file("long.pdf");
    std::fs::write(&file, pdf::noisy(PAGES, SIDE)).expect("temporary folder is writable");
    let bytes = converted(&mut meeting, &file);
    network.every_port(Some("20mbit"));
    meeting.node(0).command(&format!("document {}", file.display()));
    for node in 0..8 {
        let _first = meeting.node(node).event("page", LONG);
    }
    let mut report = Report::new("document_jump");
    report.figure("document", bytes / 1e6, "MB");
    for page in [150, 75, 199] {
        wait::span(Duration::from_millis(700));
        let marks: Vec<usize> = meeting.present().map(Node::mark).collect();
        let whole = (1..8).filter(|node| has_all(meeting.node(*node))).count();
        let typed = Instant::now();
        meeting.node(0).command(&format!("page {page}"));
        let shown = |line: &Line| line.is("page") && line.count("page") == Some(page);
        let took = meeting.present().zip(marks).map(|(node, mark)| {
            let line = node.expect("the page", mark, LONG, shown);
            line.at.saturating_duration_since(typed).as_secs_f64() * 1e3
        });
        let took = Sample::of(took.collect::<Vec<_>>());
        report.figure("had all of it already", whole as f64, "of 7");
        report.at_most(&format!("page {page} on the last screen"), took.max(), 300.0, "ms");
    }
    meeting.close();
    report.finish();
}

#[test]
#[ignore = "takes minutes: 17 MB to eight laptops over slow links, and the same over HTTP"]
fn eight_laptops_against_one_server_at_20_megabits() {
    against_one_server("20mbit", 20e6);
}

#[test]
#[ignore = "takes a minute: 17 MB to eight laptops over slow links, and the same over HTTP"]
fn eight_laptops_against_one_server_at_100_megabits() {
    against_one_server("100mbit", 100e6);
}

fn against_one_server(rate: &str, bits: f64) {
    let _turn = turn::take();
    let network = Network::new(8);
    if !network.can("slow links") {
        return;
    }
    let mut meeting = Gathering::new(&network, "Bench");
    let file = meeting.file("deck.pdf");
    std::fs::write(&file, pdf::noisy(PAGES / 2, SIDE)).expect("temporary folder is writable");
    let bytes = converted(&mut meeting, &file);
    network.every_port(Some(rate));
    let before = network.sent_bytes(0);
    let typed = Instant::now();
    meeting.node(0).command(&format!("document {}", file.display()));
    let after = |line: Line| line.at.saturating_duration_since(typed).as_secs_f64();
    let first = (0..8).map(|node| after(meeting.node(node).event("page", LONG)));
    let first = Sample::of(first.collect::<Vec<_>>()).max();
    let document = meeting.node(0).event("document", LONG).text("id").to_owned();
    let whole = (1..8).map(|node| after(meeting.node(node).complete(&document, LONG)));
    let whole = Sample::of(whole.collect::<Vec<_>>()).max();
    let copies = (network.sent_bytes(0) - before) as f64 / bytes;
    let page = page_bytes(&meeting, bytes);
    meeting.close();
    let http = over_http(&network, &meeting, bytes as usize);
    let mut report = Report::new(&format!("document_bench_{rate}"));
    let floor = |bytes: f64| bytes * 8.0 / bits;
    report.figure("document", bytes / 1e6, "MB");
    report.figure("a page", page / 1e3, "KB");
    let bound = floor(page) * 1.2 + 0.1;
    report.at_most("first page on the last of 8 screens", first, bound, "s");
    report.figure("floor of that: one page over one link", floor(page), "s");
    report.at_most("whole document on the last of 8", whole, floor(bytes) * 1.3, "s");
    report.figure("floor of that: a perfect swarm", floor(bytes), "s");
    report.at_most("presenter's upload", copies, 1.5, "copies");
    report.figure("the same bytes from one HTTP server, the last of 7", http, "s");
    report.finish();
}

/// Everybody is in, and laptop 0 has converted the file before: only its way to the others is
/// measured. Gives the document's bytes.
fn converted(meeting: &mut Gathering<'_>, file: &Path) -> f64 {
    meeting.host(|launch| launch.with("--document", file));
    let bytes = meeting.node(0).event("document", LONG).number("bytes");
    meeting.close();
    meeting.title.push_str(" again");
    meeting.host(|launch| launch);
    meeting.all_join(|_, launch| launch);
    wait::span(Duration::from_secs(2));
    bytes
}

/// Bytes of a page's picture and of the index: the mean of the blobs that are no file.
fn page_bytes(meeting: &Gathering<'_>, document: f64) -> f64 {
    let file = std::fs::metadata(meeting.file("deck.pdf")).expect("written before").len() as f64;
    (document - file) / f64::from(PAGES / 2)
}

/// Seconds until seven laptops have fetched so many bytes from an HTTP server on the first.
fn over_http(network: &Network, meeting: &Gathering<'_>, bytes: usize) -> f64 {
    let folder = meeting.file("http");
    std::fs::create_dir_all(&folder).expect("temporary folder is writable");
    std::fs::write(folder.join("deck"), vec![7; bytes]).expect("temporary folder is writable");
    let inside = |node: usize, line: &[&str]| {
        let words = network.enter(node);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(line).current_dir(&folder);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts")
    };
    let mut server = inside(0, &["python3", "-m", "http.server", "8000"]);
    wait::span(Duration::from_secs(2));
    let start = Instant::now();
    let url = format!("http://{}:8000/deck", network.address(0));
    let curl = |node| inside(node, &["curl", "-sf", "-o", "/dev/null", url.as_str()]);
    for mut one in (1..8).map(curl).collect::<Vec<_>>() {
        assert!(one.wait().expect("ends").success(), "curl got it");
    }
    let took = start.elapsed().as_secs_f64();
    server.kill().expect("it runs");
    server.wait().expect("ends");
    took
}

fn has_all(node: &Node) -> bool {
    let lines = node.lines();
    let last = lines.iter().rev().find(|line| line.is("progress"));
    last.is_some_and(|line| line.number("have") >= line.number("total"))
}
