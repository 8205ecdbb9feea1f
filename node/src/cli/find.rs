//! `find`: which meetings are on this network.

use super::Exit;
use super::args::Find;
use super::library::{self, Found};
use super::output::{Message, Output};
use super::signals::Stop;
use moot_node::limits::NAME_CHARS;
use moot_node::node::{Event, News};
use moot_node::room::id::MeetingId;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;

/// Announcements on their way to the screen.
const WAITING: usize = 64;

/// Meetings that are listed: more than a building has, and what a forger may make us remember.
const MEETINGS: usize = 1024;

/// Lists each meeting once (again when its title changes) for the time asked for, or until Ctrl-C.
/// Finding none is no failure of the program but is told by its exit code.
pub(crate) async fn find(find: &Find, output: &Output) -> Exit {
    let mut stop = match Stop::listen() {
        Ok(stop) => stop,
        Err(problem) => {
            output.trouble("start", problem.to_string()).await;
            return Exit::Failed;
        }
    };
    let (sender, mut found) = mpsc::channel(WAITING);
    let mut known = Known::default();
    let ended = tokio::select! {
        biased;
        () = stop.asked() => Ok(()),
        () = output.closed() => Ok(()),
        () = tokio::time::sleep(Duration::from_secs_f64(find.seconds)) => Ok(()),
        failure = library::browse(sender) => failure,
        () = list(&mut found, &mut known, output) => Ok(()),
    };
    match ended {
        Err(failure) => {
            output.trouble("network", failure.to_string()).await;
            Exit::Failed
        }
        Ok(()) if known.0.is_empty() => {
            let text = rust_i18n::t!("text.none_found").into_owned();
            output.print(Message::Words(text)).await;
            Exit::NotFound
        }
        Ok(()) => Exit::Fine,
    }
}

/// Never returns: browsing ends by time or signal.
async fn list(found: &mut mpsc::Receiver<Found>, known: &mut Known, output: &Output) {
    while let Some(found) = found.recv().await {
        if let Some(news) = known.news(found) {
            output.print(Message::Event(Event { at: output.now(), news })).await;
        }
    }
    std::future::pending::<()>().await;
}

/// What was listed already.
#[derive(Default)]
struct Known(BTreeMap<MeetingId, String>);

impl Known {
    fn news(&mut self, Found { id, title }: Found) -> Option<News> {
        let title: String = title.chars().take(NAME_CHARS).collect();
        let full = self.0.len() >= MEETINGS && !self.0.contains_key(&id);
        if full || self.0.get(&id) == Some(&title) {
            return None;
        }
        self.0.insert(id, title.clone());
        Some(News::Found { id, title })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(number: u32, title: &str) -> Found {
        let mut id = [0; 32];
        id[..4].copy_from_slice(&number.to_le_bytes());
        Found { id: MeetingId(id), title: title.into() }
    }

    #[test]
    fn each_meeting_is_listed_once() {
        let mut known = Known::default();
        assert!(known.news(found(1, "Plans")).is_some());
        assert!(known.news(found(1, "Plans")).is_none());
        assert!(known.news(found(2, "Plans")).is_some(), "same title, another meeting");
        assert!(known.news(found(1, "New plans")).is_some(), "a new title");
    }

    #[test]
    fn a_flood_of_announcements_is_bounded() {
        let mut known = Known::default();
        for number in 0..2 * MEETINGS as u32 {
            let _ = known.news(found(number, &"x".repeat(10_000)));
        }
        assert_eq!(known.0.len(), MEETINGS);
        assert!(known.0.values().all(|title| title.len() <= NAME_CHARS));
    }
}
