//! Standard output: a thread of its own, so that a reader who stalls never stalls the meeting.
//!
//! Each line is written and flushed at once. When nobody reads any more ([`Output::closed`]) the
//! program leaves quietly.

use super::bars::Bars;
use super::print_json::{Line, fields};
use super::print_text::{Narrator, Saying};
use moot_node::node::{Event, News};
use moot_node::room::time::LocalTime;
use std::io::{self, Write};
use std::time::{Duration, Instant};
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
    started: Instant,
    style: Style,
}

impl Output {
    /// Starts the writing thread.
    pub(crate) fn start(style: Style) -> Self {
        let started = Instant::now();
        let (sender, receiver) = mpsc::channel(WAITING);
        let (finished, done) = oneshot::channel();
        let thread = std::thread::Builder::new().name("stdout".into()).spawn(move || {
            let mut writer = Writer::new(style, started);
            // An error here is a closed pipe: nobody is left to be told. Dropping the receiver
            // is what tells the program.
            let _ = writer.run(receiver);
            drop(finished);
        });
        if let Err(problem) = thread {
            eprintln!("{}", rust_i18n::t!("failure.runtime", problem = problem));
        }
        Self { sender, done, started, style }
    }

    /// For whom lines are written.
    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// This process's monotonic time, for lines of the program's own.
    pub(crate) fn now(&self) -> LocalTime {
        LocalTime::START + self.started.elapsed()
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

struct Writer {
    style: Style,
    started: Instant,
    narrator: Narrator,
    bars: Bars,
}

impl Writer {
    fn new(style: Style, started: Instant) -> Self {
        let bars = match style {
            Style::Words => Bars::on_terminal(),
            Style::Json => Bars::none(),
        };
        Self { style, started, narrator: Narrator::default(), bars }
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

    fn write_json(&self, message: Message) -> io::Result<()> {
        let line = match message {
            Message::Event(event) => Line::of(&event),
            Message::Told { line, .. } => line,
            Message::Trouble { kind, text } => {
                let at = LocalTime::START + self.started.elapsed();
                Line::new("error", at, fields! { "message": text, "kind": kind })
            }
            Message::Words(_) => return Ok(()),
        };
        line_out(&line.to_string())
    }

    fn write_words(&mut self, message: Message) -> io::Result<()> {
        match message {
            Message::Event(event) => {
                self.draw_bars(&event.news);
                match self.narrator.tell(&event) {
                    Some(Saying::News(text)) => self.bars.beside(|| line_out(&text)),
                    Some(Saying::Trouble(text)) => self.bars.beside(|| trouble_out(&text)),
                    None => Ok(()),
                }
            }
            Message::Told { words, .. } | Message::Words(words) => {
                self.bars.beside(|| line_out(&words))
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
                self.bars.pages(&super::words::clean(name), *done, *pages);
            }
            _ => {}
        }
    }
}

fn line_out(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    // One write a line: a reader never sees half of one, and two writers never mix.
    out.write_all(format!("{text}\n").as_bytes())?;
    out.flush()
}

fn trouble_out(text: &str) -> io::Result<()> {
    // Standard error may be closed without harm: it carries nothing that a script needs.
    let _ = writeln!(io::stderr(), "{text}");
    Ok(())
}
