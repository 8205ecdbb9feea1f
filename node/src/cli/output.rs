//! Standard output: a thread of its own, so that a reader who stalls never stalls the meeting.
//!
//! Each line is written and flushed at once. When nobody reads any more ([`Output::closed`]) the
//! program leaves quietly.

use super::bars::Bars;
use super::print_json::{Line, fields};
use super::print_text::{Narrator, Saying};
use moot_node::io::clock::Clock;
use moot_node::node::{Event, News};
use moot_node::room::time::LocalTime;
use std::io::{self, Write};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Messages that wait for a slow reader before the senders wait too.
const WAITING: usize = 256;

/// How long the end of the program waits for a slow reader.
const PATIENCE: Duration = Duration::from_secs(2);

/// For whom lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// One object a line.
    Json,
    /// Sentences, and bars on a terminal.
    Words,
}

/// Something to print.
#[derive(Debug)]
pub(crate) enum Message {
    /// What the node tells.
    Event(Event),
    /// What the program itself tells, both ways.
    Told { line: Line, words: String },
    /// What went wrong outside a meeting, or with a line of input; `kind` is for scripts.
    Trouble { kind: &'static str, text: String },
    /// Words for people alone.
    Words(String),
}

/// The way to standard output.
#[derive(Debug)]
pub(crate) struct Output {
    sender: mpsc::Sender<Message>,
    done: oneshot::Receiver<()>,
    clock: Clock,
    style: Style,
}

impl Output {
    /// Starts the thread that writes to standard output.
    pub(crate) fn start(style: Style) -> Self {
        Self::to(style, std::io::stdout())
    }

    /// Starts a thread that writes to `out`.
    pub(crate) fn to(style: Style, out: impl Write + Send + 'static) -> Self {
        let clock = Clock::start();
        let (sender, receiver) = mpsc::channel(WAITING);
        let (finished, done) = oneshot::channel();
        let thread = std::thread::Builder::new().name("stdout".into()).spawn(move || {
            let mut writer = Writer::new(style, clock, out);
            // An error here is a closed pipe: nobody is left to be told. Dropping the receiver
            // is what tells the program.
            let _ = writer.run(receiver);
            drop(finished);
        });
        if let Err(problem) = thread {
            eprintln!("{}", rust_i18n::t!("failure.runtime", problem = problem));
        }
        Self { sender, done, clock, style }
    }

    /// For whom lines are written.
    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// This process's monotonic time, for lines of the program's own.
    pub(crate) fn now(&self) -> LocalTime {
        self.clock.now()
    }

    /// The process's clock, for the node: one zero for all lines.
    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// Prints one message; returns when it waits for its turn, or nobody reads.
    pub(crate) async fn print(&self, message: Message) {
        // Closed: `closed` tells the program's loop, which is the place to react.
        let _ = self.sender.send(message).await;
    }

    /// A place for one message, so that what is printed is taken only when it can be.
    pub(crate) async fn place(&self) -> Option<mpsc::Permit<'_, Message>> {
        self.sender.reserve().await.ok()
    }

    /// A sender of one's own.
    pub(crate) fn sender(&self) -> mpsc::Sender<Message> {
        self.sender.clone()
    }

    /// Says that something failed.
    pub(crate) async fn trouble(&self, kind: &'static str, text: String) {
        self.print(Message::Trouble { kind, text }).await;
    }

    /// Returns when nobody reads standard output any more.
    pub(crate) async fn closed(&self) {
        self.sender.closed().await;
    }

    /// Waits until everything is written, but not for ever.
    pub(crate) async fn finish(self) {
        drop(self.sender);
        let _ = tokio::time::timeout(PATIENCE, self.done).await;
    }
}

struct Writer<W> {
    out: W,
    style: Style,
    clock: Clock,
    narrator: Narrator,
    bars: Bars,
}

impl<W: Write> Writer<W> {
    fn new(style: Style, clock: Clock, out: W) -> Self {
        let bars = match style {
            Style::Words => Bars::on_terminal(),
            Style::Json => Bars::none(),
        };
        Self { out, style, clock, narrator: Narrator::default(), bars }
    }

    fn run(&mut self, mut messages: mpsc::Receiver<Message>) -> io::Result<()> {
        while let Some(message) = messages.blocking_recv() {
            match self.style {
                Style::Json => self.write_json(message)?,
                Style::Words => self.write_words(message)?,
            }
        }
        self.bars.clear();
        Ok(())
    }

    fn write_json(&mut self, message: Message) -> io::Result<()> {
        let line = match message {
            Message::Event(event) => match Line::of(&event) {
                Some(line) => line,
                None => return Ok(()),
            },
            Message::Told { line, .. } => line,
            Message::Trouble { kind, text } => {
                let at = self.clock.now();
                Line::new("error", at, fields! { "message": text, "kind": kind })
            }
            Message::Words(_) => return Ok(()),
        };
        line_out(&mut self.out, &line.to_string())
    }

    fn write_words(&mut self, message: Message) -> io::Result<()> {
        match message {
            Message::Event(event) => {
                self.draw_bars(&event.news);
                match self.narrator.tell(&event) {
                    Some(Saying::News(text)) => self.bars.beside(|| line_out(&mut self.out, &text)),
                    Some(Saying::Trouble(text)) => self.bars.beside(|| trouble_out(&text)),
                    None => Ok(()),
                }
            }
            Message::Told { words, .. } | Message::Words(words) => {
                self.bars.beside(|| line_out(&mut self.out, &words))
            }
            Message::Trouble { text, .. } => self.bars.beside(|| trouble_out(&text)),
        }
    }

    fn draw_bars(&mut self, news: &News) {
        match news {
            News::Progress { document, have, total } => {
                let name = self.narrator.document(document);
                self.bars.bytes(&document.to_string(), &name, *have, *total);
            }
            News::Converting { name, done, pages } => {
                self.bars.pages(&moot_node::words::clean(name), *done, *pages);
            }
            _ => {}
        }
    }
}

fn line_out(out: &mut impl Write, text: &str) -> io::Result<()> {
    // One write a line: a reader never sees half of one, and two writers never mix.
    out.write_all(format!("{text}\n").as_bytes())?;
    out.flush()
}

fn trouble_out(text: &str) -> io::Result<()> {
    // Standard error may be closed without harm: it carries nothing that a script needs.
    let _ = writeln!(io::stderr(), "{text}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// Notes each write and each flush.
    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<String>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().push(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            self.0.lock().unwrap().push("flush".into());
            Ok(())
        }
    }

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn left() -> Message {
        Message::Event(Event { at: LocalTime::START, news: News::Left })
    }

    #[tokio::test]
    async fn each_line_is_one_write_and_flushed_at_once() {
        let paper = Paper::default();
        let output = Output::to(Style::Json, paper.clone());
        output.print(left()).await;
        output.print(Message::Words("for people".into())).await;
        output.trouble("input", "no".into()).await;
        output.finish().await;
        let written = paper.0.lock().unwrap().clone();
        assert_eq!(written.len(), 4, "{written:?}");
        assert_eq!(written[0], "{\"event\":\"left\",\"t_ms\":0.0}\n");
        assert_eq!((written[1].as_str(), written[3].as_str()), ("flush", "flush"));
        assert!(written[2].contains(r#""message":"no","kind":"input""#), "{written:?}");
    }

    #[tokio::test]
    async fn a_reader_who_is_gone_is_noticed() {
        let output = Output::to(Style::Words, Closed);
        output.print(left()).await;
        output.closed().await;
        output.print(left()).await;
        assert!(output.place().await.is_none());
        output.finish().await;
    }
}
