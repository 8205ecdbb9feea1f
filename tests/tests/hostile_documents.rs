//! A document that is damaged, locked or made to do harm gives a clear error, and the meeting goes on.

use moot_tests::event::Line;
use moot_tests::gathering::{Gathering, PATIENCE};
use moot_tests::net::Network;
use moot_tests::process::Node;
use moot_tests::report::Report;
use moot_tests::{office, pdf, turn};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long the converter may try; its own limits end it sooner.
const LIMIT: Duration = Duration::from_secs(90);

/// Memory that the presenter's processes may take while refusing, in MB: a quarter of what the
/// bomb asks for would fail, the converter's own limit (research/documents.md §8) passes.
const MEMORY_MB: f64 = 3000.0;

#[test]
fn the_meeting_goes_on_after_hostile_documents() {
    let _turn = turn::take();
    let network = Network::new(2);
    let mut meeting = Gathering::new(&network, "Hostile documents");
    let write = |name: &str, bytes: Vec<u8>| {
        let file = meeting.file(name);
        std::fs::write(&file, bytes).expect("temporary folder is writable");
        file
    };
    let deck = pdf::deck(4);
    let good = write("good.pdf", deck.clone());
    let hostile = [
        write("bomb.pdf", pdf::bomb()),
        write("truncated.pdf", deck[..deck.len() / 3].to_vec()),
        write("empty.pdf", Vec::new()),
        write(
            "noise.pdf",
            (0..100_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect(),
        ),
        write("picture.pdf", b"\x89PNG\r\n\x1a\n not a document".to_vec()),
        write("bomb.png", office::png_bomb(60_000)),
        write("copies.svg", office::svg_bomb().into_bytes()),
        write("laughs.svg", office::svg_laughs().into_bytes()),
        write("bomb.docx", office::zip_bomb(3 << 30, false)),
    ];
    meeting.host(|launch| launch.with("--document", &good));
    meeting.all_join(|_, launch| launch);
    let host = meeting.node(0);
    let _shown = meeting.node(1).whole_page();
    let mut report = Report::new("hostile_documents");
    for file in &hostile {
        let (took, message) = refused(host, file);
        println!("  {}: {message}", file.file_name().unwrap_or_default().to_string_lossy());
        report.at_most(&format!("refused {}", file.display()), took, LIMIT.as_secs_f64(), "s");
        goes_on(&meeting);
    }
    report.finish();
    meeting.close();
}

/// Shows `file`; gives how long the refusal took, and its words.
fn refused(host: &Node, file: &Path) -> (f64, String) {
    let mark = host.mark();
    let start = Instant::now();
    host.command(&format!("document {}", file.display()));
    let mut peak: f64 = 0.0;
    let error = loop {
        let found = host.wait(mark, Duration::from_millis(200), |line| line.is("error"));
        peak = peak.max(memory_mb(file));
        assert!(peak < MEMORY_MB, "{} took {peak} MB", file.display());
        assert!(start.elapsed() < LIMIT, "{} was not refused\n{}", file.display(), host.tail());
        if let Some(error) = found {
            break error;
        }
    };
    let message = error.text("message").to_owned();
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    assert!(message.contains(&name), "the error names its document: {message}");
    assert!(!message.contains("panicked"), "{message}");
    println!("  peak of the converter {peak:.0} MB");
    (start.elapsed().as_secs_f64(), message)
}

/// Memory in use by processes that convert `file`: those with it, or the worker's word, in their
/// command line.
fn memory_mb(file: &Path) -> f64 {
    let name = file.display().to_string();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let resident = processes.filter_map(|process| {
        let line = std::fs::read(process.path().join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).into_owned();
        (line.contains("convert-worker") || line.contains(&name)).then_some(())?;
        let status = std::fs::read_to_string(process.path().join("status")).ok()?;
        let kb = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        kb.trim().trim_end_matches(" kB").parse::<f64>().ok()
    });
    resident.sum::<f64>() / 1000.0
}

/// The good deck is still on show: a page turn reaches the other laptop.
fn goes_on(meeting: &Gathering<'_>) {
    for page in [3, 2] {
        let mark = meeting.node(1).mark();
        meeting.node(0).command(&format!("page {page}"));
        let shown = |line: &Line| line.is("page") && line.count("page") == Some(page);
        let _shown = meeting.node(1).expect("a page turn", mark, PATIENCE, shown);
    }
}
