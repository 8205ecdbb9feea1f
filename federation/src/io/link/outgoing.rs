//! What the bridge wants, and what the link itself asks.

use super::PrivateToken;
use super::recovery::Page;
use super::worker::{Command, Worker};
use crate::arrival::{Arrival, Refusal};
use crate::io::archive::{Gathering, PAGE};
use crate::io::questions::Asker;
use crate::io::stanzas;
use crate::xep::archive::{self, Part};
use std::time::Instant;
use tokio::sync::oneshot;
use xmpp_parsers::jid::Jid;
use xmpp_parsers::minidom::Element;

impl Worker {
    pub(super) async fn command(&mut self, command: Command) {
        let now = Instant::now();
        match command {
            Command::Say(message, outcome) => {
                let (id, store) = (message.id.clone(), message.store);
                match stanzas::to_all(self.room.room(), message) {
                    Some((stanza, bytes)) => {
                        tracing::debug!(bytes, store, "said");
                        let kept = store.then(|| stanza.clone());
                        self.outbox.sent(id, bytes, outcome, kept, now);
                        self.session.send(stanza.into()).await;
                    }
                    None => self.pending.push_back(Arrival::Refused { id, why: Refusal::TooLarge }),
                }
            }
            Command::Whisper { nick, payloads, handed } => {
                // A name that can't be one, or too much, drops `handed`: the receipt says so.
                if let Some((stanza, bytes)) = stanzas::to_one(self.room.room(), &nick, payloads) {
                    tracing::debug!(bytes, nick, "whispered");
                    let token = self.session.send(stanza.into()).await;
                    let _ = handed.send(PrivateToken { token, acknowledges: self.acknowledges });
                }
            }
            Command::Present(payload) => {
                if stanzas::weigh(&payload).is_some() {
                    let todo = self.room.present(payload);
                    self.carry_out(todo).await;
                }
            }
            Command::Ask { of, set, payload, caller } => {
                self.ask(of, set, payload, Asker::Caller(caller)).await;
            }
            Command::Archive { part, page, caller } => self.ask_archive(&part, page, caller).await,
        }
    }

    /// Looks in the archive for what we said before the connection was cut.
    pub(super) async fn look_up(&mut self, part: Part, page: usize) {
        let (caller, comes) = oneshot::channel();
        self.recovery.waits_for(comes);
        self.ask_archive(&part, page, caller).await;
    }

    pub(super) async fn recover(&mut self, page: Page) {
        match self.recovery.got(page, &mut self.outbox) {
            Some(part) => self.look_up(part, PAGE).await,
            None => {
                for message in self.outbox.again(Instant::now()) {
                    self.session.send(message.into()).await;
                }
            }
        }
    }

    async fn ask_archive(&mut self, part: &Part, page: usize, caller: oneshot::Sender<Page>) {
        let question = format!("a{:x}", getrandom::u64().expect("the system has randomness"));
        let query = archive::query(&question, part, page);
        self.gathering = Some(Gathering::new(question, page, caller));
        let room = Jid::from(self.room.room().clone());
        self.ask(room, true, query, Asker::Archive).await;
    }

    pub(super) async fn ask(&mut self, of: Jid, set: bool, payload: Element, asker: Asker) {
        if stanzas::weigh(&payload).is_none() {
            return self.unanswered(asker);
        }
        let iq = self.questions.ask(of, set, payload, asker, Instant::now());
        self.session.send(iq.into()).await;
    }
}
