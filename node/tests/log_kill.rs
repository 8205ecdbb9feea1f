//! A process that writes a log is killed at any moment: every entry that it reported is there.
//!
//! The test starts itself again as the process to kill, so that the kill is a real one.
#![cfg(feature = "io")]

use ed25519_dalek::SigningKey;
use moot_node::io::log::{Log, verify};
use moot_node::room::entry::Entry;
use moot_node::room::id::{EntryHash, MeetingId};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const MEETING: MeetingId = MeetingId([7; 32]);
const FILE: &str = "MOOT_TEST_LOG_TO_WRITE";

/// Kills of a process that does nothing but write; whole nodes are killed by the tests crate.
const KILLS: u64 = 25;

#[test]
fn a_killed_writer_has_lost_nothing_that_it_reported() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("log.redb");
    let mut reported = 0;
    for round in 0..KILLS {
        let mut writer = start_writer(&path);
        let lines = BufReader::new(writer.stdout.take().expect("piped")).lines();
        // A different moment each time, seeded by the round: after 1 to 37 reports.
        let wait_for = 1 + (round * 29 % 37) as usize;
        // The harness writes the test's name on the line of the first report.
        let numbers = lines.map_while(Result::ok).filter_map(|line| {
            line.split_once("reported ").and_then(|(_, number)| number.parse().ok())
        });
        let before = reported;
        reported = numbers.take(wait_for).last().unwrap_or(reported);
        writer.kill().expect("it runs");
        writer.wait().expect("it ends");
        assert!(reported >= before + wait_for as u64, "round {round}: it wrote only {reported}");
        let kept = entries_in(&path);
        assert!(kept >= reported, "round {round}: {reported} reported, {kept} kept");
    }
    assert_eq!(verify(&path).expect("nothing is damaged").entries, entries_in(&path));
}

/// Not a test but the process that is killed; does nothing when run with the others.
#[test]
fn writer_process() {
    let Some(path) = std::env::var_os(FILE) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let (log, opened) = Log::open(path.as_ref(), &MEETING).expect("it opens");
        let key = SigningKey::from_bytes(&[1; 32]);
        let (mut seq, mut prev) =
            opened.entries.last().map_or((0, EntryHash::NONE), |e| (e.seq(), e.hash()));
        loop {
            seq += 1;
            let entry = Entry::sign(&key, &MEETING, seq, prev, format!("<message n='{seq}'/>"));
            prev = entry.hash();
            log.append(vec![entry]).await.expect("it writes");
            println!("reported {seq}");
            std::io::stdout().flush().expect("somebody listens");
        }
    });
}

fn start_writer(path: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this test is a program"))
        .args(["--exact", "writer_process", "--nocapture", "--test-threads=1"])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts")
}

fn entries_in(path: &Path) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let (log, opened) = Log::open(path, &MEETING).expect("opening always works");
        assert_eq!(opened.healed, [], "a kill damages nothing");
        log.close().await;
        opened.entries.len() as u64
    })
}
