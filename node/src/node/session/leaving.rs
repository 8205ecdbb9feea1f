//! The last words of a node in its meeting.

use super::{Ending, Session};
use crate::io::summary::LeftHow;
use crate::node::event::News;
use crate::node::inbox::Inbox;
use crate::node::record::Keeping;
use crate::room::entry::Entry;
use crate::room::stanza::Payload;

impl Session {
    /// Says good-bye, and ends what must be whole on disk.
    pub(in crate::node) async fn close(mut self, inbox: &mut Inbox) {
        self.end_own_sound(inbox).await;
        self.await_missed_sound(inbox).await;
        self.end_bridge().await;
        if let Some(leave) = self.say_now(Payload::Leave).await {
            self.wait_until_kept(&leave, inbox).await;
        }
        self.feed_carrier();
        self.end_carrying(inbox).await;
        let mdns = self.mdns.take();
        let withdraw = async move {
            if let Some(mdns) = mdns {
                mdns.shutdown().await;
            }
        };
        let finish = async {
            self.library.shutdown().await;
            self.close_recording().await;
            // Drop the streams' ends before the connections close under them.
            self.sound.voices.clear();
            self.live.close_all();
            self.mesh.shutdown().await;
        };
        tokio::join!(withdraw, finish);
        let left = match self.ending {
            Some(Ending::Removed) => LeftHow::Removed,
            Some(Ending::Left) | None => LeftHow::Left,
        };
        self.finish_summary(left).await;
        self.record.log().close().await;
        self.teller.tell(News::Left).await;
    }

    /// Lets what was said last reach disk and neighbours.
    async fn wait_until_kept(&mut self, last: &Entry, inbox: &mut Inbox) {
        /// A commit takes a millisecond; a disk that takes longer has told so already.
        const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);
        let keeping = async {
            while let Some(keeping) = inbox.keeping.recv().await {
                let Keeping::Kept(kept) = keeping else { continue };
                for kept in kept {
                    let done = kept.entry.hash() == last.hash();
                    if kept.entry.author() == self.me {
                        self.publish(&kept.entry).await;
                    }
                    if done {
                        return;
                    }
                }
            }
        };
        let _ = tokio::time::timeout(PATIENCE, keeping).await;
    }
}
