//! The loop of a program that is in a meeting: signals, input and events, each on its own feet.
//!
//! **Nothing waits for the slowest**: a busy node does not hold up what it tells, a stalled reader
//! of standard output does not hold up Ctrl-C, and the end of input ends nothing.

use super::Exit;
use super::input::{self, BadInput, Input};
use super::library::Stopped;
use super::output::{Message, Output};
use super::stdin::Line;
use moot_node::limits::{CHAT_CHARS, NAME_CHARS, NOTE_CHARS, STROKE_POINTS};
use moot_node::node::{Command, Event, News, Notice};
use rust_i18n::t;
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long a clean leave may take: the good-bye reaches the members within a round trip, and the
/// log's last group commit takes 50 ms. A killed node loses nothing either.
const LEAVING: Duration = Duration::from_secs(4);

/// How long the last lines wait for a reader who stalls; after that they are dropped, so that the
/// node never waits for a screen when it leaves.
const STALLED: Duration = Duration::from_millis(500);

/// What steers a running node.
pub(crate) trait Controls {
    /// Hands over one command; waits while the node is busy.
    async fn send(&self, command: Command) -> Result<(), Stopped>;

    /// Leaves the meeting and stops.
    async fn shutdown(self);
}

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// A signal, or nobody reads.
    Asked,
    /// The node left, as it was told to.
    Left,
    /// The node stopped without a word.
    Vanished,
    /// The node was not let in.
    Refused,
    /// There is no such meeting.
    NotFound,
}

/// Runs until the meeting is left, the node stops, or somebody asks to stop.
pub(crate) async fn run<C: Controls>(
    controls: C,
    mut events: mpsc::Receiver<Event>,
    input: mpsc::Receiver<Line>,
    output: &Output,
    mut stop: impl AsyncFnMut(),
) -> Exit {
    let end = tokio::select! {
        biased;
        () = stop() => End::Asked,
        () = output.closed() => End::Asked,
        end = show(&mut events, output) => end,
        () = obey(&controls, input, output) => End::Vanished,
    };
    // From here a second signal ends the program at once: somebody is in a hurry.
    tokio::select! {
        biased;
        () = stop() => {}
        _ = tokio::time::timeout(LEAVING, async {
            tokio::join!(controls.shutdown(), show_rest(&mut events, output))
        }) => {}
    }
    match end {
        End::Asked | End::Left => Exit::Fine,
        End::Vanished => Exit::Failed,
        End::Refused => Exit::Refused,
        End::NotFound => Exit::NotFound,
    }
}

/// Prints events as they come, until one that ends the program.
async fn show(events: &mut mpsc::Receiver<Event>, output: &Output) -> End {
    loop {
        // First the place, then the event: cancelled in between, no event is lost.
        let Some(place) = output.place().await else { return End::Asked };
        let Some(event) = events.recv().await else { return End::Vanished };
        let end = match &event.news {
            News::Left => Some(End::Left),
            News::Refused(_) => Some(End::Refused),
            News::Error(Notice::NotFound { .. }) => Some(End::NotFound),
            _ => None,
        };
        place.send(Message::Event(event));
        if let Some(end) = end {
            return end;
        }
    }
}

async fn show_rest(events: &mut mpsc::Receiver<Event>, output: &Output) {
    let mut read = true;
    while let Some(event) = events.recv().await {
        let print = output.print(Message::Event(event));
        read = read && tokio::time::timeout(STALLED, print).await.is_ok();
    }
}

/// Does what standard input says. Never returns: the end of input does not end the meeting, and a
/// node that stopped is told by its events.
async fn obey(controls: &impl Controls, mut input: mpsc::Receiver<Line>, output: &Output) {
    while let Some(line) = input.recv().await {
        let parsed = match &line {
            Line::Text(text) => input::parse(text, &|path: &Path| path.is_file() || path.is_dir()),
            Line::Unreadable => {
                output.trouble("input", t!("input.unreadable").into_owned()).await;
                continue;
            }
        };
        match parsed {
            Ok(Input::Command(command)) => {
                if controls.send(command).await.is_err() {
                    break;
                }
            }
            Ok(Input::Help) => output.print(Message::Words(t!("input.help").into_owned())).await,
            Ok(Input::Nothing) => {}
            Err(bad) => output.trouble("input", complaint(bad, &line)).await,
        }
    }
    std::future::pending::<()>().await;
}

fn complaint(bad: BadInput, line: &Line) -> String {
    let word = match line {
        Line::Text(text) => text.split_whitespace().next().unwrap_or_default(),
        Line::Unreadable => "",
    };
    // A stray paste may be long; its beginning is enough to recognise it.
    let word: String = moot_node::words::clean(word).chars().take(40).collect();
    let (names, chat, note, points) = (NAME_CHARS, CHAT_CHARS, NOTE_CHARS, STROKE_POINTS);
    t!(bad.key(), word = word, names = names, chat = chat, note = note, points = points)
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::output::Style;
    use super::super::samples;
    use super::*;
    use moot_node::node::Refusal;
    use moot_node::room::time::LocalTime;
    use std::sync::{Arc, Mutex};

    /// A node that notes what it is told and says good-bye when it is stopped.
    struct Scripted {
        told: Arc<Mutex<Vec<Command>>>,
        events: mpsc::Sender<Event>,
    }

    impl Controls for Scripted {
        async fn send(&self, command: Command) -> Result<(), Stopped> {
            let left = command == Command::Leave;
            self.told.lock().unwrap().push(command);
            if left {
                self.events.send(event(News::Left)).await.map_err(|_| Stopped)?;
            }
            Ok(())
        }

        async fn shutdown(self) {
            let _ = self.events.send(event(News::Left)).await;
        }
    }

    fn event(news: News) -> Event {
        Event { at: LocalTime::START, news }
    }

    /// Runs with these lines of input and first events; what the node was told, and the exit.
    async fn played(
        lines: &[&str],
        news: Vec<News>,
        stop: impl AsyncFnMut(),
    ) -> (Vec<Command>, Exit) {
        let (events, receiver) = mpsc::channel(16);
        for news in news {
            events.send(event(news)).await.unwrap();
        }
        let (typing, input) = mpsc::channel(16);
        for line in lines {
            typing.send(Line::Text((*line).to_owned())).await.unwrap();
        }
        drop(typing);
        let told = Arc::new(Mutex::new(Vec::new()));
        let node = Scripted { told: told.clone(), events };
        let output = Output::to(Style::Json, std::io::sink());
        let exit = run(node, receiver, input, &output, stop).await;
        output.finish().await;
        let told = told.lock().unwrap().clone();
        (told, exit)
    }

    async fn never() {
        std::future::pending::<()>().await;
    }

    #[tokio::test]
    async fn lines_reach_the_node_and_leave_ends_it() {
        let lines = ["next", "", "dance", "say hi", "leave"];
        let (told, exit) = played(&lines, vec![], never).await;
        assert_eq!(told, [Command::Next, Command::Say("hi".into()), Command::Leave]);
        assert_eq!(exit, Exit::Fine);
    }

    #[tokio::test]
    async fn the_end_of_input_does_not_end_the_meeting() {
        // The input is at its end from the start; only the signal ends the run.
        let (typed, mut signal) = mpsc::channel::<()>(2);
        let mut run = Box::pin(played(&[], vec![], async || {
            signal.recv().await;
            signal.close();
        }));
        let early = std::future::poll_fn(|context| {
            std::task::Poll::Ready(run.as_mut().poll(context).is_ready())
        });
        assert!(!early.await, "still running");
        typed.send(()).await.unwrap();
        assert_eq!(run.await.1, Exit::Fine);
    }

    #[tokio::test]
    async fn what_ended_it_is_the_exit_code() {
        let refused = vec![News::Refused(Refusal::WrongCode)];
        assert_eq!(played(&[], refused, never).await.1, Exit::Refused);
        let unknown = vec![News::Error(Notice::NotFound { what: None })];
        assert_eq!(played(&[], unknown, never).await.1, Exit::NotFound);
        assert_eq!(played(&[], vec![News::Left], never).await.1, Exit::Fine);
        let harmless = vec![News::Error(Notice::NotPresenting), News::Left];
        assert_eq!(played(&[], harmless, never).await.1, Exit::Fine);
    }

    /// A reader who has stopped reading: a write never returns until the test ends.
    struct Stalled(std::sync::mpsc::Receiver<()>);

    impl std::io::Write for Stalled {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.0.recv();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_reader_who_stalls_does_not_hold_up_a_signal() {
        let (_hold, held) = std::sync::mpsc::channel();
        let output = Output::to(Style::Json, Stalled(held));
        let line = || Message::Trouble { kind: "input", text: String::new() };
        while output.sender().try_send(line()).is_ok() {}
        let (events, receiver) = mpsc::channel(1);
        events.send(event(News::Hand { author: samples::ANN, up: true })).await.unwrap();
        let (_typing, input) = mpsc::channel(1);
        let node = Scripted { told: Arc::default(), events };
        let mut asked = false;
        let stop = async || {
            // Once, and not before the events had their turn.
            tokio::task::yield_now().await;
            if std::mem::replace(&mut asked, true) {
                never().await;
            }
        };
        let began = std::time::Instant::now();
        assert_eq!(run(node, receiver, input, &output, stop).await, Exit::Fine);
        assert!(began.elapsed() < LEAVING, "it left by itself, not by running out of patience");
    }

    #[tokio::test]
    async fn a_node_that_vanishes_is_a_failure() {
        struct Gone;
        impl Controls for Gone {
            async fn send(&self, _: Command) -> Result<(), Stopped> {
                Err(Stopped)
            }
            async fn shutdown(self) {}
        }
        let (_, events) = mpsc::channel(1);
        let (_, input) = mpsc::channel(1);
        let output = Output::to(Style::Json, std::io::sink());
        assert_eq!(run(Gone, events, input, &output, never).await, Exit::Failed);
    }
}
