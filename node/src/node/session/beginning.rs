//! The first words of a node in its meeting.

use super::Session;
use super::reporting::forget_reactions;
use crate::io::mesh::MeshEvent;
use crate::node::event::News;
use crate::node::inbox::Inbox;
use crate::node::record::Kept;
use crate::room::address::Address;
use crate::room::id::MemberId;
use crate::room::meeting::{Change, Status};
use crate::room::stanza::{Founding, Payload};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long the first event waits for the addresses that its link should hold.
const PATIENCE: Duration = Duration::from_secs(1);

/// Addresses come one by one, microseconds apart; after this long without one all are there.
const SETTLED: Duration = Duration::from_millis(50);

impl Session {
    /// The first words in a meeting: what was said so far, who this is, and where it listens.
    pub(in crate::node) async fn begin(
        &mut self,
        mut held: Vec<Kept>,
        peers: BTreeMap<MemberId, Vec<Address>>,
        founding: Option<Founding>,
        inbox: &mut Inbox,
    ) {
        let _ = self.mesh.set_topic(self.meeting).await;
        self.gather_addresses(inbox).await;
        self.tell_meeting().await;
        let founds = founding.is_some();
        if let Some(founding) = founding {
            self.say_now(Payload::Meeting(founding)).await;
        } else {
            let news = News::Joined { id: self.meeting, title: self.title.clone() };
            self.teller.tell(news).await;
        }
        let now = self.clock.now();
        let mut applied = Vec::new();
        // In the order in which it was said, so that it is told so.
        held.sort_by_key(Kept::key);
        for kept in held {
            applied.extend(self.view.take(kept.entry, kept.action, now));
        }
        // People first, so that whoever reads along can call the others by name; oneself above all.
        applied.sort_by_key(|applied| match applied.change {
            Change::Member { member, .. } if member == self.me => 0,
            Change::Member { .. } => 1,
            _ => 2,
        });
        forget_reactions(&mut applied);
        self.report(applied).await;
        for (member, addresses) in peers {
            if member != self.me {
                let _ = self.mesh.trust(member).await;
                let _ = self.mesh.dial(Some(member), addresses).await;
            }
        }
        let own = self.view.meeting().member(&self.me);
        let renamed = own.is_some_and(|own| own.status == Status::Left || own.name != self.name);
        if renamed && !founds {
            let name = self.name.clone();
            self.say_now(Payload::Name(name)).await;
        }
        self.tell_microphone().await;
        let records = self.sound.recorder.is_some();
        self.say_recording(records).await;
        self.announce().await;
        self.begin_carrying();
    }

    /// Waits until the mesh has told where it listens: the link is made of that.
    async fn gather_addresses(&mut self, inbox: &mut Inbox) {
        let mut patience = if self.listening.is_empty() { PATIENCE } else { SETTLED };
        while let Ok(Some(event)) = tokio::time::timeout(patience, inbox.mesh.recv()).await {
            patience = SETTLED;
            match event {
                MeshEvent::Listening { addresses } => self.listening = addresses,
                event => self.on_mesh(event).await,
            }
        }
    }
}
