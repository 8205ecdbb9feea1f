//! What people really bring: each kind of file is opened on one laptop and seen on the other; what
//! can't be opened is told in a sentence, and the meeting goes on.

use moot_tests::event::Line;
use moot_tests::gathering::{Gathering, PATIENCE};
use moot_tests::net::Network;
use moot_tests::report::Report;
use moot_tests::{office, pdf, turn, wait};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long LibreOffice and drawing may take on a small, busy machine; not what is measured.
const LONG: Duration = Duration::from_secs(90);

/// Opens `file` on laptop 0; how long until its first page is on laptop 1, in seconds.
fn shown(meeting: &Gathering<'_>, file: &Path) -> f64 {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (host, other) = (meeting.node(0), meeting.node(1));
    let (mark, begun) = (other.mark(), Instant::now());
    host.command(&format!("document {}", file.display()));
    first_page(meeting, &name, mark).at.saturating_duration_since(begun).as_secs_f64()
}

/// The line that tells page 1 of the document of this name on laptop 1, or of what there is of it so far.
fn first_page(meeting: &Gathering<'_>, name: &str, mark: usize) -> Line {
    let shown = wait::find(LONG, || {
        let lines = meeting.node(1).lines().split_off(mark);
        let told = |line: &Line| line.is("growing") || line.is("document");
        let of_it = |line: &&Line| told(line) && line.text("name") == name;
        let drafts: Vec<&str> = lines.iter().filter(of_it).map(|line| line.text("id")).collect();
        let first = |line: &&Line| line.is("page") && drafts.contains(&line.text("document"));
        lines.iter().find(first).cloned()
    });
    shown.unwrap_or_else(|| panic!("page 1 of {name} within {LONG:?}"))
}

#[test]
fn every_kind_of_file_is_seen_on_the_other_laptop() {
    let _turn = turn::take();
    let network = Network::new(2);
    let mut meeting = Gathering::new(&network, "What people bring");
    let mut files = vec![
        written(&meeting, "deck.pdf", pdf::deck(3)),
        written(&meeting, "drawing.svg", office::svg("<circle cx='80' cy='45' r='40'/>")),
        folder_of_pictures(&meeting),
    ];
    if office::installed() {
        files.extend(office_files(&meeting));
    } else {
        println!("LibreOffice is not installed: office files are left out");
    }
    meeting.host(|launch| launch);
    meeting.all_join(|_, launch| launch);
    let mut report = Report::new("documents");
    for file in &files {
        let kind = file.extension().map_or("folder of pictures".into(), |e| e.to_string_lossy());
        report.figure(&format!("page 1 of {kind} on the other laptop"), shown(&meeting, file), "s");
    }
    report.figure("equal digests", meeting.must_agree(Duration::from_secs(5)), "s");
    meeting.close();
    report.finish();
}

fn written(meeting: &Gathering<'_>, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let file = meeting.file(name);
    std::fs::write(&file, bytes).expect("temporary folder is writable");
    file
}

fn folder_of_pictures(meeting: &Gathering<'_>) -> PathBuf {
    let folder = meeting.file("Dike");
    std::fs::create_dir(&folder).expect("temporary folder is writable");
    for number in [2, 10, 1] {
        let picture = office::png(320, 180, [number * 20, 0, 0]);
        std::fs::write(folder.join(format!("photo {number}.png")), picture).expect("a file");
    }
    folder
}

fn office_files(meeting: &Gathering<'_>) -> Vec<PathBuf> {
    let slides = office::flat_slides(3);
    let letter = "<html><body><h1>Pump station</h1><p>Since 1964</p></body></html>";
    let made = |name: &str, text: &str, ending: &str| {
        let folder = meeting.file("made");
        std::fs::create_dir_all(&folder).expect("temporary folder is writable");
        office::saved_as(&folder, name, text, ending)
    };
    vec![
        made("slides.fodp", &slides, "odp"),
        made("slides.fodp", &slides, "pptx"),
        made("letter.html", letter, "docx:MS Word 2007 XML"),
        made("table.csv", "place,built\nPump station,1964\n", "xlsx"),
        written(meeting, "plain.txt", "第一次会议\n"),
        written(meeting, "notes.md", "# Pump station\n\n- one\n- two\n"),
        written(meeting, "page.html", letter),
    ]
}

#[test]
fn what_goes_wrong_is_told_and_the_meeting_goes_on() {
    let _turn = turn::take();
    let network = Network::new(2);
    let mut meeting = Gathering::new(&network, "Trouble with files");
    let good = written(&meeting, "good.pdf", pdf::deck(4));
    let heavy = written(&meeting, "heavy.pdf", pdf::heavy(20_000_000));
    let text = written(&meeting, "plain.txt", "Pump station");
    meeting.host(|launch| launch.with("--document", &good).env("MOOT_SOFFICE", ""));
    meeting.all_join(|_, launch| launch);
    let _shown = first_page(&meeting, "good.pdf", 0);
    without_libreoffice(&meeting, &text);
    goes_on(&meeting);
    locked(&meeting);
    given_up(&meeting, &heavy);
    goes_on(&meeting);
    killed(&meeting, &heavy);
    meeting.close();
}

fn without_libreoffice(meeting: &Gathering<'_>, text: &Path) {
    let host = meeting.node(0);
    let mark = host.mark();
    host.command(&format!("document {}", text.display()));
    let error = host.expect("a sentence", mark, PATIENCE, |line| line.is("error"));
    let said = error.text("message");
    assert!(said.contains("plain.txt") && said.contains("libreoffice.org"), "{said}");
}

/// The wrong password is told, the right one opens.
fn locked(meeting: &Gathering<'_>) {
    let file = meeting.file("locked.pdf");
    let mutool = Command::new("mutool")
        .args(["clean", "-E", "aes-256", "-U", "open sesame", "-O", "owner"])
        .args([meeting.file("good.pdf"), file.clone()])
        .status();
    if !mutool.is_ok_and(|status| status.success()) {
        println!("skipped: mutool is not installed");
        return;
    }
    let (host, mark) = (meeting.node(0), meeting.node(1).mark());
    let asked = |mark, wrong: bool| {
        let wanted = move |line: &Line| {
            line.is("password") && line.text("name") == "locked.pdf" && line.body["wrong"] == wrong
        };
        let _asked = host.expect("the question for the password", mark, PATIENCE, wanted);
    };
    let begun = host.mark();
    host.command(&format!("document {}", file.display()));
    asked(begun, false);
    host.command("password sesame");
    asked(begun, true);
    host.command("password open sesame");
    let _shown = first_page(meeting, "locked.pdf", mark);
    // All of it: what is still being drawn would be given up with the next.
    let whole = |line: &Line| line.is("document") && line.text("name") == "locked.pdf";
    let _whole = host.expect("all of it", begun, LONG, whole);
    let told = host.lines().iter().any(|line| line.body.to_string().contains("sesame"));
    assert!(!told, "a password is never printed");
}

/// `cancel` ends a conversion that is under way, and its worker.
fn given_up(meeting: &Gathering<'_>, heavy: &Path) {
    let (host, mark) = (meeting.node(0), meeting.node(0).mark());
    converting(meeting, heavy);
    host.command("cancel");
    let cancelled = |line: &Line| line.is("warning") && line.text("kind") == "cancelled";
    let _told = host.expect("that it is given up", mark, PATIENCE, cancelled);
    let ended = Instant::now();
    while !workers(heavy).is_empty() {
        assert!(ended.elapsed() < PATIENCE, "its workers end");
        std::thread::yield_now();
    }
}

/// A worker that dies costs the page it was at: the others are shown.
fn killed(meeting: &Gathering<'_>, heavy: &Path) {
    let (host, mark) = (meeting.node(0), meeting.node(1).mark());
    let begun = host.mark();
    converting(meeting, heavy);
    for worker in workers(heavy) {
        // It may be gone by now; another one has its page then.
        let _ = Command::new("kill").args(["-KILL", &worker]).status();
    }
    let _shown = first_page(meeting, "heavy.pdf", mark);
    let partly = |line: &Line| line.is("warning") && line.text("kind") == "partly";
    let _told = host.expect("that a page is missing", begun, LONG, partly);
}

/// Opens a file and waits until pages of it are being drawn.
fn converting(meeting: &Gathering<'_>, file: &Path) {
    let host = meeting.node(0);
    let mark = host.mark();
    host.command(&format!("document {}", file.display()));
    let name = file.file_name().expect("it has one").to_string_lossy().into_owned();
    let of_it = move |line: &Line| line.is("converting") && line.text("name") == name;
    let drawn = |line: &Line| of_it(line) && line.number("done") >= 1.0;
    let _drawn = host.expect("a page drawn", mark, LONG, drawn);
}

/// Ids of the processes that have this file open to draw it.
fn workers(file: &Path) -> Vec<String> {
    let name = file.display().to_string();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let drawing = processes.filter(|process| {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        line.contains("convert-worker") && line.contains(&name)
    });
    drawing.map(|process| process.file_name().to_string_lossy().into_owned()).collect()
}

/// The good deck is still there: a page turn reaches the other laptop.
fn goes_on(meeting: &Gathering<'_>) {
    for page in [3, 2] {
        let mark = meeting.node(1).mark();
        meeting.node(0).command(&format!("page {page}"));
        let turned = |line: &Line| line.is("page") && line.count("page") == Some(page);
        let _turned = meeting.node(1).expect("a page turn", mark, PATIENCE, turned);
    }
}
