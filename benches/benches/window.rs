//! The window itself, on a display without a graphics card: start, idle, page turns, frames, memory.
//!
//! Each figure is printed beside what it must stay under (issue: the window). It opens real windows of
//! `moot` on virtual displays, in a meeting with a headless node; both programs must have been built
//! (`make bench` does). Run alone: `cargo bench -p moot-benches --bench window`.

use moot_tests::desk::{self, Desk};
use moot_tests::gathering::{Gathering, NAMES};
use moot_tests::net::Network;
use moot_tests::report::Report;
use moot_tests::{pdf, wait};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::DirEntry;
use std::time::{Duration, Instant};

/// The screen of most laptops, pixels.
const SCREEN: (u32, u32) = (1440, 900);

/// Pages of the deck.
const PAGES: u32 = 200;

/// Strokes on the page while the laser moves, and points of each.
const STROKES: u32 = 1000;
const POINTS: u32 = 30;

/// How long the window is left alone, or watched.
const WATCHED: Duration = Duration::from_secs(10);

/// Between two page turns: longer than a page takes to be decoded ahead.
const TURN: Duration = Duration::from_millis(700);

/// Between two places of the laser: as often as others are told (DESIGN: 30 a second).
const LASER: Duration = Duration::from_millis(33);

/// How long to wait for the window to come to rest.
const PATIENCE: Duration = Duration::from_secs(240);

/// How long after coming in a meeting is silent: a second connection to the same member is closed after
/// ten seconds, and the session looks each second whether something is left to be seen to for five more.
const SETTLED: Duration = Duration::from_secs(16);

/// A tick of the processor's time (`CLK_TCK` is 100 on every Linux).
const TICK: Duration = Duration::from_millis(10);

/// The window is at rest when it drew nothing for so long.
const REST: Duration = Duration::from_secs(4);

fn main() {
    let network = Network::new(2);
    if !desk::possible() {
        return;
    }
    let mut report = Report::new("window_figures");
    let mut meeting = Gathering::new(&network, "Plans");
    let deck = meeting.file("deck.pdf");
    std::fs::write(&deck, pdf::deck(PAGES)).expect("temporary folder is writable");
    let log = "MOOT_LOG=moot_gui::frames=trace";
    let mut lobby = Desk::new(&network, 1, SCREEN, &meeting.file("")).with(log);
    start(&meeting, &mut lobby, None, &mut report);
    idle("lobby", &lobby, &mut report);
    memory("lobby", &lobby, &mut report);
    drop(lobby);

    meeting.host_on(0, |launch| launch.with("--document", &deck));
    let _ = meeting.node(0).expect("document", 0, PATIENCE, |line| line.is("document"));
    let mut window = Desk::new(&network, 1, SCREEN, &meeting.file("")).with(log);
    let link = meeting.link();
    start(&meeting, &mut window, Some(&link), &mut report);
    window.titled("Plans", PATIENCE);
    wait::span(SETTLED);
    idle("silent meeting", &window, &mut report);
    memory("silent meeting", &window, &mut report);
    turns(&meeting, &window, &mut report);
    memory("20 pages on", &window, &mut report);
    strokes(&meeting, &window, &mut report);
    memory("1 000 strokes on", &window, &mut report);
    meeting.close();
    report.finish();
}

/// Opens the window and times its first frame.
fn start(meeting: &Gathering<'_>, desk: &mut Desk, link: Option<&str>, report: &mut Report) {
    let data = meeting.data(1).display().to_string();
    let mut words = vec!["--lang", "en", "--name", NAMES[1], "--data", &data];
    words.extend(link);
    let began = Instant::now();
    let first = std::thread::scope(|scope| {
        let log = desk.log().to_owned();
        let watch = scope.spawn(move || {
            let drawn =
                || std::fs::read_to_string(&log).ok().filter(|text| text.contains("number=1 "));
            wait::find(PATIENCE, drawn).map(|_| began.elapsed())
        });
        desk.open(&words);
        watch.join().expect("it watches").expect("the window draws")
    });
    if link.is_none() {
        report.at_most("first frame after the program's start", ms(first), 1000.0, "ms");
    }
}

/// Waits until the window rests, then counts what it does when nothing happens.
fn idle(name: &str, desk: &Desk, report: &mut Report) {
    rest(desk);
    let (frames, before) = (numbers(desk).len(), used(desk));
    wait::span(WATCHED);
    let frames = numbers(desk).len() - frames;
    let since = |(thread, now)| now - before.get(&thread).copied().unwrap_or_default();
    let used: Duration = used(desk).into_iter().map(since).sum();
    report.at_most(&format!("frames in 10 s, {name}"), frames as f64, 0.0, "");
    report.figure(&format!("processor time in 10 s, {name}"), ms(used), "ms");
    let ticks = (used.as_nanos() / TICK.as_nanos()) as f64;
    report.at_most(&format!("processor ticks in 10 s, {name}"), ticks, 0.0, "of 10 ms");
}

/// The presenter turns the pages one after the other.
fn turns(meeting: &Gathering<'_>, desk: &Desk, report: &mut Report) {
    let before = desk.complaints().len();
    for page in 2..=21 {
        meeting.node(0).command(&format!("page {page}"));
        wait::span(TURN);
    }
    rest(desk);
    let frames = values(&desk.complaints()[before..], "page shown", "frames");
    report.at_least("pages turned to and shown", frames.len() as f64, 20.0, "");
    let most = frames.iter().copied().fold(0.0, f64::max);
    report.figure("frames from turned to shown, median", middle(&frames, 0.5), "");
    report.at_most("frames from turned to shown, most", most, 2.0, "");
}

/// A page full of strokes, and a laser that moves.
fn strokes(meeting: &Gathering<'_>, desk: &Desk, report: &mut Report) {
    for n in 0..STROKES {
        meeting.node(0).command(&format!("stroke {}", scribble(n)));
        if n % 50 == 49 {
            wait::span(LASER);
        }
    }
    rest(desk);
    let before = desk.complaints().len();
    let until = Instant::now() + WATCHED;
    for n in 0_u32.. {
        let turn = f64::from(n) / 20.0;
        let (x, y) = (0.5 + 0.3 * turn.cos(), 0.5 + 0.3 * turn.sin());
        meeting.node(0).command(&format!("laser {x:.4},{y:.4}"));
        wait::span(LASER);
        if Instant::now() > until {
            break;
        }
    }
    let log = &desk.complaints()[before..];
    // Without a graphics card the drawing itself is done by other threads, which this one waits for;
    // but it prepares their work, which is a graphics card's otherwise.
    let waited = values(log, "frame number", "before_ms");
    let used = values(log, "frame number", "used_ms");
    let own = values(log, "frame number", "own_ms");
    report.at_least("frames while the laser moves", used.len() as f64, 100.0, "");
    report.figure("frame by the wall clock, p95", middle(&waited, 0.95), "ms");
    report.figure("UI thread's processor time per frame, median", middle(&used, 0.5), "ms");
    report.figure("of it until OpenGL has the frame, median", middle(&own, 0.5), "ms");
    report.figure("of it until OpenGL has the frame, p95", middle(&own, 0.95), "ms");
    report.at_most("UI thread's processor time per frame, p95", middle(&used, 0.95), 4.0, "ms");
}

/// Points of a made-up stroke, always the same for the same number.
fn scribble(n: u32) -> String {
    let (column, row) = (f64::from(n % 32), f64::from(n / 32 % 32));
    let point = |step: u32| {
        let turn = f64::from(step) * 0.42 + f64::from(n);
        let x = 0.03 + column * 0.0295 + f64::from(step) * 0.0008 + 0.007 * turn.cos();
        let y = 0.03 + row * 0.029 + 0.015 * turn.sin();
        format!("{x:.4},{y:.4}")
    };
    (0..POINTS).map(point).collect::<Vec<_>>().join(" ")
}

/// Waits until nothing was drawn for a while.
fn rest(desk: &Desk) {
    let mut last = (numbers(desk).len(), Instant::now());
    let resting = || {
        let drawn = numbers(desk).len();
        if drawn != last.0 {
            last = (drawn, Instant::now());
        }
        (last.1.elapsed() >= REST).then_some(())
    };
    assert!(wait::find(PATIENCE, resting).is_some(), "the window never rests");
}

fn numbers(desk: &Desk) -> Vec<f64> {
    values(&desk.complaints(), "frame number", "number")
}

/// The values of a field in the log's lines of one kind.
fn values(log: &str, kind: &str, field: &str) -> Vec<f64> {
    let start = format!("{field}=");
    let value =
        |line: &str| line.split(' ').find_map(|word| word.strip_prefix(&start)?.parse().ok());
    log.lines().filter(|line| line.contains(kind)).filter_map(value).collect()
}

fn middle(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

fn ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

/// Processor time that each thread of the window's process has taken (the first number of its
/// schedstat, ns). The kernel's count of ticks is no measure of a span: a process that takes 1 ms
/// in it passes the end of a tick one time in ten.
fn used(desk: &Desk) -> BTreeMap<OsString, Duration> {
    let id = desk.process().expect("the window is open");
    let threads = std::fs::read_dir(format!("/proc/{id}/task")).expect("the window runs");
    let used = |thread: DirEntry| {
        let stat = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        let nanos = stat.split_whitespace().next()?.parse().ok()?;
        Some((thread.file_name(), Duration::from_nanos(nanos)))
    };
    threads.flatten().filter_map(used).collect()
}

/// Resident memory of the window's process (proc_pid_status(5)), MB.
fn memory_mb(desk: &Desk, kind: &str) -> f64 {
    let status = proc(desk, "status");
    let line = status.lines().find_map(|line| line.strip_prefix(kind));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.expect("status has it") / 1024.0
}

/// What the process holds, and how much of that are the files of programs (those of the software
/// renderer are 80 MB; a graphics card's are less).
fn memory(name: &str, desk: &Desk, report: &mut Report) {
    report.figure(
        &format!("memory that is program files, {name}"),
        memory_mb(desk, "RssFile:"),
        "MB",
    );
    report.at_most(&format!("memory, {name}"), memory_mb(desk, "VmRSS:"), 300.0, "MB");
}

fn proc(desk: &Desk, file: &str) -> String {
    let id = desk.process().expect("the window is open");
    std::fs::read_to_string(format!("/proc/{id}/{file}")).expect("the window runs")
}
