//! `find`: which meetings are on this network.

use super::Exit;
use super::args::Find;
use super::output::{Message, Output};
use super::signals::Stop;
use moot_node::node::lobby::{Lobby, LobbyEvent, Nearby};
use moot_node::node::{Event, News};
use moot_node::words;
use rust_i18n::t;
use std::time::Duration;
use tokio::sync::mpsc;

/// Lists each meeting (again when its title or its people change) for the time asked for, or until
/// Ctrl-C. Finding none is no failure of the program but is told by its exit code.
pub(crate) async fn find(find: &Find, output: &Output) -> Exit {
    let mut stop = match Stop::listen() {
        Ok(stop) => stop,
        Err(problem) => {
            output.trouble("start", problem.to_string()).await;
            return Exit::Failed;
        }
    };
    let (lobby, mut events) = Lobby::open();
    let mut seen = Seen::default();
    tokio::select! {
        biased;
        () = stop.asked() => {}
        () = output.closed() => {}
        () = tokio::time::sleep(Duration::from_secs_f64(find.seconds)) => {}
        () = list(&mut events, &mut seen, output) => {}
    }
    lobby.close().await;
    if seen.meeting {
        return Exit::Fine;
    }
    // Who looks for less time than the lobby waits before it gives reasons hears the usual one.
    if !seen.told {
        output.print(Message::Words(t!("text.none_found").into_owned())).await;
    }
    Exit::NotFound
}

/// What was shown.
#[derive(Default)]
struct Seen {
    meeting: bool,
    /// Why there is none.
    told: bool,
}

/// Never returns: browsing ends by time or signal.
async fn list(events: &mut mpsc::Receiver<LobbyEvent>, seen: &mut Seen, output: &Output) {
    while let Some(event) = events.recv().await {
        match event {
            LobbyEvent::Found(nearby) | LobbyEvent::Changed(nearby) => {
                seen.meeting = true;
                let event = Event { at: output.now(), news: news(nearby) };
                output.print(Message::Event(event)).await;
            }
            LobbyEvent::Gone { .. } => {}
            LobbyEvent::NothingYet(why) => {
                seen.told = true;
                output.print(Message::Words(words::diagnosis(&why))).await;
            }
        }
    }
    std::future::pending::<()>().await;
}

fn news(nearby: Nearby) -> News {
    let Nearby { id, title, join, people, members, .. } = nearby;
    News::Found { id, title, join, people, members }
}
