//! The way out: events with the moment they happened.

use super::event::{Event, News, Notice};
use crate::io::clock::Clock;
use crate::room::time::LocalTime;
use tokio::sync::mpsc;

/// Events that wait for whoever runs the node. A program that reads none of them for that long
/// holds its own node up, and nobody else's.
const EVENTS: usize = 1024;

/// Tells what happens.
#[derive(Clone, Debug)]
pub(super) struct Teller {
    clock: Clock,
    events: mpsc::Sender<Event>,
}

impl Teller {
    pub(super) fn new(clock: Clock) -> (Self, mpsc::Receiver<Event>) {
        let (events, receiver) = mpsc::channel(EVENTS);
        (Self { clock, events }, receiver)
    }

    /// Something happened now.
    pub(super) async fn tell(&self, news: News) {
        self.tell_at(self.clock.now(), news).await;
    }

    /// Something happened, or took effect, at `at`.
    pub(super) async fn tell_at(&self, at: LocalTime, news: News) {
        // A program that has gone hears nothing; the node stops by its handle.
        let _ = self.events.send(Event { at, news }).await;
    }

    /// Something people should know.
    pub(super) async fn warn(&self, notice: Notice) {
        self.tell(News::Warning(notice)).await;
    }

    /// A command failed.
    pub(super) async fn fail(&self, notice: Notice) {
        self.tell(News::Error(notice)).await;
    }
}
