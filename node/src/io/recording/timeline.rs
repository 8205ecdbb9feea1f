//! When what was heard and applied, on the recording's own clock.
//!
//! A text file, one record a line, so that people can read it and a torn line is found:
//! ```text
//! <hash> session <µs>                          the recorder (re)started here
//! <hash> sound <author> <epoch> <sample> <µs>  this sample was at the sink then
//! <hash> entry <author> <seq> <µs>             this entry was applied then
//! ```
//! `<hash>` is the first 8 hexadecimal digits of the BLAKE3 hash of the rest of the line. The
//! recording's clock counts microseconds from its beginning; after a restart it goes on one second
//! behind the last record.

use crate::room::id::EntryRef;
use crate::room::playback::Note;
use crate::room::time::{Epoch, LocalTime, MediaTime};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Microseconds between the last record before a restart and the first behind it.
const PAUSE: u64 = 1_000_000;

/// The file, open for writing.
pub(super) struct Timeline {
    file: File,
    /// Recording microseconds of `begun`.
    offset: u64,
    begun: LocalTime,
    /// Lines not yet handed to the operating system.
    lines: String,
}

impl Timeline {
    /// Opens or creates the file; heals a torn end. The session begins at `now`.
    pub(super) fn open(path: &Path, now: LocalTime) -> io::Result<Self> {
        let (records, whole) = match std::fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Vec::new(), 0),
            bytes => parse(&bytes?),
        };
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        file.set_len(whole as u64)?;
        let offset = records.iter().map(Note::at).max().map_or(0, |last| last + PAUSE);
        let mut timeline = Self { file, offset, begun: now, lines: String::new() };
        timeline.push(&Note::Session { at: offset });
        timeline.write()?;
        Ok(timeline)
    }

    /// `at` on the recording's clock, in microseconds.
    pub(super) fn recorded(&self, at: LocalTime) -> u64 {
        let since = u64::try_from(at.since(self.begun).as_micros()).unwrap_or(u64::MAX);
        self.offset.saturating_add(since)
    }

    pub(super) fn push(&mut self, record: &Note) {
        let text = text(record);
        self.lines += &format!("{} {text}\n", check(&text));
    }

    /// Makes all records survive a power cut.
    pub(super) fn write(&mut self) -> io::Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        self.file.write_all(self.lines.as_bytes())?;
        self.lines.clear();
        self.file.sync_data()
    }
}

/// One line, without its hash.
fn text(note: &Note) -> String {
    match note {
        Note::Session { at } => format!("session {at}"),
        Note::Sound { author, epoch, sample, at } => {
            format!("sound {author} {epoch} {} {at}", sample.samples())
        }
        Note::Entry { entry, at } => format!("entry {} {} {at}", entry.author, entry.seq),
    }
}

fn parse_line(line: &str) -> Option<Note> {
    let (hash, text) = line.split_once(' ')?;
    if hash != check(text) {
        return None;
    }
    let fields: Vec<_> = text.split(' ').collect();
    match *fields.as_slice() {
        ["session", at] => Some(Note::Session { at: at.parse().ok()? }),
        ["sound", author, epoch, sample, at] => Some(Note::Sound {
            author: author.parse().ok()?,
            epoch: Epoch(u32::from_str_radix(epoch, 16).ok()?),
            sample: MediaTime::from_samples(sample.parse().ok()?),
            at: at.parse().ok()?,
        }),
        ["entry", author, seq, at] => Some(Note::Entry {
            entry: EntryRef { author: author.parse().ok()?, seq: seq.parse().ok()? },
            at: at.parse().ok()?,
        }),
        _ => None,
    }
}

/// The records up to the first broken line, and how many bytes they take.
pub(super) fn parse(bytes: &[u8]) -> (Vec<Note>, usize) {
    let (mut records, mut whole) = (Vec::new(), 0);
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let record = line.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok());
        let Some(record) = record.and_then(parse_line) else { break };
        records.push(record);
        whole += line.len();
    }
    (records, whole)
}

fn check(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..8].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::id::MemberId;

    const ANNA: MemberId = MemberId([3; 32]);

    fn records() -> Vec<Note> {
        vec![
            Note::Sound {
                author: ANNA,
                epoch: Epoch(0xab),
                sample: MediaTime::from_samples(960),
                at: 20_000,
            },
            Note::Entry { entry: EntryRef { author: ANNA, seq: 7 }, at: 21_500 },
        ]
    }

    #[test]
    fn records_come_back_and_time_goes_on_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("timeline");
        let mut timeline = Timeline::open(&path, LocalTime::from_millis(5)).expect("created");
        assert_eq!(timeline.recorded(LocalTime::from_millis(25)), 20_000);
        records().iter().for_each(|record| timeline.push(record));
        timeline.write().expect("written");
        drop(timeline);
        let again = Timeline::open(&path, LocalTime::from_millis(900)).expect("opened");
        assert_eq!(again.recorded(LocalTime::from_millis(901)), 1_022_500);
        let mut all = vec![Note::Session { at: 0 }];
        all.extend(records());
        all.push(Note::Session { at: 1_021_500 });
        assert_eq!(parse(&std::fs::read(&path).expect("there")).0, all);
    }

    #[test]
    fn a_power_cut_at_any_byte_costs_one_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("timeline");
        let mut timeline = Timeline::open(&path, LocalTime::START).expect("created");
        records().iter().for_each(|record| timeline.push(record));
        timeline.write().expect("written");
        let whole = std::fs::read(&path).expect("there");
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).expect("written");
            let lines = whole[..cut].iter().filter(|&&byte| byte == b'\n').count();
            Timeline::open(&path, LocalTime::START).expect("healed");
            let healed = std::fs::read(&path).expect("there");
            assert_eq!(parse(&healed).0.len(), lines + 1, "cut at {cut}");
            assert_eq!(parse(&healed).1, healed.len(), "nothing torn is left");
        }
    }

    #[test]
    fn fuzz_timeline() {
        bolero::check!()
            .with_max_len(300)
            .with_test_time(std::time::Duration::from_secs(1))
            .for_each(|bytes: &[u8]| {
                let text = String::from_utf8_lossy(bytes).replace('\n', " ");
                parse(bytes);
                parse(format!("{} {text}\n", check(&text)).as_bytes());
            });
    }
}
